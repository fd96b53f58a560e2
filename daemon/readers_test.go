package daemon_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"

	"postrider/internal/posttest"
)

// newsstand is a running daemon with three articles, and a window through which
// real feed readers look at it.
type newsstand struct {
	*house
	base string // of the daemon
	seen string // the window's address

	mu       sync.Mutex
	statuses []int // of the answers that passed
}

func openNewsstand(t *testing.T) *newsstand {
	t.Helper()
	n := &newsstand{house: buildRunning(t, "sqlite")}
	n.publish("tide", "bell", "fog")
	n.base = serve(t, n.Daemon)
	get(t, n.base+"/rss.xml") // it serves
	to, err := url.Parse(n.base)
	n.must(err)
	window := httputil.NewSingleHostReverseProxy(to)
	window.ModifyResponse = func(r *http.Response) error {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.statuses = append(n.statuses, r.StatusCode)
		return nil
	}
	server := httptest.NewServer(window)
	t.Cleanup(server.Close)
	n.seen = server.URL
	return n
}

// last is the status of the newest answer.
func (n *newsstand) last() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.statuses[len(n.statuses)-1]
}

// changes does something to the folder and waits until the daemon's feed tells.
func (n *newsstand) changes(what func(folder string), shows func(feed string) bool) {
	n.t.Helper()
	what(filepath.Join(filepath.Dir(n.file), "pieces"))
	for end := deadline(n.t); !shows(string(get(n.t, n.base+"/rss.xml"))); {
		select {
		case <-time.After(50 * time.Millisecond): // the daemon watches the folder
		case <-end.Done():
			n.t.Fatal("the feed does not change")
		}
	}
}

func (n *newsstand) put(slug, title string) {
	n.t.Helper()
	n.changes(func(folder string) {
		write(n.t, filepath.Join(folder, slug+".md"), fmt.Sprintf("---\ntitle: %s\nauthors: [Salma Oduya]\nsection: Sea\ndate: 2024-09-05\nid: %s\n---\n\nWords on the %[1]s.\n", title, slug))
	}, func(feed string) bool { return strings.Contains(feed, "<title>"+title+"</title>") })
}

func (n *newsstand) withdraw(slug string) {
	n.t.Helper()
	n.changes(func(folder string) { n.must(os.Remove(filepath.Join(folder, slug+".md"))) },
		func(feed string) bool { return !strings.Contains(feed, "/articles/"+slug+"/") })
}

func titles(entries []posttest.Entry) string {
	var all []string
	for _, e := range entries {
		all = append(all, e.Title)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func guids(entries []posttest.Entry) []string {
	var all []string
	for _, e := range entries {
		all = append(all, e.GUID)
	}
	slices.Sort(all)
	return all
}

// TestNewsboat follows a person with newsboat, which keeps what it has read: an
// edited article is not new again, a new one is new once, and it asks for
// nothing that it has.
func TestNewsboat(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"rss.xml", "atom.xml"} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			n := openNewsstand(t)
			reader := posttest.NewReader(t, n.seen+"/"+file)
			first := reader.Poll(t)
			if titles(first) != "bell fog tide" {
				t.Fatalf("it has %q", titles(first))
			}
			reader.Poll(t)
			if again := reader.Poll(t); titles(again) != "bell fog tide" || n.last() != http.StatusNotModified { // it asks on conditions from the third time on
				t.Errorf("the third poll: %d, %q", n.last(), titles(again))
			}
			n.put("tide", "tides")
			if edited := reader.Poll(t); titles(edited) != "bell fog tides" || !slices.Equal(guids(edited), guids(first)) {
				t.Errorf("after an edit it has %q", titles(edited))
			}
			n.put("lamp", "lamp")
			if grown := reader.Poll(t); titles(grown) != "bell fog lamp tides" {
				t.Errorf("with a new one it has %q", titles(grown))
			}
			n.withdraw("fog")
			reader.Poll(t)
			reader.Poll(t)
			if after := reader.Poll(t); len(after) != 4 || n.last() != http.StatusNotModified {
				t.Errorf("after one was withdrawn: %d, %q", n.last(), titles(after))
			}
		})
	}
}

// TestFeedparser does the same with Python's feedparser.
func TestFeedparser(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"rss.xml", "atom.xml"} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			n := openNewsstand(t)
			n.clock.Add(time.Minute) // until then the feed has no Last-Modified
			first := posttest.FeedParser(t, n.seen+"/"+file, posttest.Parsed{})
			if first.Status != 200 || titles(first.Entries) != "bell fog tide" || first.ETag == "" || first.Modified == "" {
				t.Fatalf("%+v", first)
			}
			for _, known := range []posttest.Parsed{first, {ETag: first.ETag}, {Modified: first.Modified}} {
				if p := posttest.FeedParser(t, n.seen+"/"+file, known); p.Status != 304 || len(p.Entries) > 0 {
					t.Errorf("%+v is polled: %d with %d entries", known, p.Status, len(p.Entries))
				}
			}
			n.put("tide", "tides")
			edited := posttest.FeedParser(t, n.seen+"/"+file, first)
			if edited.Status != 200 || titles(edited.Entries) != "bell fog tides" || !slices.Equal(guids(edited.Entries), guids(first.Entries)) {
				t.Errorf("after an edit: %+v", edited)
			}
			n.put("lamp", "lamp")
			n.withdraw("fog")
			if p := posttest.FeedParser(t, n.seen+"/"+file, edited); titles(p.Entries) != "bell lamp tides" {
				t.Errorf("at last: %+v", p)
			}
		})
	}
}

// TestGofeed reads all three formats with gofeed, for JSON has few other readers.
func TestGofeed(t *testing.T) {
	t.Parallel()
	n := openNewsstand(t)
	known := map[string]string{}
	poll := func(file string) (*gofeed.Feed, int) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), "GET", n.seen+"/"+file, nil)
		n.must(err)
		if known[file] != "" {
			r.Header.Set("If-None-Match", known[file])
		}
		answer, err := http.DefaultClient.Do(r)
		n.must(err)
		defer answer.Body.Close()
		known[file] = answer.Header.Get("ETag")
		if answer.StatusCode != 200 {
			return nil, answer.StatusCode
		}
		var body bytes.Buffer
		_, err = body.ReadFrom(answer.Body)
		n.must(err)
		feed, err := gofeed.NewParser().Parse(&body)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		return feed, 200
	}
	of := func(f *gofeed.Feed) (entries []posttest.Entry) {
		for _, i := range f.Items {
			entries = append(entries, posttest.Entry{GUID: i.GUID, Title: i.Title, Link: i.Link})
		}
		return entries
	}
	first := map[string][]posttest.Entry{}
	for _, file := range []string{"rss.xml", "atom.xml", "feed.json"} {
		feed, _ := poll(file)
		if first[file] = of(feed); titles(first[file]) != "bell fog tide" {
			t.Errorf("%s: %q", file, titles(first[file]))
		}
		if _, status := poll(file); status != 304 {
			t.Errorf("%s polled again: %d", file, status)
		}
	}
	n.put("tide", "tides")
	n.put("lamp", "lamp")
	n.withdraw("fog")
	for file, was := range first {
		feed, status := poll(file)
		if status != 200 || titles(of(feed)) != "bell lamp tides" {
			t.Fatalf("%s at last: %d", file, status)
		}
		kept := 0
		for _, guid := range guids(of(feed)) {
			if slices.Contains(guids(was), guid) {
				kept++
			}
		}
		if kept != 2 {
			t.Errorf("%s: %d identities stayed", file, kept)
		}
	}
}
