package store

import (
	"context"
	"time"

	"postrider/magazine"
)

// A Turn is what counts at the moment when a person's turn comes in an edition.
type Turn struct {
	Done       bool // there is a delivery already
	Waits      bool // one of an earlier edition waits to be tried again
	Share      magazine.SubscriptionState
	Person     magazine.SubscriberState
	Suppressed string    // why the address must not be mailed; empty: it may be
	Site       int64     // the version of the site: it changes when any article does
	Served     int64     // the subscription's served number
	Paused     time.Time // until when; zero: it is not
}

// A Reader is a subscription of an edition's audience, and what counts when their
// turn comes.
type Reader struct {
	magazine.Subscription
	Turn Turn
}

func (r *Reader) subscription() *magazine.Subscription { return &r.Subscription }

// turn are the columns of a Turn that neither the subscription n nor its
// subscriber p has, where the edition, the newsletter and the site's scope are
// those parameters.
func turn(edition, newsletter, site string) string {
	return `COALESCE((SELECT x.reason FROM suppressions x WHERE x.email_key = p.email_key), ''),
		` + anyOf("deliveries d WHERE d.subscriber_id = n.subscriber_id AND d.edition_id = "+edition) + `,
		` + anyOf("deliveries d WHERE d.subscriber_id = n.subscriber_id AND d.newsletter = "+newsletter+" AND d.edition_id <> "+edition+" AND d.state = 'deferred' AND "+notAgain("d")) + `,
		COALESCE((SELECT c.version FROM scopes c WHERE c.scope = ` + site + `), 0)`
}

func (t *Turn) columns() []any { return []any{&t.Suppressed, &t.Done, &t.Waits, &t.Site} }

// pageOfReaders is for how many there is room from the beginning.
const pageOfReaders = 200

// InTurn lists up to limit readers of an edition whose ids are above one and up to
// another, by id, with what they follow. Of a person and their subscription it reads no
// more than what they get depends on: each column takes its time, for all whom an
// edition goes to.
func (s *Store) InTurn(ctx context.Context, edition string, a Audience, above, upTo string, limit int) ([]Reader, error) {
	of, args := a.where(edition, a.Newsletter, magazine.SiteScope().Key(), above, upTo)
	rows, err := s.readers.QueryContext(ctx, `SELECT p.id, p.email, p.name, p.state, p.tier, p.tier_until, p.language, n.served, n.paused_until, `+turn("$1", "$2", "$3")+`
		FROM subscriptions n JOIN subscribers p ON p.id = n.subscriber_id
		WHERE `+of+` AND n.subscriber_id > $4 AND n.subscriber_id <= $5 ORDER BY n.subscriber_id LIMIT `+in(1, len(args)+1), append(args, limit)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make([]Reader, 0, max(0, min(limit, pageOfReaders)))
	r, now := Reader{}, s.readers.instant()
	n, p, t := &r.Subscription, &r.Subscriber, &r.Turn
	n.Newsletter, n.State = a.Newsletter, magazine.SubscriptionActive // as those of every audience
	var ends, until int64
	columns := append([]any{&p.ID, &p.Email, &p.Name, &p.State, &p.Tier, &ends, &p.Language, &n.Served, &until}, t.columns()...)
	for rows.Next() {
		if err := rows.Scan(columns...); err != nil {
			return nil, err
		}
		p.TierEnds, n.PausedUntil = fromMicros(ends), fromMicros(until)
		p.Tier = magazine.TierAt(p.Tier, p.TierEnds, now)
		t.Share, t.Person, t.Served, t.Paused = n.State, p.State, n.Served, n.PausedUntil
		found = append(found, r)
	}
	if err := rows.Err(); err != nil || len(found) == 0 {
		return nil, err
	}
	rows.Close()
	return found, addFollows(ctx, s.readers, found, (*Reader).subscription)
}

// Turn looks at a person whose turn it is in an edition. One who has no share has
// left.
func (s *Store) Turn(ctx context.Context, edition, newsletter, subscriber string) (t Turn, err error) {
	var paused int64
	err = s.readers.QueryRowContext(ctx, "SELECT "+turn("$1", "$2", "$3")+`, n.state, p.state, n.served, n.paused_until
		FROM subscriptions n JOIN subscribers p ON p.id = n.subscriber_id WHERE n.newsletter = $2 AND n.subscriber_id = $4`,
		edition, newsletter, magazine.SiteScope().Key(), subscriber).Scan(append(t.columns(), &t.Share, &t.Person, &t.Served, &paused)...)
	t.Paused = fromMicros(paused)
	return t, err
}
