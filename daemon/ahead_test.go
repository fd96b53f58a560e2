package daemon_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"postrider/mailer"
	"postrider/store"
)

// TestRangeClaimedAhead: the next range is claimed while the one before it is sent, and
// is free for the next who comes when the daemon ends, and found again when it dies.
func TestRangeClaimedAhead(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		for _, dies := range []bool{false, true} {
			t.Run(fmt.Sprintf("dies %v", dies), func(t *testing.T) {
				h := build(t, engine)
				people := h.crowd(110)
				h.publish("tide")
				h.SetPatient()
				h.SetRangeSize(50)
				ending, end := context.WithCancel(h.ctx)
				defer end()
				h.SetEnding(ending)
				had := newHad()
				h.SetTransport(memory{func(m *mailer.Parcel) mailer.Result {
					if _, _, n := had.add(m); n == 30 {
						h.owns(2)
						if end(); dies {
							panic(crash{})
						}
					}
					return mailer.Result{State: mailer.Sent, Relay: "memory"}
				}})
				id, open := h.ranges()
				func() {
					defer func() {
						if died := recover(); died != nil != dies {
							t.Error("died:", died)
						}
					}()
					if more, err := h.SendRangeBy(h.ctx, open[0], 1); !more || err != nil {
						t.Error(more, err)
					}
				}()
				if dies {
					transport := h.Transport()
					h.reopen()
					h.SetTransport(transport)
					h.must(h.TakeOver(h.ctx))
				}
				if n := h.owned(); n > 0 {
					t.Errorf("%d ranges are somebody's", n)
				}
				h.SetEnding(h.ctx)
				for _, r := range open {
					h.must(h.SendRange(h.ctx, r))
				}
				h.expectEdition(id, "sent, 110 sent")
				for i, name := range people {
					if got := had.of[name]; got != 1 && !(dies && got == 2 && i == 29) {
						t.Errorf("%s, number %d, got %d messages", name, i, got)
					}
				}
			})
		}
	})
}

// TestRangeClaimedAheadDoesNotRest: a range of which nobody had their turn is free for
// another node, whose relay may be well, where a relay of this one rests.
func TestRangeClaimedAheadDoesNotRest(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.crowd(110)
		h.publish("tide")
		h.SetPatient()
		h.SetRangeSize(50)
		var n atomic.Int32
		h.SetTransport(memory{func(*mailer.Parcel) mailer.Result {
			if n.Add(1) == 30 {
				h.owns(2)
				return mailer.Result{State: mailer.Deferred, Blame: mailer.BlameRelay, Reason: "it rests", RetryAfter: 30 * time.Minute}
			}
			return mailer.Result{State: mailer.Sent, Relay: "memory"}
		}})
		id, open := h.ranges()
		h.SendRangeBy(h.ctx, open[0], 1)
		free := 0
		h.write(func(tx *store.Tx) error {
			for free = 0; ; free++ {
				if r, err := tx.ClaimNextRange(h.ctx, id, open[0].Last, "another/1", 30*time.Second); err != nil || r == nil {
					return err
				}
			}
		})
		if free != 2 {
			t.Errorf("%d of the two ranges that nobody has begun are free", free)
		}
	})
}

// TestRangeClaimedAheadOfOneThatHangs: it is given back while all conversations hang, and
// claimed again when they go on.
func TestRangeClaimedAheadOfOneThatHangs(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.crowd(110)
	h.publish("tide")
	h.SetPatient()
	h.SetHangsAfter(4 * time.Second) // else it is given back before all hang where others keep this test waiting
	h.SetRangeSize(50)
	var n atomic.Int32
	h.SetTransport(memory{func(*mailer.Parcel) mailer.Result {
		if n.Add(1) == 30 { // hangs
			h.owns(2)
			h.owns(1)
		}
		return mailer.Result{State: mailer.Sent, Relay: "memory"}
	}})
	id, open := h.ranges()
	_, err := h.SendRangeBy(h.ctx, open[0], 1)
	h.must(err)
	h.expectEdition(id, "sent, 110 sent")
}

// TestDroppedWhileARangeIsClaimedAhead: nobody of it gets a message, and it is nobody's.
func TestDroppedWhileARangeIsClaimedAhead(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.crowd(150)
	h.publish("tide")
	h.SetPatient()
	h.SetRangeSize(50)
	var n atomic.Int32
	id, open := h.ranges()
	h.SetTransport(memory{func(*mailer.Parcel) mailer.Result {
		if n.Add(1) == 45 {
			h.owns(2)
			_, err := h.PauseEdition(h.ctx, id, "salma@people.example")
			if err == nil {
				_, err = h.Drop(h.ctx, id, "salma@people.example", "")
			}
			if err != nil {
				t.Error(err)
			}
		}
		return mailer.Result{State: mailer.Sent, Relay: "memory"}
	}})
	h.SendRangeBy(h.ctx, open[0], 1)
	if n := n.Load(); n > 46 { // who was announced may have been sent theirs
		t.Errorf("%d messages went", n)
	}
	if h.owned() > 0 {
		t.Error("a range is still somebody's")
	}
}

// TestPausedAgainAndAgain: everybody gets one message, however often the edition is paused
// and resumed while ranges are claimed ahead.
func TestPausedAgainAndAgain(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		people := h.crowd(330)
		h.publish("tide")
		h.SetRangeSize(60)
		had := newHad()
		id, open := h.ranges()
		var pauses sync.WaitGroup
		h.SetTransport(memory{func(m *mailer.Parcel) mailer.Result {
			if _, _, n := had.add(m); n%70 == 0 {
				pauses.Go(func() {
					if _, err := h.PauseEdition(h.ctx, id, "salma@people.example"); err == nil {
						h.ResumeEdition(h.ctx, id, "salma@people.example")
					}
				})
			}
			return mailer.Result{State: mailer.Sent, Relay: "memory"}
		}})
		for rounds := 0; len(open) > 0 && rounds < 100; rounds++ {
			for _, r := range open {
				_, err := h.SendRangeBy(h.ctx, r, 5)
				h.must(err)
			}
			pauses.Wait()
			h.clock.Add(10 * time.Second) // what was given back is free
			var err error
			open, err = h.OpenRanges(h.ctx)
			h.must(err)
		}
		h.expectEdition(id, "sent, 330 sent")
		for _, name := range people {
			if had.of[name] != 1 {
				t.Errorf("%s got %d messages", name, had.of[name])
			}
		}
	})
}

// slow is a transport that may be used only after a wait, as one with a limit.
type slow struct {
	ready func()
	send  func(m, next *mailer.Parcel) mailer.Result
}

func (s slow) Open(ctx context.Context, _ mailer.Haste) (mailer.Conversation, error) {
	return s, ctx.Err()
}
func (s slow) Ready(ctx context.Context) error { s.ready(); return ctx.Err() }
func (s slow) Send(_ context.Context, m, next *mailer.Parcel) mailer.Result {
	return s.send(m, next)
}
func (s slow) Wanted() bool { return false }
func (s slow) Close() error { return nil }

// TestNobodyIsAnnouncedWhoLeftDuringAWait: whoever comes next is looked at again where a
// relay's limit was waited for since.
func TestNobodyIsAnnouncedWhoLeftDuringAWait(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.crowd(8)
	h.publish("tide")
	leaver := h.inOrder()[3]
	readies := 0
	h.SetTransport(slow{
		ready: func() {
			if readies++; readies == 3 { // of the third message
				h.write(func(tx *store.Tx) error { _, err := tx.Unsubscribe(h.ctx, "weekly", h.ids[leaver]); return err })
				h.SetWatchful() // what was read of people holds good no longer
			}
		},
		send: func(m, next *mailer.Parcel) mailer.Result {
			for _, p := range []*mailer.Parcel{m, next} {
				if p != nil && p.To.Address == leaver+"@people.example" {
					t.Error("one who has left is sent a message, or announced")
				}
			}
			return mailer.Result{State: mailer.Sent, Relay: "slow"}
		},
	})
	id, open := h.ranges()
	_, err := h.SendRangeBy(h.ctx, open[0], 1)
	h.must(err)
	h.expectEdition(id, "sent, 7 sent")
}

// owned counts the ranges that somebody works on.
func (h *house) owned() (n int) {
	h.write(func(tx *store.Tx) error {
		return tx.QueryRowContext(h.ctx, "SELECT COUNT(*) FROM edition_ranges WHERE owner <> ''").Scan(&n)
	})
	return n
}

// owns waits until somebody works on so many ranges: only the database tells it.
func (h *house) owns(n int) {
	end := deadline(h.t)
	for h.owned() != n {
		select {
		case <-time.After(time.Millisecond):
		case <-end.Done():
			h.t.Errorf("somebody works on %d ranges, not on %d", h.owned(), n)
			return
		}
	}
}
