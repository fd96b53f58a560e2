package schedules

import (
	"strings"
	"time"
)

// earliest is the zone whose clocks are ahead of all others (Kiritimati's): what
// is to go out at a time of each reader's own zone comes due there first.
var earliest = time.FixedZone("UTC+14", 14*60*60)

// In is when an occurrence of a schedule that is Local comes due for the readers
// of a zone; nil is that of readers who named none.
func (s *Schedule) In(n Nominal, zone *time.Location) time.Time {
	if zone == nil {
		zone = s.home
	}
	shown, err := time.Parse(time.DateOnly+" 15:04", n.Date+" "+n.Slot)
	if err != nil { // it was never an occurrence's
		return time.Time{}
	}
	return reach(shown, zone).UTC()
}

// NominalOf is the date and the time of day in an occurrence's key.
func NominalOf(key string) (n Nominal, ok bool) {
	parts := strings.Split(key, "/")
	if len(parts) != 4 {
		return n, false
	}
	return Nominal{Date: parts[2], Slot: parts[3]}, true
}
