package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "modernc.org/sqlite" // driver "sqlite"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

func TestANewerSchemaIsRefused(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			url := posttest.Bare(t, engine)
			s, err := store.Open(ctx, store.Options{URL: url})
			if err != nil {
				t.Fatal(err)
			}
			write(t, s, func(tx *store.Tx) error {
				_, err := tx.ExecContext(ctx, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9000, $1)", true)
				return err
			})
			s.Close()
			_, err = store.Open(ctx, store.Options{URL: url})
			if magazine.CodeOf(err) != magazine.Unavailable || !strings.Contains(err.Error(), "9000 is newer than this program's") {
				t.Errorf("%v", err)
			}
		})
	}
}

// Several processes that start at once on a new database make it once.
func TestSeveralOpenAtOnce(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			url := posttest.Bare(t, engine)
			stores := make([]*store.Store, 4)
			var all sync.WaitGroup
			for i := range stores {
				all.Go(func() {
					var err error
					if stores[i], err = store.Open(ctx, store.Options{URL: url}); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			for i, s := range stores {
				if s == nil {
					continue
				}
				defer s.Close()
				if err := s.Ping(ctx); err != nil {
					t.Error(err)
				}
				put(t, s, piece(string(rune('a'+i)), posttest.Start))
			}
			if stores[0] != nil {
				if got := slugs(t, stores[0], magazine.SiteScope()); len(got) != 7 {
					t.Errorf("articles %q", got)
				}
			}
		})
	}
}

func TestDatabaseAddresses(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"plain.db", "per%20cent & Ünïcode?#.db", filepath.Join("new", "folder", "x.db")} {
		path := filepath.Join(dir, name)
		s, err := store.Open(ctx, store.Options{URL: "sqlite:" + path})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		put(t, s, piece("a", posttest.Start))
		s.Close()
		if info, err := os.Stat(path); err != nil || info.Size() == 0 || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	t.Chdir(dir)
	if s, err := store.Open(ctx, store.Options{URL: "sqlite:plain.db"}); err != nil {
		t.Error(err)
	} else {
		if slugs(t, s, magazine.SiteScope()) != "a" {
			t.Error("a path from here is another file")
		}
		s.Close()
	}
	for _, bad := range []string{"", "sqlite:", "sqlite", "mysql://x", "data/x.db", "sqlite:a\x00b"} {
		if _, err := store.Open(ctx, store.Options{URL: bad}); magazine.CodeOf(err) != magazine.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
	port, err := posttest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("postgres://harbour:sesame@127.0.0.1:%d/x?connect_timeout=5", port)
	if _, err := store.Open(ctx, store.Options{URL: address}); magazine.CodeOf(err) != magazine.Unavailable || strings.Contains(err.Error(), "sesame") {
		t.Errorf("nobody answers: %v", err)
	}
}

func TestWhatIsNoDatabase(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "letter.txt")
	if err := os.WriteFile(file, []byte(strings.Repeat("Dear sir or madam, ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for what, path := range map[string]string{"another file": file, "a folder": dir, "below a file": filepath.Join(file, "x.db")} {
		if _, err := store.Open(ctx, store.Options{URL: "sqlite:" + path}); magazine.CodeOf(err) != magazine.Unavailable {
			t.Errorf("%s: %v", what, err)
		}
	}
	if text, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(text), "Dear sir") {
		t.Errorf("the letter was written over: %v", err)
	}
}

func testAFailedTransactionLeavesNoTrace(t *testing.T, s *store.Store, clock *posttest.Clock) {
	stop := errors.New("stop")
	err := s.Write(ctx, func(tx *store.Tx) error {
		if err := tx.PutArticle(ctx, piece("a", clock.Now())); err != nil {
			return err
		}
		if _, err := tx.PublishDue(ctx); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) || slugs(t, s, magazine.SiteScope()) != "" {
		t.Error(err)
	}
	put(t, s, piece("b", clock.Now())) // the writer is free, and numbers have no gap
	if a, err := s.Article(ctx, "b"); err != nil || a.Seq != 1 {
		t.Errorf("%+v, %v", a, err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.Write(gone, func(tx *store.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestAFullDisk(t *testing.T) {
	clock := posttest.NewClock(posttest.Start)
	s := posttest.Open(t, posttest.Bare(t, "sqlite"), clock.Now)
	err := s.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, "PRAGMA max_page_count = 100"); err != nil {
			return err
		}
		return tx.PutMedia(ctx, store.Media{Hash: "large", Data: make([]byte, 4<<20)})
	})
	if magazine.CodeOf(err) != magazine.Unavailable || !strings.Contains(err.Error(), "disk's space") {
		t.Errorf("%v", err)
	}
	if _, err := s.Media(ctx, "large"); magazine.CodeOf(err) != magazine.NotFound {
		t.Errorf("half-written: %v", err)
	}
}

func TestABusyDatabase(t *testing.T) {
	clock := posttest.NewClock(posttest.Start)
	url := posttest.Bare(t, "sqlite")
	s := posttest.Open(t, url, clock.Now)
	write(t, s, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, "PRAGMA busy_timeout = 1")
		return err
	})
	other, err := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	conn, err := other.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(ctx, func(tx *store.Tx) error { return nil }); magazine.CodeOf(err) != magazine.Unavailable || !strings.Contains(err.Error(), "busy") {
		t.Errorf("%v", err)
	}
	if slugs(t, s, magazine.SiteScope()) != "" { // who reads never waits
		t.Error("it reads")
	}
	if _, err := conn.ExecContext(ctx, "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	put(t, s, piece("a", clock.Now()))
}
