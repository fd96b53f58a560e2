package digests

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"postrider/magazine"
)

// What is explained is what is chosen.
func TestExplainIsTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawArticles(t, 0, 20)
		for i := range all {
			all[i].Seq = int64(rapid.IntRange(0, 20).Draw(t, "seq"))
			all[i].State = rapid.SampledFrom([]magazine.ArticleState{magazine.Published, magazine.Withdrawn}).Draw(t, "state")
			all[i].Access = rapid.SampledFrom([]magazine.Access{magazine.Everyone, magazine.Members, "patron"}).Draw(t, "access")
			all[i].Section = magazine.Section{Slug: rapid.SampledFrom([]string{"sea", "land"}).Draw(t, "section")}
		}
		sub := &magazine.Subscription{Served: int64(rapid.IntRange(0, 20).Draw(t, "served")), Subscriber: magazine.Subscriber{Tier: rapid.SampledFrom([]magazine.Tier{magazine.Free, magazine.Member, "patron"}).Draw(t, "tier")}}
		if rapid.Bool().Draw(t, "follows") {
			sub.Follows = []magazine.Follow{{Kind: magazine.FollowSection, Slug: "sea", Served: int64(rapid.IntRange(0, 20).Draw(t, "since"))}}
		}
		cutoff, leaveOut := int64(rapid.IntRange(0, 20).Draw(t, "cutoff")), rapid.Bool().Draw(t, "leave out")
		var mayRead func(magazine.Tier, magazine.Access) bool
		if leaveOut {
			mayRead = magazine.Tiers{"patron"}.MayRead
		}
		maxAge := rapid.SampledFrom([]time.Duration{0, 24 * time.Hour, 1000 * time.Hour}).Draw(t, "age")
		candidates := Candidates(all, cutoff, friday.Date, maxAge)
		var chosen, explained []string
		for _, at := range NewChooser(candidates, mayRead).Select(sub) {
			chosen = append(chosen, candidates[at].ID)
		}
		for _, v := range Explain(all, sub, cutoff, friday.Date, maxAge, mayRead) {
			if v.In {
				explained = append(explained, v.Article.ID)
			}
			if v.Why == "" || strings.HasPrefix(v.Why, "new") != v.In {
				t.Fatalf("%+v: %q", v.Article, v.Why)
			}
		}
		slices.Sort(chosen)
		slices.Sort(explained)
		if !slices.Equal(chosen, explained) {
			t.Fatalf("chosen %v, explained %v", chosen, explained)
		}
	})
}
