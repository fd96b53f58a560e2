package store_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// world is a small publication in which anything may happen. Every scope's
// version must grow exactly when what it shows changes.
type world struct {
	*rapid.T
	s     *store.Store
	clock *posttest.Clock
	told  map[magazine.IssueRef]bool // issues of which a file has told
	news  bool                       // the last step told of one for the first time: it may say what was known
}

var (
	worldAuthors  = []string{"salma", "noor"}
	worldSlugs    = []string{"tide", "fog", "reef", "tides"}
	worldIDs      = []string{"tide", "fog", "reef"}
	worldRefs     = []magazine.IssueRef{{Volume: "12", Number: "9"}, {Volume: "12", Number: "10"}}
	worldSections = []string{"", "fiction"}
)

func worldScopes() []magazine.Scope {
	return []magazine.Scope{magazine.SiteScope(), magazine.AuthorScope("salma"), magazine.AuthorScope("noor"), magazine.SectionScope("fiction"),
		magazine.IssueScope(worldRefs[0]), magazine.IssueScope(worldRefs[1])}
}

func testVersionsGrowExactlyWithWhatShows(t *testing.T, s *store.Store, clock *posttest.Clock) {
	rapid.Check(t, func(r *rapid.T) {
		clock.Set(posttest.Start)
		wipe(t, s)
		w := &world{T: r, s: s, clock: clock, told: map[magazine.IssueRef]bool{}}
		shown, versions := w.look()
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			clock.Add(time.Minute)
			what := w.step()
			showsNow, versionsNow := w.look()
			for scope, now := range showsNow {
				v, was := versionsNow[scope], versions[scope]
				if v.Number < was.Number || now != shown[scope] && v.Number == was.Number {
					r.Fatalf("%s: version %d, then %d of %s, which showed\n%s\nand shows\n%s", what, was.Number, v.Number, scope, shown[scope], now)
				}
				if v.Number > was.Number && !v.Changed.Equal(s.Now()) {
					r.Fatalf("%s: %s changed at %s", what, scope, v.Changed)
				}
			}
			if maps.Equal(shown, showsNow) && !maps.Equal(versions, versionsNow) && !w.news {
				r.Fatalf("%s: nothing changed but the versions, from %v to %v; it all shows\n%v", what, versions, versionsNow, shown)
			}
			shown, versions = showsNow, versionsNow
		}
	})
}

// step does something and tells what.
func (w *world) step() string {
	kind := rapid.SampledFrom([]string{"article", "article", "article", "article", "same", "withdraw", "time", "author", "section", "issue", "publish"}).Draw(w.T, "kind")
	what := kind
	w.news = false
	err := w.s.Write(ctx, func(tx *store.Tx) (err error) {
		switch kind {
		case "article":
			a := w.article(tx)
			what = fmt.Sprintf("article %+v", a)
			if err = tx.PutArticle(ctx, a); err == nil {
				_, err = tx.PublishDue(ctx)
			}
		case "same": // as when a file was renamed
			row, err := tx.FindArticle(ctx, store.ByID, rapid.SampledFrom(worldIDs).Draw(w.T, "id"))
			if err != nil || row == nil {
				return err
			}
			row.FromFile += "x"
			if row.State == magazine.Published {
				row.State = magazine.Scheduled
			}
			return tx.PutArticle(ctx, *row)
		case "withdraw":
			return tx.Withdraw(ctx, rapid.SampledFrom(worldIDs).Draw(w.T, "id"), "Taken back.")
		case "time":
			w.clock.Add(time.Duration(rapid.IntRange(0, 3).Draw(w.T, "hours")) * time.Hour)
		case "author":
			return tx.PutAuthor(ctx, magazine.Author{Slug: rapid.SampledFrom(worldAuthors).Draw(w.T, "slug"), Name: rapid.SampledFrom([]string{"Salma", "SALMA"}).Draw(w.T, "name")})
		case "section":
			return tx.PutSection(ctx, magazine.Section{Slug: "fiction", Name: rapid.SampledFrom([]string{"Fiction", "Stories"}).Draw(w.T, "name")})
		case "issue":
			i := magazine.Issue{IssueRef: rapid.SampledFrom(worldRefs).Draw(w.T, "ref"), State: rapid.SampledFrom([]magazine.IssueState{magazine.IssueOpen, magazine.IssuePublished}).Draw(w.T, "state"),
				Contents: rapid.SliceOfN(rapid.SampledFrom(worldSlugs), 0, 3).Draw(w.T, "contents"), CoverDate: posttest.Start.AddDate(0, rapid.IntRange(0, 1).Draw(w.T, "month"), 0)}
			w.news, w.told[i.IssueRef] = !w.told[i.IssueRef], true
			_, err = tx.PutIssue(ctx, i)
		case "publish":
			_, err = tx.PublishIssue(ctx, rapid.SampledFrom(worldRefs).Draw(w.T, "ref"))
			if magazine.CodeOf(err) == magazine.NotFound {
				err = nil
			}
		}
		return err
	})
	if magazine.CodeOf(err) == magazine.Conflict { // another article has the slug
		err = nil
	}
	if err == nil && kind == "time" {
		err = w.s.Write(ctx, func(tx *store.Tx) error { _, err := tx.PublishDue(ctx); return err })
	}
	if err != nil {
		w.Fatalf("%s: %v", what, err)
	}
	return what
}

func (w *world) article(tx *store.Tx) store.ArticleRow {
	id := rapid.SampledFrom(worldIDs).Draw(w.T, "id")
	a := piece(id, posttest.Start.Add(time.Duration(rapid.IntRange(-2, 4).Draw(w.T, "hour"))*time.Hour))
	a.ID = id
	old, err := tx.FindArticle(ctx, store.ByID, id)
	if err != nil {
		w.Fatal(err)
	}
	if old != nil {
		a.Seq, a.Slug = old.Seq, old.Slug
		if old.Seq > 0 {
			a.Published = old.Published
		}
	}
	if rapid.IntRange(0, 3).Draw(w.T, "rename") == 0 {
		a.Slug = rapid.SampledFrom(worldSlugs).Draw(w.T, "slug")
	}
	a.Title = rapid.SampledFrom([]string{"One", "Two"}).Draw(w.T, "title")
	a.HTML = "<p>" + rapid.SampledFrom([]string{"x", "y"}).Draw(w.T, "body") + "</p>"
	a.Authors = nil
	for _, slug := range rapid.SliceOfN(rapid.SampledFrom(worldAuthors), 0, 2).Draw(w.T, "authors") {
		a.Authors = append(a.Authors, magazine.Author{Slug: slug, Name: rapid.SampledFrom([]string{slug, slug + " K."}).Draw(w.T, "byline")})
	}
	a.Section = magazine.Section{Slug: rapid.SampledFrom(worldSections).Draw(w.T, "section")}
	a.Section.Name = a.Section.Slug
	a.Issue = rapid.SampledFrom(append(worldRefs, magazine.IssueRef{})).Draw(w.T, "issue")
	for _, slug := range rapid.SliceOfN(rapid.SampledFrom(worldSlugs), 0, 1).Draw(w.T, "related") {
		a.Related = append(a.Related, magazine.Related{Slug: slug})
	}
	a.State = rapid.SampledFrom([]magazine.ArticleState{magazine.Scheduled, magazine.Scheduled, magazine.Scheduled, magazine.Draft}).Draw(w.T, "state")
	if rapid.IntRange(0, 4).Draw(w.T, "expires") == 0 {
		a.Expires = w.clock.Now().Add(time.Hour)
	}
	return a
}

// look tells what every scope shows, in its feeds and in the list of them, and
// of which version that is.
func (w *world) look() (shows map[string]string, versions map[string]store.Version) {
	must := func(err error) {
		if err != nil && magazine.CodeOf(err) != magazine.NotFound {
			w.Fatal(err)
		}
	}
	issues, err := w.s.Issues(ctx)
	must(err)
	dates := map[magazine.IssueRef]string{}
	for _, i := range issues {
		dates[i.IssueRef] = i.CoverDate.String()
	}
	related, err := w.s.ArticlesBySlug(ctx, worldSlugs)
	must(err)
	shows, versions = map[string]string{}, map[string]store.Version{}
	for _, scope := range worldScopes() {
		v, err := w.s.ScopeVersion(ctx, scope)
		must(err)
		versions[scope.Key()] = v
		page := []any{v.Number > 0}
		switch scope.Kind {
		case magazine.ScopeSite:
			authors, err := w.s.Authors(ctx)
			must(err)
			sections, err := w.s.Sections(ctx)
			must(err)
			page = []any{authors, sections, issues}
		case magazine.ScopeAuthor:
			author, err := w.s.Author(ctx, scope.Slug)
			must(err)
			page = append(page, author)
		case magazine.ScopeSection:
			section, err := w.s.Section(ctx, scope.Slug)
			must(err)
			page = append(page, section)
		case magazine.ScopeIssue:
			i := slices.IndexFunc(issues, func(i magazine.Issue) bool { return i.IssueRef == scope.Ref })
			if i >= 0 {
				page = append(page, issues[i], issues[i].State)
			}
		}
		ids, err := w.s.ArticleIDs(ctx, scope, store.ListOptions{})
		must(err)
		list, err := w.s.ArticlesByID(ctx, ids)
		must(err)
		for _, a := range list {
			page = append(page, a, a.Seq, a.HTML, dates[a.Issue])
			for _, r := range a.Related {
				page = append(page, related[r.Slug].Title, related[r.Slug].Slug)
			}
		}
		text, err := json.Marshal(page)
		must(err)
		shows[scope.Key()] = string(text)
	}
	return shows, versions
}

// A change is later than the one before it, in whole seconds, wherever the clock
// stands: a reader that goes by dates must not miss it.
func testAChangeIsLaterThanTheLast(t *testing.T, s *store.Store, clock *posttest.Clock) {
	put(t, s, piece("a", clock.Now()))
	before := must(s.ScopeVersion(ctx, magazine.SiteScope()))
	clock.Add(-time.Hour)
	put(t, s, piece("b", clock.Now()))
	if v := must(s.ScopeVersion(ctx, magazine.SiteScope())); v.Changed.Sub(before.Changed) < time.Second {
		t.Errorf("changed at %v, after %v", v.Changed, before.Changed)
	}
	clock.Add(2 * time.Hour)
	put(t, s, piece("c", clock.Now()))
	if v := must(s.ScopeVersion(ctx, magazine.SiteScope())); !v.Changed.Equal(clock.Now()) {
		t.Errorf("changed at %v, the clock says %v", v.Changed, clock.Now())
	}
}

func testSettingSince(t *testing.T, s *store.Store, clock *posttest.Clock) {
	first := clock.Now()
	for _, step := range []struct {
		value string
		want  time.Time
	}{{"a b", first}, {"a", first.Add(time.Hour)}, {"a", first.Add(time.Hour)}, {"b", first.Add(3 * time.Hour)}, {"b", first.Add(3 * time.Hour)}, {"a", first.Add(5 * time.Hour)}} {
		if got, err := s.SettingSince(ctx, "form", step.value); err != nil || !got.Equal(step.want) {
			t.Errorf("%s since %v, %v; want %v", step.value, got, err, step.want)
		}
		clock.Add(time.Hour)
	}
}
