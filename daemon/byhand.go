package daemon

import (
	"context"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/schedules"
	"postrider/store"
)

// Schedule finds a schedule by NEWSLETTER or
// NEWSLETTER/NAME. NotFound names those there are. Invalid: the newsletter has
// several.
func (d *Daemon) Schedule(ref string) (*schedules.Schedule, error) {
	var found, others []string
	var one *schedules.Schedule
	for _, s := range d.Schedules() {
		name := s.Newsletter + "/" + s.Name
		others = append(others, name)
		if ref == name || ref == s.Newsletter {
			one, found = s, append(found, name)
		}
	}
	switch {
	case len(found) == 1:
		return one, nil
	case len(found) > 1:
		return nil, magazine.Errorf(magazine.Invalid, "%s has several schedules; write one of%s", ref, listed(found))
	case len(others) == 0:
		return nil, magazine.Errorf(magazine.NotFound, "there is no schedule %q; there is none at all, in the configuration or of the desk", ref)
	}
	return nil, magazine.Errorf(magazine.NotFound, "there is no schedule %q; there are:%s", ref, listed(others))
}

func listed(names []string) (list string) {
	for _, n := range names {
		list += " " + n
	}
	return list
}

// upcoming is the first occurrence to come of a schedule that nobody has decided
// about.
func (d *Daemon) upcoming(ctx context.Context, tx *store.Tx, s *schedules.Schedule) (o schedules.Occurrence, kept store.Schedule, err error) {
	kept, except, err := d.decided(ctx, tx, s)
	if err != nil {
		return o, kept, err
	}
	if s.ByIssue() {
		return o, kept, magazine.Errorf(magazine.NotFound, "%s/%s goes out when an issue is published; until then there is no next send", s.Newsletter, s.Name)
	}
	after := kept.Handled
	if tx.Now.After(after) {
		after = tx.Now
	}
	for tries := 0; ; tries++ {
		var ok bool
		if o, ok = s.Next(after); !ok || tries == 1000 {
			return o, kept, magazine.Errorf(magazine.NotFound, "%s/%s does not go out any more, or is paused", s.Newsletter, s.Name)
		}
		if except(o) == "" {
			return o, kept, nil
		}
		after = o.At
	}
}

// Skip has a schedule leave out the next occurrence that would go out, at a
// person's word, and returns it with the one that now comes next. What is new
// comes with that one. Conflict: seen is not empty, and not the key of the one that
// would be left out.
func (d *Daemon) Skip(ctx context.Context, s *schedules.Schedule, who, seen string) (left, next schedules.Occurrence, err error) {
	err = d.Store.Write(ctx, func(tx *store.Tx) error {
		if _, _, err := d.decided(ctx, tx, s); err != nil {
			return err
		}
		e, begun, err := d.waiting(ctx, tx, s)
		switch {
		case err != nil:
			return err
		case e != nil:
			if left = begun; another(left, seen) {
				return errAnother
			}
			if err := tx.SetAlarm(ctx, store.Alarm{Kind: store.AlarmEdition, Ref: e.ID}); err != nil {
				return err
			}
			if err := tx.DropEdition(ctx, e, skipped+who); err != nil {
				return err
			}
		default:
			if left, _, err = d.upcoming(ctx, tx, s); err != nil {
				return err
			}
			if another(left, seen) {
				return errAnother
			}
			if err := recordOccurrence(ctx, tx, left, "", skipped+who); err != nil {
				return err
			}
			if err := d.dropDraft(ctx, tx, left.Key(), skipped+who); err != nil {
				return err
			}
		}
		if next, _, err = d.upcoming(ctx, tx, s); err != nil && magazine.CodeOf(err) != magazine.NotFound {
			return err
		}
		return d.didToSchedule(ctx, tx, s, store.Act{Who: who, What: "skip", Detail: left.Date + " " + left.Slot})
	})
	return left, next, err
}

// Unskip takes back the last skip of an occurrence that is still to come, and
// returns that. NotFound: there is none. Conflict: seen is not empty, and not its
// key.
func (d *Daemon) Unskip(ctx context.Context, s *schedules.Schedule, who, seen string) (back schedules.Occurrence, err error) {
	err = d.Store.Write(ctx, func(tx *store.Tx) error {
		recorded, err := tx.OccurrencesFrom(ctx, s.Newsletter, s.Name, nominalAfter(s, tx.Now))
		if err != nil {
			return err
		}
		last := lastSkipped(recorded, tx.Now)
		if last == nil {
			return magazine.Errorf(magazine.NotFound, "no send of %s/%s that is still to come is skipped", s.Newsletter, s.Name)
		}
		if back = occurrenceOf(*last); another(back, seen) {
			return errAnother
		}
		if _, err := tx.ForgetOccurrence(ctx, *last); err != nil {
			return err
		}
		return d.didToSchedule(ctx, tx, s, store.Act{Who: who, What: "unskip", Detail: back.Date + " " + back.Slot})
	})
	return back, err
}

// lastSkipped is the last occurrence that a person left out and that is still to
// come; nil: there is none.
func lastSkipped(recorded []store.Occurrence, now time.Time) (last *store.Occurrence) {
	for i, o := range recorded {
		if strings.HasPrefix(o.Outcome, skipped) && o.At.After(now) {
			last = &recorded[i]
		}
	}
	return last
}

func occurrenceOf(o store.Occurrence) schedules.Occurrence {
	return schedules.Occurrence{Newsletter: o.Newsletter, Schedule: o.Schedule, Nominal: schedules.Nominal{Date: o.Day, Slot: o.Slot}, At: o.At}
}

// errAnother is said where the send that a person saw is no longer the one that
// their word would be about.
var errAnother = magazine.Errorf(magazine.Conflict, "nothing was done: meanwhile another send comes next; look again").Said("desk.schedule.meanwhile")

func another(o schedules.Occurrence, seen string) bool { return seen != "" && seen != o.Key() }

// ByHand tells which occurrence Skip and Run would take, and which Unskip would give
// back; nil: none.
func (d *Daemon) ByHand(ctx context.Context, s *schedules.Schedule) (next, back *schedules.Occurrence, err error) {
	now := d.Store.Now()
	recorded, err := d.Store.OccurrencesFrom(ctx, s.Newsletter, s.Name, nominalAfter(s, now))
	if err != nil {
		return nil, nil, err
	}
	if last := lastSkipped(recorded, now); last != nil {
		o := occurrenceOf(*last)
		back = &o
	}
	open, err := d.Store.OpenEditions(ctx)
	if err != nil {
		return nil, back, err
	}
	if e, o := d.waitingOf(s, open, now); e != nil {
		return &o, back, nil
	}
	coming, err := d.Coming(ctx, s, now, store.Forever, 1000)
	for i := range coming {
		if coming[i].Reason == "" {
			return &coming[i], back, err
		}
	}
	return nil, back, err
}

// Run makes an edition of a schedule at a person's word, now. Where it counts as
// the next, the next occurrence makes none of its own, and is returned; else the
// edition is one more. Conflict: it counts as the next, and seen is not empty and not
// the key of that.
func (d *Daemon) Run(ctx context.Context, s *schedules.Schedule, who string, asNext bool, seen string) (e *magazine.Edition, next schedules.Occurrence, err error) {
	if letter, err := d.Newsletter(s.Newsletter); err != nil {
		return nil, next, err
	} else if letter.Contents {
		return nil, next, contentsByIssue(s.Newsletter)
	}
	err = d.Store.Write(ctx, func(tx *store.Tx) error {
		id := magazine.NewID()
		e = &magazine.Edition{ID: id, Newsletter: s.Newsletter, Schedule: s.Name, Key: "run/" + id, Maker: who + " by postrider schedules run", State: magazine.EditionPlanned, Nominal: tx.Now, Approved: who}
		var begun *magazine.Edition
		if _, _, err := d.decided(ctx, tx, s); err != nil {
			return err
		}
		var err error
		if begun, next, err = d.waiting(ctx, tx, s); err == nil && begun == nil {
			next, _, err = d.upcoming(ctx, tx, s)
		}
		if err != nil && (asNext || magazine.CodeOf(err) != magazine.NotFound) {
			return err
		}
		if asNext && another(next, seen) {
			return errAnother
		}
		if asNext {
			if err := d.dropDraft(ctx, tx, next.Key(), "run before its time by "+who); err != nil {
				return err
			}
			if begun != nil { // its occurrence is recorded
				if err := tx.VoidOccurrence(ctx, begun.ID, ""); err != nil {
					return err
				}
			}
			if err := recordOccurrence(ctx, tx, next, id, "run before its time by "+who); err != nil {
				return err
			}
		}
		if _, err := tx.PutEdition(ctx, *e); err != nil {
			return err
		}
		detail := "one more edition"
		if asNext {
			detail = "in place of " + next.Date + " " + next.Slot
		}
		if err := d.didToSchedule(ctx, tx, s, store.Act{Who: who, What: "run", Edition: id, Detail: detail}); err != nil {
			return err
		}
		return d.jobs.compose(ctx, tx, id)
	})
	return e, next, err
}

// Pause keeps a schedule from going out until an instant (store.Forever: until
// somebody resumes it). What comes due meanwhile is dropped (see pausedOver), and so is
// what has come due and was not made up for yet; what is new comes with the first edition
// after the pause. Invalid: the instant is past.
func (d *Daemon) Pause(ctx context.Context, s *schedules.Schedule, who string, until time.Time) error {
	return d.Store.Write(ctx, func(tx *store.Tx) error {
		if !until.After(tx.Now) {
			return magazine.Errorf(magazine.Invalid, "a pause cannot end at %s, which is past; name a time to come", d.local(until))
		}
		if _, _, err := d.decided(ctx, tx, s); err != nil {
			return err
		}
		if err := tx.PauseSchedule(ctx, s.Newsletter, s.Name, until, who); err != nil {
			return err
		}
		detail := "until somebody resumes it"
		if until.Before(store.Forever) {
			detail = "until " + d.local(until)
		}
		for _, o := range s.Upcoming(tx.Now, 1) { // whose draft may be waiting
			if pausedOver(s, o, until) {
				if err := d.dropDraft(ctx, tx, o.Key(), magazine.PausedBy.Text(who)); err != nil {
					return err
				}
			}
		}
		if err := d.lookAtWaiting(ctx, tx, s); err != nil {
			return err
		}
		return d.didToSchedule(ctx, tx, s, store.Act{Who: who, What: "pause", Detail: detail})
	})
}

// Resume ends a schedule's pause: what came due in it stays dropped, and the
// next occurrence goes out. One in each reader's own time that has come due, and is
// still to come in its own zone, is the next. Conflict: it is not paused.
func (d *Daemon) Resume(ctx context.Context, s *schedules.Schedule, who string) error {
	return d.Store.Write(ctx, func(tx *store.Tx) error {
		kept, except, err := d.decided(ctx, tx, s)
		if err != nil {
			return err
		}
		if !kept.PausedUntil.After(tx.Now) {
			return magazine.Errorf(magazine.Conflict, "%s/%s is not paused", s.Newsletter, s.Name).Said("desk.schedule.not-paused")
		}
		return d.resume(ctx, tx, s, kept, except, who)
	})
}

func (d *Daemon) resume(ctx context.Context, tx *store.Tx, s *schedules.Schedule, kept store.Schedule, except func(schedules.Occurrence) string, who string) error {
	if due, ok := s.Due(kept.Handled, tx.Now, except); ok { // all of it in the pause
		for _, o := range due.Dropped {
			if err := recordOccurrence(ctx, tx, o, "", "dropped: "+o.Reason); err != nil {
				return err
			}
		}
	}
	if err := tx.SetScheduleHandled(ctx, s.Newsletter, s.Name, tx.Now); err != nil {
		return err
	}
	if err := tx.PauseSchedule(ctx, s.Newsletter, s.Name, time.Time{}, ""); err != nil {
		return err
	}
	kept.Handled, kept.PausedUntil = tx.Now, time.Time{}
	if err := d.begin(ctx, tx, s, kept); err != nil {
		return err
	}
	if err := d.lookAtWaiting(ctx, tx, s); err != nil {
		return err
	}
	return d.didToSchedule(ctx, tx, s, store.Act{Who: who, What: "resume"})
}

// ResumeAll ends every pause, and every doubt about the clock or the database:
// what comes due from now on goes out. It returns the names of the schedules
// that were paused, and what was in doubt.
func (d *Daemon) ResumeAll(ctx context.Context, who string) (resumed []string, doubt string, err error) {
	err = d.Store.Write(ctx, func(tx *store.Tx) error {
		resumed = nil
		trust, err := tx.Trust(ctx)
		if err != nil {
			return err
		}
		if doubt = ""; trust.Doubt.Covers(tx.Now) {
			doubt = trust.Doubt.Reason
		}
		if err := tx.SetDoubt(ctx, store.Doubt{}); err != nil {
			return err
		}
		for _, s := range d.Schedules() {
			kept, except, err := d.decided(ctx, tx, s)
			if err != nil {
				return err
			}
			if !kept.PausedUntil.After(tx.Now) {
				continue
			}
			if err := d.resume(ctx, tx, s, kept, except, who); err != nil {
				return err
			}
			resumed = append(resumed, s.Newsletter+"/"+s.Name)
		}
		if doubt == "" {
			return nil
		}
		return tx.PutAct(ctx, store.Act{Who: who, What: "resume", Detail: doubt})
	})
	return resumed, doubt, err
}

// didToSchedule keeps what a person did to a schedule, and has the scheduler
// look at it at once.
func (d *Daemon) didToSchedule(ctx context.Context, tx *store.Tx, s *schedules.Schedule, act store.Act) error {
	act.Newsletter, act.Schedule = s.Newsletter, s.Name
	if err := tx.PutAct(ctx, act); err != nil {
		return err
	}
	return tx.SetAlarm(ctx, store.Alarm{Kind: store.AlarmSchedule, Ref: s.Newsletter + "/" + s.Name, At: tx.Now})
}
