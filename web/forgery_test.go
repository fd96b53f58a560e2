package web

import (
	"context"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/store"
)

var (
	postRoute = regexp.MustCompile(`\bpost\("(/[^"]*)"`)
	wildcard  = regexp.MustCompile(`\{(\w+|\$)\}`)
)

// No form on another site does anything with what a browser has of ours: whatever
// takes a form refuses it, but for the two that need nothing of the browser.
func TestNoFormFromAnotherSiteDoesAnything(t *testing.T) {
	f, _ := withOwnFeeds(t)
	var routes []string
	for _, file := range []string{"web.go", "signin.go"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range postRoute.FindAllStringSubmatch(string(source), -1) {
			routes = append(routes, m[1])
		}
	}
	if len(routes) < 15 || !slices.Contains(routes, "/account/erase") || !slices.Contains(routes, "/feeds/own/{$}") {
		t.Fatalf("these are not all routes: %q", routes)
	}
	all := linkRoutes(f)
	cookie := f.signIn("amina@example.org")
	before := f.everything()
	forms := "newsletter=weekly&act=drop&email=mallory@example.org&everywhere=yes&language=ar&timezone=Asia/Tehran"
	for _, path := range routes {
		if path == "/join" || path == "/leave/{token}" {
			continue
		}
		tokens := []string{"x"}
		if strings.Contains(path, "{token}") {
			for _, r := range all {
				if strings.HasPrefix(path, r.before+"{token}") {
					tokens = append(tokens, r.good)
				}
			}
			if len(tokens) == 1 {
				t.Errorf("no token for %s", path)
			}
		}
		for _, token := range tokens {
			at := wildcard.ReplaceAllStringFunc(path, func(name string) string {
				return map[bool]string{true: "", false: token}[name == "{$}"]
			})
			for _, from := range [][]string{{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site", "Origin", "https://other.harbour.example"},
				{"Origin", "https://harbour.example.evil.example", "Referer", "https://harbour.example/"}} {
				res := f.do(request("POST", at, forms, append(from, "Cookie", cookie)...))
				if res.StatusCode != http.StatusForbidden || len(res.Cookies()) > 0 || !strings.Contains(res.body, "another site") {
					t.Errorf("%s from %v: %d, %v\n%s", at, from, res.StatusCode, res.Cookies(), res.body)
				}
			}
		}
	}
	if after := f.everything(); after != before {
		t.Errorf("something changed:\n%s\nbefore:\n%s", after, before)
	}
}

// Whatever a browser brings before somebody signs in, the session is a new one, and
// what it brought opens nothing.
func TestASessionCannotBePlanted(t *testing.T) {
	f := newFixture(t)
	f.member("amina@example.org")
	f.member("mallory@example.org")
	mallorys := f.signIn("mallory@example.org") // which he plants in her browser
	for what, planted := range map[string]string{"made up": "__Host-session=0123456789abcdef0123456789abcdef", "of another": mallorys, "empty": "__Host-session=", "odd": "__Host-session=\"<b>\"; session=x"} {
		for _, way := range []string{"link", "code"} {
			page, id := f.askSignIn("amina@example.org", "")
			path, form := "/signin/"+f.members.SignInToken(id), ""
			if way == "code" {
				path, form = page, "code="+f.members.SignInCode(id)
			}
			res := f.post(path, form, "Cookie", planted)
			if len(res.Cookies()) != 1 || res.StatusCode != http.StatusSeeOther {
				t.Fatalf("%s, by %s: %d, %v", what, way, res.StatusCode, res.Cookies())
			}
			c := res.Cookies()[0]
			if c.Value == "" || strings.Contains(planted, c.Value) || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode {
				t.Errorf("%s, by %s: the cookie %v", what, way, c)
			}
			if body := f.get("/account", "Cookie", c.Name+"="+c.Value).body; !strings.Contains(body, "amina@example.org") {
				t.Errorf("%s, by %s: she is not signed in", what, way)
			}
			if body := f.get("/account", "Cookie", planted).body; strings.Contains(body, "amina@example.org") {
				t.Errorf("%s, by %s: what was planted opens her account", what, way)
			}
			f.clock.Add(25 * time.Hour) // an address is mailed a few times a day
		}
	}
}

// No answer to an address tells what we know of it.
func TestAnswersTellNothingOfAnAddress(t *testing.T) {
	f := newFixture(t)
	signedIn := f.member("self@example.org")
	cookie := f.signIn("self@example.org")
	f.member("known@example.org")
	if err := f.members.Erase(f.Context(), f.member("erased@example.org").ID); err != nil {
		t.Fatal(err)
	}
	left := f.member("left@example.org")
	if err := f.members.Leave(f.Context(), f.members.LeaveToken(left.ID, "weekly")); err != nil {
		t.Fatal(err)
	}
	bounced := f.member("bounced@example.org").Email
	f.write(func(ctx context.Context, tx *store.Tx) error { return tx.Suppress(ctx, bounced, "bounced") })
	addresses := []string{"nobody@example.org", "known@example.org", "erased@example.org", "left@example.org", "bounced@example.org", "self@example.org"}
	ids := regexp.MustCompile(`/signin/code/[a-z0-9]+`)
	for what, ask := range map[string]func(email string) answer{
		"joining":    func(email string) answer { return f.post("/join", "newsletter=weekly&email="+email) },
		"signing in": func(email string) answer { return f.post("/signin", "email="+email) },
		"another address": func(email string) answer {
			return f.post("/account/address", "email="+email, "Cookie", cookie)
		},
	} {
		want := ""
		for _, email := range addresses {
			if what == "another address" && email == signedIn.Email {
				continue
			}
			f.clock.Add(time.Hour)
			res := ask(email)
			res.Header.Del("Date")
			got := ids.ReplaceAllString(http.StatusText(res.StatusCode)+" "+res.Header.Get("Location")+"\n"+strings.ReplaceAll(res.body, email, "EMAIL"), "ID")
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("%s, %s:\n%s\nof nobody:\n%s", what, email, got, want)
			}
		}
	}
	if p, err := f.store.SubscriberByEmail(f.Context(), "left@example.org"); err != nil || p.State != magazine.Unsubscribed {
		t.Errorf("%+v, %v", p, err)
	}
}
