package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

func endPass(t *testing.T, s *store.Store, source string, pass int64, want int64) {
	t.Helper()
	if n, err := s.EndPass(ctx, source, pass); err != nil || n != want {
		t.Errorf("the end of pass %d over %s changed %d articles, want %d: %v", pass, source, n, want, err)
	}
}

// The end of a pass shows what it brought and what earlier ones left behind,
// and nothing of one that goes on or of another source.
func testThePassesThatEnd(t *testing.T, s *store.Store, clock *posttest.Clock) {
	first, second, third := must(s.BeginPass(ctx)), must(s.BeginPass(ctx)), must(s.BeginPass(ctx))
	if first >= second || second >= third {
		t.Fatal(first, second, third)
	}
	from := func(source, slug string, hours int) store.ArticleRow {
		a := piece(slug, clock.Now().Add(-time.Duration(hours)*time.Hour))
		a.Source = source
		return a
	}
	bring(t, s, first, from("sample", "left", 1))
	bring(t, s, second, from("sample", "tide", 3), from("old", "reef", 2))
	bring(t, s, third, from("sample", "fog", 4))
	if n := publishDue(t, s); n != 0 {
		t.Errorf("%d appeared before the end", n)
	}
	endPass(t, s, "sample", second, 2)
	if got := slugs(t, s, magazine.SiteScope()); got != "left tide" {
		t.Errorf("%q", got)
	}
	endPass(t, s, "sample", second, 0)
	endPass(t, s, "old", third, 1)
	if got := slugs(t, s, magazine.SiteScope()); got != "reef left tide" {
		t.Errorf("%q", got)
	}
	endPass(t, s, "sample", third, 1)
	if got := slugs(t, s, magazine.SiteScope()); got != "fog reef left tide" {
		t.Errorf("%q", got)
	}
}

// The end of a pass over some files shows what it brought itself, and it knows of
// no displaced articles but its own: the others' passes may be going on.
func testAPassOverSomeEnds(t *testing.T, s *store.Store, clock *posttest.Clock) {
	first, second, third := must(s.BeginPass(ctx)), must(s.BeginPass(ctx)), must(s.BeginPass(ctx))
	bring(t, s, first, piece("left", clock.Now()))
	bring(t, s, second, piece("tide", clock.Now()))
	bring(t, s, third, piece("fog", clock.Now()))
	if n, err := s.EndOnly(ctx, "sample", second); err != nil || n != 1 {
		t.Errorf("%d appeared, %v", n, err)
	}
	if got := slugs(t, s, magazine.SiteScope()); got != "tide" {
		t.Errorf("%q", got)
	}
	for _, c := range []struct {
		first, last int64
		want        string
	}{{1, third, "id-fog id-left"}, {1, second, "id-left"}, {second, second, ""}, {third, third, "id-fog"}} {
		if got := strings.Join(must(s.Orphans(ctx, "sample", c.first, c.last)), " "); got != c.want { // they have no files here
			t.Errorf("from %d to %d: %q, want %q", c.first, c.last, got, c.want)
		}
	}
}

// The end of a long pass that is cut short leaves a whole: what appeared are
// the earliest, numbered everywhere, and the next pass's end shows the others.
func testALongPassIsCutShort(t *testing.T, s *store.Store, clock *posttest.Clock) {
	const n = 2*store.Portion + 20
	var rows []store.ArticleRow
	for i := range n {
		a := piece(fmt.Sprintf("p%04d", i), clock.Now().Add(-time.Duration(n-i)*time.Hour))
		a.Related = []magazine.Related{{Slug: fmt.Sprintf("p%04d", (i+store.Portion)%n)}} // of another portion
		a.Section.Slug = fmt.Sprintf("part-%d", i%3)
		if i%4 == 0 {
			a.Issue = magazine.IssueRef{}
		}
		rows = append(rows, a)
	}
	first := must(s.BeginPass(ctx))
	for i := range rows { // files come in any order
		rows[i], rows[i*7919%n] = rows[i*7919%n], rows[i]
		rows[i].Pass, rows[i*7919%n].Pass = first, first
	}
	write(t, s, func(tx *store.Tx) error { return tx.AddArticles(ctx, rows) })
	if changed, more, err := s.EndPortion(ctx, "sample", first); changed != store.Portion || !more || err != nil { // and there it dies
		t.Fatal(changed, more, err)
	}
	check := func(seen int) {
		t.Helper()
		for _, scope := range []magazine.Scope{magazine.SiteScope(), magazine.SectionScope("part-1"), magazine.IssueScope(ninth), magazine.AuthorScope("salma-oduya")} {
			want := 0
			for i := range seen {
				if scope.Kind == magazine.ScopeSection && i%3 != 1 || scope.Kind == magazine.ScopeIssue && i%4 == 0 {
					continue
				}
				want++
			}
			list := must(s.ArticlesIn(ctx, scope, store.ListOptions{}))
			if len(list) != want {
				t.Errorf("%s has %d, want %d", scope.Key(), len(list), want)
			}
			for i, a := range list {
				if a.Number != int64(want-i) || i > 0 && !a.Published.Before(list[i-1].Published) {
					t.Fatalf("%s: %s has number %d at place %d", scope.Key(), a.Slug, a.Number, i)
				}
			}
			if v := must(s.ScopeVersion(ctx, scope)); v.Last != int64(want) {
				t.Errorf("%s: the last number is %d, want %d", scope.Key(), v.Last, want)
			}
		}
	}
	check(store.Portion)
	if publishDue(t, s) != 0 || !must(s.NextDue(ctx)).IsZero() {
		t.Error("the rest does not wait")
	}
	issue := must(s.Issue(ctx, ninth))
	before := version(t, s, magazine.SectionScope("part-1"))
	endPass(t, s, "sample", must(s.BeginPass(ctx)), n-store.Portion)
	check(n)
	if !must(s.Issue(ctx, ninth)).CoverDate.Equal(issue.CoverDate) || version(t, s, magazine.SectionScope("part-1")) <= before {
		t.Error("the issue's date moved, or a section did not")
	}
}

// In an archive everything stands where it stood.
func testNumbersInScopes(t *testing.T, s *store.Store, clock *posttest.Clock) {
	salma, noor := magazine.AuthorScope("salma-oduya"), magazine.AuthorScope("noor")
	at := func(hours int) time.Time { return clock.Now().Add(time.Duration(hours) * time.Hour) }
	by := func(a store.ArticleRow, slugs ...string) store.ArticleRow {
		a.Authors = nil
		for _, slug := range slugs {
			a.Authors = append(a.Authors, magazine.Author{Slug: slug, Name: slug})
		}
		return a
	}
	numbers := func(scope magazine.Scope, o store.ListOptions) string {
		t.Helper()
		var all []string
		for _, a := range must(s.ArticlesIn(ctx, scope, o)) {
			all = append(all, fmt.Sprintf("%d:%s", a.Number, a.Slug))
		}
		return strings.Join(all, " ")
	}
	wants := func(what string, scope magazine.Scope, last int64, want string) {
		t.Helper()
		if got := numbers(scope, store.ListOptions{}); got != want {
			t.Errorf("%s: %s has %q, want %q", what, scope.Key(), got, want)
		}
		if v := must(s.ScopeVersion(ctx, scope)); v.Last != last {
			t.Errorf("%s: %s's last is %d, want %d", what, scope.Key(), v.Last, last)
		}
	}
	put(t, s, by(piece("c", at(-1)), "noor"), by(piece("a", at(-3)), "salma-oduya"), by(piece("b", at(-2)), "salma-oduya", "noor"), by(piece("d", at(5)), "noor"))
	wants("first", magazine.SiteScope(), 3, "3:c 2:b 1:a")
	wants("first", salma, 2, "2:b 1:a")
	wants("first", noor, 2, "2:c 1:b")

	put(t, s, by(piece("late", at(-9)), "salma-oduya")) // an old date that comes late is the newest
	wants("late", salma, 3, "3:late 2:b 1:a")

	put(t, s, by(again(t, s, "id-a"), "salma-oduya", "noor")) // another author for an old article
	wants("another author", salma, 3, "3:late 2:b 1:a")
	wants("another author", noor, 3, "3:a 2:c 1:b")

	put(t, s, by(again(t, s, "id-b"), "salma-oduya")) // who was none
	wants("left", noor, 3, "3:a 2:c")
	put(t, s, by(again(t, s, "id-b"), "noor", "salma-oduya"))
	wants("came back", noor, 3, "3:a 2:c 1:b")
	if a := must(s.Author(ctx, "noor")); a.Name != "noor" {
		t.Errorf("%+v", a)
	}

	write(t, s, func(tx *store.Tx) error { return tx.Withdraw(ctx, "id-c", "") })
	wants("withdrawn", noor, 3, "3:a 1:b")
	clock.Add(5 * time.Hour)
	publishDue(t, s)
	wants("a new one", noor, 4, "4:d 3:a 1:b")
	back := by(again(t, s, "id-c"), "noor", "salma-oduya") // and it has another author when it returns
	back.State = magazine.Scheduled
	put(t, s, back)
	wants("returned", noor, 4, "4:d 3:a 2:c 1:b")
	wants("returned", salma, 4, "4:c 3:late 2:b 1:a")
	wants("returned", magazine.SiteScope(), 5, "5:d 4:late 3:c 2:b 1:a")

	write(t, s, func(tx *store.Tx) error { return tx.Withdraw(ctx, "id-a", "") })
	for o, want := range map[store.ListOptions]string{
		{Above: 0, Before: 3}:             "2:b",
		{Above: 2, Before: 5}:             "4:c 3:late",
		{Above: 4, Before: 7}:             "",
		{Limit: 2}:                        "4:c 3:late",
		{Limit: 1, Before: 4}:             "3:late",
		{Above: 1, Limit: 9}:              "4:c 3:late 2:b",
		{Above: 1, Before: 3, Limit: 100}: "2:b",
	} {
		if got := numbers(salma, o); got != want {
			t.Errorf("%+v: %q, want %q", o, got, want)
		}
	}
}

// Whatever happens, an article keeps its number in each scope, nothing else gets
// it, and numbers go on from the highest.
func testNumbersStayForEver(t *testing.T, s *store.Store, clock *posttest.Clock) {
	rapid.Check(t, func(r *rapid.T) {
		clock.Set(posttest.Start)
		wipe(t, s)
		w := &world{T: r, s: s, clock: clock, told: map[magazine.IssueRef]bool{}}
		held, numbers := map[string]string{}, map[string]int64{} // who has a number; which number an article has, both by scope
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			clock.Add(time.Minute)
			what := w.step()
			for _, scope := range worldScopes() {
				v, err := s.ScopeVersion(ctx, scope)
				if magazine.CodeOf(err) == magazine.NotFound {
					continue
				}
				last := numbers[scope.Key()]
				fresh := int64(0)
				for _, a := range must(s.ArticlesIn(ctx, scope, store.ListOptions{})) {
					slot, own := fmt.Sprint(scope.Key(), a.Number), scope.Key()+a.ID
					if held[slot] == "" && numbers[own] == 0 {
						held[slot], numbers[own] = a.ID, a.Number
						fresh++
						if a.Number <= last {
							r.Fatalf("%s: %s got %d in %s after %d", what, a.ID, a.Number, scope.Key(), last)
						}
					}
					if held[slot] != a.ID || numbers[own] != a.Number {
						r.Fatalf("%s: %s has %d in %s, which was %s's; it had %d", what, a.ID, a.Number, scope.Key(), held[slot], numbers[own])
					}
				}
				if v.Last != last+fresh {
					r.Fatalf("%s: %s goes on from %d, after %d with %d new", what, scope.Key(), v.Last, last, fresh)
				}
				numbers[scope.Key()] = v.Last
			}
		}
	})
}
