package members_test

import (
	"context"
	"flag"
	"net/netip"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

var (
	ctx    = context.Background()
	update = flag.Bool("update", false, "rewrite the golden files")
)

func TestMain(m *testing.M) { posttest.Main(m) }

var (
	salma   = magazine.Follow{Kind: magazine.FollowAuthor, Slug: "salma-oduya"}
	noor    = magazine.Follow{Kind: magazine.FollowAuthor, Slug: "noor"}
	fiction = magazine.Follow{Kind: magazine.FollowSection, Slug: "fiction"}

	letters = []magazine.Newsletter{{Name: "weekly", Title: "The Week by the Water"}, {Name: "new-books", Title: "New Books"}}
)

// house is Members over a store with two authors and a section.
type house struct {
	testing.TB
	*members.Members
	store *store.Store
	clock *posttest.Clock
	asked []string              // ids of the sign-ups that are to be mailed
	signs []string              // ids of the sign-ins whose job was made
	moves []members.AddressArgs // the mails about changes of address whose job was made

	forgets []forgetting         // the people who are to be forgotten
	imports []members.ImportArgs // the jobs of imports that were made
}

// forgetting is a job of Members.Forget.
type forgetting struct {
	subscriber string
	at         time.Time
}

func newHouse(t testing.TB, s *store.Store, clock *posttest.Clock) *house {
	t.Helper()
	h := &house{TB: t, store: s, clock: clock}
	h.reopen(letters)
	h.write(func(tx *store.Tx) error {
		if err := tx.PutArticle(ctx, store.ArticleRow{Article: magazine.Article{ID: "a", GUID: "a", Slug: "a", State: magazine.Scheduled, Published: clock.Now(),
			Authors: []magazine.Author{{Slug: "salma-oduya", Name: "Salma Oduya"}, {Slug: "noor", Name: "Noor"}}, Section: magazine.Section{Slug: "fiction", Name: "Fiction"}}}); err != nil {
			return err
		}
		_, err := tx.PublishDue(ctx)
		return err
	})
	return h
}

// reopen makes Members anew, as a restart with other newsletters does.
func (h *house) reopen(letters []magazine.Newsletter, tiers ...magazine.Tier) {
	h.Helper()
	var err error
	if h.Members, err = members.New(ctx, members.Options{Store: h.store, Newsletters: listed(letters), Tiers: tiers, Publication: harbour, Mail: func(_ context.Context, _ *store.Tx, id string) error {
		h.asked = append(h.asked, id)
		return nil
	}, MailSignIn: func(_ context.Context, _ *store.Tx, id string) error {
		h.signs = append(h.signs, id)
		return nil
	}, MailAddress: func(_ context.Context, _ *store.Tx, a members.AddressArgs) error {
		h.moves = append(h.moves, a)
		return nil
	}, Forget: func(_ context.Context, _ *store.Tx, id string, at time.Time) error {
		h.forgets = append(h.forgets, forgetting{id, at})
		return nil
	}, Import: func(_ context.Context, _ *store.Tx, args members.ImportArgs, at time.Time) error {
		h.imports = append(h.imports, args)
		return nil
	}}); err != nil {
		h.Fatal(err)
	}
}

// each runs a test on every engine.
func each(t *testing.T, test func(h *house)) {
	posttest.Stores(t, func(t *testing.T, s *store.Store, clock *posttest.Clock) { test(newHouse(t, s, clock)) })
}

// lite makes a house on SQLite alone, where the engine makes no difference.
func lite(t testing.TB) *house {
	clock := posttest.NewClock(posttest.Start)
	return newHouse(t, posttest.Open(t, posttest.URL(t, "sqlite"), clock.Now), clock)
}

func (h *house) write(f func(tx *store.Tx) error) {
	h.Helper()
	if err := h.store.Write(ctx, f); err != nil {
		h.Fatal(err)
	}
}

func request(email string, newsletters ...string) members.Request {
	return members.Request{Email: email, Newsletters: newsletters, From: netip.MustParseAddr("192.0.2.7"), Form: "/join", Text: members.NewFormText("By mail: what stood in the form")}
}

// signUp signs up and returns the token that was mailed.
func (h *house) signUp(r members.Request) string {
	h.Helper()
	n := len(h.asked)
	if err := h.SignUp(ctx, r); err != nil {
		h.Fatal(err)
	}
	if len(h.asked) != n+1 {
		h.Fatalf("%d mails were to be sent to %s", len(h.asked)-n, r.Email)
	}
	return h.ConfirmToken(h.asked[n])
}

func (h *house) confirm(token string) members.Confirmed {
	h.Helper()
	done, err := h.Confirm(ctx, token)
	if err != nil {
		h.Fatal(err)
	}
	return done
}

// refused is why a link confirms nothing; nil where it does.
func (h *house) refused(token string) error {
	_, err := h.Confirm(ctx, token)
	return err
}

func (h *house) leave(email, newsletter string) {
	h.Helper()
	p, err := h.store.SubscriberByEmail(ctx, email)
	if err != nil {
		h.Fatal(err)
	}
	if err := h.Leave(ctx, h.LeaveToken(p.ID, newsletter)); err != nil {
		h.Fatal(err)
	}
}

// state says all about a person on one line: "confirmed weekly(salma-oduya) -new-books".
func (h *house) state(email string) string {
	h.Helper()
	p, err := h.store.SubscriberByEmail(ctx, email)
	if magazine.CodeOf(err) == magazine.NotFound {
		return "unknown"
	}
	if err != nil {
		h.Fatal(err)
	}
	shares, err := h.store.Subscriptions(ctx, p.ID)
	if err != nil {
		h.Fatal(err)
	}
	words := []string{string(p.State)}
	for _, n := range shares {
		var follows []string
		for _, f := range n.Follows {
			follows = append(follows, f.Slug)
		}
		word := n.Newsletter
		if len(follows) > 0 {
			word += "(" + strings.Join(follows, " ") + ")"
		}
		if n.State != magazine.SubscriptionActive {
			word = "-" + word
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func (h *house) want(what, email, state string) {
	h.Helper()
	if got := h.state(email); got != state {
		h.Errorf("%s: %s is %q, want %q", what, email, got, state)
	}
}

func wantCode(t testing.TB, what string, err error, code magazine.Code) {
	t.Helper()
	if err == nil || magazine.CodeOf(err) != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

const day = 24 * time.Hour

// listed are newsletters that stay as they are.
func listed(all []magazine.Newsletter) func() []magazine.Newsletter {
	return func() []magazine.Newsletter { return all }
}
