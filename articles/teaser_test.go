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
		{"members with mark in a paragraph", "access: members", "*Before* <!-- more --> secret.", "Before", "<p><em>Before</em> </p>"},
		{"members with mark in a list", "access: members", "- one\n- two <!--more-->\n- secret", "one two", "<ul>\n<li>one</li>\n<li>two </li></ul>"},
		{"members with mark in HTML", "access: members", "<div><p>Before.</p><!--more--><p>Secret.</p></div>", "Before.", "<div><p>Before.</p></div>"},
		{"members with summary", "access: members\nsummary: Sum <b> & up.", "Secret.", "Sum <b> & up.", "<p>Sum &lt;b&gt; &amp; up.</p>"},
		{"members with both", "access: members\nsummary: Sum.", "Before.\n\n<!--more-->\n\nSecret.", "Sum.", "<p>Before.</p>"},
		{"members with neither", "access: members", "Secret.", "", ""},
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
