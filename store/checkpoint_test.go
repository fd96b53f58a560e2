package store

import (
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
)

// TestCheckpoints writes more than what a checkpoint waits for and less than what a
// commit makes one for: the log is taken into the database all the same, and nothing
// of it is left beside a database that was closed.
func TestCheckpoints(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	s, err := Open(t.Context(), Options{URL: "sqlite:" + path})
	if err != nil {
		t.Fatal(err)
	}
	page := strings.Repeat("a", 4000)
	for range 8 {
		err := s.Write(t.Context(), func(tx *Tx) error {
			for range logWorth / 4 {
				if _, err := tx.exec(t.Context(), "INSERT INTO settings (name, value) VALUES ($1, $2)", magazine.NewID(), page); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	look, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer look.Close()
	for waited := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		var busy, pages, taken int
		if err := look.QueryRow("PRAGMA wal_checkpoint(NOOP)").Scan(&busy, &pages, &taken); err != nil {
			t.Fatal(err)
		}
		if taken >= logWorth && pages-taken < logWorth {
			break
		}
		if time.Since(waited) > time.Minute {
			t.Fatalf("of %d pages in the log %d were taken", pages, taken)
		}
	}
	look.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the log of the closed database: %v", err)
	}
}
