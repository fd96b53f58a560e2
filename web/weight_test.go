package web

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"postrider/feeds"
	"postrider/magazine"
	"postrider/store"
)

// heaviest is how much a page may weigh with its style and scripts, in bytes.
const heaviest = 50_000

// Lists are cut where the page would grow heavy: also in a publication that has
// appeared for years. An article weighs what is written.
func TestListsAreLight(t *testing.T) {
	f := newFixture(t, letters, func(o *Options) {
		o.Own = feeds.NewOwn(o.Store, feeds.Builder{Publication: o.Publication, Authority: "harbour.example"}, feeds.CacheBytes, nil)
	})
	var articles []magazine.Article
	for i := range 120 {
		ref := magazine.IssueRef{Volume: fmt.Sprint(13 + i/10), Number: fmt.Sprint(1 + i%10)}
		f.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.PutIssue(ctx, magazine.Issue{IssueRef: ref, State: magazine.IssuePublished, Title: fmt.Sprintf("A Number about Counting %d", i), Hijri: "Rabi' al-Awwal 1446",
				CoverDate: time.Date(2012, time.Month(1+i), 5, 0, 0, 0, 0, nairobi), Cover: &magazine.Image{Src: "/media/c0ffee/cover.png", Alt: "A tide dial", Width: 90, Height: 120, Type: "image/png"}})
			return err
		})
		a := newArticle(fmt.Sprintf("the-clockmakers-who-taught-%d", i), fmt.Sprintf("The Clockmakers Who Taught Harbours to Read the Tide %d", i))
		a.Subtitle, a.Summary = "A moon that everybody needs", "Why a brass clock in a harbour office still keeps the tide better than the satellite does, and who winds it."
		a.Authors = []magazine.Author{{Slug: fmt.Sprintf("bartholomew-of-the-quay-%d", i), Name: fmt.Sprintf("Bartholomew of the Quay %d", i)}, salma}
		a.Section, a.Issue, a.Hijri = magazine.Section{Slug: fmt.Sprintf("letters-from-the-coast-%d", i%12), Name: fmt.Sprintf("Letters from the Coast %d", i%12)}, ref, "Rabi' al-Awwal 03, 1446"
		a.Image = &magazine.Image{Src: "/media/c0ffee/dial.png", Alt: "A brass dial", Width: 90, Height: 120}
		articles = append(articles, a)
	}
	var contents []string
	for i := range 12 {
		a := articles[i]
		a.ID, a.Slug, a.Issue, a.Published = "", fmt.Sprintf("a-newer-one-on-harbours-and-tides-%d", i), magazine.IssueRef{Volume: "90", Number: "1"}, time.Date(2024, 9, 20, i, 0, 0, 0, nairobi)
		articles, contents = append(articles, a), append(contents, a.Slug)
	}
	newest := magazine.Issue{IssueRef: magazine.IssueRef{Volume: "90", Number: "1"}, State: magazine.IssuePublished, Title: "The Newest", CoverDate: time.Date(2024, 9, 20, 0, 0, 0, 0, nairobi), Contents: contents,
		Note: "<p>" + strings.Repeat("This is a number about counting. ", 30) + "</p>"}
	f.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.PutIssue(ctx, newest)
		return err
	})
	for i := range 2 * frontArticles {
		a := articles[i]
		a.ID, a.Slug, a.Issue, a.Published = "", fmt.Sprintf("since-then-on-harbours-and-tides-%d", i), magazine.IssueRef{}, time.Date(2024, 10, 1, 0, i, 0, 0, nairobi)
		articles = append(articles, a)
	}
	f.put(articles...)
	p := f.member("amina@example.org")
	cookie := f.signIn("amina@example.org")
	frame := len(f.get("/style.css").body) + max(len(f.get("/copy.js").body), len(f.get("/members.js").body))
	for _, path := range []string{"/", "/authors/", "/authors/salma-oduya/", "/sections/letters-from-the-coast-1/", "/issues/", "/issues/?page=2", "/authors/?page=2", "/issues/90/1/", "/feeds/", "/feeds/own/", "/join", "/preferences", "/preferences/" + f.members.PreferencesToken(p), "/account", "/sitemap.xml"} {
		page := f.get(path, "Cookie", cookie)
		if page.StatusCode != 200 {
			t.Fatalf("%s: %d", path, page.StatusCode)
		}
		t.Log(path, frame+len(page.body))
		if weight := frame + len(page.body); weight > heaviest && !strings.HasSuffix(path, ".xml") {
			t.Errorf("%s weighs %d bytes", path, weight)
		}
	}
}
