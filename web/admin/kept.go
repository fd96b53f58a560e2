package admin

import (
	"context"
	"sync"
	"time"
)

// kept is a figure that takes long to count. It is counted when somebody looks at it
// and what was counted is too old, once for all who look; until then they see what
// was counted last.
type kept[T any] struct {
	quick bool // counting it waits for no other figure
	mu    sync.Mutex
	value T
	at    time.Time     // when it had been counted: one that takes long stands as long as any other
	known bool          // it was, ever
	busy  chan struct{} // closed when it is counted; nil: nobody counts
}

const (
	patience  = 80 * time.Millisecond // for which a page waits for the figures that are not known yet, all in all
	countTime = 2 * time.Minute       // after which counting is given up
)

// get is the figure, if it is known. fresh is how old it may be. Who asks waits until
// patient is done.
func (k *kept[T]) get(patient context.Context, d *Desk, fresh time.Duration, count func(ctx context.Context) (T, error)) (value T, known bool) {
	k.mu.Lock()
	if k.busy == nil && (!k.known || d.Store.Now().Sub(k.at).Abs() >= fresh) {
		k.busy = make(chan struct{})
		go k.count(d, count)
	}
	busy := k.busy
	if k.known || busy == nil {
		defer k.mu.Unlock()
		return k.value, k.known
	}
	k.mu.Unlock()
	select {
	case <-busy:
	case <-patient.Done():
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.value, k.known
}

// count counts it, one figure of the desk after the other, for nobody waits but for
// a page. What is quick does not wait for those that take long.
func (k *kept[T]) count(d *Desk, count func(ctx context.Context) (T, error)) {
	if !k.quick {
		d.counting <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(d.Ending, countTime)
	value, err := count(ctx)
	cancel()
	if !k.quick {
		<-d.counting
	}
	if err != nil && d.Ending.Err() == nil {
		d.Log.Error("the desk could not count", "error", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if err == nil {
		k.value, k.known = value, true
	}
	k.at = d.Store.Now()
	close(k.busy)
	k.busy = nil
}
