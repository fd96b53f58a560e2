package articles

import (
	"context"
	"database/sql"
	"image/color"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// A file that goes between the walk and its turn to be read.
func TestVanishes(t *testing.T) {
	d := liteDesk(t)
	d.write("a.md", page("Alpha", "2024-05-01", passage))
	d.write("b.md", page("Beta", "2024-05-02", "Beta has a text of its own."))
	d.wants("2 0 0 0 0")
	d.touch("a.md")
	d.write("c.md", page("Gamma", "2024-05-03", "Gamma has a text too."))
	done := d.readWith(PassOptions{Progress: func(read, _ int) {
		if read == 0 {
			d.remove("a.md")
			d.remove("c.md")
		}
	}})
	if countsOf(done) != "0 0 0 0 2" || d.listed() != "beta alpha" {
		t.Errorf("%+v, listed %s", done, d.listed())
	}
	d.wants("0 0 1 0 1")
}

// A file that comes back while its article is being withdrawn.
func TestReturnsWhileWithdrawn(t *testing.T) {
	d := liteDesk(t)
	d.write("a.md", page("Alpha", "2024-05-01", passage))
	d.write("b.md", page("Beta", "2024-05-02", "Beta has a text of its own."))
	d.wants("2 0 0 0 0")
	d.must(os.Rename(d.path("a.md"), d.path("_a.md")))
	done := d.readWith(PassOptions{Progress: func(int, int) {
		if _, err := os.Lstat(d.path("a.md")); err != nil {
			d.must(os.Rename(d.path("_a.md"), d.path("a.md")))
		}
	}})
	if countsOf(done) != "0 0 0 0 1" || d.listed() != "beta alpha" {
		t.Errorf("%+v, listed %s", done, d.listed())
	}
	d.wants("0 0 0 0 2")
}

// A pass that dies leaves the rest to the next, which shows all in the order of
// dates.
func TestKilled(t *testing.T) {
	desks(t, func(d *desk) {
		const n = chunk*2 + 100
		for i := range n { // the later names have the earlier dates
			day := posttest.Start.AddDate(0, 0, -1-i)
			d.write("piece-"+itoa(1000+i)+".md", page("Piece "+itoa(1000+i), day.Format(time.RFC3339), "Text number "+itoa(i)+" of very many, and no other is like it."))
		}
		for range 3 {
			ctx, cancel := context.WithCancel(d.t.Context())
			at := rand.N(n) + 1
			_, err := d.src.Read(ctx, PassOptions{Progress: func(read, _ int) {
				if read >= at {
					cancel()
				}
			}})
			if cancel(); err == nil {
				d.t.Log("killed at its end")
			}
			if err != nil && d.listed() != "" {
				d.t.Errorf("killed at %d: listed %s", at, d.listed())
			}
		}
		d.read()
		d.wants("0 0 0 0 " + itoa(n))
		all, err := d.store.ArticlesIn(d.t.Context(), magazine.SiteScope(), store.ListOptions{})
		d.must(err)
		if len(all) != n {
			d.t.Fatalf("%d articles of %d", len(all), n)
		}
		for i, a := range all {
			if a.Slug != "piece-"+itoa(1000+i) || a.Seq != int64(n-i) {
				d.t.Fatalf("%s has number %d at place %d", a.Slug, a.Seq, i)
			}
		}
	})
}

// A daemon and a command go over one source at once.
func TestTwoPassesAtOnce(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			url, clock := posttest.URL(t, engine), posttest.NewClock(posttest.Start)
			d := newDesk(t, posttest.Open(t, url, clock.Now), clock)
			const n = chunk + 100
			d.many("", n)
			for i := range 20 { // copies, which are told apart by nothing but their names
				d.write("copy-"+itoa(i)+".md", page("Copy", "2024-05-01", passage))
			}
			others := []*Source{d.src}
			for range 2 {
				others = append(others, NewSource("sample", d.dir, newReader(), posttest.Open(t, url, clock.Now), d.src.log))
			}
			together := func() (all Pass) {
				var mu sync.Mutex
				var wg sync.WaitGroup
				for _, s := range others {
					wg.Go(func() {
						done, err := s.Read(t.Context(), PassOptions{})
						mu.Lock()
						defer mu.Unlock()
						if err != nil {
							t.Error(err)
						}
						all.Add(done)
					})
				}
				wg.Wait()
				return all
			}
			check := func() {
				t.Helper()
				d.wants("0 0 0 0 " + itoa(n+20))
				all, err := d.store.ArticlesIn(t.Context(), magazine.SiteScope(), store.ListOptions{})
				d.must(err)
				lines, err := d.store.ArticleListings(t.Context())
				d.must(err)
				if len(all) != n+20 || len(lines) != n+20 || len(lines) != countStates(lines, magazine.Published) {
					t.Errorf("%d articles, %d lines", len(all), len(lines))
				}
			}
			if done := together(); done.New != n+20 || len(done.Problems) > 0 {
				t.Errorf("%+v", done)
			}
			check()
			was := d.article("piece-1003")
			for i := range 60 {
				d.rename("piece-"+itoa(1000+i)+".md", "moved-"+itoa(i)+".md")
			}
			for i := range 9 {
				d.remove("copy-" + itoa(i) + ".md")
				d.write("new-"+itoa(i)+".md", page("Fresh", "2024-05-01", "It is new, and one of nine."))
			}
			if done := together(); done.New != 9 || done.Withdrawn != 9 || len(done.Problems) > 0 {
				t.Errorf("%+v", done)
			}
			d.wants("0 0 0 0 " + itoa(n+20))
			d.same(was, "piece-1003")
		})
	}
}

func countStates(lines []store.ArticleListing, state magazine.ArticleState) (n int) {
	for _, l := range lines {
		if l.State == state {
			n++
		}
	}
	return n
}

// One file that the store refuses keeps no other back, and is tried again.
func TestFailingSave(t *testing.T) {
	for engine, trigger := range map[string][2]string{
		"sqlite": {"CREATE TRIGGER refuse BEFORE INSERT ON articles WHEN NEW.slug = 'beta' BEGIN SELECT RAISE(ABORT, 'no beta'); END",
			"DROP TRIGGER refuse"},
		"postgres": {`CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN IF NEW.slug = 'beta' THEN RAISE EXCEPTION 'no beta'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql;
			CREATE TRIGGER refuse BEFORE INSERT ON articles FOR EACH ROW EXECUTE FUNCTION refuse()`, "DROP TRIGGER refuse ON articles"},
	} {
		t.Run(engine, func(t *testing.T) {
			url, clock := posttest.URL(t, engine), posttest.NewClock(posttest.Start)
			d := newDesk(t, posttest.Open(t, url, clock.Now), clock)
			driver, address := "pgx", url
			if engine == "sqlite" {
				driver, address = "sqlite", strings.TrimPrefix(url, "sqlite:")
			}
			db, err := sql.Open(driver, address)
			d.must(err)
			defer db.Close()
			_, err = db.Exec(trigger[0])
			d.must(err)
			d.write("a.md", page("Alpha", "2024-05-01", "See [b](b.md) and [c](c.md)."))
			d.write("b.md", page("Beta", "2024-05-02", "See [a](a.md) and [c](c.md)."))
			d.write("c.md", page("Gamma", "2024-05-03", "See [a](a.md) and [b](b.md)."))
			done := d.wants("2 0 0 0 0")
			if len(done.Problems) != 1 || !strings.Contains(done.Problems[0].String(), `could not be saved`) || done.Problems[0].Value != "b.md" || d.listed() != "gamma alpha" {
				t.Errorf("%v, listed %s", done.Problems, d.listed())
			}
			_, err = db.Exec(trigger[1])
			d.must(err)
			d.wants("1 2 0 0 0")
			for _, slug := range []string{"alpha", "beta", "gamma"} {
				if html := d.article(slug).HTML; strings.Count(html, `href="/articles/`) != 2 {
					t.Errorf("%s: %s", slug, html)
				}
			}
			d.wants("0 0 0 0 3")
		})
	}
}

// A store that goes away ends the pass; no file is blamed for it.
func TestStoreGone(t *testing.T) {
	d := liteDesk(t)
	d.many("", 20)
	done, err := d.src.Read(t.Context(), PassOptions{Progress: func(int, int) { d.store.Close() }})
	if err == nil || len(done.Problems) > 0 || done.New > 0 {
		t.Errorf("%+v, %v", done, err)
	}
}

// A file that grows while the pass waits is left to the next pass; one that
// is at rest is read.
func TestSettling(t *testing.T) {
	d := liteDesk(t)
	d.write("a.md", page("Alpha", "2024-05-01", passage))
	d.write("b.md", page("Beta", "2024-05-02", "It is being"))
	d.write("c.md", page("Gamma", "2024-05-03", "It is written."))
	root, err := os.OpenRoot(d.dir)
	d.must(err)
	defer root.Close()
	synctest.Test(t, func(t *testing.T) {
		now := time.Now() // the bubble's
		d.must(os.Chtimes(d.path("b.md"), now, now))
		d.must(os.Chtimes(d.path("c.md"), now.Add(-time.Second), now.Add(-time.Second)))
		p := newPass(d.src, PassOptions{})
		p.root = root
		var work []File
		for f, err := range Walk(root) {
			d.must(err)
			work = append(work, f)
		}
		go func() {
			time.Sleep(time.Second)
			d.write("b.md", page("Beta", "2024-05-02", "It is being written."))
		}()
		work, err := p.settle(t.Context(), work)
		if err != nil || len(work) != 2 || work[0].Name != "a.md" || work[1].Name != "c.md" || !p.unripe {
			t.Errorf("%v, %v", work, err)
		}
		if waited := time.Since(now); waited != settled {
			t.Errorf("waited %v", waited)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, cancel)
		future := time.Now().Add(24 * time.Hour)
		if _, err := p.settle(ctx, []File{{Name: "c.md", Modified: future}}); err == nil || time.Since(now) != settled+time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(now)-settled)
		}
	})
}

// A picture that is being written keeps its article back.
func TestGrowingPicture(t *testing.T) {
	d := liteDesk(t)
	whole := dot(color.Black)
	d.write("a.md", page("Alpha", "2024-05-01", "![Rope](rope.png)"))
	d.write("rope.png", whole[:len(whole)/2])
	root, err := os.OpenRoot(d.dir)
	d.must(err)
	defer root.Close()
	synctest.Test(t, func(t *testing.T) {
		d.must(os.Chtimes(d.path("rope.png"), time.Now(), time.Now()))
		p := newPass(d.src, PassOptions{})
		p.root = root
		go func() {
			time.Sleep(time.Second)
			d.write("rope.png", whole)
		}()
		made, err := p.prepare(t.Context(), "rope.png")
		if err != nil || !made.growing || made.known {
			t.Errorf("%+v, %v", made, err)
		}
		p.noteMedia("rope.png", made)
		one := p.parse(File{Name: "a.md", Kind: ArticleFile})
		if p.showDoc(&one); !one.skip || one.doc != nil || !p.unripe {
			t.Errorf("%+v", one)
		}
	})
	d.wants("1 0 0 0 0")
	d.has("alpha", "<img")
}

// The whole pass: what grows while it waits is read by the next one, once it is
// complete.
func TestHalfWritten(t *testing.T) {
	d := liteDesk(t)
	d.write("a.md", page("Alpha", "2024-05-01", passage))
	d.write("b.md", "---\ntitle: Be")
	now := time.Now()
	d.must(os.Chtimes(d.path("b.md"), now, now))
	p := newPass(d.src, PassOptions{})
	_, err := p.look(t.Context())
	d.must(err)
	defer p.root.Close()
	d.write("b.md", page("Beta", "2024-05-02", "Beta is complete.")) // after the folder was listed
	d.must(p.readAll(t.Context()))
	if done := p.count(); !done.Unripe || done.Held != 0 || done.New != 1 {
		t.Errorf("%+v", done)
	}
	d.read()
	if d.listed() != "beta alpha" {
		t.Errorf("listed %s", d.listed())
	}
}

func TestSlugCollisions(t *testing.T) {
	if testing.Short() {
		t.Skip("3,000 files")
	}
	d := liteDesk(t)
	const n = 3000
	for i := range n {
		title := "Piece " + itoa(10000+i)
		if i%100 == 99 {
			title = "Piece " + itoa(10000+i-50) // which another has
		}
		if i >= n-200 {
			title = "Untitled"
		}
		d.write("f"+itoa(i/500)+"/"+itoa(10000+i)+".md", page(title, "2024-05-01", "Text number "+itoa(i)+" of very many, and no other is like it."))
	}
	d.wants("3000 0 0 0 0")
	d.article("untitled-200")
	a := d.article("piece-10049-2")
	d.wants("0 0 0 0 3000")
	if all := strings.Fields(d.listed()); len(all) != n {
		t.Errorf("%d are listed", len(all))
	}
	d.touch("f0/10099.md")
	d.wants("0 0 0 0 3000")
	d.same(a, "piece-10049-2")
}

// A name that is not UTF-8 cannot be kept by every engine; the others are read.
func TestOddName(t *testing.T) {
	desks(t, func(d *desk) {
		d.write("a.md", page("Alpha", "2024-05-01", passage))
		d.write("b\xff.md", page("Beta", "2024-05-02", "Its name is odd."))
		if p := d.wants("1 0 0 0 0"); len(p.Problems) != 1 || !strings.Contains(p.Problems[0].String(), `b\xff.md`) {
			d.t.Errorf("%v", p.Problems)
		}
		d.wants("0 0 0 0 1")
	})
}
