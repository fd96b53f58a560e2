package members

import (
	"context"
	"time"

	"postrider/magazine"
	"postrider/store"
	"postrider/templates"
)

// Pending is what a confirmation would confirm.
type Pending struct {
	Email, Name string
	Language    string // of the person, BCP 47; empty, or one that we don't speak: the publication's
	Newsletters []Letter
	Follows     []magazine.Follow
	Done        *Confirmed // nil: nobody has confirmed it yet
}

// Confirmed is what a person gets of the newsletters that a confirmation was about.
type Confirmed struct {
	Email    string   // empty: it has changed since, and is not for whoever has the link to know
	Language string   // of the person; empty: the publication's
	Gets     []Letter // never none
	New      bool     // some of it is new by this confirmation
	Again    bool     // the link had done its work before
}

// A Letter is a newsletter as one person gets it.
type Letter struct {
	Newsletter magazine.Newsletter
	Follows    []magazine.Follow // none: everything in it
	Often      string            // the title of the frequency, where there is a choice
	Hour       string            // of their own, as 07:00, where there is a choice
}

// Title is the newsletter's, with how often one gets it and at which hour of one's
// own, where there is a choice.
func (l Letter) Title(w *templates.Words) string {
	title, hour := l.Newsletter.Title, w.Figures(l.Hour)
	switch {
	case l.Often != "" && hour != "":
		return w.T("letter.often-at", "newsletter", title, "often", l.Often, "hour", hour)
	case l.Often != "":
		return w.T("letter.often", "newsletter", title, "often", l.Often)
	case hour != "":
		return w.T("letter.at", "newsletter", title, "hour", hour)
	}
	return title
}

var (
	errBadLink   = magazine.Errorf(magazine.NotFound, "This link does not work. Perhaps it was cut when it was copied; open it from the mail again.").Said("link.bad")
	errExpired   = magazine.Errorf(magazine.Invalid, "This link has expired. It worked for 7 days; sign up once more to get a new one.").Said("link.expired")
	errLeftSince = magazine.Errorf(magazine.Invalid, "You have left since this link was mailed, so it does not work any more. Sign up once more to get a new one.").Said("link.left-since")
	errNoLetter  = magazine.Errorf(magazine.Invalid, "The newsletter that this link was for is no longer sent. Sign up once more to choose another.").Said("link.no-newsletter")
	errSilenced  = magazine.Errorf(magazine.Conflict, "We may not mail this address: it turned our mail away, or asked us to stop. Write to us if that has changed.").Said("link.suppressed")
)

// missingLink is err as one who opens a link is told it.
func missingLink(err error) error {
	if magazine.CodeOf(err) == magazine.NotFound {
		return errBadLink
	}
	return err
}

// goneSignUp is err as one who opens a link of ours is told it: the sign-up that
// it was for has been forgotten since.
func goneSignUp(err error) error {
	if magazine.CodeOf(err) == magazine.NotFound {
		return errExpired
	}
	return err
}

// CheckConfirm tells what a confirmation link would confirm, or has confirmed,
// and changes nothing. NotFound: it is no link of ours; Invalid: it is too old,
// or the person has left since; Conflict: it was used, and the address is
// suppressed since.
func (m *Members) CheckConfirm(ctx context.Context, token string) (Pending, error) {
	id, ok := m.open(tokenConfirm, token)
	if !ok {
		return Pending{}, errBadLink
	}
	u, err := m.store.SignUp(ctx, id)
	if err != nil {
		return Pending{}, goneSignUp(err)
	}
	wants, err := m.standing(ctx, m.store, u, m.store.Now())
	if err != nil {
		return Pending{}, err
	}
	p, err := m.store.Subscriber(ctx, u.Subscriber)
	if err != nil {
		return Pending{}, missingLink(err)
	}
	shown := Pending{Email: p.Email, Name: u.Name, Language: p.Language}
	for _, w := range wants {
		shown.Newsletters = append(shown.Newsletters, m.letter(w.Newsletter, w.Frequency, w.Hour, w.Follows))
		shown.Follows = w.Follows
	}
	if u.Confirmed > 0 {
		shown.Done = &Confirmed{Language: p.Language, Again: true}
		if shown.Done.Email, err = toldBy(ctx, m.store, u, p); err != nil {
			return Pending{}, err
		}
		shown.Email = shown.Done.Email
		shown.Done.Gets, err = m.gets(ctx, m.store, p, wants)
	}
	return shown, err
}

// letter is a newsletter as one gets it.
func (m *Members) letter(name, frequency, hour string, follows []magazine.Follow) Letter {
	l := Letter{Newsletter: *m.Newsletter(name), Follows: follows}
	if len(l.Newsletter.Frequencies) > 1 {
		l.Often = l.Newsletter.Frequency(frequency).Title
	}
	if l.Newsletter.OwnHour && hour != NoHour {
		l.Hour = hour
	}
	return l
}

// history is what a Store and a transaction tell of a person.
type history interface {
	LeftAt(ctx context.Context, newsletter, subscriber string) (time.Time, error)
	Subscription(ctx context.Context, newsletter, subscriber string) (*magazine.Subscription, error)
	Suppressed(ctx context.Context, email string) (reason string, err error)
	AddressMoved(ctx context.Context, subscriber string) (time.Time, error)
}

// toldBy is the address that a confirmation link may tell; empty: the person has
// another by now than the one that it was mailed to. Mails are passed on.
func toldBy(ctx context.Context, from history, u store.SignUp, p magazine.Subscriber) (string, error) {
	moved, err := from.AddressMoved(ctx, p.ID)
	if err != nil || !moved.IsZero() && moved.UnixMicro() >= u.Created {
		return "", err
	}
	return p.Email, nil
}

// standing is what of a sign-up still stands: not what the person has left
// since, nor what the configuration has no more. Invalid: nothing does.
func (m *Members) standing(ctx context.Context, from history, u store.SignUp, now time.Time) ([]store.Share, error) {
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

// gets is what a person who has confirmed gets of newsletters. Conflict: they
// are suppressed and get nothing.
func (m *Members) gets(ctx context.Context, from history, p magazine.Subscriber, wants []store.Share) ([]Letter, error) {
	if why, err := m.suppressed(ctx, from, p.Email); err != nil {
		return nil, err
	} else if why != "" {
		return nil, errSilenced
	}
	var letters []Letter
	for _, w := range wants {
		have, err := from.Subscription(ctx, w.Newsletter, p.ID)
		if err != nil {
			return nil, err
		}
		if have != nil && have.State == magazine.SubscriptionActive {
			letters = append(letters, m.letter(w.Newsletter, have.Frequency, have.Hour, have.Follows))
		}
	}
	if len(letters) == 0 {
		return nil, errLeftSince
	}
	return letters, nil
}

// Confirm makes what was asked for true and tells what the person gets now. To
// confirm twice is the same as once, and no link undoes a leaving that came
// after it. NotFound: it is no link of ours; Invalid: it is too old, or the
// person has left since; Conflict: the address is suppressed.
func (m *Members) Confirm(ctx context.Context, token string) (done Confirmed, err error) {
	id, ok := m.open(tokenConfirm, token)
	if !ok {
		return done, errBadLink
	}
	err = m.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.ArticleNumber(ctx); err != nil { // first, as everybody who needs it does
			return err
		}
		u, err := tx.SignUp(ctx, id)
		if err != nil {
			return goneSignUp(err)
		}
		wants, err := m.standing(ctx, tx, u, tx.Now)
		if err != nil {
			return err
		}
		p, err := tx.Subscriber(ctx, u.Subscriber)
		if err != nil {
			return missingLink(err)
		}
		done = Confirmed{Language: p.Language, Again: u.Confirmed > 0}
		if done.Email, err = toldBy(ctx, tx, u, p); err != nil {
			return err
		}
		if !done.Again {
			if done.New, err = m.join(ctx, tx, p, u, wants); err != nil {
				return err
			}
		}
		done.Gets, err = m.gets(ctx, tx, p, wants)
		return err
	})
	return done, err
}

// join makes a sign-up true and tells whether anything is new by it. One who had
// themselves erased before takes that back by it.
func (m *Members) join(ctx context.Context, tx *store.Tx, p magazine.Subscriber, u store.SignUp, wants []store.Share) (bool, error) {
	if err := m.ownWord(ctx, tx, p.Email); err != nil {
		return false, err
	}
	if err := tx.SignUpConfirmed(ctx, u.ID); err != nil {
		return false, err
	}
	if err := tx.DescribeSubscriber(ctx, magazine.Subscriber{ID: p.ID, Name: u.Name, Timezone: u.Timezone}, true); err != nil {
		return false, err
	}
	if err := tx.SetSubscriberState(ctx, p.ID, magazine.Confirmed); err != nil {
		return false, err
	}
	grown := false
	for _, w := range wants {
		more, _, err := m.share(ctx, tx, p, w, true)
		if err != nil {
			return false, err
		}
		grown = grown || more
	}
	return grown, nil
}

// share gives a person their share in a newsletter and tells whether anything
// is new, and whether they have left it. The person's own word (own) takes up
// what they left, widens what they follow to everything, and brings the latest
// edition, where the newsletter says so; an admin's does nothing of it.
func (m *Members) share(ctx context.Context, tx *store.Tx, p magazine.Subscriber, w store.Share, own bool) (grown, left bool, err error) {
	before, err := tx.Subscription(ctx, w.Newsletter, p.ID)
	if err != nil {
		return false, false, err
	}
	made, err := tx.Subscribe(ctx, w.Newsletter, p.ID, own)
	if err != nil {
		return false, false, err
	}
	have, err := tx.Subscription(ctx, w.Newsletter, p.ID)
	if err != nil || have.State != magazine.SubscriptionActive {
		return false, err == nil, err
	}
	grown = made
	if w.Frequency != "" {
		changed, err := tx.SetFrequency(ctx, w.Newsletter, p.ID, w.Frequency)
		if err != nil {
			return false, false, err
		}
		grown = grown || changed
	}
	if now := (store.Pause{Until: have.PausedUntil, Fresh: have.Fresh}); w.Paused.Until.After(tx.Now) && !w.Paused.Is(now) {
		if _, err := tx.Pause(ctx, w.Newsletter, p.ID, w.Paused.Until, w.Paused.Fresh); err != nil {
			return false, false, err
		}
		grown = true
	}
	if w.Hour != "" {
		changed, err := tx.SetHour(ctx, w.Newsletter, p.ID, w.Hour)
		if err != nil {
			return false, false, err
		}
		grown = grown || changed
	}
	switch all := len(have.Follows) == 0 && !made; {
	case all: // that they have already
		return grown, false, nil
	case len(w.Follows) == 0 && own && !made:
		return true, false, tx.FollowEverything(ctx, w.Newsletter, p.ID)
	}
	for _, f := range w.Follows {
		added, err := tx.Follow(ctx, w.Newsletter, p.ID, f)
		if err != nil {
			return false, false, err
		}
		grown = grown || added
	}
	if letter := m.Newsletter(w.Newsletter); made && own && letter.Latest {
		err = welcome(ctx, tx, letter, p, w.Frequency, before)
	}
	return grown, false, err
}

// welcome gives one who has just joined the latest edition; before is the share
// that they had left, or nil.
func welcome(ctx context.Context, tx *store.Tx, letter *magazine.Newsletter, p magazine.Subscriber, frequency string, before *magazine.Subscription) error {
	if f := letter.Frequency(frequency); f != nil {
		frequency = f.Name
	}
	var had int64
	if before != nil {
		had = before.Served
	}
	return tx.Welcome(ctx, letter.Name, frequency, p, had)
}
