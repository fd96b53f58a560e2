package feeds

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestExport(t *testing.T) {
	s, _ := library(t)
	dir := filepath.Join(t.TempDir(), "public")
	var steps []int
	n, err := Export(t.Context(), s, builder(), dir, func(done, total int) {
		if total != 19 {
			t.Errorf("%d files in all", total)
		}
		steps = append(steps, done)
	})
	if err != nil || n != 19 || len(steps) != 19 || steps[18] != 19 {
		t.Fatalf("%d files, %v; progress %v", n, err, steps)
	}
	h := Handler(s, builder(), CacheBytes, fail)
	files := 0
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		below, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		served := ask(h, "GET", (&url.URL{Path: "/" + filepath.ToSlash(below)}).EscapedPath())
		if served.StatusCode != 200 || !bytes.Equal(content, body(t, served)) {
			t.Errorf("%s is not what is served (%d)", below, served.StatusCode)
		}
		return nil
	})
	if err != nil || files != 19 {
		t.Errorf("%d files, %v", files, err)
	}
}

func TestExportNamesWhatItCannotWrite(t *testing.T) {
	s, _ := library(t)
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "authors", "salma-oduya", "rss.xml"), 0o755); err != nil { // a folder where a file should be
		t.Fatal(err)
	}
	outside := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "sections")); err != nil {
		t.Fatal(err)
	}
	n, err := Export(t.Context(), s, builder(), dir, nil)
	if err == nil || n != 19-1-3 || !strings.Contains(err.Error(), "/authors/salma-oduya/rss.xml") || !strings.Contains(err.Error(), "/sections/science-craft/") {
		t.Errorf("%d files, %v", n, err)
	}
	if left, err := os.ReadDir(outside); err != nil || len(left) != 0 {
		t.Errorf("something was written outside the folder: %v %v", left, err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "authors", "salma-oduya", ".*")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestFileNames(t *testing.T) {
	for in, want := range map[string]string{"tide-clocks": "tide-clocks", "3-4": "3-4", "..": "%2E%2E", ".hidden": "%2Ehidden", "a/b": "a%2Fb", `a\b`: "a%5Cb", "a%2Fb": "a%252Fb", "رسالة": "رسالة", "a\x00b": "a%00b", "dot.in.it": "dot.in.it"} {
		if got := fileName(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
