package feeds

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"
	"postrider/internal/posttest"
	"postrider/internal/posttest/feedrules"
	"postrider/magazine"
	"postrider/store"
)

const oil, wick = "The secret is in the oil.", "Patrons know who trims the wick."

// patrons is a publication with a tier of its own and an article for it.
func patrons() (Builder, magazine.Article) {
	b := builder()
	b.Publication.Tiers = magazine.Tiers{"patron"}
	a := membersOnly()
	a.ID, a.GUID, a.Slug, a.Access, a.Tags = "mmmmnnnnoooo", "post 78", "the-wick", "patron", []string{"Lamps"}
	a.HTML = "<p>Two keepers share a lamp.</p><p>" + wick + "</p>"
	return b, a
}

// subscriber polls own feeds as one of a tier who follows something.
type subscriber struct {
	own     *Own
	tier    magazine.Tier
	follows []magazine.Follow
	asked   int // for what they follow
}

func (p *subscriber) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.own.Serve(w, r, p.tier, func(context.Context) ([]magazine.Follow, error) {
		p.asked++
		return p.follows, nil
	})
}

func follow(kind magazine.FollowKind, slug string) magazine.Follow {
	return magazine.Follow{Kind: kind, Slug: slug}
}

// slugs are the last parts of the articles' addresses.
func slugs(t *testing.T, doc []byte) (list []string) {
	t.Helper()
	feed, err := gofeed.NewParser().Parse(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range feed.Items {
		at, err := url.Parse(item.Link)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, path.Base(at.Path))
	}
	return list
}

// Each tier gets in full what it may read, and nobody an address of the feed.
func TestOwnFeedsHaveWhatTheTierMayRead(t *testing.T) {
	posttest.Stores(t, func(t *testing.T, s *store.Store, _ *posttest.Clock) {
		b, forPatrons := patrons()
		b.Contents = summaries // of the public feeds
		put(t, s, append(sampleArticles(), forPatrons)...)
		own := NewOwn(s, b, CacheBytes, fail)
		tags := map[string]bool{}
		for _, tier := range []magazine.Tier{"", magazine.Free, magazine.Member, "patron"} {
			p := &subscriber{own: own, tier: tier}
			for _, at := range []string{"/", "/follows/", "/authors/salma-oduya/"} {
				for _, f := range Formats {
					name := fmt.Sprintf("%s for %q", at+f.File, tier)
					r := ask(p, "GET", at+f.File, "Accept-Encoding", "gzip")
					doc := body(t, r)
					if r.StatusCode != 200 || r.Header.Get("Content-Type") != f.ContentType || !strings.HasPrefix(r.Header.Get("Cache-Control"), "private, max-age=") || r.Header.Get("Last-Modified") != "" || r.Header.Get("Link") != "" {
						t.Errorf("%s: %d %v", name, r.StatusCode, r.Header)
					}
					if got := bytes.Contains(doc, []byte(oil)); got != (tier == magazine.Member || tier == "patron") {
						t.Errorf("%s has what is for members: %v", name, got)
					}
					if got := bytes.Contains(doc, []byte(wick)); got != (tier == "patron") {
						t.Errorf("%s has what is for patrons: %v", name, got)
					}
					if !bytes.Contains(doc, []byte("As told by a maker.")) {
						t.Errorf("%s has no whole articles", name)
					}
					for _, address := range []string{"rss.xml", "atom.xml\"", "feed.json", "hub.example", "rel=\"self\"", "feed_url"} {
						if bytes.Contains(doc, []byte(address)) {
							t.Errorf("%s tells of %s", name, address)
						}
					}
					for _, fault := range feedrules.Faults(f.Name, doc) {
						if !strings.Contains(fault, "self") && !strings.Contains(fault, "feed_url") {
							t.Errorf("%s: %s", name, fault)
						}
					}
					tag := r.Header.Get("ETag")
					if tags[tag] || strings.HasPrefix(tag, "W/") {
						t.Errorf("%s: the entity tag %s is weak, or another's", name, tag)
					}
					tags[tag] = true
					again := ask(p, "GET", at+f.File, "Accept-Encoding", "gzip", "If-None-Match", tag)
					if again.StatusCode != 304 || again.Header.Get("ETag") != tag || !strings.HasPrefix(again.Header.Get("Cache-Control"), "private") {
						t.Errorf("%s once more: %d %v", name, again.StatusCode, again.Header)
					}
				}
			}
			if p.asked != 2*len(Formats) {
				t.Errorf("what %q follows was asked for %d times", tier, p.asked)
			}
		}
		if r := ask(&subscriber{own: own}, "GET", "/rss.xml", "If-Modified-Since", "Fri, 04 Oct 2030 12:00:00 GMT"); r.StatusCode != 200 {
			t.Error("a date, which tells of no tier, makes it", r.StatusCode)
		}
		for _, path := range []string{"/", "/feeds.opml", "/archive/1/rss.xml", "/archive/0/rss.xml", "/follows/archive/1/rss.xml", "/authors/salma-oduya/archive/9/rss.xml", "/issues/12/9/rss.xml", "/follows", "/followsrss.xml", "/follows/authors/salma-oduya/rss.xml", "/follows/feeds.opml", "/authors/nobody/rss.xml", "/sections/nothing/atom.xml", "//rss.xml"} {
			if r := ask(&subscriber{own: own}, "GET", path); r.StatusCode != 404 {
				t.Errorf("%s: %d", path, r.StatusCode)
			}
		}
	})
}

// What somebody follows, and nothing else, changes the feed of it.
func TestFeedOfWhatIsFollowed(t *testing.T) {
	posttest.Stores(t, func(t *testing.T, s *store.Store, clock *posttest.Clock) {
		b, forPatrons := patrons()
		put(t, s, append(sampleArticles(), forPatrons)...)
		keepers, tides, wicks, letter := "the-keepers", "tide-clocks", "the-wick", "رسالة-من-قرقنة"
		own := NewOwn(s, b, CacheBytes, fail)
		poll := func(p *subscriber, header ...string) *http.Response {
			return ask(p, "GET", "/follows/atom.xml", header...)
		}
		for _, c := range []struct {
			follows []magazine.Follow
			want    []string
		}{
			{nil, []string{tides, letter, keepers, "first light", wicks}},
			{[]magazine.Follow{follow(magazine.FollowAuthor, "salma-oduya")}, []string{tides, keepers, wicks}},
			{[]magazine.Follow{follow(magazine.FollowSection, "science-craft")}, []string{tides, letter}},
			{[]magazine.Follow{follow(magazine.FollowAuthor, "منى-خليل"), follow(magazine.FollowTag, "lamps"), follow(magazine.FollowTag, "tides")}, []string{tides, letter, wicks}},
			{[]magazine.Follow{follow(magazine.FollowAuthor, "gone"), follow(magazine.FollowSection, "gone"), follow(magazine.FollowTag, "gone")}, nil},
		} {
			r := poll(&subscriber{own: own, follows: c.follows})
			got := slugs(t, body(t, r))
			slices.Sort(got)
			slices.Sort(c.want)
			if r.StatusCode != 200 || !slices.Equal(got, c.want) {
				t.Errorf("%v: %d, %q; want %q", c.follows, r.StatusCode, got, c.want)
			}
		}
		p := &subscriber{own: own, follows: []magazine.Follow{follow(magazine.FollowSection, "science-craft")}}
		tag := poll(p).Header.Get("ETag")
		changed := func(what string, p *subscriber, want int) {
			t.Helper()
			if r := poll(p, "If-None-Match", tag); r.StatusCode != want {
				t.Errorf("%s: %d, want %d", what, r.StatusCode, want)
			}
		}
		clock.Add(time.Hour)
		other := elsewhere()
		other.Title = "Last Light"
		put(t, s, other)
		changed("an article of no section", p, 304)
		p.follows = append(p.follows, follow(magazine.FollowAuthor, "salma-oduya"))
		changed("one more is followed", p, 200)
		p.follows = p.follows[:1]
		p.tier = "patron"
		changed("another tier", p, 200)
		p.tier = ""
		edited := arabic()
		edited.HTML, edited.Updated = "<p>البحر ينام.</p>", clock.Now()
		put(t, s, edited)
		changed("an article of the section", p, 200)
		p.follows = []magazine.Follow{follow(magazine.FollowTag, "tides")}
		tag = poll(p).Header.Get("ETag")
		put(t, s, elsewhere())
		changed("any article, where a tag is followed", p, 200)
	})
}

// People of one tier who follow the same share one document, however many they
// are; a poll of it reads no article.
func TestOwnFeedsAreShared(t *testing.T) {
	s, _ := library(t)
	source := &counting{Store: s}
	b, _ := patrons()
	own := newOwn(source, b, CacheBytes, fail)
	poll := func(tier magazine.Tier, slug string, want int64) {
		t.Helper()
		before := source.read.Load()
		if r := ask(&subscriber{own: own, tier: tier, follows: []magazine.Follow{follow(magazine.FollowAuthor, slug)}}, "GET", "/follows/rss.xml", "Accept-Encoding", "br"); r.StatusCode != 200 {
			t.Error(r.StatusCode)
		}
		if got := source.read.Load() - before; got != want {
			t.Errorf("%d articles read, want %d", got, want)
		}
	}
	poll(magazine.Member, "salma-oduya", 2)
	looks := source.looks.Load()
	for range 100 {
		poll(magazine.Member, "salma-oduya", 0)
	}
	if source.looks.Load() != looks {
		t.Error("polls look at the database for versions that they know")
	}
	poll("patron", "salma-oduya", 2)
	poll(magazine.Member, "ibrahim-castellan", 1)
	source.hold = func() error { return errors.New("the disk is gone") }
	if r := ask(&subscriber{own: own}, "GET", "/rss.xml"); r.StatusCode != 500 || bytes.Contains(body(t, r), []byte("<rss")) {
		t.Error(r.StatusCode)
	}
}

// An author who is merged into another leads there, without a word of where the
// person's feeds are; who followed the one gets the other.
func TestOwnFeedsOfAMergedAuthor(t *testing.T) {
	s, _ := library(t)
	others := byOther("s-oduya", numbered(1, 3)...)
	put(t, s, others...)
	own := NewOwn(s, builder(), CacheBytes, fail)
	p := &subscriber{own: own, follows: []magazine.Follow{follow(magazine.FollowAuthor, "s-oduya")}}
	if n := len(slugs(t, body(t, ask(p, "GET", "/follows/rss.xml")))); n != 3 {
		t.Errorf("%d articles", n)
	}
	merge(t, s, "s-oduya", others...)
	if r := ask(p, "GET", "/authors/s-oduya/rss.xml"); r.StatusCode != 301 || r.Header.Get("Location") != "../salma-oduya/rss.xml" {
		t.Errorf("%d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	if r := ask(p, "GET", "/authors/s-oduya/archive/2/rss.xml"); r.StatusCode != 301 || r.Header.Get("Location") != "../../../salma-oduya/archive/2/rss.xml" {
		t.Errorf("a page: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	if n := len(slugs(t, body(t, ask(p, "GET", "/follows/rss.xml")))); n != 5 {
		t.Errorf("%d articles", n)
	}
}

var linkHeader = regexp.MustCompile(`<([^>]+)>; rel="([a-z-]+)"; type="([^"]+)"`)

// An own feed leads back to its very first article, as the public ones do, in each
// format, and no address in it or with it says whose it is. What is for members is
// whole in old pages, too.
func TestArchivesOfOwnFeeds(t *testing.T) {
	posttest.Stores(t, func(t *testing.T, s *store.Store, clock *posttest.Clock) {
		pieces := numbered(1, 120)
		pieces[6].Access, pieces[6].HTML = magazine.Members, "<p>"+oil+"</p>"
		put(t, s, pieces...)
		own := NewOwn(s, builder(), CacheBytes, fail)
		p := &subscriber{own: own, tier: magazine.Member}
		for _, start := range []string{"/", "/authors/salma-oduya/"} {
			for _, f := range Formats {
				found, tags := map[string]bool{}, map[string]bool{}
				pages, at := 0, start+f.File
				for at != "" {
					r := ask(p, "GET", at)
					doc := body(t, r)
					if r.StatusCode != 200 || tags[r.Header.Get("ETag")] {
						t.Fatalf("%s: %d, %v", at, r.StatusCode, r.Header)
					}
					tags[r.Header.Get("ETag")] = true
					for _, slug := range slugs(t, doc) {
						found[slug] = true
					}
					links := map[string]string{}
					for _, m := range linkHeader.FindAllStringSubmatch(r.Header.Get("Link"), -1) {
						to, err := (&url.URL{Path: at}).Parse(m[1])
						if err != nil || m[3] != f.Type {
							t.Errorf("%s: %q, %v", at, m, err)
							continue
						}
						links[m[2]] = to.Path
						if f == Atom && !bytes.Contains(doc, []byte(`rel="`+m[2]+`" type="`+f.Type+`" href="`+m[1]+`"`)) {
							t.Errorf("%s has no link %q to %s:", at, m[2], m[1])
						}
					}
					if pages > 0 && links["current"] != start+f.File || pages > 1 && links["next-archive"] == "" {
						t.Errorf("%s leads to %v", at, links)
					}
					if bytes.Contains(doc, []byte("archive/")) != (f == Atom) || strings.Contains(r.Header.Get("Link"), "://") {
						t.Errorf("%s: the addresses of the archive are where they should not be: %s", at, r.Header.Get("Link"))
					}
					if again := ask(p, "GET", at, "If-None-Match", r.Header.Get("ETag")); again.StatusCode != 304 {
						t.Errorf("%s once more: %d", at, again.StatusCode)
					}
					at = links["prev-archive"]
					pages++
				}
				if len(found) != 120 || pages != 3 {
					t.Errorf("%s%s: %d articles in %d documents", start, f.File, len(found), pages)
				}
				for tier, want := range map[magazine.Tier]bool{magazine.Member: true, magazine.Free: false} {
					doc := body(t, ask(&subscriber{own: own, tier: tier}, "GET", start+"archive/1/"+f.File))
					if bytes.Contains(doc, []byte(oil)) != want {
						t.Errorf("%s%s: what is for members is in the first page for %q: %v", start, f.File, tier, !want)
					}
				}
			}
		}
		if r := ask(p, "GET", "/follows/atom.xml"); r.Header.Get("Link") != "" || bytes.Contains(body(t, r), []byte("archive/")) {
			t.Error("what is followed has no archive, and leads to one")
		}
	})
}

// TestListOfOwnFeedsTellsThemApart: an author may be called as what is followed is.
func TestListOfOwnFeedsTellsThemApart(t *testing.T) {
	s, _ := library(t)
	a := membersOnly()
	a.Authors = []magazine.Author{{Slug: "namesake", Name: "What you follow"}}
	a.ID, a.GUID, a.Slug = "namesakes", "namesakes", "namesakes"
	put(t, s, a)
	doc, err := NewOwn(s, builder(), CacheBytes, fail).List(t.Context(), "/own/token")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(doc, []byte("/own/token/authors/namesake/rss.xml")) {
		t.Errorf("the author's feed is not there:\n%s", doc)
	}
}

func TestListOfOwnFeeds(t *testing.T) {
	s, _ := library(t)
	doc, err := NewOwn(s, builder(), CacheBytes, fail).List(t.Context(), "/own/token")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"/own/token/rss.xml", "/own/token/follows/rss.xml", "/own/token/authors/salma-oduya/rss.xml", "/own/token/sections/science-craft/rss.xml"} {
		if n := bytes.Count(doc, []byte(`xmlUrl="https://harbour.example/mag`+want+`"`)); n != 1 {
			t.Errorf("%s is there %d times", want, n)
		}
	}
	if n := bytes.Count(doc, []byte("xmlUrl=")); n != 2+3+1 || bytes.Contains(doc, []byte("/issues/")) {
		t.Errorf("%d feeds:\n%s", n, doc)
	}
	for _, fault := range feedrules.Faults(opmlFormat.Name, doc) {
		t.Error(fault)
	}
}
