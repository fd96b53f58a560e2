package daemon

import (
	"context"
	"errors"
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

// ranger sends an edition to a range of people.
type ranger struct {
	river.WorkerDefaults[mailer.RangeArgs]
	d *Daemon
}

func (w *ranger) Work(ctx context.Context, job *river.Job[mailer.RangeArgs]) error {
	more, err := w.d.sendRange(ctx, job.Args.Edition, job.Args.Last)
	if more {
		return river.JobSnooze(0)
	}
	return err
}

// rangeWork is the work on one claimed range.
type rangeWork struct {
	sender
	*matter
	page
	part  *store.Range // everybody up to its Next is done
	slice *turn        // when to let others in

	saved time.Time // when the place was saved last
	none  int       // who had nothing new since then

	ends func() // see recorder.talks; nil: it has no conversation yet, or nothing to say
}

// silent says that nothing more is to be recorded.
func (w *rangeWork) silent() {
	if w.ends != nil {
		w.ends()
		w.ends = nil
	}
}

// A pause ends the work on a range before its end: it is given back, to be
// taken up again after a wait, or, where only the time was up, by the same job.
type pause struct {
	wait   time.Duration
	timeUp bool
}

func (p *pause) Error() string { return "the range is given back" }

// sendRange works on a range, and then on others of the edition that nobody has
// begun, until its time is up or the relays take no more. Whoever comes next goes
// on behind the last recorded person. More says that the job is to go on at once.
func (d *Daemon) sendRange(ctx context.Context, edition, last string) (more bool, err error) {
	w := &rangeWork{sender: sender{d: d}}
	w.slice = d.slice(mailer.RangeArgs{}.Kind(), edition)
	defer w.close()
	claim := func(tx *store.Tx, owner string) (*store.Range, error) {
		return tx.ClaimRange(ctx, edition, last, owner, lease)
	}
	for {
		if err := d.Store.Write(ctx, func(tx *store.Tx) (err error) {
			w.part, err = claim(tx, d.node+"/"+magazine.NewID())
			return err
		}); err != nil || w.part == nil {
			return false, err
		}
		if more, done, err := w.work(ctx); !done {
			if more && w.part.Last != last {
				return false, errors.Join(err, d.goOn(ctx, w.part))
			}
			return more, err
		}
		last := w.part.Last
		claim = func(tx *store.Tx, owner string) (*store.Range, error) {
			return tx.ClaimNextRange(ctx, edition, last, owner, lease)
		}
	}
}

// goOn has a range gone on with that was given back by the job of another: its own
// may have come in vain meanwhile.
func (d *Daemon) goOn(ctx context.Context, r *store.Range) error {
	ctx = context.WithoutCancel(ctx)
	return d.Store.Write(ctx, func(tx *store.Tx) error { return d.jobs.ranges(ctx, tx, []store.Range{*r}) })
}

// work works on the claimed range, and tells whether it is done.
func (w *rangeWork) work(ctx context.Context) (more, done bool, err error) {
	mine := *w.part
	stop := w.d.keep(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.RenewRange(ctx, &mine, lease) })
	defer stop()
	defer func() { w.silent() }()
	w.page, w.none, w.saved = page{at: w.at}, 0, time.Now()
	err = w.run(ctx)
	stop()
	var p *pause
	switch {
	case errors.As(err, &p):
		return p.timeUp, false, w.giveBack(ctx, p.wait)
	case store.Fenced(err): // another has it, and has gone on with it
		return false, false, nil
	case err != nil: // let another try soon, wherever it failed
		return false, false, errors.Join(err, w.giveBack(ctx, time.Second))
	}
	return false, true, nil
}

func (w *rangeWork) run(ctx context.Context) (err error) {
	site, err := w.d.Store.ScopeVersion(ctx, magazine.SiteScope())
	if err != nil {
		return err
	}
	if w.matter, err = w.matterOf(ctx, w.part.Edition, site.Number); err != nil {
		return err
	}
	for {
		// A pause, or a decision, counts from the next page on, which is a second.
		if state, err := w.d.Store.EditionState(ctx, w.part.Edition); err != nil {
			return err
		} else if state != magazine.EditionSending {
			return &pause{}
		}
		if err := w.readPage(ctx); err != nil {
			return err
		}
		if len(w.people) == 0 {
			if w.none > 0 { // of before the last message, behind which no place was saved
				if err := w.save(ctx); err != nil {
					return err
				}
			}
			return w.finish(ctx)
		}
		if err := w.sendPage(ctx); err != nil {
			return err
		}
	}
}

// sendPage sends to the people of a page, or to those whose turn comes before it
// is stale, and saves the place behind them. Each message is made before the one
// ahead of it leaves, so that it can be announced with that.
func (w *rangeWork) sendPage(ctx context.Context) error {
	ending := func() bool { return ctx.Err() != nil || w.d.ending.Err() != nil }
	if ending() || w.announced == nil && w.slice.over(ctx, w.talk) {
		return &pause{timeUp: true, wait: nudgeAfter}
	}
	c, err := w.next(ctx)
	if c != nil && w.talk == nil {
		if refused := w.open(ctx); refused != nil {
			return w.refused(ctx, *refused)
		}
		w.slice.begin() // the wait for a free one is not its work
		if w.stale() {
			return nil
		}
	}
	if c != nil && w.ends == nil {
		w.ends = w.d.recorder.talks()
	}
	for c != nil && err == nil {
		if ending() { // in the time that is left a second message might not be answered
			return &pause{timeUp: true, wait: nudgeAfter}
		}
		if refused, waited := w.ready(); refused != nil {
			return w.refused(ctx, *refused)
		} else if waited && w.stale() {
			return nil
		}
		var after *call
		stopped := w.slice.over(ctx, w.talk)
		if !stopped {
			after, err = w.next(ctx)
		}
		if err := w.try(ctx, c, after); err != nil {
			return err
		}
		if stopped {
			return &pause{timeUp: true, wait: nudgeAfter}
		}
		if w.announced = after; w.stale() {
			return err
		}
		c = after
	}
	if err != nil {
		return err
	}
	return w.save(ctx)
}

// try hands one person's message over and records what came of it, and of those
// before them who get none, before the text of the next one may leave.
func (w *rangeWork) try(ctx context.Context, c, after *call) error {
	var next *mailer.Parcel
	if after != nil {
		next = after.parcel
	}
	result, now := w.send(ctx, c.parcel, next), w.d.Store.Now()
	w.d.domains.tell(&w.sender, c.delivery.Subscriber, c.delivery.Email, result, 1)
	switch to := &c.delivery; {
	case result.Suspect:
		result = setAside(to, result, now)
	case !result.CostsAttempt():
		return w.rest(ctx, result)
	default:
		to.Attempts = 1
		fill(to, result, now)
	}
	if err := w.record(ctx, c, result); err != nil {
		return err
	}
	held, err := w.d.rebuffed(ctx, w.edition, c.delivery.Email, result)
	if held && err == nil {
		return &pause{}
	}
	return err
}

// refused ends the work on the range where no message can be sent now: no relay
// takes any, or the daemon is ending.
func (w *rangeWork) refused(ctx context.Context, result mailer.Result) error {
	if w.d.ending.Err() != nil && result.Relay == "" {
		return &pause{timeUp: true, wait: nudgeAfter}
	}
	return w.rest(ctx, result)
}

// rest notes why the range does not get on, and ends the work on it until the
// relays are to be asked again.
func (w *rangeWork) rest(ctx context.Context, result mailer.Result) error {
	w.d.waits(w.edition.ID, result)
	var why magazine.Delivery
	fill(&why, result, w.d.Store.Now())
	ctx = context.WithoutCancel(ctx)
	if err := w.d.Store.Write(ctx, func(tx *store.Tx) error { return tx.RangeWaits(ctx, w.part, why) }); err != nil {
		return err
	}
	return &pause{wait: max(result.RetryAfter, time.Second)}
}

// record commits a delivery, and now and then the place behind it. One who was fenced off still
// writes down a message that went.
func (w *rangeWork) record(ctx context.Context, c *call, result mailer.Result) error {
	n := &note{step: w.step(c.delivery.Subscriber, c.nothing, append(c.skipped, c.delivery)), result: result}
	if w.part.Waves != nil {
		n.serve = w.edition.Serves() // a wave's range serves nobody at its end
	}
	err := w.d.recorder.record(ctx, n)
	if store.Fenced(err) && c.delivery.State == magazine.Sent {
		// The range may have been closed since, with another result for this person.
		late := w.d.insist(ctx, func(ctx context.Context, tx *store.Tx) error {
			if err := w.d.putDelivery(ctx, tx, w.edition.Newsletter, c.delivery, result); err != nil {
				return err
			}
			return w.d.served(ctx, tx, w.edition, c.delivery.Subscriber)
		})
		if late != nil {
			return late
		}
	}
	return w.got(n, c.delivery.Subscriber, c.nothing, err)
}

// save commits the place behind people for whom there was no message, and behind
// those who got one since it was saved last.
func (w *rangeWork) save(ctx context.Context) error {
	w.saved = time.Time{}
	n := &note{step: w.step(w.passed, w.nothing, w.skipped)}
	return w.got(n, w.passed, w.nothing, w.d.recorder.record(ctx, n))
}

// step is one up to a person; the place is saved with it once in a while.
func (w *rangeWork) step(next string, nothing int, deliveries []magazine.Delivery) store.Step {
	s := store.Step{Range: w.part, Newsletter: w.edition.Newsletter, Deliveries: deliveries}
	if time.Since(w.saved) > w.d.pageAge {
		s.Next, s.Nothing = next, w.none+nothing
	}
	return s
}

// got notes how far the range has got with a note.
func (w *rangeWork) got(n *note, next string, nothing int, err error) error {
	if err != nil {
		return err
	}
	if w.none += nothing; n.step.Next != "" {
		w.none, w.saved = 0, time.Now()
	}
	w.part.Next = next
	w.d.progressed()
	return nil
}

// giveBack releases the range, to be taken up after wait.
func (w *rangeWork) giveBack(ctx context.Context, wait time.Duration) error {
	ctx = context.WithoutCancel(ctx)
	err := w.d.Store.Write(ctx, func(tx *store.Tx) error { return tx.ReleaseRange(ctx, w.part, wait) })
	if store.Fenced(err) {
		return nil
	}
	return err
}

// finish closes the range, and the edition where it was the last.
func (w *rangeWork) finish(ctx context.Context) error {
	return w.d.Store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.CloseRange(ctx, w.part, w.audience, w.edition.Serves()); err != nil {
			return err
		}
		_, err := tx.FinishEdition(ctx, w.edition.ID)
		return err
	})
}
