package daemon_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// BenchmarkOwnPages polls the feed of what one of 20,000 people follows, as many
// readers do at once, and opens their page of preferences, beside the front page:
// x-front is how many a second beside front pages. The aim is 0.5 at the least.
func BenchmarkOwnPages(b *testing.B) {
	d := assemble(b, "sqlite", 20_000, sets()).d
	below, err := d.OwnFeeds(b.Context(), "person12345@people.example", false)
	if err != nil {
		b.Fatal(err)
	}
	pages, err := d.Pages()
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(pages)
	defer server.Close()
	at := server.Listener.Addr().String()
	get := func(path, headers string) []byte {
		return []byte("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nAccept-Encoding: gzip\r\n" + headers + "\r\n")
	}
	path := strings.TrimPrefix(below, d.Publication.URL) + "/follows/rss.xml"
	etag := ask(b, at, get(path, ""), 1).Header.Get("ETag")
	if etag == "" {
		b.Fatal("the feed has no entity tag")
	}
	person, err := d.Store.SubscriberByEmail(b.Context(), "person12345@people.example")
	if err != nil {
		b.Fatal(err)
	}
	for _, own := range []struct{ name, path, headers string }{
		{"feed_304", path, "If-None-Match: " + etag + "\r\n"}, {"feed_gzip", path, ""},
		{"preferences", "/preferences/" + d.Members.PreferencesToken(person), ""},
	} {
		b.Run(own.name, func(b *testing.B) {
			const polls = 500
			var mine, front time.Duration
			for b.Loop() { // by turns, so that whatever else the machine does meets both
				for range 5 {
					mine += timed(func() { ask(b, at, get(own.path, own.headers), polls/5) })
					front += timed(func() { ask(b, at, get("/", ""), polls/5) })
				}
			}
			b.ReportMetric(float64(front)/float64(mine), "x-front")
		})
	}
}
