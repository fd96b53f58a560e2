package daemon_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/internal/posttest/sink"
	"postrider/magazine"
)

// BenchmarkMemory has the program itself send an edition to nearly 1,000,000 people over
// 30 connections. MB-above-idle is how much more memory it has at its peak than before.
func BenchmarkMemory(b *testing.B) {
	if testing.Short() {
		b.Skip("to make 1,000,000 subscriptions takes a minute")
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			relay := sink.Start(b, &sink.Sink{})
			d, file := listeners(b, engine, relay.Addr(), 30, 0)
			populate(b, d.Store, engine, 1_000_000, everything)
			pid := background(b, file)
			for i := 0; b.Loop(); i++ {
				long(b, file, i)
				if _, err := d.Read(b.Context(), false, nil); err != nil {
					b.Fatal(err)
				}
				idle := kB(pid, "VmRSS")
				id, err := d.SendNow(b.Context(), "weekly", "benchmark")
				if err != nil {
					b.Fatal(err)
				}
				tick := time.NewTicker(time.Second) // another process sends it: only the database tells when it is done
				for ended, e := false, (*magazine.Edition)(nil); !ended; <-tick.C {
					if e, ended, err = d.Settled(b.Context(), id); err != nil || ended && e.Counts.Sent < 900_000 {
						b.Fatalf("%+v, %v", e, err)
					}
				}
				tick.Stop()
				b.ReportMetric(float64(kB(pid, "VmHWM")-idle)/1024, "MB-above-idle")
			}
		})
	}
}

// background runs the daemon as a program of its own until the benchmark ends.
func background(b *testing.B, file string) (pid int) {
	b.Helper()
	port, err := posttest.FreePort()
	if err != nil {
		b.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	write(b, file, string(text)+fmt.Sprintf("server:\n  listen: 127.0.0.1:%d\n", port))
	var said strings.Builder
	serve := exec.Command(posttest.Program(b), "serve", "--config", file)
	serve.Stderr = &said
	if err := serve.Start(); err != nil {
		b.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { serve.Wait(); close(ended) }()
	b.Cleanup(func() { serve.Process.Signal(os.Interrupt); <-ended })
	for {
		if r, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/", port)); err == nil {
			io.Copy(io.Discard, r.Body)
			r.Body.Close()
			return serve.Process.Pid
		}
		select {
		case <-ended:
			b.Fatalf("it ended:\n%s", &said)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
