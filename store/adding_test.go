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
// by one, and appear as they do. Only where they are to stand is written down once
// they appear.
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
	now := clock.Now()
	end := func(pass int64) string {
		before, _, _ := strings.Cut(tablesText(t, s), scopesColumns)
		must(s.EndPass(ctx, "sample", pass))
		clock.Set(now.Add(2 * time.Hour))
		publishDue(t, s)
		clock.Set(now)
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

// Before they appear it is known where they are to: what looks for the articles of an
// author or an issue finds them as it does those that were put one by one.
func testWhatIsToComeIsFound(t *testing.T, s *store.Store, clock *posttest.Clock) {
	quoted := piece("quoted", clock.Now().Add(time.Hour))
	quoted.Issue = magazine.IssueRef{Volume: "12", Number: `Spring "&" summer`}
	other := piece("other", clock.Now())
	other.Authors, other.Section = []magazine.Author{{Slug: "salma", Name: "Salma"}}, magazine.Section{}
	other.Issue = magazine.IssueRef{}
	rows := []store.ArticleRow{quoted, other}
	pass := must(s.BeginPass(ctx))
	for i := range rows {
		rows[i].Pass = pass
	}
	write(t, s, func(tx *store.Tx) error { return tx.AddArticles(ctx, rows) })
	for _, a := range rows {
		write(t, s, func(tx *store.Tx) error {
			return tx.PutFiles(ctx, store.File{Source: "sample", Path: a.Slug + ".md", State: store.FileArticle, ArticleID: a.ID, Reader: "r"})
		})
	}
	found := func(scopes ...magazine.Scope) (paths []string) {
		write(t, s, func(tx *store.Tx) (err error) {
			paths, err = tx.ForgetReaderIn(ctx, "sample", scopes)
			return err
		})
		return paths
	}
	comes := func(ref magazine.IssueRef) (comes bool) {
		write(t, s, func(tx *store.Tx) (err error) {
			comes, err = tx.IssueComes(ctx, ref)
			return err
		})
		return comes
	}
	if got := found(magazine.AuthorScope("salma"), magazine.AuthorScope("nobody")); !slices.Equal(got, []string{"other.md"}) {
		t.Error(got)
	}
	if !comes(quoted.Issue) || comes(magazine.IssueRef{Volume: "12", Number: "Spring"}) {
		t.Error("the issue that comes")
	}
	must(s.EndPass(ctx, "sample", pass)) // one waits for its time
	if comes(quoted.Issue) {
		t.Error("the issue comes when its pass has ended")
	}
	if got := found(magazine.AuthorScope("salma-oduya"), magazine.IssueScope(quoted.Issue)); !slices.Equal(got, []string{"quoted.md"}) {
		t.Error(got)
	}
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

const scopesColumns = "article_id, scope, visible, number, name FROM article_scopes WHERE visible = 1"

// tablesText is all that is kept of articles.
func tablesText(t *testing.T, s *store.Store) string {
	t.Helper()
	var out strings.Builder
	write(t, s, func(tx *store.Tx) error {
		for _, columns := range []string{
			"id, slug, state, seq, published, doc FROM articles", "slug, article_id FROM article_slugs", "article_id, html, teaser FROM article_bodies",
			"article_id, slug FROM article_related", "slug, name FROM authors", "slug, name FROM sections", "volume, number, cover_date FROM issues", "scope, version, last FROM scopes",
			scopesColumns,
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
