package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

func putAliases(t testing.TB, s *store.Store, author string, aliases ...string) (c store.AliasChange) {
	t.Helper()
	write(t, s, func(tx *store.Tx) (err error) {
		if err := tx.PutAuthor(ctx, magazine.Author{Slug: author, Name: "The " + author}); err != nil {
			return err
		}
		c, err = tx.PutAliases(ctx, "sample", author, aliases)
		return err
	})
	return c
}

func by(author string, a store.ArticleRow) store.ArticleRow {
	a.Authors = []magazine.Author{{Slug: author, Name: "The " + author}}
	return a
}

func testAliasesOfAuthors(t *testing.T, s *store.Store, clock *posttest.Clock) {
	put(t, s, by("jane-doe", piece("a", clock.Now().Add(-2*day))), by("jane-d", piece("b", clock.Now().Add(-day))))
	check := func(what, alias, own string, listed ...string) {
		t.Helper()
		if a, err := s.Author(ctx, alias); err != nil || a.Slug != own {
			t.Errorf("%s: %s is %+v, %v", what, alias, a, err)
		}
		if slug, err := s.AuthorSlug(ctx, alias); err != nil || slug != own {
			t.Errorf("%s: %s leads to %s, %v", what, alias, slug, err)
		}
		var got []string
		for _, a := range must(s.Authors(ctx)) {
			got = append(got, a.Slug)
		}
		slices.Sort(got)
		if !slices.Equal(got, listed) {
			t.Errorf("%s: the authors are %v, want %v", what, got, listed)
		}
	}
	check("two", "jane-d", "jane-d", "jane-d", "jane-doe")
	site := version(t, s, magazine.SiteScope())
	if c := putAliases(t, s, "jane-doe", "jane-d", "j-doe"); !slices.Equal(c.Moved, []string{"jane-d", "j-doe"}) || c.Taken != nil {
		t.Errorf("%+v", c)
	}
	if version(t, s, magazine.SiteScope()) == site {
		t.Error("what polls rest on has not changed")
	}
	check("merged", "jane-d", "jane-doe", "jane-doe")
	check("one who never wrote", "j-doe", "jane-doe", "jane-doe")
	site = version(t, s, magazine.SiteScope())
	if c := putAliases(t, s, "jane-doe", "j-doe", "jane-d"); c.Moved != nil || version(t, s, magazine.SiteScope()) != site {
		t.Errorf("nothing new changed something: %+v", c)
	}
	if c := putAliases(t, s, "another", "jane-d", "ann"); !slices.Equal(c.Taken, []string{"jane-d"}) || !slices.Equal(c.Moved, []string{"ann"}) {
		t.Errorf("two want one: %+v", c)
	}
	check("two want one", "jane-d", "jane-doe", "jane-doe")
	write(t, s, func(tx *store.Tx) error {
		return tx.PutFiles(ctx, store.File{Source: "sample", Path: "authors/another.yaml", Reader: "r", State: store.FileData, About: "author/another", Problems: []magazine.Problem{{Text: "taken"}}})
	})
	if c := putAliases(t, s, "jane-doe", "j-doe"); !slices.Equal(c.Moved, []string{"jane-d"}) || !slices.Equal(c.Again, []string{"authors/another.yaml"}) {
		t.Errorf("taken back: %+v", c)
	}
	check("taken back", "jane-d", "jane-d", "jane-d", "jane-doe")
	if c := putAliases(t, s, "j-doe"); !slices.Equal(c.Moved, []string{"j-doe"}) { // whose file went, and another tells of the alias itself
		t.Errorf("an alias that is an author now: %+v", c)
	}
	check("an alias that is an author now", "j-doe", "j-doe", "jane-d", "jane-doe")
	write(t, s, func(tx *store.Tx) error {
		_, err := tx.Unsay(ctx, "sample", magazine.AuthorScope("another").Key())
		return err
	})
	if slug := must(s.AuthorSlug(ctx, "ann")); slug != "ann" {
		t.Errorf("what a file said that is gone leads to %s", slug)
	}
}

// Whoever follows one who is merged gets what that one wrote, each article once,
// whether it was saved before or after and whichever of them they followed.
func testFollowersOfMergedAuthors(t *testing.T, s *store.Store, clock *posttest.Clock) {
	follow := func(slug string) magazine.Follow {
		return magazine.Follow{Kind: magazine.FollowAuthor, Slug: slug}
	}
	put(t, s, by("jane-d", piece("old", clock.Now().Add(-3*day))))
	one, both := join(t, s, "one@example.org", follow("jane-d")), join(t, s, "both@example.org", follow("jane-d"))
	section := join(t, s, "section@example.org", magazine.Follow{Kind: magazine.FollowSection, Slug: "jane-d"})
	put(t, s, by("jane-d", piece("waits", clock.Now().Add(-2*day))), by("jane-doe", piece("hers", clock.Now().Add(-day))))
	write(t, s, func(tx *store.Tx) error { _, err := tx.Follow(ctx, "weekly", both, follow("jane-doe")); return err })
	var fixed []magazine.Article
	write(t, s, func(tx *store.Tx) (err error) { fixed, err = tx.ArticlesAfter(ctx, 0, 3, time.Time{}); return err })
	edition(t, s, "e", 3, fixed...) // made before, sent after
	putAliases(t, s, "jane-doe", "jane-d")
	late := join(t, s, "late@example.org", follow("jane-d"))
	wants := func(who, id, want string, list []magazine.Article) {
		t.Helper()
		sub := must(s.Subscription(ctx, "weekly", id))
		var got []string
		for i := range list {
			if sub.Wants(&list[i]) {
				got = append(got, list[i].Slug)
			}
		}
		if strings.Join(got, " ") != want || len(sub.Follows) != 1 {
			t.Errorf("%s gets %v, want %q: %+v", who, got, want, sub.Follows)
		}
	}
	put(t, s, by("jane-doe", piece("new", clock.Now())))
	var list []magazine.Article
	write(t, s, func(tx *store.Tx) (err error) { list, err = tx.ArticlesAfter(ctx, 0, 4, time.Time{}); return err })
	printed := must(s.EditionArticles(ctx, "e"))
	wants("one", one, "waits hers new", list)
	wants("one who followed both", both, "waits hers new", list)
	wants("one who comes later", late, "new", list)
	wants("the edition, for one", one, "waits hers", printed)
	wants("the edition, for one who followed both", both, "waits hers", printed)
	if sub := must(s.Subscription(ctx, "weekly", section)); sub.Follows[0].Slug != "jane-d" {
		t.Errorf("a section of that name: %+v", sub.Follows)
	}
}
