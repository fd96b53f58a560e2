package daemon

import (
	"context"
	"sync"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// workedOn are the jobs that this process works on now.
type workedOn struct {
	mu   sync.Mutex
	jobs map[int64]bool
}

// middleware has each job noted while it is worked on.
func (w *workedOn) middleware() rivertype.Middleware {
	return river.WorkerMiddlewareFunc(func(ctx context.Context, job *rivertype.JobRow, work func(context.Context) error) error {
		w.note(job.ID, true)
		defer w.note(job.ID, false)
		return work(ctx)
	})
}

func (w *workedOn) note(job int64, is bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.jobs == nil {
		w.jobs = map[int64]bool{}
	}
	if is {
		w.jobs[job] = true
	} else {
		delete(w.jobs, job)
	}
}

func (w *workedOn) has(job int64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.jobs[job]
}
