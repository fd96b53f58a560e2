package articles

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
)

// parseFront reads a file of front matter lines and one line of text.
func parseFront(t *testing.T, front string) (*Document, []magazine.Problem) {
	t.Helper()
	d, problems := newReader().Parse("posts/a.md", []byte("---\n"+front+"\n---\nText.\n"))
	if d == nil {
		t.Fatalf("held: %v", problems)
	}
	return d, problems
}

// The same article as three systems and three languages write it.
func TestOtherSystems(t *testing.T) {
	for name, text := range map[string]string{
		"ours": `---
title: High Water
slug: high-water
authors: [Salma Oduya]
section: Science & Craft
date: 2024-09-05T08:30:00+03:00
updated: 2024-09-06T08:30:00+03:00
expires: 2030-01-01
summary: When the sea comes.
tags: [tide, clock]
image: {src: /images/dial.jpg}
---
Text.
`,
		"Hugo": `---
title: High Water
slug: high-water
author: Salma Oduya
type: article
draft: false
categories: [Science & Craft, Tides]
publishDate: 2024-09-05T08:30:00+03:00
lastmod: 2024-09-06T08:30:00+03:00
expiryDate: 2030-01-01
description: When the sea comes.
tags: [tide, clock]
images: [/images/dial.jpg, /images/other.jpg]
---
Text.
`,
		"Jekyll": `---
layout: post
published: true
title: High Water
permalink: /2024/09/high-water/
author: Salma Oduya
category: Science & Craft
date: 2024-09-05 08:30:00 +0300
last_modified_at: 2024-09-06 08:30:00 +0300
expires: 2030-01-01
excerpt: When the sea comes.
tags: tide clock
image: /images/dial.jpg
---
Text.
`,
		"Eleventy": `---
title: High Water
permalink: "/high-water/index.html"
author: {name: Salma Oduya, email: salma@harbour.example}
section: {name: Science & Craft}
date: 2024-09-05T05:30:00Z
lastModified: ignored
updated: 2024-09-06T05:30:00Z
unpublish_date: 2030-01-01
description: When the sea comes.
tags: "tide, clock"
featured_image: {url: /images/dial.jpg}
---
Text.
`,
		"TOML": `+++
title = "High Water"
slug = "high-water"
authors = ["Salma Oduya"]
section = "Science & Craft"
date = 2024-09-05T08:30:00+03:00
updated = 2024-09-06T05:30:00Z
expires = 2030-01-01
summary = "When the sea comes."
tags = ["tide", "clock"]
[image]
src = "/images/dial.jpg"
+++
Text.
`,
		"JSON": `{"title": "High Water", "slug": "high-water", "authors": ["Salma Oduya"], "section": "Science & Craft",
"date": "2024-09-05T08:30:00+03:00", "updated": "2024-09-06T05:30:00Z", "expires": "2030-01-01",
"summary": "When the sea comes.", "tags": ["tide", "clock"], "image": {"src": "/images/dial.jpg"}}

Text.
`,
	} {
		t.Run(name, func(t *testing.T) {
			d, problems := newReader().Parse("posts/a.md", []byte(text))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			want := magazine.Article{
				Title: "High Water", Slug: "high-water", FromFile: "posts/a.md", Language: "en",
				Authors:   []magazine.Author{{Name: "Salma Oduya", Slug: "salma-oduya"}},
				Section:   magazine.Section{Name: "Science & Craft", Slug: "science-craft"},
				Published: time.Date(2024, 9, 5, 5, 30, 0, 0, time.UTC), Updated: time.Date(2024, 9, 6, 5, 30, 0, 0, time.UTC),
				Expires: time.Date(2029, 12, 31, 21, 0, 0, 0, time.UTC), Summary: "When the sea comes.",
				Tags: []string{"tide", "clock"}, Image: &magazine.Image{Src: "images/dial.jpg"},
				Hijri: "Rabi' al-Awwal 01, 1446", HijriMonth: "Rabi' al-Awwal", HijriYear: "1446", Words: 1,
			}
			if !reflect.DeepEqual(d.Article, want) {
				t.Errorf("got  %+v\nwant %+v", d.Article, want)
			}
			if !d.SlugGiven || d.Draft {
				t.Errorf("slug given %v, draft %v", d.SlugGiven, d.Draft)
			}
		})
	}
}

func TestIdentity(t *testing.T) {
	d, problems := parseFront(t, `title: A
date: 2024-05-17
id: tide-7
guid: https://old.example/?p=12&x=<1>
url: https://home.example/tide
aliases: [/old/one/, /2020/two.html, "three/index.html"]
withdrawn: "The source asked us to."
corrections:
  - {date: 2024-06-01, text: The date was wrong.}
  - date: 2024-07-01
    text: So was the place.
  - no date`)
	if d.GivenID != "tide-7" || d.GUID != "https://old.example/?p=12&x=<1>" || d.HomeURL != "https://home.example/tide" {
		t.Errorf("%q %q %q", d.GivenID, d.GUID, d.HomeURL)
	}
	if got := strings.Join(d.OldSlugs, " "); got != "one /old/one two /2020/two.html three" {
		t.Errorf("old slugs %q", got)
	}
	if !d.Withdrawn || d.Reason != "The source asked us to." || d.Slug != "a" || d.SlugGiven {
		t.Errorf("withdrawn %v %q, slug %q %v", d.Withdrawn, d.Reason, d.Slug, d.SlugGiven)
	}
	if len(d.Corrections) != 2 || !d.Updated.Equal(time.Date(2024, 7, 1, 0, 0, 0, 0, nairobi)) {
		t.Errorf("corrections %v, updated %v", d.Corrections, d.Updated)
	}
	if len(problems) != 1 || problems[0].Line != 13 {
		t.Errorf("problems %v", problems)
	}
}

func TestOldAddresses(t *testing.T) {
	for front, want := range map[string]string{
		`aliases: ["/article.php?id=7", "/?p=12", "/?q=%D9%85#top", /index.html]`: "/article.php?id=7 /?p=12 /?q=م",
		"url: /article.php?id=7":                                "/article.php?id=7",
		"permalink: /2024/05/%D9%85/fog.html":                   "/2024/05/م/fog.html",
		"permalink: /50%25-off/":                                "/50%-off",
		"permalink: \"/2024/12:30/\"":                           "/2024/12:30",
		"permalink: /:categories/:title:output_ext":             "",
		"permalink: \"/{% if x %}{{ page.slug }}{% endif %}/\"": "",
	} {
		d, problems := parseFront(t, "title: T\ndate: 2024-05-17\n"+front)
		if got := strings.Join(d.OldSlugs, " "); got != want || len(problems) != 0 {
			t.Errorf("%s: %q, %v", front, got, problems)
		}
	}
}

func TestSlugs(t *testing.T) {
	for front, want := range map[string]string{
		"title: The Tide Clock":                          "the-tide-clock",
		"title: T\nslug: kept-as-it-is":                  "kept-as-it-is",
		"title: T\nslug: au-delà-du-puits":               "au-delà-du-puits",
		"title: T\nslug: My Slug":                        "my-slug",
		"title: T\nslug: /":                              "t",
		"title: T\npermalink: /:year/:title/":            "t",
		"title: T\npermalink: \"/{{ page.fileSlug }}/\"": "t",
		"title: T\npermalink: false":                     "t",
		"title: T\nurl: /2024/05/tide.html":              "tide",
		"title: T\nurl: /2024/05/%D9%85%D8%AF.html":      "مد",
		"title: T\nurl: /article.php?id=7":               "t",
		"title: T\npermalink: /2024/05/tide/index.html":  "tide",
		"title: ساعة المد":                               "ساعة-المد",
		"title: ♫":                                       "a",
	} {
		if d, _ := parseFront(t, front+"\ndate: 2024-05-17"); d.Slug != want {
			t.Errorf("%q: %q, want %q", front, d.Slug, want)
		}
	}
}

func TestAuthors(t *testing.T) {
	for front, want := range map[string]string{
		"authors: Salma Oduya":                                         "Salma Oduya",
		"author: Salma Oduya, Noor El-Amrani and Jun'ichi Vale":        "Salma Oduya|Noor El-Amrani|Jun'ichi Vale",
		"author: Salma Oduya & Noor El-Amrani":                         "Salma Oduya|Noor El-Amrani",
		"author: \"Salma Oduya, Noor El-Amrani, and Ada\"":             "Salma Oduya|Noor El-Amrani|Ada",
		"author: John Vale, Jr., Ada Sands":                            "John Vale, Jr.|Ada Sands",
		"authors: [Sands and Sons, Ada]":                               "Sands and Sons|Ada",
		"authors: [Ada, ada, Ada]":                                     "Ada",
		"authors: [{name: Ada, slug: ada-s}, \"Salma <s@x.example>\"]": "Ada|Salma",
		"authors: [\"!\", [x], Ada]":                                   "Ada",
		"authors: سلمى عودة، نور":                                      "سلمى عودة|نور",
		"authors: {name: Ada}":                                         "Ada",
		"authors: []":                                                  "",
	} {
		d, _ := parseFront(t, "title: T\ndate: 2024-05-17\n"+front)
		var names []string
		for _, a := range d.Authors {
			names = append(names, a.Name)
		}
		if got := strings.Join(names, "|"); got != want {
			t.Errorf("%s: %q, want %q", front, got, want)
		}
	}
	d, problems := parseFront(t, "title: T\ndate: 2024-05-17\nauthors:\n  - name: Ada Sands\n    slug: ada\n    url: https://ada.example/\n    bio: Writes on *ropes*. ![x](x.png) <script>x</script>")
	want := magazine.Author{Name: "Ada Sands", Slug: "ada", URL: "https://ada.example/", Bio: "<p>Writes on <em>ropes</em>. x </p>"}
	if len(d.Authors) != 1 || d.Authors[0] != want || len(problems) != 1 {
		t.Errorf("%+v %v", d.Authors, problems)
	}
}

func TestIssueRefs(t *testing.T) {
	for front, want := range map[string]magazine.IssueRef{
		"volume: 12\nnumber: 9":              {Volume: "12", Number: "9"},
		"volume: 012\nnumber: \"09\"":        {Volume: "12", Number: "9"},
		"issue: v012-n09":                    {Volume: "12", Number: "9"},
		"issue: vS1-n3-4":                    {Volume: "S1", Number: "3-4"},
		"issue: Vol. 12, No. 9":              {Volume: "12", Number: "9"},
		"issue: 12/9":                        {Volume: "12", Number: "9"},
		"issue: {volume: 12, number: 3-4}":   {Volume: "12", Number: "3-4"},
		"volume: 12\nissue: 9":               {Volume: "12", Number: "9"},
		"volume: 12\nnumber: 3/4":            {Volume: "12", Number: "3-4"},
		"volume: 12\nnumber: S1":             {Volume: "12", Number: "S1"},
		"volume: 0\nnumber: 000":             {Volume: "0", Number: "0"},
		"volume: 12":                         {},
		"number: 9":                          {},
		"volume: ..\nnumber: ../x":           {},
		"issue: summer":                      {},
		"issue: [1, 2]":                      {},
		"issue: v012-n09\nvolume: 12":        {},
		"issue: v1-n1\nvolume: 2\nnumber: 2": {Volume: "2", Number: "2"},
	} {
		if d, problems := parseFront(t, "title: T\ndate: 2024-05-17\n"+front); d.Issue != want {
			t.Errorf("%q: %v, want %v (%v)", front, d.Issue, want, problems)
		}
	}
}

func TestRelated(t *testing.T) {
	d, problems := parseFront(t, `title: T
date: 2024-05-17
related:
  - tide-clocks
  - /2024/05/rope-walk/
  - other.md
  - https://else.example/x
  - "A Ledger: of high waters"
  - {title: Two Keepers, authors: "Ada, Salma", date: 2023-07-19, hijri: "Muharram 01, 1445"}
  - [x]
  - ""`)
	d.Rewrite(func(path string) (string, bool) { return "/articles/the-other/", path == "posts/other.md" })
	want := []magazine.Related{
		{Slug: "tide-clocks"}, {Slug: "rope-walk"}, {Slug: "the-other"}, {URL: "https://else.example/x", Title: "else.example/x"}, {Title: "A Ledger: of high waters"},
		{Title: "Two Keepers", Authors: []string{"Ada", "Salma"}, Date: "2023-07-19", Hijri: "Muharram 01, 1445"},
	}
	if !reflect.DeepEqual(d.Related, want) || len(problems) != 1 || problems[0].Line != 11 {
		t.Errorf("%+v %v", d.Related, problems)
	}
}

// What cannot be used is left out with a warning at its line; the article
// stands.
func TestLeftOut(t *testing.T) {
	for front, line := range map[string]int{
		"subtitle: [a]":                      4,
		"summary: {a: b}":                    4,
		"language: Klingon!":                 4,
		"section: [A, B]":                    4,
		"section: \"&\"":                     4,
		"tags: [a, [b]]":                     4,
		"image: [[x]]":                       4,
		"image:\n  src: ../../etc/passwd":    5,
		"image: \"data:image/png;base64,x\"": 4,
		"url: javascript:alert(1)":           4,
		"authors:\n  - {url: x}":             5,
		"updated: 2020-01-01":                0,
		"related: {x: y}":                    4,
	} {
		d, problems := newReader().Parse("a.md", []byte("---\ntitle: T\ndate: 2024-05-17\n"+front+"\n---\nText.\n"))
		if d == nil || len(problems) == 0 || !problems[0].Warning || problems[0].Line != line {
			t.Errorf("%q: %v, want a warning on line %d", front, problems, line)
		}
	}
}

func TestHeldDates(t *testing.T) {
	for _, front := range []string{"updated: soon", "expires: never", "lastmod: [x]", "publishDate: 2024-02-30", "published: maybe", "corrections: [{date: x, text: y}]"} {
		d, problems := newReader().Parse("a.md", []byte("---\ntitle: T\ndate: 2024-05-17\n"+front+"\n---\nText.\n"))
		if d != nil || len(problems) == 0 || problems[0].Line != 4 {
			t.Errorf("%q: want it held at line 4: %v", front, problems)
		}
	}
}

func TestPublished(t *testing.T) {
	d, _ := parseFront(t, "title: T\ndate: 2024-05-17\npublished: false")
	if !d.Draft {
		t.Error("published: false is a draft")
	}
	d, _ = parseFront(t, "title: T\npublished: 2024-05-17")
	if d.Draft || !d.Published.Equal(time.Date(2024, 5, 17, 0, 0, 0, 0, nairobi)) {
		t.Errorf("draft %v, published %v", d.Draft, d.Published)
	}
	d, _ = parseFront(t, "title: T\ndate: 2024-05-17\npublishDate: 2024-06-01")
	if !d.Published.Equal(time.Date(2024, 6, 1, 0, 0, 0, 0, nairobi)) {
		t.Errorf("published %v before its publishDate", d.Published)
	}
}

func TestPin(t *testing.T) {
	for front, want := range map[string]string{
		"pin: true": "9999-12-31T00:00:00Z", "pinned: yes": "9999-12-31T00:00:00Z", "pin: no": "0001-01-01T00:00:00Z", "summary: A": "0001-01-01T00:00:00Z",
		"pin: 2024-09-30": "2024-09-29T21:00:00Z", "pin: 2024-09-30T09:00:00Z": "2024-09-30T09:00:00Z",
	} {
		d, problems := parseFront(t, "title: A\ndate: 2024-09-05\n"+front)
		if got := d.Pinned.UTC().Format(time.RFC3339); got != want || len(problems) > 0 {
			t.Errorf("%s: until %s, want %s: %v", front, got, want, problems)
		}
	}
	for _, front := range []string{"pin: soon", "pin: [true]"} {
		if d, problems := parseFront(t, "title: A\ndate: 2024-09-05\n"+front); !d.Pinned.IsZero() || len(problems) != 1 || !problems[0].Warning || problems[0].Line != 4 {
			t.Errorf("%s: until %v: %v", front, d.Pinned, problems)
		}
	}
}
