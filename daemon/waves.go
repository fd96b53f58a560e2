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
// zone when their clocks show its time. Its content is fixed at the first. After
// the last wave a sweep takes everybody who has had no turn, such as those who
// moved from a zone whose wave was to come into one whose wave had passed.
//
// At any time only one wave of a newsletter is under way, and none beside
// another edition: nobody who moves is in two hands at once.

// waveRest is how long a wave waits for what is in its way.
const waveRest = 2 * time.Second

// quarterHour is in how small a step zones lie apart.
const quarterHour = 15 * time.Minute

// toWaves makes a new edition one that goes out in waves, from the first of them
// on.
func (d *Daemon) toWaves(ctx context.Context, tx *store.Tx, s *schedules.Schedule, e *magazine.Edition) error {
	waves, err := d.wavesOf(ctx, tx, s, e)
	if err != nil {
		return err
	}
	first := time.Time{}
	for _, at := range waves {
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	e.Waves, e.State, e.Nominal, e.Starts = true, magazine.EditionWaiting, first, first
	return nil
}

// wavesOf tells for each zone in an edition's audience when its wave is; where
// there is nobody, for those who named none.
func (d *Daemon) wavesOf(ctx context.Context, tx *store.Tx, s *schedules.Schedule, e *magazine.Edition) (map[string]time.Time, error) {
	nominal, ok := schedules.NominalOf(e.Key)
	if !ok {
		return nil, fmt.Errorf("edition %s goes out in waves, and its key %q has no time", e.ID, e.Key)
	}
	zones, err := tx.AllZones(ctx, d.audience(e))
	if err != nil {
		return nil, err
	}
	waves := map[string]time.Time{}
	for _, name := range append(zones, "") {
		var zone *time.Location // of those who named none, or one that is no zone any more
		if name != "" {
			zone, _ = time.LoadLocation(name)
		}
		waves[name] = s.In(nominal, zone)
	}
	if len(zones) > 0 && zones[0] != "" {
		delete(waves, "")
	}
	return waves, nil
}

// waveDue begins the wave of an edition whose time has come, or the sweep after
// the last, and sets when to look again. A wave that is too late holds the
// edition, unless a person has released it.
func (d *Daemon) waveDue(ctx context.Context, tx *store.Tx, id string) error {
	alarm := store.Alarm{Kind: store.AlarmWave, Ref: id}
	if _, err := tx.ArticleNumber(ctx); err != nil { // so that no other edition begins meanwhile
		return err
	}
	e, err := tx.Edition(ctx, id)
	if err != nil {
		return err
	}
	switch e.State {
	case magazine.EditionSending:
	case magazine.EditionHeld: // it goes on when it is released
		alarm.At = tx.Now.Add(time.Minute)
		return tx.SetAlarm(ctx, alarm)
	default:
		return tx.SetAlarm(ctx, alarm)
	}
	if busy, err := d.underWay(ctx, tx, e); err != nil || busy {
		alarm.At = tx.Now.Add(waveRest)
		if err != nil {
			return err
		}
		return tx.SetAlarm(ctx, alarm)
	}
	s := d.maker(e)
	if s == nil { // its schedule is gone: whoever has had no turn gets it now
		return d.sweep(ctx, tx, e)
	}
	waves, err := d.wavesOf(ctx, tx, s, e)
	if err != nil {
		return err
	}
	nominal, _ := schedules.NominalOf(e.Key)
	grace := graceAfter(s, s.In(nominal, s.Zone()))
	trust, err := tx.Trust(ctx)
	if err != nil {
		return err
	}
	var now []string
	for zone, at := range waves {
		switch {
		case !at.After(e.Waved): // has been
		case at.After(tx.Now):
			if alarm.At.IsZero() || at.Before(alarm.At) {
				alarm.At = at
			}
		case e.Approved == "" && trust.Doubt.Covers(at):
			return d.holdFor(ctx, tx, e, trust.Doubt.Reason)
		case e.Approved == "" && tx.Now.Sub(at) > grace:
			return d.holdFor(ctx, tx, e, fmt.Sprintf("its time in %s was missed by %s while nothing ran", zoneName(zone, s), spell(tx.Now.Sub(at))))
		default:
			now = append(now, zone)
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
	}
	if quarter := tx.Now.Truncate(quarterHour).Add(quarterHour); quarter.Before(alarm.At) { // somebody may move to a zone that nobody had
		alarm.At = quarter
	}
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

// wave has an edition sent to the people of some zones.
func (d *Daemon) wave(ctx context.Context, tx *store.Tx, e *magazine.Edition, zones []string) error {
	audience := d.audience(e)
	audience.Zones = zones
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

func zoneName(zone string, s *schedules.Schedule) string {
	if zone == "" {
		return s.Timezone
	}
	return zone
}
