package daemon_test

import (
	"context"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/mailer"
)

// BenchmarkFirstMessage sends an edition to 1,000,000 people who all get the same
// message, up to the moment when the first of them gets it: its content is fixed,
// its groups found, its one message made, its work cut and given out. x-10000 is
// how many times as long that takes as with 10,000 people, and commits-to-first
// how many commits of one small row would take as long.
func BenchmarkFirstMessage(b *testing.B) {
	if testing.Short() {
		b.Skip("to make 1,000,000 subscriptions takes a minute")
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			few, many := assemble(b, engine, 10_000, everything), assemble(b, engine, 1_000_000, everything)
			commit := commits(b, many.d.Store)
			var small, large time.Duration
			for b.Loop() {
				small += few.first(b)
				large += many.first(b)
			}
			b.ReportMetric(float64(large)/float64(small), "x-10000")
			b.ReportMetric(float64(large)/float64(b.N)/float64(commit), "commits-to-first")
		})
	}
}

// everything is the one follow set of those who follow nothing in particular.
var everything = [][]magazine.Follow{nil}

// first sends an edition until somebody gets it, tells how long that took, and
// drops it.
func (c *crowd) first(b *testing.B) (took time.Duration) {
	ctx, stop := context.WithCancel(b.Context())
	var began time.Time
	c.d.SetTransport(memory{func(*mailer.Parcel) mailer.Result {
		took = time.Since(began)
		stop()
		return mailer.Result{State: mailer.Sent}
	}})
	began = time.Now()
	id, err := c.d.SendNow(ctx, "weekly", "benchmark")
	if err == nil {
		err = c.d.Compose(ctx, id)
	}
	if err != nil {
		b.Fatal(err)
	}
	open, err := c.d.OpenRanges(ctx)
	if err != nil || len(open) == 0 {
		b.Fatal(len(open), err)
	}
	if err := c.d.SendRange(ctx, open[0]); err != nil || took == 0 {
		b.Fatal(took, err)
	}
	if _, err := c.d.Drop(b.Context(), id, "benchmark", ""); err != nil {
		b.Fatal(err)
	}
	return took
}
