package daemon_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	gomail "github.com/wneessen/go-mail"

	"postrider/daemon"
	"postrider/internal/posttest"
	"postrider/internal/posttest/sink"
	"postrider/members"
	"postrider/store"
)

// BenchmarkSending sends an edition of 18 kB a message over the whole path, with
// each person's name and tokens, each delivery recorded and synced, to a relay
// that takes no time. Its figures are its rate beside those of the same run, over
// the same number of connections and to the same relay:
//
//   - go-mail's: its own client, a message built for each person, nothing recorded
//   - prebuilt: ready messages, overlapped, nothing recorded
func BenchmarkSending(b *testing.B) {
	for _, c := range []struct {
		engine      string
		connections int
		people      int
		away        time.Duration // the relay
	}{
		{"sqlite", 10, 100_000, 0}, {"sqlite", 30, 100_000, 0}, {"postgres", 10, 100_000, 0}, {"postgres", 30, 100_000, 0},
		{"sqlite", 10, 3_000, 50 * time.Millisecond},
	} {
		name := fmt.Sprintf("%s/%d connections", c.engine, c.connections)
		if c.away > 0 {
			name += fmt.Sprintf(", %v away", c.away)
		}
		b.Run(name, func(b *testing.B) {
			relay := sink.Start(b, &sink.Sink{Delay: c.away})
			d, file := listeners(b, c.engine, relay.Addr(), c.connections, c.people)
			if c.engine == "postgres" {
				posttest.Sync(b)
			}
			rate := func(what string) float64 {
				if got := relay.Taken(); got != c.people {
					b.Fatalf("%s: the relay took %d messages of %d", what, got, c.people)
				}
				return float64(c.people) / relay.Span().Seconds()
			}
			var ours float64
			for i := 0; b.Loop(); i++ {
				long(b, file, i)
				if _, err := d.Read(b.Context(), false, nil); err != nil {
					b.Fatal(err)
				}
				relay.Reset()
				if e, err := d.Send(b.Context(), "weekly", "benchmark", func(daemon.Progress) {}); err != nil || e.Counts.Sent != c.people {
					b.Fatal(e, err)
				}
				ours = rate("we")
			}
			b.ReportMetric(0, "ns/op") // it holds what the yardsticks do not
			b.ReportMetric(ours, "messages/s")
			message := strings.Repeat("The tide tables are wrong again, and nobody at the harbour minds. ", 18_000/66)
			relay.Reset()
			goMails(b, relay.Addr(), c.connections, c.people, message)
			b.ReportMetric(ours/rate("go-mail"), "of-go-mail")
			relay.Reset()
			prebuilt(b, relay.Addr(), c.connections, c.people, message)
			b.ReportMetric(ours/rate("prebuilt"), "of-prebuilt")
		})
	}
}

// listeners is a daemon with many people who follow everything.
func listeners(b *testing.B, engine, relay string, connections, people int) (d *daemon.Daemon, file string) {
	b.Helper()
	file = settings(b, posttest.URL(b, engine), relay)
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	write(b, file, strings.Replace(string(text), "      tls: none\n", fmt.Sprintf("      tls: none\n      connections: %d\n", connections), 1))
	d = open(b, file)
	var list strings.Builder
	list.WriteString("email,name\n")
	for i := range people {
		fmt.Fprintf(&list, "person%d@people.example,Person Number %d\n", i, i)
	}
	if _, err := d.Members.Import(b.Context(), strings.NewReader(list.String()), members.ImportOptions{Confirmed: true}); err != nil {
		b.Fatal(err)
	}
	return d, file
}

// long writes an article that makes a mail of about 18 kB.
func long(b *testing.B, file string, n int) {
	b.Helper()
	for i := range 8 {
		write(b, filepath.Join(filepath.Dir(file), "pieces", fmt.Sprintf("tide%d-%d.md", n, i)),
			fmt.Sprintf("---\ntitle: Tide %d of %d\ndate: 2024-09-05\nsummary: %s\n---\n\nWords.\n", i, n, strings.Repeat("Nobody minds the tide tables. ", 12)))
	}
}

// goMails sends by go-mail's own client.
func goMails(b *testing.B, relay string, connections, people int, message string) {
	b.Helper()
	host, port, _ := net.SplitHostPort(relay)
	var number int
	fmt.Sscan(port, &number)
	shared(connections, people, func(next func() (int, bool)) {
		client, err := gomail.NewClient(host, gomail.WithPort(number), gomail.WithTLSPolicy(gomail.NoTLS), gomail.WithTimeout(time.Hour))
		if err != nil {
			b.Error(err)
			return
		}
		if err := client.DialWithContext(context.Background()); err != nil {
			b.Error(err)
			return
		}
		defer client.Close()
		for i, ok := next(); ok; i, ok = next() {
			m := gomail.NewMsg()
			m.From("letters@harbour.example")
			m.To(fmt.Sprintf("Person Number %d <person%d@people.example>", i, i))
			m.Subject("Tide")
			m.SetGenHeader(gomail.HeaderListUnsubscribe, fmt.Sprintf("<http://localhost:8080/leave/%d>", i))
			m.SetBodyString(gomail.TypeTextPlain, fmt.Sprintf("Dear person %d,\n%s", i, message[:len(message)/4]))
			m.AddAlternativeString(gomail.TypeTextHTML, fmt.Sprintf("<p>Dear person %d,</p>%s", i, message[len(message)/4:]))
			if err := client.Send(m); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// prebuilt sends one ready message again and again, the end of each together with
// the envelope of the next.
func prebuilt(b *testing.B, relay string, connections, people int, message string) {
	b.Helper()
	envelope := []byte("MAIL FROM:<letters@harbour.example>\r\nRCPT TO:<person@people.example>\r\nDATA\r\n")
	var body []byte
	for rest := message; len(rest) > 0; rest = rest[min(70, len(rest)):] {
		body = append(append(body, rest[:min(70, len(rest))]...), "\r\n"...)
	}
	body = append(body, ".\r\n"...)
	shared(connections, people, func(next func() (int, bool)) {
		conn, err := net.Dial("tcp", relay)
		if err != nil {
			b.Error(err)
			return
		}
		defer conn.Close()
		r := bufio.NewReader(conn)
		replies := func(n int) {
			for range n {
				if line, err := r.ReadSlice('\n'); err != nil || bytes.HasPrefix(line, []byte("5")) {
					b.Error(err, string(line))
				}
			}
		}
		replies(1)
		_, ok := next()
		if !ok {
			return
		}
		conn.Write(envelope)
		for ok {
			replies(3)
			_, ok = next()
			if ok {
				conn.Write(append(bytes.Clone(body), envelope...))
			} else {
				conn.Write(body)
			}
			replies(1)
		}
	})
}

// shared has work done for a number of people over a number of connections.
func shared(connections, people int, work func(next func() (int, bool))) {
	var mu sync.Mutex
	i := 0
	next := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		i++
		return i, i <= people
	}
	var all sync.WaitGroup
	for range connections {
		all.Go(func() { work(next) })
	}
	all.Wait()
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
