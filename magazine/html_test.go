package magazine

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestAbsoluteHTML(t *testing.T) {
	const base = "https://harbour.example/mag"
	for in, want := range map[string]string{
		`<a href="/">home</a>`:              `<a href="https://harbour.example/mag/">home</a>`,
		`<a href="/articles/tide/#n">x</a>`: `<a href="https://harbour.example/mag/articles/tide/#n">x</a>`,
		`<a href="//other.example/">x</a>`:  `<a href="//other.example/">x</a>`,
		`<a href="#n">x</a>`:                `<a href="#n">x</a>`,
		`<p>he wrote href=&#34;/x&#34;</p>`: `<p>he wrote href=&#34;/x&#34;</p>`,
		`<img srcset="/media/a.png 1x, /media/b.png 2x, https://o.example/c.png 3x" src="/media/a.png"/>`: `<img srcset="https://harbour.example/mag/media/a.png 1x, https://harbour.example/mag/media/b.png 2x, https://o.example/c.png 3x" src="https://harbour.example/mag/media/a.png"/>`,
		`<video poster="/p.png"></video><blockquote cite="/c"></blockquote>`:                              `<video poster="https://harbour.example/mag/p.png"></video><blockquote cite="https://harbour.example/mag/c"></blockquote>`,
		`<p data-x="/y">z</p>`: `<p data-x="/y">z</p>`,
	} {
		if got := AbsoluteHTML(in, base); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}

func FuzzAbsoluteHTML(f *testing.F) {
	f.Add(`<a href="/x">t</a> " href="/y"`)
	f.Add(`<img srcset="/a 1x, /b 2x">`)
	f.Fuzz(func(t *testing.T, in string) {
		nodes, err := html.ParseFragment(strings.NewReader(in), nil)
		if err != nil {
			t.Skip()
		}
		var b strings.Builder
		for _, n := range nodes {
			if err := html.Render(&b, n); err != nil {
				t.Skip()
			}
		}
		text := func(s string) string { // what a reader sees is the same
			root, err := html.Parse(strings.NewReader(s))
			if err != nil {
				t.Skip()
			}
			var out strings.Builder
			for n := range root.Descendants() {
				if n.Type == html.TextNode {
					out.WriteString(n.Data)
				}
			}
			return out.String()
		}
		if was, is := text(b.String()), text(AbsoluteHTML(b.String(), "https://h.example")); was != is {
			t.Errorf("text changed from %q to %q", was, is)
		}
	})
}
