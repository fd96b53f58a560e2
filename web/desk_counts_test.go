package web

import (
	"context"
	"errors"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/store"
	"postrider/web/admin"
)

// got keeps that an edition reached somebody.
func (f *fixture) got(edition string, who magazine.Subscriber) {
	f.Helper()
	f.write(func(ctx context.Context, tx *store.Tx) error {
		return tx.PutDelivery(ctx, "weekly", magazine.Delivery{Edition: edition, Subscriber: who.ID, Email: who.Email, State: magazine.Sent, Relay: "main", At: tx.Now})
	})
}

// sentRow is what an edition's page counts of an edition in which n were sent.
func sentRow(id, n string) string {
	return `<tr><th scope="row">This edition</th><td class="num"><a href="/desk/editions/` + id + `/deliveries/?state=sent">` + n + `</a></td>`
}

// What was counted while an edition was being sent does not stand for what became of
// it in the end.
func TestDeskCountsTheEnd(t *testing.T) {
	f := newFixture(t, desk)
	viewer := f.user("owner@example.org", magazine.Owner)
	f.made(magazine.Edition{ID: "going", State: magazine.EditionSending})
	f.got("going", f.member("amina@example.org"))
	if page := f.get("/desk/editions/going/", "Cookie", viewer).body; !strings.Contains(page, sentRow("going", "1")) {
		t.Fatalf("while it is sent:\n%s", page)
	}
	f.clock.Add(time.Second)
	f.got("going", f.member("badr@example.org"))
	f.write(func(ctx context.Context, tx *store.Tx) error {
		return tx.SetEditionState(ctx, "going", magazine.EditionSent, "")
	})
	if page := f.get("/desk/editions/going/", "Cookie", viewer).body; !strings.Contains(page, sentRow("going", "2")) {
		t.Errorf("when it has ended:\n%s", page)
	}
}

// An edition that is sent again to one person has no content of its own, and yet is
// counted.
func TestDeskCountsWhatIsSentAgain(t *testing.T) {
	f := newFixture(t, desk)
	viewer := f.user("owner@example.org", magazine.Owner)
	amina := f.member("amina@example.org")
	f.made(magazine.Edition{ID: "first", State: magazine.EditionSent})
	f.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.PutEdition(ctx, magazine.Edition{ID: "more", Newsletter: "weekly", Key: "again/first/more", State: magazine.EditionSending, Nominal: tx.Now})
		return err
	})
	f.got("more", amina)
	if page := f.get("/desk/editions/more/", "Cookie", viewer).body; !strings.Contains(page, sentRow("more", "1")) {
		t.Errorf("the page:\n%s", page)
	}
}

// How many an edition goes to is not taken from one that goes to a single person.
func TestDeskReachOfEach(t *testing.T) {
	f := newFixture(t, desk, func(o *Options) {
		o.Desk.Reach = func(_ context.Context, e *magazine.Edition) (int, error) {
			if e.Repeats() != "" {
				return 1, nil
			}
			return 4812, nil
		}
	})
	owner := f.user("owner@example.org", magazine.Owner)
	f.made(magazine.Edition{ID: "all", State: magazine.EditionPaused})
	f.made(magazine.Edition{ID: "more", Key: "again/first/more", State: magazine.EditionPaused})
	for id, want := range map[string]string{"more": "End it: 1 ", "all": "End it: 4,812 "} {
		if page := f.get("/desk/editions/"+id+"/", "Cookie", owner).body; !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
}

// What ending an edition means is said of what it is: the articles of a digest come with
// the next, an issue's contents and what one person was to have once more do not.
func TestDeskSaysWhatEndingMeans(t *testing.T) {
	f := newFixture(t, desk)
	owner := f.user("owner@example.org", magazine.Owner)
	ref := magazine.IssueRef{Volume: "12", Number: "2"}
	for id, c := range map[string]struct {
		key   string
		issue *magazine.Issue
		says  string
	}{
		"digest":   {"", nil, "Its articles come with the next edition."},
		"contents": {"", &magazine.Issue{IssueRef: ref}, "The issue’s contents do not come again."},
		"more":     {"again/digest/more", nil, "had its articles before"},
		"mores":    {"again/contents/mores", &magazine.Issue{IssueRef: ref}, "had its articles before"},
	} {
		for _, state := range []magazine.EditionState{magazine.EditionHeld, magazine.EditionPaused} {
			id := id + "-" + string(state)
			if c.key != "" {
				c.key += "-" + string(state)
			}
			f.made(magazine.Edition{ID: id, Key: c.key, State: state, Issue: c.issue})
			page := html.UnescapeString(f.get("/desk/editions/"+id+"/", "Cookie", owner).body)
			if !strings.Contains(page, c.says) || c.says[:3] != "Its" && strings.Contains(page, "next edition") {
				t.Errorf("%s: no %q in\n%s", id, c.says, page)
			}
		}
	}
}

// The pages of the list hold every edition once, also of those made at one instant.
func TestDeskEditionsPageByPage(t *testing.T) {
	f := newFixture(t, desk)
	viewer := f.user("owner@example.org", magazine.Owner)
	for i := range 120 {
		f.made(magazine.Edition{ID: fmt.Sprintf("made%03d", i), State: magazine.EditionSkipped})
	}
	seen, query := map[string]int{}, ""
	for range 4 {
		page := f.get("/desk/editions/"+query, "Cookie", viewer).body
		for _, id := range regexp.MustCompile(`made\d+/">`).FindAllString(page, -1) {
			seen[id]++
		}
		older := regexp.MustCompile(`href="([^"]+)" rel="next"`).FindStringSubmatch(page)
		if older == nil {
			break
		}
		query = html.UnescapeString(older[1])
	}
	for i := range 120 {
		if id := fmt.Sprintf(`made%03d/">`, i); seen[id] != 1 {
			t.Errorf("%s is listed %d times", id, seen[id])
		}
	}
}

// That nothing is wrong looks otherwise than that it is not known yet; and what is
// wrong is known while a figure that takes long is being counted.
func TestDeskTellsWhatItKnowsOfProblems(t *testing.T) {
	goOn := make(chan struct{})
	asked := 0
	f := newFixture(t, desk, func(o *Options) {
		o.Desk.Problems = func(context.Context) ([]admin.Problem, error) {
			if asked++; asked == 1 {
				return nil, errors.New("the database is locked")
			}
			return []admin.Problem{{What: admin.Said{Message: "desk.problem", Args: []any{"text", "the relay is down"}}}}, nil
		}
		o.Desk.Outlook = func(context.Context) ([]admin.Send, error) { <-goOn; return nil, nil }
	}, func(o *Options) { o.Desk.Patience = 50 * time.Millisecond })
	defer close(goOn)
	viewer := f.user("owner@example.org", magazine.Owner)
	first := func() string {
		problems, _, _ := strings.Cut(f.get("/desk/", "Cookie", viewer).body, `id="sending"`)
		return problems
	}
	if page := first(); !strings.Contains(page, "Being counted") {
		t.Errorf("where it is not known:\n%s", page)
	}
	for !strings.Contains(first(), "the relay is down") { // the outlook is never counted, and must not hold it up
		f.clock.Add(time.Hour)
		if t.Context().Err() != nil {
			t.Fatal("it never is")
		}
	}
}

// What went wrong lately stands on the first page also where it was made long ago.
func TestDeskShowsFailuresOfWhatWasMadeAhead(t *testing.T) {
	f := newFixture(t, desk)
	viewer := f.user("owner@example.org", magazine.Owner)
	f.made(magazine.Edition{ID: "draft", State: magazine.EditionWaiting, Nominal: f.clock.Now().Add(10 * 24 * time.Hour)})
	f.clock.Add(10 * 24 * time.Hour)
	f.write(func(ctx context.Context, tx *store.Tx) error {
		return tx.SetEditionState(ctx, "draft", magazine.EditionFailed, "nobody got it")
	})
	if page := f.get("/desk/", "Cookie", viewer).body; !strings.Contains(page, "nobody got it") {
		t.Errorf("the page:\n%s", page)
	}
}
