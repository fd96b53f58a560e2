package daemon_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/members"
	"postrider/store"
)

// BenchmarkSignUps sends the form of /join from many networks at once, 4,000 times
// within what all together may (5,000 at once). Each that is answered is on disk,
// with the job of its mail: they are counted. commits is how many commits of one
// small row, synced alike, take as long as one sign-up; x-500 is how many times the
// 500 a second that are asked for were taken, in the same run.
func BenchmarkSignUps(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			const each = 4000
			clock := posttest.NewClock(posttest.Start)
			file := settings(b, posttest.URL(b, engine), "127.0.0.1:9")
			text, err := os.ReadFile(file)
			if err != nil {
				b.Fatal(err)
			}
			write(b, file, string(text)+"server:\n  trusted_proxies: [127.0.0.1]\n")
			d := openAt(b, file, clock.Now, io.Discard)
			pages, err := d.Pages()
			if err != nil {
				b.Fatal(err)
			}
			server := httptest.NewServer(pages)
			defer server.Close()
			commit := commits(b, d.Store)
			var spent time.Duration
			rounds := 0
			for b.Loop() {
				clock.Add(2 * time.Hour) // so that each round has all of its turns
				spent += timed(func() { signUps(b, server.URL, d.Members.StampForm(clock.Now().Add(-time.Minute)), rounds*each, each) })
				rounds++
			}
			stands(b, d.Store, rounds*each)
			one := spent / time.Duration(rounds*each)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(one)/float64(commit), "commits")
			b.ReportMetric(float64(time.Second/500)/float64(one), "x-500")
		})
	}
}

// signUps sends the form so many times, from 32 browsers.
func signUps(b *testing.B, base, stamp string, from, n int) {
	var next atomic.Int64
	var all sync.WaitGroup
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	for range 32 {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				form := url.Values{"newsletter": {"weekly"}, "email": {fmt.Sprintf("person%d@people.example", from+i)}, "name": {"A Person"}, "made": {stamp}}
				r, err := http.NewRequestWithContext(b.Context(), "POST", base+"/join", strings.NewReader(form.Encode()))
				if err != nil {
					b.Error(err)
					return
				}
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				r.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.1", i/8/256, i/8%256)) // eight of a network
				res, err := client.Do(r)
				if err != nil {
					b.Error(err)
					return
				}
				io.Copy(io.Discard, res.Body)
				res.Body.Close()
				if res.StatusCode != http.StatusSeeOther || !strings.HasSuffix(res.Header.Get("Location"), "/join/sent") {
					b.Errorf("the %d. is answered %d, to %q", i, res.StatusCode, res.Header.Get("Location"))
					return
				}
			}
		})
	}
	all.Wait()
}

// stands checks that so many sign-ups and the jobs of their mails are kept.
func stands(b *testing.B, s *store.Store, want int) {
	b.Helper()
	err := s.Write(b.Context(), func(tx *store.Tx) error {
		for what, query := range map[string]string{"sign-ups": "SELECT COUNT(*) FROM signups WHERE asked = 1", "people": "SELECT COUNT(*) FROM subscribers WHERE state = 'pending'",
			"jobs": "SELECT COUNT(*) FROM river_job WHERE kind = '" + members.ConfirmationArgs{}.Kind() + "'"} {
			var n int
			if err := tx.QueryRowContext(b.Context(), query).Scan(&n); err != nil {
				return err
			}
			if n != want {
				b.Errorf("%d %s are kept, of %d", n, what, want)
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
