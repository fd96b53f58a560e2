package members

import (
	"context"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// SignUp keeps the request and has a confirmation mailed. Its errors speak of
// the request alone (Invalid); whether the address is known shows in nothing,
// and nothing of one who is known changes before they confirm.
func (m *Members) SignUp(ctx context.Context, r Request) error {
	want, err := m.check(ctx, r)
	if err != nil {
		return err
	}
	return m.store.Write(ctx, func(tx *store.Tx) error {
		// The name stays with the request until it is confirmed: a stranger may
		// have typed it.
		p, _, err := tx.PutSubscriber(ctx, magazine.Subscriber{Email: want.person.Email})
		if err != nil {
			return err
		}
		return m.ask(ctx, tx, p, want, true)
	})
}

// ask keeps a wish as a sign-up to be confirmed, and mails where mailing is
// asked for and allowed.
func (m *Members) ask(ctx context.Context, tx *store.Tx, p magazine.Subscriber, w wish, mail bool) error {
	why, err := tx.Suppressed(ctx, p.Email)
	if err != nil {
		return err
	}
	if mail {
		enough, err := m.enough(ctx, tx, p.ID)
		if err != nil || enough {
			return err
		}
	}
	u := store.SignUp{ID: magazine.NewID(), Subscriber: p.ID, Name: w.person.Name, Timezone: w.person.Timezone, Wants: w.shares, Origin: w.origin, Client: w.client, Asked: mail}
	if err := tx.PutSignUp(ctx, u); err != nil {
		return err
	}
	if !mail || why != "" {
		return nil
	}
	return m.mail(ctx, tx, u.ID)
}

// enough tells that an address has had as many confirmation mails as strangers
// may have sent to it.
func (m *Members) enough(ctx context.Context, tx *store.Tx, subscriber string) (bool, error) {
	open, err := tx.OpenSignUps(ctx, subscriber, tx.Now.Add(-24*time.Hour))
	day, hour := 0, 0
	for _, u := range open {
		if !u.Asked {
			continue
		}
		day++
		if u.Created > tx.Now.Add(-time.Hour).UnixMicro() {
			hour++
		}
	}
	return hour >= mailsAnHour || day >= mailsADay, err
}

// Pending is what a confirmation would confirm.
type Pending struct {
	Email, Name string
	Newsletters []magazine.Newsletter
	Follows     []magazine.Follow
}

var (
	errBadLink   = magazine.Errorf(magazine.NotFound, "This link does not work. Perhaps it was cut when it was copied; open it from the mail again.")
	errExpired   = magazine.Errorf(magazine.Invalid, "This link has expired. It worked for 7 days; sign up once more to get a new one.")
	errLeftSince = magazine.Errorf(magazine.Invalid, "You have left since this link was mailed, so it does not work any more. Sign up once more to get a new one.")
	errNoLetter  = magazine.Errorf(magazine.Invalid, "The newsletter that this link was for is no longer sent. Sign up once more to choose another.")
	errSilenced  = magazine.Errorf(magazine.Conflict, "We may not mail this address: it turned our mail away, or asked us to stop. Write to us if that has changed.")
)

// missingLink is err as one who opens a link is told it.
func missingLink(err error) error {
	if magazine.CodeOf(err) == magazine.NotFound {
		return errBadLink
	}
	return err
}

// CheckConfirm tells what a confirmation link would confirm and changes
// nothing. NotFound: it is no link of ours; Invalid: it is too old.
func (m *Members) CheckConfirm(ctx context.Context, token string) (Pending, error) {
	id, ok := m.open(tokenConfirm, token)
	if !ok {
		return Pending{}, errBadLink
	}
	u, err := m.store.SignUp(ctx, id)
	if err != nil {
		return Pending{}, missingLink(err)
	}
	wants, err := m.standing(ctx, m.store, u, m.store.Now())
	if err != nil {
		return Pending{}, err
	}
	p, err := m.store.Subscriber(ctx, u.Subscriber)
	if err != nil {
		return Pending{}, missingLink(err)
	}
	shown := Pending{Email: p.Email, Name: u.Name}
	for _, w := range wants {
		shown.Newsletters = append(shown.Newsletters, *m.Newsletter(w.Newsletter))
		shown.Follows = w.Follows
	}
	return shown, nil
}

// leavings is what a Store and a transaction tell of who left.
type leavings interface {
	LeftAt(ctx context.Context, newsletter, subscriber string) (time.Time, error)
}

// standing is what of a sign-up still stands: not what the person has left
// since, nor what the configuration has no more. Invalid: nothing does.
func (m *Members) standing(ctx context.Context, from leavings, u store.SignUp, now time.Time) ([]store.Share, error) {
	if u.Confirmed == 0 && now.UnixMicro()-u.Created > confirmWithin.Microseconds() {
		return nil, errExpired
	}
	nothing := errNoLetter
	var wants []store.Share
	for _, w := range u.Wants {
		if m.Newsletter(w.Newsletter) == nil {
			continue
		}
		left, err := from.LeftAt(ctx, w.Newsletter, u.Subscriber)
		if err != nil {
			return nil, err
		}
		if !left.IsZero() && left.UnixMicro() > u.Created {
			nothing = errLeftSince
			continue
		}
		wants = append(wants, w)
	}
	if len(wants) == 0 {
		return nil, nothing
	}
	return wants, nil
}

// Confirm makes what was asked for true. To confirm twice is the same as once,
// and no link undoes a leaving that came after it. NotFound: it is no link of
// ours; Invalid: it is too old; Conflict: the address is suppressed.
func (m *Members) Confirm(ctx context.Context, token string) error {
	id, ok := m.open(tokenConfirm, token)
	if !ok {
		return errBadLink
	}
	return m.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.ArticleNumber(ctx); err != nil { // first, as everybody who needs it does
			return err
		}
		u, err := tx.SignUp(ctx, id)
		if err != nil {
			return missingLink(err)
		}
		wants, err := m.standing(ctx, tx, u, tx.Now)
		if err != nil || u.Confirmed > 0 {
			return err
		}
		return m.join(ctx, tx, u, wants)
	})
}

func (m *Members) join(ctx context.Context, tx *store.Tx, u store.SignUp, wants []store.Share) error {
	p, err := tx.Subscriber(ctx, u.Subscriber)
	if err != nil {
		return missingLink(err)
	}
	if why, err := tx.Suppressed(ctx, p.Email); err != nil {
		return err
	} else if why != "" {
		return errSilenced
	}
	if err := tx.SignUpConfirmed(ctx, u.ID); err != nil {
		return err
	}
	if err := tx.DescribeSubscriber(ctx, p.ID, u.Name, u.Timezone, true); err != nil {
		return err
	}
	if err := tx.SetSubscriberState(ctx, p.ID, magazine.Confirmed); err != nil {
		return err
	}
	for _, w := range wants {
		if _, _, err := share(ctx, tx, p.ID, w, true); err != nil {
			return err
		}
	}
	return nil
}

// share gives a person their share in a newsletter and tells whether anything
// is new, and whether they have left it. The person's own word (own) takes up
// what they left and widens what they follow to everything; an admin's does
// neither.
func share(ctx context.Context, tx *store.Tx, subscriber string, w store.Share, own bool) (grown, left bool, err error) {
	if grown, err = tx.Subscribe(ctx, w.Newsletter, subscriber, own); err != nil {
		return false, false, err
	}
	if !grown {
		have, err := tx.Subscription(ctx, w.Newsletter, subscriber)
		switch {
		case err != nil:
			return false, false, err
		case have.State != magazine.SubscriptionActive:
			return false, true, nil
		case len(have.Follows) == 0: // everything
			return false, false, nil
		case len(w.Follows) == 0 && own:
			return true, false, tx.FollowEverything(ctx, w.Newsletter, subscriber)
		}
	}
	for _, f := range w.Follows {
		added, err := tx.Follow(ctx, w.Newsletter, subscriber, f)
		if err != nil {
			return false, false, err
		}
		grown = grown || added
	}
	return grown, false, nil
}
