package posttest

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"postrider/store"
)

// Clock is a clock that a test sets.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock makes a clock that stands at t.
func NewClock(t time.Time) *Clock { return &Clock{now: t} }

// Now tells the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set moves the clock to t.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Add moves the clock by d.
func (c *Clock) Add(d time.Duration) { c.Set(c.Now().Add(d)) }

// Start is when tests' clocks start unless they say otherwise.
var Start = time.Date(2024, 10, 4, 12, 0, 0, 0, time.UTC)

// Stores runs a test once on every engine, on an empty store and a clock that
// stands at Start.
func Stores(t *testing.T, test func(t *testing.T, s *store.Store, clock *Clock)) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			clock := NewClock(Start)
			test(t, Open(t, URL(t, engine), clock.Now), clock)
		})
	}
}

// URL is the address of a new, empty database of an engine.
func URL(t testing.TB, engine string) string {
	if engine == "postgres" {
		return Postgres(t)
	}
	return "sqlite:" + filepath.Join(t.TempDir(), "postrider.db")
}

// Open opens a store until the test ends.
func Open(t testing.TB, url string, now func() time.Time) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), store.Options{URL: url, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
