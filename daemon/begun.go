package daemon

import (
	"context"
	"slices"
	"time"

	"postrider/magazine"
	"postrider/schedules"
	"postrider/store"
)

// An occurrence of a schedule that is local comes due long before most of its
// readers are to have it: when the first clocks of the world show its time, or the
// first hour of its date. What is decided in between concerns it still.

// apart tells up to which instants what has come due of a schedule is to be
// handled, each by itself: an occurrence whose first wave is still to come makes up
// for none before it, and none after it for it.
func (d *Daemon) apart(ctx context.Context, tx *store.Tx, s *schedules.Schedule, since time.Time) (untils []time.Time, err error) {
	if !s.Local {
		return []time.Time{tx.Now}, nil
	}
	if recent := tx.Now.Add(-wavesWithin); recent.After(since) {
		since = recent
	}
	for o := range s.Between(since, tx.Now) {
		first, err := d.firstWave(ctx, tx, s, editionOf(o), time.Time{})
		if err != nil {
			return nil, err
		}
		if first.After(tx.Now) {
			untils = append(untils, o.At.Add(-time.Microsecond))
		}
	}
	return append(untils, tx.Now), nil
}

// editionOf is what has to be known of an occurrence's edition to tell its waves.
func editionOf(o schedules.Occurrence) *magazine.Edition {
	return &magazine.Edition{Newsletter: o.Newsletter, Schedule: o.Schedule, Key: o.Key()}
}

// begin makes the edition of an occurrence that would have come due before a
// schedule was handled first, or as it now is, or in a pause that is over, where
// readers of its own zone are still to have it, and anybody is: what was added or
// changed today can go out tomorrow. Those whose time is over get it after the last
// of the others. What has an edition, or was skipped, stays as it was decided.
func (d *Daemon) begin(ctx context.Context, tx *store.Tx, s *schedules.Schedule, kept store.Schedule) error {
	if !s.Local || kept.PausedUntil.After(tx.Now) {
		return nil
	}
	since := kept.Handled.Add(-wavesWithin)
	recorded, err := tx.OccurrencesFrom(ctx, s.Newsletter, s.Name, nominalAfter(s, since))
	if err != nil {
		return err
	}
	settled := settledOf(recorded)
	for o := range s.Between(since, kept.Handled) {
		if settled[o.Nominal] != "" || !s.In(o.Nominal, nil, "").After(tx.Now) {
			continue
		}
		// Of own hours there is one a date, whatever the schedule's time was.
		if s.OwnHours && slices.ContainsFunc(recorded, func(have store.Occurrence) bool {
			return have.Day == o.Date && settled[schedules.Nominal{Date: have.Day, Slot: have.Slot}] != ""
		}) {
			continue
		}
		first, err := d.firstWave(ctx, tx, s, editionOf(o), tx.Now)
		if err != nil {
			return err
		}
		if first.IsZero() {
			continue
		}
		if err := d.occurred(ctx, tx, s, schedules.Due{Occurrence: o, Count: 1, Grace: graceAfter(s, o.At)}, tx.Now); err != nil {
			return err
		}
	}
	return nil
}

// waiting is the edition of a schedule that has come due and waits for the first
// of its waves; nil where there is none.
func (d *Daemon) waiting(ctx context.Context, tx *store.Tx, s *schedules.Schedule) (*magazine.Edition, schedules.Occurrence, error) {
	if !s.Local {
		return nil, schedules.Occurrence{}, nil
	}
	drafts, err := tx.Drafts(ctx)
	e, o := d.waitingOf(s, drafts, tx.Now)
	return e, o, err
}

// waitingOf is that edition among those that are open, by their times.
func (d *Daemon) waitingOf(s *schedules.Schedule, open []magazine.Edition, now time.Time) (*magazine.Edition, schedules.Occurrence) {
	o := schedules.Occurrence{Newsletter: s.Newsletter, Schedule: s.Name}
	at := slices.IndexFunc(open, func(e magazine.Edition) bool {
		n, ok := schedules.NominalOf(e.Key)
		return ok && s.Local && e.State == magazine.EditionWaiting && e.Waves && e.Maker == makerOf(s) && !s.Begins(n).After(now)
	})
	if at < 0 {
		return nil, o
	}
	o.Nominal, _ = schedules.NominalOf(open[at].Key)
	o.At = s.Begins(o.Nominal)
	return &open[at], o
}

// lookAtWaiting has the editions of a schedule that wait for the first of their waves
// looked at now: it may be another, for a pause begins, ends, or gets another end.
func (d *Daemon) lookAtWaiting(ctx context.Context, tx *store.Tx, s *schedules.Schedule) error {
	if !s.Local {
		return nil
	}
	drafts, err := tx.Drafts(ctx)
	for _, e := range drafts {
		if err == nil && e.Waves && e.Maker == makerOf(s) {
			err = tx.SetAlarm(ctx, store.Alarm{Kind: store.AlarmEdition, Ref: e.ID, At: tx.Now})
		}
	}
	return err
}
