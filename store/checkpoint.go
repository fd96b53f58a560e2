package store

import (
	"context"
	"database/sql"
	"sync"
	"time"
)

// What is committed to SQLite stands in its write-ahead log first, from where a
// checkpoint takes it into the database. By itself SQLite makes one within the commit
// by which the log grows too long, and that takes far longer than the commit. So
// checkpoints are made beside the commits, on a connection of their own; a commit
// makes one only where the log grows faster than that.
const (
	logWorth  = 3000                  // pages in the log from which on a checkpoint is worth its two syncs
	logMost   = 16000                 // 64 MB, from which on commits make them
	logPauses = 50 * time.Millisecond // between two looks at the log
)

// A checkpointer makes the checkpoints of one database.
type checkpointer struct {
	db      *sql.DB
	written chan struct{} // holds one: something was written, perhaps
	ctx     context.Context
	stop    context.CancelFunc
	running sync.WaitGroup
}

func newCheckpointer() *checkpointer {
	c := &checkpointer{written: make(chan struct{}, 1)}
	c.ctx, c.stop = context.WithCancel(context.Background())
	return c
}

// wrote tells it that a statement of the writer has run.
func (c *checkpointer) wrote() {
	select {
	case c.written <- struct{}{}:
	default:
	}
}

// start has it look at the log whenever something was written. db is its own.
func (c *checkpointer) start(db *sql.DB) {
	c.db = db
	c.db.SetMaxOpenConns(1)
	c.running.Go(func() {
		for await(c.ctx, c.written) {
			c.look()
			if !await(c.ctx, time.After(logPauses)) {
				return
			}
		}
	})
}

// await is false where ctx ends before.
func await[T any](ctx context.Context, what <-chan T) bool {
	select {
	case <-what:
		return true
	case <-ctx.Done():
		return false
	}
}

// look makes a checkpoint where there is enough in the log. One that fails leaves the
// log as it was, to the next; if the disk is full, commits tell.
func (c *checkpointer) look() {
	var busy, pages, taken int
	err := c.db.QueryRowContext(c.ctx, "PRAGMA wal_checkpoint(NOOP)").Scan(&busy, &pages, &taken)
	if err == nil && pages-taken >= logWorth {
		c.db.QueryRowContext(c.ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &pages, &taken)
	}
}

func (c *checkpointer) close() error {
	c.stop()
	c.running.Wait()
	return c.db.Close()
}
