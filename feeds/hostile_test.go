package feeds

import (
	"bytes"
	"encoding/json"
	"html"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"
	xhtml "golang.org/x/net/html"
	"pgregory.net/rapid"
	"postrider/internal/posttest/feedrules"
	"postrider/magazine"
	"postrider/store"
)

// nasty draws text of everything that breaks feeds.
func nasty() *rapid.Generator[string] {
	pieces := rapid.SampledFrom([]string{
		"&", "&amp;", "&#38;", "&nbsp;", "<", ">", "<b>", "</b>", "<script>alert(1)</script>", "]]>", "<![CDATA[", "<!--", "-->", "<?xml?>", `"`, "'",
		"🐙", "👩‍👩‍👧", "مرحبا", "\u202Eabc", "\u2067قرقنة\u2069", "\u200F", "\u200B", "\uFEFF", "\u2028", "\uFFFD", "\uFFFE", "\uFDD0", "\U0001FFFF",
		"\x00", "\x01", "\x08", "\x0b", "\x1b[31m", "\x7f", "\u0085", "\u009f", "\xff", "\xed\xa0\x80", "\xc3", "\t", "\n", "\r\n", " ", "a", "tide", "http://x/", "javascript:1", "%", "%zz", "#", "{", "\\",
	})
	return rapid.Custom(func(t *rapid.T) string {
		if rapid.IntRange(0, 4).Draw(t, "any") == 0 {
			return rapid.String().Draw(t, "string")
		}
		return strings.Join(rapid.SliceOfN(pieces, 0, 6).Draw(t, "pieces"), "")
	})
}

func anyTime() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		odd := []time.Time{{}, time.Unix(0, 0), time.Date(9999, 12, 31, 23, 59, 59, 999, time.UTC), time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC)}
		if rapid.IntRange(0, 5).Draw(t, "odd") == 0 {
			return rapid.SampledFrom(odd).Draw(t, "time")
		}
		return time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "seconds"), 0)
	})
}

// sanitised is HTML as magazine promises it: written by golang.org/x/net/html,
// links absolute or from the site's root, no script. Its text may be anything.
func sanitised() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		words := rapid.SliceOfN(nasty(), 0, 5).Draw(t, "words")
		var out strings.Builder
		for i, word := range words {
			tag := rapid.SampledFrom([]string{"p", "em", "pre", "a", "img"}).Draw(t, "tag")
			n := &xhtml.Node{Type: xhtml.ElementNode, Data: tag}
			switch tag {
			case "a":
				n.Attr = []xhtml.Attribute{{Key: "title", Val: word}, {Key: "href", Val: rapid.SampledFrom([]string{"/", "/articles/x/", "#n1", "https://e.example/?a=b&c=d"}).Draw(t, "href")}}
			case "img":
				n.Attr = []xhtml.Attribute{{Key: "src", Val: "/media/1/a.png"}, {Key: "alt", Val: word}}
			}
			if tag != "img" {
				n.AppendChild(&xhtml.Node{Type: xhtml.TextNode, Data: words[len(words)-1-i]})
			}
			if err := xhtml.Render(&out, n); err != nil {
				t.Fatal(err)
			}
		}
		return out.String()
	})
}

func hostileArticle(t *rapid.T) magazine.Article {
	s := func(label string) string { return nasty().Draw(t, label) }
	a := magazine.Article{
		ID: rapid.StringMatching(`[a-z0-9]{12}`).Draw(t, "id"), GUID: s("guid"), Seq: rapid.Int64Range(0, 1<<40).Draw(t, "seq"), Slug: s("slug"),
		Title: s("title"), Subtitle: s("subtitle"), Published: anyTime().Draw(t, "published"), Updated: anyTime().Draw(t, "updated"), Language: s("language"),
		HomeURL: rapid.SampledFrom([]string{"", "https://e.example/a b?c=ä&d=%zz#x#y", "ftp://e.example/", "//e.example/", "nonsense", "https://bad host/", "http://例え.example/道"}).Draw(t, "home"),
		Section: magazine.Section{Slug: s("section slug"), Name: s("section")}, Issue: magazine.IssueRef{Volume: s("volume"), Number: s("number")},
		Hijri: s("hijri"), HijriMonth: s("month"), HijriYear: s("year"), Summary: s("summary"), HTML: sanitised().Draw(t, "html"), Teaser: sanitised().Draw(t, "teaser"),
		Tags: rapid.SliceOfN(nasty(), 0, 4).Draw(t, "tags"), Access: rapid.SampledFrom([]magazine.Access{magazine.Everyone, magazine.Members}).Draw(t, "access"),
	}
	for range rapid.IntRange(0, 3).Draw(t, "authors") {
		a.Authors = append(a.Authors, magazine.Author{Slug: s("author slug"), Name: s("author")})
	}
	if rapid.Bool().Draw(t, "has image") {
		a.Image = &magazine.Image{Src: rapid.SampledFrom([]string{"/media/1/a.png", "https://i.example/ü.png", "a.png", ""}).Draw(t, "src") + s("src"),
			Alt: s("alt"), Caption: s("caption"), Credit: s("credit"), Type: s("type"), Width: rapid.IntRange(-1, 9).Draw(t, "w"), Height: 3}
	}
	for range rapid.IntRange(0, 2).Draw(t, "related") {
		a.Related = append(a.Related, magazine.Related{Slug: s("related"), URL: s("url"), Title: s("related title"), Authors: []string{s("related author")}, Date: s("date"), Hijri: s("related hijri")})
	}
	if rapid.Bool().Draw(t, "corrected") {
		a.Corrections = []magazine.Correction{{Date: anyTime().Draw(t, "corrected at"), Text: s("correction")}}
	}
	return a
}

func TestWhateverComesIsValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := builder()
		b.Contents = rapid.SampledFrom([]Contents{nil, summaries}).Draw(t, "contents")
		b.Publication.Title, b.Publication.Tagline, b.Publication.Copyright = nasty().Draw(t, "publication"), nasty().Draw(t, "tagline"), nasty().Draw(t, "copyright")
		b.Generator, b.Authority, b.Publication.ISSN = nasty().Draw(t, "generator"), nasty().Draw(t, "authority"), nasty().Draw(t, "issn")
		b.Hubs = rapid.SliceOfN(rapid.SampledFrom([]string{"https://hub.example/", "http://hub.example/a b", "ws://hub.example", ""}), 0, 2).Draw(t, "hubs")
		b.Logo = &magazine.Image{Src: "/" + nasty().Draw(t, "logo"), Type: nasty().Draw(t, "logo type")}
		b.Icon = &magazine.Image{Src: "/" + nasty().Draw(t, "icon"), Type: "image/png"}
		var articles []magazine.Article
		for i := range rapid.IntRange(0, 4).Draw(t, "articles") {
			a := hostileArticle(t)
			a.Seq = int64(i) + 1
			articles = append(articles, a)
		}
		image := &magazine.Image{Src: nasty().Draw(t, "logo"), Type: "image/png"}
		channels := []Channel{b.Site(),
			b.Author(magazine.Author{Slug: nasty().Draw(t, "slug"), Name: nasty().Draw(t, "name"), Bio: sanitised().Draw(t, "bio"), Image: image}),
			b.Section(magazine.Section{Slug: nasty().Draw(t, "slug"), Name: nasty().Draw(t, "name"), Description: nasty().Draw(t, "description")}),
			b.Issue(magazine.Issue{IssueRef: magazine.IssueRef{Volume: nasty().Draw(t, "v"), Number: nasty().Draw(t, "n")}, Title: nasty().Draw(t, "title"), Hijri: nasty().Draw(t, "h"), CoverDate: anyTime().Draw(t, "cover")})}
		v := store.Version{Number: 1, Changed: anyTime().Draw(t, "changed")}
		ch := rapid.SampledFrom(channels).Draw(t, "channel")
		for _, f := range Formats {
			doc, err := b.Build(f, &ch, articles, v)
			if err != nil {
				t.Fatal(err)
			}
			for _, fault := range feedrules.Faults(f.Name, doc) {
				t.Errorf("%s %s: %s\n%s", ch.Scope.Kind, f.Name, fault, doc)
			}
			sameTitles(t, f, doc, articles)
		}
		doc, err := b.OPML(channels, v)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range feedrules.Faults(opmlFormat.Name, doc) {
			t.Errorf("opml: %s\n%s", fault, doc)
		}
	})
}

// sameTitles reads the document with a reader that is not ours and wants the
// articles in their order, with the titles that people wrote.
func sameTitles(t *rapid.T, f Format, doc []byte, articles []magazine.Article) {
	parsed, err := gofeed.NewParser().Parse(bytes.NewReader(doc))
	if err != nil {
		t.Fatalf("%s: a reader refuses it: %v\n%s", f.Name, err, doc)
	}
	if len(parsed.Items) != len(articles) {
		t.Fatalf("%s: a reader finds %d of %d articles", f.Name, len(parsed.Items), len(articles))
	}
	for i, item := range parsed.Items {
		want := orUntitled(first(articles[i].Title, articles[i].Subtitle, articles[i].Slug)).s
		got := item.Title
		if f != JSON && got != want && tagged(want) {
			got = html.UnescapeString(got) // written as HTML, since readers would take it for that
		}
		if strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Errorf("%s: a reader finds the title %q, wanted %q", f.Name, got, want)
		}
	}
}

func TestTheCheckerFindsFaults(t *testing.T) {
	b, site := builder(), sampleChannels()["site"]
	docs := map[Format]string{}
	for _, f := range Formats {
		doc, err := b.Build(f, &site.channel, site.articles, version)
		if err != nil {
			t.Fatal(err)
		}
		docs[f] = string(doc)
	}
	opml, err := b.OPML([]Channel{b.Site(), b.Author(salma)}, version)
	if err != nil {
		t.Fatal(err)
	}
	docs[opmlFormat] = string(opml)
	for _, c := range []struct {
		format        Format
		old, new, why string
	}{
		{RSS, "The Keepers", "The\x01Keepers", "forbidden character"},
		{RSS, "The Keepers", "The & Keepers", "not well-formed"},
		{RSS, "The Keepers", "", "empty title"},
		{RSS, "Fri, 30 Aug 2024", "2024-08-30", "no date"},
		{RSS, ">post 77<", ">tag:harbour.example,2024:aaaabbbbcccc<", "twice"},
		{RSS, ` isPermaLink="false"`, "", "permalink"},
		{RSS, "<link>https://harbour.example/mag/articles/the-keepers/", "<link>/articles/the-keepers/", "absolute"},
		{RSS, `rel="self"`, `rel="other"`, "self"},
		{RSS, `href="https://harbour.example/mag/articles/a-ledger/">the`, `href="/articles/a-ledger/">the`, "relative link"},
		{RSS, "2024-09-10T08:30:00Z", "2024-01-01T00:00:00Z", "before it was published"},
		{RSS, ` xmlns:dc="http://purl.org/dc/elements/1.1/"`, "", "not declared"},
		{RSS, `href="https://harbour.example/mag/articles/a-ledger/">the`, `href="javascript:alert(1)">the`, "has a link to"},
		{RSS, `href="https://harbour.example/mag/articles/a-ledger/">the`, `onclick="alert(1)">the`, "the attribute onclick"},
		{RSS, `<a href="https://harbour.example/mag/articles/a-ledger/">the`, `<iframe>the`, "has a iframe"},
		{Atom, "<id>https://old.harbour.example/?p=12</id>", "<id>post 12</id>", "absolute URI"},
		{Atom, "2024-09-04T21:00:00.000013Z", "2024-09-10T08:30:00.000014Z", "updated twice"},
		{Atom, `<title type="text">The Keepers`, `<title>The Keepers`, "of type"},
		{Atom, "<name>Salma Oduya</name>", "", "0 name"},
		{JSON, `"version":"https://jsonfeed.org/version/1.1",`, "", "version"},
		{JSON, `"items":`, `"entries":`, "left out"},
		{JSON, `"id":"post 77",`, "", "without id"},
		{opmlFormat, `xmlUrl="https://harbour.example/mag/rss.xml" `, "", "xmlUrl"},
	} {
		broken := strings.Replace(docs[c.format], c.old, c.new, 1)
		if broken == docs[c.format] {
			t.Errorf("%s: %q is not in the document", c.format.Name, c.old)
			continue
		}
		if found := strings.Join(feedrules.Faults(c.format.Name, []byte(broken)), "\n"); !strings.Contains(found, c.why) {
			t.Errorf("%s with %q for %q: want a fault with %q, got %q", c.format.Name, c.new, c.old, c.why, found)
		}
	}
}

func TestMembersBodiesStayPrivate(t *testing.T) {
	for _, contents := range []Contents{nil, summaries} {
		b := builder()
		b.Contents = contents
		ch := b.Site()
		a := membersOnly()
		a.Summary = "" // nothing may be cut from the body in its place
		for _, f := range Formats {
			doc, err := b.Build(f, &ch, []magazine.Article{a}, version)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(doc, []byte("secret")) {
				t.Errorf("%s %v shows a members-only body:\n%s", f.Name, contents, doc)
			}
			if !bytes.Contains(doc, []byte("for members")) || !bytes.Contains(doc, []byte("/articles/the-keepers/")) {
				t.Errorf("%s %v lacks the reason or the link:\n%s", f.Name, contents, doc)
			}
		}
	}
}

func TestEmptyJSONFeedHasItems(t *testing.T) {
	b := builder()
	ch := b.Section(magazine.Section{Slug: "poems", Name: "Poems"})
	doc, err := b.Build(JSON, &ch, nil, store.Version{})
	if err != nil {
		t.Fatal(err)
	}
	var f map[string]json.RawMessage
	if err := json.Unmarshal(doc, &f); err != nil || string(f["items"]) != "[]" {
		t.Errorf("items are %s (%v)", f["items"], err)
	}
}
