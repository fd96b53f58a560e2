package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

func testIssueInTheOrderOfItsContents(t *testing.T, s *store.Store, clock *posttest.Clock) {
	for i, slug := range []string{"a", "b", "c", "d"} {
		put(t, s, piece(slug, clock.Now().Add(time.Duration(i-9)*time.Hour)))
	}
	renamed := again(t, s, "id-c")
	renamed.Slug = "sea"
	put(t, s, renamed)
	scope := magazine.IssueScope(ninth)
	issue := magazine.Issue{IssueRef: ninth, State: magazine.IssueOpen, CoverDate: clock.Now(), Contents: []string{"d", "unknown", "c", "d", "a"}}
	putIssue(t, s, issue)
	if got := slugs(t, s, scope); got != "d sea b a" {
		t.Errorf("open: %q", got)
	}
	issue.State = magazine.IssuePublished
	putIssue(t, s, issue)
	if got := slugs(t, s, scope); got != "d sea a b" {
		t.Errorf("published: %q", got)
	}
	list, err := s.ArticlesIn(ctx, scope, store.ListOptions{Limit: 2})
	if err != nil || slugsOf(list) != "d sea" {
		t.Errorf("the first two: %q, %v", slugsOf(list), err)
	}
	for _, o := range []store.ListOptions{{}, {Limit: 2}, {Above: 1}, {Before: 3, Limit: 1}} {
		for _, scope := range []magazine.Scope{scope, magazine.SiteScope()} {
			var want []string
			for _, a := range must(s.ArticlesIn(ctx, scope, o)) {
				want = append(want, a.ID)
			}
			if got := must(s.ArticleIDs(ctx, scope, o)); len(got) == 0 || !slices.Equal(got, want) {
				t.Errorf("%s, %+v: the ids %q are not those of the articles %q", scope.Key(), o, got, want)
			}
		}
	}
	if _, err := s.ArticleIDs(ctx, magazine.IssueScope(magazine.IssueRef{Volume: "1", Number: "1"}), store.ListOptions{}); magazine.CodeOf(err) != magazine.NotFound {
		t.Errorf("the ids of an unknown issue: %v", err)
	}
	if _, err := s.ArticlesIn(ctx, magazine.IssueScope(magazine.IssueRef{Volume: "1", Number: "1"}), store.ListOptions{}); magazine.CodeOf(err) != magazine.NotFound {
		t.Errorf("an unknown issue: %v", err)
	}
}

func putIssue(t testing.TB, s *store.Store, i magazine.Issue) (published bool) {
	t.Helper()
	write(t, s, func(tx *store.Tx) (err error) {
		published, err = tx.PutIssue(ctx, i)
		return err
	})
	return published
}

func testIssueIsPublishedOnce(t *testing.T, s *store.Store, clock *posttest.Clock) {
	ref := func(n string) magazine.IssueRef { return magazine.IssueRef{Volume: "12", Number: n} }
	publish := func(r magazine.IssueRef) (now bool, err error) {
		err = s.Write(ctx, func(tx *store.Tx) (err error) { now, err = tx.PublishIssue(ctx, r); return err })
		return now, err
	}
	check := func(what, n string, state magazine.IssueState, at time.Time) {
		t.Helper()
		i, err := s.Issue(ctx, ref(n))
		if err != nil || i.State != state || !i.PublishedAt.Equal(at) {
			t.Errorf("%s: %+v, %v; want %s at %s", what, i, err, state, at)
		}
	}
	first := clock.Now()
	if putIssue(t, s, magazine.Issue{IssueRef: ref("1"), State: magazine.IssuePublished}) {
		t.Error("an issue that is published when first heard of was not published now")
	}
	check("heard of", "1", magazine.IssuePublished, first)
	if putIssue(t, s, magazine.Issue{IssueRef: ref("2"), State: magazine.IssueOpen}) {
		t.Error("an open issue is not published")
	}
	check("open", "2", magazine.IssueOpen, time.Time{})
	clock.Add(time.Hour)
	if !putIssue(t, s, magazine.Issue{IssueRef: ref("2"), State: magazine.IssuePublished}) {
		t.Error("its file published it")
	}
	second := clock.Now()
	check("by its file", "2", magazine.IssuePublished, second)
	clock.Add(time.Hour)
	for _, n := range []string{"1", "2"} {
		if putIssue(t, s, magazine.Issue{IssueRef: ref(n), State: magazine.IssueOpen, Title: "Again"}) {
			t.Error("published twice")
		}
	}
	check("never back", "1", magazine.IssuePublished, first)
	check("never back", "2", magazine.IssuePublished, second)

	putIssue(t, s, magazine.Issue{IssueRef: ref("3"), State: magazine.IssueOpen})
	if now, err := publish(ref("3")); !now || err != nil {
		t.Error(now, err)
	}
	if now, err := publish(ref("3")); now || err != nil {
		t.Error("published twice", err)
	}
	check("by command", "3", magazine.IssuePublished, clock.Now())
	if putIssue(t, s, magazine.Issue{IssueRef: ref("3"), State: magazine.IssueOpen, Title: "Its file says so still"}) {
		t.Error("published again")
	}
	check("whatever the file says", "3", magazine.IssuePublished, clock.Now())
	if _, err := publish(ref("4")); magazine.CodeOf(err) != magazine.NotFound {
		t.Error(err)
	}
	put(t, s, piece("a", first)) // an issue that only articles name
	if now, err := publish(ninth); now || err != nil {
		t.Error("it was published from the start", err)
	}
	putIssue(t, s, magazine.Issue{IssueRef: ninth, State: magazine.IssueOpen})
	check("its own file has the first word", "9", magazine.IssueOpen, time.Time{})
}

func testCoverDates(t *testing.T, s *store.Store, clock *posttest.Clock) {
	cover := func(want time.Time) {
		t.Helper()
		i, err := s.Issue(ctx, ninth)
		if err != nil || !i.CoverDate.Equal(want) {
			t.Errorf("cover date %v, %v; want %v", i, err, want)
		}
	}
	draft := piece("draft", clock.Now().Add(-100*day))
	draft.State = magazine.Draft
	put(t, s, draft)
	if _, err := s.Issue(ctx, ninth); magazine.CodeOf(err) != magazine.NotFound {
		t.Errorf("a draft shows its issue: %v", err)
	}
	put(t, s, piece("b", clock.Now().Add(-2*day)))
	cover(clock.Now().Add(-2 * day))
	other := piece("a", clock.Now().Add(-5*day))
	other.Authors = []magazine.Author{{Slug: "noor", Name: "Noor"}}
	before := version(t, s, magazine.AuthorScope("salma-oduya"))
	put(t, s, other)
	cover(clock.Now().Add(-5 * day))
	if version(t, s, magazine.AuthorScope("salma-oduya")) == before {
		t.Error("the cover date has changed in the other author's feed, and its version has not")
	}
	write(t, s, func(tx *store.Tx) error { return tx.Withdraw(ctx, "id-a", "") })
	cover(clock.Now().Add(-2 * day))
	write(t, s, func(tx *store.Tx) error {
		if at, err := tx.CoverDate(ctx, ninth); err != nil || !at.IsZero() {
			t.Errorf("a derived date dates no article: %v, %v", at, err)
		}
		return nil
	})
	given := clock.Now().AddDate(0, -1, 0)
	putIssue(t, s, magazine.Issue{IssueRef: ninth, State: magazine.IssuePublished, CoverDate: given})
	put(t, s, piece("c", clock.Now().Add(-400*day)))
	cover(given)
	write(t, s, func(tx *store.Tx) error {
		if at, err := tx.CoverDate(ctx, ninth); err != nil || !at.Equal(given) {
			t.Errorf("%v, %v", at, err)
		}
		return nil
	})
	tenth := piece("d", clock.Now())
	tenth.Issue.Number = "10"
	put(t, s, tenth)
	issues, err := s.Issues(ctx)
	if err != nil || len(issues) != 2 || issues[0].Number != "10" || issues[1].Number != "9" {
		t.Errorf("%+v, %v", issues, err)
	}
}

// Issues are listed in parts as they are listed at once, also those of one cover date.
func testIssuesInParts(t *testing.T, s *store.Store, clock *posttest.Clock) {
	for n := range 7 {
		a := piece(fmt.Sprintf("p%d", n), clock.Now())
		a.Issue = magazine.IssueRef{Volume: fmt.Sprint(n / 4), Number: fmt.Sprint(n)}
		put(t, s, a)
		putIssue(t, s, magazine.Issue{IssueRef: a.Issue, State: magazine.IssueOpen, CoverDate: clock.Now().AddDate(0, n/3, 0)})
	}
	all, err := s.Issues(ctx)
	if err != nil || len(all) != 7 {
		t.Fatal(all, err)
	}
	var got []magazine.Issue
	for last := (*magazine.Issue)(nil); ; last = &got[len(got)-1] {
		some, err := s.IssuesAfter(ctx, last, 2)
		if err != nil || len(got) > len(all) {
			t.Fatal(got, err)
		}
		if len(some) == 0 {
			break
		}
		got = append(got, some...)
	}
	if fmt.Sprint(got) != fmt.Sprint(all) {
		t.Errorf("in parts %v, at once %v", got, all)
	}
}

func testIssuesFileTouchesEveryFeedOfItsArticles(t *testing.T, s *store.Store, clock *posttest.Clock) {
	put(t, s, piece("a", clock.Now()))
	elsewhere := piece("b", clock.Now())
	elsewhere.Issue, elsewhere.Authors, elsewhere.Section = magazine.IssueRef{}, []magazine.Author{{Slug: "noor", Name: "Noor"}}, magazine.Section{}
	put(t, s, elsewhere)
	scopes := []magazine.Scope{magazine.SiteScope(), magazine.AuthorScope("salma-oduya"), magazine.SectionScope("fiction"), magazine.IssueScope(ninth), magazine.AuthorScope("noor")}
	read := func() (all []int64) {
		for _, scope := range scopes {
			all = append(all, version(t, s, scope))
		}
		return all
	}
	for what, change := range map[string]func(*magazine.Issue){
		"hijri": func(i *magazine.Issue) { i.Hijri = "Safar 1446" }, "cover date": func(i *magazine.Issue) { i.CoverDate = clock.Now().Add(-day) },
	} {
		issue := magazine.Issue{IssueRef: ninth, State: magazine.IssuePublished, CoverDate: clock.Now()}
		putIssue(t, s, issue)
		before := read()
		putIssue(t, s, issue)
		for i, after := range read() {
			if after != before[i] {
				t.Errorf("%s: the same file again touched %s", what, scopes[i].Key())
			}
		}
		change(&issue)
		putIssue(t, s, issue)
		for i, after := range read() {
			if want := before[i] + 1; i < 4 && after != want || i == 4 && after != before[i] {
				t.Errorf("%s: %s went from %d to %d", what, scopes[i].Key(), before[i], after)
			}
		}
	}
}

func testFilesOfAuthorsAndSectionsTouchTheListOfFeeds(t *testing.T, s *store.Store, clock *posttest.Clock) {
	put(t, s, piece("a", clock.Now()))
	for what, save := range map[string]func(tx *store.Tx, name string) error{
		"author": func(tx *store.Tx, name string) error {
			return tx.PutAuthor(ctx, magazine.Author{Slug: "salma-oduya", Name: name})
		},
		"section": func(tx *store.Tx, name string) error {
			return tx.PutSection(ctx, magazine.Section{Slug: "fiction", Name: name})
		},
	} {
		scope := magazine.Scope{Kind: magazine.ScopeAuthor, Slug: "salma-oduya"}
		if what == "section" {
			scope = magazine.SectionScope("fiction")
		}
		site, own := version(t, s, magazine.SiteScope()), version(t, s, scope)
		for range 2 { // the second time it says what is known
			write(t, s, func(tx *store.Tx) error { return save(tx, "Another") })
		}
		if version(t, s, magazine.SiteScope()) != site+1 || version(t, s, scope) != own+1 {
			t.Errorf("%s: the site went from %d to %d, %s from %d to %d", what, site, version(t, s, magazine.SiteScope()), scope.Key(), own, version(t, s, scope))
		}
	}
}

// Where no file of its own names them, an author and a section are called as in
// the newest visible article.
func testNamesComeFromTheNewestByline(t *testing.T, s *store.Store, clock *posttest.Clock) {
	byline := func(slug, author, section string, ago time.Duration) store.ArticleRow {
		a := piece(slug, clock.Now().Add(-ago))
		a.Authors = []magazine.Author{{Slug: "jose-garcia", Name: author}}
		a.Section = magazine.Section{Slug: "essays", Name: section}
		return a
	}
	check := func(what, author, section string, articles int) {
		t.Helper()
		authors, err := s.Authors(ctx)
		if err != nil || len(authors) != 1 || authors[0].Name != author || authors[0].Articles != articles {
			t.Errorf("%s: authors %+v, %v; want %s", what, authors, err, author)
		}
		if a, err := s.Author(ctx, "jose-garcia"); err != nil || a.Name != author {
			t.Errorf("%s: author %+v, %v; want %s", what, a, err, author)
		}
		sections, err := s.Sections(ctx)
		if err != nil || len(sections) != 1 || sections[0].Name != section || sections[0].Articles != articles {
			t.Errorf("%s: sections %+v, %v; want %s", what, sections, err, section)
		}
	}
	put(t, s, byline("old", "Jose Garcia", "ESSAYS", 3*day), byline("new", "José García", "Essays", day))
	check("two spellings", "José García", "Essays", 2)
	mended := again(t, s, "id-old")
	mended.Authors[0].Name, mended.Section.Name = "Jose García", "Essays!"
	put(t, s, mended)
	check("an older article says otherwise", "José García", "Essays", 2)
	draft := byline("draft", "JOSE", "DRAFTS", 0)
	draft.State = magazine.Draft
	put(t, s, draft, byline("future", "J. García", "Essays and more", -day))
	check("what nobody sees yet", "José García", "Essays", 2)
	site := version(t, s, magazine.SiteScope())
	mended = again(t, s, "id-new")
	mended.Authors[0].Name, mended.Section.Name = "José García M.", "The essays"
	put(t, s, mended)
	check("mended", "José García M.", "The essays", 2)
	if version(t, s, magazine.SiteScope()) == site {
		t.Error("a name changed, and the site's version did not")
	}
	clock.Add(day)
	publishDue(t, s)
	check("a newer one appeared", "J. García", "Essays and more", 3)
	write(t, s, func(tx *store.Tx) error { return tx.Withdraw(ctx, "id-future", "") })
	check("and went", "José García M.", "The essays", 2)
	if names, err := s.AuthorNames(ctx); err != nil || len(names) != 0 {
		t.Errorf("nobody has a file: %v, %v", names, err)
	}
	write(t, s, func(tx *store.Tx) error {
		if err := tx.PutSection(ctx, magazine.Section{Slug: "essays", Name: "Essays, long ones", Description: "Long ones."}); err != nil {
			return err
		}
		return tx.PutAuthor(ctx, magazine.Author{Slug: "jose-garcia", Name: "José García Márquez", Bio: "<p>Writes.</p>"})
	})
	put(t, s, byline("newest", "Jose", "Essay", 0))
	check("their own files have the last word", "José García Márquez", "Essays, long ones", 3)
	if names, err := s.AuthorNames(ctx); err != nil || names["José García Márquez"] != "jose-garcia" || len(names) != 1 {
		t.Errorf("%v, %v", names, err)
	}
	if a, _ := s.Author(ctx, "jose-garcia"); a.Bio != "<p>Writes.</p>" {
		t.Errorf("%+v", a)
	}
	if c, _ := s.Section(ctx, "essays"); c.Description != "Long ones." {
		t.Errorf("%+v", c)
	}
}

// Who has a file has a feed, before anything of theirs is published.
func testFilesMakeFeeds(t *testing.T, s *store.Store, clock *posttest.Clock) {
	check := func(what, authors, sections, withFeeds string) {
		t.Helper()
		var got [3][]string
		for _, a := range must(s.Authors(ctx)) {
			got[0] = append(got[0], a.Slug)
		}
		for _, c := range must(s.Sections(ctx)) {
			got[1] = append(got[1], c.Slug)
		}
		for _, a := range must(s.AuthorsWithFeeds(ctx)) {
			got[2] = append(got[2], fmt.Sprint(a.Slug, " ", a.Articles))
		}
		for _, c := range must(s.SectionsWithFeeds(ctx)) {
			got[2] = append(got[2], fmt.Sprint(c.Slug, " ", c.Articles))
		}
		for i, want := range []string{authors, sections, withFeeds} {
			if text := strings.Join(got[i], ", "); text != want {
				t.Errorf("%s: %q, want %q", what, text, want)
			}
		}
	}
	put(t, s, piece("tide", clock.Now()))
	of := piece("tide", clock.Now())
	author, section := of.Authors[0].Slug, of.Section.Slug
	check("without files", author, section, author+" 1, "+section+" 1")
	write(t, s, func(tx *store.Tx) error {
		if err := tx.PutSection(ctx, magazine.Section{Slug: "poems", Name: "Z"}); err != nil {
			return err
		}
		if err := tx.PutAuthor(ctx, magazine.Author{Slug: "jane-d", Name: "Jane D."}); err != nil {
			return err
		}
		return tx.PutAuthor(ctx, magazine.Author{Slug: "jane-doe", Name: "Z"})
	})
	check("with files", author, section, "jane-d 0, "+author+" 1, jane-doe 0, "+section+" 1, poems 0")
	write(t, s, func(tx *store.Tx) error {
		_, err := tx.PutAliases(ctx, "sample", "jane-doe", []string{"jane-d"})
		return err
	})
	check("merged", author, section, author+" 1, jane-doe 0, "+section+" 1, poems 0")
	write(t, s, func(tx *store.Tx) error {
		_, err := tx.Unsay(ctx, "sample", magazine.AuthorScope("jane-doe").Key())
		if err == nil {
			_, err = tx.Unsay(ctx, "sample", magazine.SectionScope("poems").Key())
		}
		if err == nil {
			_, err = tx.Unsay(ctx, "sample", magazine.AuthorScope("jane-d").Key())
		}
		return err
	})
	check("without them again", author, section, author+" 1, "+section+" 1")
}

func testScopesThatAreNot(t *testing.T, s *store.Store, clock *posttest.Clock) {
	hidden := piece("hidden", clock.Now().Add(day))
	hidden.Authors[0].Slug = "not-yet"
	put(t, s, hidden)
	for _, scope := range []magazine.Scope{magazine.AuthorScope("not-yet"), magazine.SectionScope("fiction"), magazine.IssueScope(ninth)} {
		if _, err := s.ScopeVersion(ctx, scope); magazine.CodeOf(err) != magazine.NotFound || !strings.Contains(err.Error(), string(scope.Kind)) {
			t.Errorf("%s: %v", scope.Key(), err)
		}
	}
	if _, err := s.Author(ctx, "not-yet"); magazine.CodeOf(err) != magazine.NotFound {
		t.Error(err)
	}
	if _, err := s.Section(ctx, "fiction"); magazine.CodeOf(err) != magazine.NotFound {
		t.Error(err)
	}
	if all, err := s.Issues(ctx); err != nil || len(all) != 0 {
		t.Error(all, err)
	}
}

// An issue that was published stays so when its file goes and comes again.
func testIssueStaysPublishedWithoutItsFile(t *testing.T, s *store.Store, clock *posttest.Clock) {
	open := magazine.Issue{IssueRef: ninth, State: magazine.IssueOpen, Title: "Boats", CoverDate: clock.Now()}
	putIssue(t, s, open)
	write(t, s, func(tx *store.Tx) error { _, err := tx.PublishIssue(ctx, ninth); return err })
	write(t, s, func(tx *store.Tx) error {
		_, err := tx.Unsay(ctx, "sample", magazine.IssueScope(ninth).Key())
		return err
	})
	if i := must(s.Issue(ctx, ninth)); i.State != magazine.IssuePublished || i.Title != "" {
		t.Errorf("without its file: %+v", i)
	}
	write(t, s, func(tx *store.Tx) error {
		if published, err := tx.PutIssue(ctx, open); published || err != nil {
			t.Errorf("published again: %v, %v", published, err)
		}
		return nil
	})
	if i := must(s.Issue(ctx, ninth)); i.State != magazine.IssuePublished || i.Title != "Boats" {
		t.Errorf("with its file again: %+v", i)
	}
}
