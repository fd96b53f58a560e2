package members

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"

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
	Kept func(ctx context.Context, tx *store.Tx, line int, so Imported, changed []store.ImportedPerson) error
}

// Imported counts what became of a list's lines.
type Imported struct {
	Added      int      `json:"added"`
	Extended   int      `json:"extended"`
	Known      int      `json:"known"`
	Left       int      `json:"left"`
	Suppressed int      `json:"suppressed"`
	Invalid    int      `json:"invalid"`
	Demoted    int      `json:"demoted"`  // of those: of a tier before, and free now
	Problems   []string `json:"problems"` // the first hundred, with their lines
}

const (
	batchLines  = 200             // so many people are on disk together or not at all
	batchedMost = 10 * batchLines // lines, those that cannot be used among them
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
	i := importing{Members: m, ImportOptions: o, done: o.Had, line: o.Line, earlier: map[string][]wish{}}
	list := newRecords(in)
	if err := i.begin(list); err != nil {
		return i.done, err
	}
	for {
		fields, line, err := list.next()
		if errors.Is(err, io.EOF) {
			return i.done, i.flush(ctx)
		}
		if line <= o.Line && (err == nil || lineOnly(err)) {
			continue
		}
		if err != nil && !lineOnly(err) {
			return i.done, fmt.Errorf("line %d: %w", line, err)
		}
		i.line, i.lines = line, i.lines+1
		if err != nil {
			i.done.problem(line, err.Error())
		} else if err := i.person(ctx, line, i.Columns.request(fields)); err != nil {
			return i.done, err
		}
		if len(i.batch) < batchLines && i.lines < batchedMost {
			continue
		}
		if err := i.flush(ctx); err != nil {
			return i.done, err
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
	line    int               // on which the last record begins
	lines   int               // since the last batch
	earlier map[string][]wish // in a dry run, what earlier batches would have changed, by address
}

func (i *importing) person(ctx context.Context, line int, r Request) error {
	r.Newsletters, r.Form = i.Newsletters, i.Origin
	w, err := i.check(ctx, r)
	if magazine.CodeOf(err) == magazine.Invalid {
		i.done.problem(line, err.Error())
		return nil
	}
	if err == nil {
		i.batch = append(i.batch, w)
	}
	return err
}

var errDryRun = errors.New("dry run")

// flush takes the batch. A dry run goes as far as the end of each transaction;
// what an earlier batch would have left behind of an address is done over, so
// that one that comes twice is counted as it would be.
func (i *importing) flush(ctx context.Context) error {
	if i.lines == 0 {
		return nil
	}
	var done Imported
	var changed []wish
	err := i.store.Write(ctx, func(tx *store.Tx) (err error) {
		done, changed, err = i.take(ctx, tx)
		if err == nil && i.DryRun {
			err = errDryRun
		}
		return err
	})
	if errors.Is(err, errDryRun) {
		err = nil
		for _, w := range changed {
			key := magazine.EmailKey(w.person.Email)
			i.earlier[key] = append(i.earlier[key], w)
		}
	}
	if err == nil {
		i.done.add(done)
	}
	i.batch, i.lines = i.batch[:0], 0
	if err == nil && i.Progress != nil {
		err = i.Progress(i.line, i.done)
	}
	return err
}

// take takes the batch in a transaction, and tells what came of it and which wishes
// changed something.
func (i *importing) take(ctx context.Context, tx *store.Tx) (done Imported, changed []wish, err error) {
	if _, err := tx.ArticleNumber(ctx); err != nil { // first, as everybody who needs it does
		return done, nil, err
	}
	var before map[string]*store.Standing
	if i.Kept != nil {
		if before, err = tx.Standings(ctx, i.keys()); err != nil {
			return done, nil, err
		}
	}
	for _, w := range i.batch {
		for _, earlier := range i.earlier[magazine.EmailKey(w.person.Email)] {
			if _, _, err := i.admit(ctx, tx, earlier, i.Confirmed, false); err != nil {
				return done, nil, err
			}
		}
		became, demoted, err := i.admit(ctx, tx, w, i.Confirmed, false)
		if err != nil {
			return done, nil, err
		}
		if done.count(became); demoted {
			done.Demoted++
		}
		if became == Added || became == Extended || demoted {
			changed = append(changed, w)
		}
	}
	if i.Kept == nil {
		return done, changed, nil
	}
	after, err := tx.Standings(ctx, i.keys())
	if err != nil {
		return done, nil, err
	}
	people, err := changedPeople(before, after)
	if err != nil {
		return done, nil, err
	}
	so := i.done
	so.add(done)
	return done, changed, i.Kept(ctx, tx, i.line, so, people)
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
}

func (i *Imported) problem(line int, text string) {
	i.Invalid++
	if len(i.Problems) < 100 {
		i.Problems = append(i.Problems, fmt.Sprintf("line %d: %s", line, text))
	}
}
