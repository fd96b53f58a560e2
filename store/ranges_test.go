package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

func claim(t testing.TB, s *store.Store, edition, last, owner string) (r *store.Range) {
	t.Helper()
	write(t, s, func(tx *store.Tx) (err error) {
		r, err = tx.ClaimRange(ctx, edition, last, owner, 30*time.Second)
		return err
	})
	return r
}

func plan(t testing.TB, s *store.Store, edition string, size int) (ranges []store.Range) {
	t.Helper()
	write(t, s, func(tx *store.Tx) (err error) {
		ranges, err = tx.PlanRanges(ctx, edition, weekly, "", size, 5*time.Second)
		return err
	})
	return ranges
}

func testRangesHoldEverybodyOnce(t *testing.T, s *store.Store, clock *posttest.Clock) {
	var ids []string
	for i := range 11 {
		ids = append(ids, join(t, s, fmt.Sprintf("p%d@example.org", i)))
	}
	write(t, s, func(tx *store.Tx) error { _, err := tx.Unsubscribe(ctx, "weekly", ids[0]); return err })
	for size, want := range map[int]int{1: 10, 3: 4, 5: 2, 10: 1, 500: 1} {
		e := fmt.Sprintf("e%d", size)
		edition(t, s, e, 1)
		ranges := plan(t, s, e, size)
		if len(ranges) != want {
			t.Errorf("ranges of %d: %d, want %d", size, len(ranges), want)
		}
		var seen []string
		for _, r := range ranges {
			list, err := s.Readers(ctx, weekly, r.Next, r.Last, 1000)
			if err != nil || len(list) == 0 || len(list) > size {
				t.Errorf("ranges of %d: %d people, %v", size, len(list), err)
			}
			for _, n := range list {
				seen = append(seen, n.Subscriber.ID)
			}
		}
		if len(seen) != 10 || slices.Contains(seen, ids[0]) || len(slices.Compact(seen)) != 10 {
			t.Errorf("ranges of %d have %v", size, seen)
		}
		if n, err := s.OpenRanges(ctx, e); n != want || err != nil {
			t.Error(n, err)
		}
	}
	edition(t, s, "none", 1)
	write(t, s, func(tx *store.Tx) error {
		ranges, err := tx.PlanRanges(ctx, "none", store.Audience{Newsletter: "monthly"}, "", 5, 0)
		if len(ranges) != 0 {
			t.Errorf("%v", ranges)
		}
		return err
	})
}

func testRangeHasOneOwner(t *testing.T, s *store.Store, clock *posttest.Clock) {
	for i := range 3 {
		join(t, s, fmt.Sprintf("p%d@example.org", i))
	}
	edition(t, s, "e", 1)
	last := plan(t, s, "e", 10)[0].Last
	first := claim(t, s, "e", last, "first")
	if first == nil || first.Next != "" {
		t.Fatalf("%+v", first)
	}
	if claim(t, s, "e", last, "second") != nil {
		t.Fatal("claimed twice")
	}
	people, _ := s.Readers(ctx, weekly, "", last, 10)
	write(t, s, func(tx *store.Tx) error {
		return advance(ctx, tx, first, people[0].Subscriber.ID, 1)
	})
	clock.Add(30 * time.Second)
	if claim(t, s, "e", last, "second") != nil {
		t.Fatal("claimed within the lease")
	}
	if stray, err := s.HasStrayRanges(ctx, "none", 100); stray || err != nil {
		t.Errorf("a held range is stray: %v", err)
	}
	write(t, s, func(tx *store.Tx) error { return tx.RenewRange(ctx, first, 30*time.Second) })
	clock.Add(31 * time.Second)
	if stray, err := s.HasStrayRanges(ctx, "none", 100); !stray || err != nil {
		t.Errorf("nobody holds it: %v", err)
	}
	second := claim(t, s, "e", last, "second")
	if second == nil || second.Next != people[0].Subscriber.ID || second.Fence <= first.Fence {
		t.Fatalf("%+v after %+v", second, first)
	}
	for what, try := range map[string]func(tx *store.Tx) error{
		"advance": func(tx *store.Tx) error { return advance(ctx, tx, first, last, 1) },
		"renew":   func(tx *store.Tx) error { return tx.RenewRange(ctx, first, time.Minute) },
		"close":   func(tx *store.Tx) error { return tx.CloseRange(ctx, first, weekly, 1) },
	} {
		if err := s.Write(ctx, try); !store.Fenced(err) {
			t.Errorf("%s by who was taken for dead: %v", what, err)
		}
	}
	write(t, s, func(tx *store.Tx) error { return tx.ReleaseRange(ctx, first, 0) }) // of another's: nothing
	if claim(t, s, "e", last, "third") != nil {
		t.Error("the dead one gave the range away")
	}
	nudged(t, s, clock, second)
}

// nudged gives a range back and has the next one found for it.
func nudged(t *testing.T, s *store.Store, clock *posttest.Clock, r *store.Range) {
	t.Helper()
	write(t, s, func(tx *store.Tx) error { return tx.ReleaseRange(ctx, r, 2*time.Second) })
	write(t, s, func(tx *store.Tx) error {
		if got, err := tx.StrayRanges(ctx, "none", 100, 5*time.Second); len(got) != 0 || err != nil {
			t.Errorf("nudged before its wait: %v, %v", got, err)
		}
		return nil
	})
	clock.Add(3 * time.Second)
	write(t, s, func(tx *store.Tx) error {
		for i := range 2 { // each is nudged once
			got, err := tx.StrayRanges(ctx, "none", 100, 5*time.Second)
			if err != nil || len(got) != 1-i {
				t.Errorf("%v, %v", got, err)
			}
		}
		return nil
	})
	third := claim(t, s, "e", r.Last, "third")
	write(t, s, func(tx *store.Tx) error { return tx.CloseRange(ctx, third, weekly, 1) })
	clock.Add(time.Hour)
	if claim(t, s, "e", r.Last, "fourth") != nil {
		t.Error("claimed after its end")
	}
	if e, _ := s.Edition(ctx, "e"); e.Counts.Nothing != 1 {
		t.Errorf("%+v", e.Counts)
	}
}

func testHeldEditionKeepsBackWhatIsLeft(t *testing.T, s *store.Store, clock *posttest.Clock) {
	got, other := join(t, s, "a@example.org", salma), join(t, s, "b@example.org", salma)
	e := edition(t, s, "e", 7)
	last := plan(t, s, "e", 10)[0].Last
	r := claim(t, s, "e", last, "me")
	write(t, s, func(tx *store.Tx) error {
		if err := tx.PutDelivery(ctx, "weekly", magazine.Delivery{Edition: "e", Subscriber: got, State: magazine.Sent}); err != nil {
			return err
		}
		return tx.HoldEdition(ctx, e, "a message cannot be made")
	})
	if err := s.Write(ctx, func(tx *store.Tx) error { return advance(ctx, tx, r, last, 0) }); !store.Fenced(err) {
		t.Errorf("its worker goes on: %v", err)
	}
	if claim(t, s, "e", last, "another") != nil {
		t.Error("a part of a held edition was claimed")
	}
	if stray, err := s.HasStrayRanges(ctx, "none", 100); stray || err != nil {
		t.Errorf("a part of a held edition is nudged: %v", err)
	}
	for id, want := range map[string]int64{got: 7, other: 0} {
		if own, follow := served(t, s, id); own != want || follow != want {
			t.Errorf("%s was served %d, %d; want %d", id, own, follow, want)
		}
	}
}

// The table under "Which articles, for whom": what became of an edition for a
// person, and what that does to their served numbers.
func testServedNumbersAreFoldedWhenARangeCloses(t *testing.T, s *store.Store, clock *posttest.Clock) {
	count(t, s, 3)
	people := map[string]string{}
	for _, name := range []string{"sent", "nothing", "deferred", "failed", "superseded", "suppressed", "rejoined", "ahead", "outside"} {
		people[name] = join(t, s, name+"@example.org", salma)
	}
	newer := edition(t, s, "newer", 50)
	count(t, s, 10)
	edition(t, s, "e", 10)
	ranges := plan(t, s, "e", 500)
	write(t, s, func(tx *store.Tx) error {
		for name, d := range map[string]magazine.Delivery{
			"sent": {State: magazine.Sent}, "deferred": {State: magazine.Deferred, Next: clock.Now().Add(time.Hour)}, "failed": {State: magazine.Failed},
			"superseded": {State: magazine.Deferred, Next: clock.Now().Add(time.Hour)}, "suppressed": {State: magazine.Skipped, Reason: "suppressed"},
		} {
			d.Edition, d.Subscriber = "e", people[name]
			if err := tx.PutDelivery(ctx, "weekly", d); err != nil {
				return err
			}
		}
		if busy, err := tx.Supersede(ctx, "weekly", people["superseded"], newer.ID); busy || err != nil {
			t.Errorf("superseded: %v, %v", busy, err)
		}
		if err := tx.Serve(ctx, "weekly", people["ahead"], 40); err != nil {
			return err
		}
		if _, err := tx.Unsubscribe(ctx, "weekly", people["rejoined"]); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE subscriptions SET newsletter = 'monthly' WHERE subscriber_id = $1", people["outside"])
		return err
	})
	count(t, s, 12)
	write(t, s, func(tx *store.Tx) error { _, err := tx.Subscribe(ctx, "weekly", people["rejoined"], true); return err })
	r := claim(t, s, "e", ranges[0].Last, "me")
	write(t, s, func(tx *store.Tx) error { return tx.CloseRange(ctx, r, weekly, 10) })
	for name, want := range map[string]int64{"sent": 10, "nothing": 10, "deferred": 3, "failed": 3, "superseded": 3, "suppressed": 3, "rejoined": 12, "ahead": 40} {
		own, follow := served(t, s, people[name])
		if name == "rejoined" {
			follow = want // what they followed went with their leaving
		}
		if own != want || follow != want {
			t.Errorf("%s: served %d and %d, want %d", name, own, follow, want)
		}
	}
	if n, _ := s.Subscription(ctx, "monthly", people["outside"]); n.Served != 3 {
		t.Errorf("another newsletter's number moved to %d", n.Served)
	}
}

func testEditionFinishesWhenNothingIsOpen(t *testing.T, s *store.Store, clock *posttest.Clock) {
	a, b := join(t, s, "a@example.org"), join(t, s, "b@example.org")
	edition(t, s, "e", 5)
	ranges := plan(t, s, "e", 1)
	finish := func(what string, want bool) {
		t.Helper()
		write(t, s, func(tx *store.Tx) error {
			done, err := tx.FinishEdition(ctx, "e")
			if done != want {
				t.Errorf("%s: finished %v", what, done)
			}
			return err
		})
	}
	deliver := func(id string, d magazine.Delivery) {
		d.Edition, d.Subscriber = "e", id
		write(t, s, func(tx *store.Tx) error { return tx.PutDelivery(ctx, "weekly", d) })
	}
	deliver(a, magazine.Delivery{State: magazine.Sent})
	deliver(b, magazine.Delivery{State: magazine.Deferred, Next: clock.Now()})
	for _, r := range ranges {
		finish("a range is open", false)
		mine := claim(t, s, "e", r.Last, "me")
		write(t, s, func(tx *store.Tx) error { return tx.CloseRange(ctx, mine, weekly, 5) })
	}
	finish("a delivery is deferred", false)
	deliver(b, magazine.Delivery{State: magazine.Failed})
	clock.Add(time.Minute)
	finish("nothing is open", true)
	finish("it has finished", false)
	e, err := s.Edition(ctx, "e")
	if err != nil || e.State != magazine.EditionSent || !e.Finished.Equal(clock.Now()) || e.Counts != (magazine.Counts{Sent: 1, Failed: 1}) {
		t.Errorf("%+v, %v", e, err)
	}
}

// Steps of one range share a commit, and of a range that another has taken none counts.
func testStepsOfOneRange(t *testing.T, s *store.Store, clock *posttest.Clock) {
	for i := range 4 {
		join(t, s, fmt.Sprintf("p%d@example.org", i))
	}
	edition(t, s, "e", 1)
	ranges := plan(t, s, "e", 2)
	mine, lost := claim(t, s, "e", ranges[0].Last, "me"), claim(t, s, "e", ranges[1].Last, "me")
	clock.Add(time.Minute)
	claim(t, s, "e", ranges[1].Last, "another")
	people, _ := s.Readers(ctx, weekly, "", ranges[1].Last, 10)
	var steps []store.Step
	for i, r := range []*store.Range{mine, mine, lost, lost} {
		steps = append(steps, store.Step{Range: r, Newsletter: "weekly", Deliveries: []magazine.Delivery{{Edition: "e", Subscriber: people[i].Subscriber.ID, State: magazine.Sent}}})
	}
	steps[1].Next = people[1].Subscriber.ID
	steps[3].Next = people[3].Subscriber.ID
	write(t, s, func(tx *store.Tx) error {
		faults, err := tx.Advance(ctx, steps...)
		for i, f := range faults {
			if store.Fenced(f) != (i >= 2) {
				t.Errorf("step %d: %v", i, f)
			}
		}
		return err
	})
	for i, p := range people {
		turn, err := s.Turn(ctx, "e", "weekly", p.Subscriber.ID)
		if err != nil || turn.Done != (i < 2) {
			t.Errorf("person %d: %+v, %v", i, turn, err)
		}
	}
}

// Who looks for the next range behind the last one comes to those before it, too.
func testNextRangeAnywhere(t *testing.T, s *store.Store, clock *posttest.Clock) {
	for i := range 3 {
		join(t, s, fmt.Sprintf("p%d@example.org", i))
	}
	edition(t, s, "e", 1)
	ranges := plan(t, s, "e", 1)
	behind := ranges[1].Last
	for _, want := range []string{ranges[2].Last, ranges[0].Last, ranges[1].Last, ""} {
		write(t, s, func(tx *store.Tx) error {
			r, err := tx.ClaimNextRange(ctx, "e", behind, "me", time.Minute)
			if err != nil || (r == nil) != (want == "") || r != nil && r.Last != want {
				t.Errorf("%+v, %v; want %q", r, err, want)
			}
			return err
		})
	}
}

// Of very many people the first are cut into ranges, and those behind them when
// somebody comes to them; all ranges together hold everybody once.
func testRangesAreCutOneByOne(t *testing.T, s *store.Store, clock *posttest.Clock) {
	const people = 95
	for i := range people {
		join(t, s, fmt.Sprintf("p%d@example.org", i))
	}
	for _, wave := range []string{"", "/20240905"} {
		e := "e" + strings.Trim(wave, "/")
		edition(t, s, e, 1)
		write(t, s, func(tx *store.Tx) error {
			ranges, err := tx.PlanRanges(ctx, e, weekly, wave, 3, 0)
			if len(ranges) != 21 {
				t.Errorf("%d ranges", len(ranges))
			}
			return err
		})
		last, claimed, had := "", 0, map[string]bool{}
		for {
			var r *store.Range
			write(t, s, func(tx *store.Tx) (err error) {
				if r, err = tx.ClaimNextRange(ctx, e, last, fmt.Sprint("owner", claimed), time.Minute); r != nil {
					err = errors.Join(err, tx.CutRange(ctx, r, weekly, 3, time.Minute))
				}
				return err
			})
			if r == nil {
				break
			}
			last = r.Last
			claimed++
			list, err := s.Readers(ctx, weekly, r.Next, r.Last, 100)
			if err != nil || len(list) == 0 || len(list) > 3 {
				t.Fatalf("range %d has %d people, %v", claimed, len(list), err)
			}
			for _, p := range list {
				if had[p.Subscriber.ID] {
					t.Errorf("%s is in two ranges", p.Subscriber.Email)
				}
				had[p.Subscriber.ID] = true
			}
			write(t, s, func(tx *store.Tx) error { return tx.CloseRange(ctx, r, weekly, 1) })
		}
		if open, err := s.OpenRanges(ctx, e); len(had) != people || claimed != 32 || open != 0 || err != nil {
			t.Errorf("%d people in %d ranges, %d left, %v", len(had), claimed, open, err)
		}
	}
}
