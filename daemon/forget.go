package daemon

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"postrider/members"
	"postrider/store"
)

// forgetter sweeps up after people who were erased, and drops those again who have not
// confirmed since.
type forgetter struct {
	river.WorkerDefaults[members.ForgetArgs]
	d *Daemon
}

func (w *forgetter) Work(ctx context.Context, job *river.Job[members.ForgetArgs]) error {
	wait, err := w.d.Members.Forget(ctx, job.Args.Subscriber)
	if wait > 0 {
		return river.JobSnooze(wait)
	}
	return err
}

const (
	forgetEvery  = 24 * time.Hour
	forgetAtOnce = 20 // people in a step, in which schedules wait

	keptReturns = 2 * 365 * 24 * time.Hour // as deliveries
	keptNoted   = 90 * 24 * time.Hour      // of those that had no effect
)

// forget drops what is kept for a time only: what came back long ago, and who never
// confirmed.
func (s *stepper) forget(ctx context.Context) error {
	if time.Since(s.forgot) < forgetEvery {
		return nil
	}
	if s.forgetting == "" {
		now := s.d.Store.Now()
		if err := s.d.Store.Write(ctx, func(tx *store.Tx) error { return tx.ForgetReturns(ctx, now.Add(-keptReturns), now.Add(-keptNoted)) }); err != nil {
			return err
		}
	}
	next, n, err := s.d.Members.ForgetUnconfirmed(ctx, s.forgetting, forgetAtOnce)
	if n > 0 {
		s.d.log.Info("forgot some who never confirmed", "people", n)
	}
	if s.forgetting = next; next == "" {
		s.forgot = time.Now() // also where some could not be forgotten: they are tried again the next day
	}
	return err
}
