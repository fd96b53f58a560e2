package daemon_test

import (
	"crypto"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"postrider/daemon"
	"postrider/internal/posttest/sink"
	"postrider/mailer"
)

// BenchmarkSigning sends an edition of 18 kB a message over the whole path, each
// message signed with RSA-2048. Its figure is the share that as many bare
// signatures have of all the processor's time in this process, the relay's
// included.
func BenchmarkSigning(b *testing.B) {
	const people = 10_000
	relay := sink.Start(b, &sink.Sink{})
	d, file := listeners(b, "sqlite", relay.Addr(), 30, people)
	lines, _, _ := newKey(b, file, mailer.KeyRSA, "a")
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	d.Close()
	write(b, file, strings.Replace(string(text), "  relays:\n", "  dkim:\n"+lines+"  relays:\n", 1))
	d = open(b, file)
	var spent, bare time.Duration
	for i := 0; b.Loop(); i++ {
		long(b, file, i)
		if _, err := d.Read(b.Context(), false, nil); err != nil {
			b.Fatal(err)
		}
		relay.Reset()
		bare = signatures(b, people/2)
		start := processor(b)
		if e, err := d.Send(b.Context(), "weekly", "benchmark", func(daemon.Progress) {}); err != nil || e.Counts.Sent != people {
			b.Fatal(e, err)
		}
		spent = processor(b) - start
		bare += signatures(b, people/2)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(people)/relay.Span().Seconds(), "messages/s")
	b.ReportMetric(float64(spent.Microseconds())/people, "µs-processor/message")
	b.ReportMetric(float64(bare)/float64(spent), "of-signature")
}

// signatures is the processor's time of so many bare ones, made by all processors
// at once, which share what a core has.
func signatures(b *testing.B, n int) time.Duration {
	b.Helper()
	key, _, err := mailer.NewKey(mailer.KeyRSA)
	if err != nil {
		b.Fatal(err)
	}
	start := processor(b)
	shared(runtime.GOMAXPROCS(0), n, func(next func() (int, bool)) {
		for _, ok := next(); ok; _, ok = next() {
			if _, err := key.Sign(nil, make([]byte, 32), crypto.SHA256); err != nil {
				b.Error(err)
			}
		}
	})
	return processor(b) - start
}
