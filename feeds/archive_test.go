package feeds

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/internal/posttest/feedrules"
	"postrider/magazine"
	"postrider/store"
)

// numbered are so many short articles by salma, the first number at from.
func numbered(from, n int) []magazine.Article {
	list := make([]magazine.Article, n)
	for i := range list {
		list[i] = numberedPiece(from + i)
	}
	return list
}

func numberedPiece(n int) magazine.Article {
	slug := fmt.Sprintf("piece-%03d", n)
	at := utc("2024-01-01T00:00:00Z").Add(time.Duration(n) * time.Hour)
	return magazine.Article{ID: slug, GUID: "tag:harbour.example,2024:" + slug, Slug: slug, State: magazine.Published, Title: "Piece " + slug, Published: at, Updated: at, Language: "en",
		Authors: []magazine.Author{salma}, HTML: "<p>" + slug + "</p>"}
}

// A chapter is a document of a feed as a reader that walks archives sees it.
type chapter struct {
	at, current, previous, next string
	archive                     bool
	slugs                       []string // of its articles, as they stand
	body                        []byte
}

// read fetches one document and checks it by our rules.
func readChapter(t *testing.T, h http.Handler, f Format, at string) chapter {
	t.Helper()
	r := ask(h, "GET", at)
	c := chapter{at: at, body: body(t, r)}
	if r.StatusCode != 200 {
		t.Fatalf("%s: %d", at, r.StatusCode)
	}
	for _, fault := range feedrules.Faults(f.Name, c.body) {
		t.Errorf("%s: %s", at, fault)
	}
	if f == JSON {
		var doc struct {
			Next  string `json:"next_url"`
			Items []struct{ URL string }
		}
		if err := json.Unmarshal(c.body, &doc); err != nil {
			t.Fatal(err)
		}
		c.previous = doc.Next
		for _, i := range doc.Items {
			c.slugs = append(c.slugs, slugIn(i.URL))
		}
	} else {
		c.xml(f)
	}
	for _, link := range []*string{&c.current, &c.previous, &c.next} {
		*link = strings.TrimPrefix(*link, "https://harbour.example/mag")
	}
	return c
}

func (c *chapter) xml(f Format) {
	root := feedrules.Parse(c.body)
	items, links := root.All("entry"), root.All("link")
	if f == RSS {
		root = root.All("channel")[0]
		items, links = root.All("item"), root.All(feedrules.AtomSpace+"link")
	}
	c.archive = len(root.All(fhNS+"archive")) == 1
	for _, l := range links {
		switch l.Attr["rel"] {
		case "current":
			c.current = l.Attr["href"]
		case "prev-archive":
			c.previous = l.Attr["href"]
		case "next-archive":
			c.next = l.Attr["href"]
		}
	}
	for _, i := range items {
		link := i.Value("link")
		if f == Atom {
			link = i.All("link")[0].Attr["href"]
		}
		c.slugs = append(c.slugs, slugIn(link))
	}
}

func slugIn(link string) string {
	parts := strings.Split(strings.TrimSuffix(link, "/"), "/")
	return parts[len(parts)-1]
}

// walk follows a feed back to its very first article.
func walk(t *testing.T, h http.Handler, f Format, start string) (all []chapter) {
	t.Helper()
	for at := start; at != ""; {
		c := readChapter(t, h, f, at)
		all = append(all, c)
		at = c.previous
	}
	return all
}

func TestArchives(t *testing.T) {
	posttest.Stores(t, func(t *testing.T, s *store.Store, clock *posttest.Clock) {
		put(t, s, numbered(1, 99)...)
		h := Handler(s, builder(), CacheBytes, nil, fail)
		for _, f := range Formats {
			if all := walk(t, h, f, "/authors/salma-oduya/"+f.File); len(all) != 2 || len(all[0].slugs) != 50 || len(all[1].slugs) != 50 {
				t.Fatalf("%s: 99 articles are in %d documents", f.Name, len(all))
			}
		}
		first := readChapter(t, h, Atom, "/archive/1/atom.xml")
		if !first.archive || first.current != "/atom.xml" || first.previous != "" || first.next != "" || first.slugs[0] != "piece-050" || first.slugs[49] != "piece-001" {
			t.Errorf("the first page: %+v", first)
		}
		for _, path := range []string{"/archive/2/rss.xml", "/archive/0/rss.xml", "/archive/01/rss.xml", "/archive/-1/rss.xml", "/archive/1/feeds.opml", "/archive/9223372036854775808/rss.xml", "/sections/none/archive/1/rss.xml"} {
			if r := ask(h, "GET", path, "If-None-Match", "*"); r.StatusCode != 404 {
				t.Errorf("%s: %d", path, r.StatusCode)
			}
		}

		clock.Add(time.Minute)
		put(t, s, numbered(100, 31)...)
		for _, f := range Formats {
			all := walk(t, h, f, "/"+f.File)
			var seen []string
			for i, c := range all {
				if f != JSON && (c.archive != (i > 0) || (c.current == "/"+f.File) != (i > 0)) {
					t.Errorf("%s is an archive: %v, of %q", c.at, c.archive, c.current)
				}
				if i > 1 && f != JSON && c.next != all[i-1].at {
					t.Errorf("%s leads on to %q", c.at, c.next)
				}
				seen = append(seen, c.slugs...)
			}
			slices.Sort(seen)
			if seen = slices.Compact(seen); len(seen) != 130 || len(all) != 3 {
				t.Errorf("%s: a walk of %d documents saw %d articles", f.Name, len(all), len(seen))
			}
		}
	})
}

// What is late, edited or withdrawn moves nothing: a page keeps its bytes but
// for the article itself.
func TestArchivesStand(t *testing.T) {
	s, clock := library(t)
	put(t, s, numbered(1, 150)...)
	h := Handler(s, builder(), CacheBytes, nil, fail)
	before := walk(t, h, RSS, "/authors/salma-oduya/rss.xml")
	clock.Add(time.Hour)

	late := numberedPiece(900)
	late.Published, late.Updated = utc("2001-01-01T00:00:00Z"), utc("2001-01-01T00:00:00Z")
	put(t, s, late)
	after := walk(t, h, RSS, "/authors/salma-oduya/rss.xml")
	if after[0].slugs[0] != late.Slug {
		t.Errorf("a late article is not the newest: %q", after[0].slugs)
	}
	for i := range before[1:] {
		if !bytes.Equal(before[1+i].body, after[1+i].body) {
			t.Errorf("a late article changes %s", before[1+i].at)
		}
	}

	edited := numberedPiece(20)
	edited.HTML, edited.Updated = "<p>Edited.</p>", clock.Now()
	put(t, s, edited)
	withdraw(t, s, "piece-021")
	page := walk(t, h, RSS, "/authors/salma-oduya/rss.xml")[3]
	want := slices.DeleteFunc(slices.Clone(before[3].slugs), func(slug string) bool { return slug == "piece-021" })
	if !slices.Equal(page.slugs, want) || !bytes.Contains(page.body, []byte("Edited.")) {
		t.Errorf("an edited and a withdrawn article leave %q", page.slugs)
	}
}

// A subscription document has at least what no page has, whatever the
// configuration says, and a published issue's has everything.
func TestSubscriptionDocuments(t *testing.T) {
	s, _ := library(t)
	pieces := numbered(1, 89)
	for i := range pieces {
		pieces[i].Issue = september
	}
	put(t, s, pieces...)
	putIssue(t, s, magazine.Issue{IssueRef: september, State: magazine.IssueOpen})
	b := builder()
	b.Entries = 5
	h := Handler(s, b, CacheBytes, nil, fail)
	if all := walk(t, h, Atom, "/atom.xml"); len(all) != 2 || len(all[0].slugs) != 93-50 {
		t.Errorf("%d documents, the first of %d articles", len(all), len(all[0].slugs))
	}
	if all := walk(t, h, Atom, "/issues/12/9/atom.xml"); len(all) != 2 || len(all[0].slugs) != 91-50 {
		t.Errorf("an open issue has %d documents, the first of %d articles", len(all), len(all[0].slugs))
	}
	putIssue(t, s, magazine.Issue{IssueRef: september, State: magazine.IssuePublished})
	if all := walk(t, h, Atom, "/issues/12/9/atom.xml"); len(all) != 1 || len(all[0].slugs) != 91 {
		t.Errorf("a published issue has %d documents, the first of %d articles", len(all), len(all[0].slugs))
	}
	if r := ask(h, "GET", "/issues/12/9/archive/1/atom.xml"); r.StatusCode != 404 {
		t.Errorf("a published issue has an archive: %d", r.StatusCode)
	}
}

func withdraw(t *testing.T, s *store.Store, id string) {
	t.Helper()
	if err := s.Write(t.Context(), func(tx *store.Tx) error { return tx.Withdraw(t.Context(), id, "") }); err != nil {
		t.Fatal(err)
	}
}

func putIssue(t *testing.T, s *store.Store, i magazine.Issue) {
	t.Helper()
	if err := s.Write(t.Context(), func(tx *store.Tx) error { _, err := tx.PutIssue(t.Context(), i); return err }); err != nil {
		t.Fatal(err)
	}
}
