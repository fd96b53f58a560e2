package schedules

import (
	"fmt"
	"strings"
	"time"

	"postrider/magazine"
)

// earliest is the zone whose clocks are ahead of all others (Kiritimati's): what
// is to go out at a time of each reader's own zone comes due there first, and
// where readers have hours of their own, with the first hour of the date.
var earliest = time.FixedZone("UTC+14", 14*60*60)

// In is when an occurrence of a schedule that is Local comes due for the readers
// of a zone; nil is that of readers who named none. An hour such as "20:00" is
// their own; empty is the schedule's time. A date that is moved by a blackout is
// the one that it was moved to.
func (s *Schedule) In(n Nominal, zone *time.Location, hour string) time.Time {
	if zone == nil {
		zone = s.home
	}
	if hour == "" {
		hour = n.Slot
	}
	shown, err := time.Parse(time.DateOnly+" 15:04", n.Date+" "+hour)
	if err != nil { // it was never an occurrence's
		return time.Time{}
	}
	return magazine.FirstAt(s.movedTo(midnight(shown)).Add(shown.Sub(midnight(shown))), zone).UTC()
}

// Begins is when an occurrence of a schedule that is Local comes due: no reader's
// time is before.
func (s *Schedule) Begins(n Nominal) time.Time {
	if s.OwnHours {
		return s.In(n, earliest, "00:00")
	}
	return s.In(n, earliest, "")
}

// Of is the occurrence of a nominal date and time as the schedule now is. It is false
// where there is none: it is not among the schedule's, falls on a blackout that drops it,
// or is merged into another.
func (s *Schedule) Of(n Nominal) (Occurrence, bool) {
	if s.ByIssue() {
		return Occurrence{}, false
	}
	at := s.In(n, nil, "")
	if s.Local {
		at = s.Begins(n)
	}
	if at.IsZero() {
		return Occurrence{}, false
	}
	o, ok := s.Next(at.Add(-time.Microsecond))
	return o, ok && o.Nominal == n
}

// from is the reading at which a slot of a date comes due.
func (s *Schedule) from(slot time.Time) time.Time {
	if s.OwnHours {
		return midnight(slot)
	}
	return slot
}

// noOwnHours is why readers cannot have hours of their own, if they are to.
func (s *Schedule) noOwnHours() (wrong Problems) {
	if !s.OwnHours {
		return nil
	}
	const mend = ", or remove own_hour from newsletter "
	if s.ByIssue() {
		return Problems{{Field: "every", Value: s.Every, Text: "an issue is published at one instant for all, and not at a reader's own hour (own_hour)", Mend: "write a time of day" + mend + s.Newsletter}}
	}
	if !s.Local {
		wrong = append(wrong, magazine.Problem{Field: "local", Value: "false", Text: "readers who choose their hour (own_hour) have it in their own zone", Mend: "write local: true" + mend + s.Newsletter})
	}
	n := 0
	for range s.times.all(0) {
		n++
	}
	if n > 1 {
		field, value := "every", s.Every
		if s.Cron != "" {
			field, value = "cron", s.Cron
		}
		wrong = append(wrong, magazine.Problem{Field: field, Value: value, Text: fmt.Sprintf("it goes out at %d times of a day, and a reader's own hour (own_hour) can take the place of one only", n), Mend: "write one time of day, such as every: day at 07:00" + mend + s.Newsletter})
	}
	return wrong
}

// NominalOf is the date and the time of day in an occurrence's key.
func NominalOf(key string) (n Nominal, ok bool) {
	parts := strings.Split(key, "/")
	if len(parts) != 4 {
		return n, false
	}
	return Nominal{Date: parts[2], Slot: parts[3]}, true
}
