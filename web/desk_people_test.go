package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// Somebody is found by a part of their name, and their page says whether they got
// it, by which relay and in whose words, what they chose and agreed to. What an
// editor does to them is kept under the editor's name.
func TestDeskPeople(t *testing.T) {
	f := newFixture(t, desk)
	owner, viewer := f.user("owner@example.org", magazine.Owner), f.user("viewer@example.org", magazine.Viewer)
	editor := f.user("editor@example.org", magazine.Editor)
	if _, err := f.members.Add(t.Context(), members.Request{Email: "jane@sea.example", Name: "Jane Wambui", Timezone: "Africa/Nairobi"}, true, false); err != nil {
		t.Fatal(err)
	}
	jane, err := f.store.SubscriberByEmail(t.Context(), "jane@sea.example")
	if err != nil {
		t.Fatal(err)
	}
	f.made(magazine.Edition{ID: "first", State: magazine.EditionSent})
	f.made(magazine.Edition{ID: "second", State: magazine.EditionSent})
	f.write(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.PutDelivery(ctx, "weekly", magazine.Delivery{Edition: "first", Subscriber: jane.ID, Email: jane.Email, State: magazine.Sent, Relay: "main", Reply: "queued <i>", At: tx.Now}); err != nil {
			return err
		}
		return tx.PutDelivery(ctx, "weekly", magazine.Delivery{Edition: "second", Subscriber: jane.ID, Email: jane.Email, State: magazine.Failed, Reason: "the mailbox is full", Relay: "spare", At: tx.Now})
	})
	page := "/desk/people/" + jane.ID + "/"
	if got := f.get("/desk/people/?q=WAMB", "Cookie", viewer); !strings.Contains(got.body, `href="`+page+`"`) || strings.Contains(got.body, "viewer@example.org</bdi></a>") {
		t.Errorf("the search:\n%s", got.body)
	}
	if got := f.get("/desk/people/?q="+url.QueryEscape(`nobody" OR *`), "Cookie", viewer); got.StatusCode != http.StatusOK || !strings.Contains(got.body, "Nobody by that name") {
		t.Errorf("nobody: %d\n%s", got.StatusCode, got.body)
	}
	if got := f.get("/desk/people/", "Cookie", viewer); !strings.Contains(got.body, "not confirmed") || !strings.Contains(got.body, `<a href="/desk/people/?state=pending">3</a>`) {
		t.Errorf("the counts:\n%s", got.body)
	}
	body := f.get(page, "Cookie", viewer).body
	for _, want := range []string{"Jane Wambui", "/desk/editions/first/", "main", "(queued &lt;i&gt;)", "the mailbox is full", "spare", "The Week by the Water", "Africa/Nairobi", "gets it"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in\n%s", want, body)
		}
	}
	if strings.Contains(body, `value="erase"`) {
		t.Error("a viewer may erase")
	}
	if got := f.post(page, "act=suppress&text=asked+by+letter", "Cookie", editor); got.StatusCode != http.StatusSeeOther {
		t.Fatalf("suppressing: %d\n%s", got.StatusCode, got.body)
	}
	if body := f.get(page, "Cookie", editor).body; !strings.Contains(body, "suppressed by editor@example.org: asked by letter") || strings.Contains(body, `value="suppress"`) {
		t.Errorf("suppressed:\n%s", body)
	}
	lift := func(cookie, seen, why string) answer {
		t.Helper()
		return f.post(page, url.Values{"act": {"lift"}, "seen": {seen}, "text": {why}}.Encode(), "Cookie", cookie)
	}
	f.clock.Add(time.Second)
	const seen = "suppressed by editor@example.org: asked by letter"
	if body := f.get(page, "Cookie", editor).body; !strings.Contains(body, `value="lift"`) || !strings.Contains(body, `name="seen" value="`+seen+`"`) {
		t.Errorf("an editor cannot lift it:\n%s", body)
	}
	if body := f.get(page, "Cookie", viewer).body; strings.Contains(body, `value="lift"`) {
		t.Error("a viewer may lift")
	}
	for name, c := range map[string]struct {
		got  answer
		code int
		says string
	}{
		"by a viewer":             {lift(viewer, seen, "why not"), http.StatusForbidden, "Your role"},
		"without a reason":        {lift(editor, seen, " \n"), http.StatusBadRequest, "Why may it be mailed again?"},
		"for a reason of before":  {lift(editor, "bounced", "it takes mail"), http.StatusConflict, "for another reason than you saw"},
		"by somebody at the desk": {lift(owner, seen, "she called <us>"), http.StatusSeeOther, ""},
		"of one who is not so":    {lift(editor, seen, "again"), http.StatusNotFound, "is not suppressed any more"},
		"of one who is not there": {f.post("/desk/people/none/", "act=lift&text=x", "Cookie", editor), http.StatusNotFound, "no such person"},
	} {
		if c.got.StatusCode != c.code || !strings.Contains(c.got.body, c.says) {
			t.Errorf("lifting %s: %d\n%s", name, c.got.StatusCode, c.got.body)
		}
	}
	if body := f.get(page, "Cookie", viewer).body; strings.Contains(body, "Nothing is mailed to this address") || !strings.Contains(body, "she called &lt;us&gt;") {
		t.Errorf("lifted:\n%s", body)
	}
	if got := f.post(page, "act=eat", "Cookie", editor); got.StatusCode != http.StatusBadRequest {
		t.Errorf("nonsense: %d", got.StatusCode)
	}
	f.clock.Add(time.Second)
	if got := f.post(page, "act=erase", "Cookie", editor); got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/desk/people/" {
		t.Fatalf("erasing: %d\n%s", got.StatusCode, got.body)
	}
	if got := f.get(page, "Cookie", editor); got.StatusCode != http.StatusNotFound {
		t.Errorf("erased, and still there: %d", got.StatusCode)
	}
	acts, err := f.store.SubscriberActs(t.Context(), jane.ID)
	if err != nil || len(acts) != 3 || acts[0].What != "suppress" || acts[1].What != "lift" || acts[1].Who != "owner@example.org" || acts[2].What != "erase" || acts[2].Who != "editor@example.org" {
		t.Errorf("%+v, %v", acts, err)
	}
	if strings.Contains(acts[0].Detail+acts[1].Detail, "jane") {
		t.Error("the log keeps the address of one who is erased")
	}
	u, err := f.store.SubscriberByEmail(t.Context(), "viewer@example.org")
	if err != nil {
		t.Fatal(err)
	}
	if got := f.post("/desk/people/"+u.ID+"/", "act=suppress", "Cookie", editor); got.StatusCode != http.StatusConflict || !strings.Contains(got.body, "take the role away first") {
		t.Errorf("suppressing a user: %d\n%s", got.StatusCode, got.body)
	}
	f.write(func(ctx context.Context, tx *store.Tx) error { return tx.Suppress(ctx, "badr@example.org", "bounced") })
	if got := f.post("/desk/users/", "email=badr@example.org&role=editor", "Cookie", owner); !strings.Contains(got.body, "nothing is mailed to badr@example.org") || !strings.Contains(got.body, "bounced") {
		t.Errorf("letting in somebody who gets no mail: %d\n%s", got.StatusCode, got.body)
	}
	if got := f.post("/desk/people/"+u.ID+"/", "act=erase", "Cookie", owner); got.StatusCode != http.StatusConflict || !strings.Contains(got.body, "take the role away first") {
		t.Errorf("erasing a user: %d\n%s", got.StatusCode, got.body)
	}
}

// Where more came to somebody than is shown, the page says so.
func TestDeskPersonHadMore(t *testing.T) {
	f := newFixture(t, desk)
	viewer, amina := f.user("owner@example.org", magazine.Owner), f.member("amina@example.org")
	for i := range 201 {
		if i == 200 {
			if page := f.get("/desk/people/"+amina.ID+"/", "Cookie", viewer).body; strings.Contains(page, "others before these") {
				t.Errorf("of 200:\n%s", page)
			}
		}
		id := fmt.Sprintf("e%d", i)
		f.made(magazine.Edition{ID: id, State: magazine.EditionSent})
		f.got(id, amina)
	}
	if page := f.get("/desk/people/"+amina.ID+"/", "Cookie", viewer).body; !strings.Contains(page, "others before these") {
		t.Errorf("of 201:\n%s", page)
	}
}
