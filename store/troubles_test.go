package store_test

import (
	"slices"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/store"
)

func testTroubles(t *testing.T, s *store.Store, clock *posttest.Clock) {
	begin := func(whom ...string) (isNew bool) {
		t.Helper()
		write(t, s, func(tx *store.Tx) (err error) {
			isNew, err = tx.BeginTrouble(ctx, store.Trouble{Kind: store.TroubleRelay, Ref: "main", Since: clock.Now(), Detail: "gone"}, whom)
			return err
		})
		return isNew
	}
	untold := func(want ...string) {
		t.Helper()
		if got, err := s.Untold(ctx); err != nil || !slices.Equal(got, want) {
			t.Errorf("untold: %v, %v, want %v", got, err, want)
		}
	}
	told := func(whom string) (of []store.Notice) {
		t.Helper()
		of, err := s.Notices(ctx, whom)
		if err != nil {
			t.Fatal(err)
		}
		write(t, s, func(tx *store.Tx) error { return tx.Told(ctx, whom, of) })
		return of
	}
	end := func() (whom []string) {
		t.Helper()
		write(t, s, func(tx *store.Tx) error {
			open, err := tx.OpenTrouble(ctx, store.TroubleRelay, "main")
			if err != nil || open == nil {
				return err
			}
			whom, err = tx.EndTrouble(ctx, open.ID)
			return err
		})
		return whom
	}
	if !begin("a", "b") || begin("a", "b", "c") {
		t.Error("of one thing one trouble is open")
	}
	untold("a", "b")
	if of := told("a"); len(of) != 1 || of[0].Begun || !of[0].Ended.IsZero() || of[0].Detail != "gone" {
		t.Errorf("a is told %+v", of)
	}
	untold("b")
	clock.Add(time.Hour)
	if whom := end(); !slices.Equal(whom, []string{"a", "b"}) || end() != nil {
		t.Errorf("%v hear that it is over", whom)
	}
	untold("a", "b")
	if of := told("a"); len(of) != 1 || !of[0].Begun || !of[0].Ended.Equal(clock.Now()) {
		t.Errorf("a is told %+v", of)
	}
	if of := told("b"); len(of) != 1 || of[0].Begun { // both at once
		t.Errorf("b is told %+v", of)
	}
	untold()
	if !begin("c") {
		t.Error("it may begin again")
	}
	write(t, s, func(tx *store.Tx) error {
		if n, err := tx.TroublesSince(ctx, store.TroubleRelay, "main", clock.Now().Add(-time.Minute)); err != nil || n != 1 {
			t.Errorf("%d were over lately, %v", n, err)
		}
		return tx.ForgetNotices(ctx, "c")
	})
	untold()
	end()
	clock.Add(91 * 24 * time.Hour)
	begin()
	write(t, s, func(tx *store.Tx) error {
		if n, err := tx.TroublesSince(ctx, store.TroubleRelay, "main", time.Time{}); err != nil || n != 0 {
			t.Errorf("%d are kept for ever, %v", n, err)
		}
		return nil
	})
}

// The first instant at which a relay took no mail stays, and what a node has found
// that is dead stays until another takes it over.
func testRelaysDown(t *testing.T, s *store.Store, clock *posttest.Clock) {
	since := clock.Now()
	put := func(node, reason string) {
		t.Helper()
		write(t, s, func(tx *store.Tx) error {
			if err := tx.Beat(ctx, node); err != nil {
				return err
			}
			return tx.PutRelayDown(ctx, store.RelayDown{Relay: "main", Node: node, Since: clock.Now(), Reason: reason})
		})
	}
	put("a", "silent")
	clock.Add(10 * time.Second)
	put("a", "gone")
	put("b", "gone")
	down := func() (all []store.RelayDown) {
		t.Helper()
		if err := s.Read(ctx, func(tx *store.Tx) (err error) { all, err = tx.RelaysDown(ctx); return err }); err != nil {
			t.Fatal(err)
		}
		return all
	}
	if all := down(); len(all) != 2 || all[0] != (store.RelayDown{Relay: "main", Node: "a", Since: since, Reason: "gone"}) {
		t.Errorf("%+v", all)
	}
	write(t, s, func(tx *store.Tx) error { return tx.DropRelayDown(ctx, "main", "a") })
	if all := down(); len(all) != 1 || all[0].Node != "b" {
		t.Errorf("%+v", all)
	}
	if own, err := s.OwnRelaysDown(ctx, "b"); err != nil || len(own) != 1 {
		t.Errorf("%+v, %v", own, err)
	}
	left := func(node string, want int) {
		t.Helper()
		if err := s.Read(ctx, func(tx *store.Tx) error {
			all, err := tx.LeftRelaysDown(ctx, node)
			if len(all) != want {
				t.Errorf("left to %s: %+v", node, all)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	left("a", 0) // b lives
	clock.Add(time.Hour)
	left("a", 1)
	left("b", 0)
	if all := down(); len(all) != 1 {
		t.Errorf("%+v", all)
	}
	write(t, s, func(tx *store.Tx) error {
		return tx.PutRelayDown(ctx, store.RelayDown{Relay: "main", Node: "b", Since: since, Reason: "silent"})
	})
	if all := down(); len(all) != 1 || !all[0].Since.Equal(since) || all[0].Reason != "silent" {
		t.Errorf("%+v", all)
	}
}
