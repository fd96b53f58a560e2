package feeds

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// leadOn makes a slug an alias of an author.
func leadOn(t *testing.T, s *store.Store, alias, author string) {
	t.Helper()
	if err := s.Write(t.Context(), func(tx *store.Tx) error {
		_, err := tx.PutAliases(t.Context(), "sample", author, []string{alias})
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// A real web server leads from an author's alias where we do.
func TestStaticServersLeadOn(t *testing.T) {
	for _, server := range StaticServers {
		t.Run(server, func(t *testing.T) {
			t.Parallel()
			s, _ := library(t)
			put(t, s, byOther("salma-oduya", numbered(1, 60)...)...)
			leadOn(t, s, "s-oduya", "salma-oduya")
			leadOn(t, s, "ص-mona", "منى-خليل")
			dir := filepath.Join(t.TempDir(), "public")
			mustExport(t, s, dir, ExportOptions{Gzip: true})
			config, err := ServerConfig(t.Context(), s, builder(), server, dir)
			if err != nil {
				t.Fatal(err)
			}
			theirs := posttest.WebServer(t, server, config)
			ours := httptest.NewServer(http.StripPrefix("/mag", Handler(s, builder(), CacheBytes, nil, fail)))
			t.Cleanup(ours.Close)
			for _, path := range []string{"s-oduya/rss.xml", "s-oduya/feeds.opml", "s-oduya/archive/1/feed.json", "s-oduya/atom.xml?a=b%20c&d", "%D8%B5-mona/rss.xml"} {
				for _, window := range []string{"", "document"} {
					path := "/mag/authors/" + path
					want, got := fetch(t, ours.URL+path, window), fetch(t, theirs+path, window)
					for _, name := range []string{"Location", "Cache-Control"} {
						if g, w := got.Header.Get(name), want.Header.Get(name); got.StatusCode != 301 || g != w || w == "" {
							t.Errorf("%s in %q: %d, %s is %q, want %q", path, window, got.StatusCode, name, g, w)
						}
					}
					if there := fetch(t, theirs+got.Header.Get("Location"), window); there.StatusCode != 200 {
						t.Errorf("%s leads to %s: %d", path, got.Header.Get("Location"), there.StatusCode)
					}
				}
			}
			for _, path := range []string{"/mag/authors/s-oduya/x/rss.xml", "/mag/authors/xs-oduya/rss.xml", "/mag/authors/s-oduya/feed.css", "/authors/s-oduya/rss.xml"} {
				if r := fetch(t, theirs+path, ""); r.StatusCode == 301 {
					t.Errorf("%s leads to %s", path, r.Header.Get("Location"))
				}
			}
		})
	}
}

// A real web server that serves an export answers with the bytes and the headers
// with which we serve the feeds ourselves.
func TestStaticServers(t *testing.T) {
	for _, server := range StaticServers {
		t.Run(server, func(t *testing.T) {
			t.Parallel()
			s, _ := library(t)
			put(t, s, numbered(1, 60)...)
			dir := filepath.Join(t.TempDir(), `a "folder"`)
			if server == "caddy" {
				dir = filepath.Join(t.TempDir(), "a folder")
			}
			mustExport(t, s, dir, ExportOptions{Gzip: true, Brotli: true, Style: []byte("rss { color: red }")})
			config, err := ServerConfig(t.Context(), s, builder(), server, dir)
			if err != nil {
				t.Fatal(err)
			}
			theirs := posttest.WebServer(t, server, config)
			ours := httptest.NewServer(http.StripPrefix("/mag", Handler(s, builder(), CacheBytes, nil, fail)))
			t.Cleanup(ours.Close)
			for _, path := range []string{"/rss.xml", "/authors/salma-oduya/atom.xml", "/authors/%D9%85%D9%86%D9%89-%D8%AE%D9%84%D9%8A%D9%84/feed.json", "/issues/12/9/rss.xml", "/archive/1/feed.json", "/feeds.opml"} {
				for _, window := range []string{"", "document"} {
					want, got := fetch(t, ours.URL+"/mag"+path, window), fetch(t, theirs+"/mag"+path, window)
					for _, name := range []string{"Content-Type", "Vary", "Cache-Control", "X-Content-Type-Options", "Content-Security-Policy", "Content-Encoding"} {
						if g, w := got.Header.Get(name), want.Header.Get(name); g != w {
							t.Errorf("%s in %q: %s is %q, want %q", path, window, name, g, w)
						}
					}
					if got.StatusCode != 200 || !bytes.Equal(body(t, got), body(t, want)) {
						t.Errorf("%s in %q: %d, or other bytes", path, window, got.StatusCode)
					}
					if tag := got.Header.Get("ETag"); (tag == "") != (window != "") {
						t.Errorf("%s in %q has the tag %q", path, window, tag)
					}
				}
			}
			if r := fetch(t, theirs+"/mag/feed.css", ""); r.StatusCode != 200 {
				t.Errorf("the style sheet: %d", r.StatusCode)
			}
			for _, path := range []string{"/mag/feeds-index.json", "/rss.xml", "/mag/.window/rss.xml", "/.window/rss.xml"} {
				if r := fetch(t, theirs+path, ""); r.StatusCode == 200 && server == "nginx" {
					t.Errorf("%s is served", path)
				}
			}
		})
	}
	if _, err := ServerConfig(t.Context(), nil, builder(), "apache", "x"); magazine.CodeOf(err) != magazine.NotFound {
		t.Errorf("a server that we don't know: %v", err)
	}
}

func fetch(t *testing.T, address, window string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	if window != "" {
		r.Header.Set("Sec-Fetch-Dest", window)
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	return answer
}
