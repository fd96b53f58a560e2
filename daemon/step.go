package daemon

import (
	"context"
	"errors"
	"time"

	"postrider/mailer"
	"postrider/store"
)

const (
	beatEvery = 5 * time.Second  // a third of the time after which a node counts as dead
	planEvery = 10 * time.Second // how often planned editions are looked at: their jobs are seldom lost
)

// stepper looks once a second at what time has brought.
type stepper struct {
	d          *Daemon
	firing     bool      // schedules make editions
	looked     time.Time // up to when it has looked at schedules, by the publication's clock
	at         time.Time // when that was, by this process's own
	beaten     time.Time // when it last said that the node is alive
	planned    time.Time // when it last looked at the planned editions
	sure       bool      // in this step, that the clock has been looked at
	polled     time.Time // when it last wrote down who asked for feeds
	counted    time.Time // when it last wrote down what was refused of what came back
	forgot     time.Time // when it last dropped what is kept for a time
	forgetting string    // behind whom it goes on with that; empty: it has not begun
	worried    time.Time // when it last looked what is wrong
	hearts     map[string]heart
	met        int64 // the version of the timetable whose schedules it has met
}

// step inserts the jobs that are due now. One failure never keeps the rest
// from being looked at. A part that finds the timetable changed is done anew.
func (s *stepper) step(ctx context.Context) {
	for _, part := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"the timetable", s.d.reread}, {"the clock", s.clock}, {"pauses that are over", s.pauses}, {"articles that appear or expire", s.articles}, {"schedules", s.schedules}, {"its heartbeat", s.beat},
		{"planned editions", s.editions}, {"parts of editions", s.ranges}, {"deliveries to be tried again", s.retries}, {"news for hubs", s.news}, {"what came back", s.refusals}, {"who asked for feeds", s.polls}, {"what is kept for a time", s.forget}, {"what is wrong", s.troubles},
	} {
		if err := s.d.anew(ctx, part.do); err != nil && ctx.Err() == nil {
			s.d.log.Error("the scheduler could not look at "+part.what, "error", err)
		}
	}
}

// beat says that this node is alive, and up to when schedules have been looked
// at, and frees what commands held that worked in its place and were killed, and
// the jobs of nodes that are not alive, or that nobody works on.
func (s *stepper) beat(ctx context.Context) error {
	if time.Since(s.beaten) < beatEvery {
		return nil
	}
	known, err := s.watchHearts(ctx)
	if err == nil && known && !s.looked.IsZero() {
		err = s.handledAhead(ctx)
	}
	if err != nil {
		return err
	}
	err = s.d.Store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.Beat(ctx, s.d.node); err != nil {
			return err
		}
		if !s.looked.IsZero() {
			if err := tx.SetLooked(ctx, s.looked); err != nil {
				return err
			}
		}
		if err := tx.FreeHelpers(ctx, s.d.node); err != nil {
			return err
		}
		if err := tx.FreeLost(ctx, s.d.node, s.d.working.has); err != nil {
			return err
		}
		return tx.FreeDead(ctx)
	})
	if err != nil {
		return err
	}
	s.beaten = time.Now()
	if s.looked.IsZero() {
		return nil
	}
	return s.d.Store.MarkLooked(s.looked)
}

// articles makes visible what is due and withdraws what has expired.
func (s *stepper) articles(ctx context.Context) error {
	next, err := s.d.Store.NextDue(ctx)
	if err != nil || next.IsZero() || next.After(s.d.Store.Now()) {
		return err
	}
	return s.d.Store.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.PublishDue(ctx)
		if n > 0 {
			tx.After(func() { s.d.log.Info("articles appeared or expired", "places", n) })
		}
		return err
	})
}

// clock finds out whether the clock can be trusted, before anything is done by
// it: it may have been put right or wrong.
func (s *stepper) clock(ctx context.Context) error {
	if s.sure = false; !s.firing {
		return nil
	}
	if s.looked.IsZero() {
		if known, err := s.watchHearts(ctx); err != nil || !known {
			return err
		}
		version := s.d.table().written.Version
		if err := s.d.meetSchedules(ctx); err != nil {
			return err
		}
		s.met = version
		if err := s.handledAhead(ctx); err != nil {
			return err
		}
	} else if jump := s.d.Store.Now().Sub(s.looked) - time.Since(s.at); jump > clockJump || jump < -clockJump {
		if err := s.d.clockJumped(ctx, jump); err != nil {
			return err
		}
		s.beaten = time.Time{} // at once, so that it is not taken for a put-back database
		s.d.began.Store(s.d.Store.Now().UnixMicro())
	}
	s.sure = true
	return nil
}

// pauses ends those that are over, before anything more appears.
func (s *stepper) pauses(ctx context.Context) error {
	over, err := s.d.Store.PausesOver(ctx)
	if err != nil || !over || s.firing && !s.sure {
		return err
	}
	return s.d.Store.Write(ctx, func(tx *store.Tx) error { _, err := tx.EndPauses(ctx); return err })
}

// schedules meets those that were changed at the desk, and does what has come due:
// one query where that is nothing.
func (s *stepper) schedules(ctx context.Context) error {
	if !s.sure {
		return nil
	}
	now, at := s.d.Store.Now(), time.Now()
	err := s.meetChanged(ctx)
	if !errors.Is(err, errStale) {
		err = errors.Join(err, s.d.alarmsDue(ctx))
	}
	if err != nil {
		return err
	}
	s.looked, s.at = now, at
	return nil
}

// meetChanged does for a timetable that was changed what is done at a start.
func (s *stepper) meetChanged(ctx context.Context) error {
	version := s.d.table().written.Version
	if version == s.met {
		return nil
	}
	err := s.d.Store.Write(ctx, func(tx *store.Tx) error { return s.d.startSchedules(ctx, tx, time.Time{}) })
	if err != nil && !errors.Is(err, errStale) {
		err = s.d.startEach(ctx)
	}
	if err == nil {
		s.met = version
	}
	return err
}

// editions nudges planned editions whose job was lost.
func (s *stepper) editions(ctx context.Context) error {
	if time.Since(s.planned) < planEvery {
		return nil
	}
	ids, err := s.d.Store.PlannedEditions(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.d.Store.Write(ctx, func(tx *store.Tx) error { return s.d.jobs.compose(ctx, tx, id) }); err != nil {
			return err
		}
	}
	s.planned = time.Now()
	return nil
}

// ranges nudges what nobody works on: its worker died, or gave it back. While there
// are as many jobs of an edition as there may be, they come to it.
func (s *stepper) ranges(ctx context.Context) error {
	job := mailer.RangeArgs{}.Kind()
	stray, err := s.d.Store.HasStrayRanges(ctx, job, crewsOfEdition)
	if err != nil || !stray {
		return err
	}
	return s.d.Store.Write(ctx, func(tx *store.Tx) error {
		found, err := tx.StrayRanges(ctx, job, crewsOfEdition, nudgeAfter)
		if err != nil {
			return err
		}
		return s.d.jobs.ranges(ctx, tx, found)
	})
}

func (s *stepper) retries(ctx context.Context) error {
	due, err := s.d.Store.DueDeliveries(ctx)
	if err != nil || !due {
		return err
	}
	if waits, err := s.d.Store.JobWaits(ctx, queueSend, mailer.RetryArgs{}.Kind()); err != nil || waits {
		return err
	}
	return s.d.Store.Write(ctx, func(tx *store.Tx) error { return s.d.jobs.retry(ctx, tx) })
}

// troubles tells people of what is wrong, and of what is over.
func (s *stepper) troubles(ctx context.Context) error {
	if !s.firing || s.beaten.IsZero() || time.Since(s.worried) < troublesEvery { // what this node has found counts while it is alive
		return nil
	}
	s.worried = time.Now()
	return s.d.lookForTroubles(ctx)
}

// run steps once a second until ctx is done.
func (s *stepper) run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		s.step(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
