package daemon

import (
	"context"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"postrider/feeds"
	"postrider/store"
)

const (
	newsRests  = 5 * time.Second // how long a feed must rest before hubs are told of it
	newsBatch  = 100             // feeds that one step announces
	pingWait   = 30 * time.Second
	longestAge = 24 * time.Hour // of news that a hub did not take
)

// pinger tells a hub of a feed's change.
type pinger struct {
	river.WorkerDefaults[feeds.PingArgs]
	d *Daemon
}

// Work tries again after about as long as the news is old, until it is old.
func (w *pinger) Work(ctx context.Context, job *river.Job[feeds.PingArgs]) error {
	err := w.d.Feeds.Ping(ctx, job.Args.Hub, job.Args.Path)
	if err == nil {
		return nil
	}
	age := time.Since(job.CreatedAt)
	if age > longestAge {
		w.d.log.Warn("a hub was not told that a feed has changed, and is told no more", "hub", job.Args.Hub, "path", job.Args.Path, "error", err)
		return nil
	}
	if age < pingWait {
		w.d.log.Info("a hub does not take news of feeds; it is tried again", "hub", job.Args.Hub, "path", job.Args.Path, "error", err)
	}
	return river.JobSnooze(max(pingWait, age))
}

// meetHubs starts afresh where the configuration names other hubs than before:
// they need not hear of what changed before their time.
func (d *Daemon) meetHubs(ctx context.Context) error {
	now := d.Store.Now()
	since, err := d.Store.SettingSince(ctx, "hubs", strings.Join(d.Feeds.Hubs, " "))
	if err != nil || since.Before(now) {
		return err
	}
	return d.Store.Write(ctx, func(tx *store.Tx) error { return tx.AnnounceNothing(ctx) })
}

// news has hubs told of the feeds that have changed and rest.
func (s *stepper) news(ctx context.Context) error {
	if len(s.d.Feeds.Hubs) == 0 {
		return nil
	}
	before := s.d.Store.Now().Add(-newsRests)
	if news, err := s.d.Store.HasNews(ctx, before); err != nil || !news {
		return err
	}
	return s.d.Store.Write(ctx, func(tx *store.Tx) error {
		scopes, err := tx.Announce(ctx, before, newsBatch)
		if err != nil {
			return err
		}
		busy, err := s.d.jobs.pings(ctx, tx, s.d.Feeds.Hubs, scopes)
		if err != nil {
			return err
		}
		return tx.AnnounceAgain(ctx, busy)
	})
}
