package articles

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"postrider/magazine"
)

// teaser is what stands before the mark <!--more-->, else the summary as a
// paragraph, and empty where there is neither.
func (d *Document) teaser() string {
	if free := d.body.free; free != nil {
		free.dropDangling()
		return free.print()
	}
	if d.Summary == "" {
		return ""
	}
	p := &html.Node{Type: html.ElementNode, DataAtom: atom.P, Data: "p"}
	p.AppendChild(&html.Node{Type: html.TextNode, Data: d.Summary})
	root := &html.Node{Type: html.ElementNode, DataAtom: atom.Div, Data: "div"}
	root.AppendChild(p)
	return printChildren(root, len(d.Summary))
}

// mark ends the teaser.
var mark = regexp.MustCompile(`(?i)<!--\s*more\s*-->`)

// beforeMark is what stands before the first mark, wherever that is: in doubt
// less is free.
func beforeMark(source string) (before string, marked bool) {
	at := mark.FindStringIndex(source)
	if at == nil {
		return "", false
	}
	return source[:at[0]], true
}

// dropDangling removes references to notes that are not there: they stand after
// the mark.
func (b *body) dropDangling() {
	ids := map[string]bool{}
	for n := range b.root.Descendants() {
		if id := attr(n, "id"); id != "" {
			ids[id] = true
		}
	}
	var dangling []*html.Node
	for n := range b.root.Descendants() {
		if n.DataAtom == atom.A && attr(n, "class") == "footnote-ref" && !ids[unescape(strings.TrimPrefix(attr(n, "href"), "#"))] {
			dangling = append(dangling, n)
		}
	}
	for _, a := range dangling {
		gone := a
		if a.Parent.DataAtom == atom.Sup && a.Parent.FirstChild == a && a.Parent.LastChild == a {
			gone = a.Parent
		}
		gone.Parent.RemoveChild(gone)
	}
}

// Lengths of a summary that is made from the text, in characters.
const (
	shortSummary = 80
	longSummary  = 220
)

// summarise makes a summary where the file has none: the beginning of the text,
// and of a members-only article only what stands before the mark.
func (d *Document) summarise() {
	if d.Summary != "" {
		return
	}
	root := d.body.root
	if d.body.free != nil {
		root = d.body.free.root
	} else if d.Access != magazine.Everyone {
		return
	}
	var b strings.Builder
	gather(root, &b)
	d.Summary = beginning(b.String())
}

// gather collects running text: no headings, tables, code, captions or notes.
func gather(n *html.Node, b *strings.Builder) {
	if n.Type == html.TextNode {
		b.WriteString(n.Data)
		return
	}
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Table, atom.Pre, atom.Figure, atom.Audio, atom.Video:
		return
	case atom.A:
		if attr(n, "class") == "footnote-ref" {
			return
		}
	case atom.Div:
		if attr(n, "class") == "footnotes" {
			return
		}
	case atom.P, atom.Li, atom.Br, atom.Blockquote, atom.Dd, atom.Dt:
		b.WriteByte(' ')
	}
	for c := n.FirstChild; c != nil && b.Len() < 8*longSummary; c = c.NextSibling {
		gather(c, b)
	}
}

// beginning cuts a text at the end of a sentence, or else of a word.
func beginning(text string) string {
	text = magazine.CleanText(text)
	if utf8.RuneCountInString(text) <= longSummary {
		return text
	}
	sentence, word, count := 0, 0, 0
	var last rune
	for at, c := range text {
		if count++; count > longSummary {
			break
		}
		if unicode.IsSpace(c) {
			word = at
			if count > shortSummary && strings.ContainsRune(".!?؟۔。”»", last) {
				sentence = at
			}
		}
		last = c
	}
	if sentence > 0 {
		return text[:sentence]
	}
	if word == 0 { // one endless word
		for word = longSummary; !utf8.RuneStart(text[word]); word-- {
		}
	}
	return strings.TrimRight(text[:word], " ,;:–—-") + "…"
}
