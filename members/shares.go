package members

import (
	"context"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// Pause keeps a newsletter from a person until an instant, or Indefinitely.
// What comes meanwhile waits for them or, where fresh says so, counts as
// served at the end. NotFound: the person has no such newsletter; Invalid: the
// instant has passed.
func (m *Members) Pause(ctx context.Context, email, newsletter string, until time.Time, fresh bool) error {
	if !until.After(m.store.Now()) {
		return magazine.Errorf(magazine.Invalid, "a pause cannot end at %s, which has passed", until.Format("2006-01-02 15:04 -0700"))
	}
	return m.change(ctx, email, newsletter, func(tx *store.Tx, subscriber string) error {
		_, err := tx.Pause(ctx, newsletter, subscriber, until, fresh)
		return err
	})
}

// Resume ends a person's pause now, and tells whether there was one. NotFound:
// the person has no such newsletter.
func (m *Members) Resume(ctx context.Context, email, newsletter string) (was bool, err error) {
	err = m.change(ctx, email, newsletter, func(tx *store.Tx, subscriber string) error {
		was, err = tx.Resume(ctx, newsletter, subscriber)
		return err
	})
	return was, err
}

// SetFollows makes a person's subscription follow exactly this from now on;
// nothing: everything. NotFound: the person has no such newsletter; Invalid:
// something cannot be followed.
func (m *Members) SetFollows(ctx context.Context, email, newsletter string, follows []magazine.Follow) error {
	follows, err := m.checkFollows(ctx, follows)
	if err != nil {
		return err
	}
	return m.change(ctx, email, newsletter, func(tx *store.Tx, subscriber string) error {
		return tx.SetFollows(ctx, newsletter, subscriber, follows)
	})
}

// SetHour changes the hour of the day at which a person has a newsletter, such as
// "7" or "07:00", on the clocks of their zone; NoHour: at the schedule's. It
// returns the hour as it then is, empty for the schedule's. NotFound: the person
// has no such newsletter; Invalid: it is no hour, or the newsletter lets nobody
// choose.
func (m *Members) SetHour(ctx context.Context, email, newsletter, hour string) (string, error) {
	own, err := m.hourOf(newsletter, hour)
	if err == nil && own == "" {
		_, err = magazine.ParseHour(own)
	}
	if err != nil {
		return "", err
	}
	if err := m.change(ctx, email, newsletter, func(tx *store.Tx, subscriber string) error {
		_, err := tx.SetHour(ctx, newsletter, subscriber, own)
		return err
	}); err != nil || own == NoHour {
		return "", err
	}
	return own, nil
}

// change does something to a person's share in a newsletter. NotFound: they
// have none.
func (m *Members) change(ctx context.Context, email, newsletter string, do func(tx *store.Tx, subscriber string) error) error {
	p, err := m.Known(ctx, email)
	if err != nil {
		return err
	}
	lacks := magazine.Errorf(magazine.NotFound, "%s is not subscribed to %s", p.Email, newsletter)
	return m.changeShare(ctx, p.ID, newsletter, lacks, func(tx *store.Tx, _ *magazine.Subscription) error { return do(tx, p.ID) })
}

// changeShare does something to what a person has of a newsletter; lacks is the error
// where they have none.
func (m *Members) changeShare(ctx context.Context, person, newsletter string, lacks error, do func(tx *store.Tx, have *magazine.Subscription) error) error {
	return m.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.ArticleNumber(ctx); err != nil { // first, as everybody who needs it does
			return err
		}
		have, err := tx.Subscription(ctx, newsletter, person)
		if err != nil {
			return err
		}
		if have == nil || have.State != magazine.SubscriptionActive {
			return lacks
		}
		return do(tx, have)
	})
}
