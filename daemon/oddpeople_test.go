package daemon_test

import (
	"bytes"
	"io"
	"net/http"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"postrider/daemon"
	"postrider/magazine"
	"postrider/members"
)

// oddPeople are names and addresses that are more than they seem, somewhere.
var oddPeople = []struct{ name, email string }{
	{"{{.}} {{template \"layout\"}} [[unsubscribe]]", "{{.}}@people.example"},
	{"<script>alert(1)</script>", `"<script>alert(1)</script>"@people.example`},
	{"\"><img src=x onerror=alert(1)>", `"\"><img src=x>"@people.example`},
	{"Amina\r\nBcc: mallory@evil.example\r\n\r\nText", `"a, b; c: d@e"@people.example`},
	{"\u202Etxt.exe\u2066\u200F", "سالم@people.example"},
	{"=HYPERLINK(1) ?= =?utf-8?q?x?=", "=?utf-8?q?a?=@people.example"},
	{"Robert'); DROP TABLE subscribers;--", "o'%_\u0438@people.example"},
	{strings.Repeat("ż", 5000), strings.Repeat("ж", 31) + "@people.example"},
}

var insideTags = regexp.MustCompile(`(?s)<style>.*?</style>`)

// Whatever a name and an address look like, pages and mails show them as text: no
// template runs, nothing becomes HTML, no line of a header comes of them, and no mark
// of direction reaches past them. In by the form, and in by a list.
func TestOddPeople(t *testing.T) {
	t.Parallel()
	h := buildRunning(t, "sqlite")

	base := serve(t, h.Daemon)
	listed := "email,name,hour\n"
	for _, p := range oddPeople {
		email := "l." + p.email
		if rest, ok := strings.CutPrefix(p.email, `"`); ok {
			email = `"l.` + rest
		}
		listed += quotedField(email) + "," + quotedField(p.name) + ",\n"
	}
	done, err := h.Members.Import(h.ctx, strings.NewReader(listed), members.ImportOptions{Confirmed: true, Newsletters: []string{"weekly"}})
	h.must(err)
	if done.Added != len(oddPeople) {
		t.Fatalf("%+v", done)
	}
	shown := func(what, text string, p struct{ name, email string }) {
		t.Helper()
		for _, bad := range []string{"<script>alert", "<img src=x", "\nBcc:"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s of %q has %q:\n%s", what, p.email, bad, text)
			}
		}
		if open := strings.Count(text, "\u202E"); open > 0 {
			t.Errorf("%s of %q turns what follows", what, p.email)
		}
	}
	n := 0
	for _, p := range oddPeople {
		v := visit(t, base)
		form := url.Values{"newsletter": {"weekly"}, "email": {" " + p.email + " "}, "name": {p.name}, "made": {h.Members.StampForm(h.clock.Now().Add(-time.Minute))}}
		if at, body := v.send("/join", form); at != "/join/sent" {
			t.Fatalf("%q: led to %s\n%s", p.email, at, body)
		}
		bare, err := mail.ParseAddress("<" + p.email + ">")
		h.must(err)
		next := func() string {
			t.Helper()
			n++
			all, err := h.server.Wait(deadline(t), n)
			h.must(err)
			raw := all[n-1].Raw
			m, err := mail.ReadMessage(bytes.NewReader(raw))
			h.must(err)
			to, err := m.Header.AddressList("To")
			if err != nil || len(to) != 1 || to[0].Address != bare.Address || m.Header.Get("Bcc") != "" || len(m.Header["Subject"]) != 1 {
				t.Errorf("%q: a mail to %v: %v\n%v", p.email, to, err, m.Header)
			}
			shown("a mail", htmlPart(t, raw), p)
			return plain(t, raw)
		}
		link := pathInMail.FindStringSubmatch(next())
		if link == nil {
			t.Fatalf("%q: no link", p.email)
		}
		_, page := v.send(link[1], nil)
		shown("the page that asks", page, p)
		_, page = v.send(link[1], url.Values{})
		shown("the page that tells", page, p)
		person, err := h.Store.SubscriberByEmail(h.ctx, p.email)
		h.must(err)
		if person.State != magazine.Confirmed || len(person.Name) > 100 {
			t.Errorf("%q is %+v", p.email, person)
		}
		v.send("/signin", url.Values{"email": {p.email}})
		if link = pathInMail.FindStringSubmatch(next()); link == nil {
			t.Fatalf("%q: no link", p.email)
		}
		_, page = v.send(link[1], nil)
		shown("the page that signs in", page, p)
		if at, page := v.send(link[1], url.Values{}); at != "/preferences" || !strings.Contains(page, "people.example") {
			t.Errorf("%q: signing in leads to %s", p.email, at)
		} else {
			shown("preferences", page, p)
		}
		for _, path := range []string{"/account", "/account/erase", "/preferences/preview/weekly", "/leave/" + h.Members.LeaveToken(person.ID, "weekly")} {
			_, page := v.send(path, nil)
			shown(path, insideTags.ReplaceAllString(page, ""), p)
		}
	}
	before := n
	h.publish("fog")
	_, err = h.Send(h.ctx, "weekly", "test", func(daemon.Progress) {})
	h.must(err)
	n = len(h.server.Messages())
	if n-before != 2*len(oddPeople) {
		t.Errorf("%d digests", n-before)
	}
	for _, m := range h.server.Messages()[before:] {
		shown("a digest", htmlPart(t, m.Raw), struct{ name, email string }{"", m.To})
		if parsed, err := mail.ReadMessage(bytes.NewReader(m.Raw)); err != nil || parsed.Header.Get("Bcc") != "" {
			t.Errorf("%v", err)
		} else if to, err := parsed.Header.AddressList("To"); err != nil || len(to) != 1 {
			t.Errorf("to %v: %v", to, err)
		}
	}
	var list bytes.Buffer
	h.must(h.Members.Export(h.ctx, "weekly", &list))
	again, err := h.Members.Import(h.ctx, bytes.NewReader(list.Bytes()), members.ImportOptions{Confirmed: true, Newsletters: []string{"weekly"}})
	if h.must(err); again.Known != 2*len(oddPeople) {
		t.Errorf("the list comes back as %+v:\n%s", again, &list)
	}
}

// htmlPart is what a mail program shows of a message as HTML; the other part is text.
func htmlPart(t *testing.T, raw []byte) string {
	t.Helper()
	_, html, ok := strings.Cut(plain(t, raw), "Content-Type: text/html")
	if !ok {
		t.Fatalf("no HTML in\n%s", raw)
	}
	return html
}

// quotedField is a field of a CSV in quotation marks.
func quotedField(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// A form with fields of a megabyte is refused in words, and keeps nothing.
func TestFieldsOfAMegabyte(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina")
	p, err := h.Store.SubscriberByEmail(h.ctx, "amina@people.example")
	h.must(err)
	base, big := serve(t, h.Daemon), strings.Repeat("a", 1<<20)
	for path, fields := range map[string][]string{
		"/join": {"email", "name", "made", "newsletter", "timezone", "author"}, "/signin": {"email", "next"}, "/signin/code/x": {"code"},
		"/preferences/" + h.Members.PreferencesToken(p): {"newsletter", "q", "timezone", "until", "section"}, "/leave/" + h.Members.LeaveToken(p.ID, "weekly"): {"act", "reason", "often"},
	} {
		for _, field := range fields {
			form := url.Values{"newsletter": {"weekly"}, "email": {"b@people.example"}, "act": {"find"}}
			form.Set(field, big)
			res, err := http.PostForm(base+path, form)
			if err != nil {
				continue // the connection is closed on who goes on sending
			}
			body, _ := io.ReadAll(res.Body)
			res.Body.Close()
			if res.StatusCode < 400 || res.StatusCode >= 500 || !strings.Contains(string(body), "</html>") || len(body) > 100_000 {
				t.Errorf("%s with a huge %s: %d, %d bytes", path, field, res.StatusCode, len(body))
			}
		}
	}
	if share, err := h.Store.Subscription(h.ctx, "weekly", p.ID); err != nil || share.State != magazine.SubscriptionActive {
		t.Errorf("%+v, %v", share, err)
	}
	if _, err := h.Store.SubscriberByEmail(h.ctx, "b@people.example"); magazine.CodeOf(err) != magazine.NotFound {
		t.Error("somebody was kept:", err)
	}
}
