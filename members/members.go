// Package members looks after the people who get mail: joining with
// confirmation by mail (double opt-in), leaving, what they follow, and the
// tokens in their links. No answer here tells whether an address is known.
package members

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/netip"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// confirmWithin is how long a confirmation link works.
const confirmWithin = 7 * 24 * time.Hour

// mailsAnHour bounds the confirmation mails that strangers can have sent to
// one address.
const mailsAnHour = 3

// Options are what Members needs.
type Options struct {
	Store       *store.Store
	Newsletters []magazine.Newsletter
	// Mail has the confirmation mail of a sign-up sent, in the transaction
	// that keeps the sign-up.
	Mail func(ctx context.Context, tx *store.Tx, signUp string) error
}

// Members is the way to the subscribers.
type Members struct {
	store       *store.Store
	newsletters []magazine.Newsletter
	mail        func(ctx context.Context, tx *store.Tx, signUp string) error
	secret      []byte
}

// New makes Members. The secret behind the tokens is made once and kept in the
// database, so that old links work for ever.
func New(ctx context.Context, o Options) (*Members, error) {
	kept, err := o.Store.Setting(ctx, "token-secret", func() string {
		var b [32]byte
		rand.Read(b[:])
		return base64.RawStdEncoding.EncodeToString(b[:])
	})
	if err != nil {
		return nil, err
	}
	secret, err := base64.RawStdEncoding.DecodeString(kept)
	if err != nil || len(secret) < 32 {
		return nil, magazine.Errorf(magazine.Internal, "the secret of the tokens in the database is damaged")
	}
	return &Members{store: o.Store, newsletters: o.Newsletters, mail: o.Mail, secret: secret}, nil
}

// Request is what a person asks for in the sign-up form.
type Request struct {
	Email, Name string
	Newsletters []string // names; none: all
	Follows     []magazine.Follow
	Timezone    string     // IANA name, or empty
	From        netip.Addr // where it came from, kept as proof of consent
	Form        string     // which form
}

// SignUp keeps the request and has a confirmation mailed. Its errors speak of
// the request alone (Invalid); whether the address is known shows in nothing.
func (m *Members) SignUp(ctx context.Context, r Request) error {
	want, err := m.check(ctx, r)
	if err != nil {
		return err
	}
	return m.store.Write(ctx, func(tx *store.Tx) error {
		_, err := m.ask(ctx, tx, want, true)
		return err
	})
}

// wish is a checked Request.
type wish struct {
	person magazine.Subscriber
	shares []store.Share
	origin string
	client string
}

func (m *Members) check(ctx context.Context, r Request) (wish, error) {
	email, err := magazine.ParseEmail(r.Email)
	if err != nil {
		return wish{}, err
	}
	w := wish{person: magazine.Subscriber{Email: email, Name: cut(magazine.CleanText(r.Name), 100)}, origin: r.Form}
	if r.From.IsValid() {
		w.client = r.From.String()
	}
	if r.Timezone != "" {
		if _, err := time.LoadLocation(r.Timezone); err != nil || r.Timezone == "Local" || len(r.Timezone) > 60 {
			return w, magazine.Errorf(magazine.Invalid, "%q is no time zone; write one like Africa/Nairobi", cut(r.Timezone, 60))
		}
		w.person.Timezone = r.Timezone
	}
	if err := m.checkFollows(ctx, r.Follows); err != nil {
		return w, err
	}
	names := r.Newsletters
	if len(names) == 0 {
		for _, n := range m.newsletters {
			names = append(names, n.Name)
		}
	}
	for _, name := range names {
		if m.Newsletter(name) == nil {
			return w, magazine.Errorf(magazine.Invalid, "there is no newsletter %q", cut(name, 60))
		}
		w.shares = append(w.shares, store.Share{Newsletter: name, Follows: r.Follows})
	}
	if len(w.shares) == 0 {
		return w, magazine.Errorf(magazine.Invalid, "there is no newsletter to subscribe to; add one under newsletters in the configuration")
	}
	return w, nil
}

func (m *Members) checkFollows(ctx context.Context, follows []magazine.Follow) error {
	for _, f := range follows {
		var err error
		switch f.Kind {
		case magazine.FollowAuthor:
			_, err = m.store.Author(ctx, f.Slug)
		case magazine.FollowSection:
			_, err = m.store.Section(ctx, f.Slug)
		default:
			err = magazine.Errorf(magazine.NotFound, "no such kind")
		}
		if magazine.CodeOf(err) == magazine.NotFound {
			return magazine.Errorf(magazine.Invalid, "there is no %s %q to follow", f.Kind, cut(f.Slug, 60))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ask keeps a wish as a sign-up to be confirmed, and mails where mailing is
// asked for and allowed. It returns the subscriber's id.
func (m *Members) ask(ctx context.Context, tx *store.Tx, w wish, mail bool) (string, error) {
	p, _, err := tx.PutSubscriber(ctx, w.person)
	if err != nil {
		return "", err
	}
	why, err := tx.Suppressed(ctx, p.Email)
	if err != nil {
		return "", err
	}
	recent, err := tx.RecentSignUps(ctx, p.ID)
	if err != nil {
		return "", err
	}
	if mail && recent >= mailsAnHour { // enough of them are on their way
		return p.ID, nil
	}
	u := store.SignUp{ID: magazine.NewID(), Subscriber: p.ID, Wants: w.shares, Origin: w.origin, Client: w.client}
	if err := tx.PutSignUp(ctx, u); err != nil {
		return "", err
	}
	if !mail || why != "" {
		return p.ID, nil
	}
	return p.ID, m.mail(ctx, tx, u.ID)
}

// Newsletter finds a newsletter by name; nil where there is none.
func (m *Members) Newsletter(name string) *magazine.Newsletter {
	for i := range m.newsletters {
		if m.newsletters[i].Name == name {
			return &m.newsletters[i]
		}
	}
	return nil
}

// Pending is what a confirmation would confirm.
type Pending struct {
	Email, Name string
	Newsletters []magazine.Newsletter
	Follows     []magazine.Follow
}

var errBadLink = magazine.Errorf(magazine.NotFound, "This link does not work. Perhaps it was cut when it was copied; open it from the mail again.")

// CheckConfirm tells what a confirmation link would confirm and changes
// nothing. NotFound: it is no link of ours; Invalid: it is too old.
func (m *Members) CheckConfirm(ctx context.Context, token string) (Pending, error) {
	id, ok := m.open(tokenConfirm, token)
	if !ok {
		return Pending{}, errBadLink
	}
	u, err := m.store.SignUp(ctx, id)
	if err != nil {
		return Pending{}, errBadLink
	}
	if err := m.fresh(u, m.store.Now()); err != nil {
		return Pending{}, err
	}
	p, err := m.store.Subscriber(ctx, u.Subscriber)
	if err != nil {
		return Pending{}, err
	}
	shown := Pending{Email: p.Email, Name: p.Name}
	for _, w := range u.Wants {
		if n := m.Newsletter(w.Newsletter); n != nil {
			shown.Newsletters = append(shown.Newsletters, *n)
		}
		shown.Follows = w.Follows
	}
	return shown, nil
}

func (m *Members) fresh(u store.SignUp, now time.Time) error {
	if u.Confirmed == 0 && now.UnixMicro()-u.Created > confirmWithin.Microseconds() {
		return magazine.Errorf(magazine.Invalid, "This link has expired. It worked for 7 days; sign up once more to get a new one.")
	}
	return nil
}

// Confirm makes what was asked for true. To confirm twice is the same as once.
// NotFound: it is no link of ours; Invalid: it is too old.
func (m *Members) Confirm(ctx context.Context, token string) error {
	id, ok := m.open(tokenConfirm, token)
	if !ok {
		return errBadLink
	}
	return m.store.Write(ctx, func(tx *store.Tx) error {
		u, err := tx.SignUp(ctx, id)
		if magazine.CodeOf(err) == magazine.NotFound {
			return errBadLink
		}
		if err != nil || u.Confirmed > 0 { // an old link must not undo a later leaving
			return err
		}
		if err := m.fresh(u, tx.Now); err != nil {
			return err
		}
		if err := tx.SignUpConfirmed(ctx, id); err != nil {
			return err
		}
		if err := tx.SetSubscriberState(ctx, u.Subscriber, magazine.Confirmed); err != nil {
			return err
		}
		for _, w := range u.Wants {
			if m.Newsletter(w.Newsletter) == nil { // taken out of the configuration since
				continue
			}
			if _, err := share(ctx, tx, u.Subscriber, w, true); err != nil {
				return err
			}
		}
		return nil
	})
}

// share gives a person their share in a newsletter and tells whether anything
// is new. The person's own word (own) takes up what they left and widens what
// they follow to everything; an admin's does neither.
func share(ctx context.Context, tx *store.Tx, subscriber string, w store.Share, own bool) (bool, error) {
	made, err := tx.Subscribe(ctx, w.Newsletter, subscriber, own)
	if err != nil {
		return false, err
	}
	have, err := tx.Subscription(ctx, w.Newsletter, subscriber)
	if err != nil || have.State != magazine.SubscriptionActive {
		return false, err
	}
	everything := !made && len(have.Follows) == 0
	if everything {
		return false, nil
	}
	if len(w.Follows) == 0 && !made && own {
		return true, tx.FollowEverything(ctx, w.Newsletter, subscriber)
	}
	for _, f := range w.Follows {
		added, err := tx.Follow(ctx, w.Newsletter, subscriber, f)
		if err != nil {
			return false, err
		}
		made = made || added
	}
	return made, nil
}

// Leaving is what a leaving link would end.
type Leaving struct {
	Email      string
	Newsletter string // name
	Title      string
	Left       bool // already
}

// CheckLeave tells what a leaving link would end and changes nothing.
// NotFound: it is no link of ours.
func (m *Members) CheckLeave(ctx context.Context, token string) (Leaving, error) {
	subscriber, newsletter, ok := m.openLeave(token)
	if !ok {
		return Leaving{}, errBadLink
	}
	p, err := m.store.Subscriber(ctx, subscriber)
	if err != nil {
		return Leaving{}, errBadLink
	}
	have, err := m.store.Subscription(ctx, newsletter, subscriber)
	if err != nil {
		return Leaving{}, err
	}
	l := Leaving{Email: p.Email, Newsletter: newsletter, Title: newsletter, Left: have == nil || have.State != magazine.SubscriptionActive}
	if n := m.Newsletter(newsletter); n != nil {
		l.Title = n.Title
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
	return m.store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Unsubscribe(ctx, newsletter, subscriber)
		return err
	})
}

// cut shortens a text to n bytes at the most, between characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
