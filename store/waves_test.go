package store_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// The ranges of a wave have the people of its zones and hours, and serve nobody at their
// end; those of another wave, and of the sweep, stand beside them.
func testWaves(t *testing.T, s *store.Store, clock *posttest.Clock) {
	ids := map[string]string{}
	for email, zone := range map[string]string{"amina@example.org": "Africa/Nairobi", "noor@example.org": "", "liam@example.org": "America/Los_Angeles"} {
		id := join(t, s, email)
		ids[email] = id
		write(t, s, func(tx *store.Tx) error {
			return tx.SetTimezone(ctx, id, zone)
		})
	}
	put(t, s, piece("tide", clock.Now()))
	edition(t, s, "e", 1)
	write(t, s, func(tx *store.Tx) error {
		waves, err := tx.AllWaves(ctx, weekly, false)
		if err != nil || !slices.Equal(waves, []store.Wave{{"", store.AnyHour}, {"Africa/Nairobi", store.AnyHour}, {"America/Los_Angeles", store.AnyHour}}) {
			t.Errorf("waves %q, %v", waves, err)
		}
		return tx.SetEditionState(ctx, "e", magazine.EditionSending, "")
	})
	wave := weekly
	wave.Waves = []store.Wave{{"", store.AnyHour}, {"Africa/Nairobi", store.AnyHour}}
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
	if r == nil || !slices.Equal(r.Waves, wave.Waves) {
		t.Fatalf("%+v", r)
	}
	of := weekly
	of.Waves = r.Waves
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

// People who have hours of their own are of no wave but theirs, where hours
// count; a range keeps which.
func testHours(t *testing.T, s *store.Store, clock *posttest.Clock) {
	hours := map[string]string{"amina@example.org": "", "noor@example.org": "20:00", "liam@example.org": "20:00", "kai@example.org": "00:00", "ava@example.org": "20:00"}
	for email, hour := range hours {
		id := join(t, s, email)
		zone := "Africa/Nairobi"
		if email == "ava@example.org" {
			zone = ""
		}
		write(t, s, func(tx *store.Tx) error {
			if _, err := tx.ExecContext(ctx, "UPDATE subscribers SET state = 'confirmed' WHERE id = $1", id); err != nil {
				return err
			}
			if err := tx.SetTimezone(ctx, id, zone); err != nil {
				return err
			}
			if changed, err := tx.SetHour(ctx, "weekly", id, hour); err != nil || changed != (hour != "") {
				t.Errorf("%s: changed %v, %v", email, changed, err)
			}
			changed, err := tx.SetHour(ctx, "weekly", id, hour)
			if changed {
				t.Errorf("%s: the same hour is a change", email)
			}
			return err
		})
		if sub, err := s.Subscription(ctx, "weekly", id); err != nil || sub.Hour != hour {
			t.Errorf("%s has %q, %v", email, sub.Hour, err)
		}
	}
	counts, err := s.ReaderWaves(ctx, weekly, true)
	if want := map[store.Wave]int{{"Africa/Nairobi", ""}: 1, {"Africa/Nairobi", "20:00"}: 2, {"Africa/Nairobi", "00:00"}: 1, {"", "20:00"}: 1}; err != nil || !maps.Equal(counts, want) {
		t.Errorf("%v, %v", counts, err)
	}
	counts, err = s.ReaderWaves(ctx, weekly, false)
	if want := map[store.Wave]int{{"Africa/Nairobi", store.AnyHour}: 4, {"", store.AnyHour}: 1}; err != nil || !maps.Equal(counts, want) {
		t.Errorf("without hours %v, %v", counts, err)
	}
	put(t, s, piece("tide", clock.Now()))
	edition(t, s, "e", 1)
	write(t, s, func(tx *store.Tx) error {
		waves, err := tx.AllWaves(ctx, weekly, true)
		if err != nil || !slices.Equal(waves, []store.Wave{{"", "20:00"}, {"Africa/Nairobi", ""}, {"Africa/Nairobi", "00:00"}, {"Africa/Nairobi", "20:00"}}) {
			t.Errorf("waves %q, %v", waves, err)
		}
		return tx.SetEditionState(ctx, "e", magazine.EditionSending, "")
	})
	for i, c := range []struct {
		waves []store.Wave
		who   string
	}{
		{[]store.Wave{{"Africa/Nairobi", ""}}, "amina"},
		{[]store.Wave{{"Africa/Nairobi", ""}, {"", ""}, {"Africa/Nairobi", "20:00"}}, "amina liam noor"},
		{[]store.Wave{{"Africa/Nairobi", "00:00"}, {"", "20:00"}}, "ava kai"},
		{[]store.Wave{{"", store.AnyHour}, {"Africa/Nairobi", "00:00"}}, "ava kai"},
		{[]store.Wave{{"Africa/Nairobi", store.AnyHour}}, "amina kai liam noor"},
		{[]store.Wave{}, ""},
	} {
		wave := weekly
		wave.Waves = c.waves
		write(t, s, func(tx *store.Tx) error {
			ranges, err := tx.PlanRanges(ctx, "e", wave, fmt.Sprintf("/%d", i), 10, 0)
			if err != nil || len(ranges) == 0 {
				return err
			}
			r, err := tx.ClaimRange(ctx, "e", ranges[0].Last, "me", time.Minute)
			if err == nil && (r == nil || !slices.Equal(r.Waves, c.waves)) {
				t.Errorf("%q is claimed as %+v", c.waves, r)
			}
			return err
		})
		readers, err := s.Readers(ctx, wave, "", "", 10)
		var got []string
		for _, one := range readers {
			name, _, _ := strings.Cut(one.Subscriber.Email, "@")
			got = append(got, name)
		}
		slices.Sort(got)
		if strings.Join(got, " ") != c.who || err != nil {
			t.Errorf("%q has %q, want %q, %v", c.waves, got, c.who, err)
		}
	}
	// Who has left has no hour when they come back.
	id := join(t, s, "noor@example.org")
	write(t, s, func(tx *store.Tx) error {
		if _, err := tx.Unsubscribe(ctx, "weekly", id); err != nil {
			return err
		}
		_, err := tx.Subscribe(ctx, "weekly", id, true)
		return err
	})
	if sub, err := s.Subscription(ctx, "weekly", id); err != nil || sub.Hour != "" {
		t.Errorf("back again with %q, %v", sub.Hour, err)
	}
}

// A range that an older program wrote keeps zones alone.
func TestWaveText(t *testing.T) {
	var waves []store.Wave
	if err := json.Unmarshal([]byte(`["", "Africa/Nairobi", " ", "Africa/Nairobi 07:00", "Asia/Kathmandu "]`), &waves); err != nil {
		t.Fatal(err)
	}
	if want := []store.Wave{{"", store.AnyHour}, {"Africa/Nairobi", store.AnyHour}, {"", ""}, {"Africa/Nairobi", "07:00"}, {"Asia/Kathmandu", ""}}; !slices.Equal(waves, want) {
		t.Errorf("%q", waves)
	}
	text, err := json.Marshal(waves)
	if string(text) != `["","Africa/Nairobi"," ","Africa/Nairobi 07:00","Asia/Kathmandu "]` || err != nil {
		t.Errorf("%s, %v", text, err)
	}
}
