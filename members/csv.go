package members

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"

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
	Demoted    int      `json:"demoted"`  // of those: of a tier before, and free now
	Problems   []string `json:"problems"` // the first hundred, with their lines
}

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

// batchLines is how many people are on disk together or not at all.
const batchLines = 200

// Import takes a list of people as CSV (RFC 4180; comma, semicolon or tab)
// whose first line has headings: email (needed), name, or first and last name,
// timezone, language, authors and sections (slugs to follow, with spaces between),
// tags (with commas between), frequency, hour, tier with its end, and the end of a pause. A
// column that is not there, or an empty field, changes nothing of one who is known. It
// mails nobody. A line that can't be used is counted and named, and the others
// are taken. Two hundred people at a time are on disk or not at all, so that an
// import that was cut short can simply be run again.
func (m *Members) Import(ctx context.Context, in io.Reader, o ImportOptions) (Imported, error) {
	i := importing{Members: m, ImportOptions: o, earlier: map[string][]wish{}}
	list := newRecords(in)
	columns, err := list.headings()
	if err != nil {
		return i.done, err
	}
	for {
		fields, line, err := list.next()
		if errors.Is(err, io.EOF) {
			return i.done, i.flush(ctx)
		}
		var parse *csv.ParseError
		if errors.Is(err, errLongLine) || errors.As(err, &parse) {
			i.done.problem(line, err.Error())
			continue
		}
		if err != nil {
			return i.done, fmt.Errorf("line %d: %w", line, err)
		}
		if err := i.person(ctx, line, columns.request(fields)); err != nil {
			return i.done, err
		}
	}
}

// importing is an import under way.
type importing struct {
	*Members
	ImportOptions
	done    Imported
	batch   []wish
	earlier map[string][]wish // in a dry run, what earlier batches would have changed, by address
}

func (i *importing) person(ctx context.Context, line int, r Request) error {
	r.Newsletters, r.Form = i.Newsletters, i.Origin
	w, err := i.check(ctx, r)
	if magazine.CodeOf(err) == magazine.Invalid {
		i.done.problem(line, err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	if i.batch = append(i.batch, w); len(i.batch) < batchLines {
		return nil
	}
	err = i.flush(ctx)
	if err == nil && i.Progress != nil {
		i.Progress(line)
	}
	return err
}

var errDryRun = errors.New("dry run")

// flush takes the batch. A dry run goes as far as the end of each transaction;
// what an earlier batch would have left behind of an address is done over, so
// that one that comes twice is counted as it would be.
func (i *importing) flush(ctx context.Context) error {
	if len(i.batch) == 0 {
		return nil
	}
	var done Imported
	var changed []wish
	err := i.store.Write(ctx, func(tx *store.Tx) error {
		done, changed = Imported{}, nil
		for _, w := range i.batch {
			for _, before := range i.earlier[magazine.EmailKey(w.person.Email)] {
				if _, _, err := i.admit(ctx, tx, before, i.Confirmed, false); err != nil {
					return err
				}
			}
			became, demoted, err := i.admit(ctx, tx, w, i.Confirmed, false)
			if err != nil {
				return err
			}
			if done.count(became); demoted {
				done.Demoted++
			}
			if became == Added || became == Extended || demoted {
				changed = append(changed, w)
			}
		}
		if i.DryRun {
			return errDryRun
		}
		return nil
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
	i.batch = i.batch[:0]
	return err
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
