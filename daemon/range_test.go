package daemon_test

import (
	"context"
	"testing"
	"time"

	smtptest "postrider/internal/posttest/smtp"
	"postrider/mailer"
)

// TestEndsWithTheMessageUnderWay: a daemon that ends waits for one message a
// conversation, not for the one that was announced with it.
func TestEndsWithTheMessageUnderWay(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina", "bakari", "chen")
	h.publish("tide")
	ending, end := context.WithCancel(h.ctx)
	h.SetEnding(ending)
	sent := 0
	h.SetTransport(memory{func(m *mailer.Parcel) mailer.Result {
		sent++
		end()
		return mailer.Result{State: mailer.Sent, Relay: "memory"}
	}})
	id := h.send()
	h.expectEdition(id, "sending, 1 sent")
	if sent != 1 {
		t.Errorf("%d messages went", sent)
	}
}

// TestPlaceBehindOnesOwnRange: a job whose time is up in another range than its own
// goes on with that at once, for its own is done.
func TestPlaceBehindOnesOwnRange(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina", "bakari", "chen", "dalia")
		h.SetRangeSize(2)
		h.publish("tide")
		ending, end := context.WithCancel(h.ctx)
		h.SetEnding(ending)
		sent := 0
		h.SetTransport(memory{func(m *mailer.Parcel) mailer.Result {
			if sent++; sent == 3 {
				end()
			}
			return mailer.Result{State: mailer.Sent, Relay: "memory"}
		}})
		id, err := h.SendNow(h.ctx, "weekly", "test")
		h.must(err)
		h.must(h.Compose(h.ctx, id))
		open, err := h.OpenRanges(h.ctx)
		h.must(err)
		if more, err := h.SendRangeBy(h.ctx, open[0], 1); sent != 3 || !more || err != nil {
			t.Errorf("%d went, more: %v, %v", sent, more, err)
		}
		h.SetEnding(h.ctx)
		if more, err := h.SendRangeBy(h.ctx, open[0], 1); sent != 4 || more || err != nil {
			t.Errorf("%d went in all, more: %v, %v", sent, more, err)
		}
		h.expectEdition(id, "sent, 4 sent")
	})
}

// late is a transport that lets a while go by before it opens.
type late struct {
	memory
	open func()
}

func (l late) Open(ctx context.Context, _ mailer.Haste) (mailer.Conversation, error) {
	l.open()
	return l.memory, ctx.Err()
}

// TestLastWordBeforeARelayIsReached: the wait for a free conversation may be long.
func TestLastWordBeforeARelayIsReached(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina", "bakari")
	h.publish("tide")
	h.SetWatchful()
	first := h.inOrder()[0]
	h.SetTransport(late{memory{func(m *mailer.Parcel) mailer.Result {
		if m.To.Address == first+"@people.example" {
			t.Error("it went to one who has left")
		}
		return mailer.Result{State: mailer.Sent, Relay: "memory"}
	}}, func() {
		if err := h.Members.Leave(h.ctx, h.Members.LeaveToken(h.ids[first], "weekly")); err != nil {
			t.Error(err)
		}
	}})
	h.expectEdition(h.send(), "sent, 1 sent")
}

// TestLastWordBeforeARelayIsReachedAgain is the same for a delivery that is tried again.
func TestLastWordBeforeARelayIsReachedAgain(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina")
	h.publish("tide")
	h.server.SetFault(at("amina", smtptest.RCPT, "451 4.2.1 busy", smtptest.Proceed, 1))
	id := h.send()
	h.clock.Add(5 * time.Minute)
	h.SetTransport(late{memory{func(m *mailer.Parcel) mailer.Result {
		t.Error("it went to one who has left")
		return mailer.Result{State: mailer.Sent, Relay: "memory"}
	}}, func() {
		if err := h.Members.Leave(h.ctx, h.Members.LeaveToken(h.ids["amina"], "weekly")); err != nil {
			t.Error(err)
		}
	}})
	h.must(h.Retry(h.ctx))
	h.expectEdition(id, "sent, 1 skipped")
}
