package web

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
)

func (f *fixture) subscription(email string) *magazine.Subscription {
	f.Helper()
	p, err := f.store.SubscriberByEmail(context.Background(), email)
	if err != nil {
		f.Fatal(err)
	}
	s, err := f.store.Subscription(context.Background(), "weekly", p.ID)
	if err != nil {
		f.Fatal(err)
	}
	return s
}

// joinAs signs up and returns the path of the confirmation page.
func (f *fixture) joinAs(email, more string) string {
	f.Helper()
	before := len(f.signUps)
	a := f.post("/join", "newsletter=weekly&email="+url.QueryEscape(email)+more)
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/join/sent" {
		f.Fatalf("sign-up answered %d:\n%s", a.StatusCode, a.body)
	}
	if len(f.signUps) != before+1 {
		f.Fatalf("%d confirmations were to be mailed", len(f.signUps)-before)
	}
	return "/confirm/" + f.members.ConfirmToken(f.signUps[before])
}

func TestJoinConfirmLeave(t *testing.T) {
	f := newFixture(t)
	confirm := f.joinAs("amina@example.org", "&author=salma-oduya&section=science-craft&name=Amina")
	for range 3 { // a mail scanner follows the link as often as it likes
		a := f.get(confirm)
		if a.StatusCode != 200 || !strings.Contains(a.body, "amina@example.org") || !strings.Contains(a.body, "The Week by the Water") || !strings.Contains(a.body, "The Week by the Water, only what is by Salma Oduya or in Science &amp; Craft, to amina@example.org.") {
			t.Fatalf("the confirmation page:\n%s", a.body)
		}
		checkSecret(t, a)
	}
	if s := f.subscription("amina@example.org"); s != nil {
		t.Fatal("a GET confirmed")
	}
	if a := f.post(confirm, ""); a.StatusCode != 200 || !strings.Contains(a.body, "You are on the list") {
		t.Fatalf("confirming answered %d:\n%s", a.StatusCode, a.body)
	}
	s := f.subscription("amina@example.org")
	if s == nil || s.State != magazine.SubscriptionActive || len(s.Follows) != 2 {
		t.Fatalf("confirmed: %+v", s)
	}
	leave := "/leave/" + f.members.LeaveToken(s.Subscriber.ID, "weekly")
	for _, method := range []string{"GET", "HEAD", "GET"} {
		a := f.do(request(method, leave, ""))
		checkSecret(t, a)
	}
	if f.subscription("amina@example.org").State != magazine.SubscriptionActive {
		t.Fatal("a GET left")
	}
	if a := f.post(leave, ""); a.StatusCode != 200 || !strings.Contains(a.body, "You have left The Week by the Water") {
		t.Fatalf("leaving answered %d:\n%s", a.StatusCode, a.body)
	}
	if f.subscription("amina@example.org").State != magazine.SubscriptionLeft {
		t.Fatal("the button does not leave")
	}
	if a := f.get(leave); !strings.Contains(a.body, "You have left") || strings.Contains(a.body, "When you leave") {
		t.Errorf("who has left is asked again:\n%s", a.body)
	}
}

// checkSecret checks what is true of every page whose address is a secret.
func checkSecret(t *testing.T, a answer) {
	t.Helper()
	if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Referrer-Policy") != "same-origin" || a.Header.Get("X-Robots-Tag") != "noindex" {
		t.Errorf("a page with a token may be kept or told of: %v", a.Header)
	}
}

func TestOneClickUnsubscribe(t *testing.T) {
	const multipart = "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n"
	for name, c := range map[string]struct{ kind, body string }{
		"urlencoded": {"application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"},
		"multipart":  {"multipart/form-data; boundary=x", multipart},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.post(f.joinAs("amina@example.org", ""), "")
			s := f.subscription("amina@example.org")
			r := request("POST", "/leave/"+f.members.LeaveToken(s.Subscriber.ID, "weekly"), c.body)
			r.Header.Set("Content-Type", c.kind)
			a := f.do(r)
			if a.StatusCode != 200 || a.body != "You have left The Week by the Water\n" {
				t.Errorf("got %d %q", a.StatusCode, a.body)
			}
			if f.subscription("amina@example.org").State != magazine.SubscriptionLeft {
				t.Error("the mail program's POST does not leave")
			}
		})
	}
}

// madeOf is the stamp of the form on a page.
func madeOf(t *testing.T, page string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, `name="made" value="`)
	stamp, _, _ := strings.Cut(rest, `"`)
	if !ok || stamp == "" {
		t.Fatalf("the form has no stamp:\n%s", page)
	}
	return stamp
}

// The front page's form joins in one step, and is the same for all who read the
// page in an hour.
func TestJoiningFromTheFrontPage(t *testing.T) {
	f := newFixture(t)
	front := f.get("/")
	if again := f.get("/", "If-None-Match", front.Header.Get("ETag")); again.StatusCode != http.StatusNotModified || front.Header.Get("Cache-Control") != pageCache {
		t.Errorf("the front page is another each time: %d", again.StatusCode)
	}
	f.clock.Add(5 * time.Second)
	a := f.do(request("POST", "/join", "newsletter=weekly&form=%2F&message=&email=amina@example.org&made="+madeOf(t, front.body)))
	if a.StatusCode != http.StatusSeeOther || len(f.signUps) != 1 {
		t.Fatalf("%d:\n%s", a.StatusCode, a.body)
	}
	if older := f.get("/?before=5"); strings.Contains(older.body, `name="made"`) {
		t.Error("a page of earlier articles has the form")
	}
	if silent := newFixture(t, func(o *Options) { o.Newsletters = nil }).get("/"); strings.Contains(silent.body, "<form") {
		t.Error("there is nothing to join, and a form")
	}
}

// All networks together are bounded, too, and who comes then loses nothing that
// they typed.
func TestSignUpsAreBoundedTogether(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	f.site.everybody.SetBurst(3)
	n := 0
	try := func() answer {
		n++
		return f.post("/join", fmt.Sprintf("newsletter=weekly&email=reader%d@example.org", n), "X-Forwarded-For", fmt.Sprintf("198.51.%d.1", n))
	}
	for range 3 {
		if a := try(); a.StatusCode != http.StatusSeeOther {
			t.Fatal(a.StatusCode)
		}
	}
	if a := f.post("/join", "newsletter=weekly&email=reader%40", "X-Forwarded-For", "203.0.113.1"); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a form with a fault: %d", a.StatusCode)
	}
	if a := try(); a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" || !strings.Contains(a.body, `value="reader4@example.org"`) || !strings.Contains(a.body, "More people are signing up") || len(f.signUps) != 3 {
		t.Errorf("one too many: %d\n%s", a.StatusCode, a.body)
	}
	f.clock.Add(everybodyEvery)
	if a := try(); a.StatusCode != http.StatusSeeOther {
		t.Errorf("later: %d", a.StatusCode)
	}
}

func TestJoinKeepsWhatWasTyped(t *testing.T) {
	f := newFixture(t)
	a := f.post("/join", "newsletter=weekly&email=amina%40&name=Amina+%3Cb%3E&author=salma-oduya")
	if a.StatusCode != http.StatusUnprocessableEntity || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %d %v", a.StatusCode, a.Header)
	}
	for _, want := range []string{`value="amina@"`, `value="Amina &lt;b&gt;"`, `value="salma-oduya" checked`, `role="alert"`, `aria-invalid="true" aria-describedby="email-error"`, `<p class="error" id="email-error">Write the address as name@domain.`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the form lacks %s:\n%s", want, a.body)
		}
	}
	for name, form := range map[string]string{
		"no newsletter": "email=amina@example.org", "an unknown one": "email=amina@example.org&newsletter=daily",
		"an unknown author": "email=amina@example.org&newsletter=weekly&author=nobody", "too many": "email=amina@example.org&newsletter=weekly" + strings.Repeat("&author=salma-oduya", maxFollows+1),
	} {
		if a := f.post("/join", form); a.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: got %d", name, a.StatusCode)
		}
	}
	if a := f.post("/join", "email="+strings.Repeat("a", maxForm)); a.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a form of more than %d bytes: got %d", maxForm, a.StatusCode)
	}
	if len(f.signUps) != 0 {
		t.Errorf("%d confirmations were to be mailed", len(f.signUps))
	}
}

func TestJoinDoesNotTellWhoIsKnown(t *testing.T) {
	f := newFixture(t)
	f.post(f.joinAs("known@example.org", ""), "")
	known := f.post("/join", "newsletter=weekly&email=known@example.org")
	unknown := f.post("/join", "newsletter=weekly&email=new@example.org")
	known.Header.Del("Date")
	unknown.Header.Del("Date")
	if known.StatusCode != unknown.StatusCode || known.body != unknown.body || known.Header.Get("Location") != unknown.Header.Get("Location") || len(known.Header) != len(unknown.Header) {
		t.Errorf("a known address gets %d %v, a new one %d %v", known.StatusCode, known.Header, unknown.StatusCode, unknown.Header)
	}
}

func TestSignUpsAreBoundedByNetwork(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	try := func(client string) int {
		return f.post("/join", "newsletter=weekly&email=amina@example.org", "X-Forwarded-For", client).StatusCode
	}
	for i := range signUpBurst {
		if got := try("203.0.113.7"); got != http.StatusSeeOther {
			t.Fatalf("sign-up %d: got %d", i, got)
		}
	}
	if got := try("203.0.113.200"); got != http.StatusTooManyRequests {
		t.Errorf("one too many from the network: got %d", got)
	}
	if got := try("198.51.100.1"); got != http.StatusSeeOther {
		t.Errorf("another network: got %d", got)
	}
	f.clock.Add(signUpEvery)
	if got := try("203.0.113.7"); got != http.StatusSeeOther {
		t.Errorf("after %s: got %d", signUpEvery, got)
	}
}

// A form with several faults tells all of them, each at its place, and keeps
// what was typed.
func TestEveryFaultStandsAtItsField(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Newsletters = []magazine.Newsletter{{Name: "weekly", Title: "The Week by the Water"}, {Name: "books", Title: "New Books"}}
	})
	a := f.post("/join", "email=amina%40&name=Amina&author=salma-oduya&section=no-such-section")
	if a.StatusCode != http.StatusUnprocessableEntity {
		t.Fatalf("got %d", a.StatusCode)
	}
	checkPage(t, "/join", a.body, "en", "ltr")
	at := 0
	for _, want := range []string{
		`role="alert">Nothing has been sent yet.`, `value="amina@" aria-invalid="true" aria-describedby="email-error">`, `id="email-error">Write the address as name@domain.`, `value="Amina"`,
		`<fieldset aria-describedby="newsletters-error">`, `id="newsletters-error">Choose at least one newsletter.`, `value="weekly">`,
		`<details open>`, `<p class="error">There is no author, section or tag “no-such-section” to follow.`, `value="salma-oduya" checked`,
	} {
		i := strings.Index(a.body[at:], want)
		if i < 0 {
			t.Fatalf("%s does not stand in its place:\n%s", want, a.body)
		}
		at += i
	}
	if a := f.post("/join", "email=amina%40example.org&newsletter=weekly&newsletter=books"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("a form without faults: got %d", a.StatusCode)
	}
	broken := newFixture(t)
	one := broken.post("/join", "email=amina%40example.org")
	if !strings.Contains(one.body, `role="alert">This form is not as we sent it.`) || strings.Contains(one.body, "newsletters-error") {
		t.Errorf("with one newsletter there is no field for it:\n%s", one.body)
	}
}

// What is said after the button was pressed is what the person gets.
func TestConfirmingSaysWhatOneGets(t *testing.T) {
	f := newFixture(t)
	confirm := func(more string) (path, text string) {
		t.Helper()
		f.clock.Add(time.Hour)
		path = f.joinAs("amina@example.org", more)
		a := f.post(path, "")
		checkSecret(t, a)
		if a.StatusCode != 200 || strings.Contains(a.body, "<button") {
			t.Fatalf("got %d:\n%s", a.StatusCode, a.body)
		}
		return path, a.body
	}
	wants := func(what, body string, texts ...string) {
		t.Helper()
		for _, text := range texts {
			if !strings.Contains(body, text) {
				t.Errorf("%s: %q is not said:\n%s", what, text, body)
			}
		}
	}
	const all = "You get The Week by the Water at amina@example.org, with everything in it."
	narrow, body := confirm("&section=science-craft")
	wants("a section", body, "You are on the list", "You get The Week by the Water at amina@example.org, only what is in Science &amp; Craft.")
	_, body = confirm("&author=salma-oduya&author=junichi-vale")
	wants("two authors more", body, "You are on the list", "only what is by Jun&#39;ichi Vale or Salma Oduya or in Science &amp; Craft.")
	_, body = confirm("")
	wants("everything", body, "You are on the list", all)
	_, body = confirm("&section=science-craft")
	wants("less than one has", body, "You get that already", "Nothing has changed.", all, "If you want less of it")
	if strings.Contains(body, "You are on the list") {
		t.Error("it is said to have worked")
	}
	for name, a := range map[string]answer{"reopened": f.get(narrow), "pressed again": f.post(narrow, "")} {
		checkSecret(t, a)
		wants(name, a.body, "You are on the list", "This link has done its work.", all)
		if strings.Contains(a.body, "<button") {
			t.Errorf("%s: it is asked again", name)
		}
	}
	f.clock.Add(time.Hour)
	f.post("/leave/"+f.members.LeaveToken(f.subscription("amina@example.org").Subscriber.ID, "weekly"), "")
	if a := f.get(narrow); a.StatusCode != http.StatusBadRequest || !strings.Contains(a.body, "You have left since") || strings.Contains(a.body, "amina") {
		t.Errorf("after leaving: %d\n%s", a.StatusCode, a.body)
	}
}

func TestAfterSigningUp(t *testing.T) {
	body := newFixture(t).get("/join/sent").body
	for _, want := range []string{"press it within 7 days", "unwanted mail", "sign up once more", "turned our mail away"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q:\n%s", want, body)
		}
	}
}

// Where a newsletter lets people choose their hour, the form asks for it and for
// the zone, and what is said before and after the button tells the hour.
func TestJoiningSaysTheHour(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Newsletters = []magazine.Newsletter{{Name: "weekly", Title: "The Week by the Water", OwnHour: true}}
	})
	a := f.get("/join")
	checkPage(t, "/join", a.body, "en", "ltr")
	for _, want := range []string{`<label for="hour-weekly">At what hour</label>`, `<option value="schedule" selected>At its usual time</option>`, `<option value="00:00">00:00</option>`, `<option value="23:00">23:00</option>`, `name="timezone"`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("%s is not there:\n%s", want, a.body)
		}
	}
	if a := f.post("/join", "newsletter=weekly&hour-weekly=20:00&timezone=Mars%2FOlympus&email=amina%40example.org"); !strings.Contains(a.body, `<option value="20:00" selected>`) || strings.Contains(a.body, `value="schedule" selected`) ||
		!strings.Contains(a.body, `value="Mars/Olympus" aria-invalid="true" aria-describedby="timezone-error"`) || !strings.Contains(a.body, "“Mars/Olympus” is no time zone. Write one like Africa/Nairobi.") {
		t.Errorf("what was chosen is forgotten, or what is wrong not said:\n%s", a.body)
	}
	if a := f.post("/join", "newsletter=weekly&hour-weekly=24:00&email=amina%40example.org"); a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(a.body, "“24:00” is no hour of the day. Write one from 0 to 23, such as 07:00.") {
		t.Errorf("got %d", a.StatusCode)
	}
	path := f.joinAs("amina@example.org", "&hour-weekly=20:00&timezone=Asia/Kolkata")
	if a := f.get(path); !strings.Contains(a.body, "The Week by the Water (at 20:00) to amina@example.org.") {
		t.Errorf("the confirmation page:\n%s", a.body)
	}
	f.post(path, "")
	if n := f.subscription("amina@example.org"); n == nil || n.Hour != "20:00" || n.Subscriber.Timezone != "Asia/Kolkata" {
		t.Errorf("%+v", n)
	}
	f.post(f.joinAs("amina@example.org", "&hour-weekly=schedule"), "")
	if n := f.subscription("amina@example.org"); n == nil || n.Hour != "" || n.Subscriber.Timezone != "Asia/Kolkata" {
		t.Errorf("back at its usual time: %+v", n)
	}
	other := newFixture(t)
	if a := other.get("/join"); strings.Contains(a.body, "timezone") || strings.Contains(a.body, "<select") {
		t.Error("a newsletter that lets nobody choose asks for the hour")
	}
	other.post(other.joinAs("bo@example.org", "&hour-weekly=20:00"), "")
	if n := other.subscription("bo@example.org"); n == nil || n.Hour != "" {
		t.Errorf("bo has an hour: %+v", n)
	}
}

// Where a newsletter comes as often as one likes, the form asks how often, and
// what is said before and after the button tells it.
func TestJoiningSaysHowOften(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Newsletters = []magazine.Newsletter{{Name: "weekly", Title: "The Week by the Water",
			Frequencies: []magazine.Frequency{{Name: "main", Title: "On Fridays"}, {Name: "daily", Title: "Every evening"}}}}
	})
	a := f.get("/join")
	checkPage(t, "/join", a.body, "en", "ltr")
	for _, want := range []string{"<legend>How often</legend>", `type="radio" name="often-weekly" value="main" checked> <span><bdi>On Fridays</bdi>`, `name="often-weekly" value="daily"> <span><bdi>Every evening</bdi>`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("%s is not there:\n%s", want, a.body)
		}
	}
	if a := f.post("/join", "newsletter=weekly&often-weekly=daily&email=amina%40"); !strings.Contains(a.body, `value="daily" checked>`) || strings.Contains(a.body, `value="main" checked>`) {
		t.Errorf("what was chosen is forgotten:\n%s", a.body)
	}
	if a := f.post("/join", "newsletter=weekly&often-weekly=hourly&email=amina%40example.org"); a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(a.body, "This form is not as we sent it.") {
		t.Errorf("got %d", a.StatusCode)
	}
	path := f.joinAs("amina@example.org", "&often-weekly=daily")
	if a := f.get(path); !strings.Contains(a.body, "The Week by the Water (Every evening) to amina@example.org.") {
		t.Errorf("the confirmation page:\n%s", a.body)
	}
	if a := f.post(path, ""); !strings.Contains(a.body, "You get The Week by the Water (Every evening) at amina@example.org, with everything in it.") {
		t.Errorf("after the button:\n%s", a.body)
	}
	if n := f.subscription("amina@example.org"); n == nil || n.Frequency != "daily" {
		t.Errorf("%+v", n)
	}
	path = f.joinAs("bo@example.org", "")
	if a := f.get(path); !strings.Contains(a.body, "The Week by the Water (On Fridays) to bo@example.org.") {
		t.Errorf("without a word:\n%s", a.body)
	}
}
