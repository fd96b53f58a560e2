package store_test

import (
	"testing"

	"postrider/internal/posttest"
	"postrider/magazine"
	"postrider/store"
)

// Somebody narrows "everything" to an author while the range of the edition
// that they got is being closed.
func TestFollowingWhileServed(t *testing.T) {
	posttest.Stores(t, func(t *testing.T, s *store.Store, clock *posttest.Clock) {
		count(t, s, 3)
		id := join(t, s, "amina@example.org")
		count(t, s, 8)
		closed := make(chan error, 1)
		write(t, s, func(tx *store.Tx) error {
			if err := tx.SetFollows(ctx, "weekly", id, []magazine.Follow{salma}); err != nil {
				return err
			}
			go func() {
				closed <- s.Write(ctx, func(other *store.Tx) error { return other.Serve(ctx, "weekly", id, 8) })
			}()
			for { // until the other has done it, or waits for us
				var waits int
				err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM pg_locks WHERE NOT granted").Scan(&waits)
				if err != nil || waits > 0 || len(closed) > 0 { // SQLite has one writer: it waits
					break
				}
			}
			return nil
		})
		if err := <-closed; err != nil {
			t.Fatal(err)
		}
		own, follow := served(t, s, id)
		if follow < own {
			t.Errorf("follow's served %d is below the subscription's %d: articles %d to %d come again", follow, own, follow+1, own)
		}
	})
}
