package schedules

import (
	"strconv"
	"time"

	"postrider/magazine"
)

// afterIssue goes out some time after an issue is published, which no calendar
// tells.
type afterIssue struct{ delay time.Duration }

// ByIssue tells that the schedule goes out when an issue is published, and at no
// time of its own: Next has nothing.
func (s *Schedule) ByIssue() bool { return s.issue != nil }

// OfIssue is the occurrence that the publication of an issue makes in a schedule
// that is ByIssue. Its slot is the issue's name, so that there is one for each
// issue for ever. A blackout drops it (Reason says which) or moves it to the
// next free date, at the same time.
func (s *Schedule) OfIssue(name string, published time.Time) Occurrence {
	at := published.Add(s.issue.delay)
	o := Occurrence{Newsletter: s.Newsletter, Schedule: s.Name, At: at.UTC(), Nominal: Nominal{Date: reading(at, s.zone).Format(time.DateOnly), Slot: name}}
	shown := reading(at, s.zone)
	for range longestBlackout {
		b := s.blackoutOn(midnight(shown))
		if b == nil {
			break
		}
		if b.Then == Drop {
			o.Reason = b.words()
			break
		}
		shown = shown.AddDate(0, 0, 1)
		o.At = magazine.FirstAt(shown, s.zone).UTC()
	}
	return o
}

func (i *afterIssue) words() string {
	const after = "when an issue is published"
	switch d := i.delay; {
	case d == 0:
		return after
	case d%(24*time.Hour) == 0:
		return plural(int(d/(24*time.Hour)), "day") + " after an issue is published"
	case d%time.Hour == 0:
		return plural(int(d/time.Hour), "hour") + " after an issue is published"
	default:
		return plural(int(d/time.Minute), "minute") + " after an issue is published"
	}
}

func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}
