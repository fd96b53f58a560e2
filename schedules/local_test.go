package schedules

import (
	"strings"
	"testing"
	"time"
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
