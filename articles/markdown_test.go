package articles

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"postrider/magazine"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares with a file below testdata/golden.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got:\n%s", file, got)
	}
}

var allowedElements = func() map[string]bool {
	m := map[string]bool{"img": true, "audio": true, "video": true, "source": true, "a": true}
	for _, e := range elements {
		m[e] = true
	}
	return m
}()

// checkHTML says what sanitised HTML must never have, however often it is read
// and printed again.
func checkHTML(t *testing.T, source string) {
	t.Helper()
	for range 2 {
		z := html.NewTokenizer(strings.NewReader(source))
		for z.Next() != html.ErrorToken {
			tok := z.Token()
			switch tok.Type {
			case html.CommentToken, html.DoctypeToken:
				t.Fatalf("a comment or doctype %q in %q", tok.Data, source)
			case html.TextToken:
				if magazine.CleanRunes(tok.Data) != tok.Data {
					t.Fatalf("control characters in %q", tok.Data)
				}
			case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
				checkElement(t, tok, source)
			}
		}
		nodes, err := html.ParseFragment(strings.NewReader(source), &html.Node{Type: html.ElementNode, DataAtom: atom.Div, Data: "div"})
		if err != nil {
			t.Fatalf("%v: %q", err, source)
		}
		var b strings.Builder
		for _, n := range nodes {
			html.Render(&b, n)
		}
		source = b.String()
	}
}

func checkElement(t *testing.T, tok html.Token, source string) {
	t.Helper()
	if !allowedElements[tok.Data] {
		t.Fatalf("element %s in %q", tok.Data, source)
	}
	for _, a := range tok.Attr {
		switch a.Key {
		case "href", "src", "poster", "cite":
			l, _ := parseLink(a.Val, "")
			web := l.kind == linkAbsolute && (isWeb(l.url) || a.Key == "href")
			if !web && !strings.HasPrefix(a.Val, "/") && !(a.Key == "href" && strings.HasPrefix(a.Val, "#")) {
				t.Fatalf("%s=%q in %q", a.Key, a.Val, source)
			}
			if strings.HasPrefix(a.Val, "//") {
				t.Fatalf("no scheme: %s=%q in %q", a.Key, a.Val, source)
			}
		case "srcset":
			for _, e := range parseSrcset(a.Val) {
				if l, _ := parseLink(e.address, ""); !strings.HasPrefix(e.address, "/") && l.kind != linkAbsolute {
					t.Fatalf("srcset %q in %q", a.Val, source)
				}
			}
		case "style", "target", "rel", "name", "srcdoc", "action", "formaction", "background", "data", "xlink:href":
			t.Fatalf("attribute %s in %q", a.Key, source)
		}
		if strings.HasPrefix(a.Key, "on") {
			t.Fatalf("handler %s in %q", a.Key, source)
		}
	}
}

func TestMarkdownGolden(t *testing.T) {
	text, err := os.ReadFile("testdata/tide-tables.md")
	if err != nil {
		t.Fatal(err)
	}
	d, problems := newReader().Parse("2024/06/tide-tables.md", text)
	if d == nil || len(problems) > 0 {
		t.Fatal(problems)
	}
	warnings := d.Rewrite(func(path string) (string, bool) {
		switch path {
		case "2024/06/staff.png", "static/images/harbour.jpg", "images/harbour-2.jpg":
			return "/media/0123abcd/" + filepath.Base(path), true
		case "2024/05/rope-walk.md", "rope-walk":
			return "/articles/rope-walk/", true
		}
		return "", false
	})
	for _, p := range warnings {
		if !p.Warning || p.Text == "" || p.Value == "" {
			t.Errorf("%+v", p)
		}
	}
	if len(warnings) != 3 {
		t.Errorf("%d warnings, want 3: %v", len(warnings), warnings)
	}
	checkHTML(t, d.HTML)
	checkHTML(t, d.Teaser)
	golden(t, "tide-tables.html", d.HTML+"\n")
	golden(t, "tide-tables-teaser.html", d.Teaser+"\n")
}

// attacks are bodies that try to bring something in that runs. What must not be
// found afterwards is anything of gone.
var attacks = []struct {
	body string
	gone []string
}{
	{`<script>alert(1)</script>after`, []string{"alert"}},
	{"text <script>alert(1)</script> after", []string{"alert"}},
	{`<img src=x onerror=alert(1)>`, []string{"onerror"}},
	{`<img src="javascript:alert(1)">`, []string{"javascript"}},
	{`<IMG SRC="jav&#x09;ascript:alert(1)">`, []string{"ascript"}},
	{`[a](javascript:alert(1)) [b](JaVaScRiPt:x) [c](data:text/html,x) [d](vbscript:x) [e](file:///etc/passwd)`, []string{"javascript", "JaVaScRiPt", "data:", "vbscript", "file:"}},
	{`[a](&#106;avascript:alert(1)) <a href="java&NewLine;script:alert(1)">b</a>`, []string{"script:"}},
	{`<a href=" javascript:alert(1)">a</a>`, []string{"javascript"}},
	{`<javascript:alert(1)>`, []string{"href"}},
	{`![a](data:image/svg+xml;base64,x) ![b](javascript:x)`, []string{"data:", "javascript:", "src="}},
	{`<iframe src="//a.example"></iframe><object data=x></object><embed src=x>`, []string{"iframe", "object", "embed"}},
	{`<form action=/x><input name=a><button>b</button><select><option>c</select><textarea>d</textarea></form>`, []string{"form", "input", "button", "select", "textarea"}},
	{`<p style="position:fixed" class="admin" onclick=x>a</p>`, []string{"style", "class", "onclick"}},
	{`<style>p{color:red}</style><link rel=stylesheet href=x><meta http-equiv=refresh content=0><base href=//a.example>`, []string{"color", "link", "meta", "base"}},
	{`<svg><a xlink:href="javascript:x"><text>a</text></a><script>b</script></svg>`, []string{"svg", "javascript", "script"}},
	{`<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">`, []string{"<img src=1", "math"}},
	{`<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>`, []string{"onerror=alert(1)>", "noscript>"}},
	{`<!--[if IE]><script>x</script><![endif]-->`, []string{"<!--", "script"}},
	{`<!-- a --!> <img src=x onerror=y> -->`, []string{"<!--", "onerror"}},
	{`<a href="https://a.example" target=_blank rel=opener ping=x>a</a>`, []string{"target", "rel", "ping"}},
	{`<img srcset="javascript:x 1x, data:y 2x, /a.png 3x">`, []string{"javascript", "data:"}},
	{`<video poster="javascript:x" src="data:y" autoplay></video>`, []string{"javascript", "data:", "autoplay"}},
	{`<blockquote cite="javascript:x">a</blockquote>`, []string{"javascript"}},
	{`<details ontoggle=x open>a</details>`, []string{"ontoggle"}},
	{"<template><img src=x onerror=y></template>", []string{"onerror"}},
	{`<plaintext>a<xmp>b<listing>`, []string{"<plaintext", "<xmp"}},
	{`<p id="x y" dir="sideways" lang="<">a</p>`, []string{"id=", "dir=", "lang="}},
	{`<a id="__proto__" name="constructor" href="#x">a</a>`, []string{`"__proto__"`, `"constructor"`}},
	{"[a]: javascript:alert(1)\n\n[a]", []string{"javascript"}},
	{"[^1]\n\n[^1]: <script>alert(1)</script>", []string{"alert"}},
	{"| a |\n|---|\n| <img src=x onerror=y> |", []string{"onerror"}},
	{"```\"><script>alert(1)</script>\nx\n```", []string{"<script"}},
}

func TestAttacks(t *testing.T) {
	r := newReader()
	for _, name := range []string{"a.md", "a.html"} {
		for _, a := range attacks {
			front := "---\ntitle: T\ndate: 2024-05-17\nsummary: S\n---\n"
			d, problems := r.Parse(name, []byte(front+a.body))
			if d == nil {
				t.Fatalf("%s: %q is held: %v", name, a.body, problems)
			}
			d.Rewrite(func(path string) (string, bool) { return "/media/x/" + path, true })
			checkHTML(t, d.HTML)
			if name != "a.md" && strings.HasPrefix(a.body, "[") || strings.HasPrefix(a.body, "!") || strings.HasPrefix(a.body, "```") {
				continue // Markdown's own syntax is text in HTML
			}
			for _, gone := range a.gone {
				if strings.Contains(d.HTML, gone) {
					t.Errorf("%s: %q\nbecame %q, with %s", name, a.body, d.HTML, gone)
				}
			}
		}
	}
}

// What an article may have comes through, also from HTML.
func TestKept(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`H<sub>2</sub>O x<sup>2</sup> <abbr title="as soon as possible">asap</abbr> <del>a</del><ins>b</ins>`,
			`<p>H<sub>2</sub>O x<sup>2</sup> <abbr title="as soon as possible">asap</abbr> <del>a</del><ins>b</ins></p>`},
		{`<p dir="rtl" lang="ar">مرحبا</p>`, `<p dir="rtl" lang="ar">مرحبا</p>`},
		{`<audio src="https://a.example/a.mp3"></audio>`, `<p><audio src="https://a.example/a.mp3" controls=""></audio></p>`},
		{`~~gone~~ "quotes" -- ...`, `<p><del>gone</del> &#34;quotes&#34; -- ...</p>`},
		{`see https://a.example/x?a=1&b=2.`, `<p>see <a href="https://a.example/x?a=1&amp;b=2">https://a.example/x?a=1&amp;b=2</a>.</p>`},
		{`[mail](mailto:a@b.example) [call](tel:+254-700) [top](//a.example/x)`, `<p><a href="mailto:a@b.example">mail</a> <a href="tel:+254-700">call</a> <a href="https://a.example/x">top</a></p>`},
		{`<figure><img src="https://a.example/a.png" alt="A" width="10"><figcaption>Cap</figcaption></figure>`,
			`<figure><img src="https://a.example/a.png" alt="A" width="10"/><figcaption>Cap</figcaption></figure>`},
		{`<a name="here"></a>text [there](#here)`, `<p><a id="t-here"></a>text <a href="#t-here">there</a></p>`},
		{`<b>never closed`, `<p><b>never closed</b></p>`},
		{`[up](/about/?x=1#y)`, `<p><a href="/about/?x=1#y">up</a></p>`},
		{`<https://a.example/x>`, `<p><a href="https://a.example/x">https://a.example/x</a></p>`},
	} {
		d, problems := newReader().Parse("a.md", []byte("---\ntitle: T\ndate: 2024-05-17\n---\n"+c.in+"\n"))
		if d == nil {
			t.Fatalf("%q is held: %v", c.in, problems)
		}
		if d.Rewrite(nowhere); d.HTML != c.want {
			t.Errorf("%q\ngot  %q\nwant %q", c.in, d.HTML, c.want)
		}
	}
}

// Without its limits goldmark would be at each of these for minutes, or the
// HTML parser would refuse them.
func TestPathologicalMarkdown(t *testing.T) {
	const n = 25000
	rows := func(head string, row string) string {
		return strings.Repeat("|a", 1000) + "\n" + strings.Repeat("|-", 1000) + "\n" + strings.Repeat("|b\n", n)
	}
	for name, body := range map[string]string{
		"quotations":   strings.Repeat("> ", n) + "word",
		"tight":        strings.Repeat(">", n) + "word",
		"lists":        strings.Repeat("- ", n) + "word",
		"numbers":      strings.Repeat("1. ", n) + "word",
		"mixed":        strings.Repeat("> - ", n) + "word",
		"many lines":   strings.Repeat(strings.Repeat(">", 2000)+"word\n", 30),
		"brackets":     strings.Repeat("[", n) + "word",
		"open links":   "word " + strings.Repeat("[a](", n),
		"open images":  "word " + strings.Repeat("![a](<b", n),
		"emphasis":     "word " + strings.Repeat("*a_ ", n),
		"deep em":      strings.Repeat("*a **a ", n) + "word" + strings.Repeat(" b** b*", n),
		"notes":        "[^1]: word\n\n" + strings.Repeat("a[^1]\n", n),
		"table":        "word\n\n" + rows("a", "b"),
		"definitions":  "word\n\n" + strings.Repeat("[r]: /x\n", n),
		"elements":     strings.Repeat("<div>", n) + "word",
		"inline":       "word " + strings.Repeat("<b><i>", n),
		"ends":         strings.Repeat("<div>", 1000) + strings.Repeat("</b>", n) + "word",
		"nested quote": strings.Repeat("> ", 2000) + strings.Repeat("[", 2000) + "word",
	} {
		t.Run(name, func(t *testing.T) {
			d, problems := newReader().Parse("a.md", []byte("---\ntitle: T\ndate: 2024-05-17\n---\n"+body+"\n"))
			if d == nil {
				t.Fatal(problems)
			}
			d.Rewrite(nowhere)
			if !strings.Contains(d.HTML, "word") {
				t.Errorf("the text is lost: %.200q", d.HTML)
			}
			for _, container := range []string{"<blockquote>", "<ul>", "<ol>", "<div>", "<b>", "<em>"} {
				if strings.Contains(d.HTML, strings.Repeat(container, maxDepth+1)) {
					t.Errorf("%s nests too deep", container)
				}
			}
			if n := strings.Count(d.HTML, "<blockquote>"); name != "many lines" && n > maxContainers {
				t.Errorf("%d quotations", n)
			}
			checkHTML(t, d.HTML)
		})
	}
}

func TestFlatten(t *testing.T) {
	in := strings.Repeat("<div>", 300) + "a<br>b &lt;" + strings.Repeat("</div>", 300) + "<p>c</i></p>"
	want := strings.Repeat("<div>", maxDepth) + "a<br>b &lt;" + strings.Repeat("</div>", maxDepth) + "<p>c</p>"
	if got := flatten(in); got != want {
		t.Errorf("got %q", got)
	}
}

func TestPlainTrees(t *testing.T) {
	m := newMarkdown()
	for source, want := range map[string]bool{
		"no markup, 1 < 2, a<b":             true,
		"1 < 2 <3 <":                        true,
		"H<sub>2</sub>O<br>":                true,
		"a <!--more--> b <!-- more -->":     true,
		"<https://a.example>":               true, // goldmark makes a link of it
		"<a@b.example>":                     true,
		"`<script>`":                        true,
		"<SUB>":                             false,
		"<sub class=x>":                     false,
		"<script>":                          false,
		"<!-- note -->":                     false,
		"<?php":                             false,
		"a <sub\nclass=x> b":                false,
		"<https://a.example onload=x>x</a>": false,
		"<div>\n<https:// onclick=x>":       false,
		"<div>\n<https://onclick=x>":        false,
		"<div>\n<http://a.example>":         false,
		"<p>\n\n<sub>a</sub>":               true,
		"a <b>b</b>":                        false, // it may be left open
	} {
		tree := m.parse([]byte(source))
		if got := plainTree(tree, []byte(source)); got != want {
			t.Errorf("%q: %v", source, got)
		}
	}
}

// Whatever stands in a file, no handler and no style comes out.
func TestNothingRunsInABody(t *testing.T) {
	for _, source := range []string{
		"<div>\n<https:// onpointerover=alert(1)>hover me</div>",
		"<div>\n<https://onclick=alert(1)>click me</div>",
		"<div>\n<http://a style=position:fixed>x</div>",
		"a <https:// onclick=alert(1)> b",
		"- <https://a.example>\n- <b onclick=alert(1)>x</b>",
	} {
		d, problems := newReader().Parse("a.md", []byte("---\ntitle: T\ndate: 2024-05-17\n---\n"+source+"\n"))
		if d == nil {
			t.Fatal(problems)
		}
		d.Rewrite(nowhere)
		checkHTML(t, d.HTML)
		tree, err := html.ParseFragment(strings.NewReader(d.HTML), &html.Node{Type: html.ElementNode, DataAtom: atom.Div, Data: "div"})
		if err != nil {
			t.Fatal(err)
		}
		for _, root := range tree {
			for n := range root.Descendants() {
				for _, a := range n.Attr {
					if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
						t.Errorf("%q becomes %q", source, d.HTML)
					}
				}
				if n.Type == html.ElementNode && n.DataAtom == 0 {
					t.Errorf("%q becomes %q, with an element %q", source, d.HTML, n.Data)
				}
			}
		}
	}
}

// A small file stays small, however its elements are left open.
func TestFormattingDoesNotRunAway(t *testing.T) {
	var open strings.Builder
	for i := range 450 {
		fmt.Fprintf(&open, "<b id=a%d>", i)
	}
	for name, source := range map[string]string{
		"a.md":   "<p>" + open.String() + "</p>" + strings.Repeat("<p>x", 60000),
		"b.html": "<title>T</title><body><p>" + open.String() + "</p>" + strings.Repeat("<p>x", 60000),
		// ends that the parser ignores
		"cell.md":   "<p>" + open.String() + "</p><table><tr><td>" + strings.Repeat("</b>", 450) + "</td></tr></table>" + strings.Repeat("<p>x", 60000),
		"table.md":  "<p>" + open.String() + "</p><table>" + strings.Repeat("</b>", 450) + "</table>" + strings.Repeat("<p>x", 60000),
		"select.md": "<p>" + open.String() + "</p><select>" + strings.Repeat("</b>", 450) + "</select>" + strings.Repeat("<p>x", 60000),
		"deep.md":   "<p>" + open.String() + "</p>" + strings.Repeat("<div>", 10) + strings.Repeat("</b>", 450) + strings.Repeat("</div>", 10) + strings.Repeat("<p>x", 60000),
		"c.html":    "<title>T</title><body><p>" + strings.Repeat("<b/><i><u><s><em><strong>", 100) + "</p>" + strings.Repeat("<p>x", 60000),
	} {
		d, problems := newReader().Parse(name, []byte("---\ntitle: T\ndate: 2024-05-17\n---\n"+source+"\n"))
		if d == nil {
			t.Fatal(problems)
		}
		d.Rewrite(nowhere)
		if len(d.HTML) > 8*len(source) {
			t.Errorf("%s: %d bytes became %d", name, len(source), len(d.HTML))
		}
		if d.Words < 60000 {
			t.Errorf("%s: %d words are left", name, d.Words)
		}
	}
	if whole := strings.Repeat("<p>a <b>b</b> <a href=x>c</a></p><ul><li><em>d</em></li></ul>", 5000) + "<b>" + strings.Repeat("<p>x</p>", 5000); runsAway(whole) {
		t.Error("ordinary formatting was taken for one that runs away")
	}
	if sloppy := strings.Repeat("<b><table><tr><td><b>a</b></td></tr></table></b><a href=x><div><p>c</div></a>", 5000); runsAway(sloppy) {
		t.Error("formatting around tables was taken for one that runs away")
	}
}
