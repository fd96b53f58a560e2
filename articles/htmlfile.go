package articles

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// html reads an HTML file: its meta elements, or front matter before it, and of
// the rest the article element, else main, else the body.
func (r *Reader) html(d *Document, text string, rep *report) {
	f, rest, line := splitFront(text, rep)
	if rep.held {
		return
	}
	broken := firstInvalid(rest) >= 0
	rest = repair(rest, line, rep)
	v := headOf(rest, line, r.publication.Title)
	if f.fence != "" {
		var ok bool
		if v, ok = f.parse(rep); !ok {
			return
		}
	} else {
		v.warnTwice(rep)
		if broken {
			holdBroken(v, rep)
		}
	}
	if len(v.pairs) == 0 {
		rep.warn(1, "", "", "the file has no meta elements; title and date were taken from elsewhere", `put <title> and <meta name="date" content="2024-05-17"> into its head`)
	}
	r.fields(d, v, rep)
	if rep.held {
		return
	}
	d.body = r.markdown.html(articleIn(rest), d.dir(), rep)
	switch free, marked := beforeMark(rest); {
	case !marked: // what the parser made a mark of may have been moved: before it may stand what is not free
		d.body.free = nil
	case d.body.free != nil: // articleIn moves things about, too
		d.body.free = r.markdown.html(articleIn(free), d.dir(), &report{})
	}
}

// holdBroken holds a file whose fields had bytes that are no UTF-8.
func holdBroken(v value, rep *report) {
	for _, p := range v.pairs {
		if strings.ContainsRune(p.value.String(), utf8.RuneError) {
			rep.hold(p.line, p.key, p.value.String(), "it has bytes that are no UTF-8", "save the file as UTF-8")
		}
	}
}

// metaNames are other names that pages have for our fields.
var metaNames = map[string]string{
	"article:published_time": "date", "article:modified_time": "updated", "article:expiration_time": "expires",
	"article:author": "authors", "article:section": "section", "article:tag": "tags",
	"dc.title": "title", "dc.creator": "authors", "dc.date": "date", "dc.language": "language", "dc.description": "summary",
	"dcterms.title": "title", "dcterms.creator": "authors", "dcterms.created": "date", "dcterms.modified": "updated",
	"author": "authors", "description": "summary", "image:alt": "image.alt", "image:caption": "image.caption", "image:credit": "image.credit",
}

// headNames are the elements that may stand in a head.
var headNames = map[string]bool{"html": true, "head": true, "meta": true, "title": true, "link": true, "style": true, "script": true, "base": true, "noscript": true}

// headOf reads the meta elements, the title and the language of a page into
// the same form as front matter.
func headOf(text string, line int, publication string) value {
	h := head{value: value{kind: table, line: line}, lists: map[string]int{}}
	z := html.NewTokenizer(strings.NewReader(text))
	inTitle := false
	for {
		kind := z.Next()
		at := line
		line += lines(string(z.Raw()))
		if kind == html.ErrorToken {
			break
		}
		t := z.Token()
		switch kind {
		case html.TextToken:
			if inTitle {
				h.title, h.titleLine = t.Data, at
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			inTitle = t.Data == "title"
			if !headNames[t.Data] {
				return h.finish(publication)
			}
			h.element(t, at)
		case html.EndTagToken:
			inTitle = false
			if t.Data == "head" {
				return h.finish(publication)
			}
		}
	}
	return h.finish(publication)
}

// head gathers what a page's head says.
type head struct {
	value
	lists     map[string]int // place in pairs of what may stand more than once
	image     value
	title     string
	titleLine int
	language  pair
}

func (h *head) element(t html.Token, line int) {
	attrs := map[string]string{}
	for _, a := range t.Attr {
		attrs[a.Key] = a.Val
	}
	switch t.Data {
	case "html":
		if attrs["lang"] != "" {
			h.language = pair{"language", line, value{kind: scalar, line: line, text: attrs["lang"]}}
		}
	case "meta":
		name := strings.ToLower(strings.TrimSpace(attrs["name"] + attrs["property"]))
		if ours, known := metaNames[name]; known {
			name = ours
		}
		if content := attrs["content"]; name != "" && strings.TrimSpace(content) != "" {
			h.add(name, value{kind: scalar, line: line, text: content})
		}
	}
}

func (h *head) add(name string, v value) {
	if part, ofImage := strings.CutPrefix(name, "image."); ofImage {
		h.image.pairs = append(h.image.pairs, pair{part, v.line, v})
		return
	}
	switch name {
	case "image":
		h.image.line = v.line
		h.image.pairs = append(h.image.pairs, pair{"src", v.line, v})
		return
	case "authors", "related", "tags":
		at, seen := h.lists[name]
		if !seen {
			h.lists[name] = len(h.pairs)
			break
		}
		many := &h.pairs[at].value
		if many.kind == scalar {
			*many = value{kind: list, line: many.line, items: []value{*many}}
		}
		many.items = append(many.items, v)
		return
	}
	h.pairs = append(h.pairs, pair{name, v.line, v})
}

// finish adds what other elements say where no meta element did. A title often
// ends in the publication's.
func (h *head) finish(publication string) value {
	if len(h.image.pairs) > 0 {
		h.image.kind = table
		h.pairs = append(h.pairs, pair{"image", h.image.pairs[0].line, h.image})
	}
	if _, has := h.get("title"); !has && strings.TrimSpace(h.title) != "" {
		title := strings.TrimSpace(h.title)
		if short, ok := strings.CutSuffix(title, publication); ok && publication != "" {
			if short = strings.TrimRight(short, " |-–—·:"); short != "" {
				title = short
			}
		}
		h.pairs = append(h.pairs, pair{"title", h.titleLine, value{kind: scalar, line: h.titleLine, text: title}})
	}
	if _, has := h.get("language", "lang"); !has && h.language.key != "" {
		h.pairs = append(h.pairs, h.language)
	}
	return h.value
}

// articleIn is the HTML of the article in a page. Where the page nests too deep
// for the parser it is the page as a whole.
func articleIn(page string) string {
	if runsAway(page) {
		page = dropFormatting(page)
	}
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return page
	}
	for _, name := range []atom.Atom{atom.Article, atom.Main, atom.Body} {
		for n := range root.Descendants() {
			if n.Type == html.ElementNode && n.DataAtom == name {
				return printChildren(n, 0)
			}
		}
	}
	return page
}
