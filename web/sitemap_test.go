package web

import (
	"encoding/xml"
	"slices"
	"strings"
	"testing"
)

func TestSitemap(t *testing.T) {
	f := newFixture(t)
	locations := func() []string {
		var set struct {
			URLs []sitemapURL `xml:"url"`
		}
		if err := xml.Unmarshal([]byte(f.get("/sitemap.xml").body), &set); err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, u := range set.URLs {
			all = append(all, u.Loc)
		}
		return all
	}
	all := locations()
	for _, want := range []string{"/", "/articles/tide-clocks/", "/articles/green-lamp/", "/authors/salma-oduya/", "/sections/odd/", "/issues/12/9/"} {
		if !slices.Contains(all, "https://harbour.example"+want) {
			t.Errorf("the sitemap lacks %s", want)
		}
	}
	for _, bad := range []string{"/articles/moved/", "/articles/gone/", "/articles/a-draft/", "/articles/tomorrow/"} {
		if slices.Contains(all, "https://harbour.example"+bad) {
			t.Errorf("the sitemap has %s", bad)
		}
	}
	f.put(newArticle("fresh", "Fresh"))
	if !slices.Contains(locations(), "https://harbour.example/articles/fresh/") {
		t.Error("a new article is not in the sitemap")
	}
	if robots := f.get("/robots.txt").body; !strings.Contains(robots, "Sitemap: https://harbour.example/sitemap.xml\n") {
		t.Errorf("robots.txt does not name the sitemap:\n%s", robots)
	}
}
