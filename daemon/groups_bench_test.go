package daemon_test

import (
	"context"
	"errors"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"

	"postrider/store"
)

// BenchmarkGroups chooses the articles of 1,000,000 subscriptions with 2,000
// different follow sets, out of 50 new articles, and puts the people into groups,
// by the code that an edition goes through before its messages are made. x-read
// is how many times as long that takes as to read those subscriptions, with what
// they follow, from the database. x-heap is how many times as much memory it
// needs at its peak as with 100,000 subscriptions of the same 2,000 sets. The
// bounds are 3, and 1 or little more. -short leaves it out: to make so many
// subscriptions takes a minute.
//
// Each follow set has as many subscriptions as another, in no order: one follows
// everything, the others 1 to 6 of 60 authors, 12 sections and 40 tags. Every
// tenth of them is a member's. Every fifth set has been served some of the new
// articles already; 1 subscription in 50 is paused, 1 in 50 suppressed, 1 in 50
// not confirmed.
func BenchmarkGroups(b *testing.B) {
	if testing.Short() {
		b.Skip("to make 1,000,000 subscriptions takes a minute")
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			few, many := assemble(b, engine, 100_000, sets()), assemble(b, engine, 1_000_000, sets())
			few.fix(b)
			many.fix(b)
			var reading, choosing time.Duration
			var heapFew, heapMany uint64
			groups := 0
			for b.Loop() {
				reading += many.read(b)
				n, took := many.choose(b)
				choosing, groups = choosing+took, n
				heapFew += few.heap(b, n)
				heapMany += many.heap(b, n)
			}
			b.ReportMetric(float64(choosing)/float64(reading), "x-read")
			b.ReportMetric(float64(heapMany)/float64(heapFew), "x-heap")
			b.ReportMetric(float64(groups), "groups")
		})
	}
}

// read reads the subscriptions and what they follow, as fast as it can be done:
// one statement for each of the two, and nothing kept.
func (c *crowd) read(b *testing.B) (took time.Duration) {
	people, follows := 0, 0
	err := c.d.Store.Write(b.Context(), func(tx *store.Tx) error {
		began := time.Now()
		rows, err := tx.QueryContext(b.Context(), `SELECT n.subscriber_id, n.served, n.paused_until, p.tier, p.state, p.email_key FROM subscriptions n JOIN subscribers p ON p.id = n.subscriber_id
			WHERE n.newsletter = 'weekly' AND n.state = 'active' ORDER BY n.subscriber_id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for ; rows.Next(); people++ {
			var id, tier, state, email string
			var served, paused int64
			if err := rows.Scan(&id, &served, &paused, &tier, &state, &email); err != nil {
				return err
			}
		}
		more, err := tx.QueryContext(b.Context(), "SELECT subscriber_id, kind, slug, served FROM follows WHERE newsletter = 'weekly' ORDER BY subscriber_id")
		if err != nil {
			return err
		}
		defer more.Close()
		for ; more.Next(); follows++ {
			var id, kind, slug string
			var served int64
			if err := more.Scan(&id, &kind, &slug, &served); err != nil {
				return err
			}
		}
		took = time.Since(began)
		return errors.Join(rows.Err(), more.Err())
	})
	if err != nil || people != c.people || follows < people {
		b.Fatal(people, follows, err)
	}
	return took
}

// choose finds the groups, and tells how many they are and how long it took.
func (c *crowd) choose(b *testing.B) (groups int, took time.Duration) {
	began := time.Now()
	found, err := c.d.Groups(b.Context(), c.edition)
	if err != nil {
		b.Fatal(err)
	}
	return len(found), time.Since(began)
}

// heap finds the groups once more, with a collector of garbage that is always at
// work, and tells how much memory that needs at its peak.
func (c *crowd) heap(b *testing.B, want int) (most uint64) {
	defer debug.SetGCPercent(debug.SetGCPercent(5))
	debug.FreeOSMemory()
	before := heapNow()
	most = before
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			most = max(most, heapNow())
			time.Sleep(time.Millisecond)
		}
	}()
	groups, _ := c.choose(b)
	stop()
	if <-ended; groups != want {
		b.Fatalf("%d people make %d groups, and not %d", c.people, groups, want)
	}
	return most - before
}

func heapNow() uint64 {
	now := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(now)
	return now[0].Value.Uint64()
}
