package daemon

import (
	"context"

	"github.com/riverqueue/river"

	"postrider/members"
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
