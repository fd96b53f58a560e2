package store

import (
	"context"
	"database/sql"
	"strings"

	"postrider/magazine"
)

// An Audience is whom an edition goes to: the active subscriptions of a
// newsletter, or those of them that have one frequency. Those of its first
// frequency are best said by the others, for who names none, or one that there
// is no more, is among them.
type Audience struct {
	Newsletter string
	Only       string   // this frequency; empty: any
	Not        []string // none of these
	Zones      []string // only people of these zones, "" those who named none; nil: of any
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
	if a.Zones != nil {
		list := make([]string, len(a.Zones))
		for i, zone := range a.Zones {
			list[i] = next(zone)
		}
		condition += " AND EXISTS (SELECT 1 FROM subscribers z WHERE z.id = n.subscriber_id AND z.timezone IN (" + strings.Join(list, ", ") + "))"
	}
	return condition, args
}

// Readers lists up to limit subscriptions of an audience whose subscribers' ids
// are above one and up to another, by id, with what they follow. An empty upper
// end is no bound.
func (s *Store) Readers(ctx context.Context, a Audience, above, upTo string, limit int) ([]magazine.Subscription, error) {
	if upTo == "" {
		of, args := a.where(above)
		return subscriptions(ctx, s.readers, of+" AND n.subscriber_id > $1", limit, args...)
	}
	of, args := a.where(above, upTo)
	return subscriptions(ctx, s.readers, of+" AND n.subscriber_id > $1 AND n.subscriber_id <= $2", limit, args...)
}

// CountReaders counts the subscriptions of an audience.
func (s *Store) CountReaders(ctx context.Context, a Audience) (n int, err error) {
	of, args := a.where()
	err = s.readers.QueryRowContext(ctx, "SELECT COUNT(*) FROM subscriptions n WHERE "+of, args...).Scan(&n)
	return n, err
}

// AllZones lists the zones that people of an audience named, whoever can be
// mailed or not; empty: some named none.
func (tx *Tx) AllZones(ctx context.Context, a Audience) ([]string, error) {
	of, args := a.where()
	return collect(ctx, tx, scanText, "SELECT DISTINCT p.timezone FROM subscriptions n JOIN subscribers p ON p.id = n.subscriber_id WHERE "+of+" ORDER BY p.timezone", args...)
}

// ReaderZones counts the people of an audience who can be mailed, and have not
// paused, by the zone that they named, empty where they named none.
func (s *Store) ReaderZones(ctx context.Context, a Audience) (map[string]int, error) {
	zones := map[string]int{}
	of, args := a.where()
	_, err := collect(ctx, s.readers, func(rows *sql.Rows) (zone string, err error) {
		var n int
		err = rows.Scan(&zone, &n)
		zones[zone] = n
		return zone, err
	}, `SELECT p.timezone, COUNT(*) FROM subscriptions n JOIN subscribers p ON p.id = n.subscriber_id WHERE `+of+` AND n.paused_until = 0 AND `+mailable+" GROUP BY p.timezone", args...)
	return zones, err
}
