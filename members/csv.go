package members

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
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
	Columns     *Columns // which field is what; nil: as the first line's headings say
	Progress    func(line int, so Imported) error

	// What was taken before the import was cut short, and up to which line that was.
	Had  Imported
	Line int
	// Kept is called in the transaction that takes some people, with what has come of
	// the list up to a line; nil: nobody asks.
	Kept func(ctx context.Context, tx *store.Tx, line int, so Imported, people []store.ImportedPerson) error
}

// Imported counts what became of a list's lines.
type Imported struct {
	Added      int           `json:"added"`
	Extended   int           `json:"extended"`
	Known      int           `json:"known"`
	Left       int           `json:"left"`
	Suppressed int           `json:"suppressed"`
	Invalid    int           `json:"invalid"`
	Demoted    int           `json:"demoted"`  // of those: of a tier before, and free now
	Told       int           `json:"told"`     // of those who get nothing new: have a name, time zone, language or tier by it
	Problems   []LineProblem `json:"problems"` // the first hundred
}

const (
	batchLines  = 200             // so many people are on disk together or not at all
	batchedMost = 10 * batchLines // lines, those that cannot be used among them
	addressMost = 100             // lines of one address: what its lines did is done over in each batch of a dry run
)

// Import takes a list of people as CSV (RFC 4180; comma, semicolon or tab)
// whose first line has headings: email (needed), name, or first and last name,
// timezone, language, authors and sections (slugs to follow, with spaces between),
// tags (with commas between), frequency, hour, tier with its end, and the end of a pause. A
// column that is not there, or an empty field, changes nothing of one who is known. It
// mails nobody. A line that can't be used is counted and named, and the others
// are taken. Two hundred people at a time are on disk or not at all, so that an
// import that was cut short can simply be run again.
func (m *Members) Import(ctx context.Context, in io.Reader, o ImportOptions) (Imported, error) {
	i := m.importing(o)
	err := i.all(ctx, newRecords(in))
	return i.done, err
}

func (m *Members) importing(o ImportOptions) *importing {
	return &importing{Members: m, ImportOptions: o, done: o.Had, line: o.Line, times: map[uint64]uint8{}, earlier: map[uint64]string{}, seed: maphash.MakeSeed()}
}

// all takes a list from its beginning, or from behind the line to which it was taken.
func (i *importing) all(ctx context.Context, list *records) error {
	if err := i.begin(list); err != nil {
		return err
	}
	for {
		fields, line, err := list.next()
		if errors.Is(err, io.EOF) {
			return i.flush(ctx)
		}
		if line <= i.Line && (err == nil || lineOnly(err)) {
			if err == nil {
				i.often(fields)
			}
			continue
		}
		if err != nil && !lineOnly(err) {
			return fmt.Errorf("line %d: %w", line, err)
		}
		i.line, i.lines = line, i.lines+1
		if err != nil {
			i.done.problem(line, wrongOf(lineError(err)))
		} else if err := i.person(ctx, line, fields); err != nil {
			return err
		}
		if len(i.batch) < batchLines && i.lines < batchedMost {
			continue
		}
		if err := i.flush(ctx); err != nil {
			return err
		}
	}
}

// begin finds the columns of a list, or goes past the headings where they are given.
func (i *importing) begin(list *records) (err error) {
	if i.Columns == nil {
		i.Columns, err = list.headings()
		return err
	}
	list.comma = i.Columns.comma()
	if err := list.look(1); err != nil {
		return listUnread(err)
	}
	if !i.Columns.Headless {
		list.take(1)
	}
	return nil
}

// importing is an import under way.
type importing struct {
	*Members
	ImportOptions
	done    Imported
	batch   []wish
	records []string // of the batch, where it is a dry run
	line    int      // on which the last record begins
	lines   int      // since the last batch

	times  map[uint64]uint8 // how many lines there were of an address, by a hash of it, up to addressMost
	admits int              // how often somebody was admitted, be it for nothing but the count

	// In a dry run the records by which earlier batches would have changed something,
	// by a hash of their address: of a million people they need little room.
	earlier map[uint64]string
	seed    maphash.Seed
}

// Between the fields of a record that is kept, and between two records.
const fieldEnd, recordEnd = "\x00", "\x01"

// record is what of a record is used, as one text.
func (c *Columns) record(fields []string) string {
	used := make([]string, len(ColumnKinds))
	for i, kind := range ColumnKinds {
		if at, ok := c.At[kind]; ok && at < len(fields) {
			used[i] = strings.NewReplacer(fieldEnd, " ", recordEnd, " ").Replace(fields[at])
		}
	}
	return strings.TrimRight(strings.Join(used, fieldEnd), fieldEnd)
}

// recorded are the columns of such a text.
var recorded = func() Columns {
	c := Columns{At: map[string]int{}}
	for i, kind := range ColumnKinds {
		c.At[kind] = i
	}
	return c
}()

// again are the wishes of earlier batches of the addresses in this one.
func (i *importing) again(ctx context.Context) (wishes map[string][]wish, err error) {
	wishes = map[string][]wish{}
	for _, key := range i.keys() {
		records := i.earlier[i.hash(key)]
		for records != "" {
			var record string
			record, records, _ = strings.Cut(records, recordEnd)
			r := recorded.request(strings.Split(record, fieldEnd))
			r.Newsletters, r.Form = i.Newsletters, i.Origin
			w, err := i.check(ctx, r)
			if err != nil {
				return nil, err
			}
			if magazine.EmailKey(w.person.Email) == key {
				wishes[key] = append(wishes[key], w)
			}
		}
	}
	return wishes, nil
}

// often notes one more line of an address, and tells that there are too many.
func (i *importing) often(fields []string) bool {
	email, err := magazine.ParseEmail(i.Columns.Field("email", fields))
	if err != nil {
		return false
	}
	hash := i.hash(magazine.EmailKey(email))
	if i.times[hash] == addressMost {
		return true
	}
	i.times[hash]++
	return false
}

func (i *importing) hash(key string) uint64 { return maphash.String(i.seed, key) }

func (i *importing) person(ctx context.Context, line int, fields []string) error {
	if i.often(fields) {
		i.done.problem(line, wrongOf(errOften))
		return nil
	}
	r := i.Columns.request(fields)
	r.Newsletters, r.Form = i.Newsletters, i.Origin
	w, err := i.check(ctx, r)
	if magazine.CodeOf(err) == magazine.Invalid {
		i.done.problem(line, wrongWith(r, err)...)
		return nil
	}
	if err != nil {
		return err
	}
	i.batch = append(i.batch, w)
	if i.DryRun {
		i.records = append(i.records, i.Columns.record(fields))
	}
	return nil
}

var errOften = magazine.Errorf(magazine.Invalid, "this address has %d lines before; put what they say into one", addressMost).Said("line.often", "n", addressMost)

var errDryRun = errors.New("dry run")

// flush takes the batch. A dry run goes as far as the end of each transaction;
// what an earlier batch would have left behind of an address is done over, so
// that one that comes twice is counted as it would be.
func (i *importing) flush(ctx context.Context) error {
	if i.lines == 0 {
		return nil
	}
	earlier, err := i.again(ctx)
	if err != nil {
		return err
	}
	var done Imported
	var changed []int
	err = i.store.Write(ctx, func(tx *store.Tx) (err error) {
		done, changed, err = i.take(ctx, tx, earlier)
		if err == nil && i.DryRun {
			err = errDryRun
		}
		return err
	})
	if errors.Is(err, errDryRun) {
		err = nil
		for _, at := range changed {
			hash := i.hash(magazine.EmailKey(i.batch[at].person.Email))
			i.earlier[hash] += i.records[at] + recordEnd
		}
	}
	if err == nil {
		i.done.add(done)
	}
	i.batch, i.records, i.lines = i.batch[:0], i.records[:0], 0
	if err == nil && i.Progress != nil {
		err = i.Progress(i.line, i.done)
	}
	return err
}

// take takes the batch in a transaction, and tells what came of it and which of it
// changed something. earlier are wishes that come first, by address: they are done
// before its first line alone, for the lines go on from one another.
func (i *importing) take(ctx context.Context, tx *store.Tx, earlier map[string][]wish) (done Imported, changed []int, err error) {
	if _, err := tx.ArticleNumber(ctx); err != nil { // first, as everybody who needs it does
		return done, nil, err
	}
	var before map[string]*store.Standing
	if i.Kept != nil {
		if before, err = tx.Standings(ctx, i.keys()); err != nil {
			return done, nil, err
		}
	}
	for at, w := range i.batch {
		key := magazine.EmailKey(w.person.Email)
		for _, first := range earlier[key] {
			if _, _, err := i.admitted(ctx, tx, first); err != nil {
				return done, nil, err
			}
		}
		delete(earlier, key)
		became, b, err := i.admitted(ctx, tx, w)
		if err != nil {
			return done, nil, err
		}
		if done.count(became); b.demoted {
			done.Demoted++
		}
		if b.told {
			done.Told++
		}
		if became == Added || became == Extended || b.demoted || b.told {
			changed = append(changed, at)
		}
	}
	if i.Kept == nil {
		return done, changed, nil
	}
	after, err := tx.Standings(ctx, i.keys())
	if err != nil {
		return done, nil, err
	}
	people, err := importedPeople(before, after)
	if err != nil {
		return done, nil, err
	}
	so := i.done
	so.add(done)
	return done, changed, i.Kept(ctx, tx, i.line, so, people)
}

func (i *importing) admitted(ctx context.Context, tx *store.Tx, w wish) (Admission, besides, error) {
	i.admits++
	return i.admit(ctx, tx, w, i.Confirmed, false)
}

// keys are those of the batch's addresses, each once.
func (i *importing) keys() []string {
	keys := make([]string, len(i.batch))
	for at, w := range i.batch {
		keys[at] = magazine.EmailKey(w.person.Email)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// lineError is an error of a line's own as people read it.
func lineError(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return magazine.Errorf(magazine.Invalid, "%w", err).Said("line.broken")
	}
	return err
}

// lineOnly tells that an error concerns one line of a list.
func lineOnly(err error) bool {
	var parse *csv.ParseError
	return errors.Is(err, errLongLine) || errors.As(err, &parse)
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
	i.Demoted += n.Demoted
	i.Told += n.Told
}

// Changes counts of how many lines something came.
func (i Imported) Changes() int { return i.Added + i.Extended + i.Told }

func (i *Imported) problem(line int, wrong ...Wrong) {
	i.Invalid++
	if len(i.Problems) < 100 {
		i.Problems = append(i.Problems, LineProblem{line, wrong})
	}
}
