package web

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

func TestListOfFeeds(t *testing.T) {
	f := newFixture(t)
	first := f.get("/feeds/")
	for _, want := range []string{"http://localhost:8080/rss.xml", "/authors/salma-oduya/atom.xml", "/authors/salma-oduya/feeds.opml", "/issues/12/9/feed.json", "/sections/science-craft/rss.xml", "/feeds.opml", "A feed shows what is new"} {
		if want = strings.Replace(want, "http://localhost:8080", f.options.Publication.URL, 1); !strings.Contains(first.body, want) {
			t.Errorf("the list lacks %s", want)
		}
	}
	if policy := first.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self'") || strings.Contains(f.get("/").Header.Get("Content-Security-Policy"), "script") {
		t.Errorf("the policy of the list is %q", policy)
	}
	f.write(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.PutSection(ctx, magazine.Section{Slug: "poems", Name: "Poems"}); err != nil {
			return err
		}
		return tx.PutAuthor(ctx, magazine.Author{Slug: "no-piece-yet", Name: "No Piece Yet"})
	})
	first = f.get("/feeds/")
	for _, want := range []string{"/sections/poems/rss.xml", "/authors/no-piece-yet/feed.json"} {
		if !strings.Contains(first.body, want) || f.get(want).StatusCode != 200 {
			t.Errorf("the list lacks %s, of a file without an article", want)
		}
	}
	var pieces []magazine.Article
	for i := range 150 {
		a := newArticle(fmt.Sprintf("piece-%d", i), "Piece")
		a.Authors = []magazine.Author{{Slug: fmt.Sprintf("author-%03d", i), Name: fmt.Sprintf("Author %03d", i)}}
		pieces = append(pieces, a)
	}
	f.put(pieces...)
	seen := map[string]bool{}
	pages := 0
	for at := "/feeds/"; at != ""; pages++ {
		a := f.get(at)
		n := strings.Count(a.body, "data-copy=")
		if a.StatusCode != 200 || n == 0 || n > feedsOnPage {
			t.Fatalf("%s: %d with %d feeds", at, a.StatusCode, n)
		}
		for i := range 150 {
			if name := fmt.Sprintf("/authors/author-%03d/rss.xml", i); strings.Contains(a.body, name) {
				seen[name] = true
			}
		}
		at = ""
		if _, rest, ok := strings.Cut(a.body, `rel="next" href="`); ok {
			at, _, _ = strings.Cut(rest, `"`)
			at = "/feeds/" + at
		}
	}
	if pages < 150/feedsOnPage || len(seen) != 150 {
		t.Errorf("%d authors on %d pages", len(seen), pages)
	}
	for path, want := range map[string]int{"/feeds": 301, "/feeds/?page=999": 404, "/issues/?page=2": 404, "/authors/?page=0": 400, "/authors/?page=2": 200, "/feeds/?page=0": 400, "/feeds/?page=x": 400, "/feeds/?page=99999999999": 400} {
		if a := f.get(path); a.StatusCode != want {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
}

// The button copies the address; and a feed that is opened in a window is a
// page that one can read.
func TestFeedsInABrowser(t *testing.T) {
	ctx := posttest.Browser(t)
	f := newFixture(t, realFeeds)
	base := f.serve()
	do := func(what string, steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	do("copy", chromedp.Navigate(base+"/feeds/"), posttest.WaitVisible(`button[data-copy]`), posttest.Click(`button[data-copy]`), chromedp.WaitVisible(`//button[starts-with(., "Copied the address of the feed")]`))
	for path, want := range map[string]string{"/rss.xml": "item > description", "/atom.xml": "entry > summary", "/feeds.opml": "outline"} {
		do("open "+path, chromedp.Navigate(base+path))
		shown, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(() => {
			const style = e => getComputedStyle(e).display, hidden = document.querySelector("guid, feed > id, head > dateModified");
			return style(document.querySelector("`+want+`")) + " " + style(hidden) + " " + getComputedStyle(document.documentElement, "::before").content.slice(0, 14);
		})()`))
		if err != nil || !strings.HasPrefix(shown, `block none "This is a `) {
			t.Errorf("%s is shown as %q, %v", path, shown, err)
		}
	}
}
