package daemon

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"postrider/members"
)

// importer goes on with lists of people that are brought in at the desk.
type importer struct {
	river.WorkerDefaults[members.ImportArgs]
	d *Daemon
}

func (w *importer) Work(ctx context.Context, job *river.Job[members.ImportArgs]) error {
	if job.Args.Forget {
		return w.d.Members.ForgetImport(ctx, job.Args.Import)
	}
	ending := func() bool { return ctx.Err() != nil || w.d.ending.Err() != nil }
	more, err := w.d.Members.WorkImport(ctx, job.Args.Import, ending)
	if more { // the next start goes on
		return river.JobSnooze(time.Second)
	}
	return err
}
