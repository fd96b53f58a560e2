package posttest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"postrider/internal/posttest"
)

const entry = `<item><title>Tides %d</title><guid isPermaLink="false">tag:press.test,2024:%d</guid>
<link>https://press.test/tides/%d/</link><author>salma@press.test (Salma Oduya)</author>
<pubDate>Fri, 0%d Oct 2024 09:00:00 +0300</pubDate><description>High &amp;amp; low, café</description></item>`

func TestFeedReader(t *testing.T) {
	var entries atomic.Int64
	entries.Store(1)
	feed := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/rss+xml")
		fmt.Fprint(w, `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Press</title><link>https://press.test/</link><description>Tides</description>`)
		for i := range entries.Load() {
			fmt.Fprintf(w, entry, i+1, i+1, i+1, i+1)
		}
		fmt.Fprint(w, `</channel></rss>`)
	}))
	t.Cleanup(feed.Close)

	reader := posttest.NewReader(t, feed.URL)
	got := reader.Poll(t)
	want := posttest.Entry{
		GUID: "tag:press.test,2024:1", Title: "Tides 1", Author: "Salma Oduya", Link: "https://press.test/tides/1/",
		Content: "High &amp; low, café", Published: time.Date(2024, 10, 1, 6, 0, 0, 0, time.UTC),
	}
	if len(got) != 1 || got[0] != want {
		t.Fatalf("the reader kept %+v, want %+v", got, want)
	}
	if got = reader.Poll(t); len(got) != 1 || got[0] != want {
		t.Errorf("after a second poll the reader kept %+v, want %+v alone", got, want)
	}
	entries.Store(2)
	if got = reader.Poll(t); len(got) != 2 || got[0].Title != "Tides 2" {
		t.Errorf("after one more entry the reader kept %+v, want two, Tides 2 first", got)
	}
	if other := posttest.FeedReader(t, feed.URL); len(other) != 2 {
		t.Errorf("a new reader kept %+v, want two", other)
	}
}
