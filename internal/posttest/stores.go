package posttest

import (
	"context"
	"os"
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

// URL is the address of a new database of an engine that has the schema, and
// nothing else. To bring a database there takes a second with the race detector, and
// there are hundreds: so it is done once, and copied.
func URL(t testing.TB, engine string) string {
	t.Helper()
	if engine == "postgres" {
		return Postgres(t)
	}
	model.once.Do(func() { model.sqlite, model.err = sqliteModel() })
	if model.err != nil {
		t.Fatal(model.err)
	}
	path := filepath.Join(t.TempDir(), "postrider.db")
	if err := os.WriteFile(path, model.sqlite, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// Bare is the address of a new database in which there is nothing at all.
func Bare(t testing.TB, engine string) string {
	t.Helper()
	if engine == "postgres" {
		return shared(t).Database(t)
	}
	return "sqlite:" + filepath.Join(t.TempDir(), "postrider.db")
}

// model is a database with the schema and nothing else.
var model struct {
	once   sync.Once
	sqlite []byte // its file
	err    error
}

func sqliteModel() ([]byte, error) {
	dir, err := os.MkdirTemp("", "postrider-model-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "postrider.db")
	if err := migrated("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// migrated brings a database to the schema.
func migrated(url string) error {
	s, err := store.Open(context.Background(), store.Options{URL: url, Now: time.Now})
	if err != nil {
		return err
	}
	return s.Close()
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
