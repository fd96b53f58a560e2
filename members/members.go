// Package members looks after the people who get mail: joining with
// confirmation by mail (double opt-in), leaving, what they follow, and the
// tokens in their links. No answer here tells whether an address is known.
package members

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// confirmWithin is how long a confirmation link works.
const confirmWithin = 7 * 24 * time.Hour

// mailsAnHour and mailsADay bound the confirmation mails that strangers can
// have sent to one address.
const (
	mailsAnHour = 3
	mailsADay   = 6
)

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
	w := wish{person: magazine.Subscriber{Email: email, Name: personName(r.Name)}, origin: cut(magazine.CleanText(r.Form), 200)}
	if r.From.IsValid() {
		w.client = r.From.String()
	}
	if r.Timezone != "" {
		if _, err := time.LoadLocation(r.Timezone); err != nil || r.Timezone == "Local" || len(r.Timezone) > 60 {
			return w, magazine.Errorf(magazine.Invalid, "%q is no time zone; write one like Africa/Nairobi", cut(r.Timezone, 60))
		}
		w.person.Timezone = r.Timezone
	}
	follows, err := m.checkFollows(ctx, r.Follows)
	if err != nil {
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
		if !slices.ContainsFunc(w.shares, func(s store.Share) bool { return s.Newsletter == name }) {
			w.shares = append(w.shares, store.Share{Newsletter: name, Follows: follows})
		}
	}
	if len(w.shares) == 0 {
		return w, magazine.Errorf(magazine.Invalid, "there is no newsletter to subscribe to; add one under newsletters in the configuration")
	}
	return w, nil
}

// checkFollows refuses what there is not, and leaves out what comes twice.
func (m *Members) checkFollows(ctx context.Context, follows []magazine.Follow) (once []magazine.Follow, err error) {
	for _, f := range follows {
		if slices.Contains(once, f) {
			continue
		}
		switch f.Kind {
		case magazine.FollowAuthor:
			_, err = m.store.Author(ctx, f.Slug)
		case magazine.FollowSection:
			_, err = m.store.Section(ctx, f.Slug)
		default:
			err = magazine.Errorf(magazine.NotFound, "no such kind")
		}
		if magazine.CodeOf(err) == magazine.NotFound {
			return nil, magazine.Errorf(magazine.Invalid, "there is no %s %q to follow", cut(string(f.Kind), 20), cut(f.Slug, 60))
		}
		if err != nil {
			return nil, err
		}
		once = append(once, f)
	}
	return once, nil
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
	for i := range m.newsletters {
		if m.newsletters[i].Name == name {
			return &m.newsletters[i]
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
