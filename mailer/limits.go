package mailer

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"postrider/store"
)

// A WarmUp has a relay that is new get accustomed to our mail: so much on the first
// day, each next day that much times as much, until that reaches the target; from
// then on there is no limit. Before its first day the relay takes nothing. Days are
// those of UTC.
type WarmUp struct {
	From     time.Time // 00:00 UTC of the first day
	FirstDay int       // messages
	Growth   float64   // above 1
	Target   int       // messages a day
}

// on is how many messages may go on the day of an instant: begins is when the plan
// does, where that is still to come; 0: any number.
func (w *WarmUp) on(now time.Time) (messages int, begins time.Time) {
	if now.Before(w.From) {
		return 0, w.From
	}
	days := math.Floor(now.Sub(w.From).Hours() / 24)
	if today := float64(w.FirstDay) * math.Pow(w.Growth, days); today < float64(w.Target) {
		return int(today), time.Time{}
	}
	return 0, time.Time{}
}

// Counter counts what relays are sent by all nodes together. It is a store.Store.
type Counter interface {
	TakeLot(ctx context.Context, l store.Limits, want int, back *store.Lot) (store.Lot, error)
}

// CountBy has messages to relays that have limits counted. Without it such a relay
// takes none.
func (rs *Relays) CountBy(c Counter) { rs.counter = c }

const (
	lotSize = 100 // messages that a node takes at once: each time it is counted anew
	// turnWait is how long a conversation waits for its turn. Where it would be
	// longer, the work is given back until then.
	turnWait = 3 * time.Second
	// uncounted is how long a relay is left alone whose messages cannot be counted.
	uncounted = time.Second
)

// turns are the messages that a relay may be sent by this node.
type turns struct {
	none atomic.Pointer[noTurns] // nil: there may be some

	mu    sync.Mutex
	lot   store.Lot
	taken time.Time   // when the lot was
	next  time.Time   // before which none of a second is: those that nobody took in time are not made up for
	idle  *time.Timer // gives back what is left
}

// noTurns says until when there are none, and why.
type noTurns struct {
	until time.Time
	why   string
	since time.Time // when that was found
}

// end says that there are no more turns until an instant.
func (t *turns) end(now, until time.Time, why string) {
	t.none.Store(&noTurns{until, why, now.Round(0)})
}

// holds tells that there are still none. What was found by a clock that was ahead
// counts no more when that is put back.
func (n *noTurns) holds(now time.Time) bool {
	return n != nil && now.Before(n.until) && !now.Before(n.since)
}

// limited tells whether a message to the relay needs a turn.
func (r *relay) limited() bool { return r.PerSecond > 0 || r.PerHour > 0 || r.WarmUp != nil }

// full tells that the relay may take nothing for a while: it is at a limit.
func (r *relay) full(now time.Time) bool {
	return r.turns.none.Load().holds(now)
}

// turn takes a turn, for one message, and waits for it. False: there is none for a
// while.
func (rs *Relays) turn(ctx context.Context, r *relay) bool {
	at, ok := rs.takeTurn(ctx, r, true)
	if wait := at.Sub(rs.now()); ok && wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	return ok
}

// takeTurn takes a turn and tells when it is. One that needs no wait, and no count,
// is all that is taken where fetch is false.
func (rs *Relays) takeTurn(ctx context.Context, r *relay, fetch bool) (at time.Time, ok bool) {
	t := &r.turns
	t.mu.Lock()
	defer t.mu.Unlock()
	now := rs.now()
	if r.full(now) {
		return at, false
	}
	if now.Before(t.taken) { // the clock was put back
		t.lot.Until, t.next = time.Time{}, time.Time{}
	}
	if t.lot.Count == 0 || now.After(t.lot.Until) {
		if !fetch || !rs.fetch(ctx, r, now) {
			return at, false
		}
	}
	if at = t.lot.From; at.Before(t.next) {
		at = t.next
	}
	if !fetch && at.After(now) {
		return at, false
	}
	if at.Sub(now) > turnWait {
		t.end(now, at, fmt.Sprintf("the relay %s takes %d messages a second", r.Name, r.PerSecond))
		return at, false
	}
	if at.Before(now) {
		at = now
	}
	t.lot.Count--
	t.lot.From = at.Add(t.lot.Every)
	t.next = t.lot.From
	return at, true
}

// giveTurnBack gives back a turn that was not needed. One of a second is over.
func (r *relay) giveTurnBack() {
	r.turns.mu.Lock()
	defer r.turns.mu.Unlock()
	if r.PerSecond == 0 {
		r.turns.lot.Count++
	}
}

// fetch takes the next lot for a relay, and gives back what is left of the last.
// Where there is none, the relay is at a limit.
func (rs *Relays) fetch(ctx context.Context, r *relay, now time.Time) bool {
	t := &r.turns
	limits := store.Limits{Name: "relay/" + r.Name, PerSecond: r.PerSecond, PerHour: r.PerHour}
	if r.WarmUp != nil {
		var begins time.Time
		if limits.PerDay, begins = r.WarmUp.on(now); !begins.IsZero() {
			t.end(now, begins, fmt.Sprintf("the warm-up of the relay %s begins on %s", r.Name, begins.Format(time.DateOnly)))
			return false
		}
	}
	t.taken = now.Round(0)
	if limits.PerSecond+limits.PerHour+limits.PerDay == 0 { // its warm-up is over
		t.lot = store.Lot{Count: lotSize, From: now, Until: now.Add(time.Minute)}
		return true
	}
	lot, err := store.Lot{}, error(nil)
	if rs.counter != nil {
		lot, err = rs.counter.TakeLot(ctx, limits, lotSize, left(t.lot))
	}
	switch {
	case rs.counter == nil || err != nil:
		t.end(now, now.Add(uncounted), fmt.Sprintf("what the relay %s has been sent cannot be counted: %v", r.Name, err))
		return false
	case lot.Count == 0:
		t.lot = lot
		t.end(now, lot.Until, atLimit(r.Name, limits, lot))
		return false
	}
	t.lot = lot
	if t.idle != nil {
		t.idle.Stop()
	}
	t.idle = time.AfterFunc(lot.Until.Sub(now), func() { rs.giveBack(r, limits) })
	return true
}

// left is what is left of a lot, nil where that is nothing.
func left(l store.Lot) *store.Lot {
	if l.Count == 0 {
		return nil
	}
	return &l
}

// giveBack gives back what is left of a lot whose time is over, or that nobody will
// use any more. Where that fails it is lost.
func (rs *Relays) giveBack(r *relay, limits store.Limits) {
	r.turns.mu.Lock()
	defer r.turns.mu.Unlock()
	if back := left(r.turns.lot); back != nil && rs.counter != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		rs.counter.TakeLot(ctx, limits, 0, back)
	}
	r.turns.lot = store.Lot{}
}

// stopCounting gives back all that is left.
func (rs *Relays) stopCounting() {
	for _, r := range rs.relays {
		r.turns.mu.Lock()
		timer := r.turns.idle
		r.turns.idle = nil
		r.turns.mu.Unlock()
		if timer != nil && timer.Stop() {
			rs.giveBack(r, store.Limits{Name: "relay/" + r.Name})
		}
	}
}

// atLimit says which limit a relay is at, and when it goes on.
func atLimit(relay string, l store.Limits, lot store.Lot) string {
	switch lot.Reached {
	case store.SpanDay:
		return fmt.Sprintf("the relay %s has been sent its %d of today's warm-up; it goes on at %s", relay, l.PerDay, lot.Until.UTC().Format("15:04 UTC"))
	case store.SpanHour:
		return fmt.Sprintf("the relay %s has been sent its %d of an hour; it goes on at %s", relay, l.PerHour, lot.Until.UTC().Format("15:04 UTC"))
	}
	return fmt.Sprintf("the relay %s takes %d messages a second, and others have the next ones", relay, l.PerSecond)
}
