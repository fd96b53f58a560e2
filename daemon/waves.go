package daemon

import (
	"context"
	"fmt"
	"time"

	"postrider/magazine"
	"postrider/schedules"
	"postrider/store"
)

// An edition of a schedule that is local goes out in waves: to the people of each
// zone when their clocks show its time, or the hour that they have chosen. Its
// content is fixed at the first. After the last wave a sweep takes everybody who
// has had no turn, such as those who moved from a zone whose wave was to come into
// one whose wave had passed, or chose an hour that had.
//
// How the waves go is kept with the edition when they begin. What becomes of its
// schedule after that, be it changed, removed or given a blackout, moves none of them.
//
// At any time only one wave of a newsletter is under way, and none beside
// another edition: nobody who moves is in two hands at once.

// waveRest is how long a wave waits for what is in its way.
const waveRest = 2 * time.Second

// wavesWithin bounds how long after it has come due an occurrence's last wave is:
// the zones lie 26 hours apart, and the hours of a date 24.
const wavesWithin = 50 * time.Hour

// waveWeek is taken for the distance to the next occurrence of a schedule that is gone.
const waveWeek = 7 * 24 * time.Hour

// quarterHour is in how small a step zones lie apart.
const quarterHour = 15 * time.Minute

// toWaves makes a new edition one that goes out in waves, from the first of them
// on that is not before an instant.
func (d *Daemon) toWaves(ctx context.Context, tx *store.Tx, s *schedules.Schedule, e *magazine.Edition, from time.Time) error {
	first, err := d.firstWave(ctx, tx, s, e, from)
	e.Waves, e.State, e.Nominal, e.Starts = true, magazine.EditionWaiting, first, first
	return err
}

// firstWave is the first of an edition's waves that is not before an instant; zero
// where all are.
func (d *Daemon) firstWave(ctx context.Context, q waves, s *schedules.Schedule, e *magazine.Edition, from time.Time) (first time.Time, err error) {
	nominal, ok := schedules.NominalOf(e.Key)
	if !ok {
		return first, fmt.Errorf("edition %s goes out in waves, and its key %q has no time", e.ID, e.Key)
	}
	all, err := d.wavesOf(ctx, q, s.Course(nominal), e)
	for _, at := range all {
		if !at.Before(from) && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first, err
}

// waves is what is known of who makes waves: store.Tx or store.Store.
type waves interface {
	AllWaves(ctx context.Context, a store.Audience, hours bool) ([]store.Wave, error)
}

// wavesOf tells when each of the waves is that an edition's audience makes; where
// there is nobody, of those who named no zone.
func (d *Daemon) wavesOf(ctx context.Context, q waves, c schedules.Course, e *magazine.Edition) (map[store.Wave]time.Time, error) {
	all, err := q.AllWaves(ctx, d.audience(e), c.OwnHours)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		all = []store.Wave{{Hour: store.AnyHour}}
	}
	waves := map[store.Wave]time.Time{}
	for _, w := range all {
		waves[w] = waveAt(c, w)
	}
	return waves, nil
}

// courseOf is how the waves of an edition go: as they were begun, or else as its schedule
// says now. It is false where none go, or the schedule is gone before they began.
func (d *Daemon) courseOf(e *magazine.Edition) (c schedules.Course, ok bool) {
	if c, ok = schedules.ReadCourse(e.Course); ok || !e.Waves {
		return c, ok
	}
	n, ok := schedules.NominalOf(e.Key)
	if s := d.maker(e); ok && s != nil {
		return s.Course(n), true
	}
	return c, false
}

// begins keeps how the waves of an edition go.
func (d *Daemon) begins(ctx context.Context, tx *store.Tx, e *magazine.Edition) error {
	c, ok := d.courseOf(e)
	if !ok || e.Course != "" {
		return nil
	}
	return tx.SetCourse(ctx, e.ID, c.String())
}

// waveAt is when a wave is.
func waveAt(c schedules.Course, w store.Wave) time.Time {
	var zone *time.Location // of those who named none, or one that is no zone any more
	if w.Zone != "" {
		zone, _ = time.LoadLocation(w.Zone)
	}
	hour := w.Hour
	if hour == store.AnyHour {
		hour = ""
	}
	return c.In(zone, hour)
}

// awaitWaves sets when a waiting edition is looked at again: at its first wave,
// which is put forward where somebody has come whose time is before. Such a one
// is looked for each quarter of an hour. What was put off to be approved stays so.
func (d *Daemon) awaitWaves(ctx context.Context, tx *store.Tx, e *magazine.Edition) error {
	if s := d.maker(e); s != nil && e.Starts.Equal(e.Nominal) {
		first, err := d.firstWave(ctx, tx, s, e, tx.Now.Truncate(quarterHour))
		if err != nil {
			return err
		}
		if !first.IsZero() && first.Before(e.Starts) {
			e.Nominal, e.Starts = first, first
			if err := tx.PutForward(ctx, e.ID, first, first); err != nil {
				return err
			}
		}
	}
	return tx.SetAlarm(ctx, store.Alarm{Kind: store.AlarmEdition, Ref: e.ID, At: orQuarter(e.Starts, tx.Now)})
}

// orQuarter is an instant, or the end of this quarter of an hour where that is
// before: somebody may make a wave until then that there was not.
func orQuarter(at, now time.Time) time.Time {
	if quarter := now.Truncate(quarterHour).Add(quarterHour); quarter.Before(at) {
		return quarter
	}
	return at
}

// waveDue begins the wave of an edition whose time has come, or the sweep after
// the last, and sets when to look again, which was to be at an instant. A wave that
// is too late since then, or since its time, holds the edition, unless a person has
// released it: what waited for the one before it was not missed.
func (d *Daemon) waveDue(ctx context.Context, tx *store.Tx, id string, look time.Time) error {
	alarm := store.Alarm{Kind: store.AlarmWave, Ref: id}
	if _, err := d.current(ctx, tx); err != nil {
		return err
	}
	if _, err := tx.ArticleNumber(ctx); err != nil { // so that no other edition begins meanwhile
		return err
	}
	e, err := tx.Edition(ctx, id)
	if err != nil {
		return err
	}
	switch e.State {
	case magazine.EditionSending:
	case magazine.EditionHeld, magazine.EditionPaused: // it goes on when it is released, or resumed
		alarm.At = tx.Now.Add(time.Minute)
		return tx.SetAlarm(ctx, alarm)
	default:
		return tx.SetAlarm(ctx, alarm)
	}
	if busy, err := d.underWay(ctx, tx, e); err != nil || busy {
		if err != nil {
			return err
		}
		if alarm.At = look; tx.Now.Sub(look) < schedules.Grace(0) { // else nothing has looked for long, and that is kept
			alarm.At = tx.Now.Add(waveRest)
		}
		return tx.SetAlarm(ctx, alarm)
	}
	course, ok := d.courseOf(e)
	if !ok { // its schedule was gone before its waves were kept: whoever has had no turn gets it now
		return d.sweep(ctx, tx, e)
	}
	if err := d.begins(ctx, tx, e); err != nil {
		return err
	}
	waves, err := d.wavesOf(ctx, tx, course, e)
	if err != nil {
		return err
	}
	grace := schedules.Grace(waveWeek)
	if s := d.maker(e); s != nil {
		grace = graceAfter(s, course.Begins())
	}
	trust, err := tx.Trust(ctx)
	if err != nil {
		return err
	}
	var now []store.Wave
	for wave, at := range waves {
		switch {
		case !at.After(e.Waved) || at.Before(e.Nominal): // has been, or was over before the first
		case at.After(tx.Now):
			if alarm.At.IsZero() || at.Before(alarm.At) {
				alarm.At = at
			}
		case e.Approved == "" && trust.Doubt.Covers(at):
			return d.holdFor(ctx, tx, e, trust.Doubt.Reason)
		case e.Approved == "" && tx.Now.Sub(laterOf(at, look)) > grace:
			return d.holdFor(ctx, tx, e, magazine.WaveMissed.Text(waveName(wave, course), spell(tx.Now.Sub(laterOf(at, look)))))
		default:
			now = append(now, wave)
		}
	}
	switch {
	case len(now) > 0:
		if err := d.wave(ctx, tx, e, now); err != nil {
			return err
		}
		if alarm.At.IsZero() { // it was the last: the sweep comes after it
			alarm.At = tx.Now.Add(waveRest)
		}
	case alarm.At.IsZero():
		return d.sweep(ctx, tx, e)
	default: // whoever comes later into a wave that would have been by now has not missed it
		if err := tx.SetWaved(ctx, e.ID, tx.Now); err != nil {
			return err
		}
	}
	alarm.At = orQuarter(alarm.At, tx.Now)
	return tx.SetAlarm(ctx, alarm)
}

// underWay tells that a wave of the edition, or another edition of its
// newsletter, still goes to people for the first time.
func (d *Daemon) underWay(ctx context.Context, tx *store.Tx, e *magazine.Edition) (bool, error) {
	if open, err := tx.HasOpenRanges(ctx, e.ID); err != nil || open {
		return open, err
	}
	return tx.Busy(ctx, e)
}

// wave has an edition sent to the people of some waves.
func (d *Daemon) wave(ctx context.Context, tx *store.Tx, e *magazine.Edition, waves []store.Wave) error {
	audience := d.audience(e)
	audience.Waves = waves
	ranges, err := tx.PlanRanges(ctx, e.ID, audience, "/"+tx.Now.UTC().Format("20060102150405"), d.rangeSize, nudgeAfter)
	if err != nil {
		return err
	}
	if err := tx.SetWaved(ctx, e.ID, tx.Now); err != nil {
		return err
	}
	return d.jobs.ranges(ctx, tx, ranges)
}

// sweep has an edition sent to everybody who has had no turn, and no wave after it.
func (d *Daemon) sweep(ctx context.Context, tx *store.Tx, e *magazine.Edition) error {
	if err := tx.SetAlarm(ctx, store.Alarm{Kind: store.AlarmWave, Ref: e.ID}); err != nil {
		return err
	}
	ranges, err := tx.PlanRanges(ctx, e.ID, d.audience(e), "", d.rangeSize, nudgeAfter)
	if err != nil {
		return err
	}
	if _, err := tx.FinishEdition(ctx, e.ID); err != nil { // where there is nobody
		return err
	}
	return d.jobs.ranges(ctx, tx, ranges)
}

// waveName names a wave by its zone, and its hour where that is its own.
func waveName(w store.Wave, c schedules.Course) string {
	name := w.Zone
	if name == "" {
		name = c.Zone
	}
	if w.Hour == store.AnyHour || w.Hour == "" {
		return name
	}
	return name + " for those who have it at " + w.Hour
}
