package daemon

import (
	"cmp"
	"context"
	"strings"
	"time"

	"postrider/config"
	"postrider/magazine"
	"postrider/schedules"
	"postrider/store"
)

// approval is what the configuration says about a newsletter's approval.
func (d *Daemon) approval(newsletter string) config.Approval {
	for _, n := range d.config.Newsletters {
		if n.Name == newsletter {
			return n.Approval
		}
	}
	return config.Approval{}
}

// draft makes the edition of an occurrence before its time, to be looked at. Its
// cut-off is fixed when the draft is made.
func (d *Daemon) draft(ctx context.Context, tx *store.Tx, s *schedules.Schedule, o schedules.Occurrence) error {
	e := &magazine.Edition{ID: magazine.NewID(), Newsletter: o.Newsletter, Key: o.Key(), Maker: "schedule " + o.Newsletter + "/" + o.Schedule, Schedule: o.Schedule,
		State: magazine.EditionWaiting, Nominal: o.At, Starts: o.At}
	if s.Local {
		if err := d.toWaves(ctx, tx, s, e, time.Time{}); err != nil {
			return err
		}
	}
	isNew, err := tx.PutEdition(ctx, *e)
	if err != nil || !isNew {
		return err
	}
	return d.launch(ctx, tx, e)
}

// draftMailed ends the making of a draft: the editors get it, once, and again where it was
// approved and is another now.
func (d *Daemon) draftMailed(ctx context.Context, tx *store.Tx, e *magazine.Edition) error {
	isNew, err := tx.DraftMailed(ctx, e.ID)
	if err != nil || !isNew {
		return err
	}
	return d.notifyDraft(ctx, tx, e)
}

// draftDue decides over a draft whose time has come: it goes out where it is
// approved, or nobody's answer is needed; else it is held.
func (d *Daemon) draftDue(ctx context.Context, tx *store.Tx, id string) error {
	if _, err := d.current(ctx, tx); err != nil {
		return err
	}
	e, err := tx.Edition(ctx, id)
	if err != nil {
		return err
	}
	paused, err := d.pausedNow(ctx, tx, e)
	if err != nil {
		return err
	}
	trust, err := tx.Trust(ctx)
	if err != nil {
		return err
	}
	if e.State == magazine.EditionWaiting && e.Waves && e.Starts.After(tx.Now) {
		if err := d.awaitWaves(ctx, tx, e); err != nil {
			return err
		}
	}
	switch {
	case e.State != magazine.EditionWaiting:
		return tx.SetAlarm(ctx, store.Alarm{Kind: store.AlarmEdition, Ref: id})
	case e.Starts.After(tx.Now) && e.Waves:
		return nil
	case e.Starts.After(tx.Now): // put off since
		return tx.SetAlarm(ctx, store.Alarm{Kind: store.AlarmEdition, Ref: id, At: e.Starts})
	case paused != "" && e.Waves:
		return d.yieldTo(ctx, tx, e, paused)
	case paused != "":
		return d.dropDraft(ctx, tx, e.Key, paused)
	case trust.Doubt.Covers(e.Starts):
		return d.holdFor(ctx, tx, e, trust.Doubt.Reason)
	case !d.unasked(e):
		return d.holdFor(ctx, tx, e, cmp.Or(e.Reason, magazine.Unapproved.Text())) // it has one where it was approved once
	case tooLate(d.maker(e), e, tx.Now):
		return d.holdFor(ctx, tx, e, magazine.TimeMissed.Text(spell(tx.Now.Sub(e.Starts))))
	}
	return d.sendDraft(ctx, tx, e)
}

// yieldTo has a draft in waves whose first readers' time came in a pause wait for the
// first of those whose time is not before its end. It is taken back where the pause loses
// it.
func (d *Daemon) yieldTo(ctx context.Context, tx *store.Tx, e *magazine.Edition, pause string) error {
	s := d.maker(e)
	kept, _, err := d.decided(ctx, tx, s)
	if err != nil {
		return err
	}
	n, _ := schedules.NominalOf(e.Key)
	if o, ok := s.Of(n); !ok || pausedOver(s, o, kept.PausedUntil) {
		return d.takeBack(ctx, tx, e, pause)
	}
	first, err := d.firstWave(ctx, tx, s, e, kept.PausedUntil)
	switch {
	case err != nil:
		return err
	case first.IsZero():
		return d.takeBack(ctx, tx, e, pause)
	}
	if err := tx.PutForward(ctx, e.ID, first, first); err != nil {
		return err
	}
	return tx.SetAlarm(ctx, store.Alarm{Kind: store.AlarmEdition, Ref: e.ID, At: orQuarter(first, laterOf(kept.PausedUntil, tx.Now))})
}

// pausedNow says why an edition that an issue's publication made does not go
// out: its schedule was paused since. Empty: it was not. (Others are dropped when
// the pause begins.)
func (d *Daemon) pausedNow(ctx context.Context, tx *store.Tx, e *magazine.Edition) (string, error) {
	s := d.maker(e)
	if s == nil {
		return "", nil
	}
	kept, err := tx.Schedule(ctx, s.Newsletter, s.Name)
	if err != nil || !e.Starts.Before(kept.PausedUntil) {
		return "", err
	}
	return pausedWords(kept, s.Home()), nil
}

// tooLate tells that the time of a schedule's draft was missed by more than is made up
// for. How much that is goes by the distance to the schedule's next occurrence.
func tooLate(s *schedules.Schedule, e *magazine.Edition, now time.Time) bool {
	if s == nil {
		return false
	}
	at := e.Nominal
	if n, ok := schedules.NominalOf(e.Key); ok && s.Local {
		at = s.Begins(n)
	}
	return now.Sub(e.Starts) > graceAfter(s, at)
}

// graceAfter is how late a schedule's occurrence at an instant may still go out.
func graceAfter(s *schedules.Schedule, at time.Time) time.Duration {
	distance := time.Duration(1<<63 - 1)
	if next, ok := s.Next(at); ok {
		distance = next.At.Sub(at)
	}
	return schedules.Grace(distance)
}

// maker is the schedule that made an edition; nil where none did, or it is gone.
func (d *Daemon) maker(e *magazine.Edition) *schedules.Schedule { return d.table().maker(e) }

func (t *timetable) maker(e *magazine.Edition) *schedules.Schedule {
	ref, ok := strings.CutPrefix(e.Maker, "schedule ")
	if !ok {
		return nil
	}
	return t.byRef[ref]
}

// sendDraft has a draft sent as it is.
func (d *Daemon) sendDraft(ctx context.Context, tx *store.Tx, e *magazine.Edition) error {
	if err := tx.SetAlarm(ctx, store.Alarm{Kind: store.AlarmEdition, Ref: e.ID}); err != nil {
		return err
	}
	if err := tx.SetEditionState(ctx, e.ID, magazine.EditionPlanned, ""); err != nil {
		return err
	}
	return d.jobs.compose(ctx, tx, e.ID)
}

// dropDraft drops the draft of an occurrence, where there is one.
func (d *Daemon) dropDraft(ctx context.Context, tx *store.Tx, key, reason string) error {
	e, err := tx.EditionByKey(ctx, key)
	if err != nil || e == nil || e.State != magazine.EditionWaiting {
		return err
	}
	if err := tx.SetAlarm(ctx, store.Alarm{Kind: store.AlarmEdition, Ref: e.ID}); err != nil {
		return err
	}
	if err := tx.DropEdition(ctx, e, reason); err != nil {
		return err
	}
	if n, ok := schedules.NominalOf(key); ok && e.Waves {
		if s := d.maker(e); s != nil && s.Local && !s.Begins(n).After(tx.Now) { // it has come due, and is recorded
			return nil
		}
	}
	return tx.FreeKey(ctx, e.ID) // where a person takes it back, a new draft is made
}
