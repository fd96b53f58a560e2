package digests

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"postrider/magazine"
)

func TestCandidates(t *testing.T) {
	at := time.Date(2024, 9, 6, 4, 0, 0, 0, time.UTC)
	month := 31 * 24 * time.Hour
	good := magazine.Article{ID: "x", Seq: 5, State: magazine.Published, Published: at.Add(-time.Hour)}
	tests := []struct {
		name   string
		change func(*magazine.Article)
		maxAge time.Duration
		want   bool
	}{
		{"as it should be", func(*magazine.Article) {}, month, true},
		{"at the cut-off", func(a *magazine.Article) { a.Seq = 10 }, month, true},
		{"above the cut-off", func(a *magazine.Article) { a.Seq = 11 }, month, false},
		{"never visible", func(a *magazine.Article) { a.Seq = 0 }, month, false},
		{"withdrawn", func(a *magazine.Article) { a.State = magazine.Withdrawn }, month, false},
		{"a draft again", func(a *magazine.Article) { a.State = magazine.Draft }, month, false},
		{"as old as allowed", func(a *magazine.Article) { a.Published = at.Add(-month) }, month, true},
		{"older by a microsecond", func(a *magazine.Article) { a.Published = at.Add(-month - time.Microsecond) }, month, false},
		{"old, without a limit", func(a *magazine.Article) { a.Published = at.AddDate(-30, 0, 0) }, 0, true},
		{"expires at that instant", func(a *magazine.Article) { a.Expires = at }, month, false},
		{"expires later", func(a *magazine.Article) { a.Expires = at.Add(time.Microsecond) }, month, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := good
			test.change(&a)
			if got := len(Candidates([]magazine.Article{a}, 10, at, test.maxAge)) == 1; got != test.want {
				t.Errorf("kept: %v, want %v", got, test.want)
			}
		})
	}
}

func TestSelect(t *testing.T) {
	candidates := week()
	author := func(slug string, served int64) magazine.Follow {
		return magazine.Follow{Kind: magazine.FollowAuthor, Slug: slug, Served: served}
	}
	section := func(slug string, served int64) magazine.Follow {
		return magazine.Follow{Kind: magazine.FollowSection, Slug: slug, Served: served}
	}
	tests := []struct {
		name    string
		served  int64
		follows []magazine.Follow
		want    []int
	}{
		{"everything", 0, nil, []int{0, 1, 2, 3, 4, 5}},
		{"what is new", 4, nil, []int{4, 5}},
		{"nothing new", 6, nil, nil},
		{"an author, also as the second", 0, []magazine.Follow{author("amina-yusuf", 0)}, []int{0, 2, 3}},
		{"a section", 0, []magazine.Follow{section("tools", 0)}, []int{1, 4}},
		{"author and section, each once", 0, []magazine.Follow{author("joren-de-wit", 0), section("essays", 0)}, []int{0, 2}},
		{"a follow has its own number", 0, []magazine.Follow{author("amina-yusuf", 3), section("tools", 1)}, []int{1, 3, 4}},
		{"follows beside an old number", 6, []magazine.Follow{section("tools", 0)}, []int{1, 4}},
		{"an author who wrote nothing", 0, []magazine.Follow{author("nobody", 0)}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			sub := &magazine.Subscription{Served: test.served, Follows: test.follows}
			if got := NewChooser(candidates, nil).Select(sub); !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// drawArticles makes a pile of articles of few authors and sections, with
// rising numbers and clashing dates.
func drawArticles(t *rapid.T, least, most int) []magazine.Article {
	n := rapid.IntRange(least, most).Draw(t, "articles")
	slug := func(kind string, most int) string {
		return fmt.Sprint(kind, rapid.IntRange(0, most).Draw(t, kind))
	}
	all := make([]magazine.Article, n)
	for i := range all {
		all[i] = magazine.Article{
			ID: fmt.Sprint("id", i), Seq: int64(i + 1), State: magazine.Published, Slug: fmt.Sprint("slug", i),
			Title:     fmt.Sprintf("Title <%d>", i),
			Published: time.Date(2024, 9, rapid.IntRange(1, 5).Draw(t, "day"), 0, 0, 0, 0, time.UTC),
			Language:  rapid.SampledFrom([]string{"", "en", "en-GB", "ar"}).Draw(t, "language"),
			Authors:   []magazine.Author{{Slug: slug("author", 3), Name: "A"}, {Slug: slug("author", 3), Name: "B"}},
		}
		if s := slug("section", 3); s != "section0" {
			all[i].Section = magazine.Section{Slug: s, Name: "S" + s}
		}
		if rapid.Bool().Draw(t, "picture") {
			all[i].Image = &magazine.Image{Mail: &magazine.Image{Src: "/media/a/a.png", Width: 10, Height: 10}}
		}
	}
	return all
}

// A Chooser finds what a subscription wants, one article at a time.
func TestChooserAndWants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawArticles(t, 0, 20)
		for i := range all {
			all[i].Tags = rapid.SliceOfN(rapid.SampledFrom([]string{"Sea", "sea", " SEA ", "İstanbul", "Deep  Sea", ""}), 0, 3).Draw(t, "tags")
		}
		number := rapid.Int64Range(0, 20)
		sub := magazine.Subscription{Served: number.Draw(t, "served")}
		for _, slug := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"author0", "author1", "section1", "section2", "sea", "deep sea", magazine.TagKey("İstanbul")}), rapid.ID).Draw(t, "follows") {
			kind := rapid.SampledFrom([]magazine.FollowKind{magazine.FollowAuthor, magazine.FollowSection, magazine.FollowTag}).Draw(t, "kind")
			sub.Follows = append(sub.Follows, magazine.Follow{Kind: kind, Slug: slug, Served: number.Draw(t, "followed since")})
		}
		var want []int
		for i := range all {
			if sub.Wants(&all[i]) {
				want = append(want, i)
			}
		}
		if got := NewChooser(all, nil).Select(&sub); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

// What a person gets over any run of editions is every article they follow,
// each exactly once, wherever the cut-offs fall.
func TestEachArticleOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawArticles(t, 0, 30)
		sub := magazine.Subscription{}
		for range rapid.IntRange(0, 3).Draw(t, "follows") {
			kind := rapid.SampledFrom([]magazine.FollowKind{magazine.FollowAuthor, magazine.FollowSection}).Draw(t, "kind")
			sub.Follows = append(sub.Follows, magazine.Follow{Kind: kind, Slug: fmt.Sprint(kind, rapid.IntRange(1, 3).Draw(t, "slug"))})
		}
		var want []string
		for _, i := range NewChooser(all, nil).Select(&sub) {
			want = append(want, all[i].ID)
		}
		shuffled := rapid.Permutation(all).Draw(t, "order")
		var got []string
		for cutoff := int64(0); cutoff < int64(len(all)); {
			cutoff += int64(rapid.IntRange(1, 10).Draw(t, "step"))
			candidates := Candidates(shuffled, cutoff, friday.Date, 0)
			for _, i := range NewChooser(candidates, nil).Select(&sub) {
				got = append(got, candidates[i].ID)
			}
			sub.Served = cutoff
			for i := range sub.Follows {
				sub.Follows[i].Served = cutoff
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func TestKey(t *testing.T) {
	key := Key([]string{"a", "b"}, "en", magazine.Free)
	if len(key) != 32 || key != Key([]string{"b", "a"}, "en", magazine.Free) {
		t.Errorf("%q depends on the order", key)
	}
	for _, other := range []string{Key([]string{"ab"}, "en", magazine.Free), Key([]string{"a"}, "en", magazine.Free), Key([]string{"a", "b"}, "ar", magazine.Free), Key([]string{"a", "b", "b"}, "en", magazine.Free), Key([]string{"en", "a", "b"}, "", magazine.Free), Key(nil, "en", magazine.Free), Key([]string{"a", "b"}, "en", magazine.Member), Key([]string{"free", "a", "b"}, "en", "")} {
		if other == key {
			t.Errorf("two lists have the key %s", key)
		}
	}
	ids := []string{"b", "a"}
	Key(ids, "en", magazine.Free)
	if ids[0] != "b" {
		t.Error("Key sorted the caller's list")
	}
}

func TestMembersOnly(t *testing.T) {
	candidates := []magazine.Article{{Seq: 1}, {Seq: 2, Access: magazine.Members}, {Seq: 3}, {Seq: 4, Access: "patron"}}
	tiers := magazine.Tiers{"supporter", "patron"}
	for _, c := range []struct {
		tier     magazine.Tier
		leaveOut bool
		want     []int
	}{
		{magazine.Free, false, []int{0, 1, 2, 3}}, {magazine.Free, true, []int{0, 2}}, {"", true, []int{0, 2}},
		{magazine.Member, false, []int{0, 1, 2, 3}}, {magazine.Member, true, []int{0, 1, 2}},
		{"supporter", true, []int{0, 1, 2}}, {"patron", true, []int{0, 1, 2, 3}}, {"of old", true, []int{0, 1, 2}},
	} {
		mayRead := tiers.MayRead
		if !c.leaveOut {
			mayRead = nil
		}
		if got := NewChooser(candidates, mayRead).Select(&magazine.Subscription{Subscriber: magazine.Subscriber{Tier: c.tier}}); !slices.Equal(got, c.want) {
			t.Errorf("%+v: got %v", c, got)
		}
	}
}
