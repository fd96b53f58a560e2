package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

func testTallies(t *testing.T, s *store.Store, clock *posttest.Clock) {
	edition(t, s, "e", 1)
	edition(t, s, "other", 1)
	put := func(email string, d magazine.Delivery) {
		t.Helper()
		d.Subscriber, d.Edition, d.Email = join(t, s, email), "e", email
		deliver(t, s, d)
	}
	for i := range 3 {
		put(fmt.Sprintf("a%d@Example.org", i), magazine.Delivery{State: magazine.Sent, Relay: "main"})
	}
	for i := range 30 {
		put(fmt.Sprintf("b@%02d.example", i), magazine.Delivery{State: magazine.Failed, Code: 550, Enhanced: "5.1.1", Reply: fmt.Sprintf("no such user (id %d)", i), Relay: "spare"})
	}
	put("c@example.org", magazine.Delivery{State: magazine.Skipped, Reason: "paused"})
	put("d@example.org", magazine.Delivery{State: magazine.Deferred, Reason: "later", Relay: "main", Next: clock.Now()})
	tally, err := s.TallyEdition(ctx, "e", func(text string) string { before, _, _ := strings.Cut(text, " (id"); return before })
	if err != nil {
		t.Fatal(err)
	}
	if tally.Counts != (magazine.Counts{Sent: 3, Failed: 30, Skipped: 1, Deferred: 1}) || !tally.At.Equal(clock.Now()) {
		t.Errorf("%+v", tally)
	}
	first, last := tally.Domains[0], tally.Domains[len(tally.Domains)-1]
	if len(tally.Domains) != 21 || first != (store.Part{Name: "example.org", Sent: 3, Skipped: 1, Deferred: 1}) || last != (store.Part{Failed: 11}) {
		t.Errorf("domains: %d, %+v to %+v", len(tally.Domains), first, last)
	}
	if fmt.Sprint(tally.Relays) != "[{spare 0 0 30 0} {main 3 1 0 0}]" {
		t.Errorf("relays: %+v", tally.Relays)
	}
	if w := tally.Words; len(w) != 3 || w[0].Text != "no such user" || w[0].People != 30 || w[0].Code != 550 || len(w[0].Some) != 20 || w[1].Text != "later" || w[2].Text != "paused" {
		t.Errorf("words: %+v", w)
	}
	write(t, s, func(tx *store.Tx) error { return tx.PutTally(ctx, "e", tally) })
	clock.Add(time.Minute)
	tally.At = clock.Now()
	write(t, s, func(tx *store.Tx) error { return tx.PutTally(ctx, "e", tally) })
	if kept, err := s.Tallies(ctx, []string{"e", "other"}); err != nil || len(kept) != 1 || fmt.Sprint(kept["e"]) != fmt.Sprint(tally) {
		t.Errorf("kept: %+v, %v, want %+v", kept, err, tally)
	}
	// What comes back later makes what was counted wrong.
	p, err := s.SubscriberByEmail(ctx, "a0@example.org")
	if err != nil {
		t.Fatal(err)
	}
	write(t, s, func(tx *store.Tx) error { return tx.CameBack(ctx, "e", p.ID, "full", 452, "4.2.2", "full") })
	if kept, err := s.Tallies(ctx, []string{"e"}); err != nil || len(kept) != 0 {
		t.Errorf("after a bounce: %+v, %v", kept, err)
	}
}

func testEditionsBy(t *testing.T, s *store.Store, clock *posttest.Clock) {
	for i, e := range []magazine.Edition{{ID: "a", Newsletter: "weekly", State: magazine.EditionSent}, {ID: "b", Newsletter: "daily", State: magazine.EditionHeld}, {ID: "c", Newsletter: "weekly", State: magazine.EditionHeld}} {
		e.Key, e.Nominal = fmt.Sprint(i), clock.Now().Add(24*time.Hour)
		write(t, s, func(tx *store.Tx) error { _, err := tx.PutEdition(ctx, e); return err })
		clock.Add(time.Hour)
	}
	write(t, s, func(tx *store.Tx) error { // those of one instant
		for _, id := range []string{"d", "e", "f"} {
			if _, err := tx.PutEdition(ctx, magazine.Edition{ID: id, Newsletter: "issues", Key: id, State: magazine.EditionPlanned}); err != nil {
				return err
			}
		}
		return nil
	})
	for _, e := range []magazine.Edition{{ID: "g", Key: "g", Schedule: "main"}, {ID: "h", Key: "h", Schedule: "second"}, {ID: "i", Key: "again/g/i", Schedule: "main"}} {
		clock.Add(time.Hour)
		e.Newsletter, e.State = "weekly", magazine.EditionPlanned
		write(t, s, func(tx *store.Tx) error { _, err := tx.PutEdition(ctx, e); return err })
	}
	at := func(hours int) time.Time { return posttest.Start.Add(time.Duration(hours) * time.Hour) }
	for _, c := range []struct {
		f    store.EditionFilter
		most int
		want string
	}{
		{store.EditionFilter{}, 9, "ihgdefcba"}, {store.EditionFilter{}, 7, "ihgdefc"}, {store.EditionFilter{Newsletter: "weekly"}, 9, "ihgca"}, {store.EditionFilter{State: magazine.EditionHeld}, 9, "cb"},
		{store.EditionFilter{Newsletter: "weekly", State: magazine.EditionHeld, Before: at(2)}, 9, ""}, {store.EditionFilter{Before: at(2)}, 9, "ba"}, {store.EditionFilter{Since: at(25)}, 9, "cb"},
		{store.EditionFilter{Like: &magazine.Edition{Newsletter: "weekly", Schedule: "main"}, Before: at(9)}, 1, "g"}, {store.EditionFilter{Like: &magazine.Edition{Newsletter: "weekly"}}, 9, "ca"},
		{store.EditionFilter{Before: at(3), BeforeID: "e"}, 9, "fcba"}, {store.EditionFilter{Before: at(3), BeforeID: "f"}, 9, "cba"},
	} {
		all, err := s.EditionsBy(ctx, c.f, c.most)
		got := ""
		for _, e := range all {
			got += e.ID
		}
		if err != nil || got != c.want {
			t.Errorf("%+v: %q, %v, want %q", c.f, got, err, c.want)
		}
	}
}
