package members

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// sessionTime is how long one stays signed in.
const sessionTime = 90 * 24 * time.Hour

// ByMachine is the Way of a session that the link of UserLink began: whoever has the
// machine has let them in, which to read their mail does not do.
const ByMachine = "machine"

// A Browser is what somebody signs in with.
type Browser struct {
	Name   string // as it names itself
	Before string // what it shows of an earlier session, which ends
}

// Opened is a session that has begun.
type Opened struct {
	Secret string // what the browser shows from now on; nobody else ever sees it
	Lasts  time.Duration
	Next   string // path of the page that they wanted, or empty
}

// begin begins a session. Its secret is new each time, so that nobody can lay
// one under another's browser before they sign in; only a hash of it is kept.
func (m *Members) begin(ctx context.Context, tx *store.Tx, subscriber, way string, b Browser) (Opened, error) {
	if b.Before != "" {
		if err := tx.EndSession(ctx, hashOf(b.Before)); err != nil {
			return Opened{}, err
		}
	}
	var random [32]byte
	rand.Read(random[:])
	o := Opened{Secret: base64.RawURLEncoding.EncodeToString(random[:]), Lasts: sessionTime}
	return o, tx.PutSession(ctx, store.Session{ID: magazine.NewID(), Subscriber: subscriber, Way: way, Browser: cut(magazine.CleanText(b.Name), 300), Expires: tx.Now.Add(o.Lasts)}, hashOf(o.Secret))
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// SignedIn tells whose session a browser shows the secret of. Unauthorised: it is
// no session, or is over.
func (m *Members) SignedIn(ctx context.Context, secret string) (store.Session, magazine.Subscriber, error) {
	if len(secret) > maxToken || secret == "" {
		return store.Session{}, magazine.Subscriber{}, errNotSignedIn
	}
	session, p, err := m.store.SessionBy(ctx, hashOf(secret))
	if magazine.CodeOf(err) == magazine.NotFound {
		return session, p, errNotSignedIn
	}
	if err == nil && m.store.Now().Sub(session.Seen) >= time.Hour { // no page is to fail for it, as on a full disk
		_ = m.store.Write(ctx, func(tx *store.Tx) error { return tx.SessionSeen(ctx, session.ID) })
	}
	return session, p, err
}

// still locks the person of a session that somebody showed and looks whether it
// stands still. The address may have been taken back, from a thief, since it was
// looked at: whoever ends sessions locks the person first, too. Unauthorised: it is over.
func (m *Members) still(ctx context.Context, tx *store.Tx, s store.Session) (magazine.Subscriber, error) {
	p, err := tx.Subscriber(ctx, s.Subscriber)
	if magazine.CodeOf(err) == magazine.NotFound {
		return p, errNotSignedIn
	}
	if err != nil {
		return p, err
	}
	stands, err := tx.SessionStands(ctx, s)
	if err == nil && !stands {
		err = errNotSignedIn
	}
	return p, err
}

// Sessions lists a person's sessions, the last seen first.
func (m *Members) Sessions(ctx context.Context, subscriber string) ([]store.Session, error) {
	return m.store.Sessions(ctx, subscriber)
}

// EndSession signs a person out: in one browser, or everywhere where id is empty. To
// sign out everywhere calls off the changes of address, too, that nobody has confirmed:
// it may be meant for a thief.
func (m *Members) EndSession(ctx context.Context, subscriber, id string) error {
	return m.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Subscriber(ctx, subscriber); err != nil && magazine.CodeOf(err) != magazine.NotFound {
			return err // see still
		}
		if _, err := tx.EndSessions(ctx, subscriber, id); err != nil || id != "" {
			return err
		}
		return tx.EndAddressChanges(ctx, subscriber, "")
	})
}
