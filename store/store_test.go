package store_test

import (
	"context"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

func TestMain(m *testing.M) { posttest.Main(m) }

func put(t *testing.T, s *store.Store, rows ...store.ArticleRow) {
	t.Helper()
	err := s.Write(context.Background(), func(tx *store.Tx) error {
		for _, a := range rows {
			if err := tx.PutArticle(context.Background(), a); err != nil {
				return err
			}
		}
		_, err := tx.EndPass(context.Background())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func piece(slug string, published time.Time) store.ArticleRow {
	return store.ArticleRow{Source: "sample", WantedSlug: slug, BodyHash: "hash-" + slug, Pass: "p1", Article: magazine.Article{
		ID: "id-" + slug, GUID: "tag:harbour.example,2024:" + slug, Slug: slug, Title: "The " + slug, State: magazine.Scheduled, Published: published, Updated: published,
		Language: "en", FromFile: slug + ".md", FirstSeen: published, HTML: "<p>" + slug + "</p>",
		Authors: []magazine.Author{{Slug: "salma-oduya", Name: "Salma Oduya"}}, Section: magazine.Section{Slug: "fiction", Name: "Fiction"},
		Issue: magazine.IssueRef{Volume: "12", Number: "9"}}}
}

func TestArticlesBecomeVisibleInTheOrderOfTheirDates(t *testing.T) {
	posttest.Stores(t, func(t *testing.T, s *store.Store, clock *posttest.Clock) {
		ctx := context.Background()
		day := 24 * time.Hour
		put(t, s, piece("third", clock.Now().Add(-day)), piece("first", clock.Now().Add(-3*day)), piece("second", clock.Now().Add(-2*day)), piece("future", clock.Now().Add(day)))
		for _, scope := range []magazine.Scope{magazine.SiteScope(), magazine.AuthorScope("salma-oduya"), magazine.SectionScope("fiction"), magazine.IssueScope(magazine.IssueRef{Volume: "12", Number: "9"})} {
			if got := slugs(t, s, scope); got != "third second first " {
				t.Errorf("%s: %q", scope.Key(), got)
			}
		}
		before, err := s.ScopeVersion(ctx, magazine.SiteScope())
		if err != nil || before.Number == 0 {
			t.Fatal(before, err)
		}
		due, err := s.NextDue(ctx)
		if err != nil || !due.Equal(clock.Now().Add(day)) {
			t.Fatalf("next due %v, %v", due, err)
		}
		clock.Add(day)
		if err := s.Write(ctx, func(tx *store.Tx) error {
			n, err := tx.PublishDue(ctx)
			if n == 0 {
				t.Error("nothing appeared")
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if got := slugs(t, s, magazine.SiteScope()); got != "future third second first " {
			t.Errorf("after the time: %q", got)
		}
		if after, _ := s.ScopeVersion(ctx, magazine.SiteScope()); after.Number <= before.Number {
			t.Errorf("version %d after %d", after.Number, before.Number)
		}
		a, err := s.Article(ctx, "first")
		if err != nil || a.Seq != 1 || a.HTML != "<p>first</p>" || a.State != magazine.Published {
			t.Errorf("%+v, %v", a, err)
		}
	})
}

func TestWithdrawnArticleKeepsIdentityAndNumber(t *testing.T) {
	posttest.Stores(t, func(t *testing.T, s *store.Store, clock *posttest.Clock) {
		ctx := context.Background()
		row := piece("tide", clock.Now().Add(-time.Hour))
		put(t, s, row, piece("fog", clock.Now()))
		if err := s.Write(ctx, func(tx *store.Tx) error { return tx.Withdraw(ctx, row.ID, "Taken back.") }); err != nil {
			t.Fatal(err)
		}
		if got := slugs(t, s, magazine.SiteScope()); got != "fog " {
			t.Errorf("%q", got)
		}
		a, err := s.Article(ctx, "tide")
		if err != nil || a.State != magazine.Withdrawn || a.Reason != "Taken back." {
			t.Fatalf("%+v, %v", a, err)
		}
		back := row
		back.Article = *a
		back.Reason, back.State, back.Slug = "", magazine.Scheduled, "tides"
		put(t, s, back)
		if got := slugs(t, s, magazine.SiteScope()); got != "fog tides " {
			t.Errorf("%q", got)
		}
		if a, err = s.Article(ctx, "tide"); err != nil || a.Slug != "tides" || a.Seq != 1 {
			t.Errorf("by the old slug: %+v, %v", a, err)
		}
	})
}

func slugs(t *testing.T, s *store.Store, scope magazine.Scope) (all string) {
	t.Helper()
	list, err := s.ArticlesIn(context.Background(), scope, store.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		all += a.Slug + " "
	}
	return all
}
