package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// choosy is a publication of two newsletters, one of which leaves every choice.
func choosy(t *testing.T) *fixture {
	t.Helper()
	return newFixture(t, letters)
}

func letters(o *Options) {
	o.Newsletters = []magazine.Newsletter{
		{Name: "weekly", Title: "The Week by the Water", OwnHour: true, Frequencies: []magazine.Frequency{{Name: "fridays", Title: "Each Friday"}, {Name: "daily", Title: "Each day"}}},
		{Name: "books", Title: "New Books"},
	}
}

func (f *fixture) share(email, newsletter string) *magazine.Subscription {
	f.Helper()
	p, err := f.store.SubscriberByEmail(f.Context(), email)
	if err != nil {
		f.Fatal(err)
	}
	s, err := f.store.Subscription(f.Context(), newsletter, p.ID)
	if err != nil {
		f.Fatal(err)
	}
	return s
}

// TestPreferences goes the whole way by the link of a mail, and signed in.
func TestPreferences(t *testing.T) {
	for _, way := range []string{"by a mail", "signed in"} {
		t.Run(way, func(t *testing.T) {
			f := choosy(t)
			const amina = "amina@example.org"
			p := f.member(amina)
			base, cookie := "/preferences/"+f.members.PreferencesToken(p), ""
			if way == "signed in" {
				base, cookie = "/preferences", f.signIn(amina)
			}
			post := func(form url.Values) answer {
				t.Helper()
				return f.post(base, form.Encode(), "Cookie", cookie)
			}
			page := f.get(base, "Cookie", cookie)
			for _, want := range []string{amina, "The Week by the Water", "Each Friday", "At its usual time", "Letters from the Coast", `action="` + base} {
				if !strings.Contains(page.body, want) {
					t.Errorf("no %q in\n%s", want, page.body)
				}
			}
			if page.Header.Get("Cache-Control") != "no-store" || page.Header.Get("Referrer-Policy") != "same-origin" || page.Header.Get("X-Robots-Tag") != "noindex" {
				t.Errorf("%v", page.Header)
			}
			res := post(url.Values{"newsletter": {"weekly"}, "act": {"save"}, "often": {"daily"}, "hour": {"07:00"}, "section": {coast.Slug}, "author": {jun.Slug}, "tag": {"Tides"}, "pause": {"until"}, "until": {"2024-12-01"}, "fresh": {"yes"}})
			if to := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || to != base+"?saved=weekly#weekly" {
				t.Fatalf("%d to %q\n%s", res.StatusCode, to, res.body)
			}
			s := f.share(amina, "weekly")
			if s.Frequency != "daily" || s.Hour != "07:00" || len(s.Follows) != 3 || !s.PausedUntil.Equal(time.Date(2024, 12, 1, 0, 0, 0, 0, nairobi)) || !s.Fresh {
				t.Errorf("saved: %+v", s)
			}
			page = f.get(base+"?saved=weekly", "Cookie", cookie)
			for _, want := range []string{"Saved.", `value="daily" checked`, `value="07:00" selected`, `value="junichi-vale" checked`, `value="tides" checked`, `value="2024-12-01"`, `value="until" checked`} {
				if !strings.Contains(page.body, want) {
					t.Errorf("no %q in\n%s", want, page.body)
				}
			}
			post(url.Values{"newsletter": {"weekly"}, "act": {"save"}, "hour": {members.NoHour}, "pause": {"none"}})
			if s := f.share(amina, "weekly"); s.Frequency != "daily" || s.Hour != "" || len(s.Follows) != 0 || !s.PausedUntil.IsZero() {
				t.Errorf("taken back: %+v", s)
			}
			post(url.Values{"newsletter": {"weekly"}, "act": {"save"}, "pause": {"open"}})
			if s := f.share(amina, "weekly"); !s.PausedUntil.Equal(magazine.Indefinitely) || s.Fresh {
				t.Errorf("paused: %+v", s)
			}
			post(url.Values{"newsletter": {"books"}, "act": {"drop"}})
			if s := f.share(amina, "books"); s.State != magazine.SubscriptionLeft {
				t.Errorf("left: %+v", s)
			}
			if page := f.get(base+"?saved=books", "Cookie", cookie); !strings.Contains(page.body, "You have left New Books") || !strings.Contains(page.body, "Send me New Books") {
				t.Errorf("after leaving:\n%s", page.body)
			}
			post(url.Values{"newsletter": {"books"}, "act": {"take"}})
			if s := f.share(amina, "books"); s.State != magazine.SubscriptionActive {
				t.Errorf("taken up again: %+v", s)
			}
			want := map[string]string{"by a mail": "/preferences, by the link of a mail", "signed in": "/preferences"}[way]
			if data, err := f.members.Data(f.Context(), p); err != nil || data.Consents[len(data.Consents)-1].Form != want {
				t.Errorf("agreed to %+v, %v, want by %q", data.Consents, err, want)
			}
			post(url.Values{"act": {"zone"}, "timezone": {" Asia/Tehran "}})
			if p, _ := f.store.SubscriberByEmail(f.Context(), amina); p.Timezone != "Asia/Tehran" {
				t.Errorf("zone %q", p.Timezone)
			}
			post(url.Values{"act": {"zone"}, "timezone": {" "}})
			if p, _ := f.store.SubscriberByEmail(f.Context(), amina); p.Timezone != "" {
				t.Errorf("zone %q, want the publication's again", p.Timezone)
			}
		})
	}
}

// The search works without scripts, and loses nothing that was typed.
func TestFindingWhatToFollow(t *testing.T) {
	f := choosy(t)
	base := "/preferences/" + f.members.PreferencesToken(f.member("amina@example.org"))
	for query, want := range map[string][]string{
		"oester": nil, "ostergaard": {"maren-ostergaard"}, "ØSTER": {"maren-ostergaard"}, "ليلى": {layla.Slug}, "a": {"salma-oduya", "maren-ostergaard", jun.Slug, layla.Slug}, "%": nil, "<b>": {layla.Slug}, "": nil,
	} {
		res := f.post(base, url.Values{"newsletter": {"weekly"}, "act": {"find"}, "q": {query}, "section": {coast.Slug}, "tag": {"lamps"}, "pause": {"open"}, "hour": {"07:00"}}.Encode())
		if res.StatusCode != http.StatusOK || !strings.Contains(res.body, `value="`+coast.Slug+`" checked`) || !strings.Contains(res.body, `value="lamps" checked`) || !strings.Contains(res.body, `value="open" checked`) || !strings.Contains(res.body, `value="07:00" selected`) {
			t.Errorf("%q: %d\n%s", query, res.StatusCode, res.body)
		}
		for _, slug := range []string{"salma-oduya", "maren-ostergaard", jun.Slug, layla.Slug} {
			if strings.Contains(res.body, `value="`+slug+`"`) && !slices.Contains(want, slug) || !strings.Contains(res.body, `value="`+slug+`"`) && slices.Contains(want, slug) {
				t.Errorf("%q: %s found %t", query, slug, !slices.Contains(want, slug))
			}
		}
		if query == "ostergaard" && !strings.Contains(res.body, "Tag: ostergaard") {
			t.Error("no tag of that name is offered")
		}
		if query != "" && strings.Contains(res.body, "no article has it yet") == (query == "tides") {
			t.Errorf("%q: whether an article has such a tag is told wrongly", query)
		}
	}
	if s := f.share("amina@example.org", "weekly"); len(s.Follows) != 0 || !s.PausedUntil.IsZero() {
		t.Errorf("a search saved: %+v", s)
	}
}

// The tags that articles have are found by a part of their name, as they are spelt,
// the most used first; of the site's changes the search knows at once.
func TestFindingTags(t *testing.T) {
	f := choosy(t)
	base := "/preferences/" + f.members.PreferencesToken(f.member("amina@example.org"))
	box := regexp.MustCompile(`(?s)name="tag" value="([^"]*)"( checked)?> <span><bdi>([^<]*)</bdi>(?:<span class="meta">([^<]*))?`)
	find := func(query string, want ...string) {
		t.Helper()
		res := f.post(base, url.Values{"newsletter": {"weekly"}, "act": {"find"}, "q": {query}, "tag": {"lamps"}}.Encode())
		var got []string
		for _, m := range box.FindAllStringSubmatch(res.body, -1) {
			got = append(got, strings.Join(slices.DeleteFunc(m[1:], func(s string) bool { return s == "" }), "|"))
		}
		want = append([]string{"lamps| checked|Tag: lamps"}, want...)
		if !slices.Equal(got, want) {
			t.Errorf("%q finds %q, want %q", query, got, want)
		}
	}
	none := func(tag string) string { return tag + "|Tag: " + tag + "|no article has it yet" }
	find("tide", "tides|Tag: tides|1 article", none("tide"))
	find("TIDES ", "tides|Tag: tides|1 article")
	find("lamps") // which they follow already
	f.put(
		magazine.Article{Slug: "one", Title: "One", Tags: []string{"Élan vital", "Neap Tides", "neap tides", "<b>"}},
		magazine.Article{Slug: "two", Title: "Two", Tags: []string{"NEAP TIDES", "مدّ وجزر"}},
		magazine.Article{Slug: "three", Title: "Three", State: magazine.Draft, Tags: []string{"tides to come"}},
	)
	find("tide", "neap tides|Tag: NEAP TIDES|2 articles", "tides|Tag: tides|1 article", none("tide"))
	find("elan", "élan vital|Tag: Élan vital|1 article", none("elan"))
	find("وجزر", "مدّ وجزر|Tag: \u2068مدّ وجزر\u2069|1 article", "وجزر|Tag: \u2068وجزر\u2069|no article has it yet")
	find("<b>", "&lt;b&gt;|Tag: &lt;b&gt;|1 article")
	many := make([]string, 40)
	for i := range many {
		many[i] = fmt.Sprintf("wave %d", i)
	}
	f.put(magazine.Article{Slug: "four", Title: "Four", Tags: many})
	res := f.post(base, url.Values{"newsletter": {"weekly"}, "act": {"find"}, "q": {"wave"}}.Encode())
	if n := len(box.FindAllString(res.body, -1)); n != 21 {
		t.Errorf("%d tags are shown", n)
	}
}

func TestBadPreferences(t *testing.T) {
	f := choosy(t)
	p := f.member("amina@example.org")
	badr := f.member("badr@example.org")
	token := f.members.PreferencesToken(p)
	for what, bad := range map[string]string{
		"cut": token[:len(token)-2], "doubled": token + token, "altered": "x" + token, "of another kind": f.members.LeaveToken(p.ID, "weekly"), "odd bytes": "%00%ff" + token,
		"another's proof": badr.ID + token[strings.IndexByte(token, '.'):],
	} {
		for _, method := range []string{"GET", "POST"} {
			res := f.do(request(method, "/preferences/"+bad, ""))
			if res.StatusCode != http.StatusNotFound || !strings.Contains(res.body, "This link does not work") || !strings.Contains(res.body, `action="/signin"`) {
				t.Errorf("%s %s: %d\n%s", method, what, res.StatusCode, res.body)
			}
		}
	}
	if res := f.post("/preferences", "act=drop&newsletter=weekly"); res.Header.Get("Location") != "/signin" {
		t.Errorf("not signed in: %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	for _, c := range []struct {
		form   url.Values
		status int
		want   string
	}{
		{url.Values{"newsletter": {"weekly"}, "often": {"hourly"}}, 400, "This form is not as we sent it."},
		{url.Values{"newsletter": {"weekly"}, "hour": {"25"}}, 400, "“25” is no hour of the day."},
		{url.Values{"newsletter": {"books"}, "hour": {"7"}}, 400, "This form is not as we sent it."},
		{url.Values{"newsletter": {"weekly"}, "author": {"nobody\x00"}}, 400, "There is no author"},
		{url.Values{"newsletter": {"weekly"}, "author": slices.Repeat([]string{"x"}, 201)}, 400, "at most 200"},
		{url.Values{"newsletter": {"weekly"}, "pause": {"until"}}, 400, "Choose the day"},
		{url.Values{"newsletter": {"weekly"}, "pause": {"until"}, "until": {"2024-10-04"}}, 400, "cannot end on a day that has begun"},
		{url.Values{"newsletter": {"weekly"}, "pause": {"until"}, "until": {"soon"}, "often": {"hourly"}}, 400, "“soon” is no day."},
		{url.Values{"newsletter": {"never\x00"}}, 404, "no such newsletter"},
		{url.Values{"act": {"zone"}, "timezone": {"Mars/Olympus"}}, 400, "no time zone"},
	} {
		if c.form.Get("act") == "" {
			c.form.Set("act", "save")
		}
		res := f.post("/preferences/"+token, c.form.Encode())
		if res.StatusCode != c.status || !strings.Contains(res.body, c.want) {
			t.Errorf("%v: %d, want %q in\n%s", c.form, res.StatusCode, c.want, res.body)
		}
	}
	f.write(func(ctx context.Context, tx *store.Tx) error { return tx.Suppress(ctx, p.Email, "bounced") })
	f.post("/preferences/"+token, "act=drop&newsletter=books")
	if res := f.post("/preferences/"+token, "act=take&newsletter=books"); res.StatusCode != http.StatusConflict || !strings.Contains(res.body, "We may not mail this address") || f.share(p.Email, "books").State == magazine.SubscriptionActive {
		t.Errorf("suppressed: %d\n%s", res.StatusCode, res.body)
	}
	if res := f.post("/preferences/"+token, "act=save&newsletter=books"); res.StatusCode != http.StatusConflict || !strings.Contains(res.body, "You do not get this newsletter any more") {
		t.Errorf("left elsewhere: %d\n%s", res.StatusCode, res.body)
	}
}

// A pause that ends at some time of a day is kept when its form is sent as it is,
// to the last minute of it.
func TestSavingKeepsAPause(t *testing.T) {
	f := choosy(t)
	const amina = "amina@example.org"
	base := "/preferences/" + f.members.PreferencesToken(f.member(amina))
	until := f.clock.Now().Add(50*time.Hour + 7*time.Minute)
	if err := f.members.Pause(f.Context(), amina, "weekly", until, false); err != nil {
		t.Fatal(err)
	}
	day := until.In(nairobi).Format(time.DateOnly)
	for left, least := range map[time.Duration]string{50 * time.Hour: "2024-10-05", time.Hour: day} {
		f.clock.Set(until.Add(-left))
		if page := f.get(base); !strings.Contains(page.body, `min="`+least+`" value="`+day+`"`) {
			t.Errorf("%s before its end the form does not take it:\n%s", left, page.body)
		}
		res := f.post(base, url.Values{"newsletter": {"weekly"}, "act": {"save"}, "pause": {"until"}, "until": {day}, "fresh": {"yes"}}.Encode())
		if s := f.share(amina, "weekly"); res.StatusCode != http.StatusSeeOther || !s.PausedUntil.Equal(until) || !s.Fresh {
			t.Errorf("%s before its end: %d, %+v", left, res.StatusCode, s)
		}
	}
}
