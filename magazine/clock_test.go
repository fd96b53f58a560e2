package magazine_test

import (
	"testing"
	"time"
	_ "time/tzdata"

	"postrider/magazine"
)

// A date begins at its midnight, at the first instant after a gap in which that lies, and
// the first time where it comes twice.
func TestParseDay(t *testing.T) {
	for _, c := range []struct{ zone, date, at string }{
		{"Africa/Nairobi", "2024-04-26", "2024-04-26T00:00:00+03:00"},
		{"Africa/Cairo", "2024-04-26", "2024-04-26T01:00:00+03:00"},
		{"Asia/Beirut", "2024-03-31", "2024-03-31T01:00:00+03:00"},
		{"America/Santiago", "2024-09-08", "2024-09-08T01:00:00-03:00"},
		{"America/Santiago", "2024-04-07", "2024-04-07T00:00:00-04:00"}, // the hour before comes twice
		{"America/Havana", "2024-03-10", "2024-03-10T01:00:00-04:00"},
		{"America/Havana", "2024-11-03", "2024-11-03T00:00:00-04:00"},
		{"America/Nuuk", "2024-03-31", "2024-03-31T00:00:00-01:00"},
		{"Pacific/Apia", "2011-12-30", "2011-12-31T00:00:00+14:00"}, // it was left out
		{"UTC", "9999-12-31", "9999-12-31T00:00:00Z"},
		{"Africa/Cairo", "1000-01-01", "1000-01-01T00:00:00+02:05"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		got, err := magazine.ParseDay(c.date, zone)
		if err != nil || got.Format(time.RFC3339) != c.at {
			t.Errorf("%s in %s begins at %s, %v, want %s", c.date, c.zone, got.Format(time.RFC3339), err, c.at)
		}
	}
	for _, text := range []string{"", "2024-02-30", "tomorrow", "2024-1-1", "2024-04-26T00:00:00Z"} {
		if got, err := magazine.ParseDay(text, time.UTC); err == nil {
			t.Errorf("%q begins at %s", text, got)
		}
	}
}
