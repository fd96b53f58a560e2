package daemon_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postrider/daemon"
	"postrider/internal/posttest"
	"postrider/mailer"
	"postrider/members"
	"postrider/store"
)

// BenchmarkSend sends an edition to 2,000 people who follow everything, to a
// relay that takes no time. Its figure is what one person costs beside one bare
// commit on the same database: 1 is the least, for each is committed.
func BenchmarkSend(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			const people = 2000
			file := settings(b, posttest.URL(b, engine), "127.0.0.1:9")
			d := open(b, file)
			ctx := context.Background()
			var list strings.Builder
			list.WriteString("email\n")
			for i := range people {
				fmt.Fprintf(&list, "person%d@people.example\n", i)
			}
			if _, err := d.Members.Import(ctx, strings.NewReader(list.String()), members.ImportOptions{Confirmed: true}); err != nil {
				b.Fatal(err)
			}
			d.SetTransport(memory{func(*mailer.Parcel) mailer.Result { return mailer.Result{State: mailer.Sent} }})
			commit := commits(b, d.Store)
			for i := 0; b.Loop(); i++ {
				write(b, filepath.Join(filepath.Dir(file), "pieces", fmt.Sprintf("tide%d.md", i)), fmt.Sprintf("---\ntitle: Tide %d\ndate: 2024-09-05\n---\n\nWords %[1]d.\n", i))
				if _, err := d.Read(ctx, false, nil); err != nil {
					b.Fatal(err)
				}
				if e, err := d.Send(ctx, "weekly", "benchmark", func(daemon.Progress) {}); err != nil || e.Counts.Sent != people {
					b.Fatal(e, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/people/float64(commit), "commits/person")
		})
	}
}

// commits measures the bare commit of one small row.
func commits(b *testing.B, s *store.Store) time.Duration {
	const n = 300
	start := time.Now()
	for i := range n {
		if err := s.Write(context.Background(), func(tx *store.Tx) error {
			_, err := tx.ExecContext(context.Background(), "INSERT INTO settings (name, value) VALUES ($1, '')", fmt.Sprintf("yardstick %d", i))
			return err
		}); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start) / n
}
