package articles

import (
	"context"
	"os"
	"strings"
	"testing"

	"postrider/magazine"
)

// Whatever else happens to a file in the same breath, its article is found
// again by id or by its text.
func TestRename(t *testing.T) {
	const edited = passage + " It ends at the quay."
	for _, c := range []struct {
		name          string
		before, after string
		slug          string // of the article afterwards
		lost          bool   // nothing says that it is the same
	}{
		{"the same file", page("Alpha", "2024-05-01", passage), page("Alpha", "2024-05-01", passage), "alpha", false},
		{"by id, all else anew", page("Alpha", "2024-05-01", passage, "id: x7"), page("Omega", "2024-05-09", "Another text.", "id: x7"), "alpha", false},
		{"by id, another slug given", page("Alpha", "2024-05-01", passage, "id: x7"), page("Alpha", "2024-05-01", edited, "id: x7", "slug: omega"), "omega", false},
		{"by guid", page("Alpha", "2024-05-01", passage, "guid: urn:old:7"), page("Omega", "2024-05-09", edited, "guid: urn:old:7"), "alpha", false},
		{"by text, another title", page("Alpha", "2024-05-01", passage), page("Omega", "2024-05-01", passage), "alpha", false},
		{"by text, another title and date", page("Alpha", "2024-05-01", passage), page("Omega", "2024-05-09", passage), "alpha", false},
		{"by text, another slug given", page("Alpha", "2024-05-01", passage), page("Alpha", "2024-05-01", passage, "slug: omega"), "omega", false},
		{"by slug and date, the text edited", page("Alpha", "2024-05-01", passage), page("Alpha", "2024-05-01", edited), "alpha", false},
		{"by a given slug", page("Alpha", "2024-05-01", passage, "slug: tide"), page("Omega", "2024-05-09", edited, "slug: tide"), "tide", false},
		{"a column's next piece", page("The week", "2024-05-01", passage), page("The week", "2024-05-08", "Another week went by."), "the-week-2", true},
		{"another id", page("Alpha", "2024-05-01", passage, "id: x7"), page("Alpha", "2024-05-01", passage, "id: x8"), "alpha-2", true},
		{"a line that any article may have", page("Alpha", "2024-05-01", "Members only."), page("Omega", "2024-05-09", "Members only."), "omega", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, between := range []bool{false, true} {
				d := liteDesk(t)
				d.write("a.md", c.before)
				d.write("other.md", page("Other", "2024-05-02", "It is only there to be there."))
				d.wants("2 0 0 0 0")
				was := d.article(strings.SplitN(d.listed(), " ", 2)[1])
				if d.remove("a.md"); between {
					d.wants("0 0 1 0 1")
				}
				d.write("2024/b.md", c.after)
				done := d.read()
				a := d.article(c.slug)
				if lost := a.ID != was.ID; lost != c.lost || !lost && done.New != 0 {
					t.Errorf("two passes %v: lost %v, %+v", between, lost, done)
				}
				if !c.lost {
					d.same(was, c.slug)
					d.same(was, was.Slug) // the old address leads there
				}
				if d.wants("0 0 0 0 2"); strings.Count(d.listed(), " ") != 1 {
					t.Errorf("two passes %v: listed %s", between, d.listed())
				}
				if between && c.slug == was.Slug && d.line("2024/b.md").Slug != c.slug {
					t.Errorf("%+v", d.line("2024/b.md"))
				}
			}
		})
	}
}

// Two files change places.
func TestSwap(t *testing.T) {
	for _, id := range []string{"", "id: "} {
		desks(t, func(d *desk) {
			front := func(name string) []string {
				if id == "" {
					return nil
				}
				return []string{id + name}
			}
			d.write("a.md", page("Alpha", "2024-05-01", passage, front("alpha")...))
			d.write("b.md", page("Beta", "2024-05-02", "Beta has a text of its own.", front("beta")...))
			d.wants("2 0 0 0 0")
			alpha, beta := d.article("alpha"), d.article("beta")
			d.rename("a.md", "c.md")
			d.rename("b.md", "a.md")
			d.rename("c.md", "b.md")
			d.wants("0 0 0 0 2")
			d.same(alpha, "alpha")
			d.same(beta, "beta")
			if d.line("a.md").Slug != "beta" || d.line("b.md").Slug != "alpha" || d.listed() != "beta alpha" {
				d.t.Errorf("%+v, %+v", d.line("a.md"), d.line("b.md"))
			}
			// A file moves on and another takes its place and name.
			d.rename("a.md", "z.md")
			d.write("a.md", page("Gamma", "2024-05-03", "Gamma came to live here.", front("gamma")...))
			d.wants("1 0 0 0 2")
			d.same(beta, "beta")
			if d.line("z.md").Slug != "beta" || d.line("a.md").Slug != "gamma" {
				d.t.Errorf("%+v, %+v", d.line("a.md"), d.line("z.md"))
			}
		})
	}
}

// An article goes with its file, also where another takes the file's place.
func TestDisplaced(t *testing.T) {
	desks(t, func(d *desk) {
		d.write("a.md", page("Alpha", "2024-05-01", passage))
		d.write("b.md", page("Beta", "2024-05-02", "Beta has a text of its own.", "id: beta"))
		d.wants("2 0 0 0 0")
		beta := d.article("beta")
		d.rename("b.md", "a.md")
		d.wants("0 0 1 0 1")
		d.same(beta, "beta")
		if d.listed() != "beta" || d.article("alpha").State != magazine.Withdrawn {
			d.t.Errorf("listed %s, alpha %s", d.listed(), d.article("alpha").State)
		}
		d.wants("0 0 0 0 1")
		d.write("c.md", page("Alpha", "2024-05-01", passage))
		d.wants("0 1 0 0 1")
		if d.listed() != "beta alpha" {
			d.t.Errorf("listed %s", d.listed())
		}
		// A file becomes another article by its id; an id that is new to a file is not enough.
		d.write("c.md", page("Gamma", "2024-05-03", "Gamma came in its place.", "id: gamma"))
		d.wants("0 1 0 0 1")
		d.write("c.md", page("Delta", "2024-05-04", "Delta came in its place.", "id: delta"))
		d.wants("1 0 1 0 1")
	})
}

// A pass that dies when an article has lost its file's place, and before it
// could be found elsewhere, leaves it to the next.
func TestDisplacedAndKilled(t *testing.T) {
	d := liteDesk(t)
	d.many("", chunk+5)
	d.write("a.md", page("Alpha", "2024-05-01", passage, "id: alpha"))
	d.write("b.md", page("Beta", "2024-05-02", "Beta has a text of its own.", "id: beta"))
	d.wants(itoa(chunk+7) + " 0 0 0 0")
	alpha, beta := d.article("alpha"), d.article("beta")
	d.rename("a.md", "z.md")
	d.rename("b.md", "a.md")
	for i := range chunk + 5 {
		d.touch("piece-" + itoa(1000+i) + ".md")
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := d.src.Read(ctx, PassOptions{Progress: func(read, _ int) {
		if read == chunk {
			cancel()
		}
	}})
	if err == nil || d.file("a.md").ArticleID != beta.ID {
		t.Fatalf("%v, %+v", err, d.file("a.md"))
	}
	d.wants("0 0 0 0 " + itoa(chunk+7))
	d.same(alpha, "alpha")
	d.same(beta, "beta")
	d.rename("a.md", "z.md")
	for i := range chunk + 5 {
		d.touch("piece-" + itoa(1000+i) + ".md")
	}
	d.touch("z.md")
	d.wants("0 0 1 0 " + itoa(chunk+6))
	if d.article("alpha").State != magazine.Withdrawn {
		t.Errorf("alpha is %s", d.article("alpha").State)
	}
}

// The same over more files than one transaction takes: each takes the next
// one's name.
func TestShiftOfManyFiles(t *testing.T) {
	d := liteDesk(t)
	const n = chunk*2 + 30
	d.many("", n)
	d.wants(itoa(n) + " 0 0 0 0")
	all := d.listed()
	var was []*magazine.Article
	for i := range n {
		was = append(was, d.article("piece-"+itoa(1000+i)))
	}
	for i := n - 1; i >= 0; i-- {
		d.rename("piece-"+itoa(1000+i)+".md", "piece-"+itoa(1001+i)+".md")
	}
	d.wants("0 0 0 0 " + itoa(n))
	for i := range n {
		d.same(was[i], "piece-"+itoa(1000+i))
	}
	if d.listed() != all || d.line("piece-1201.md").Slug != "piece-1200" {
		t.Errorf("%s, %+v", d.listed(), d.line("piece-1201.md"))
	}
	d.wants("0 0 0 0 " + itoa(n))
}

func TestCopy(t *testing.T) {
	desks(t, func(d *desk) {
		text := page("Alpha", "2024-05-01", passage, "slug: tide")
		d.write("a.md", text)
		d.wants("1 0 0 0 0")
		d.write("b.md", text)
		d.wants("1 0 0 0 1")
		a, b := d.article("tide"), d.article("tide-2")
		d.warned("b.md", "slug", "tide-2 is used and kept")
		d.unwarned("a.md")
		d.wants("0 0 0 0 2")
		d.write("b.md", text+"\nAnother end.\n")
		d.wants("0 1 0 0 1")
		d.same(b, "tide-2")
		d.warned("b.md", "slug", "tide-2 is used and kept")
		d.remove("a.md")
		d.wants("0 0 1 0 1")
		d.write("b.md", text)
		d.wants("0 1 0 0 0")
		d.same(b, "tide-2")
		if d.listed() != "tide-2" || d.article("tide").State != magazine.Withdrawn {
			d.t.Errorf("listed %s", d.listed())
		}
		d.write("a.md", text)
		d.wants("0 1 0 0 1")
		d.same(a, "tide")
		d.same(b, "tide-2")
	})
}

func TestTwins(t *testing.T) {
	for _, together := range []bool{true, false} {
		desks(t, func(d *desk) {
			d.write("a.md", page("Alpha", "2024-05-01", passage, "id: x", "guid: urn:one"))
			if !together {
				d.wants("1 0 0 0 0")
			}
			d.write("b.md", page("Beta", "2024-05-02", "Beta was made of a copy.", "id: x", "guid: urn:one"))
			d.read()
			if d.listed() != "beta alpha" || d.article("alpha").GUID != "urn:one" || !strings.HasPrefix(d.article("beta").GUID, "tag:harbour.example,2024-05-02:") {
				d.t.Fatalf("listed %s, %s, %s", d.listed(), d.article("alpha").GUID, d.article("beta").GUID)
			}
			d.warned("b.md", "id", "a.md has the same id")
			d.warned("b.md", "guid", "a.md has the same guid")
			d.wants("0 0 0 0 2")
			a, b := d.article("alpha"), d.article("beta")
			d.write("b.md", page("Beta", "2024-05-02", "Beta was written anew.", "id: x", "guid: urn:one"))
			d.wants("0 1 0 0 1")
			d.warned("b.md", "id", "a.md has the same id")
			d.same(b, "beta")
			d.remove("a.md")
			d.wants("0 0 1 0 1")
			d.write("b.md", page("Beta", "2024-05-02", "Beta was written anew, twice.", "id: x"))
			d.wants("0 1 0 0 0")
			d.same(b, "beta")
			d.unwarned("b.md")
			d.write("c.md", page("Gamma", "2024-05-09", "All of it is new but the id.", "id: x"))
			d.wants("0 1 0 0 1")
			d.same(a, "alpha")
		})
	}
}

// Readers know an article by one guid for ever.
func TestGUIDStays(t *testing.T) {
	d := liteDesk(t)
	d.write("a.md", page("Alpha", "2024-05-01", passage))
	d.write("b.md", page("Beta", "2034-05-01", "It comes later."))
	d.wants("2 0 0 0 0")
	was := d.article("alpha")
	d.write("a.md", page("Alpha", "2024-05-01", passage, "guid: urn:old:1"))
	d.write("b.md", page("Beta", "2034-05-01", "It comes later.", "guid: urn:old:2"))
	d.read()
	d.same(was, "alpha")
	d.warned("a.md", "guid", was.GUID, "kept")
	if got := d.article("beta").GUID; got != "urn:old:2" {
		t.Errorf("guid %s of an article that nobody has seen", got)
	}
	d.wants("0 0 0 0 2")
}

// An id that is added later counts from then on.
func TestIDAdded(t *testing.T) {
	d := liteDesk(t)
	d.write("a.md", page("Alpha", "2024-05-01", passage))
	d.wants("1 0 0 0 0")
	was := d.article("alpha")
	d.write("a.md", page("Alpha", "2024-05-01", passage, "id: x"))
	d.wants("0 0 0 0 1")
	d.remove("a.md")
	d.write("b.md", page("Omega", "2024-05-09", "All of it is new but the id.", "id: x"))
	d.wants("0 1 0 0 0")
	d.same(was, "alpha")
}

// Two sources of a publication, in the order in which they are read.
func TestMoveBetweenSources(t *testing.T) {
	for _, toFirst := range []bool{true, false} {
		d := liteDesk(t)
		first := newDesk(t, d.store, d.clock)
		first.src.name = "first"
		second := newDesk(t, d.store, d.clock)
		second.src.name = "second"
		Beside(first.src, second.src)
		from, to := first, second
		if toFirst {
			from, to = second, first
		}
		from.write("a.md", page("Alpha", "2024-05-01", passage))
		to.write("b.md", page("Beta", "2024-05-02", "It stays where it is."))
		first.wants("1 0 0 0 0")
		second.wants("1 0 0 0 0")
		was := d.article("alpha")
		text, err := os.ReadFile(from.path("a.md"))
		d.must(err)
		from.remove("a.md")
		to.write("a.md", string(text))
		first.read()
		second.read()
		d.same(was, "alpha")
		if strings.Count(d.listed(), " ") != 1 {
			t.Errorf("listed %s", d.listed())
		}
		to.wants("0 0 0 0 2")
		from.wants("0 0 0 0 0")
		// A copy in the other source is an article of its own.
		from.write("a.md", string(text))
		from.wants("1 0 0 0 0")
		d.same(was, "alpha")
		// The source gets another name.
		to.src.name = "renamed"
		to.wants("0 0 0 0 2")
		d.same(was, "alpha")
		if strings.Count(d.listed(), " ") != 2 {
			t.Errorf("listed %s", d.listed())
		}
	}
}

// A file that is renamed while the folder is listed is met twice.
func TestRenamedWhileListed(t *testing.T) {
	d := liteDesk(t)
	d.write("a.md", page("Alpha", "2024-05-01", passage))
	d.wants("1 0 0 0 0")
	was := d.article("alpha")
	p := newPass(d.src, PassOptions{})
	defer func() { p.root.Close() }()
	d.write("z/a.md", page("Alpha", "2024-05-01", passage))
	_, err := p.look(t.Context())
	d.must(err)
	d.remove("a.md")
	d.must(p.readAll(t.Context()))
	d.must(p.gone(t.Context()))
	d.wants("0 0 0 0 1")
	d.same(was, "alpha")
	if d.listed() != "alpha" {
		t.Errorf("listed %s", d.listed())
	}
}
