package web

import (
	"net/http"
	"strings"
	"testing"
)

const anHTML, none = "text/html; charset=utf-8", ""

var routes = []struct {
	path     string
	status   int
	kind     string
	location string
}{
	{"/", 200, anHTML, none},
	{"/?before=3", 200, anHTML, none},
	{"/?before=x", 400, anHTML, none},
	{"/articles/tide-clocks/", 200, anHTML, none},
	{"/articles/tide-clocks", 301, none, "/articles/tide-clocks/"},
	{"/articles/tide-clocks?a=b", 301, none, "/articles/tide-clocks/?a=b"},
	{"/articles/old-name/", 301, none, "/articles/new-name/"},
	{"/articles/new-name/", 200, anHTML, none},
	{"/articles/moved/", 302, none, "https://else.example/home?a=1&b=2"},
	{"/articles/gone/", 410, anHTML, none},
	{"/articles/a-draft/", 404, anHTML, none},
	{"/articles/tomorrow/", 404, anHTML, none},
	{"/articles/no-such/", 404, anHTML, none},
	{"/articles/risala/", 200, anHTML, none},
	{"/authors", 301, none, "/authors/"},
	{"/authors/", 200, anHTML, none},
	{"/authors/salma-oduya", 301, none, "/authors/salma-oduya/"},
	{"/authors/salma-oduya/", 200, anHTML, none},
	{"/authors/nobody/", 404, anHTML, none},
	{"/sections/science-craft/", 200, anHTML, none},
	{"/sections/nothing/", 404, anHTML, none},
	{"/issues", 301, none, "/issues/"},
	{"/issues/", 200, anHTML, none},
	{"/issues/12/9", 301, none, "/issues/12/9/"},
	{"/issues/12/9/", 200, anHTML, none},
	{"/issues/12/10/", 200, anHTML, none},
	{"/issues/12/99/", 404, anHTML, none},
	{"/privacy/", 200, anHTML, none},
	{"/terms/", 200, anHTML, none},
	{"/media/c0ffee/dial.png", 200, "image/png", none},
	{"/media/0000/dial.png", 404, anHTML, none},
	{"/join", 200, anHTML, none},
	{"/join?author=salma-oduya", 200, anHTML, none},
	{"/join/sent", 200, anHTML, none},
	{"/confirm/nonsense", 404, anHTML, none},
	{"/leave/nonsense", 404, anHTML, none},
	{"/sitemap.xml", 200, "application/xml; charset=utf-8", none},
	{"/robots.txt", 200, "text/plain; charset=utf-8", none},
	{"/style.css", 200, "text/css; charset=utf-8", none},
	{"/favicon.svg", 200, "image/svg+xml", none},
	{"/favicon.ico", 200, "image/x-icon", none},
	{"/healthz", 200, "text/plain; charset=utf-8", none},
	{"/readyz", 200, "text/plain; charset=utf-8", none},
	{"/rss.xml", 200, "application/xml", none},
	{"/feeds.opml", 200, "application/xml", none},
	{"/authors/salma-oduya/atom.xml", 200, "application/xml", none},
	{"/issues/12/9/feed.json", 200, "application/xml", none},
	{"/nothing/here", 404, anHTML, none},
}

func TestRoutes(t *testing.T) {
	f := newFixture(t)
	for _, c := range routes {
		a := f.get(c.path)
		if a.StatusCode != c.status || a.Header.Get("Content-Type") != c.kind || a.Header.Get("Location") != c.location {
			t.Errorf("%s: got %d %q to %q, want %d %q to %q", c.path, a.StatusCode, a.Header.Get("Content-Type"), a.Header.Get("Location"), c.status, c.kind, c.location)
		}
		if a.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: no nosniff", c.path)
		}
		if a.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: sets a cookie", c.path)
		}
		if c.kind == anHTML && (!strings.HasPrefix(a.Header.Get("Content-Security-Policy"), pagePolicy) || a.Header.Get("Cache-Control") == "" || a.Header.Get("Referrer-Policy") == "") {
			t.Errorf("%s: headers are missing: %v", c.path, a.Header)
		}
		head := f.do(request("HEAD", c.path, ""))
		if head.StatusCode != c.status || head.body != "" && c.kind == anHTML {
			t.Errorf("HEAD %s: got %d and %d bytes", c.path, head.StatusCode, len(head.body))
		}
	}
}

func TestWrongMethodIsRefused(t *testing.T) {
	f := newFixture(t)
	if a := f.post("/articles/tide-clocks/", "x=1"); a.StatusCode != http.StatusMethodNotAllowed || !strings.Contains(a.Header.Get("Allow"), "GET") {
		t.Errorf("got %d, Allow %q", a.StatusCode, a.Header.Get("Allow"))
	}
}

func TestWithdrawnTellsWhy(t *testing.T) {
	a := newFixture(t).get("/articles/gone/")
	if !strings.Contains(a.body, "The source could not be found again.") || !strings.Contains(a.body, "noindex") {
		t.Errorf("the page does not say why:\n%s", a.body)
	}
}

func TestPublicationBelowAPath(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Publication.URL = "https://example.org/mag" })
	for path, want := range map[string]int{
		"/mag": 301, "/mag/": 200, "/mag/articles/tide-clocks/": 200, "/mag/authors": 301, "/": 404, "/articles/tide-clocks/": 404,
		"/mag/rss.xml": 200, "/healthz": 200, "/mag/join": 200,
	} {
		if a := f.get(path); a.StatusCode != want {
			t.Errorf("%s: got %d, want %d", path, a.StatusCode, want)
		}
	}
	if to := f.get("/mag/articles/old-name/").Header.Get("Location"); to != "/mag/articles/new-name/" {
		t.Errorf("an old slug leads to %q", to)
	}
	if body := f.get("/mag/rss.xml").body; body != "feed at /rss.xml" {
		t.Errorf("the feeds' handler was asked for %q", body)
	}
	body := f.get("/mag/articles/tide-clocks/").body
	for _, want := range []string{
		`<link rel="canonical" href="https://example.org/mag/articles/tide-clocks/">`,
		`<a href="/mag/articles/risala/">A letter</a>`, `src="/mag/media/c0ffee/dial.png"`, `href="/mag/authors/salma-oduya/rss.xml"`,
		`<meta property="og:image" content="https://example.org/mag/media/c0ffee/dial-mail.png">`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the article lacks %s", want)
		}
	}
	for _, path := range localLinks(t, body) {
		if !strings.HasPrefix(path, "/mag/") {
			t.Errorf("the article links to %s, outside the publication", path)
		}
	}
}

func TestConditionalRequests(t *testing.T) {
	f := newFixture(t)
	for _, path := range []string{"/", "/articles/tide-clocks/", "/issues/12/9/", "/media/c0ffee/dial.png", "/sitemap.xml", "/style.css"} {
		first := f.get(path)
		tag := first.Header.Get("ETag")
		if tag == "" || strings.HasPrefix(tag, "W/") {
			t.Fatalf("%s: ETag %q", path, tag)
		}
		again := f.get(path, "If-None-Match", `"other", `+tag)
		if again.StatusCode != http.StatusNotModified || again.body != "" {
			t.Errorf("%s: got %d with %d bytes for the same ETag", path, again.StatusCode, len(again.body))
		}
		if again.Header.Get("Cache-Control") != first.Header.Get("Cache-Control") {
			t.Errorf("%s: the 304 says %q", path, again.Header.Get("Cache-Control"))
		}
	}
	before := f.get("/").Header.Get("ETag")
	f.put(newArticle("fresh", "Fresh"))
	if a := f.get("/", "If-None-Match", before); a.StatusCode != 200 || !strings.Contains(a.body, "Fresh") {
		t.Errorf("after a new article the front page answers %d", a.StatusCode)
	}
}

func TestErrorsOfOursAreNeverShown(t *testing.T) {
	f := newFixture(t)
	f.store.Close()
	a := f.get("/articles/tide-clocks/")
	if a.StatusCode != http.StatusInternalServerError || strings.Contains(a.body, "sql") || strings.Contains(a.body, "closed") {
		t.Errorf("got %d:\n%s", a.StatusCode, a.body)
	}
	if !strings.Contains(f.log.String(), "closed") {
		t.Errorf("the cause is not in the log: %s", f.log.String())
	}
	if a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("an error may be kept: %q", a.Header.Get("Cache-Control"))
	}
	if a := f.get("/readyz"); a.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("/readyz answers %d without a database", a.StatusCode)
	}
	if a := f.get("/healthz"); a.StatusCode != http.StatusOK {
		t.Errorf("/healthz answers %d", a.StatusCode)
	}
}
