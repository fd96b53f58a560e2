package daemon

import (
	"context"
	"time"

	"postrider/magazine"
	"postrider/schedules"
	"postrider/store"
)

// When an edition that goes out in waves comes to one person, as a preview tells it.

// stillTo tells that an edition whose content is fixed is still to come to a
// person: a draft, or one that goes out in waves and has not had theirs.
func (d *Daemon) stillTo(ctx context.Context, e *magazine.Edition, share *magazine.Subscription) (bool, error) {
	if e.State != magazine.EditionSending && e.State != magazine.EditionPaused || !e.Waves {
		return e.State == magazine.EditionWaiting, nil
	}
	turn, err := d.Store.Turn(ctx, e.ID, e.Newsletter, share.Subscriber.ID)
	return !turn.Done, err
}

// turnAt is when an edition comes to a person: of one that goes out in waves, with
// theirs. Zero: it goes to all at once.
func (d *Daemon) turnAt(e *magazine.Edition, share *magazine.Subscription) time.Time {
	if c, ok := d.courseOf(e); ok {
		return waveAt(c, waveOf(c, share))
	}
	return time.Time{}
}

// waveOf is the wave that a person makes in an edition that goes around the world.
func waveOf(c schedules.Course, share *magazine.Subscription) store.Wave {
	if c.OwnHours {
		return store.Wave{Zone: share.Subscriber.Timezone, Hour: share.Hour}
	}
	return store.Wave{Zone: share.Subscriber.Timezone, Hour: store.AnyHour}
}

// fixedAt is when the content is fixed of what comes to a person at an edition's
// nominal time: with the first wave where that is the time of theirs, else then. It
// makes the edition one of that occurrence.
func (d *Daemon) fixedAt(ctx context.Context, letter *magazine.Newsletter, share *magazine.Subscription, e *magazine.Edition) (first time.Time, err error) {
	s := d.localOf(letter, share)
	if s == nil {
		return e.Nominal, nil
	}
	for o := range s.Between(e.Nominal.Add(-wavesWithin), e.Nominal) {
		if c := s.Course(o.Nominal); !waveAt(c, waveOf(c, share)).Equal(e.Nominal) {
			continue
		}
		e.Schedule, e.Maker, e.Key, e.Waves = s.Name, makerOf(s), o.Key(), true
		err = d.Store.Write(ctx, func(tx *store.Tx) error {
			first, err = d.firstWave(ctx, tx, s, e, time.Time{})
			return err
		})
		return first, err
	}
	return e.Nominal, nil
}

// localOf is the schedule by which a person has a newsletter, where that is local.
func (d *Daemon) localOf(letter *magazine.Newsletter, share *magazine.Subscription) *schedules.Schedule {
	if f := letter.Frequency(share.Frequency); f != nil {
		if s := d.schedule(letter.Name + "/" + f.Name); s != nil && s.Local {
			return s
		}
	}
	return nil
}

// theirTime is when an edition comes to a person next, from an instant on, on their
// clocks; zero where the newsletter goes to all at once, or no more.
func (d *Daemon) theirTime(ctx context.Context, letter *magazine.Newsletter, share *magazine.Subscription, from time.Time) (time.Time, error) {
	s := d.localOf(letter, share)
	if s == nil {
		return time.Time{}, nil
	}
	zone, err := time.LoadLocation(share.Subscriber.Timezone)
	if err != nil || share.Subscriber.Timezone == "" {
		zone = s.Home()
	}
	kept, err := d.Store.Schedule(ctx, s.Newsletter, s.Name)
	if err != nil {
		return time.Time{}, err
	}
	begins := laterOf(from, kept.PausedUntil) // of what has not begun
	open, err := d.Store.OpenEditions(ctx)    // of what has; the first first
	for i := range open {
		least := from
		if open[i].State == magazine.EditionWaiting {
			least = begins
		}
		if at := d.turnAt(&open[i], share); err == nil && open[i].Maker == makerOf(s) && !at.Before(least) {
			return at.In(zone), nil
		}
	}
	if err != nil {
		return time.Time{}, err
	}
	now := d.Store.Now()
	coming, err := d.Coming(ctx, s, laterOf(from.Add(-wavesWithin), now), store.Forever, soonest)
	for _, o := range coming {
		c := s.Course(o.Nominal)
		if at := waveAt(c, waveOf(c, share)); o.Reason == "" && !at.Before(begins) {
			return at.In(zone), nil
		}
	}
	return time.Time{}, err
}

// soonest bounds the occurrences among which a person's next is looked for.
const soonest = 50
