package daemon_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postrider/daemon"
	"postrider/internal/posttest"
	smtptest "postrider/internal/posttest/smtp"
	"postrider/members"
)

func TestMain(m *testing.M) {
	if folder := os.Getenv(onDisk); folder != "" {
		serveOnDisk(folder)
		return
	}
	posttest.Main(m)
}

const tide = `---
title: The Clockmakers & the Tide
authors: [Salma Oduya, Noor El-Amrani]
section: Science & Craft
volume: 12
number: 9
date: 2024-09-05
summary: A clock that is right about the harbour.
---

The brass dial has a *second hand* that nobody needs.
`

// settings writes a configuration and returns its file.
func settings(t testing.TB, url, relay string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "pieces"), 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "config.yaml")
	text := fmt.Sprintf(`publication:
  title: Harbour & Horizon
  url: http://localhost:8080
  timezone: Africa/Nairobi
  hijri: civil
articles:
  - folder: pieces
database: %s
mail:
  from: Harbour & Horizon <letters@harbour.example>
  relays:
    - name: main
      address: %s
      tls: none
newsletters:
  - name: weekly
    title: The Week by the Water
    max_age: none
schedules:
  - newsletter: weekly
    cron: "0 7 * * FRI"
`, url, relay)
	write(t, file, text)
	return file
}

func write(t testing.TB, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Minute) // left alone long enough to be read
	if err := os.Chtimes(file, old, old); err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, file string) *daemon.Daemon {
	t.Helper()
	return openAt(t, file, nil, io.Discard)
}

// TestWholeLine runs the main job as a user does: a file, a feed over HTTP, a
// digest at a mail server.
func TestWholeLine(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			server := smtptest.Start(t, smtptest.Options{})
			file := settings(t, posttest.URL(t, engine), server.Addr())
			d := open(t, file)
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
			defer cancel()
			if _, err := d.Members.Add(ctx, members.Request{Email: "reader@example.org", Name: "A Reader"}, true, false); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(filepath.Dir(file), "pieces", "tide.md"), tide)
			done, err := d.Read(ctx, false, nil)
			if err != nil || done.New != 1 {
				t.Fatalf("%+v, %v", done, err)
			}
			base := serve(t, d)
			feed := get(t, base+"/authors/salma-oduya/rss.xml")
			var rss struct {
				Items []struct {
					Title string `xml:"title"`
				} `xml:"channel>item"`
			}
			if err := xml.Unmarshal(feed, &rss); err != nil || len(rss.Items) != 1 {
				t.Fatalf("%v in %s", err, feed)
			}
			e, err := d.Send(ctx, "weekly", "test", func(daemon.Progress) {})
			if err != nil || e.Counts.Sent != 1 {
				t.Fatalf("%+v, %v", e, err)
			}
			got := server.Messages()
			if len(got) != 1 || got[0].To != "reader@example.org" {
				t.Fatalf("%+v", got)
			}
			m, err := mail.ReadMessage(bytes.NewReader(got[0].Raw))
			if err != nil || !strings.Contains(m.Header.Get("List-Unsubscribe"), "http://localhost:8080/leave/") {
				t.Fatalf("%v, %v", m.Header, err)
			}
			again, err := d.Send(ctx, "weekly", "test", func(daemon.Progress) {})
			if err != nil || again.Counts.Sent != 0 || len(server.Messages()) != 1 {
				t.Fatalf("a second send: %+v, %v", again, err)
			}
		})
	}
}

// serve runs the daemon until the test ends and returns its address.
func serve(t *testing.T, d *daemon.Daemon) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return "http://" + l.Addr().String()
}

func get(t *testing.T, address string) []byte {
	t.Helper()
	r, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", address, r.Status, err)
	}
	return body
}
