package daemon_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"postrider/daemon"
	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
	"postrider/mailer"
)

// begun makes an edition and sends it until each of some messages has gone; then
// something happens in another process.
func (h *house) begun(messages int, then func(id string)) (id string) {
	h.t.Helper()
	h.SetWatchful()
	sent := 0
	h.SetTransport(memory{func(p *mailer.Parcel) mailer.Result {
		if sent++; sent == messages {
			then(strings.Split(p.MessageID, ".")[0])
		}
		return mailer.Result{State: mailer.Sent, Relay: "memory"}
	}})
	id = h.send()
	if sent != messages {
		h.t.Fatalf("%d messages went, and %d were to", sent, messages)
	}
	return id
}

// TestPaused: the message under way is finished and recorded, no other leaves
// until somebody resumes, and everybody gets it once.
func TestPaused(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina", "bakari", "chen", "dalia")
		h.publish("tide")
		h.SetRangeSize(2)
		other := h.second()
		id := h.begun(1, func(id string) {
			if e, err := other.PauseEdition(h.ctx, id, "noor"); err != nil || e.State != magazine.EditionPaused || e.Reason != "paused by noor" {
				t.Errorf("%+v, %v", e, err)
			}
		})
		h.expectEdition(id, "paused, 1 sent")
		h.reopen() // killed
		h.must(h.TakeOver(h.ctx))
		for range 3 {
			h.clock.Add(time.Hour)
			h.Step(h.ctx)
			h.must(h.Drive(h.ctx))
		}
		h.expectEdition(id, "paused, 1 sent")
		var waiting []string
		h.must(h.EachDelivery(h.ctx, id, "", func(d magazine.Delivery) error {
			waiting = append(waiting, fmt.Sprint(d.State, " ", d.Reason, d.Attempts))
			return nil
		}))
		if got := strings.Join(waiting, "; "); strings.Count(got, "deferred paused by noor0") != 3 || len(waiting) != 4 {
			t.Errorf("the deliveries: %s", got)
		}
		if _, err := h.PauseEdition(h.ctx, id, "noor"); magazine.CodeOf(err) != magazine.Conflict {
			t.Errorf("paused twice: %v", err)
		}
		if _, err := other.ResumeEdition(h.ctx, id, "salma"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.ResumeEdition(h.ctx, id, "salma"); magazine.CodeOf(err) != magazine.Conflict {
			t.Errorf("resumed twice: %v", err)
		}
		h.resumed()
		h.expectEdition(id, "sent, 4 sent")
		if n := len(h.server.Messages()); n != 3 {
			t.Errorf("%d messages went after the pause", n)
		}
		h.expectActs(id, "pause by noor", "resume by salma")
	})
}

// TestPausedBeforeItIsMade: an edition that is only planned is made when it is
// resumed.
func TestPausedBeforeItIsMade(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina")
		h.publish("tide")
		for i, fixed := range []bool{false, true} {
			id, err := h.SendNow(h.ctx, "weekly", "test")
			h.must(err)
			if fixed {
				h.must(h.FixContent(h.ctx, id))
			}
			_, err = h.PauseEdition(h.ctx, id, "noor")
			h.must(err)
			h.must(h.Compose(h.ctx, id))
			h.must(h.Drive(h.ctx))
			h.expectEdition(id, "paused")
			_, err = h.ResumeEdition(h.ctx, id, "noor")
			h.must(err)
			h.must(h.Drive(h.ctx))
			h.expectEdition(id, "sent, 1 sent")
			h.publish(fmt.Sprintf("clock%d", i))
		}
	})
}

// TestNextEditionPassesOneThatIsPaused: who has got the paused one gets what is
// new since, the others all of it, and nobody anything twice when it is resumed.
func TestNextEditionPassesOneThatIsPaused(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina", "bakari", "chen")
		h.publish("tide")
		first := h.begun(1, func(id string) {
			if _, err := h.PauseEdition(h.ctx, id, "noor"); err != nil {
				t.Error(err)
			}
		})
		h.reopen()
		h.publish("clock")
		h.expectEdition(h.send(), "sent, 3 sent")
		for i, name := range h.inOrder() {
			if got, want := h.got(name), []string{"clock", "clock tide", "clock tide"}[i]; got != want {
				t.Errorf("%s got %q, want %q", name, got, want)
			}
		}
		_, err := h.ResumeEdition(h.ctx, first, "noor")
		h.must(err)
		h.resumed()
		h.expectEdition(first, "sent, 1 sent, 2 nothing")
		if n := len(h.server.Messages()); n != 3 {
			t.Errorf("%d messages", n)
		}
	})
}

// TestDeferredWaitWithThePause: who is to be tried again waits until it is resumed.
func TestDeferredWaitWithThePause(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina", "bakari")
		h.publish("tide")
		h.server.SetFault(at("amina", smtptest.RCPT, "451 4.2.1 busy", smtptest.Proceed, 1))
		id := h.send()
		h.expectEdition(id, "sending, 1 sent, 1 deferred")
		_, err := h.PauseEdition(h.ctx, id, "noor")
		h.must(err)
		h.clock.Add(time.Hour)
		h.must(h.Drive(h.ctx))
		h.expectEdition(id, "paused, 1 sent, 1 deferred")
		_, err = h.ResumeEdition(h.ctx, id, "noor")
		h.must(err)
		h.must(h.Drive(h.ctx))
		h.expectEdition(id, "sent, 2 sent")
	})
}

// TestPausedWhileOneIsTriedAgain: the first of two is at the relay when the pause
// comes; the second waits.
func TestPausedWhileOneIsTriedAgain(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina", "bakari")
		h.publish("tide")
		h.server.SetFault(at("", smtptest.RCPT, "451 4.2.1 busy", smtptest.Proceed, 2))
		id := h.send()
		h.expectEdition(id, "sending, 2 deferred")
		h.clock.Add(time.Hour)
		h.SetTransport(memory{func(*mailer.Parcel) mailer.Result {
			if _, err := h.PauseEdition(h.ctx, id, "noor"); err != nil {
				t.Error(err)
			}
			return mailer.Result{State: mailer.Sent, Relay: "memory"}
		}})
		h.must(h.Retry(h.ctx))
		h.expectEdition(id, "paused, 1 sent, 1 deferred")
	})
}

// TestCancelled ends what is left: who has got it keeps it, those who wait to be
// tried again are skipped, and the others have no delivery; the articles come
// with the next edition to all but the first.
func TestCancelled(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina", "bakari", "chen", "dalia")
		h.publish("tide")
		order := h.inOrder()
		h.SetWatchful()
		sent := 0
		h.SetTransport(memory{func(p *mailer.Parcel) mailer.Result {
			if sent++; sent == 1 {
				return mailer.Judge(mailer.PhaseRcpt, 451, "4.2.1", p.Attempt)
			}
			if _, err := h.CancelEdition(h.ctx, strings.Split(p.MessageID, ".")[0], "noor", "the lead is wrong"); err != nil {
				t.Error(err)
			}
			return mailer.Result{State: mailer.Sent, Relay: "memory"}
		}})
		id := h.send()
		if sent != 2 {
			t.Errorf("%d messages went", sent)
		}
		h.expectEdition(id, "dropped, 1 sent, 1 skipped")
		if e := h.edition(id); e.Reason != "cancelled by noor: the lead is wrong" || e.Finished.IsZero() {
			t.Errorf("%+v", e)
		}
		if d := h.delivery(id, order[0]); d.State != magazine.Skipped || d.Reason != "cancelled by noor: the lead is wrong" || !d.Next.IsZero() {
			t.Errorf("%+v", d)
		}
		if _, err := h.ResumeEdition(h.ctx, id, "noor"); magazine.CodeOf(err) != magazine.Conflict {
			t.Errorf("resumed: %v", err)
		}
		h.reopen()
		h.must(h.TakeOver(h.ctx))
		h.clock.Add(time.Hour)
		h.must(h.Drive(h.ctx))
		h.expectEdition(id, "dropped, 1 sent, 1 skipped")
		h.publish("clock")
		h.expectEdition(h.send(), "sent, 4 sent")
		for i, name := range order {
			if got, want := h.got(name), []string{"clock tide", "clock", "clock tide", "clock tide"}[i]; got != want {
				t.Errorf("%s got %q, want %q", name, got, want)
			}
		}
		h.expectActs(id, "cancel by noor")
	})
}

// TestCancelledWhileOneIsTriedAgain: that the message went is what is recorded.
func TestCancelledWhileOneIsTriedAgain(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina")
		h.publish("tide")
		h.server.SetFault(at("", smtptest.RCPT, "451 4.2.1 busy", smtptest.Proceed, 1))
		id := h.send()
		h.clock.Add(time.Hour)
		h.SetTransport(memory{func(*mailer.Parcel) mailer.Result {
			if _, err := h.CancelEdition(h.ctx, id, "noor", ""); err != nil {
				t.Error(err)
			}
			return mailer.Result{State: mailer.Sent, Relay: "memory"}
		}})
		h.must(h.Retry(h.ctx))
		h.expectEdition(id, "dropped, 1 sent")
		if h.served("amina") != 1 {
			t.Errorf("served %d", h.served("amina"))
		}
	})
}

// TestPausedIsCancelled: so it ends.
func TestPausedIsCancelled(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina", "bakari")
	h.publish("tide")
	id := h.begun(1, func(id string) {
		if _, err := h.PauseEdition(h.ctx, id, "noor"); err != nil {
			t.Error(err)
		}
	})
	_, err := h.CancelEdition(h.ctx, id, "noor", "")
	h.must(err)
	h.expectEdition(id, "dropped, 1 sent")
	if _, err := h.CancelEdition(h.ctx, id, "noor", ""); magazine.CodeOf(err) != magazine.Conflict {
		t.Errorf("cancelled twice: %v", err)
	}
}

// TestSendIsPaused: who waits for an edition is told that it is paused, and by whom,
// and in the end that it stays so.
func TestSendIsPaused(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := buildRunning(t, engine)
		h.reconfigure("      tls: none\n", "      tls: none\n      connections: 1\n")
		h.SetStallTime(stalls)
		h.join("amina", "bakari")
		h.publish("tide")
		other := h.second()
		h.SetWatchful()
		h.SetTransport(memory{func(p *mailer.Parcel) mailer.Result {
			if _, err := other.PauseEdition(h.ctx, strings.Split(p.MessageID, ".")[0], "noor"); err != nil {
				t.Error(err)
			}
			return mailer.Result{State: mailer.Sent, Relay: "memory"}
		}})
		told := ""
		e, err := h.Send(h.ctx, "weekly", "test", func(p daemon.Progress) {
			if p.Waits != "" {
				told = p.Waits
			}
		})
		if e == nil || magazine.CodeOf(err) != magazine.Unavailable {
			t.Fatalf("%+v, %v", e, err)
		}
		if want := "paused by noor; it goes on with: postrider editions resume " + e.ID; told != want || err.Error() != "edition "+e.ID+" is "+want {
			t.Errorf("told %q, and %v", told, err)
		}
		h.expectEdition(e.ID, "paused, 1 sent")
	})
}

// resumed does the work for which there are jobs since an edition was resumed.
func (h *house) resumed() {
	h.t.Helper()
	h.clock.Add(time.Minute)
	h.must(h.Drive(h.ctx))
}

func (h *house) expectActs(edition string, want ...string) {
	h.t.Helper()
	acts, err := h.Store.EditionActs(h.ctx, edition)
	h.must(err)
	var got []string
	for _, a := range acts {
		got = append(got, a.What+" by "+a.Who)
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		h.t.Errorf("kept of the edition: %v", got)
	}
}
