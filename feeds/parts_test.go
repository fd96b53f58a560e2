package feeds

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest/feedrules"
	"postrider/magazine"
)

func TestWebAddress(t *testing.T) {
	for in, want := range map[string]string{
		"https://e.example":                    "https://e.example",
		" https://E.Example/A b?c=ü&d=1#x y ":  "https://e.example/A%20b?c=%C3%BC&d=1#x%20y",
		"https://e.example/100%/a%20b/%zz":     "https://e.example/100%25/a%20b/%25zz",
		"https://e.example/[a]{b}|\\^`\"<>":    "https://e.example/%5Ba%5D%7Bb%7D%7C%5C%5E%60%22%3C%3E",
		"https://e.example/#a#b":               "https://e.example/#a%23b",
		"http://bücher.example/":               "http://xn--bcher-kva.example/",
		"http://[::1]:8080/":                   "http://[::1]:8080/",
		"http://localhost:8080/rss.xml":        "http://localhost:8080/rss.xml",
		"http://user:secret@e.example/":        "http://e.example/",
		"https://e.example/\x00\u202Ea":        "https://e.example/%E2%80%AEa",
		"":                                     "",
		"/articles/x/":                         "",
		"//e.example/":                         "",
		"mailto:a@b.example":                   "",
		"javascript:alert(1)":                  "",
		"https://":                             "",
		"https://bad host/":                    "",
		"http://e.example:port/":               "",
		"ftp://e.example/":                     "",
		"https:opaque":                         "",
		"http://-e.example/":                   "",
		"data:text/html,<script>1</script>":    "",
		"https://e.example/a?b=https://c/?d=e": "https://e.example/a?b=https://c/?d=e",
	} {
		if got := webAddress(in).s; got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func TestIdentity(t *testing.T) {
	b := Builder{Publication: harbour()}
	for guid, want := range map[string]string{
		"tag:harbour.example,2024:abc":                  "tag:harbour.example,2024:abc",
		"tag:blogger.com,1999:blog-1.post-2":            "tag:blogger.com,1999:blog-1.post-2",
		"https://old.example/?p=12":                     "https://old.example/?p=12",
		"urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a": "urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a",
		"urn:isbn:0451450523":                           "urn:isbn:0451450523",
		"urn:uuid:nope":                                 "tag:harbour.example,2026:guid/urn:uuid:nope",
		"tag:nope":                                      "tag:harbour.example,2026:guid/tag:nope",
		"12345":                                         "tag:harbour.example,2026:guid/12345",
		"post 77":                                       "tag:harbour.example,2026:guid/post%2077",
		"a%20b":                                         "tag:harbour.example,2026:guid/a~2520b",
		"100% ~ü u\u0308":                               "tag:harbour.example,2026:guid/100~25%20~7E%C3%BC%20%C3%BC",
		"http://e.example/ü":                            "tag:harbour.example,2026:guid/http://e.example/%C3%BC",
		"a:b#c#d":                                       "tag:harbour.example,2026:guid/a:b%23c%23d",
		"":                                              "tag:harbour.example,2026:article/aaaa",
	} {
		if got := b.identity(&magazine.Article{ID: "aaaa", GUID: guid}).s; got != want {
			t.Errorf("%q becomes %q, want %q", guid, got, want)
		}
	}
	for base, want := range map[string]string{"http://LOCALHOST:8080": "tag:localhost,2026:x", "http://[::1]:80": "tag:localhost,2026:x",
		"https://bücher.example/mag": "tag:xn--bcher-kva.example,2026:x", "": "tag:localhost,2026:x"} {
		b := Builder{Publication: &magazine.Publication{URL: base}}
		if got := b.tagURI("x").s; got != want {
			t.Errorf("at %q: %q, want %q", base, got, want)
		}
		b.Authority = "first.example" // where the publication was when it began
		if got := b.tagURI("x").s; got != "tag:first.example,2026:x" {
			t.Errorf("after a move to %q: %q", base, got)
		}
	}
}

func TestText(t *testing.T) {
	if got := plain(" a\x00b\n\tc\uFFFE \xff ").s; got != "ab c ?" {
		t.Errorf("plain text is %q", got)
	}
	if got := fragment("<pre>a\r\nb\rc&#13;d\x1b</pre>").s; got != "<pre>a\nb\nc\nd</pre>" {
		t.Errorf("HTML is %q", got)
	}
	for in, want := range map[string]string{"Salma Oduya": "Salma Oduya", "O'Brien <ob@e.example>": "O'Brien <ob@e.example>", "Tom &amp; Ann": "Tom & Ann", "<b>Ann</b>": "Ann", "A & B": "A & B"} {
		if got := name(in).s; got != want {
			t.Errorf("the name %q becomes %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"en": "en", "pt-BR": "pt-BR", "zh-Hant-TW": "zh-Hant-TW", "english": "", "": "", "en_GB": "", "e<": ""} {
		if got := language(in).s; got != want {
			t.Errorf("the language %q becomes %q, want %q", in, got, want)
		}
	}
	if got := plainText("<p>One<br/>two<em>three</em></p><p>&amp; <a href=\"/x\">four</a>.</p>"); got != "One twothree & four." {
		t.Errorf("the text of HTML is %q", got)
	}
	long := excerpt(strings.Repeat("مرحبا ", 100))
	if n := len([]rune(long)); n > excerptRunes+1 || !strings.HasSuffix(long, "مرحبا…") {
		t.Errorf("an excerpt of %d letters: %q", n, long)
	}
}

func TestChooseCoding(t *testing.T) {
	for accept, want := range map[string]coding{"": identityCoding, "gzip": gzipCoding, "deflate, gzip;q=1.0, *;q=0.5": gzipCoding, "br": brotliCoding, "br, *": brotliCoding,
		"gzip, deflate, br, zstd": brotliCoding, "gzip, br;q=0.9": gzipCoding, "br;q=0.9, gzip;q=0.9": brotliCoding, "br;q=0, gzip": gzipCoding, "*": brotliCoding, "br;q=0, *": gzipCoding,
		"gzip;q=0": identityCoding, "gzip; q=0.000, *": brotliCoding, "*;q=0": identityCoding, "GZIP": gzipCoding, "BR": brotliCoding, "x-gzip": gzipCoding, "gzip;q=nonsense": identityCoding,
		"gzip;q=NaN": identityCoding, "gzip;q=2": identityCoding, "gzip;q=0.2, identity;q=0.5": identityCoding, "identity, gzip": gzipCoding, "identity;q=0": identityCoding,
		"identity": identityCoding, ", ,": identityCoding, "gzipped": identityCoding, "deflate, zstd": identityCoding} {
		if got := chooseCoding([]string{accept}); got != want {
			t.Errorf("%q: %s, want %s", accept, got, want)
		}
	}
	if got := chooseCoding([]string{"gzip", "br"}); got != brotliCoding {
		t.Errorf("two headers: %s", got)
	}
}

func TestAlternates(t *testing.T) {
	b := builder()
	ch := b.Author(magazine.Author{Slug: "منى", Name: "منى"})
	links := ch.Alternates()
	if len(links) != 3 || links[1] != (Link{"application/atom+xml", "منى · Harbour & Horizon (Atom)", "/authors/%D9%85%D9%86%D9%89/atom.xml"}) {
		t.Errorf("%+v", links)
	}
	for _, l := range links {
		p, _, ok := locate(l.Path)
		if !ok || p.scope != ch.Scope || p.page != 0 {
			t.Errorf("%s leads to %v, %v", l.Path, p, ok)
		}
	}
}

func TestPatterns(t *testing.T) {
	for _, p := range Patterns() {
		path := strings.NewReplacer("GET ", "", "{slug}", "a", "{volume}", "3-4", "{number}", "S1", "{page}", "7").Replace(p)
		if _, _, ok := locate(path); !ok {
			t.Errorf("%s is a pattern but no feed", p)
		}
	}
	if n := len(Patterns()); n != 26 {
		t.Errorf("%d patterns", n)
	}
}

// Whatever path is taken for a feed's is the one that we publish for it.
func FuzzLocate(f *testing.F) {
	for _, seed := range []string{"/rss.xml", "/authors/a/atom.xml", "/issues/3-4/S1/feed.json", "/issues/1%2F2/3/rss.xml", "/feeds.opml", "/archive/1/rss.xml", "/authors/archive/archive/12/atom.xml", "/issues/archive/1/rss.xml", "/archive/01/rss.xml", "//rss.xml", "/authors/%zz/rss.xml", "/authors/../rss.xml", "/sections/%D9%85/rss.xml", "rss.xml", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		p, format, ok := locate(path)
		if !ok {
			return
		}
		ch := Channel{Scope: p.scope, page: p.page}
		want, err := url.PathUnescape(ch.Path(format))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := url.PathUnescape(path); err != nil || got != want {
			t.Errorf("%q was taken for %q", path, want)
		}
	})
}

func FuzzMatches(f *testing.F) {
	for _, seed := range []string{`"a"`, `W/"a", "b"`, "*", `"a`, `a`, `,,"a"`, `W/`, `"a" "b"`} {
		f.Add(seed)
	}
	const tag = `"aTag"`
	f.Fuzz(func(t *testing.T, list string) {
		if matches(list, tag) && !strings.Contains(list, "*") && !strings.Contains(list, tag) {
			t.Errorf("%q has no %s", list, tag)
		}
	})
}

func FuzzParseDate(f *testing.F) {
	for _, seed := range []string{"Fri, 04 Oct 2024 12:00:00 GMT", "Friday, 04-Oct-24 12:00:00 GMT", "Fri Oct  4 12:00:00 2024", "4 Oct 2024 15:00:00 +0300", "2024-10-04T12:00:00Z", "; length=3", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if at, ok := parseDate(s); !ok && !at.IsZero() {
			t.Errorf("%q is refused with the time %v", s, at)
		}
	})
}

func FuzzWebAddress(f *testing.F) {
	for _, seed := range []string{"https://e.example/a b?c#d", "http://[::1]/", "https://ü.example/%zz", "//x", "https://a@b:c@d/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a := webAddress(s)
		if a.s == "" {
			return
		}
		if wrong := feedrules.AddressFaults(a.s); len(wrong) > 0 {
			t.Errorf("%q becomes %q: %v", s, a.s, wrong)
		}
		if again := webAddress(a.s); again != a {
			t.Errorf("%q becomes %q and then %q", s, a.s, again.s)
		}
	})
}

func TestDatesOutOfRange(t *testing.T) {
	for _, at := range []time.Time{{}, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if i := instantOf(at); i.rfc5322() != "" || i.rfc3339() != "" || !i.isNone() {
			t.Errorf("%v is written as %q and %q", at, i.rfc5322(), i.rfc3339())
		}
	}
	if got := instantOf(time.Date(2024, 10, 4, 15, 0, 0, 0, time.FixedZone("", 3*3600))).rfc5322(); got != "Fri, 04 Oct 2024 12:00:00 +0000" {
		t.Errorf("an instant is written as %q", got)
	}
}

// What a piece names and what is not there, or not yet, is named without a link.
func TestRelatedThatIsNotThere(t *testing.T) {
	b := builder()
	ch := b.Site()
	list := b.references(&ch, &magazine.Article{Related: []magazine.Related{{Slug: "lost", Title: "Lost at Sea"}, {Slug: "nameless"}}})
	if len(list) != 1 || list[0].title.s != "Lost at Sea" || list[0].link.s != "" {
		t.Errorf("%+v", list)
	}
}

// TestNotesAreOnTheArticlesPage: a note is at one place of a page, whatever place of
// it the article's own address names.
func TestNotesAreOnTheArticlesPage(t *testing.T) {
	b := builder()
	a := magazine.Article{HomeURL: "https://e.example/page?a=1#text", HTML: `<p>Tide<a href="#fn:1">1</a></p>`}
	e := b.makeEntry(&Channel{}, &a, version)
	if want := `href="https://e.example/page?a=1#fn:1"`; !strings.Contains(e.content.s, want) {
		t.Errorf("no %s in %s", want, e.content.s)
	}
}

// A name never looks like HTML to one who guesses.
func FuzzName(f *testing.F) {
	for _, s := range []string{"Harbour & Horizon", "&amp;lt;b&amp;gt; &copy;", "&nosuch;", "a</b >", "&#13;&#x26;amp;amp;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n := name(s); tagged(n.s) {
			t.Fatalf("%q gives %q", s, n.s)
		}
	})
}
