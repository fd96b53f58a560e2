package daemon_test

import (
	"fmt"
	"strings"
	"sync"
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
	h.SetRangeSize(1)
	h.write(func(tx *store.Tx) error {
		_, err := tx.ExecContext(h.ctx, `CREATE TRIGGER refuse BEFORE INSERT ON deliveries WHEN NEW.email = 'person3@people.example' BEGIN SELECT RAISE(ABORT, 'refused'); END`)
		return err
	})
	var all sync.WaitGroup // all messages are on their way at once
	all.Add(people)
	h.SetTransport(memory{func(m *mailer.Parcel) mailer.Result {
		all.Done()
		all.Wait()
		return mailer.Result{State: mailer.Sent, Relay: "memory"}
	}})
	id, err := h.SendNow(h.ctx, "weekly", "test")
	h.must(err)
	h.must(h.Compose(h.ctx, id))
	open, err := h.OpenRanges(h.ctx)
	h.must(err)
	faults := make([]error, len(open))
	var jobs sync.WaitGroup
	for i := range open {
		jobs.Go(func() { faults[i] = h.SendRange(h.ctx, open[i]) })
	}
	jobs.Wait()
	failed := 0
	for _, fault := range faults {
		if fault != nil {
			failed++
			if !strings.Contains(fault.Error(), "refused") {
				t.Error(fault)
			}
		}
	}
	if e := h.edition(id); failed != 1 || e.Counts.Sent != people-1 {
		t.Errorf("%d failed: %+v", failed, e)
	}
}
