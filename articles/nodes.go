package articles

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

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
	words, within := 0, uint8(0)
	for i := 0; i < len(s); i++ {
		kind := byteKinds[s[i]]
		if kind == beyondASCII {
			c, size := utf8.DecodeRuneInString(s[i:])
			kind = runeKind(c)
			i += size - 1
		}
		words += int(kind & begins &^ within) // no branch, which would be guessed wrong twice a word
		within = within&(kind>>1) | kind&begins
	}
	return words
}

// What a character is to one who counts words: whether it begins one, and whether
// one goes on over it.
const (
	begins = 0b01
	goesOn = 0b10

	space       = 0
	other       = goesOn
	letter      = goesOn | begins // or digit
	beyondASCII = 0b100
)

func runeKind(c rune) uint8 {
	switch {
	case unicode.IsSpace(c):
		return space
	case unicode.IsLetter(c) || unicode.IsDigit(c):
		return letter
	}
	return other
}

var byteKinds = func() (kinds [256]uint8) {
	for c := range kinds {
		kinds[c] = beyondASCII
		if c < utf8.RuneSelf {
			kinds[c] = runeKind(rune(c))
		}
	}
	return kinds
}()
