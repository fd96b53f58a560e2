package feeds

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postrider/magazine"
	"postrider/store"
)

// A section and an author with a file of their own have feeds before they have
// an article, and no more when the file is gone.
func TestExportWithoutArticles(t *testing.T) {
	s, _ := library(t)
	if err := s.Write(t.Context(), func(tx *store.Tx) error {
		if err := tx.PutSection(t.Context(), magazine.Section{Slug: "poems", Name: "Poems"}); err != nil {
			return err
		}
		return tx.PutAuthor(t.Context(), magazine.Author{Slug: "jane-doe", Name: "Jane Doe"})
	}); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "public")
	mustExport(t, s, dir, ExportOptions{})
	h := Handler(s, builder(), CacheBytes, nil, fail)
	names := []string{"sections/poems/rss.xml", "authors/jane-doe/feed.json", "authors/jane-doe/feeds.opml"}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Equal(text, body(t, ask(h, "GET", "/"+name))) {
			t.Errorf("%s: %v, or it is not what is served", name, err)
		}
	}
	list, err := os.ReadFile(filepath.Join(dir, "feeds.opml"))
	for _, want := range []string{"/sections/poems/rss.xml", "/authors/jane-doe/rss.xml"} {
		if err != nil || !strings.Contains(string(list), want) {
			t.Errorf("the list of feeds lacks %s: %v", want, err)
		}
	}
	if err := s.Write(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Unsay(t.Context(), "sample", magazine.SectionScope("poems").Key())
		if err == nil {
			_, err = tx.Unsay(t.Context(), "sample", magazine.AuthorScope("jane-doe").Key())
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	mustExport(t, s, dir, ExportOptions{})
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s is left", name)
		}
	}
}
