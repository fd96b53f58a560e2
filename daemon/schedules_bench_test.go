package daemon_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
)

// BenchmarkSchedulesDue lets 1,000 schedules come due in the same minute. Its
// figures are how many commits of one small row would take as long as it takes
// from their time to the first jobs, and to the last; and, beside one commit, a
// look at which nothing is due.
func BenchmarkSchedulesDue(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			file := settings(b, posttest.URL(b, engine), "127.0.0.1:9")
			text, err := os.ReadFile(file)
			if err != nil {
				b.Fatal(err)
			}
			var more strings.Builder
			for i := range 999 {
				fmt.Fprintf(&more, "  - {newsletter: weekly, name: s%d, every: friday at 07:00}\n", i)
			}
			write(b, file, string(text)+more.String())
			clock := posttest.NewClock(friday.Add(-week))
			d := openAt(b, file, clock.Now, os.Stderr)
			ctx := b.Context()
			s := d.Stepper()
			s.Step(ctx)
			commit := commits(b, d.Store)
			var first, last, idle time.Duration
			for b.Loop() {
				clock.Add(week - time.Second)
				s = d.Stepper() // for a clock that jumps is not trusted
				s.Step(ctx)
				clock.Add(time.Second)
				began := time.Now()
				done := make(chan struct{})
				go func() { s.Step(ctx); close(done) }()
				for n := 0; n == 0; {
					all, err := d.Store.PlannedEditions(ctx)
					if err != nil {
						b.Fatal(err)
					}
					if n = len(all); n > 0 {
						first += time.Since(began)
					}
				}
				<-done
				last += time.Since(began)
				if all, err := d.Store.PlannedEditions(ctx); err != nil || len(all)%1000 != 0 {
					b.Fatal(len(all), err)
				}
				began = time.Now()
				s.Step(ctx)
				idle += time.Since(began)
			}
			n := float64(b.N) * float64(commit)
			b.ReportMetric(float64(first)/n, "commits-to-first")
			b.ReportMetric(float64(last)/n, "commits-to-last")
			b.ReportMetric(float64(idle)/n, "commits-idle")
		})
	}
}
