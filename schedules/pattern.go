package schedules

import (
	"fmt"
	"strings"
	"time"
)

// Kind is one of the shapes that a schedule has in a form.
type Kind string

// The kinds of Pattern.
const (
	Weekly      Kind = "weekly"      // on Weekdays
	Fortnightly Kind = "fortnightly" // on the one of Weekdays in every other week, from From on
	Monthly     Kind = "monthly"     // on Days of the month
	Nth         Kind = "nth"         // on the first to fifth, or the last, of Weekdays in the month; of all seven only the last
	Lunar       Kind = "lunar"       // on the first or the last day of the Hijri month
	ByIssue     Kind = "issue"       // so long after an issue is published
)

// Kinds are all kinds, in the order in which one thinks of them.
var Kinds = []Kind{Weekly, Fortnightly, Monthly, Nth, Lunar, ByIssue}

// Pattern is a schedule in the parts that a form asks for. Each kind uses those it
// names, and all but ByIssue use Times.
type Pattern struct {
	Kind     Kind
	Weekdays []time.Weekday // from Monday
	Days     []int          // 1 to 31
	Place    int            // from 1, Last
	From     string         // a date such as 2026-01-02
	Times    []string       // such as 07:00
	Delay    time.Duration
}

// Last is the place of the last in a month.
const Last = last

// Every writes it in the plain words that Parse reads.
func (p Pattern) Every() string {
	at := " at " + join(p.Times)
	switch p.Kind {
	case Weekly:
		return plainDays(p.Weekdays) + at
	case Fortnightly:
		return "other " + plainDays(p.Weekdays) + at + " from " + p.From
	case Monthly:
		return joinEach(p.Days, ordinal) + " of the month" + at
	case Nth:
		return plainPlace(p.Place) + " " + plainDays(p.Weekdays) + " of the month" + at
	case Lunar:
		return plainPlace(p.Place) + " day of the hijri month" + at
	case ByIssue:
		if p.Delay == 0 {
			return "issue"
		}
		n, unit := delayParts(p.Delay)
		return fmt.Sprintf("issue + %d%s", n, unit)
	}
	return ""
}

// plainDays writes days of the week as readEvery reads them.
func plainDays(days []time.Weekday) string {
	switch words := weekdayWords(setOf(days)); words {
	case "day", "weekday":
		return words
	}
	parts := make([]string, len(days))
	for i, d := range days {
		parts[i] = strings.ToLower(d.String())
	}
	return join(parts)
}

func setOf(days []time.Weekday) (set uint64) {
	for _, d := range days {
		set |= 1 << d
	}
	return set
}

func plainPlace(place int) string {
	if place >= 1 && place <= len(places) {
		return places[place-1]
	}
	return "last"
}

// delayParts are a delay in the longest unit that it is a whole number of.
func delayParts(d time.Duration) (n int, unit string) {
	switch {
	case d%(24*time.Hour) == 0:
		return int(d / (24 * time.Hour)), "d"
	case d%time.Hour == 0:
		return int(d / time.Hour), "h"
	}
	return int(d / time.Minute), "m"
}

// Pattern is the schedule in the parts of a form. It has none where it was written as
// a cron expression, or in words that no form asks for.
func (s *Schedule) Pattern() (p Pattern, ok bool) {
	if s.Cron != "" {
		return p, false
	}
	if s.ByIssue() {
		return Pattern{Kind: ByIssue, Delay: s.issue.delay}, true
	}
	for m := range s.times.all(0) {
		p.Times = append(p.Times, clock(m))
	}
	switch d := s.dates.(type) {
	case fortnightly:
		p.Kind, p.Weekdays, p.From = Fortnightly, []time.Weekday{d.from.Weekday()}, d.from.Format(time.DateOnly)
	case nth:
		p.Kind, p.Place, p.Weekdays = Nth, d.place, weekdaysOf(d.weekdays)
	case lunar:
		p.Kind, p.Place = Lunar, d.place
	case monthly:
		if p.Kind, p.Weekdays = Weekly, weekdaysOf(d.weekdays); d.days != everyDay {
			p.Kind, p.Weekdays, p.Days = Monthly, nil, numbers(d.days)
		}
	}
	return p, true
}

// weekdaysOf lists a set from Monday on.
func weekdaysOf(set uint64) (days []time.Weekday) {
	for i := range 7 {
		if d := time.Weekday((i + 1) % 7); set>>d&1 == 1 {
			days = append(days, d)
		}
	}
	return days
}

// ReadTime gives a time of day such as 7:00 its one spelling, and tells whether it is one.
func ReadTime(text string) (string, bool) {
	m := clockTime.FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	return fmt.Sprintf("%02s:%s", m[1], m[2]), true
}
