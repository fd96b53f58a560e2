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
	pageSize  = 50               // people read ahead
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
	part    *store.Range // its Next is the place that is saved
	place   string       // everybody up to here is done
	nothing int          // of those since the saved place, who had nothing new
}

// A pause ends the work on a range before its end: it is given back, to be
// taken up again after a wait, or, where only the time was up, by the same job.
type pause struct {
	wait   time.Duration
	timeUp bool
}

func (p *pause) Error() string { return "the range is given back" }

// sendRange works on a range until it is done, its time is up, or the relays
// take no more. Whoever comes next goes on behind the last recorded person.
// More says that the job is to go on at once.
func (d *Daemon) sendRange(ctx context.Context, edition, last string) (more bool, err error) {
	w := &rangeWork{sender: sender{d: d}}
	defer w.close()
	if err := d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		w.part, err = tx.ClaimRange(ctx, edition, last, d.node+"/"+magazine.NewID(), lease)
		return err
	}); err != nil || w.part == nil {
		return false, err
	}
	w.place = w.part.Next
	mine := *w.part
	stop := d.keep(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.RenewRange(ctx, &mine, lease) })
	defer stop()
	err = w.run(ctx)
	stop()
	var p *pause
	switch {
	case errors.As(err, &p):
		return p.timeUp, w.giveBack(ctx, p.wait)
	case store.Fenced(err): // another has it, and has gone on with it
		return false, nil
	case err != nil: // let another try soon, wherever it failed
		return false, errors.Join(err, w.giveBack(ctx, time.Second))
	}
	return false, nil
}

func (w *rangeWork) run(ctx context.Context) (err error) {
	until := time.Now().Add(slice)
	site, err := w.d.Store.ScopeVersion(ctx, magazine.SiteScope())
	if err != nil {
		return err
	}
	if w.matter, err = w.read(ctx, w.part.Edition, site.Number); err != nil {
		return err
	}
	if w.edition.State != magazine.EditionSending { // held since the range was claimed
		return &pause{wait: nudgeAfter}
	}
	for {
		readers, err := w.page(ctx)
		if err != nil {
			return err
		}
		if len(readers) == 0 {
			return w.finish(ctx)
		}
		site := w.site
		for i := range readers {
			if w.site != site { // and may not fit what the others follow, as it was read
				break
			}
			if ctx.Err() != nil || w.d.ending.Err() != nil || time.Now().After(until) {
				return &pause{timeUp: true, wait: nudgeAfter}
			}
			if err := w.person(ctx, &readers[i]); err != nil {
				return err
			}
		}
		if err := w.save(ctx); err != nil {
			return err
		}
	}
}

// of is whom the range is about: of waves, those who make them.
func (w *rangeWork) of() store.Audience {
	a := w.audience
	a.Waves = w.part.Waves
	return a
}

// page reads the next people.
func (w *rangeWork) page(ctx context.Context) (readers []magazine.Subscription, err error) {
	err = w.together(ctx, func() error {
		readers, err = w.d.Store.Readers(ctx, w.of(), w.place, w.part.Last, pageSize)
		return err
	})
	return readers, err
}

// afresh reads one person anew; nil where they have no share any more.
func (w *rangeWork) afresh(ctx context.Context, person string) (sub *magazine.Subscription, err error) {
	err = w.together(ctx, func() error {
		sub, err = w.d.Store.Subscription(ctx, w.edition.Newsletter, person)
		return err
	})
	return sub, err
}

// together has people and matter read of one version of the site: an author who
// is merged into another changes the articles and what people follow at once,
// and the old of the one does not fit the new of the other.
func (w *rangeWork) together(ctx context.Context, people func() error) error {
	for {
		if err := people(); err != nil {
			return err
		}
		site, err := w.d.Store.ScopeVersion(ctx, magazine.SiteScope())
		if err != nil || site.Number == w.site {
			return err
		}
		if w.matter, err = w.read(ctx, w.edition.ID, site.Number); err != nil {
			return err
		}
	}
}

// cameLate is why one who is served less than an edition's floor is skipped.
const cameLate = "the subscriber came to it after its content was fixed; what waits for them comes with the next edition"

// person sends the edition to one person and records what came of it.
func (w *rangeWork) person(ctx context.Context, sub *magazine.Subscription) error {
	p := sub.Subscriber
	chosen := w.share(sub)
	lacks := sub.Served < w.edition.Floor // something that waits for them, perhaps
	if len(chosen) == 0 && !lacks {
		none, err := w.hadNone(ctx, p.ID)
		if err != nil {
			return err
		}
		if w.place = p.ID; none {
			w.nothing++
		}
		return nil
	}
	turn, err := w.d.Store.Turn(ctx, w.edition.ID, w.edition.Newsletter, p.ID)
	if err != nil {
		return err
	}
	// Something of it may have been withdrawn, or an earlier edition has reached
	// them since they were read.
	if turn.Site != w.site || turn.Served > sub.Served {
		if sub, err = w.afresh(ctx, p.ID); err != nil {
			return err
		}
		if sub != nil {
			return w.person(ctx, sub)
		}
	}
	if turn.Done || sub == nil || turn.Share != magazine.SubscriptionActive {
		w.place = p.ID
		return nil
	}
	delivery := magazine.Delivery{Edition: w.edition.ID, Subscriber: p.ID, Email: p.Email}
	why := unwanted(turn)
	if why == "" && lacks {
		why = cameLate
	}
	if why != "" {
		delivery.State, delivery.Reason = magazine.Skipped, why
		return w.record(ctx, delivery, mailer.Result{})
	}
	if turn.Waits && w.edition.Issue == nil {
		if err := w.supersede(ctx, p.ID); err != nil {
			return err
		}
		return w.person(ctx, sub) // one that waited may have reached them until now
	}
	m, err := w.mail(ctx, w.matter, chosen, p.Tier)
	if unmakeable(err) {
		if err := w.d.hold(ctx, w.edition, err); err != nil {
			return err
		}
		return &pause{}
	}
	if err != nil {
		return err
	}
	delivery.MessageID = w.d.messageID(w.edition.ID, p.ID)
	switch result := w.send(ctx, w.edition, m, p, delivery.MessageID, 1); {
	case result.Suspect:
		return w.record(ctx, delivery, setAside(&delivery, result, w.d.Store.Now()))
	case !result.CostsAttempt():
		return w.rest(ctx, result)
	default:
		delivery.Attempts = 1
		fill(&delivery, result, w.d.Store.Now())
		return w.record(ctx, delivery, result)
	}
}

// hadNone tells whether a person for whom there is nothing counts as one who had
// nothing in the edition: with waves, only in the sweep, and unless a wave has
// reached them.
func (w *rangeWork) hadNone(ctx context.Context, person string) (bool, error) {
	if !w.edition.Waves || w.part.Waves != nil {
		return w.part.Waves == nil, nil
	}
	turn, err := w.d.Store.Turn(ctx, w.edition.ID, w.edition.Newsletter, person)
	return !turn.Done, err
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

// supersede ends what waits of earlier editions for a person: this one holds
// their articles. While one of them is being tried, this one has to wait.
func (w *rangeWork) supersede(ctx context.Context, person string) error {
	busy := false
	err := w.d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		busy, err = tx.Supersede(ctx, w.edition.Newsletter, person, w.edition.ID)
		return err
	})
	if err == nil && busy {
		return &pause{wait: superBusy}
	}
	return err
}

// record commits a delivery and the place behind it, before the next message
// leaves. One who was fenced off still writes down a message that went.
func (w *rangeWork) record(ctx context.Context, to magazine.Delivery, result mailer.Result) error {
	err := w.d.insist(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AdvanceRange(ctx, w.part, to.Subscriber, w.nothing, lease); err != nil {
			return err
		}
		if err := w.d.putDelivery(ctx, tx, w.edition.Newsletter, to, result); err != nil || w.part.Waves == nil || to.State != magazine.Sent {
			return err
		}
		return tx.Serve(ctx, w.edition.Newsletter, to.Subscriber, w.edition.Serves()) // a wave's range serves nobody at its end
	})
	if store.Fenced(err) && to.State == magazine.Sent {
		// The range may have been closed since, with another result for this person.
		late := w.d.insist(ctx, func(ctx context.Context, tx *store.Tx) error {
			if err := w.d.putDelivery(ctx, tx, w.edition.Newsletter, to, result); err != nil {
				return err
			}
			return w.d.served(ctx, tx, w.edition, to.Subscriber)
		})
		if late != nil {
			return late
		}
	}
	if err == nil {
		w.place, w.part.Next, w.nothing = to.Subscriber, to.Subscriber, 0
		w.d.progressed()
	}
	return err
}

// save commits the place behind people for whom there was nothing to record.
func (w *rangeWork) save(ctx context.Context) error {
	if w.place == w.part.Next {
		return nil
	}
	err := w.d.Store.Write(ctx, func(tx *store.Tx) error {
		return tx.AdvanceRange(ctx, w.part, w.place, w.nothing, lease)
	})
	if err == nil {
		w.part.Next, w.nothing = w.place, 0
		w.d.progressed()
	}
	return err
}

// giveBack saves the place and releases the range, to be taken up after wait.
func (w *rangeWork) giveBack(ctx context.Context, wait time.Duration) error {
	ctx = context.WithoutCancel(ctx)
	err := w.save(ctx)
	if err == nil {
		err = w.d.Store.Write(ctx, func(tx *store.Tx) error { return tx.ReleaseRange(ctx, w.part, wait) })
	}
	if store.Fenced(err) {
		return nil
	}
	return err
}

// finish closes the range, and the edition where it was the last.
func (w *rangeWork) finish(ctx context.Context) error {
	if err := w.save(ctx); err != nil {
		return err
	}
	return w.d.Store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.CloseRange(ctx, w.part, w.audience, w.edition.Serves()); err != nil {
			return err
		}
		_, err := tx.FinishEdition(ctx, w.edition.ID)
		return err
	})
}
