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

const day = 24 * time.Hour

func testArticlesBecomeVisibleInTheOrderOfTheirDates(t *testing.T, s *store.Store, clock *posttest.Clock) {
	if v, err := s.ScopeVersion(ctx, magazine.SiteScope()); err != nil || v != (store.Version{}) {
		t.Errorf("an empty site has version %+v, %v", v, err)
	}
	put(t, s, piece("third", clock.Now().Add(-day)), piece("first", clock.Now().Add(-3*day)), piece("second", clock.Now().Add(-2*day)), piece("future", clock.Now().Add(day)))
	for _, scope := range []magazine.Scope{magazine.SiteScope(), magazine.AuthorScope("salma-oduya"), magazine.SectionScope("fiction"), magazine.IssueScope(ninth)} {
		if got := slugs(t, s, scope); got != "third second first" {
			t.Errorf("%s: %q", scope.Key(), got)
		}
	}
	due, err := s.NextDue(ctx)
	if err != nil || !due.Equal(clock.Now().Add(day)) {
		t.Fatalf("next due %v, %v", due, err)
	}
	if n := publishDue(t, s); n != 0 {
		t.Errorf("%d appeared before their time", n)
	}
	before := version(t, s, magazine.SiteScope())
	clock.Add(day)
	if n := publishDue(t, s); n != 1 {
		t.Errorf("%d articles changed, want 1", n)
	}
	if got := slugs(t, s, magazine.SiteScope()); got != "future third second first" {
		t.Errorf("after the time: %q", got)
	}
	if after := version(t, s, magazine.SiteScope()); after != before+1 {
		t.Errorf("version %d after %d", after, before)
	}
	a, err := s.Article(ctx, "first")
	if err != nil || a.Seq != 1 || a.HTML != "<p>first</p>" || a.State != magazine.Published {
		t.Errorf("%+v, %v", a, err)
	}
	if due, err := s.NextDue(ctx); err != nil || !due.IsZero() {
		t.Errorf("next due %v, %v", due, err)
	}
}

func testArticlesOfAnUnfinishedPassWait(t *testing.T, s *store.Store, clock *posttest.Clock) {
	bring(t, s, must(s.BeginPass(ctx)), piece("late", clock.Now().Add(-day)))
	if due, err := s.NextDue(ctx); err != nil || !due.IsZero() {
		t.Errorf("next due %v, %v", due, err)
	}
	if n := publishDue(t, s); n != 0 || slugs(t, s, magazine.SiteScope()) != "" {
		t.Error("an article appeared before its pass had ended")
	}
	put(t, s, piece("early", clock.Now().Add(-2*day)))
	if got := slugs(t, s, magazine.SiteScope()); got != "late early" {
		t.Errorf("%q", got)
	}
}

func testExpiry(t *testing.T, s *store.Store, clock *posttest.Clock) {
	soon, gone := piece("soon", clock.Now().Add(-day)), piece("gone", clock.Now().Add(time.Hour))
	soon.Expires, gone.Expires = clock.Now().Add(2*time.Hour), clock.Now().Add(90*time.Minute)
	put(t, s, soon, gone, piece("stays", clock.Now().Add(-day)))
	clock.Add(2 * time.Hour) // nothing ran while gone came and went
	if due, err := s.NextDue(ctx); err != nil || due.After(clock.Now()) {
		t.Errorf("next due %v, %v", due, err)
	}
	before := version(t, s, magazine.SiteScope())
	if n := publishDue(t, s); n != 2 {
		t.Errorf("%d articles changed, want 2", n)
	}
	if got := slugs(t, s, magazine.SiteScope()); got != "stays" {
		t.Errorf("%q", got)
	}
	if after := version(t, s, magazine.SiteScope()); after != before+1 {
		t.Errorf("version %d after %d", after, before)
	}
	for _, slug := range []string{"soon", "gone"} {
		if a, err := s.Article(ctx, slug); err != nil || a.State != magazine.Withdrawn || slug == "gone" && a.Seq != 0 {
			t.Errorf("%s: %+v, %v", slug, a, err)
		}
	}
	if publishDue(t, s) != 0 {
		t.Error("an end is an end once")
	}
}

func testWithdrawnArticleKeepsIdentityAndNumber(t *testing.T, s *store.Store, clock *posttest.Clock) {
	put(t, s, piece("tide", clock.Now().Add(-time.Hour)), piece("fog", clock.Now()))
	write(t, s, func(tx *store.Tx) error { return tx.Withdraw(ctx, "id-tide", "Taken back.") })
	if got := slugs(t, s, magazine.SiteScope()); got != "fog" {
		t.Errorf("%q", got)
	}
	a, err := s.Article(ctx, "tide")
	if err != nil || a.State != magazine.Withdrawn || a.Reason != "Taken back." {
		t.Fatalf("%+v, %v", a, err)
	}
	if found, err := s.ArticlesBySlug(ctx, []string{"tide", "fog", "nothing"}); err != nil || len(found) != 1 || found["fog"].ID != "id-fog" {
		t.Errorf("by slug: %v, %v", found, err)
	}
	back := again(t, s, "id-tide")
	back.Reason, back.State, back.Slug = "", magazine.Scheduled, "tides"
	put(t, s, back)
	if got := slugs(t, s, magazine.SiteScope()); got != "fog tides" {
		t.Errorf("%q", got)
	}
	for _, slug := range []string{"tide", "tides"} {
		if a, err = s.Article(ctx, slug); err != nil || a.Slug != "tides" || a.Seq != 1 || a.State != magazine.Published {
			t.Errorf("by %q: %+v, %v", slug, a, err)
		}
	}
	if found, err := s.ArticlesBySlug(ctx, []string{"tide"}); err != nil || found["tide"].Slug != "tides" {
		t.Errorf("by the old slug: %v, %v", found, err)
	}
	put(t, s, piece("new", clock.Now()))
	if a, err = s.Article(ctx, "new"); err != nil || a.Seq != 3 {
		t.Errorf("numbers go on: %+v, %v", a, err)
	}
	write(t, s, func(tx *store.Tx) error { return tx.Withdraw(ctx, "nobody", "") })
}

func testAnotherArticlesSlugIsRefused(t *testing.T, s *store.Store, clock *posttest.Clock) {
	put(t, s, piece("tide", clock.Now()))
	renamed := again(t, s, "id-tide")
	renamed.Slug = "tides"
	put(t, s, renamed)
	for what, change := range map[string]func(*store.ArticleRow){
		"present slug": func(a *store.ArticleRow) { a.Slug = "tides" },
		"earlier slug": func(a *store.ArticleRow) { a.Slug = "tide" },
		"guid":         func(a *store.ArticleRow) { a.GUID = renamed.GUID },
	} {
		other := piece("other", clock.Now())
		change(&other)
		err := s.Write(ctx, func(tx *store.Tx) error { return tx.PutArticle(ctx, other) })
		if magazine.CodeOf(err) != magazine.Conflict || !strings.Contains(err.Error(), "other.md") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if a, err := s.Article(ctx, "tide"); err != nil || a.ID != "id-tide" {
		t.Errorf("%+v, %v", a, err)
	}
	write(t, s, func(tx *store.Tx) error { return tx.TakeSlug(ctx, "tide", "id-other") })
	if a, err := s.Article(ctx, "tide"); err != nil || a.ID != "id-tide" {
		t.Errorf("a slug was taken from its article: %+v, %v", a, err)
	}
}

func testArticlesByID(t *testing.T, s *store.Store, clock *posttest.Clock) {
	var all []store.ArticleRow
	ids := []string{"id-none"}
	for i := range 230 {
		all = append(all, piece(fmt.Sprintf("p%d", i), clock.Now()))
		ids = append(ids, all[(i*7)%len(all)].ID)
	}
	put(t, s, all...)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	slices.Reverse(ids)
	list := must(s.ArticlesByID(ctx, ids))
	for i, a := range list {
		if want := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == "id-none" }); len(list) != len(want) || a.ID != want[i] || a.HTML != "<p>"+a.Slug+"</p>" {
			t.Fatalf("%d of %d: %s, %q", i, len(list), a.ID, a.HTML)
		}
	}
	if list, err := s.ArticlesByID(ctx, nil); err != nil || len(list) != 0 {
		t.Errorf("of no ids: %d, %v", len(list), err)
	}
}

func testPaging(t *testing.T, s *store.Store, clock *posttest.Clock) {
	var all []store.ArticleRow
	for i, slug := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		all = append(all, piece(slug, clock.Now().Add(time.Duration(i-10)*time.Hour)))
	}
	put(t, s, all...)
	var pages []string
	for before := int64(0); ; {
		list, err := s.ArticlesIn(ctx, magazine.SiteScope(), store.ListOptions{Limit: 3, Before: before})
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		pages = append(pages, slugsOf(list))
		before = list[len(list)-1].Seq
	}
	if got := strings.Join(pages, "|"); got != "g f e|d c b|a" {
		t.Errorf("pages %q", got)
	}
	write(t, s, func(tx *store.Tx) error {
		list, err := tx.ArticlesAfter(ctx, 2, 5, time.Time{})
		if got := slugsOf(list); got != "c d e" {
			t.Errorf("candidates %q", got)
		}
		if err != nil {
			return err
		}
		list, err = tx.ArticlesAfter(ctx, 2, 5, list[1].Published)
		if got := slugsOf(list); got != "d e" {
			t.Errorf("candidates that are not too old: %q", got)
		}
		return err
	})
}

func testTextsThatNoDatabaseTakes(t *testing.T, s *store.Store, clock *posttest.Clock) {
	for _, bad := range []string{"\x00", "a\xff", "salma\x00oduya"} {
		_, article := s.Article(ctx, bad)
		_, author := s.Author(ctx, bad)
		_, section := s.Section(ctx, bad)
		_, issue := s.Issue(ctx, magazine.IssueRef{Volume: bad, Number: "9"})
		_, scope := s.ScopeVersion(ctx, magazine.AuthorScope(bad))
		_, media := s.Media(ctx, bad)
		_, email := s.SubscriberByEmail(ctx, bad)
		for what, err := range map[string]error{"article": article, "author": author, "section": section, "issue": issue, "scope": scope, "media": media, "email": email} {
			if magazine.CodeOf(err) != magazine.NotFound {
				t.Errorf("%s %q: %v", what, bad, err)
			}
		}
		if err := s.EachDelivery(ctx, "", bad, func(magazine.Delivery) error { return nil }); err != nil {
			t.Errorf("deliveries to %q: %v", bad, err)
		}
		write(t, s, func(tx *store.Tx) error { // a link in an article must not spoil the transaction
			if row, err := tx.FindArticle(ctx, store.BySlug, bad); err != nil || row != nil {
				t.Errorf("%q: %v, %v", bad, row, err)
			}
			d := magazine.Delivery{Edition: "e", Subscriber: "p" + bad, State: magazine.Sent, Reply: "250 caf\xe9\x00 ok"}
			return tx.PutDelivery(ctx, "weekly", d)
		})
	}
	n := 0
	if err := s.EachDelivery(ctx, "e", "", func(d magazine.Delivery) error {
		n++
		if d.Reply != "250 caf\uFFFD\uFFFD ok" {
			t.Errorf("reply %q", d.Reply)
		}
		return nil
	}); err != nil || n != 3 {
		t.Errorf("%d deliveries, %v", n, err)
	}
}

func testFindArticle(t *testing.T, s *store.Store, clock *posttest.Clock) {
	a := piece("tide", clock.Now())
	a.GivenID, a.HTML = "t-1", "<p>as<br>kept</p>"
	b := piece("fog", clock.Now())
	b.BodyHash = a.BodyHash
	put(t, s, a, b)
	write(t, s, func(tx *store.Tx) error {
		for by, value := range map[store.ArticleKey]string{store.ByID: a.ID, store.ByGivenID: "t-1", store.ByGUID: a.GUID, store.BySlug: "tide"} {
			row, err := tx.FindArticle(ctx, by, value)
			if err != nil || row == nil || row.ID != a.ID || row.GivenID != "t-1" || row.WantedSlug != "tide" || row.BodyHash != a.BodyHash || row.HTML != a.HTML || row.Source != "sample" ||
				row.FromFile != "tide.md" || !row.FirstSeen.Equal(a.FirstSeen) {
				t.Errorf("%s: %+v, %v", by, row, err)
			}
			for _, none := range []string{"", "nothing"} {
				if row, err := tx.FindArticle(ctx, by, none); err != nil || row != nil {
					t.Errorf("%s %q: %+v, %v", by, none, row, err)
				}
			}
		}
		return nil
	})
}
