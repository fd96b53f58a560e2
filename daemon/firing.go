package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/schedules"
	"postrider/store"
)

// alarmsAtOnce is how many alarms one look at them takes up, and
// firesAtOnce how many schedules fire in one transaction.
const (
	alarmsAtOnce = 1000
	firesAtOnce  = 50
)

// alarmsDue does what has come due.
func (d *Daemon) alarmsDue(ctx context.Context) error {
	for {
		due, err := d.Store.Alarms(ctx, alarmsAtOnce)
		if err != nil || len(due) == 0 {
			return err
		}
		done, err := d.heed(ctx, due)
		if err != nil || !done || len(due) < alarmsAtOnce {
			return err
		}
	}
}

// heed does what alarms ask for: schedules first, for what they make may decide
// over drafts. It tells whether there was anything that this daemon knows.
func (d *Daemon) heed(ctx context.Context, due []store.Alarm) (any bool, err error) {
	var fire []*schedules.Schedule
	var drafts, issues []string
	var waves []store.Alarm
	for _, a := range due {
		switch s := d.schedule(a.Ref); {
		case a.Kind == store.AlarmEdition:
			drafts = append(drafts, a.Ref)
		case a.Kind == store.AlarmWave:
			waves = append(waves, a)
		case a.Kind == store.AlarmIssue:
			issues = append(issues, a.Ref)
		case s != nil: // another daemon's configuration may have more
			fire = append(fire, s)
		}
	}
	for at := 0; at < len(fire); at += firesAtOnce {
		err = errors.Join(err, d.fireAll(ctx, fire[at:min(len(fire), at+firesAtOnce)]))
	}
	for _, ref := range issues {
		err = errors.Join(err, d.Store.Write(ctx, func(tx *store.Tx) error { return d.issueDue(ctx, tx, ref) }))
	}
	for _, a := range waves {
		err = errors.Join(err, d.Store.Write(ctx, func(tx *store.Tx) error { return d.waveDue(ctx, tx, a.Ref, a.At) }))
	}
	for _, id := range drafts {
		err = errors.Join(err, d.Store.Write(ctx, func(tx *store.Tx) error { return d.draftDue(ctx, tx, id) }))
	}
	return len(fire)+len(issues)+len(drafts)+len(waves) > 0, err
}

// fireAll makes the editions of schedules that have come due, in one
// transaction; where that fails, each in its own, so that one keeps none of the
// others from going out.
func (d *Daemon) fireAll(ctx context.Context, due []*schedules.Schedule) error {
	err := d.Store.Write(ctx, func(tx *store.Tx) error {
		for _, s := range due {
			if err := d.fire(ctx, tx, s); err != nil {
				return fmt.Errorf("schedule %s/%s: %w", s.Newsletter, s.Name, err)
			}
		}
		return nil
	})
	if err == nil || len(due) == 1 {
		return err
	}
	var first error
	for _, s := range due {
		if err := d.fireAll(ctx, []*schedules.Schedule{s}); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// fire turns what has come due of a schedule into an edition, makes the draft of
// the next where its time has come, and sets when to look at it again.
func (d *Daemon) fire(ctx context.Context, tx *store.Tx, s *schedules.Schedule) error {
	kept, except, err := d.decided(ctx, tx, s)
	if err != nil {
		return err
	}
	untils, err := d.apart(ctx, tx, s, kept.Handled)
	if err != nil {
		return err
	}
	since := kept.Handled
	for _, until := range untils {
		if due, ok := s.Due(since, until, except); ok {
			if err := d.occurred(ctx, tx, s, due, time.Time{}); err != nil {
				return err
			}
		}
		since = until
	}
	resumed := kept.PausedUntil.After(kept.Handled) // if it is over by now
	if tx.Now.After(kept.Handled) {
		kept.Handled = tx.Now
		if err := tx.SetScheduleHandled(ctx, s.Newsletter, s.Name, kept.Handled); err != nil {
			return err
		}
	}
	if resumed {
		if err := d.begin(ctx, tx, s, kept); err != nil {
			return err
		}
	}
	return d.lookNext(ctx, tx, s, kept, except)
}

// decided locks what is kept of a schedule, with what people have decided about
// its occurrences (see exceptions). errStale: it is no longer the schedule that counts.
func (d *Daemon) decided(ctx context.Context, tx *store.Tx, s *schedules.Schedule) (kept store.Schedule, except func(schedules.Occurrence) string, err error) {
	t, err := d.current(ctx, tx)
	if err == nil && t.byRef[refOf(s)] != s {
		err = errStale
	}
	if err != nil {
		return kept, nil, err
	}
	if kept, err = tx.Schedule(ctx, s.Newsletter, s.Name); err != nil {
		return kept, nil, err
	}
	recorded, err := tx.OccurrencesFrom(ctx, s.Newsletter, s.Name, nominalAfter(s, kept.Handled))
	if err != nil {
		return kept, nil, err
	}
	return kept, exceptions(s, kept, recorded), nil
}

// nominalAfter is a nominal date that no occurrence after an instant is before:
// at most two days from the instant's in UTC, but for one that a blackout moves.
func nominalAfter(s *schedules.Schedule, at time.Time) string {
	day := at.AddDate(0, 0, -2).Format(time.DateOnly)
	if next, ok := s.Next(at); ok {
		day = min(day, next.Date)
	}
	return day
}

// exceptions tells why an occurrence gets no edition of the schedule's, where
// people have decided so.
func exceptions(s *schedules.Schedule, kept store.Schedule, recorded []store.Occurrence) func(schedules.Occurrence) string {
	settled := settledOf(recorded)
	return func(o schedules.Occurrence) string {
		if why := settled[o.Nominal]; why != "" {
			return why
		}
		if pausedOver(s, o, kept.PausedUntil) {
			return pausedWords(kept, s.Home())
		}
		return ""
	}
}

// pausedOver tells that a pause until an instant loses an occurrence. One in each
// reader's own time that comes due in it is made all the same, or made anew when it is
// over, where its time in the schedule's own zone is not before that (see begin).
func pausedOver(s *schedules.Schedule, o schedules.Occurrence, until time.Time) bool {
	at := o.At
	if s.Local {
		at = s.In(o.Nominal, nil, "")
	}
	return at.Before(until)
}

// skipped begins the outcome of an occurrence that a person has skipped before
// it came.
const skipped = "skipped by "

// settledOf are the occurrences that are settled before they come due: those
// that have an edition already, and those that a person skipped.
func settledOf(recorded []store.Occurrence) map[schedules.Nominal]string {
	settled := map[schedules.Nominal]string{}
	for _, o := range recorded {
		if o.Edition != "" || strings.HasPrefix(o.Outcome, skipped) {
			settled[schedules.Nominal{Date: o.Day, Slot: o.Slot}] = o.Outcome
		}
	}
	return settled
}

func pausedWords(kept store.Schedule, zone *time.Location) string {
	if kept.PausedUntil.Equal(store.Forever) {
		return magazine.PausedBy.Text(kept.PausedBy)
	}
	return magazine.PausedUntil.Text(kept.PausedBy, kept.PausedUntil.In(zone).Format("2006-01-02 15:04 -0700"))
}

// lookNext makes the draft of a schedule's next edition where its time has come,
// and sets when the schedule is looked at next.
func (d *Daemon) lookNext(ctx context.Context, tx *store.Tx, s *schedules.Schedule, kept store.Schedule, except func(schedules.Occurrence) string) error {
	alarm := store.Alarm{Kind: store.AlarmSchedule, Ref: refOf(s)}
	next, ok := s.Next(kept.Handled)
	if !ok { // never again
		return tx.SetAlarm(ctx, alarm)
	}
	alarm.At = next.At
	if end := kept.PausedUntil; s.Local && end.After(tx.Now) && end.Before(next.At) { // when what came due in it may begin
		alarm.At = end
	}
	if left := s.Dropped(kept.Handled, next.At); len(left) > 0 { // to be recorded when its time comes
		alarm.At = earlierOf(alarm.At, left[0].At)
	}
	if approval := d.approval(s.Newsletter); approval.Required && next.At.After(tx.Now) {
		if draft := next.At.Add(-approval.Before); draft.After(tx.Now) {
			alarm.At = earlierOf(alarm.At, draft)
		} else if except(next) == "" {
			if err := d.draft(ctx, tx, s, next); err != nil {
				return err
			}
		}
	}
	return tx.SetAlarm(ctx, alarm)
}

// occurred records what has come due of a schedule and makes the one edition
// for all of it: planned, waiting for approval, or held. Of one that goes out in
// waves, those before an instant count as none (see toWaves). The keys are unique,
// so a second daemon makes nothing.
func (d *Daemon) occurred(ctx context.Context, tx *store.Tx, s *schedules.Schedule, due schedules.Due, from time.Time) error {
	for _, o := range due.Dropped {
		if err := recordOccurrence(ctx, tx, o, "", "dropped: "+o.Reason); err != nil {
			return err
		}
	}
	if due.Count == 0 {
		return nil
	}
	e, isNew, err := d.due(ctx, tx, s, due, from)
	if err != nil {
		return err
	}
	for _, o := range due.Missed {
		if err := recordOccurrence(ctx, tx, o, e.ID, "missed; made up for by "+due.Key()); err != nil {
			return err
		}
		if err := d.dropDraft(ctx, tx, o.Key(), magazine.MadeUpFor.Text(due.Key())); err != nil {
			return err
		}
	}
	outcome := "edition"
	if e.State == magazine.EditionHeld {
		outcome = "held"
	}
	if err := recordOccurrence(ctx, tx, due.Occurrence, e.ID, outcome); err != nil || !isNew {
		return err
	}
	return d.launch(ctx, tx, e)
}

// due makes the edition of what has come due, or finds its draft. One that is
// too late, or comes while the clock is in doubt, is held.
func (d *Daemon) due(ctx context.Context, tx *store.Tx, s *schedules.Schedule, due schedules.Due, from time.Time) (*magazine.Edition, bool, error) {
	trust, err := tx.Trust(ctx)
	if err != nil {
		return nil, false, err
	}
	e := &magazine.Edition{ID: magazine.NewID(), Newsletter: due.Newsletter, Key: due.Key(), Maker: makerOf(s),
		Schedule: due.Schedule, State: magazine.EditionPlanned, Nominal: due.At}
	late := due.Late
	if s.Local {
		if err := d.toWaves(ctx, tx, s, e, from); err != nil {
			return nil, false, err
		}
		late = tx.Now.Sub(e.Starts)
	}
	switch approval := d.approval(due.Newsletter); {
	case trust.Doubt.Covers(e.Nominal):
		e.State, e.Reason = magazine.EditionHeld, trust.Doubt.Reason
	case late > due.Grace:
		e.State = magazine.EditionHeld
		e.Reason = cmp.Or(due.Reason, magazine.MissedByMore.Text(spell(late), spell(due.Grace)))
	case approval.Required: // no draft was made in time: the editors get as long as ever
		if e.State = magazine.EditionWaiting; e.Starts.Before(tx.Now.Add(approval.Before)) {
			e.Starts = tx.Now.Add(approval.Before)
		}
	}
	isNew, err := tx.PutEdition(ctx, *e)
	if err != nil || isNew {
		if isNew && late > time.Minute && e.State != magazine.EditionHeld {
			tx.After(func() {
				d.log.Warn("an edition starts late", "edition", e.ID, "occurrence", e.Key, "late", spell(late), "missed", due.Count-1)
			})
		}
		return e, isNew, err
	}
	draft, err := tx.EditionByKey(ctx, due.Key())
	if err != nil {
		return nil, false, err
	}
	if e.State == magazine.EditionHeld && draft.State == magazine.EditionWaiting {
		return draft, false, d.holdFor(ctx, tx, draft, e.Reason)
	}
	return draft, false, nil
}

// launch sets a new edition on its way, according to its state. One that waits
// for its time alone has no draft.
func (d *Daemon) launch(ctx context.Context, tx *store.Tx, e *magazine.Edition) error {
	switch e.State {
	case magazine.EditionHeld:
		return d.notifyHeld(ctx, tx, e)
	case magazine.EditionWaiting:
		at := e.Starts
		if e.Waves {
			at = orQuarter(at, tx.Now)
		}
		if err := tx.SetAlarm(ctx, store.Alarm{Kind: store.AlarmEdition, Ref: e.ID, At: at}); err != nil {
			return err
		}
		if !d.approval(e.Newsletter).Required {
			_, err := tx.DraftMailed(ctx, e.ID) // there is none to be made
			return err
		}
	}
	return d.jobs.compose(ctx, tx, e.ID)
}

// recordOccurrence records an occurrence, and the slots that are merged into it.
func recordOccurrence(ctx context.Context, tx *store.Tx, o schedules.Occurrence, edition, outcome string) error {
	if _, err := tx.PutOccurrence(ctx, store.Occurrence{Newsletter: o.Newsletter, Schedule: o.Schedule, Day: o.Date, Slot: o.Slot, At: o.At, Edition: edition, Outcome: outcome}); err != nil {
		return err
	}
	for _, m := range o.Merged {
		if _, err := tx.PutOccurrence(ctx, store.Occurrence{Newsletter: o.Newsletter, Schedule: o.Schedule, Day: m.Date, Slot: m.Slot, At: o.At, Edition: edition, Outcome: "merged into " + o.Slot}); err != nil {
			return err
		}
	}
	return nil
}
