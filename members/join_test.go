package members_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

const amina = "amina@example.org"

func TestDoubleOptIn(t *testing.T) {
	each(t, func(h *house) {
		r := request(amina, "weekly")
		r.Name, r.Timezone, r.Follows = "  Amina\t O. ", "Africa/Nairobi", []magazine.Follow{salma, fiction, salma}
		token := h.signUp(r)
		h.want("asked", amina, "pending")
		for range 2 {
			p, err := h.CheckConfirm(ctx, token)
			if err != nil || p.Email != amina || p.Name != "Amina O." || len(p.Newsletters) != 1 || p.Newsletters[0].Newsletter.Title != "The Week by the Water" || len(p.Follows) != 2 {
				h.Errorf("%+v, %v", p, err)
			}
		}
		h.want("looked at", amina, "pending")
		for range 3 {
			h.confirm(token)
			h.want("confirmed", amina, "confirmed weekly(salma-oduya fiction)")
		}
		p, _ := h.store.SubscriberByEmail(ctx, amina)
		if p.Name != "Amina O." || p.Timezone != "Africa/Nairobi" || !p.Confirmed.Equal(h.clock.Now()) {
			h.Errorf("%+v", p)
		}
		u, err := h.store.SignUp(ctx, h.asked[0])
		if err != nil || u.Client != "192.0.2.7" || u.Origin != "/join" || u.Version != members.NewFormText("By mail: what stood in the form").Version || u.Confirmed != h.clock.Now().UnixMicro() {
			h.Errorf("the record of consent: %+v, %v", u, err)
		}
		h.confirm(h.signUp(request(amina)))
		h.want("all newsletters, all of them", amina, "confirmed new-books weekly")
		h.confirm(h.signUp(request(strings.ToUpper(amina), "weekly", "weekly")))
		h.want("another spelling", amina, "confirmed new-books weekly")
	})
}

func TestSignUpRefuses(t *testing.T) {
	h := lite(t)
	for what, change := range map[string]func(*members.Request){
		"no address":     func(r *members.Request) { r.Email = "amina" },
		"two addresses":  func(r *members.Request) { r.Email = "a@b.example\r\nBcc: c@d.example" },
		"newsletter":     func(r *members.Request) { r.Newsletters = []string{"daily"} },
		"zone":           func(r *members.Request) { r.Timezone = "Mars/Olympus" },
		"local zone":     func(r *members.Request) { r.Timezone = "Local" },
		"zone as a path": func(r *members.Request) { r.Timezone = "../../etc/passwd" },
		"long zone":      func(r *members.Request) { r.Timezone = strings.Repeat("Africa/", 30) },
		"author":         func(r *members.Request) { r.Follows = []magazine.Follow{{Kind: magazine.FollowAuthor, Slug: "nobody"}} },
		"section": func(r *members.Request) {
			r.Follows = []magazine.Follow{salma, {Kind: magazine.FollowSection, Slug: "salma-oduya"}}
		},
		"kind": func(r *members.Request) { r.Follows = []magazine.Follow{{Kind: "subject", Slug: "fiction"}} },
		"slug with NUL": func(r *members.Request) {
			r.Follows = []magazine.Follow{{Kind: magazine.FollowAuthor, Slug: "\x00\xff"}}
		},
		"long wrong values": func(r *members.Request) { r.Newsletters = []string{strings.Repeat("ü", 5000)} },
	} {
		r := request(amina, "weekly")
		change(&r)
		err := h.SignUp(ctx, r)
		wantCode(t, what, err, magazine.Invalid)
		if err != nil && len(err.Error()) > 400 {
			t.Errorf("%s: the error repeats all of it: %d bytes", what, len(err.Error()))
		}
		if _, err := h.Add(ctx, r, true, true); magazine.CodeOf(err) != magazine.Invalid {
			t.Errorf("%s by an admin: %v", what, err)
		}
	}
	if h.want("refused", amina, "unknown"); len(h.asked) != 0 {
		t.Errorf("%d mails", len(h.asked))
	}
	h.reopen(nil)
	wantCode(t, "no newsletter at all", h.SignUp(ctx, request(amina)), magazine.Invalid)
}

// The answer is the same for everybody, and what is done in the database
// differs only where no mail may go.
func TestSignUpTellsNothing(t *testing.T) {
	each(t, func(h *house) {
		h.confirm(h.signUp(request("known@example.org")))
		h.confirm(h.signUp(request("left@example.org", "weekly")))
		h.leave("left@example.org", "weekly")
		h.write(func(tx *store.Tx) error { return tx.Suppress(ctx, "SUPPRESSED@example.org", "bounced") })
		for _, email := range []string{"new@example.org", "known@example.org", "left@example.org", "suppressed@example.org"} {
			before, n := h.state(email), len(h.asked)
			for range 5 {
				if err := h.SignUp(ctx, request(email)); err != nil {
					h.Errorf("%s: %v", email, err)
				}
			}
			mails := map[bool]int{true: 0, false: 3}[strings.HasPrefix(email, "suppressed")]
			if len(h.asked)-n != mails {
				h.Errorf("%s: %d mails, want %d", email, len(h.asked)-n, mails)
			}
			if before == "unknown" {
				before = "pending"
			}
			h.want("nothing changes before they confirm", email, before)
			h.write(func(tx *store.Tx) error {
				p, err := h.store.SubscriberByEmail(ctx, email)
				if err != nil {
					return err
				}
				open, err := tx.OpenSignUps(ctx, p.ID, time.Time{})
				if len(open) != 3 {
					h.Errorf("%s: %d requests are kept", email, len(open))
				}
				return err
			})
		}
	})
}

func TestStrangersChangeNothingOfAPerson(t *testing.T) {
	h := lite(t)
	r := request(amina, "weekly")
	h.confirm(h.signUp(r))
	r.Name, r.Timezone = "Rude Words", "Asia/Tehran"
	token := h.signUp(r)
	if p, _ := h.store.SubscriberByEmail(ctx, amina); p.Name != "" || p.Timezone != "" {
		t.Errorf("a stranger named her: %+v", p)
	}
	h.confirm(token) // her own word
	if p, _ := h.store.SubscriberByEmail(ctx, amina); p.Name != "Rude Words" || p.Timezone != "Asia/Tehran" {
		t.Errorf("%+v", p)
	}
}

// A name that is an advertisement would be mailed to whom its writer chose.
func TestNamesThatCarryAddresses(t *testing.T) {
	h := lite(t)
	for i, c := range []struct{ typed, kept string }{
		{"Amina", "Amina"}, {"J. R. R. O'Neil-Østergaard", "J. R. R. O'Neil-Østergaard"}, {"J.R. Smith", "J.R. Smith"}, {"ليلى بن يوسف", "ليلى بن يوسف"},
		{"Win at http://spam.example", ""}, {"spam.example", ""}, {"Buy now: bit.ly/x", ""}, {"a@b.example", ""}, {"<b>Amina</b>", ""}, {"пример.рф", ""}, {"www.spam.example now", ""},
		{"evil\u202Ename\u2066", "evilname"}, {"line\r\nBcc: x", "line Bcc: x"}, {"\xff\x00", "\uFFFD"},
		{strings.Repeat("ü", 200), strings.Repeat("ü", 50)},
	} {
		r := request(fmt.Sprintf("p%d@example.org", i), "weekly")
		r.Name = c.typed
		p, err := h.CheckConfirm(ctx, h.signUp(r))
		if err != nil || p.Name != c.kept {
			t.Errorf("%q: %q, %v; want %q", c.typed, p.Name, err, c.kept)
		}
	}
}

func TestMailsToOneAddressAreBounded(t *testing.T) {
	h := lite(t)
	try := func(n, want int) {
		t.Helper()
		before := len(h.asked)
		for range n {
			if err := h.SignUp(ctx, request(amina)); err != nil {
				t.Error(err)
			}
		}
		if got := len(h.asked) - before; got != want {
			t.Errorf("%d mails of %d sign-ups, want %d", got, n, want)
		}
	}
	try(10, 3)
	h.clock.Add(59 * time.Minute)
	try(10, 0)
	h.clock.Add(time.Minute)
	try(10, 3)
	for range 20 {
		h.clock.Add(time.Hour)
		try(10, 0) // six a day
	}
	h.clock.Add(4 * time.Hour)
	try(10, 3)
	h.confirm(h.ConfirmToken(h.asked[len(h.asked)-1]))
	h.want("a person gets through", amina, "confirmed new-books weekly")
}

func TestConfirmationLinksExpire(t *testing.T) {
	each(t, func(h *house) {
		token := h.signUp(request(amina, "weekly"))
		h.clock.Add(7 * day)
		if _, err := h.CheckConfirm(ctx, token); err != nil {
			h.Errorf("at the last moment: %v", err)
		}
		h.clock.Add(time.Microsecond)
		_, err := h.CheckConfirm(ctx, token)
		wantCode(h, "looked at too late", err, magazine.Invalid)
		wantCode(h, "too late", h.refused(token), magazine.Invalid)
		h.want("too late", amina, "pending")
		again := h.signUp(request(amina, "weekly"))
		h.clock.Add(day)
		h.confirm(again)
		h.clock.Add(30 * day)
		h.confirm(again) // it was in time
		h.want("in time", amina, "confirmed weekly")
	})
}

// The person's last word counts: no link that was mailed before they left takes
// them back, whether it was used before or not.
func TestNoLinkUndoesALaterLeaving(t *testing.T) {
	each(t, func(h *house) {
		old := h.signUp(request(amina, "weekly"))
		both := h.signUp(request(amina))
		h.clock.Add(time.Hour)
		used := h.signUp(request(amina, "weekly"))
		h.confirm(used)
		h.clock.Add(time.Hour)
		h.leave(amina, "weekly")
		h.want("left", amina, "unsubscribed -weekly")
		for what, token := range map[string]string{"unused": old, "used": used} {
			wantCode(h, what, h.refused(token), magazine.Invalid)
			_, err := h.CheckConfirm(ctx, token)
			wantCode(h, what+" looked at", err, magazine.Invalid)
		}
		h.want("old links", amina, "unsubscribed -weekly")
		if p, err := h.CheckConfirm(ctx, both); err != nil || len(p.Newsletters) != 1 || p.Newsletters[0].Newsletter.Name != "new-books" {
			h.Errorf("what they did not leave still stands: %+v, %v", p, err)
		}
		h.confirm(both)
		h.want("the other newsletter", amina, "confirmed new-books -weekly")
		h.clock.Add(time.Hour)
		fresh := h.signUp(request(amina, "weekly"))
		h.clock.Add(time.Hour)
		h.leave(amina, "weekly") // once more: that is the last word
		wantCode(h, "before the second leaving", h.refused(fresh), magazine.Invalid)
		h.clock.Add(time.Hour)
		h.confirm(h.signUp(request(amina, "weekly")))
		h.want("signed up since", amina, "confirmed new-books weekly")
	})
}

func TestConfirmWhenTheWorldHasChanged(t *testing.T) {
	h := lite(t)
	token := h.signUp(request(amina))
	h.reopen(letters[:1])
	h.confirm(token)
	h.want("one newsletter is no more", amina, "confirmed weekly")
	gone := h.signUp(request("b@example.org", "weekly"))
	h.reopen(letters[1:])
	wantCode(t, "the newsletter is no more", h.refused(gone), magazine.Invalid)
	h.want("none is left", "b@example.org", "pending")
	h.reopen(letters)
	h.write(func(tx *store.Tx) error { return tx.Suppress(ctx, "b@example.org", "complained") })
	wantCode(t, "suppressed since", h.refused(gone), magazine.Conflict)
	h.want("suppression wins", "b@example.org", "pending")
}

func TestFailingMailKeepsNothing(t *testing.T) {
	h := lite(t)
	broken := errors.New("no job can be made")
	m, err := members.New(ctx, members.Options{Store: h.store, Newsletters: listed(letters), Mail: func(_ context.Context, _ *store.Tx, _ string) error { return broken }})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SignUp(ctx, request(amina)); !errors.Is(err, broken) {
		t.Error(err)
	}
	h.want("nothing is half done", amina, "unknown")
}

// What the database fails to answer is no link that was cut.
func TestABrokenDatabaseIsNoBadLink(t *testing.T) {
	h := lite(t)
	confirm := h.signUp(request(amina, "weekly"))
	leave := h.LeaveToken("x", "weekly")
	h.store.Close()
	_, err := h.CheckConfirm(ctx, confirm)
	_, left := h.CheckLeave(ctx, leave)
	for what, err := range map[string]error{"look at a confirmation": err, "look at a leaving": left, "confirm": h.refused(confirm), "leave": h.Leave(ctx, leave)} {
		if err == nil || magazine.CodeOf(err) == magazine.NotFound {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// What a page says after confirming is what the person gets, whatever the link
// asked for.
func TestConfirmTellsWhatOneGets(t *testing.T) {
	each(t, func(h *house) {
		only := func(f ...magazine.Follow) func(r *members.Request) {
			return func(r *members.Request) { r.Follows = f }
		}
		check := func(what, token, wants string) {
			h.Helper()
			done := h.confirm(token)
			words := []string{done.Email}
			for _, l := range done.Gets {
				word := l.Newsletter.Name
				for _, f := range l.Follows {
					word += "+" + f.Slug
				}
				words = append(words, word)
			}
			got := fmt.Sprintf("%s new %t again %t", strings.Join(words, " "), done.New, done.Again)
			if got != amina+" "+wants {
				h.Errorf("%s: %s, want %s", what, got, wants)
			}
			before := h.state(amina)
			p, err := h.CheckConfirm(ctx, token)
			if err != nil || p.Done == nil || !p.Done.Again || p.Done.New || p.Done.Email != amina || !reflect.DeepEqual(p.Done.Gets, done.Gets) {
				h.Errorf("%s, reopened: %+v, %v", what, p, err)
			}
			h.want(what+", reopened", amina, before)
		}
		ask := func(change func(r *members.Request), newsletters ...string) string {
			h.Helper()
			h.clock.Add(time.Hour)
			r := request(amina, newsletters...)
			change(&r)
			return h.signUp(r)
		}
		first := ask(only(salma), "weekly")
		if p, err := h.CheckConfirm(ctx, first); err != nil || p.Done != nil {
			h.Errorf("before confirming: %+v, %v", p, err)
		}
		check("one author", first, "weekly+salma-oduya new true again false")
		check("pressed twice", first, "weekly+salma-oduya new false again true")
		check("the same again", ask(only(salma), "weekly"), "weekly+salma-oduya new false again false")
		check("a section more", ask(only(fiction), "weekly"), "weekly+salma-oduya+fiction new true again false")
		check("everything", ask(only(), "weekly"), "weekly new true again false")
		check("less than everything", ask(only(fiction), "weekly"), "weekly new false again false")
		check("another newsletter, too", ask(only(fiction)), "weekly new-books+fiction new true again false")
		check("the first link now", first, "weekly new false again true")
		h.clock.Add(time.Hour)
		h.leave(amina, "weekly")
		check("less, after leaving", ask(only(fiction), "weekly"), "weekly+fiction new true again false")
		h.write(func(tx *store.Tx) error { return tx.Suppress(ctx, amina, "bounced") })
		both := h.ConfirmToken(h.asked[len(h.asked)-2])
		_, err := h.CheckConfirm(ctx, both)
		wantCode(h, "a used link of one who is suppressed", err, magazine.Conflict)
	})
}

func TestEveryFaultIsTold(t *testing.T) {
	h := lite(t)
	err := h.Check(ctx, members.Request{Email: "amina", Newsletters: []string{"daily", "hourly"}, Timezone: "Mars/Olympus", Follows: []magazine.Follow{{Kind: "subject", Slug: "x"}}})
	wantCode(t, "all of it", err, magazine.Invalid)
	var faults members.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("%T", err)
	}
	var fields []string
	for _, f := range faults {
		fields = append(fields, string(f.Field))
		if !strings.Contains(err.Error(), f.Err.Error()) {
			t.Errorf("%q does not tell of %v", err, f.Err)
		}
	}
	if got := strings.Join(fields, " "); got != "email timezone follows newsletters" {
		t.Errorf("faults of %s", got)
	}
	if err := h.Check(ctx, request(amina)); err != nil {
		t.Error(err)
	}
	h.want("looked at only", amina, "unknown")
	h.store.Close()
	if err := h.Check(ctx, members.Request{Email: "amina", Follows: []magazine.Follow{salma}}); err == nil || errors.As(err, &faults) {
		t.Errorf("what the database does not answer is no fault of the person's: %v", err)
	}
}
