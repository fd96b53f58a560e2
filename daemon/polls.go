package daemon

import (
	"context"
	"time"

	"postrider/store"
)

const (
	pollsEvery = time.Minute
	pollsWrite = 10 * time.Second
)

// polls writes down which programs have asked for which feeds.
func (s *stepper) polls(ctx context.Context) error {
	if time.Since(s.polled) < pollsEvery {
		return nil
	}
	s.polled = time.Now()
	return s.d.notePolls(ctx)
}

// notePolls writes down which programs have asked for which feeds since it was last
// written down. What cannot be written is lost: they ask again.
func (d *Daemon) notePolls(ctx context.Context) error {
	ctx, done := d.Store.Bounded(ctx, pollsWrite) // also where the daemon ends meanwhile
	defer done()
	taken := d.polls.Take()
	if len(taken) == 0 {
		return nil
	}
	list := make([]store.Poll, len(taken))
	for i, p := range taken {
		list[i] = store.Poll(p)
	}
	return d.Store.Write(ctx, func(tx *store.Tx) error { return tx.PutPolls(ctx, list) })
}
