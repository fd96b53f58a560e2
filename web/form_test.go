package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
)

// A form that is not ours, on another site or of a program's own making, leads to
// our page with the address filled in, and nothing is kept of it.
func TestFormsFromElsewhereLeadToOurs(t *testing.T) {
	f := newFixture(t)
	const form = "newsletter=weekly&email=amina@example.org&author=salma-oduya"
	there := f.members.StampForm(f.clock.Now().Add(-time.Minute))
	for _, c := range []struct {
		stamp   string
		headers []string
		ours    bool
	}{
		{there, []string{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}, false},
		{there, []string{"Origin", "https://evil.example"}, false},
		{there, []string{"Origin", "null"}, false},
		{"", []string{"Origin", "https://blog.example", "Sec-Fetch-Site", "cross-site"}, false},
		{"", nil, false},
		{"0." + strings.Repeat("A", 22), nil, false},
		{there + "x", nil, false},
		{f.members.LeaveToken("amina", "weekly"), nil, false},
		{there, []string{"Origin", "https://harbour.example", "Sec-Fetch-Site", "same-origin"}, true},
		{there, []string{"Origin", "https://harbour.example"}, true}, // the proxy passed another Host on
		{there, nil, true},
	} {
		a := f.do(request("POST", "/join", form+"&made="+c.stamp, c.headers...))
		if c.ours {
			if a.StatusCode != http.StatusSeeOther {
				t.Errorf("%v: %d", c, a.StatusCode)
			}
			continue
		}
		if a.StatusCode != http.StatusOK || a.Header.Get("Cache-Control") != "no-store" || !strings.Contains(a.body, `value="amina@example.org"`) || !strings.Contains(a.body, `value="salma-oduya" checked`) || strings.Contains(a.body, `role="alert"`) {
			t.Errorf("%v: %d %v\n%s", c, a.StatusCode, a.Header, a.body)
		}
		if _, err := f.store.SubscriberByEmail(context.Background(), "amina@example.org"); magazine.CodeOf(err) != magazine.NotFound || len(f.signUps) > 0 {
			t.Fatalf("%v: something is kept: %v", c, err)
		}
		f.clock.Add(time.Minute)
		if again := f.do(request("POST", "/join", form+"x&made="+madeOf(t, a.body))); again.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(again.body, "there is no author") && !strings.Contains(again.body, "There is no author") {
			t.Errorf("%v: our form is not taken for ours: %d", c, again.StatusCode)
		}
	}
	if len(f.signUps) != 3 {
		t.Errorf("%d confirmations were to be mailed", len(f.signUps))
	}
	for _, path := range []string{"/confirm/x", "/feeds/own/"} {
		if a := f.post(path, "a=b", "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"); a.StatusCode != http.StatusForbidden && a.StatusCode != http.StatusMethodNotAllowed && a.StatusCode != http.StatusNotFound {
			t.Errorf("%s from another site: %d", path, a.StatusCode)
		}
	}
}

// What fills in forms by itself is too quick, too late, or fills in too much. A
// person to whom that happens presses once more.
func TestFormsThatNobodyFilledIn(t *testing.T) {
	f := newFixture(t)
	send := func(made, more string) answer {
		return f.do(request("POST", "/join", "newsletter=weekly&email=amina@example.org&made="+made+more))
	}
	refused := func(what string, a answer, want string) string {
		t.Helper()
		if a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(a.body, want) || !strings.Contains(a.body, `role="alert"`) || !strings.Contains(a.body, `value="amina@example.org"`) || len(f.signUps) > 0 {
			t.Errorf("%s: %d\n%s", what, a.StatusCode, a.body)
		}
		return madeOf(t, a.body)
	}
	page := f.get("/join")
	if page.Header.Get("Cache-Control") != "no-store" {
		t.Error("a cache may keep a form that tells when it was made")
	}
	made := madeOf(t, page.body)
	again := refused("at once", send(made, ""), "That was quicker than anybody types.")
	f.clock.Add(time.Second)
	again = refused("at once again", send(again, ""), "That was quicker than anybody types.")
	f.clock.Add(2 * time.Second)
	trapped := refused("the field that stays empty", send(again, "&message=Buy"), "has a field that must stay empty")
	f.clock.Add(25 * time.Hour)
	again = refused("a day later", send(trapped, ""), "open for more than a day")
	if a := send(trapped, ""); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the old one again: %d", a.StatusCode)
	}
	f.clock.Add(3 * time.Second)
	if a := send(again, ""); a.StatusCode != http.StatusSeeOther || len(f.signUps) != 1 {
		t.Errorf("the new one: %d", a.StatusCode)
	}
}

// What a person had read is kept with what they asked for.
func TestConsentIsKept(t *testing.T) {
	f := newFixture(t)
	wordsOf := func(form string) (version, text string) {
		t.Helper()
		f.clock.Add(time.Hour)
		f.joinAs("amina@example.org", "&form="+url.QueryEscape(form))
		u, err := f.store.SignUp(context.Background(), f.signUps[len(f.signUps)-1])
		if err != nil {
			t.Fatal(err)
		}
		if text, err = f.store.FormText(context.Background(), u.Version); err != nil || u.Version == "" || u.Client != "192.0.2.1" || u.Created == 0 {
			t.Errorf("%s: %+v, %v", form, u, err)
		}
		if want := map[string]string{"/": "/"}[form]; u.Origin != cmp.Or(want, "/join") {
			t.Errorf("%s: it came from %q", form, u.Origin)
		}
		return u.Version, text
	}
	version, text := wordsOf("/join")
	for _, want := range []string{"Mail address", "Send me the confirmation", "Only when you have confirmed there do you get anything more.", "Privacy"} {
		if !strings.Contains(text, want) {
			t.Errorf("the form's words lack %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "Leave this empty") || strings.Contains(text, "Salma") {
		t.Errorf("the form's words have what nobody sees, or what changes by the day:\n%s", text)
	}
	if other, text := wordsOf("/"); other == version || !strings.Contains(text, "Get\nThe Week by the Water") {
		t.Errorf("the front page's words: %s\n%s", other, text)
	}
	if same, _ := wordsOf("/nowhere"); same != version {
		t.Error("a form that there is not has words of its own")
	}
	renamed := newFixture(t, func(o *Options) {
		o.Newsletters = []magazine.Newsletter{{Name: "weekly", Title: "Water Weekly", Description: "Each Friday."}, {Name: "books", Title: "Books"}}
	})
	renamed.joinAs("amina@example.org", "")
	u, err := renamed.store.SignUp(context.Background(), renamed.signUps[0])
	if err != nil || u.Version == version || u.Version == "" {
		t.Errorf("other words have the version %q (%v)", u.Version, err)
	}
}
