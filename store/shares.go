package store

import (
	"context"
	"slices"
	"time"

	"postrider/magazine"
)

// SetFrequency changes how often a person gets a newsletter, and tells whether
// that is new. What waits for them comes with the next edition of the new
// frequency.
func (tx *Tx) SetFrequency(ctx context.Context, newsletter, subscriber, frequency string) (bool, error) {
	number, err := tx.ArticleNumber(ctx)
	if err != nil {
		return false, err
	}
	n, err := tx.exec(ctx, "UPDATE subscriptions SET frequency = $3, changed = $4 WHERE newsletter = $1 AND subscriber_id = $2 AND frequency <> $3", newsletter, subscriber, frequency, number)
	return n > 0, err
}

// SetHour changes at which hour a person gets a newsletter, and tells whether that
// is new; NoHour: at the schedule's.
func (tx *Tx) SetHour(ctx context.Context, newsletter, subscriber, hour string) (bool, error) {
	if hour == NoHour {
		hour = ""
	}
	n, err := tx.exec(ctx, "UPDATE subscriptions SET hour = $3 WHERE newsletter = $1 AND subscriber_id = $2 AND hour <> $3", newsletter, subscriber, hour)
	return n > 0, err
}

// SetTier changes what a person may read until an instant, zero for ever, and
// tells whether that is new.
func (tx *Tx) SetTier(ctx context.Context, subscriber string, tier magazine.Tier, ends time.Time) (bool, error) {
	n, err := tx.exec(ctx, "UPDATE subscribers SET tier = $2, tier_until = $3 WHERE id = $1 AND (tier <> $2 OR tier_until <> $3)", subscriber, tier, micros(ends))
	return n > 0, err
}

// SetTierEnds changes until when a person has the tier that they were given,
// though it be over, and tells whether that is new. Who was given none has none.
func (tx *Tx) SetTierEnds(ctx context.Context, subscriber string, ends time.Time) (bool, error) {
	n, err := tx.exec(ctx, "UPDATE subscribers SET tier_until = $2 WHERE id = $1 AND tier <> $3 AND tier_until <> $2", subscriber, micros(ends), magazine.Free)
	return n > 0, err
}

// SetFollows makes a subscription follow exactly this from now on; nothing:
// everything. What was followed already stays as it is. What is new counts from
// this moment, but out of everything from where the subscription stands: it was
// followed all the time.
func (tx *Tx) SetFollows(ctx context.Context, newsletter, subscriber string, follows []magazine.Follow) error {
	number, err := tx.ArticleNumber(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Subscriber(ctx, subscriber); err != nil {
		return err
	}
	// Nobody moves its served number until the follows are there that are to move
	// with it.
	if _, err := collect(ctx, tx, scanText, "SELECT state FROM subscriptions WHERE newsletter = $1 AND subscriber_id = $2"+tx.s.dialect.forUpdate, newsletter, subscriber); err != nil {
		return err
	}
	sub, err := tx.Subscription(ctx, newsletter, subscriber)
	if err != nil || sub == nil {
		return err
	}
	if len(sub.Follows) == 0 {
		number = sub.Served
	}
	for _, f := range follows {
		if f.Kind == magazine.FollowAuthor {
			if f.Slug, err = tx.AuthorSlug(ctx, f.Slug); err != nil {
				return err
			}
		}
		at := slices.IndexFunc(sub.Follows, func(have magazine.Follow) bool { return have.Kind == f.Kind && have.Slug == f.Slug })
		if at >= 0 {
			sub.Follows = slices.Delete(sub.Follows, at, at+1)
			continue
		}
		if _, err := tx.follow(ctx, newsletter, subscriber, f, number); err != nil {
			return err
		}
	}
	for _, gone := range sub.Follows {
		if _, err := tx.exec(ctx, "DELETE FROM follows WHERE newsletter = $1 AND subscriber_id = $2 AND kind = $3 AND slug = $4", newsletter, subscriber, gone.Kind, gone.Slug); err != nil {
			return err
		}
		if gone.Kind != magazine.FollowAuthor {
			continue
		}
		if err := tx.endMerged(ctx, newsletter, subscriber, gone.Slug); err != nil {
			return err
		}
	}
	return nil
}

// LostFrequencies counts the active subscriptions of a newsletter that have a
// frequency which is none of the known.
func (s *Store) LostFrequencies(ctx context.Context, newsletter string, known []string) (n int, err error) {
	of, args := Audience{Newsletter: newsletter, Not: append([]string{""}, known...)}.where()
	err = s.readers.QueryRowContext(ctx, "SELECT COUNT(*) FROM subscriptions n WHERE "+of, args...).Scan(&n)
	return n, err
}

// CountHours counts the active subscriptions of a newsletter with an hour of their
// own.
func (s *Store) CountHours(ctx context.Context, newsletter string) (n int, err error) {
	of, args := Audience{Newsletter: newsletter}.where()
	err = s.readers.QueryRowContext(ctx, "SELECT COUNT(*) FROM subscriptions n WHERE "+of+" AND n.hour <> ''", args...).Scan(&n)
	return n, err
}

// Pause keeps a newsletter from a person until an instant, and tells whether
// they have it at all. Where fresh says so, what appears in the pause counts as
// served at its end; else it waits for them. A later word counts in place of an
// earlier one.
func (tx *Tx) Pause(ctx context.Context, newsletter, subscriber string, until time.Time, fresh bool) (bool, error) {
	kind := 0
	if fresh {
		kind = 1
	}
	n, err := tx.exec(ctx, "UPDATE subscriptions SET paused_until = $3, fresh = $4 WHERE newsletter = $1 AND subscriber_id = $2 AND state = 'active'", newsletter, subscriber, micros(until), kind)
	return n > 0, err
}

// Resume ends a person's pause now, and tells whether there was one.
func (tx *Tx) Resume(ctx context.Context, newsletter, subscriber string) (bool, error) {
	n, err := tx.endPauses(ctx, "newsletter = $2 AND subscriber_id = $3 AND paused_until > 0", newsletter, subscriber)
	return n > 0, err
}

// EndPauses ends the pauses that are over, and tells how many. What counts as
// served by a fresh start is what has appeared until now, so it is to be called
// soon after each has passed. One whose end is in doubt goes on until an hour
// after the doubt.
func (tx *Tx) EndPauses(ctx context.Context) (int64, error) {
	t, err := tx.Trust(ctx)
	if err != nil {
		return 0, err
	}
	return tx.endPauses(ctx, "paused_until > 0 AND paused_until > $2 AND paused_until <= $3", micros(t.Doubt.sure(tx.Now)), micros(tx.Now))
}

func (tx *Tx) endPauses(ctx context.Context, which string, args ...any) (int64, error) {
	number, err := tx.ArticleNumber(ctx)
	if err != nil {
		return 0, err
	}
	args = append([]any{number}, args...)
	if _, err := tx.exec(ctx, `UPDATE follows SET served = $1 WHERE served < $1 AND (newsletter, subscriber_id) IN (
		SELECT newsletter, subscriber_id FROM subscriptions WHERE fresh = 1 AND `+which+`)`, args...); err != nil {
		return 0, err
	}
	return tx.exec(ctx, `UPDATE subscriptions SET paused_until = 0, fresh = 0, served = CASE WHEN fresh = 1 AND served < $1 THEN $1 ELSE served END WHERE `+which, args...)
}

// PausesOver tells whether EndPauses would end any.
func (s *Store) PausesOver(ctx context.Context) (over bool, err error) {
	const some = "SELECT EXISTS (SELECT 1 FROM subscriptions WHERE paused_until > 0 AND paused_until <= $1)"
	now := s.Now()
	if err := s.readers.QueryRowContext(ctx, some, micros(now)).Scan(&over); err != nil || !over {
		return false, err
	}
	t, err := s.Trust(ctx)
	if err != nil || t.Doubt.Reason == "" {
		return true, err
	}
	err = s.readers.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM subscriptions WHERE paused_until > 0 AND paused_until > $1 AND paused_until <= $2)", micros(t.Doubt.sure(now)), micros(now)).Scan(&over)
	return over, err
}
