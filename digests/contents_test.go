package digests

import (
	"fmt"
	"strings"
	"testing"
)

func TestParagraphsOfHTML(t *testing.T) {
	for html, want := range map[string]string{
		"": "", "plain": "plain",
		"<p>One <em>and</em> two.</p>\n<p>Three</p>":                    "One and two. | Three",
		`<p>See <a href="https://h.example/a">the tide</a>, or not</p>`: "See the tide (https://h.example/a), or not",
		`<ul><li>a</li><li>b &amp; c</li></ul>`:                         "a | b & c",
		`<p><a href="javascript:x">x</a><img src="/a.png">`:             "x",
		`<p>a<br>b`: "a | b", "<p>": "", "<a href=": "",
	} {
		var got []string
		for _, p := range paragraphsOf(html) {
			got = append(got, p.String())
		}
		if strings.Join(got, " | ") != want {
			t.Errorf("%s: %q, want %q", html, got, want)
		}
	}
}

func FuzzParagraphsOf(f *testing.F) {
	f.Add(`<p>See <a href="https://h.example/a">the tide</a></p>`)
	f.Fuzz(func(t *testing.T, html string) {
		for _, p := range paragraphsOf(html) {
			for _, one := range p {
				if one.URL != "" && !strings.HasPrefix(one.URL, "http") || strings.ContainsAny(one.Text, "\n\x00\u202e") {
					t.Errorf("%q: %s", html, fmt.Sprintf("%q", p))
				}
			}
		}
	})
}
