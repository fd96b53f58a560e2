package members_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// askSignIn asks to be signed in and returns the sign-in's id.
func (h *house) askSignIn(email string) string {
	h.Helper()
	id, err := h.AskSignIn(ctx, email, "", request(email).From)
	if err != nil {
		h.Fatal(err)
	}
	return id
}

// mailed tells whether a sign-in would be mailed.
func (h *house) mailed(id string) bool {
	h.Helper()
	_, _, ok, err := h.MailedSignIn(ctx, id)
	if err != nil {
		h.Fatal(err)
	}
	return ok
}

// wrong is a code that is not the sign-in's.
func (h *house) wrong(id string) string {
	if h.SignInCode(id) == "123456" {
		return "654321"
	}
	return "123456"
}

func wantText(t testing.TB, what string, err error, code magazine.Code, text string) {
	t.Helper()
	wantCode(t, what, err, code)
	if err != nil && !strings.Contains(err.Error(), text) {
		t.Errorf("%s: %q, want %q in it", what, err, text)
	}
}

func TestSigningIn(t *testing.T) {
	each(t, func(h *house) {
		h.confirm(h.signUp(request(amina, "weekly")))
		firefox := members.Browser{Name: "Firefox\x00 \nLinux"}
		id, err := h.AskSignIn(ctx, " Amina@Example.ORG ", "/articles/a/", netip.Addr{})
		if err != nil || !h.mailed(id) || len(h.signs) != 1 || h.signs[0] != id {
			t.Fatalf("%q, %v, %v", id, h.signs, err)
		}
		token := h.SignInToken(id)
		for range 3 { // a scanner that follows the link
			if who, err := h.CheckSignIn(ctx, token); err != nil || who.Email != amina {
				t.Fatalf("%+v, %v", who, err)
			}
		}
		o, err := h.SignInByLink(ctx, token, firefox)
		if err != nil || o.Next != "/articles/a/" || o.Lasts != 90*day {
			t.Fatalf("%+v, %v", o, err)
		}
		session, p, err := h.SignedIn(ctx, o.Secret)
		if err != nil || p.Email != amina || session.Way != "link" || session.Browser != "Firefox Linux" {
			t.Fatalf("%+v, %+v, %v", session, p, err)
		}
		_, err = h.SignInByLink(ctx, token, firefox)
		wantText(t, "the link again", err, magazine.Invalid, "done their work")
		_, err = h.SignInByCode(ctx, id, h.SignInCode(id), firefox)
		wantText(t, "the code after the link", err, magazine.Invalid, "done their work")
		_, err = h.CheckSignIn(ctx, token)
		wantText(t, "the page of a used link", err, magazine.Invalid, "done their work")
		if h.mailed(id) {
			t.Error("a used sign-in would still be mailed")
		}

		id = h.askSignIn(amina)
		code := h.SignInCode(id)
		if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
			t.Fatalf("code %q", code)
		}
		arabic := strings.Map(func(r rune) rune { return r - '0' + '٠' }, code)
		again, err := h.SignInByCode(ctx, id, " "+arabic[:6]+"-"+arabic[6:]+" ", members.Browser{Before: o.Secret})
		if err != nil || again.Secret == o.Secret {
			t.Fatalf("the code, as an Arabic keyboard types it: %+v, %v", again, err)
		}
		_, _, err = h.SignedIn(ctx, o.Secret)
		wantCode(t, "what the browser showed before it signed in again", err, magazine.Unauthorised)
		if _, p, err := h.SignedIn(ctx, again.Secret); err != nil || p.Email != amina {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

// What is kept of a sign-in, and whether its job is made, is the same for an
// address that nobody has; only the job tells them apart.
func TestSigningInTellsNothing(t *testing.T) {
	each(t, func(h *house) {
		h.confirm(h.signUp(request("known@example.org")))
		h.confirm(h.signUp(request("left@example.org", "weekly")))
		h.leave("left@example.org", "weekly")
		h.signUp(request("asked@example.org"))
		h.confirm(h.signUp(request("suppressed@example.org")))
		h.write(func(tx *store.Tx) error { return tx.Suppress(ctx, "suppressed@example.org", "bounced") })
		for email, mails := range map[string]int{"known@example.org": 3, "left@example.org": 3, "asked@example.org": 3, "nobody@example.org": 0, "suppressed@example.org": 0} {
			n, before := 0, len(h.signs)
			for range 5 {
				id := h.askSignIn(strings.ToUpper(email))
				if h.mailed(id) {
					n++
				}
				_, err := h.SignInByCode(ctx, id, h.wrong(id), members.Browser{})
				wantText(t, email, err, magazine.Unauthorised, "not the code")
			}
			if n != mails || len(h.signs)-before != 5 {
				t.Errorf("%s: %d mails and %d jobs, want %d and 5", email, n, len(h.signs)-before, mails)
			}
		}
		for range 2 { // and no more than six a day
			h.clock.Add(61 * time.Minute)
			for range 3 {
				h.askSignIn("known@example.org")
			}
		}
		if h.clock.Add(61 * time.Minute); h.mailed(h.askSignIn("known@example.org")) {
			t.Error("a seventh mail in a day")
		}
		if h.clock.Add(24 * time.Hour); !h.mailed(h.askSignIn("known@example.org")) {
			t.Error("no mail on the next day")
		}
		if _, err := h.AskSignIn(ctx, "amina", "", netip.Addr{}); magazine.CodeOf(err) != magazine.Invalid {
			t.Error(err)
		}
	})
}

// A code that nobody was mailed lets nobody in, even where it is guessed.
func TestSigningInAsNobody(t *testing.T) {
	each(t, func(h *house) {
		id := h.askSignIn("nobody@example.org")
		_, err := h.SignInByCode(ctx, id, h.SignInCode(id), members.Browser{})
		wantText(t, "the right code", err, magazine.Unauthorised, "not the code")
		if _, err := h.SignInByLink(ctx, h.SignInToken(id), members.Browser{}); magazine.CodeOf(err) != magazine.Invalid {
			t.Errorf("the right link: %v", err)
		}
	})
}

func TestBadSignIns(t *testing.T) {
	each(t, func(h *house) {
		h.confirm(h.signUp(request(amina)))
		h.confirm(h.signUp(request("badr@example.org")))
		id, other := h.askSignIn(amina), h.askSignIn("badr@example.org")
		token := h.SignInToken(id)
		p, _ := h.store.SubscriberByEmail(ctx, amina)
		for what, bad := range map[string]string{
			"empty": "", "cut": token[:len(token)-1], "cut in half": token[:len(token)/2], "doubled": token + token, "a space": token + " ", "altered": alter(token),
			"another's proof": other + token[strings.IndexByte(token, '.'):], "a leaving link": h.LeaveToken(p.ID, "weekly"), "a confirmation": h.ConfirmToken(id), "NUL": "\x00" + token, "long": strings.Repeat("a", 1<<20),
		} {
			_, err := h.CheckSignIn(ctx, bad)
			wantText(t, what, err, magazine.NotFound, "open it from the mail again")
			_, err = h.SignInByLink(ctx, bad, members.Browser{})
			wantText(t, what, err, magazine.NotFound, "open it from the mail again")
		}
		for what, bad := range map[string]string{"wrong": h.wrong(id), "empty": "", "another's": h.SignInCode(other), "a megabyte": strings.Repeat("1", 1<<20)} {
			if bad == h.SignInCode(id) {
				continue
			}
			_, err := h.SignInByCode(ctx, id, bad, members.Browser{})
			wantText(t, what, err, magazine.Unauthorised, "not the code")
		}
		_, err := h.SignInByCode(ctx, id, h.wrong(id), members.Browser{})
		wantText(t, "the fifth wrong code", err, magazine.Invalid, "too often")
		_, err = h.SignInByCode(ctx, id, h.SignInCode(id), members.Browser{})
		wantText(t, "the right one after that", err, magazine.Invalid, "too often")
		for _, nothing := range []string{"no-such", "nosuch", "", "\x00", "\xff", strings.Repeat("x", 1<<20)} {
			_, err = h.SignInByCode(ctx, nothing, "123456", members.Browser{})
			wantText(t, "no such sign-in", err, magazine.Invalid, "expired")
		}
		h.clock.Add(15 * time.Minute)
		_, err = h.SignInByCode(ctx, other, h.SignInCode(other), members.Browser{})
		wantText(t, "after a quarter of an hour", err, magazine.Invalid, "expired")
		_, err = h.SignInByLink(ctx, h.SignInToken(other), members.Browser{})
		wantText(t, "its link", err, magazine.Invalid, "expired")
		h.clock.Add(2 * day)
		h.askSignIn(amina) // forgets those of before
		_, err = h.SignInByLink(ctx, h.SignInToken(other), members.Browser{})
		wantText(t, "after days", err, magazine.Invalid, "expired")
		for _, secret := range []string{"", "x", strings.Repeat("x", 1<<20), "\x00"} {
			_, _, err := h.SignedIn(ctx, secret)
			wantCode(t, "no session", err, magazine.Unauthorised)
		}
	})
}

func alter(token string) string {
	b := []byte(token)
	if b[len(b)-3]++; b[len(b)-3] == 'z'+1 {
		b[len(b)-3] = 'a'
	}
	return string(b)
}

// Of many who use one link and its code at once, one gets in.
func TestSigningInAtOnce(t *testing.T) {
	each(t, func(h *house) {
		h.confirm(h.signUp(request(amina)))
		id := h.askSignIn(amina)
		errs := make([]error, 8)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() {
				if i%2 == 0 {
					_, errs[i] = h.SignInByLink(ctx, h.SignInToken(id), members.Browser{})
				} else {
					_, errs[i] = h.SignInByCode(ctx, id, h.SignInCode(id), members.Browser{})
				}
			})
		}
		all.Wait()
		in := 0
		for _, err := range errs {
			if err == nil {
				in++
			} else {
				wantText(t, "one of the others", err, magazine.Invalid, "done their work")
			}
		}
		p, _ := h.store.SubscriberByEmail(ctx, amina)
		if list, err := h.Sessions(ctx, p.ID); err != nil || in != 1 || len(list) != 1 {
			t.Errorf("%d got in, %d sessions, %v: %v", in, len(list), err, errors.Join(errs...))
		}
	})
}

func TestSessions(t *testing.T) {
	each(t, func(h *house) {
		h.confirm(h.signUp(request(amina)))
		h.confirm(h.signUp(request("badr@example.org")))
		enter := func(email, browser string) string {
			t.Helper()
			o, err := h.SignInByLink(ctx, h.SignInToken(h.askSignIn(email)), members.Browser{Name: browser})
			if err != nil {
				t.Fatal(err)
			}
			return o.Secret
		}
		phone, desk, others := enter(amina, "phone"), enter(amina, "desk"), enter("badr@example.org", "theirs")
		in := func(secret string) bool {
			t.Helper()
			_, _, err := h.SignedIn(ctx, secret)
			if err != nil && magazine.CodeOf(err) != magazine.Unauthorised {
				t.Fatal(err)
			}
			return err == nil
		}
		h.clock.Add(2 * time.Hour)
		if !in(phone) || !in(desk) || !in(others) {
			t.Fatal("not signed in")
		}
		p, _ := h.store.SubscriberByEmail(ctx, amina)
		list, err := h.Sessions(ctx, p.ID)
		if err != nil || len(list) != 2 || !list[0].Seen.Equal(h.clock.Now()) {
			t.Fatalf("%+v, %v", list, err)
		}
		ofDesk := list[0].ID
		if list[0].Browser == "phone" {
			ofDesk = list[1].ID
		}
		badr, _ := h.store.SubscriberByEmail(ctx, "badr@example.org")
		if err := h.EndSession(ctx, badr.ID, ofDesk); err != nil || !in(desk) {
			t.Errorf("another person ends it: %v", err)
		}
		if err := h.EndSession(ctx, p.ID, ofDesk); err != nil || in(desk) || !in(phone) {
			t.Errorf("one of them: %v", err)
		}
		tablet := enter(amina, "tablet")
		if err := h.EndSession(ctx, p.ID, ""); err != nil || in(phone) || in(tablet) || !in(others) {
			t.Errorf("everywhere: %v", err)
		}
		if h.clock.Add(90 * day); in(others) {
			t.Error("a session lasts for ever")
		}
		enter("badr@example.org", "again")
		h.write(func(tx *store.Tx) error {
			var n int
			if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM sessions").Scan(&n); err != nil || n != 1 {
				t.Errorf("%d sessions are kept, %v", n, err)
			}
			return nil
		})
	})
}

// Whoever asks to be signed in waits for nothing that only a known address has:
// how long it took would tell. (SQLite has one writer for all.)
func TestAskingToSignInWaitsForNobody(t *testing.T) {
	clock := posttest.NewClock(posttest.Start)
	h := newHouse(t, posttest.Open(t, posttest.URL(t, "postgres"), clock.Now), clock)
	h.person(amina)
	h.write(func(tx *store.Tx) error {
		if _, err := tx.SubscriberByEmail(ctx, amina); err != nil { // and locked
			return err
		}
		soon, cancel := context.WithTimeout(ctx, 20*time.Second) // else it would wait for ever
		defer cancel()
		_, err := h.AskSignIn(soon, amina, "", netip.Addr{})
		return err
	})
}
