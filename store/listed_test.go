package store_test

import (
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// Authors are listed by slug in parts, and found by what stands in their names, however
// it is written; those who were merged into others, or of whom nothing is visible, are
// not there.
func testAuthorsInParts(t *testing.T, s *store.Store, clock *posttest.Clock) {
	for i, name := range []string{"Zoë Åkesson", "ليلى بن يوسف", "Amina Said", "amina said", "Dmitri 100%", "Later On"} {
		a := piece("p"+string(rune('a'+i)), clock.Now().Add(-time.Hour))
		if name == "Later On" {
			a.Published = clock.Now().Add(time.Hour)
		}
		slug := magazine.Slugify(name)
		if i == 3 {
			slug = "amina-said-2"
		}
		a.Authors, a.Section = []magazine.Author{{Slug: slug, Name: name}}, magazine.Section{Slug: slug, Name: name}
		put(t, s, a)
	}
	publishDue(t, s)
	write(t, s, func(tx *store.Tx) error {
		return tx.PutAuthor(ctx, magazine.Author{Slug: "dmitri-100", Name: "Дмитрий"})
	})
	slugs := func(text, above string, limit int) string {
		t.Helper()
		var authors, sections []string
		for _, w := range must(s.AuthorsFrom(ctx, text, above, limit)) {
			authors = append(authors, w.Slug)
		}
		for _, c := range must(s.SectionsFrom(ctx, text, above, limit)) {
			sections = append(sections, c.Slug)
		}
		if text != "Дмитрий" && strings.Join(authors, " ") != strings.Join(sections, " ") {
			t.Errorf("%q: authors %q, sections %q", text, authors, sections)
		}
		return strings.Join(authors, " ")
	}
	for _, c := range []struct {
		text, above string
		limit       int
		want        string
	}{
		{"", "", 10, "amina-said amina-said-2 dmitri-100 zoe-akesson ليلى-بن-يوسف"},
		{"", "amina-said", 2, "amina-said-2 dmitri-100"},
		{"ZOË å", "", 10, "zoe-akesson"},
		{"said", "amina-said", 10, "amina-said-2"},
		{"ليلى", "", 10, "ليلى-بن-يوسف"},
		{"Дмитрий", "", 10, "dmitri-100"},
		{"100%", "", 10, "dmitri-100"}, {"0%x", "", 10, ""}, {"_", "", 10, ""}, {"\\", "", 10, ""}, {"later", "", 10, ""},
	} {
		if got := slugs(c.text, c.above, c.limit); got != c.want {
			t.Errorf("%q above %q: %q, want %q", c.text, c.above, got, c.want)
		}
	}
	called := func(typed string) string {
		var all []string
		for _, w := range must(s.AuthorsCalled(ctx, typed)) {
			all = append(all, w.Slug)
		}
		return strings.Join(all, " ")
	}
	for typed, want := range map[string]string{"AMINA Said": "amina-said amina-said-2", "amina-said-2": "amina-said-2", "zoë åkesson": "zoe-akesson", "Zoe": "", "Дмитрий": "dmitri-100", "": "", "later on": ""} {
		if got := called(typed); got != want {
			t.Errorf("called %q: %q, want %q", typed, got, want)
		}
	}
	write(t, s, func(tx *store.Tx) error { return tx.MergeAuthors(ctx, "amina-said-2", "amina-said", "o") })
	if got := called("amina said"); got != "amina-said" {
		t.Errorf("merged: %q", got)
	}
}
