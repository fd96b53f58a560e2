package articles

import "testing"

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
