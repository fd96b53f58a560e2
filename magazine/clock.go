package magazine

import "time"

// What the clocks of a zone show is held as a time.Time in UTC that stands for
// no instant: a reading. Readings compare and add like times without a zone.

// ParseDay reads a date such as 2026-12-01 and gives the instant at which it begins in a
// zone. That need not be midnight: in Santiago's spring, a date begins at one o'clock. The
// error is of package time.
func ParseDay(date string, zone *time.Location) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return time.Time{}, err
	}
	return FirstAt(day, zone).In(zone), nil
}

// FirstAt is the first instant at which the clocks of a zone show a reading or later.
// (time.Date chooses one where there is none or two: in Santiago's spring, 23:00 of the
// day before for a midnight.)
func FirstAt(reading time.Time, zone *time.Location) time.Time {
	// No zone's clocks are a day ahead of UTC, so at first none shows it yet.
	t := reading.Add(-24 * time.Hour)
	for {
		_, offset := t.In(zone).Zone()
		at := reading.Add(-time.Duration(offset) * time.Second)
		if !at.After(t) {
			return t // the clocks have just been put forward past it
		}
		end, ends := OffsetEnd(t, zone)
		if !ends || at.Before(end) {
			return at
		}
		t = end
	}
}

// OffsetEnd is an instant after t until which the zone's offset stays as it is
// at t, if there is any end to it. The offset may stay the same beyond.
func OffsetEnd(t time.Time, zone *time.Location) (end time.Time, ends bool) {
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
