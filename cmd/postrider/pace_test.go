package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"postrider/daemon"
)

// The pace is that of the last ten seconds, so that a relay which has become slow
// shows, and one which was slow is forgotten.
func TestPace(t *testing.T) {
	var p pace
	start := time.Date(2026, 3, 6, 7, 0, 0, 0, time.UTC)
	at := func(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }
	if got := p.add(at(0), 500); got != 0 {
		t.Errorf("at first it is %v", got)
	}
	if got := p.add(at(0), 500); got != 0 {
		t.Errorf("in no time it is %v", got)
	}
	done := 500
	for i := 1; i <= 20; i++ { // 100 a second
		done += 100
		if got := p.add(at(float64(i)), done); got != 100 {
			t.Errorf("after %d s it is %v, want 100", i, got)
		}
	}
	for i := 21; i <= 40; i++ { // 10 a second
		done += 10
		got := p.add(at(float64(i)), done)
		if i == 25 && (got <= 10 || got >= 100) || i >= 30 && got != 10 {
			t.Errorf("after %d s it is %v", i, got)
		}
	}
	if len(p.seen) > 12 {
		t.Errorf("it keeps %d", len(p.seen))
	}
	if got := p.add(at(100), done); got != 0 { // nothing was looked at for a minute
		t.Errorf("after a halt it is %v", got)
	}
}

func TestSendingWords(t *testing.T) {
	for _, test := range []struct {
		p    daemon.Progress
		pace float64
		want string
	}{
		{daemon.Progress{Done: 0, Total: 1000}, 0, "0/s, 1000 left"},
		{daemon.Progress{Done: 400, Total: 1000, Failed: 3, Deferred: 20}, 50, "50/s, 600 left, 3 failed, 20 deferred, 12 s to go"},
		{daemon.Progress{Done: 1, Total: 1001}, 4.96, "5.0/s, 1000 left, 3 min 22 s to go"},
		{daemon.Progress{Done: 0, Total: 1_000_000}, 139, "139/s, 1000000 left, 2 h 0 min to go"},
		{daemon.Progress{Done: 0, Total: 1_000_000}, 1, "1.0/s, 1000000 left, 12 days to go"},
		{daemon.Progress{Done: 10, Total: 10}, 50, "50/s, 0 left"},
		{daemon.Progress{Done: 999, Total: 1000}, 5000, "5000/s, 1 left, 1 s to go"},
	} {
		if got := sending(test.p, test.pace); got != test.want {
			t.Errorf("%+v at %v: %q, want %q", test.p, test.pace, got, test.want)
		}
	}
}

// The bar of send shows pace, what is left, failures and the time to go; it is
// wiped before anything else is said.
func TestSendingBar(t *testing.T) {
	var errs bytes.Buffer
	b := (&app{errs: &errs, terminal: true}).bar("sending")
	now := time.Now()
	b.sending(daemon.Progress{Done: 0, Total: 1000}, now)
	if errs.Len() > 0 {
		t.Errorf("within a second it shows %q", &errs)
	}
	b.start = b.start.Add(-time.Minute)
	b.sending(daemon.Progress{Done: 450, Total: 1000, Failed: 2}, now.Add(10*time.Second))
	got := errs.String()
	for _, want := range []string{"45%", "(450/1000)", "45/s, 550 left, 2 failed, 12 s to go"} {
		if !strings.Contains(got, want) {
			t.Errorf("it shows %q, which lacks %q", got, want)
		}
	}
	b.clear()
	if !strings.HasSuffix(errs.String(), "\r") {
		t.Errorf("it leaves %q", &errs)
	}
}
