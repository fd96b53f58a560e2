package feeds

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

func TestEachCodingIsADocumentOfItsOwn(t *testing.T) {
	s, _ := library(t)
	source := &counting{Store: s}
	h := newHandler(source, builder(), CacheBytes, fail)
	plain := body(t, ask(h, "GET", "/rss.xml"))
	tags := map[string]bool{}
	for _, c := range []struct{ accept, coding string }{{"", ""}, {"gzip", "gzip"}, {"gzip, br", "br"}, {"deflate", ""}} {
		r := ask(h, "GET", "/rss.xml", "Accept-Encoding", c.accept)
		if r.StatusCode != 200 || r.Header.Get("Content-Encoding") != c.coding || r.Header.Get("Vary") != "Accept-Encoding, Sec-Fetch-Dest" {
			t.Errorf("%q: %d %v", c.accept, r.StatusCode, r.Header)
		}
		length := r.Header.Get("Content-Length")
		coded, err := io.ReadAll(r.Body)
		if err != nil || length != fmt.Sprint(len(coded)) {
			t.Errorf("%q: %d bytes where %s were promised (%v)", c.accept, len(coded), length, err)
		}
		if c.coding != "" && len(coded) > len(plain)/2 {
			t.Errorf("%q: %d of %d bytes", c.accept, len(coded), len(plain))
		}
		r.Body = io.NopCloser(bytes.NewReader(coded))
		if !bytes.Equal(body(t, r), plain) {
			t.Errorf("%q: another document", c.accept)
		}
		tags[r.Header.Get("ETag")] = true
	}
	if len(tags) != 3 || source.lists.Load() != 1 {
		t.Errorf("%d entity tags for three codings, of a document that was built %d times", len(tags), source.lists.Load())
	}
}

func TestAPollOfAnUnchangedFeedAsksNothing(t *testing.T) {
	s, clock := library(t)
	source := &counting{Store: s}
	h := newHandler(source, builder(), CacheBytes, fail)
	r := ask(h, "GET", "/authors/salma-oduya/atom.xml")
	before, lists := source.looks.Load(), source.lists.Load()
	for range 100 {
		if r := ask(h, "GET", "/authors/salma-oduya/atom.xml", "If-None-Match", r.Header.Get("ETag")); r.StatusCode != 304 {
			t.Fatal(r.StatusCode)
		}
		ask(h, "GET", "/authors/salma-oduya/atom.xml")
	}
	if source.looks.Load() != before || source.lists.Load() != lists {
		t.Errorf("%d looks at versions, %d lists", source.looks.Load()-before, source.lists.Load()-lists)
	}
	clock.Add(freshTime)
	ask(h, "GET", "/authors/salma-oduya/atom.xml")
	if n := source.looks.Load() - before; n != 1 {
		t.Errorf("%d looks after a while, want one", n)
	}
}

// What a command or another node writes is seen a moment later, what this
// process writes at once.
func TestOthersChangesShow(t *testing.T) {
	posttest.Stores(t, func(t *testing.T, s *store.Store, clock *posttest.Clock) {
		put(t, s, sampleArticles()...)
		seen := &elsewhereWriting{Store: s}
		h := newHandler(seen, builder(), CacheBytes, fail)
		has := func(word string) bool {
			return bytes.Contains(body(t, ask(h, "GET", "/authors/salma-oduya/rss.xml")), []byte(word))
		}
		rename := func(title string) {
			clock.Add(time.Millisecond)
			a := membersOnly()
			a.Title = title
			put(t, s, a)
		}
		if !has("The Keepers") {
			t.Fatal("the feed lacks its article")
		}
		seen.deaf = true
		rename("The Lamp")
		if has("The Lamp") {
			t.Error("the test is deaf to nothing")
		}
		clock.Add(freshTime)
		if !has("The Lamp") {
			t.Error("another's change does not show in time")
		}
		clock.Add(-time.Hour) // a clock that is set back
		rename("The Oil")
		if !has("The Oil") {
			t.Error("after the clock was set back another's change does not show")
		}
		seen.deaf = false
		rename("The Wick")
		if !has("The Wick") {
			t.Error("our own change does not show at once")
		}
	})
}

// elsewhereWriting makes writes seem another process's while it is deaf.
type elsewhereWriting struct {
	*store.Store
	deaf bool
	last uint64
}

func (e *elsewhereWriting) Changes() uint64 {
	if !e.deaf {
		e.last = e.Store.Changes()
	}
	return e.last
}

func TestRangesAndDeltasAreIgnored(t *testing.T) {
	s, _ := library(t)
	h := Handler(s, builder(), CacheBytes, nil, fail)
	whole := ask(h, "GET", "/atom.xml")
	want := body(t, whole)
	for _, header := range [][]string{{"Range", "bytes=0-9"}, {"Range", "bytes=-1"}, {"Range", "nonsense"}, {"Range", "bytes=0-9", "If-Range", whole.Header.Get("ETag")},
		{"A-IM", "feed"}, {"A-IM", "feed, gzip", "If-None-Match", `"old"`}} {
		r := ask(h, "GET", "/atom.xml", header...)
		if r.StatusCode != 200 || !bytes.Equal(body(t, r), want) || r.Header.Get("IM") != "" || r.Header.Get("Content-Range") != "" {
			t.Errorf("%v: %d %v", header, r.StatusCode, r.Header)
		}
	}
}

// Over a real connection, where net/http adds headers and takes some away.
func TestHeadersOfNotModified(t *testing.T) {
	s, _ := library(t)
	server := httptest.NewServer(Handler(s, builder(), CacheBytes, nil, fail))
	defer server.Close()
	get := func(tag string) *http.Response {
		request, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/feed.json", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept-Encoding", "gzip")
		request.Header.Set("If-None-Match", tag)
		r, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Body.Close() })
		return r
	}
	full := get("")
	same := get(full.Header.Get("ETag"))
	if full.StatusCode != 200 || same.StatusCode != 304 {
		t.Fatal(full.StatusCode, same.StatusCode)
	}
	for _, name := range []string{"Date", "ETag", "Vary", "Cache-Control", "Last-Modified"} {
		if same.Header.Get(name) == "" || name != "Date" && same.Header.Get(name) != full.Header.Get(name) {
			t.Errorf("%s: 304 has %q, 200 %q", name, same.Header.Get(name), full.Header.Get(name))
		}
	}
	for _, name := range []string{"Content-Type", "Content-Encoding", "Content-Length"} {
		if same.Header.Get(name) != "" {
			t.Errorf("304 has %s: %s", name, same.Header.Get(name))
		}
	}
	if full.Header.Get("Content-Type") != "application/feed+json" {
		t.Errorf("JSON Feed is of type %s", full.Header.Get("Content-Type"))
	}
}

func TestMaxAgeFollowsThePublication(t *testing.T) {
	every := func(gap time.Duration, n int) []magazine.Article {
		var list []magazine.Article
		for i := range n {
			list = append(list, magazine.Article{Published: posttest.Start.Add(-time.Duration(i+1) * gap)})
		}
		return list
	}
	for _, c := range []struct {
		name   string
		recent []magazine.Article
		due    time.Duration // from now; 0: none
		want   time.Duration
	}{
		{"an article a minute", every(time.Minute, 20), 0, time.Minute},
		{"one in two hours", every(2*time.Hour, 20), 0, 2 * time.Minute},
		{"one a day", every(24*time.Hour, 20), 0, 15 * time.Minute},
		{"an issue at a time, a month ago", every(0, 20), 0, time.Minute},
		{"few", every(time.Minute, 3), 0, 15 * time.Minute},
		{"none", nil, 0, 15 * time.Minute},
		{"one is due soon", every(24*time.Hour, 20), 90*time.Second + time.Millisecond, 90 * time.Second},
		{"one is due at once", every(24*time.Hour, 20), 999 * time.Millisecond, 0},
		{"one is overdue", every(24*time.Hour, 20), -time.Second, 0},
		{"one is due late", every(24*time.Hour, 20), 24 * time.Hour, 15 * time.Minute},
	} {
		l := &look{pace: pace(c.recent, posttest.Start)}
		if c.due != 0 {
			l.due = posttest.Start.Add(c.due)
		}
		if got := l.maxAge(posttest.Start); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestNobodyKeepsAFeedPastTheNextArticle(t *testing.T) {
	s, clock := library(t)
	h := Handler(s, builder(), CacheBytes, nil, fail)
	age := func() string { return ask(h, "GET", "/rss.xml").Header.Get("Cache-Control") }
	if got := age(); got != "max-age=900" {
		t.Errorf("with nothing scheduled: %s", got)
	}
	next := elsewhere()
	next.ID, next.GUID, next.Slug, next.State = "mmmmnnnnoooo", "next", "next", magazine.Scheduled
	next.Published = clock.Now().Add(100 * time.Second)
	put(t, s, next)
	if got := age(); got != "max-age=100" {
		t.Errorf("with an article in 100 s: %s", got)
	}
	clock.Add(95 * time.Second)
	if got := age(); got != "max-age=5" {
		t.Errorf("5 s before it: %s", got)
	}
	clock.Add(5 * time.Second)
	if err := s.Write(t.Context(), func(tx *store.Tx) error { _, err := tx.PublishDue(t.Context()); return err }); err != nil {
		t.Fatal(err)
	}
	if got := age(); got != "max-age=900" {
		t.Errorf("after it: %s", got)
	}
}

func TestACrowdInManyCodingsBuildsOnce(t *testing.T) {
	s, _ := library(t)
	source := &counting{Store: s}
	h := newHandler(source, builder(), CacheBytes, fail)
	var all sync.WaitGroup
	for _, accept := range []string{"gzip", "br", "", "gzip, br", "identity"} {
		for range 20 {
			all.Go(func() {
				if r := ask(h, "GET", "/rss.xml", "Accept-Encoding", accept); r.StatusCode != 200 {
					t.Errorf("%q: %d", accept, r.StatusCode)
				}
			})
		}
	}
	all.Wait()
	if n := source.lists.Load(); n != 1 {
		t.Errorf("built %d times", n)
	}
}

func TestTheHandlersMemoryIsBounded(t *testing.T) {
	s, _ := library(t)
	const room = 40 << 10
	h := newHandler(s, builder(), room, fail)
	for range 3 {
		for _, scope := range []string{"/", "/authors/salma-oduya/", "/authors/ibrahim-castellan/", "/sections/science-craft/", "/issues/12/9/"} {
			for _, f := range Formats {
				for _, accept := range []string{"", "gzip", "br"} {
					if r := ask(h, "GET", scope+f.File, "Accept-Encoding", accept); r.StatusCode != 200 {
						t.Fatal(scope, f.File, accept, r.StatusCode)
					}
					if h.cache.used > room || len(h.cache.byKey) != h.cache.order.Len() {
						t.Fatalf("%d bytes are kept in %d documents", h.cache.used, h.cache.order.Len())
					}
				}
			}
		}
	}
	if h.cache.order.Len() < 4 {
		t.Errorf("%d documents are kept", h.cache.order.Len())
	}
}

func TestDates(t *testing.T) {
	at := time.Date(2024, 10, 4, 12, 0, 0, 0, time.UTC)
	for _, s := range []string{"Fri, 04 Oct 2024 12:00:00 GMT", "Friday, 04-Oct-24 12:00:00 GMT", "Fri Oct  4 12:00:00 2024", // RFC 9110
		"Fri, 4 Oct 2024 12:00:00 GMT", "fri, 04 oct 2024 12:00:00 gmt", "Fri, 04 Oct 2024 12:00:00 UTC", "Fri, 04 Oct 2024 12:00:00", "Fri, 04 Oct 2024 12:00:00 +0000",
		"Fri, 04 Oct 2024 15:00:00 +0300", "Fri, 04 Oct 2024 15:00:00 +03:00", "Fri, 04 Oct 2024 05:00:00 -0700", "Fri, 04 Oct 2024 15:00:00 GMT+0300", "04 Oct 2024 12:00:00 GMT",
		"Fr, 04 Oct 2024 12:00:00 GMT", "ven., 04 Oct 2024 12:00:00 GMT", "Mon, 04 Oct 2024 12:00:00 GMT", "Friday, 04-Oct-2024 12:00:00 GMT", "Fri, 04-Oct-2024 12:00:00 GMT",
		"Fri, 04 October 2024 12:00:00 GMT", "Fri, 04 Oct 24 12:00:00 GMT", "Fri 04 Oct 2024 12:00:00 GMT", "Fri, 04 Oct 2024 12:00 GMT", `"Fri, 04 Oct 2024 12:00:00 GMT"`,
		"Fri, 04 Oct 2024 12:00:00 GMT; length=1234", "  Fri,  04  Oct  2024  12:00:00  GMT ", "2024-10-04T12:00:00Z", "2024-10-04T15:00:00+03:00", "2024-10-04 12:00:00", "2024-10-04T12:00:00.000Z"} {
		if got, ok := parseDate(s); !ok || !got.Equal(at) {
			t.Errorf("%q is read as %v, %v", s, got, ok)
		}
	}
	if got, ok := parseDate("Sunday, 06-Nov-94 08:49:37 GMT"); !ok || got.Year() != 1994 {
		t.Errorf("a year of two digits is read as %v", got)
	}
	for _, s := range []string{"", ";", "yesterday", "0", "-1", "1728043200", "Fri, 04 Oct 2024 12:00:00 CEST", "Fri, 04 Oct 2024 12:00:00 MSK", "Fri, 31 Feb 2024 12:00:00 GMT", "Fri, 04 Oct 2024 25:00:00 GMT",
		"Fri, 04 Oct 2024", "04/10/2024 12:00:00", "Fri, 04 Oct 2024 12:00:00 GMT" + strings.Repeat(" ", 100), strings.Repeat("9", 100_000)} {
		if got, ok := parseDate(s); ok {
			t.Errorf("%q is read as %v", s, got)
		}
	}
}

// A person who opens a feed in a browser gets the same bytes under a type that
// the browser shows by our style sheet, as a document of its own for caches.
func TestAFeedInAWindow(t *testing.T) {
	s, _ := library(t)
	h := Handler(s, builder(), CacheBytes, nil, fail)
	for path, kind := range map[string]string{"/rss.xml": "application/xml; charset=utf-8", "/atom.xml": "application/xml; charset=utf-8", "/feeds.opml": "application/xml; charset=utf-8", "/feed.json": "application/json"} {
		reader, person := ask(h, "GET", path), ask(h, "GET", path, "Sec-Fetch-Dest", "document")
		tag := person.Header.Get("ETag")
		if got := person.Header.Get("Content-Type"); got != kind || tag == reader.Header.Get("ETag") || reader.Header.Get("Content-Type") == kind {
			t.Errorf("%s in a window: %q, tag %s, for a reader %q, %s", path, got, tag, reader.Header.Get("Content-Type"), reader.Header.Get("ETag"))
		}
		doc := body(t, person)
		if !bytes.Equal(doc, body(t, reader)) {
			t.Errorf("%s in a window has other bytes", path)
		}
		if start := string(doc[:min(len(doc), 512)]); path != "/feed.json" && (!strings.Contains(start, `<?xml-stylesheet type="text/css" href="/mag/feed.css"?>`) || !strings.Contains(start, "<rss") && !strings.Contains(start, "<feed") && !strings.Contains(start, "<opml")) {
			t.Errorf("%s begins %s", path, start)
		}
		if r := ask(h, "GET", path, "Sec-Fetch-Dest", "document", "If-None-Match", tag); r.StatusCode != 304 || r.Header.Get("ETag") != tag {
			t.Errorf("%s polled by a window: %d %s", path, r.StatusCode, r.Header.Get("ETag"))
		}
		if r := ask(h, "GET", path, "If-None-Match", tag); r.StatusCode != 200 {
			t.Errorf("%s: a reader is answered %d for a window's tag", path, r.StatusCode)
		}
		for _, r := range []string{"Vary", "Content-Security-Policy"} {
			if person.Header.Get(r) == "" || person.Header.Get(r) != reader.Header.Get(r) {
				t.Errorf("%s: %s is %q in a window and %q for a reader", path, r, person.Header.Get(r), reader.Header.Get(r))
			}
		}
	}
}

// A reader that goes by dates sees a change of the configuration, too.
func TestAChangeOfFormIsAChange(t *testing.T) {
	s, clock := library(t)
	b := builder()
	was := ask(Handler(s, b, CacheBytes, nil, fail), "GET", "/rss.xml").Header.Get("Last-Modified")
	clock.Add(time.Hour)
	b.Publication.Title, b.Since = "Another", clock.Now()
	clock.Add(time.Hour)
	h := Handler(s, b, CacheBytes, nil, fail)
	if r := ask(h, "GET", "/rss.xml", "If-Modified-Since", was); r.StatusCode != 200 {
		t.Errorf("%d for what was fetched before", r.StatusCode)
	}
	now := ask(h, "GET", "/rss.xml").Header.Get("Last-Modified")
	if r := ask(h, "GET", "/rss.xml", "If-Modified-Since", now); now == was || r.StatusCode != 304 {
		t.Errorf("%d for what was fetched since, of %s", r.StatusCode, now)
	}
}
