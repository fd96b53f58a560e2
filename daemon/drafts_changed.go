package daemon

import (
	"context"
	"slices"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/schedules"
	"postrider/store"
)

// The drafts that wait follow a change of the timetable: to the instant at which their
// occurrences come now, or, where there are none any more, to nobody.

// undone are why drafts go to nobody whose occurrences there are no more, or not yet: these
// may come again.
var undone = []string{magazine.ScheduleChanged.Text(), magazine.ScheduleRemoved.Text(), magazine.DatesAdded.Text(), ahead}

// again tells that what is recorded of an occurrence is that, for one of these reasons.
func again(o store.Occurrence) bool {
	return o.Edition == "" && slices.Contains(undone, strings.TrimPrefix(o.Outcome, "dropped: "))
}

// dropStale drops the drafts of occurrences that there are no more by a timetable, and says
// why. Of those that come as by the timetable before, where one is given, there are none.
func (d *Daemon) dropStale(ctx context.Context, tx *store.Tx, before, t *timetable, why string) error {
	drafts, err := tx.Drafts(ctx)
	for i := range drafts {
		e := &drafts[i]
		if err != nil || before != nil && t.keeps(before, e) {
			continue
		}
		if _, _, stale := t.draftOf(e, tx.Now); stale {
			err = d.takeBack(ctx, tx, e, why) // it may be changed back
		}
	}
	return err
}

// retimeDrafts has the drafts whose occurrences come at another time by a timetable wait for
// that, but for those that dropStale leaves, too.
func (d *Daemon) retimeDrafts(ctx context.Context, tx *store.Tx, before, t *timetable) error {
	drafts, err := tx.Drafts(ctx)
	for i := range drafts {
		e := &drafts[i]
		if err != nil || before != nil && t.keeps(before, e) {
			continue
		}
		if s, o, _ := t.draftOf(e, tx.Now); s != nil {
			err = d.retime(ctx, tx, s, e, o)
		}
	}
	return err
}

// draftOf is the occurrence that a draft is of by a timetable, and its schedule. It is
// stale where there is none any more. Without a schedule nothing comes of the timetable
// for it.
func (t *timetable) draftOf(e *magazine.Edition, now time.Time) (s *schedules.Schedule, o schedules.Occurrence, stale bool) {
	s = t.maker(e)
	switch {
	case !strings.HasPrefix(e.Maker, "schedule "):
		return nil, o, false
	case s != nil && (s.ByIssue() && ofIssue(e) || !e.Nominal.After(now)): // a late one is of what has come due
		return nil, o, false
	case s != nil && e.Waves == s.Local:
		n, _ := schedules.NominalOf(e.Key)
		if o, ok := s.Of(n); ok {
			return s, o, false
		}
	}
	return nil, o, true
}

// keeps tells that a draft's occurrence comes as it did by the timetable before. Nobody has
// to be asked then who its readers are.
func (t *timetable) keeps(before *timetable, e *magazine.Edition) bool {
	was, s := before.maker(e), t.maker(e)
	n, ok := schedules.NominalOf(e.Key)
	if was == s || was == nil || s == nil || !ok {
		return was == s
	}
	old, had := was.Of(n)
	o, has := s.Of(n)
	return had && has && o.At.Equal(old.At) && s.Local == was.Local && s.Course(n) == was.Course(n)
}

// ofIssue tells that the publication of an issue made an edition, which a schedule made.
func ofIssue(e *magazine.Edition) bool {
	n, ok := schedules.NominalOf(e.Key)
	if _, isTime := schedules.ReadTime(n.Slot); ok && isTime {
		return false
	}
	return true
}

// retime has a draft wait for its occurrence, which a blackout or another zone has come
// at another time; one that is put too far back is held. Its content, its note and who
// approved it stay.
func (d *Daemon) retime(ctx context.Context, tx *store.Tx, s *schedules.Schedule, e *magazine.Edition, o schedules.Occurrence) error {
	as, late, err := d.comesAs(ctx, tx, s, e, o, tx.Now)
	if err != nil || as.Starts.Equal(e.Starts) {
		return err
	}
	if err := tx.PutForward(ctx, as.ID, as.Nominal, as.Starts); err != nil {
		return err
	}
	if late {
		return d.holdFor(ctx, tx, &as, magazine.PutTooLate.Text(spell(tx.Now.Sub(as.Starts))))
	}
	at := as.Starts
	if as.Waves {
		at = orQuarter(at, tx.Now)
	}
	return tx.SetAlarm(ctx, store.Alarm{Kind: store.AlarmEdition, Ref: as.ID, At: at})
}

// comesAs is a draft with its time as its occurrence comes by a schedule. One that goes out
// in waves does with the first that is still to come: those whose time is over get it after
// the last. Where that of all is, it goes by the first of all. At a time that is over it is
// late where it was missed by more than is made up for; else its editors get as long as
// ever to approve it, where they are to. What was put off for that stays so until then at
// least.
func (d *Daemon) comesAs(ctx context.Context, q waves, s *schedules.Schedule, e *magazine.Edition, o schedules.Occurrence, now time.Time) (as magazine.Edition, late bool, err error) {
	as = *e
	at := o.At
	if e.Waves {
		if at, err = d.firstWave(ctx, q, s, e, now); err == nil && at.IsZero() {
			at, err = d.firstWave(ctx, q, s, e, time.Time{})
		}
	}
	if err != nil || at.Equal(e.Nominal) || e.Starts.After(e.Nominal) && !at.After(e.Starts) {
		return as, false, err
	}
	as.Nominal, as.Starts = at, at
	if at.After(now) {
		return as, false, nil
	}
	if late = tooLate(s, &as, now); !late && !d.unasked(e) {
		as.Starts = now.Add(d.approval(e.Newsletter).Before)
	}
	return as, late, nil
}
