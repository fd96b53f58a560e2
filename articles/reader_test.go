package articles

import (
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"postrider/hijri"
	"postrider/magazine"
)

// nairobi is three hours ahead of UTC all year.
var nairobi = time.FixedZone("Africa/Nairobi", 3*3600)

func newReader(corrections ...hijri.Correction) *Reader {
	calendar, err := hijri.NewReckoning(hijri.Civil, corrections...)
	if err != nil {
		panic(err) // a slip in the test
	}
	return New(Options{
		Publication: &magazine.Publication{
			Title: "Harbour & Horizon", Tagline: "For People Who Live by the Water", URL: "https://harbour.example", Language: "en", Zone: nairobi,
		},
		Calendar: calendar,
	})
}

// good is an article with nothing to complain of.
const good = `---
title: "The Rope Walk: Notes from the Quay"
slug: rope-walk
authors:
  - Salma Oduya
  - Noor El-Amrani
section: Science & Craft
kicker: From the sheds
issue: v012-n09
volume: 12
number: 9
date: 2024-09-05T08:30:00+03:00
tags: ["rope", "harbours & quays"]
language: en
summary: >-
  A rope is walked, not wound.
image:
  src: /images/rope.jpg
  alt: "A rope walk"
  caption: "The rope walk at low water."
  credit: "Photo: Noor El-Amrani"
related:
  - tide-clocks
---

The walk is four hundred paces long. Nobody hurries.

## What the hemp knows

It knows **water**[^1] and a [clock](/tide-clocks/).

[^1]: So the walkers say.
`

func replace(old, with string) func(string) string {
	return func(s string) string {
		if !strings.Contains(s, old) {
			panic("the good article has no " + old)
		}
		return strings.Replace(s, old, with, 1)
	}
}

func appended(more string) func(string) string { return func(s string) string { return s + more } }

func aliasBomb(s string) string {
	var b strings.Builder
	b.WriteString("---\na0: &a0 [x,x,x,x,x,x,x,x,x,x]\n")
	for _, k := range []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"} {
		b.WriteString("a" + k + ": &a" + k + " [*a0,*a0,*a0,*a0,*a0,*a0,*a0,*a0]\n")
	}
	return b.String() + replace(`["rope", "harbours & quays"]`, "*a9")(strings.TrimPrefix(s, "---\n"))
}

func utf16le(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func utf16be(s string) string {
	b := []byte{0xfe, 0xff}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u>>8), byte(u))
	}
	return string(b)
}

const (
	wantOK     = "ok"     // whole, nothing to say
	wantRepair = "repair" // an article, with a warning
	wantHold   = "hold"   // no article
)

// oddFiles are what happens to files in the wild, and what becomes of them.
var oddFiles = []struct {
	kind  string
	edit  func(string) string
	want  string
	line  int    // of the first problem
	field string // of the first problem
	check func(*testing.T, *Document)
}{
	{kind: "good", edit: func(s string) string { return s }, want: wantOK},
	{kind: "tab in YAML", edit: replace("\nsection:", "\n\tsection:"), want: wantHold, line: 7},
	{kind: "unclosed quotation", edit: replace(`title: "The`, `title: """broken: [The`), want: wantHold, line: 2},
	{kind: "colons in title", edit: replace(`"The Rope Walk: Notes from the Quay"`, "Rivers: a story: in parts"), want: wantHold, line: 2},
	{kind: "key twice", edit: replace("kicker: From", "kicker: first\nkicker: From"), want: wantRepair, line: 9, field: "kicker"},
	{kind: "title twice", edit: replace("slug: rope-walk", "title: The Last\nslug: rope-walk"), want: wantRepair, line: 3, field: "title", check: func(t *testing.T, d *Document) {
		if d.Title != "The Last" {
			t.Errorf("title %q, want the last one", d.Title)
		}
	}},
	{kind: "alias bomb", edit: aliasBomb, want: wantHold, line: 3},
	{kind: "merge key", edit: replace("section:", "<<: {a: b}\nsection:"), want: wantHold, line: 7},
	{kind: "title a list", edit: replace(`"The Rope Walk: Notes from the Quay"`, "[a, b]"), want: wantHold, line: 2, field: "title"},
	{kind: "tags a table", edit: replace(`["rope", "harbours & quays"]`, "{x: 1}"), want: wantRepair, line: 13, field: "tags", check: func(t *testing.T, d *Document) {
		if d.Tags != nil {
			t.Errorf("tags %q, want none", d.Tags)
		}
	}},
	{kind: "never closed", edit: replace("\n---\n\n", "\n\n"), want: wantHold, line: 1},
	{kind: "no front matter", edit: func(s string) string { return s[strings.Index(s, "\n---\n\n")+6:] }, want: wantRepair, check: func(t *testing.T, d *Document) {
		if d.Title != "What the hemp knows" || d.Published.IsZero() {
			t.Errorf("title %q, date %v: want the first heading and the folder's month", d.Title, d.Published)
		}
	}},
	{kind: "no title", edit: replace("title: \"The Rope Walk: Notes from the Quay\"\n", ""), want: wantRepair, field: "title"},
	{kind: "no date", edit: replace("date: 2024-09-05T08:30:00+03:00\n", ""), want: wantRepair, field: "date", check: func(t *testing.T, d *Document) {
		if want := time.Date(2024, 5, 1, 0, 0, 0, 0, nairobi); !d.Published.Equal(want) || d.DateMissing {
			t.Errorf("published %v, want %v from the folder", d.Published, want)
		}
	}},
	{kind: "impossible date", edit: replace("2024-09-05T08:30:00+03:00", "2024-13-45T25:61:00Z"), want: wantHold, line: 12, field: "date"},
	{kind: "date in words", edit: replace("2024-09-05T08:30:00+03:00", "next Tuesday"), want: wantHold, line: 12, field: "date"},
	{kind: "date without zone", edit: replace("2024-09-05T08:30:00+03:00", "2024-03-05 06:07:08"), want: wantOK, check: func(t *testing.T, d *Document) {
		if want := time.Date(2024, 3, 5, 6, 7, 8, 0, nairobi); !d.Published.Equal(want) {
			t.Errorf("published %v, want %v", d.Published, want)
		}
	}},
	{kind: "slug climbs out", edit: replace("slug: rope-walk", "slug: ../../../../var/escape"), want: wantRepair, line: 3, field: "slug", check: func(t *testing.T, d *Document) {
		if d.Slug != "var-escape" {
			t.Errorf("slug %q", d.Slug)
		}
	}},
	{kind: "bad bytes in the body", edit: appended("caf\xe9 \xff\xfe \xed\xa0\x80 \xc0\xaf\n"), want: wantRepair, line: 33},
	{kind: "bad bytes in front", edit: replace("The Rope", "Caf\xe9"), want: wantHold, line: 2},
	{kind: "control characters", edit: appended("bell \x07 escape \x1b nul \x00 end ]]> <b>\n"), want: wantRepair, line: 33},
	{kind: "control characters by name", edit: appended("bell &#7; end &#xFFFE;\n"), want: wantOK},
	{kind: "long line", edit: appended(strings.Repeat("word ", 60000) + "\n"), want: wantOK},
	{kind: "deep nesting", edit: appended(strings.Repeat("> ", 2000) + strings.Repeat("[", 2000) + "\n"), want: wantOK},
	{kind: "script", edit: appended("<script>alert(1)</script><img src=x onerror=alert(1)> [go](javascript:alert(1)) <iframe src=\"//a.example\"></iframe>\n"), want: wantOK},
	{kind: "empty", edit: func(string) string { return "" }, want: wantHold},
	{kind: "blank", edit: func(string) string { return "\ufeff \n\n" }, want: wantHold},
	{kind: "byte order mark", edit: func(s string) string { return "\ufeff" + s }, want: wantOK},
	{kind: "CRLF", edit: func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }, want: wantOK},
	{kind: "CR", edit: func(s string) string { return strings.ReplaceAll(s, "\n", "\r") }, want: wantOK},
	{kind: "UTF-16 little endian", edit: utf16le, want: wantRepair},
	{kind: "UTF-16 big endian", edit: utf16be, want: wantRepair},
	{kind: "draft", edit: replace("section:", "draft: true\nsection:"), want: wantOK, check: func(t *testing.T, d *Document) {
		if !d.Draft {
			t.Error("it is no draft")
		}
	}},
	{kind: "draft of a kind", edit: replace("section:", "draft: nearly\nsection:"), want: wantHold, line: 7, field: "draft"},
	{kind: "future", edit: replace("2024-09-05T08:30:00+03:00", "2199-01-01T00:00:00Z"), want: wantOK},
	{kind: "expired", edit: replace("section:", "expiryDate: 2025-01-01T00:00:00Z\nsection:"), want: wantOK, check: func(t *testing.T, d *Document) {
		if d.Expires.Year() != 2025 {
			t.Errorf("expires %v", d.Expires)
		}
	}},
	{kind: "members", edit: replace("section:", "access: members\nsection:"), want: wantOK},
	{kind: "unknown access", edit: replace("section:", "access: membres\nsection:"), want: wantHold, line: 7, field: "access"},
	{kind: "front matter is a list", edit: func(string) string { return "---\n- a\n- b\n---\nText.\n" }, want: wantHold, line: 2},
	{kind: "empty front matter", edit: func(string) string { return "---\n---\nText.\n" }, want: wantRepair},
	{kind: "front matter nests deep", edit: replace("section:", "deep: "+strings.Repeat("[", 5000)+"\nsection:"), want: wantHold, line: 7},
	{kind: "front matter is too long", edit: replace("section:", "long: "+strings.Repeat("x", maxFront)+"\nsection:"), want: wantHold, line: 2},
	{kind: "broken JSON", edit: func(string) string { return "{\n  \"title\": \"A\",\n  oops\n}\nText.\n" }, want: wantHold, line: 3},
	{kind: "broken TOML", edit: func(string) string { return "+++\ntitle = \"A\"\ndate = soon\n+++\nText.\n" }, want: wantHold, line: 3},
	{kind: "no text", edit: func(s string) string { return s[:strings.Index(s, "\n---\n\n")+5] }, want: wantRepair},
	{kind: "unreadable Hijri date", edit: replace("section:", "hijri: Rabi' 40, 1446\nsection:"), want: wantHold, line: 7, field: "hijri"},
	{kind: "Hijri date far off", edit: replace("section:", "hijri: Rabi' al-Awwal 13, 1446\nsection:"), want: wantRepair, line: 7, field: "hijri"},
}

func TestOddFiles(t *testing.T) {
	r := newReader()
	for _, odd := range oddFiles {
		t.Run(odd.kind, func(t *testing.T) {
			d, problems := r.Parse("2024/05/rope-walk.md", []byte(odd.edit(good)))
			got := wantOK
			if len(problems) > 0 {
				got = wantRepair
			}
			if d == nil {
				got = wantHold
			}
			if got != odd.want {
				t.Fatalf("%s, want %s; problems %v", got, odd.want, problems)
			}
			if odd.line > 0 && problems[0].Line != odd.line || odd.field != "" && problems[0].Field != odd.field {
				t.Errorf("line %d, field %q, want %d and %q: %v", problems[0].Line, problems[0].Field, odd.line, odd.field, problems)
			}
			for _, p := range problems {
				if p.Text == "" || p.Mend == "" || len(p.Value) > maxShown {
					t.Errorf("the problem does not say what to do: %+v", p)
				}
			}
			if d == nil {
				return
			}
			d.Rewrite(nowhere)
			checkHTML(t, d.HTML)
			if odd.check != nil {
				odd.check(t, d)
			}
		})
	}
}

func TestGoodArticle(t *testing.T) {
	d, problems := newReader().Parse("2024/05/rope-walk.md", []byte(good))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if d.Title != "The Rope Walk: Notes from the Quay" || d.Slug != "rope-walk" || !d.SlugGiven || d.FromFile != "2024/05/rope-walk.md" {
		t.Errorf("title %q, slug %q, file %q", d.Title, d.Slug, d.FromFile)
	}
	if got := magazine.Names(d.Authors); got != "Salma Oduya and Noor El-Amrani" {
		t.Errorf("authors %q", got)
	}
	if d.Section != (magazine.Section{Name: "Science & Craft", Slug: "science-craft"}) || d.Issue != (magazine.IssueRef{Volume: "12", Number: "9"}) {
		t.Errorf("section %v, issue %v", d.Section, d.Issue)
	}
	if want := time.Date(2024, 9, 5, 5, 30, 0, 0, time.UTC); d.Published != want || !d.Updated.IsZero() {
		t.Errorf("published %v, updated %v", d.Published, d.Updated)
	}
	if d.Hijri != "Rabi' al-Awwal 01, 1446" || d.HijriMonth != "Rabi' al-Awwal" || d.HijriYear != "1446" {
		t.Errorf("Hijri %q, %q, %q", d.Hijri, d.HijriMonth, d.HijriYear)
	}
	if d.Image.Caption != "The rope walk at low water." || d.Image.Credit != "Photo: Noor El-Amrani" || d.Summary != "A rope is walked, not wound." || d.Words != 24 {
		t.Errorf("image %+v, summary %q, words %d", d.Image, d.Summary, d.Words)
	}
	if got := strings.Join(d.Files, " "); got != "images/rope.jpg static/images/rope.jpg" {
		t.Errorf("files %q", got)
	}
}

// Control characters that were written by name must be gone as well: XML
// cannot carry them.
func TestNamedControlCharacters(t *testing.T) {
	d, _ := newReader().Parse("a.md", []byte(good+"bell &#7; <b title=\"a&#1;b\">x</b> &#xFFFE;\n"))
	d.Rewrite(nowhere)
	if strings.ContainsAny(d.HTML, "\x01\x07\ufffe") {
		t.Errorf("%q", d.HTML)
	}
}

func TestTooLarge(t *testing.T) {
	d, problems := newReader().Parse("a.md", make([]byte, MaxFile+1))
	if d != nil || len(problems) != 1 || problems[0].Warning {
		t.Errorf("%v, %v", d, problems)
	}
}

func TestTitleHeadings(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"the title again", "# A Title\n\nText.\n\n## Part\n", `<p>Text.</p>` + "\n" + `<h2 id="a-title-part">Part</h2>`},
		{"in other letters", "# a title\n\nText.", `<p>Text.</p>`},
		{"as a second level", "## A Title\n\nText.", `<p>Text.</p>`},
		{"not the title", "# Other\n\n## Part\n", `<h2 id="a-title-other">Other</h2>` + "\n" + `<h3 id="a-title-part">Part</h3>`},
		{"the title as a later part", "## Part\n\n## A Title\n", `<h2 id="a-title-part">Part</h2>` + "\n" + `<h2 id="a-title-a-title">A Title</h2>`},
		{"several h1", "# A Title\n\n# One\n\n# One\n", `<h2 id="a-title-one">One</h2>` + "\n" + `<h2 id="a-title-one-2">One</h2>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, _ := newReader().Parse("a.md", []byte("---\ntitle: A Title\ndate: 2024-05-17\n---\n"+c.body))
			d.Rewrite(nowhere)
			if d.HTML != c.want {
				t.Errorf("got  %q\nwant %q", d.HTML, c.want)
			}
		})
	}
}

// Files without any text are held, of whatever characters they are.
func TestFilesWithoutText(t *testing.T) {
	for _, name := range []string{"a.txt", "a.md", "a.html"} {
		for _, text := range []string{"", " \n", "\x01\x02", "\u200b", "\ufeff", "\ufeff\u200b\x00\n\u200e"} {
			d, problems := newReader().Parse(name, []byte(text))
			if name == "a.txt" && d != nil || d == nil && len(problems) == 0 {
				t.Errorf("%s of %q: %+v, %+v", name, text, d, problems)
			}
		}
	}
}
