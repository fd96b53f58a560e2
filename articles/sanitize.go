package articles

import (
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
)

// elements may stand in an article; those that need attributes to make sense
// are in newPolicy.
var elements = []string{
	"p", "br", "hr", "div", "span", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "aside",
	"blockquote", "q", "ul", "ol", "li", "dl", "dt", "dd", "pre", "code", "kbd", "samp", "var",
	"em", "strong", "b", "i", "u", "s", "strike", "small", "mark", "sub", "sup", "del", "ins", "abbr", "cite", "dfn", "time",
	"figure", "figcaption", "picture", "table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption", "colgroup", "col",
	"details", "summary", "ruby", "rt", "rp", "bdi", "bdo", "wbr",
}

var plainElement = func() map[string]bool {
	m := map[string]bool{}
	for _, name := range elements {
		m[name] = true
	}
	return m
}()

// newPolicy is what may stand in an article: text, tables, figures, pictures,
// sound and film; no scripts, styles, forms, frames or handlers. Comments pass
// here, for one of them ends the teaser; newBody drops them all.
func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements(elements...)
	p.AllowElements("img", "audio", "video", "source", "a")
	p.AllowNoAttrs().OnElements("img", "audio", "video", "source", "a", "span", "bdo")
	p.AllowComments()
	p.SkipElementsContent("select", "textarea", "template", "svg", "math", "canvas", "title", "head")

	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.AllowRelativeURLs(true)
	p.RequireNoFollowOnLinks(false)

	text := regexp.MustCompile(`^[^\x00-\x1f\x7f]*$`)
	number := regexp.MustCompile(`^[0-9]{1,5}$`)
	p.AllowAttrs("title").Matching(text).Globally()
	p.AllowAttrs("dir").Matching(regexp.MustCompile(`^(?i:ltr|rtl|auto)$`)).Globally()
	p.AllowAttrs("lang").Matching(regexp.MustCompile(`^[A-Za-z0-9-]{1,35}$`)).Globally()
	p.AllowAttrs("id").Matching(regexp.MustCompile(`^[^\s]{1,200}$`)).Globally()
	// goldmark's own, for the style sheet and for screen readers
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(footnote-ref|footnote-backref|footnotes|language-[\w+#.-]{1,30})$`)).OnElements("a", "div", "code")
	p.AllowAttrs("role").Matching(regexp.MustCompile(`^doc-(noteref|backlink|endnotes)$`)).OnElements("a", "div")

	p.AllowAttrs("href", "hreflang", "name").OnElements("a")
	p.AllowAttrs("cite").OnElements("blockquote", "q", "del", "ins")
	p.AllowAttrs("datetime").Matching(regexp.MustCompile(`^[0-9A-Za-z:.+ -]{1,40}$`)).OnElements("time", "del", "ins")
	p.AllowAttrs("src", "srcset", "sizes", "alt").Matching(text).OnElements("img", "source")
	p.AllowAttrs("width", "height").Matching(number).OnElements("img", "video")
	p.AllowAttrs("media", "type").Matching(text).OnElements("source")
	p.AllowAttrs("src", "preload", "loop", "muted").Matching(text).OnElements("audio", "video")
	p.AllowAttrs("controls").OnElements("audio", "video")
	p.AllowAttrs("poster").Matching(text).OnElements("video")
	p.AllowAttrs("open").OnElements("details")
	p.AllowAttrs("start", "value").Matching(regexp.MustCompile(`^-?[0-9]{1,9}$`)).OnElements("ol", "li")
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^[1aAiI]$`)).OnElements("ol", "ul")
	p.AllowAttrs("reversed").OnElements("ol")
	p.AllowAttrs("align").Matching(regexp.MustCompile(`^(?i:left|center|right|justify)$`)).OnElements("th", "td", "tr", "col", "colgroup", "tbody", "thead", "tfoot")
	p.AllowStyles("text-align").MatchingEnum("left", "center", "right", "justify").OnElements("th", "td") // newBody makes align of it
	p.AllowAttrs("colspan", "rowspan", "span").Matching(number).OnElements("th", "td", "col", "colgroup")
	p.AllowAttrs("scope").Matching(regexp.MustCompile(`^(?i:row|col|rowgroup|colgroup)$`)).OnElements("th")
	return p
}

// maxDepth is how deep elements may nest. The parser refuses more than 512.
const maxDepth = 200

// flatten drops the elements that nest too deep, and keeps their content. It is
// for sanitised HTML, which has no elements whose content is not HTML.
func flatten(source string) string {
	var b strings.Builder
	type open struct {
		name string
		kept bool
	}
	var stack []open
	kept, count := 0, map[string]int{}
	z := html.NewTokenizer(strings.NewReader(source))
	for z.Next() != html.ErrorToken {
		t := z.Token()
		switch t.Type {
		case html.StartTagToken:
			if void(t.Data) {
				b.WriteString(t.String())
				continue
			}
			o := open{t.Data, kept < maxDepth}
			stack = append(stack, o)
			count[t.Data]++
			if o.kept {
				kept++
				b.WriteString(t.String())
			}
		case html.EndTagToken:
			if count[t.Data] == 0 {
				continue
			}
			for {
				o := stack[len(stack)-1]
				stack = stack[:len(stack)-1]
				count[o.name]--
				if o.kept {
					kept--
					b.WriteString("</" + o.name + ">")
				}
				if o.name == t.Data {
					break
				}
			}
		default:
			b.WriteString(t.String())
		}
	}
	return b.String()
}
