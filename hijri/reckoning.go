package hijri

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"postrider/magazine"
)

// A Reckoning is a calendar as one publication keeps it: computed, and
// corrected where its months began on other days. The zero Reckoning, and one
// of the calendar None, convert nothing.
type Reckoning struct {
	calendar Calendar
	moved    map[moon]int // days by which a month begins later than computed
}

// A moon is a month of a year, counted through: the one after it is one more.
type moon int

func moonOf(year int, month Month) moon { return moon(year*12 + int(month) - 1) }

func (m moon) year() int    { return int(m) / 12 }
func (m moon) month() Month { return Month(int(m)%12 + 1) }

// String is the month in figures, "1446-03".
func (m moon) String() string { return decimal(m.year(), 4) + "-" + decimal(int(m.month()), 2) }

// String tells reckonings apart that convert differently: "civil", or "civil
// 1446-09+1 1447-01-1" with corrections.
func (r Reckoning) String() string {
	var b strings.Builder
	b.WriteString(string(r.calendar))
	for _, m := range slices.Sorted(maps.Keys(r.moved)) {
		fmt.Fprintf(&b, " %s%+d", m, r.moved[m])
	}
	return b.String()
}

// FromGregorian computes the Hijri date of a Gregorian one. It is the date of
// the day's daylight: what begins at sunset the evening before is not reckoned.
// An impossible date, one outside the calendar's range (Civil 1583 to 2271, Umm
// al-Qura 14 March 1937 to 16 November 2077) and the calendar None are errors.
func (r Reckoning) FromGregorian(year int, month time.Month, day int) (Date, error) {
	t, err := gregorian(year, month, day)
	if err != nil {
		return Date{}, err
	}
	return r.date(t)
}

// Parse reads a date as the function Parse does, and also a day after the 30th
// that a corrected month has in this reckoning.
func (r Reckoning) Parse(s string) (Date, error) {
	d, err := parse(s)
	if err != nil {
		return Date{}, err
	}
	if wrong := d.check(); wrong != nil && (d.checkMonth() != nil || !r.has(d)) {
		return Date{}, unreadable(s, wrong)
	}
	return d, nil
}

// has tells that the month has the day in this reckoning.
func (r Reckoning) has(d Date) bool {
	days, err := r.length(moonOf(d.Year, d.Month))
	return err == nil && d.Day >= 1 && d.Day <= days
}

// ToGregorian computes the Gregorian date of a Hijri one. A day that the month
// does not have in this reckoning is an error, and so is what FromGregorian
// refuses.
func (r Reckoning) ToGregorian(d Date) (year int, month time.Month, day int, err error) {
	t, err := r.noon(d)
	if err != nil {
		return 0, 0, 0, err
	}
	back, err := r.date(t)
	if err != nil {
		return 0, 0, 0, err
	}
	if back != d {
		return 0, 0, 0, r.noDay(d)
	}
	year, month, day = t.Date()
	return year, month, day, nil
}

// DaysApart says by how many days a printed Hijri date is later than the one
// that is computed for the Gregorian date; a negative number: earlier. The 30th
// of a month that has 29 days here counts as the day after the 29th.
func (r Reckoning) DaysApart(printed Date, year int, month time.Month, day int) (int, error) {
	t, err := gregorian(year, month, day)
	if err != nil {
		return 0, err
	}
	if _, err := r.date(t); err != nil {
		return 0, err
	}
	p, err := r.noon(printed)
	if err != nil {
		return 0, err
	}
	return daysBetween(t, p), nil
}

// date converts noon UTC of a Gregorian day. No correction reaches further than
// into the month before or after the computed one.
func (r Reckoning) date(t time.Time) (Date, error) {
	d, err := r.calendar.date(t)
	if err != nil {
		return Date{}, err
	}
	m := moonOf(d.Year, d.Month)
	if r.moved[m] == 0 && r.moved[m+1] >= 0 {
		return d, nil
	}
	if d.Day <= r.moved[m] { // not begun yet
		m--
	} else if r.moved[m+1] < 0 {
		next, err := r.start(m + 1)
		if err != nil {
			return Date{}, err
		}
		if !t.Before(next) {
			m++
		}
	}
	first, err := r.start(m)
	if err != nil {
		return Date{}, err
	}
	return Date{m.year(), m.month(), 1 + daysBetween(first, t)}, nil
}

// start is noon UTC of a month's first day.
func (r Reckoning) start(m moon) (time.Time, error) {
	return r.noon(Date{m.year(), m.month(), 1})
}

// noon is noon UTC of the Gregorian day, without a look whether the month has
// that many days, but no month has more than longestMonth.
func (r Reckoning) noon(d Date) (time.Time, error) {
	t, err := r.calendar.noon(d)
	if err != nil {
		return time.Time{}, err
	}
	if d.Day < 1 || d.Day > longestMonth {
		return time.Time{}, r.noDay(d)
	}
	return t.AddDate(0, 0, r.moved[moonOf(d.Year, d.Month)]), nil
}

func (r Reckoning) noDay(d Date) error {
	return magazine.Errorf(magazine.Invalid, "%s %d has no day %d in the %s calendar", d.Month, d.Year, d.Day, r.calendar)
}

// length counts the days of a month.
func (r Reckoning) length(m moon) (int, error) {
	from, err := r.start(m)
	if err != nil {
		return 0, err
	}
	to, err := r.start(m + 1)
	if err != nil {
		return 0, err
	}
	return daysBetween(from, to), nil
}

// daysBetween counts the days from one noon to another. A Duration would hold
// 292 years, and the calendars go further.
func daysBetween(from, to time.Time) int { return int((to.Unix() - from.Unix()) / (24 * 60 * 60)) }
