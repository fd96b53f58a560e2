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

func testPauses(t *testing.T, s *store.Store, clock *posttest.Clock) {
	count(t, s, 3)
	waits, fresh, later, open := join(t, s, "waits@example.org", salma), join(t, s, "fresh@example.org", salma), join(t, s, "later@example.org"), join(t, s, "open@example.org")
	write(t, s, func(tx *store.Tx) error {
		for id, p := range map[string]struct {
			until time.Time
			fresh bool
		}{waits: {clock.Now().Add(time.Hour), false}, fresh: {clock.Now().Add(time.Hour), true}, later: {clock.Now().Add(time.Hour + time.Microsecond), true}, open: {magazine.Indefinitely, false}} {
			if has, err := tx.Pause(ctx, "weekly", id, p.until, p.fresh); !has || err != nil {
				t.Errorf("%v, %v", has, err)
			}
		}
		if has, err := tx.Pause(ctx, "monthly", open, clock.Now(), false); has || err != nil {
			t.Errorf("paused what one does not have: %v", err)
		}
		return nil
	})
	if n, err := s.Subscription(ctx, "weekly", open); err != nil || !n.PausedUntil.Equal(magazine.Indefinitely) || n.Fresh {
		t.Errorf("%+v, %v", n, err)
	}
	count(t, s, 8)
	ends := func(want int64) {
		t.Helper()
		over, err := s.PausesOver(ctx)
		if err != nil || over != (want > 0) {
			t.Errorf("over: %v, %v", over, err)
		}
		write(t, s, func(tx *store.Tx) error {
			if n, err := tx.EndPauses(ctx); n != want || err != nil {
				t.Errorf("%d pauses ended, want %d; %v", n, want, err)
			}
			return nil
		})
	}
	check := func(what, id string, want int64, paused bool) {
		t.Helper()
		n, err := s.Subscription(ctx, "weekly", id)
		if err != nil || n.Served != want || len(n.Follows) > 0 && n.Follows[0].Served != want || n.PausedUntil.IsZero() == paused {
			t.Errorf("%s: %+v, %v; want served %d, paused %v", what, n, err, want, paused)
		}
	}
	clock.Add(time.Hour - time.Microsecond)
	ends(0)
	least := func(at time.Time, want int64, wantPeople bool) {
		t.Helper()
		write(t, s, func(tx *store.Tx) error {
			if n, people, err := tx.LeastServed(ctx, weekly, at); n != want || people != wantPeople || err != nil {
				t.Errorf("least served %d, %v, %v; want %d, %v", n, people, err, want, wantPeople)
			}
			return nil
		})
	}
	least(clock.Now(), 0, false)
	least(clock.Now().Add(time.Minute), 3, true) // by then one is back who waits
	clock.Add(time.Microsecond)
	ends(2)
	ends(0)
	check("waits", waits, 3, false)
	check("starts afresh", fresh, 8, false)
	check("not over", later, 3, true)
	least(clock.Now(), 3, true)
	count(t, s, 9)
	write(t, s, func(tx *store.Tx) error {
		for _, want := range []bool{true, false} {
			if was, err := tx.Resume(ctx, "weekly", later); was != want || err != nil {
				t.Errorf("resumed: %v, %v", was, err)
			}
		}
		_, err := tx.Resume(ctx, "weekly", open)
		return err
	})
	check("resumed afresh", later, 9, false)
	check("resumed", open, 3, false)
	write(t, s, func(tx *store.Tx) error {
		_, err := tx.Pause(ctx, "weekly", open, magazine.Indefinitely, true)
		if err == nil {
			_, err = tx.Unsubscribe(ctx, "weekly", open)
		}
		if err == nil {
			_, err = tx.Subscribe(ctx, "weekly", open, true)
		}
		return err
	})
	check("joined again", open, 9, false)
}

// Who changes their frequency while an edition goes out is neither passed by
// nor served twice, wherever the work on it stands.
func testFrequencies(t *testing.T, s *store.Store, clock *posttest.Clock) {
	count(t, s, 3)
	people := map[string]string{}
	for _, name := range []string{"stays", "none", "gone", "daily", "comes", "leaves", "got", "early"} {
		people[name] = join(t, s, name+"@example.org", salma)
	}
	set := func(name, frequency string, want bool) {
		t.Helper()
		write(t, s, func(tx *store.Tx) error {
			if changed, err := tx.SetFrequency(ctx, "weekly", people[name], frequency); changed != want || err != nil {
				t.Errorf("%s: %v, %v", name, changed, err)
			}
			return nil
		})
	}
	set("stays", "main", true)
	set("stays", "main", false)
	set("gone", "yearly", true) // there is no such frequency any more
	set("daily", "daily", true)
	set("comes", "daily", true)
	main := store.Audience{Newsletter: "weekly", Not: []string{"daily"}}
	daily := store.Audience{Newsletter: "weekly", Only: "daily"}
	for want, a := range map[int]store.Audience{8: weekly, 6: main, 2: daily} {
		list, err := s.Readers(ctx, a, "", "", 100)
		n, err2 := s.CountReaders(ctx, a)
		if len(list) != want || n != want || err != nil || err2 != nil {
			t.Errorf("%+v: %d and %d people, want %d; %v, %v", a, len(list), n, want, err, err2)
		}
	}
	for want, known := range map[int][]string{3: {"main"}, 1: {"main", "daily"}, 4: nil} {
		if n, err := s.LostFrequencies(ctx, "weekly", known); n != want || err != nil {
			t.Errorf("%d have a frequency that is none of %v, want %d; %v", n, known, want, err)
		}
	}
	count(t, s, 10)
	write(t, s, func(tx *store.Tx) error { return tx.Serve(ctx, "weekly", people["daily"], 7) })
	edition(t, s, "e", 10)
	var last string
	write(t, s, func(tx *store.Tx) error {
		ranges, err := tx.PlanRanges(ctx, "e", main, "", 500, 0)
		if err == nil {
			last = ranges[0].Last
		}
		return err
	})
	// Their turn has come: one got it, the others had nothing in it.
	write(t, s, func(tx *store.Tx) error {
		return tx.PutDelivery(ctx, "weekly", magazine.Delivery{Edition: "e", Subscriber: people["got"], State: magazine.Sent})
	})
	set("got", "daily", true)
	set("leaves", "daily", true)
	set("comes", "main", true)
	r := claim(t, s, "e", last, "me")
	write(t, s, func(tx *store.Tx) error { return tx.CloseRange(ctx, r, main, 10) })
	for name, want := range map[string]int64{"stays": 10, "none": 10, "gone": 10, "got": 10, "early": 10, "daily": 7, "comes": 3, "leaves": 3} {
		if people[name] > last { // behind the last of the range
			want = map[bool]int64{true: 7, false: 3}[name == "daily"]
		}
		if own, follow := served(t, s, people[name]); own != want || follow != want {
			t.Errorf("%s: served %d and %d, want %d", name, own, follow, want)
		}
	}
	for a, want := range map[string]int64{"main": 3, "daily": 3} {
		write(t, s, func(tx *store.Tx) error {
			if n, people, err := tx.LeastServed(ctx, map[string]store.Audience{"main": main, "daily": daily}[a], clock.Now()); n != want || !people || err != nil {
				t.Errorf("%s: least served %d, %v", a, n, err)
			}
			return nil
		})
	}
	const e = "weekly-daily-1"
	write(t, s, func(tx *store.Tx) error {
		_, err := tx.PutEdition(ctx, magazine.Edition{ID: e, Newsletter: "weekly", Key: e, State: magazine.EditionPlanned, Schedule: "daily"})
		if err == nil {
			err = tx.FixContent(ctx, e, 3, 10, nil, nil)
		}
		return err
	})
	if got, err := s.Edition(ctx, e); err != nil || got.Schedule != "daily" || got.Floor != 3 || got.Cutoff != 10 {
		t.Errorf("%+v, %v", got, err)
	}
}

// One who joins is given the latest edition of those that went to them, once,
// and only what was new in it.
func testWelcome(t *testing.T, s *store.Store, clock *posttest.Clock) {
	made := func(id, schedule string, floor, cutoff int64, state magazine.EditionState) {
		t.Helper()
		clock.Add(time.Minute)
		write(t, s, func(tx *store.Tx) error {
			if _, err := tx.PutEdition(ctx, magazine.Edition{ID: id, Newsletter: "weekly", Key: id, State: magazine.EditionPlanned, Schedule: schedule}); err != nil {
				return err
			}
			if err := tx.FixContent(ctx, id, floor, cutoff, nil, nil); err != nil {
				return err
			}
			return tx.SetEditionState(ctx, id, state, "")
		})
	}
	n := 0
	welcome := func(what, edition string, had, wantServed int64) (id string) {
		t.Helper()
		n++
		email := fmt.Sprintf("p%d@example.org", n)
		id = join(t, s, email, salma)
		write(t, s, func(tx *store.Tx) error {
			return tx.Welcome(ctx, "weekly", "main", magazine.Subscriber{ID: id, Email: email}, had)
		})
		if own, follow := served(t, s, id); own != wantServed || follow != wantServed {
			t.Errorf("%s: served %d and %d, want %d", what, own, follow, wantServed)
		}
		var got []string
		err := s.EachDelivery(ctx, "", email, func(d magazine.Delivery) error {
			got = append(got, d.Edition)
			if d.State != magazine.Deferred || d.Attempts != 0 || !d.Next.Equal(clock.Now()) {
				t.Errorf("%s: %+v", what, d)
			}
			return nil
		})
		if err != nil || strings.Join(got, " ") != edition {
			t.Errorf("%s: delivered %v, %v; want %q", what, got, err, edition)
		}
		return id
	}
	count(t, s, 20)
	welcome("no edition", "", 0, 20)
	made("first", "main", 2, 5, magazine.EditionSent)
	welcome("the first", "first", 0, 2)
	made("to all", "", 1, 9, magazine.EditionSent)
	welcome("what was new in it", "to all", 0, 5)
	welcome("what they have had", "to all", 7, 7)
	welcome("all of which they have had", "", 9, 20)
	made("stragglers", "main", 8, 9, magazine.EditionSent)
	welcome("the one that holds most", "to all", 0, 5)
	for i, state := range []magazine.EditionState{magazine.EditionHeld, magazine.EditionSkipped, magazine.EditionDropped, magazine.EditionPlanned} {
		made(string(state), "main", 9, int64(10+i), state)
	}
	made("daily", "daily", 9, 14, magazine.EditionSent)
	welcome("none of these", "to all", 0, 5)
	made("goes", "main", 6, 15, magazine.EditionSending)
	id := welcome("one that goes", "goes", 0, 9)

	// The delivery is due although the edition was sent, and once there it stays.
	write(t, s, func(tx *store.Tx) error { return tx.SetEditionState(ctx, "goes", magazine.EditionSent, "") })
	if due, err := s.DueDeliveries(ctx); !due || err != nil {
		t.Errorf("due: %v, %v", due, err)
	}
	write(t, s, func(tx *store.Tx) error {
		if err := tx.PutDelivery(ctx, "weekly", magazine.Delivery{Edition: "goes", Subscriber: id, State: magazine.Sent, MessageID: "m"}); err != nil {
			return err
		}
		if err := tx.Serve(ctx, "weekly", id, 15); err != nil {
			return err
		}
		return tx.Welcome(ctx, "weekly", "main", magazine.Subscriber{ID: id}, 0)
	})
	if own, _ := served(t, s, id); own != 15 {
		t.Errorf("given again: served %d", own)
	}
}
