// Package members looks after the people who get mail: joining with
// confirmation by mail (double opt-in), signing in, what they choose and follow,
// leaving, being erased, and the tokens in their links. No answer here tells
// whether an address is known.
package members

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"postrider/magazine"
	"postrider/store"
)

// confirmWithin is how long a confirmation link works.
const confirmWithin = 7 * 24 * time.Hour

// Options are what Members needs.
type Options struct {
	Store       *store.Store
	Newsletters func() []magazine.Newsletter // as they are now
	Tiers       magazine.Tiers
	Zone        *time.Location        // of the ends of tiers, and of dates where a person's own is not known; nil: UTC
	Publication *magazine.Publication // whose site passkeys are for; nil: there are none
	// Mail has the confirmation mail of a sign-up sent, in the transaction
	// that keeps the sign-up.
	Mail func(ctx context.Context, tx *store.Tx, signUp string) error
	// MailSignIn has the mail of a sign-in sent, likewise. It is called for
	// addresses that nobody has, too.
	MailSignIn func(ctx context.Context, tx *store.Tx, signIn string) error
	// MailAddress has a mail about a change of address sent, likewise.
	MailAddress func(ctx context.Context, tx *store.Tx, about AddressArgs) error
	// Forget has Members.Forget called for a person at an instant or later,
	// likewise.
	Forget func(ctx context.Context, tx *store.Tx, subscriber string, at time.Time) error
	// Import has WorkImport or ForgetImport called for an import at an instant or
	// later, likewise; zero: soon.
	Import func(ctx context.Context, tx *store.Tx, args ImportArgs, at time.Time) error
}

// Members is the way to the subscribers.
type Members struct {
	store       *store.Store
	newsletters func() []magazine.Newsletter
	tiers       magazine.Tiers
	zone        *time.Location
	mail        func(ctx context.Context, tx *store.Tx, signUp string) error
	mailSignIn  func(ctx context.Context, tx *store.Tx, signIn string) error
	mailAddress func(ctx context.Context, tx *store.Tx, about AddressArgs) error
	forget      func(ctx context.Context, tx *store.Tx, subscriber string, at time.Time) error
	importJob   func(ctx context.Context, tx *store.Tx, args ImportArgs, at time.Time) error
	passkeys    *webauthn.WebAuthn // nil: none
	keyed       sync.Pool          // of hash.Hash with the secret behind the tokens
}

// New makes Members. The secret behind the tokens is made once and kept in the
// database, so that old links work for ever.
func New(ctx context.Context, o Options) (*Members, error) {
	secret, err := o.Store.Secret(ctx, "token-secret")
	if err != nil {
		return nil, err
	}
	return &Members{store: o.Store, newsletters: o.Newsletters, tiers: o.Tiers, zone: cmp.Or(o.Zone, time.UTC), mail: o.Mail, mailSignIn: o.MailSignIn, mailAddress: o.MailAddress, forget: o.Forget, importJob: o.Import,
		passkeys: passkeysAt(o.Publication),
		keyed:    sync.Pool{New: func() any { return hmac.New(sha256.New, secret) }}}, nil
}

// link is what a mail program would make a link of, or an address.
var link = regexp.MustCompile(`[/\\@<>]|[\pL\pN][\pL\pN-]*\.\pL{2,}`)

// personName makes a typed name fit to be printed. One that holds an address is
// none: anybody can type anybody's address, and our confirmation mail would
// carry the name to them. Marks that turn the direction of writing are dropped.
func personName(typed string) string {
	name := strings.Map(func(r rune) rune {
		if r == '\u200E' || r == '\u200F' || r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069' {
			return -1
		}
		return r
	}, magazine.CleanText(typed))
	if link.MatchString(name) {
		return ""
	}
	return strings.TrimSpace(cut(name, 100))
}

// Newsletter finds a newsletter by name; nil where there is none.
func (m *Members) Newsletter(name string) *magazine.Newsletter {
	all := m.newsletters()
	for i := range all {
		if all[i].Name == name {
			return &all[i]
		}
	}
	return nil
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
