package daemon_test

import (
	"testing"
	"time"
)

// How many people a late edition goes to is not counted with each look at what is
// wrong, but again after a while, and when the clock was put back.
func TestReachedIsCountedNowAndThen(t *testing.T) {
	h := build(t, "sqlite")
	h.join("amina")
	h.publish("tide")
	h.step()
	h.clock.Set(friday.Add(48 * time.Hour))
	h.reopen()
	h.step()
	id := h.editions()[0].ID
	for i, c := range []struct {
		passes time.Duration
		want   int
	}{{0, 1}, {9 * time.Minute, 1}, {time.Minute, 3}, {-time.Hour, 4}} {
		h.clock.Add(c.passes)
		if n, err := h.Reached(h.ctx, id); err != nil || n != c.want {
			t.Errorf("look %d: %d, %v, want %d", i, n, err, c.want)
		}
		h.join([]string{"badr", "chiku", "dalia", "emre"}[i])
	}
}
