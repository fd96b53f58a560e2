package articles

import (
	"bytes"
	"io"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown makes bodies of Markdown: CommonMark with tables, footnotes,
// strikethrough and bare links.
type markdown struct {
	goldmark goldmark.Markdown
	linked   parser.Parser // the same for texts in which no bare link may begin
	policy   *bluemonday.Policy
}

// Limits under which goldmark stays linear. Nested containers, brackets and
// emphasis that never close, and tables of many columns take it quadratic time;
// beyond a limit the marks are text.
const (
	maxContainers = 60     // nested quotations and lists
	maxBrackets   = 2000   // in one block
	maxEmphasis   = 5000   // marks in one block
	maxNotes      = 3000   // references to footnotes in one file
	maxCells      = 200000 // in one table
	maxDefined    = 5000   // lines of one paragraph that may be link definitions
)

// The keys under which the limits count in a text. Making one isn't safe beside
// another goroutine's, so they are made once.
var (
	notesKey    = parser.NewContextKey()
	bracketsKey = parser.NewContextKey()
	marksKeys   = []parser.ContextKey{parser.NewContextKey(), parser.NewContextKey()} // of emphasis and strikethrough
)

func newMarkdown() *markdown {
	r := renderer.NewRenderer(renderer.WithNodeRenderers(
		util.Prioritized(rawHTML{}, 100),
		util.Prioritized(extension.NewTableHTMLRenderer(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)), 500),
		util.Prioritized(extension.NewStrikethroughHTMLRenderer(), 500),
		util.Prioritized(extension.NewFootnoteHTMLRenderer(), 500),
		util.Prioritized(html.NewRenderer(), 1000)))
	full := newParser(util.Prioritized(bareLinks{extension.NewLinkifyParser()}, 999))
	return &markdown{goldmark.New(goldmark.WithParser(full), goldmark.WithRenderer(r)), newParser(), newPolicy()}
}

// newParser makes a parser that has more than the usual ones within lines.
func newParser(more ...util.PrioritizedValue) parser.Parser {
	blocks := parser.DefaultBlockParsers()
	for i, b := range blocks {
		switch b.Priority {
		case 300, 800: // lists, quotations
			blocks[i].Value = shallow{b.Value.(parser.BlockParser)}
		}
	}
	blocks = append(blocks, util.Prioritized(extension.NewFootnoteBlockParser(), 999))
	inline := append(append(parser.DefaultInlineParsers(), more...),
		util.Prioritized(extension.NewStrikethroughParser(), 500),
		util.Prioritized(limit(extension.NewFootnoteParser(), maxNotes, true, notesKey), 101))
	marks := 0
	for i, p := range inline {
		switch p.Priority {
		case 200: // links and images
			inline[i].Value = limit(p.Value.(parser.InlineParser), maxBrackets, false, bracketsKey)
		case 500: // emphasis, strikethrough
			inline[i].Value = limit(p.Value.(parser.InlineParser), maxEmphasis, false, marksKeys[marks])
			marks++
		}
	}
	return parser.NewParser(
		parser.WithBlockParsers(blocks...),
		parser.WithInlineParsers(inline...),
		parser.WithParagraphTransformers(
			util.Prioritized(shortParagraphs{parser.LinkReferenceParagraphTransformer}, 100),
			util.Prioritized(smallTables{extension.NewTableParagraphTransformer()}, 200)),
		parser.WithASTTransformers(
			util.Prioritized(extension.NewTableASTTransformer(), 0),
			util.Prioritized(extension.NewFootnoteASTTransformer(), 999)),
	)
}

// body reads Markdown. What goldmark makes of Markdown without HTML is safe and
// within the policy, by construction: it escapes text and leaves dangerous
// links out. So the policy, which costs as much as goldmark, is asked only
// where the text has HTML beyond elements without attributes.
func (m *markdown) body(source, dir string, rep *report) *body {
	raw := []byte(source)
	tree := m.parse(raw)
	if root, ok := treeOf(tree, raw); ok {
		return bodyOf(root, dir, rep)
	}
	printed, err := m.print(tree, raw)
	if err != nil { // a bytes.Buffer does not fail
		rep.hold(0, "", "", "the Markdown cannot be read: "+err.Error(), "write it more simply")
		return &body{}
	}
	if plainTree(tree, raw) {
		return newBody(printed, dir, rep)
	}
	return m.html(printed, dir, rep)
}

// parse makes goldmark's tree. Whoever looks for bare links at every word takes a
// fifth of the time for it, though most texts have none.
func (m *markdown) parse(source []byte) ast.Node {
	starts := findBareStarts(source)
	if len(starts.spans) == 0 {
		return m.linked.Parse(text.NewReader(source))
	}
	pc := parser.NewContext()
	pc.Set(bareKey, starts)
	return m.goldmark.Parser().Parse(text.NewReader(source), parser.WithContext(pc))
}

func (m *markdown) print(tree ast.Node, source []byte) (string, error) {
	var out bytes.Buffer
	out.Grow(len(source) + len(source)/4)
	err := m.goldmark.Renderer().Render(&out, source, tree)
	return out.String(), err
}

// plainTree tells that rawHTML prints nothing but plainHTML of a text.
func plainTree(tree ast.Node, source []byte) bool {
	plain := true
	ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		var raw bytes.Buffer
		switch n := n.(type) {
		case *ast.HTMLBlock:
			writeBlock(&raw, source, n)
		case *ast.RawHTML:
			writeSegments(&raw, source, n.Segments)
		default:
			return ast.WalkContinue, nil
		}
		if plain = plainHTML(raw.String()); !plain {
			return ast.WalkStop, nil
		}
		return ast.WalkContinue, nil
	})
	return plain
}

// html reads HTML.
func (m *markdown) html(source, dir string, rep *report) *body {
	source = m.policy.Sanitize(source)
	if runsAway(source) {
		source = dropFormatting(source)
		rep.warn(0, "", "", "there are so many elements that never close, such as b and i, that the text would grow beyond measure; they were left out", "close each element where it ends")
	}
	return newBody(source, dir, rep)
}

// plainHTML tells that no HTML stands in the text but elements of the policy
// without attributes, and the mark for the end of the teaser. Formatting
// elements are not plain: they may be left open.
func plainHTML(source string) bool {
	for rest := source; ; {
		at := strings.IndexByte(rest, '<')
		if at < 0 {
			return true
		}
		rest = rest[at+1:]
		if rest == "" || !opensMarkup(rest[0]) {
			continue
		}
		end := strings.IndexByte(rest[:min(len(rest), 40)], '>')
		if end < 0 {
			return false
		}
		inside := rest[:end]
		if name := strings.TrimPrefix(inside, "/"); (!plainElement[name] || formatting[name]) && !mark.MatchString("<"+inside+">") {
			return false
		}
	}
}

func opensMarkup(c byte) bool {
	return c == '/' || c == '!' || c == '?' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// rawHTML prints the HTML in Markdown as it is; goldmark's own renderer does so
// only in a mode that lets dangerous links through as well.
type rawHTML struct{}

func (rawHTML) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindHTMLBlock, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			writeBlock(w, source, n.(*ast.HTMLBlock))
		}
		return ast.WalkContinue, nil
	})
	r.Register(ast.KindRawHTML, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			writeSegments(w, source, n.(*ast.RawHTML).Segments)
		}
		return ast.WalkSkipChildren, nil
	})
}

func writeBlock(w io.Writer, source []byte, n *ast.HTMLBlock) {
	writeSegments(w, source, n.Lines())
	if n.HasClosure() {
		w.Write(n.ClosureLine.Value(source))
	}
}

func writeSegments(w io.Writer, source []byte, segments *text.Segments) {
	for i := range segments.Len() {
		s := segments.At(i)
		w.Write(s.Value(source))
	}
}

// shallow opens no container inside too many others.
type shallow struct{ parser.BlockParser }

func (s shallow) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	depth := 0
	for n := parent; n != nil; n = n.Parent() {
		if depth++; depth > maxContainers {
			return nil, parser.NoChildren
		}
	}
	return s.BlockParser.Open(parent, reader, pc)
}

// limited is an inline parser that gives up after so many marks in a block, or
// in the whole text.
type limited struct {
	parser.InlineParser
	most  int
	whole bool
	key   parser.ContextKey
}

func limit(p parser.InlineParser, most int, whole bool, key parser.ContextKey) parser.InlineParser {
	return limited{p, most, whole, key}
}

// spent counts the marks of one block.
type spent struct {
	block ast.Node
	marks int
}

func (l limited) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	s, _ := pc.Get(l.key).(*spent)
	if s == nil {
		s = &spent{}
		pc.Set(l.key, s)
	}
	if s.block != parent && !l.whole {
		s.block, s.marks = parent, 0
	}
	if s.marks++; s.marks > l.most {
		return nil
	}
	return l.InlineParser.Parse(parent, block, pc)
}

func (l limited) CloseBlock(parent ast.Node, block text.Reader, pc parser.Context) {
	if c, ok := l.InlineParser.(parser.CloseBlocker); ok {
		c.CloseBlock(parent, block, pc)
	}
}

// shortParagraphs looks for link definitions in paragraphs of ordinary length.
type shortParagraphs struct{ parser.ParagraphTransformer }

func (s shortParagraphs) Transform(n *ast.Paragraph, reader text.Reader, pc parser.Context) {
	if n.Lines().Len() <= maxDefined {
		s.ParagraphTransformer.Transform(n, reader, pc)
	}
}

// smallTables makes tables of a bounded number of cells: rows that name fewer
// cells than the head are filled up.
type smallTables struct{ parser.ParagraphTransformer }

func (s smallTables) Transform(n *ast.Paragraph, reader text.Reader, pc parser.Context) {
	columns := 0
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		columns = max(columns, bytes.Count(line.Value(reader.Source()), []byte("|")))
	}
	if columns*n.Lines().Len() <= maxCells {
		s.ParagraphTransformer.Transform(n, reader, pc)
	}
}
