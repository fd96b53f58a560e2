package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"postrider/magazine"
)

const subscriberColumns = "p.id, p.email, p.name, p.state, p.tier, p.tier_until, p.timezone, p.language, p.created, p.confirmed"

// scanPerson reads the columns of a subscriber as they stand at an instant, and
// then others.
func scanPerson(rows *sql.Rows, now time.Time, p *magazine.Subscriber, others ...any) error {
	var ends, created, confirmed int64
	err := rows.Scan(append([]any{&p.ID, &p.Email, &p.Name, &p.State, &p.Tier, &ends, &p.Timezone, &p.Language, &created, &confirmed}, others...)...)
	p.TierEnds, p.Created, p.Confirmed = fromMicros(ends), fromMicros(created), fromMicros(confirmed)
	p.Tier = magazine.TierAt(p.Tier, p.TierEnds, now)
	return err
}

// tierNow is the tier of a subscriber p at the instant that a parameter has.
func tierNow(parameter string) string {
	return "CASE WHEN p.tier_until > 0 AND p.tier_until <= " + parameter + " THEN 'free' ELSE p.tier END"
}

// PutSubscriber finds the subscriber of an address, or makes a pending one with
// the name, time zone and language, and locks them to the end of the transaction. What is
// known of one who is there stays: anybody can type anybody's address.
func (tx *Tx) PutSubscriber(ctx context.Context, p magazine.Subscriber) (have magazine.Subscriber, isNew bool, err error) {
	key := magazine.EmailKey(p.Email)
	n, err := tx.exec(ctx, `INSERT INTO subscribers (id, email, email_key, name, state, timezone, language, created, confirmed) VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7, 0)
		ON CONFLICT (email_key) DO NOTHING`, magazine.NewIDAt(tx.Now), p.Email, key, p.Name, p.Timezone, p.Language, micros(tx.Now))
	if err != nil {
		return have, false, err
	}
	tx.joined = tx.joined || n > 0
	have, err = subscriberBy(ctx, tx, "p.email_key = $1"+tx.s.dialect.forUpdate, key)
	return have, n > 0, err
}

// DescribeSubscriber keeps the name, the time zone and the language of p, where it
// has them: over what is known of the person of that id where over says so, else
// only where nothing is.
func (tx *Tx) DescribeSubscriber(ctx context.Context, p magazine.Subscriber, over bool) error {
	for column, value := range map[string]string{"name": p.Name, "timezone": p.Timezone, "language": p.Language} {
		where := ""
		if !over {
			where = " AND " + column + " = ''"
		}
		if value == "" {
			continue
		}
		if _, err := tx.exec(ctx, "UPDATE subscribers SET "+column+" = $2 WHERE id = $1"+where, p.ID, value); err != nil {
			return err
		}
	}
	if p.Timezone == "" {
		return nil
	}
	return tx.zoned(ctx, p.ID)
}

// SetLanguage keeps the language (BCP 47) in which a person is to be told things;
// empty: the publication's.
func (tx *Tx) SetLanguage(ctx context.Context, id, language string) error {
	_, err := tx.exec(ctx, "UPDATE subscribers SET language = $2 WHERE id = $1", id, language)
	return err
}

// Subscriber finds a subscriber by id. NotFound: there is none.
func (s *Store) Subscriber(ctx context.Context, id string) (magazine.Subscriber, error) {
	return subscriberBy(ctx, s.readers, "p.id = $1", id)
}

// Subscriber finds a subscriber by id and locks them. NotFound: there is none.
func (tx *Tx) Subscriber(ctx context.Context, id string) (magazine.Subscriber, error) {
	return subscriberBy(ctx, tx, "p.id = $1"+tx.s.dialect.forUpdate, id)
}

// SubscriberByEmail finds a subscriber by address. NotFound: there is none.
func (s *Store) SubscriberByEmail(ctx context.Context, email string) (magazine.Subscriber, error) {
	return subscriberBy(ctx, s.readers, "p.email_key = $1", magazine.EmailKey(email))
}

// SubscriberByEmail finds a subscriber by address and locks them. NotFound: there
// is none.
func (tx *Tx) SubscriberByEmail(ctx context.Context, email string) (magazine.Subscriber, error) {
	return subscriberBy(ctx, tx, "p.email_key = $1"+tx.s.dialect.forUpdate, magazine.EmailKey(email))
}

// neverConfirmed is true of a person p who was made before an instant, has not confirmed,
// and was mailed nothing since that they may still confirm. Whom an admin brought without a mail
// waits for one, and is not among them; nor is who has a tier, a passkey, is signed in,
// or works at the desk.
const neverConfirmed = `p.confirmed = 0 AND p.state IN ('pending', 'bounced', 'complained') AND p.created < $1 AND p.tier = 'free'
	AND NOT EXISTS (SELECT 1 FROM signups u WHERE u.subscriber_id = p.id AND (u.created >= $1 OR u.asked = 0))
	AND NOT EXISTS (SELECT 1 FROM users w WHERE w.subscriber_id = p.id)
	AND NOT EXISTS (SELECT 1 FROM passkeys k WHERE k.subscriber_id = p.id)
	AND NOT EXISTS (SELECT 1 FROM sessions o WHERE o.subscriber_id = p.id)`

// NeverConfirmed lists up to limit ids of people, in their order and from behind one,
// who were made before an instant and never confirmed.
func (s *Store) NeverConfirmed(ctx context.Context, before time.Time, behind string, limit int) ([]string, error) {
	return collect(ctx, s.readers, scanText, "SELECT p.id FROM subscribers p WHERE p.id > $2 AND "+neverConfirmed+" ORDER BY p.id LIMIT $3", micros(before), behind, limit)
}

// NeverConfirmed tells whether a person is one of those, and finds them.
func (tx *Tx) NeverConfirmed(ctx context.Context, id string, before time.Time) (p magazine.Subscriber, is bool, err error) {
	if p, err = tx.Subscriber(ctx, id); magazine.CodeOf(err) == magazine.NotFound {
		return p, false, nil
	} else if err != nil {
		return p, false, err
	}
	found, err := collect(ctx, tx, scanText, "SELECT p.id FROM subscribers p WHERE p.id = $2 AND "+neverConfirmed, micros(before), id)
	return p, len(found) > 0, err
}

// SubscribersByID finds some subscribers, by their ids. Some may be there no more.
func (s *Store) SubscribersByID(ctx context.Context, ids []string) (map[string]magazine.Subscriber, error) {
	all := map[string]magazine.Subscriber{}
	for some := range slices.Chunk(ids, batch) {
		_, err := collect(ctx, s.readers, func(rows *sql.Rows) (none struct{}, err error) {
			var p magazine.Subscriber
			err = scanPerson(rows, s.Now(), &p)
			all[p.ID] = p
			return none, err
		}, "SELECT "+subscriberColumns+" FROM subscribers p WHERE p.id IN ("+in(len(some), 1)+")", anys(some)...)
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

func subscriberBy(ctx context.Context, q querier, where, value string) (magazine.Subscriber, error) {
	found, err := collect(ctx, q, func(rows *sql.Rows) (p magazine.Subscriber, err error) {
		err = scanPerson(rows, q.instant(), &p)
		return p, err
	}, "SELECT "+subscriberColumns+" FROM subscribers p WHERE "+where, value)
	if err != nil {
		return magazine.Subscriber{}, err
	}
	if len(found) == 0 {
		return magazine.Subscriber{}, magazine.Errorf(magazine.NotFound, "there is no such subscriber")
	}
	return found[0], nil
}

// SetSubscriberState changes where a person stands with us.
func (tx *Tx) SetSubscriberState(ctx context.Context, id string, state magazine.SubscriberState) error {
	confirmed := int64(0)
	if state == magazine.Confirmed {
		confirmed = micros(tx.Now)
	}
	_, err := tx.exec(ctx, "UPDATE subscribers SET state = $2, confirmed = CASE WHEN confirmed = 0 THEN CAST($3 AS BIGINT) ELSE confirmed END WHERE id = $1", id, state, confirmed)
	return err
}

// Revive makes a person whose address failed, or who complained, what they were before:
// one who has confirmed, or one who has not.
func (tx *Tx) Revive(ctx context.Context, id string) error {
	_, err := tx.exec(ctx, "UPDATE subscribers SET state = CASE WHEN confirmed = 0 THEN 'pending' ELSE 'confirmed' END WHERE id = $1 AND state IN ('bounced', 'complained')", id)
	return err
}

// Suppress keeps an address from being mailed. An earlier reason stays.
func (tx *Tx) Suppress(ctx context.Context, email, reason string) error {
	_, err := tx.exec(ctx, "INSERT INTO suppressions (email_key, reason, created) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", magazine.EmailKey(email), reason, micros(tx.Now))
	return err
}

// LiftSuppression lets an address be mailed again.
func (tx *Tx) LiftSuppression(ctx context.Context, email string) error {
	_, err := tx.exec(ctx, "DELETE FROM suppressions WHERE email_key = $1", magazine.EmailKey(email))
	return err
}

// Suppressed tells why an address must not be mailed; empty: it may be.
func (tx *Tx) Suppressed(ctx context.Context, email string) (reason string, err error) {
	err = tx.QueryRowContext(ctx, "SELECT reason FROM suppressions WHERE email_key = $1", magazine.EmailKey(email)).Scan(&reason)
	if isNoRows(err) {
		err = nil
	}
	return reason, err
}

// Suppressed tells why an address must not be mailed; empty: it may be.
func (s *Store) Suppressed(ctx context.Context, email string) (reason string, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT reason FROM suppressions WHERE email_key = $1", magazine.EmailKey(email)).Scan(&reason)
	if isNoRows(err) {
		err = nil
	}
	return reason, err
}

// Subscription finds a person's share in a newsletter; nil where there is none.
func (tx *Tx) Subscription(ctx context.Context, newsletter, subscriber string) (*magazine.Subscription, error) {
	return subscriptionOf(ctx, tx, newsletter, subscriber)
}

// Subscription finds a person's share in a newsletter; nil where there is none.
func (s *Store) Subscription(ctx context.Context, newsletter, subscriber string) (*magazine.Subscription, error) {
	return subscriptionOf(ctx, s.readers, newsletter, subscriber)
}

func subscriptionOf(ctx context.Context, q querier, newsletter, subscriber string) (*magazine.Subscription, error) {
	found, err := subscriptions(ctx, q, "n.newsletter = $1 AND n.subscriber_id = $2", 1, newsletter, subscriber)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// Subscriptions lists a person's shares, by newsletter.
func (s *Store) Subscriptions(ctx context.Context, subscriber string) ([]magazine.Subscription, error) {
	return subscriptions(ctx, s.readers, "n.subscriber_id = $1", 1<<30, subscriber)
}

func subscriptions(ctx context.Context, q querier, where string, limit int, args ...any) ([]magazine.Subscription, error) {
	now := q.instant()
	list, err := collect(ctx, q, func(rows *sql.Rows) (n magazine.Subscription, err error) {
		var until, fresh int64
		err = scanPerson(rows, now, &n.Subscriber, &n.Newsletter, &n.State, &n.Frequency, &n.Hour, &n.Served, &until, &fresh)
		n.PausedUntil, n.Fresh = fromMicros(until), fresh == 1
		return n, err
	}, `SELECT `+subscriberColumns+`, n.newsletter, n.state, n.frequency, n.hour, n.served, n.paused_until, n.fresh FROM subscriptions n JOIN subscribers p ON p.id = n.subscriber_id
		WHERE `+where+` ORDER BY n.subscriber_id, n.newsletter LIMIT `+in(1, len(args)+1), append(args, limit)...)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list, addFollows(ctx, q, list, itself)
}

func itself(n *magazine.Subscription) *magazine.Subscription { return n }

// addFollows reads what is followed for those of a list, sorted by subscriber.
func addFollows[T any](ctx context.Context, q querier, list []T, share func(*T) *magazine.Subscription) error {
	type key struct{ newsletter, subscriber string }
	at := map[key]*magazine.Subscription{}
	first, last := share(&list[0]), share(&list[len(list)-1])
	query, args := "SELECT newsletter, subscriber_id, kind, slug, served FROM follows WHERE subscriber_id >= $1 AND subscriber_id <= $2", []any{first.Subscriber.ID, last.Subscriber.ID}
	one := true // newsletter
	for i := range list {
		n := share(&list[i])
		at[key{n.Newsletter, n.Subscriber.ID}] = n
		one = one && n.Newsletter == first.Newsletter
	}
	if one { // else those of all newsletters
		query, args = query+" AND newsletter = $3", append(args, first.Newsletter)
	}
	rows, err := q.QueryContext(ctx, query+" ORDER BY subscriber_id, newsletter, kind, slug", args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var of key // whose follows come now
	var n *magazine.Subscription
	for rows.Next() {
		var to key
		var f magazine.Follow
		if err := rows.Scan(&to.newsletter, &to.subscriber, &f.Kind, &f.Slug, &f.Served); err != nil {
			return err
		}
		if to != of {
			of, n = to, at[to]
		}
		if n != nil {
			n.Follows = append(n.Follows, f)
		}
	}
	return rows.Err()
}

// Subscribe makes a person's share in a newsletter, active from this moment:
// what is published already counts as served. It tells whether anything was
// made: an active share stays as it is; one that was left is taken up again
// only where revive says so.
func (tx *Tx) Subscribe(ctx context.Context, newsletter, subscriber string, revive bool) (bool, error) {
	number, err := tx.ArticleNumber(ctx)
	if err != nil {
		return false, err
	}
	n, err := tx.exec(ctx, `INSERT INTO subscriptions (subscriber_id, newsletter, state, served, created, ended, timezone) VALUES ($1, $2, 'active', $3, $4, 0, COALESCE(`+zoneOf+`, '')) ON CONFLICT DO NOTHING`,
		subscriber, newsletter, number, micros(tx.Now))
	if err != nil || n > 0 || !revive {
		return n > 0, err
	}
	n, err = tx.exec(ctx, "UPDATE subscriptions SET state = 'active', served = $3, paused_until = 0, fresh = 0, frequency = '', hour = '' WHERE newsletter = $1 AND subscriber_id = $2 AND state = 'left'", newsletter, subscriber, number)
	if err != nil || n == 0 {
		return false, err
	}
	return true, tx.dropFollows(ctx, newsletter, subscriber)
}

// Follow adds what a subscription follows, from this moment: an author under
// their own slug, whatever they were called when the person chose them. It tells
// whether it was new.
func (tx *Tx) Follow(ctx context.Context, newsletter, subscriber string, f magazine.Follow) (bool, error) {
	number, err := tx.ArticleNumber(ctx)
	if err != nil {
		return false, err
	}
	if f.Kind == magazine.FollowAuthor {
		asked := f.Slug
		if f.Slug, err = tx.AuthorSlug(ctx, asked); err != nil {
			return false, err
		}
		if asked == f.Slug {
			if err := tx.ownChoice(ctx, newsletter, subscriber, asked); err != nil {
				return false, err
			}
		}
	}
	return tx.follow(ctx, newsletter, subscriber, f, number)
}

func (tx *Tx) follow(ctx context.Context, newsletter, subscriber string, f magazine.Follow, served int64) (bool, error) {
	n, err := tx.exec(ctx, "INSERT INTO follows (newsletter, subscriber_id, kind, slug, served) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING", newsletter, subscriber, f.Kind, f.Slug, served)
	return n > 0, err
}

// LeftAt tells when a person last left a newsletter; zero where they never did.
func (s *Store) LeftAt(ctx context.Context, newsletter, subscriber string) (time.Time, error) {
	return leftAt(ctx, s.readers, newsletter, subscriber)
}

// LeftAt tells when a person last left a newsletter; zero where they never did.
func (tx *Tx) LeftAt(ctx context.Context, newsletter, subscriber string) (time.Time, error) {
	return leftAt(ctx, tx, newsletter, subscriber)
}

func leftAt(ctx context.Context, q querier, newsletter, subscriber string) (time.Time, error) {
	var at int64
	err := q.QueryRowContext(ctx, "SELECT ended FROM subscriptions WHERE newsletter = $1 AND subscriber_id = $2", newsletter, subscriber).Scan(&at)
	if isNoRows(err) {
		err = nil
	}
	return fromMicros(at), err
}

// Unsubscribe ends a person's share in a newsletter and tells whether it was
// active. One who has left everything is unsubscribed. To leave once more is
// kept as the person's last word.
func (tx *Tx) Unsubscribe(ctx context.Context, newsletter, subscriber string) (bool, error) {
	// Of two leavings at once, the second has to see the first.
	if _, err := tx.Subscriber(ctx, subscriber); magazine.CodeOf(err) == magazine.NotFound {
		return false, nil
	} else if err != nil {
		return false, err
	}
	n, err := tx.exec(ctx, "UPDATE subscriptions SET state = 'left', ended = $3 WHERE newsletter = $1 AND subscriber_id = $2 AND state = 'active'", newsletter, subscriber, micros(tx.Now))
	if err == nil && n == 0 {
		_, err = tx.exec(ctx, "UPDATE subscriptions SET ended = $3 WHERE newsletter = $1 AND subscriber_id = $2", newsletter, subscriber, micros(tx.Now))
	}
	if err != nil || n == 0 {
		return false, err
	}
	_, err = tx.exec(ctx, `UPDATE subscribers SET state = 'unsubscribed' WHERE id = $1 AND state = 'confirmed'
		AND NOT EXISTS (SELECT 1 FROM subscriptions WHERE subscriber_id = $1 AND state = 'active')`, subscriber)
	return true, err
}

// A SubscriberListing is a subscriber with what they get.
type SubscriberListing struct {
	magazine.Subscriber
	Suppressed    string // why not to be mailed; empty: may be
	Subscriptions []magazine.Subscription
}

// EachSubscriber calls f for every subscriber, by id, reading them in pages so
// that a million of them need little memory.
func (s *Store) EachSubscriber(ctx context.Context, f func(SubscriberListing) error) error {
	const page = 1000
	for above := ""; ; {
		people, err := collect(ctx, s.readers, func(rows *sql.Rows) (l SubscriberListing, err error) {
			err = scanPerson(rows, s.Now(), &l.Subscriber, &l.Suppressed)
			return l, err
		}, "SELECT "+subscriberColumns+", COALESCE(x.reason, '') FROM subscribers p LEFT JOIN suppressions x ON x.email_key = p.email_key WHERE p.id > $1 ORDER BY p.id LIMIT $2", above, page)
		if err != nil || len(people) == 0 {
			return err
		}
		last := people[len(people)-1].ID
		shares, err := subscriptions(ctx, s.readers, "n.subscriber_id > $1 AND n.subscriber_id <= $2", 1<<30, above, last)
		if err != nil {
			return err
		}
		of := map[string][]magazine.Subscription{}
		for _, n := range shares {
			of[n.Subscriber.ID] = append(of[n.Subscriber.ID], n)
		}
		for _, p := range people {
			p.Subscriptions = of[p.ID]
			if err := f(p); err != nil {
				return err
			}
		}
		above = last
	}
}

// FollowEverything widens a subscription to all that the newsletter has. Its
// own served number has gone with every edition and now counts: what is waiting
// for the person is not lost.
func (tx *Tx) FollowEverything(ctx context.Context, newsletter, subscriber string) error {
	return tx.dropFollows(ctx, newsletter, subscriber)
}
