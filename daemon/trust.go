package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"postrider/magazine"
	"postrider/schedules"
	"postrider/store"
)

const (
	clockSlack = time.Minute // clocks are set right by less than this all the time
	clockJump  = time.Hour   // by more than this no clock is set right while a program runs
)

// meetSchedules sets when each schedule is looked at first,
// and finds out whether the clock and the database can be trusted. What is
// missed is what came due while nothing ran, not what an edited schedule would
// have asked for before.
func (d *Daemon) meetSchedules(ctx context.Context) error {
	marked, err := d.Store.MarkedLooked()
	if err != nil {
		d.log.Warn("it cannot be found out whether the database was put back from a copy", "error", err)
	}
	var doubt store.Doubt
	err = d.Store.Write(ctx, func(tx *store.Tx) error {
		doubt = store.Doubt{}
		trust, err := tx.Trust(ctx)
		if err != nil {
			return err
		}
		switch since := trust.Looked; {
		case since.IsZero():
		case since.After(tx.Now.Add(clockSlack)):
			if others, err := tx.OthersAlive(ctx, d.node); err != nil || others {
				if err != nil {
					return err
				}
				tx.After(func() {
					d.log.Error("this machine's clock is behind that of the others; set it right", "behind", spell(since.Sub(tx.Now)))
				})
				return d.startSchedules(ctx, tx, since) // nothing comes due here until it has caught up
			}
			doubt = d.clockPutBack(tx.Now, since)
			if err := d.putBack(ctx, tx, doubt); err != nil {
				return err
			}
			trust.Looked = tx.Now
		case marked.After(since.Add(clockSlack)):
			doubt = store.Doubt{Until: store.Forever, Reason: magazine.DatabasePutBack.Text(d.local(since))}
			if err := tx.SetDoubt(ctx, doubt); err != nil {
				return err
			}
			if err := d.holdUnderWay(ctx, tx, doubt.Reason); err != nil {
				return err
			}
		}
		return d.startSchedules(ctx, tx, trust.Looked)
	})
	if err == nil && doubt.Reason != "" {
		d.log.Error("what comes due is held", "reason", doubt.Reason)
	}
	return err
}

// holdUnderWay holds what was under way in a database that was put back: it may
// have gone out since.
func (d *Daemon) holdUnderWay(ctx context.Context, tx *store.Tx, reason string) error {
	open, err := tx.OpenEditions(ctx)
	for i := range open {
		if e := &open[i]; err == nil && (e.State == magazine.EditionPlanned || e.State == magazine.EditionSending || e.State == magazine.EditionPaused) {
			err = d.holdFor(ctx, tx, e, reason)
		}
	}
	return err
}

// startSchedules sets the alarms of all schedules, which have been looked at up to
// an instant; zero: as far as is kept of each.
func (d *Daemon) startSchedules(ctx context.Context, tx *store.Tx, looked time.Time) error {
	if err := d.meetDrafts(ctx, tx); err != nil {
		return err
	}
	others, err := tx.OthersAlive(ctx, d.node)
	if err != nil {
		return err
	}
	if !others { // whose configuration may have more
		if err := tx.ClearAlarms(ctx, store.AlarmSchedule); err != nil {
			return err
		}
	}
	for _, s := range d.Schedules() {
		if err := d.start(ctx, tx, s, looked); err != nil {
			return fmt.Errorf("schedule %s: %w", refOf(s), err)
		}
	}
	return nil
}

// meetDrafts has the drafts that wait go by the timetable.
func (d *Daemon) meetDrafts(ctx context.Context, tx *store.Tx) error {
	t, err := d.current(ctx, tx)
	if err != nil {
		return err
	}
	if err := d.dropStale(ctx, tx, nil, t, magazine.ScheduleChanged.Text()); err != nil {
		return err
	}
	return d.retimeDrafts(ctx, tx, nil, t)
}

// start sets the alarm of a schedule that has been looked at up to an instant, as
// startSchedules has it.
func (d *Daemon) start(ctx context.Context, tx *store.Tx, s *schedules.Schedule, looked time.Time) error {
	kept, except, err := d.decided(ctx, tx, s)
	if err != nil {
		return err
	}
	if looked.After(kept.Handled) {
		kept.Handled = looked
		if err := tx.SetScheduleHandled(ctx, s.Newsletter, s.Name, looked); err != nil {
			return err
		}
	}
	if err := d.begin(ctx, tx, s, kept); err != nil {
		return err
	}
	return d.lookNext(ctx, tx, s, kept, except)
}

// startEach is startSchedules where that fails: each in a transaction of its own, so
// that one keeps none of the others from going out. The error names those that failed.
func (d *Daemon) startEach(ctx context.Context) error {
	err := d.Store.Write(ctx, func(tx *store.Tx) error { return d.meetDrafts(ctx, tx) })
	for _, s := range d.Schedules() {
		if wrong := d.Store.Write(ctx, func(tx *store.Tx) error { return d.start(ctx, tx, s, time.Time{}) }); wrong != nil {
			err = errors.Join(err, fmt.Errorf("schedule %s: %w", refOf(s), wrong))
		}
	}
	return err
}

// clockPutBack is the doubt about a clock that was put back to now from an instant.
func (d *Daemon) clockPutBack(now, from time.Time) store.Doubt {
	return store.Doubt{Until: from, Reason: magazine.ClockPutBack.Text(spell(from.Sub(now)), d.local(from))}
}

// ahead is why a draft goes to nobody, and an occurrence has no edition, for now.
var ahead = magazine.ClockWasAhead.Text()

// putBack goes on after a clock, ours or that of a dead node, was ahead until the
// end of a doubt.
func (d *Daemon) putBack(ctx context.Context, tx *store.Tx, doubt store.Doubt) error {
	if _, err := d.current(ctx, tx); err != nil {
		return err
	}
	if err := tx.PutBack(ctx); err != nil {
		return err
	}
	drafts, err := tx.Drafts(ctx)
	if err != nil {
		return err
	}
	for _, e := range drafts { // whose content is that of the time in which the clock was ahead
		s := d.maker(&e)
		if s == nil || !e.Created.After(tx.Now) || !e.Nominal.After(tx.Now) {
			continue
		}
		if s.ByIssue() && ofIssue(&e) { // its issue was published, and that comes once
			err = putForward(ctx, tx, e, doubt.Until.Sub(tx.Now))
		} else {
			err = d.takeBack(ctx, tx, &e, ahead)
		}
		if err != nil {
			return err
		}
	}
	trust, err := tx.Trust(ctx)
	if err != nil {
		return err
	}
	if trust.Looked.After(tx.Now) {
		if err := tx.SetLooked(ctx, tx.Now); err != nil {
			return err
		}
	}
	return d.doubts(ctx, tx, doubt)
}

// takeBack drops a draft so that another can be made of its occurrence, which,
// where it goes out in waves, has come due before its time.
func (d *Daemon) takeBack(ctx context.Context, tx *store.Tx, e *magazine.Edition, reason string) error {
	if err := d.dropDraft(ctx, tx, e.Key, reason); err != nil {
		return err
	}
	if err := tx.FreeKey(ctx, e.ID); err != nil {
		return err
	}
	return tx.VoidOccurrence(ctx, e.ID, "dropped: "+reason)
}

// putForward has an edition that waits for its time begin earlier by so much.
func putForward(ctx context.Context, tx *store.Tx, e magazine.Edition, by time.Duration) error {
	at := e.Starts.Add(-by)
	if err := tx.PutForward(ctx, e.ID, at, at); err != nil {
		return err
	}
	return tx.SetAlarm(ctx, store.Alarm{Kind: store.AlarmEdition, Ref: e.ID, At: at})
}

// doubts begins a doubt, unless there is one that lasts longer.
func (d *Daemon) doubts(ctx context.Context, tx *store.Tx, doubt store.Doubt) error {
	trust, err := tx.Trust(ctx)
	if err != nil || trust.Doubt.Covers(doubt.Until) {
		return err
	}
	return tx.SetDoubt(ctx, doubt)
}

// clockJumped goes on from a clock that jumped by more than an hour while the
// daemon ran: forward, where by is positive.
func (d *Daemon) clockJumped(ctx context.Context, by time.Duration) error {
	var doubt store.Doubt
	err := d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if by > 0 {
			doubt = store.Doubt{Until: tx.Now, Reason: magazine.ClockJumped.Text(spell(by))}
			return d.doubts(ctx, tx, doubt)
		}
		doubt = d.clockPutBack(tx.Now, tx.Now.Add(-by))
		if err := d.putBack(ctx, tx, doubt); err != nil {
			return err
		}
		return d.startSchedules(ctx, tx, tx.Now)
	})
	if err == nil {
		d.log.Error("what comes due is held", "reason", doubt.Reason)
	}
	return err
}

// local prints an instant in the publication's zone.
func (d *Daemon) local(t time.Time) string {
	return t.In(d.Publication.Zone).Format("2006-01-02 15:04 -0700")
}
