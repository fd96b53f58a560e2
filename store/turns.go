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

// InTurn lists up to limit readers of an edition whose ids are above one and up to
// another, by id, with what they follow.
func (s *Store) InTurn(ctx context.Context, edition string, a Audience, above, upTo string, limit int) ([]Reader, error) {
	of, args := a.where(edition, a.Newsletter, magazine.SiteScope().Key(), above, upTo)
	return readers(ctx, s.readers, ", "+turn("$1", "$2", "$3"), of+" AND n.subscriber_id > $4 AND n.subscriber_id <= $5", limit, args...)
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
