package daemon_test

import (
	"context"
	"fmt"
	"testing"

	"postrider/internal/posttest"
	"postrider/mailer"
	"postrider/magazine"
	"postrider/members"
	"path/filepath"
)

type nowhere struct{}

func (nowhere) Open(context.Context) (mailer.Conversation, error) { return nowhere{}, nil }
func (nowhere) Send(context.Context, *mailer.Message) mailer.Result {
	return mailer.Result{State: mailer.Sent}
}
func (nowhere) Close() error { return nil }

func BenchmarkSend(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			const people = 2000
			file := settings(b, posttest.URL(b, engine), "127.0.0.1:9")
			d := open(b, file)
			ctx := context.Background()
			for i := range people {
				if _, err := d.Members.Add(ctx, members.Request{Email: fmt.Sprintf("p%d@example.org", i)}, true, false); err != nil {
					b.Fatal(err)
				}
			}
			d.SetTransport(nowhere{})
			for i := 0; b.Loop(); i++ {
				write(b, filepath.Join(filepath.Dir(file), "pieces", fmt.Sprintf("tide%d.md", i)), fmt.Sprintf("---\ntitle: Tide %d\ndate: 2024-09-05\n---\n\nWords %d.\n", i, i))
				if _, err := d.Read(ctx, false, nil); err != nil {
					b.Fatal(err)
				}
				e, err := d.Send(ctx, "weekly", "test", func(int, int) {})
				if err != nil || e.Counts.Sent != people {
					b.Fatal(e, err)
				}
			}
			_ = magazine.Sent
			b.ReportMetric(float64(people)*float64(b.N)/b.Elapsed().Seconds(), "people/s")
		})
	}
}
