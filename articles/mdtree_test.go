package articles

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
	"pgregory.net/rapid"
)

// sameTree says that the short way from Markdown to a tree and the long one, by
// printing and parsing, lead to the same.
func sameTree(t *testing.T, m *markdown, source string) (short bool) {
	t.Helper()
	raw := []byte(repair(decode([]byte(source), &report{}), 1, &report{}))
	document := m.parse(raw)
	printed, err := m.print(document, raw)
	if err != nil {
		t.Fatal(err)
	}
	if all, err := m.print(m.goldmark.Parser().Parse(text.NewReader(raw)), raw); err != nil || lineEnd.ReplaceAllString(all, "$1") != lineEnd.ReplaceAllString(printed, "$1") {
		t.Fatalf("%q\ngives %q\nwant  %q, where bare links may begin everywhere; %v", source, printed, all, err)
	}
	root, ok := treeOf(document, raw)
	if !ok || brokenAlt(document) {
		return false
	}
	one, other := &report{}, &report{}
	got, want := bodyOf(root, "2024", one), parseBody(printed, "2024", other)
	if g, w := got.print(), want.print(); g != w {
		t.Fatalf("%q\ngives %q\nwant  %q", source, g, w)
	}
	a, b := Document{body: got}, Document{body: want}
	if got.words != want.words || len(got.refs) != len(want.refs) || len(got.headings) != len(want.headings) || len(got.inside) != len(want.inside) || a.textHash() != b.textHash() {
		t.Fatalf("%q: %+v, want %+v", source, got, want)
	}
	if len(one.problems) != len(other.problems) {
		t.Fatalf("%q: problems %v, want %v", source, one.problems, other.problems)
	}
	return true
}

// lineEnd is a line's or a block's: goldmark leaves some of the spaces before it,
// where it has looked for a bare link at each of them.
var lineEnd = regexp.MustCompile(` +(<br>\n|\n|</)`)

// brokenAlt tells of a picture whose description has a hard end of a line:
// goldmark prints an element into the attribute there.
func brokenAlt(document ast.Node) (found bool) {
	ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && t.HardLineBreak() {
			for up := n.Parent(); up != nil; up = up.Parent() {
				found = found || up.Kind() == ast.KindImage
			}
		}
		return ast.WalkContinue, nil
	})
	return found
}

var plainMarkdown = []string{
	"", "word", "# One\n\ntext\n\n## Two ##\n\nSetext\n===\n",
	"*a* **b** ***c*** ~~d~~ `e` ``f ` g``", "a  \nb\\\nc\nd",
	"- a\n- b\n\n  c\n- d\n    - e\n    - f\n", "3. a\n4. b\n\n1) c\n", "> a\n> b\n>\n> - c\n>   > d\n",
	"    code <b> & c\n\n```go title=x\na := 1 < 2 && b\n\n\tc\n```\n\n~~~\n\n~~~\n", "---\n\n***\n",
	"[a](/b \"t & \\\"u\\\"\") [c](<d e> 'f') [g]: h\n\n[g]: https://h.example/?a=1&b=2 \"i\"\n[g]",
	"![a *b* [c](d)](/e.png \"f\") ![](g.png)", "![a\nb](c.png)",
	"<https://a.example/?b=1&c=2> <d@e.example> https://f.example/g_h_i. www.j.example k@l.example",
	"a &amp; b &lt; &copy; &#13; &#x41; &nosuch; &#0; \\* \\& \\<", "[a](javascript:b) ![c](data:text/html,d) <javascript:e>",
	"*https://a.example* (http://b.example) _ftp://c.example_ ~www.d.example~ e@f.example@g.example h.i+j@k.example, l@m www.n.example@o.example\n\thttp://p.example\n- q.r@s.example",
	strings.Repeat("a", 63) + "@b.example " + strings.Repeat("c", 64) + "@d.example " + strings.Repeat("e", 65) + "@f.example ttps://g.example https:/h.example xhttps://i.example",
	"[a&amp;b](/c?d=e&amp;f=&copy=1)", "[a <https://b.example> c](/d)", "[a https://b.example c](/d)", "[![a](b.png)](c)",
	"a&#13;&#10;b \\\nc", "line\n\n\u00a0\n\ntext\u00a0", "1986\\. A great year", "# \n\n#\n", "* \n\n* a", "`a\nb`", "`` ` ``",
	"*a **b *c **d** e* f** g*", "***a** b*", "_a_b_ __c__d", "- [ ] a\n- [x] b", "\ta\n\n \tb", "a\n    b",
	nested(40),
}

func nested(n int) string {
	return strings.Repeat("*a **a ", n) + "word" + strings.Repeat(" b** b*", n)
}

func TestTreeOfMarkdown(t *testing.T) {
	m := newMarkdown()
	for _, source := range plainMarkdown {
		sameTree(t, m, source)
	}
	for _, source := range []string{"a *b* [c](/d) `e`\n\n> f\n\n- g\n\n```\nh\n```\n\n# i\n\n![j](k.png) https://l.example", "a&amp;b\\*c  \nd"} {
		if !sameTree(t, m, source) {
			t.Errorf("%q went the long way", source)
		}
	}
	for _, source := range []string{"a <b>c</b>", "<div>\na\n</div>", "a <!--more--> b", "|a|\n|-|\n|b|", "a[^1]\n\n[^1]: b", nested(60)} {
		if _, ok := treeOf(m.parse([]byte(source)), []byte(source)); ok {
			t.Errorf("%q went the short way", source)
		}
	}
	files, err := filepath.Glob("../sample/2024/*/*.md")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sameTree(t, m, string(source))
	}
}

// What looks like a link, with all that may keep it from being one, beside bare
// links and without.
func TestTreeOfLinks(t *testing.T) {
	m := newMarkdown()
	pieces := []string{"[", "]", "](", "](https://a.example)", "[b](https://c.example/?d=e@f.example)", "[b](mailto:e@f.example)", ")", "(", "https://g.example", "www.", "h@i.example", "a", " ", "\n", "\n\n",
		"`", "```\n", "\\", "!", "|", "\n|-|-|\n", "^1", "[^1]", "\n\n[^1]: j", "[b]: https://k.example", "<", ">", "<b>", "<!--", "-->", "<https://l.example>", "*", "_", "~~", "- ", "> ", "    ", "# ", "&amp;", "\"", "'"}
	few(t)
	rapid.Check(t, func(rt *rapid.T) {
		source := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 14).Draw(rt, "pieces"), "")
		sameTree(t, m, source)
	})
	for _, source := range []string{"", "a b", "[a](https://b.example) c ![d *e*](/f@g.png)", "`[a](https://b.example)`"} {
		if starts := findBareStarts([]byte(source)); len(starts.spans) > 0 {
			t.Errorf("%q: bare links may begin at %v", source, starts.spans)
		}
	}
}

func FuzzTree(f *testing.F) {
	for _, source := range plainMarkdown {
		f.Add(source)
	}
	m := newMarkdown()
	f.Fuzz(func(t *testing.T, source string) { sameTree(t, m, source) })
}
