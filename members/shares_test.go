package members_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// often is the newsletters, of which one has two frequencies, and lets people
// choose their hour.
func (h *house) often() {
	h.Helper()
	h.reopen([]magazine.Newsletter{{Name: "weekly", Title: "The Week by the Water", OwnHour: true, Frequencies: []magazine.Frequency{{Name: "weekly"}, {Name: "daily"}}}, {Name: "new-books", Title: "New Books"}})
}

func (h *house) share(email, newsletter string) *magazine.Subscription {
	h.Helper()
	p, err := h.store.SubscriberByEmail(ctx, email)
	if err != nil {
		h.Fatal(err)
	}
	n, err := h.store.Subscription(ctx, newsletter, p.ID)
	if err != nil || n == nil {
		h.Fatal(n, err)
	}
	return n
}

func TestFrequencyAndTier(t *testing.T) {
	each(t, func(h *house) {
		h.often()
		r := request("amina@example.org", "weekly")
		r.Frequency, r.Tier = map[string]string{"": "daily"}, "Member"
		h.add("new", r, true, false, members.Added)
		if n := h.share("amina@example.org", "weekly"); n.Frequency != "daily" || n.Subscriber.Tier != magazine.Member {
			t.Errorf("%+v", n)
		}
		h.add("again", r, true, false, members.Known)
		r.Frequency, r.Tier = nil, ""
		h.add("without a word", r, true, false, members.Known)
		r.Frequency = map[string]string{"weekly": "weekly", "new-books": "unheard of"}
		h.add("another frequency", r, true, false, members.Extended)
		r.Frequency, r.Tier = nil, magazine.Free
		h.add("another tier", r, true, false, members.Extended)
		if n := h.share("amina@example.org", "weekly"); n.Frequency != "weekly" || n.Subscriber.Tier != magazine.Free {
			t.Errorf("%+v", n)
		}
		h.leave("amina@example.org", "weekly")
		r.Frequency, r.Tier = map[string]string{"": "daily"}, magazine.Member
		h.add("left", r, true, false, members.Left)
		if n := h.share("amina@example.org", "weekly"); n.Frequency != "weekly" || n.Subscriber.Tier != magazine.Member || n.State != magazine.SubscriptionLeft {
			t.Errorf("%+v", n)
		}

		// By the person's own word.
		r = request("bo@example.org", "weekly")
		r.Frequency = map[string]string{"weekly": "daily"}
		token := h.signUp(r)
		h.confirm(token)
		if n := h.share("bo@example.org", "weekly"); n.Frequency != "daily" || n.Subscriber.Tier != magazine.Free {
			t.Errorf("%+v", n)
		}
		for _, bad := range []struct {
			change func(r *members.Request)
			says   string
		}{
			{func(r *members.Request) { r.Frequency = map[string]string{"": "hourly"} }, `weekly has no frequency "hourly"; its frequencies are: weekly, daily`},
			{func(r *members.Request) {
				r.Frequency, r.Newsletters = map[string]string{"": "daily"}, []string{"weekly", "new-books"}
			}, `new-books has no frequency "daily"`},
			{func(r *members.Request) { r.Tier = "gold" }, `"gold" is no tier`},
		} {
			r := request("chen@example.org", "weekly")
			bad.change(&r)
			if err := h.Check(ctx, r); magazine.CodeOf(err) != magazine.Invalid || !strings.Contains(err.Error(), bad.says) {
				t.Errorf("%v, want %q", err, bad.says)
			}
		}
	})
}

func TestPauseAndResume(t *testing.T) {
	h := lite(t)
	h.add("new", request("amina@example.org", "weekly"), true, false, members.Added)
	until := h.clock.Now().Add(time.Hour)
	wantCode(t, "a past end", h.Pause(ctx, "amina@example.org", "weekly", h.clock.Now(), false), magazine.Invalid)
	wantCode(t, "nobody", h.Pause(ctx, "bo@example.org", "weekly", until, false), magazine.NotFound)
	wantCode(t, "another newsletter", h.Pause(ctx, "amina@example.org", "new-books", until, false), magazine.NotFound)
	for _, fresh := range []bool{true, false} {
		if err := h.Pause(ctx, "Amina@example.org", "weekly", until, fresh); err != nil {
			t.Fatal(err)
		}
		if n := h.share("amina@example.org", "weekly"); !n.PausedUntil.Equal(until) || n.Fresh != fresh {
			t.Errorf("%+v", n)
		}
	}
	for _, want := range []bool{true, false} {
		if was, err := h.Resume(ctx, "amina@example.org", "weekly"); was != want || err != nil {
			t.Errorf("%v, %v", was, err)
		}
	}
	h.leave("amina@example.org", "weekly")
	wantCode(t, "left", h.Pause(ctx, "amina@example.org", "weekly", until, false), magazine.NotFound)
	_, err := h.Resume(ctx, "amina@example.org", "weekly")
	wantCode(t, "left", err, magazine.NotFound)
}

// TestSetFollows: what stays followed keeps its number, what is new starts now,
// and what is taken out of everything stands where everything did.
func TestSetFollows(t *testing.T) {
	each(t, func(h *house) {
		h.add("new", request("amina@example.org", "weekly"), true, false, members.Added)
		advance := func(n int64) {
			t.Helper()
			h.write(func(tx *store.Tx) error {
				_, err := tx.ExecContext(ctx, "UPDATE counters SET value = $1 WHERE name = 'article'", n)
				return err
			})
		}
		follow := func(want map[string]int64, follows ...magazine.Follow) {
			t.Helper()
			if err := h.SetFollows(ctx, "amina@example.org", "weekly", follows); err != nil {
				t.Fatal(err)
			}
			n := h.share("amina@example.org", "weekly")
			if len(n.Follows) != len(want) || n.Served != 1 {
				t.Errorf("%+v, want %v", n, want)
			}
			for _, f := range n.Follows {
				if served, ok := want[f.Slug]; !ok || served != f.Served {
					t.Errorf("%+v, want %v", f, want)
				}
			}
		}
		advance(5)
		follow(map[string]int64{"fiction": 1, "noor": 1}, fiction, noor)
		advance(7)
		follow(map[string]int64{"fiction": 1, "deep sea": 7}, fiction, magazine.Follow{Kind: magazine.FollowTag, Slug: "Deep Sea"})
		advance(9)
		follow(map[string]int64{"noor": 9}, noor)
		follow(nil)
		wantCode(t, "what there is not", h.SetFollows(ctx, "amina@example.org", "weekly", []magazine.Follow{{Kind: magazine.FollowSection, Slug: "sport"}}), magazine.Invalid)
		wantCode(t, "nobody", h.SetFollows(ctx, "bo@example.org", "weekly", nil), magazine.NotFound)
	})
}

func TestExportIsImport(t *testing.T) {
	h := lite(t)
	h.often()
	const list = "email,name,timezone,language,author,section,tag,frequency,hour,tier,tier_ends,paused_until\n" +
		"a@example.org,\"Amina, \"\"A\"\"\",Africa/Nairobi,fr-CA,noor salma-oduya,fiction,\"\"\"deep sea, \"\"\"\"wine-dark\"\"\"\"\"\", \"\"fish, chips\"\", warm\",daily,20:00,member,2026-12-31,2026-12-01T05:30:00Z fresh\n" +
		"b@example.org,,,,,,'=boats,,,free,,indefinitely\n"
	done := h.importing(list+"c@example.org,,,,,,,hourly,,,,\nd@example.org,,,,,,,,,gold,,\ne@example.org,,,,,,,,20:30,,,\nh@example.org,,,,,,,,,member,soon,\n", members.ImportOptions{Confirmed: true, Newsletters: []string{"weekly"}})
	if done.Added != 2 || done.Invalid != 4 {
		t.Fatalf("%+v", done)
	}
	h.add("another newsletter", request("e@example.org", "new-books"), true, false, members.Added)
	h.add("pending", request("f@example.org", "weekly"), false, false, members.Added)
	h.add("left", request("g@example.org", "weekly"), true, false, members.Added)
	h.leave("g@example.org", "weekly")
	exported := func() string {
		t.Helper()
		var b strings.Builder
		if err := h.Export(ctx, "weekly", &b); err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(b.String(), "\n")
		if len(lines) == 4 && lines[1] > lines[2] { // ids are random
			lines[1], lines[2] = lines[2], lines[1]
		}
		return strings.Join(lines, "")
	}
	if got := exported(); got != list {
		t.Errorf("%q, want %q", got, list)
	}
	h.forget()
	h.importing(list, members.ImportOptions{Confirmed: true, Newsletters: []string{"weekly"}})
	if got := exported(); got != list {
		t.Errorf("imported again: %q", got)
	}
}

// A list that says nothing of a person's tier, frequency or pause changes none of
// it; one that says free takes a membership, and says how many it took.
func TestImportChangesWhatItSays(t *testing.T) {
	each(t, func(h *house) {
		h.often()
		o := members.ImportOptions{Confirmed: true, Newsletters: []string{"weekly"}}
		h.importing("email,tier,frequency,paused_until\na@example.org,member,daily,2026-12-01\nleft@example.org,member,,\n", o)
		h.leave("left@example.org", "weekly")
		is := func(what string, tier magazine.Tier, until time.Time) {
			h.Helper()
			n := h.share("a@example.org", "weekly")
			if n.Subscriber.Tier != tier || n.Frequency != "daily" || !n.PausedUntil.Equal(until) || n.Fresh {
				h.Errorf("%s: %+v", what, n)
			}
		}
		december := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
		is("first", magazine.Member, december)
		for _, list := range []string{"email\na@example.org\n", "email,tier,frequency,paused until\na@example.org,,,\n", "email,paused_until\na@example.org,2020-01-01\n"} {
			if done := h.importing(list, o); done.Known != 1 || done.Demoted != 0 {
				h.Errorf("%+v", done)
			}
			is("nothing said", magazine.Member, december)
		}
		const free = "email,tier,Paused until\na@example.org,free,2026-12-24\na@example.org,free,\nleft@example.org,free,\nnew@example.org,free,\n"
		for _, o.DryRun = range []bool{true, false} {
			if done := h.importing(free, o); done.Demoted != 2 || done.Extended != 1 || done.Known != 1 || done.Added != 1 || done.Left != 1 {
				h.Errorf("%+v", done)
			}
		}
		is("free", magazine.Free, december.AddDate(0, 0, 23))
		for _, bad := range []string{"soon", "2026-12-01 later", "fresh", "2026-13-01", "10000-01-01"} {
			done := h.importing("email,paused_until\na@example.org,"+bad+"\n", o)
			if done.Invalid != 1 || !strings.Contains(done.Problems[0].String(), `line 2: "`+bad+`" is no end of a pause; write a date like`) {
				h.Errorf("%+v", done)
			}
		}
	})
}

// A date begins in the person's zone. One who has yet to confirm pauses then.
func TestImportOfPauses(t *testing.T) {
	h := lite(t)
	list := "email,timezone,paused until\na@example.org,Asia/Tokyo,2026-12-01 fresh\n"
	h.importing(list, members.ImportOptions{Newsletters: []string{"weekly"}})
	if done := h.importing(list, members.ImportOptions{Newsletters: []string{"weekly"}}); done.Known != 1 {
		t.Errorf("%+v", done)
	}
	h.confirm(h.signUp(request("a@example.org", "new-books")))
	h.importing(list, members.ImportOptions{Confirmed: true, Newsletters: []string{"weekly"}})
	if n := h.share("a@example.org", "weekly"); !n.PausedUntil.Equal(time.Date(2026, 11, 30, 15, 0, 0, 0, time.UTC)) || !n.Fresh {
		t.Errorf("%+v", n)
	}
	if n := h.share("a@example.org", "new-books"); !n.PausedUntil.IsZero() {
		t.Errorf("%+v", n)
	}
	// Where the list names no zone, it is the one that they have told before.
	h.importing("email,paused until\na@example.org,2027-01-02\n", members.ImportOptions{Confirmed: true, Newsletters: []string{"weekly"}})
	if n := h.share("a@example.org", "weekly"); !n.PausedUntil.Equal(time.Date(2027, 1, 1, 15, 0, 0, 0, time.UTC)) {
		t.Errorf("%s", n.PausedUntil)
	}
}

// A frequency that is named for all newsletters is meant for those that have it.
func TestFrequencyWithoutNewsletter(t *testing.T) {
	h := lite(t)
	h.often()
	r := request("a@example.org")
	r.Frequency = map[string]string{"": "daily"}
	h.add("one has it", r, true, false, members.Added)
	if n := h.share("a@example.org", "weekly"); n.Frequency != "daily" {
		t.Errorf("%+v", n)
	}
	if n := h.share("a@example.org", "new-books"); n.Frequency != "" {
		t.Errorf("%+v", n)
	}
	r.Frequency[""] = "hourly"
	_, err := h.Add(ctx, r, true, false)
	wantCode(t, "none has it", err, magazine.Invalid)
	if !strings.Contains(err.Error(), "weekly has no frequency") || !strings.Contains(err.Error(), "new-books has no frequency") {
		t.Error(err)
	}
	r.Frequency[""], r.Newsletters = "daily", []string{"weekly", "new-books"}
	_, err = h.Add(ctx, r, true, false)
	wantCode(t, "asked for by name", err, magazine.Invalid)
}

// An hour that is named for all newsletters is meant for those that let people
// choose it.
func TestHourWithoutNewsletter(t *testing.T) {
	h := lite(t)
	h.often() // weekly lets people choose, new-books does not
	h.importing("email,hour\na@example.org,20\n", members.ImportOptions{Confirmed: true})
	if n := h.share("a@example.org", "weekly"); n == nil || n.Hour != "20:00" {
		t.Errorf("%+v", n)
	}
	if n := h.share("a@example.org", "new-books"); n == nil || n.Hour != "" {
		t.Errorf("%+v", n)
	}
	r := request("b@example.org", "new-books", "weekly")
	r.Hour = map[string]string{"": "20"}
	_, err := h.Add(ctx, r, true, false)
	wantCode(t, "asked for by name", err, magazine.Invalid)
	r.Newsletters, r.Hour = nil, map[string]string{"new-books": "20"}
	_, err = h.Add(ctx, r, true, false)
	wantCode(t, "an hour for it by name", err, magazine.Invalid)
	r.Hour = map[string]string{"": "25"}
	_, err = h.Add(ctx, r, true, false)
	wantCode(t, "no hour", err, magazine.Invalid)
	if !strings.Contains(err.Error(), "no hour 25") {
		t.Error(err)
	}
}

// Who joins again starts anew: nothing of a pause is left.
func TestJoinAgainAfterAPause(t *testing.T) {
	each(t, func(h *house) {
		h.add("new", request("a@example.org", "weekly"), true, false, members.Added)
		if err := h.Pause(ctx, "a@example.org", "weekly", magazine.Indefinitely, true); err != nil {
			h.Fatal(err)
		}
		h.leave("a@example.org", "weekly")
		h.confirm(h.signUp(request("a@example.org", "weekly")))
		if n := h.share("a@example.org", "weekly"); n.Fresh || !n.PausedUntil.IsZero() || n.Served != 1 {
			h.Errorf("%+v", n)
		}
	})
}

// hours is the newsletters, of which one lets people choose their hour.
func (h *house) hours() {
	h.Helper()
	h.reopen([]magazine.Newsletter{{Name: "weekly", Title: "The Week by the Water", OwnHour: true}, {Name: "new-books", Title: "New Books"}})
}

func TestHour(t *testing.T) {
	each(t, func(h *house) {
		h.hours()
		has := func(about, want string) {
			t.Helper()
			if n := h.share("amina@example.org", "weekly"); n.Hour != want {
				t.Errorf("%s: %q, want %q", about, n.Hour, want)
			}
		}
		r := request("amina@example.org", "weekly")
		r.Hour = map[string]string{"": "20"}
		h.add("new", r, true, false, members.Added)
		has("new", "20:00")
		h.add("again", r, true, false, members.Known)
		r.Hour = nil
		h.add("without a word", r, true, false, members.Known)
		has("without a word", "20:00")
		r.Hour = map[string]string{"weekly": "07:00"}
		h.add("another hour", r, true, false, members.Extended)
		has("another hour", "07:00")
		r.Hour = map[string]string{"weekly": "Schedule"}
		h.add("the schedule's", r, true, false, members.Extended)
		has("the schedule's", "")

		for written, want := range map[string]string{"0": "00:00", "23:00": "23:00", members.NoHour: ""} {
			if hour, err := h.SetHour(ctx, "amina@example.org", "weekly", written); err != nil || hour != want {
				t.Errorf("%q: %q, %v", written, hour, err)
			}
			has(written, want)
		}
		for _, c := range []struct {
			email, newsletter, hour string
			code                    magazine.Code
			mend                    string
		}{
			{"amina@example.org", "weekly", "24", magazine.Invalid, "from 0 to 23"},
			{"amina@example.org", "weekly", "", magazine.Invalid, "such as 7"},
			{"amina@example.org", "new-books", "7", magazine.Invalid, "own_hour: true"},
			{"nobody@example.org", "weekly", "7", magazine.NotFound, "no subscriber"},
		} {
			if _, err := h.SetHour(ctx, c.email, c.newsletter, c.hour); magazine.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.mend) {
				t.Errorf("%+v: %v", c, err)
			}
		}
		r.Hour, r.Newsletters = map[string]string{"": "7"}, []string{"weekly", "new-books"}
		if _, err := h.Add(ctx, r, true, false); magazine.CodeOf(err) != magazine.Invalid || !strings.Contains(err.Error(), "new-books") {
			t.Errorf("an hour for all newsletters: %v", err)
		}

		// By the person's own word.
		r = request("bo@example.org", "weekly")
		r.Hour = map[string]string{"weekly": "6"}
		h.confirm(h.signUp(r))
		if n := h.share("bo@example.org", "weekly"); n.Hour != "06:00" {
			t.Errorf("bo has %q", n.Hour)
		}

		// An export comes back as it was.
		var list strings.Builder
		if err := h.Export(ctx, "weekly", &list); err != nil || !strings.Contains(list.String(), "bo@example.org,") || !strings.Contains(list.String(), ",06:00,free") {
			t.Errorf("%s, %v", list.String(), err)
		}
		text := strings.Replace(list.String(), "06:00", "25", 1) + "pia@example.org,,,,,,,,9,,\nkim@example.org,,,,,,,,,,\n"
		done, err := h.Import(ctx, strings.NewReader(text), members.ImportOptions{Newsletters: []string{"weekly"}, Confirmed: true})
		if err != nil || done.Invalid != 1 || done.Added != 2 || !strings.Contains(fmt.Sprint(done.Problems), "there is no hour 25 in a day") {
			t.Errorf("%+v, %v", done, err)
		}
		if n := h.share("pia@example.org", "weekly"); n.Hour != "09:00" {
			t.Errorf("pia has %q", n.Hour)
		}
	})
}
