package store_test

import (
	"fmt"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

func placeless(s store.Step) store.Step {
	s.Next, s.Nothing = "", 0
	return s
}

// testSteps saves steps of several ranges at once. One whose range another has
// taken is refused alone, with its deliveries.
func testSteps(t *testing.T, s *store.Store, clock *posttest.Clock) {
	for i := range 9 {
		join(t, s, fmt.Sprintf("p%d@example.org", i))
	}
	edition(t, s, "e", 1)
	ranges := plan(t, s, "e", 3)
	people, err := s.Readers(ctx, weekly, "", "", 9)
	if err != nil || len(ranges) != 3 || len(people) != 9 {
		t.Fatal(err, len(ranges), len(people))
	}
	var steps []store.Step
	for i := range ranges {
		r := claim(t, s, "e", ranges[i].Last, fmt.Sprintf("owner%d", i))
		var got []magazine.Delivery
		for _, p := range people[3*i : 3*i+2] {
			got = append(got, magazine.Delivery{Edition: "e", Subscriber: p.Subscriber.ID, Email: p.Subscriber.Email, State: magazine.Sent, Relay: fmt.Sprint(i)})
		}
		steps = append(steps, store.Step{Range: r, Next: people[3*i+1].Subscriber.ID, Nothing: i + 1, Newsletter: "weekly", Deliveries: got})
	}
	clock.Add(31 * time.Second)
	claimed := claim(t, s, "e", ranges[1].Last, "another")
	for range 2 { // what was saved already is not counted again
		write(t, s, func(tx *store.Tx) error {
			faults, err := tx.Advance(ctx, steps...)
			for i, fault := range faults {
				if fenced := i == 1; store.Fenced(fault) != fenced || (fault == nil) == fenced {
					t.Errorf("step %d: %v", i, fault)
				}
			}
			return err
		})
	}
	// Both owners may be of one node, and record together.
	write(t, s, func(tx *store.Tx) error {
		faults, err := tx.Advance(ctx, steps[1], store.Step{Range: claimed, Next: claimed.Next})
		if err == nil && (!store.Fenced(faults[0]) || faults[1] != nil) {
			t.Errorf("the old owner and the new one: %v", faults)
		}
		return err
	})
	// Without a place to save, too, and together with those that have one.
	for _, with := range [][]store.Step{{steps[0], steps[1], steps[2]}, {placeless(steps[0]), placeless(steps[1])}, {placeless(steps[0]), placeless(steps[1]), steps[2]}, {placeless(steps[1])}} {
		write(t, s, func(tx *store.Tx) error {
			faults, err := tx.Advance(ctx, with...)
			for i, fault := range faults {
				if fenced := with[i].Range == steps[1].Range; store.Fenced(fault) != fenced || (fault == nil) == fenced {
					t.Errorf("step %d of %d: %v", i, len(with), fault)
				}
			}
			return err
		})
	}
	relays := map[string]int{}
	if err := s.EachDelivery(ctx, "e", "", func(d magazine.Delivery) error { relays[d.Relay]++; return nil }); err != nil {
		t.Fatal(err)
	}
	if len(relays) != 2 || relays["0"] != 2 || relays["2"] != 2 {
		t.Errorf("deliveries were recorded over %v", relays)
	}
	e, err := s.Edition(ctx, "e")
	if err != nil || e.Counts.Nothing != 1+3 {
		t.Errorf("%+v (%v), want 4 who had nothing", e.Counts, err)
	}
	write(t, s, func(tx *store.Tx) error {
		faults, err := tx.Advance(ctx, store.Step{Range: steps[0].Range, Next: ranges[0].Last, Nothing: 1})
		if err == nil {
			err = faults[0]
		}
		return err
	})
	next := func(behind string) (r *store.Range) {
		write(t, s, func(tx *store.Tx) (err error) {
			r, err = tx.ClaimNextRange(ctx, "e", behind, "somebody", time.Minute)
			return err
		})
		return r
	}
	if r := next(""); r != nil {
		t.Errorf("a range that was begun is taken by another: %+v", r)
	}
	edition(t, s, "f", 2)
	ranges = plan(t, s, "f", 3)
	claim(t, s, "f", ranges[1].Last, "somebody")
	write(t, s, func(tx *store.Tx) (err error) {
		r, err := tx.ClaimNextRange(ctx, "f", ranges[0].Last, "another", time.Minute)
		if r == nil || r.Last != ranges[2].Last {
			t.Errorf("next is %+v, want the one that nobody has", r)
		}
		return err
	})
	edition(t, s, "g", 3)
	ranges = plan(t, s, "g", 3)
	write(t, s, func(tx *store.Tx) error {
		e, err := tx.Edition(ctx, "g")
		if err == nil {
			err = tx.HoldEdition(ctx, e, "somebody is to look at it")
		}
		if err != nil {
			return err
		}
		return tx.SetEditionState(ctx, "g", magazine.EditionSending, "")
	})
	claimed = claim(t, s, "g", ranges[0].Last, "somebody")
	write(t, s, func(tx *store.Tx) error { return tx.ReleaseRange(ctx, claimed, time.Minute) })
	write(t, s, func(tx *store.Tx) error {
		r, err := tx.ClaimNextRange(ctx, "g", "", "another", time.Minute)
		if r == nil || r.Last != ranges[1].Last {
			t.Errorf("after it was held next is %+v, want the first that neither rests nor is in anybody's hands", r)
		}
		return err
	})
}
