package members_test

import (
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// often is the newsletters, of which one has two frequencies.
func (h *house) often() {
	h.Helper()
	h.reopen([]magazine.Newsletter{{Name: "weekly", Title: "The Week by the Water", Frequencies: []magazine.Frequency{{Name: "weekly"}, {Name: "daily"}}}, {Name: "new-books", Title: "New Books"}})
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
			{func(r *members.Request) { r.Frequency, r.Newsletters = map[string]string{"": "daily"}, nil }, `new-books has no frequency "daily"`},
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
	const list = "email,name,timezone,author,section,tag,frequency,tier\n" +
		"a@example.org,\"Amina, \"\"A\"\"\",Africa/Nairobi,noor salma-oduya,fiction,\"boats, deep sea\",daily,member\n" +
		"b@example.org,,,,,,,free\n"
	done := h.importing(list+"c@example.org,,,,,,hourly,\nd@example.org,,,,,,,gold\n", members.ImportOptions{Confirmed: true, Newsletters: []string{"weekly"}})
	if done.Added != 2 || done.Invalid != 2 {
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
