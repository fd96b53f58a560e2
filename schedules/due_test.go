package schedules

import (
	"fmt"
	"testing"
	"time"
)

func TestGrace(t *testing.T) {
	const day = 24 * time.Hour
	for _, test := range []struct{ distance, want time.Duration }{
		{0, 30 * time.Minute},
		{time.Minute, 30 * time.Minute},
		{2 * time.Hour, 30 * time.Minute},
		{2*time.Hour + 1, 6 * time.Hour},
		{25 * time.Hour, 6 * time.Hour},
		{36 * time.Hour, 6 * time.Hour},
		{36*time.Hour + 1, day},
		{7*day + time.Hour, day},
		{10 * day, day},
		{10*day + 1, 7 * day},
		{28 * 365 * day, 7 * day},
	} {
		if got := Grace(test.distance); got != test.want {
			t.Errorf("Grace(%s) = %s; want %s", test.distance, got, test.want)
		}
	}
}

func TestDue(t *testing.T) {
	for _, test := range []struct {
		name, cron, since, now string
		want                   string // date, missed, late, grace, held; empty for nothing
	}{
		{"not yet", "0 7 * * *", "2026-11-24T07:00:00Z", "2026-11-25T06:59:59Z", ""},
		{"just now", "0 7 * * *", "2026-11-24T07:00:00Z", "2026-11-25T07:00:00Z", "2026-11-25 1 [] 0s 6h0m0s false"},
		{"handled already", "0 7 * * *", "2026-11-25T07:00:00Z", "2026-11-25T07:00:00Z", ""},
		{"the clock went back", "0 7 * * *", "2026-11-25T07:00:00Z", "2026-11-20T07:00:00Z", ""},
		{"a second late", "0 7 * * *", "2026-11-25T06:59:59Z", "2026-11-25T07:00:01Z", "2026-11-25 1 [] 1s 6h0m0s false"},
		{"within the grace", "0 7 * * *", "2026-11-24T07:00:00Z", "2026-11-25T13:00:00Z", "2026-11-25 1 [] 6h0m0s 6h0m0s false"},
		{"beyond it", "0 7 * * *", "2026-11-24T07:00:00Z", "2026-11-25T13:00:01Z", "2026-11-25 1 [] 6h0m1s 6h0m0s true"},
		{"three days away, back in time", "0 7 * * *", "2026-11-22T07:00:00Z", "2026-11-25T08:00:00Z",
			"2026-11-25 3 [2026-11-23 2026-11-24] 1h0m0s 6h0m0s false"},
		{"three days away, too late", "0 7 * * *", "2026-11-22T07:00:00Z", "2026-11-25T20:00:00Z",
			"2026-11-25 3 [2026-11-23 2026-11-24] 13h0m0s 6h0m0s true"},
		{"hourly", "@hourly", "2026-11-25T06:00:00Z", "2026-11-25T07:31:00Z", "2026-11-25 1 [] 31m0s 30m0s true"},
		{"weekly", "0 7 * * FRI", "2026-11-20T07:00:00Z", "2026-11-28T06:00:00Z", "2026-11-27 1 [] 23h0m0s 24h0m0s false"},
		{"monthly", "0 7 1 * *", "2026-11-20T07:00:00Z", "2026-12-07T07:00:00Z", "2026-12-01 1 [] 144h0m0s 168h0m0s false"},
		// The distance is that to the next, not from the last: on Friday evening
		// a letter of weekdays has until Monday morning.
		{"weekdays, a Thursday", "0 7 * * MON-FRI", "2026-11-25T07:00:00Z", "2026-11-26T15:00:00Z", "2026-11-26 1 [] 8h0m0s 6h0m0s true"},
		{"weekdays, a Friday", "0 7 * * MON-FRI", "2026-11-26T07:00:00Z", "2026-11-27T15:00:00Z", "2026-11-27 1 [] 8h0m0s 24h0m0s false"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := mustParse(t, test.cron, "UTC")
			d, ok := s.Due(instant(t, test.since), instant(t, test.now), nobody)
			got := ""
			if ok {
				missed := []string{}
				for _, o := range d.Missed {
					missed = append(missed, o.Date)
				}
				got = fmt.Sprintf("%s %d %v %s %s %t", d.Date, d.Count, missed, d.Late, d.Grace, d.Held)
			}
			if got != test.want {
				t.Errorf("due: %q; want %q", got, test.want)
			}
		})
	}
}

// TestDueAfterAYear: all are counted, and the newest are listed.
func TestDueAfterAYear(t *testing.T) {
	s := mustParse(t, "@hourly", "UTC")
	now := instant(t, "2026-11-25T07:10:00Z")
	d, ok := s.Due(now.AddDate(0, 0, -365), now, nobody)
	if !ok || d.Count != 365*24 || d.Held {
		t.Fatalf("%d have come due, held %t; want %d", d.Count, d.Held, 365*24)
	}
	if len(d.Missed) != mostMissed || !d.Missed[mostMissed-1].At.Equal(d.At.Add(-time.Hour)) || !d.Missed[0].At.Equal(d.At.Add(-mostMissed*time.Hour)) {
		t.Errorf("%d are listed, from %v to %v", len(d.Missed), d.Missed[0].At, d.Missed[len(d.Missed)-1].At)
	}
}

// nobody has decided about any occurrence.
func nobody(Occurrence) string { return "" }
