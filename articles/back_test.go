package articles

import (
	"testing"

	"postrider/magazine"
)

// A file that is renamed while its folder is being read, and is back before the
// next pass, has its article then, though nothing about it has changed.
func TestRenamedAndBack(t *testing.T) {
	desks(t, func(d *desk) {
		d.write("a.md", page("Alpha", "2024-05-01", passage))
		d.wants("1 0 0 0 0")
		was := d.article("alpha")
		d.write("b.md", page("Beta", "2024-05-02", "It will not be read."))
		d.readWith(PassOptions{Progress: func(done, _ int) {
			if done == 0 { // both are listed, and none is read
				d.rename("a.md", "b.md")
			}
		}})
		if a := d.article("alpha"); a.FromFile != "b.md" {
			d.t.Fatalf("the article is of %s", a.FromFile)
		}
		d.rename("b.md", "a.md")
		d.wants("0 0 0 0 1")
		d.same(was, "alpha")
		if a := d.article("alpha"); a.FromFile != "a.md" || d.listed() != "alpha" {
			d.t.Errorf("the article is of %s, listed: %q", a.FromFile, d.listed())
		}
		d.settled("0 0 0 0 1")
	})
}

// Articles are moved and edited, and others take their files' places: they are
// known by name and date.
func TestMovedAndEdited(t *testing.T) {
	d := liteDesk(t)
	text := func(name, edition string) string {
		return page(name, "2024-05-01", "The text of "+name+" is like no other, and nobody has it but "+name+", edition "+edition+".")
	}
	names := []string{"Alpha", "Beta", "Gamma"}
	lay := func(edition string, files ...string) {
		for i, file := range files {
			d.write(file, text(names[i], edition))
		}
	}
	same := func(what string, all ...*magazine.Article) {
		t.Helper()
		for _, was := range all {
			if d.same(was, was.Slug); d.article(was.Slug).State != magazine.Published {
				t.Errorf("%s: %s is %s", what, was.Slug, d.article(was.Slug).State)
			}
		}
	}
	lay("one", "a.md", "b.md", "c.md")
	d.wants("3 0 0 0 0")
	alpha, beta, gamma := d.article("alpha"), d.article("beta"), d.article("gamma")
	d.remove("a.md")
	lay("two", "b.md", "c.md", "d.md")
	d.wants("0 3 0 0 0")
	same("each in the next one's place", alpha, beta, gamma)
	lay("three", "c.md", "d.md", "b.md")
	d.wants("0 3 0 0 0")
	same("round", alpha, beta, gamma)
	// Where a file only takes another's name, its own article stays what it is.
	d.write("c.md", page("Omega", "2024-05-01", "Alpha has another name and text now."))
	d.write("d.md", text("Alpha", "four"))
	d.wants("0 2 0 0 1")
	same("another name", alpha, beta, gamma)
	if d.article("alpha").FromFile != "c.md" {
		t.Errorf("alpha is %s", d.article("alpha").FromFile)
	}
	// One that takes another's place while its own is left comes with its file.
	d.remove("b.md")
	d.write("d.md", text("Gamma", "five"))
	d.wants("0 1 1 0 1")
	same("in another's place", alpha, gamma)
	if d.article("gamma").FromFile != "d.md" || d.article("beta").State != magazine.Withdrawn {
		t.Errorf("gamma is %s, beta %s", d.article("gamma").FromFile, d.article("beta").State)
	}
}
