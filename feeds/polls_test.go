package feeds

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"postrider/internal/posttest"
)

// Programs are known by what they call themselves, and say for how many they read.
func TestAgents(t *testing.T) {
	for agent, want := range map[string]string{
		"Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers; like FeedFetcher-Google)": "Feedly 16",
		"NewsBlur Feed Fetcher - 12 subscribers - http://www.newsblur.com/site/1 (Mozilla/5.0)":     "NewsBlur Feed Fetcher 12",
		"Feedbin feed-id:1373711 - 1 subscriber":                                                    "Feedbin 1",
		"inoreader.com; 7 subscribers":                                                              "inoreader.com 7",
		"Mozilla/5.0 (compatible; theoldreader.com; 3 subscribers; feed-id=5)":                      "theoldreader.com 3",
		"Mozilla/5.0 (compatible; BazQux/2.4; +https://bazqux.com/fetcher; 5 readers)":              "BazQux 5",
		"newsboat/2.30 (Linux x86_64)":                                                              "newsboat 0",
		"Tiny Tiny RSS/21.05 (Unsupported) (http://tt-rss.org/)":                                    "Tiny Tiny RSS 0",
		"Mozilla/5.0 (X11; Linux x86_64) Gecko":                                                     "Mozilla 0",
		"Some; subscribers: 44":                                                                     "Some 44",
		"999999999999 subscribers":                                                                  "999999999999 subscribers 0",
		"":                                                                                          " 0", "(x)": " 0", "\x00\n": " 0",
	} {
		program, readers := Agent(agent)
		if got := fmt.Sprintf("%s %d", program, readers); got != want {
			t.Errorf("%q is %q, want %q", agent, got, want)
		}
	}
}

func FuzzAgent(f *testing.F) {
	for _, agent := range []string{"Feedly/1.0 (16 subscribers)", "Mozilla/5.0 (compatible; x", strings.Repeat("é", 200), "\xff 1 reader", "readers=9"} {
		f.Add(agent)
	}
	f.Fuzz(func(t *testing.T, agent string) {
		program, readers := Agent(agent)
		if len(program) > nameMost || !utf8.ValidString(program) || strings.ContainsAny(program, "\x00\n") || readers < 0 || readers > 999_999_999 {
			t.Errorf("%q: %q, %d", agent, program, readers)
		}
	})
}

// Who asks is noted, each time anew, also by a 304, but for what there is not, archives
// and people in browsers; the last of a program's counts is what it says.
func TestPollsAreNoted(t *testing.T) {
	s, clock := library(t)
	var polls Polls
	h := Handler(s, builder(), CacheBytes, &polls, fail)
	etag := ask(h, "GET", "/rss.xml", "User-Agent", "A/1 (2 subscribers)").Header.Get("ETag")
	clock.Add(time.Second)
	if res := ask(h, "GET", "/rss.xml", "User-Agent", "A/2 (3 subscribers)", "If-None-Match", etag); res.StatusCode != http.StatusNotModified {
		t.Fatal(res.Status)
	}
	ask(h, "GET", "/rss.xml", "User-Agent", "B")
	ask(h, "GET", "/authors/salma-oduya/rss.xml", "User-Agent", "A")
	ask(h, "GET", "/%61uthors/%73alma-odu%79a/%72ss.xml", "User-Agent", "A") // which is the same feed
	ask(h, "GET", "/authors/nobody/rss.xml", "User-Agent", "A")
	ask(h, "GET", "/rss.xml", "User-Agent", "Mozilla/5.0", "Sec-Fetch-Dest", "document")
	all := polls.Take()
	slices.SortFunc(all, func(a, b Poll) int { return strings.Compare(a.Program+a.Feed, b.Program+b.Feed) })
	now := clock.Now()
	if want := []Poll{{"/authors/salma-oduya/rss.xml", "A", 0, now}, {"/rss.xml", "A", 3, now}, {"/rss.xml", "B", 0, now}}; !slices.Equal(all, want) {
		t.Errorf("%+v, want %+v", all, want)
	}
	if again := polls.Take(); len(again) != 0 {
		t.Errorf("taken twice: %+v", again)
	}
}

// Whoever makes names up fills the room there is and no more, whoever asks meanwhile, and
// who comes later finds a place.
func TestPollsAreBounded(t *testing.T) {
	var polls Polls
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() {
			for i := range pollsMost {
				polls.note("/rss.xml", fmt.Sprintf("%d/%d%s", n, i, strings.Repeat("x", 1000)), posttest.Start)
			}
		})
	}
	all.Wait()
	polls.note("/rss.xml", "newsboat", posttest.Start)
	if polls.seen[polled{"/rss.xml", "newsboat"}] == nil {
		t.Error("who comes later is kept out")
	}
	if n := len(polls.seen); n != pollsMost {
		t.Errorf("%d are noted", n)
	}
	for key := range polls.seen {
		if len(key.agent) > agentMost {
			t.Fatalf("%d bytes", len(key.agent))
		}
	}
}
