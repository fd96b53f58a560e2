package daemon

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"postrider/magazine"
	"postrider/mailer"
	"postrider/store"
)

// recorder commits what relays have said, of all conversations together: those
// whose messages end while a commit is under way share the next one. So the disk
// is waited for once for many messages, and each is recorded all the same before
// the text of the next one leaves.
//
// While there is something to record a goroutine commits, so that nothing which a
// conversation does meanwhile keeps it from the disk.
type recorder struct {
	d *Daemon

	mu      sync.Mutex
	busy    bool // the goroutine runs
	waiting []*note
	talking int           // conversations that will have something to record
	full    chan struct{} // told when enough of them wait; nil: nobody waits for that
	took    time.Duration // the last commit
}

// longestGather bounds how long a commit waits for other conversations.
const longestGather = 5 * time.Millisecond

// talks tells of a conversation that begins, and returns what to call at its end.
func (r *recorder) talks() (ends func()) {
	add := func(n int) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.talking += n
		r.tell()
	}
	add(1)
	return func() { add(-1) }
}

// tell tells who gathers that there is nothing more to wait for, if so.
func (r *recorder) tell() {
	if r.full != nil && len(r.waiting) >= r.enough() {
		close(r.full)
		r.full = nil
	}
}

// enough is for how many a commit waits: for half of the conversations, so that while
// these commit the others send.
func (r *recorder) enough() int { return (r.talking + 1) / 2 }

// note is what one conversation has to record.
type note struct {
	step   store.Step
	result mailer.Result // of the last delivery
	serve  int64         // the number up to which that one is served at once; 0: when the range is closed

	alone bool // the commit with others failed
	fault error
	done  chan struct{}
}

// record returns when the note is on disk: see await.
func (r *recorder) record(ctx context.Context, n *note) error {
	r.hand(n)
	return r.await(ctx, n)
}

// hand has a note committed. Who hands one over must await it.
func (r *recorder) hand(n *note) {
	n.done = make(chan struct{})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting = append(r.waiting, n)
	r.tell()
	if !r.busy {
		r.busy = true
		go r.work()
	}
}

// await returns when a note that was handed over is on disk. Fenced: another has taken
// the range, and nothing of it was recorded.
func (r *recorder) await(ctx context.Context, n *note) error {
	<-n.done
	if n.alone { // so that none suffers for another
		if err := r.d.insist(ctx, func(ctx context.Context, tx *store.Tx) error { return r.write(ctx, tx, n) }); err != nil {
			return err
		}
	}
	return n.fault
}

// work commits until nothing waits.
func (r *recorder) work() {
	for {
		batch := r.gather()
		r.commit(batch)
		for _, n := range batch {
			close(n.done)
		}
		r.mu.Lock()
		r.busy = len(r.waiting) > 0
		goesOn := r.busy
		r.mu.Unlock()
		if !goesOn {
			return
		}
	}
}

// commit records the notes of all who record at about this time. Those of a commit that
// fails are each left to who awaits them.
func (r *recorder) commit(batch []*note) {
	for _, n := range batch {
		n.alone = true
	}
	defer func() {
		if p := recover(); p != nil { // a conversation that brings it about again panics itself
			r.d.log.Error("a commit of deliveries panicked", "panic", p, "trace", string(debug.Stack()))
		}
	}()
	ctx, cancel := r.d.Store.Bounded(context.Background(), lease/2)
	defer cancel()
	began := time.Now()
	if !r.atOnce(ctx, batch) {
		if err := r.d.Store.Write(ctx, func(tx *store.Tx) error { return r.write(ctx, tx, batch...) }); err != nil {
			return
		}
	}
	r.took = time.Since(began) // only one commits at a time
	for _, n := range batch {
		n.alone = false
	}
}

// gather takes the notes of all who record at about this time: it waits for the
// others for half as long as a commit takes, which is what each that comes too late
// would cost.
func (r *recorder) gather() []*note {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.waiting) < r.enough() {
		full, timer := make(chan struct{}), time.NewTimer(min(r.took/2, longestGather))
		r.full = full
		r.mu.Unlock()
		select {
		case <-full:
		case <-timer.C:
		}
		timer.Stop()
		r.mu.Lock()
		r.full = nil
	}
	batch := r.waiting
	r.waiting = nil
	return batch
}

// atOnce records notes of which nothing follows, if it can be done in one step.
func (r *recorder) atOnce(ctx context.Context, batch []*note) bool {
	steps := make([]store.Step, len(batch))
	for i, n := range batch {
		if n.result.Suppress || n.serve > 0 {
			return false
		}
		steps[i], n.fault = n.step, nil
	}
	return r.d.Store.AdvanceAtOnce(ctx, steps...)
}

func (r *recorder) write(ctx context.Context, tx *store.Tx, batch ...*note) error {
	steps := make([]store.Step, len(batch))
	for i, n := range batch {
		steps[i] = n.step
	}
	faults, err := tx.Advance(ctx, steps...)
	if err != nil {
		return err
	}
	for i, n := range batch {
		if n.fault = faults[i]; n.fault != nil {
			continue
		}
		if err := n.follow(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// follow records what follows from the last delivery.
func (n *note) follow(ctx context.Context, tx *store.Tx) error {
	if len(n.step.Deliveries) == 0 {
		return nil
	}
	to := n.step.Deliveries[len(n.step.Deliveries)-1]
	if n.result.Suppress {
		if err := bounced(ctx, tx, to.Subscriber, to.Email, n.result.Reason); err != nil {
			return err
		}
	}
	if n.serve > 0 && to.State == magazine.Sent {
		return tx.Serve(ctx, n.step.Newsletter, to.Subscriber, n.serve)
	}
	return nil
}
