package articles

import (
	"strings"
	"testing"

	"postrider/magazine"
)

// What a source brought that the configuration names no more stays until it is
// said that it is to go, and comes back with the source.
func TestRemovedSource(t *testing.T) {
	desks(t, func(d *desk) {
		other := newDesk(d.t.(*testing.T), d.store, d.clock)
		other.src.name = "other"
		Beside(d.src, other.src)
		d.write("a.md", page("Alpha", "2024-05-01", passage))
		other.write("b.md", page("Beta", "2024-05-02", "It is from the other source.", "section: Craft"))
		other.write("sections/craft.yaml", "name: Craft\ndescription: Of hands.\n")
		d.read()
		other.wants("1 0 0 0 0")
		was := d.article("beta")

		Beside(d.src)
		for range 2 {
			p := d.wants("0 0 0 0 1")
			if len(p.Problems) != 1 || p.Problems[0].Source != "other" || !strings.Contains(p.Problems[0].Text, "1 published article is") || !strings.Contains(p.Problems[0].Mend, "--withdraw") {
				d.t.Errorf("%+v", p.Problems)
			}
		}
		if n := strings.Count(d.log.String(), "1 published article is"); n != 1 {
			d.t.Errorf("logged %d times", n)
		}
		if d.listed() != "beta alpha" || d.section("craft").Description == "" {
			d.t.Errorf("listed %s, %+v", d.listed(), d.section("craft"))
		}
		if kept, err := d.store.SourceProblems(d.t.Context()); err != nil || len(kept["other"]) != 1 {
			d.t.Errorf("%v, %v", kept, err)
		}

		if got := countsOf(d.readWith(PassOptions{Withdraw: true})); got != "0 0 1 0 1" {
			d.t.Error(got)
		}
		if p := d.wants("0 0 0 0 1"); len(p.Problems) > 0 || d.listed() != "alpha" || d.article("beta").State != magazine.Withdrawn || d.section("craft").Description != "" {
			d.t.Errorf("%+v, listed %s", p, d.listed())
		}

		Beside(d.src, other.src)
		other.wants("0 1 0 0 0")
		d.same(was, "beta")
		if d.listed() != "beta alpha" || d.section("craft").Description != "Of hands." {
			d.t.Errorf("listed %s, %+v", d.listed(), d.section("craft"))
		}
		Beside(d.src)
		d.read()
		Beside(d.src, other.src)
		other.read()
		if kept, err := d.store.SourceProblems(d.t.Context()); err != nil || len(kept) > 0 {
			d.t.Errorf("its problem stays when it is back: %v, %v", kept, err)
		}
	})
}
