package daemon

import (
	"context"
	"slices"
	"time"

	"github.com/riverqueue/river"

	"postrider/magazine"
	"postrider/mailer"
	"postrider/store"
)

const (
	lease     = 30 * time.Second // how long a worker may be silent before another takes its work
	slice     = 20 * time.Second // how long a job works before it lets others in
	turnTime  = 2 * time.Second  // how long it works at least where others wait for a worker
	superBusy = time.Second      // wait for a delivery of an earlier edition that is being tried
)

// ranger sends an edition to ranges of people.
type ranger struct {
	river.WorkerDefaults[mailer.RangeArgs]
	d *Daemon
}

func (w *ranger) Work(ctx context.Context, job *river.Job[mailer.RangeArgs]) error {
	more, err := w.d.sendRange(ctx, job.Args.Edition, job.Args.Last, w.d.connections())
	if more {
		return river.JobSnooze(0)
	}
	return err
}

// rangeWork is a crew's work on one claimed range. All of it is guarded by the crew.
type rangeWork struct {
	crew *crew
	page
	part   *store.Range
	forget func() // stops the renewal of its lease

	untouched bool // it was claimed ahead, and nobody of it had their turn

	flying  []*call   // that are given out, in the order of the people; done ones only behind others
	out     bool      // everybody has had their turn
	counted int       // of those who had nothing new, as of the place that was saved last
	saved   time.Time // when that was
}

// hand has a delivery recorded, and now and then how far the range has got.
func (w *rangeWork) hand(c *call, result mailer.Result) *note {
	n := &note{result: result}
	n.step = w.step(c, append(c.skipped, c.delivery))
	if w.part.Waves != nil {
		n.serve = c.edition.Serves() // a wave's range serves nobody at its end
	}
	w.crew.d.recorder.hand(n)
	return n
}

// await returns when what was handed over of a delivery is on disk. One who was fenced
// off still writes down a message that went.
func (w *rangeWork) await(ctx context.Context, c *call, n *note, result mailer.Result) error {
	err := w.crew.d.recorder.await(ctx, n)
	if store.Fenced(err) && c.delivery.State == magazine.Sent {
		// The range may have been closed since, with another result for this person.
		late := w.crew.d.insist(ctx, func(ctx context.Context, tx *store.Tx) error {
			if err := w.crew.d.putDelivery(ctx, tx, c.edition.Newsletter, c.delivery, result); err != nil {
				return err
			}
			return w.crew.d.served(ctx, tx, c.edition, c.delivery.Subscriber)
		})
		if late != nil {
			return late
		}
	}
	return w.got(ctx, c, n, err)
}

// pass commits that a person who was to get a message gets none.
func (w *rangeWork) pass(ctx context.Context, c *call) error {
	n := &note{step: w.step(c, c.skipped)}
	return w.got(ctx, c, n, w.crew.d.recorder.record(ctx, n))
}

// step is one with what became of a person and of those before them. The place up to
// which everybody is done is saved with it once in a while, by the one who is first.
func (w *rangeWork) step(c *call, deliveries []magazine.Delivery) store.Step {
	w.crew.mu.Lock()
	defer w.crew.mu.Unlock()
	s := store.Step{Range: w.part, Newsletter: c.edition.Newsletter, Deliveries: deliveries}
	if c != w.flying[0] || time.Since(w.saved) <= w.crew.d.pageAge {
		return s
	}
	nothing := 0
	for _, f := range w.flying {
		if f != c && !f.done {
			break
		}
		s.Next, nothing = f.delivery.Subscriber, f.nothing
	}
	s.Nothing = nothing - w.counted
	return s
}

// got notes that what became of a person is on disk, and closes the range behind the
// last.
func (w *rangeWork) got(ctx context.Context, c *call, n *note, err error) error {
	if err != nil {
		return err
	}
	w.crew.d.progressed()
	w.crew.mu.Lock()
	if c.done = true; n.step.Next != "" {
		w.counted, w.saved = w.counted+n.step.Nothing, time.Now()
	}
	for len(w.flying) > 0 && w.flying[0].done {
		w.flying = w.flying[1:]
	}
	last := w.out && len(w.flying) == 0
	w.crew.mu.Unlock()
	if !last {
		return nil
	}
	return w.close(ctx)
}

// close records the end of a range of which nothing is under way, and the edition's
// where it was the last.
func (w *rangeWork) close(ctx context.Context) error {
	d := w.crew.d
	w.forget()
	if len(w.skipped) > 0 || w.nothing > w.counted { // of behind the last message
		n := &note{step: store.Step{Range: w.part, Next: w.last, Nothing: w.nothing - w.counted, Newsletter: w.crew.head.Newsletter, Deliveries: w.skipped}}
		if err := d.recorder.record(ctx, n); err != nil {
			return err
		}
	}
	if err := d.Store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.CloseRange(ctx, w.part, d.audience(w.crew.head), w.crew.head.Serves()); err != nil {
			return err
		}
		_, err := tx.FinishEdition(ctx, w.part.Edition)
		return err
	}); err != nil {
		return err
	}
	d.progressed()
	w.crew.mu.Lock()
	defer w.crew.mu.Unlock()
	w.crew.begun = slices.DeleteFunc(w.crew.begun, func(other *rangeWork) bool { return other == w })
	return nil
}

// rest notes why the range does not get on, and ends the work on it until the
// relays are to be asked again.
func (w *rangeWork) rest(ctx context.Context, result mailer.Result) error {
	w.crew.d.waits(w.part.Edition, result)
	var why magazine.Delivery
	fill(&why, result, w.crew.d.Store.Now())
	ctx = context.WithoutCancel(ctx)
	if err := w.crew.d.Store.Write(ctx, func(tx *store.Tx) error { return tx.RangeWaits(ctx, w.part, why) }); err != nil {
		return err
	}
	return &pause{wait: max(result.RetryAfter, time.Second)}
}

// giveBack releases the range, to be taken up after wait, or at once where nobody knows
// yet how its people's messages fare.
func (w *rangeWork) giveBack(ctx context.Context, wait time.Duration) error {
	if w.untouched {
		wait = 0
	}
	ctx = context.WithoutCancel(ctx)
	err := w.crew.d.Store.Write(ctx, func(tx *store.Tx) error { return tx.ReleaseRange(ctx, w.part, wait) })
	if store.Fenced(err) {
		return nil
	}
	return err
}
