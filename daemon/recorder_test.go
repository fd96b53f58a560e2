package daemon_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"postrider/mailer"
	"postrider/store"
)

// TestOneThatCannotBeRecorded: conversations record together, and one whose record
// the database refuses keeps none of the others from theirs.
func TestOneThatCannotBeRecorded(t *testing.T) {
	t.Parallel() // it is tried for long
	h := build(t, "sqlite")
	const people = 6
	var names []string
	for i := range people {
		names = append(names, fmt.Sprintf("person%d", i))
	}
	h.join(names...)
	h.publish("tide")
	h.write(func(tx *store.Tx) error {
		_, err := tx.ExecContext(h.ctx, `CREATE TRIGGER refuse BEFORE INSERT ON deliveries WHEN NEW.email = 'person0@people.example' BEGIN SELECT RAISE(ABORT, 'refused'); END`)
		return err
	})
	var together sync.WaitGroup // the first ones are on their way at once
	together.Add(3)
	var went atomic.Int64
	h.SetTransport(memory{func(m *mailer.Parcel) mailer.Result {
		if went.Add(1) <= 3 {
			together.Done()
			together.Wait()
		}
		return mailer.Result{State: mailer.Sent, Relay: "memory"}
	}})
	id, err := h.SendNow(h.ctx, "weekly", "test")
	h.must(err)
	h.must(h.Compose(h.ctx, id))
	open, err := h.OpenRanges(h.ctx)
	h.must(err)
	if _, err := h.SendRangeBy(h.ctx, open[0], people); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Error(err)
	}
	if e := h.edition(id); int64(e.Counts.Sent) != went.Load()-1 || e.Counts.Sent < 2 {
		t.Errorf("%d went: %+v", went.Load(), e)
	}
}
