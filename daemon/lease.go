package daemon

import (
	"context"
	"sync"
	"time"

	"postrider/store"
)

// keep renews a lease while its owner works, which may take longer than the
// lease: one message alone can. stop may be called twice, and returns when no
// renewal is under way; a worker that panics must not leave it running.
func (d *Daemon) keep(ctx context.Context, renew func(context.Context, *store.Tx) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(lease / 3)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			err := d.Store.Write(ctx, func(tx *store.Tx) error { return renew(ctx, tx) })
			if store.Fenced(err) || ctx.Err() != nil {
				return
			}
			if err != nil {
				d.log.Warn("a lease could not be renewed", "error", err)
			}
		}
	}()
	return sync.OnceFunc(func() { cancel(); <-ended })
}

// insist writes down what a relay has said, stop or no stop. Where the database
// cannot take it now, it tries again for as long as the lease is sure to last:
// what is not recorded is sent once more.
func (d *Daemon) insist(ctx context.Context, f func(context.Context, *store.Tx) error) (err error) {
	writing, cancel := context.WithTimeout(context.WithoutCancel(ctx), lease/2)
	defer cancel()
	for wait := 50 * time.Millisecond; ; wait *= 2 {
		err = d.Store.Write(writing, func(tx *store.Tx) error { return f(writing, tx) })
		if err == nil || store.Fenced(err) {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return err
		case <-writing.Done():
			return err
		}
	}
}
