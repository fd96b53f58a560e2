package daemon_test

import (
	"io"
	"mime/quotedprintable"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// visitor is a browser without scripts at a running daemon.
type visitor struct {
	t    *testing.T
	base string
	*http.Client
}

func visit(t *testing.T, base string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, base, &http.Client{Jar: jar}}
}

// send opens a page, or sends a form to it, and returns where it led and what
// stands there.
func (v *visitor) send(path string, form url.Values) (at, body string) {
	v.t.Helper()
	open := func() (*http.Response, error) { return v.Get(v.base + path) }
	if form != nil {
		open = func() (*http.Response, error) { return v.PostForm(v.base+path, form) }
	}
	res, err := open()
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return res.Request.URL.Path, string(all)
}

// plain is the text of a message as its reader sees it.
func plain(t *testing.T, raw []byte) string {
	t.Helper()
	_, body, _ := strings.Cut(string(raw), "\r\n\r\n")
	text, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(body)))
	if err != nil && len(text) == 0 {
		t.Fatal(err)
	}
	return string(text)
}

var (
	codeInMail = regexp.MustCompile(`(?m)^  (\d{6})\r?$`)
	pathInMail = regexp.MustCompile(`http://localhost:8080(/(?:signin|preferences|leave|address|confirm)/[^\s"]+)`)
)

// TestAMemberSignsIn: one asks to be signed in, the mail comes, the code is typed
// where it was asked for and a second mail's link is opened elsewhere; they change
// what they get, and sign out.
func TestAMemberSignsIn(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := buildRunning(t, engine)
		h.join("amina")
		base := serve(t, h.Daemon)
		ask := func(v *visitor, email string) (page string) {
			t.Helper()
			page, _ = v.send("/signin", url.Values{"email": {email}})
			if !strings.HasPrefix(page, "/signin/code/") {
				t.Fatalf("asking leads to %q", page)
			}
			return page
		}
		mailed := func(n int) string {
			t.Helper()
			all, err := h.server.Wait(deadline(t), n)
			if err != nil {
				t.Fatal(err)
			}
			return plain(t, all[n-1].Raw)
		}
		desk, phone := visit(t, base), visit(t, base)
		page := ask(desk, "amina@people.example")
		text := mailed(1)
		code := codeInMail.FindStringSubmatch(text)
		if code == nil {
			t.Fatalf("no code in\n%s", text)
		}
		if at, body := desk.send(page, url.Values{"code": {code[1]}}); at != "/preferences" || !strings.Contains(body, "amina@people.example") {
			t.Fatalf("the code leads to %s\n%s", at, body)
		}

		ask(desk, "nobody@people.example") // who gets no mail, so that the next is the second
		ask(phone, "amina@people.example")
		link := pathInMail.FindStringSubmatch(mailed(2))
		if link == nil {
			t.Fatal("no link")
		}
		if _, body := phone.send(link[1], nil); !strings.Contains(body, "Sign in here?") {
			t.Errorf("the link's page:\n%s", body)
		}
		if at, _ := phone.send(link[1], url.Values{}); at != "/preferences" {
			t.Fatalf("the link leads to %s", at)
		}
		if at, body := phone.send(link[1], url.Values{}); at != link[1] || !strings.Contains(body, "done their work") {
			t.Errorf("the link again leads to %s\n%s", at, body)
		}
		if at, body := phone.send("/preferences", url.Values{"newsletter": {"weekly"}, "act": {"save"}, "pause": {"open"}}); at != "/preferences" || !strings.Contains(body, "Saved.") {
			t.Errorf("saving leads to %s\n%s", at, body)
		}
		share, err := h.Store.Subscription(h.ctx, "weekly", h.ids["amina"])
		if err != nil || !share.PausedUntil.Equal(magazine.Indefinitely) {
			t.Errorf("%+v, %v", share, err)
		}
		desk.send("/signout", url.Values{})
		if at, _ := desk.send("/preferences", nil); at != "/signin" {
			t.Errorf("signed out, and still at %s", at)
		}
		phone.send("/account/sessions", url.Values{"everywhere": {"yes"}})
		if at, _ := phone.send("/account", nil); at != "/signin" {
			t.Errorf("signed out everywhere, and still at %s", at)
		}
		if h.log.has("amina@people.example") || h.log.has(code[1]) {
			t.Error("the log names the person or the code")
		}
	})
}

// The mail of a sign-in is sent once, not after a quarter of an hour, and to
// nobody who must not be mailed.
func TestTheMailOfASignIn(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina", "badr")
	ask := func(name string) string {
		t.Helper()
		id, err := h.Members.AskSignIn(h.ctx, name+"@people.example", "", netip.Addr{})
		h.must(err)
		return id
	}
	work := func(id string) {
		t.Helper()
		if wait, err := h.MailSignIn(h.ctx, id); err != nil || wait != 0 {
			t.Fatalf("%v, %v", wait, err)
		}
	}
	id := ask("amina")
	for range 2 { // a job may run twice
		work(id)
	}
	if all := h.server.Messages(); len(all) != 1 || header(t, all[0].Raw, "Message-Id") != "<"+id+".signin@harbour.example>" {
		t.Fatalf("%d messages", len(all))
	}
	late := ask("amina")
	h.clock.Add(members.SignInWithin)
	work(late)
	h.write(func(tx *store.Tx) error { return tx.Suppress(h.ctx, "badr@people.example", "bounced") })
	work(ask("badr"))
	work(ask("nobody"))
	work("no-such-sign-in")
	if n := len(h.server.Messages()); n != 1 {
		t.Errorf("%d messages", n)
	}
}

// TestAMemberMoves changes an address at a running daemon, takes it back by the
// mail to the old one, and has themselves erased.
func TestAMemberMoves(t *testing.T) {
	t.Parallel()
	h := buildRunning(t, "sqlite")
	h.join("amina")
	v := visit(t, serve(t, h.Daemon))
	n := 0
	link := func(to string) string {
		t.Helper()
		n++
		all, err := h.server.Wait(deadline(t), n)
		if err != nil {
			t.Fatal(err)
		}
		if got := all[n-1].To; got != to {
			t.Fatalf("mail %d went to %s, not %s", n, got, to)
		}
		found := pathInMail.FindStringSubmatch(plain(t, all[n-1].Raw))
		if found == nil {
			t.Fatalf("no link in mail %d", n)
		}
		return found[1]
	}
	signIn := func(name string) {
		t.Helper()
		v.send("/signin", url.Values{"email": {name + "@people.example"}})
		if at, _ := v.send(link(name+"@people.example"), url.Values{}); at != "/preferences" {
			t.Fatalf("signing in leads to %s", at)
		}
	}
	email := func() string {
		t.Helper()
		p, err := h.Store.Subscriber(h.ctx, h.ids["amina"])
		if err != nil {
			t.Fatal(err)
		}
		return p.Email
	}
	signIn("amina")
	v.send("/account/address", url.Values{"email": {"yasmin@people.example"}})
	v.send(link("yasmin@people.example"), url.Values{})
	if email() != "yasmin@people.example" {
		t.Fatalf("the address is %s", email())
	}
	v.send(link("amina@people.example"), url.Values{})
	if at, _ := v.send("/account", nil); email() != "amina@people.example" || at != "/signin" {
		t.Errorf("the address is %s, and one is at %s", email(), at)
	}
	signIn("amina")
	if _, body := v.send("/account/erase", url.Values{}); !strings.Contains(body, "You are erased") {
		t.Errorf("erasing:\n%s", body)
	}
	if _, err := h.Store.Subscriber(h.ctx, h.ids["amina"]); magazine.CodeOf(err) != magazine.NotFound {
		t.Error(err)
	}
	v.send("/join", url.Values{"newsletter": {"weekly"}, "email": {"amina@people.example"}, "made": {h.Members.StampForm(h.clock.Now().Add(-time.Minute))}})
	// By their own word they come back.
	if _, body := v.send(link("amina@people.example"), url.Values{}); !strings.Contains(body, "You are on the list") {
		t.Errorf("joining again:\n%s", body)
	}
	signIn("amina")
}

// One who is erased while a message to them waits to be tried again gets no more,
// and the edition comes to its end.
func TestErasedWhileAMessageWaits(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina", "badr")
		h.publish("tides")
		h.server.SetFault(at("amina", smtptest.RCPT, "451 4.2.1 busy", smtptest.Proceed, -1))
		id := h.send()
		if d := h.delivery(id, "amina"); d.State != magazine.Deferred {
			t.Fatalf("%+v", d)
		}
		h.must(h.Members.Erase(h.ctx, h.ids["amina"]))
		h.server.SetFault(nil)
		h.clock.Add(24 * time.Hour)
		h.must(h.Drive(h.ctx))
		h.expectEdition(id, "sent, 1 sent, 1 skipped")
		if got := h.got("amina"); got != "" {
			t.Errorf("one who is erased got %s", got)
		}
	})
}

// A member sees what comes next: when, how much of it is for them, and the mail
// itself, as of now; and a mail's own link leads there.
func TestAMemberSeesWhatComesNext(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina")
		pages, err := h.Pages()
		h.must(err)
		server := httptest.NewServer(pages)
		defer server.Close()
		v := visit(t, server.URL)
		person, err := h.Store.SubscriberByEmail(h.ctx, "amina@people.example")
		h.must(err)
		base := "/preferences/" + h.Members.PreferencesToken(person)
		see := func(want string) {
			t.Helper()
			if _, body := v.send(base, nil); !strings.Contains(body, want) {
				t.Fatalf("no %q in\n%s", want, body)
			}
		}
		see("Your next digest: Friday 07:00 (Nairobi), nothing for you yet.")
		h.publish("tide", "clock")
		see("Your next digest: Friday 07:00 (Nairobi), 2 articles so far.")
		if _, body := v.send(base+"/preview/weekly", nil); !strings.Contains(body, "/articles/tide/") || !strings.Contains(body, "/articles/clock/") {
			t.Errorf("the preview:\n%s", body)
		}
		h.must(h.Members.SetZone(h.ctx, person.ID, "Asia/Tehran"))
		see("Your next digest: Friday 07:30 (Tehran), 2 articles so far.")
		h.send()
		see("nothing for you yet.")
		all := h.server.Messages()
		link := regexp.MustCompile(`http://localhost:8080(/preferences/[^\s"]+)`).FindStringSubmatch(strings.ReplaceAll(string(all[len(all)-1].Raw), "=\r\n", ""))
		if link == nil || link[1] != base {
			t.Fatalf("the mail's link is %q, not %q", link, base)
		}
	})
}

// A person chooses a language: the mail of the next sign-in is in it, and what its
// link leads to, and their data tells it.
func TestAMemberSpeaksArabic(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := buildRunning(t, engine)
		h.join("amina")
		v := visit(t, serve(t, h.Daemon))
		person, err := h.Store.SubscriberByEmail(h.ctx, "amina@people.example")
		h.must(err)
		base := "/preferences/" + h.Members.PreferencesToken(person)
		if at, body := v.send(base, url.Values{"act": {"language"}, "language": {"ar"}}); at != base || !strings.Contains(body, "ما يصلك") {
			t.Fatalf("choosing leads to %s\n%s", at, body)
		}
		v.send("/signin", url.Values{"email": {"amina@people.example"}})
		all, err := h.server.Wait(deadline(t), 1)
		h.must(err)
		if text := plain(t, all[0].Raw); !strings.Contains(text, "اكتب هذا الرمز") || !strings.Contains(string(all[0].Raw), "Content-Language: ar\r\n") {
			t.Errorf("the mail is not in Arabic:\n%s", all[0].Raw)
		}
		link := pathInMail.FindStringSubmatch(plain(t, all[0].Raw))
		if link == nil {
			t.Fatalf("no link in\n%s", all[0].Raw)
		}
		if _, body := v.send(link[1], nil); !strings.Contains(body, "تسجيل الدخول هنا؟") {
			t.Errorf("the link leads to\n%s", body)
		}
		person, err = h.Store.Subscriber(h.ctx, person.ID)
		h.must(err)
		if data, err := h.Members.Data(h.ctx, person); err != nil || data.Language != "ar" {
			t.Errorf("their data: %+v, %v", data, err)
		}
	})
}
