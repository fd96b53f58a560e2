package web

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"postrider/feeds"
)

// atMag is a publication below a path.
func atMag(o *Options) { o.Publication.URL = "https://example.org/mag" }

func TestRedirects(t *testing.T) {
	f := newFixture(t, atMag)
	for _, c := range []struct {
		path     string
		status   int
		location string
	}{
		{"/mag", 301, "/mag/"},
		{"/mag/articles/tide-clocks", 301, "/mag/articles/tide-clocks/"},
		{"/mag/articles/caf%C3%A9", 301, "/mag/articles/caf%C3%A9/"},
		{"/mag/issues/3%2F4/9", 301, "/mag/issues/3%2F4/9/"},
		// doubled slashes: the address that is meant, nothing escaped twice
		{"/mag//articles///tide-clocks/", 301, "/mag/articles/tide-clocks/"},
		{"//mag/articles/tide-clocks/", 301, "/mag/articles/tide-clocks/"},
		{"/mag//articles/caf%C3%A9/?a=1&b=%2F", 301, "/mag/articles/caf%C3%A9/?a=1&b=%2F"},
		{"/mag//", 301, "/mag/"},
		// other hosts
		{"//evil.example", 301, "/evil.example"},
		{"//evil.example/%2e%2e", 404, none},
		{"///evil.example/mag/", 301, "/evil.example/mag/"},
		{`/\evil.example/`, 404, none},
		{`/mag/\evil.example`, 404, none},
		{`/mag//\evil.example`, 301, "/mag/%5Cevil.example"},
		{"/%2fevil.example", 404, none},
		{"/mag/%2f%2fevil.example", 404, none},
		{"/mag/articles/%2f%2fevil.example", 404, none},
		{"/mag/articles/%2e%2e", 404, none},
		{"/mag/authors/..%2f..%2f..%2fevil.example", 404, none},
		{"/mag/sections/..%2f", 404, none},
		{"/mag/issues/%2e%2e/%2e%2e", 404, none},
		{"/mag/issues/..%2f..%2f/evil", 404, none},
		{"/mag/../other", 404, none},
		{"/mag/articles/./tide-clocks/", 404, none},
		{"/mag/articles/tide-clocks/..", 404, none},
		// other spellings
		{"/mag/articles/Tide-Clocks/", 301, "/mag/articles/tide-clocks/"},
		{"/mag/articles/tide-clocks./", 301, "/mag/articles/tide-clocks/"},
		{"/mag/articles/OLD-NAME/", 301, "/mag/articles/new-name/"},
		{"/mag/articles/No-Such/", 404, none},
		{"/mag/articles/..%2Ftide-clocks/", 404, none},
		{"/mag/authors/Salma-Oduya./?before=9", 301, "/mag/authors/salma-oduya/?before=9"},
		{"/mag/sections/Science-Craft/", 301, "/mag/sections/science-craft/"},
		{"/mag/sections/Nothing/", 404, none},
		{"/MAG/", 404, none},
		{"/mag/Articles/tide-clocks/", 404, none},
	} {
		a := f.get(c.path)
		if a.StatusCode != c.status || a.Header.Get("Location") != c.location {
			t.Errorf("%s: got %d to %q, want %d to %q", c.path, a.StatusCode, a.Header.Get("Location"), c.status, c.location)
		}
		if a.StatusCode == 404 && a.Header.Get("Content-Type") != anHTML {
			t.Errorf("%s: the error page is %q", c.path, a.Header.Get("Content-Type"))
		}
	}
	for path, want := range map[string]string{"/mag//feeds/own/token/rss.xml": "no-store", "//mag/preferences/token": "no-store", "/mag/articles/tide-clocks": pageCache} {
		if a := f.get(path); a.StatusCode != 301 || a.Header.Get("Cache-Control") != want {
			t.Errorf("%s: %d, kept %q, want %q", path, a.StatusCode, a.Header.Get("Cache-Control"), want)
		}
	}
	if a := f.post("/mag//join", "newsletter=weekly&email=amina@example.org"); a.StatusCode != 308 || a.Header.Get("Location") != "/mag/join" {
		t.Errorf("a form sent to a doubled slash: %d to %q", a.StatusCode, a.Header.Get("Location"))
	}
}

// Whatever is asked for, a redirect stays on this host and, for an address of
// the publication, below its path, and it comes to an end.
func TestRedirectsStayHere(t *testing.T) {
	f := newFixture(t, atMag)
	bits := []string{"/", "/", "/mag/", "..", ".", `\`, "%2f", "%5c", "%2e", "%2e%2e", "evil.example", "articles", "authors/", "issues/", "sections/", "tide-clocks", "Tide-Clocks", "12", "9", ":", "@", "?", "%0d%0a", "é", "%25", "rss.xml"}
	addresses := rapid.Map(rapid.SliceOfN(rapid.SampledFrom(bits), 0, 8), func(bits []string) string { return "/" + strings.Join(bits, "") }).
		Filter(func(at string) bool { // a server refuses the others
			_, err := url.ParseRequestURI(at)
			return err == nil
		})
	rapid.Check(t, func(t *rapid.T) {
		at := addresses.Draw(t, "at")
		for hops := 0; ; hops++ {
			a := f.get(at)
			to := a.Header.Get("Location")
			if a.StatusCode != 301 {
				if to != "" || a.StatusCode >= 500 {
					t.Fatalf("%s: got %d to %q", at, a.StatusCode, to)
				}
				return
			}
			where, _, _ := strings.Cut(to, "?")
			base := &url.URL{Scheme: "https", Host: "example.org", Path: "/"}
			got, err := base.Parse(to)
			if err != nil || got.Host != "example.org" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.Contains(where, `\`) || strings.ContainsAny(to, "\r\n") {
				t.Fatalf("%s leads to %q", at, to)
			}
			asked := runs.ReplaceAllString(f.request(at), "/")
			if lands := path.Clean(got.Path); strings.HasPrefix(asked, "/mag/") && lands != "/mag" && !strings.HasPrefix(lands, "/mag/") {
				t.Fatalf("%s leads to %q, out of the publication", at, to)
			}
			if hops == 4 {
				t.Fatalf("%s leads on and on, last to %q", at, to)
			}
			at = to
		}
	})
}

// request is the path that a server sees, still escaped.
func (f *fixture) request(target string) string {
	return request("GET", target, "").URL.EscapedPath()
}

// realFeeds serves the feeds that the program serves.
func realFeeds(o *Options) {
	o.Feeds = feeds.Handler(o.Store, feeds.Builder{Publication: o.Publication}, feeds.CacheBytes, nil, func(w http.ResponseWriter, _ *http.Request, err error) {
		http.Error(w, err.Error(), http.StatusNotFound)
	})
}

// A publication's path may have letters that are escaped.
func TestFeedsBelowAnEscapedPath(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Publication.URL = "https://example.org/caf%C3%A9"
		o.Feeds = feeds.Handler(o.Store, feeds.Builder{Publication: o.Publication}, feeds.CacheBytes, nil, func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusNotFound)
		})
	})
	for _, path := range []string{"/caf%C3%A9/", "/caf%C3%A9/rss.xml", "/caf%C3%A9/feeds.opml", "/caf%C3%A9/authors/salma-oduya/atom.xml"} {
		if a := f.get(path); a.StatusCode != 200 {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
}
