package articles

import (
	"strings"
	"testing"
	"unicode/utf8"

	"postrider/magazine"
)

// checkDocument says what holds for everything that was let in.
func checkDocument(t *testing.T, d *Document, problems []magazine.Problem) {
	t.Helper()
	held := false
	for _, p := range problems {
		held = held || !p.Warning
		if p.Text == "" || p.Mend == "" || len(p.Value) > maxShown || p.Line < 0 || !utf8.ValidString(p.Value) {
			t.Fatalf("%+v", p)
		}
	}
	if held != (d == nil) {
		t.Fatalf("held %v with %v", d == nil, problems)
	}
	if d == nil {
		return
	}
	for _, p := range d.Rewrite(func(path string) (string, bool) { return "/media/x/y", len(path)%2 == 0 }) {
		if !p.Warning {
			t.Fatalf("%+v", p)
		}
	}
	texts := []string{d.Title, d.Subtitle, d.Summary, d.Section.Name, d.GivenID, d.GUID, d.Reason, d.Hijri}
	for _, a := range d.Authors {
		texts = append(texts, a.Name)
		if a.Slug == "" || a.Name == "" {
			t.Fatalf("author %+v", a)
		}
	}
	for _, s := range append(texts, d.Tags...) {
		if magazine.CleanText(s) != s {
			t.Fatalf("%q is not clean", s)
		}
	}
	if d.Title == "" || strings.ContainsAny(d.Slug, "/\\ .\x00") {
		t.Fatalf("title %q, slug %q", d.Title, d.Slug)
	}
	if d.Published.IsZero() != d.DateMissing || !d.Updated.IsZero() && !d.DateMissing && d.Updated.Before(d.Published) {
		t.Fatalf("published %v, updated %v", d.Published, d.Updated)
	}
	for _, f := range d.Files {
		if f == "" || strings.HasPrefix(f, "/") || f == ".." || strings.HasPrefix(f, "../") {
			t.Fatalf("file %q", f)
		}
	}
	checkHTML(t, d.HTML)
	checkHTML(t, d.Teaser)
}

func FuzzFrontMatter(f *testing.F) {
	for _, odd := range oddFiles {
		if text := odd.edit(good); len(text) < 10000 {
			f.Add([]byte(text))
		}
	}
	for _, text := range []string{
		"+++\ntitle = \"A\"\ndate = 2024-05-17\n[image]\nsrc = \"a.png\"\n[[related]]\nslug = \"b\"\n+++\nText.\n",
		"{\"title\": \"A\", \"date\": \"2024-05-17\", \"authors\": [{\"name\": \"B\"}], \"title\": null}\nText.\n",
		"---\ntitle: |\n  A\n? b\n: c\ndate: !!str 2024-05-17\n...\nText.\n",
	} {
		f.Add([]byte(text))
	}
	r := newReader()
	f.Fuzz(func(t *testing.T, data []byte) {
		d, problems := r.Parse("2024/05/a.md", data)
		checkDocument(t, d, problems)
	})
}

func FuzzPage(f *testing.F) {
	for _, name := range []string{"full.txt", "three-authors.txt", "no-citation.txt", "broken-dates.txt"} {
		f.Add([]byte(pageText(f, name)))
	}
	f.Add([]byte("T\nSafar 12, 1447 2025-08-06\nby (\nby A (B))\nRelated Articles\n"))
	f.Add([]byte("T\n2025-08-06"))
	r := newReader()
	f.Fuzz(func(t *testing.T, data []byte) {
		d, problems := r.Parse("a.txt", data)
		checkDocument(t, d, problems)
	})
}

func FuzzHTML(f *testing.F) {
	f.Add([]byte(htmlPage))
	for _, a := range attacks {
		f.Add([]byte(a.body))
	}
	r := newReader()
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range []string{"a.html", "a.md"} {
			d, problems := r.Parse(name, data)
			checkDocument(t, d, problems)
		}
	})
}
