package feeds

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// merge makes a slug an alias of Salma, whose file says so, and saves what stood
// under it as hers.
func merge(t *testing.T, s *store.Store, alias string, articles ...magazine.Article) {
	t.Helper()
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		if err := tx.PutAuthor(t.Context(), magazine.Author{Slug: "salma-oduya", Name: "Salma Oduya"}); err != nil {
			return err
		}
		_, err := tx.PutAliases(t.Context(), "sample", "salma-oduya", []string{alias})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range articles {
		articles[i].Authors = []magazine.Author{{Slug: "salma-oduya", Name: articles[i].Authors[0].Name}}
	}
	put(t, s, articles...)
}

func byOther(slug string, articles ...magazine.Article) []magazine.Article {
	for i := range articles {
		articles[i].Authors = []magazine.Author{{Slug: slug, Name: "S. Oduya"}}
	}
	return articles
}

func TestFeedsOfAMergedAuthorLeadOn(t *testing.T) {
	posttest.Stores(t, func(t *testing.T, s *store.Store, _ *posttest.Clock) {
		others := byOther("ص-oduya", numbered(1, 120)...)
		put(t, s, append(sampleArticles(), others...)...)
		source := &counting{Store: s}
		h := newHandler(source, builder(), CacheBytes, fail)
		old := "/authors/" + "%D8%B5-oduya/"
		had := ask(h, "GET", old+"rss.xml")
		if had.StatusCode != 200 {
			t.Fatal(had.StatusCode)
		}
		merge(t, s, "ص-oduya", others...)
		for _, file := range []string{"rss.xml", "atom.xml", "feed.json", "feeds.opml", "archive/1/rss.xml", "archive/2/feed.json", "rss.xml?a=b%20c"} {
			for _, method := range []string{"GET", "HEAD"} {
				r := ask(h, method, old+file, "If-None-Match", had.Header.Get("ETag"))
				to := r.Header.Get("Location")
				if want := "/mag/authors/salma-oduya/" + file; r.StatusCode != 301 || to != want || !strings.HasPrefix(r.Header.Get("Cache-Control"), "max-age=") {
					t.Errorf("%s %s: %d to %q, want %q, %v", method, file, r.StatusCode, to, want, r.Header)
				}
				if there := ask(h, method, strings.TrimPrefix(to, "/mag")); there.StatusCode != 200 {
					t.Errorf("%s leads to %s: %d", file, to, there.StatusCode)
				}
			}
		}
		if r := ask(h, "POST", old+"rss.xml"); r.StatusCode != 405 {
			t.Errorf("POST: %d", r.StatusCode)
		}
		before := source.looks.Load()
		for range 50 {
			ask(h, "GET", old+"atom.xml")
		}
		if n := source.looks.Load() - before; n > 0 {
			t.Errorf("%d looks at the database for what is known", n)
		}
		if doc := string(body(t, ask(h, "GET", "/feeds.opml"))); strings.Contains(doc, "%D8%B5-oduya") || !strings.Contains(doc, "salma-oduya") {
			t.Errorf("the list of feeds:\n%s", doc)
		}
	})
}

// In an export an alias has no files; those of one who was an author until now
// are removed.
func TestExportOfAMergedAuthor(t *testing.T) {
	s, _ := library(t)
	others := byOther("s-oduya", numbered(1, 60)...)
	put(t, s, others...)
	dir := filepath.Join(t.TempDir(), "public")
	mustExport(t, s, dir, ExportOptions{Gzip: true})
	if files := filesIn(t, dir); files["authors/s-oduya/rss.xml"] == nil || files["authors/s-oduya/archive/1/rss.xml.gz"] == nil {
		t.Fatal("the test's author was not exported")
	}
	merge(t, s, "s-oduya", others...)
	done := mustExport(t, s, dir, ExportOptions{Gzip: true})
	if _, err := os.Stat(filepath.Join(dir, "authors", "s-oduya")); !os.IsNotExist(err) || done.Removed != 2*(3+3*1+1) {
		t.Errorf("%+v, %v", done, err)
	}
	if files := filesIn(t, dir); !strings.Contains(string(files["authors/salma-oduya/rss.xml"]), "piece-060") {
		t.Error("the author's own feed lacks what was merged")
	}
}
