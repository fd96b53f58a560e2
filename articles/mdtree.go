package articles

import (
	"bufio"
	"bytes"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extension "github.com/yuin/goldmark/extension/ast"
	md "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// treeOf makes of goldmark's tree the one that the HTML parser would make of
// what goldmark prints of it: printing and parsing cost more than all of
// goldmark. It is false where the text has what only the two can make sense of:
// HTML, tables, notes, and what nests deep.
func treeOf(document ast.Node, source []byte) (root *html.Node, ok bool) {
	root = newRoot()
	g := grafting{source: source, at: root}
	if !g.children(document) {
		return nil, false
	}
	g.flush()
	if last := root.LastChild; last != nil && last.Type == html.TextNode { // the end of the last line
		root.RemoveChild(last)
	}
	return root, true
}

// maxGraft is how deep elements may nest where no parser has a look at them.
const maxGraft = 100

// grafting is the making of one tree.
type grafting struct {
	source []byte
	at     *html.Node // what is being filled
	depth  int
	text   []byte      // at its end: neighbouring texts are one, as the parser has them
	blank  []html.Node // made some at a time: a text has a hundred
}

// add appends a node to the one that is being filled.
func (g *grafting) add(n html.Node) *html.Node {
	if len(g.blank) == 0 {
		g.blank = make([]html.Node, 16)
	}
	added := &g.blank[0]
	g.blank = g.blank[1:]
	*added = n
	g.at.AppendChild(added)
	return added
}

// open begins an element inside the present one.
func (g *grafting) open(name atom.Atom, attributes ...html.Attribute) {
	g.flush()
	g.at = g.add(html.Node{Type: html.ElementNode, DataAtom: name, Data: name.String(), Attr: attributes})
	g.depth++
}

func (g *grafting) close() {
	g.flush()
	g.at = g.at.Parent
	g.depth--
}

func (g *grafting) flush() {
	if len(g.text) == 0 {
		return
	}
	g.add(html.Node{Type: html.TextNode, Data: string(g.text)})
	g.text = g.text[:0]
}

func (g *grafting) children(parent ast.Node) bool {
	if g.depth > maxGraft {
		return false
	}
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if n.Attributes() != nil || !g.node(n) {
			return false
		}
	}
	return true
}

// wrap makes an element of a node and its children, and ends it with a text.
func (g *grafting) wrap(n ast.Node, name atom.Atom, end string, attributes ...html.Attribute) bool {
	g.open(name, attributes...)
	ok := g.children(n)
	g.close()
	g.text = append(g.text, end...)
	return ok
}

// node makes what goldmark's own renderer prints of a node.
func (g *grafting) node(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.Text:
		g.line(n)
	case *ast.Paragraph:
		return g.wrap(n, atom.P, "\n")
	case *ast.Emphasis:
		if n.Level == 2 {
			return g.wrap(n, atom.Strong, "")
		}
		return g.wrap(n, atom.Em, "")
	case *ast.Link:
		return !g.within(atom.A) && g.wrap(n, atom.A, "", g.linked("href", n.Destination, n.Title)...)
	case *ast.AutoLink:
		return g.autoLink(n)
	case *ast.Image:
		g.image(n)
	case *ast.CodeSpan:
		g.codeSpan(n)
	case *extension.Strikethrough:
		return g.wrap(n, atom.Del, "")
	case *ast.Heading:
		return g.wrap(n, headings[n.Level-1], "\n")
	case *ast.TextBlock:
		ok := g.children(n)
		if n.NextSibling() != nil && n.FirstChild() != nil {
			g.text = append(g.text, '\n')
		}
		return ok
	case *ast.ThematicBreak:
		g.open(atom.Hr)
		g.close()
		g.text = append(g.text, '\n')
	case *ast.CodeBlock:
		g.code(n)
	case *ast.FencedCodeBlock:
		language := n.Language(g.source)
		if language == nil {
			g.code(n)
		} else {
			g.code(n, html.Attribute{Key: "class", Val: "language-" + g.plain(language)})
		}
	case *ast.Blockquote, *ast.List, *ast.ListItem:
		return g.container(n)
	case *ast.LinkReferenceDefinition:
	default:
		return false
	}
	return true
}

var headings = []atom.Atom{atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6}

// container makes an element that begins on a line of its own.
func (g *grafting) container(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.List:
		switch {
		case !n.IsOrdered():
			g.open(atom.Ul)
		case n.Start == 1:
			g.open(atom.Ol)
		default:
			g.open(atom.Ol, html.Attribute{Key: "start", Val: strconv.Itoa(n.Start)})
		}
		g.text = append(g.text, '\n')
	case *ast.ListItem:
		g.open(atom.Li)
		if _, tight := n.FirstChild().(*ast.TextBlock); !tight && n.FirstChild() != nil {
			g.text = append(g.text, '\n')
		}
	default:
		g.open(atom.Blockquote)
		g.text = append(g.text, '\n')
	}
	ok := g.children(n)
	g.close()
	g.text = append(g.text, '\n')
	return ok
}

// line is a piece of text within a line, with the line's end where it is there.
func (g *grafting) line(n *ast.Text) {
	value := n.Segment.Value(g.source)
	if n.IsRaw() {
		g.text = append(g.text, value...)
		return
	}
	if bytes.IndexByte(value, '\\') < 0 && bytes.IndexByte(value, '&') < 0 {
		g.text = append(g.text, value...)
	} else {
		g.text = append(g.text, g.plain(value)...)
	}
	if n.HardLineBreak() {
		g.open(atom.Br)
		g.close()
	}
	if n.HardLineBreak() || n.SoftLineBreak() {
		g.text = append(g.text, '\n')
	}
}

// plain is a text without its escapes and references to characters, as
// goldmark reads them.
func (g *grafting) plain(source []byte) string {
	var out bytes.Buffer
	w := bufio.NewWriterSize(&out, len(source)+64)
	md.DefaultWriter.Write(w, source)
	w.Flush()
	text := html.UnescapeString(out.String())
	if strings.Contains(text, "\r") { // by reference: HTML knows no such character
		text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	}
	return text
}

// linked are the attributes of what leads to an address. One that may run
// something is left empty.
func (g *grafting) linked(key string, address, title []byte) []html.Attribute {
	address = util.URLEscape(address, true)
	if md.IsDangerousURL(address) {
		address = nil
	}
	list := []html.Attribute{{Key: key, Val: string(address)}}
	if title != nil {
		list = append(list, html.Attribute{Key: "title", Val: g.plain(title)})
	}
	return list
}

func (g *grafting) image(n *ast.Image) {
	list := g.linked("src", n.Destination, n.Title)
	alt := html.Attribute{Key: "alt", Val: g.words(n)}
	g.open(atom.Img, append(list[:1:1], append([]html.Attribute{alt}, list[1:]...)...)...)
	g.close()
}

// words are the text inside a node.
func (g *grafting) words(n ast.Node) string {
	inside := grafting{source: g.source, at: &html.Node{Type: html.ElementNode}}
	inside.texts(n)
	inside.flush()
	return textOf(inside.at)
}

func (g *grafting) texts(n ast.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			g.line(t)
		} else {
			g.texts(c)
		}
	}
}

// autoLink is an address that stands in the text. Links don't nest.
func (g *grafting) autoLink(n *ast.AutoLink) bool {
	if g.within(atom.A) {
		return false
	}
	address := util.URLEscape(n.URL(g.source), false)
	scheme := ""
	if n.AutoLinkType == ast.AutoLinkEmail && !bytes.HasPrefix(bytes.ToLower(address), []byte("mailto:")) {
		scheme = "mailto:"
	}
	if md.IsDangerousURL(address) {
		address = nil
	}
	g.open(atom.A, html.Attribute{Key: "href", Val: scheme + string(address)})
	g.text = append(g.text, n.Label(g.source)...)
	g.close()
	return true
}

func (g *grafting) within(name atom.Atom) bool {
	for n := g.at; n != nil; n = n.Parent {
		if n.DataAtom == name {
			return true
		}
	}
	return false
}

func (g *grafting) codeSpan(n *ast.CodeSpan) {
	g.open(atom.Code)
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		value := c.(*ast.Text).Segment.Value(g.source)
		g.text = append(g.text, value...)
		if last := len(g.text) - 1; bytes.HasSuffix(value, []byte("\n")) {
			g.text[last] = ' '
		}
	}
	g.close()
}

func (g *grafting) code(n ast.Node, attributes ...html.Attribute) {
	g.open(atom.Pre)
	g.open(atom.Code, attributes...)
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		g.text = append(g.text, line.Value(g.source)...)
	}
	g.close()
	g.close()
	g.text = append(g.text, '\n')
}
