package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// What is merged at the desk leads to the author and brings the followers along, stays
// whatever the author's own file says, and can be taken back with them.
func testMerges(t *testing.T, s *store.Store, clock *posttest.Clock) {
	follow := func(slug string) magazine.Follow {
		return magazine.Follow{Kind: magazine.FollowAuthor, Slug: slug}
	}
	put(t, s, by("jane-doe", piece("a", clock.Now().Add(-3*day))), by("jane-d", piece("b", clock.Now().Add(-2*day))), by("j-doe", piece("c", clock.Now().Add(-day))))
	one, both, none := join(t, s, "one@example.org", follow("jane-d")), join(t, s, "both@example.org", follow("jane-d"), follow("jane-doe")), join(t, s, "none@example.org", follow("j-doe"))
	merge := func(slug, into string, want magazine.Code) {
		t.Helper()
		err := s.Write(ctx, func(tx *store.Tx) error { return tx.MergeAuthors(ctx, slug, into, "amina") })
		if want == "" && err != nil || want != "" && magazine.CodeOf(err) != want {
			t.Errorf("%s into %s: %v, want %q", slug, into, err, want)
		}
	}
	follows := func(id, want string) {
		t.Helper()
		got := ""
		for _, f := range must(s.Subscription(ctx, "weekly", id)).Follows {
			got += f.Slug + " "
		}
		if strings.TrimSpace(got) != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	leads := func(slug, want string) {
		t.Helper()
		if own := must(s.AuthorSlug(ctx, slug)); own != want {
			t.Errorf("%s leads to %s, want %s", slug, own, want)
		}
	}
	part := func(slug string, want magazine.Code) {
		t.Helper()
		if err := s.Write(ctx, func(tx *store.Tx) error { return tx.PartAuthors(ctx, slug) }); want == "" && err != nil || want != "" && magazine.CodeOf(err) != want {
			t.Errorf("%v", err)
		}
	}
	before := must(s.ScopeVersion(ctx, magazine.AuthorScope("jane-doe"))).Number
	merge("jane-d", "nobody", magazine.NotFound)
	merge("nobody", "jane-doe", magazine.NotFound)
	merge("jane-d", "jane-d", magazine.Conflict)
	merge("jane-d", "j-doe", "")
	follows(none, "j-doe")
	follows(one, "j-doe")
	merge("jane-d", "jane-doe", magazine.Conflict)
	merge("j-doe", "jane-doe", magazine.Conflict) // whoever parted the three could not tell who followed whom
	part("jane-d", "")
	follows(one, "jane-d")
	follows(both, "jane-d jane-doe")
	merge("jane-d", "jane-doe", "")
	merge("j-doe", "jane-doe", "")
	merge("jane-doe", "jane-d", magazine.Conflict)
	leads("jane-d", "jane-doe")
	leads("j-doe", "jane-doe")
	follows(one, "jane-doe")
	follows(both, "jane-doe")
	if after := must(s.ScopeVersion(ctx, magazine.AuthorScope("jane-doe"))).Number; after <= before {
		t.Error("her feed has not changed")
	}
	if list := must(s.Merges(ctx)); len(list) != 2 || list[0].Who != "amina" || list[0].AuthorOf != "The jane-doe" || !list[0].At.Equal(posttest.Start) {
		t.Errorf("%+v", list)
	}
	if c := putAliases(t, s, "jane-doe", "jane-x"); fmt.Sprint(c.Moved) != "[jane-x]" || len(c.Taken) > 0 {
		t.Errorf("%+v", c)
	}
	if c := putAliases(t, s, "jane-doe", "jane-d"); len(c.Taken) > 0 {
		t.Errorf("what her file says, too: %+v", c)
	}
	putAliases(t, s, "jane-doe")
	leads("jane-d", "jane-d") // her file has taken it over, and back
	leads("j-doe", "jane-doe")
	merge("jane-doe", "jane-d", magazine.Conflict) // she has a file
	if !must(s.AuthorHasFile(ctx, "jane-doe")) || must(s.AuthorHasFile(ctx, "jane-d")) || must(s.AuthorHasFile(ctx, "nobody")) {
		t.Error("it is not told who has a file")
	}
	part("jane-d", magazine.NotFound)
	part("j-doe", "")
	leads("j-doe", "j-doe")
	follows(none, "j-doe")
	follows(one, "jane-doe") // by jane-d, which her file took over
	follows(both, "jane-doe")
	clock.Add(time.Hour)
	write(t, s, func(tx *store.Tx) error { return tx.Erase(ctx, magazine.Subscriber{ID: one}) })
}

// Whatever was merged, taken over by a file or parted before, whoever follows one of
// several spellings of an author never loses them all by the parting of another.
func testPartingLosesNobody(t *testing.T, s *store.Store, clock *posttest.Clock) {
	people := map[string]string{}
	do := func(f func(tx *store.Tx) error) func() { return func() { t.Helper(); write(t, s, f) } }
	merge := func(slug, into string) func() {
		return do(func(tx *store.Tx) error { return tx.MergeAuthors(ctx, slug, into, "amina") })
	}
	part := func(slug string) func() {
		return do(func(tx *store.Tx) error { return tx.PartAuthors(ctx, slug) })
	}
	file := func(author string, aliases ...string) func() {
		return func() { t.Helper(); putAliases(t, s, author, aliases...) }
	}
	put(t, s, by("a", piece("of-a", clock.Now())), by("b", piece("of-b", clock.Now())), by("c", piece("of-c", clock.Now())))
	for name, c := range map[string]struct {
		steps []func()
		want  map[string]string // by what they followed
	}{
		"of two merged, the one and the other":         {[]func(){merge("a", "c"), merge("b", "c"), part("a"), part("b")}, map[string]string{"a": "a", "b": "b", "c": "c", "ab": "ab", "ac": "ac", "abc": "abc"}},
		"of two merged, one":                           {[]func(){merge("a", "c"), merge("b", "c"), part("a")}, map[string]string{"a": "a", "b": "c", "c": "c", "ab": "ac", "ac": "ac", "abc": "ac"}},
		"a file takes one of two over":                 {[]func(){merge("a", "c"), merge("b", "c"), file("c", "a"), part("b"), file("c")}, map[string]string{"a": "c", "b": "b", "c": "c", "ab": "bc", "ac": "c", "abc": "bc"}},
		"a file takes it over, drops it, merged again": {[]func(){merge("a", "c"), file("c", "a"), file("c"), merge("a", "c"), part("a")}, map[string]string{"a": "c", "b": "b", "c": "c", "ac": "c"}},
		"a file has another besides":                   {[]func(){merge("a", "c"), file("c", "b"), part("a"), file("c")}, map[string]string{"a": "a", "b": "c", "ab": "ac", "ac": "ac"}},
		"a file has whom another was merged into":      {[]func(){merge("a", "b"), file("c", "b"), part("a"), file("c")}, map[string]string{"a": "ac", "b": "c", "c": "c", "ab": "ac", "ac": "ac"}},
		"a file of their own":                          {[]func(){merge("a", "c"), merge("b", "c"), file("a"), part("b")}, map[string]string{"a": "c", "b": "b", "ab": "bc", "c": "c"}},
	} {
		for from := range c.want {
			var list []magazine.Follow
			for _, slug := range strings.Split(from, "") {
				list = append(list, magazine.Follow{Kind: magazine.FollowAuthor, Slug: slug})
			}
			people[from] = join(t, s, fmt.Sprintf("%s-%d@example.org", from, len(people)), list...)
		}
		for _, step := range c.steps {
			step()
		}
		for from, want := range c.want {
			got := ""
			for _, f := range must(s.Subscription(ctx, "weekly", people[from])).Follows {
				got += f.Slug
			}
			if got != want {
				t.Errorf("%s: who followed %s follows %s, want %s", name, from, got, want)
			}
			write(t, s, func(tx *store.Tx) error { return tx.Erase(ctx, magazine.Subscriber{ID: people[from]}) })
		}
		write(t, s, func(tx *store.Tx) error { // they are as before
			for _, slug := range []string{"a", "b", "c"} {
				if _, err := tx.Unsay(ctx, "sample", magazine.AuthorScope(slug).Key()); err != nil {
					return err
				}
			}
			return nil
		})
		for _, slug := range []string{"a", "b", "c"} {
			if own := must(s.AuthorSlug(ctx, slug)); own != slug {
				part(slug)()
			}
		}
	}
}

// What people have chosen by their own word since two authors were merged stays as it is
// when they are parted.
func testPartingKeepsOwnChoices(t *testing.T, s *store.Store, clock *posttest.Clock) {
	put(t, s, by("a", piece("of-a", clock.Now())), by("b", piece("of-b", clock.Now())), by("c", piece("of-c", clock.Now())), by("d", piece("of-d", clock.Now())))
	authors := func(slugs string) (list []magazine.Follow) {
		for _, slug := range strings.Split(slugs, "") {
			list = append(list, magazine.Follow{Kind: magazine.FollowAuthor, Slug: slug})
		}
		return list
	}
	type act func(tx *store.Tx, id string) error
	set := func(slugs string) act {
		return func(tx *store.Tx, id string) error { return tx.SetFollows(ctx, "weekly", id, authors(slugs)) }
	}
	add := func(slug string) act {
		return func(tx *store.Tx, id string) error {
			_, err := tx.Follow(ctx, "weekly", id, authors(slug)[0])
			return err
		}
	}
	everything := func(tx *store.Tx, id string) error { return tx.FollowEverything(ctx, "weekly", id) }
	leave := func(tx *store.Tx, id string) error { _, err := tx.Unsubscribe(ctx, "weekly", id); return err }
	revive := func(tx *store.Tx, id string) error { _, err := tx.Subscribe(ctx, "weekly", id, true); return err }
	drop := func(tx *store.Tx, id string) error {
		if err := tx.DropShare(ctx, "weekly", id); err != nil {
			return err
		}
		_, err := tx.Subscribe(ctx, "weekly", id, false)
		return err
	}
	cases := []struct {
		what, followed string
		acts           []act
		want           string // once a and b are c no more
	}{
		{"left the author, and came back", "a", []act{set("d"), set("cd")}, "cd"},
		{"followed both, left the author, and came back", "ac", []act{set("d"), set("cd")}, "cd"},
		{"followed two of the merged, left the author, and came back", "ab", []act{set("d"), set("d"), add("c")}, "cd"},
		{"wanted everything, then the author", "a", []act{everything, set("c")}, "c"},
		{"left the newsletter, and came back for the author", "a", []act{leave, revive, add("c")}, "c"},
		{"was taken out, and added for the author", "a", []act{drop, add("c")}, "c"},
		{"asked for the author, too", "a", []act{add("c")}, "ac"},
		{"asked for the one merged, by an old link", "a", []act{add("a")}, "a"},
		{"kept the author, and chose another", "a", []act{set("cd")}, "ad"},
		{"kept the author, and left another", "ad", []act{set("c")}, "a"},
		{"left the newsletter, and nothing else", "ab", []act{leave}, "ab"},
	}
	var people []string
	for at, c := range cases {
		people = append(people, join(t, s, fmt.Sprintf("own-%d@example.org", at), authors(c.followed)...))
	}
	for _, slug := range []string{"a", "b"} {
		write(t, s, func(tx *store.Tx) error { return tx.MergeAuthors(ctx, slug, "c", "amina") })
	}
	for at, c := range cases {
		for _, do := range c.acts {
			write(t, s, func(tx *store.Tx) error { return do(tx, people[at]) })
		}
	}
	for _, slug := range []string{"a", "b"} {
		write(t, s, func(tx *store.Tx) error { return tx.PartAuthors(ctx, slug) })
	}
	for at, c := range cases {
		got := ""
		for _, f := range must(s.Subscription(ctx, "weekly", people[at])).Follows {
			got += f.Slug
		}
		if got != c.want {
			t.Errorf("who followed %s and %s follows %s, want %s", c.followed, c.what, got, c.want)
		}
	}
}

// Who decides about an issue by contents that it has no more is refused, whatever has
// happened to them, and by those it has is not.
func testSeenIssues(t *testing.T, s *store.Store, clock *posttest.Clock) {
	ref := magazine.IssueRef{Volume: "12", Number: "9"}
	in := func(a store.ArticleRow) store.ArticleRow { a.Issue = ref; return a }
	mark := func() (string, string) {
		t.Helper()
		all, slugs := must(s.IssueContents(ctx, ref)), ""
		for _, a := range all {
			slugs += a.Slug
		}
		return store.ContentsMark(all), slugs
	}
	seen := func(mark string, want magazine.Code) {
		t.Helper()
		if err := s.Write(ctx, func(tx *store.Tx) error { return tx.SeenIssue(ctx, ref, mark) }); want == "" && err != nil || want != "" && magazine.CodeOf(err) != want {
			t.Errorf("%v, want %q", err, want)
		}
	}
	seen("", magazine.NotFound)
	put(t, s, in(piece("a", clock.Now().Add(-3*day))), in(piece("b", clock.Now().Add(-2*day))))
	write(t, s, func(tx *store.Tx) error {
		_, err := tx.PutIssue(ctx, magazine.Issue{IssueRef: ref, State: magazine.IssueOpen})
		return err
	})
	last := ""
	for what, step := range []func(tx *store.Tx) error{
		func(tx *store.Tx) error { return nil },
		func(tx *store.Tx) error { return tx.OrderIssue(ctx, ref, []string{"b", "a"}) },
		func(tx *store.Tx) error {
			if err := tx.PutArticle(ctx, in(piece("c", tx.Now.Add(-day)))); err != nil {
				return err
			}
			_, err := tx.PublishDue(ctx)
			return err
		},
		func(tx *store.Tx) error { return tx.Withdraw(ctx, "id-b", "") },
	} {
		write(t, s, step)
		now, slugs := mark()
		if want := []string{"ab", "ba", "bac", "ac"}[what]; slugs != want {
			t.Errorf("%q, want %q", slugs, want)
		}
		seen(last, magazine.Conflict)
		seen(now, "")
		last = now
	}
	write(t, s, func(tx *store.Tx) error { _, err := tx.PublishIssue(ctx, ref); return err })
	seen(last, "") // that it is out is said otherwise
}

// The desk orders an issue's contents where its file does not.
func testOrderedIssues(t *testing.T, s *store.Store, clock *posttest.Clock) {
	ref := magazine.IssueRef{Volume: "12", Number: "9"}
	in := func(a store.ArticleRow) store.ArticleRow { a.Issue = ref; return a }
	put(t, s, in(piece("a", clock.Now().Add(-3*day))), in(piece("b", clock.Now().Add(-2*day))), in(piece("c", clock.Now().Add(-day))))
	order := func() (got string) {
		for _, a := range must(s.ArticlesIn(ctx, magazine.IssueScope(ref), store.ListOptions{})) {
			got += a.Slug + " "
		}
		return strings.TrimSpace(got)
	}
	write(t, s, func(tx *store.Tx) error { return tx.OrderIssue(ctx, ref, []string{"c", "a"}) })
	if got := order(); got != "c a b" || !must(s.Issue(ctx, ref)).Ordered {
		t.Errorf("%q", got)
	}
	of := func(contents ...string) {
		t.Helper()
		write(t, s, func(tx *store.Tx) error {
			_, err := tx.PutIssue(ctx, magazine.Issue{IssueRef: ref, State: magazine.IssuePublished, Contents: contents})
			return err
		})
	}
	of()
	if got := order(); got != "c a b" {
		t.Errorf("with a file that says nothing of it: %q", got)
	}
	of("b", "a")
	if got := order(); got != "b a c" || must(s.Issue(ctx, ref)).Ordered {
		t.Errorf("with a file that does: %q", got)
	}
	if err := s.Write(ctx, func(tx *store.Tx) error { return tx.OrderIssue(ctx, ref, []string{"c"}) }); magazine.CodeOf(err) != magazine.Conflict {
		t.Error(err)
	}
	if err := s.Write(ctx, func(tx *store.Tx) error { return tx.OrderIssue(ctx, magazine.IssueRef{Volume: "1", Number: "1"}, nil) }); magazine.CodeOf(err) != magazine.NotFound {
		t.Error(err)
	}
}
