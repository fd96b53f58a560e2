package members

import (
	"context"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// Leaving is what a leaving link would end.
type Leaving struct {
	Email      string // empty: it is nobody's any more, or not for whoever has the link to know
	Gone       bool   // it is nobody's any more
	Language   string // of the person; empty: the publication's
	Newsletter magazine.Newsletter
	Frequency  string    // that they have it at, where there is a choice
	Paused     time.Time // until when; zero: it is not
	Left       bool      // already
}

const (
	maxReason    = 1000 // bytes of why one leaves
	longestPause = 366 * 24 * time.Hour
)

// CheckLeave tells what a leaving link would end and changes nothing. It works
// for ever, also where the person or the newsletter is gone: then they have left.
// NotFound: it is no link of ours.
func (m *Members) CheckLeave(ctx context.Context, token string) (Leaving, error) {
	subscriber, newsletter, ok := m.openLeave(token)
	if !ok {
		return Leaving{}, errBadLink
	}
	l := Leaving{Newsletter: magazine.Newsletter{Name: newsletter, Title: newsletter}, Left: true, Gone: true}
	if n := m.Newsletter(newsletter); n != nil {
		l.Newsletter = *n
	}
	p, err := m.store.Subscriber(ctx, subscriber)
	if magazine.CodeOf(err) == magazine.NotFound {
		return l, nil
	}
	if err != nil {
		return Leaving{}, err
	}
	have, err := m.store.Subscription(ctx, newsletter, subscriber)
	if err != nil {
		return Leaving{}, err
	}
	moved, err := m.store.AddressMoved(ctx, subscriber)
	if err != nil {
		return Leaving{}, err
	}
	l.Language, l.Gone = p.Language, false
	if moved.IsZero() { // else the mail may be from before, and was passed on
		l.Email = p.Email
	}
	if have != nil && have.State == magazine.SubscriptionActive {
		l.Left, l.Paused, l.Frequency = false, have.PausedUntil, m.frequencyOf(have)
	}
	return l, nil
}

// Leave ends a subscription at once, also for an edition that is being sent.
// To leave twice is the same as once. NotFound: it is no link of ours.
func (m *Members) Leave(ctx context.Context, token string) error {
	subscriber, newsletter, ok := m.openLeave(token)
	if !ok {
		return errBadLink
	}
	return m.Drop(ctx, subscriber, newsletter)
}

// PauseInstead keeps a newsletter from one who opens a leaving link, for some time
// or, where it is 0, until they say so. NotFound: it is no link of ours; Conflict:
// they have left; Invalid: it is no length of time.
func (m *Members) PauseInstead(ctx context.Context, token string, length time.Duration) error {
	if length < 0 || length > longestPause {
		return magazine.Errorf(magazine.Invalid, "Choose for how long you want to pause.").Said("leave.how-long")
	}
	return m.instead(ctx, token, func(tx *store.Tx, newsletter, subscriber string) error {
		until := magazine.Indefinitely
		if length > 0 {
			until = tx.Now.Add(length)
		}
		_, err := tx.Pause(ctx, newsletter, subscriber, until, false)
		return err
	})
}

// LessInstead changes how often one who opens a leaving link gets a newsletter.
// NotFound: it is no link of ours; Conflict: they have left; Invalid: there is no
// such frequency.
func (m *Members) LessInstead(ctx context.Context, token, frequency string) error {
	return m.instead(ctx, token, func(tx *store.Tx, newsletter, subscriber string) error {
		letter := m.Newsletter(newsletter)
		if letter == nil || letter.Frequency(frequency) == nil || letter.Frequency(frequency).Name != frequency {
			return magazine.Errorf(magazine.Invalid, "Choose how often you want it.").Said("leave.how-often")
		}
		_, err := tx.SetFrequency(ctx, newsletter, subscriber, frequency)
		return err
	})
}

// instead does something else for one who opens a leaving link.
func (m *Members) instead(ctx context.Context, token string, do func(tx *store.Tx, newsletter, subscriber string) error) error {
	subscriber, newsletter, ok := m.openLeave(token)
	if !ok {
		return errBadLink
	}
	return m.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.ArticleNumber(ctx); err != nil { // first, as everybody who needs it does
			return err
		}
		have, err := tx.Subscription(ctx, newsletter, subscriber)
		if err != nil {
			return err
		}
		if have == nil || have.State != magazine.SubscriptionActive {
			return errNotTheirs
		}
		return do(tx, newsletter, subscriber)
	})
}

// SayWhy keeps why somebody has left, in their words. Of one who has not, or who
// is erased, nothing is kept. NotFound: it is no link of ours.
func (m *Members) SayWhy(ctx context.Context, token, reason string) error {
	l, err := m.CheckLeave(ctx, token)
	if reason = cut(magazine.CleanText(reason), maxReason); err != nil || !l.Left || l.Gone || reason == "" {
		return err
	}
	subscriber, newsletter, _ := m.openLeave(token)
	return m.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Subscriber(ctx, subscriber); magazine.CodeOf(err) == magazine.NotFound {
			return nil
		} else if err != nil {
			return err
		}
		return tx.SetLeaving(ctx, newsletter, subscriber, reason)
	})
}
