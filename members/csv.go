package members

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"postrider/magazine"
	"postrider/store"
)

// ImportOptions say how a list of people is taken.
type ImportOptions struct {
	Newsletters []string // none: all digests
	Confirmed   bool     // they have agreed: subscribed at once; otherwise pending
	DryRun      bool     // change nothing
	Origin      string   // kept with the request, such as the file's name
	Progress    func(lines int)
}

// Imported counts what became of a list's lines.
type Imported struct {
	Added      int      `json:"added"`
	Extended   int      `json:"extended"`
	Known      int      `json:"known"`
	Left       int      `json:"left"`
	Suppressed int      `json:"suppressed"`
	Invalid    int      `json:"invalid"`
	Problems   []string `json:"problems"` // the first hundred, with their lines
}

// Headings that other programs' exports have for the same column.
var headings = map[string]string{
	"email": "email", "e-mail": "email", "email address": "email", "e-mail address": "email", "mail": "email", "address": "email", "subscriber": "email",
	"name": "name", "full name": "name", "full_name": "name", "display name": "name",
	"first name": "first", "first_name": "first", "firstname": "first", "given name": "first",
	"last name": "last", "last_name": "last", "lastname": "last", "surname": "last", "family name": "last",
	"timezone": "timezone", "time zone": "timezone", "time_zone": "timezone",
	"author": "author", "authors": "author", "section": "section", "sections": "section",
}

// Import takes a list of people as CSV (RFC 4180; comma, semicolon or tab)
// whose first line has headings: email (needed), name, or first and last name,
// timezone, authors and sections (slugs to follow, with spaces between). It
// mails nobody. A line that can't be used is counted and named, and the others
// are taken. Two hundred lines at a time are on disk or not at all, so that an
// import that was cut short can simply be run again.
func (m *Members) Import(ctx context.Context, in io.Reader, o ImportOptions) (Imported, error) {
	var done Imported
	rows, columns, err := openCSV(in)
	if err != nil {
		return done, err
	}
	var batch []wish
	flush := func() error {
		n, err := m.importBatch(ctx, batch, o)
		done.add(n)
		batch = batch[:0]
		return err
	}
	for lines := 1; ; lines++ {
		if lines%200 == 0 {
			if err := flush(); err != nil {
				return done, err
			}
			if o.Progress != nil {
				o.Progress(lines)
			}
		}
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return done, flush()
		}
		line, _ := rows.FieldPos(0)
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			done.problem(parse.Line, parse.Err.Error())
			continue
		}
		if err != nil {
			return done, fmt.Errorf("line %d: %w", line, err)
		}
		r := columns.request(row)
		r.Newsletters, r.Form = o.Newsletters, o.Origin
		w, err := m.check(ctx, r)
		if magazine.CodeOf(err) == magazine.Invalid {
			done.problem(line, err.Error())
			continue
		}
		if err != nil {
			return done, err
		}
		batch = append(batch, w)
	}
}

var errDryRun = errors.New("dry run")

func (m *Members) importBatch(ctx context.Context, batch []wish, o ImportOptions) (done Imported, err error) {
	if len(batch) == 0 {
		return done, nil
	}
	err = m.store.Write(ctx, func(tx *store.Tx) error {
		done = Imported{}
		for _, w := range batch {
			became, err := m.admit(ctx, tx, w, o.Confirmed, false)
			if err != nil {
				return err
			}
			done.count(became)
		}
		if o.DryRun {
			return errDryRun
		}
		return nil
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return done, err
}

func (i *Imported) count(became Admission) {
	switch became {
	case Added:
		i.Added++
	case Extended:
		i.Extended++
	case Known:
		i.Known++
	case Left:
		i.Left++
	case Suppressed:
		i.Suppressed++
	}
}

func (i *Imported) add(n Imported) {
	i.Added += n.Added
	i.Extended += n.Extended
	i.Known += n.Known
	i.Left += n.Left
	i.Suppressed += n.Suppressed
}

func (i *Imported) problem(line int, text string) {
	i.Invalid++
	if len(i.Problems) < 100 {
		i.Problems = append(i.Problems, fmt.Sprintf("line %d: %s", line, text))
	}
}

// columns tell which field of a row is what.
type columns map[string]int

// openCSV reads the headings and guesses the separator from them.
func openCSV(in io.Reader) (*csv.Reader, columns, error) {
	b := bufio.NewReaderSize(in, 64<<10)
	if mark, _ := b.Peek(3); bytes.Equal(mark, []byte("\ufeff")) {
		b.Discard(3)
	}
	head, _ := b.Peek(4096)
	first, _, _ := bytes.Cut(head, []byte("\n"))
	rows := csv.NewReader(b)
	for _, sep := range []rune{';', '\t'} {
		if bytes.ContainsRune(first, sep) && !bytes.ContainsRune(first, ',') {
			rows.Comma = sep
		}
	}
	rows.FieldsPerRecord, rows.LazyQuotes, rows.ReuseRecord = -1, true, true
	names, err := rows.Read()
	if err != nil {
		return nil, nil, magazine.Errorf(magazine.Invalid, "the list is empty or no CSV; its first line needs headings, one of them email")
	}
	at := columns{}
	for i, name := range names {
		if what, ok := headings[strings.ToLower(magazine.CleanText(name))]; ok {
			if _, twice := at[what]; !twice {
				at[what] = i
			}
		}
	}
	if _, ok := at["email"]; !ok {
		return nil, nil, magazine.Errorf(magazine.Invalid, "line 1: no column is headed email; the headings are %q", cut(strings.Join(names, ", "), 200))
	}
	return rows, at, nil
}

func (c columns) request(row []string) Request {
	field := func(what string) string {
		if i, ok := c[what]; ok && i < len(row) {
			return strings.TrimSpace(row[i])
		}
		return ""
	}
	r := Request{Email: field("email"), Name: field("name"), Timezone: field("timezone")}
	if r.Name == "" {
		r.Name = strings.TrimSpace(field("first") + " " + field("last"))
	}
	for _, slug := range strings.Fields(field("author")) {
		r.Follows = append(r.Follows, magazine.Follow{Kind: magazine.FollowAuthor, Slug: slug})
	}
	for _, slug := range strings.Fields(field("section")) {
		r.Follows = append(r.Follows, magazine.Follow{Kind: magazine.FollowSection, Slug: slug})
	}
	return r
}
