package articles

import (
	"strings"

	"golang.org/x/net/html"
)

// printChildren is the HTML inside an element with so many bytes of text, as far
// as that is known.
func printChildren(n *html.Node, text int) string {
	var b strings.Builder
	b.Grow(text + text/4)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		printNode(&b, c)
	}
	return strings.TrimSpace(b.String())
}

// printNode writes a node as html.Render does, to which it leaves all that a body
// seldom has: that looks through each text for one character after another, and took
// a twentieth of the time in which a magazine is read.
func printNode(b *strings.Builder, n *html.Node) {
	switch {
	case n.Type == html.TextNode:
		printText(b, n.Data)
	case n.Type == html.ElementNode && n.Namespace == "" && !unusual(n.Data):
		printElement(b, n)
	default:
		html.Render(b, n) // a strings.Builder does not fail
	}
}

// unusual tells of the elements whose text is not escaped, or whose first line may be
// left out.
func unusual(element string) bool {
	switch element {
	case "iframe", "noembed", "noframes", "noscript", "plaintext", "script", "style", "xmp", "pre", "listing", "textarea":
		return true
	}
	return false
}

// void tells of the elements that have neither content nor end tag (HTML, 13.1.2).
func void(element string) bool {
	switch element {
	case "area", "base", "br", "col", "embed", "hr", "img", "input", "keygen", "link", "meta", "param", "source", "track", "wbr":
		return true
	}
	return false
}

func printElement(b *strings.Builder, n *html.Node) {
	b.WriteByte('<')
	b.WriteString(n.Data)
	for _, a := range n.Attr {
		b.WriteByte(' ')
		if a.Namespace != "" {
			b.WriteString(a.Namespace)
			b.WriteByte(':')
		}
		b.WriteString(a.Key)
		b.WriteString(`="`)
		printText(b, a.Val)
		b.WriteByte('"')
	}
	if void(n.Data) {
		b.WriteString("/>")
		return
	}
	b.WriteByte('>')
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		printNode(b, c)
	}
	b.WriteString("</")
	b.WriteString(n.Data)
	b.WriteByte('>')
}

// escapes are what stands for a byte in a text and in the value of an attribute.
var escapes = [256]string{'&': "&amp;", '\'': "&#39;", '<': "&lt;", '>': "&gt;", '"': "&#34;", '\r': "&#13;"}

func printText(b *strings.Builder, s string) {
	from := 0
	for i := 0; i < len(s); i++ {
		if escape := escapes[s[i]]; escape != "" {
			b.WriteString(s[from:i])
			b.WriteString(escape)
			from = i + 1
		}
	}
	b.WriteString(s[from:])
}
