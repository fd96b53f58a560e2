package articles

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
)

func pageText(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/pages/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFullPage(t *testing.T) {
	d, problems := newReader().Parse("2025/full.txt", []byte(pageText(t, "full.txt")))
	if d == nil || len(problems) > 0 {
		t.Fatal(problems)
	}
	if w := d.Rewrite(nowhere); len(w) > 0 {
		t.Error(w)
	}
	want := magazine.Article{
		Title: "The Ropemakers Who Measured a Harbour in Paces", Slug: "the-ropemakers-who-measured-a-harbour-in-paces",
		FromFile: "2025/full.txt", Language: "en",
		Published: time.Date(2025, 8, 5, 21, 0, 0, 0, time.UTC),
		Authors:   []magazine.Author{{Name: "Ada Sands", Slug: "ada-sands"}},
		Section:   magazine.Section{Name: "Science & Craft", Slug: "science-craft"},
		Issue:     magazine.IssueRef{Volume: "13", Number: "8"},
		Hijri:     "Safar 12, 1447", HijriMonth: "Safar", HijriYear: "1447",
		Summary: "The long shed behind the fish market has no windows and one very straight floor. For ninety years it was the only ruler the harbour had.",
		Image: &magazine.Image{
			Caption: "The long shed behind the fish market has no windows and one very straight floor. For ninety years it was the only ruler the harbour had.",
			Credit:  "COLLECTION/Fish Market (north end)/Free Licence",
		},
		Related: []magazine.Related{
			{Title: "A Dictionary of Knots & Bends", Authors: []string{"Noor El-Amrani"}, Date: "2024-07-11", Hijri: "Muharram 05, 1446"},
			{Title: "Eleven Inches: the Quay’s Longest Quarrel", Authors: []string{"Ada Sands", "Ibrahim Castellan"}, Date: "2025-01-20", Hijri: "Rajab 20, 1446"},
		},
		Words: 50,
		HTML: "<p>A rope walk is as long as its longest rope. This one is four hundred paces, and everybody on the quay still says “a walk” when they mean it.</p>\n" +
			"<p>The surveyors came in 1931 – with chains – and found the walk eleven inches short. The ropemakers said the chain was long.</p>",
		Teaser: "<p>The long shed behind the fish market has no windows and one very straight floor. For ninety years it was the only ruler the harbour had.</p>",
	}
	if !reflect.DeepEqual(d.Article, want) {
		t.Errorf("got  %+v\nwant %+v", d.Article, want)
	}
}

func TestPageOfThree(t *testing.T) {
	d, problems := newReader().Parse("three.txt", []byte(pageText(t, "three-authors.txt")))
	if d == nil || len(problems) > 0 {
		t.Fatal(problems)
	}
	if got := magazine.Names(d.Authors); got != "Ada Sands, Noor El-Amrani and Sa'id Vale" {
		t.Errorf("authors %q", got)
	}
	if d.Section.Name != "Letters from the Coast (and Beyond)" || d.Issue.Number != "3-4" || d.Image != nil || len(d.Related) != 1 {
		t.Errorf("section %q, issue %v, image %v, related %v", d.Section.Name, d.Issue, d.Image, d.Related)
	}
	d.Rewrite(nowhere)
	if !strings.HasPrefix(d.HTML, "<p>The bell has three ropes. Nobody remembers a time (the log begins in 1902)") {
		t.Errorf("%q", d.HTML)
	}
}

func TestPageWithoutCitation(t *testing.T) {
	d, problems := newReader().Parse("buoy.txt", []byte(pageText(t, "no-citation.txt")))
	if d == nil || len(problems) != 1 || !problems[0].Warning || problems[0].Field != "citation" {
		t.Fatal(problems)
	}
	if d.Section.Name != "Fiction" || !d.Issue.IsZero() || d.Hijri != "Sha'ban 09, 1445" || magazine.Names(d.Authors) != "Noor El-Amrani" {
		t.Errorf("%+v", d.Article)
	}
	d.Rewrite(nowhere)
	if strings.Count(d.HTML, "<p>") != 2 || strings.Contains(d.HTML, "Privacy") {
		t.Errorf("%q", d.HTML)
	}
}

func TestPageWithBrokenDates(t *testing.T) {
	d, problems := newReader().Parse("chart.txt", []byte(pageText(t, "broken-dates.txt")))
	want := magazine.Problem{Line: 7, Field: "date", Value: "2023-04-31", Text: "the Gregorian date has no such day in that month", Mend: "write it like 2024-09-05"}
	if d != nil || len(problems) != 1 || problems[0] != want {
		t.Errorf("%v %+v", d, problems)
	}
}

// Pages come with noise; the article is the same.
func TestPageNoise(t *testing.T) {
	r := newReader()
	text := pageText(t, "full.txt")
	want, _ := r.Parse("a.txt", []byte(text))
	want.Rewrite(nowhere)
	for name, edit := range map[string]func(string) string{
		"CRLF":                func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
		"byte order mark":     func(s string) string { return "\ufeff" + s },
		"more blank lines":    func(s string) string { return "\n\n" + strings.ReplaceAll(s, "\n", "\n \n\u00a0\n") },
		"no blank lines":      func(s string) string { return strings.ReplaceAll(s, "\n\n", "\n") },
		"no-break spaces":     func(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") },
		"space around":        func(s string) string { return strings.ReplaceAll(s, "\n", "  \n\t ") },
		"no tagline":          func(s string) string { return strings.Replace(s, "For People Who Live by the Water\n\n", "", 1) },
		"another tagline":     func(s string) string { return strings.Replace(s, "For People Who Live by the Water", "By the Sea", 1) },
		"no footer":           func(s string) string { return s[:strings.Index(s, "Privacy Policy")] },
		"noise after it":      func(s string) string { return s + "\nWe use cookies\nAccept\n" },
		"footer without bars": func(s string) string { return strings.Replace(s, "Privacy Policy   |   Terms of Use\n", "", 1) },
		"no section line":     func(s string) string { return strings.Replace(s, "\nScience & Craft\n", "\n", 1) },
		"authors by citation": func(s string) string {
			return strings.Replace(s, "\nAda Sands\n\nSafar 12, 1447 2025", "\nSafar 12, 1447 2025", 1)
		},
		"spaces in the credit": func(s string) string { return strings.Replace(s, "(Photo:COLL", "(Photo: COLL", 1) },
		"left-to-right marks":  func(s string) string { return strings.ReplaceAll(s, "\n", "\u200e\n\u200f") },
	} {
		t.Run(name, func(t *testing.T) {
			d, problems := r.Parse("a.txt", []byte(edit(text)))
			if d == nil || len(problems) > 0 {
				t.Fatal(problems)
			}
			d.Rewrite(nowhere)
			if !reflect.DeepEqual(d.Article, want.Article) {
				t.Errorf("got  %+v\nwant %+v", d.Article, want.Article)
			}
		})
	}
}

func TestPageProblems(t *testing.T) {
	text := pageText(t, "full.txt")
	for name, c := range map[string]struct {
		old, with string
		held      bool
		line      int
		field     string
	}{
		"month 13":             {"2025-08-06", "2025-13-06", true, 7, "date"},
		"date in words":        {"1447 2025-08-06", "1447 next Tuesday", true, 7, "date"},
		"no Gregorian date":    {"1447 2025-08-06", "1447", true, 7, "date"},
		"unknown Hijri month":  {"Safar 12, 1447 2", "Sapphire 12, 1447 2", true, 7, "hijri"},
		"no dates at all":      {"Safar 12, 1447 2025-08-06", "", true, 1, "date"},
		"no Hijri date":        {"Safar 12, 1447 2025-08-06", "2025-08-06", false, 7, "hijri"},
		"Hijri date far off":   {"Safar 12, 1447 2", "Safar 22, 1447 2", false, 7, "hijri"},
		"another section":      {"(Science & Craft, H", "(Fiction, H", false, 11, "section"},
		"no volume":            {" Vol. 13, No. 8, Safar, 1447)", ")", false, 11, "citation"},
		"unreadable month":     {"Safar, 1447)", "Sapphire, 1447)", false, 11, "citation"},
		"broken related date":  {"2024-07-11", "2024-07-41", false, 24, "related"},
		"bad bytes in title":   {"The Ropemakers", "The R\xf4pemakers", true, 1, ""},
		"bad bytes in body":    {"A rope walk", "A r\xf4pe walk", false, 15, ""},
		"volume for no path":   {"Vol. 13", "Vol. (13)", false, 11, "citation"},
		"control characters":   {"A rope walk", "A rope \x07walk", false, 15, ""},
		"a Hijri date too old": {"Safar 12, 1447 2", "Safar 12, 2447 2", true, 7, "hijri"},
	} {
		t.Run(name, func(t *testing.T) {
			d, problems := newReader().Parse("a.txt", []byte(strings.Replace(text, c.old, c.with, 1)))
			if (d == nil) != c.held || len(problems) == 0 {
				t.Fatalf("held %v, want %v: %v", d == nil, c.held, problems)
			}
			for _, p := range problems {
				if p.Line == c.line && p.Field == c.field && p.Warning != c.held {
					return
				}
			}
			t.Errorf("no problem on line %d, field %q: %v", c.line, c.field, problems)
		})
	}
}

func TestNotAPage(t *testing.T) {
	for _, text := range []string{"just notes", "a\nb\nc\n", "2024-05-17\n", "\n\n\n1\n"} {
		if d, problems := newReader().Parse("notes.txt", []byte(text)); d != nil || len(problems) == 0 {
			t.Errorf("%q: %v", text, problems)
		}
	}
}
