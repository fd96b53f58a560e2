package daemon

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/schedules"
	"postrider/store"
	"postrider/web/admin"
)

// What people write about schedules at the desk. Each change is one transaction under
// one lock: it has what has come due by the old word go out as that says, and the
// scheduler of each node then meets what is new as after a start.

// change is one of the timetable: what comes of it, and how it is written. A nil next:
// there is nothing to do.
type change struct {
	next  *timetable
	write func(tx *store.Tx) error
	why   magazine.Reason // of drafts that it drops
	seen  string          // of what is done at once: see meetChange
}

// changeTimetable makes a change to the timetable as it is now. What comes of it is
// reckoned before anybody is kept waiting: with many blackouts that takes long.
func (d *Daemon) changeTimetable(ctx context.Context, plan func(t *timetable) (change, error)) error {
	if err := d.reread(ctx); err != nil {
		return err
	}
	return d.anew(ctx, func(ctx context.Context) error {
		t := d.table()
		c, err := plan(t)
		if err != nil || c.next == nil {
			return err
		}
		err = d.Store.Write(ctx, func(tx *store.Tx) error {
			version, err := tx.LockTimetable(ctx)
			if err == nil && version != t.written.Version {
				err = errStale
			}
			if err != nil {
				return err
			}
			if err := c.write(tx); err != nil {
				return err
			}
			return d.meetChange(ctx, tx, t, c)
		})
		if err != nil {
			return err
		}
		return d.reread(ctx)
	})
}

// of finds a schedule that was written at the desk; nil: there is none.
func (t *timetable) of(newsletter, name string) *store.DeskSchedule {
	for i := range t.written.Schedules {
		if w := &t.written.Schedules[i]; w.Newsletter == newsletter && w.Name == name {
			return w
		}
	}
	return nil
}

// inUse finds a schedule that was made at the desk and by which its newsletter goes out;
// nil: there is none.
func (t *timetable) inUse(newsletter, name string) *schedules.Schedule {
	for i, s := range t.schedules {
		if t.places[i].at < 0 && s.Newsletter == newsletter && s.Name == name {
			return s
		}
	}
	return nil
}

// why is what keeps a schedule, or one of the blackouts that concern it, from being used.
func (t *timetable) why(newsletter, name string) (problems schedules.Problems) {
	for _, u := range t.unused {
		if u.Newsletter == newsletter && u.Schedule == name {
			problems = append(problems, u.Why...)
		}
	}
	return problems
}

// with is the timetable as it would be with a schedule. The error is that of
// schedules.Parse where that cannot be.
func (d *Daemon) with(t *timetable, w store.DeskSchedule) (*timetable, error) {
	written := t.written
	written.Schedules = slices.DeleteFunc(slices.Clone(written.Schedules), func(have store.DeskSchedule) bool {
		return have.Newsletter == w.Newsletter && have.Name == w.Name
	})
	written.Schedules = append(written.Schedules, w)
	next := d.makeTimetable(written)
	if problems := next.why(w.Newsletter, w.Name); problems != nil {
		return nil, invalid(problems)
	}
	return next, nil
}

// JudgeSchedule is the schedule that would be saved, with what would be done at once. The
// error is that of schedules.Parse.
func (d *Daemon) JudgeSchedule(ctx context.Context, w store.DeskSchedule) (s *schedules.Schedule, once admin.AtOnce, err error) {
	if err := d.reread(ctx); err != nil {
		return nil, once, err
	}
	t := d.table()
	if w.Version == 0 && t.of(w.Newsletter, w.Name) != nil {
		return nil, once, nameTaken(w)
	}
	next, err := d.with(t, w)
	if err != nil {
		return nil, once, err
	}
	_, once, err = d.atOnce(ctx, d.Store, t, next, d.Store.Now())
	return next.byRef[w.Newsletter+"/"+w.Name], once, err
}

func nameTaken(w store.DeskSchedule) error {
	return notASchedule("name", w.Name, "another schedule of this newsletter has this name", "choose another name")
}

// errEdited is why a schedule is not overwritten.
var errEdited = magazine.Errorf(magazine.Conflict, "nothing was done: somebody has changed or removed this schedule meanwhile").Said("desk.schedule.edited")

// SaveSchedule keeps a schedule that was written at the desk: a new one, where its
// version is 0, else in place of that version. It counts from now on, on all nodes
// within a second. The error is that of schedules.Parse where it is none. Conflict: it
// is of another version now, or what is done at once is not what was seen.
func (d *Daemon) SaveSchedule(ctx context.Context, w store.DeskSchedule, who, seen string) error {
	return d.changeTimetable(ctx, func(t *timetable) (c change, err error) {
		have := t.of(w.Newsletter, w.Name)
		switch {
		case w.Version == 0 && have != nil:
			return c, nameTaken(w)
		case w.Version != 0 && (have == nil || have.Version != w.Version):
			return c, errEdited
		}
		next, err := d.with(t, w)
		if err != nil {
			return c, err
		}
		act := store.Act{Who: who, What: "make", Newsletter: w.Newsletter, Schedule: w.Name, Detail: next.said(w)}
		if have != nil {
			from := t.said(*have)
			if from == act.Detail {
				return c, nil
			}
			act.What, act.Detail = "change", "from "+from+" to "+act.Detail
		}
		return change{next, func(tx *store.Tx) error {
			if err := d.beforeChange(ctx, tx, t.inUse(w.Newsletter, w.Name), w); err != nil {
				return err
			}
			if err := tx.PutDeskSchedule(ctx, w); err != nil {
				return err
			}
			return tx.PutAct(ctx, act)
		}, magazine.ScheduleChanged, seen}, nil
	})
}

// said tells in words what was written at the desk.
func (t *timetable) said(w store.DeskSchedule) string {
	words := w.Every + w.Cron
	if s := t.inUse(w.Newsletter, w.Name); s != nil {
		words = s.Words()
	}
	return fmt.Sprintf("%s (%s), called %q", words, w.Timezone, w.Title)
}

// beforeChange has what has come due of a schedule go out before it is changed, or removed:
// what comes later is by another word. One that goes out by none yet starts now.
func (d *Daemon) beforeChange(ctx context.Context, tx *store.Tx, s *schedules.Schedule, w store.DeskSchedule) error {
	if s != nil {
		return d.fire(ctx, tx, s)
	}
	kept, err := tx.Schedule(ctx, w.Newsletter, w.Name)
	if err != nil {
		return err
	}
	if w.Version == 0 && !kept.PausedUntil.IsZero() { // of one that was removed
		if err := tx.PauseSchedule(ctx, w.Newsletter, w.Name, time.Time{}, ""); err != nil {
			return err
		}
	}
	return tx.SetScheduleHandled(ctx, w.Newsletter, w.Name, tx.Now)
}

// RemoveSchedule removes a schedule that was made at the desk, of the version that w
// has. Whoever has its newsletter as it says has the first of the others; what is on
// its way goes on. Conflict: it is of another version now, or what is done at once is not
// what was seen.
func (d *Daemon) RemoveSchedule(ctx context.Context, w store.DeskSchedule, who, seen string) error {
	return d.changeTimetable(ctx, func(t *timetable) (c change, err error) {
		have := t.of(w.Newsletter, w.Name)
		if have == nil || have.Version != w.Version {
			return c, errEdited
		}
		written := t.written
		written.Schedules = slices.DeleteFunc(slices.Clone(written.Schedules), func(one store.DeskSchedule) bool { return one == *have })
		return change{d.makeTimetable(written), func(tx *store.Tx) error {
			if s := t.inUse(w.Newsletter, w.Name); s != nil {
				if err := d.beforeChange(ctx, tx, s, w); err != nil {
					return err
				}
				if err := tx.SetAlarm(ctx, store.Alarm{Kind: store.AlarmSchedule, Ref: refOf(s)}); err != nil {
					return err
				}
			}
			if err := tx.RemoveDeskSchedule(ctx, w.Newsletter, w.Name); err != nil {
				return err
			}
			return tx.PutAct(ctx, store.Act{Who: who, What: "remove", Newsletter: w.Newsletter, Schedule: w.Name, Detail: t.said(*have)})
		}, magazine.ScheduleRemoved, seen}, nil
	})
}

// mostBlackouts is how many blackouts there may be at the desk: each is looked at with
// each of the others.
const mostBlackouts = 60

// AddBlackout keeps a blackout that was written at the desk, of one schedule, of all of
// a newsletter or of all. Where it cannot be the error is that of schedules.Parse, with
// the fields newsletter, from, to and then. Conflict: what is done at once is not what was
// seen.
func (d *Daemon) AddBlackout(ctx context.Context, b store.Blackout, who, seen string) error {
	if err := d.judgeBlackout(b); err != nil {
		return err
	}
	b.ID = "new"
	return d.changeTimetable(ctx, func(t *timetable) (c change, err error) {
		_, err = d.Newsletter(b.Newsletter)
		switch {
		case b.Schedule != "" && t.byRef[b.Newsletter+"/"+b.Schedule] == nil, b.Newsletter != "" && err != nil:
			return c, notASchedule("newsletter", b.Newsletter+"/"+b.Schedule, "it was removed meanwhile", "choose another")
		case len(t.written.Blackouts) >= mostBlackouts:
			return c, notASchedule("from", b.From, fmt.Sprintf("there are %d already, and there may be no more", mostBlackouts), "take away those that are over")
		}
		written := t.written
		written.Blackouts = append(slices.Clone(written.Blackouts), b)
		next := d.makeTimetable(written)
		for _, u := range next.unused {
			if u.Blackout == b.ID {
				return c, invalid(ofBlackout(u.Why))
			}
		}
		return change{next, func(tx *store.Tx) error {
			if err := d.beforeAll(ctx, tx, t, b); err != nil {
				return err
			}
			if err := tx.PutBlackout(ctx, b); err != nil {
				return err
			}
			return tx.PutAct(ctx, store.Act{Who: who, What: "blackout", Newsletter: b.Newsletter, Schedule: b.Schedule, Detail: b.Words()})
		}, magazine.DatesAdded, seen}, nil
	})
}

// judgeBlackout judges a blackout by itself.
func (d *Daemon) judgeBlackout(b store.Blackout) error {
	calendar, err := reckoning(&d.config.Publication)
	if err != nil {
		return err
	}
	_, err = schedules.Parse(schedules.Spec{Newsletter: "try", Every: "day at 07:00", Timezone: "UTC", Calendar: calendar, Blackouts: []schedules.BlackoutSpec{blackoutSpec(b)}})
	if err != nil {
		return invalid(ofBlackout(problemsOf(err)))
	}
	return nil
}

// ofBlackout names the fields of a blackout as they are in a list of nothing else.
func ofBlackout(problems schedules.Problems) schedules.Problems {
	problems = slices.Clone(problems)
	for i := range problems {
		_, field, ok := strings.Cut(problems[i].Field, "].")
		if !ok {
			field = "from"
		}
		problems[i].Field = field
	}
	return problems
}

func invalid(problems schedules.Problems) error {
	return &magazine.Error{Code: magazine.Invalid, Text: problems.Error(), Cause: problems}
}

// beforeAll is beforeChange of all schedules that a blackout concerns.
func (d *Daemon) beforeAll(ctx context.Context, tx *store.Tx, t *timetable, b store.Blackout) error {
	for _, s := range t.schedules {
		if concerns(b, s) {
			if err := d.fire(ctx, tx, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// RemoveBlackout takes a blackout away that was written at the desk: from now on it goes
// out again on those dates. NotFound: there is none. Conflict: what is done at once is
// not what was seen.
func (d *Daemon) RemoveBlackout(ctx context.Context, id, who, seen string) error {
	return d.changeTimetable(ctx, func(t *timetable) (c change, err error) {
		at := slices.IndexFunc(t.written.Blackouts, func(b store.Blackout) bool { return b.ID == id })
		if at < 0 {
			return c, magazine.Errorf(magazine.NotFound, "somebody has taken it away already").Said("desk.blackout.gone")
		}
		b := t.written.Blackouts[at]
		return change{d.without(t, at), func(tx *store.Tx) error {
			if err := d.beforeAll(ctx, tx, t, b); err != nil {
				return err
			}
			if err := tx.RemoveBlackout(ctx, id); err != nil {
				return err
			}
			return tx.PutAct(ctx, store.Act{Who: who, What: "lift", Newsletter: b.Newsletter, Schedule: b.Schedule, Detail: b.Words()})
		}, magazine.ScheduleChanged, seen}, nil
	})
}

// without is the timetable as it would be without one of the blackouts of the desk.
func (d *Daemon) without(t *timetable, at int) *timetable {
	written := t.written
	written.Blackouts = slices.Delete(slices.Clone(written.Blackouts), at, at+1)
	return d.makeTimetable(written)
}
