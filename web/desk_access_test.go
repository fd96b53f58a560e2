package web

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/store"
	"postrider/web/admin"
)

// heaviestOfDesk is how much a page of the desk may weigh: who works there loads the
// style once a day.
const heaviestOfDesk = 100_000

// busyDesk is a desk on which there is something of everything.
func busyDesk(o *Options) {
	desk(o)
	o.Desk.Outlook = func(context.Context) ([]admin.Send, error) {
		return []admin.Send{{At: o.Now().Add(12 * time.Minute), Newsletter: "weekly", Schedule: "main", Articles: 7, People: 1234},
			{At: o.Now().Add(26 * time.Hour), Newsletter: "weekly", Schedule: "second", Reason: "skipped by salma"}}, nil
	}
	o.Desk.Problems = func(context.Context) ([]admin.Problem, error) {
		return []admin.Problem{{What: admin.Said{Message: "desk.problem", Args: []any{"text", "the relay main is down"}}, Mend: admin.Said{Message: "desk.problem", Args: []any{"text", "look at it"}}, Path: "/desk/editions/"}}, nil
	}
}

// everyDeskPage are the pages of the desk, with what they say to a mistake.
func everyDeskPage(f *fixture) (all []visit) {
	owner := f.user("owner@example.org", magazine.Owner)
	f.user("editor@example.org", magazine.Editor)
	p := f.member("amina@example.org")
	for id, state := range map[string]magazine.EditionState{"held": magazine.EditionHeld, "draft": magazine.EditionWaiting, "going": magazine.EditionSending, "sent": magazine.EditionSent, "failed": magazine.EditionFailed} {
		f.clock.Add(time.Minute)
		f.made(magazine.Edition{ID: id, State: state, Reason: "the clock jumped by two hours"})
	}
	f.got("sent", p)
	f.write(func(ctx context.Context, tx *store.Tx) error {
		return tx.PutDelivery(ctx, "weekly", magazine.Delivery{Edition: "failed", Subscriber: p.ID, Email: p.Email, State: magazine.Failed, Relay: "main", Code: 550, Enhanced: "5.1.1", Reply: "no such user here", At: tx.Now})
	})
	f.write(func(ctx context.Context, tx *store.Tx) error {
		return tx.PutPolls(ctx, []store.Poll{{Feed: "/sections/science-craft/rss.xml", Program: "Feedly", Readers: 12, At: tx.Now}, {Feed: "/authors/salma-oduya/atom.xml", At: tx.Now}})
	})
	list := f.upload("people.csv", "email,name\nnoor@example.org,Noor\nno address,x\n", "Cookie", owner)
	for _, path := range []string{"/desk/", "/desk/editions/", "/desk/editions/held/", "/desk/editions/draft/", "/desk/editions/going/", "/desk/editions/sent/", "/desk/editions/failed/", "/desk/editions/failed/deliveries/?state=failed",
		"/desk/preview/", "/desk/schedules/", "/desk/schedules/weekly/main/", "/desk/schedules/new", "/desk/articles/", "/desk/authors/", "/desk/sections/", "/desk/issues/", "/desk/issues/12/9/", "/desk/feeds/",
		"/desk/people/", "/desk/people/?q=amina", "/desk/people/?q=nobody", "/desk/people/" + p.ID + "/", "/desk/people/add/", "/desk/people/import/", list.Header.Get("Location"), "/desk/users/", "/desk/log/", "/desk/nothing/"} {
		all = append(all, visit{path: path, signedIn: true, cookie: owner})
	}
	for _, form := range []struct{ path, form string }{
		{"/desk/people/add/", "email=nobody"}, {"/desk/users/", "act=add&email=nobody&role=viewer"},
		{"/desk/schedules/new", url.Values{"act": {"save"}, "newsletter": {"weekly"}, "kind": {"weekly"}, "times": {"25:00"}, "timezone": {"Nowhere"}}.Encode()},
	} {
		all = append(all, visit{path: form.path, form: form.form, signedIn: true, cookie: owner})
	}
	return all
}

// TestBrowserEveryDeskPage looks at every page of the desk as TestBrowserEveryPage does
// at those of readers.
func TestBrowserEveryDeskPage(t *testing.T) {
	for _, c := range []struct {
		language string
		widths   []int64
	}{{"en", []int64{390, 1280}}, {"ar", []int64{390}}} {
		f := newFixture(t, openToAll(c.language), busyDesk)
		pages := openAll(f, everyDeskPage(f))
		b := read(t, pages, f.handler)
		b.most = heaviestOfDesk
		for i, p := range pages {
			t.Run(c.language+" "+strings.TrimPrefix(p.String(), "/desk"), func(t *testing.T) {
				b.T = t
				for _, width := range c.widths {
					b.look(i, width, fmt.Sprintf("desk-%02d-%s-%d", i, c.language, width))
				}
				b.enlarge()
			})
		}
	}
}
