package schedules

import (
	"iter"
	"time"
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
}

// Key names the occurrence for ever: "weekly/main/2026-03-29/07:00". It stays
// when the schedule is edited or the zone's rules change.
func (o Occurrence) Key() string {
	return o.Newsletter + "/" + o.Schedule + "/" + o.Date + "/" + o.Slot
}

// Next is the first occurrence that comes due after an instant, that instant
// excluded. It is false only where there is none in 400 years, and Parse lets no
// such schedule in.
func (s *Schedule) Next(after time.Time) (Occurrence, bool) {
	var at, shown time.Time  // when the occurrence comes due, and what the clocks show then
	var together []time.Time // the slots that come due then
	for slot := range s.slots(reading(after, s.zone)) {
		if together == nil {
			if at = reach(slot, s.zone); !at.After(after) {
				continue // shown before, then the clocks were put back
			}
			shown = reading(at, s.zone)
		} else if slot.After(shown) {
			break
		}
		together = append(together, slot)
		if slot.Equal(shown) {
			break // any later slot comes due later
		}
	}
	if together == nil {
		return Occurrence{}, false
	}
	last := len(together) - 1
	o := Occurrence{Newsletter: s.Newsletter, Schedule: s.Name, Nominal: nominal(together[last]), At: at}
	for _, slot := range together[:last] {
		o.Merged = append(o.Merged, nominal(slot))
	}
	return o, true
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

// slots yields the readings later than one at which the schedule wants to go
// out, in their order, up to 400 years on. Dates that the zone leaves out have none.
func (s *Schedule) slots(after time.Time) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		end := after.AddDate(400, 0, 1)
		for day := midnight(after); day.Before(end); day = s.dates.after(day) {
			if !s.dates.has(day) || !s.exists(day) {
				continue
			}
			from := max(0, int(after.Sub(day)/time.Minute))
			for minute := range s.times.all(from) {
				slot := day.Add(time.Duration(minute) * time.Minute)
				if slot.After(after) && !yield(slot) {
					return
				}
			}
		}
	}
}

// exists tells whether the clocks of the zone ever show a date.
func (s *Schedule) exists(day time.Time) bool {
	return midnight(reading(reach(day, s.zone), s.zone)).Equal(day)
}

func nominal(r time.Time) Nominal {
	return Nominal{Date: r.Format(time.DateOnly), Slot: r.Format("15:04")}
}
