package articles

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
)

const htmlPage = `<!DOCTYPE html>
<html lang="ar" dir="rtl">
<head>
<meta charset="utf-8">
<title>The Salt Road | Harbour & Horizon</title>
<meta name="slug" content="salt-road">
<meta name="author" content="Ada Sands">
<meta name="author" content="Salma Oduya">
<meta property="article:published_time" content="2024-05-17T08:30:00+03:00">
<meta name="section" content="Science &amp; Craft">
<meta name="issue" content="v012-n05">
<meta name="description" content="Salt goes where roads don&#39;t.">
<meta name="keywords" content="salt, high water">
<meta name="image" content="salt.jpg">
<meta name="image:credit" content="Ada Sands">
<meta name="viewport" content="width=device-width">
<style>p { color: red }</style>
</head>
<body>
<header><a href="/">Home</a></header>
<article>
<header><h1>The Salt Road</h1></header>
<p>It begins at the <a href="../quay.html">quay</a>.</p>
<script>track()</script>
<h2>North</h2>
<p onclick="x()">And goes on.</p>
</article>
<footer>Imprint</footer>
</body>
</html>
`

func TestHTMLFile(t *testing.T) {
	d, problems := newReader().Parse("2024/salt.html", []byte(htmlPage))
	if d == nil || len(problems) > 0 {
		t.Fatal(problems)
	}
	if want := []string{"2024/salt.jpg", "quay.html"}; !reflect.DeepEqual(d.Files, want) {
		t.Errorf("files %q", d.Files)
	}
	d.Rewrite(func(path string) (string, bool) {
		if path == "quay.html" {
			return "/articles/quay/", true
		}
		return "/media/1/" + path, true
	})
	want := magazine.Article{
		Title: "The Salt Road", Slug: "salt-road", FromFile: "2024/salt.html", Language: "ar",
		Authors:   []magazine.Author{{Name: "Ada Sands", Slug: "ada-sands"}, {Name: "Salma Oduya", Slug: "salma-oduya"}},
		Published: time.Date(2024, 5, 17, 5, 30, 0, 0, time.UTC),
		Section:   magazine.Section{Name: "Science & Craft", Slug: "science-craft"},
		Issue:     magazine.IssueRef{Volume: "12", Number: "5"},
		Hijri:     "٩ ذو القعدة ١٤٤٥ هـ", HijriMonth: "ذو القعدة", HijriYear: "١٤٤٥",
		Summary: "Salt goes where roads don't.", Tags: []string{"salt", "high water"},
		Image: &magazine.Image{Src: "/media/1/2024/salt.jpg", Credit: "Ada Sands"},
		Words: 9,
		HTML:  "<p>It begins at the <a href=\"/articles/quay/\">quay</a>.</p>\n\n<h2 id=\"salt-road-north\">North</h2>\n<p>And goes on.</p>",
	}
	want.Teaser = "<p>Salt goes where roads don&#39;t.</p>"
	if !reflect.DeepEqual(d.Article, want) {
		t.Errorf("got  %+v\nwant %+v", d.Article, want)
	}
}

func TestHTMLVariants(t *testing.T) {
	for name, c := range map[string]struct {
		text     string
		title    string
		html     string
		warnings int
	}{
		"front matter":       {"---\ntitle: A\ndate: 2024-05-17\n---\n<h1>A</h1><p>x</p>", "A", "<p>x</p>", 0},
		"a fragment":         {"<h2>A</h2><p>x</p>", "A", "<p>x</p>", 3},
		"main":               {"<title>A</title><meta name=date content=2024-05-17><main><p>x</main><p>y", "A", "<p>x</p>", 0},
		"body":               {"<title>A</title><meta name=date content=2024-05-17><body><p>x", "A", "<p>x</p>", 0},
		"title by meta":      {"<title>B</title><meta name=title content=A><meta name=date content=2024-05-17><p>x", "A", "<p>x</p>", 0},
		"date twice":         {"<title>A</title><meta name=date content=2024-05-17><meta name=date content=2024-05-18><p>x", "A", "<p>x</p>", 1},
		"meta in the body":   {"<title>A</title><meta name=date content=2024-05-17><p>x</p><meta name=title content=B>", "A", "<p>x</p>", 0},
		"only the site name": {"<title>Harbour & Horizon</title><meta name=date content=2024-05-17><p>x", "Harbour & Horizon", "<p>x</p>", 0},
	} {
		t.Run(name, func(t *testing.T) {
			d, problems := newReader().Parse("a.html", []byte(c.text))
			if d == nil || len(problems) != c.warnings {
				t.Fatalf("%d warnings, want %d: %v", len(problems), c.warnings, problems)
			}
			d.Rewrite(nowhere)
			if d.Title != c.title || d.HTML != c.html {
				t.Errorf("%q %q", d.Title, d.HTML)
			}
		})
	}
}

func TestHTMLHeld(t *testing.T) {
	for name, c := range map[string]struct {
		old, with string
		line      int
	}{
		"date in words":     {"2024-05-17T08:30:00+03:00", "yesterday", 9},
		"bad bytes in meta": {"Ada Sands", "Ad\xe1 Sands", 7},
	} {
		d, problems := newReader().Parse("a.html", []byte(strings.Replace(htmlPage, c.old, c.with, 1)))
		if d != nil || len(problems) == 0 {
			t.Errorf("%s: not held", name)
			continue
		}
		at := 0
		for _, p := range problems {
			if !p.Warning {
				at = p.Line
			}
		}
		if at != c.line {
			t.Errorf("%s: line %d, want %d: %v", name, at, c.line, problems)
		}
	}
}

func TestDeepHTML(t *testing.T) {
	d, problems := newReader().Parse("a.html", []byte("<title>A</title><meta name=date content=2024-05-17>"+strings.Repeat("<div><b>", 2000)+"word"))
	if d == nil {
		t.Fatal(problems)
	}
	if d.Rewrite(nowhere); !strings.Contains(d.HTML, "word") {
		t.Error("the text is lost")
	}
	checkHTML(t, d.HTML)
}

// A table keeps its alignment, by attribute: no style passes.
func TestTablesKeepTheirAlignment(t *testing.T) {
	for cell, want := range map[string]string{
		`<td style="text-align:right">1</td>`:                   `<td align="right">1</td>`,
		`<td style="color:red; text-align: CENTER; x:y">1</td>`: `<td align="center">1</td>`,
		`<th style="text-align:expression(alert(1))">1</th>`:    `<th>1</th>`,
		`<td align=left>1</td>`:                                 `<td align="left">1</td>`,
		`<td style="position:fixed">1</td>`:                     `<td>1</td>`,
	} {
		d, problems := newReader().Parse("a.html", []byte("<title>T</title><meta name=date content=2024-05-17><body><table><tr>"+cell+"</tr></table>"))
		if d == nil {
			t.Fatal(problems)
		}
		if d.Rewrite(nowhere); !strings.Contains(d.HTML, want) || strings.Contains(d.HTML, "style") {
			t.Errorf("%s becomes %s", cell, d.HTML)
		}
	}
}
