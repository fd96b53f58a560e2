package daemon_test

import (
	"net/url"
	"strings"
	"testing"

	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
	"postrider/store"
)

// seated lets somebody in at the desk of a running daemon by the link that the
// command prints.
func seated(t *testing.T, h *house, base, email string, role magazine.Role) *visitor {
	t.Helper()
	u, err := h.Members.SetUser(h.ctx, email, role, "root")
	h.must(err)
	token, err := h.Members.UserLink(h.ctx, u, "root")
	h.must(err)
	v := visit(t, base)
	if at, body := v.send("/signin/"+token, url.Values{}); at != "/desk/" {
		t.Fatalf("the link leads to %s\n%s", at, body)
	}
	return v
}

// The first owner comes in by a printed link and lets an editor in, who signs in by
// mail without being a subscriber.
func TestTheDeskOpens(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := buildRunning(t, engine)
		base := serve(t, h.Daemon)
		owner := seated(t, h, base, "amina@people.example", "")
		if at, body := owner.send("/desk/users/", url.Values{"email": {"badr@people.example"}, "role": {"editor"}}); at != "/desk/users/" || !strings.Contains(body, "badr@people.example") {
			t.Fatalf("letting in leads to %s\n%s", at, body)
		}
		editor := visit(t, base)
		if at, _ := editor.send("/desk/", nil); at != "/signin" {
			t.Errorf("nobody is led to %s", at)
		}
		page, _ := editor.send("/signin", url.Values{"email": {"badr@people.example"}, "next": {"/desk/"}})
		all, err := h.server.Wait(deadline(t), 1)
		h.must(err)
		code := codeInMail.FindStringSubmatch(plain(t, all[0].Raw))
		if code == nil {
			t.Fatalf("no code in\n%s", all[0].Raw)
		}
		if at, _ := editor.send(page, url.Values{"code": {code[1]}}); at != "/desk/" {
			t.Errorf("the code leads to %s", at)
		}
		if _, body := editor.send("/desk/users/", url.Values{"email": {"badr@people.example"}, "role": {"owner"}}); !strings.Contains(body, "Your role does not let you") {
			t.Errorf("an editor makes themselves an owner:\n%s", body)
		}
		badr, err := h.Store.SubscriberByEmail(h.ctx, "badr@people.example")
		h.must(err)
		if role, err := h.Members.Role(h.ctx, badr.ID); err != nil || role != magazine.Editor {
			t.Errorf("%q, %v", role, err)
		}
	})
}

// held makes an edition that waits for a person.
func (h *house) held(why string) string {
	h.t.Helper()
	id, err := h.SendNow(h.ctx, "weekly", "salma by postrider send")
	h.must(err)
	h.must(h.Compose(h.ctx, id))
	h.write(func(tx *store.Tx) error {
		e, err := tx.Edition(h.ctx, id)
		if err != nil {
			return err
		}
		return tx.HoldEdition(h.ctx, e, why)
	})
	return id
}

// A held edition stands on the first page; released there it reaches everybody, and
// the log and the edition's page say who did it and what became of it.
func TestTheDeskReleases(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := buildRunning(t, engine)
		h.join("amina", "badr", "noor")
		h.publish("tides")
		id := h.held("the clock jumped")
		base := serve(t, h.Daemon)
		owner := seated(t, h, base, "owner@people.example", "")
		if _, body := owner.send("/desk/", nil); !strings.Contains(body, "the clock jumped") || !strings.Contains(body, "Send it now, to at most 3") {
			t.Fatalf("the first page:\n%s", body)
		}
		page := "/desk/editions/" + id + "/"
		if _, body := owner.send(page, url.Values{"act": {"release"}}); !strings.Contains(body, "have changed") {
			t.Errorf("released without having been seen:\n%s", body)
		}
		seen := url.Values{"act": {"release"}, "seen": {h.edition(id).Mark()}}
		if at, _ := owner.send(page, seen); at != page {
			t.Fatalf("releasing leads to %s", at)
		}
		if _, err := h.server.Wait(deadline(t), 3); err != nil {
			t.Fatal(err)
		}
		if _, body := owner.send(page, seen); !strings.Contains(body, "Nothing was done") {
			t.Errorf("released twice:\n%s", body)
		}
		_, body := owner.send(page, nil)
		for _, want := range []string{"owner@people.example", "it was held: the clock jumped", "/articles/tides/"} {
			if !strings.Contains(body, want) {
				t.Errorf("no %q in\n%s", want, body)
			}
		}
		acts, err := h.Store.EditionActs(h.ctx, id)
		if err != nil || len(acts) != 1 || acts[0].Who != "owner@people.example" || acts[0].What != "release" {
			t.Errorf("%+v, %v", acts, err)
		}
	})
}

// Why something is dropped is kept without what no database takes, and not without end.
func TestTheDeskCleansReasons(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := buildRunning(t, engine)
		h.join("amina")
		h.publish("tides")
		id := h.held("the clock jumped")
		owner := seated(t, h, serve(t, h.Daemon), "owner@people.example", "")
		owner.send("/desk/editions/"+id+"/", url.Values{"act": {"drop"}, "seen": {h.edition(id).Mark()}, "text": {"wrong\x00\nlead" + strings.Repeat("!", 1000)}})
		acts, err := h.Store.EditionActs(h.ctx, id)
		h.must(err)
		if want := "wrong lead" + strings.Repeat("!", 490); len(acts) != 1 || acts[0].What != "drop" || acts[0].Detail != want {
			t.Errorf("%+v", acts)
		}
	})
}

// Schedules of the configuration are shown with their place in it, and what is done
// to them at the desk is what the commands do.
func TestTheDeskSchedules(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := buildRunning(t, engine)
		h.join("amina")
		h.publish("tides")
		base := serve(t, h.Daemon)
		owner := seated(t, h, base, "owner@people.example", "")
		_, body := owner.send("/desk/schedules/", nil)
		for _, want := range []string{h.file + ":", "every Friday at 07:00", `href="/desk/schedules/weekly/main/"`} {
			if !strings.Contains(body, want) {
				t.Errorf("no %q in\n%s", want, body)
			}
		}
		page := "/desk/schedules/weekly/main/"
		form := url.Values{"act": {"skip"}, "seen": {"weekly/main/2024-10-11/07:00"}}
		if _, body := owner.send(page, form); !strings.Contains(body, "skipped by owner@people.example") {
			t.Errorf("skipped:\n%s", body)
		}
		if _, body := owner.send(page, form); !strings.Contains(body, "another send is next now") || strings.Count(body, "skipped by") != 1 {
			t.Errorf("skipped once more by a page that showed what is skipped already:\n%s", body)
		}
		if _, body := owner.send(page, url.Values{"act": {"pause"}, "until": {"2024-11-01"}}); !strings.Contains(body, `value="resume"`) || !strings.Contains(body, "owner@people.example") {
			t.Errorf("paused:\n%s", body)
		}
		if _, body := owner.send(page, url.Values{"act": {"pause"}, "until": {"2020-01-01"}}); !strings.Contains(body, `class="error"`) {
			t.Errorf("paused until a day that is past:\n%s", body)
		}
		owner.send(page, url.Values{"act": {"resume"}})
		at, _ := owner.send(page, url.Values{"act": {"run"}})
		if !strings.HasPrefix(at, "/desk/editions/") {
			t.Fatalf("run leads to %s", at)
		}
		if _, err := h.server.Wait(deadline(t), 1); err != nil {
			t.Fatal(err)
		}
		acts, err := h.Store.Acts(h.ctx, "weekly", 10)
		h.must(err)
		var did []string
		for _, a := range acts {
			did = append(did, a.What+" by "+a.Who)
		}
		if got := strings.Join(did, ", "); got != "run by owner@people.example, resume by owner@people.example, pause by owner@people.example, skip by owner@people.example" {
			t.Errorf("the log: %s", got)
		}
	})
}

// What a subscriber would get is shown without the links that are theirs, and can be
// mailed to who looks at it; nothing counts as served by it.
func TestTheDeskPreviews(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := buildRunning(t, engine)
		h.join("amina")
		h.publish("tides")
		base := serve(t, h.Daemon)
		owner := seated(t, h, base, "owner@people.example", "")
		amina, err := h.Store.SubscriberByEmail(h.ctx, "amina@people.example")
		h.must(err)
		theirs := []string{h.Members.LeaveToken(amina.ID, "weekly"), h.Members.PreferencesToken(amina)}
		of := url.Values{"newsletter": {"weekly"}, "to": {"amina@people.example"}}
		_, page := owner.send("/desk/preview/?"+of.Encode(), nil)
		_, mail := owner.send("/desk/preview/mail?"+of.Encode(), nil)
		if !strings.Contains(page, "<iframe") || !strings.Contains(page, "/articles/tides/") || !strings.Contains(mail, "/articles/tides/") {
			t.Fatalf("the preview:\n%s\n%s", page, mail)
		}
		if _, body := owner.send("/desk/preview/", of); !strings.Contains(body, "It is mailed to owner@people.example") {
			t.Fatalf("mailing it:\n%s", body)
		}
		all, err := h.server.Wait(deadline(t), 1)
		h.must(err)
		if all[0].To != "owner@people.example" || !strings.HasPrefix(header(t, all[0].Raw, "Subject"), "Test: ") {
			t.Errorf("the mail went to %s:\n%s", all[0].To, all[0].Raw)
		}
		if acts, err := h.Store.SubscriberActs(h.ctx, amina.ID); err != nil || len(acts) != 1 || acts[0].Who != "owner@people.example" || acts[0].What != "test" || acts[0].Newsletter != "weekly" {
			t.Errorf("the test mail is not in the log: %+v, %v", acts, err)
		}
		for _, secret := range theirs {
			if strings.Contains(page+mail+strings.ReplaceAll(string(all[0].Raw), "=\r\n", ""), secret) {
				t.Errorf("a link of the subscriber's is in the preview")
			}
		}
		if h.served("amina") != 0 {
			t.Error("a preview counts as served")
		}
		of.Set("to", "nobody@people.example")
		if _, body := owner.send("/desk/preview/?"+of.Encode(), nil); !strings.Contains(body, `role="alert"`) {
			t.Errorf("of nobody:\n%s", body)
		}
		h.server.SetFault(at("owner", smtptest.RCPT, "451 4.2.1 busy", smtptest.Proceed, -1))
		of.Set("to", "amina@people.example")
		if _, body := owner.send("/desk/preview/", of); !strings.Contains(body, "It was not sent: ") || !strings.Contains(body, "busy") {
			t.Errorf("a relay that refuses:\n%s", body)
		}
	})
}
