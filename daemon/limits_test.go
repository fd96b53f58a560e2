package daemon_test

import (
	"fmt"
	"testing"
	"time"

	"postrider/daemon"
	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
	"postrider/mailer"
)

// limited has a daemon send over a relay with limits, which are counted in its
// database.
func (h *house) limited(d *daemon.Daemon, set func(*mailer.Relay)) {
	h.t.Helper()
	relay := mailer.Relay{Name: "main", Address: h.server.Addr(), TLS: mailer.TLSNone, Timeout: patience}
	set(&relay)
	relays, err := mailer.NewRelays("test.example", h.clock.Now, relay)
	h.must(err)
	relays.CountBy(d.Store)
	d.SetTransport(relays)
}

// TestWarmUpHoldsWhatIsMoreThanADays: the edition waits and says why, nobody pays,
// a crash gives nothing of the day again, and the next day brings more.
func TestWarmUpHoldsWhatIsMoreThanADays(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		for i := range 12 {
			h.join(fmt.Sprintf("person%d", i))
		}
		h.publish("tide")
		h.SetRangeSize(5)
		day := h.clock.Now().Truncate(24 * time.Hour)
		warm := func(r *mailer.Relay) {
			r.WarmUp = &mailer.WarmUp{From: day, FirstDay: 3, Growth: 2, Target: 1000}
		}
		h.limited(h.Daemon, warm)
		id := h.send()
		h.expectEdition(id, "sending, 3 sent")
		waiting := 0
		h.must(h.EachDelivery(h.ctx, id, "", func(d magazine.Delivery) error {
			if d.State == magazine.Deferred {
				waiting++
				if want := "the relay main has been sent its 3 of today's warm-up; it goes on at 00:00 UTC"; d.Reason != want || d.Attempts != 0 || !d.Next.IsZero() && d.Next.Before(day.Add(24*time.Hour)) {
					t.Errorf("%+v", d)
				}
			}
			return nil
		}))
		if waiting != 9 {
			t.Errorf("%d wait", waiting)
		}
		for range 3 {
			h.reopen() // killed
			h.must(h.TakeOver(h.ctx))
			h.limited(h.Daemon, warm)
			h.must(h.Drive(h.ctx))
			h.expectEdition(id, "sending, 3 sent")
		}
		h.clock.Set(day.Add(24 * time.Hour))
		h.must(h.Drive(h.ctx))
		h.expectEdition(id, "sending, 9 sent")
		h.clock.Set(day.Add(48 * time.Hour))
		h.must(h.Drive(h.ctx))
		h.expectEdition(id, "sent, 12 sent")
	})
}

// TestTwoNodesKeepOneLimit: together they send no more than one may, and all of it.
func TestTwoNodesKeepOneLimit(t *testing.T) {
	t.Parallel()
	h := build(t, "postgres")
	for i := range 30 {
		h.join(fmt.Sprintf("person%d", i))
	}
	h.publish("tide")
	h.SetRangeSize(3)
	other := h.second()
	hourly := func(r *mailer.Relay) { r.PerHour = 20 }
	h.limited(h.Daemon, hourly)
	h.limited(other, hourly)
	id, err := h.SendNow(h.ctx, "weekly", "test")
	h.must(err)
	h.must(h.Compose(h.ctx, id))
	open, err := h.OpenRanges(h.ctx)
	h.must(err)
	done := make(chan error)
	for i, d := range []*daemon.Daemon{h.Daemon, other} {
		go func() { done <- d.SendRange(h.ctx, open[5*i]) }()
	}
	h.must(heard(t, done))
	h.must(heard(t, done))
	h.expectEdition(id, "sending, 20 sent")
	if n := len(h.server.Messages()); n != 20 {
		t.Errorf("%d messages", n)
	}
}

// TestRetriesWaitForALimit: who is to be tried again waits without an attempt.
func TestRetriesWaitForALimit(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina", "bakari")
	h.publish("tide")
	h.server.SetFault(at("", smtptest.RCPT, "451 4.2.1 busy", smtptest.Proceed, 2))
	id := h.send()
	h.expectEdition(id, "sending, 2 deferred")
	h.limited(h.Daemon, func(r *mailer.Relay) { r.PerHour = 1 })
	h.clock.Add(time.Hour)
	h.must(h.Drive(h.ctx))
	h.expectEdition(id, "sending, 1 sent, 1 deferred")
	for _, name := range []string{"amina", "bakari"} {
		if d := h.delivery(id, name); d.State == magazine.Deferred && (d.Attempts != 1 || d.Next.Sub(h.clock.Now()) < 59*time.Minute) {
			t.Errorf("%+v", d)
		}
	}
	if !h.log.has("has been sent its 1 of an hour") {
		t.Error("nothing was logged")
	}
	h.clock.Add(62 * time.Minute)
	h.must(h.Drive(h.ctx))
	h.expectEdition(id, "sent, 2 sent")
}

// TestLimitsOfTheConfiguration: what the file says of relays is what they are kept
// to, by the daemon as it is built.
func TestLimitsOfTheConfiguration(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		keys, want  string
		connections int
	}{
		{"per_hour: 1", "sending, 1 sent", 1},
		{"warm_up: {from: 2024-10-03, first_day: 2, daily_growth: 1.5, target: 9}", "sending, 3 sent", 1},
		{"warm_up: {from: 2024-10-05, first_day: 2, target: 9}", "sending", 1},
		{"warm_up: {from: 2024-10-01, first_day: 2, target: 9}", "sent, 5 sent", 1},
		{"per_second: 1000", "sent, 5 sent", 1},
		{"messages_per_connection: 1", "sent, 5 sent", 5},
	} {
		t.Run(c.keys, func(t *testing.T) {
			h := build(t, "sqlite")
			h.reconfigure("      tls: none\n", "      tls: none\n      "+c.keys+"\n")
			for i := range 5 {
				h.join(fmt.Sprintf("person%d", i))
			}
			h.publish("tide")
			d := openAt(t, h.file, h.clock.Now, h.log) // with the relays of the file
			id, err := d.SendNow(h.ctx, "weekly", "test")
			h.must(err)
			h.must(d.Drive(h.ctx))
			h.expectEdition(id, c.want)
			if n := h.server.Connections(); n != c.connections {
				t.Errorf("%d connections", n)
			}
		})
	}
}
