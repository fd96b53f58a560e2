package articles

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"pgregory.net/rapid"
)

// TestPrint: what is printed is what html.Render prints, but for plaintext, which has no
// end and which no body has.
func TestPrint(t *testing.T) {
	names := []string{"p", "em", "a", "pre", "br", "img", "hr", "wbr", "table", "tr", "td", "svg", "math", "mtext", "mglyph", "style", "script", "noscript",
		"textarea", "listing", "xmp", "iframe", "template", "source", "picture", "x-own", "title", "foreignobject", "desc", "input", "col"}
	piece := rapid.Custom(func(t *rapid.T) string {
		text := rapid.StringOf(rapid.RuneFrom([]rune("ab é&<>\"'\r\n\t\x00-!/="))).Draw(t, "text")
		name := rapid.SampledFrom(names).Draw(t, "name")
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			return text
		case 1:
			return "</" + name + ">"
		case 2:
			return "<!--" + text + "-->"
		case 3:
			return fmt.Sprintf("<%s href=%q xlink:href='%s' %s>", name, text, html.EscapeString(text), rapid.SampledFrom([]string{"", "hidden", "a=&amp;lt;", "/"}).Draw(t, "more"))
		}
		return "<" + name + ">"
	})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), "")
		nodes, err := html.ParseFragment(strings.NewReader(text), &html.Node{Type: html.ElementNode, DataAtom: atom.Body, Data: "body"})
		if err != nil {
			t.Fatal(err)
		}
		root := &html.Node{Type: html.ElementNode, DataAtom: atom.Div, Data: "div"}
		var want strings.Builder
		for _, n := range nodes {
			root.AppendChild(n)
		}
		for n := range root.ChildNodes() {
			if html.Render(&want, n) != nil {
				return // it has no words for a void element of SVG with something in it
			}
		}
		if got := printChildren(root, 0); got != strings.TrimSpace(want.String()) {
			t.Fatalf("%q\n became %q\nwant        %q", text, got, want.String())
		}
	})
}
