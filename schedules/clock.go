package schedules

import "time"

// What the clocks of a zone show is held as a time.Time in UTC that stands for
// no instant: a reading. Readings compare and add like times without a zone.

// reading is what the clocks of a zone show at an instant.
func reading(t time.Time, zone *time.Location) time.Time {
	_, offset := t.In(zone).Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// midnight is the beginning of a reading's date.
func midnight(r time.Time) time.Time {
	return time.Date(r.Year(), r.Month(), r.Day(), 0, 0, 0, 0, time.UTC)
}

// reach is the first instant at which the clocks of a zone show r or later.
func reach(r time.Time, zone *time.Location) time.Time {
	// No zone's clocks are a day ahead of UTC, so at first none shows r yet.
	t := r.Add(-24 * time.Hour)
	for {
		_, offset := t.In(zone).Zone()
		at := r.Add(-time.Duration(offset) * time.Second)
		if !at.After(t) {
			return t // the clocks have just been put forward past r
		}
		end, ends := stretchEnd(t, zone)
		if !ends || at.Before(end) {
			return at
		}
		t = end
	}
}

// stretchEnd is an instant after t until which the zone's offset stays as it is
// at t, if there is any end to it. The offset may stay the same beyond.
func stretchEnd(t time.Time, zone *time.Location) (end time.Time, ends bool) {
	_, end = t.In(zone).ZoneBounds()
	if end.IsZero() {
		return end, false
	}
	if !end.After(t) {
		// Beyond its table (2037) the time package reckons rules by years of
		// 365 days, so on the last day of a leap year the end is behind us. It
		// takes the offset for the rest of that year in UTC to be constant.
		end = time.Date(t.UTC().Year()+1, time.January, 1, 0, 0, 0, 0, time.UTC)
	}
	return end.UTC(), true
}
