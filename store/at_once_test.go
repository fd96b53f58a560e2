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

// testAtOnce: the one statement saves what stands in nobody's way, and says so; of all
// else it says that it is not done, and does nothing that Advance could not do after it.
func testAtOnce(t *testing.T, s *store.Store, clock *posttest.Clock) {
	for i := range 8 {
		join(t, s, fmt.Sprintf("p%d@example.org", i))
	}
	edition(t, s, "e", 1)
	ranges := plan(t, s, "e", 4)
	people, err := s.Readers(ctx, weekly, "", "", 8)
	if err != nil || len(ranges) != 2 {
		t.Fatal(err, len(ranges))
	}
	one, other := claim(t, s, "e", ranges[0].Last, "one"), claim(t, s, "e", ranges[1].Last, "other")
	step := func(r *store.Range, state magazine.DeliveryState, who ...int) store.Step {
		made := store.Step{Range: r, Newsletter: "weekly"}
		for _, i := range who {
			p := people[i].Subscriber
			made.Deliveries = append(made.Deliveries, magazine.Delivery{Edition: "e", Subscriber: p.ID, Email: p.Email, State: state, Relay: r.Owner, Code: 250, Attempts: 1, Next: clock.Now()})
		}
		return made
	}
	found := func() string {
		var all []string
		for i, p := range people {
			if err := s.EachDelivery(ctx, "e", p.Subscriber.Email, func(d magazine.Delivery) error {
				if d.Edition != "e" || d.Email != p.Subscriber.Email || d.Code != 250 || d.Attempts != 1 || !d.At.Equal(clock.Now()) {
					t.Errorf("%+v", d)
				}
				all = append(all, fmt.Sprint(i, d.State, d.Relay))
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		return strings.Join(all, ", ")
	}
	placed := step(one, magazine.Sent, 0)
	placed.Next = people[0].Subscriber.ID
	for _, c := range []struct {
		what  string
		steps []store.Step
		done  bool
		found string
	}{
		{"of a place", []store.Step{placed}, false, ""},
		{"of nothing", []store.Step{{Range: one}}, false, ""},
		{"of two ranges", []store.Step{step(one, magazine.Sent, 0), step(other, magazine.Deferred, 4), step(one, magazine.Skipped, 1)}, true, "0sentone, 1skippedone, 4deferredother"},
		{"of one who has it", []store.Step{step(one, magazine.Failed, 0), step(other, magazine.Sent, 5)}, false, "0sentone, 1skippedone, 4deferredother, 5sentother"},
		{"of those who waited", []store.Step{step(one, magazine.Sent, 1), step(other, magazine.Failed, 4)}, true, "0sentone, 1sentone, 4failedother, 5sentother"},
	} {
		if done := s.AdvanceAtOnce(ctx, c.steps...); done != c.done || found() != c.found {
			t.Errorf("%s: done %v, and there is %s", c.what, done, found())
		}
	}
	before := found()
	for _, r := range []store.Range{{Owner: "else", Fence: one.Fence}, {Owner: one.Owner, Fence: one.Fence - 1}} {
		r.Edition, r.Last = one.Edition, one.Last
		if s.AdvanceAtOnce(ctx, step(other, magazine.Sent, 6), step(&r, magazine.Sent, 2)) || found() != before {
			t.Errorf("what another has taken was written: %s", found())
		}
	}
	at := clock.Now()
	clock.Add(31 * time.Second)
	claim(t, s, "e", ranges[0].Last, "another")
	done := s.AdvanceAtOnce(ctx, step(one, magazine.Sent, 2), step(other, magazine.Sent, 6))
	if clock.Add(at.Sub(clock.Now())); done || found() != before {
		t.Errorf("the old owner has written: %s", found())
	}
	alike := step(other, magazine.Sent, 6, 7) // each keeps what is its own
	for i := range alike.Deliveries {
		alike.Deliveries[i].Reply, alike.Deliveries[i].MessageID = fmt.Sprint("queued as ", i), fmt.Sprintf("%d@example.org", i)
	}
	if !s.AdvanceAtOnce(ctx, alike) {
		t.Error("several alike were not written")
	}
	for _, want := range alike.Deliveries {
		found := 0
		if err := s.EachDelivery(ctx, "e", want.Email, func(d magazine.Delivery) error {
			found++
			if want.At = d.At; d != want {
				t.Errorf("wrote %+v, not %+v", d, want)
			}
			return nil
		}); err != nil || found != 1 {
			t.Fatalf("%d deliveries to %s, %v", found, want.Email, err)
		}
	}
}
