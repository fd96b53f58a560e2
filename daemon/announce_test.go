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

// hub is a WebSub hub that remembers what it was told of.
type hub struct {
	*httptest.Server
	mu     sync.Mutex
	status int // that it answers
	topics []string
}

func newHub(t *testing.T) *hub {
	h := &hub{status: http.StatusAccepted}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.topics = append(h.topics, r.PostFormValue("hub.url"))
		w.WriteHeader(h.status)
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hub) answers(status int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status = status
}

// hears waits, calling meanwhile, until a hub has been told of n topics, and
// returns them in order.
func (h *hub) hears(t *testing.T, n int, meanwhile func()) []string {
	t.Helper()
	end := deadline(t)
	for {
		h.mu.Lock()
		got := slices.Sorted(slices.Values(h.topics))
		h.mu.Unlock()
		if len(got) >= n {
			return got
		}
		meanwhile()
		select {
		case <-time.After(20 * time.Millisecond):
		case <-end.Done():
			t.Fatalf("it heard of %q", got)
		}
	}
}

// A hub hears of a feed's news once, when it has rested; not of what was there
// before the hub was named. A hub that fails hears of it later, and keeps
// nothing from the others.
func TestHubsHearOfNews(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := buildRunning(t, engine)
		h.publish("old")
		well, fails := newHub(t), newHub(t)
		fails.answers(http.StatusServiceUnavailable)
		h.Feeds.Hubs = []string{fails.URL + "/", well.URL + "/"}
		base := serve(t, h.Daemon)
		get(t, base+"/")
		h.clock.Add(time.Minute)
		touch := func() {
			h.write(func(tx *store.Tx) error { return tx.Touch(h.ctx, magazine.SiteScope()) })
		}
		for range 3 { // within the same rest: one piece of news
			touch()
		}
		h.clock.Add(6 * time.Second)
		want := []string{"http://localhost:8080/atom.xml", "http://localhost:8080/feed.json", "http://localhost:8080/rss.xml"}
		if got := well.hears(t, 3, func() {}); !slices.Equal(got, want) {
			t.Errorf("it heard of %q", got)
		}
		if got := fails.hears(t, 1, func() {}); len(got) > 1 {
			t.Errorf("the hub that fails was asked %q", got)
		}
		fails.answers(http.StatusAccepted)
		touch()
		later := func() { h.clock.Add(10 * time.Second) } // it is left in peace for half a minute from when it failed
		if got := fails.hears(t, 4, later); len(got) != 4 {
			t.Errorf("the hub that is well again heard of %q", got)
		}
		if got := well.hears(t, 6, later); len(got) != 6 {
			t.Errorf("it heard of %q", got)
		}
	})
}
