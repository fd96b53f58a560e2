package schedules

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/robfig/cron/v3"
)

// beside are cases in which robfig/cron, left to decide when an expression
// fires, goes wrong, with what each does: the local times of the first sends
// after an instant, or the refusal.
var beside = []struct {
	name, cron, zone string
	after            string // on the zone's clocks, with their offset
	n                int
	robfig, ours     string
}{
	{"a time that does not exist", "30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00+01:00", 2, "30 02:30, 31 02:30", "29 03:00, 30 02:30"},
	{"a time that comes twice", "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00+02:00", 2, "25 02:30, 25 02:30", "25 02:30, 26 02:30"},
	{"every half hour over an hour that comes twice", "*/30 2 * * *", "Europe/Berlin", "2026-10-25T00:00:00+02:00", 3, "25 02:00, 25 02:30, 25 02:00", "25 02:00, 25 02:30, 26 02:00"},
	{"two times that fall on one instant", "0 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00:00+01:00", 2, "29 03:00, 30 02:00", "29 03:00, 30 02:00"},
	{"midnight in a gap", "0 0 * * *", "Africa/Cairo", "2026-04-23T12:00:00+02:00", 2, "25 00:00, 26 00:00", "24 01:00, 25 00:00"},
	{"an evening slot whose gap ends on the next date", "30 23 * * *", "America/Nuuk", "2026-03-27T12:00:00-02:00", 2, "27 23:30, 29 23:30", "27 23:30, 29 00:00"},
	{"a date that the zone leaves out", "0 7 * * *", "Pacific/Apia", "2011-12-29T00:00:00-10:00", 2, "29 07:00, 31 07:00", "29 07:00, 31 07:00"},
	{"a day of the month and of the week", "0 9 1-7 * MON", "UTC", "2026-12-01T10:00:00Z", 2, "02 09:00, 03 09:00", "07 09:00, 04 09:00"},
	{"7 for Sunday", "0 9 * * 7", "UTC", "2026-12-01T10:00:00Z", 1, "refused: end of range (7) above maximum (6): 7", "06 09:00"},
	{"the last day", "0 9 L * *", "UTC", "2026-12-01T10:00:00Z", 1, "refused: failed to parse int", `refused: schedule weekly/main: cron: day of the month not understood ("L")`},
	{"29 February on a Monday", "0 9 29 2 MON", "UTC", "2026-12-01T10:00:00Z", 1, "01 09:00", "29 09:00"},
	{"a zone alone", "CRON_TZ=UTC", "UTC", "2026-12-01T10:00:00Z", 1, "panics", "refused"},
}

// TestBesideRobfig holds down what Postrider decides otherwise than robfig/cron,
// and that robfig/cron still does what we say it does.
func TestBesideRobfig(t *testing.T) {
	for _, c := range beside {
		t.Run(c.name, func(t *testing.T) {
			after, err := time.Parse(time.RFC3339, c.after)
			if err != nil {
				t.Fatal(err)
			}
			robfig, ours := robfigs(c.cron, c.zone, after, c.n), ourSends(c.cron, c.zone, after, c.n)
			t.Logf("| %s | `%s` %s | %s | %s |", c.name, c.cron, c.zone, robfig, ours)
			if !strings.HasPrefix(robfig, c.robfig) || !strings.HasPrefix(ours, c.ours) {
				t.Errorf("robfig/cron: %s, want %s; ours: %s, want %s", robfig, c.robfig, ours, c.ours)
			}
		})
	}
}

func robfigs(text, zone string, after time.Time, n int) (sends string) {
	defer func() {
		if recover() != nil {
			sends = "panics"
		}
	}()
	if !strings.HasPrefix(text, "CRON_TZ=") {
		text = "CRON_TZ=" + zone + " " + text
	}
	s, err := cron.ParseStandard(text)
	if err != nil {
		return "refused: " + err.Error()
	}
	at, list := after, []string{}
	for range n {
		at = s.Next(at)
		list = append(list, shownIn(at, zone))
	}
	return strings.Join(list, ", ")
}

func ourSends(text, zone string, after time.Time, n int) string {
	s, err := Parse(Spec{Newsletter: "weekly", Cron: text, Timezone: zone})
	if err != nil {
		return "refused: " + err.Error()
	}
	var list []string
	for _, o := range s.Upcoming(after, n) {
		list = append(list, shownIn(o.At, zone))
	}
	return strings.Join(list, ", ")
}

func shownIn(at time.Time, zone string) string {
	if at.IsZero() {
		return "never"
	}
	in, err := time.LoadLocation(zone)
	if err != nil {
		return fmt.Sprint(err)
	}
	return at.In(in).Format("02 15:04")
}
