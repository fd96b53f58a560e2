package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

func deliver(t testing.TB, s *store.Store, d magazine.Delivery) {
	t.Helper()
	write(t, s, func(tx *store.Tx) error { return tx.PutDelivery(ctx, "weekly", d) })
}

// delivery is what became of an edition for a person; nil: nothing yet.
func delivery(t testing.TB, s *store.Store, edition, id string) (found *magazine.Delivery) {
	t.Helper()
	if err := s.EachDelivery(ctx, edition, "", func(d magazine.Delivery) error {
		if d.Subscriber == id {
			found = &d
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return found
}

func testOnlyADeferredDeliveryChanges(t *testing.T, s *store.Store, clock *posttest.Clock) {
	states := []magazine.DeliveryState{magazine.Sent, magazine.Deferred, magazine.Failed, magazine.Skipped}
	for _, from := range states {
		for _, to := range states {
			id := string(from + "-" + to)
			deliver(t, s, magazine.Delivery{Edition: "e", Subscriber: id, Email: "a@b.example", State: from, MessageID: "m", Attempts: 1, Next: clock.Now()})
			clock.Add(time.Minute)
			deliver(t, s, magazine.Delivery{Edition: "e", Subscriber: id, Email: "c@d.example", State: to, Reason: "why", Code: 451, Enhanced: "4.7.1", Reply: "later", Relay: "main", MessageID: "m", Attempts: 2})
			got := delivery(t, s, "e", id)
			want := magazine.Delivery{Edition: "e", Subscriber: id, Email: "a@b.example", State: from, MessageID: "m", Attempts: 1, At: clock.Now().Add(-time.Minute), Next: clock.Now().Add(-time.Minute)}
			if from == magazine.Deferred || from == magazine.Skipped && to == magazine.Sent {
				want = magazine.Delivery{Edition: "e", Subscriber: id, Email: "c@d.example", State: to, Reason: "why", Code: 451, Enhanced: "4.7.1", Reply: "later", Relay: "main", MessageID: "m", Attempts: 2, At: clock.Now()}
			}
			if got == nil || *got != want {
				t.Errorf("%s: %+v\nwant %+v", id, got, want)
			}
		}
	}
}

// testPutOffDomain: those who are due, of that domain alone, and some at a time.
func testPutOffDomain(t *testing.T, s *store.Store, clock *posttest.Clock) {
	for id, email := range map[string]string{"a": "a@big.example", "b": "b@BIG.example", "c": "c@bigger.example", "d": "d@not-big.example", "e": "big.example@other.example", "f": "f@bi_.example"} {
		deliver(t, s, magazine.Delivery{Edition: "e", Subscriber: id, Email: email, State: magazine.Deferred, Reason: "busy", Next: clock.Now()})
	}
	deliver(t, s, magazine.Delivery{Edition: "e", Subscriber: "later", Email: "later@big.example", State: magazine.Deferred, Reason: "busy", Next: clock.Now().Add(time.Hour)})
	clock.Add(time.Minute)
	until := clock.Now().Add(5 * time.Minute)
	off := func(domain string, most int) (ids string) {
		write(t, s, func(tx *store.Tx) error { return tx.PutOffDomain(ctx, domain, until, "its domain waits", most) })
		for _, id := range []string{"a", "b", "c", "d", "e", "f", "later"} {
			if d := delivery(t, s, "e", id); d.Next.Equal(until) && d.Reason == "its domain waits" && d.Attempts == 0 {
				ids += id
			}
		}
		return ids
	}
	if got := off("bi_.example", 10); got != "f" {
		t.Errorf("of bi_.example %q were put off", got)
	}
	if got := off("big.example", 1); len(got) != 2 {
		t.Errorf("one at a time, and %q were put off", got)
	}
	if got := off("big.example", 10); got != "abf" {
		t.Errorf("%q were put off", got)
	}
}

func testEachDelivery(t *testing.T, s *store.Store, clock *posttest.Clock) {
	a, b := join(t, s, "A@example.org"), join(t, s, "b@example.org")
	for _, e := range []string{"e2", "e1"} {
		for _, id := range []string{a, b} {
			deliver(t, s, magazine.Delivery{Edition: e, Subscriber: id, State: magazine.Sent})
			clock.Add(time.Second)
		}
	}
	for filter, want := range map[[2]string]string{
		{"", ""}: "e2 a e2 b e1 a e1 b ", {"e1", ""}: "e1 a e1 b ", {"", "a@EXAMPLE.org"}: "e2 a e1 a ", {"e2", "b@example.org"}: "e2 b ", {"e3", ""}: "", {"", "c@example.org"}: "",
	} {
		got := ""
		if err := s.EachDelivery(ctx, filter[0], filter[1], func(d magazine.Delivery) error {
			got += d.Edition + " " + map[string]string{a: "a", b: "b"}[d.Subscriber] + " "
			return nil
		}); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", filter, got, err, want)
		}
	}
}

func testRetries(t *testing.T, s *store.Store, clock *posttest.Clock) {
	edition(t, s, "e", 1)
	now := clock.Now()
	deliver(t, s, magazine.Delivery{Edition: "e", Subscriber: "soon", State: magazine.Deferred, Next: now.Add(time.Minute)})
	deliver(t, s, magazine.Delivery{Edition: "e", Subscriber: "later", State: magazine.Deferred, Next: now.Add(time.Hour)})
	deliver(t, s, magazine.Delivery{Edition: "e", Subscriber: "sent", State: magazine.Sent})
	due := func(want bool) {
		t.Helper()
		if got, err := s.DueDeliveries(ctx); got != want || err != nil {
			t.Errorf("due: %v, %v", got, err)
		}
	}
	take := func(owner string, want int) (got []magazine.Delivery) {
		t.Helper()
		write(t, s, func(tx *store.Tx) (err error) {
			got, err = tx.ClaimDeliveries(ctx, owner, 10, 30*time.Second)
			return err
		})
		if len(got) != want {
			t.Fatalf("%s claimed %+v", owner, got)
		}
		return got
	}
	holds := func(d magazine.Delivery, owner string, want bool) {
		t.Helper()
		if got, err := s.HoldsDelivery(ctx, d, owner); got != want || err != nil {
			t.Errorf("%s holds: %v, %v", owner, got, err)
		}
		write(t, s, func(tx *store.Tx) error {
			got, err := tx.HoldDelivery(ctx, d, owner, 30*time.Second)
			if got != want {
				t.Errorf("%s holds: %v", owner, got)
			}
			return err
		})
	}
	due(false)
	clock.Add(time.Minute)
	due(true)
	d := take("first", 1)[0]
	due(false)
	take("second", 0)
	holds(d, "second", false)
	holds(d, "first", true)
	clock.Add(20 * time.Second)
	write(t, s, func(tx *store.Tx) error { return tx.RenewDeliveries(ctx, "first", 30*time.Second) })
	clock.Add(25 * time.Second)
	due(false)
	clock.Add(6 * time.Second)
	due(true)
	take("second", 1) // the first was thought dead
	holds(d, "first", false)
	write(t, s, func(tx *store.Tx) error { return tx.ReleaseDeliveries(ctx, "second", time.Minute) })
	due(false)
	holds(d, "second", false)
	clock.Add(time.Minute)
	due(true)
	write(t, s, func(tx *store.Tx) error { return tx.SetEditionState(ctx, "e", magazine.EditionHeld, "") })
	due(false)
	take("third", 0)
}

func testSupersede(t *testing.T, s *store.Store, clock *posttest.Clock) {
	edition(t, s, "old", 1)
	edition(t, s, "new", 2)
	for _, id := range []string{"a", "b"} {
		deliver(t, s, magazine.Delivery{Edition: "old", Subscriber: id, State: magazine.Deferred, Next: clock.Now()})
	}
	supersede := func(id string, want bool) {
		t.Helper()
		write(t, s, func(tx *store.Tx) error {
			busy, err := tx.Supersede(ctx, "weekly", id, "new")
			if busy != want {
				t.Errorf("busy %v", busy)
			}
			return err
		})
	}
	supersede("c", false)
	supersede("a", false)
	d := delivery(t, s, "old", "a")
	if d.State != magazine.Skipped || d.Reason != "superseded by edition new" || !d.Next.IsZero() {
		t.Errorf("%+v", d)
	}
	if e, _ := s.EditionHead(ctx, "old"); e.State != magazine.EditionSending {
		t.Errorf("the other one still waits: %+v", e)
	}
	write(t, s, func(tx *store.Tx) error { _, err := tx.ClaimDeliveries(ctx, "me", 10, time.Minute); return err })
	supersede("b", true) // it is being tried
	if d := delivery(t, s, "old", "b"); d.State != magazine.Deferred {
		t.Errorf("%+v", d)
	}
	clock.Add(2 * time.Minute)
	supersede("b", false)
	if e, _ := s.EditionHead(ctx, "old"); e.State != magazine.EditionSent {
		t.Errorf("nothing of it is open: %+v", e)
	}
	deliver(t, s, magazine.Delivery{Edition: "new", Subscriber: "a", State: magazine.Deferred, Next: clock.Now()})
	supersede("a", false) // an edition never supersedes itself
	if d := delivery(t, s, "new", "a"); d.State != magazine.Deferred {
		t.Errorf("%+v", d)
	}
	write(t, s, func(tx *store.Tx) error {
		busy, err := tx.Supersede(ctx, "monthly", "a", "newer") // nor another newsletter's
		if busy {
			t.Error("busy")
		}
		return err
	})
	if d := delivery(t, s, "new", "a"); d.State != magazine.Deferred {
		t.Errorf("%+v", d)
	}
}

func testTurn(t *testing.T, s *store.Store, clock *posttest.Clock) {
	put(t, s, piece("a", clock.Now()))
	edition(t, s, "old", 1)
	edition(t, s, "e", 2)
	id := join(t, s, "amina@example.org")
	want := store.Turn{Share: magazine.SubscriptionActive, Person: magazine.Confirmed, Site: version(t, s, magazine.SiteScope()), Served: 1}
	check := func(what string) {
		t.Helper()
		if got, err := s.Turn(ctx, "e", "weekly", id); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", what, got, err, want)
		}
		readers, err := s.InTurn(ctx, "e", weekly, "", "~", 10)
		if active := want.Share == magazine.SubscriptionActive; err != nil || len(readers) > 1 || active != (len(readers) == 1) || active && readers[0].Turn != want {
			t.Errorf("%s, with others: %+v, %v; want %+v", what, readers, err, want)
		}
	}
	check("first")
	deliver(t, s, magazine.Delivery{Edition: "old", Subscriber: id, State: magazine.Deferred})
	want.Waits = true
	check("an earlier one waits")
	deliver(t, s, magazine.Delivery{Edition: "e", Subscriber: id, State: magazine.Sent})
	want.Done = true
	check("done")
	write(t, s, func(tx *store.Tx) error { return tx.Suppress(ctx, "amina@example.org", "bounced") })
	want.Suppressed = "bounced"
	check("suppressed")
	write(t, s, func(tx *store.Tx) error { _, err := tx.Unsubscribe(ctx, "weekly", id); return err })
	want.Share, want.Person = magazine.SubscriptionLeft, magazine.Unsubscribed
	check("left")
}

// Whoever comes at once with others gets what nobody else has.
func testClaimsAreNeverDouble(t *testing.T, s *store.Store, clock *posttest.Clock) {
	const people = 120
	edition(t, s, "e", 1)
	write(t, s, func(tx *store.Tx) error {
		for i := range people {
			if err := tx.PutDelivery(ctx, "weekly", magazine.Delivery{Edition: "e", Subscriber: fmt.Sprintf("p%03d", i), State: magazine.Deferred, Next: clock.Now()}); err != nil {
				return err
			}
		}
		return nil
	})
	var mu sync.Mutex
	owners := map[string]string{}
	var all sync.WaitGroup
	for worker := range 6 {
		all.Go(func() {
			for round := 0; ; round++ {
				owner := fmt.Sprintf("node/%d-%d", worker, round)
				var got []magazine.Delivery
				if err := s.Write(ctx, func(tx *store.Tx) (err error) {
					got, err = tx.ClaimDeliveries(ctx, owner, 7, time.Minute)
					return err
				}); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for _, d := range got {
					if first, twice := owners[d.Subscriber]; twice {
						t.Errorf("%s was claimed by %s and %s", d.Subscriber, first, owner)
					}
					owners[d.Subscriber] = owner
				}
				taken := len(owners)
				mu.Unlock()
				if len(got) == 0 && taken == people {
					return
				}
				if t.Failed() {
					return
				}
			}
		})
	}
	all.Wait()
	for i := range people {
		id := fmt.Sprintf("p%03d", i)
		if holds, err := s.HoldsDelivery(ctx, magazine.Delivery{Edition: "e", Subscriber: id}, owners[id]); !holds || err != nil {
			t.Errorf("%s is not with %s: %v", id, owners[id], err)
		}
	}
}
