package digests

import (
	"slices"
	"testing"

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
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := rank(test.articles, test.language)[0].ID; got != test.want {
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
		ranked := rank(all, "en")
		shuffled := rank(rapid.Permutation(all).Draw(t, "order"), "en")
		if !slices.Equal(ids(ranked), ids(shuffled)) {
			t.Fatalf("%v and %v", ids(ranked), ids(shuffled))
		}
		var got []string
		seen := map[string]bool{}
		for _, d := range departments(ranked) {
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
		common, ok := commonIssue(rank(articles, "en"))
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
