package store_test

import (
	"slices"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// The ranges of a wave have the people of its zones, and serve nobody at their
// end; those of another wave, and of the sweep, stand beside them.
func testWaves(t *testing.T, s *store.Store, clock *posttest.Clock) {
	ids := map[string]string{}
	for email, zone := range map[string]string{"amina@example.org": "Africa/Nairobi", "noor@example.org": "", "liam@example.org": "America/Los_Angeles"} {
		id := join(t, s, email)
		ids[email] = id
		write(t, s, func(tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE subscribers SET timezone = $1 WHERE id = $2", zone, id)
			return err
		})
	}
	put(t, s, piece("tide", clock.Now()))
	edition(t, s, "e", 1)
	write(t, s, func(tx *store.Tx) error {
		zones, err := tx.AllZones(ctx, weekly)
		if err != nil || !slices.Equal(zones, []string{"", "Africa/Nairobi", "America/Los_Angeles"}) {
			t.Errorf("zones %q, %v", zones, err)
		}
		return tx.SetEditionState(ctx, "e", magazine.EditionSending, "")
	})
	wave := weekly
	wave.Zones = []string{"", "Africa/Nairobi"}
	var ranges []store.Range
	write(t, s, func(tx *store.Tx) (err error) {
		ranges, err = tx.PlanRanges(ctx, "e", wave, "/1", 10, 0)
		return err
	})
	if len(ranges) != 1 {
		t.Fatalf("%+v", ranges)
	}
	var r *store.Range
	write(t, s, func(tx *store.Tx) (err error) {
		if err := tx.SetAlarm(ctx, store.Alarm{Kind: store.AlarmWave, Ref: "e", At: clock.Now().Add(time.Hour)}); err != nil {
			return err
		}
		r, err = tx.ClaimRange(ctx, "e", ranges[0].Last, "me", time.Minute)
		return err
	})
	if r == nil || !slices.Equal(r.Zones, wave.Zones) {
		t.Fatalf("%+v", r)
	}
	of := weekly
	of.Zones = r.Zones
	readers, err := s.Readers(ctx, of, "", r.Last, 10)
	var got []string
	for _, one := range readers {
		got = append(got, one.Subscriber.Email)
	}
	if slices.Sort(got); err != nil || !slices.Equal(got, []string{"amina@example.org", "noor@example.org"}) {
		t.Errorf("the wave has %q, %v", got, err)
	}
	write(t, s, func(tx *store.Tx) error {
		if err := tx.CloseRange(ctx, r, weekly, 1); err != nil {
			return err
		}
		if done, err := tx.FinishEdition(ctx, "e"); err != nil || done {
			t.Errorf("it is finished before its next wave: %v", err)
		}
		_, err := tx.PlanRanges(ctx, "e", weekly, "", 10, 0) // the sweep
		return err
	})
	for email, id := range ids {
		if sub, err := s.Subscription(ctx, "weekly", id); err != nil || sub.Served != 0 {
			t.Errorf("%s is served %d by a wave's end, %v", email, sub.Served, err)
		}
	}
	if open, err := s.OpenRanges(ctx, "e"); err != nil || open != 1 {
		t.Errorf("%d ranges are open, %v", open, err)
	}
}
