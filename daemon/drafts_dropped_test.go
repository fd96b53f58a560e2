package daemon_test

import (
	"testing"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// Two editors at once: one drops a draft, and has not come to the end of that, while the
// other takes dates away by which it had been moved, which puts it too far back. It stays
// dropped, and is not held.
func TestDraftIsDroppedBesideAChange(t *testing.T) {
	t.Parallel()
	for name, local := range map[string]bool{"to all": false, "in waves": true} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine string) {
				h, w, id := draftWaits(t, engine, "hold", local)
				h.must(h.AddBlackout(h.ctx, store.Blackout{From: "2024-10-11", To: "2024-10-13", Then: "move"}, "badr", ""))
				h.step()
				h.through(friday, friday.Add(time.Hour))
				h.clock.Set(friday.Add(70 * time.Hour)) // its first clocks have shown 07:00 on Monday; nobody's wave has come
				h.step()
				if e := h.edition(id); e.State != magazine.EditionWaiting {
					t.Fatalf("before: %s %q starts %s", e.State, e.Reason, e.Starts)
				}
				done := make(chan struct{})
				h.write(func(tx *store.Tx) error {
					e, err := tx.Edition(h.ctx, id)
					if err != nil {
						return err
					}
					if err := tx.DropEdition(h.ctx, e, "dropped by salma"); err != nil {
						return err
					}
					go func() { defer close(done); lifted(h, w) }()
					h.waitedFor(tx, done)
					return nil
				})
				<-done
				if e := h.edition(id); e.State != magazine.EditionDropped || e.Reason != "dropped by salma" {
					t.Errorf("after both: %s %q", e.State, e.Reason)
				}
			})
		})
	}
}

// waitedFor waits until somebody else waits for a lock of a transaction, or is done; with
// one writer, where nobody can tell, it does not.
func (h *house) waitedFor(tx *store.Tx, done chan struct{}) {
	for {
		select {
		case <-done:
			return
		default:
		}
		var waits int
		if err := tx.QueryRowContext(h.ctx, "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&waits); err != nil || waits > 0 {
			return
		}
	}
}
