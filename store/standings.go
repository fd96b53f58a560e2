package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"postrider/magazine"
)

// A Standing is all of a person that a list of people may change.
type Standing struct {
	ID       string                   `json:"-"`
	State    magazine.SubscriberState `json:"state"`
	Name     string                   `json:"name,omitempty"`
	Timezone string                   `json:"timezone,omitempty"`
	Language string                   `json:"language,omitempty"`
	Tier     magazine.Tier            `json:"tier,omitempty"` // as it was given, though it be over; empty: free
	Ends     int64                    `json:"ends,omitempty"` // of the tier, microseconds; 0: never
	Shares   []StandingShare          `json:"shares,omitempty"`
	SignUps  []string                 `json:"sign_ups,omitempty"` // ids of those that wait to be confirmed
}

// A StandingShare is a newsletter that a person has, or has left.
type StandingShare struct {
	Newsletter string   `json:"newsletter"`
	Left       bool     `json:"left,omitempty"`
	Frequency  string   `json:"frequency,omitempty"`
	Hour       string   `json:"hour,omitempty"`
	Until      int64    `json:"until,omitempty"` // of a pause, microseconds; 0: none
	Fresh      bool     `json:"fresh,omitempty"`
	Follows    []string `json:"follows,omitempty"` // as kind/slug
}

// Standings tells how some people stand, by the keys of their addresses. Who is not
// known is not in it.
func (tx *Tx) Standings(ctx context.Context, keys []string) (map[string]*Standing, error) {
	return standings(ctx, tx, "p.email_key", keys)
}

// StandingsByID tells how some people stand, by their ids.
func (tx *Tx) StandingsByID(ctx context.Context, ids []string) (map[string]*Standing, error) {
	return standings(ctx, tx, "p.id", ids)
}

// StandingsByID is that of Tx.
func (s *Store) StandingsByID(ctx context.Context, ids []string) (map[string]*Standing, error) {
	return standings(ctx, s.readers, "p.id", ids)
}

func standings(ctx context.Context, q querier, by string, values []string) (map[string]*Standing, error) {
	found := map[string]*Standing{}
	of := map[string]*Standing{} // by id
	var ids []any
	for some := range slices.Chunk(values, batch) {
		_, err := collect(ctx, q, func(rows *sql.Rows) (none struct{}, err error) {
			p := &Standing{}
			var value string
			err = rows.Scan(&value, &p.ID, &p.State, &p.Name, &p.Timezone, &p.Language, &p.Tier, &p.Ends)
			if p.Tier == magazine.Free {
				p.Tier = ""
			}
			found[value], of[p.ID] = p, p
			ids = append(ids, p.ID)
			return none, err
		}, "SELECT "+by+", p.id, p.state, p.name, p.timezone, p.language, p.tier, p.tier_until FROM subscribers p WHERE "+by+" IN ("+in(len(some), 1)+")", anys(some)...)
		if err != nil {
			return nil, err
		}
	}
	for some := range slices.Chunk(ids, batch) {
		for _, read := range []func(context.Context, querier, map[string]*Standing, []any) error{standingShares, standingFollows, standingSignUps} {
			if err := read(ctx, q, of, some); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

func standingShares(ctx context.Context, q querier, of map[string]*Standing, ids []any) error {
	_, err := collect(ctx, q, func(rows *sql.Rows) (none struct{}, err error) {
		var id, state string
		var s StandingShare
		var fresh int
		err = rows.Scan(&id, &s.Newsletter, &state, &s.Frequency, &s.Hour, &s.Until, &fresh)
		s.Left, s.Fresh = state != string(magazine.SubscriptionActive), fresh == 1
		of[id].Shares = append(of[id].Shares, s)
		return none, err
	}, "SELECT subscriber_id, newsletter, state, frequency, hour, paused_until, fresh FROM subscriptions WHERE subscriber_id IN ("+in(len(ids), 1)+") ORDER BY subscriber_id, newsletter", ids...)
	return err
}

func standingFollows(ctx context.Context, q querier, of map[string]*Standing, ids []any) error {
	_, err := collect(ctx, q, func(rows *sql.Rows) (none struct{}, err error) {
		var id, newsletter, kind, slug string
		err = rows.Scan(&id, &newsletter, &kind, &slug)
		for i := range of[id].Shares {
			if s := &of[id].Shares[i]; s.Newsletter == newsletter {
				s.Follows = append(s.Follows, kind+"/"+slug)
			}
		}
		return none, err
	}, "SELECT subscriber_id, newsletter, kind, slug FROM follows WHERE subscriber_id IN ("+in(len(ids), 1)+") ORDER BY subscriber_id, newsletter, kind, slug", ids...)
	return err
}

func standingSignUps(ctx context.Context, q querier, of map[string]*Standing, ids []any) error {
	_, err := collect(ctx, q, func(rows *sql.Rows) (none struct{}, err error) {
		var id, signUp string
		err = rows.Scan(&id, &signUp)
		of[id].SignUps = append(of[id].SignUps, signUp)
		return none, err
	}, "SELECT subscriber_id, id FROM signups WHERE confirmed = 0 AND subscriber_id IN ("+in(len(ids), 1)+") ORDER BY subscriber_id, id", ids...)
	return err
}

// Stirred tells which of some people something has happened with since an instant:
// something was sent to them, or was to be; they signed in, changed their address,
// said why they left, or work at the desk; or somebody decided about them.
func (tx *Tx) Stirred(ctx context.Context, ids []string, since time.Time) (map[string]bool, error) {
	return stirred(ctx, tx, ids, since)
}

// Stirred is that of Tx.
func (s *Store) Stirred(ctx context.Context, ids []string, since time.Time) (map[string]bool, error) {
	return stirred(ctx, s.readers, ids, since)
}

func stirred(ctx context.Context, q querier, ids []string, since time.Time) (map[string]bool, error) {
	found := map[string]bool{}
	for some := range slices.Chunk(ids, batch) {
		of := " AND subscriber_id IN (" + in(len(some), 2) + ")"
		list, err := collect(ctx, q, scanText, `SELECT subscriber_id FROM deliveries WHERE at >= $1`+of+`
			UNION SELECT subscriber_id FROM sessions WHERE created >= $1`+of+` UNION SELECT subscriber_id FROM passkeys WHERE created >= $1`+of+`
			UNION SELECT subscriber_id FROM signins WHERE used >= $1`+of+` UNION SELECT subscriber_id FROM address_changes WHERE created >= $1`+of+`
			UNION SELECT subscriber_id FROM leavings WHERE at >= $1`+of+` UNION SELECT subscriber_id FROM users WHERE added >= $1`+of+`
			UNION SELECT subscriber_id FROM signups WHERE confirmed >= $1`+of+` UNION SELECT subscriber_id FROM acts WHERE subscriber_id <> '' AND at >= $1`+of,
			append([]any{micros(since)}, anys(some)...)...)
		if err != nil {
			return nil, err
		}
		for _, id := range list {
			found[id] = true
		}
	}
	return found, nil
}

// Redescribe puts what a person is said to be in place of what is known: state, name,
// time zone, language and tier.
func (tx *Tx) Redescribe(ctx context.Context, p *Standing) error {
	tier := p.Tier
	if tier == "" {
		tier = magazine.Free
	}
	if _, err := tx.exec(ctx, "UPDATE subscribers SET state = $2, name = $3, timezone = $4, language = $5, tier = $6, tier_until = $7, confirmed = CASE WHEN CAST($2 AS TEXT) = 'pending' THEN 0 ELSE confirmed END WHERE id = $1",
		p.ID, p.State, p.Name, p.Timezone, p.Language, tier, p.Ends); err != nil {
		return err
	}
	return tx.zoned(ctx, p.ID)
}

// DropShare takes a person's share in a newsletter away, as if it had never been.
func (tx *Tx) DropShare(ctx context.Context, newsletter, subscriber string) error {
	if err := tx.dropFollows(ctx, newsletter, subscriber); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "DELETE FROM subscriptions WHERE newsletter = $1 AND subscriber_id = $2", newsletter, subscriber)
	return err
}

// DropSignUp takes back what a person was asked, unless they have confirmed it.
func (tx *Tx) DropSignUp(ctx context.Context, id string) error {
	_, err := tx.exec(ctx, "DELETE FROM signups WHERE id = $1 AND confirmed = 0", id)
	return err
}
