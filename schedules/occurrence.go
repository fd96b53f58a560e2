package schedules

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"

	"postrider/magazine"
)

// Nominal is a date and a time of day at which a schedule wants to go out, on
// the clocks of its zone, whether or not they show it.
type Nominal struct {
	Date string // "2026-03-29"
	Slot string // "07:00"
}

// Occurrence is one firing of a schedule.
type Occurrence struct {
	Newsletter string
	Schedule   string // its name
	Nominal
	At     time.Time // when it comes due, UTC
	Merged []Nominal // earlier slots that come due at the same instant, in their order
	Reason string    // why it is dropped; empty where it is not
}

// Key names the occurrence for ever: "weekly/main/2026-03-29/07:00". It stays
// when the schedule is edited or the zone's rules change.
func (o Occurrence) Key() string {
	return o.Newsletter + "/" + o.Schedule + "/" + o.Date + "/" + o.Slot
}

// Next is the first occurrence that comes due after an instant, that instant
// excluded. It is false only where there is none in 400 years, or none before
// the end of the Hijri calendar that it follows; Parse lets no schedule in that
// never comes. One that goes by issues has none that could be told.
func (s *Schedule) Next(after time.Time) (Occurrence, bool) {
	if s.ByIssue() {
		return Occurrence{}, false
	}
	var at, shown time.Time // when the occurrence comes due, and what the clocks show then
	var together []Nominal  // what comes due then
	for slot := range s.slots(reading(after, s.zone)) {
		if together == nil {
			if at = magazine.FirstAt(slot.shown, s.zone); !at.After(after) {
				continue // shown before, then the clocks were put back
			}
			shown = reading(at, s.zone)
		} else if slot.shown.After(shown) {
			break
		}
		together = append(together, slot.wanted...)
		if slot.shown.Equal(shown) {
			break // any later slot comes due later
		}
	}
	if together == nil {
		return Occurrence{}, false
	}
	slices.SortFunc(together, Nominal.compare)
	last := len(together) - 1
	return Occurrence{Newsletter: s.Newsletter, Schedule: s.Name, Nominal: together[last], At: at, Merged: together[:last:last]}, true
}

// Between yields the occurrences after one instant, up to and including another.
func (s *Schedule) Between(after, until time.Time) iter.Seq[Occurrence] {
	return func(yield func(Occurrence) bool) {
		for {
			o, ok := s.Next(after)
			if !ok || o.At.After(until) || !yield(o) {
				return
			}
			after = o.At
		}
	}
}

// Upcoming lists the first n occurrences after an instant.
func (s *Schedule) Upcoming(after time.Time, n int) []Occurrence {
	var list []Occurrence
	for len(list) < n {
		o, ok := s.Next(after)
		if !ok {
			break
		}
		list, after = append(list, o), o.At
	}
	return list
}

// slot is a reading at which a schedule goes out, and the dates and times for
// which it does: its own, and those that were moved to it.
type slot struct {
	shown  time.Time
	wanted []Nominal
}

// slots yields the slots later than a reading, in their order, up to 400 years
// on. Dates that the zone leaves out have none.
func (s *Schedule) slots(after time.Time) iter.Seq[slot] {
	return func(yield func(slot) bool) {
		end := after.AddDate(400, 0, 1)
		for day := midnight(after); day.Before(end); day = s.dateAfter(day) {
			dates := s.datesOn(day)
			if dates == nil {
				continue
			}
			from := max(0, int(after.Sub(day)/time.Minute))
			for minute := range s.times.all(from) {
				at := slot{shown: s.from(day.Add(time.Duration(minute) * time.Minute))}
				if !at.shown.After(after) {
					continue
				}
				for _, date := range dates {
					at.wanted = append(at.wanted, nominal(date.Add(time.Duration(minute)*time.Minute)))
				}
				if !yield(at) {
					return
				}
			}
		}
	}
}

// datesOn are the dates whose occurrences go out on a date.
func (s *Schedule) datesOn(day time.Time) []time.Time {
	if len(s.blackouts) > 0 {
		return s.gathered(day)
	}
	if s.dates.has(day) && s.exists(day) {
		return []time.Time{day}
	}
	return nil
}

// dateAfter is the next date on which something may go out: with blackouts, any.
func (s *Schedule) dateAfter(day time.Time) time.Time {
	if len(s.blackouts) > 0 {
		return day.AddDate(0, 0, 1)
	}
	return s.dates.after(day)
}

// exists tells whether the clocks of the zone ever show a date.
func (s *Schedule) exists(day time.Time) bool {
	return midnight(reading(magazine.FirstAt(day, s.zone), s.zone)).Equal(day)
}

// compare puts nominal times in their order.
func (n Nominal) compare(other Nominal) int {
	return cmp.Or(strings.Compare(n.Date, other.Date), strings.Compare(n.Slot, other.Slot))
}

func nominal(r time.Time) Nominal {
	return Nominal{Date: r.Format(time.DateOnly), Slot: r.Format("15:04")}
}
