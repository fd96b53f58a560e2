package web

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// moved confirms the change of address that was asked for last, and returns the path
// by which the old address takes it back.
func (f *fixture) moved() (back string) {
	f.Helper()
	if got := f.post("/address/"+f.members.AddressToken(f.moves[len(f.moves)-1]), ""); got.StatusCode != http.StatusOK {
		f.Fatalf("confirming the address: %d\n%s", got.StatusCode, got.body)
	}
	return "/address/" + f.members.AddressToken(f.moves[len(f.moves)-1])
}

// keyed adds a passkey of a person's at this moment.
func (f *fixture) keyed(subscriber, id string) {
	f.Helper()
	f.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.PutPasskey(ctx, store.Passkey{ID: id, Subscriber: subscriber, Doc: "{}"})
		return err
	})
}

// person is the subscriber of an address.
func (f *fixture) person(email string) magazine.Subscriber {
	f.Helper()
	p, err := f.store.SubscriberByEmail(f.Context(), email)
	if err != nil {
		f.Fatal(err)
	}
	return p
}

// Whom the desk does not admit does not come into it by another address: neither who
// reads an owner's mail, where passkeys are wanted, nor an old session.
func TestDeskAddressNeedsWhatTheDeskNeeds(t *testing.T) {
	f := newFixture(t, desk, func(o *Options) { o.Desk.PasskeyRequired = true })
	cookie := f.user("amina@example.org", magazine.Owner)
	ask := func(cookie string) answer {
		return f.post("/account/address", "email=mallory%40evil.example", "Cookie", cookie)
	}
	for range 2 { // without a passkey, and with one
		if got := ask(cookie); got.StatusCode != http.StatusConflict || len(f.moves) != 0 || !strings.Contains(got.body, "as the desk wants it") {
			t.Errorf("by a mailed link: %d, %d mails\n%s", got.StatusCode, len(f.moves), got.body)
		}
		f.keyed(f.person("amina@example.org").ID, "k")
	}
	f.member("salma@example.org")
	if got := ask(f.signIn("salma@example.org")); got.StatusCode != http.StatusOK || len(f.moves) != 1 {
		t.Errorf("of one who does not work at the desk: %d", got.StatusCode)
	}

	f = newFixture(t, desk)
	cookie = f.user("amina@example.org", magazine.Owner)
	f.clock.Add(60 * 24 * time.Hour)
	if got := ask(cookie); got.StatusCode != http.StatusConflict || len(f.moves) != 0 {
		t.Errorf("by a session of 60 days: %d, %d mails", got.StatusCode, len(f.moves))
	}
	if got := ask(f.signIn("amina@example.org")); got.StatusCode != http.StatusOK || len(f.moves) != 1 {
		t.Errorf("by a new one: %d, %d mails", got.StatusCode, len(f.moves))
	}
}

// To take an address back opens no desk that wants passkeys: who works there keeps
// those from before, and where none is left, a mailed link adds none.
func TestTakingBackKeepsTheDeskShut(t *testing.T) {
	f := newFixture(t, desk, func(o *Options) { o.Desk.PasskeyRequired = true })
	f.user("amina@example.org", magazine.Owner)
	u := f.person("amina@example.org")
	// take changes the address by a session that a passkey began, adds one, and takes it back.
	take := func() {
		t.Helper()
		cookie := f.signIn("amina@example.org")
		f.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE sessions SET way = 'passkey' WHERE subscriber_id = $1", u.ID)
			return err
		})
		f.clock.Add(time.Hour)
		if got := f.post("/account/address", "email=mallory%40evil.example", "Cookie", cookie); got.StatusCode != http.StatusOK {
			t.Fatalf("asking: %d\n%s", got.StatusCode, got.body)
		}
		back := f.moved()
		f.keyed(u.ID, "later")
		if got := f.post(back, ""); got.StatusCode != http.StatusOK {
			t.Fatalf("taking it back: %d\n%s", got.StatusCode, got.body)
		}
	}
	add := func(cookie, want string) {
		t.Helper()
		if got := f.post("/account/passkeys", "answer=x", "Cookie", cookie); got.StatusCode < 400 || !strings.Contains(got.body, want) {
			t.Errorf("adding a passkey: %d, want %q\n%s", got.StatusCode, want, got.body)
		}
	}
	f.keyed(u.ID, "before")
	take()
	if keys, err := f.store.Passkeys(t.Context(), u.ID); err != nil || len(keys) != 1 || keys[0].ID != "before" {
		t.Errorf("passkeys %+v, %v", keys, err)
	}
	add(f.signIn("amina@example.org"), "one of your passkeys")

	f.write(func(ctx context.Context, tx *store.Tx) error { return tx.DropPasskey(ctx, u.ID, "before") })
	take()
	add(f.signIn("amina@example.org"), "postrider users add")
	token, err := f.members.UserLink(t.Context(), magazine.User{Subscriber: u}, "root")
	if err != nil {
		t.Fatal(err)
	}
	o, err := f.members.SignInByLink(t.Context(), token, members.Browser{})
	if err != nil {
		t.Fatal(err)
	}
	add(f.site.cookieName()+"="+o.Secret, "could not be added") // for "x" is none

	acts, err := f.store.SubscriberActs(t.Context(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	var did []string
	for _, a := range acts {
		if a.What == "address" {
			did = append(did, a.Who+": "+a.Detail)
		}
	}
	if got := strings.Join(did, "\n"); strings.Count(got, "amina@example.org: has another address from now on") != 2 || strings.Count(got, "amina@example.org: has this address again") != 2 {
		t.Errorf("what was done:\n%s", got)
	}
}
