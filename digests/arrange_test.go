package digests

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"postrider/magazine"
)

func ids(articles []*magazine.Article) (list []string) {
	for _, a := range articles {
		list = append(list, a.ID)
	}
	return list
}

func TestLead(t *testing.T) {
	withPicture := func(a magazine.Article) magazine.Article { a.Image = week()[0].Image; return a }
	pinned := func(a magazine.Article, longer time.Duration) magazine.Article {
		a.Pinned = friday.Date.Add(longer)
		return a
	}
	all := week()
	tests := []struct {
		name     string
		articles []magazine.Article
		language string
		want     string
	}{
		{"the newest", []magazine.Article{all[4], all[1], all[2]}, "en", "b"},
		{"one with a picture before a newer one", []magazine.Article{all[1], withPicture(all[2])}, "en", "c"},
		{"the mail's language before a picture", []magazine.Article{withPicture(all[3]), all[4]}, "en-KE", "e"},
		{"the mail's language", []magazine.Article{all[0], all[3]}, "ar", "d"},
		{"the only one", all[3:4], "en", "d"},
		{"one that is pinned before all", []magazine.Article{all[0], all[1], pinned(all[3], time.Hour), pinned(all[4], 0)}, "en", "d"},
		{"the newest that is pinned", []magazine.Article{all[0], pinned(all[2], time.Hour), pinned(all[1], time.Hour)}, "en", "b"},
		{"the only one", all[3:4], "en", "d"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := rank(test.articles, test.language, friday.Date)[0].ID; got != test.want {
				t.Errorf("the lead is %s, want %s", got, test.want)
			}
		})
	}
}

// Nothing is lost or doubled between the articles and the sections of a mail,
// and the order they came in changes nothing.
func TestArrangement(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawArticles(t, 1, 30)
		ranked := rank(all, "en", friday.Date)
		shuffled := rank(rapid.Permutation(all).Draw(t, "order"), "en", friday.Date)
		if !slices.Equal(ids(ranked), ids(shuffled)) {
			t.Fatalf("%v and %v", ids(ranked), ids(shuffled))
		}
		var got []string
		seen := map[string]bool{}
		for _, d := range departments(ranked, nil) {
			if seen[d.section.Slug] {
				t.Fatalf("section %q twice", d.section.Slug)
			}
			if seen[""] {
				t.Fatalf("section %q after what is in none", d.section.Slug)
			}
			seen[d.section.Slug] = true
			for _, a := range d.articles {
				if a.Section.Slug != d.section.Slug {
					t.Fatalf("%s is not in %q", a.ID, d.section.Slug)
				}
			}
			got = append(got, ids(d.articles)...)
		}
		want := ids(ranked)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func TestCommonIssue(t *testing.T) {
	cite := func(articles []magazine.Article) string {
		common, ok := commonIssue(rank(articles, "en", friday.Date))
		if !ok {
			return ""
		}
		return publication().Cite(&common)
	}
	whole := "Harbour & Horizon Vol. 12, No. 9, Safar, 1446"
	if got := cite(week()); got != whole {
		t.Errorf("got %q, want %q", got, whole)
	}
	months := week()
	months[2].HijriMonth = "Muharram"
	if got, want := cite(months), "Harbour & Horizon Vol. 12, No. 9"; got != want {
		t.Errorf("with two months: %q, want %q", got, want)
	}
	two := week()
	two[3].Issue.Number = "10"
	if got := cite(two); got != "" {
		t.Errorf("articles of two issues are cited as %q", got)
	}
	none := week()
	none[5].Issue = magazine.IssueRef{}
	if got := cite(none); got != "" {
		t.Errorf("with an article in no issue: %q", got)
	}
}

func TestOrderOfSections(t *testing.T) {
	all := rank(week(), "en", friday.Date)
	for _, c := range []struct {
		first []string
		want  string
	}{{nil, "essays letters tools -"}, {[]string{"tools", "no-such", "letters"}, "tools letters essays -"}} {
		var got []string
		for _, d := range departments(all, c.first) {
			got = append(got, cmp.Or(d.section.Slug, "-"))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("with %v first: %v, want %s", c.first, got, c.want)
		}
	}
}
