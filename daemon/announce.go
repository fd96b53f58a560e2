package daemon

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"postrider/feeds"
	"postrider/magazine"
	"postrider/store"
)

const (
	newsRests   = 5 * time.Second // how long a feed must rest before hubs are told of it
	newsBatch   = 100             // feeds that one step announces, or one look at a hub's list takes
	hubLease    = time.Minute     // more than a hub may take for the feeds of one page
	hubShortest = 30 * time.Second
	hubLongest  = time.Hour      // that a hub that fails is left in peace
	newsAge     = 24 * time.Hour // of news that a hub is told no more
)

// news puts the feeds that have changed and rest on the lists of the hubs, and has
// the hubs told that are to be.
func (s *stepper) news(ctx context.Context) error {
	if len(s.d.Feeds.Hubs) == 0 {
		return nil
	}
	before := s.d.Store.Now().Add(-newsRests)
	news, err := s.d.Store.HasNews(ctx, before)
	if err != nil {
		return err
	}
	if news {
		if err := s.d.Store.Write(ctx, func(tx *store.Tx) error { return tx.Announce(ctx, before, newsBatch) }); err != nil {
			return err
		}
	}
	hubs, err := s.d.Store.HubsToTell(ctx)
	if err != nil {
		return err
	}
	for _, hub := range hubs {
		if err := s.d.Store.Write(ctx, func(tx *store.Tx) error {
			if mine, err := tx.ClaimHub(ctx, hub, hubLease); err != nil || !mine {
				return err
			}
			return s.d.jobs.ping(ctx, tx, hub)
		}); err != nil {
			return err
		}
	}
	return nil
}

// pinger tells a hub of the feeds on its list.
type pinger struct {
	river.WorkerDefaults[feeds.PingArgs]
	d *Daemon
}

func (w *pinger) Work(ctx context.Context, job *river.Job[feeds.PingArgs]) error {
	hub := job.Args.Hub
	for {
		news, err := w.d.Store.HubNews(ctx, hub, newsBatch)
		if err != nil {
			return err
		}
		if len(news) == 0 {
			return w.d.Store.Write(ctx, func(tx *store.Tx) error { return tx.LeaveHub(ctx, hub) })
		}
		for _, n := range news {
			if w.d.ending.Err() != nil { // the next start goes on
				return w.d.Store.Write(ctx, func(tx *store.Tx) error { return tx.LeaveHub(ctx, hub) })
			}
			if well, err := w.tell(ctx, hub, n); err != nil || !well {
				return err
			}
		}
	}
}

// tell tells a hub of one piece of news. One that fails is left in peace.
func (w *pinger) tell(ctx context.Context, hub string, n store.HubNews) (well bool, err error) {
	err = w.d.Feeds.Ping(ctx, hub, n.Path)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if magazine.CodeOf(err) == magazine.Unavailable {
		return false, w.failed(ctx, hub, err)
	}
	if err != nil {
		w.d.log.Warn("a hub refuses feeds; it is not told of this change", "hub", hub, "path", n.Path, "error", err)
	}
	return true, w.d.Store.Write(ctx, func(tx *store.Tx) error { return tx.HubTold(ctx, hub, n, hubLease) })
}

func (w *pinger) failed(ctx context.Context, hub string, why error) error {
	return w.d.Store.Write(ctx, func(tx *store.Tx) error {
		dropped, first, err := tx.HubFailed(ctx, hub, hubShortest, hubLongest, newsAge)
		switch {
		case err != nil:
			return err
		case dropped > 0:
			w.d.log.Warn("a hub was not told of changed feeds in a day, and is told of these no more", "hub", hub, "pages", dropped, "error", why)
		case first:
			w.d.log.Info("a hub does not take news of feeds; it is tried again", "hub", hub, "error", why)
		}
		return nil
	})
}
