package schedules

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"postrider/magazine"
)

// The times of a local schedule come due where the clocks are furthest ahead
// first, and at no time later than their own in any zone.
func TestLocal(t *testing.T) {
	s, err := Parse(Spec{Newsletter: "weekly", Every: "friday at 07:00", Timezone: "Africa/Nairobi", Local: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Words(); got != "every Friday at 07:00, in each reader's own time" {
		t.Error(got)
	}
	o, ok := s.Next(time.Date(2026, 3, 26, 12, 0, 0, 0, time.UTC))
	if !ok || o.Key() != "weekly/main/2026-03-27/07:00" || o.At.Format(time.RFC3339) != "2026-03-26T17:00:00Z" {
		t.Fatalf("%+v", o)
	}
	n, ok := NominalOf(o.Key())
	if !ok || n != o.Nominal {
		t.Fatalf("%+v", n)
	}
	for name, want := range map[string]string{"Pacific/Kiritimati": "26 17:00", "Pacific/Auckland": "26 18:00", "": "27 04:00", "America/Los_Angeles": "27 14:00", "Pacific/Pago_Pago": "27 18:00"} {
		var zone *time.Location
		if name != "" {
			if zone, err = time.LoadLocation(name); err != nil {
				t.Fatal(err)
			}
		}
		if at := s.In(n, zone, ""); at.Format("02 15:04") != want || at.Before(o.At) {
			t.Errorf("%q: %v, want %s", name, at, want)
		}
	}
	berlin, _ := time.LoadLocation("Europe/Berlin")
	if at := s.In(Nominal{"2026-03-29", "02:30"}, berlin, ""); at.Format(time.RFC3339) != "2026-03-29T01:00:00Z" { // a gap there
		t.Errorf("in a gap: %v", at)
	}
	if _, err := Parse(Spec{Newsletter: "weekly", Every: "issue + 2h", Timezone: "UTC", Local: true}); err == nil || !strings.Contains(err.Error(), "local") {
		t.Errorf("by issue and local: %v", err)
	}
	if _, ok := NominalOf("now/abc"); ok {
		t.Error("a key without a time has one")
	}
}

// Whatever the zone, the date, the schedule's time and a reader's hour: it comes
// due at the first minute in which their clocks show that hour or later, never
// before the occurrence has begun, and within 50 hours of that.
func TestOwnHoursProperty(t *testing.T) {
	zones := loadZones(t)
	first := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		date := first.AddDate(0, 0, rapid.IntRange(0, 50*365).Draw(t, "date"))
		if rapid.Bool().Draw(t, "at a change") { // of the zone's clocks
			if end, ends := magazine.OffsetEnd(date, zone); ends {
				date = midnight(reading(end, zone)).AddDate(0, 0, rapid.IntRange(-1, 1).Draw(t, "around it"))
			}
		}
		slot := clock(rapid.IntRange(0, 24*60-1).Draw(t, "slot"))
		hour := rapid.SampledFrom([]string{"", "00:00", "01:00", "02:00", "03:00", "12:00", "23:00"}).Draw(t, "hour")
		s, err := Parse(Spec{Newsletter: "daily", Every: "day at " + slot, Timezone: "UTC", Local: true, OwnHours: true})
		if err != nil {
			t.Fatal(err)
		}
		n := Nominal{Date: date.Format(time.DateOnly), Slot: slot}
		begins := s.Begins(n)
		if want := date.Add(-14 * time.Hour); !begins.Equal(want) {
			t.Fatalf("%s begins %s, want %s", date, begins, want)
		}
		if o, ok := s.Next(begins.Add(-time.Microsecond)); !ok || o.Nominal != n || !o.At.Equal(begins) || len(o.Merged) > 0 {
			t.Fatalf("comes due as %+v, want %+v", o, n)
		}
		if o, ok := s.Next(begins); !ok || !o.At.Equal(begins.Add(24*time.Hour)) {
			t.Fatalf("the next is %+v", o)
		}
		shown, at := slot, date.Add(-27*time.Hour)
		if hour != "" {
			shown = hour
		}
		wanted, _ := time.Parse(time.DateOnly+" 15:04", n.Date+" "+shown)
		for reading(at, zone).Before(wanted) {
			at = at.Add(time.Minute)
		}
		got := s.In(n, zone, hour)
		if !got.Equal(at) {
			t.Fatalf("%s in %s at %q: %s, want %s", n, zone, hour, got, at)
		}
		if got.Before(begins) || got.After(begins.Add(50*time.Hour)) {
			t.Fatalf("%s in %s at %q: %s, and it begins %s", n, zone, hour, got, begins)
		}
	})
}

// A date that a blackout moves comes due in each zone, and at each hour, on the
// date that it was moved to.
func TestLocalMoved(t *testing.T) {
	for _, own := range []bool{false, true} {
		s, err := Parse(Spec{Newsletter: "weekly", Every: "friday at 07:00", Timezone: "Africa/Nairobi", Local: true, OwnHours: own, Blackouts: []BlackoutSpec{{From: "2026-03-27", To: "2026-03-28", Then: Move}}})
		if err != nil {
			t.Fatal(err)
		}
		o, ok := s.Next(time.Date(2026, 3, 26, 0, 0, 0, 0, time.UTC))
		want := "2026-03-28T17:00:00Z"
		if own {
			want = "2026-03-28T10:00:00Z"
		}
		if !ok || o.Key() != "weekly/main/2026-03-27/07:00" || o.At.Format(time.RFC3339) != want || !s.Begins(o.Nominal).Equal(o.At) {
			t.Errorf("%+v", o)
		}
		if at := s.In(o.Nominal, nil, ""); at.Format(time.RFC3339) != "2026-03-29T04:00:00Z" {
			t.Errorf("at home: %s", at)
		}
		berlin, _ := time.LoadLocation("Europe/Berlin")
		if at := s.In(o.Nominal, berlin, "02:00"); at.Format(time.RFC3339) != "2026-03-29T01:00:00Z" { // in the gap of that night
			t.Errorf("in Berlin: %s", at)
		}
	}
}

// What readers' own hours cannot take the place of is refused, with its mend.
func TestNoOwnHours(t *testing.T) {
	for every, want := range map[string]string{"day at 07:00 and 18:00": "2 times of a day", "hour": "24 times of a day", "issue + 2h": "published at one instant", "friday at 07:00": ""} {
		_, err := Parse(Spec{Newsletter: "weekly", Every: every, Timezone: "UTC", Local: every != "issue + 2h", OwnHours: true})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "remove own_hour from newsletter weekly")) {
			t.Errorf("%s: %v", every, err)
		}
	}
	if _, err := Parse(Spec{Newsletter: "weekly", Every: "friday at 07:00", Timezone: "UTC", OwnHours: true}); err == nil || !strings.Contains(err.Error(), "write local: true") {
		t.Errorf("not local: %v", err)
	}
}
