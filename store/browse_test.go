package store_test

import (
	"fmt"
	"slices"
	"testing"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// Lists go on from person to person, however few fit of those that are looked at, and
// come to their end.
func testBrowsing(t *testing.T, s *store.Store, clock *posttest.Clock) {
	edition(t, s, "e", 1)
	want := map[string][]string{}
	for i := range 30 {
		email := fmt.Sprintf("p%02d@%s.example", i, []string{"Lamu", "mombasa"}[i%2])
		id := join(t, s, email)
		d := magazine.Delivery{Edition: "e", Subscriber: id, Email: email, State: magazine.Sent, Relay: "main"}
		if i%10 == 3 {
			d.State, d.Relay, d.Reply = magazine.Failed, "spare", []string{"unknown-", "unknown_"}[i/10%2]
		}
		if i < 20 {
			deliver(t, s, d)
			want[string(d.State)] = append(want[string(d.State)], id)
			want[d.Relay] = append(want[d.Relay], id)
			want[email[4:8]] = append(want[email[4:8]], id)
			if d.Reply == "unknown_" {
				want["failed, unknown"] = append(want["failed, unknown"], id)
			}
		}
		want["all"] = append(want["all"], id)
	}
	want["failed at spare"] = want["failed"]
	walk := func(what string, page func(after string) ([]string, string)) {
		t.Helper()
		var got []string
		for after, pages := "", 0; ; pages++ {
			some, next := page(after)
			if got = append(got, some...); next == "" {
				break
			}
			if next <= after || pages > 100 {
				t.Fatalf("%s: from %q to %q", what, after, next)
			}
			after = next
		}
		slices.Sort(want[what])
		if !slices.Equal(got, want[what]) {
			t.Errorf("%s: %d, want %d", what, len(got), len(want[what]))
		}
	}
	gone := want["failed"][0]
	write(t, s, func(tx *store.Tx) error { return tx.Erase(ctx, magazine.Subscriber{ID: gone}) })
	for what := range want {
		want[what] = slices.DeleteFunc(slices.Clone(want[what]), func(id string) bool { return id == gone })
	}
	for what, f := range map[string]store.DeliveryFilter{"deferred": {State: magazine.Deferred}, "sent": {State: magazine.Sent}, "failed": {State: magazine.Failed}, "spare": {Relay: "spare"}, "Lamu": {Domain: "lamu.example"}, "nobody": {Domain: "amu.example"}, "failed at spare": {State: magazine.Failed, Relay: "spare"}, "failed, unknown": {State: magazine.Failed, Saying: "unknown_"}} {
		walk(what, func(after string) (ids []string, next string) {
			list, next, err := s.DeliveriesOf(ctx, "e", f, after, 4, 3)
			if err != nil || len(list) > 3 {
				t.Fatalf("%d, %v", len(list), err)
			}
			for _, d := range list {
				ids = append(ids, d.Subscriber)
			}
			return ids, next
		})
	}
	for what, f := range map[string]store.PersonFilter{"all": {State: magazine.Confirmed}, "nobody": {State: magazine.Pending}} {
		walk(what, func(after string) (ids []string, next string) {
			list, next, err := s.PeopleOf(ctx, f, after, 4, 3)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range list {
				ids = append(ids, p.ID)
			}
			return ids, next
		})
	}
	var all int
	for _, n := range must(s.ReaderWaves(ctx, store.Audience{Newsletter: "weekly"}, false)) {
		all += n
	}
	if list, _, err := s.PeopleOf(ctx, store.PersonFilter{Audience: store.Audience{Newsletter: "weekly"}}, "", 1000, 1000); err != nil || len(list) != all {
		t.Errorf("%d would get it, and %d are listed, %v", all, len(list), err)
	}
}
