package articles

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

func TestMain(m *testing.M) { posttest.Main(m) }

// tester is what a desk needs of a test, or of one run of a property.
type tester interface {
	Helper()
	Log(...any)
	Error(...any)
	Errorf(string, ...any)
	Fatal(...any)
	Fatalf(string, ...any)
	Context() context.Context
	Cleanup(func())
}

// desk is a source with its folder and its store.
type desk struct {
	t     tester
	dir   string
	store *store.Store
	clock *posttest.Clock
	src   *Source
	log   *logBook
	stamp time.Time // of the file that was written last
}

// desks runs a test at a desk on every engine.
func desks(t *testing.T, test func(d *desk)) {
	posttest.Stores(t, func(t *testing.T, s *store.Store, clock *posttest.Clock) { test(newDesk(t, s, clock)) })
}

// liteDesk is a desk on SQLite, for what the engine has no part in.
func liteDesk(t testing.TB) *desk {
	clock := posttest.NewClock(posttest.Start)
	file := filepath.Join(t.TempDir(), "postrider.db")
	data, err := emptyStore()
	if err == nil {
		err = os.WriteFile(file, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return newDesk(t, posttest.Open(t, "sqlite:"+file, clock.Now), clock)
}

// emptyStore is an empty database, made once: that takes longer than most tests.
var emptyStore = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "postrider-empty-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "empty.db")
	s, err := store.Open(context.Background(), store.Options{URL: "sqlite:" + file})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil { // which brings all of it into the one file
		return nil, err
	}
	return os.ReadFile(file)
})

func newDesk(t testing.TB, s *store.Store, clock *posttest.Clock) *desk {
	d := &desk{t: t, dir: filepath.Join(t.TempDir(), "content"), store: s, clock: clock, log: &logBook{}, stamp: time.Date(2024, 9, 1, 6, 0, 0, 0, time.UTC)}
	d.must(os.Mkdir(d.dir, 0o755))
	d.src = NewSource("sample", d.dir, newReader(), s, slog.New(slog.NewTextHandler(d.log, nil)))
	return d
}

// logBook keeps what is logged.
type logBook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) path(name string) string { return filepath.Join(d.dir, filepath.FromSlash(name)) }

// write writes a file that was left alone long ago.
func (d *desk) write(name, text string) {
	d.t.Helper()
	d.must(os.MkdirAll(filepath.Dir(d.path(name)), 0o755))
	d.must(os.WriteFile(d.path(name), []byte(text), 0o644))
	d.touch(name)
}

func (d *desk) touch(name string) {
	d.t.Helper()
	d.stamp = d.stamp.Add(time.Second)
	d.must(os.Chtimes(d.path(name), d.stamp, d.stamp))
}

func (d *desk) remove(name string) {
	d.t.Helper()
	d.must(os.RemoveAll(d.path(name)))
}

func (d *desk) rename(from, to string) {
	d.t.Helper()
	d.must(os.MkdirAll(filepath.Dir(d.path(to)), 0o755))
	d.must(os.Rename(d.path(from), d.path(to)))
}

// read goes over the source.
func (d *desk) read() Pass {
	d.t.Helper()
	return d.readWith(PassOptions{})
}

func (d *desk) readWith(o PassOptions) Pass {
	d.t.Helper()
	done, err := d.src.Read(context.Background(), o)
	d.must(err)
	return done
}

// wants goes over the source and compares the counts: new, changed, withdrawn,
// held, unchanged.
func (d *desk) wants(counts string) Pass {
	d.t.Helper()
	done := d.read()
	if got := countsOf(done); got != counts {
		d.t.Errorf("new, changed, withdrawn, held, unchanged: %s, want %s", got, counts)
	}
	return done
}

func countsOf(p Pass) string {
	return fmt.Sprintf("%d %d %d %d %d", p.New, p.Changed, p.Withdrawn, p.Held, p.Unchanged)
}

// article finds an article by a slug that it has or had.
func (d *desk) article(slug string) *magazine.Article {
	d.t.Helper()
	a, err := d.store.Article(context.Background(), slug)
	if err != nil {
		d.t.Fatalf("%s: %v", slug, err)
	}
	return a
}

// listed are the visible articles' slugs, newest first.
func (d *desk) listed() string { d.t.Helper(); return d.listedIn(magazine.SiteScope()) }

func (d *desk) listedIn(scope magazine.Scope) string {
	d.t.Helper()
	all, err := d.store.ArticlesIn(context.Background(), scope, store.ListOptions{})
	d.must(err)
	return slugsOf(all)
}

func slugsOf(all []magazine.Article) string {
	var slugs []string
	for _, a := range all {
		slugs = append(slugs, a.Slug)
	}
	return strings.Join(slugs, " ")
}

// line is a file's line in the list of articles.
func (d *desk) line(file string) store.ArticleListing {
	d.t.Helper()
	all, err := d.store.ArticleListings(context.Background())
	d.must(err)
	i := slices.IndexFunc(all, func(l store.ArticleListing) bool { return l.File == file })
	if i < 0 {
		d.t.Fatalf("%s is not listed: %+v", file, all)
	}
	return all[i]
}

// warned wants a file to have a problem that has some words.
func (d *desk) warned(file string, words ...string) {
	d.t.Helper()
	for _, p := range d.line(file).Problems {
		if all := p.String(); !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(all, w) }) {
			return
		}
	}
	d.t.Errorf("%s: no problem says %q: %v", file, words, d.line(file).Problems)
}

// unwarned wants a file to have no problems.
func (d *desk) unwarned(file string) {
	d.t.Helper()
	if p := d.line(file).Problems; len(p) > 0 {
		d.t.Errorf("%s: %v", file, p)
	}
}

// same compares what must never change about an article.
func (d *desk) same(was *magazine.Article, slug string) {
	d.t.Helper()
	a := d.article(slug)
	if a.ID != was.ID || a.GUID != was.GUID || a.Seq != was.Seq || !a.Published.Equal(was.Published) {
		d.t.Errorf("%s: id %s, guid %s, number %d, date %v; want %s, %s, %d, %v", slug, a.ID, a.GUID, a.Seq, a.Published, was.ID, was.GUID, was.Seq, was.Published)
	}
}

const passage = "The walk is four hundred paces long, and nobody hurries; the hemp knows the water better than the walkers do."

// page writes an article. More is front matter, a line each.
func page(title, date, body string, more ...string) string {
	front := "---\ntitle: " + title + "\n"
	if date != "" {
		front += "date: " + date + "\n"
	}
	for _, line := range more {
		front += line + "\n"
	}
	return front + "---\n" + body + "\n"
}
