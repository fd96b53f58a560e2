package members_test

import (
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// moved changes a person's address and returns the token that takes it back, as
// the address before is mailed it.
func (h *house) moved(p magazine.Subscriber, email string) (back string) {
	h.Helper()
	if _, err := h.Move(ctx, h.move(p, email)); err != nil {
		h.Fatal(err)
	}
	return h.AddressToken(h.moves[len(h.moves)-1])
}

// A thief who changes the address twice in a row does not keep the account: the
// first address, which alone is the person's, takes both changes back.
func TestTakingBackTheFirstOfTwoChanges(t *testing.T) {
	each(t, func(h *house) {
		p := h.person(amina)
		first := h.moved(p, "thief1@example.net")
		tell := h.moves[len(h.moves)-1]
		h.clock.Add(day)
		second := h.moved(p, "thief2@example.net")
		if to := h.to(tell); to != amina {
			t.Errorf("the first address is told at %q", to)
		}
		if m, err := h.CheckAddress(ctx, first); err != nil || m.Done || m.Old != amina || m.New != "thief2@example.net" {
			t.Errorf("the link shows %+v, %v", m, err)
		}
		for range 2 {
			if m, err := h.Move(ctx, first); err != nil || m.Old != amina || !m.Back || !m.Done {
				t.Fatalf("%+v, %v", m, err)
			}
		}
		h.want("taken back", amina, "confirmed new-books weekly")
		_, err := h.Move(ctx, second)
		wantText(t, "the thief takes back the second", err, magazine.Invalid, "changed once more")
		h.want("after that", amina, "confirmed new-books weekly")
	})
}

// Where the second is taken back first, the first can be, too.
func TestTakingBackOneByOne(t *testing.T) {
	h := lite(t)
	p := h.person(amina)
	first, second := h.moved(p, "one@example.net"), h.moved(p, "two@example.net")
	for _, step := range []struct{ token, email string }{{second, "one@example.net"}, {first, amina}} {
		if _, err := h.Move(ctx, step.token); err != nil {
			t.Fatal(err)
		}
		h.want("taken back", step.email, "confirmed new-books weekly")
	}
}

// What a stranger types into the sign-up form keeps nobody from an address whose
// mailbox they read.
func TestTakenByWhoNeverConfirmed(t *testing.T) {
	each(t, func(h *house) {
		p := h.person(amina)
		h.signUp(request("new@example.net"))
		back := h.moved(p, "new@example.net")
		h.want("moved to it", "new@example.net", "confirmed new-books weekly")
		h.signUp(request(amina))
		h.write(func(tx *store.Tx) error { return tx.Suppress(ctx, amina, "bounced") })
		if _, err := h.Move(ctx, back); err != nil {
			t.Fatal(err)
		}
		h.want("taken back", amina, "confirmed new-books weekly")
		if why, err := h.store.Suppressed(ctx, amina); why != "bounced" {
			t.Errorf("suppressed: %q, %v", why, err)
		}
		p, err := h.store.SubscriberByEmail(ctx, amina)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.SetUser(ctx, "desk@example.org", magazine.Owner, "the test"); err != nil {
			t.Fatal(err)
		}
		_, err = h.Move(ctx, h.move(p, "desk@example.org"))
		wantText(t, "of one who works at the desk", err, magazine.Conflict, "on our list already")
	})
}

// With the address, everything goes by which a thief could still get in.
func TestTakingBackShutsTheThiefOut(t *testing.T) {
	each(t, func(h *house) {
		p := h.person(amina)
		addKey := func(id string) {
			h.write(func(tx *store.Tx) error {
				_, err := tx.PutPasskey(ctx, store.Passkey{ID: id, Subscriber: p.ID, Doc: "{}"})
				return err
			})
		}
		addKey("of before")
		h.clock.Add(time.Hour)
		p.Email = amina
		other := h.move(p, "thief2@example.net")
		asked := h.moves[len(h.moves)-1]
		old := h.askSignIn(amina)
		back := h.moved(p, "thief1@example.net")
		addKey("of the thief")
		link, code, unsent := h.askSignIn("thief1@example.net"), h.askSignIn("thief1@example.net"), h.askSignIn("thief1@example.net")
		if !h.mailed(unsent) || h.mailed(old) {
			t.Error("mailed is not the address that they have now")
		}
		if _, err := h.Move(ctx, back); err != nil {
			t.Fatal(err)
		}
		_, err := h.CheckSignIn(ctx, h.SignInToken(link))
		wantText(t, "the page of a sign-in link", err, magazine.Invalid, "expired")
		for range 2 {
			_, err = h.SignInByLink(ctx, h.SignInToken(link), members.Browser{})
			wantCode(t, "a sign-in link", err, magazine.Invalid)
			_, err = h.SignInByCode(ctx, code, h.SignInCode(code), members.Browser{})
			wantCode(t, "a code", err, magazine.Invalid)
		}
		if h.mailed(unsent) {
			t.Error("a sign-in that was not mailed yet goes to the person, who did not ask")
		}
		_, err = h.Move(ctx, other)
		wantText(t, "another change that was asked for", err, magazine.Invalid, "called off")
		if to := h.to(asked); to != "" {
			t.Errorf("another change is mailed to %s", to)
		}
		if keys, err := h.Passkeys(ctx, p.ID); err != nil || len(keys) != 0 {
			t.Errorf("passkeys %+v, %v", keys, err)
		}
		h.want("after all that", amina, "confirmed new-books weekly")
		if !h.mailed(h.askSignIn(amina)) {
			t.Error("the person cannot sign in")
		}
	})
}

// However many members type a stranger's address, also such as have themselves erased
// at once, its mailbox is not filled.
func TestAskingForAnAddressIsBounded(t *testing.T) {
	each(t, func(h *house) {
		n := func(of magazine.Subscriber, times int) int {
			before := len(h.moves)
			for i := range times {
				if err := h.AskAddress(ctx, h.session(of), []string{"victim@example.net", "Victim@Example.NET"}[i%2]); err != nil {
					t.Fatal(err)
				}
			}
			return len(h.moves) - before
		}
		for i, want := range []int{3, 3, 3, 0} {
			p := h.person(string(rune('a'+i)) + "@example.org")
			if got := n(p, 5); got != want {
				t.Errorf("person %d has %d mails sent, want %d", i, got, want)
			}
			if err := h.Erase(ctx, p.ID); err != nil {
				t.Fatal(err)
			}
		}
		h.clock.Add(25 * time.Hour)
		if got := n(h.person("z@example.org"), 1); got != 1 {
			t.Errorf("the next day %d mails are sent", got)
		}
	})
}

// Where the first address was taken up meanwhile by one who had themselves erased, its
// owner, who has it back, is mailed as before; where it must not be mailed, those who
// send see that.
func TestTakingBackAnErasedAddress(t *testing.T) {
	each(t, func(h *house) {
		p := h.person(amina)
		back := h.moved(p, "thief@example.net")
		q := h.person(amina)
		_, err := h.Move(ctx, back)
		wantText(t, "while it is another's", err, magazine.Conflict, "Have that one erased first")
		if err := h.Erase(ctx, q.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Move(ctx, back); err != nil {
			t.Fatal(err)
		}
		if why, err := h.Suppressed(ctx, amina); why != "" || err != nil || !h.mailed(h.askSignIn(amina)) {
			t.Errorf("suppressed: %q, %v", why, err)
		}
	})
	h := lite(t)
	p := h.person(amina)
	back := h.moved(p, "thief@example.net")
	q := h.person(amina)
	h.write(func(tx *store.Tx) error { return tx.Suppress(ctx, amina, "complained") })
	if err := h.Erase(ctx, q.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Move(ctx, back); err != nil {
		t.Fatal(err)
	}
	if why, err := h.store.Suppressed(ctx, amina); why != "complained" || err != nil {
		t.Errorf("what sends sees %q, %v", why, err)
	}
	h.write(func(tx *store.Tx) error { return tx.LiftSuppression(ctx, amina) })
	if why, err := h.Suppressed(ctx, amina); why != "" || err != nil {
		t.Errorf("lifted, it is suppressed still: %q, %v", why, err)
	}
}

// A confirmation that was mailed to an address confirms nothing once the person has
// another: neither the thief's, nor one's own of before.
func TestConfirmingAfterTheAddressChanged(t *testing.T) {
	each(t, func(h *house) {
		p := h.person(amina)
		h.leave(amina, "weekly")
		h.clock.Add(time.Second)
		own := h.signUp(request(amina, "weekly"))
		back := h.moved(p, "thief@example.net")
		wantText(t, "mailed to the address before", h.refused(own), magazine.Invalid, "expired")
		r := request("thief@example.net", "weekly")
		r.Name = "Thief"
		thief := h.signUp(r)
		if _, err := h.Move(ctx, back); err != nil {
			t.Fatal(err)
		}
		wantText(t, "mailed to the thief", h.refused(thief), magazine.Invalid, "expired")
		_, err := h.CheckConfirm(ctx, thief)
		wantText(t, "its page", err, magazine.Invalid, "expired")
		h.want("after that", amina, "confirmed new-books -weekly")
	})
}

// That mail came back from an address, or was complained about there, says nothing of
// a person who has another.
func TestWhatCameBackStaysWithTheAddress(t *testing.T) {
	for _, state := range []magazine.SubscriberState{magazine.Bounced, magazine.Complained} {
		h := lite(t)
		p := h.person(amina)
		returned := func(email string) {
			h.write(func(tx *store.Tx) error {
				if err := tx.Suppress(ctx, email, string(state)); err != nil {
					return err
				}
				return tx.SetSubscriberState(ctx, p.ID, state)
			})
		}
		back := h.moved(p, "thief@example.net")
		returned("thief@example.net")
		if _, err := h.Move(ctx, back); err != nil {
			t.Fatal(err)
		}
		h.want("taken back", amina, "confirmed new-books weekly")
		returned(amina)
		h.moved(p, "new@example.net")
		h.want("moved on", "new@example.net", "confirmed new-books weekly")
	}
}

// Whoever signs out everywhere ends what else was begun, too: changes of address that
// nobody has confirmed. One can also be ended alone.
func TestEndingChangesOfAddress(t *testing.T) {
	each(t, func(h *house) {
		p := h.person(amina)
		mine := h.session(p)
		one := h.move(p, "one@example.net")
		h.clock.Add(time.Second)
		two := h.move(p, "two@example.net")
		open, err := h.OpenAddresses(ctx, p.ID)
		if err != nil || len(open) != 2 || open[0].New != "one@example.net" {
			t.Fatalf("%+v, %v", open, err)
		}
		other := h.person("salma@example.org")
		if err := h.EndAddress(ctx, h.session(other), open[0].ID); err != nil {
			t.Fatal(err)
		}
		if m, err := h.CheckAddress(ctx, one); err != nil || m.Done {
			t.Errorf("ended by another person: %+v, %v", m, err)
		}
		if err := h.EndAddress(ctx, mine, open[0].ID); err != nil {
			t.Fatal(err)
		}
		_, err = h.Move(ctx, one)
		wantText(t, "ended alone", err, magazine.Invalid, "called off")
		if m, err := h.CheckAddress(ctx, two); err != nil || m.Done {
			t.Errorf("the other one: %+v, %v", m, err)
		}
		if err := h.EndSession(ctx, p.ID, ""); err != nil {
			t.Fatal(err)
		}
		_, err = h.Move(ctx, two)
		wantText(t, "after signing out everywhere", err, magazine.Invalid, "called off")
		if open, err := h.OpenAddresses(ctx, p.ID); err != nil || len(open) != 0 {
			t.Errorf("%+v, %v", open, err)
		}
		wantCode(t, "by a session that is over", h.EndAddress(ctx, mine, "x"), magazine.Unauthorised)
		back := h.moved(p, "three@example.net")
		if err := h.EndSession(ctx, p.ID, ""); err != nil {
			t.Fatal(err)
		}
		if m, err := h.Move(ctx, back); err != nil || !m.Done {
			t.Errorf("what was confirmed is taken back by its link still: %+v, %v", m, err)
		}
		h.move(p, "four@example.net")
		h.clock.Add(7 * day)
		if open, err := h.OpenAddresses(ctx, p.ID); err != nil || len(open) != 0 {
			t.Errorf("after a week %+v, %v", open, err)
		}
	})
}

// What an admin's list gave to an address goes with it to the person who confirms that
// it is theirs: the higher tier. To newsletters they agree by themselves.
func TestWhatAListGaveGoesWithTheAddress(t *testing.T) {
	const work = "work@example.net"
	for what, c := range map[string]struct {
		had       magazine.Tier
		hadEnds   string
		given     magazine.Tier
		givenEnds string
		want      string
	}{
		"given one":         {magazine.Free, "", "patron", "2027-12-31", "patron 2027-12-31"},
		"has a higher one":  {"patron", "2027-06-30", magazine.Member, "never", "patron 2027-06-30"},
		"given more time":   {magazine.Member, "2027-06-30", magazine.Member, "2027-12-31", "member 2027-12-31"},
		"has it for ever":   {magazine.Member, "never", magazine.Member, "2027-12-31", "member "},
		"given none":        {magazine.Member, "2027-06-30", magazine.Free, "", "member 2027-06-30"},
		"given it for ever": {magazine.Member, "2027-06-30", magazine.Member, "never", "member "},
	} {
		t.Run(what, func(t *testing.T) {
			h := lite(t)
			h.reopen(letters, "patron")
			h.confirm(h.signUp(request(amina, "new-books")))
			p, err := h.SetTier(ctx, amina, c.had, c.hadEnds)
			if err != nil {
				t.Fatal(err)
			}
			r := request(work, "weekly")
			r.Tier, r.TierEnds = c.given, c.givenEnds
			h.add("listed", r, false, false, members.Added)
			h.moved(p, work)
			now, err := h.store.SubscriberByEmail(ctx, work)
			if got := string(now.Tier) + " " + h.TierEndsOn(now); err != nil || now.ID != p.ID || got != c.want {
				t.Errorf("%s, want %s; %v", got, c.want, err)
			}
			h.want("what they agreed to", work, "confirmed new-books")
		})
	}
	h := lite(t)
	h.add("who never confirmed", request(amina, "new-books"), false, false, members.Added)
	p, err := h.store.SubscriberByEmail(ctx, amina)
	if err != nil {
		t.Fatal(err)
	}
	h.add("listed", request(work, "weekly"), false, false, members.Added)
	h.moved(p, work)
	wants, err := h.store.SignUpsOf(ctx, p.ID)
	if err != nil || len(wants) != 2 {
		t.Errorf("%+v, %v", wants, err)
	}
	h.want("what waits", work, "pending")
}
