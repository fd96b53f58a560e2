package articles

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"postrider/magazine"
	"postrider/store"
)

// some goes over some files of the source.
func (d *desk) some(counts string, paths ...string) {
	d.t.Helper()
	done, err := d.src.readSome(d.t.Context(), paths)
	d.must(err)
	if got := countsOf(done); got != counts {
		d.t.Errorf("%v: new, changed, withdrawn, held, unchanged: %s, want %s", paths, got, counts)
	}
}

// settled wants a pass over everything to find nothing to do.
func (d *desk) settled(counts string) {
	d.t.Helper()
	site := d.version(magazine.SiteScope())
	d.wants(counts)
	if d.version(magazine.SiteScope()) != site {
		d.t.Error("a pass over everything has changed the site")
	}
}

// A new file that takes the name of one that was renamed, while the pass is on
// its way, takes nothing else of it.
func TestSomeFilesWhileANameIsTaken(t *testing.T) {
	desks(t, func(d *desk) {
		d.write("draft.md", page("Harbour Lights", "2024-05-01", passage))
		d.wants("1 0 0 0 0")
		was := d.article("harbour-lights")
		d.rename("draft.md", "harbour.md")
		d.write("harbour.md", page("Harbour Lights", "2024-05-01", passage+" And more."))
		p := newPass(d.src, PassOptions{Progress: func(done, _ int) {
			if done == 0 {
				d.write("draft.md", page("Second Piece", "2024-06-01", "It has a text of its own."))
			}
		}})
		p.only = []string{"draft.md", "harbour.md"}
		if _, err := p.read(d.t.Context()); err != nil {
			d.t.Fatal(err)
		}
		d.some("1 0 0 0 0", "draft.md")
		if a := d.article("harbour-lights"); a.ID != was.ID || a.GUID != was.GUID || a.FromFile != "harbour.md" {
			d.t.Errorf("the renamed article is %s of %s, was %s", a.ID, a.FromFile, was.ID)
		}
		if a := d.article("second-piece"); a.ID == was.ID {
			d.t.Error("the new file has taken the other's article")
		}
		d.settled("0 0 0 0 2")
	})
}

func TestSomeFilesWithABrokenName(t *testing.T) {
	desks(t, func(d *desk) {
		d.write("a.md", page("Alpha", "2024-05-01", passage))
		d.wants("1 0 0 0 0")
		d.write("caf\xe9.md", page("Latin", "2024-05-02", "A text of its own."))
		if _, err := d.src.readSome(d.t.Context(), []string{"caf\xe9.md"}); !errors.Is(err, errWhole) {
			d.t.Errorf("%v", err)
		}
		if got := d.listed(); got != "alpha" {
			d.t.Errorf("listed: %s", got)
		}
	})
}

// A pass over some files finds out what of the rest has a part in them.
func TestSomeFiles(t *testing.T) {
	desks(t, func(d *desk) {
		d.write("a.md", page("Alpha", "2024-05-01", passage+" [to Beta](b.md), [to Gamma](/articles/gamma/)."))
		d.write("issues/3-1.yaml", "volume: 3\nnumber: 1\ndate: 2024-06-01\ncontents: [../c.md]\n")
		d.write("authors/jane.yaml", "name: Jane Doe\naliases: [Jane D.]\n")
		d.wants("1 0 0 0 0")
		d.write("b.md", page("Beta", "2024-05-02", "Beta has a text of its own, and links to [Alpha](/a.md).", "author: Jane D."))
		d.some("1 1 0 0 0", "b.md")
		if html := d.article("alpha").HTML; !strings.Contains(html, `href="/articles/beta/"`) {
			d.t.Errorf("what waits for a file: %s", html)
		}
		if html := d.article("beta").HTML; !strings.Contains(html, `href="/articles/alpha/"`) || d.listedIn(magazine.AuthorScope("jane-doe")) != "beta" {
			d.t.Errorf("what was there before: %s", html)
		}
		d.write("c.md", page("Gamma", "2024-05-03", "Gamma has a text too.", "volume: 3", "number: 1"))
		d.some("1 0 0 0 1", "c.md")
		if html, i := d.article("alpha").HTML, d.issue("3", "1"); !strings.Contains(html, `href="/articles/gamma/"`) || !slices.Equal(i.Contents, []string{"gamma"}) {
			d.t.Errorf("what waits for a slug, and an issue that waits for a file: %s, %v", html, i.Contents)
		}
		d.settled("0 0 0 0 3")
		was := d.article("beta")
		d.rename("b.md", "2024/beta.md")
		d.some("0 0 0 0 1", "2024/beta.md") // its removal is told apart
		d.some("0 0 0 0 0", "b.md")
		d.same(was, "beta")
		d.settled("0 0 0 0 3")
		d.write("c.md", page("Delta", "2024-05-04", "Delta took the place of Gamma."))
		d.write("d.md", page("Gamma", "2024-05-03", "Gamma has a text too.", "volume: 3", "number: 1"))
		d.some("1 0 0 0 1", "c.md", "d.md")
		if d.article("gamma").FromFile != "d.md" || d.article("delta").FromFile != "c.md" {
			d.t.Errorf("%s is Gamma's, %s Delta's", d.article("gamma").FromFile, d.article("delta").FromFile)
		}
		d.remove("c.md")
		d.some("0 0 1 0 0", "c.md")
		d.settled("0 0 0 0 3")
		if d.article("delta").State != magazine.Withdrawn {
			d.t.Error(d.article("delta").State)
		}
	})
}

// While another process goes over everything, a pass over some files leaves that
// one's articles alone: it withdraws none that is still to be found in another
// file, and lets none appear before its time.
func TestSomeFilesBesideAll(t *testing.T) {
	desks(t, func(d *desk) {
		d.many("", chunk+5)
		d.write("a.md", page("Alpha", "2022-05-01", passage, "id: alpha"))
		d.write("b.md", page("Beta", "2022-05-02", "Beta has a text of its own.", "id: beta"))
		d.read()
		alpha := d.article("alpha")
		d.rename("a.md", "z.md")
		d.rename("b.md", "a.md")
		for i := range chunk + 5 {
			d.touch("piece-" + itoa(1000+i) + ".md")
		}
		d.write("c.md", page("Gamma", "2024-05-03", "Gamma is new, and read by the other."))
		d.write("zz.md", page("Delta", "2024-05-04", "Delta is new, too."))
		begun, goOn, ended := make(chan bool), make(chan bool), make(chan error)
		var counts string
		some := newPass(d.src, PassOptions{Progress: func(done, _ int) {
			if done == 0 {
				close(begun)
				<-goOn
			}
		}})
		some.only = []string{"zz.md"}
		d.readWith(PassOptions{Progress: func(done, _ int) {
			switch done {
			case 0:
				go func() {
					done, err := some.read(d.t.Context())
					counts = countsOf(done)
					ended <- err
				}()
				<-begun
			case chunk: // Beta has Alpha's file, and z.md is not read yet
				close(goOn)
				if err := <-ended; err != nil || counts != "1 0 0 0 0" {
					d.t.Errorf("new, changed, withdrawn, held, unchanged: %s, %v", counts, err)
				}
				if state, listed := d.article("alpha").State, d.listed(); state != magazine.Published || !strings.HasPrefix(listed, "delta piece-") {
					d.t.Errorf("alpha is %s, listed %.40s", state, listed)
				}
			}
		}})
		d.same(alpha, "alpha")
		if got := d.listed(); !strings.HasPrefix(got, "gamma delta piece-") || d.article("alpha").FromFile != "z.md" {
			d.t.Errorf("at last: %.40s, %s", got, d.article("alpha").FromFile)
		}
	})
}

// What only the whole can tell is left to a pass over everything.
func TestSomeFilesOfAWhole(t *testing.T) {
	d := liteDesk(t)
	var paths []string
	for i := range fewGone + 1 {
		paths = append(paths, fmt.Sprintf("a%02d.md", i))
		d.write(paths[i], page(fmt.Sprint("Piece ", i), "2024-05-01", fmt.Sprint(passage, i)))
	}
	d.wants("11 0 0 0 0")
	whole := func(what string, paths ...string) {
		t.Helper()
		if done, err := d.src.readSome(t.Context(), paths); !errors.Is(err, errWhole) {
			t.Errorf("%s: %+v, %v", what, done, err)
		}
	}
	for _, path := range paths {
		d.remove(path)
	}
	whole("many are gone", paths...)
	if d.listed() == "" {
		t.Error("all are withdrawn")
	}
	d.read()
	whole("the source has a problem", paths[0])
	d.write(paths[0], page("Piece 0", "2024-05-01", passage+"0"))
	d.readWith(PassOptions{Withdraw: true})
	d.some("0 0 0 0 1", paths[0])
	number, err := d.store.BeginPass(t.Context())
	d.must(err)
	d.must(d.store.Write(t.Context(), func(tx *store.Tx) error { return tx.Displace(t.Context(), number, []string{d.article("piece-0").ID}) }))
	whole("another pass has not ended", paths[0])
	d.wants("0 0 0 0 1")
	d.some("0 0 0 0 1", paths[0])
	d.must(d.store.Close())
	if _, err := d.src.readSome(t.Context(), paths); err == nil {
		t.Error("without a store nothing is wrong")
	}
}

// content is all that the store has of the source, but for what is drawn by lot.
func (d *desk) content() string {
	d.t.Helper()
	var out strings.Builder
	known, err := d.store.Files(d.t.Context(), d.src.name)
	d.must(err)
	for _, k := range known {
		a := &magazine.Article{}
		if k.ArticleID != "" && k.State != store.FileGone {
			d.must(d.store.Write(d.t.Context(), func(tx *store.Tx) error {
				row, err := tx.FindArticle(d.t.Context(), store.ByID, k.ArticleID)
				if row != nil {
					a = &row.Article
				}
				return err
			}))
		}
		a.ID, a.GUID = "", ""
		text, err := json.Marshal(a)
		d.must(err)
		fmt.Fprintf(&out, "%s %s %s %q %q %q\n  %s %d %s %s %q\n", k.Path, k.State, k.Hash, k.Title, k.Uses, k.Problems, a.Slug, a.Seq, a.State, text, a.HTML)
	}
	for _, scope := range []magazine.Scope{magazine.SiteScope(), magazine.AuthorScope("jane"), magazine.SectionScope("sea")} {
		all, err := d.store.ArticlesIn(d.t.Context(), scope, store.ListOptions{})
		d.must(err)
		fmt.Fprintf(&out, "%s:", scope.Key())
		for _, a := range all {
			fmt.Fprintf(&out, " %d=%s", a.Number, a.Slug)
		}
		out.WriteString("\n")
	}
	return out.String()
}

// Whatever happens to files that link to one another, passes over what has
// changed bring the store to where passes over everything do.
func TestSomeFilesAsAll(t *testing.T) {
	few(t)
	names := []string{"a.md", "b.md", "c.md", "2024/a.md", "2024/d.md"}
	rapid.Check(t, func(rt *rapid.T) {
		one, all := liteDesk(t), liteDesk(t)
		defer one.store.Close() // not when thousands of others are open, too
		defer all.store.Close()
		one.t, all.t = rt, rt
		both := func(do func(d *desk)) { do(one); do(all) }
		there := map[string]bool{}
		texts := 0
		var story []string
		for range rapid.IntRange(1, 12).Draw(rt, "passes") {
			touched := map[string]bool{}
			for range rapid.IntRange(1, 3).Draw(rt, "changes") {
				name, other := rapid.SampledFrom(names).Draw(rt, "name"), rapid.SampledFrom(names).Draw(rt, "other")
				touched[name] = true
				switch what := rapid.IntRange(0, 3).Draw(rt, "what"); {
				case what == 0 && there[name]:
					both(func(d *desk) { d.remove(name) })
					delete(there, name)
					story = append(story, "remove "+name)
				case what == 1 && there[name] && name != other:
					both(func(d *desk) { d.rename(name, other) })
					touched[other], there[other] = true, true
					delete(there, name)
					story = append(story, "rename "+name+" "+other)
				default:
					n := rapid.IntRange(0, texts).Draw(rt, "text") // an earlier one, or a new one
					texts = max(texts, n+1)
					text := page(rapid.SampledFrom([]string{"Tide", "Rope", "Fog"}).Draw(rt, "title"), rapid.SampledFrom([]string{"2020-01-01", "2020-01-02", "never"}).Draw(rt, "date"),
						"Text "+itoa(n)+" is longer than a line that any article may have. [x](/"+other+") [y](/articles/fog/)", "author: Jane", "section: Sea")
					both(func(d *desk) { d.write(name, text) })
					there[name] = true
					story = append(story, "write "+name+" "+text)
				}
			}
			paths := slices.Sorted(maps.Keys(touched))
			both(func(d *desk) { d.clock.Add(time.Minute) })
			story = append(story, fmt.Sprint("pass ", paths))
			_, err := one.src.readSome(t.Context(), paths)
			one.must(err)
			all.read()
			if got, want := one.content(), all.content(); got != want {
				rt.Fatalf("got\n%s\nwant\n%s\nafter\n%s", got, want, strings.Join(story, "\n"))
			}
		}
	})
}
