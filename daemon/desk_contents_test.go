package daemon_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
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
	for _, c := range []struct {
		name    string
		width   int64
		scripts bool
	}{{"phone without scripts", 390, false}, {"desk", 1280, true}} {
		t.Run(c.name, func(t *testing.T) {
			ctx := posttest.Browser(t)
			h := buildRunning(t, "sqlite")
			h.pieces()
			h.write(func(tx *store.Tx) error {
				return tx.PutPolls(h.ctx, []store.Poll{{Feed: "/rss.xml", Program: "Feedly", Readers: 12, At: tx.Now}, {Feed: "/rss.xml", Program: "newsboat", At: tx.Now}})
			})
			base := serve(t, h.Daemon)
			u, err := h.Members.SetUser(h.ctx, "owner@people.example", "", "root")
			h.must(err)
			token, err := h.Members.UserLink(h.ctx, u, "root")
			h.must(err)
			do := func(what string, steps ...chromedp.Action[chromedp.Void]) {
				t.Helper()
				if err := chromedp.Do(ctx, steps...); err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				if !c.scripts {
					return
				}
				fits, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth <= innerWidth`))
				if err != nil || !fits {
					t.Errorf("after %q the page stands out sideways (%v)", what, err)
				}
			}
			text := func(at, want string) {
				t.Helper()
				got, err := chromedp.Run(ctx, chromedp.TextContent(at))
				if err != nil || !strings.Contains(got, want) {
					t.Fatalf("%s says %q (%v), want %q", at, got, err, want)
				}
			}
			scripts := func(ctx context.Context, target *chromedp.Target) error {
				_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !c.scripts})
				return err
			}
			do("come in", chromedp.Func(scripts), chromedp.EmulateViewport(c.width, 900), chromedp.Navigate(base+"/signin/"+token), chromedp.Click(".message button"), chromedp.WaitVisible("nav"))
			do("articles", chromedp.Click(`nav a[href="/desk/articles/"]`), chromedp.WaitVisible("#last"))
			text("#last + div", "beta.md")
			do("authors", chromedp.Click(`main nav a[href="/desk/authors/"]`), chromedp.WaitVisible("#one"))
			do("would merge", chromedp.SendKeys("#one", "jane-d"), chromedp.SendKeys("#into", "Jane Doe"), chromedp.Click(`form:has(#one) button`), chromedp.WaitVisible("#merge-this"))
			do("merge", chromedp.Click(`button[value="merge"]`), chromedp.WaitVisible("#merged"))
			text("#merged + div", "owner@people.example")
			do("issues", chromedp.Click(`main nav a[href="/desk/issues/"]`), chromedp.WaitVisible("tbody"))
			do("issue", chromedp.Click(`tbody a[href="/desk/issues/12/9/"]`), chromedp.WaitVisible("#contents"))
			do("order", chromedp.SetValue(`input[name="place-0"]`, "30"), chromedp.Click(`button[value="order"]`), chromedp.WaitVisible(`tbody tr:first-child a[href="/articles/beta/"]`))
			text("tbody tr:first-child", "Beta")
			do("publish", chromedp.Click("#publish ~ details summary"), chromedp.Click(`button[value="publish"]`), chromedp.WaitVisible(".lead .state.good"))
			list, err := h.Store.ArticlesIn(h.ctx, magazine.IssueScope(magazine.IssueRef{Volume: "12", Number: "9"}), store.ListOptions{})
			if err != nil || len(list) != 2 || list[0].Slug != "beta" {
				t.Errorf("%+v, %v", list, err)
			}
			do("feeds", chromedp.Navigate(base+"/desk/feeds/"), chromedp.WaitVisible("tbody"))
			text("tbody tr:first-child", "Feedly")
		})
	}
}
