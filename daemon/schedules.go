package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	for _, o := range due.Dropped {
		if _, err := tx.PutOccurrence(ctx, store.Occurrence{Newsletter: o.Newsletter, Schedule: o.Schedule, Day: o.Date, Slot: o.Slot, At: o.At, Outcome: "dropped: " + o.Reason}); err != nil {
			return err
		}
	}
	if due.Count == 0 {
		return nil
	}
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

// ParseSchedules makes the schedules that the configuration writes. The error is
// that of schedules.Parse.
func ParseSchedules(c *config.Config) ([]*schedules.Schedule, error) {
	list := make([]*schedules.Schedule, len(c.Schedules))
	for i := range c.Schedules {
		var err error
		if list[i], err = parseSchedule(c, i); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// parseSchedule makes one. Its own blackouts come before those of all.
func parseSchedule(c *config.Config, at int) (*schedules.Schedule, error) {
	s := c.Schedules[at]
	calendar, err := reckoning(&c.Publication)
	if err != nil {
		return nil, err
	}
	spec := schedules.Spec{Newsletter: s.Newsletter, Name: s.Name, Every: s.Every, Cron: s.Cron, Timezone: s.Timezone.String(), Calendar: calendar}
	for _, b := range slices.Concat(s.Blackouts, c.Blackouts) {
		spec.Blackouts = append(spec.Blackouts, schedules.BlackoutSpec{From: b.From, To: b.To, Then: schedules.Then(b.Then), Title: b.Title})
	}
	return schedules.Parse(spec)
}

// scheduleMistakes turns what is wrong with the schedules into mistakes of the
// configuration.
func scheduleMistakes(c *config.Config) (wrong []config.Mistake) {
	for i, s := range c.Schedules {
		if s.Every == "" && s.Cron == "" || s.Timezone == nil || s.Newsletter == "" || s.Name == "" {
			continue // which has been said
		}
		_, err := parseSchedule(c, i)
		var problems schedules.Problems
		if err != nil && !errors.As(err, &problems) {
			continue // the publication's calendar is wrong, which has been said too
		}
		for _, p := range problems {
			m := config.Mistake{Path: fmt.Sprintf("schedules[%d].%s", i, p.Field), Text: p.Text, Mend: p.Mend}
			var at int
			var key string
			if n, _ := fmt.Sscanf(p.Field, "blackouts[%d].%s", &at, &key); n == 2 && at >= len(s.Blackouts) {
				m.Path = fmt.Sprintf("blackouts[%d].%s", at-len(s.Blackouts), key)
			}
			if !slices.Contains(wrong, m) { // what is wrong for all is said once
				wrong = append(wrong, m)
			}
		}
	}
	return wrong
}
