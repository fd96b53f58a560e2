package store_test

import (
	"context"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

var ctx = context.Background()

func TestMain(m *testing.M) {
	if child := children[os.Getenv("POSTRIDER_TEST_CHILD")]; child != nil {
		child(os.Args[1:])
		return
	}
	flag.Set("rapid.checks", "15") // each check makes hundreds of queries, on two engines
	posttest.Main(m)
}

// children are what this test binary does when a test starts it once more.
var children = map[string]func(args []string){"lock": lockChild}

// write makes a transaction that must succeed.
func write(t testing.TB, s *store.Store, f func(tx *store.Tx) error) {
	t.Helper()
	if err := s.Write(ctx, f); err != nil {
		t.Fatal(err)
	}
}

// put saves articles as a pass does.
func put(t testing.TB, s *store.Store, rows ...store.ArticleRow) {
	t.Helper()
	pass := must(s.BeginPass(ctx))
	bring(t, s, pass, rows...)
	must(s.EndPass(ctx, "sample", pass))
}

// bring saves articles as a pass does that goes on.
func bring(t testing.TB, s *store.Store, pass int64, rows ...store.ArticleRow) {
	t.Helper()
	write(t, s, func(tx *store.Tx) error {
		for _, a := range rows {
			a.Pass = pass
			if err := tx.PutArticle(ctx, a); err != nil {
				return err
			}
		}
		return nil
	})
}

// publishDue makes visible what is due, and tells how many articles changed.
func publishDue(t testing.TB, s *store.Store) (n int64) {
	t.Helper()
	write(t, s, func(tx *store.Tx) (err error) {
		n, err = tx.PublishDue(ctx)
		return err
	})
	return n
}

var ninth = magazine.IssueRef{Volume: "12", Number: "9"}

func piece(slug string, published time.Time) store.ArticleRow {
	return store.ArticleRow{Source: "sample", WantedSlug: slug, BodyHash: "hash-" + slug, Article: magazine.Article{
		ID: "id-" + slug, GUID: "tag:harbour.example,2024:" + slug, Slug: slug, Title: "The " + slug, State: magazine.Scheduled, Published: published, Updated: published,
		Language: "en", FromFile: slug + ".md", FirstSeen: published, HTML: "<p>" + slug + "</p>",
		Authors: []magazine.Author{{Slug: "salma-oduya", Name: "Salma Oduya"}}, Section: magazine.Section{Slug: "fiction", Name: "Fiction"}, Issue: ninth}}
}

// again is an article as the reading of its file finds it: as it is stored.
func again(t testing.TB, s *store.Store, id string) (row store.ArticleRow) {
	t.Helper()
	write(t, s, func(tx *store.Tx) error {
		found, err := tx.FindArticle(ctx, store.ByID, id)
		if err == nil {
			row = *found
			if row.State == magazine.Published {
				row.State = magazine.Scheduled
			}
		}
		return err
	})
	return row
}

// slugs lists a scope's articles.
func slugs(t testing.TB, s *store.Store, scope magazine.Scope) string {
	t.Helper()
	list, err := s.ArticlesIn(ctx, scope, store.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return slugsOf(list)
}

func slugsOf(list []magazine.Article) string {
	var all []string
	for _, a := range list {
		all = append(all, a.Slug)
	}
	return strings.Join(all, " ")
}

func version(t testing.TB, s *store.Store, scope magazine.Scope) int64 {
	t.Helper()
	v, err := s.ScopeVersion(ctx, scope)
	if err != nil && magazine.CodeOf(err) != magazine.NotFound {
		t.Fatal(err)
	}
	return v.Number
}

// wipe empties the tables.
func wipe(t testing.TB, s *store.Store) {
	t.Helper()
	write(t, s, func(tx *store.Tx) error {
		for _, statement := range s.LettingActsGo() {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		for _, table := range tables {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+table); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, "UPDATE counters SET value = 0")
		return err
	})
}

// tables are ours but for counters, those that others refer to last, and the jobs.
var tables = strings.Fields(`settings hubs hub_news scopes article_slugs article_scopes article_related article_bodies articles authors author_aliases sections issues files file_awaits media media_parts media_files
	follows subscriptions signups signins sessions passkeys answered address_changes address_asks leavings users imports import_parts import_people feed_polls merged_follows subscribers suppressions schedules occurrences alarms acts edition_articles edition_messages edition_ranges edition_tallies editions deliveries allowances nodes river_job`)

// weekly is everybody who has the newsletter of that name.
var weekly = store.Audience{Newsletter: "weekly"}

// join makes confirmed subscribers of newsletter weekly, who follow what is given.
func join(t testing.TB, s *store.Store, email string, follows ...magazine.Follow) (id string) {
	t.Helper()
	write(t, s, func(tx *store.Tx) error {
		p, _, err := tx.PutSubscriber(ctx, magazine.Subscriber{Email: email})
		if err != nil {
			return err
		}
		id = p.ID
		if err := tx.SetSubscriberState(ctx, id, magazine.Confirmed); err != nil {
			return err
		}
		if _, err := tx.Subscribe(ctx, "weekly", id, false); err != nil {
			return err
		}
		for _, f := range follows {
			if _, err := tx.Follow(ctx, "weekly", id, f); err != nil {
				return err
			}
		}
		return nil
	})
	return id
}

// served is the served number of a person's weekly, and of the first thing they follow in it.
func served(t testing.TB, s *store.Store, id string) (own, follow int64) {
	t.Helper()
	n, err := s.Subscription(ctx, "weekly", id)
	if err != nil || n == nil {
		t.Fatal(n, err)
	}
	if len(n.Follows) > 0 {
		follow = n.Follows[0].Served
	}
	return n.Served, follow
}

// count sets the counter of articles, as n articles that became visible would.
func count(t testing.TB, s *store.Store, n int64) {
	t.Helper()
	write(t, s, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE counters SET value = $1 WHERE name = 'article'", n)
		return err
	})
}

// advance saves one step of one range.
func advance(ctx context.Context, tx *store.Tx, r *store.Range, next string, nothing int) error {
	faults, err := tx.Advance(ctx, store.Step{Range: r, Next: next, Nothing: nothing})
	if err != nil {
		return err
	}
	return faults[0]
}
