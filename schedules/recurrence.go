package schedules

import (
	"iter"
	"math/bits"
	"time"

	"postrider/hijri"
)

// recurrence is what an expression means, on the local clocks and calendar: the
// same times of day on each of some dates, or nothing by itself but what the
// publication of an issue asks for.
type recurrence struct {
	dates dates
	times times
	issue *afterIssue
}

// dates are those on which a schedule goes out. Dates are readings at midnight.
type dates interface {
	has(date time.Time) bool
	after(date time.Time) time.Time // a later date, with none of the schedule's in between
	words() string                  // in English: "every Friday", "on the 1st of the month"
}

// times are times of day: bit m of the item h stands for minute m of hour h.
type times [24]uint64

// product is every one of some minutes in every one of some hours.
func product(hours, minutes uint64) (t times) {
	for h := range t {
		if hours>>h&1 == 1 {
			t[h] = minutes
		}
	}
	return t
}

// all yields the times of day from one on, in minutes since midnight.
func (t times) all(from int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for h := from / 60; h < len(t); h++ {
			for set := t[h]; set != 0; set &= set - 1 {
				m := 60*h + bits.TrailingZeros64(set)
				if m >= from && !yield(m) {
					return
				}
			}
		}
	}
}

// monthly are the dates of cron: bit n of each set stands for the number n.
type monthly struct {
	days, months, weekdays uint64 // weekdays from Sunday, 0
}

func (d monthly) has(date time.Time) bool {
	return d.months>>date.Month()&1 == 1 && d.days>>date.Day()&1 == 1 && d.weekdays>>date.Weekday()&1 == 1
}

func (d monthly) after(date time.Time) time.Time {
	if d.months>>date.Month()&1 == 0 {
		return time.Date(date.Year(), date.Month()+1, 1, 0, 0, 0, 0, time.UTC)
	}
	return date.AddDate(0, 0, 1)
}

// everComes tells whether any date is in the sets. The Gregorian calendar
// repeats itself, weekdays included, after 400 years.
func (d monthly) everComes() bool {
	for year := 2000; year < 2400; year++ {
		for months := d.months; months != 0; months &= months - 1 {
			month := time.Month(bits.TrailingZeros64(months))
			for days := d.days; days != 0; days &= days - 1 {
				date := time.Date(year, month, bits.TrailingZeros64(days), 0, 0, 0, 0, time.UTC)
				if date.Month() == month && d.has(date) {
					return true
				}
			}
		}
	}
	return false
}

// fortnightly is one day of every other week, counted from a date on which the
// schedule goes out.
type fortnightly struct{ from time.Time }

func (d fortnightly) has(date time.Time) bool {
	days := int(date.Sub(d.from) / (24 * time.Hour))
	return days >= 0 && days%14 == 0
}

func (d fortnightly) after(date time.Time) time.Time {
	if date.Before(d.from) {
		return d.from
	}
	return date.AddDate(0, 0, 1)
}

// nth is the first, second … of some days of the week in each month, or the
// last of them.
type nth struct {
	place    int    // from 1; last
	weekdays uint64 // from Sunday, 0
}

// last is the place of the last in a month.
const last = -1

func (d nth) has(date time.Time) bool {
	if d.weekdays>>date.Weekday()&1 == 0 {
		return false
	}
	if d.place == last {
		return d.count(date.AddDate(0, 0, 1), endOfMonth(date)) == 0
	}
	return d.count(date.AddDate(0, 0, 1-date.Day()), date) == d.place
}

// count counts the days of the week from one date to another, both included.
func (d nth) count(from, to time.Time) (n int) {
	for ; !from.After(to); from = from.AddDate(0, 0, 1) {
		n += int(d.weekdays >> from.Weekday() & 1)
	}
	return n
}

func endOfMonth(date time.Time) time.Time {
	return time.Date(date.Year(), date.Month()+1, 0, 0, 0, 0, 0, time.UTC)
}

func (d nth) after(date time.Time) time.Time { return date.AddDate(0, 0, 1) }

// lunar is the first or the last day of each month of a Hijri calendar.
type lunar struct {
	place    int // 1 or last
	calendar hijri.Reckoning
}

func (d lunar) has(date time.Time) bool {
	if d.place == last {
		date = date.AddDate(0, 0, 1)
	}
	h, err := d.calendar.FromGregorian(date.Date())
	return err == nil && h.Day == 1 // no date beyond what the calendar knows
}

func (d lunar) after(date time.Time) time.Time { return date.AddDate(0, 0, 1) }
