package admin

import (
	"strings"
	"testing"

	"postrider/magazine"
	"postrider/schedules"
	"postrider/templates"
)

// What the form finds nothing wrong with is a schedule, or has a fault that only the
// whole of it has: a date of the wrong century.
func FuzzWritten(f *testing.F) {
	f.Add("weekly", "monday,friday", "2026-01-02", "1, 15", "third", "wednesday", "2", "h", "7:00; 18:00")
	f.Add("fortnightly", "", "2026-02-30", "31", "last", "day", "-1", "y", "24:00")
	f.Add("monthly", "sunday", "", "0 32", "", "", "336", "h", "٠٧:٠٠، 08:00")
	f.Add("nth", "", "", "", "fifth", "weekday", "", "", "00:00")
	f.Add("issue", "", "", "", "", "", "20160", "m", "")
	m, err := (*templates.Files)(nil).Messages()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, kind, weekdays, from, days, place, placeDay, delay, unit, times string) {
		if kind == byCron || kind == string(schedules.Lunar) {
			return // which the configuration judges
		}
		v := &visit{Desk: &Desk{Options: Options{Publication: &magazine.Publication{}}}, words: m.In("en")}
		w := &written{Newsletter: "weekly", Name: "x", Title: "X", Timezone: "UTC", Kind: kind, Weekdays: strings.Split(weekdays, ","), From: from, Days: days, Place: place, PlaceDay: placeDay, Delay: delay, Unit: unit, Times: times}
		meant := v.meant(w)
		if len(w.wrong) > 0 {
			for field, text := range w.wrong {
				if text == "" {
					t.Errorf("%s is wrong, and nothing says why", field)
				}
			}
			return
		}
		s, err := schedules.Parse(schedules.Spec{Newsletter: "weekly", Name: "x", Every: meant.Every, Timezone: "UTC"})
		if err != nil && !strings.Contains(err.Error(), "a year from 1900 to 2200") {
			t.Fatalf("%+v is written as %q: %v", w, meant.Every, err)
		}
		if err == nil && s.Words() == "" {
			t.Fatalf("%q says nothing", meant.Every)
		}
	})
}
