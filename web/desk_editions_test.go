package web

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/store"
	"postrider/web/admin"
)

// made keeps an edition whose content is fixed, in a state.
func (f *fixture) made(e magazine.Edition) {
	f.Helper()
	f.write(func(ctx context.Context, tx *store.Tx) error {
		if e.Newsletter == "" {
			e.Newsletter = "weekly"
		}
		if e.Key == "" {
			e.Key = "now/" + e.ID
		}
		if e.Nominal.IsZero() {
			e.Nominal = f.clock.Now()
		}
		state, reason := e.State, e.Reason
		e.State = magazine.EditionPlanned
		if _, err := tx.PutEdition(ctx, e); err != nil {
			return err
		}
		if err := tx.FixContent(ctx, e.ID, 0, 1, nil, []magazine.Article{{ID: "tide-clocks", Slug: "tide-clocks", Title: "Tide Clocks <b>", Language: "en", Seq: 1}}); err != nil {
			return err
		}
		return tx.SetEditionState(ctx, e.ID, state, reason)
	})
}

// The first page tells what is on its way, what waits for a person with its buttons,
// what comes next, what went wrong, and what is to be looked at. A viewer has no
// buttons.
func TestDeskToday(t *testing.T) {
	f := newFixture(t, desk, func(o *Options) {
		o.Desk.Outlook = func(context.Context) ([]admin.Send, error) {
			return []admin.Send{{At: o.Now().Add(-time.Minute), Newsletter: "weekly", Schedule: "past"}, {At: o.Now().Add(12 * time.Minute), Newsletter: "weekly", Schedule: "main", Articles: 7, People: 1234},
				{At: o.Now().Add(26 * time.Hour), Newsletter: "weekly", Schedule: "second", Reason: "skipped by <i>salma</i>"}}, nil
		}
		o.Desk.Problems = func(context.Context) ([]admin.Problem, error) {
			return []admin.Problem{{What: admin.Said{Message: "desk.problem", Args: []any{"text", "the relay <main> is down"}}, Mend: admin.Said{Message: "desk.problem", Args: []any{"text", "look at it"}}}}, nil
		}
	})
	editor, viewer := f.user("owner@example.org", magazine.Owner), f.user("viewer@example.org", magazine.Viewer)
	f.made(magazine.Edition{ID: "held", State: magazine.EditionHeld, Reason: "the clock jumped"})
	f.made(magazine.Edition{ID: "going", State: magazine.EditionSending})
	f.made(magazine.Edition{ID: "gone", State: magazine.EditionFailed, Reason: "nobody got it"})
	body := f.get("/desk/", "Cookie", editor).body
	for _, want := range []string{
		"the relay &lt;main&gt; is down", "the clock jumped", "Send it now, to at most 4,812", "Drop it: 4,812 do not get it", "Pause it: 4,812 still to come", "End it: 4,812",
		"0 of at most 4,812 people", `max="4812"`, "in 12 min", "1,234", "skipped by &lt;i&gt;salma&lt;/i&gt;", "in 26 h", "nobody got it", `data-live="/desk/live?of=&amp;shown=going.sending"`, "The Week by the Water", "0 sent, 0 failed",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in\n%s", want, body)
		}
	}
	if strings.Contains(body, ">past<") {
		t.Error("what has come due is still to come")
	}
	if body = f.get("/desk/", "Cookie", viewer).body; strings.Contains(body, "Send it now") || strings.Contains(body, "<button type=\"submit\" name=\"act\"") || !strings.Contains(body, "the clock jumped") {
		t.Errorf("a viewer sees\n%s", body)
	}
	for query, other := range map[string]bool{"?of=&shown=going.sending": false, "?of=&shown=": true, "?of=&shown=going.planned": true, "?of=held&shown=": false, "?of=going&shown=": true} {
		if got := f.get("/desk/live"+query, "Cookie", viewer).body; strings.Contains(got, "event: other") != other || !strings.HasSuffix(got, "\n\n") || got == "" {
			t.Errorf("%s: %q", query, got)
		}
	}
	live := f.get("/desk/live", "Cookie", viewer)
	if live.Header.Get("Content-Type") != "text/event-stream" || !strings.Contains(live.body, `event: edition`+"\n"+`data: {"id":"going","of":4812,"done":0,"said":"0 of at most`) {
		t.Errorf("live: %v\n%s", live.Header, live.body)
	}
}

// An edition's page counts what became of it by state, relay and domain, groups what
// was said, compares with the last, and passes decisions on in the user's name.
func TestDeskEdition(t *testing.T) {
	var decided []string
	f := newFixture(t, desk, func(o *Options) {
		o.Desk.Decide = func(_ context.Context, act admin.Decision, id, who, text, seen string) (*magazine.Edition, error) {
			decided = append(decided, string(act)+" "+id+" "+who+" "+text)
			switch act {
			case admin.Note:
				return nil, magazine.Errorf(magazine.Conflict, "another note than %s", seen).Said("desk.not-now.noted")
			case admin.Release:
				return nil, magazine.Errorf(magazine.Conflict, "it is sent already").Said("desk.not-now.release")
			case admin.Drop:
				return &magazine.Edition{ID: id}, nil
			}
			return nil, magazine.Errorf(magazine.Invalid, "no such decision").Said("fault.form.altered")
		}
	})
	owner, viewer := f.user("owner@example.org", magazine.Owner), f.user("viewer@example.org", magazine.Viewer)
	amina, badr := f.member("amina@example.org"), f.member("badr@mail.example")
	f.made(magazine.Edition{ID: "first", State: magazine.EditionSent})
	f.clock.Add(time.Hour)
	f.made(magazine.Edition{ID: "second", State: magazine.EditionHeld, Reason: "too many refused", Note: "<b>Hello"})
	f.write(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.PutDelivery(ctx, "weekly", magazine.Delivery{Edition: "second", Subscriber: amina.ID, Email: amina.Email, State: magazine.Sent, Relay: "main", At: tx.Now}); err != nil {
			return err
		}
		return tx.PutDelivery(ctx, "weekly", magazine.Delivery{Edition: "second", Subscriber: badr.ID, Email: badr.Email, State: magazine.Failed, Code: 550, Reply: "5.1.1 <badr@mail.example> unknown <b> (in reply to 4Xk29ab771)", Relay: "spare", At: tx.Now})
	})
	page := f.get("/desk/editions/second/", "Cookie", owner).body
	for _, want := range []string{"too many refused", "Send it now, to at most 4,810", "mail.example", "spare", "5.1.1 &lt;…&gt; unknown &lt;b&gt; (in reply to …)", "badr@mail.example", "Tide Clocks &lt;b&gt;", "/desk/editions/first/", "The one before"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	if strings.Contains(page, "<textarea") {
		t.Error("a note can be set after it began to go out")
	}
	if seen := f.get("/desk/editions/second/", "Cookie", viewer).body; strings.Contains(seen, "Send it now") || !strings.Contains(seen, "too many refused") {
		t.Errorf("a viewer sees\n%s", seen)
	}
	if res := f.post("/desk/editions/second/", "act=release", "Cookie", owner); res.StatusCode != http.StatusConflict || !strings.Contains(res.body, "Nothing was done") || !strings.Contains(res.body, "only a held edition can be released") {
		t.Errorf("released: %d\n%s", res.StatusCode, res.body)
	}
	if res := f.post("/desk/editions/second/", "act=drop&text=wrong+lead", "Cookie", owner); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/desk/editions/second/" {
		t.Errorf("dropped: %d\n%s", res.StatusCode, res.body)
	}
	if res := f.post("/desk/editions/second/", "act=eat", "Cookie", owner); res.StatusCode != http.StatusBadRequest {
		t.Errorf("nonsense: %d", res.StatusCode)
	}
	if got := strings.Join(decided, "; "); got != "release second owner@example.org ; drop second owner@example.org wrong lead; eat second owner@example.org " {
		t.Errorf("decided: %s", got)
	}
	f.made(magazine.Edition{ID: "draft", State: magazine.EditionWaiting, Note: "Old"})
	if page := f.get("/desk/editions/draft/", "Cookie", owner).body; !strings.Contains(page, `name="seen" value="Old"`) || !strings.Contains(page, ">Old</textarea>") {
		t.Errorf("the note's form:\n%s", page)
	}
	if res := f.post("/desk/editions/draft/", "act=note&seen=Old&text=Many+words+<b>", "Cookie", owner); res.StatusCode != http.StatusConflict || !strings.Contains(res.body, "somebody has set another note meanwhile") || !strings.Contains(res.body, ">Many words &lt;b&gt;</textarea>") {
		t.Errorf("what was typed is lost: %d\n%s", res.StatusCode, res.body)
	}
	draft := magazine.Edition{State: magazine.EditionWaiting, Note: "Old", Cutoff: 1}
	for at, page := range map[string]string{"its page": f.get("/desk/editions/draft/?again=yes", "Cookie", owner).body, "Today": f.get("/desk/", "Cookie", owner).body} {
		if n := strings.Count(page, `name="seen" value="`+draft.Mark()+`"`); n != 2 || at == "its page" != strings.Contains(page, "it waits to be approved again") {
			t.Errorf("%s: %d decisions about what is seen\n%s", at, n, page)
		}
	}
	if list := f.get("/desk/editions/?state=held", "Cookie", viewer).body; !strings.Contains(list, "/desk/editions/second/") || strings.Contains(list, "/desk/editions/first/") {
		t.Errorf("the list:\n%s", list)
	}
	for _, query := range []string{"?before=x", "?state=%00&newsletter=%ff", "?before=2024-10-04T07:00:00.000000Z"} {
		if res := f.get("/desk/editions/"+query, "Cookie", viewer); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", query, res.StatusCode)
		}
	}
}

// A mail is shown in frames that may do nothing, to who works here alone.
func TestDeskPreview(t *testing.T) {
	f := newFixture(t, desk, func(o *Options) {
		shown := o.Desk.Preview
		o.Desk.Preview = func(ctx context.Context, newsletter, email string) (admin.Mail, error) {
			if email == "nobody@example.org" {
				return admin.Mail{}, magazine.Errorf(magazine.NotFound, "nobody")
			}
			return shown(ctx, newsletter, email)
		}
	})
	editor, viewer := f.user("editor@example.org", magazine.Owner), f.user("viewer@example.org", magazine.Viewer)
	page := f.get("/desk/preview/?newsletter=weekly&to=amina@example.org", "Cookie", viewer)
	if !strings.Contains(page.body, "Tides &lt;b&gt;") || !strings.Contains(page.body, `src="/desk/preview/mail?newsletter=weekly&amp;to=amina%40example.org"`) || strings.Contains(page.body, "Mail it to") {
		t.Errorf("a viewer sees\n%s", page.body)
	}
	mail := f.get("/desk/preview/mail?newsletter=weekly&to=amina@example.org", "Cookie", viewer)
	if p := mail.Header.Get("Content-Security-Policy"); !strings.HasPrefix(p, "default-src 'none'") || !strings.HasSuffix(p, "; sandbox") || !strings.Contains(mail.body, "<p>Tides</p>") {
		t.Errorf("the mail: %s\n%s", p, mail.body)
	}
	if got := f.get("/desk/preview/mail?newsletter=weekly&to=nobody@example.org", "Cookie", viewer); got.StatusCode != http.StatusNotFound || got.Header.Get("Content-Security-Policy") != mail.Header.Get("Content-Security-Policy") || got.body == "" {
		t.Errorf("of nobody, in the frame: %d, %v\n%s", got.StatusCode, got.Header, got.body)
	}
	if got := f.post("/desk/preview/", "newsletter=weekly&to=amina%40example.org", "Cookie", editor); got.StatusCode != http.StatusOK || !strings.Contains(got.body, "It is mailed to editor@example.org") {
		t.Errorf("mailed: %d\n%s", got.StatusCode, got.body)
	}
}

// Files that wait to be mended are listed apart from those that were repaired.
func TestDeskArticles(t *testing.T) {
	f := newFixture(t, desk)
	viewer := f.user("viewer@example.org", magazine.Owner)
	body := f.get("/desk/articles/", "Cookie", viewer).body
	held, repaired, ok := strings.Cut(body, "Published, and repaired")
	if !ok || !strings.Contains(held, "articles/tide.md:3") || !strings.Contains(held, "date: no &lt;date&gt;") || !strings.Contains(held, "write one") || !strings.Contains(repaired, "articles/fog.md") {
		t.Errorf("the page:\n%s", body)
	}
}

// What the first page says of what comes is counted anew once something was decided, and
// not by a form that was refused, or that only says what it means.
func TestDeskCountsAnewWhatWasDecided(t *testing.T) {
	counts := make(chan struct{}, 10)
	f := newFixture(t, desk, func(o *Options) {
		o.Desk.Outlook = func(context.Context) ([]admin.Send, error) {
			counts <- struct{}{}
			return nil, nil
		}
		o.Desk.Decide = func(_ context.Context, act admin.Decision, id, who, text, seen string) (*magazine.Edition, error) {
			if act == admin.Drop {
				return &magazine.Edition{ID: id}, nil
			}
			return nil, magazine.Errorf(magazine.Conflict, "it is not held").Said("desk.not-now.release")
		}
	})
	editor := f.user("editor@example.org", magazine.Owner)
	f.made(magazine.Edition{ID: "draft", State: magazine.EditionWaiting})
	f.get("/desk/", "Cookie", editor)
	<-counts
	f.get("/desk/", "Cookie", editor)
	for _, c := range []struct {
		path, form string
		status     int
	}{{"/desk/schedules/new", typedAs("say"), http.StatusOK}, {"/desk/editions/draft/", "act=release", http.StatusConflict}} {
		if got := f.post(c.path, c.form, "Cookie", editor); got.StatusCode != c.status {
			t.Errorf("%s: %d\n%s", c.path, got.StatusCode, got.body)
		}
		f.get("/desk/", "Cookie", editor)
		if len(counts) > 0 {
			t.Errorf("%s: counted anew", c.path)
			<-counts
		}
	}
	if got := f.post("/desk/editions/draft/", "act=drop", "Cookie", editor); got.StatusCode != http.StatusSeeOther {
		t.Fatalf("dropped: %d\n%s", got.StatusCode, got.body)
	}
	f.get("/desk/", "Cookie", editor)
	<-counts
}
