package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// Authors are found by a part of their name; what a merge would do is said before it is
// done, and what cannot be merged is refused.
func TestDeskAuthors(t *testing.T) {
	f := newFixture(t, desk)
	editor, viewer := f.user("editor@example.org", magazine.Editor), f.user("viewer@example.org", magazine.Viewer)
	f.put(magazine.Article{Slug: "one-amina", Title: "One", Authors: []magazine.Author{{Slug: "amina-said", Name: "Amina Said"}}}, magazine.Article{Slug: "other-amina", Title: "Other", Authors: []magazine.Author{{Slug: "amina-said-2", Name: "Amina Said"}}})
	if got := f.get("/desk/authors/?q=SALMA", "Cookie", viewer); !strings.Contains(got.body, "Salma Oduya") || strings.Contains(got.body, "Maren") || strings.Contains(got.body, `id="one"`) {
		t.Errorf("a viewer sees:\n%s", got.body)
	}
	for name, c := range map[string]struct{ query, says string }{
		"by names":          {"one=Jun'ichi+Vale&into=salma+oduya", "Merge them (articles: 2, followers: 0)"},
		"nobody":            {"one=Nobody%3Cb%3E&into=salma-oduya", "There is no author called Nobody&lt;b&gt;"},
		"themselves":        {"one=salma-oduya&into=Salma+Oduya", "one author already"},
		"alike":             {"one=Salma+Oduya&into=Salma+Oduya", "one author already"},
		"alike, and nobody": {"one=Nobody&into=Nobody", "There is no author called Nobody"},
		"two of one name":   {"one=AMINA+said&into=salma-oduya", "Several authors are called AMINA said: amina-said or amina-said-2."},
		"one of them":       {"one=amina-said-2&into=amina-said", "Merge them (articles: 1, followers: 0)"},
		"only one":          {"one=salma-oduya", "There is no author called"},
	} {
		if got := f.get("/desk/authors/?"+c.query, "Cookie", editor); got.StatusCode != http.StatusOK || !strings.Contains(got.body, c.says) {
			t.Errorf("%s: %d\n%s", name, got.StatusCode, got.body)
		}
	}
	merge := func(one, into string) answer {
		t.Helper()
		return f.post("/desk/authors/", url.Values{"act": {"merge"}, "one": {one}, "into": {into}}.Encode(), "Cookie", editor)
	}
	if got := merge("maren-ostergaard", "salma-oduya"); got.StatusCode != http.StatusConflict || !strings.Contains(got.body, "has a file of their own") || !strings.Contains(got.body, `name="one" list="known" required dir="auto" value="maren-ostergaard"`) || !strings.Contains(got.body, `value="salma-oduya">`) {
		t.Errorf("who has a file: %d\n%s", got.StatusCode, got.body)
	}
	if got := f.get("/desk/authors/?one=maren-ostergaard&into=salma-oduya", "Cookie", editor); strings.Contains(got.body, "Merge them") || !strings.Contains(got.body, "maren-ostergaard has a file of their own") {
		t.Errorf("who has a file, before it is asked for:\n%s", got.body)
	}
	if got := f.get("/desk/authors/?one=junichi-vale&into=maren-ostergaard", "Cookie", editor); !strings.Contains(got.body, "Merge them") {
		t.Errorf("into who has a file:\n%s", got.body)
	}
	if got := merge("junichi-vale", "salma-oduya"); got.StatusCode != http.StatusSeeOther {
		t.Fatalf("merged: %d\n%s", got.StatusCode, got.body)
	}
	if got := merge("salma-oduya", "amina-said"); got.StatusCode != http.StatusConflict || !strings.Contains(got.body, "Part them first") {
		t.Errorf("into whom another was merged: %d\n%s", got.StatusCode, got.body)
	}
	if got := f.get("/desk/authors/?one=salma-oduya&into=amina-said", "Cookie", editor); strings.Contains(got.body, "Merge them") || !strings.Contains(got.body, "Part them first") {
		t.Errorf("it is not said before:\n%s", got.body)
	}
	if got := f.get("/authors/junichi-vale/"); got.StatusCode != http.StatusMovedPermanently || !strings.HasSuffix(got.Header.Get("Location"), "/authors/salma-oduya/") {
		t.Errorf("the old page: %d to %q", got.StatusCode, got.Header.Get("Location"))
	}
	if got := f.post("/desk/authors/", "act=part&one=junichi-vale", "Cookie", editor); got.StatusCode != http.StatusSeeOther {
		t.Errorf("parted: %d\n%s", got.StatusCode, got.body)
	}
	if got := f.get("/authors/junichi-vale/"); got.StatusCode != http.StatusOK {
		t.Errorf("the page, parted: %d", got.StatusCode)
	}
}

// Authors and sections are listed in parts that lead on, each once, with their feeds and
// who asked for them last.
func TestDeskListsAuthorsAndSectionsInParts(t *testing.T) {
	f := newFixture(t, desk)
	viewer := f.user("viewer@example.org", magazine.Viewer)
	const many = 150
	var all []magazine.Article
	for i := range many {
		name := fmt.Sprintf("Écho %03d", i)
		all = append(all, magazine.Article{Slug: fmt.Sprint("echo-of-", i), Title: "Echo", Published: f.clock.Now().Add(-time.Hour), Authors: []magazine.Author{{Slug: magazine.Slugify(name), Name: name}}, Section: magazine.Section{Slug: magazine.Slugify(name), Name: name}})
	}
	f.put(all...)
	f.write(func(ctx context.Context, tx *store.Tx) error {
		var polls []store.Poll
		for i, program := range []string{"oldest", "older", "new", "<b>newest"} {
			for _, of := range []string{"authors", "sections"} {
				polls = append(polls, store.Poll{Feed: "/" + of + "/echo-007/atom.xml", Program: program, Readers: int64(12 * (i % 2)), At: tx.Now.Add(time.Duration(i-9) * time.Minute)})
			}
		}
		return tx.PutPolls(ctx, polls)
	})
	next := regexp.MustCompile(`href="(\?[^"]+)" rel="next"`)
	for _, at := range []string{"/desk/authors/", "/desk/sections/"} {
		body, parts := "", 0
		for query := "?q=" + url.QueryEscape("ÉCHO"); query != ""; parts++ {
			got := f.get(at+query, "Cookie", viewer)
			body, query = body+got.body, ""
			if m := next.FindStringSubmatch(got.body); m != nil {
				query = strings.ReplaceAll(m[1], "&amp;", "&")
			}
			if strings.Contains(got.body, "salma-oduya") || parts > many {
				t.Fatalf("%s: part %d\n%s", at, parts, got.body)
			}
		}
		if parts != 2 {
			t.Errorf("%s: %d parts", at, parts)
		}
		for i := range many {
			if n := strings.Count(body, fmt.Sprintf("<td><bdi>echo-%03d</bdi></td>", i)); n != 1 {
				t.Errorf("%s: echo-%03d stands there %d times", at, i, n)
			}
		}
		path := strings.TrimPrefix(at, "/desk") + "echo-007/"
		for _, want := range []string{`href="` + path + `rss.xml"`, `href="` + path + `feed.json"`, "&lt;b&gt;newest", "Atom · reads for 12 ·", "All that asked within a week: 4", `href="/desk/feeds/?q=` + strings.ReplaceAll(path, "/", "%2f") + `"`} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %q", at, want)
			}
		}
		if strings.Contains(body, "oldest") {
			t.Errorf("%s names more programs than the last", at)
		}
		if got := f.get(at+"?q=%25", "Cookie", viewer); !strings.Contains(got.body, `class="empty"`) {
			t.Errorf("%s: everybody has a per cent sign\n%s", at, got.body)
		}
	}
}

var seenMark = regexp.MustCompile(`name="seen" value="([\w-]+)"`)

// An issue of many articles with long names in another script is ordered by a form that
// is not too large.
func TestDeskOrdersALargeIssue(t *testing.T) {
	f := newFixture(t, desk)
	editor := f.user("editor@example.org", magazine.Editor)
	ref := magazine.IssueRef{Volume: "13", Number: "1"}
	const many = 300
	var all []magazine.Article
	for i := range many {
		all = append(all, magazine.Article{Slug: fmt.Sprint(strings.Repeat("رسالة-من-قرقنة-", 6), i), Title: fmt.Sprint("Letter ", i), Issue: ref, Published: f.clock.Now().Add(time.Duration(i-many) * time.Minute)})
	}
	f.put(all...)
	const at = "/desk/issues/13/1/"
	page := f.get(at, "Cookie", editor).body
	form := url.Values{"act": {"order"}}
	for _, m := range regexp.MustCompile(`name="(seen|place-[^"]*)"[^>]* value="([^"]*)"|name="(seen)" value="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		form.Set(m[1]+m[3], m[2]+m[4])
	}
	for name := range form {
		if strings.HasPrefix(name, "place-") && strings.HasSuffix(name, "299") {
			form.Set(name, "1")
		}
	}
	if got := f.post(at, form.Encode(), "Cookie", editor); len(form) != many+2 || got.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d fields: %d\n%s", len(form), got.StatusCode, got.body)
	}
	if page := f.get(at, "Cookie", editor).body; strings.Index(page, ">Letter 299<") > strings.Index(page, ">Letter 0<") {
		t.Error("the last is not the first")
	}
}

// An issue's contents are ordered by numbers where its file says nothing of them, by
// who saw them as they are; an open one is published once.
func TestDeskIssues(t *testing.T) {
	f := newFixture(t, desk)
	editor := f.user("editor@example.org", magazine.Editor)
	const at = "/desk/issues/12/10/"
	if got := f.get("/desk/issues/12/9/", "Cookie", editor); !strings.Contains(got.body, "Its file says in which order") || strings.Contains(got.body, `value="order"`) {
		t.Errorf("with an order in its file:\n%s", got.body)
	}
	if got := f.post("/desk/issues/12/9/", "act=order&seen=a-sum-of-moons+tide-clocks&place-tide-clocks=1", "Cookie", editor); got.StatusCode != http.StatusConflict {
		t.Errorf("ordered all the same: %d\n%s", got.StatusCode, got.body)
	}
	if got := f.get("/desk/issues/12/99/", "Cookie", editor); got.StatusCode != http.StatusNotFound {
		t.Errorf("none: %d", got.StatusCode)
	}
	seen := func() string {
		t.Helper()
		m := seenMark.FindStringSubmatch(f.get(at, "Cookie", editor).body)
		if m == nil {
			t.Fatal("the issue's page does not say what it shows")
		}
		return m[1]
	}
	first := seen()
	order := func(seen, places string) answer {
		t.Helper()
		return f.post(at, url.Values{"act": {"order"}, "seen": {seen}}.Encode()+"&"+places, "Cookie", editor)
	}
	if got := order("another", ""); got.StatusCode != http.StatusConflict || !strings.Contains(got.body, "not as you saw them") {
		t.Errorf("by an order that was not: %d\n%s", got.StatusCode, got.body)
	}
	f.clock.Add(time.Second)
	if got := order(first, "place-0=NaN&place-1=0.5"); got.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d\n%s", got.StatusCode, got.body)
	}
	if got := f.get(at, "Cookie", editor); strings.Index(got.body, "The Green Lamp") > strings.Index(got.body, "رسالة من قرقنة") || !strings.Contains(got.body, "Ordered here") {
		t.Errorf("ordered:\n%s", got.body)
	}
	for _, old := range []string{"", first} {
		if got := f.post(at, "act=publish&seen="+old, "Cookie", editor); got.StatusCode != http.StatusConflict || !strings.Contains(got.body, "not as you saw them") {
			t.Errorf("published as it was before: %d\n%s", got.StatusCode, got.body)
		}
	}
	f.clock.Add(time.Second)
	if got := f.post(at, "act=publish&seen="+seen(), "Cookie", editor); got.StatusCode != http.StatusSeeOther {
		t.Fatalf("published: %d\n%s", got.StatusCode, got.body)
	}
	if got := f.post(at, "act=publish&seen="+seen(), "Cookie", editor); got.StatusCode != http.StatusConflict || !strings.Contains(got.body, "published already") {
		t.Errorf("published twice: %d\n%s", got.StatusCode, got.body)
	}
	page := f.get("/issues/12/10/").body
	if lamp, letter := strings.Index(page, "The Green Lamp"), strings.Index(page, "رسالة من قرقنة"); lamp < 0 || letter < lamp {
		t.Errorf("the public page has them at %d and %d", lamp, letter)
	}
	acts, err := f.store.LastActs(t.Context(), f.clock.Now(), 2)
	if err != nil || acts[0].What != "publish" || acts[1].What != "order" {
		t.Errorf("%+v, %v", acts, err)
	}
}

// Programs are shown by feed, with what they say of themselves, whatever that is.
func TestDeskFeeds(t *testing.T) {
	f := newFixture(t, desk)
	viewer := f.user("viewer@example.org", magazine.Viewer)
	f.write(func(ctx context.Context, tx *store.Tx) error {
		return tx.PutPolls(ctx, []store.Poll{{Feed: "/rss.xml", Program: "<b>Evil", Readers: 1_000_000, At: tx.Now}, {Feed: "/authors/salma-oduya/rss.xml", Program: "newsboat", At: tx.Now}})
	})
	got := f.get("/desk/feeds/", "Cookie", viewer)
	for _, want := range []string{"&lt;b&gt;Evil", "1,000,000", `href="/rss.xml"`, "newsboat"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("no %q in\n%s", want, got.body)
		}
	}
	if got := f.get("/desk/feeds/?q=authors", "Cookie", viewer); strings.Contains(got.body, "Evil") || !strings.Contains(got.body, "newsboat") {
		t.Errorf("of some:\n%s", got.body)
	}
}
