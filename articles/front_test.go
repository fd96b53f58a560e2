package articles

import (
	"strings"
	"testing"
)

// A problem names the line of its key, whatever stands before it.
func TestLinesOfKeys(t *testing.T) {
	for _, text := range []string{
		"---\ntitle: A\nsummary: >-\n  a b\n  c\n\n  d\ndate: soon\n---\nx\n",
		"---\ntitle: A\nsummary: |\n  a b\n\n\n  d\n\n# comment\n\ndate: soon\n---\nx\n",
		"---\ntitle: A\nsummary: \"a\n  b\n  c\"\ndate: soon\n---\nx\n",
		"---\ntitle: A\nsummary: a\n  b\n  c\ndate: soon\n---\nx\n",
		"---\ntitle: A\nx:\n  - a\n  - b:\n      c: 1\n  -\n    d: >\n      t\n\ndate: soon\n---\nx\n",
		"---\ntitle: A\nx: [a,\n  b,\n  c]\ndate: soon\n---\nx\n",
		"\n\n---\n# c\n\ntitle: A # e\n\n\ndate: soon # x\n...\nx\n",
		"---\ntitle: 'A\n\n  B'\r\ndate: soon\r\n---\nx\n",
		"---\ntitle: A\nauthor: ساعة\ndate: soon\n---\nx\n",
		"{\n  \"title\": \"A\\n\",\n  \"x\": [1,\n    {\"y\": null}],\n  \"date\": \"soon\"\n}\nx\n",
		"+++\ntitle = \"A\"\nx = [1,\n 2]\ndate = \"soon\"\n[image]\nsrc = \"a\"\n+++\nx\n",
	} {
		want := 1 + strings.Count(text[:strings.Index(text, "soon")], "\n")
		d, problems := newReader().Parse("a.md", []byte(text))
		found := false
		for _, p := range problems {
			found = found || p.Field == "date" && p.Line == want && p.Value == "soon" && !p.Warning
		}
		if d != nil || !found {
			t.Errorf("%q: no problem with date on line %d: %v", text, want, problems)
		}
	}
}

func TestSplitFront(t *testing.T) {
	for _, c := range []struct {
		text, fence, front, body string
		line                     int
		held                     bool
	}{
		{"---\na: b\n---\nx", "---", "a: b\n", "x", 4, false},
		{"---  \na: b\n---  \n\nx", "---", "a: b\n", "\nx", 4, false},
		{"---\na: b\n...\nx\n---\n", "---", "a: b\n", "x\n---\n", 4, false},
		{"---\n---", "---", "", "", 2, false},
		{"+++\na = 1\n+++\nx", "+++", "a = 1\n", "x", 4, false},
		{"+++\na = 1\n---\nx", "", "", "", 0, true},
		{"{\"a\": \"}\"}x", "{", "{\"a\": \"}\"}", "x", 1, false},
		{"{}\nx", "{", "{}", "\nx", 1, false},
		{"{{< figure >}}\nx", "", "", "{{< figure >}}\nx", 1, false},
		{"x\n---\na: b\n---\n", "", "", "x\n---\na: b\n---\n", 1, false},
		{"----\nx", "", "", "----\nx", 1, false},
		{"---", "", "", "", 0, true},
		{"{\"a\": 1", "", "", "", 0, true},
	} {
		rep := &report{}
		f, body, line := splitFront(c.text, rep)
		if f.fence != c.fence || f.text != c.front || body != c.body || line != c.line || rep.held != c.held {
			t.Errorf("%q: %+v, %q at line %d, held %v", c.text, f, body, line, rep.held)
		}
	}
}

// Eleventy names the language of front matter.
func TestFrontMatterThatNamesItsLanguage(t *testing.T) {
	for text, title := range map[string]string{
		"---json\n{\"title\": \"J\", \"date\": \"2024-05-17\"}\n---\nText.": "J",
		"---toml\ntitle = \"T\"\ndate = 2024-05-17\n---\nText.":             "T",
		"---yaml\ntitle: Y\ndate: 2024-05-17\n---\nText.":                   "Y",
	} {
		if d, problems := newReader().Parse("a.md", []byte(text)); d == nil || d.Title != title || len(problems) > 0 {
			t.Errorf("%q: %+v, %+v", text, d, problems)
		}
	}
	for _, text := range []string{"---js\nmodule.exports = {}\n---\nText.", "---json\n{\"title\": 1\n---\nText.", "---json\n{}\n"} {
		if d, problems := newReader().Parse("a.md", []byte(text)); d != nil || len(problems) == 0 {
			t.Errorf("%q: %+v", text, d)
		}
	}
}
