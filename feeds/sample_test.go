package feeds

import (
	"time"

	"postrider/magazine"
	"postrider/store"
)

func utc(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

func harbour() *magazine.Publication {
	zone, err := time.LoadLocation("Africa/Nairobi")
	if err != nil {
		panic(err)
	}
	return &magazine.Publication{
		Title: "Harbour & Horizon", Tagline: "For People Who Live by the Water", URL: "https://harbour.example/mag", Language: "en", Zone: zone,
		Citation: "{section}, {publication} Vol. {volume}, No. {number}, {hijri_month}, {hijri_year}", ISSN: "2049-3630", Copyright: "© Harbour & Horizon",
	}
}

func builder() Builder {
	return Builder{Publication: harbour(), Authority: "harbour.example", Entries: 50, Generator: "Postrider test", Hubs: []string{"https://hub.example/"},
		Logo: &magazine.Image{Src: "/media/a0a0/logo.png", Type: "image/png"}, Icon: &magazine.Image{Src: "/media/b0b0/icon.svg", Type: "image/svg+xml"}}
}

var (
	summaries = Contents{magazine.ScopeSite: Summary, magazine.ScopeAuthor: Summary, magazine.ScopeSection: Summary, magazine.ScopeIssue: Summary}
	version   = store.Version{Number: 7, Changed: utc("2024-10-04T12:00:00Z")}
	september = magazine.IssueRef{Volume: "12", Number: "9"}
	salma     = magazine.Author{Slug: "salma-oduya", Name: "Salma Oduya", Bio: "<p>Salma mends <em>clocks</em>.</p><p>She lives in Lamu.</p>",
		Image: &magazine.Image{Src: "/media/5a5a/salma.jpg", Type: "image/jpeg", Width: 400, Height: 400}}
	science = magazine.Section{Slug: "science-craft", Name: "Science & Craft"}
)

func septemberIssue() magazine.Issue {
	return magazine.Issue{IssueRef: september, State: magazine.IssuePublished, Title: "Reckoning", CoverDate: utc("2024-09-04T21:00:00Z"), Hijri: "Rabi' al-Awwal 1446",
		Cover: &magazine.Image{Src: "/media/c0c0/cover.png", Type: "image/png"}}
}

// sampleArticles show between them everything that a feed can say of one.
func sampleArticles() []magazine.Article {
	return []magazine.Article{tideClocks(), arabic(), membersOnly(), elsewhere()}
}

func tideClocks() magazine.Article {
	return magazine.Article{
		ID: "aaaabbbbcccc", GUID: "tag:harbour.example,2024:aaaabbbbcccc", Seq: 14, Slug: "tide-clocks", State: magazine.Published,
		Title: "Clocks & <b>Tides</b>, 5 < 6 ]]>", Subtitle: "What the makers knew",
		Published: utc("2024-09-04T21:00:00Z"), Updated: utc("2024-09-10T08:30:00Z"), Language: "en",
		Authors: []magazine.Author{salma, {Slug: "ibrahim-castellan", Name: "Ibrahim Castellan"}}, Section: science, Issue: september,
		Hijri: "Rabi' al-Awwal 03, 1446", HijriMonth: "Rabi' al-Awwal", HijriYear: "1446",
		Summary: "A dial in Lamu, with a hand that nobody needs & a moon that everybody does.",
		Image: &magazine.Image{Src: "/media/d1d1/dial.png", Alt: "A brass dial", Caption: "The dial in the customs house", Credit: "ARCHIVE/Lamu Customs House",
			Type: "image/png", Width: 1200, Height: 800, Bytes: 90210},
		Tags: []string{"tides", "brass", "tides"},
		Related: []magazine.Related{
			{Slug: "a-ledger", Title: "A Ledger of High Waters", Authors: []string{"Ibrahim Castellan"}, Date: "2023-08-31", Hijri: "Safar 14, 1445"},
			{Slug: "arabic"}, {URL: "https://elsewhere.example/a b", Title: "Elsewhere"}, {Title: "Never Printed"},
		},
		Corrections: []magazine.Correction{{Date: utc("2024-09-10T08:30:00Z"), Text: "The clock has one hand, not two."}},
		HTML: `<p>See <a href="/articles/a-ledger/">the ledger</a> and a note<sup><a href="#tide-clocks-n1" id="tide-clocks-r1">1</a></sup>.</p>` +
			`<p><img src="/media/e2e2/wheel.png" srcset="/media/e2e2/wheel.png 1x, /media/f3f3/wheel2.png 2x" alt="A wheel"/></p>` +
			`<pre><code>x := a[b[0]]&gt;1</code></pre><p id="tide-clocks-n1">As told by a maker. ]]&gt;</p>`,
	}
}

func arabic() magazine.Article {
	return magazine.Article{
		ID: "ddddeeeeffff", GUID: "https://old.harbour.example/?p=12", Seq: 13, Slug: "رسالة-من-قرقنة", State: magazine.Published,
		Title: "رسالة من \u2067قرقنة\u2069", Published: utc("2024-09-04T21:00:00Z"), Updated: utc("2024-09-04T21:00:00Z"), Language: "ar",
		Authors: []magazine.Author{{Slug: "منى-خليل", Name: "منى خليل"}}, Section: science, Issue: september,
		Hijri: "٣ ربيع الأول ١٤٤٦", HijriMonth: "ربيع الأول", HijriYear: "١٤٤٦",
		HTML: "<p>البحر لا ينام. هكذا قالت الجدة.</p>", Corrections: []magazine.Correction{{Date: utc("2024-09-05T00:00:00Z"), Text: "كان القارب أزرق."}},
	}
}

func membersOnly() magazine.Article {
	return magazine.Article{
		ID: "gggghhhhiiii", GUID: "post 77", Seq: 12, Slug: "the-keepers", State: magazine.Published, Access: magazine.Members,
		Title: "The Keepers", Published: utc("2024-08-30T06:00:00Z"), Updated: utc("2024-08-30T06:00:00Z"), Language: "en",
		Authors: []magazine.Author{salma}, Summary: "Two keepers, one lamp.",
		Teaser: "<p>Two keepers share a lamp.</p>", HTML: "<p>Two keepers share a lamp.</p><p>The secret is in the oil.</p>",
	}
}

func elsewhere() magazine.Article {
	return magazine.Article{
		ID: "jjjjkkkkllll", Seq: 11, Slug: "first-light", State: magazine.Published, Image: &magazine.Image{Caption: "The staff at the fish quay", Credit: "ARCHIVE/Fish quay"}, Title: "First Light", HomeURL: "https://partner.example/first light?q=ü",
		Published: utc("2024-08-01T06:00:00Z"), Updated: utc("2024-07-01T06:00:00Z"), Language: "en", HTML: "<p>The lamp is lit.</p>",
	}
}

// sampleChannels are the site, an author, an issue and an empty section, with
// their articles.
func sampleChannels() map[string]struct {
	channel  Channel
	articles []magazine.Article
} {
	b := builder()
	refs := func(ch Channel) Channel {
		ch.Issues = map[magazine.IssueRef]magazine.Issue{september: septemberIssue()}
		ch.Related = map[string]magazine.Article{"arabic": arabic(), "a-ledger": {Slug: "a-ledger"}}
		return ch
	}
	return map[string]struct {
		channel  Channel
		articles []magazine.Article
	}{
		"site":   {refs(b.Site()), sampleArticles()},
		"author": {refs(b.Author(salma)), []magazine.Article{tideClocks(), membersOnly()}},
		"issue":  {refs(b.Issue(septemberIssue())), []magazine.Article{arabic(), tideClocks()}},
		"page":   {page(refs(b.Author(salma)), 2, 3), []magazine.Article{tideClocks(), membersOnly()}},
		"empty":  {b.Section(magazine.Section{Slug: "poems", Name: "Poems"}), nil},
	}
}

// page makes a page of an archive of a channel.
func page(ch Channel, n, of int64) Channel {
	ch.page, ch.pages = n, of
	return ch
}
