package daemon_test

import (
	"testing"
	"time"

	"postrider/mailer"
	"postrider/store"
)

// TestNobodyWhoHadNothingIsForgotten: the last message of a range is recorded for so
// long that people would be looked at anew. Those ahead of it who had nothing count
// all the same.
func TestNobodyWhoHadNothingIsForgotten(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina", "bakari", "chen")
	h.publish("tide")
	names := h.inOrder()
	id, err := h.SendNow(h.ctx, "weekly", "test")
	h.must(err)
	h.must(h.Compose(h.ctx, id))
	for _, name := range names[:2] {
		h.write(func(tx *store.Tx) error { return tx.Serve(h.ctx, "weekly", h.ids[name], h.edition(id).Cutoff) })
	}
	written := make(chan error)
	h.SetTransport(memory{func(*mailer.Parcel) mailer.Result {
		busy := make(chan bool)
		go func() {
			written <- h.Store.Write(h.ctx, func(tx *store.Tx) error {
				close(busy)
				time.Sleep(1200 * time.Millisecond) // longer than what was read of people holds good
				return nil
			})
		}()
		<-busy
		return mailer.Result{State: mailer.Sent, Relay: "memory"}
	}})
	h.must(h.Drive(h.ctx))
	h.must(heard(t, written))
	h.expectEdition(id, "sent, 1 sent, 2 nothing")
}
