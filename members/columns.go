package members

import (
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"postrider/magazine"
)

// Columns tell how the fields of a list are parted, and which of them is what.
type Columns struct {
	At       map[string]int `json:"at"`                 // by one of ColumnKinds, counted from 0
	Comma    string         `json:"comma,omitempty"`    // what stands between fields; empty: a comma
	Headless bool           `json:"headless,omitempty"` // the first line is a person, too
}

// ColumnKinds are what a column can be: an address, a name or its two parts, and so on.
var ColumnKinds = []string{"email", "name", "first", "last", "timezone", "language", "author", "section", "tag", "frequency", "hour", "tier", "ends", "paused"}

// Headings that other programs' exports have for the same column.
var headings = map[string]string{
	"email": "email", "e-mail": "email", "email address": "email", "e-mail address": "email", "mail": "email", "address": "email", "subscriber": "email",
	"name": "name", "full name": "name", "full_name": "name", "display name": "name",
	"first name": "first", "first_name": "first", "firstname": "first", "given name": "first",
	"last name": "last", "last_name": "last", "lastname": "last", "surname": "last", "family name": "last",
	"timezone": "timezone", "time zone": "timezone", "time_zone": "timezone",
	"language": "language", "lang": "language", "locale": "language",
	"author": "author", "authors": "author", "section": "section", "sections": "section", "tag": "tag", "tags": "tag",
	"frequency": "frequency", "hour": "hour", "tier": "tier", "tier_ends": "ends", "tier ends": "ends", "tier_until": "ends", "tier until": "ends", "valid until": "ends", "expires": "ends", "paused_until": "paused", "paused until": "paused",
}

var separators = []rune{',', ';', '\t'}

func (c *Columns) comma() rune {
	if r, _ := utf8.DecodeRuneInString(c.Comma); slices.Contains(separators, r) {
		return r
	}
	return ','
}

// check tells what is wrong with columns that somebody chose.
func (c *Columns) check() error {
	if _, ok := c.At["email"]; !ok {
		return magazine.Errorf(magazine.Invalid, "no column is the address; say which one is").Said("desk.import.no-address")
	}
	for what, at := range c.At {
		if !slices.Contains(ColumnKinds, what) || at < 0 || at > maxLine {
			return magazine.Errorf(magazine.Invalid, "there is no column %d, or nothing called %q", at, cut(what, 20)).Said("fault.form.altered")
		}
	}
	return nil
}

// Field is what a record has of one of ColumnKinds.
func (c *Columns) Field(what string, record []string) string {
	if i, ok := c.At[what]; ok && i >= 0 && i < len(record) {
		return unshield(strings.TrimSpace(record[i]))
	}
	return ""
}

func (c *Columns) request(record []string) Request {
	field := func(what string) string { return c.Field(what, record) }
	r := Request{Email: field("email"), Name: field("name"), Timezone: field("timezone"), Language: field("language"), Frequency: map[string]string{"": field("frequency")}, Hour: map[string]string{"": field("hour")}, Tier: magazine.Tier(field("tier")), TierEnds: field("ends"), PausedUntil: field("paused")}
	if r.Name == "" {
		r.Name = strings.TrimSpace(field("first") + " " + field("last"))
	}
	for _, slug := range strings.Fields(field("author")) {
		r.Follows = append(r.Follows, magazine.Follow{Kind: magazine.FollowAuthor, Slug: slug})
	}
	for _, slug := range strings.Fields(field("section")) {
		r.Follows = append(r.Follows, magazine.Follow{Kind: magazine.FollowSection, Slug: slug})
	}
	for _, tag := range splitTags(field("tag")) {
		r.Follows = append(r.Follows, magazine.Follow{Kind: magazine.FollowTag, Slug: tag})
	}
	return r
}

// listUnread says of what cannot be begun that it is no list.
func listUnread(err error) error {
	if errors.Is(err, io.EOF) {
		return magazine.Errorf(magazine.Invalid, "the list is empty; its first line needs headings, one of them email").Said("desk.import.empty")
	}
	return magazine.Errorf(magazine.Invalid, "the list cannot be read: %w", err)
}

// headings reads the first record as headings. Invalid: no column is headed email.
func (r *records) headings() (*Columns, error) {
	if err := r.look(1); err != nil {
		return nil, listUnread(err)
	}
	c, _ := r.heads()
	if _, ok := c.At["email"]; !ok {
		return nil, magazine.Errorf(magazine.Invalid, "line 1: no column is headed email; the first line is %q", cut(magazine.CleanText(r.ahead[0]), 200))
	}
	r.take(1)
	return c, nil
}

// heads parts the first line, and knows headings by their words. The separator is the
// one that gives a column headed email; where several do, or none, the one that gives
// most columns.
func (r *records) heads() (best *Columns, names []string) {
	best = &Columns{At: map[string]int{}, Comma: ","}
	for _, r.comma = range separators {
		some, err := r.parse(r.ahead[0], true)
		if err != nil {
			continue
		}
		at := columnsOf(some)
		_, had := best.At["email"]
		if _, has := at["email"]; has && !had || has == had && len(some) > len(names) {
			best, names = &Columns{At: at, Comma: string(r.comma)}, some
		}
	}
	r.comma = best.comma()
	return best, names
}

// columnsOf knows headings by their words.
func columnsOf(names []string) map[string]int {
	at := map[string]int{}
	for i, name := range names {
		if what, ok := headings[strings.ToLower(magazine.CleanText(name))]; ok {
			if _, twice := at[what]; !twice {
				at[what] = i
			}
		}
	}
	return at
}

// A Sketch is the beginning of a list, and what its columns may be.
type Sketch struct {
	Columns  Columns
	Headings []string   // of the columns; none where the first line is a person
	Rows     [][]string // the first ones, as they stand there
}

// sketched is how many rows a Sketch has.
const sketched = 5

// NewSketch looks at the beginning of a list. Where no heading is known, the column
// of addresses is found by what stands in it. Invalid: the list is empty, or cannot be
// read.
func NewSketch(in io.Reader) (s Sketch, err error) {
	list := newRecords(in)
	if err := list.look(1); err != nil {
		return s, listUnread(err)
	}
	columns, names := list.heads()
	list.take(1)
	for len(s.Rows) < sketched {
		fields, _, err := list.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if lineOnly(err) {
			continue
		}
		if err != nil {
			return s, listUnread(err)
		}
		s.Rows = append(s.Rows, fields)
	}
	s.Columns, s.Headings = *columns, names
	if _, ok := s.Columns.At["email"]; !ok {
		s.guess()
	}
	return s, nil
}

// guess finds the column of addresses by what stands in it, be it in the first line.
func (s *Sketch) guess() {
	if at := slices.IndexFunc(s.Headings, isAddress); at >= 0 {
		s.Columns = Columns{At: map[string]int{"email": at}, Comma: s.Columns.Comma, Headless: true}
		s.Rows, s.Headings = append([][]string{s.Headings}, s.Rows...), nil
		return
	}
	for _, row := range s.Rows {
		if at := slices.IndexFunc(row, isAddress); at >= 0 {
			s.Columns.At["email"] = at
			return
		}
	}
}

func isAddress(field string) bool {
	_, err := magazine.ParseEmail(unshield(strings.TrimSpace(field)))
	return err == nil
}
