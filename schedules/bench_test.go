package schedules

import (
	"testing"
	"time"

	"github.com/robfig/cron/v3"
)

// BenchmarkNext reckons the next 1,000 occurrences, as robfig/cron's own Next
// does, which knows nothing of clocks that change. Its figure is how many times
// that takes; 5 is the most.
func BenchmarkNext(b *testing.B) {
	for name, c := range map[string]struct{ cron, zone string }{
		"daily":   {"0 7 * * *", "Europe/Berlin"},
		"minutes": {"*/5 * * * *", "Europe/Berlin"},
		"weekly":  {"0 7 * * FRI", "Africa/Nairobi"},
		"monthly": {"30 6 1,15 * *", "America/New_York"},
		"yearly":  {"0 9 1 1 *", "Asia/Tehran"},
	} {
		b.Run(name, func(b *testing.B) {
			s := mustParse(b, c.cron, c.zone)
			peer, err := cron.ParseStandard("CRON_TZ=" + c.zone + " " + c.cron)
			if err != nil {
				b.Fatal(err)
			}
			start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			var ours, theirs time.Duration
			for b.Loop() {
				began := time.Now()
				for range s.Upcoming(start, 1000) {
				}
				ours += time.Since(began)
				began = time.Now()
				at := start
				for range 1000 {
					at = peer.Next(at)
				}
				theirs += time.Since(began)
			}
			b.ReportMetric(float64(ours)/float64(theirs), "times-robfig")
		})
	}
}
