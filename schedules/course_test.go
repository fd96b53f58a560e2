package schedules

import (
	"testing"
	"time"
)

// A course is read as it was written, and goes as its schedule did when it was made,
// also to the date that a blackout moved it to.
func TestCourse(t *testing.T) {
	s, err := Parse(Spec{Newsletter: "weekly", Name: "main", Every: "friday at 07:00", Timezone: "Africa/Nairobi", Local: true, Blackouts: []BlackoutSpec{{From: "2024-10-11", Then: Move}}})
	if err != nil {
		t.Fatal(err)
	}
	auckland, err := time.LoadLocation("Pacific/Auckland")
	if err != nil {
		t.Fatal(err)
	}
	for _, own := range []bool{false, true} {
		s.OwnHours = own
		for _, date := range []string{"2024-10-04", "2024-10-11"} {
			n := Nominal{Date: date, Slot: "07:00"}
			c, ok := ReadCourse(s.Course(n).String())
			if !ok || c != s.Course(n) {
				t.Fatalf("%+v is read as %+v, %v", s.Course(n), c, ok)
			}
			if !c.Begins().Equal(s.Begins(n)) {
				t.Errorf("%s begins %s, want %s", date, c.Begins(), s.Begins(n))
			}
			for _, zone := range []*time.Location{nil, auckland} {
				for _, hour := range []string{"", "20:00"} {
					if got, want := c.In(zone, hour), s.In(n, zone, hour); !got.Equal(want) {
						t.Errorf("%s at %q in %v is %s, want %s", date, hour, zone, got, want)
					}
				}
			}
		}
	}
	for _, text := range []string{"", "2024-10-11", "2024-10-11 07:00", "2024-13-11 07:00 UTC", "2024-10-11 25:00 UTC", "2024-10-11 07:00 UTC hers", "x y z"} {
		if c, ok := ReadCourse(text); ok {
			t.Errorf("%q is %+v", text, c)
		}
	}
	if c, ok := ReadCourse("2024-10-11 07:00 Nowhere/Else"); !ok || !c.In(nil, "").Equal(time.Date(2024, 10, 11, 7, 0, 0, 0, time.UTC)) {
		t.Errorf("of a zone that is none: %+v, %v", c, ok)
	}
}
