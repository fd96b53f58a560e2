package articles

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"postrider/hijri"
	"postrider/magazine"
	"postrider/store"
)

func TestPassCounts(t *testing.T) {
	desks(t, func(d *desk) {
		d.write("a.md", page("Alpha", "2024-05-01", passage))
		d.write("b.md", page("Beta", "2024-05-02", "Beta has a text of its own."))
		d.write("bad.md", page("Bad", "soon", "It has no date."))
		d.write("authors/ada.yaml", "name: Ada\n")
		d.wants("2 0 0 1 0")
		if got := d.listed(); got != "beta alpha" {
			t := d.t
			t.Errorf("listed: %s", got)
		}
		d.wants("0 0 0 1 2")
		a := d.article("alpha")

		d.clock.Add(time.Hour)
		d.touch("a.md")
		d.wants("0 0 0 1 2")
		d.write("a.md", page("Alpha", "2024-05-01", passage+" It ends at the quay."))
		d.remove("b.md")
		d.wants("0 1 1 1 0")
		after := d.article("alpha")
		if d.same(a, "alpha"); !after.Updated.Equal(d.clock.Now()) || !a.Updated.Equal(a.Published) {
			d.t.Errorf("updated %v, then %v", a.Updated, after.Updated)
		}
		d.write("bad.md", page("Good", "2024-05-03", "It has a date by now."))
		d.wants("1 0 0 0 1")
		d.wants("0 0 0 0 2")
		if got := d.listed(); got != "good alpha" {
			d.t.Errorf("listed: %s", got)
		}
	})
}

// A new revision of the reader has every file read again, which is no change of
// what it says.
func TestReaderRevision(t *testing.T) {
	d := liteDesk(t)
	d.write("a.md", page("Alpha", "2024-05-01", passage, "hijri: Shawwal 22, 1445"))
	d.wants("1 0 0 0 0")
	was := d.article("alpha")
	d.clock.Add(time.Hour)
	d.src.reader = New(Options{Publication: &magazine.Publication{Title: "Another Title", URL: "https://harbour.example", Language: "en", Zone: nairobi}})
	d.touch("a.md")
	d.wants("0 0 0 0 1")
	if a := d.article("alpha"); !a.Updated.Equal(was.Updated) {
		t.Errorf("updated moved from %v to %v", was.Updated, a.Updated)
	}
	if v, err := d.store.ScopeVersion(t.Context(), magazine.SiteScope()); err != nil || !v.Changed.Equal(was.FirstSeen) {
		t.Errorf("the site's version changed at %v, %v", v.Changed, err)
	}
	// Where it reads otherwise, readers see it, but the text is as old as before.
	d.src.reader = New(Options{Publication: &magazine.Publication{URL: "https://harbour.example", Language: "sw", Zone: nairobi}})
	d.wants("0 1 0 0 0")
	if a := d.article("alpha"); !a.Updated.Equal(was.Updated) || a.Language != "sw" {
		t.Errorf("updated moved from %v to %v, language %s", was.Updated, a.Updated, a.Language)
	}
}

// New corrections have computed Hijri dates computed anew, which makes no
// article newer. Printed ones stay.
func TestHijriCorrectionsChange(t *testing.T) {
	d := liteDesk(t)
	d.write("computed.md", page("Computed", "2024-05-10", passage))
	d.write("printed.md", page("Printed", "2024-05-10", passage, "hijri: Dhu al-Qa'dah 02, 1445"))
	d.wants("2 0 0 0 0")
	was := d.article("computed")
	if was.Hijri != "Dhu al-Qa'dah 02, 1445" {
		t.Fatalf("computed: %s", was.Hijri)
	}
	for _, step := range []struct {
		days        int
		want, month string
	}{
		{2, "Shawwal 31, 1445", "Shawwal"}, {-1, "Dhu al-Qa'dah 03, 1445", "Dhu al-Qa'dah"},
	} {
		d.clock.Add(time.Hour)
		d.src.reader = newReader(hijri.Correction{Year: 1445, Month: hijri.DhuAlQadah, Days: step.days})
		d.wants("0 1 0 0 1")
		if a := d.article("computed"); a.Hijri != step.want || a.HijriMonth != step.month || !a.Updated.Equal(was.Updated) {
			t.Errorf("%+d: %s in %s, updated %v; want %s, %v", step.days, a.Hijri, a.HijriMonth, a.Updated, step.want, was.Updated)
		}
		if a := d.article("printed"); a.Hijri != "Dhu al-Qa'dah 02, 1445" {
			t.Errorf("%+d: printed: %s", step.days, a.Hijri)
		}
		d.wants("0 0 0 0 2")
	}
}

func TestStatesThroughPasses(t *testing.T) {
	desks(t, func(d *desk) {
		text := func(more ...string) string { return page("Alpha", "2024-05-01", passage, more...) }
		state := func(want magazine.ArticleState, listed string) {
			d.t.Helper()
			if a := d.article("alpha"); a.State != want || d.listed() != listed {
				d.t.Errorf("%s, listed %q; want %s, %q", a.State, d.listed(), want, listed)
			}
			d.wants("0 0 0 0 1")
		}
		d.write("a.md", text("draft: true"))
		d.wants("1 0 0 0 0")
		state(magazine.Draft, "")
		d.write("a.md", text())
		d.wants("0 1 0 0 0")
		state(magazine.Published, "alpha")
		was := d.article("alpha")
		if !was.Updated.Equal(was.Published) {
			d.t.Errorf("a draft's last day shows: updated %v", was.Updated)
		}
		d.write("a.md", text("draft: true"))
		d.wants("0 1 0 0 0")
		state(magazine.Draft, "")
		d.write("a.md", text("withdrawn: The harbour master asked us to."))
		d.wants("0 0 1 0 0")
		state(magazine.Withdrawn, "")
		if a := d.article("alpha"); a.Reason != "The harbour master asked us to." {
			d.t.Errorf("reason %q", a.Reason)
		}
		d.clock.Add(time.Hour)
		d.write("a.md", text())
		d.wants("0 1 0 0 0")
		state(magazine.Published, "alpha")
		if a := d.article("alpha"); a.Seq != was.Seq || a.Reason != "" || !a.Updated.Equal(was.Updated) {
			d.t.Errorf("back with number %d, updated %v, reason %q", a.Seq, a.Updated, a.Reason)
		}
		d.write("a.md", text("expires: 2024-05-05"))
		d.wants("0 0 1 0 0")
		state(magazine.Withdrawn, "")
		d.write("a.md", text("expires: 2034-05-05"))
		d.wants("0 1 0 0 0")
		state(magazine.Published, "alpha")
		d.same(was, "alpha")
	})
}

func TestFutureDate(t *testing.T) {
	desks(t, func(d *desk) {
		due := func() {
			d.t.Helper()
			d.must(d.store.Write(d.t.Context(), func(tx *store.Tx) error {
				_, err := tx.PublishDue(d.t.Context())
				return err
			}))
		}
		d.write("a.md", page("Alpha", "2024-10-06T10:00:00Z", passage))
		d.write("b.md", page("Beta", "2024-10-01", "It is there.", "expires: 2024-10-05T00:00:00Z"))
		d.wants("2 0 0 0 0")
		if d.listed() != "beta" || d.article("alpha").State != magazine.Scheduled || d.article("alpha").Seq != 0 {
			d.t.Errorf("listed %q, %+v", d.listed(), d.article("alpha"))
		}
		d.write("a.md", page("Alpha", "2024-10-05T10:00:00Z", passage))
		d.wants("0 1 0 0 1")
		d.clock.Set(time.Date(2024, 10, 5, 9, 59, 59, 0, time.UTC))
		if due(); d.listed() != "" {
			d.t.Errorf("before its time: %q", d.listed())
		}
		d.clock.Add(time.Second)
		if due(); d.listed() != "alpha" || d.article("alpha").Seq != 2 {
			d.t.Errorf("at its time: %q", d.listed())
		}
		d.wants("0 0 0 0 2")
		if a := d.article("alpha"); !a.Updated.Equal(a.Published) {
			d.t.Errorf("updated %v", a.Updated)
		}
	})
}

// A deleted article is withdrawn; when it returns it is the same.
func TestDeleteAndReturn(t *testing.T) {
	desks(t, func(d *desk) {
		d.write("a.md", page("Alpha", "2024-05-01", passage))
		d.write("b.md", page("Beta", "2024-05-02", "Beta has a text of its own."))
		d.wants("2 0 0 0 0")
		was := d.article("alpha")
		d.remove("a.md")
		d.wants("0 0 1 0 1")
		d.wants("0 0 0 0 1")
		if a := d.article("alpha"); a.State != magazine.Withdrawn || d.listed() != "beta" || d.line("a.md").State != magazine.Withdrawn {
			d.t.Errorf("%s, listed %s, %+v", a.State, d.listed(), d.line("a.md"))
		}
		d.clock.Add(time.Hour)
		d.write("a.md", page("Alpha", "2024-05-01", passage))
		d.wants("0 1 0 0 1")
		if d.same(was, "alpha"); d.listed() != "beta alpha" || !d.article("alpha").Updated.Equal(was.Updated) {
			d.t.Errorf("listed %s, updated %v", d.listed(), d.article("alpha").Updated)
		}
	})
}

// What is held keeps the last good version before readers' eyes.
func TestHeldVersion(t *testing.T) {
	desks(t, func(d *desk) {
		d.write("a.md", page("Alpha", "2024-05-01", passage))
		d.wants("1 0 0 0 0")
		was := d.article("alpha")
		d.write("a.md", page("Alpha anew", "someday", "Another text."))
		d.wants("0 0 0 1 0")
		d.wants("0 0 0 1 0")
		l := d.line("a.md")
		if d.listed() != "alpha" || l.State != magazine.Held || l.Slug != "alpha" || len(l.Problems) == 0 || l.Problems[0].Line != 3 || l.Problems[0].Value != "someday" {
			d.t.Errorf("listed %s, %+v", d.listed(), l)
		}
		if !strings.Contains(d.log.String(), "a file is held") || strings.Count(d.log.String(), "a file is held") != 1 {
			d.t.Errorf("log: %s", d.log)
		}
		d.write("a.md", page("Alpha anew", "2024-05-01", "Another text."))
		d.wants("0 1 0 0 0")
		if d.same(was, "alpha"); d.article("alpha").Title != "Alpha anew" || d.line("a.md").State != magazine.Published {
			d.t.Errorf("%+v", d.line("a.md"))
		}
		d.write("b.md", "")
		d.wants("0 0 0 1 1")
		d.remove("b.md")
		d.wants("0 0 0 0 1")
	})
}

// many writes n articles, "piece 1" and so on, a day apart.
func (d *desk) many(dir string, n int) {
	for i := range n {
		day := time.Date(2023, 1, 1+i, 0, 0, 0, 0, nairobi)
		d.write(filepath.Join(dir, "piece-"+itoa(1000+i)+".md"), page(strings.TrimSpace("Piece "+dir)+" "+itoa(1000+i), day.Format(time.DateOnly), "Text number "+itoa(i)+" is like no other in this folder of many texts, "+dir+"."))
	}
}

func TestSmallDeletions(t *testing.T) {
	d := liteDesk(t)
	d.many("", 30)
	d.wants("30 0 0 0 0")
	for i := range 10 { // a third, but few
		d.remove("piece-" + itoa(1000+i) + ".md")
	}
	if p := d.wants("0 0 10 0 20"); len(p.Problems) > 0 {
		t.Error(p.Problems)
	}
	d.many("more", 250)
	d.wants("250 0 0 0 20")
	for i := range 13 { // more, but under a twentieth
		d.remove("more/piece-" + itoa(1000+i) + ".md")
	}
	if p := d.wants("0 0 13 0 257"); len(p.Problems) > 0 {
		t.Error(p.Problems)
	}
	for i := range 13 { // 13 of 257 are over a twentieth
		d.remove("more/piece-" + itoa(1100+i) + ".md")
	}
	if p := d.wants("0 0 0 0 244"); len(p.Problems) != 1 || !strings.Contains(p.Problems[0].String(), "13 of 257") || !strings.Contains(p.Problems[0].String(), "read --withdraw") {
		t.Error(p.Problems)
	}
	if got := countsOf(d.readWith(PassOptions{Withdraw: true})); got != "0 0 13 0 244" {
		t.Error(got)
	}
	d.wants("0 0 0 0 244")
}

func TestFolderGone(t *testing.T) {
	desks(t, func(d *desk) {
		d.many("", 12)
		d.wants("12 0 0 0 0")
		all := d.listed()
		held := func(what string) {
			d.t.Helper()
			done := d.read()
			if len(done.Problems) != 1 || !strings.Contains(done.Problems[0].String(), "nothing was") || done.Withdrawn != 0 || d.listed() != all {
				d.t.Errorf("%s: %+v, listed %s", what, done, d.listed())
			}
		}
		aside := d.dir + "-aside"
		d.must(os.Rename(d.dir, aside))
		held("gone")
		d.must(os.Mkdir(d.dir, 0o755))
		held("empty")
		d.must(os.Remove(d.dir))
		d.must(os.Rename(aside, d.dir))
		d.wants("0 0 0 0 12")

		d.must(os.Rename(d.dir, aside))
		if done := d.readWith(PassOptions{Withdraw: true}); countsOf(done) != "0 0 12 0 0" || d.listed() != "" {
			d.t.Errorf("meant: %+v, listed %s", done, d.listed())
		}
		d.must(os.Rename(aside, d.dir))
		d.wants("0 12 0 0 0")
		if d.listed() != all {
			d.t.Errorf("back: %s", d.listed())
		}
	})
}

func TestNoSuchFolder(t *testing.T) {
	d := liteDesk(t)
	d.must(os.Remove(d.dir))
	if _, err := d.src.Read(t.Context(), PassOptions{}); magazine.CodeOf(err) != magazine.NotFound || !strings.Contains(err.Error(), d.dir) {
		t.Error(err)
	}
}

// What lies in a folder that cannot be read is unknown, not gone, even where
// everything that is gone is to be withdrawn.
func TestShutFolderWithdrawsNothing(t *testing.T) {
	d := liteDesk(t)
	d.write("a.md", page("Alpha", "2024-05-01", passage))
	d.many("shut", 3)
	d.write("shut/bad.md", "")
	d.wants("4 0 0 1 0")
	p := newPass(d.src, PassOptions{Withdraw: true})
	there, err := p.look(t.Context())
	if !there || err != nil {
		t.Fatal(there, err)
	}
	defer p.root.Close()
	kept := p.found[:0]
	for _, f := range p.found {
		if !strings.HasPrefix(f.Name, "shut/") {
			kept = append(kept, f)
		}
	}
	p.found, p.shut = kept, []string{"shut"}
	d.must(p.readAll(t.Context()))
	d.must(p.gone(t.Context()))
	if done := p.count(); done.Withdrawn != 0 || done.Held != 1 || strings.Count(d.listed(), "piece") != 3 {
		t.Errorf("%+v, listed %s", done, d.listed())
	}
	if os.Geteuid() != 0 { // root reads everything
		d.must(os.Chmod(d.path("shut"), 0))
		t.Cleanup(func() { os.Chmod(d.path("shut"), 0o755) })
		if done := d.readWith(PassOptions{Withdraw: true}); done.Withdrawn != 0 || len(done.Problems) != 1 || !strings.Contains(done.Problems[0].String(), "shut") {
			t.Errorf("%+v", done)
		}
	}
}

// Files that are put in order elsewhere in the folder are not gone.
func TestManyMoved(t *testing.T) {
	d := liteDesk(t)
	d.many("", 30)
	d.wants("30 0 0 0 0")
	was := d.article("piece-1007")
	all := d.listed()
	for i := range 30 {
		d.rename("piece-"+itoa(1000+i)+".md", "2023/piece-"+itoa(1000+i)+".md")
	}
	if p := d.wants("0 0 0 0 30"); len(p.Problems) > 0 || d.listed() != all {
		t.Errorf("%v, listed %s", p.Problems, d.listed())
	}
	d.same(was, "piece-1007")
	lines, err := d.store.ArticleListings(t.Context())
	if err != nil || len(lines) != 30 {
		t.Errorf("%d lines, %v", len(lines), err)
	}
	d.wants("0 0 0 0 30")
}

// Files are read in portions that fit into memory, each of them once.
func TestChunks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.Int64Range(0, chunkBytes/20), 0, 3*chunk).Draw(t, "sizes")
		if rapid.Bool().Draw(t, "large") {
			sizes = append(sizes, chunkBytes+1)
		}
		var files, got []File
		for i, size := range sizes {
			files = append(files, File{Name: itoa(i), Size: size})
		}
		for some := range chunks(files) {
			sum := int64(0)
			for _, f := range some {
				sum += f.Size
			}
			if len(some) == 0 || len(some) > chunk || sum > chunkBytes && len(some) > 1 {
				t.Fatalf("%d files of %d bytes", len(some), sum)
			}
			got = append(got, some...)
		}
		if !slices.Equal(got, files) {
			t.Fatalf("%d files, want %d", len(got), len(files))
		}
	})
}
