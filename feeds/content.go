package feeds

import (
	"html"
	"strconv"
	"strings"
	"time"

	xhtml "golang.org/x/net/html"
	"postrider/magazine"
	"postrider/templates"
)

// words are ours in the language of an article, or in English.
func (b *Builder) words(language string) *templates.Words {
	return b.Messages.In(language)
}

// longDate prints a date as text of that language does; where we don't know
// how, as 2006-01-02.
func (b *Builder) longDate(t time.Time, language string) string {
	switch {
	case instantOf(t).isNone():
		return ""
	case !b.Messages.Speaks(language):
		return b.Publication.Day(t)
	case b.Publication.Zone == nil:
		return b.words(language).Date(t.UTC())
	}
	return b.words(language).Date(t.In(b.Publication.Zone))
}

// summary is the article's plain summary; where it has none, the beginning of
// what everyone may read. Where the content that says so is missing, it says
// that there is more for members.
func (b *Builder) summary(a *magazine.Article, withContent bool) text {
	s := plain(a.Summary)
	if s.s == "" {
		s = plain(first(excerpt(plainText(a.PublicHTML())), a.Subtitle))
	}
	if a.Access != magazine.Everyone && !withContent {
		s = plain(s.s + " " + b.words(a.Language).T("feed.rest"))
	}
	return s
}

// excerptRunes is about three lines of a reader's list.
const excerptRunes = 280

// excerpt cuts plain text between words.
func excerpt(s string) string {
	runes := []rune(s)
	if len(runes) <= excerptRunes {
		return s
	}
	cut := string(runes[:excerptRunes])
	if i := strings.LastIndexByte(cut, ' '); i > 0 {
		cut = cut[:i]
	}
	return cut + "…"
}

// plainText is the text of HTML, on one line.
func plainText(s string) string {
	var out strings.Builder
	z := xhtml.NewTokenizer(strings.NewReader(s))
	for {
		switch z.Next() {
		case xhtml.ErrorToken:
			return strings.Join(strings.Fields(out.String()), " ")
		case xhtml.TextToken:
			out.Write(z.Text())
		case xhtml.StartTagToken, xhtml.EndTagToken, xhtml.SelfClosingTagToken:
			if name, _ := z.TagName(); !inline[string(name)] {
				out.WriteByte(' ')
			}
		}
	}
}

// inline are the elements that don't part words.
var inline = map[string]bool{"a": true, "abbr": true, "b": true, "cite": true, "code": true, "em": true, "i": true, "s": true,
	"small": true, "span": true, "strong": true, "sub": true, "sup": true, "u": true, "bdi": true, "bdo": true, "wbr": true}

// content is all that everyone may read of the article: lead image, subtitle,
// body, the reason where a member would read on, corrections, related articles,
// and a last line with its dates in both calendars and its citation.
func (b *Builder) content(e *entry) markup {
	a, words := e.article, b.words(e.article.Language)
	var out strings.Builder
	if a.Subtitle != "" {
		out.WriteString("<p><em>" + html.EscapeString(a.Subtitle) + "</em></p>\n")
	}
	if e.image != nil && !strings.Contains(a.PublicHTML(), html.EscapeString(a.Image.Src)) {
		out.WriteString(e.image.figure())
	}
	if i := a.Image; i != nil && i.Src == "" { // of a captured page: the picture's words without the picture
		out.WriteString("<p>" + joined("<br/>", emphasis(i.Caption), html.EscapeString(plain(i.Credit).s)) + "</p>\n")
	}
	body := magazine.AbsoluteHTML(a.PublicHTML(), b.Publication.URL)
	// Notes refer to each other within the page: in a feed, to the article's page.
	page, _, _ := strings.Cut(e.link.s, "#")
	out.WriteString(strings.ReplaceAll(body, ` href="#`, ` href="`+html.EscapeString(page)+`#`))
	if a.Access != magazine.Everyone {
		if strings.TrimSpace(body) == "" && a.Summary != "" {
			out.WriteString("<p>" + html.EscapeString(a.Summary) + "</p>")
		}
		out.WriteString("\n<p>" + html.EscapeString(words.T("feed.rest")) + " " + anchor(e.link, words.T("feed.read")) + "</p>")
	}
	for _, c := range a.Corrections {
		out.WriteString("\n<p><strong>" + html.EscapeString(words.T("feed.correction", "date", b.longDate(c.Date, a.Language))) + "</strong> " + html.EscapeString(c.Text) + "</p>")
	}
	out.WriteString(relatedHTML(e.related, words))
	out.WriteString(b.colophon(e))
	s := strings.TrimSpace(out.String())
	if s != "" && magazine.Direction(a.Language) == "rtl" {
		s = `<div dir="rtl" lang="` + language(a.Language).s + `">` + s + "</div>"
	}
	return fragment(s)
}

func emphasis(words string) string {
	if words = plain(words).s; words == "" {
		return ""
	}
	return "<em>" + html.EscapeString(words) + "</em>"
}

func anchor(to address, words string) string {
	return `<a href="` + html.EscapeString(to.s) + `">` + html.EscapeString(words) + "</a>"
}

func relatedHTML(related []reference, words *templates.Words) string {
	if len(related) == 0 {
		return ""
	}
	var items strings.Builder
	for _, r := range related {
		name := html.EscapeString(r.title.s)
		if r.link.s != "" {
			name = anchor(r.link, r.title.s)
		}
		items.WriteString("<li>" + joined(", ", name, html.EscapeString(r.about.s)) + "</li>")
	}
	return "\n<h2>" + html.EscapeString(words.T("feed.related")) + "</h2>\n<ul>" + items.String() + "</ul>"
}

// colophon is the line that tells where and when the article was printed.
func (b *Builder) colophon(e *entry) string {
	a := e.article
	if e.citation == "" && a.Hijri == "" {
		return ""
	}
	dates := joined(" · ", a.Hijri, b.longDate(a.Published, a.Language))
	return "\n<p>" + joined("<br/>", html.EscapeString(dates), html.EscapeString(e.citation)) + "</p>"
}

// A picture is an image with the words that belong to it.
type picture struct {
	address              address
	alt, caption, credit text
	mime                 mediaType // empty where not known
	width, height        int       // pixels, 0 where not known
	bytes                int64
}

func (b *Builder) imageAddress(i *magazine.Image) address {
	if i == nil {
		return address{}
	}
	return webAddress(b.Publication.Link(i.Src))
}

// picture is nil where there is no image that can be shown.
func (b *Builder) picture(i *magazine.Image) *picture {
	at := b.imageAddress(i)
	if at.s == "" {
		return nil
	}
	return &picture{at, plain(i.Alt), plain(i.Caption), plain(i.Credit), imageType(i.Type), max(0, i.Width), max(0, i.Height), max(0, i.Bytes)}
}

func (p *picture) figure() string {
	var out strings.Builder
	out.WriteString(`<figure><img src="` + html.EscapeString(p.address.s) + `" alt="` + html.EscapeString(p.alt.s) + `"`)
	if p.width > 0 && p.height > 0 {
		out.WriteString(` width="` + strconv.Itoa(p.width) + `" height="` + strconv.Itoa(p.height) + `"`)
	}
	out.WriteString("/>")
	credit := ""
	if p.credit.s != "" {
		credit = "(" + p.credit.s + ")"
	}
	if caption := joined(" ", p.caption.s, credit); caption != "" {
		out.WriteString("<figcaption>" + html.EscapeString(caption) + "</figcaption>")
	}
	out.WriteString("</figure>\n")
	return out.String()
}
