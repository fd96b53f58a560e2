package members_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// person is a confirmed subscriber of everything.
func (h *house) person(email string) magazine.Subscriber {
	h.Helper()
	h.confirm(h.signUp(request(email)))
	p, err := h.store.SubscriberByEmail(ctx, email)
	if err != nil {
		h.Fatal(err)
	}
	return p
}

// session signs a person in.
func (h *house) session(p magazine.Subscriber) store.Session {
	h.Helper()
	s := store.Session{ID: magazine.NewID(), Subscriber: p.ID, Way: "link", Expires: h.clock.Now().Add(90 * day)}
	h.write(func(tx *store.Tx) error { return tx.PutSession(ctx, s, s.ID) })
	return s
}

// move asks for another address and returns the token that it is mailed.
func (h *house) move(p magazine.Subscriber, email string) string {
	h.Helper()
	n := len(h.moves)
	if err := h.AskAddress(ctx, h.session(p), email); err != nil {
		h.Fatal(err)
	}
	if len(h.moves) != n+1 || h.moves[n].About != members.AddressAsk {
		h.Fatalf("mails %v", h.moves[n:])
	}
	return h.AddressToken(h.moves[n])
}

// to is who a mail about a change of address goes to; empty: nobody.
func (h *house) to(a members.AddressArgs) string {
	h.Helper()
	_, to, ok, err := h.MailedAddress(ctx, a)
	if err != nil {
		h.Fatal(err)
	}
	if !ok {
		return ""
	}
	return to.Email
}

const badr = "badr@example.org"

func TestChangingTheAddress(t *testing.T) {
	each(t, func(h *house) {
		p := h.person(amina)
		old := h.PreferencesToken(p)
		token := h.move(p, "amina@example.net")
		if to := h.to(h.moves[0]); to != "amina@example.net" {
			t.Errorf("the new address is asked at %q", to)
		}
		for range 3 { // a scanner
			if m, err := h.CheckAddress(ctx, token); err != nil || m != (members.Moving{Old: amina, New: "amina@example.net"}) {
				t.Errorf("%+v, %v", m, err)
			}
		}
		if h.want("looked at", amina, "confirmed new-books weekly"); len(h.moves) != 1 {
			t.Errorf("mails %v", h.moves)
		}
		for range 2 {
			if m, err := h.Move(ctx, token); err != nil || !m.Done || m.Back {
				t.Fatalf("%+v, %v", m, err)
			}
		}
		h.want("moved", amina, "unknown")
		h.want("moved", "amina@example.net", "confirmed new-books weekly")
		if len(h.moves) != 2 || h.moves[1].About != members.AddressTell || h.to(h.moves[1]) != amina || h.to(h.moves[0]) != "" {
			t.Fatalf("mails %v", h.moves)
		}
		_, err := h.OpenPreferences(ctx, old)
		wantCode(t, "the link of a mail to the old address", err, magazine.NotFound)
		if _, _, err := h.SignedIn(ctx, "x"); magazine.CodeOf(err) != magazine.Unauthorised {
			t.Error(err)
		}
		o, err := h.SignInByLink(ctx, h.SignInToken(h.askSignIn("amina@example.net")), members.Browser{})
		if err != nil {
			t.Fatal(err)
		}
		back := h.AddressToken(h.moves[1])
		feeds, err := h.FeedToken(ctx, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if m, err := h.Move(ctx, back); err != nil || !m.Done || !m.Back {
				t.Fatalf("%+v, %v", m, err)
			}
		}
		h.want("taken back", amina, "confirmed new-books weekly")
		if now, err := h.FeedToken(ctx, p.ID); err != nil || now == feeds {
			t.Errorf("the address of their own feeds is as it was (%v)", err)
		}
		_, _, err = h.SignedIn(ctx, o.Secret)
		wantCode(t, "whoever was signed in", err, magazine.Unauthorised)
		_, err = h.Move(ctx, token)
		wantText(t, "the first link after that", err, magazine.Invalid, "changed once more")
	})
}

func TestAddressesThatCannotBe(t *testing.T) {
	each(t, func(h *house) {
		p := h.person(amina)
		other := h.person(badr)
		wantCode(t, "no address", h.AskAddress(ctx, h.session(p), "amina"), magazine.Invalid)
		wantText(t, "the same", h.AskAddress(ctx, h.session(p), amina), magazine.Invalid, "use already")
		if _, err := h.Move(ctx, h.move(p, strings.ToUpper(amina))); err != nil {
			t.Errorf("another spelling of the same: %v", err)
		}
		h.want("another spelling", amina, "confirmed new-books weekly")
		p, _ = h.store.SubscriberByEmail(ctx, amina)
		token := h.move(p, badr)
		_, err := h.Move(ctx, token)
		wantText(t, "another subscriber's", err, magazine.Conflict, "on our list already")
		h.write(func(tx *store.Tx) error { return tx.Suppress(ctx, "gone@example.org", "bounced") })
		gone := h.move(p, "gone@example.org")
		if h.to(h.moves[len(h.moves)-1]) != "" {
			t.Error("a suppressed address is mailed")
		}
		_, err = h.Move(ctx, gone)
		wantText(t, "a suppressed one", err, magazine.Conflict, "may not mail")
		h.want("as before", amina, "confirmed new-books weekly")
		for what, bad := range map[string]string{"cut": token[:len(token)-1], "doubled": token + token, "altered": alter(token), "of another kind": h.PreferencesToken(p), "empty": "", "undone before it was done": h.AddressToken(members.AddressArgs{Change: h.moves[len(h.moves)-1].Change, About: members.AddressTell})} {
			_, err := h.CheckAddress(ctx, bad)
			wantCode(t, what, err, magazine.NotFound)
			_, err = h.Move(ctx, bad)
			wantCode(t, what, err, magazine.NotFound)
		}
		slow := h.move(other, "slow@example.org")
		h.clock.Add(7 * day)
		_, err = h.Move(ctx, slow)
		wantText(t, "after a week", err, magazine.Invalid, "expired")
		for i := range 6 {
			h.move(other, fmt.Sprintf("many%d@example.org", i))
		}
		wantText(t, "a seventh in a day", h.AskAddress(ctx, h.session(other), "many@example.org"), magazine.Conflict, "tomorrow")
		fast := h.move(p, "fast@example.org")
		if _, err := h.Move(ctx, fast); err != nil {
			t.Fatal(err)
		}
		h.clock.Add(7 * day)
		_, err = h.Move(ctx, h.AddressToken(h.moves[len(h.moves)-1]))
		wantText(t, "taken back after a week", err, magazine.Invalid, "expired")
	})
}

func TestErasing(t *testing.T) {
	each(t, func(h *house) {
		p := h.person(amina)
		h.person(badr)
		h.move(p, "new@example.org")
		o, err := h.SignInByLink(ctx, h.SignInToken(h.askSignIn(amina)), members.Browser{Name: "Firefox"})
		if err != nil {
			t.Fatal(err)
		}
		h.write(func(tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO deliveries (edition_id, subscriber_id, newsletter, email, state, reason, code, enhanced, reply, relay, message_id, attempts, at, next_at)
				VALUES ('e1', $1, 'weekly', $2, 'sent', '', 250, '', 'ok for amina@example.org', 'main', 'm', 1, 1, 0), ('e2', $1, 'weekly', $2, 'deferred', 'later', 451, '', 'later', 'main', 'm', 1, 1, 2)`, p.ID, amina)
			if err != nil {
				return err
			}
			if _, err := tx.AddReturn(ctx, store.Return{Key: "r1", Kind: "bounce", Class: "soft", Email: amina, Diagnostic: "mailbox full", Subscriber: p.ID, Edition: "e1", Effect: store.ReturnCounted}); err != nil {
				return err
			}
			return tx.PutAct(ctx, store.Act{Who: "editor@example.org", What: "link", Subscriber: p.ID, Detail: "for the desk"})
		})
		data, err := h.Data(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(data)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{amina, `"weekly"`, `"192.0.2.7"`, `"new@example.org"`, "Firefox", `"e1"`, `"/join"`, "mailbox full", `"for the desk"`, `"links_to_sign_in"`, "By mail: what stood in the form"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("no %s in %s", want, text)
			}
		}
		if strings.Contains(string(text), o.Secret) || strings.Contains(string(text), "hash") || strings.Contains(string(text), "editor@") {
			t.Errorf("a secret in %s", text)
		}
		for range 2 {
			if err := h.Erase(ctx, p.ID); err != nil {
				t.Fatal(err)
			}
		}
		h.want("erased", amina, "unknown")
		h.want("another", badr, "confirmed new-books weekly")
		_, _, err = h.SignedIn(ctx, o.Secret)
		wantCode(t, "the session", err, magazine.Unauthorised)
		_, err = h.OpenPreferences(ctx, h.PreferencesToken(p))
		wantCode(t, "the link of a mail", err, magazine.NotFound)
		leave := h.LeaveToken(p.ID, "weekly")
		if l, err := h.CheckLeave(ctx, leave); err != nil || !l.Left || l.Email != "" || h.Leave(ctx, leave) != nil || h.SayWhy(ctx, leave, "amina") != nil {
			t.Errorf("leaving: %+v, %v", l, err)
		}
		list, err := h.store.DeliveriesTo(ctx, p.ID)
		if err != nil || len(list) != 2 || list[0].State != magazine.Sent || list[1].State != magazine.Skipped || list[0].Email+list[0].Reply+list[1].Email != "" {
			t.Errorf("deliveries %+v, %v", list, err)
		}
		if became, err := h.Add(ctx, request("AMINA@example.org"), true, false); err != nil || became != members.Suppressed {
			t.Errorf("an admin's list: %s, %v", became, err)
		}
		if h.mailed(h.askSignIn(amina)) {
			t.Error("signing in")
		}
	})
}

// Nothing anywhere in the database has the address of one who was erased.
func TestErasingLeavesNoAddress(t *testing.T) {
	h := lite(t)
	p := h.person(amina)
	h.write(func(tx *store.Tx) error { return tx.Suppress(ctx, amina, "asked us") })
	h.askSignIn(amina)
	h.move(p, "new@example.org")
	for _, role := range []struct {
		email string
		magazine.Role
	}{{"boss@example.org", magazine.Owner}, {amina, magazine.Viewer}} {
		if _, err := h.SetUser(ctx, role.email, role.Role, "root"); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.RemoveUser(ctx, amina, "boss@example.org"); err != nil {
		t.Fatal(err)
	}
	h.clock.Add(day)
	h.moved(p, "aminas-second@example.org")
	h.write(func(tx *store.Tx) error {
		return tx.Suppress(ctx, "aminas-second@example.org", "bounced: <aminas-second@example.org>")
	})
	h.clock.Add(8 * day)
	if err := h.Erase(ctx, p.ID); err != nil {
		t.Fatal(err)
	}
	for _, email := range []string{amina, "aminas-second@example.org"} {
		if why, err := h.Suppressed(ctx, email); err != nil || why == "" {
			t.Errorf("%s may be mailed again: %v", email, err)
		}
	}
	h.write(func(tx *store.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'river%'")
		if err != nil {
			return err
		}
		var tables []string
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			tables = append(tables, name)
		}
		rows.Close()
		for _, table := range tables {
			all, err := tx.QueryContext(ctx, "SELECT * FROM "+table)
			if err != nil {
				return err
			}
			columns, _ := all.Columns()
			for all.Next() {
				row := make([]any, len(columns))
				for i := range row {
					row[i] = new(any)
				}
				if err := all.Scan(row...); err != nil {
					return err
				}
				for i, v := range row {
					if text, ok := (*v.(*any)).(string); ok && strings.Contains(strings.ToLower(text), "amina") {
						t.Errorf("%s.%s has %q", table, columns[i], text)
					}
				}
			}
			all.Close()
		}
		return nil
	})
}
