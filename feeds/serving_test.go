package feeds

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/mmcdole/gofeed"
	"postrider/internal/posttest"
	"postrider/internal/posttest/feedrules"
	"postrider/magazine"
	"postrider/store"
)

func TestMain(m *testing.M) { posttest.Main(m) }

// put saves articles as a reading pass does.
func put(t testing.TB, s *store.Store, articles ...magazine.Article) {
	t.Helper()
	ctx := context.Background()
	err := s.Write(ctx, func(tx *store.Tx) error {
		for _, a := range articles {
			if a.State == magazine.Published {
				a.State = magazine.Scheduled
			}
			row := store.ArticleRow{Article: a, WantedSlug: a.Slug, BodyHash: "hash of " + a.HTML, Source: "sample"}
			if had, err := tx.FindArticle(ctx, store.ByID, a.ID); err != nil {
				return err
			} else if had != nil {
				row.Seq = had.Seq
			} else {
				row.Seq = 0
			}
			if err := tx.PutArticle(ctx, row); err != nil {
				return err
			}
		}
		_, err := tx.PublishDue(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// fail answers as the site's one place for errors does.
func fail(w http.ResponseWriter, _ *http.Request, err error) {
	status := http.StatusInternalServerError
	if magazine.CodeOf(err) == magazine.NotFound {
		status = http.StatusNotFound
	}
	http.Error(w, err.Error(), status)
}

// library is a store with the sample's articles; it stands at posttest.Start.
func library(t testing.TB) (*store.Store, *posttest.Clock) {
	t.Helper()
	clock := posttest.NewClock(posttest.Start)
	s := posttest.Open(t, posttest.URL(t, "sqlite"), clock.Now)
	put(t, s, sampleArticles()...)
	clock.Add(2 * time.Second) // only then has the feed a Last-Modified
	return s, clock
}

func ask(h http.Handler, method, target string, header ...string) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t testing.TB, r *http.Response) []byte {
	t.Helper()
	var from io.Reader = r.Body
	switch r.Header.Get("Content-Encoding") {
	case "br":
		from = brotli.NewReader(r.Body)
	case "gzip":
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		from = z
	}
	b, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEveryFeedIsServedAndValid(t *testing.T) {
	posttest.Stores(t, func(t *testing.T, s *store.Store, _ *posttest.Clock) {
		put(t, s, sampleArticles()...)
		h := Handler(s, builder(), CacheBytes, nil, fail)
		scopes := []struct {
			path     string
			articles int
		}{{"/", 4}, {"/authors/salma-oduya/", 2}, {"/authors/%D9%85%D9%86%D9%89-%D8%AE%D9%84%D9%8A%D9%84/", 1}, {"/sections/science-craft/", 2}, {"/issues/12/9/", 2}}
		for _, scope := range scopes {
			for _, f := range Formats {
				r := ask(h, "GET", scope.path+f.File, "Accept-Encoding", "gzip")
				doc := body(t, r)
				if r.StatusCode != 200 || r.Header.Get("Content-Type") != f.ContentType || r.Header.Get("Vary") != "Accept-Encoding, Sec-Fetch-Dest" || r.Header.Get("Content-Encoding") != "gzip" {
					t.Errorf("%s%s: %d %v", scope.path, f.File, r.StatusCode, r.Header)
				}
				for _, fault := range feedrules.Faults(f.Name, doc) {
					t.Errorf("%s%s: %s", scope.path, f.File, fault)
				}
				parsed, err := gofeed.NewParser().Parse(bytes.NewReader(doc))
				if err != nil || len(parsed.Items) != scope.articles {
					t.Errorf("%s%s: a reader finds %v, %v; want %d articles", scope.path, f.File, parsed, err, scope.articles)
				}
			}
		}
		r := ask(h, "GET", "/feeds.opml")
		doc := body(t, r)
		if r.StatusCode != 200 || r.Header.Get("Content-Type") != "text/x-opml; charset=utf-8" {
			t.Errorf("opml: %d %v", r.StatusCode, r.Header)
		}
		for _, fault := range feedrules.Faults(opmlFormat.Name, doc) {
			t.Errorf("opml: %s", fault)
		}
		if n := bytes.Count(doc, []byte("xmlUrl=")); n != 1+3+1+1 {
			t.Errorf("opml lists %d feeds:\n%s", n, doc)
		}
	})
}

func TestWhatIsNoFeed(t *testing.T) {
	s, _ := library(t)
	h := Handler(s, builder(), CacheBytes, nil, fail)
	for _, path := range []string{"/authors/nobody/rss.xml", "/sections/nothing/atom.xml", "/issues/1/1/feed.json", "/issues/12/rss.xml", "/authors/rss.xml",
		"/authors//rss.xml", "//rss.xml", "/rss.xml/", "/RSS.xml", "/authors/../rss.xml", "/authors/%2e%2e/rss.xml", "/sections/science-craft/feeds.opml", "/authors/nobody/feeds.opml", "/authors/salma-oduya/archive/1/feeds.opml", "/articles/tide-clocks/rss.xml", "/"} {
		if r := ask(h, "GET", path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", path, r.StatusCode)
		}
	}
	r := ask(h, "POST", "/rss.xml")
	if r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d %v", r.StatusCode, r.Header)
	}
}

func TestHeadSaysWhatGetDoes(t *testing.T) {
	s, _ := library(t)
	h := Handler(s, builder(), CacheBytes, nil, fail)
	get, head := ask(h, "GET", "/rss.xml"), ask(h, "HEAD", "/rss.xml")
	if n := len(body(t, head)); n != 0 {
		t.Errorf("HEAD brings %d bytes", n)
	}
	for _, name := range []string{"ETag", "Last-Modified", "Content-Type", "Content-Length", "Vary", "Cache-Control"} {
		if get.Header.Get(name) == "" || get.Header.Get(name) != head.Header.Get(name) {
			t.Errorf("%s: GET %q, HEAD %q", name, get.Header.Get(name), head.Header.Get(name))
		}
	}
}

// counting counts what is read of the store, and can fail or wait.
type counting struct {
	*store.Store
	lists atomic.Int64 // of articles for a document
	read  atomic.Int64 // articles with their bodies
	looks atomic.Int64 // at versions
	hold  func() error // called before a list is read; may be nil
}

func (c *counting) ArticleIDs(ctx context.Context, scope magazine.Scope, o store.ListOptions) ([]string, error) {
	c.lists.Add(1)
	if c.hold != nil {
		if err := c.hold(); err != nil {
			return nil, err
		}
	}
	return c.Store.ArticleIDs(ctx, scope, o)
}

func (c *counting) ArticlesByID(ctx context.Context, ids []string) ([]magazine.Article, error) {
	c.read.Add(int64(len(ids)))
	return c.Store.ArticlesByID(ctx, ids)
}

func (c *counting) ScopeVersion(ctx context.Context, scope magazine.Scope) (store.Version, error) {
	c.looks.Add(1)
	return c.Store.ScopeVersion(ctx, scope)
}

func TestUnchangedFeedsAreNotBuilt(t *testing.T) {
	s, _ := library(t)
	tag, modified := "", ""
	{
		r := ask(Handler(s, builder(), CacheBytes, nil, fail), "GET", "/rss.xml", "Accept-Encoding", "gzip")
		tag, modified = r.Header.Get("ETag"), r.Header.Get("Last-Modified")
	}
	if modified != "Fri, 04 Oct 2024 12:00:00 GMT" {
		t.Errorf("Last-Modified %q is not when the site changed", modified)
	}
	plainTag := ask(Handler(s, builder(), CacheBytes, nil, fail), "GET", "/rss.xml").Header.Get("ETag")
	if plainTag == tag {
		t.Error("both codings have the same entity tag")
	}
	source := &counting{Store: s}
	h := newHandler(source, builder(), CacheBytes, fail) // as after a restart, or on another node
	for _, c := range []struct {
		name   string
		header []string
		want   int
	}{
		{"the tag", []string{"If-None-Match", tag}, 304},
		{"a weak one", []string{"If-None-Match", "W/" + tag}, 304},
		{"a list", []string{"If-None-Match", `"a,b", W/"c" ,` + tag}, 304},
		{"two headers", []string{"If-None-Match", `"a"`, "If-None-Match", tag}, 304},
		{"anything", []string{"If-None-Match", "*"}, 304},
		{"the tag, and a date before", []string{"If-None-Match", tag, "If-Modified-Since", "Thu, 03 Oct 2024 12:00:00 GMT"}, 304},
		{"the date", []string{"If-Modified-Since", modified}, 304},
		{"a later one", []string{"If-Modified-Since", "Fri, 04 Oct 2024 12:00:02 GMT"}, 304},
		{"in RFC 850's form", []string{"If-Modified-Since", "Friday, 04-Oct-24 12:00:00 GMT"}, 304},
		{"in asctime's form", []string{"If-Modified-Since", "Fri Oct  4 12:00:00 2024"}, 304},
		{"in another zone", []string{"If-Modified-Since", "Fri, 04 Oct 2024 15:00:00 +0300"}, 304},
		{"with a length", []string{"If-Modified-Since", modified + "; length=1234"}, 304},
	} {
		r := ask(h, "GET", "/rss.xml", append(c.header, "Accept-Encoding", "gzip")...)
		if r.StatusCode != c.want {
			t.Errorf("%s: %d", c.name, r.StatusCode)
		}
		for _, name := range []string{"ETag", "Vary", "Last-Modified", "Cache-Control"} {
			if r.Header.Get(name) == "" {
				t.Errorf("%s: no %s", c.name, name)
			}
		}
		if n := len(body(t, r)); n != 0 {
			t.Errorf("%s: %d bytes", c.name, n)
		}
	}
	if n := source.lists.Load(); n != 0 {
		t.Errorf("304 answers read %d lists of articles", n)
	}
	for _, c := range []struct {
		name   string
		header []string
	}{
		{"nothing", nil},
		{"another tag", []string{"If-None-Match", `"x"`}},
		{"another tag, with the date", []string{"If-None-Match", `"x"`, "If-Modified-Since", modified}},
		{"a tag without quotes", []string{"If-None-Match", strings.Trim(tag, `"`)}},
		{"a tag that never ends", []string{"If-None-Match", `"x, ` + tag[:5]}},
		{"the other coding's tag", []string{"If-None-Match", plainTag}},
		{"a date before", []string{"If-Modified-Since", "Fri, 04 Oct 2024 11:59:59 GMT"}},
		{"a date to come", []string{"If-Modified-Since", "Fri, 04 Oct 2024 12:00:03 GMT"}},
		{"no date", []string{"If-Modified-Since", "yesterday"}},
		{"two dates", []string{"If-Modified-Since", modified, "If-Modified-Since", modified}},
	} {
		if r := ask(h, "GET", "/rss.xml", append(c.header, "Accept-Encoding", "gzip")...); r.StatusCode != 200 || r.Header.Get("ETag") != tag {
			t.Errorf("%s: %d %s", c.name, r.StatusCode, r.Header.Get("ETag"))
		}
	}
	if n := source.lists.Load(); n != 1 {
		t.Errorf("one document was built from %d readings", n)
	}
}

func TestAChangeShowsOnlyWhereItIs(t *testing.T) {
	s, clock := library(t)
	h := Handler(s, builder(), CacheBytes, nil, fail)
	paths := []string{"/rss.xml", "/authors/salma-oduya/rss.xml", "/authors/ibrahim-castellan/rss.xml", "/sections/science-craft/rss.xml", "/issues/12/9/rss.xml"}
	before := map[string]string{}
	for _, p := range paths {
		before[p] = ask(h, "GET", p).Header.Get("ETag")
	}
	clock.Add(time.Hour)
	a := membersOnly()
	a.Title, a.Updated = "The Keepers of the Lamp", clock.Now()
	put(t, s, a)
	for _, p := range paths {
		r := ask(h, "GET", p, "If-None-Match", before[p])
		touched := p == "/rss.xml" || p == "/authors/salma-oduya/rss.xml"
		if touched != (r.StatusCode == 200) {
			t.Errorf("%s: %d", p, r.StatusCode)
		}
		if touched && !bytes.Contains(body(t, r), []byte("The Keepers of the Lamp")) {
			t.Errorf("%s lacks the new title", p)
		}
	}
}

func TestConfigurationIsInTheEntityTag(t *testing.T) {
	s, _ := library(t)
	tag := func(change func(*Builder)) string {
		b := builder()
		change(&b)
		return ask(Handler(s, b, CacheBytes, nil, fail), "GET", "/rss.xml").Header.Get("ETag")
	}
	tags := []string{
		tag(func(*Builder) {}), tag(func(b *Builder) { b.Contents = summaries }), tag(func(b *Builder) { b.Entries = 2 }), tag(func(b *Builder) { b.Generator = "Postrider 2" }),
		tag(func(b *Builder) { b.Publication.Title = "Other" }), tag(func(b *Builder) { b.Publication.URL = "https://other.example" }),
		tag(func(b *Builder) { b.Publication.Zone = time.UTC }), tag(func(b *Builder) { b.Publication.Citation = "" }),
		tag(func(b *Builder) { b.Publication.ISSN = "" }), tag(func(b *Builder) { b.Authority = "old.example" }), tag(func(b *Builder) { b.Hubs = nil }),
		tag(func(b *Builder) { b.Icon = nil }), tag(func(b *Builder) { b.Logo = &magazine.Image{Src: "/other.png", Type: "image/png"} }),
	}
	if n := len(slices.Compact(slices.Sorted(slices.Values(tags)))); n != len(tags) {
		t.Errorf("%d configurations have %d entity tags", len(tags), n)
	}
	if again := tag(func(*Builder) {}); again != tags[0] {
		t.Error("the same configuration has another entity tag")
	}
}

func TestEntriesBoundAFeedButNotAPublishedIssue(t *testing.T) {
	s, _ := library(t)
	put(t, s, numbered(1, 46)...)
	b := builder()
	b.Entries = 1
	h := Handler(s, b, CacheBytes, nil, fail)
	for path, want := range map[string]int{"/atom.xml": 1, "/issues/12/9/atom.xml": 2} {
		if n := bytes.Count(body(t, ask(h, "GET", path)), []byte("<entry")); n != want {
			t.Errorf("%s has %d entries, want %d", path, n, want)
		}
	}
	if !bytes.Contains(body(t, ask(h, "GET", "/issues/12/9/atom.xml")), []byte("<fh:complete>")) {
		t.Error("a published issue's feed does not say that it is complete")
	}
}

func TestACrowdBuildsOnce(t *testing.T) {
	s, _ := library(t)
	const crowd = 50
	asked := make(chan struct{}, crowd)
	release := make(chan struct{})
	source := &counting{Store: s, hold: func() error { asked <- struct{}{}; <-release; return nil }}
	h := newHandler(source, builder(), CacheBytes, fail)
	var all sync.WaitGroup
	gone, leave := context.WithCancel(context.Background())
	all.Go(func() { // the one who asks first leaves before the answer
		r := httptest.NewRequest("GET", "/rss.xml", nil).WithContext(gone)
		h.ServeHTTP(httptest.NewRecorder(), r)
	})
	<-asked
	leave()
	bodies := make([][]byte, crowd)
	for i := range bodies {
		all.Go(func() { bodies[i] = body(t, ask(h, "GET", "/rss.xml")) })
	}
	close(release)
	all.Wait()
	for i := range bodies {
		if len(bodies[i]) == 0 || !bytes.Equal(bodies[i], bodies[0]) {
			t.Fatalf("answer %d differs: %q", i, bodies[i])
		}
	}
	if n := source.lists.Load(); n != 1 {
		t.Errorf("built %d times", n)
	}
}

func TestAFailureIsNotKept(t *testing.T) {
	s, _ := library(t)
	fault := errors.New("the disk is away")
	source := &counting{Store: s, hold: func() error { return fault }}
	h := newHandler(source, builder(), CacheBytes, fail)
	if r := ask(h, "GET", "/rss.xml"); r.StatusCode != 500 || r.Header.Get("ETag") != "" {
		t.Errorf("with a fault: %d %v", r.StatusCode, r.Header)
	}
	fault = nil
	if r := ask(h, "GET", "/rss.xml"); r.StatusCode != 200 {
		t.Errorf("after it: %d", r.StatusCode)
	}
}

// An article that comes while a feed is read must not be served under the
// version before it.
func TestAnArticleThatComesWhileAFeedIsBuilt(t *testing.T) {
	s, clock := library(t)
	once := sync.Once{}
	source := &counting{Store: s}
	source.hold = func() error {
		once.Do(func() {
			clock.Add(time.Minute)
			a := elsewhere()
			a.ID, a.GUID, a.Slug, a.Title = "mmmmnnnnoooo", "late", "late", "Late"
			put(t, s, a)
		})
		return nil
	}
	h := newHandler(source, builder(), CacheBytes, fail)
	r := ask(h, "GET", "/rss.xml")
	got := r.Header.Get("ETag")
	v, err := s.ScopeVersion(t.Context(), magazine.SiteScope())
	if err != nil {
		t.Fatal(err)
	}
	if want := (wanted{part{scope: magazine.SiteScope()}, RSS, identityCoding, false}).etag(current{version: v, base: h.base(magazine.SiteScope(), v)}); got != want || !bytes.Contains(body(t, r), []byte("Late")) {
		t.Errorf("served with the tag %s, want the newer version's %s", got, want)
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	doc := func(etag string, size int) *document {
		return &document{etag: etag, body: make([]byte, size-keptBytes)}
	}
	made := map[string]int{}
	c := newCache(10 * keptBytes)
	get := func(key, etag string, size int) {
		t.Helper()
		got, err := c.get(key, etag, func() (*document, error) { made[key+etag]++; return doc(etag, size), nil })
		if err != nil || got.etag != etag {
			t.Fatal(got, err)
		}
	}
	get("a", "1", 4*keptBytes)
	get("b", "1", 4*keptBytes)
	get("a", "1", 4*keptBytes) // now b is the least used
	get("c", "1", 4*keptBytes)
	get("a", "1", 4*keptBytes)
	get("b", "1", 4*keptBytes)
	if made["a1"] != 1 || made["b1"] != 2 || made["c1"] != 1 {
		t.Errorf("built %v", made)
	}
	get("a", "2", keptBytes) // takes the place of the older
	if c.used > 10*keptBytes || len(c.byKey) != c.order.Len() {
		t.Errorf("%d bytes in %d documents", c.used, c.order.Len())
	}
	before := c.order.Len()
	get("huge", "1", 11*keptBytes)
	if c.order.Len() != before || c.used > 10*keptBytes {
		t.Errorf("what is larger than all room was kept: %d bytes", c.used)
	}
}
