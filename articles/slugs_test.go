package articles

import (
	"strings"
	"testing"
)

func TestSlugChange(t *testing.T) {
	desks(t, func(d *desk) {
		d.write("a.md", page("Alpha", "2024-05-01", passage))
		d.wants("1 0 0 0 0")
		was := d.article("alpha")
		d.write("a.md", page("Omega", "2024-05-01", passage)) // a title doesn't move an article that readers know
		d.wants("0 1 0 0 0")
		d.same(was, "alpha")
		d.write("a.md", page("Omega", "2024-05-01", passage, "slug: tide"))
		d.wants("0 1 0 0 0")
		d.same(was, "tide")
		if a := d.article("alpha"); a.Slug != "tide" || !strings.HasPrefix(d.listed(), "tide") {
			d.t.Errorf("alpha leads to %s", a.Slug)
		}
		d.write("b.md", page("Alpha", "2024-05-02", "It wants an address that leads elsewhere."))
		d.wants("1 0 0 0 1")
		if d.listed() != "alpha-2 tide" {
			d.t.Errorf("listed %s", d.listed())
		}
		d.warned("b.md", "slug", "alpha-2", "another article")
		d.write("a.md", page("Omega", "2024-05-01", passage, "slug: alpha", "aliases: [/2020/old-tide/, /alpha-2/]"))
		d.wants("0 1 0 0 1")
		for slug, want := range map[string]string{"tide": "alpha", "alpha": "alpha", "old-tide": "alpha", "alpha-2": "alpha-2"} {
			if a := d.article(slug); a.Slug != want {
				d.t.Errorf("%s leads to %s", slug, a.Slug)
			}
		}
		d.write("a.md", page("Omega", "2024-05-01", passage, "slug: alpha", "aliases: /older/"))
		d.wants("0 0 0 0 2")
		if a := d.article("older"); a.Slug != "alpha" {
			d.t.Errorf("older leads to %s", a.Slug)
		}
	})
}

// While no reader has seen an article, its slug follows its title.
func TestDraftSlug(t *testing.T) {
	d := liteDesk(t)
	d.write("a.md", page("Working title", "2024-05-01", passage, "draft: true"))
	d.wants("1 0 0 0 0")
	d.write("a.md", page("The rope walk", "2024-05-01", passage+" More."))
	d.wants("0 1 0 0 0")
	if d.listed() != "the-rope-walk" {
		t.Errorf("listed %s", d.listed())
	}
}

func TestNoLetters(t *testing.T) {
	d := liteDesk(t)
	d.write("🎉.md", page(`"🎉"`, "2024-05-01", passage))
	d.write("🎊.md", page(`"🎊"`, "2024-05-02", "Another party."))
	d.wants("2 0 0 0 0")
	if d.listed() != "article article-2" && d.listed() != "article-2 article" {
		t.Errorf("listed %q", d.listed())
	}
}
