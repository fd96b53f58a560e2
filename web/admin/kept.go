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
	brief bool // what is twice as old as it may be is not known any more
	mu    sync.Mutex
	value T
	at    time.Time     // when it had been counted: one that takes long stands as long as any other
	known bool          // it was, ever
	old   bool          // something has happened since it was last begun to be counted
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
	age := d.Store.Now().Sub(k.at).Abs()
	if k.brief && age >= 2*fresh {
		k.known = false
	}
	if k.busy == nil && (!k.known || age >= fresh) {
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

// last is the figure as it was counted last, if it is known. Nothing is counted by that.
func (k *kept[T]) last() (value T, known bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.value, k.known
}

// anew has it counted anew when somebody looks next: something has happened by which it
// may be another.
func (k *kept[T]) anew() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.known, k.old = false, true
}

// count counts it, one figure of the desk after the other, for nobody waits but for
// a page. What is quick does not wait for those that take long.
func (k *kept[T]) count(d *Desk, count func(ctx context.Context) (T, error)) {
	if !k.quick {
		d.counting <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(d.Ending, countTime)
	value, err := k.settled(ctx, count)
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
		k.value, k.known = value, !k.old
	}
	k.at = d.Store.Now()
	close(k.busy)
	k.busy = nil
}

// settled counts it, and once more where something has happened meanwhile.
func (k *kept[T]) settled(ctx context.Context, count func(ctx context.Context) (T, error)) (value T, err error) {
	for range 3 {
		k.mu.Lock()
		k.old = false
		k.mu.Unlock()
		value, err = count(ctx)
		k.mu.Lock()
		old := k.old
		k.mu.Unlock()
		if err != nil || !old {
			break
		}
	}
	return value, err
}
