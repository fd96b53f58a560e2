package daemon

import (
	"context"
	"time"
)

// A turn is how long a job works before it lets others in: for a slice of time, or,
// where jobs of another edition or another kind wait for a worker, for less.
type turn struct {
	d             *Daemon
	kind, edition string
	until         time.Time // the end of the slice
	look          time.Time // when to look next whether others wait
}

// slice begins the turn of a job.
func (d *Daemon) slice(kind, edition string) *turn {
	t := &turn{d: d, kind: kind, edition: edition}
	t.begin()
	return t
}

func (t *turn) begin() {
	now := time.Now()
	t.until, t.look = now.Add(slice), now.Add(t.d.turnTime)
}

// over tells that it is the others' turn: they wait for a worker, or want its
// conversation. Cheap: it looks once a while.
func (t *turn) over(ctx context.Context, wanted bool) bool {
	now := time.Now()
	if now.After(t.until) {
		return true
	}
	if now.Before(t.look) {
		return false
	}
	t.look = now.Add(t.d.turnTime / 2)
	if wanted {
		return true
	}
	wait, err := t.d.Store.OthersWait(ctx, queueSend, t.kind, t.edition)
	return err == nil && wait
}
