package schedules

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"postrider/hijri"
	"postrider/magazine"
)

// BlackoutSpec is a span of dates on which nothing goes out, as it is written:
// 2026-12-24, 12-24 for every year, "1 Shawwal 1447", or "1 Shawwal" for every
// year of the Hijri calendar.
type BlackoutSpec struct {
	From  string
	To    string // its last date; empty: From is the only one
	Then  Then   // empty: Drop
	Title string // why, for those who look at the schedule; may be empty
}

// Then says what becomes of an occurrence that falls on a blackout.
type Then string

// What becomes of an occurrence. What is new is never lost: it comes with the
// next that goes out.
const (
	Drop Then = "drop"
	Move Then = "move" // to the same time of the next date that is free
)

// blackout is a span that was read.
type blackout struct {
	BlackoutSpec
	lunar    bool // in Hijri dates, which calendar reckons
	calendar hijri.Reckoning
	from, to yearDay // both included
}

// yearDay is a date by its numbers. A year of 0 is every year.
type yearDay struct{ year, month, day int }

func (n yearDay) compare(other yearDay) int {
	return (n.year-other.year)*10000 + (n.month-other.month)*100 + n.day - other.day
}

// dayOf is a date by its numbers.
func dayOf(date time.Time) yearDay { return yearDay{date.Year(), int(date.Month()), date.Day()} }

// lunarDayOf is a date by its numbers in a Hijri calendar; none beyond what that knows.
func lunarDayOf(calendar hijri.Reckoning, date time.Time) (n yearDay, ok bool) {
	h, err := calendar.FromGregorian(date.Date())
	return yearDay{h.Year, int(h.Month), h.Day}, err == nil
}

// covers tells whether a date of the span's calendar is in it.
func (b *blackout) covers(n yearDay) bool {
	if b.from.year == 0 {
		n.year = 0
		if b.from.compare(b.to) > 0 { // over the turn of the year
			return n.compare(b.from) >= 0 || n.compare(b.to) <= 0
		}
	}
	return n.compare(b.from) >= 0 && n.compare(b.to) <= 0
}

func (b *blackout) words() string {
	span := b.From
	if b.To != "" && b.To != b.From {
		span += " to " + b.To
	}
	if b.Title != "" {
		span = b.Title + ", " + span
	}
	return span
}

// readBlackout reads one span; at is its place in the list.
func readBlackout(spec BlackoutSpec, at int, calendar hijri.Reckoning) (b blackout, problems Problems) {
	b = blackout{BlackoutSpec: spec}
	fault := func(key, value, text, mend string) {
		problems = append(problems, magazine.Problem{Field: fmt.Sprintf("blackouts[%d].%s", at, key), Value: shorten(value), Text: text, Mend: mend})
	}
	switch b.Then {
	case "":
		b.Then = Drop
	case Drop, Move:
	default:
		fault("then", string(b.Then), "not known", "write drop or move")
	}
	if b.To == "" {
		b.To = b.From
	}
	var lunar [2]bool
	for i, end := range []struct {
		key, text string
		into      *yearDay
	}{{"from", b.From, &b.from}, {"to", b.To, &b.to}} {
		var err error
		if *end.into, lunar[i], err = readDate(end.text, calendar); err != nil {
			fault(end.key, end.text, err.Error(), "write a date such as 2026-12-24, 12-24 for every year, 1 Shawwal 1447, or 1 Shawwal")
			return b, problems
		}
	}
	switch {
	case lunar[0] != lunar[1] || (b.from.year == 0) != (b.to.year == 0):
		fault("to", b.To, "it is not written as from is", "write both with the same calendar, and both with a year or both without")
	case b.from.year != 0 && b.from.compare(b.to) > 0:
		fault("to", b.To, "it is before from", "write the later date here")
	case lunar[0] && !reckons(calendar):
		fault("from", b.From, "no Hijri calendar is chosen", "write hijri: civil or hijri: umm-al-qura under publication")
	}
	b.lunar, b.calendar = lunar[0], calendar
	return b, problems
}

// Touches tells that a span has any of the dates from one to another, both included. One
// that cannot be read may have.
func (spec BlackoutSpec) Touches(calendar hijri.Reckoning, from, to time.Time) bool {
	b, problems := readBlackout(spec, 0, calendar)
	for day := midnight(from); problems == nil && !day.After(to); day = day.AddDate(0, 0, 1) {
		n, known := dayOf(day), true
		if b.lunar {
			n, known = lunarDayOf(calendar, day)
		}
		if known && b.covers(n) {
			return true
		}
	}
	return problems != nil
}

// reckons tells that a calendar has dates at all.
func reckons(calendar hijri.Reckoning) bool {
	_, err := calendar.FromGregorian(2024, time.July, 7)
	return err == nil
}

var (
	dated  = regexp.MustCompile(`^(?:(\d{4})-)?(\d{2})-(\d{2})$`)
	inYear = regexp.MustCompile(`\p{Nd}{3,}`)
)

// readDate reads a date of either calendar. A year's Hijri date is one that the
// publication's calendar may have, with its corrections.
func readDate(text string, calendar hijri.Reckoning) (n yearDay, lunar bool, err error) {
	text = strings.TrimSpace(text)
	if m := dated.FindStringSubmatch(text); m != nil {
		n.year, _ = strconv.Atoi(m[1])
		n.month, _ = strconv.Atoi(m[2])
		n.day, _ = strconv.Atoi(m[3])
		year := n.year
		switch {
		case m[1] != "" && (year < 1900 || year > 2200): // a Hijri year, most likely
			return n, false, fmt.Errorf("%s is no Gregorian year of our time; a Hijri date has its month's name", m[1])
		case m[1] == "":
			year = 2000 // which has a 29 February
		}
		if date := time.Date(year, time.Month(n.month), n.day, 0, 0, 0, 0, time.UTC); date.Day() != n.day || int(date.Month()) != n.month {
			return n, false, fmt.Errorf("there is no such date")
		}
		return n, false, nil
	}
	var date hijri.Date
	more := ""
	if inYear.MatchString(text) {
		date, err = calendar.Parse(text)
	} else {
		date, err = hijri.Parse(text + " 1446") // any: it is forgotten again
		date.Year = 0
		more = "; only a correction makes one longer, in its year, which then is to be written"
	}
	switch why := errors.Unwrap(err); { // it has the form of a date, and is none for this reason
	case why != nil:
		return n, true, fmt.Errorf("%w%s", why, more)
	case err != nil:
		return n, false, fmt.Errorf("it is no date")
	}
	return yearDay{date.Year, int(date.Month), date.Day}, true, nil
}

// readBlackouts reads all of a schedule's. A date that is both dropped and moved
// is a contradiction within one calendar; dates of two calendars meet now and
// then, and the span that is written first counts.
func readBlackouts(specs []BlackoutSpec, calendar hijri.Reckoning) (list []blackout, problems Problems) {
	for i, spec := range specs {
		b, wrong := readBlackout(spec, i, calendar)
		list, problems = append(list, b), append(problems, wrong...)
	}
	if problems != nil {
		return list, problems
	}
	sets := datesOf(list)
	for i := range list {
		for j := range i {
			if list[i].Then == list[j].Then || list[i].lunar != list[j].lunar {
				continue
			}
			if date, both := sets[i].meet(sets[j]); both {
				text := fmt.Sprintf("%s is in this span and in %s, which says %s", date.Format(time.DateOnly), list[j].words(), list[j].Then)
				problems = append(problems, magazine.Problem{Field: fmt.Sprintf("blackouts[%d].then", i), Value: string(list[i].Then), Text: text, Mend: "write the same in both, or part the spans"})
			}
		}
	}
	return list, problems
}

// longestBlackout is the most dates one after the other on which nothing may go
// out: a schedule that rests for longer is not meant.
const longestBlackout = 400

// blackoutOn is the first blackout of a date; nil: it is free.
func (s *Schedule) blackoutOn(date time.Time) *blackout {
	n := dayOf(date)
	var lunar yearDay
	reckoned, known := false, false // once for all: to reckon it takes longer than to compare
	for i := range s.blackouts {
		b := &s.blackouts[i]
		if b.lunar && !reckoned {
			lunar, known = lunarDayOf(b.calendar, date)
			reckoned = true
		}
		if !b.lunar && b.covers(n) || b.lunar && known && b.covers(lunar) {
			return b
		}
	}
	return nil
}

// movedTo is the date on which a date's occurrences go out: mostly its own.
func (s *Schedule) movedTo(date time.Time) time.Time {
	if b := s.blackoutOn(date); b == nil || b.Then != Move {
		return date
	}
	for free := date; ; free = free.AddDate(0, 0, 1) {
		if s.blackoutOn(free) == nil && s.exists(free) {
			return free
		}
	}
}

// gathered are the schedule's dates whose occurrences go out on a date: its own,
// and those before it that were moved here.
func (s *Schedule) gathered(date time.Time) (dates []time.Time) {
	if s.blackoutOn(date) != nil || !s.exists(date) {
		return nil
	}
	for day := date.AddDate(0, 0, -1); ; day = day.AddDate(0, 0, -1) {
		b := s.blackoutOn(day)
		if b == nil && s.exists(day) {
			break
		}
		if b != nil && b.Then == Move && s.dates.has(day) && s.exists(day) {
			dates = append([]time.Time{day}, dates...)
		}
	}
	if s.dates.has(date) {
		dates = append(dates, date)
	}
	return dates
}

// Rests tells in words when the schedule does not go out, and what happens then.
func (s *Schedule) Rests() []string {
	list := make([]string, len(s.blackouts))
	for i := range s.blackouts {
		list[i] = s.blackouts[i].words() + ": dropped"
		if s.blackouts[i].Then == Move {
			list[i] = s.blackouts[i].words() + ": moved to the next free date"
		}
	}
	return list
}

// RestsOn tells why nothing goes out on a date, in words and by the shorter name that
// these are called; empty: nothing says so.
func (s *Schedule) RestsOn(date time.Time) (words, name string) {
	b := s.blackoutOn(midnight(date))
	if b == nil {
		return "", ""
	}
	return b.words(), cmp.Or(b.Title, b.words())
}

// Dropped lists the occurrences that blackouts drop and that would have come
// due after one instant, up to and including another. Reason says which.
func (s *Schedule) Dropped(after, until time.Time) (list []Occurrence) {
	if len(s.blackouts) == 0 || s.ByIssue() {
		return nil
	}
	last := midnight(reading(until, s.zone))
	for date := midnight(reading(after, s.zone)).AddDate(0, 0, -1); !date.After(last); date = date.AddDate(0, 0, 1) {
		b := s.blackoutOn(date)
		if b == nil || b.Then != Drop || !s.dates.has(date) || !s.exists(date) {
			continue
		}
		for minute := range s.times.all(0) {
			slot := date.Add(time.Duration(minute) * time.Minute)
			if at := magazine.FirstAt(s.from(slot), s.zone); at.After(after) && !at.After(until) {
				list = append(list, Occurrence{Newsletter: s.Newsletter, Schedule: s.Name, Nominal: nominal(slot), At: at, Reason: b.words()})
			}
		}
	}
	return list
}
