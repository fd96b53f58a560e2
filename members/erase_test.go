package members_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// erased is an address whose person had themselves erased.
func (h *house) erased(email string) {
	h.Helper()
	if err := h.Erase(ctx, h.person(email).ID); err != nil {
		h.Fatal(err)
	}
}

// admitted is what becomes of an address on a list that an admin brings.
func (h *house) admitted(email string) members.Admission {
	h.Helper()
	became, err := h.Add(ctx, request(email), true, false)
	if err != nil {
		h.Fatal(err)
	}
	return became
}

// Until they confirm themselves, one who was erased is brought back by nobody;
// then they are a member like any other, with nothing of before.
func TestJoiningAfterBeingErased(t *testing.T) {
	each(t, func(h *house) {
		first := h.person(amina)
		before := h.signUp(request(amina, "new-books"))
		h.write(func(tx *store.Tx) error { return tx.SetLanguage(ctx, first.ID, "fr") })
		if err := h.Erase(ctx, first.ID); err != nil {
			t.Fatal(err)
		}
		wantText(t, "a link of before", h.refused(before), magazine.Invalid, "expired")
		for _, mail := range []bool{false, true} {
			if became, err := h.Add(ctx, request("Amina@Example.org"), false, mail); err != nil || became != members.Suppressed {
				t.Errorf("asked by an admin (by mail: %v): %s, %v", mail, became, err)
			}
		}
		token := h.signUp(request("Amina@example.org", "weekly"))
		if became := h.admitted(amina); became != members.Suppressed {
			t.Errorf("asked, and not confirmed: a list %s it", became)
		}
		if h.mailed(h.askSignIn(amina)) {
			t.Error("signing in before it is confirmed")
		}
		if p, err := h.CheckConfirm(ctx, token); err != nil || p.Email != "Amina@example.org" { // a scanner
			t.Errorf("the link is for %+v, %v", p, err)
		}
		if became := h.admitted(amina); became != members.Suppressed {
			t.Errorf("after a look at the link a list %s it", became)
		}
		if done := h.confirm(token); !done.New || len(done.Gets) != 1 {
			t.Errorf("confirmed: %+v", done)
		}
		h.want("joined again", amina, "confirmed weekly")
		p, err := h.store.SubscriberByEmail(ctx, amina)
		if err != nil || p.ID == first.ID || p.Language != "" {
			t.Errorf("they are %+v, %v", p, err)
		}
		data, err := h.Data(ctx, p)
		if err != nil || len(data.Consents) != 1 || data.Consents[0].Text == "" || data.Consents[0].Confirmed.IsZero() || data.Suppressed != "" {
			t.Errorf("what they agreed to: %+v, %v", data, err)
		}
		if became := h.admitted(amina); became == members.Suppressed {
			t.Error("a list finds them suppressed still")
		}
		if !h.mailed(h.askSignIn(amina)) {
			t.Error("they cannot sign in")
		}
		if err := h.Erase(ctx, p.ID); err != nil {
			t.Fatal(err)
		}
		if became := h.admitted(amina); became != members.Suppressed {
			t.Errorf("erased once more: a list %s it", became)
		}
	})
}

// No word from the mailbox lifts what the mailbox itself said.
func TestBouncedAfterBeingErased(t *testing.T) {
	h := lite(t)
	h.erased(amina)
	token := h.signUp(request(amina))
	h.write(func(tx *store.Tx) error { return tx.Suppress(ctx, amina, "bounced: no such user") })
	wantText(t, "confirmed", h.refused(token), magazine.Conflict, "may not mail")
	if became := h.admitted(amina); became != members.Suppressed {
		t.Errorf("a list %s it", became)
	}
}

// One who had another address before is erased with both: no list brings either back,
// and their own word does.
func TestErasedWithAnEarlierAddress(t *testing.T) {
	each(t, func(h *house) {
		p := h.person(amina)
		h.moved(p, "new@example.org")
		if err := h.Erase(ctx, p.ID); err != nil {
			t.Fatal(err)
		}
		for _, email := range []string{amina, "new@example.org"} {
			if became := h.admitted(email); became != members.Suppressed {
				t.Errorf("a list %s %s", became, email)
			}
		}
		h.confirm(h.signUp(request(amina, "weekly")))
		h.want("by themselves", amina, "confirmed weekly")
	})
}

// Of people who never confirm that an address is theirs nothing is kept for long;
// whom an admin brought without a mail waits for it.
func TestNeverConfirmed(t *testing.T) {
	each(t, func(h *house) {
		late := h.signUp(request(amina))
		h.person(badr)
		h.move(h.person("chidi@example.org"), "typed@example.org")
		if became, err := h.Add(ctx, request("dalia@example.org"), false, false); err != nil || became != members.Added {
			t.Fatal(became, err)
		}
		h.clock.Add(8 * 24 * time.Hour)
		h.signUp(request("esi@example.org"))
		for _, kept := range []members.Request{request("farah@example.org"), request("gita@example.org")} {
			if kept.Email == "farah@example.org" {
				kept.Tier = magazine.Member
			}
			if became, err := h.Add(ctx, kept, false, true); err != nil || became != members.Added {
				t.Fatal(became, err)
			}
		}
		if _, err := h.SignInByLink(ctx, h.SignInToken(h.askSignIn("gita@example.org")), members.Browser{}); err != nil {
			t.Fatal(err)
		}
		forget := func(want int) {
			t.Helper()
			n := 0
			for behind, more := "", true; more; more = behind != "" {
				next, some, err := h.ForgetUnconfirmed(ctx, behind, 2)
				if err != nil || some > 2 {
					t.Fatalf("forgot %d: %v", some, err)
				}
				behind, n = next, n+some
			}
			if n != want {
				t.Fatalf("forgot %d, not %d", n, want)
			}
		}
		forget(0)
		for email, state := range map[string]magazine.SubscriberState{"typo@example.org": magazine.Bounced, "angry@example.org": magazine.Complained, "typo2@example.org": magazine.Bounced} {
			h.signUp(request(email))
			h.write(func(tx *store.Tx) error {
				p, err := tx.SubscriberByEmail(ctx, email)
				if err != nil {
					return err
				}
				return errors.Join(tx.Suppress(ctx, email, string(state)+": <"+email+">"), tx.SetSubscriberState(ctx, p.ID, state))
			})
		}
		h.clock.Add(22*24*time.Hour + time.Second)
		again := h.signUp(request("esi@example.org"))
		forget(1)
		h.want("who never confirmed", amina, "unknown")
		wantText(t, "their link", h.refused(late), magazine.Invalid, "expired")
		h.want("who asked lately", "esi@example.org", "pending")
		h.want("who has a tier", "farah@example.org", "pending")
		h.want("who is signed in", "gita@example.org", "pending")
		h.want("whom nobody mailed", "dalia@example.org", "pending")
		h.want("a member", badr, "confirmed new-books weekly")
		chidi, err := h.store.SubscriberByEmail(ctx, "chidi@example.org")
		if err != nil {
			t.Fatal(err)
		}
		if left, err := h.store.AddressChanges(ctx, chidi.ID); err != nil || len(left) != 0 {
			t.Errorf("an address that was typed is kept: %+v, %v", left, err)
		}
		h.confirm(again)
		h.clock.Add(31 * 24 * time.Hour)
		forget(3)
		for _, email := range []string{"typo@example.org", "angry@example.org"} {
			if plain, err := h.store.Suppressed(ctx, email); err != nil || plain != "" {
				t.Errorf("%s stands in plain: %q, %v", email, plain, err)
			}
			if became := h.admitted(email); became != members.Suppressed {
				t.Errorf("a list %s %s", became, email)
			}
		}
		h.want("who has confirmed", "esi@example.org", "confirmed new-books weekly")
		h.signUp(request(amina))
		h.want("who tries anew", amina, "pending")
	})
}

// Of an erased person whose address somebody types nothing is kept, unless they
// confirm.
func TestForgottenUnlessTheyConfirm(t *testing.T) {
	each(t, func(h *house) {
		forget := func() time.Duration {
			t.Helper()
			wait, err := h.Forget(ctx, h.forgets[len(h.forgets)-1].subscriber)
			if err != nil {
				t.Fatal(err)
			}
			return wait
		}
		h.signUp(request(badr))
		if len(h.forgets) != 0 {
			t.Fatalf("%v are to be forgotten, who never were erased", h.forgets)
		}
		h.erased(amina)
		h.forgets = nil // but for what is swept up after that
		h.signUp(request(amina))
		h.clock.Add(2 * day)
		last := h.signUp(request(amina, "weekly"))
		if len(h.forgets) != 2 || !h.forgets[1].at.After(h.clock.Now().Add(7*day)) {
			t.Fatalf("jobs %v at %v", h.forgets, h.clock.Now())
		}
		h.clock.Set(h.forgets[0].at)
		if wait := forget(); wait <= 0 || h.clock.Now().Add(wait).After(h.forgets[1].at) {
			t.Errorf("with a link that still works it is to come again in %v", wait)
		}
		h.want("while a link works", amina, "pending")
		h.clock.Set(h.forgets[1].at)
		for range 2 {
			if wait := forget(); wait != 0 {
				t.Errorf("it is to come again in %v", wait)
			}
			h.want("when none works any more", amina, "unknown")
		}
		wantText(t, "the last link", h.refused(last), magazine.Invalid, "expired")
		if became := h.admitted(amina); became != members.Suppressed {
			t.Errorf("a list %s it", became)
		}
		h.confirm(h.signUp(request(amina)))
		h.clock.Add(8 * day)
		forget()
		h.want("one who has confirmed", amina, "confirmed new-books weekly")
	})
}

// An erased address can be taken up by one who changes to it, for its mailbox
// confirms that.
func TestMovingToAnErasedAddress(t *testing.T) {
	h := lite(t)
	h.erased(amina)
	p := h.person(badr)
	token := h.move(p, amina)
	if to := h.to(h.moves[0]); to != amina {
		t.Errorf("asked is %q", to)
	}
	if _, err := h.Move(ctx, token); err != nil {
		t.Fatal(err)
	}
	h.want("moved", amina, "confirmed new-books weekly")
	if p, err := h.store.SubscriberByEmail(ctx, amina); err != nil || !h.mailed(h.askSignIn(p.Email)) {
		t.Errorf("they cannot sign in: %v", err)
	}
}

// However often strangers type an erased address, it gets no more mails than any other.
func TestErasedIsNotBombed(t *testing.T) {
	h := lite(t)
	h.erased(amina)
	n := len(h.asked)
	for range 10 {
		if err := h.SignUp(ctx, request(amina)); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(h.asked) - n; got != 3 {
		t.Errorf("%d mails", got)
	}
	if h.write(func(tx *store.Tx) error { return nil }); strings.Contains(h.state(amina), "confirmed") {
		t.Error("confirmed by nobody")
	}
}

// To be erased takes no suppression away: one who complained, is erased and typed
// into the form again is mailed nothing, and no link or list brings them back.
func TestSuppressedBeforeBeingErased(t *testing.T) {
	each(t, func(h *house) {
		for _, way := range []string{"erased", "forgotten"} {
			email := way + "@example.org"
			if way == "erased" {
				p := h.person(email)
				h.write(func(tx *store.Tx) error { return tx.Suppress(ctx, email, "complained: "+email+" said so") })
				if err := h.Erase(ctx, p.ID); err != nil {
					t.Fatal(err)
				}
			} else {
				h.erased(email)
				h.signUp(request(email))
				h.write(func(tx *store.Tx) error { return tx.Suppress(ctx, email, "complained: "+email+" said so") })
				h.clock.Add(8 * day)
				if wait, err := h.Forget(ctx, h.forgets[len(h.forgets)-1].subscriber); err != nil || wait != 0 {
					t.Fatal(wait, err)
				}
			}
			h.want(way, email, "unknown")
			if why, err := h.store.Suppressed(ctx, email); why != "" {
				t.Errorf("%s: the address is kept: %q, %v", way, why, err)
			}
			if why, err := h.Suppressed(ctx, email); why != "complained" {
				t.Errorf("%s: suppressed because %q, %v", way, why, err)
			}
			n := len(h.asked)
			if err := h.SignUp(ctx, request(email)); err != nil || len(h.asked) != n {
				t.Errorf("%s, and signed up: %d mails, %v", way, len(h.asked)-n, err)
			}
			if became := h.admitted(email); became != members.Suppressed {
				t.Errorf("%s: a list %s it", way, became)
			}
			p := h.person("other-" + email)
			_, err := h.Move(ctx, h.move(p, email))
			wantText(t, way+": moving to it", err, magazine.Conflict, "may not mail")
			if to := h.to(h.moves[len(h.moves)-1]); to != "" {
				t.Errorf("%s: moving to it is mailed to %s", way, to)
			}
		}
	})
}

// What was under way when a person was erased, and was written down after, is swept up.
func TestSweepingUpAfterErasing(t *testing.T) {
	each(t, func(h *house) {
		p := h.person(amina)
		for range 2 {
			if err := h.Erase(ctx, p.ID); err != nil {
				t.Fatal(err)
			}
		}
		if want := (forgetting{p.ID, h.clock.Now().Add(time.Hour)}); len(h.forgets) != 1 || h.forgets[0] != want {
			t.Fatalf("jobs %v, want %v", h.forgets, want)
		}
		h.write(func(tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO deliveries (edition_id, subscriber_id, newsletter, email, state, reason, code, enhanced, reply, relay, message_id, attempts, at, next_at)
				VALUES ('e1', $1, 'weekly', $2, 'sent', '', 250, '', 'ok for amina@example.org', 'main', 'm', 1, 1, 0)`, p.ID, amina)
			return err
		})
		h.clock.Set(h.forgets[0].at)
		for range 2 {
			if wait, err := h.Forget(ctx, p.ID); wait != 0 || err != nil {
				t.Fatal(wait, err)
			}
		}
		list, err := h.store.DeliveriesTo(ctx, p.ID)
		if err != nil || len(list) != 1 || list[0].State != magazine.Sent || list[0].Email+list[0].Reply != "" {
			t.Errorf("deliveries %+v, %v", list, err)
		}
	})
}

// Who typed their address and is then brought by a list that mails nobody waits for a
// mail as anybody on it does: what they typed grows old, what the list asks for does not.
func TestBroughtAfterTheyTyped(t *testing.T) {
	each(t, func(h *house) {
		h.signUp(request(amina, "weekly"))
		h.add("a list", request(amina, "weekly"), false, false, members.Extended)
		h.add("once more", request(amina, "weekly"), false, false, members.Known)
		h.clock.Add(31 * 24 * time.Hour)
		if _, n, err := h.ForgetUnconfirmed(ctx, "", 100); n != 0 || err != nil {
			h.Errorf("forgot %d, %v", n, err)
		}
		h.want("whom a list brought", amina, "pending")
	})
}

// Who was erased, or barred, while each spelling of a domain was an address of its own
// stays so under all of them, and is let in again by what lets in others.
func TestErasedUnderAFormerKey(t *testing.T) {
	const wide, wire = "Amina@Bücher.example", "amina@xn--bcher-kva.example"
	each(t, func(h *house) {
		keep := func(kind string) {
			h.Helper()
			h.write(func(tx *store.Tx) error { return tx.Suppress(ctx, kind+h.KeyHash(wire), "as it was") })
		}
		for _, kind := range []string{"erased:", "barred:"} {
			keep(kind)
			for _, email := range []string{wide, "AMINA@XN--bcher-kva.example", "amina@ｂücher.example"} {
				if became := h.admitted(email); became != members.Suppressed {
					h.Errorf("%s %s: a list %s it", kind, email, became)
				}
			}
			h.want(kind, wide, "unknown")
			if kind == "erased:" {
				h.confirm(h.signUp(request(wide, "weekly")))
				h.want("their own word", wide, "confirmed weekly")
				h.erased(wide)
				h.write(func(tx *store.Tx) error { return tx.LiftSuppression(ctx, kind+h.KeyHash("amina@bücher.example")) })
			}
		}
		n := len(h.asked)
		if err := h.SignUp(ctx, request(wide, "weekly")); err != nil || len(h.asked) != n {
			h.Errorf("barred, and mailed %d times: %v", len(h.asked)-n, err)
		}
		p, err := h.store.SubscriberByEmail(ctx, wide)
		h.must(err)
		h.must(h.LiftFor(ctx, p.ID, "as it was", "they asked", "owner@example.org"))
		if why, err := h.Suppressed(ctx, wide); why != "" || err != nil {
			h.Errorf("lifted, and suppressed: %q, %v", why, err)
		}
	})
}
