package daemon

import (
	"context"
	"fmt"
	"sync"
	"time"

	"postrider/magazine"
)

// reachedFor is how long it is known enough how many people an edition goes to: to count
// a million takes a second, and who is told of a trouble need not know it to the one.
const reachedFor = 10 * time.Minute

// reached keeps how many people the editions of some troubles go to, by whom these are
// for: it is asked for with each look at what is wrong, and for each who is told of it.
type reached struct {
	mu    sync.Mutex // held while it is counted, so that it is counted once
	known map[string]reachedAt
}

type reachedAt struct {
	n  int
	at time.Time
}

// of is how many people an edition goes to, as it was counted within a while.
func (r *reached) of(ctx context.Context, d *Daemon, e *magazine.Edition) (int, error) {
	if e.Repeats() != "" {
		return d.reach(ctx, e)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := d.Store.Now()
	for whom, had := range r.known {
		if age := now.Sub(had.at); age < 0 || age >= reachedFor {
			delete(r.known, whom)
		}
	}
	whom := fmt.Sprintf("%+v", d.audience(e))
	if had, ok := r.known[whom]; ok {
		return had.n, nil
	}
	n, err := d.reach(ctx, e)
	if err == nil {
		if r.known == nil {
			r.known = map[string]reachedAt{}
		}
		r.known[whom] = reachedAt{n, now}
	}
	return n, err
}
