package articles

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestTeaser(t *testing.T) {
	long := strings.Repeat("Sea and sky. ", 40)
	for _, c := range []struct{ name, front, body, summary, teaser string }{
		{"members with mark", "access: members", "Before[^1].\n\n<!--more-->\n\nSecret.\n\n[^1]: Secret note.", "Before.", "<p>Before.</p>"},
		{"members with mark in a paragraph", "access: members", "*Before* <!-- more --> secret.", "Before", "<p><em>Before</em></p>"},
		{"members with mark in a list", "access: members", "- one\n- two <!--more-->\n- secret", "one two", "<ul>\n<li>one</li>\n<li>two</li></ul>"},
		{"members with mark in HTML", "access: members", "<div><p>Before.</p><!--more--><p>Secret.</p></div>", "Before.", "<div><p>Before.</p></div>"},
		{"members with summary", "access: members\nsummary: Sum <b> & up.", "Secret.", "Sum <b> & up.", "<p>Sum &lt;b&gt; &amp; up.</p>"},
		{"members with both", "access: members\nsummary: Sum.", "Before.\n\n<!--more-->\n\nSecret.", "Sum.", "<p>Before.</p>"},
		{"members with neither", "access: members", "Secret.", "", ""},
		{"members with mark beside a picture that is missing", "access: members", "Before.\n\n![](gone.jpg) <!--more-->\n\nSecret.", "Before.", "<p>Before.</p>"},
		{"members with mark in a figure that is missing", "access: members", "Before.\n\n<figure><img src=gone.jpg><!--more--></figure>\n\nSecret.", "Before.", "<p>Before.</p>"},
		{"members with mark in a table that never closes", "access: members", "Before.\n\n<table>\n<tr><td>x</td></tr>\n\n<!--more-->\n\nSecret.", "Before.", "<p>Before.</p>\n<table>\n<tbody><tr><td>x</td></tr></tbody></table>"},
		{"members with two marks", "access: members", "<table><tr><td>Before<!--more--></td></tr><p>Secret<!--more--></table>", "", "<table><tbody><tr><td>Before</td></tr></tbody></table>"},
		{"two notes in one sup", "", "Before<sup><a class=\"footnote-ref\" href=\"#n1\">1</a>, <a class=\"footnote-ref\" href=\"#n2\">2</a></sup>.\n\n<!--more-->\n\nRest", "Before, .", "<p>Before<sup>, </sup>.</p>"},
		{"members, mark first", "access: members", "<!--more-->\n\nSecret.", "", ""},
		{"open", "", "Text of it.", "Text of it.", "<p>Text of it.</p>"},
		{"open with mark", "", "Before.\n\n<!--more-->\n\nAfter.", "Before.", "<p>Before.</p>"},
		{"open and long", "", long, strings.TrimSpace(long[:16*13]), "<p>" + strings.TrimSpace(long[:16*13]) + "</p>"},
		{"no prose before", "", "## Head\n\n| a |\n|---|\n| b |\n\n```\ncode\n```\n\nProse.", "Prose.", "<p>Prose.</p>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, problems := newReader().Parse("a.md", []byte("---\ntitle: T\ndate: 2024-05-17\n"+c.front+"\n---\n"+c.body+"\n"))
			if d == nil {
				t.Fatal(problems)
			}
			if d.Rewrite(nowhere); d.Summary != c.summary || d.Teaser != c.teaser {
				t.Errorf("summary %q, want %q\nteaser %q, want %q", d.Summary, c.summary, d.Teaser, c.teaser)
			}
			if strings.Contains(d.HTML, "more--") || c.front == "access: members" && strings.Contains(strings.ToLower(d.Teaser+d.Summary), "secret") {
				t.Errorf("HTML %q, teaser %q", d.HTML, d.Teaser)
			}
			if c.name != "no prose before" && !strings.Contains(d.HTML, "ecret") && strings.Contains(c.body, "ecret") {
				t.Errorf("the rest is lost: %q", d.HTML)
			}
			checkHTML(t, d.Teaser)
		})
	}
}

func TestBeginning(t *testing.T) {
	if got := beginning(strings.Repeat("é", 400)); utf8.RuneCountInString(got) > longSummary+1 || !utf8.ValidString(got) {
		t.Errorf("%q", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("ab é. ؟,x\n"))).Draw(t, "text")
		got := beginning(text)
		if utf8.RuneCountInString(got) > longSummary+1 {
			t.Fatalf("%d characters: %q", utf8.RuneCountInString(got), got)
		}
		whole := strings.Join(strings.Fields(text), " ")
		if !strings.HasPrefix(whole, strings.TrimSuffix(got, "…")) {
			t.Fatalf("%q does not begin %q", got, whole)
		}
	})
}

// Whatever stands in a members-only article, nothing that follows the first
// mark is in what everybody sees.
func TestNothingBehindTheMarkIsFree(t *testing.T) {
	bits := []string{"<table>", "</table>", "<tr><td>", "</td></tr>", "<p>", "</p>", "<b>", "</b>", "<ul><li>", "</ul>", "<select>", "<svg>", "<textarea>", "<style>", "<template>", "<!--", "-->", "\n\n", "- ", "> ", "| a |\n|---|\n| ", "![](gone.jpg)", "<figure><img src=gone.jpg>", "</figure>",
		"[^1]", "<a href=x>", "</a>", "<details><summary>", "# ", "&lt;", "text ", "<caption>", "<h2>", "</h2>", "<sup><a class=footnote-ref href=#n>1</a></sup>"}
	secrets := []string{"SECRET", "<p>SECRET</p>", "\n\nSECRET\n\n", "<td>SECRET</td>", "<!--more-->SECRET", "[^1]: SECRET\n", "</table>SECRET", "<img src=gone.jpg alt=SECRET>"}
	rapid.Check(t, func(t *rapid.T) {
		before := strings.Join(rapid.SliceOfN(rapid.SampledFrom(bits), 0, 8).Draw(t, "before"), "")
		after := strings.Join(rapid.SliceOfN(rapid.SampledFrom(append(secrets, bits...)), 1, 8).Draw(t, "after"), "")
		name := rapid.SampledFrom([]string{"a.md", "a.html"}).Draw(t, "name")
		d, _ := newReader().Parse(name, []byte("---\ntitle: T\ndate: 2024-05-17\naccess: members\n---\n"+before+"<!--more-->"+after+"\n"))
		if d == nil {
			return
		}
		d.Rewrite(nowhere)
		if strings.Contains(d.Teaser+d.Summary, "SECRET") {
			t.Fatalf("%q%s%q: teaser %q, summary %q", before, "<!--more-->", after, d.Teaser, d.Summary)
		}
	})
}
