package daemon

import (
	"context"
	"slices"
	"time"

	"postrider/hijri"
	"postrider/magazine"
	"postrider/schedules"
	"postrider/store"
	"postrider/web/admin"
)

// longestGrace is how late anything goes out at the most.
var longestGrace = schedules.Grace(1<<63 - 1)

// Lifting tells what would be done at once if a blackout of the desk were taken away, by
// the ids of those of which anything would.
func (d *Daemon) Lifting(ctx context.Context) (map[string]admin.AtOnce, error) {
	if err := d.reread(ctx); err != nil {
		return nil, err
	}
	calendar, err := reckoning(&d.config.Publication)
	if err != nil {
		return nil, err
	}
	open, err := d.Store.OpenEditions(ctx)
	if err != nil {
		return nil, err
	}
	t, now, all := d.table(), d.Store.Now(), map[string]admin.AtOnce{}
	c := concern{now: now, calendar: calendar, from: now.Add(-longestGrace).AddDate(0, 0, -2), to: now.AddDate(0, 0, 2)}
	for i := range open {
		c.add(t, &open[i])
	}
	for _, s := range t.schedules {
		if o, ok := s.Next(now); ok {
			c.since(append(o.Merged, o.Nominal)[0])
		}
	}
	for at, b := range t.written.Blackouts {
		if !c.has(t, b) {
			continue // to reckon it takes long
		}
		_, once, err := d.atOnce(ctx, d.Store, t, d.without(t, at), now)
		if err != nil {
			return nil, err
		}
		if once.Mark() != (admin.AtOnce{}).Mark() {
			all[b.ID] = once
		}
	}
	return all, nil
}

// concern is what has to do with what happens now: the dates whose sends may still come, or
// were to come lately, and the schedules of drafts.
type concern struct {
	now      time.Time
	calendar hijri.Reckoning
	from, to time.Time
	drafts   []*schedules.Schedule
}

// add has the dates reach from that of a draft to the one that it waits for.
func (c *concern) add(t *timetable, e *magazine.Edition) {
	n, ok := schedules.NominalOf(e.Key)
	s := t.maker(e)
	if e.State != magazine.EditionWaiting || !ok || s == nil {
		return
	}
	c.drafts = append(c.drafts, s)
	c.since(n)
	if last := e.Nominal.AddDate(0, 0, 2); last.After(c.to) { // no zone is that far ahead
		c.to = last
	}
}

// since has the dates reach back to that of an occurrence.
func (c *concern) since(n schedules.Nominal) {
	if day, err := time.Parse(time.DateOnly, n.Date); err == nil && day.Before(c.from) {
		c.from = day
	}
}

// has tells that to take a blackout away may do something at once.
func (c *concern) has(t *timetable, b store.Blackout) bool {
	return blackoutSpec(b).Touches(c.calendar, c.from, c.to) && slices.ContainsFunc(t.schedules, func(s *schedules.Schedule) bool {
		return concerns(b, s) && (slices.Contains(c.drafts, s) || awaits(s, c.now))
	})
}

// awaits tells that the next send of a schedule is of a date that is over or begun in
// some zone: a blackout has moved it, or it comes soon.
func awaits(s *schedules.Schedule, now time.Time) bool {
	o, ok := s.Next(now)
	return ok && append(o.Merged, o.Nominal)[0].Date <= now.Add(14*time.Hour).Format(time.DateOnly)
}
