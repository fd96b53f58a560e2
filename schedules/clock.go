package schedules

import "time"

// reading is what the clocks of a zone show at an instant.
func reading(t time.Time, zone *time.Location) time.Time {
	_, offset := t.In(zone).Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// midnight is the beginning of a reading's date.
func midnight(r time.Time) time.Time {
	return time.Date(r.Year(), r.Month(), r.Day(), 0, 0, 0, 0, time.UTC)
}
