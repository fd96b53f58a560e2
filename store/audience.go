package store

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
)

// An Audience is whom an edition goes to: the active subscriptions of a
// newsletter, or those of them that have one frequency. Those of its first
// frequency are best said by the others, for who names none, or one that there
// is no more, is among them.
type Audience struct {
	Newsletter string
	Only       string   // this frequency; empty: any
	Not        []string // none of these
	Waves      []Wave   // only people of these; nil: of any
}

// where is the condition on a subscription n, and its arguments behind others.
func (a Audience) where(others ...any) (condition string, args []any) {
	args = others
	next := func(value string) string {
		args = append(args, value)
		return in(1, len(args))
	}
	condition = "n.newsletter = " + next(a.Newsletter) + " AND n.state = 'active'"
	if a.Only != "" {
		condition += " AND n.frequency = " + next(a.Only)
	}
	for _, other := range a.Not {
		condition += " AND n.frequency <> " + next(other)
	}
	if a.Waves == nil {
		return condition, args
	}
	zones := map[string][]string{} // by hour, as arguments
	for _, w := range a.Waves {
		zones[w.Hour] = append(zones[w.Hour], next(w.Zone))
	}
	parts := []string{"0 = 1"} // nobody is of no wave
	for _, hour := range slices.Sorted(maps.Keys(zones)) {
		part := "z.timezone IN (" + strings.Join(zones[hour], ", ") + ")"
		if hour != AnyHour {
			part += " AND n.hour = " + next(hour)
		}
		parts = append(parts, part)
	}
	// Person by person: a list of all people of the zones would be made anew for each page of them.
	return condition + " AND EXISTS (SELECT 1 FROM subscribers z WHERE z.id = n.subscriber_id AND (" + strings.Join(parts, " OR ") + "))", args
}

// CountReaders counts the subscriptions of an audience.
func (s *Store) CountReaders(ctx context.Context, a Audience) (n int, err error) {
	of, args := a.where()
	err = s.readers.QueryRowContext(ctx, "SELECT COUNT(*) FROM subscriptions n WHERE "+of, args...).Scan(&n)
	return n, err
}

// AllWaves lists the waves that people of an audience make, whoever can be mailed
// or not; hours tells whether their own hours count.
func (tx *Tx) AllWaves(ctx context.Context, a Audience, hours bool) ([]Wave, error) {
	return allWaves(ctx, tx, a, hours)
}

// AllWaves is that of Tx outside of a transaction.
func (s *Store) AllWaves(ctx context.Context, a Audience, hours bool) ([]Wave, error) {
	return allWaves(ctx, s.readers, a, hours)
}

// allWaves finds each frequency with a zone and an hour behind the last in an index: they
// are few, however many people have them. The three are one key, so that PostgreSQL sees
// no other index for them, also where it knows nothing of the table yet.
func allWaves(ctx context.Context, q querier, a Audience, hours bool) (all []Wave, err error) {
	const wave = "m.frequency || ' ' || m.timezone || ' ' || m.hour"
	const least = "SELECT MIN(" + wave + ") FROM subscriptions m WHERE m.newsletter = $1 AND m.state = 'active'"
	keys, err := collect(ctx, q, scanText, "WITH RECURSIVE l (wave) AS ("+least+" UNION ALL SELECT ("+least+" AND "+wave+" > l.wave) FROM l WHERE l.wave IS NOT NULL) SELECT wave FROM l WHERE wave IS NOT NULL", a.Newsletter)
	for _, key := range keys {
		frequency, rest, _ := strings.Cut(key, " ")
		at := strings.LastIndexByte(rest, ' ')
		if a.Only != "" && frequency != a.Only || slices.Contains(a.Not, frequency) {
			continue
		}
		w := Wave{Zone: rest[:at], Hour: AnyHour}
		if hours {
			w.Hour = rest[at+1:]
		}
		all = append(all, w)
	}
	slices.SortFunc(all, func(a, b Wave) int { return cmp.Or(cmp.Compare(a.Zone, b.Zone), cmp.Compare(a.Hour, b.Hour)) })
	return slices.Compact(all), err
}

// ReaderWaves counts the people of an audience who can be mailed, and have not
// paused, by the waves that they make; hours tells whether their own hours count.
func (s *Store) ReaderWaves(ctx context.Context, a Audience, hours bool) (map[Wave]int, error) {
	waves := map[Wave]int{}
	of, args := a.where()
	_, err := collect(ctx, s.readers, func(rows *sql.Rows) (w Wave, err error) {
		var n int
		err = rows.Scan(&w.Zone, &w.Hour, &n)
		waves[w] = n
		return w, err
	}, `SELECT p.timezone, `+hourOf(hours)+`, COUNT(*) FROM subscriptions n JOIN subscribers p ON p.id = n.subscriber_id WHERE `+of+` AND n.paused_until = 0 AND `+mailable+" GROUP BY 1, 2", args...)
	return waves, err
}

func hourOf(counts bool) string {
	if counts {
		return "n.hour"
	}
	return "'" + AnyHour + "'"
}
