package daemon_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// pieces are two articles of one author in two spellings, in an open issue, and its file.
func (h *house) pieces() {
	h.t.Helper()
	dir := filepath.Join(filepath.Dir(h.file), "pieces")
	h.must(os.MkdirAll(filepath.Join(dir, "issues"), 0o700))
	piece := func(title, author string, day int) string {
		return fmt.Sprintf("---\ntitle: %s\nauthor: %s\nvolume: 12\nnumber: 9\ndate: 2024-09-%02d\n---\n\nThe text of %s is its own.\n", title, author, day, title)
	}
	write(h.t, filepath.Join(dir, "alpha.md"), piece("Alpha", "Jane Doe", 1))
	write(h.t, filepath.Join(dir, "beta.md"), piece("Beta", "Jane D.", 2))
	write(h.t, filepath.Join(dir, "issues", "v012-n09.yaml"), "state: open\ntitle: Reckoning\ndate: 2024-09-01\n")
	_, err := h.Read(h.ctx, false, nil)
	h.must(err)
}

// Two spellings that are merged at the desk of a running daemon are one author in the
// feeds soon, who is led to from the old one, and are two again when they are parted.
func TestTheDeskMergesAuthors(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := buildRunning(t, engine)
		h.pieces()
		base := serve(t, h.Daemon)
		editor := seated(t, h, base, "editor@people.example", "")
		// feed is that of an author, when it is as is wanted: the sources are read anew by
		// somebody else, and nothing here tells when.
		feed := func(slug string, want func(at, feed string) bool) {
			t.Helper()
			for end := deadline(t); ; {
				at, text := editor.send("/authors/"+slug+"/rss.xml", nil)
				if want(at, text) {
					return
				}
				select {
				case <-time.After(20 * time.Millisecond):
				case <-end.Done():
					t.Fatalf("the feed of %s is at %s:\n%s", slug, at, text)
				}
			}
		}
		has := func(titles ...string) func(at, feed string) bool {
			return func(_, feed string) bool {
				for _, title := range titles {
					if !strings.Contains(feed, "<title>"+title+"</title>") {
						return false
					}
				}
				return strings.Count(feed, "<item>") == len(titles)
			}
		}
		feed("jane-doe", has("Alpha"))
		if _, page := editor.send("/desk/authors/?one=Jane+D.&into=jane-doe", nil); !strings.Contains(page, "Merge them (articles: 1, followers: 0)") {
			t.Fatalf("what it would do:\n%s", page)
		}
		editor.send("/desk/authors/", url.Values{"act": {"merge"}, "one": {"jane-d"}, "into": {"jane-doe"}})
		feed("jane-doe", has("Alpha", "Beta"))
		feed("jane-d", func(at, _ string) bool { return at == "/authors/jane-doe/rss.xml" })
		if _, err := h.Read(h.ctx, false, nil); err != nil {
			t.Fatal(err)
		}
		feed("jane-doe", has("Alpha", "Beta"))
		if _, page := editor.send("/desk/authors/", url.Values{"act": {"merge"}, "one": {"jane-d"}, "into": {"jane-doe"}}); !strings.Contains(page, "one author already") {
			t.Errorf("merged twice:\n%s", page)
		}
		editor.send("/desk/authors/", url.Values{"act": {"part"}, "one": {"jane-d"}})
		feed("jane-d", has("Beta"))
		feed("jane-doe", has("Alpha"))
		acts, err := h.Store.LastActs(h.ctx, h.Store.Now(), 2)
		h.must(err)
		if acts[0].What != "part" || acts[1].What != "merge" || acts[1].Detail != "jane-d into jane-doe" || acts[1].Who != "editor@people.example" {
			t.Errorf("%+v", acts)
		}
	})
}

// Which programs read which feeds is written down when the daemon ends at the latest.
func TestTheDeskShowsWhoReads(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := buildRunning(t, engine)
		h.pieces()
		t.Run("a daemon runs", func(t *testing.T) {
			base := serve(t, h.Daemon)
			for _, agent := range []string{"Feedly/1.0 (+http://www.feedly.com/fetcher.html; 12 subscribers)", "newsboat/2.30 (Linux)"} {
				r, err := http.NewRequest("GET", base+"/rss.xml", nil)
				h.must(err)
				r.Header.Set("User-Agent", agent)
				res, err := http.DefaultClient.Do(r)
				h.must(err)
				io.Copy(io.Discard, res.Body)
				res.Body.Close()
			}
		})
		polls, err := h.Store.Polls(h.ctx, "", 10)
		h.must(err)
		if len(polls) != 2 || polls[0].Program != "Feedly" || polls[0].Readers != 12 || polls[1].Program != "newsboat" || polls[1].Feed != "/rss.xml" {
			t.Errorf("%+v", polls)
		}
	})
}

// An editor merges two spellings, orders an issue's contents and publishes it, on a
// phone without scripts and at a desk with them.
func TestBrowserArticlesAtTheDesk(t *testing.T) {
	t.Parallel()
	for _, on := range []posttest.Screen{posttest.BarePhone, posttest.Desktop} {
		t.Run(on.Name, func(t *testing.T) {
			h := buildRunning(t, "sqlite")
			h.pieces()
			h.write(func(tx *store.Tx) error {
				return tx.PutPolls(h.ctx, []store.Poll{{Feed: "/rss.xml", Program: "Feedly", Readers: 12, At: tx.Now}, {Feed: "/rss.xml", Program: "newsboat", At: tx.Now}})
			})
			j, base := h.comesIn(on, "nav")
			j.Do("articles", posttest.Click(`nav a[href="/desk/articles/"]`), posttest.WaitVisible("#last"))
			j.Reads("#last + div", "beta.md")
			j.Do("authors", posttest.Click(`main nav a[href="/desk/authors/"]`), posttest.WaitVisible("#one"))
			j.Do("would merge", posttest.SendKeys("#one", "jane-d"), posttest.SendKeys("#into", "Jane Doe"), posttest.Click(`form:has(#one) button`), posttest.WaitVisible("#merge-this"))
			j.Do("merge", posttest.Click(`button[value="merge"]`), posttest.WaitVisible("#merged"))
			j.Reads("#merged + div", "owner@people.example")
			j.Do("issues", posttest.Click(`main nav a[href="/desk/issues/"]`), posttest.WaitVisible("tbody"))
			j.Do("issue", posttest.Click(`tbody a[href="/desk/issues/12/9/"]`), posttest.WaitVisible("#contents"))
			j.Do("order", posttest.SetValue(`input[name="place-0"]`, "30"), posttest.Click(`button[value="order"]`), posttest.WaitVisible(`tbody tr:first-child a[href="/articles/beta/"]`))
			j.Reads("tbody tr:first-child", "Beta")
			j.Do("publish", posttest.Click("#publish ~ details summary"), posttest.Click(`button[value="publish"]`), posttest.WaitVisible(".lead .state.good"))
			list, err := h.Store.ArticlesIn(h.ctx, magazine.IssueScope(magazine.IssueRef{Volume: "12", Number: "9"}), store.ListOptions{})
			if err != nil || len(list) != 2 || list[0].Slug != "beta" {
				t.Errorf("%+v, %v", list, err)
			}
			j.Do("feeds", chromedp.Navigate(base+"/desk/feeds/"), posttest.WaitVisible("tbody"))
			j.Reads("tbody tr:first-child", "Feedly")
		})
	}
}
