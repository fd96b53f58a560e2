package articles

import (
	"os"
	"slices"
	"strings"
	"testing"

	"postrider/magazine"
	"postrider/store"
)

func TestParseAliases(t *testing.T) {
	for text, want := range map[string]string{
		"aliases: Jane D.":                             "jane-d",
		"aliases: [Jane D., j-doe, JANE DOE]":          "jane-d j-doe",
		"aliases: [zoé, Zoé]":                          "zoe zoé",
		"aliases: [/authors/jane/, {a: b}, '!', jane]": "jane",
		"aliases:": "",
	} {
		a, problems := newReader().ParseAuthor("authors/jane.yaml", []byte("name: Jane Doe\n"+text))
		if a == nil || strings.Join(a.Aliases, " ") != want {
			t.Errorf("%s: %+v, %v; want %q", text, a, problems, want)
			continue
		}
		wrong := 0
		if strings.Contains(text, "/") {
			wrong = 3
		}
		if len(problems) != wrong || slices.ContainsFunc(problems, func(p magazine.Problem) bool { return !p.Warning || p.Line != 2 || p.Field != "aliases" }) {
			t.Errorf("%s: %v", text, problems)
		}
	}
}

func (d *desk) leads(alias, own string) {
	d.t.Helper()
	got, err := d.store.AuthorSlug(d.t.Context(), alias)
	d.must(err)
	if got != own {
		d.t.Errorf("%s leads to %s, want %s", alias, got, own)
	}
}

// An author's file says which spellings are the author; they are while it says so.
func TestAliases(t *testing.T) {
	desks(t, func(d *desk) {
		d.write("a.md", page("Alpha", "2024-05-01", passage, "author: Jane Doe"))
		d.write("b.md", page("Beta", "2024-05-02", passage+" Two.", "author: Jane D."))
		d.write("c.md", page("Gamma", "2024-05-03", passage+" Three.", "authors: [{name: J., slug: j-doe}, Jane Doe, Salma Oduya]"))
		d.wants("3 0 0 0 0")
		hers := magazine.AuthorScope("jane-doe")
		if got := d.listedIn(hers); got != "gamma alpha" {
			t.Fatalf("she has %q", got)
		}
		d.write("authors/jane.yaml", "name: Jane Doe\naliases: [Jane D., j-doe]\n")
		d.wants("0 2 0 0 1")
		if got := d.listedIn(hers); got != "beta gamma alpha" || d.listedIn(magazine.AuthorScope("jane-d")) != "" {
			d.t.Errorf("merged she has %q", got)
		}
		d.leads("jane-d", "jane-doe")
		if who := d.article("beta").Authors; len(who) != 1 || who[0].Name != "Jane D." || who[0].Slug != "jane-doe" {
			d.t.Errorf("the byline is %+v", who)
		}
		if who := d.article("gamma").Authors; len(who) != 2 || who[1].Slug != "salma-oduya" {
			d.t.Errorf("one who comes twice: %+v", who)
		}
		d.write("d.md", page("Delta", "2024-05-04", passage+" Four.", "author: Jane D."))
		d.wants("1 0 0 0 3")
		if got := d.listedIn(hers); got != "delta beta gamma alpha" {
			d.t.Errorf("with a new one she has %q", got)
		}
		d.write("authors/jane.yaml", "name: Jane Doe\naliases: [j-doe]\n")
		d.write("e.md", page("Epsilon", "2024-05-05", passage+" Five.", "author: Jane D."))
		d.wants("1 2 0 0 2")
		if got := d.listedIn(hers); got != "gamma alpha" || d.listedIn(magazine.AuthorScope("jane-d")) != "epsilon delta beta" {
			d.t.Errorf("parted she has %q", got)
		}
		d.leads("jane-d", "jane-d")
		d.remove("authors")
		d.wants("0 1 0 0 4")
		d.leads("j-doe", "j-doe")
		if got := d.listedIn(magazine.AuthorScope("j-doe")); got != "gamma" {
			d.t.Errorf("without the file %q is under the old slug", got)
		}
	})
}

// Two files that say who is who: an alias wins over a file of its own, of two that
// have the same alias the first counts, and each is heard when the other is gone.
func TestAliasesOfTwoFiles(t *testing.T) {
	desks(t, func(d *desk) {
		d.write("a.md", page("Alpha", "2024-05-01", passage, "author: Jane Doe"))
		d.write("b.md", page("Beta", "2024-05-02", passage+" Two.", "author: Jane D."))
		d.write("authors/jane-d.yaml", "name: Jane D.\naliases: [jd]\nbio: Of ropes.\n")
		d.wants("2 0 0 0 0")
		d.leads("jd", "jane-d")
		d.write("authors/jane-doe.yaml", "name: Jane Doe\naliases: [Jane D.]\n")
		d.wants("0 1 0 1 1")
		d.warned("authors/jane-d.yaml", "author/jane-d", "authors/jane-doe.yaml")
		d.leads("jd", "jd")
		if got := d.listedIn(magazine.AuthorScope("jane-doe")); got != "beta alpha" {
			d.t.Errorf("she has %q", got)
		}
		d.wants("0 0 0 1 2")
		d.remove("authors/jane-d.yaml")
		d.wants("0 0 0 0 2")
		d.leads("jane-d", "jane-doe")

		d.write("authors/zoe.yaml", "name: Zoe\naliases: [jane-d]\n")
		d.wants("0 0 0 0 2")
		d.leads("jane-d", "jane-doe")
		if f := d.warnings("authors/zoe.yaml"); len(f) != 1 || f[0].Field != "aliases" || f[0].Value != "jane-d" {
			d.t.Errorf("the second is told %v", f)
		}
		d.remove("authors/jane-doe.yaml")
		d.wants("0 1 0 0 1")
		d.leads("jane-d", "zoe")
		if f := d.warnings("authors/zoe.yaml"); len(f) != 0 {
			d.t.Errorf("alone it is told %v", f)
		}
	})
}

// When one of two files about the same author goes, the pass that sees it has
// the articles go by what the other says.
func TestTwinFileGoes(t *testing.T) {
	desks(t, func(d *desk) {
		d.write("a.md", page("Alpha", "2024-05-01", passage, "author: Jane D."))
		d.write("b.md", page("Beta", "2024-05-02", passage+" Two.", "author: Jane"))
		d.write("authors/a-jane.yaml", "name: Jane Doe\n")
		d.write("authors/jane.yaml", "name: Jane Doe\naliases: [Jane D.]\n")
		d.wants("2 0 0 1 0")
		d.remove("authors/a-jane.yaml")
		d.wants("0 1 0 0 1")
		d.leads("jane-d", "jane-doe")
		if got := d.listedIn(magazine.AuthorScope("jane-doe")); got != "alpha" {
			d.t.Errorf("she has %q", got)
		}
		d.settled("0 0 0 0 2")
	})
}

// One pass merges two authors with a file each, where one is written into the other.
func TestAliasInTheSamePass(t *testing.T) {
	d := liteDesk(t)
	d.write("b.md", page("Beta", "2024-05-02", passage, "author: Jane D."))
	d.write("authors/jane-d.yaml", "name: Jane D.\nbio: Of ropes.\n")
	d.wants("1 0 0 0 0")
	d.must(os.Remove(d.path("authors/jane-d.yaml")))
	d.write("authors/jane-doe.yaml", "name: Jane Doe\naliases: [jane-d]\n")
	d.wants("0 1 0 0 0")
	d.leads("jane-d", "jane-doe")
	d.wants("0 0 0 0 1")
	d.write("authors/jane-doe.yaml", "name: Jane Doe\nslug: jane-d\naliases: [jane-doe]\n") // and the other way round
	d.wants("0 1 0 0 0")
	d.leads("jane-doe", "jane-d")
	d.leads("jane-d", "jane-d")
	if got := d.listedIn(magazine.AuthorScope("jane-d")); got != "beta" {
		t.Errorf("she has %q", got)
	}
	d.wants("0 0 0 0 1")
}

// warnings are the problems that a data file has.
func (d *desk) warnings(file string) []magazine.Problem {
	d.t.Helper()
	all, err := d.store.FileProblems(d.t.Context())
	d.must(err)
	i := slices.IndexFunc(all, func(f store.File) bool { return f.Path == file })
	if i < 0 {
		return nil
	}
	return all[i].Problems
}

// What was merged at the desk, where no author has a file, outlasts every reading, and
// is taken back by the next one.
func TestMergedAtTheDesk(t *testing.T) {
	desks(t, func(d *desk) {
		d.write("a.md", page("Alpha", "2024-05-01", passage, "author: Jane Doe"))
		d.write("b.md", page("Beta", "2024-05-02", passage+" Two.", "author: Jane D."))
		d.wants("2 0 0 0 0")
		hers := magazine.AuthorScope("jane-doe")
		d.must(d.store.Write(d.t.Context(), func(tx *store.Tx) error { return tx.MergeAuthors(d.t.Context(), "jane-d", "jane-doe", "amina") }))
		d.wants("0 1 0 0 1")
		if got := d.listedIn(hers); got != "beta alpha" || d.listedIn(magazine.AuthorScope("jane-d")) != "" {
			d.t.Errorf("merged she has %q", got)
		}
		d.write("c.md", page("Gamma", "2024-05-03", passage+" Three.", "author: Jane D."))
		d.wants("1 0 0 0 2")
		d.write("authors/jane.yaml", "name: Jane Doe\nbio: Of ropes.\n")
		d.read()
		if got := d.listedIn(hers); got != "gamma beta alpha" {
			d.t.Errorf("with a file of her own she has %q", got)
		}
		d.leads("jane-d", "jane-doe")
		d.must(d.store.Write(d.t.Context(), func(tx *store.Tx) error { return tx.PartAuthors(d.t.Context(), "jane-d") }))
		d.read()
		if got, other := d.listedIn(hers), d.listedIn(magazine.AuthorScope("jane-d")); got != "alpha" || other != "gamma beta" {
			d.t.Errorf("parted she has %q, and the other %q", got, other)
		}
	})
}
