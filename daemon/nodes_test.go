package daemon_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"postrider/daemon"
	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
	"postrider/mailer"
	"postrider/store"
)

// second opens another daemon on the same database, as another node.
func (h *house) second() *daemon.Daemon {
	h.t.Helper()
	config, err := os.ReadFile(h.file)
	h.must(err)
	file := filepath.Join(filepath.Dir(h.file), "second.yaml")
	write(h.t, file, string(config))
	(&program{t: h.t}).listen(file)
	d := openAt(h.t, file, h.clock.Now, h.log)
	relays, err := mailer.NewRelays("second.example", h.clock.Now, mailer.Relay{Name: "main", Address: h.server.Addr(), TLS: mailer.TLSNone})
	h.must(err)
	d.SetTransport(relays)
	return d
}

// settled waits until editions of the newsletter have settled, n at least.
func (h *house) settled(n int) []magazine.Edition {
	h.t.Helper()
	for end := deadline(h.t); ; {
		all, open := h.editions(), 0
		for _, e := range all {
			if _, settled, err := h.Settled(end, e.ID); err != nil {
				h.t.Fatal(err)
			} else if !settled {
				open++
			}
		}
		if len(all) >= n && open == 0 {
			return h.editions() // as they stand now that they have settled
		}
		select {
		case <-time.After(20 * time.Millisecond): // the jobs of several daemons settle it
		case <-end.Done():
			h.t.Fatalf("%+v\n%s", all, h.log.text.String())
		}
	}
}

func TestTwoNodesSendOneEdition(t *testing.T) {
	t.Parallel()
	h := buildRunning(t, "postgres")
	for i := range 40 {
		h.join(fmt.Sprintf("person%d", i))
	}
	h.SetRangeSize(5)
	h.Step(h.ctx) // the schedule starts
	h.publish("tide")
	other := h.second()
	other.SetRangeSize(5)
	h.clock.Set(friday.Add(-time.Second).Add(-time.Since(h.clock.running)))
	serve(t, h.Daemon)
	serve(t, other)
	all := h.settled(1)
	if len(all) != 1 || all[0].State != magazine.EditionSent {
		t.Fatalf("%+v", all)
	}
	h.expectEdition(all[0].ID, "sent, 40 sent")
	for name := range h.ids {
		if got := h.got(name); got != "tide" || h.served(name) != 1 {
			t.Errorf("%s got %q, served %d", name, got, h.served(name))
		}
	}
	helped := map[string]bool{}
	for _, m := range h.server.Messages() {
		helped[m.Hello] = true
	}
	t.Logf("sent by %v", helped)
}

// TestLastPartsCloseTogether: of two parts that end at once, one must end the edition.
func TestLastPartsCloseTogether(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina", "bakari", "chen", "dalia")
		h.SetRangeSize(2)
		for i := range 10 {
			h.publish(fmt.Sprintf("piece%d", i))
			id, err := h.SendNow(h.ctx, "weekly", "test")
			h.must(err)
			h.must(h.Compose(h.ctx, id))
			open, err := h.OpenRanges(h.ctx)
			if err != nil || len(open) != 2 {
				t.Fatalf("%v, %v", open, err)
			}
			var firsts, lasts sync.WaitGroup // until both conversations have that message at the relay
			firsts.Add(2)
			lasts.Add(2)
			var went atomic.Int32
			h.SetTransport(memory{func(*mailer.Parcel) mailer.Result {
				both := &lasts
				if went.Add(1) <= 2 {
					both = &firsts
				}
				both.Done()
				both.Wait()
				return mailer.Result{State: mailer.Sent, Code: 250}
			}})
			if more, err := h.SendRangeBy(h.ctx, open[0], 2); more || err != nil {
				t.Fatal(more, err)
			}
			h.expectEdition(id, "sent, 4 sent")
		}
	})
}

// TestLastRetriesEndTogether: the same for two deliveries that were deferred.
func TestLastRetriesEndTogether(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina", "bakari")
		h.publish("tide")
		h.server.SetFault(at("", smtptest.RCPT, "451 4.2.1 later", smtptest.Proceed, 2))
		id := h.send()
		h.expectEdition(id, "sending, 2 deferred")
		h.publish("clock")
		next, err := h.SendNow(h.ctx, "weekly", "test")
		h.must(err)
		h.SetRangeSize(1)
		h.must(h.Compose(h.ctx, next))
		open, err := h.OpenRanges(h.ctx)
		if err != nil || len(open) != 2 {
			t.Fatalf("%v, %v", open, err)
		}
		failed := make(chan error)
		for _, r := range open {
			go func() { failed <- h.SendRange(h.ctx, r) }()
		}
		h.must(heard(t, failed))
		h.must(heard(t, failed))
		h.expectEdition(id, "sent, 2 skipped")
		h.expectEdition(next, "sent, 2 sent")
	})
}

// TestOrphanedJobs: what a killed node left running, or was lost, is done.
func TestOrphanedJobs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, sqlite, postgres string }{
		{"running on a dead node", "UPDATE river_job SET state = 'running', attempted_by = '[\"gone@nowhere\"]', attempted_at = CURRENT_TIMESTAMP, attempt = 1",
			"UPDATE river_job SET state = 'running', attempted_by = '{gone@nowhere}', attempted_at = now() - interval '1 minute', attempt = 1"},
		{"lost", "DELETE FROM river_job", "DELETE FROM river_job"},
	} {
		t.Run(c.name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine string) {
				h := buildRunning(t, engine)
				h.join("amina")
				h.publish("tide")
				id, err := h.SendNow(h.ctx, "weekly", "test")
				h.must(err)
				signUp := h.signUp("bakari")
				h.write(func(tx *store.Tx) error {
					_, err := tx.ExecContext(h.ctx, map[string]string{"sqlite": c.sqlite, "postgres": c.postgres}[engine])
					return err
				})
				serve(t, h.Daemon)
				h.settled(1)
				h.expectEdition(id, "sent, 1 sent")
				if c.name == "lost" {
					return
				}
				all, err := h.server.Wait(deadline(t), 2)
				if err != nil || !strings.Contains(string(all[0].Raw)+string(all[1].Raw), signUp) {
					t.Errorf("the confirmation was not sent: %v", err)
				}
			})
		})
	}
}

// TestJobsDoNotPileUp: while nobody works them, looking makes no more of them.
func TestJobsDoNotPileUp(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		jobs := func() (n int) {
			h.write(func(tx *store.Tx) error {
				return tx.QueryRowContext(h.ctx, "SELECT COUNT(*) FROM river_job").Scan(&n)
			})
			return n
		}
		look := func() {
			for range 20 {
				h.clock.Add(10 * time.Minute)
				h.Step(h.ctx)
			}
		}
		for i := range 12 {
			h.join(fmt.Sprintf("person%d", i))
		}
		h.publish("tide")
		h.SetRangeSize(2)
		h.server.SetFault(at("", smtptest.RCPT, "451 4.2.1 later", smtptest.Proceed, 12))
		id, err := h.SendNow(h.ctx, "weekly", "test")
		h.must(err)
		if look(); jobs() != 1 {
			t.Errorf("%d jobs for one planned edition", jobs())
		}
		h.must(h.Compose(h.ctx, id))
		if look(); jobs() != 1+1 {
			t.Errorf("%d jobs for an edition that one crew sends", jobs())
		}
		h.must(h.Drive(h.ctx))
		h.expectEdition(id, "sending, 12 deferred")
		if look(); jobs() != 1+1+1 {
			t.Errorf("%d jobs for an edition, its crew, and what is to be tried again", jobs())
		}
	})
}

// TestStopWhileTheRelayIsSilent: the daemon ends in its time, nothing of it is
// left, and the message counts as one that may have been taken.
func TestStopWhileTheRelayIsSilent(t *testing.T) {
	t.Parallel()
	h := buildRunning(t, "sqlite")
	relays, err := mailer.NewRelays("test.example", h.clock.Now, mailer.Relay{Name: "main", Address: h.server.Addr(), TLS: mailer.TLSNone, Connections: 1})
	h.must(err)
	h.SetTransport(relays)
	h.join("amina", "bakari")
	h.publish("tide")
	silent := make(chan struct{}, 1)
	h.server.SetFault(func(now smtptest.Step, _ string) (string, smtptest.Action) {
		if now == smtptest.End {
			silent <- struct{}{}
			return "", smtptest.Hang
		}
		return "", smtptest.Proceed
	})
	id, err := h.SendNow(h.ctx, "weekly", "test")
	h.must(err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	h.must(err)
	ctx, stop := context.WithCancel(h.ctx)
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(ctx, l) }()
	heard(t, silent)
	stop()
	select {
	case err := <-ended:
		h.must(err)
	case <-deadline(t).Done():
		t.Fatal("it did not end")
	}
	if left := stacksIn(t, "daemon.(*"); left != "" {
		t.Errorf("still running:\n%s", left)
	}
	first := h.inOrder()[0]
	if d := h.delivery(id, first); d.State != magazine.Deferred || d.Attempts != 1 {
		t.Errorf("%+v\n%s", d, h.log.text.String())
	}
	h.expectEdition(id, "sending, 1 deferred")
}

// stacksIn lists the goroutines that are in range or retry jobs.
func stacksIn(t *testing.T, words string) string {
	all := make([]byte, 1<<20)
	all = all[:runtime.Stack(all, true)]
	var found []string
	for _, stack := range strings.Split(string(all), "\n\n") {
		if strings.Contains(stack, words) && strings.Contains(stack, t.Name()) {
			found = append(found, stack)
		}
	}
	return strings.Join(found, "\n\n")
}

// TestSendWhileNoRelayAnswers says what it waits for; the next one goes on.
func TestSendWhileNoRelayAnswers(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := buildRunning(t, engine)
		h.SetStallTime(stalls)
		h.join("amina", "bakari")
		h.publish("tide")
		h.server.SetFault(smtptest.At(smtptest.Greeting, "554 5.3.2 not today", smtptest.Close))
		e, err := h.Send(h.ctx, "weekly", "test", func(daemon.Progress) {})
		if magazine.CodeOf(err) != magazine.Unavailable || !strings.Contains(err.Error(), "2 people wait for edition "+e.ID+": main: the relay ") || !strings.Contains(err.Error(), "not today") {
			t.Fatalf("%v", err)
		}
		if e.Counts.Deferred != 2 {
			t.Errorf("who waits is not counted: %+v", e.Counts)
		}
		h.expectEdition(e.ID, "sending")
		waiting := map[string]magazine.Delivery{}
		h.must(h.EachDelivery(h.ctx, e.ID, "", func(d magazine.Delivery) error { waiting[d.Email] = d; return nil }))
		if d := waiting["bakari@people.example"]; len(waiting) != 2 || d.State != magazine.Deferred || d.Attempts != 0 || d.Code != 554 || d.Relay != "main" || !strings.Contains(d.Reply, "not today") {
			t.Errorf("the deliveries show %+v", waiting)
		}
		h.server.SetFault(nil)
		h.reopen()
		next, err := h.Send(h.ctx, "weekly", "test", func(daemon.Progress) {})
		if err != nil || next.State != magazine.EditionSkipped {
			t.Fatalf("%+v, %v", next, err)
		}
		h.expectEdition(e.ID, "sent, 2 sent")
	})
}

// TestSendsAtOnce: of several commands one works, and the others watch.
func TestSendsAtOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := buildRunning(t, engine)
		h.join("amina", "bakari")
		h.publish("tide")
		var all sync.WaitGroup
		states := make([]magazine.EditionState, 4)
		for i := range states {
			d := openAt(t, h.file, h.clock.Now, h.log)
			all.Go(func() {
				e, err := d.Send(h.ctx, "weekly", "test", func(daemon.Progress) {})
				if err != nil {
					t.Error(err)
					return
				}
				states[i] = e.State
			})
		}
		all.Wait()
		counts := map[magazine.EditionState]int{}
		for _, s := range states {
			counts[s]++
		}
		if counts[magazine.EditionSent] != 1 || counts[magazine.EditionSkipped] != 3 || h.got("amina") != "tide" || h.got("bakari") != "tide" {
			t.Errorf("%v, amina got %q, bakari %q", counts, h.got("amina"), h.got("bakari"))
		}
	})
}

// TestDaemonEndsWhenANewerOneComes, which has brought the schema further: what that one
// writes, this one does not know.
func TestDaemonEndsWhenANewerOneComes(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := buildRunning(t, engine)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		h.must(err)
		ended := make(chan error, 1)
		go func() { ended <- h.Serve(h.ctx, l) }()
		h.write(func(tx *store.Tx) error {
			_, err := tx.ExecContext(h.ctx, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, $1)", true)
			return err
		})
		select {
		case err := <-ended:
			if magazine.CodeOf(err) != magazine.Unavailable || !strings.Contains(err.Error(), "a newer postrider") {
				t.Errorf("%v", err)
			}
		case <-deadline(t).Done():
			t.Fatal("it goes on")
		}
	})
}

// TestSecondDaemonOnOneFile refuses and says why.
func TestSecondDaemonOnOneFile(t *testing.T) {
	t.Parallel()
	h := buildRunning(t, "sqlite")
	base := serve(t, h.Daemon)
	get(t, base+"/")
	other := openAt(t, h.file, h.clock.Now, h.log)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	h.must(err)
	err = other.Serve(h.ctx, l)
	if magazine.CodeOf(err) != magazine.Unavailable || !strings.Contains(err.Error(), "another postrider already works on") {
		t.Errorf("%v", err)
	}
}
