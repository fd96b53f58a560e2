package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"postrider/magazine"
	"postrider/store"
)

func newArticle(slug, title string) magazine.Article {
	return magazine.Article{Slug: slug, Title: title, Published: postStart(), HTML: "<p>x</p>"}
}

// TestEveryPage follows every link of the site from the front page. Each page
// must be there, well-formed, in the right language, and run nothing.
func TestEveryPage(t *testing.T) {
	f := newFixture(t)
	seen := map[string]bool{"/": true}
	for queue := []string{"/", "/articles/hostile/"}; len(queue) > 0; queue = queue[1:] {
		path := queue[0]
		a := f.get(path)
		if a.StatusCode >= 400 {
			t.Errorf("%s is linked and answers %d", path, a.StatusCode)
		}
		if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			continue
		}
		checkPage(t, path, a.body, "en", "ltr")
		for _, link := range localLinks(t, a.body) {
			if !seen[link] {
				seen[link] = true
				queue = append(queue, link)
			}
		}
		if strings.Contains(a.body, secretBody) {
			t.Errorf("%s shows what only members may read", path)
		}
	}
	for _, want := range []string{"/articles/tide-clocks/", "/articles/risala/", "/issues/12/9/", "/issues/12/10/", "/authors/maren-ostergaard/", "/sections/odd/", "/join?author=salma-oduya", "/privacy/", "/feeds.opml", "/media/c0ffee/cover.png"} {
		if !seen[want] {
			t.Errorf("%s is not linked from anywhere", want)
		}
	}
	for _, hidden := range []string{"/articles/a-draft/", "/articles/tomorrow/", "/articles/gone/"} {
		if seen[hidden] {
			t.Errorf("%s is linked", hidden)
		}
	}
}

func TestRightToLeftPublication(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Publication.Language = "ar" })
	for _, path := range []string{"/", "/articles/tide-clocks/", "/articles/risala/", "/join", "/nothing"} {
		checkPage(t, path, f.get(path).body, "ar", "rtl")
	}
	if body := f.get("/articles/tide-clocks/").body; !strings.Contains(body, `<article class="piece" lang="en" dir="ltr">`) {
		t.Error("an English article in an Arabic publication has no direction of its own")
	}
	if body := f.get("/articles/risala/").body; !strings.Contains(body, `<article class="piece">`) {
		t.Error("an Arabic article in an Arabic publication says its language again")
	}
}

// checkPage checks what is true of every page.
func checkPage(t *testing.T, path, body, language, direction string) {
	t.Helper()
	balanced(t, path, body)
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	headings, titles := 0, 0
	ids := map[string]bool{}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "html":
			if attr(n, "lang") != language || attr(n, "dir") != direction {
				t.Errorf("%s: html has lang %q and dir %q", path, attr(n, "lang"), attr(n, "dir"))
			}
		case "h1":
			headings++
		case "title":
			if titles++; n.FirstChild == nil || strings.TrimSpace(n.FirstChild.Data) == "" {
				t.Errorf("%s: the title is empty", path)
			}
		case "script":
			script := map[string]string{"/feeds/": "/copy.js?v=", "/feeds/own/": "/copy.js?v=", "/signin": "/members.js?v=", "/join": "/members.js?v="}[strings.SplitN(path, "?", 2)[0]]
			if script == "" || !strings.HasPrefix(attr(n, "src"), script) {
				t.Errorf("%s: has a script", path)
			}
		case "style", "iframe", "object":
			t.Errorf("%s: has a %s", path, n.Data)
		case "img":
			if !slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "alt" }) {
				t.Errorf("%s: a picture without alt", path)
			}
		case "input":
			if kind := attr(n, "type"); kind != "hidden" && kind != "checkbox" && kind != "radio" && !strings.Contains(body, `<label for="`+attr(n, "id")+`"`) {
				t.Errorf("%s: the field %q has no label", path, attr(n, "name"))
			}
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:") {
				t.Errorf("%s: %s has %s=%q", path, n.Data, a.Key, a.Val)
			}
			if a.Key == "id" && ids[a.Val] {
				t.Errorf("%s: the id %q stands twice", path, a.Val)
			}
		}
		ids[attr(n, "id")] = true
		delete(ids, "")
	}
	if headings != 1 || titles != 1 {
		t.Errorf("%s: %d h1 and %d titles", path, headings, titles)
	}
}

// balanced checks that every element is closed where it must be, in order.
func balanced(t *testing.T, path, body string) {
	t.Helper()
	void := []string{"meta", "link", "img", "input", "br", "hr"}
	var open []string
	z := html.NewTokenizer(strings.NewReader(body))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if len(open) > 0 {
				t.Errorf("%s: not closed: %v", path, open)
			}
			return
		case html.StartTagToken:
			name, _ := z.TagName()
			if !slices.Contains(void, string(name)) {
				open = append(open, string(name))
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if len(open) == 0 || open[len(open)-1] != string(name) {
				t.Errorf("%s: </%s> closes %v", path, name, open)
				return
			}
			open = open[:len(open)-1]
		}
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// localLinks lists the addresses on this site that a page links to or shows.
func localLinks(t *testing.T, body string) []string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var links []string
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			if (a.Key == "href" || a.Key == "src") && attr(n, "rel") != "canonical" {
				u, err := url.Parse(a.Val)
				if err != nil {
					t.Errorf("%q is no address: %v", a.Val, err)
					continue
				}
				if u.Host == "" && u.Path != "" {
					u.Fragment = ""
					links = append(links, u.String())
				}
			}
		}
	}
	return links
}

func TestArticlePage(t *testing.T) {
	f := newFixture(t)
	page := f.get("/articles/tide-clocks/").body
	for _, want := range []string{
		`<title>The Clockmakers Who Taught Harbours to Read the Tide · Harbour &amp; Horizon</title>`,
		`<link rel="canonical" href="https://harbour.example/articles/tide-clocks/">`,
		`<meta property="og:title" content="The Clockmakers Who Taught Harbours to Read the Tide">`,
		`<meta property="og:image" content="https://harbour.example/media/c0ffee/dial-mail.png">`,
		`<meta property="article:published_time" content="2024-09-04T21:00:00Z">`,
		`<meta name="citation_title" content="The Clockmakers Who Taught Harbours to Read the Tide">`,
		`<meta name="citation_author" content="Salma Oduya">`, `<meta name="citation_author" content="Maren Østergaard">`,
		`<meta name="citation_publication_date" content="2024/09/05">`, `<meta name="citation_journal_title" content="Harbour &amp; Horizon">`,
		`<meta name="citation_volume" content="12">`, `<meta name="citation_issue" content="9">`, `<meta name="citation_issn" content="1234-5679">`, `<meta name="citation_language" content="en">`,
		`title="Harbour &amp; Horizon (RSS)" href="/rss.xml"`, `title="Salma Oduya in Harbour &amp; Horizon (Atom)" href="/authors/salma-oduya/atom.xml"`,
		`Rabi&#39; al-Awwal 03, 1446`, `<time datetime="2024-09-05">5 September 2024</time>`, `<span class="day">4 min read</span>`, `updated <time datetime="2024-09-20">20 September 2024</time>`,
		`<figcaption>The dial. <span class="credit"><bdi>ARCHIVE/Lamu</bdi></span></figcaption>`,
		`The clock has one hand.`, `<a href="/articles/risala/" lang="ar" dir="rtl">رسالة من قرقنة</a>`, `<span>A Ledger of High Waters</span>`, `<span class="day"><bdi>31 August 2023</bdi></span>`,
		`<a href="https://else.example/x">Elsewhere</a>`, `<span>Not out yet</span>`,
		`<bdi>Science &amp; Craft, Harbour &amp; Horizon Vol. 12, No. 9, Rabi&#39; al-Awwal, 1446</bdi>. <bdi>https://harbour.example/articles/tide-clocks/</bdi>`,
		`<a href="/join?author=salma-oduya">Follow <bdi>Salma Oduya</bdi></a>`, `Get <bdi>The Week by the Water</bdi>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the article lacks %s", want)
		}
	}
	if t.Failed() {
		t.Log(page)
	}
}

func TestArticleKinds(t *testing.T) {
	f := newFixture(t)
	arabic := f.get("/articles/risala/").body
	if !strings.Contains(arabic, `<article class="piece" lang="ar" dir="rtl">`) {
		t.Error("the Arabic article has no direction")
	}
	captured := f.get("/articles/a-sum-of-moons/").body
	if !strings.Contains(captured, `<p class="caption">My grandmother kept a pencil on a string.`) || strings.Contains(captured, "<figure") {
		t.Error("a caption without its photo is not shown as a paragraph of its own")
	}
	members := f.get("/articles/green-lamp/").body
	if !strings.Contains(members, "There is a lamp.") || !strings.Contains(members, "The rest of this article is for members of <bdi>Harbour &amp; Horizon</bdi>.") || strings.Contains(members, secretBody) {
		t.Error("the members' article does not show its teaser and the reason alone")
	}
}

// The page's own words inside an article are in the article's language, and
// where we don't speak it in one that is named.
func TestArticlesSpeakTheirLanguage(t *testing.T) {
	articles := func(f *fixture) {
		of := func(slug, language string) magazine.Article {
			return magazine.Article{Slug: slug, Title: slug, Language: language, Authors: []magazine.Author{layla, salma, jun}, Section: coast, Issue: tenth, Access: magazine.Members, Teaser: "<p>x</p>", HTML: "<p>x</p>",
				Published: time.Date(2024, 9, 5, 0, 0, 0, 0, nairobi), Updated: time.Date(2024, 10, 20, 0, 0, 0, 0, nairobi)}
		}
		f.put(of("arabic", "ar-EG"), of("swahili", "sw"), of("english", "en"))
	}
	english := []string{`<time datetime="2024-09-05">5 September 2024</time>`, `updated <time datetime="2024-10-20">20 October 2024</time>`, "4 min read", "Vol. 12, No. 10</bdi>", "<p>The rest of this article is for members of"}
	arabic := []string{`<time datetime="2024-09-05">٥ سبتمبر ٢٠٢٤</time>`, `آخر تحديث <time datetime="2024-10-20">٢٠ أكتوبر ٢٠٢٤</time>`, "مدة القراءة ٤ دقائق", "المجلد ١٢، العدد ١٠</bdi>", "<p>بقية هذا المقال لأعضاء", "</a>، <a", "</a> و<a"}
	for _, c := range []struct {
		publication, path string
		wants             []string
	}{
		{"en", "/articles/english/", english},
		{"en", "/articles/arabic/", append(arabic, `<p class="meta facts"><time`)},
		{"en", "/articles/swahili/", append(english, `<p class="meta facts" lang="en" dir="ltr">`, `<div class="wall" lang="en" dir="ltr">`, `<bdi lang="en" dir="ltr">Vol.`, "</a>, <a")},
		{"ar", "/articles/english/", english},
		{"ar", "/articles/swahili/", append(arabic[:5:5], `<p class="meta facts" lang="ar" dir="rtl">`)},
		{"sw", "/articles/swahili/", append(english, `<p class="meta facts" lang="en" dir="ltr">`)},
		{"en", "/issues/12/10/", []string{`<time datetime="2024-09-05">٥ سبتمبر ٢٠٢٤</time> <span class="tag">للأعضاء</span>`, `<p class="meta facts" lang="en" dir="ltr"><span class="byline">`, `<span class="tag">Members</span>`, "<h1>Vol. 12, No. 10</h1>", "<title>Vol. 12, No. 10 "}},
		{"ar", "/issues/12/10/", []string{"<h1>المجلد ١٢، العدد ١٠</h1>", `<time datetime="2024-10-01">١ أكتوبر ٢٠٢٤</time>`, "<title>المجلد ١٢، العدد ١٠ "}},
	} {
		f := newFixture(t, func(o *Options) { o.Publication.Language = c.publication })
		articles(f)
		body := f.get(c.path).body
		for _, want := range c.wants {
			if !strings.Contains(body, want) {
				t.Errorf("%s in a publication in %s lacks %s:\n%s", c.path, c.publication, want, body)
			}
		}
	}
}

func TestHostileTextIsText(t *testing.T) {
	f := newFixture(t)
	for _, path := range []string{"/articles/hostile/", "/authors/mallory/", "/sections/odd/", "/authors/", "/join?author=mallory&email=%22%3E%3Cscript%3E", "/?before=99"} {
		body := f.get(path).body
		for _, bad := range []string{"<script", "<img src=x", "<i>Mallory", "<b>", "<Odd>", `" onload=`} {
			if strings.Contains(body, bad) {
				t.Errorf("%s has %s", path, bad)
			}
		}
		checkPage(t, path, body, "en", "ltr")
	}
}

func TestIssuePage(t *testing.T) {
	f := newFixture(t)
	page := f.get("/issues/12/9/").body
	first, second := strings.Index(page, `href="/articles/a-sum-of-moons/"`), strings.Index(page, `href="/articles/tide-clocks/"`)
	if first < 0 || second < first {
		t.Errorf("the contents are not in their order: %d, %d", first, second)
	}
	for _, want := range []string{"Rabi&#39; al-Awwal 1446", "5 September 2024", "This is a number about counting.", "Harbour &amp; Horizon Vol. 12, No. 9, Rabi&#39; al-Awwal, 1446</bdi>. <bdi>https://harbour.example/issues/12/9/", `rel="next" href="/issues/12/10/"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the issue lacks %s", want)
		}
	}
	if strings.Contains(page, `rel="prev"`) {
		t.Error("the first issue has a previous one")
	}
	open := f.get("/issues/12/10/").body
	if !strings.Contains(open, `rel="prev" href="/issues/12/9/"`) || !strings.Contains(open, "In preparation") {
		t.Error("the open issue does not say so, or has no previous one")
	}
}

func TestFrontPage(t *testing.T) {
	page := newFixture(t).get("/").body
	order := []string{"The current issue", "A Sum of Moons", "The Clockmakers", "New since this issue", "رسالة من قرقنة"}
	at := 0
	for _, want := range order {
		i := strings.Index(page[at:], want)
		if i < 0 {
			t.Fatalf("%q does not stand in its place:\n%s", want, page)
		}
		at += i
	}
}

func TestPagesFollowTheSite(t *testing.T) {
	f := newFixture(t)
	if page := f.get("/issues/").body; strings.Contains(page, "Late Notes") || !strings.Contains(page, "In preparation") {
		t.Fatalf("before:\n%s", page)
	}
	a := newArticle("late", "Late")
	a.Section = magazine.Section{Slug: "late-notes", Name: "Late Notes"}
	f.put(a)
	if !strings.Contains(f.get("/issues/").body, "Late Notes") {
		t.Error("a new section is not in the masthead")
	}
	f.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.PublishIssue(ctx, tenth)
		return err
	})
	if page := f.get("/issues/").body; strings.Contains(page, "In preparation") || !strings.Contains(page, `<p class="current"><a class="facts" href="/issues/12/10/">`) {
		t.Error("the issue that was published is not the current one")
	}
}

func TestLongListsHavePages(t *testing.T) {
	f := newFixture(t)
	var many []magazine.Article
	for i := range listArticles + 5 {
		a := newArticle(fmt.Sprintf("note-%03d", i), fmt.Sprintf("Note %03d", i))
		a.Authors = []magazine.Author{{Slug: "busy", Name: "Busy Bee"}}
		a.Section = magazine.Section{Slug: "notes", Name: "Notes"}
		many = append(many, a)
	}
	f.put(many...)
	for _, start := range []string{"/authors/busy/", "/sections/notes/"} {
		found, path := 0, start
		for path != "" {
			body := f.get(path).body
			found += strings.Count(body, `<h3><a href="/articles/note-`)
			path = ""
			for _, link := range olderLinks(t, body) {
				path = start + link
			}
		}
		if found != len(many) {
			t.Errorf("%s: %d of %d articles on its pages", start, found, len(many))
		}
	}
}

func olderLinks(t *testing.T, body string) []string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var links []string
	for n := range doc.Descendants() {
		if n.Data == "a" && attr(n, "rel") == "next" {
			links = append(links, attr(n, "href"))
		}
	}
	return links
}

func TestEmptyPublication(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Newsletters, o.Privacy, o.Terms, o.Feeds = nil, "", "", nil })
	for path, want := range map[string]int{"/join": 404, "/privacy/": 404, "/terms/": 404, "/rss.xml": 404, "/": 200} {
		if a := f.get(path); a.StatusCode != want {
			t.Errorf("%s: got %d, want %d", path, a.StatusCode, want)
		}
	}
	front := f.get("/").body
	for _, bad := range []string{"/join", "/privacy/", "rss.xml"} {
		if strings.Contains(front, bad) {
			t.Errorf("the front page leads to %s, which is not there", bad)
		}
	}
}

// A page that is in another language than the publication says so, and says of
// what the publication's own words are in theirs.
func TestPageInAnotherLanguage(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Publication.Language = "sw" }) // which we don't speak
	page := f.get("/sections/science-craft/").body
	for _, want := range []string{`<html lang="en" dir="ltr">`, `<bdi lang="sw">Harbour &amp; Horizon</bdi>`, `<h1><bdi lang="sw">Science &amp; Craft</bdi></h1>`, ">Authors</a>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s:\n%s", want, page)
		}
	}
	s := &site{Options: f.options}
	s.Publication.Language = "ar"
	var err error
	if s.assets, err = readAssets(s.Options); err != nil {
		t.Fatal(err)
	}
	if s.messages, err = s.Templates.Messages(); err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{"fr", "fr-CA", "en", "ar-EG"} {
		p := s.barePage(nil)
		p.Words = s.speak(language)
		p.Title, p.Content = p.Words.T("leave.title", "newsletter", "المنارة"), message{Heading: p.Words.T("leave.title", "newsletter", "المنارة")}
		w := httptest.NewRecorder()
		if err := s.show(w, httptest.NewRequest(http.MethodGet, "/", nil), http.StatusOK, "message", p); err != nil {
			t.Fatal(err)
		}
		direction := magazine.Direction(language)
		checkPage(t, "the page in "+language, w.Body.String(), language, direction)
		if marked := strings.Contains(w.Body.String(), `<bdi lang="ar">Harbour`); marked == (direction == "rtl") {
			t.Errorf("in %s the publication's title is marked: %v", language, marked)
		}
	}
}
