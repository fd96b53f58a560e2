package daemon_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// A hub hears of a feed's news once, when it has rested; not of what was there
// before the hub was named.
func TestHubsHearOfNews(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		t.Parallel()
		h := buildRunning(t, engine)
		h.publish("old")
		var mu sync.Mutex
		var topics []string
		hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			topics = append(topics, r.PostFormValue("hub.url"))
			w.WriteHeader(http.StatusAccepted)
		}))
		t.Cleanup(hub.Close)
		told := func() []string {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(topics)
		}
		h.Feeds.Hubs = []string{hub.URL + "/"}
		base := serve(t, h.Daemon)
		get(t, base+"/")
		h.clock.Add(time.Minute)
		for range 3 { // within the same rest: one piece of news
			h.write(func(tx *store.Tx) error { return tx.Touch(h.ctx, magazine.SiteScope()) })
		}
		h.clock.Add(6 * time.Second)
		end := deadline(t)
		want := []string{"http://localhost:8080/atom.xml", "http://localhost:8080/feed.json", "http://localhost:8080/rss.xml"}
		for len(told()) < len(want) {
			select {
			case <-time.After(20 * time.Millisecond): // the jobs tell it
			case <-end.Done():
				t.Fatalf("it heard of %q", told())
			}
		}
		if got := told(); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
			t.Errorf("it heard of %q", got)
		}
	})
}
