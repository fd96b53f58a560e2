package daemon_test

import (
	"testing"

	"postrider/store"
)

// Somebody who changes an owner's row keeps no edition from being held: that it is told
// asks for no lock of theirs.
func TestHoldWaitsForNoOwner(t *testing.T) {
	t.Parallel()
	h := build(t, "postgres")
	h.owner("noor", "")
	h.join("amina")
	h.publish("tide")
	p, err := h.Store.SubscriberByEmail(h.ctx, "noor@people.example")
	h.must(err)
	id, err := h.SendNow(h.ctx, "weekly", "test")
	h.must(err)
	h.write(func(tx *store.Tx) error {
		if _, err := tx.Subscriber(h.ctx, p.ID); err != nil { // which locks it
			return err
		}
		return h.HoldNow(deadline(t), id)
	})
	h.looks()
	if got := h.subjects("noor@people.example"); len(got) != 1 {
		t.Errorf("noor got %q", got)
	}
}
