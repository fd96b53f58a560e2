package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"postrider/magazine"
)

// A Tally is what became of an edition, counted at an instant.
type Tally struct {
	At      time.Time `json:"-"`
	Took    time.Duration
	Counts  magazine.Counts
	Domains []Part  // of the addresses, the most people first; an empty name: all others
	Relays  []Part  // likewise
	Words   []Words // of what was not sent, the most people first
}

// A Part are those of an edition's deliveries that have something in common.
type Part struct {
	Name                            string
	Sent, Deferred, Failed, Skipped int
}

func (p *Part) all() int { return p.Sent + p.Deferred + p.Failed + p.Skipped }

func (p *Part) add(state magazine.DeliveryState, n int) {
	switch state {
	case magazine.Sent:
		p.Sent += n
	case magazine.Deferred:
		p.Deferred += n
	case magazine.Failed:
		p.Failed += n
	case magazine.Skipped:
		p.Skipped += n
	}
}

// Words are what was said of deliveries that were not sent.
type Words struct {
	State    magazine.DeliveryState
	Code     int    // 0: no relay said anything
	Enhanced string // may be empty
	Text     string // the relay's words, else ours
	People   int
	Some     []string // ids of some of them
}

// What a tally keeps of each list.
const (
	talliedParts  = 20
	talliedWords  = 50
	talliedPeople = 20
)

// TallyEdition counts what became of an edition by reading every delivery of it.
// alike makes the same of texts that say the same.
func (s *Store) TallyEdition(ctx context.Context, id string, alike func(text string) string) (t Tally, err error) {
	t.At = s.Now()
	begun := time.Now()
	if t.Counts, t.Domains, t.Relays, err = s.tallyParts(ctx, id); err != nil {
		return t, err
	}
	if t.Words, err = s.tallyWords(ctx, id, alike); err != nil {
		return t, err
	}
	err = s.readers.QueryRowContext(ctx, "SELECT CAST(COALESCE(SUM(had_none), 0) AS BIGINT) FROM edition_ranges WHERE edition_id = $1", id).Scan(&t.Counts.Nothing)
	t.Took = time.Since(begun)
	return t, err
}

func (s *Store) tallyParts(ctx context.Context, id string) (c magazine.Counts, domains, relays []Part, err error) {
	var total Part
	byDomain, byRelay := map[string]*Part{}, map[string]*Part{}
	_, err = collect(ctx, s.readers, func(rows *sql.Rows) (none struct{}, err error) {
		var state magazine.DeliveryState
		var domain, relay string
		var n int
		if err = rows.Scan(&state, &domain, &relay, &n); err != nil {
			return none, err
		}
		total.add(state, n)
		partOf(byDomain, domain).add(state, n)
		if relay != "" {
			partOf(byRelay, relay).add(state, n)
		}
		return none, nil
	}, "SELECT state, "+s.dialect.domain+", relay, COUNT(*) FROM deliveries WHERE edition_id = $1 GROUP BY 1, 2, 3", id)
	c = magazine.Counts{Sent: total.Sent, Deferred: total.Deferred, Failed: total.Failed, Skipped: total.Skipped}
	return c, mostOf(byDomain), mostOf(byRelay), err
}

func partOf(of map[string]*Part, name string) *Part {
	p := of[name]
	if p == nil {
		p = &Part{Name: name}
		of[name] = p
	}
	return p
}

// mostOf are the largest, and all others as one.
func mostOf(of map[string]*Part) (list []Part) {
	all := slices.SortedFunc(maps.Values(of), func(a, b *Part) int { return cmp.Or(b.all()-a.all(), cmp.Compare(a.Name, b.Name)) })
	var rest Part
	for i, p := range all {
		if i < talliedParts {
			list = append(list, *p)
			continue
		}
		rest.Sent, rest.Deferred, rest.Failed, rest.Skipped = rest.Sent+p.Sent, rest.Deferred+p.Deferred, rest.Failed+p.Failed, rest.Skipped+p.Skipped
	}
	if len(all) > talliedParts {
		list = append(list, rest)
	}
	return list
}

func (s *Store) tallyWords(ctx context.Context, id string, alike func(string) string) ([]Words, error) {
	type key struct {
		state          magazine.DeliveryState
		code           int
		enhanced, text string
	}
	said := map[key]*Words{}
	_, err := collect(ctx, s.readers, func(rows *sql.Rows) (none struct{}, err error) {
		var k key
		var person, reason, reply string
		if err = rows.Scan(&person, &k.state, &k.code, &k.enhanced, &reason, &reply); err != nil {
			return none, err
		}
		if k.text = reply; reply == "" {
			k.text = reason
		}
		k.text = alike(k.text)
		w := said[k]
		if w == nil {
			w = &Words{State: k.state, Code: k.code, Enhanced: k.enhanced, Text: k.text}
			said[k] = w
		}
		if w.People++; len(w.Some) < talliedPeople {
			w.Some = append(w.Some, person)
		}
		return none, nil
	}, "SELECT subscriber_id, state, code, enhanced, reason, reply FROM deliveries WHERE edition_id = $1 AND state <> 'sent'", id)
	var list []Words
	for _, w := range slices.SortedFunc(maps.Values(said), func(a, b *Words) int { return cmp.Or(b.People-a.People, cmp.Compare(a.Text, b.Text)) }) {
		if len(list) < talliedWords {
			list = append(list, *w)
		}
	}
	return list, err
}

// PutTally keeps what was counted, in place of what was counted before.
func (tx *Tx) PutTally(ctx context.Context, edition string, t Tally) error {
	doc, err := json.Marshal(t)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "INSERT INTO edition_tallies (edition_id, at, doc) VALUES ($1, $2, $3) ON CONFLICT (edition_id) DO UPDATE SET at = excluded.at, doc = excluded.doc",
		edition, micros(t.At), string(doc))
	return err
}

// Tallies are what was counted and kept of editions. Some may have none.
func (s *Store) Tallies(ctx context.Context, editions []string) (map[string]Tally, error) {
	all := map[string]Tally{}
	for some := range slices.Chunk(editions, batch) {
		_, err := collect(ctx, s.readers, func(rows *sql.Rows) (none struct{}, err error) {
			var t Tally
			var id, doc string
			var at int64
			if err = rows.Scan(&id, &at, &doc); err == nil {
				err = json.Unmarshal([]byte(doc), &t)
			}
			t.At = fromMicros(at)
			all[id] = t
			return none, err
		}, "SELECT edition_id, at, doc FROM edition_tallies WHERE edition_id IN ("+in(len(some), 1)+")", anys(some)...)
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// An EditionFilter says which editions to list. Empty fields let all in.
type EditionFilter struct {
	Newsletter string
	State      magazine.EditionState
	Before     time.Time         // made before, or
	BeforeID   string            // at the same instant and listed after this one; empty: none of that instant
	Like       *magazine.Edition // of the same newsletter and schedule, and not sent again to one person
	Since      time.Time         // that were to start at or after; made ahead or not
	Until      time.Time         // that were to start before
}

// EditionsBy lists the editions that a filter lets in, the newest first.
func (s *Store) EditionsBy(ctx context.Context, f EditionFilter, limit int) ([]magazine.Edition, error) {
	where, args := "1 = 1", []any{}
	also := func(condition string, value any) {
		args = append(args, value)
		where += " AND " + condition + " " + in(1, len(args))
	}
	if f.Newsletter != "" {
		also("e.newsletter =", f.Newsletter)
	}
	if f.State != "" {
		also("e.state =", f.State)
	}
	if f.Like != nil {
		also("e.newsletter =", f.Like.Newsletter)
		also("e.schedule =", f.Like.Schedule)
		where += " AND e.key NOT LIKE 'again/%'"
	}
	if !f.Before.IsZero() {
		if f.BeforeID == "" {
			also("e.created <", micros(f.Before))
		} else { // many are made in one transaction
			also("e.created <=", micros(f.Before))
			n := len(args)
			args = append(args, f.BeforeID)
			where += fmt.Sprintf(" AND (e.created < $%d OR e.id > $%d)", n, n+1)
		}
	}
	if !f.Since.IsZero() {
		also("e.nominal >=", micros(f.Since))
	}
	if !f.Until.IsZero() {
		also("e.nominal <", micros(f.Until))
	}
	return collect(ctx, s.readers, scanEdition, "SELECT "+editionColumns+" FROM editions e WHERE "+where+" ORDER BY e.created DESC, e.id LIMIT "+in(1, len(args)+1), append(args, limit)...)
}
