package schedules

import (
	"strings"
	"time"

	"postrider/magazine"
)

// A Course is how an occurrence of a schedule that is Local goes around the world. It is
// kept with what is under way, so that a change of the schedule moves nothing of it.
type Course struct {
	Date     string // on the readers' calendars: where it was moved, the one that it was moved to
	Slot     string // on their clocks
	Zone     string // of readers who named none
	OwnHours bool   // they may have hours of their own
}

// Course is that of an occurrence.
func (s *Schedule) Course(n Nominal) Course {
	c := Course{Date: n.Date, Slot: n.Slot, Zone: s.Home().String(), OwnHours: s.OwnHours}
	if date, err := time.Parse(time.DateOnly, n.Date); err == nil {
		c.Date = s.movedTo(date).Format(time.DateOnly)
	}
	return c
}

// In is when it comes due for the readers of a zone, as with Schedule.In.
func (c Course) In(zone *time.Location, hour string) time.Time {
	if zone == nil {
		zone = time.UTC
		if home, err := time.LoadLocation(c.Zone); err == nil {
			zone = home
		}
	}
	if hour == "" {
		hour = c.Slot
	}
	shown, err := time.Parse(time.DateOnly+" 15:04", c.Date+" "+hour)
	if err != nil {
		return time.Time{}
	}
	return magazine.FirstAt(shown, zone).UTC()
}

// Begins is when it comes due: no reader's time is before.
func (c Course) Begins() time.Time {
	if c.OwnHours {
		return c.In(earliest, "00:00")
	}
	return c.In(earliest, "")
}

// ownHours stands at the end of the text of a course of which readers have hours of
// their own.
const ownHours = "own"

// String writes a course so that ReadCourse reads the same.
func (c Course) String() string {
	words := []string{c.Date, c.Slot, c.Zone}
	if c.OwnHours {
		words = append(words, ownHours)
	}
	return strings.Join(words, " ")
}

// ReadCourse reads what String writes. It is false where it is no course.
func ReadCourse(text string) (c Course, ok bool) {
	words := strings.Fields(text)
	if len(words) < 3 || len(words) > 4 || len(words) == 4 && words[3] != ownHours {
		return c, false
	}
	c = Course{Date: words[0], Slot: words[1], Zone: words[2], OwnHours: len(words) == 4}
	return c, !c.In(nil, "").IsZero()
}
