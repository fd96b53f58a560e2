package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"postrider/config"
	"postrider/magazine"
	"postrider/schedules"
	"postrider/store"
)

// schedulesDue turns what has come due of the schedules into editions. It
// returns when the next one comes due.
func (d *Daemon) schedulesDue(ctx context.Context) (next time.Time, err error) {
	for _, s := range d.Schedules {
		err := d.Store.Write(ctx, func(tx *store.Tx) error {
			handled, err := tx.ScheduleHandled(ctx, s.Newsletter, s.Name)
			if err != nil {
				return err
			}
			if due, ok := s.Due(handled, tx.Now); ok {
				if err := d.occurred(ctx, tx, due); err != nil {
					return err
				}
			}
			// Also where nothing was due: what is missed is what came due while
			// nothing ran, not what an edited schedule would have asked for.
			if tx.Now.After(handled) {
				handled = tx.Now
				if err := tx.SetScheduleHandled(ctx, s.Newsletter, s.Name, handled); err != nil {
					return err
				}
			}
			if o, ok := s.Next(handled); ok && (next.IsZero() || o.At.Before(next)) {
				next = o.At
			}
			return nil
		})
		if err != nil {
			return time.Time{}, err
		}
	}
	return next, nil
}

// occurred records what has come due of a schedule and makes the one edition
// for all of it: planned, or held where it is too late for that. The keys are
// unique, so a second daemon makes nothing.
func (d *Daemon) occurred(ctx context.Context, tx *store.Tx, due schedules.Due) error {
	e := magazine.Edition{ID: magazine.NewID(), Newsletter: due.Newsletter, Key: due.Key(), Maker: "schedule " + due.Newsletter + "/" + due.Schedule,
		State: magazine.EditionPlanned, Nominal: due.At}
	if due.Held {
		e.State = magazine.EditionHeld
		e.Reason = fmt.Sprintf("missed by %s while nothing ran, more than the %s within which it is made up for; send it with: postrider send %s", spell(due.Late), spell(due.Grace), due.Newsletter)
	}
	isNew, err := tx.PutEdition(ctx, e)
	if err != nil || !isNew {
		return err
	}
	record := func(o schedules.Occurrence, outcome string) error {
		if _, err := tx.PutOccurrence(ctx, store.Occurrence{Newsletter: o.Newsletter, Schedule: o.Schedule, Day: o.Date, Slot: o.Slot, At: o.At, Edition: e.ID, Outcome: outcome}); err != nil {
			return err
		}
		for _, m := range o.Merged {
			if _, err := tx.PutOccurrence(ctx, store.Occurrence{Newsletter: o.Newsletter, Schedule: o.Schedule, Day: m.Date, Slot: m.Slot, At: o.At, Edition: e.ID, Outcome: "merged into " + o.Slot}); err != nil {
				return err
			}
		}
		return nil
	}
	for _, o := range due.Missed {
		if err := record(o, "missed; made up for by "+due.Key()); err != nil {
			return err
		}
	}
	if due.Held {
		d.log.Error("an edition is held", "edition", e.ID, "occurrence", e.Key, "reason", e.Reason)
		return record(due.Occurrence, "held")
	}
	if due.Late > time.Minute {
		d.log.Warn("an edition starts late", "edition", e.ID, "occurrence", e.Key, "late", spell(due.Late), "missed", due.Count-1)
	}
	if err := record(due.Occurrence, "edition"); err != nil {
		return err
	}
	return d.jobs.compose(ctx, tx, e.ID)
}

// ParseSchedule makes the schedule that the configuration writes. The error is
// that of schedules.Parse.
func ParseSchedule(c config.Schedule) (*schedules.Schedule, error) {
	return schedules.Parse(schedules.Spec{Newsletter: c.Newsletter, Name: c.Name, Every: c.Every, Cron: c.Cron, Timezone: c.Timezone.String()})
}

// scheduleMistakes turns what is wrong with a schedule into mistakes of the
// configuration.
func scheduleMistakes(at int, err error) []config.Mistake {
	if err == nil {
		return nil
	}
	var problems schedules.Problems
	if !errors.As(err, &problems) {
		return []config.Mistake{{Path: fmt.Sprintf("schedules[%d]", at), Text: err.Error()}}
	}
	var wrong []config.Mistake
	for _, p := range problems {
		wrong = append(wrong, config.Mistake{Path: fmt.Sprintf("schedules[%d].%s", at, p.Field), Text: p.Text, Mend: p.Mend})
	}
	return wrong
}
