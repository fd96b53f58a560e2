package articles

import (
	"reflect"
	"testing"
	"time"

	"postrider/magazine"
)

func TestParseAuthor(t *testing.T) {
	a, problems := newReader().ParseAuthor("authors/ada.yaml", []byte(`---
name: Ada Sands
slug: ada
url: https://ada.example/
image: {src: ada.jpg, alt: Ada}
bio: |
  Writes on *ropes*; see [the walk](../rope-walk.md).

  ## Books
`))
	if a == nil || len(problems) > 0 {
		t.Fatal(problems)
	}
	if want := []string{"authors/ada.jpg", "rope-walk.md"}; !reflect.DeepEqual(a.Files, want) {
		t.Errorf("files %q", a.Files)
	}
	resolve := func(path string) (string, bool) {
		if path == "rope-walk.md" {
			return "/articles/rope-walk/", true
		}
		return "/media/1/ada.jpg", true
	}
	if w := a.Rewrite(resolve); len(w) > 0 {
		t.Error(w)
	}
	want := magazine.Author{Name: "Ada Sands", Slug: "ada", URL: "https://ada.example/",
		Bio:   "<p>Writes on <em>ropes</em>; see <a href=\"/articles/rope-walk/\">the walk</a>.</p>\n<h2 id=\"ada-books\">Books</h2>",
		Image: &magazine.Image{Src: "/media/1/ada.jpg", Alt: "Ada"}}
	if !reflect.DeepEqual(a.Author, want) {
		t.Errorf("got  %+v\nwant %+v", a.Author, want)
	}
	if a.Rewrite(nowhere); !reflect.DeepEqual(a.Author, want) {
		t.Error("a second Rewrite changed something")
	}
}

func TestParseAuthorOdd(t *testing.T) {
	for text, want := range map[string]string{
		"url: javascript:x": "warned", "bio: x": "warned", "name: [a]": "warned", "name: \"!\"": "held", "- a": "held",
		"": "held", "name: a: b": "held", "name: *x": "held", "name: Ada": "", "name: Ada\nname: Eve": "warned",
	} {
		a, problems := newReader().ParseAuthor("authors/ada-sands.yaml", []byte(text))
		got := ""
		if len(problems) > 0 {
			got = "warned"
		}
		if a == nil {
			got = "held"
		}
		if got != want {
			t.Errorf("%q: %s, want %s: %v", text, got, want, problems)
		}
	}
	a, _ := newReader().ParseAuthor("authors/ada-sands.yaml", []byte("bio: x"))
	if a.Name != "Ada sands" || a.Slug != "ada-sands" {
		t.Errorf("%+v", a.Author)
	}
}

func TestParseIssue(t *testing.T) {
	i, problems := newReader().ParseIssue("issues/v012-n09.yaml", []byte(`title: The Harbour Issue
date: 2024-09-01
hijri: Safar, 1446
state: published
cover: {src: /images/cover.png, alt: A harbour, credit: Ada Sands}
note: We *walked* it.
contents: [tide-clocks, ../2024/rope-walk.md, ../2024/gone.md, [x]]
`))
	if i == nil || len(problems) != 1 || problems[0].Field != "contents" {
		t.Fatal(problems)
	}
	warnings := i.Rewrite(func(path string) (string, bool) {
		switch path {
		case "static/images/cover.png":
			return "/media/1/cover.png", true
		case "2024/rope-walk.md":
			return "/articles/rope-walk/", true
		}
		return "", false
	})
	want := magazine.Issue{
		IssueRef: magazine.IssueRef{Volume: "12", Number: "9"}, State: magazine.IssuePublished, Title: "The Harbour Issue",
		CoverDate: time.Date(2024, 8, 31, 21, 0, 0, 0, time.UTC), Hijri: "Safar, 1446",
		Cover: &magazine.Image{Src: "/media/1/cover.png", Alt: "A harbour", Credit: "Ada Sands"},
		Note:  "<p>We <em>walked</em> it.</p>", Contents: []string{"tide-clocks", "rope-walk"},
	}
	if !reflect.DeepEqual(i.Issue, want) || len(warnings) != 1 {
		t.Errorf("got  %+v\nwant %+v; %v", i.Issue, want, warnings)
	}
}

func TestParseIssueOdd(t *testing.T) {
	for text, held := range map[string]bool{
		"volume: 12\nnumber: 9\ndate: 2024-09-01": false,
		"volume: 12\nnumber: 9":                   false,
		"volume: 12":                              true,
		"title: x":                                true,
		"volume: 12\nnumber: 9\ndate: soon":       true,
		"volume: 12\nnumber: 9\ndate: 2024-09-01\nstate: nearly":      true,
		"volume: 12\nnumber: 9\ndate: 2024-09-01\nhijri: Sapphire 12": true,
	} {
		i, problems := newReader().ParseIssue("issues/summer.yaml", []byte(text))
		if (i == nil) != held {
			t.Errorf("%q: held %v, want %v: %v", text, i == nil, held, problems)
		}
	}
}

func TestParseSection(t *testing.T) {
	s, problems := newReader().ParseSection("sections/craft.yaml", []byte("name: Science & Craft\ndescription: How things are made.\n"))
	if s == nil || len(problems) > 0 || s.Section != (magazine.Section{Name: "Science & Craft", Slug: "science-craft", Description: "How things are made."}) {
		t.Errorf("%+v %v", s, problems)
	}
	if s, problems := newReader().ParseSection("sections/x.yaml", []byte("name: \"&\"")); s != nil || len(problems) == 0 {
		t.Errorf("%+v %v", s, problems)
	}
}
