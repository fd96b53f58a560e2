package store

import (
	"context"
	"database/sql"
	"time"

	"postrider/magazine"
)

// mailable is the condition that mail may be sent to a subscriber p.
const mailable = "p.state = 'confirmed' AND NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.email_key = p.email_key)"

// frequencies begins a query with the frequencies that people have of the
// newsletter $1, of which there are few, as f: each is found behind the last in
// an index, in which the subscriptions of each then stand by their served numbers.
const frequencies = `WITH RECURSIVE f (name) AS (
	SELECT MIN(n.frequency) FROM subscriptions n WHERE n.newsletter = $1 AND n.state = 'active'
	UNION ALL SELECT (SELECT MIN(n.frequency) FROM subscriptions n WHERE n.newsletter = $1 AND n.state = 'active' AND n.frequency > f.name) FROM f WHERE f.name IS NOT NULL) `

// LeastServed is the lowest number that a subscription of the audience has been
// served among the people who can be mailed at an instant: one who cannot, or has
// paused, would make everything new for ever. Nothing followed has been served
// less than its subscription.
func (tx *Tx) LeastServed(ctx context.Context, a Audience, at time.Time) (n int64, people bool, err error) {
	return leastServed(ctx, tx, a, at)
}

// LeastServed is that of Tx, outside of a transaction.
func (s *Store) LeastServed(ctx context.Context, a Audience, at time.Time) (n int64, people bool, err error) {
	return leastServed(ctx, s.readers, a, at)
}

func leastServed(ctx context.Context, q querier, a Audience, at time.Time) (n int64, people bool, err error) {
	var least sql.NullInt64
	of, args := a.where(a.Newsletter, micros(at))
	err = q.QueryRowContext(ctx, frequencies+`SELECT MIN(least) FROM (SELECT (
			SELECT n.served FROM subscriptions n JOIN subscribers p ON p.id = n.subscriber_id
			WHERE n.frequency = f.name AND `+of+` AND (n.paused_until = 0 OR n.fresh = 0 AND n.paused_until <= $2) AND `+mailable+`
			ORDER BY n.served LIMIT 1) AS least FROM f WHERE f.name IS NOT NULL) l`, args...).Scan(&least)
	return least.Int64, least.Valid, err
}

// FollowsEverything tells whether somebody of an audience follows everything, has
// been served from one number up to below another, can be mailed and has not
// paused. They are of a tier, or, where it is empty, of any, and of none of some
// languages. It passes over those who are not so, one by one, until it finds one.
func (s *Store) FollowsEverything(ctx context.Context, a Audience, tier magazine.Tier, not []string, from, below int64) (any bool, err error) {
	of, args := a.where(a.Newsletter, from, below, string(tier), micros(s.Now()))
	if len(not) > 0 {
		of += " AND p.language NOT IN (" + in(len(not), len(args)+1) + ")"
		for _, language := range not {
			args = append(args, language)
		}
	}
	err = s.readers.QueryRowContext(ctx, frequencies+`SELECT EXISTS (SELECT 1 FROM (SELECT (
			SELECT 1 FROM subscriptions n JOIN subscribers p ON p.id = n.subscriber_id
			WHERE n.frequency = f.name AND `+of+` AND n.served >= $2 AND n.served < $3 AND n.paused_until = 0 AND ($4 = '' OR `+tierNow("$5")+` = $4) AND `+mailable+`
			AND NOT EXISTS (SELECT 1 FROM follows w WHERE w.newsletter = n.newsletter AND w.subscriber_id = n.subscriber_id)
			ORDER BY n.served LIMIT 1) AS one FROM f WHERE f.name IS NOT NULL) l WHERE one = 1)`, args...).Scan(&any)
	return any, err
}

// Languages lists those that people have chosen, sorted; none where all have the
// publication's. It finds each behind the last in an index.
func (s *Store) Languages(ctx context.Context) ([]string, error) {
	return collect(ctx, s.readers, scanText, `WITH RECURSIVE l (tag) AS (
		SELECT MIN(p.language) FROM subscribers p WHERE p.language <> ''
		UNION ALL SELECT (SELECT MIN(p.language) FROM subscribers p WHERE p.language <> '' AND p.language > l.tag) FROM l WHERE l.tag IS NOT NULL)
		SELECT tag FROM l WHERE tag IS NOT NULL`)
}

// ServedIn tells of the people of an audience who have chosen one of some languages
// and follow everything, can be mailed, have not paused, and have been served up to
// floor at least, which languages, tiers and served numbers there are together. It
// looks at all who have chosen one.
func (s *Store) ServedIn(ctx context.Context, a Audience, languages []string, floor int64) ([]magazine.Subscription, error) {
	of, args := a.where(floor, micros(s.Now()))
	among := in(len(languages), len(args)+1)
	for _, language := range languages {
		args = append(args, language)
	}
	return collect(ctx, s.readers, func(rows *sql.Rows) (n magazine.Subscription, err error) {
		err = rows.Scan(&n.Subscriber.Language, &n.Subscriber.Tier, &n.Served)
		return n, err
	}, `SELECT DISTINCT p.language, `+tierNow("$2")+`, n.served FROM subscribers p CROSS JOIN subscriptions n
		WHERE p.language <> '' AND p.language IN (`+among+`) AND n.subscriber_id = p.id AND `+of+` AND n.served >= $1 AND n.paused_until = 0 AND `+mailable+`
		AND NOT EXISTS (SELECT 1 FROM follows w WHERE w.newsletter = n.newsletter AND w.subscriber_id = n.subscriber_id) ORDER BY 1, 2, 3`, args...)
}

// EachFollower calls f for the subscriptions of an audience that do not follow
// everything, by id: of people who can be mailed, have not paused, and have been
// served up to floor at least. Of each there is what decides on their message:
// the subscriber's id, tier and language, the served number, and what they follow.
func (s *Store) EachFollower(ctx context.Context, a Audience, floor int64, f func(*magazine.Subscription) error) error {
	const page = 4000
	of, args := a.where(a.Newsletter, "", "", floor)
	now := s.Now()
	// In this order: of many subscriptions few may follow anything.
	query := `SELECT n.subscriber_id, p.tier, p.tier_until, p.language, n.served FROM (
			SELECT DISTINCT w.subscriber_id FROM follows w WHERE w.newsletter = $1 AND w.subscriber_id > $2 AND w.subscriber_id <= $3) follower
		CROSS JOIN subscriptions n CROSS JOIN subscribers p WHERE n.subscriber_id = follower.subscriber_id AND p.id = follower.subscriber_id
		AND ` + of + ` AND n.served >= $4 AND n.paused_until = 0 AND ` + mailable + ` ORDER BY n.subscriber_id`
	for above := ""; ; {
		last, err := s.pageOfFollowers(ctx, a.Newsletter, above, page)
		if err != nil || last == "" {
			return err
		}
		args[1], args[2] = above, last
		people, err := collect(ctx, s.readers, func(rows *sql.Rows) (n magazine.Subscription, err error) {
			n.Newsletter = a.Newsletter
			var ends int64
			err = rows.Scan(&n.Subscriber.ID, &n.Subscriber.Tier, &ends, &n.Subscriber.Language, &n.Served)
			n.Subscriber.Tier = magazine.TierAt(n.Subscriber.Tier, fromMicros(ends), now)
			return n, err
		}, query, args...)
		if err == nil && len(people) > 0 {
			err = addFollows(ctx, s.readers, people, itself)
		}
		if err != nil {
			return err
		}
		for i := range people {
			if len(people[i].Follows) == 0 { // any more
				continue
			}
			if err := f(&people[i]); err != nil {
				return err
			}
		}
		above = last
	}
}

// pageOfFollowers finds the last of the next people who follow something of a
// newsletter: those of so many follows, and of one at least. Empty: there are no
// more.
func (s *Store) pageOfFollowers(ctx context.Context, newsletter, above string, follows int) (last string, err error) {
	err = s.readers.QueryRowContext(ctx, `SELECT COALESCE(
			(SELECT w.subscriber_id FROM follows w WHERE w.newsletter = $1 AND w.subscriber_id > $2 ORDER BY w.subscriber_id LIMIT 1 OFFSET $3),
			(SELECT MAX(w.subscriber_id) FROM follows w WHERE w.newsletter = $1 AND w.subscriber_id > $2), '')`, newsletter, above, follows-1).Scan(&last)
	return last, err
}
