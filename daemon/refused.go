package daemon

import (
	"context"
	"sync"
	"time"

	"postrider/store"
)

// Why what came back is refused.
const (
	refusedForged  = "forged"  // a return path that was never used
	refusedUnknown = "unknown" // nothing in it proves that it is about a message of ours
	refusedMany    = "many"    // so much came back already of this one message
	refusedProof   = "proof"   // the webhook's proof is wrong
)

// refusals counts what came back and was refused, in memory until it is written:
// strangers must not have the disk written for each attempt.
type refusals struct {
	mu     sync.Mutex
	counts map[refusedBy]int
}

type refusedBy struct{ via, reason string }

func (r *refusals) add(via, reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.counts == nil {
		r.counts = map[refusedBy]int{}
	}
	r.counts[refusedBy{via, reason}]++
}

// take empties the counts.
func (r *refusals) take() map[refusedBy]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	counts := r.counts
	r.counts = nil
	return counts
}

const countEvery = 10 * time.Second

// refusals writes down how much was refused.
func (s *stepper) refusals(ctx context.Context) error {
	if time.Since(s.counted) < countEvery {
		return nil
	}
	s.counted = time.Now()
	return s.d.countRefused(ctx)
}

// countRefused writes the counts of what was refused.
func (d *Daemon) countRefused(ctx context.Context) error {
	counts := d.refused.take()
	if len(counts) == 0 {
		return nil
	}
	return d.Store.Write(ctx, func(tx *store.Tx) error {
		for of, n := range counts {
			if err := tx.CountRefused(ctx, of.via, of.reason, n); err != nil {
				return err
			}
		}
		return nil
	})
}
