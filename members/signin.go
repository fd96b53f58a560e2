package members

import (
	"context"
	"crypto/hmac"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"net/netip"
	"strings"
	"time"
	"unicode"

	"postrider/magazine"
	"postrider/store"
)

// SignInWithin is how long a link and its code work.
const SignInWithin = 15 * time.Minute

const codeTries = 5 // of one sign-in

// signInsKept is how long what was asked for is remembered, to bound the mails of
// one address.
const signInsKept = 24 * time.Hour

// SigningIn is what a link would sign in.
type SigningIn struct {
	Email    string
	Language string // of the person; empty: the publication's
}

var (
	errCutSignIn   = magazine.Errorf(magazine.NotFound, "This link does not work. Perhaps it was cut when it was copied; open it from the mail again, or ask for a new one.").Said("signin.cut")
	errOldSignIn   = magazine.Errorf(magazine.Invalid, "This link and its code have expired. They worked for 15 minutes; ask for new ones.").Said("signin.expired")
	errUsedSignIn  = magazine.Errorf(magazine.Invalid, "This link and its code have done their work, as each works once. Ask for new ones to sign in again.").Said("signin.used")
	errManyTries   = magazine.Errorf(magazine.Invalid, "A code was typed too often, so none works any more. Ask for a new one.").Said("signin.code.often")
	errWrongCode   = magazine.Errorf(magazine.Unauthorised, "That is not the code. It has six digits and stands in the newest mail.").Said("signin.code.wrong")
	errNotSignedIn = magazine.Errorf(magazine.Unauthorised, "You are not signed in.").Said("fault.members-only")
)

// AskSignIn has a link and a code mailed to an address, if it is a subscriber's,
// and returns the id of the sign-in for which the code is to be typed. What it
// does and how long it takes is the same for an address that nobody has: who it
// is finds out the job that mails. next is where they wanted to go, from who
// asks. Invalid: it is no address.
func (m *Members) AskSignIn(ctx context.Context, email, next string, from netip.Addr) (id string, err error) {
	if email, err = magazine.ParseEmail(email); err != nil {
		return "", err
	}
	// Without a lock, for which one would wait only where there is such a person.
	p, err := m.store.SubscriberByEmail(ctx, email)
	if err != nil && magazine.CodeOf(err) != magazine.NotFound {
		return "", err
	}
	id = magazine.NewID()
	return id, m.store.Write(ctx, func(tx *store.Tx) error {
		u := store.SignIn{ID: id, Address: m.addressHash(email), Network: m.networkHash(from), Next: next}
		why, err := m.suppressed(ctx, tx, email)
		if err != nil {
			return err
		}
		before, err := tx.SignInsSince(ctx, u.Address, tx.Now.Add(-signInsKept))
		if err != nil {
			return err
		}
		asked := make([]asking, len(before))
		for i, b := range before {
			asked[i] = asking{b.Created, b.Network == u.Network}
		}
		if why == "" && !tooMany(asked, tx.Now) {
			u.Subscriber = p.ID
		}
		if err := tx.PutSignIn(ctx, u, tx.Now.Add(-signInsKept)); err != nil {
			return err
		}
		return m.mailSignIn(ctx, tx, id)
	})
}

// addressHash stands for an address where it is not to be read: only one who
// has the address and our secret can make it.
func (m *Members) addressHash(email string) string { return m.keyHash(magazine.EmailKey(email)) }

// keyHash is addressHash of an address by its key.
func (m *Members) keyHash(key string) string {
	return hex.EncodeToString(m.mac("address", key)[:16])
}

func (m *Members) mac(purpose, of string) []byte {
	h := m.keyed.Get().(hash.Hash)
	defer m.keyed.Put(h)
	h.Reset()
	h.Write([]byte(purpose + "\x00" + of))
	return h.Sum(nil)
}

// SignInCode is the six digits that sign in once. Nothing of it is kept.
func (m *Members) SignInCode(signIn string) string {
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(m.mac("sign-in code", signIn))%1_000_000)
}

// SignInToken is the last part of a sign-in link's address.
func (m *Members) SignInToken(signIn string) string { return m.seal(tokenSignIn, signIn) }

// MailedSignIn finds a sign-in that is to be mailed, and its person. It is not
// ok where nobody is to be mailed, or not any more.
func (m *Members) MailedSignIn(ctx context.Context, id string) (u store.SignIn, p magazine.Subscriber, ok bool, err error) {
	u, err = m.store.SignIn(ctx, id)
	if magazine.CodeOf(err) == magazine.NotFound {
		return u, p, false, nil
	}
	if err != nil || u.Subscriber == "" || !u.Mailed.IsZero() || dead(u, m.store.Now()) != nil {
		return u, p, false, err
	}
	p, err = m.store.Subscriber(ctx, u.Subscriber)
	if magazine.CodeOf(err) == magazine.NotFound {
		return u, p, false, nil
	}
	return u, p, err == nil && m.theirs(u, p), err
}

// theirs tells that a person has the address still that a sign-in was mailed to: it
// may have been a thief's meanwhile, or the thief's now.
func (m *Members) theirs(u store.SignIn, p magazine.Subscriber) bool {
	return u.Address == m.addressHash(p.Email)
}

// dead is why a sign-in works no more.
func dead(u store.SignIn, now time.Time) error {
	switch {
	case !u.Used.IsZero():
		return errUsedSignIn
	case !now.Before(u.Created.Add(SignInWithin)):
		return errOldSignIn
	case u.Attempts >= codeTries:
		return errManyTries
	}
	return nil
}

// forgotten is err as one who opens a link of ours is told it: what a link of
// ours is about, and is not there any more, is long over.
func forgotten(err error) error {
	if magazine.CodeOf(err) == magazine.NotFound {
		return errOldSignIn
	}
	return err
}

// CheckSignIn tells whom a link would sign in and changes nothing. NotFound: it
// is no link of ours; Invalid: it works no more.
func (m *Members) CheckSignIn(ctx context.Context, token string) (SigningIn, error) {
	id, ok := m.open(tokenSignIn, token)
	if !ok {
		return SigningIn{}, errCutSignIn
	}
	u, err := m.store.SignIn(ctx, id)
	if err != nil {
		return SigningIn{}, forgotten(err)
	}
	if err := dead(u, m.store.Now()); err != nil {
		return SigningIn{}, err
	}
	p, err := m.store.Subscriber(ctx, u.Subscriber)
	if err == nil && !m.theirs(u, p) {
		err = errOldSignIn
	}
	if err != nil {
		return SigningIn{}, forgotten(err)
	}
	return SigningIn{p.Email, p.Language}, nil
}

// SignInByLink begins a session by a mailed link, once. NotFound: it is no link
// of ours; Invalid: it works no more.
func (m *Members) SignInByLink(ctx context.Context, token string, b Browser) (Opened, error) {
	id, ok := m.open(tokenSignIn, token)
	if !ok {
		return Opened{}, errCutSignIn
	}
	return m.signIn(ctx, id, b, "link", func(store.SignIn) bool { return true })
}

// SignInByCode begins a session by the code that was mailed for a sign-in, once.
// Unauthorised: it is another code; Invalid: none works any more.
func (m *Members) SignInByCode(ctx context.Context, id, code string, b Browser) (Opened, error) {
	typed := digits(code)
	if plainID([]byte(id)) == "" {
		return Opened{}, errOldSignIn
	}
	return m.signIn(ctx, id, b, "code", func(u store.SignIn) bool {
		return hmac.Equal([]byte(typed), []byte(m.SignInCode(id))) && u.Subscriber != ""
	})
}

// digits are the digits of a text, of any script, as ASCII has them.
func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsDigit(r) {
			return -1
		}
		zero := r
		for unicode.IsDigit(zero-1) && r-zero < 9 { // digits stand in tens, and Unicode's tens begin at zero
			zero--
		}
		return '0' + r - zero
	}, cut(text, 60))
}

// signIn uses a sign-in up where proved says so. What was tried is written down
// in any case.
func (m *Members) signIn(ctx context.Context, id string, b Browser, way string, proved func(u store.SignIn) bool) (o Opened, err error) {
	var refused error
	err = m.store.Write(ctx, func(tx *store.Tx) error {
		refused = nil
		u, err := tx.SignIn(ctx, id)
		if err != nil {
			return forgotten(err)
		}
		if refused = dead(u, tx.Now); refused != nil {
			return nil
		}
		if !proved(u) {
			if refused = errWrongCode; u.Attempts+1 >= codeTries {
				refused = errManyTries
			}
			return tx.SignInTried(ctx, id)
		}
		if err := tx.SignInUsed(ctx, id); err != nil {
			return err
		}
		p, err := tx.Subscriber(ctx, u.Subscriber)
		if err != nil {
			return forgotten(err)
		}
		if !m.theirs(u, p) {
			refused = errOldSignIn
			return nil
		}
		if u.Network == "" { // nobody asked for it in a browser
			way = ByMachine
		}
		o, err = m.begin(ctx, tx, p.ID, way, b)
		o.Next = u.Next
		return err
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return Opened{}, err
	}
	return o, nil
}
