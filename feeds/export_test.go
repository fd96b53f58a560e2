package feeds

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/andybalholm/brotli"

	"postrider/magazine"
)

// filesIn reads every file below a folder, by its path there.
func filesIn(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		below, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		all[filepath.ToSlash(below)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func mustExport(t *testing.T, s source, dir string, o ExportOptions) Exported {
	t.Helper()
	done, err := export(t.Context(), s, builder(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// Every file is what is served at its address, in each coding.
func TestExport(t *testing.T) {
	s, _ := library(t)
	put(t, s, numbered(1, 120)...)
	dir := filepath.Join(t.TempDir(), "public")
	var steps []int
	done := mustExport(t, s, dir, ExportOptions{Gzip: true, Brotli: true, Progress: func(done, total int) {
		if total != 34 {
			t.Errorf("%d documents in all", total)
		}
		steps = append(steps, done)
	}})
	const documents = 3*(6+2+2) + 1 + 3 // two pages of the site's archive and two of an author's; the list of all feeds, and one an author
	if done != (Exported{Feeds: documents, Written: 3 * documents}) || steps[len(steps)-1] != documents {
		t.Fatalf("%+v; progress %v", done, steps)
	}
	h := Handler(s, builder(), CacheBytes, nil, fail)
	files := filesIn(t, dir)
	if len(files) != 3*documents+1 {
		t.Errorf("%d files", len(files))
	}
	for name, content := range files {
		if name == indexFile {
			continue
		}
		var plain io.Reader = bytes.NewReader(content)
		var err error
		address, coding := strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".br"), ""
		switch filepath.Ext(name) {
		case ".gz":
			coding = "gzip"
			plain, err = gzip.NewReader(plain)
		case ".br":
			coding = "br"
			plain = brotli.NewReader(plain)
		}
		if err != nil {
			t.Fatal(err)
		}
		if content, err = io.ReadAll(plain); err != nil {
			t.Fatal(err)
		}
		served := ask(h, "GET", (&url.URL{Path: "/" + address}).EscapedPath(), "Accept-Encoding", coding)
		if served.StatusCode != 200 || !bytes.Equal(content, body(t, served)) {
			t.Errorf("%s is not what is served (%d)", name, served.StatusCode)
		}
	}
}

func TestExportWritesWhatChanged(t *testing.T) {
	s, clock := library(t)
	put(t, s, numbered(1, 60)...)
	dir := t.TempDir()
	source := &counting{Store: s}
	first := mustExport(t, source, dir, ExportOptions{})
	keep := filepath.Join(dir, "authors", "salma-oduya", "mine.txt")
	if err := os.WriteFile(keep, []byte("not a feed"), 0o644); err != nil {
		t.Fatal(err)
	}

	built := source.lists.Load()
	if again := mustExport(t, source, dir, ExportOptions{}); again != (Exported{Feeds: first.Feeds, Unchanged: first.Written}) || source.lists.Load() != built {
		t.Errorf("again: %+v, and %d documents were built", again, source.lists.Load()-built)
	}

	clock.Add(time.Hour)
	edited := membersOnly()
	edited.Title = "The Keepers, Again"
	put(t, s, edited)
	// The first page of the site's and of an author's archive; the dates of their
	// feeds, which JSON has none of, and of their lists.
	if changed := mustExport(t, s, dir, ExportOptions{}); changed.Written != 2*3+2*2+2 || changed.Removed != 0 {
		t.Errorf("after an edit: %+v", changed)
	}

	only := mustExport(t, s, dir, ExportOptions{Formats: []Format{RSS}, NoArchives: true})
	for name := range filesIn(t, dir) {
		if name != indexFile && !strings.HasSuffix(name, "feeds.opml") && !strings.HasSuffix(name, "rss.xml") && !strings.HasSuffix(name, "mine.txt") || strings.Contains(name, "archive/") {
			t.Errorf("%s is still there", name)
		}
	}
	if only.Written != 2 || only.Removed != first.Written-only.Unchanged-only.Written { // the two that had archives lead to none
		t.Errorf("RSS alone: %+v", only)
	}
	if _, err := os.Stat(keep); err != nil {
		t.Errorf("another's file: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "archive")); !errors.Is(err, os.ErrNotExist) {
		t.Error("empty folders are left")
	}
}

// Whatever a document names below the site is among the files, with archives
// and without, and the feeds without hold as much.
func TestExportLeadsNowhereElse(t *testing.T) {
	s, _ := library(t)
	put(t, s, numbered(1, 120)...)
	dir := t.TempDir()
	named := regexp.MustCompile(`https://harbour\.example/mag/([a-z/0-9-]*archive/[^"<]*)|<\?xml-stylesheet [^>]*href="/mag/([^"]*)"`)
	entries := map[bool]int{}
	for _, without := range []bool{false, true, false} {
		mustExport(t, s, dir, ExportOptions{NoArchives: without, Style: []byte("rss { color: red }")})
		files, archives := filesIn(t, dir), 0
		for name, content := range files {
			for _, at := range named.FindAllSubmatch(content, -1) {
				if at[1] != nil {
					archives++
				}
				if to := string(at[1]) + string(at[2]); files[to] == nil {
					t.Errorf("without archives %t: %s leads to %s, which is not there", without, name, to)
				}
			}
		}
		if (archives == 0) != without {
			t.Errorf("without archives %t: %d links to archives", without, archives)
		}
		entries[without] = bytes.Count(files["rss.xml"], []byte("<item>"))
	}
	if entries[true] != entries[false] {
		t.Errorf("%d entries without archives, %d with", entries[true], entries[false])
	}
}

// An export that died, or whose files were touched, is made whole by the next.
func TestExportMendsWhatIsAmiss(t *testing.T) {
	s, _ := library(t)
	dir := t.TempDir()
	mustExport(t, s, dir, ExportOptions{})
	whole := filesIn(t, dir)

	ctx, stop := context.WithCancel(t.Context())
	other := t.TempDir()
	_, err := Export(ctx, s, builder(), other, ExportOptions{Progress: func(done, _ int) {
		if done >= 3 {
			stop()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("stopped: %v", err)
	}
	if err := os.WriteFile(filepath.Join(other, "authors", "gone.txt"), nil, 0o644); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, spoil := range []func(){
		func() {},
		func() { os.Remove(filepath.Join(other, "atom.xml")) },
		func() { os.Truncate(filepath.Join(other, "atom.xml"), 0) },
		func() { os.Truncate(filepath.Join(other, "authors", "salma-oduya", "feeds.opml"), 99) },
		func() { os.WriteFile(filepath.Join(other, indexFile), []byte("{"), 0o644) },
		func() {
			os.WriteFile(filepath.Join(other, indexFile), []byte(`{"feeds":[{"path":"/","files":["../x/rss.xml","/etc/rss.xml","config.yaml"]}],"gone":["secret.txt","../rss.xml"]}`), 0o644)
		},
	} {
		spoil()
		mustExport(t, s, other, ExportOptions{})
		got := filesIn(t, other)
		delete(got, "authors/gone.txt")
		if !maps.EqualFunc(got, whole, bytes.Equal) {
			t.Errorf("it has %q, want %q, or other bytes", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(whole)))
		}
	}
	withdraw(t, s, elsewhere().ID)
	withdraw(t, s, membersOnly().ID)
	mustExport(t, s, other, ExportOptions{})
	var i index
	if err := json.Unmarshal(filesIn(t, other)[indexFile], &i); err != nil || len(i.Gone) != 0 || slices.ContainsFunc(i.Feeds, func(l listed) bool { return l.Version == "" }) {
		t.Errorf("the index: %+v, %v", i, err)
	}
}

// Whatever the index says, a file that no export has made is let be, and so are
// the feeds of another publication.
func TestExportLetsOthersBe(t *testing.T) {
	s, _ := library(t)
	dir := t.TempDir()
	foreign := []string{"blog/rss.xml", "authors/rss.xml", "authors/salma-oduya/drafts/rss.xml", "archive/1/feeds.opml", "archive/01/rss.xml", "rss.xml.gz.br", "issues/12/atom.xml"}
	gone := []string{"authors/nobody/rss.xml.br", "issues/12/%2E/archive/3/feed.json", "archive/9/atom.xml.gz"}
	for _, name := range slices.Concat(foreign, gone) {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, nil, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	listing, err := json.Marshal(index{Feeds: []listed{{Files: foreign}}, Gone: slices.Concat(foreign, gone)})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, indexFile), listing, 0o644); err != nil {
		t.Fatal(err)
	}
	if done := mustExport(t, s, dir, ExportOptions{}); done.Removed != len(gone) {
		t.Errorf("%+v", done)
	}
	before := filesIn(t, dir)
	for _, name := range foreign {
		if _, ok := before[name]; !ok {
			t.Errorf("%s is gone", name)
		}
	}

	other := builder()
	other.Publication.URL = "https://other.example"
	_, err = export(t.Context(), s, other, dir, ExportOptions{})
	if magazine.CodeOf(err) != magazine.Conflict {
		t.Fatalf("another's export: %v", err)
	}
	for _, named := range []string{dir, "https://harbour.example/mag/", "https://other.example/", indexFile} {
		if !strings.Contains(err.Error(), named) {
			t.Errorf("%q does not name %s", err, named)
		}
	}
	if !maps.EqualFunc(filesIn(t, dir), before, bytes.Equal) {
		t.Error("the refused export has touched the folder")
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
	done, err := Export(t.Context(), s, builder(), dir, ExportOptions{})
	if err == nil || done.Written != 22-1-3 || !strings.Contains(err.Error(), "/authors/salma-oduya/rss.xml") || !strings.Contains(err.Error(), "/sections/science-craft/") {
		t.Errorf("%+v, %v", done, err)
	}
	if left, err := os.ReadDir(outside); err != nil || len(left) != 0 {
		t.Errorf("something was written outside the folder: %v %v", left, err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "authors", "salma-oduya", ".*")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// What a killed export has left half written goes with the next, and a link in
// its place is not followed.
func TestExportClearsAwayItsHalves(t *testing.T) {
	s, _ := library(t)
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "mine")
	if err := os.WriteFile(outside, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	mustExport(t, s, dir, ExportOptions{})
	halves := []string{".rss.xml.new", "authors/salma-oduya/.atom.xml.new", "sections/science-craft/.feed.json.new"}
	for _, name := range halves {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("<fe"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	linked := filepath.Join(dir, ".atom.xml.new")
	if err := errors.Join(os.Symlink(outside, linked), os.Remove(filepath.Join(dir, indexFile)), os.Remove(filepath.Join(dir, "atom.xml"))); err != nil {
		t.Fatal(err)
	}
	mustExport(t, s, dir, ExportOptions{})
	for name := range filesIn(t, dir) {
		if strings.HasSuffix(name, ".new") {
			t.Errorf("%s is left", name)
		}
	}
	if text, err := os.ReadFile(outside); err != nil || string(text) != "mine" {
		t.Errorf("a link was followed: %q, %v", text, err)
	}
	for _, name := range halves {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("<fe"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	withdraw(t, s, tideClocks().ID)
	withdraw(t, s, arabic().ID)
	mustExport(t, s, dir, ExportOptions{})
	if _, err := os.Stat(filepath.Join(dir, "sections")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the half of a feed that is no more keeps its folder: %v", err)
	}
}

func TestExportsTakeTurns(t *testing.T) {
	s, _ := library(t)
	dir := t.TempDir()
	var once sync.Once
	var second error
	mustExport(t, s, dir, ExportOptions{Progress: func(int, int) {
		once.Do(func() { _, second = export(t.Context(), s, builder(), dir, ExportOptions{}) })
	}})
	if magazine.CodeOf(second) != magazine.Unavailable || !strings.Contains(second.Error(), dir) {
		t.Errorf("an export during another: %v", second)
	}
	mustExport(t, s, dir, ExportOptions{})
}

// What the memo remembers is never older than the version of the document that
// shows it.
func TestTheMemoForgets(t *testing.T) {
	s, clock := library(t)
	m := newMemo(s, &memoryShelf{})
	titled := func() string {
		if _, err := m.ScopeVersion(t.Context(), magazine.AuthorScope("salma-oduya")); err != nil {
			t.Fatal(err)
		}
		i, err := m.Issue(t.Context(), september)
		if err != nil {
			t.Fatal(err)
		}
		return i.Title
	}
	for _, title := range []string{"Reckoning", "Tides", "Lamps"} {
		clock.Add(time.Second)
		putIssue(t, s, magazine.Issue{IssueRef: september, Title: title})
		if got := titled(); got != title || titled() != title {
			t.Errorf("the issue is %q, want %q", got, title)
		}
	}
	if _, err := m.Issue(t.Context(), magazine.IssueRef{Volume: "1", Number: "1"}); magazine.CodeOf(err) != magazine.NotFound {
		t.Errorf("an issue that is not there: %v", err)
	}
}

func TestFileNames(t *testing.T) {
	for in, want := range map[string]string{"tide-clocks": "tide-clocks", "3-4": "3-4", "..": "%2E%2E", ".hidden": "%2Ehidden", "a/b": "a%2Fb", `a\b`: "a%5Cb", "a%2Fb": "a%252Fb", "رسالة": "رسالة", "a\x00b": "a%00b", "dot.in.it": "dot.in.it"} {
		if got := fileName(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
