package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// A folder that may not be written says so, and nothing is left half-written.
func TestAReadOnlyFolder(t *testing.T) {
	dir := t.TempDir()
	made := filepath.Join(dir, "made.db")
	s, err := store.Open(ctx, store.Options{URL: "sqlite:" + made})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	for parent := dir; parent != os.TempDir() && len(parent) > 1; parent = filepath.Dir(parent) {
		if err := os.Chmod(parent, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	os.Chmod(made, 0o644)
	os.Chmod(dir, 0o555)
	t.Cleanup(func() { os.Chmod(dir, 0o755) })
	posttest.AsNobody(t)
	for what, path := range map[string]string{"a new file": filepath.Join(dir, "new.db"), "a new folder": filepath.Join(dir, "sub", "new.db"), "a file that is there": made} {
		_, err := store.Open(ctx, store.Options{URL: "sqlite:" + path})
		if magazine.CodeOf(err) != magazine.Unavailable || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 2 { // the database and its migration lock
		t.Errorf("%v, %v", left, err)
	}
}
