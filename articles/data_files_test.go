package articles

import (
	"testing"
	"time"

	"postrider/magazine"
)

func (d *desk) section(slug string) *magazine.Section {
	d.t.Helper()
	s, err := d.store.Section(d.t.Context(), slug)
	d.must(err)
	return s
}

func (d *desk) issue(volume, number string) *magazine.Issue {
	d.t.Helper()
	i, err := d.store.Issue(d.t.Context(), magazine.IssueRef{Volume: volume, Number: number})
	d.must(err)
	return i
}

func (d *desk) version(scope magazine.Scope) int64 {
	d.t.Helper()
	v, err := d.store.ScopeVersion(d.t.Context(), scope)
	d.must(err)
	return v.Number
}

// What the file of a section or an issue said goes with it; what articles say
// stays, and so does an issue's publication.
func TestDataFilesThatGo(t *testing.T) {
	desks(t, func(d *desk) {
		d.write("a.md", page("Alpha", "2024-05-01", passage, "section: Craft", "volume: 3", "number: 1"))
		d.write("sections/craft.yaml", "name: Craft\ndescription: Of hands.\n")
		d.write("issues/3-1.yaml", "volume: 3\nnumber: 1\ndate: 2024-06-01\nnote: Welcome.\n")
		d.wants("1 0 0 0 0")
		if i := d.issue("3", "1"); d.section("craft").Description != "Of hands." || i.Note == "" || !i.CoverDate.Equal(time.Date(2024, 5, 31, 21, 0, 0, 0, time.UTC)) {
			d.t.Errorf("%+v, %+v", d.section("craft"), i)
		}
		site, craft := d.version(magazine.SiteScope()), d.version(magazine.SectionScope("craft"))
		d.remove("sections")
		d.remove("issues")
		d.wants("0 0 0 0 1")
		if i := d.issue("3", "1"); d.section("craft").Description != "" || i.Note != "" || !i.CoverDate.Equal(d.article("alpha").Published) || i.State != magazine.IssuePublished {
			d.t.Errorf("%+v, %+v", d.section("craft"), i)
		}
		if d.version(magazine.SiteScope()) == site || d.version(magazine.SectionScope("craft")) == craft {
			d.t.Error("the versions stayed")
		}
		site = d.version(magazine.SiteScope())
		d.wants("0 0 0 0 1")
		if d.version(magazine.SiteScope()) != site {
			d.t.Error("the version grew without a change")
		}
	})
}

// A data file may have another name, or tell of something else from now on.
func TestDataFilesThatMove(t *testing.T) {
	d := liteDesk(t)
	d.write("a.md", page("Alpha", "2024-05-01", passage, "section: Craft"))
	d.write("sections/craft.yaml", "name: Craft\ndescription: Of hands.\n")
	d.wants("1 0 0 0 0")
	d.rename("sections/craft.yaml", "sections/hands.yaml")
	d.wants("0 0 0 0 1")
	if got := d.section("craft").Description; got != "Of hands." {
		t.Errorf("after renaming: %q", got)
	}
	d.write("sections/hands.yaml", "name: Science\ndescription: Of minds.\n")
	d.wants("0 0 0 0 1")
	if got := d.section("craft").Description; got != "" {
		t.Errorf("when its file tells of another: %q", got)
	}
	d.write("sections/hands.yaml", "name: [broken\n")
	d.wants("0 0 0 1 1")
	if got := d.section("science").Description; got != "Of minds." {
		t.Errorf("when its file is held: %q", got)
	}
	d.remove("sections/hands.yaml")
	d.wants("0 0 0 0 1")
	if s, err := d.store.Section(t.Context(), "science"); err == nil && s.Description != "" {
		t.Errorf("when its held file is gone: %+v", s)
	}
}

// Of two files that tell of the same, the one that came first counts, and the
// other one when it is gone.
func TestTwoDataFilesOfOne(t *testing.T) {
	desks(t, func(d *desk) {
		d.write("a.md", page("Alpha", "2024-05-01", passage, "section: Craft"))
		d.write("sections/craft.yaml", "name: Craft\ndescription: Of hands.\n")
		d.wants("1 0 0 0 0")
		d.write("sections/a-twin.yaml", "name: Craft\ndescription: Of minds.\n")
		d.wants("0 0 0 1 1")
		d.warned("sections/a-twin.yaml", "section/craft", "sections/craft.yaml")
		d.touch("sections/craft.yaml")
		d.wants("0 0 0 1 1")
		if got := d.section("craft").Description; got != "Of hands." {
			d.t.Errorf("the first counts: %q", got)
		}
		d.remove("sections/a-twin.yaml")
		d.wants("0 0 0 0 1")
		if got := d.section("craft").Description; got != "Of hands." {
			d.t.Errorf("without the second: %q", got)
		}
		d.write("sections/twin.yaml", "name: Craft\ndescription: Of minds.\n")
		d.wants("0 0 0 1 1")
		d.remove("sections/craft.yaml")
		d.wants("0 0 0 0 1")
		if got := d.section("craft").Description; got != "Of minds." {
			d.t.Errorf("without the first: %q", got)
		}
		d.unwarned("a.md")
	})
}
