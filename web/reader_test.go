package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"postrider/feeds"
	"postrider/magazine"
)

const patronBody = "Only patrons may read who lit it."

// signedIn makes a publication with a tier of its own in which a cookie named
// tier signs one in.
func signedIn(t *testing.T) *fixture {
	f := newFixture(t, func(o *Options) {
		o.Publication.Tiers = magazine.Tiers{"supporter", "patron"}
		o.reader = func(r *http.Request) (Reader, error) {
			c, err := r.Cookie("tier")
			switch {
			case err != nil:
				return Reader{}, nil
			case c.Value == "broken":
				return Reader{}, magazine.Errorf(magazine.Unavailable, "the database does not answer")
			}
			return Reader{Subscriber: "amina", Tier: magazine.Tier(c.Value)}, nil
		}
	})
	f.put(magazine.Article{Slug: "lit", Title: "Who Lit It", Access: "patron", Teaser: "<p>Somebody did.</p>", HTML: "<p>Somebody did.</p><p>" + patronBody + "</p>"},
		magazine.Article{Slug: "oil", Title: "Oil", Access: "supporter", Teaser: "<p>Oil.</p>", HTML: "<p>Oil.</p>"})
	return f
}

func (f *fixture) as(tier, path string, headers ...string) answer {
	r := request("GET", path, "")
	if tier != "" {
		r.AddCookie(&http.Cookie{Name: "tier", Value: tier})
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return f.do(r)
}

// Who may read an article in full does so when signed in, and nobody else; no
// cache gives one what another got.
func TestSignedInReaders(t *testing.T) {
	f := signedIn(t)
	for _, c := range []struct {
		path, secret string
		may          string // tiers
	}{
		{"/articles/green-lamp/", secretBody, "member supporter patron of-old"},
		{"/articles/lit/", patronBody, "patron"},
	} {
		for _, tier := range []string{"", "free", "member", "supporter", "patron", "of-old"} {
			a := f.as(tier, c.path)
			may := tier != "" && strings.Contains(c.may, tier)
			if a.StatusCode != http.StatusOK || strings.Contains(a.body, c.secret) != may || strings.Contains(a.body, `class="wall"`) == may {
				t.Errorf("%q at %s: %d, reads it %v", tier, c.path, a.StatusCode, strings.Contains(a.body, c.secret))
			}
			cache := map[bool]string{true: pageCache, false: memberCache}[tier == ""]
			if a.Header.Get("Cache-Control") != cache || a.Header.Get("Vary") != "Cookie" {
				t.Errorf("%q at %s: cached as %q by %q", tier, c.path, a.Header.Get("Cache-Control"), a.Header.Get("Vary"))
			}
			again := f.as(tier, c.path, "If-None-Match", a.Header.Get("ETag"))
			if again.StatusCode != http.StatusNotModified || again.Header.Get("Cache-Control") != cache || again.Header.Get("Vary") != "Cookie" {
				t.Errorf("%q at %s once more: %d, %v", tier, c.path, again.StatusCode, again.Header)
			}
			if other := f.as("", c.path, "If-None-Match", a.Header.Get("ETag")); tier != "" && other.StatusCode != http.StatusOK {
				t.Errorf("who is not signed in has the entity of %q", tier)
			}
		}
	}
	for path, wants := range map[string][]string{
		"/articles/green-lamp/": {"members of <bdi>Harbour &amp; Horizon</bdi>.</p>", `<a href="/signin?next=%2Farticles%2Fgreen-lamp%2F">Sign in to read it</a>`, `<a href="/join">Join</a>`},
		"/articles/lit/":        {"with the tier <bdi>patron</bdi>.</p>"},
		"/articles/oil/":        {"with the tier <bdi>supporter</bdi> or a higher one.</p>"},
	} {
		for _, want := range wants {
			if a := f.get(path); !strings.Contains(a.body, want) {
				t.Errorf("%s lacks %s", path, want)
			}
		}
	}
	if a := f.as("member", "/articles/lit/"); !strings.Contains(a.body, "You are signed in, and it is not among what you may read.") || strings.Contains(a.body, "/signin?") || strings.Contains(a.body, ">Join<") {
		t.Error("one who is signed in is not told why they do not read it")
	}
	a := f.as("member", "/articles/tide-clocks/")
	if a.Header.Get("Cache-Control") != pageCache || a.Header.Get("Vary") != "" {
		t.Errorf("what everyone reads is cached as %q by %q", a.Header.Get("Cache-Control"), a.Header.Get("Vary"))
	}
	a = f.as("broken", "/articles/green-lamp/")
	if a.StatusCode != http.StatusServiceUnavailable || strings.Contains(a.body, secretBody) || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("a session that cannot be read: %d %s", a.StatusCode, a.Header.Get("Cache-Control"))
	}
	for _, path := range []string{"/", "/sections/letters-from-the-coast/", "/authors/salma-oduya/", "/issues/12/10/", "/sitemap.xml"} {
		if a := f.as("patron", path); strings.Contains(a.body, secretBody) || strings.Contains(a.body, patronBody) {
			t.Errorf("%s shows what only members may read", path)
		}
	}
}

// A session opens what is for members, for as long as the person's tier counts
// and the session lasts; their pages lead to feeds of their own.
func TestSessionsOpenWhatIsForMembers(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Own = feeds.NewOwn(o.Store, feeds.Builder{Publication: o.Publication, Authority: "harbour.example"}, feeds.CacheBytes, nil)
	})
	p := f.member("amina@example.org")
	cookie := f.signIn("amina@example.org")
	reads := func(what string, want bool, headers ...string) {
		t.Helper()
		a := f.get("/articles/green-lamp/", headers...)
		if got := strings.Contains(a.body, secretBody); got != want || a.StatusCode != http.StatusOK || a.Header.Get("Vary") != "Cookie" {
			t.Errorf("%s: reads it %v, %d %v", what, got, a.StatusCode, a.Header)
		}
	}
	set := func(tier magazine.Tier, ends string) {
		t.Helper()
		if _, err := f.members.SetTier(f.Context(), p.Email, tier, ends); err != nil {
			t.Fatal(err)
		}
	}
	reads("free", false, "Cookie", cookie)
	set(magazine.Member, f.clock.Now().Add(time.Hour).Format(time.RFC3339))
	reads("a member", true, "Cookie", cookie)
	reads("a member without the cookie", false)
	reads("a cookie of nobody", false, "Cookie", cookie+"x")
	f.clock.Add(time.Hour)
	reads("the tier has ended", false, "Cookie", cookie)
	set(magazine.Member, "never")
	reads("a member again", true, "Cookie", cookie)
	for _, path := range []string{"/preferences", "/account"} {
		if a := f.get(path, "Cookie", cookie); !strings.Contains(a.body, `href="/feeds/own/"`) {
			t.Errorf("%s does not lead to the feeds: %d", path, a.StatusCode)
		}
	}
	if a := f.get("/feeds/own/", "Cookie", cookie); a.StatusCode != http.StatusOK || !strings.Contains(a.body, f.address(p.ID)+"rss.xml") {
		t.Errorf("the page of own feeds: %d", a.StatusCode)
	}
	if a := f.post("/signout", "", "Cookie", cookie); a.StatusCode >= 400 {
		t.Fatal(a.StatusCode)
	}
	reads("signed out", false, "Cookie", cookie)
}
