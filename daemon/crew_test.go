package daemon_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"postrider/mailer"
	"postrider/store"
)

// crowd has some people join, and lists them in the order of their turns.
func (h *house) crowd(n int) []string {
	h.t.Helper()
	for i := range n {
		h.join(fmt.Sprintf("person%d", i))
	}
	return h.inOrder()
}

// ranges has an edition composed, and lists its ranges.
func (h *house) ranges() (edition string, open []store.Range) {
	h.t.Helper()
	edition, err := h.SendNow(h.ctx, "weekly", "test")
	h.must(err)
	h.must(h.Compose(h.ctx, edition))
	open, err = h.OpenRanges(h.ctx)
	h.must(err)
	return edition, open
}

// messagesOf counts the messages of each person.
type messagesOf struct {
	mu   sync.Mutex
	n    int
	of   map[string]int
	more chan struct{} // told of each
}

func newHad() *messagesOf { return &messagesOf{of: map[string]int{}, more: make(chan struct{}, 1000)} }

// add counts one, and tells how many its person, and all, have had.
func (c *messagesOf) add(m *mailer.Parcel) (name string, theirs, all int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	name = strings.TrimSuffix(m.To.Address, "@people.example")
	c.of[name]++
	c.n++
	c.more <- struct{}{}
	return name, c.of[name], c.n
}

// TestCrewSharesRanges: conversations of one job send to the people of one range, and
// each gets one message, as many as there are.
func TestCrewSharesRanges(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		people := h.crowd(60)
		h.publish("tide")
		h.SetRangeSize(25)
		var together sync.WaitGroup // four are under way at once, of one range
		together.Add(4)
		had := newHad()
		h.SetTransport(memory{func(m *mailer.Parcel) mailer.Result {
			if _, _, n := had.add(m); n <= 4 {
				together.Done()
				together.Wait()
			}
			return mailer.Result{State: mailer.Sent, Relay: "memory"}
		}})
		id, open := h.ranges()
		if more, err := h.SendRangeBy(h.ctx, open[0], 4); more || err != nil {
			t.Error(more, err)
		}
		h.expectEdition(id, "sent, 60 sent")
		for _, name := range people {
			if had.of[name] != 1 || h.served(name) == 0 {
				t.Errorf("%s got %d messages, served %d", name, had.of[name], h.served(name))
			}
		}
	})
}

// TestPlaceWaitsForTheSlowest: the place that is saved stays before who is still under
// way, so that nobody is missed by a crash, however far the others have come.
func TestPlaceWaitsForTheSlowest(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		people := h.crowd(30)
		h.publish("tide")
		h.SetWatchful() // the place is saved with each message
		had := newHad()
		h.SetTransport(memory{func(m *mailer.Parcel) mailer.Result {
			if name, n, _ := had.add(m); name == people[3] && n == 1 {
				for range 20 { // those of the others
					<-had.more
				}
				panic(crash{})
			}
			return mailer.Result{State: mailer.Sent, Relay: "memory"}
		}})
		id, open := h.ranges()
		func() {
			defer func() {
				if recover() != (crash{}) {
					t.Error("it was not killed")
				}
			}()
			h.SendRangeBy(h.ctx, open[0], 3)
		}()
		transport := h.Transport()
		h.reopen()
		h.SetTransport(transport)
		h.must(h.TakeOver(h.ctx))
		h.must(h.Drive(h.ctx))
		h.expectEdition(id, "sent, 30 sent")
		for i, name := range people {
			if got := had.of[name]; got != 1 && i != 3 || i == 3 && got != 2 {
				t.Errorf("%s, number %d, got %d messages", name, i, got)
			}
		}
	})
}

// TestCrewGoesOnWithoutOneThatHangs: a crew that is to let others in, and of which one
// hangs, does not stand still until that ends.
func TestCrewGoesOnWithoutOneThatHangs(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	people := h.crowd(12)
	h.publish("tide")
	had := newHad()
	h.SetTransport(memory{func(m *mailer.Parcel) mailer.Result {
		if name, _, _ := had.add(m); name == people[0] {
			for range len(people) - 1 { // all others, but who comes next in its own conversation
				<-had.more
			}
		}
		time.Sleep(10 * time.Millisecond) // so that they are not done before the time is up
		return mailer.Result{State: mailer.Sent, Relay: "memory"}
	}})
	id, open := h.ranges()
	h.write(func(tx *store.Tx) error { // a job of another edition waits for a worker
		return h.RangeJob(h.ctx, tx, store.Range{Edition: "another", Last: "x"})
	})
	h.SetTurnTime(30 * time.Millisecond)
	for more := true; more; {
		var err error
		more, err = h.SendRangeBy(h.ctx, open[0], 2)
		h.must(err)
	}
	h.expectEdition(id, "sent, 12 sent")
}
