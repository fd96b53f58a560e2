package web

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"postrider/magazine"
	"postrider/store"
	"postrider/web/admin"
)

// Every figure of the desk's tables leads to a list of what it counts, and the lists
// have as many.
func TestDeskFiguresLead(t *testing.T) {
	f := newFixture(t, desk, func(o *Options) {
		o.Desk.Outlook = func(context.Context) ([]admin.Send, error) {
			return []admin.Send{{At: o.Now().Add(1e12), Newsletter: "weekly", Articles: 7, People: 0}}, nil
		}
	})
	viewer := f.user("viewer@example.org", magazine.Viewer)
	f.made(magazine.Edition{ID: "gone", State: magazine.EditionSending})
	var people []magazine.Subscriber
	for _, name := range []string{"amina@lamu.example", "badr@lamu.example", "noor@mombasa.example", "salma@lamu.example"} {
		people = append(people, f.member(name))
	}
	f.write(func(ctx context.Context, tx *store.Tx) error {
		for i, d := range []magazine.Delivery{{State: magazine.Sent, Relay: "main"}, {State: magazine.Sent, Relay: "spare"}, {State: magazine.Sent, Relay: "main"}, {State: magazine.Failed, Relay: "main", Reason: "unknown"}} {
			d.Edition, d.Subscriber, d.Email = "gone", people[i].ID, people[i].Email
			if err := tx.PutDelivery(ctx, "weekly", d); err != nil {
				return err
			}
		}
		return tx.SetEditionState(ctx, "gone", magazine.EditionSent, "")
	})
	figure := regexp.MustCompile(`<td class="num[^"]*">(.*?)</td>`)
	link := regexp.MustCompile(`^<a href="([^"]+)">([^<]+)</a>$`)
	followed := 0
	for _, at := range []string{"/desk/", "/desk/editions/", "/desk/editions/gone/", "/desk/people/"} {
		page := f.get(at, "Cookie", viewer)
		for _, cell := range figure.FindAllStringSubmatch(page.body, -1) {
			to := link.FindStringSubmatch(cell[1])
			if to == nil {
				t.Errorf("%s: %s leads nowhere", at, cell[0])
				continue
			}
			target, _, _ := strings.Cut(html.UnescapeString(to[1]), "#")
			list := f.get(target, "Cookie", viewer)
			if list.StatusCode != http.StatusOK {
				t.Errorf("%s: %s: %d", at, to[1], list.StatusCode)
			}
			if strings.Contains(to[1], "/deliveries/") {
				followed++
				if n := strings.Count(list.body, "<tr><td>"); to[2] != string(rune('0'+n)) {
					t.Errorf("%s: %s says %s, and lists %d", at, to[1], to[2], n)
				}
			}
		}
	}
	if followed < 4*5 { // all, by two relays and by two domains
		t.Errorf("only %d figures were looked at", followed)
	}
	for query, want := range map[string]int{"?state=pending": 0, "?state=confirmed": 4, "?newsletter=weekly": 0, "?state=nothing": 0} {
		list := f.get("/desk/people/"+query, "Cookie", viewer)
		if n := strings.Count(list.body, "@lamu.example</bdi></a>") + strings.Count(list.body, "@mombasa.example</bdi></a>"); list.StatusCode != http.StatusOK || n != want && query != "?newsletter=weekly" {
			t.Errorf("%s: %d, lists %d, want %d", query, list.StatusCode, n, want)
		}
	}
	day := f.clock.Now().Format("2006-01-02")
	if page := f.get("/desk/editions/?day="+day, "Cookie", viewer); !strings.Contains(page.body, "/desk/editions/gone/") {
		t.Error("the day has no edition")
	}
	if page := f.get("/desk/editions/?day=1999-01-01", "Cookie", viewer); strings.Contains(page.body, "/desk/editions/gone/") {
		t.Error("another day has it")
	}
}

// Whom a relay said the same of are all listed, from page to page, and nobody else, also
// where it said something much like it of many more, or its words are patterns.
func TestDeskListsThoseOfTheSameWords(t *testing.T) {
	f := newFixture(t, desk)
	viewer := f.user("viewer@example.org", magazine.Viewer)
	f.made(magazine.Edition{ID: "gone", State: magazine.EditionSending})
	said := []string{
		"550 5.1.1 <%s>: recipient address rejected: user unknown, id=4QX9-77AB2%03d",
		"550 5.1.1 <%s>: recipient address rejected: mailbox full, id=4QX9-77AB2%03d",
		"550 100%% of <%s> are _over_ their quota\\, 4QX9-77AB2%03d",
	}
	const people = 330
	f.write(func(ctx context.Context, tx *store.Tx) error {
		for i := range people {
			p, _, err := tx.PutSubscriber(ctx, magazine.Subscriber{ID: fmt.Sprintf("p%03d", i), Email: fmt.Sprintf("p%03d@lamu.example", i), State: magazine.Confirmed})
			if err != nil {
				return err
			}
			words := said[0]
			switch {
			case i%3 == 1:
				words = said[1]
			case i%30 == 2:
				words = said[2]
			}
			d := magazine.Delivery{Edition: "gone", Subscriber: p.ID, Email: p.Email, State: magazine.Failed, Relay: "main", Reply: fmt.Sprintf(words, p.Email, i)}
			if err := tx.PutDelivery(ctx, "weekly", d); err != nil {
				return err
			}
		}
		return tx.SetEditionState(ctx, "gone", magazine.EditionSent, "")
	})
	links := regexp.MustCompile(`<td class="num"><a href="([^"]+words=[^"]+)">(\d+)</a></td>`).FindAllStringSubmatch(f.get("/desk/editions/gone/", "Cookie", viewer).body, -1)
	if len(links) != len(said) {
		t.Fatalf("%d words are told, want %d", len(links), len(said))
	}
	all := 0
	for _, link := range links {
		n := 0
		for at := html.UnescapeString(link[1]); at != ""; {
			page := f.get(at, "Cookie", viewer)
			n += strings.Count(page.body, "<tr><td>")
			path, _, _ := strings.Cut(at, "?")
			next := regexp.MustCompile(`<a href="([^"]+)" rel="next">`).FindStringSubmatch(page.body)
			if at = ""; next != nil {
				at = path + html.UnescapeString(next[1])
			}
		}
		if strconv.Itoa(n) != link[2] {
			t.Errorf("%s says %s, and lists %d", link[1], link[2], n)
		}
		all += n
	}
	if all != people {
		t.Errorf("%d are listed of %d", all, people)
	}
}
