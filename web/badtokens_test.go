package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// linkRoute is an address that a mail, or a page for one person, has a token in.
type linkRoute struct {
	name, before, after string // of the address, around the token
	good, another       string // tokens of two people
	helps               string // what the page of a token that is none of ours has
	says                string // what it says
}

// linkRoutes are all of them, with two people who have every token that there is.
func linkRoutes(f *fixture) []linkRoute {
	f.Helper()
	var people []magazine.Subscriber
	var confirms, signIns, asks, tells, feeds []string
	for _, email := range []string{"amina@example.org", "badr@example.org"} {
		p := f.member(email)
		people = append(people, p)
		f.post("/join", "newsletter=weekly&email=wants."+email)
		confirms = append(confirms, f.members.ConfirmToken(f.signUps[len(f.signUps)-1]))
		_, id := f.askSignIn(email, "")
		signIns = append(signIns, f.members.SignInToken(id))
		if err := f.members.AskAddress(f.Context(), f.session(p), "new."+email); err != nil {
			f.Fatal(err)
		}
		change := f.moves[len(f.moves)-1].Change
		asks = append(asks, f.members.AddressToken(members.AddressArgs{Change: change, About: members.AddressAsk}))
		tells = append(tells, f.members.AddressToken(members.AddressArgs{Change: change, About: members.AddressTell}))
		token, err := f.members.FeedToken(f.Context(), p.ID)
		if err != nil {
			f.Fatal(err)
		}
		feeds = append(feeds, token)
	}
	leave := func(i int) string { return f.members.LeaveToken(people[i].ID, "weekly") }
	choose := func(i int) string { return f.members.PreferencesToken(people[i]) }
	const again, signIn = `action="/join"`, `action="/signin"`
	return []linkRoute{
		{"confirm", "/confirm/", "", confirms[0], confirms[1], again, "open it from the mail again"},
		{"leave", "/leave/", "", leave(0), leave(1), signIn, "open it from the mail again"},
		{"sign in", "/signin/", "", signIns[0], signIns[1], signIn, "open it from the mail again"},
		{"preferences", "/preferences/", "", choose(0), choose(1), signIn, "This link does not work"},
		{"preview", "/preferences/", "/preview/weekly", choose(0), choose(1), signIn, "This link does not work"},
		{"new address", "/address/", "", asks[0], asks[1], signIn, "open it from the mail again"},
		{"old address", "/address/", "", tells[0], tells[1], signIn, "open it from the mail again"},
		{"own feeds", "/own/", "/rss.xml", feeds[0], feeds[1], "cut when it was copied", "There are no feeds at this address"},
	}
}

// spoilt are tokens made of a good one that open nothing.
func spoilt(r linkRoute, all []linkRoute) map[string]string {
	at := strings.LastIndexByte(r.good, '.')
	other := strings.LastIndexByte(r.another, '.')
	last := "A"
	if strings.HasSuffix(r.good, last) {
		last = "B"
	}
	first := "x"
	if strings.HasPrefix(r.good, first) {
		first = "y"
	}
	bad := map[string]string{
		"cut by one": r.good[:len(r.good)-1], "cut in half": r.good[:len(r.good)/2], "without its proof": r.good[:at], "without a payload": r.good[at:], "a dot": "x.",
		"doubled": r.good + r.good, "doubled with a dot": r.good + "." + r.good, "with the end of a sentence": r.good + ".", "with a bracket": r.good + "%3E",
		"altered at its beginning": first + r.good[1:], "altered at its end": r.good[:len(r.good)-1] + last, "in capitals": strings.ToUpper(r.good), "padded": r.good + "==",
		"with spaces": "%20" + r.good + "%20", "with a line end": r.good + "%0D%0ASet-Cookie:%20a=b", "with NUL and bad UTF-8": "%00%ff" + r.good, "long": strings.Repeat("a", 8000) + r.good[at:],
		"another's with this one's proof": r.another[:other] + r.good[at:], "this one's with another's proof": r.good[:at] + r.another[other:],
		"a template": "%7B%7B.%7D%7D", "a script": "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
	}
	for _, o := range all {
		if o.good != r.good && !(strings.HasSuffix(r.name, "address") && strings.HasSuffix(o.name, "address")) {
			bad["of "+o.name] = o.good
		}
	}
	return bad
}

// A link that was cut, doubled, altered, mixed with another's, or is for something
// else, leads to a page that says so and how one gets a new one, and does nothing.
func TestBadTokens(t *testing.T) {
	f, _ := withOwnFeeds(t)
	all := linkRoutes(f)
	before := f.everything()
	for _, route := range all {
		for what, token := range spoilt(route, all) {
			for _, method := range []string{"GET", "HEAD", "POST"} {
				if method == "POST" && route.after != "" {
					continue
				}
				res := f.do(request(method, route.before+token+route.after, ""))
				name := fmt.Sprintf("%s %s, %s", method, route.name, what)
				if res.StatusCode != http.StatusNotFound || len(res.Cookies()) > 0 || res.Header.Get("Set-Cookie") != "" {
					t.Errorf("%s: %d, %v", name, res.StatusCode, res.Header)
				}
				if method != "HEAD" && (!strings.Contains(res.body, route.helps) || !strings.Contains(res.body, route.says)) {
					t.Errorf("%s: nothing that helps:\n%s", name, res.body)
				}
				if strings.Contains(res.body, "<script>alert") || strings.Contains(res.body, "example.org") {
					t.Errorf("%s: the page tells too much:\n%s", name, res.body)
				}
				if route.name != "own feeds" && (res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("Referrer-Policy") != "same-origin") {
					t.Errorf("%s: %v", name, res.Header)
				}
			}
		}
	}
	if after := f.everything(); after != before {
		t.Errorf("something changed:\n%s\nbefore:\n%s", after, before)
	}
	for _, route := range all { // each good one works still
		if res := f.get(route.before + route.good + route.after); res.StatusCode != http.StatusOK && route.name != "old address" && route.name != "preview" {
			t.Errorf("%s: %d", route.name, res.StatusCode)
		}
	}
	if log := f.log.String(); log != "" {
		t.Errorf("logged: %s", log)
	}
}

// A link whose time is over, or that was for what is no more, says that, and how
// one gets on.
func TestTokensWhoseTimeIsOver(t *testing.T) {
	f, _ := withOwnFeeds(t)
	all := map[string]linkRoute{}
	for _, route := range linkRoutes(f) {
		all[route.name] = route
	}
	look := func(name string, status int, says, helps string) {
		t.Helper()
		route := all[name]
		for _, method := range []string{"GET", "POST"} {
			if method == "POST" && (route.after != "" || status == 200) {
				continue
			}
			res := f.do(request(method, route.before+route.good+route.after, ""))
			if res.StatusCode != status || !strings.Contains(res.body, says) || !strings.Contains(res.body, helps) || len(res.Cookies()) > 0 {
				t.Errorf("%s %s: %d, want %d, %q and %q in\n%s", method, name, res.StatusCode, status, says, helps, res.body)
			}
		}
	}
	f.clock.Add(16 * time.Minute)
	look("sign in", 400, "expired", `action="/signin"`)
	f.clock.Add(7 * 24 * time.Hour)
	look("confirm", 400, "expired", `action="/join"`)
	look("new address", 400, "expired", `action="/signin"`)
	look("old address", 404, "does not work", `action="/signin"`)
	look("leave", 200, "amina@example.org", "") // for ever
	look("preferences", 200, "amina@example.org", "")
	p, err := f.store.SubscriberByEmail(f.Context(), "amina@example.org")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.members.ReplaceFeeds(f.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	look("own feeds", 410, "replaced", "")
	f.write(func(ctx context.Context, tx *store.Tx) error { return tx.SetEmail(ctx, p.ID, "amina@example.net") })
	look("preferences", 404, "does not work", `action="/signin"`)
	if err := f.members.Erase(f.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	look("own feeds", 410, "left", "")
	look("preferences", 404, "does not work", `action="/signin"`)
	look("new address", 404, "does not work", `action="/signin"`)
	look("leave", 200, "You have left", "")
}

// everything is all that is kept of people.
func (f *fixture) everything() string {
	f.Helper()
	var b strings.Builder
	f.write(func(ctx context.Context, tx *store.Tx) error {
		for _, table := range []string{"subscribers", "subscriptions", "signups", "signins", "sessions", "address_changes", "leavings", "suppressions", "follows"} {
			rows, err := tx.QueryContext(ctx, "SELECT * FROM "+table+" ORDER BY 1, 2")
			if err != nil {
				return err
			}
			columns, _ := rows.Columns()
			for rows.Next() {
				row := make([]any, len(columns))
				for i := range row {
					row[i] = new(any)
				}
				if err := rows.Scan(row...); err != nil {
					return err
				}
				fmt.Fprint(&b, table)
				for _, v := range row {
					fmt.Fprintf(&b, " %v", *v.(*any))
				}
				b.WriteByte('\n')
			}
			rows.Close()
		}
		return nil
	})
	return b.String()
}
