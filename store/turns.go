package store

import (
	"context"
	"database/sql"
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

// Turn looks at a person whose turn it is in an edition. One who has no share has
// left.
func (s *Store) Turn(ctx context.Context, edition, newsletter, subscriber string) (Turn, error) {
	turns, err := s.Turns(ctx, edition, newsletter, []string{subscriber})
	t, ok := turns[subscriber]
	if err == nil && !ok {
		err = sql.ErrNoRows
	}
	return t, err
}

// Turns looks at people whose turn it is in an edition. Who has no share is not
// among them.
func (s *Store) Turns(ctx context.Context, edition, newsletter string, subscribers []string) (map[string]Turn, error) {
	args := []any{edition, newsletter, magazine.SiteScope().Key()}
	for _, id := range subscribers {
		args = append(args, id)
	}
	turns := make(map[string]Turn, len(subscribers))
	_, err := collect(ctx, s.readers, func(rows *sql.Rows) (id string, err error) {
		var t Turn
		var paused int64
		err = rows.Scan(&id, &t.Share, &t.Person, &t.Suppressed, &t.Done, &t.Waits, &t.Site, &t.Served, &paused)
		t.Paused = fromMicros(paused)
		turns[id] = t
		return id, err
	}, `SELECT n.subscriber_id, n.state, p.state, COALESCE((SELECT x.reason FROM suppressions x WHERE x.email_key = p.email_key), ''),
		EXISTS (SELECT 1 FROM deliveries d WHERE d.edition_id = $1 AND d.subscriber_id = n.subscriber_id),
		EXISTS (SELECT 1 FROM deliveries d WHERE d.subscriber_id = n.subscriber_id AND d.newsletter = $2 AND d.edition_id <> $1 AND d.state = 'deferred'),
		COALESCE((SELECT c.version FROM scopes c WHERE c.scope = $3), 0), n.served, n.paused_until
		FROM subscriptions n JOIN subscribers p ON p.id = n.subscriber_id WHERE n.newsletter = $2 AND n.subscriber_id IN (`+in(len(subscribers), 4)+`)`, args...)
	return turns, err
}
