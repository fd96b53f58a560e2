package store_test

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// What a pass goes by is the same in a copy, whatever the engines; the texts
// stay behind.
func TestCopyReading(t *testing.T) {
	posttest.Stores(t, func(t *testing.T, s *store.Store, clock *posttest.Clock) {
		var rows []store.ArticleRow
		for i := range 150 { // more than fit into a statement
			a := piece("tide-"+strings.Repeat("x", i), clock.Now())
			a.HTML = "<p>" + strings.Repeat("long ", 200) + "</p>"
			rows = append(rows, a)
		}
		put(t, s, rows...)
		write(t, s, func(tx *store.Tx) error {
			if err := tx.PutFiles(ctx, store.File{Source: "sample", Path: "a.md", State: store.FileHeld, Uses: []string{}, Problems: []magazine.Problem{{Text: "no date"}}}); err != nil {
				return err
			}
			return tx.PutSection(ctx, magazine.Section{Slug: "craft", Name: "Craft", Description: "Of hands."})
		})
		for _, engine := range []string{"sqlite", "postgres"} {
			to := posttest.Open(t, posttest.URL(t, engine), clock.Now)
			if err := s.CopyReading(ctx, to); err != nil {
				t.Fatal(err)
			}
			if got, want := must(to.ArticleListings(ctx)), must(s.ArticleListings(ctx)); len(got) != 151 || !reflect.DeepEqual(got, want) {
				t.Errorf("to %s: %d lines, want %d", engine, len(got), len(want))
			}
			if got := must(to.Section(ctx, "craft")); got.Description != "Of hands." {
				t.Errorf("to %s: %+v", engine, got)
			}
			if a := must(to.Article(ctx, rows[3].Slug)); a.HTML != "" || a.Title != rows[3].Title || a.Seq == 0 {
				t.Errorf("to %s: %+v", engine, a)
			}
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A database that is to exist is neither made nor changed.
func TestExisting(t *testing.T) {
	file := filepath.Join(t.TempDir(), "none", "postrider.db")
	if _, err := store.Open(ctx, store.Options{URL: "sqlite:" + file, Existing: true}); magazine.CodeOf(err) != magazine.NotFound {
		t.Errorf("no file: %v", err)
	}
	if files, _ := filepath.Glob(filepath.Dir(file)); len(files) > 0 {
		t.Error("its folder was made")
	}
	posttest.Stores(t, func(t *testing.T, _ *store.Store, clock *posttest.Clock) {
		engine := t.Name()[strings.LastIndexByte(t.Name(), '/')+1:]
		url := posttest.Bare(t, engine)
		if engine == "postgres" {
			if _, err := store.Open(ctx, store.Options{URL: url, Existing: true}); magazine.CodeOf(err) != magazine.NotFound {
				t.Errorf("nothing in it: %v", err)
			}
		}
		own := posttest.Open(t, url, clock.Now)
		s, err := store.Open(ctx, store.Options{URL: url, Existing: true})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		// Of an older or a newer program, whatever numbers its migrations have.
		for _, change := range []string{"DELETE FROM goose_db_version WHERE version_id = (SELECT MAX(version_id) FROM goose_db_version)", "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)"} {
			write(t, own, func(tx *store.Tx) error {
				_, err := tx.ExecContext(ctx, change)
				return err
			})
			if _, err := store.Open(ctx, store.Options{URL: url, Existing: true}); magazine.CodeOf(err) != magazine.Unavailable {
				t.Errorf("after %s: %v", change, err)
			}
		}
	})
	if _, err := store.Open(ctx, store.Options{URL: "postgres://nobody@127.0.0.1:1/none", Existing: true}); magazine.CodeOf(err) != magazine.Unavailable {
		t.Errorf("no server: %v", err)
	}
}
