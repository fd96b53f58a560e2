package daemon

import (
	"context"
	"time"

	"postrider/store"
)

// stepper looks once a second at what time has brought.
type stepper struct {
	d        *Daemon
	nextFire time.Time // of any schedule
}

// step inserts the jobs that are due now. One failure never keeps the rest
// from being looked at.
func (s *stepper) step(ctx context.Context) {
	for _, part := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"heartbeat", s.beat}, {"articles that appear or expire", s.articles}, {"schedules", s.schedules}, {"parts of editions", s.ranges}, {"deliveries to be tried again", s.retries},
	} {
		if err := part.do(ctx); err != nil && ctx.Err() == nil {
			s.d.log.Error("the scheduler could not look at "+part.what, "error", err)
		}
	}
}

func (s *stepper) beat(ctx context.Context) error {
	return s.d.Store.Write(ctx, func(tx *store.Tx) error { return tx.Beat(ctx, s.d.node) })
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
			s.d.log.Info("articles appeared or expired", "places", n)
		}
		return err
	})
}

func (s *stepper) schedules(ctx context.Context) error {
	if len(s.d.Schedules) == 0 || s.d.Store.Now().Before(s.nextFire) {
		return nil
	}
	next, err := s.d.schedulesDue(ctx)
	if err == nil {
		s.nextFire = next
		if next.IsZero() { // never again, for all schedules
			s.nextFire = s.d.Store.Now().AddDate(100, 0, 0)
		}
	}
	return err
}

// ranges nudges what nobody works on: its worker died, or gave it back.
func (s *stepper) ranges(ctx context.Context) error {
	stray, err := s.d.Store.HasStrayRanges(ctx)
	if err != nil || !stray {
		return err
	}
	return s.d.Store.Write(ctx, func(tx *store.Tx) error {
		found, err := tx.StrayRanges(ctx, nudgeAfter)
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
	return s.d.Store.Write(ctx, func(tx *store.Tx) error { return s.d.jobs.retry(ctx, tx) })
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
