package feeds

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// A hooked source lets others write while it reads articles, and can change
// what it reads.
type hooked struct {
	source
	read func([]magazine.Article) // after articles were read
}

func (h *hooked) ArticlesByID(ctx context.Context, ids []string) ([]magazine.Article, error) {
	list, err := h.source.ArticlesByID(ctx, ids)
	h.read(list)
	return list, err
}

// odd puts articles that are another's twins in some channels into the store,
// and some that all channels of a page share.
func odd(t *testing.T, s *store.Store) {
	t.Helper()
	pieces := numbered(1, 120)
	for i, guid := range map[int]string{10: "post  77", 110: "post\t77", 111: "tag:harbour.example,2026:guid/post%2077"} { // like membersOnly's, once written
		pieces[i].GUID = guid
		pieces[i].Section = science
	}
	pieces[10].Authors, pieces[111].Authors = nil, nil
	for i := range pieces {
		if i%3 == 0 {
			pieces[i].Language = "ar"
		}
		if i%4 == 0 {
			pieces[i].Issue = september
		}
		if i%5 == 0 {
			pieces[i].Access, pieces[i].Teaser = magazine.Members, "<p>Begins.</p>"
		}
		if i%7 == 0 {
			pieces[i].Related = []magazine.Related{{Slug: "tide-clocks"}, {Slug: "piece-003"}, {Slug: "nowhere", Title: "Lost"}}
		}
	}
	put(t, s, pieces...)
	putIssue(t, s, magazine.Issue{IssueRef: september, State: magazine.IssuePublished, Title: "Reckoning", CoverDate: utc("2024-09-04T21:00:00Z"), Contents: []string{"piece-005", "tide-clocks"}})
}

// What an export splices from entries that feeds share is what the builder makes
// of each feed's own articles.
func TestSharedEntriesMakeTheSameDocuments(t *testing.T) {
	s, _ := library(t)
	odd(t, s)
	undated := &hooked{s, func(list []magazine.Article) {
		for i := range list {
			if list[i].ID == "piece-060" { // its date is that of whatever it stands in
				list[i].Published, list[i].Updated = time.Time{}, time.Time{}
			}
		}
	}}
	twins := 0
	for name, change := range map[string]func(*Builder){
		"all":                    func(*Builder) {},
		"no archives":            func(b *Builder) { b.NoArchives = true },
		"summaries":              func(b *Builder) { b.Contents = summaries },
		"summaries of authors":   func(b *Builder) { b.Contents = Contents{magazine.ScopeAuthor: Summary} },
		"an Arabic publication":  func(b *Builder) { b.Publication.Language = "ar" },
		"many entries in a feed": func(b *Builder) { b.Entries = 1000 },
	} {
		b := builder()
		change(&b)
		dir := t.TempDir()
		if _, err := export(t.Context(), undated, b, dir, ExportOptions{}); err != nil {
			t.Fatal(err)
		}
		compared := 0
		for file, got := range filesIn(t, dir) {
			p, f, ok := locate("/" + file)
			if !ok || f == opmlFormat {
				continue
			}
			want, renamed := builtAlone(t, undated, &b, p, f)
			if !bytes.Equal(got, want) {
				t.Errorf("%s: %s: %s", name, file, firstDifference(want, got))
			}
			compared++
			twins += renamed
		}
		if compared < 3*6 {
			t.Errorf("%s: only %d documents", name, compared)
		}
	}
	if twins == 0 {
		t.Error("no document has two articles of the same identity")
	}
}

// builtAlone builds a document of nothing but its own articles, and tells of how
// many the identity was another's.
func builtAlone(t *testing.T, s source, b *Builder, p part, f Format) (doc []byte, renamed int) {
	t.Helper()
	v, err := s.ScopeVersion(t.Context(), p.scope)
	if err != nil {
		t.Fatal(err)
	}
	ch, err := b.channel(t.Context(), s, p.scope)
	if err != nil {
		t.Fatal(err)
	}
	ch.page, ch.pages = p.page, pages(ch.Complete, v)
	ids, err := s.ArticleIDs(t.Context(), p.scope, b.holds(&ch, v))
	if err != nil {
		t.Fatal(err)
	}
	articles, err := s.ArticlesByID(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.refer(t.Context(), s, &ch, articles); err != nil {
		t.Fatal(err)
	}
	if p.page > 0 {
		v.Changed = time.Time{}
		for _, a := range articles {
			v.Changed = slices.MaxFunc([]time.Time{v.Changed, a.Published, a.Updated}, time.Time.Compare)
		}
	}
	for _, e := range b.makeEntries(&ch, articles, v) {
		if e.id != b.identity(e.article) {
			renamed++
		}
	}
	if doc, err = b.Build(f, &ch, articles, v); err != nil {
		t.Fatal(err)
	}
	return doc, renamed
}

// What was written of an article before it changed is in no document of the
// version after it, whenever the change comes.
func TestEntriesAreNotOlderThanTheirDocuments(t *testing.T) {
	site, author := part{scope: magazine.SiteScope()}, part{scope: magazine.AuthorScope("salma-oduya")}
	for _, when := range []string{"between two documents", "while the first is read", "while the first is read, and another has seen it"} {
		s, clock := library(t)
		b := builder()
		source := &hooked{s, func([]magazine.Article) {}}
		m := newMemo(source, &memoryShelf{}, RSS)
		change := func([]magazine.Article) {
			source.read = func([]magazine.Article) {}
			clock.Add(time.Minute)
			a := membersOnly()
			a.Title = "Renewed"
			put(t, s, a)
			if strings.HasSuffix(when, "seen it") {
				if _, err := m.ScopeVersion(t.Context(), author.scope); err != nil {
					t.Fatal(err)
				}
			}
		}
		titles := func(p part) (version int64, is, was bool) {
			d, v, err := b.documents(t.Context(), m, p)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := d.document(0)
			if err != nil {
				t.Fatal(err)
			}
			return v.Number, bytes.Contains(doc, []byte("Renewed")), bytes.Contains(doc, []byte("The Keepers"))
		}
		if when == "between two documents" {
			if _, is, was := titles(site); is || !was {
				t.Error("before the change: it has come")
			}
			change(nil)
		} else {
			source.read = change
		}
		for _, p := range []part{site, author} {
			now, err := s.ScopeVersion(t.Context(), p.scope)
			if err != nil {
				t.Fatal(err)
			}
			version, is, was := titles(p)
			if now, err = s.ScopeVersion(t.Context(), p.scope); err != nil || version != now.Number || !is || was {
				t.Errorf("%s: %s is of version %d of %d; it has the new title: %t, the old one: %t (%v)", when, p.path(), version, now.Number, is, was, err)
			}
		}
	}
}

// An export reads each article that it needs once, and no other.
func TestExportReadsWhatItNeedsOnce(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // documents that are made at the same time may both read an article
	s, clock := library(t)
	put(t, s, numbered(1, 120)...)
	source, dir := &counting{Store: s}, t.TempDir()
	mustExport(t, source, dir, ExportOptions{})
	if n := source.read.Load(); n != 124 {
		t.Errorf("of 124 articles %d were read", n)
	}
	clock.Add(time.Hour)
	edited := numberedPiece(30)
	edited.Title = "Edited"
	put(t, s, edited)
	source.read.Store(0)
	mustExport(t, source, dir, ExportOptions{})
	// All documents of the two scopes that show it, which have most in common.
	needed := map[string]bool{}
	b := builder()
	for _, scope := range []magazine.Scope{magazine.SiteScope(), magazine.AuthorScope("salma-oduya")} {
		v, err := s.ScopeVersion(t.Context(), scope)
		if err != nil {
			t.Fatal(err)
		}
		for page := range pages(false, v) + 1 {
			ids, err := s.ArticleIDs(t.Context(), scope, b.holds(&Channel{Scope: scope, page: page, pages: pages(false, v)}, v))
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range ids {
				needed[id] = true
			}
		}
	}
	if n := int(source.read.Load()); n != len(needed) {
		t.Errorf("after an edit %d articles were read, want %d", n, len(needed))
	}
}

// Where there is no room for the entries, the export says so once and ends; the
// next makes it whole.
func TestExportWithoutRoomForEntries(t *testing.T) {
	s, _ := library(t)
	dir := t.TempDir()
	inTheWay := filepath.Join(dir, shelfFile, "file")
	if err := errors.Join(os.Mkdir(filepath.Dir(inTheWay), 0o755), os.WriteFile(inTheWay, nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	done, err := export(t.Context(), s, builder(), dir, ExportOptions{})
	if magazine.CodeOf(err) != magazine.Unavailable || strings.Count(err.Error(), "room") != 1 {
		t.Errorf("%+v, %v", done, err)
	}
	for name := range filesIn(t, dir) {
		if p, f, ok := locate("/" + name); ok && f != opmlFormat {
			t.Errorf("%s of %v was written", f.Name, p)
		}
	}
	if err := os.RemoveAll(filepath.Dir(inTheWay)); err != nil {
		t.Fatal(err)
	}
	mustExport(t, s, dir, ExportOptions{})
	fresh := t.TempDir()
	mustExport(t, s, fresh, ExportOptions{})
	got, want := filesIn(t, dir), filesIn(t, fresh)
	for name := range want {
		if !bytes.Equal(got[name], want[name]) {
			t.Errorf("%s is not whole", name)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d files, want %d", len(got), len(want))
	}
}

func TestShelves(t *testing.T) {
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := root.WriteFile(shelfFile, []byte("of a killed export"), 0o644); err != nil {
		t.Fatal(err)
	}
	onDisk := &fileShelf{root: root}
	for _, s := range []shelf{&memoryShelf{}, onDisk} {
		first, err1 := s.put([]byte("tide"))
		second, err2 := s.put([]byte("clocks"))
		var texts [2][]byte
		texts[0], texts[1] = make([]byte, 6), make([]byte, 3)
		if err := errors.Join(err1, err2, s.get(texts[0], second), s.get(texts[1], first+1)); err != nil || string(texts[0]) != "clocks" || string(texts[1]) != "ide" {
			t.Errorf("%T: %q %v", s, texts, err)
		}
	}
	if err := onDisk.get(make([]byte, 9), 4); magazine.CodeOf(err) != magazine.Unavailable {
		t.Errorf("of a file that ends too soon: %v", err)
	}
	if err := onDisk.file.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := onDisk.put([]byte("lost")); magazine.CodeOf(err) != magazine.Unavailable || onDisk.failure() == nil {
		t.Errorf("into a file that takes nothing: %v", err)
	}
	if onDisk.close() == nil {
		t.Error("closed twice without an error")
	}
	if left, err := os.ReadDir(root.Name()); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// Build makes the channel's document in a format, of articles that are at hand.
func (b *Builder) Build(f Format, ch *Channel, articles []magazine.Article, v store.Version) ([]byte, error) {
	d, err := b.draft([]Format{f}, ch, articles, v)
	if err != nil {
		return nil, err
	}
	return d.document(0)
}
