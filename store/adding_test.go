package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// Articles that are added together stand in the tables as those that are put one
// by one, and appear as they do.
func testAddedTogetherAsOneByOne(t *testing.T, s *store.Store, clock *posttest.Clock) {
	var rows []store.ArticleRow
	for i := range 2*store.RowsAtOnce + 7 {
		a := piece(fmt.Sprintf("p%d", i), clock.Now().Add(-time.Duration(i*7919%500)*time.Hour))
		a.Authors = append(a.Authors, magazine.Author{Slug: fmt.Sprintf("author-%d", i%9), Name: fmt.Sprintf("Name %d", i)}, a.Authors[0])
		switch i % 5 {
		case 1:
			a.HTML, a.Section = "", magazine.Section{}
		case 2:
			a.Teaser, a.Issue = "<p>A teaser</p>", magazine.IssueRef{}
		case 3:
			a.State, a.Related = magazine.Draft, []magazine.Related{{Slug: "p1"}, {Slug: "p1"}, {URL: "https://elsewhere.example/"}}
		case 4:
			a.Published = clock.Now().Add(time.Hour)
		}
		rows = append(rows, a)
	}
	end := func(pass int64) string {
		before := tablesText(t, s)
		must(s.EndPass(ctx, "sample", pass))
		return before + tablesText(t, s)
	}
	pass := must(s.BeginPass(ctx))
	bring(t, s, pass, rows...)
	want := end(pass)
	wipe(t, s)
	pass = must(s.BeginPass(ctx))
	for i := range rows {
		rows[i].Pass = pass
	}
	write(t, s, func(tx *store.Tx) error { return tx.AddArticles(ctx, rows) })
	if got := end(pass); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	write(t, s, func(tx *store.Tx) error { return tx.AddArticles(ctx, nil) })
}

// One that cannot be added leaves none of them; alone it is named.
func testNoneIsAddedWhereOneCannotBe(t *testing.T, s *store.Store, clock *posttest.Clock) {
	put(t, s, piece("tide", clock.Now()))
	write(t, s, func(tx *store.Tx) error { return tx.TakeSlug(ctx, "own", "id-own") })
	for what, change := range map[string]func(*store.ArticleRow){
		"slug": func(a *store.ArticleRow) { a.Slug = "tide" },
		"guid": func(a *store.ArticleRow) { a.GUID = "tag:harbour.example,2024:tide" },
	} {
		other := piece("other", clock.Now())
		change(&other)
		for _, rows := range [][]store.ArticleRow{{other}, {piece("first", clock.Now()), other, piece("last", clock.Now())}} {
			err := s.Write(ctx, func(tx *store.Tx) error { return tx.AddArticles(ctx, rows) })
			if magazine.CodeOf(err) != magazine.Conflict || len(rows) == 1 && !strings.Contains(err.Error(), "other.md") {
				t.Errorf("%s among %d: %v", what, len(rows), err)
			}
			if a := must(s.ArticlesByID(ctx, []string{"id-first", "id-last"})); len(a) > 0 {
				t.Errorf("%s: %d were added", what, len(a))
			}
		}
	}
	write(t, s, func(tx *store.Tx) error { return tx.AddArticles(ctx, []store.ArticleRow{piece("own", clock.Now())}) }) // whose slug is kept for it
}

// tablesText is all that is kept of articles.
func tablesText(t *testing.T, s *store.Store) string {
	t.Helper()
	var out strings.Builder
	write(t, s, func(tx *store.Tx) error {
		for _, columns := range []string{
			"id, slug, state, seq, published, doc FROM articles", "slug, article_id FROM article_slugs", "article_id, html, teaser FROM article_bodies",
			"article_id, scope, visible, number, name FROM article_scopes", "article_id, slug FROM article_related",
			"slug, name FROM authors", "slug, name FROM sections", "volume, number, cover_date FROM issues", "scope, version, last FROM scopes",
		} {
			n := strings.Count(columns, ",") + 1
			rows, err := tx.QueryContext(ctx, "SELECT "+columns)
			if err != nil {
				return err
			}
			var lines []string
			for rows.Next() {
				values, into := make([]any, n), make([]any, n)
				for i := range values {
					into[i] = &values[i]
				}
				if err := rows.Scan(into...); err != nil {
					return err
				}
				lines = append(lines, fmt.Sprint(values...))
			}
			slices.Sort(lines)
			fmt.Fprintf(&out, "%s\n%s\n", columns, strings.Join(lines, "\n"))
			if err := rows.Err(); err != nil {
				return err
			}
		}
		return nil
	})
	return out.String()
}
