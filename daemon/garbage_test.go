package daemon

import (
	"runtime"
	"testing"
)

// TestGarbage: while crews work garbage is collected less often, by how much depends on
// what is in use, and as before when the last has ended.
func TestGarbage(t *testing.T) {
	percent := 100
	c := collection{set: func(now int) (before int) {
		percent, before = now, percent
		return before
	}}
	t.Setenv("GOGC", "")
	one := c.rare()
	two := c.rare()
	if percent < 100 || percent > garbagePercent {
		t.Errorf("%d percent", percent)
	}
	one()
	if c.crews != 1 || c.usual != 100 {
		t.Errorf("after one of two has ended: %+v", &c)
	}
	held := make([]byte, 2*garbageMost) // what is in use has grown
	runtime.GC()
	if c.look(); percent != 100 {
		t.Errorf("with %d MB in use it is collected at %d percent", len(held)>>20, percent)
	}
	runtime.KeepAlive(held)
	two()
	if c.look(); percent != 100 {
		t.Errorf("%d percent when all have ended", percent)
	}

	t.Setenv("GOGC", "50")
	percent = 50
	ends := c.rare()
	if percent != 50 {
		t.Errorf("the environment says 50 percent, and it is collected at %d", percent)
	}
	ends()

	t.Setenv("GOGC", "")
	percent = -1 // somebody has turned it off
	ends = c.rare()
	if percent != -1 {
		t.Errorf("it is collected at %d percent, though it was turned off", percent)
	}
	if ends(); percent != -1 {
		t.Errorf("%d percent at the end", percent)
	}
}
