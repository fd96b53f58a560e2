package daemon

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// While an edition is sent garbage is collected when so much of it has come as this,
// or as many percent of what is in use: a message leaves some kB of it, and what is in
// use is so little that it would be looked through twenty times a second.
const (
	garbageMost    = 40 << 20
	garbagePercent = 400
)

// garbage is how the crews of this process have it collected. The environment's GOGC
// wins.
var garbage = collection{set: debug.SetGCPercent}

type collection struct {
	set func(percent int) (before int)

	mu      sync.Mutex
	crews   int
	usual   int // percent while none works
	percent int // as it is set
}

// rare has garbage collected less often until the function that it returns is called.
func (c *collection) rare() (usual func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.crews++; c.crews == 1 {
		c.percent = garbagePercent
		c.usual = c.set(c.percent)
		c.suit()
	}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.crews--; c.crews == 0 {
			c.set(c.usual)
		}
	}
}

// look suits the percentage to what is in use now.
func (c *collection) look() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.crews > 0 {
		c.suit()
	}
}

func (c *collection) suit() {
	used := []metrics.Sample{{Name: "/gc/heap/live:bytes"}} // when garbage was collected last
	metrics.Read(used)
	percent := int(100 * garbageMost / max(1<<20, used[0].Value.Uint64()))
	percent = max(c.usual, min(garbagePercent, percent-percent%50)) // to set it stops everything for a moment
	if c.usual <= 0 {                                               // it is not collected at all
		percent = c.usual
	}
	if percent != c.percent {
		c.percent = percent
		c.set(percent)
	}
}
