package hijri

import (
	"time"

	gohijri "github.com/hablullah/go-hijri"

	"postrider/magazine"
)

// A Calendar is a way to compute Hijri dates, the same for everybody.
type Calendar string

// The calendars that a publication may choose.
const (
	Civil     Calendar = "civil"       // tabular, epoch Friday 16 July 622 (Julian), leap years 2, 5, 7, 10, 13, 16, 18, 21, 24, 26, 29
	UmmAlQura Calendar = "umm-al-qura" // of Saudi Arabia, by table
	None      Calendar = "none"        // no date is computed
)

// ParseCalendar reads the name of a calendar.
func ParseCalendar(name string) (Calendar, error) {
	switch c := Calendar(name); c {
	case Civil, UmmAlQura, None:
		return c, nil
	}
	return None, magazine.Errorf(magazine.Invalid, "%q is no Hijri calendar; write civil, umm-al-qura or none", name)
}

// span is what a calendar converts, in Gregorian days (noon UTC) and in its own.
type span struct {
	first, last time.Time
	from, to    Date
}

// spans has the calendars that convert: the civil one from the first full year
// of the Gregorian calendar to the end of lastYear, Umm al-Qura as far as its
// table goes.
var spans = map[Calendar]span{
	Civil:     {noon(1583, time.January, 1), noon(2271, time.December, 3), Date{990, DhuAlHijjah, 6}, Date{lastYear, DhuAlHijjah, 29}},
	UmmAlQura: {noon(1937, time.March, 14), noon(2077, time.November, 16), Date{1356, Muharram, 1}, Date{1500, DhuAlHijjah, 30}},
}

func (c Calendar) span() (span, error) {
	if s, ok := spans[c]; ok {
		return s, nil
	}
	if c == None {
		return span{}, magazine.Errorf(magazine.Invalid, "no Hijri calendar is chosen; choose civil or umm-al-qura")
	}
	_, err := ParseCalendar(string(c))
	return span{}, err
}

// date converts noon UTC of a Gregorian day.
func (c Calendar) date(t time.Time) (Date, error) {
	s, err := c.span()
	if err != nil {
		return Date{}, err
	}
	if t.Before(s.first) || t.After(s.last) {
		return Date{}, magazine.Errorf(magazine.Invalid, "%s is outside the %s calendar, which goes from %s to %s",
			t.Format(time.DateOnly), c, s.first.Format(time.DateOnly), s.last.Format(time.DateOnly))
	}
	if c == UmmAlQura {
		h, err := gohijri.CreateUmmAlQuraDate(t)
		if err != nil {
			return Date{}, magazine.Errorf(magazine.Internal, "converting %s to the %s calendar: %w", t.Format(time.DateOnly), c, err)
		}
		return Date{int(h.Year), Month(h.Month), int(h.Day)}, nil
	}
	h, err := gohijri.CreateHijriDate(t, gohijri.Default)
	if err != nil {
		return Date{}, magazine.Errorf(magazine.Internal, "converting %s to the %s calendar: %w", t.Format(time.DateOnly), c, err)
	}
	return Date{int(h.Year), Month(h.Month), int(h.Day)}, nil
}

// noon is noon UTC of the Gregorian day, without a look whether the month has
// that many days.
func (c Calendar) noon(d Date) (time.Time, error) {
	if err := d.checkMonth(); err != nil {
		return time.Time{}, err
	}
	s, err := c.span()
	if err != nil {
		return time.Time{}, err
	}
	if d.before(s.from) || s.to.before(Date{d.Year, d.Month, 1}) {
		return time.Time{}, magazine.Errorf(magazine.Invalid, "%s is outside the %s calendar, which goes from %s to %s",
			d.Format("en"), c, s.from.Format("en"), s.to.Format("en"))
	}
	var t time.Time
	if c == UmmAlQura {
		t = gohijri.UmmAlQuraDate{Year: int64(d.Year), Month: int64(d.Month), Day: 1}.ToGregorian()
	} else {
		t = gohijri.HijriDate{Year: int64(d.Year), Month: int64(d.Month), Day: 1, Pattern: gohijri.Default}.ToGregorian()
	}
	year, month, day := t.Date()
	return noon(year, month, day+d.Day-1), nil
}

// before compares two dates of one calendar.
func (d Date) before(e Date) bool {
	if d.Year != e.Year {
		return d.Year < e.Year
	}
	if d.Month != e.Month {
		return d.Month < e.Month
	}
	return d.Day < e.Day
}

// gregorian is noon UTC of a Gregorian day that exists.
func gregorian(year int, month time.Month, day int) (time.Time, error) {
	t := noon(year, month, day)
	if y, m, d := t.Date(); y != year || m != month || d != day {
		return t, magazine.Errorf(magazine.Invalid, "the Gregorian date %04d-%02d-%02d does not exist", year, month, day)
	}
	return t, nil
}

func noon(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 12, 0, 0, 0, time.UTC)
}
