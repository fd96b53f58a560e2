package articles

import (
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

// printChildren is the HTML inside an element.
func printChildren(n *html.Node) string {
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		html.Render(&b, c) // a strings.Builder does not fail
	}
	return strings.TrimSpace(b.String())
}

// textOf is the text inside a node.
func textOf(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func firstElement(n *html.Node) *html.Node {
	for c := range n.ChildNodes() {
		if c.Type == html.ElementNode {
			return c
		}
	}
	return nil
}

func findAttr(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

func attr(n *html.Node, key string) string {
	v, _ := findAttr(n, key)
	return v
}

func setAttr(n *html.Node, key, val string) {
	for i := range n.Attr {
		if n.Attr[i].Key == key {
			n.Attr[i].Val = val
			return
		}
	}
	n.Attr = append(n.Attr, html.Attribute{Key: key, Val: val})
}

func dropAttr(n *html.Node, key string) {
	for i, a := range n.Attr {
		if a.Key == key {
			n.Attr = append(n.Attr[:i:i], n.Attr[i+1:]...)
			return
		}
	}
}

// unwrap puts an element's children in its place.
func unwrap(n *html.Node) {
	for c := n.FirstChild; c != nil; c = n.FirstChild {
		n.RemoveChild(c)
		n.Parent.InsertBefore(c, n)
	}
	n.Parent.RemoveChild(n)
}

// countWords counts runs of characters between spaces that have a letter or
// digit.
func countWords(s string) int {
	words, within := 0, false
	for _, c := range s {
		switch {
		case c == ' ' || c == '\n' || c > 0x7f && unicode.IsSpace(c):
			within = false
		case !within && (c >= 'a' && c <= 'z' || unicode.IsLetter(c) || unicode.IsDigit(c)):
			within = true
			words++
		}
	}
	return words
}
