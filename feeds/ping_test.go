package feeds

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"postrider/magazine"
)

// hub is a WebSub hub that remembers what it was told, and answers as it is told to.
type hub struct {
	*httptest.Server
	mu     sync.Mutex
	topics []string
}

func newHub(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) *hub {
	h := &hub{}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		if r.Method == "POST" && r.PostFormValue("hub.mode") == "publish" {
			h.topics = append(h.topics, r.PostFormValue("hub.url"))
		}
		h.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(h.Close)
	return h
}

func TestPing(t *testing.T) {
	b := builder()
	good := newHub(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	if err := b.Ping(t.Context(), good.URL, "/authors/salma-oduya/"); err != nil {
		t.Error(err)
	}
	at := "https://harbour.example/mag/authors/salma-oduya/"
	if want := []string{at + "rss.xml", at + "atom.xml", at + "feed.json"}; !slices.Equal(good.topics, want) {
		t.Errorf("it was told %q", good.topics)
	}
}

// A hub that errs is told so again later; one that sends us elsewhere gets us
// nowhere, for that could be an address that only we reach.
func TestHubsThatErr(t *testing.T) {
	b := builder()
	inside := newHub(t, func(http.ResponseWriter, *http.Request) {})
	asked := make(chan struct{})
	for name, answer := range map[string]func(w http.ResponseWriter, r *http.Request){
		"500": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusInternalServerError) },
		"429": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "slowly", http.StatusTooManyRequests) },
		"endless": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			for range 1000 {
				w.Write([]byte(strings.Repeat("no ", 1000)))
			}
		},
		"hangs": func(_ http.ResponseWriter, r *http.Request) {
			close(asked)
			<-r.Context().Done()
		},
	} {
		bad := newHub(t, answer)
		ctx, cancel := context.WithCancel(t.Context())
		if name == "hangs" {
			go func() {
				<-asked
				cancel()
			}()
		}
		if err := b.Ping(ctx, bad.URL, "/"); magazine.CodeOf(err) != magazine.Unavailable {
			t.Errorf("%s: %v", name, err)
		}
		if len(bad.topics) > 1 {
			t.Errorf("%s: it was told %q after it erred", name, bad.topics)
		}
		cancel()
	}
	for name, answer := range map[string]http.HandlerFunc{
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, inside.URL, http.StatusTemporaryRedirect)
		},
		"400": func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "no such topic", http.StatusBadRequest)
		},
	} {
		refuses := newHub(t, answer)
		if err := b.Ping(t.Context(), refuses.URL, "/"); err == nil || magazine.CodeOf(err) == magazine.Unavailable {
			t.Errorf("%s: %v", name, err)
		}
		if len(refuses.topics) != 3 {
			t.Errorf("%s: it was told %q; it may take the rest", name, refuses.topics)
		}
	}
	if len(inside.topics) > 0 {
		t.Errorf("a redirect was followed: %q", inside.topics)
	}
}

func TestFeedsNameTheirHubs(t *testing.T) {
	s, _ := library(t)
	put(t, s, numbered(1, 60)...)
	h := Handler(s, builder(), CacheBytes, nil, fail)
	for path, want := range map[string]string{
		"/rss.xml":                       `<https://hub.example/>; rel="hub", <https://harbour.example/mag/rss.xml>; rel="self"`,
		"/authors/salma-oduya/feed.json": `<https://hub.example/>; rel="hub", <https://harbour.example/mag/authors/salma-oduya/feed.json>; rel="self"`,
		"/archive/1/rss.xml":             "", "/feeds.opml": "",
	} {
		if got := ask(h, "GET", path).Header.Get("Link"); got != want {
			t.Errorf("%s: %q", path, got)
		}
	}
	b := builder()
	b.Hubs = nil
	if got := ask(Handler(s, b, CacheBytes, nil, fail), "GET", "/rss.xml").Header.Get("Link"); got != "" {
		t.Errorf("without hubs: %q", got)
	}
}
