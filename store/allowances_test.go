package store_test

import (
	"sync"
	"testing"
	"time"

	"postrider/internal/posttest"
	"postrider/store"
)

// lot takes messages of some limits, and gives back what is left of an earlier lot.
func lot(t *testing.T, s *store.Store, l store.Limits, want int, back *store.Lot) store.Lot {
	t.Helper()
	got, err := s.TakeLot(ctx, l, want, back)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// all takes lots until a limit is reached, and counts.
func all(t *testing.T, s *store.Store, l store.Limits) (n int, last store.Lot) {
	t.Helper()
	for {
		if last = lot(t, s, l, 100, nil); last.Count == 0 {
			return n, last
		}
		n += last.Count
	}
}

// testLotsOfASecond: lots follow one another in time, whoever takes them, and not
// far ahead.
func testLotsOfASecond(t *testing.T, s *store.Store, clock *posttest.Clock) {
	l := store.Limits{Name: "relay/main", PerSecond: 3}
	next := clock.Now()
	for range 3 {
		got := lot(t, s, l, 100, nil)
		if got.Count != 3 || !got.From.Equal(next) || got.Every < time.Second/3 {
			t.Errorf("%+v, want 3 from %v", got, next)
		}
		next = next.Add(3 * got.Every).Truncate(time.Microsecond)
	}
	got := lot(t, s, l, 100, nil)
	if got.Count != 0 || got.Reached != store.SpanSecond || got.Until.Sub(clock.Now()) > 3*time.Second || !got.Until.After(clock.Now()) {
		t.Errorf("%+v", got)
	}
	clock.Set(got.Until)
	if got := lot(t, s, l, 1, nil); got.Count != 1 || !got.From.Equal(next) {
		t.Errorf("%+v, want 1 from %v", got, next)
	}
	if got := lot(t, s, store.Limits{Name: "relay/other", PerSecond: 3}, 1, nil); !got.From.Equal(clock.Now()) {
		t.Errorf("another's is %+v", got)
	}
	clock.Set(posttest.Start.Add(-48 * time.Hour)) // the clock had been wrong
	if got := lot(t, s, l, 1, nil); got.Count != 1 || !got.From.Equal(clock.Now()) {
		t.Errorf("after the clock was put back: %+v", got)
	}
}

// testLotsOfAnHour: never more within any 60 minutes, and what is given back can be
// taken again.
func testLotsOfAnHour(t *testing.T, s *store.Store, clock *posttest.Clock) {
	l := store.Limits{Name: "relay/main", PerHour: 200}
	first := lot(t, s, l, 100, nil)
	if first.Count != 20 || first.Until.Sub(clock.Now()) > time.Minute {
		t.Fatalf("%+v", first)
	}
	first.Count = 15 // 5 were sent
	again := lot(t, s, l, 100, &first)
	if again.Count != 19 {
		t.Errorf("%+v, want a tenth of 195", again)
	}
	n, last := all(t, s, l)
	if n+again.Count+5 != 200 || last.Reached != store.SpanHour || last.Until.Sub(clock.Now()) < time.Hour || last.Until.Sub(clock.Now()) > time.Hour+2*time.Minute {
		t.Errorf("%d in all, and then %+v", n+again.Count+5, last)
	}
	clock.Add(time.Hour)
	if n, _ := all(t, s, l); n != 0 {
		t.Errorf("%d more within the hour", n)
	}
	clock.Set(last.Until)
	if n, _ := all(t, s, l); n != 200 {
		t.Errorf("%d in the next hour", n)
	}
	lot(t, s, l, 1, &store.Lot{Count: 50}) // of nowhere
	if n, _ := all(t, s, l); n != 0 {
		t.Errorf("%d more for what was never taken", n)
	}
}

// testLotsOfADay: a day is one of UTC, and what was taken yesterday counts no more.
func testLotsOfADay(t *testing.T, s *store.Store, clock *posttest.Clock) {
	l := store.Limits{Name: "relay/main", PerDay: 50, PerHour: 1000, PerSecond: 100_000}
	n, last := all(t, s, l)
	midnight := clock.Now().Truncate(24 * time.Hour).Add(24 * time.Hour)
	if n != 50 || last.Reached != store.SpanDay || !last.Until.Equal(midnight) {
		t.Errorf("%d, and then %+v", n, last)
	}
	clock.Set(midnight.Add(-time.Second))
	if n, _ := all(t, s, l); n != 0 {
		t.Errorf("%d more", n)
	}
	more := lot(t, s, store.Limits{Name: "relay/main", PerDay: 51}, 100, nil)
	if more.Count != 1 || more.Until.After(midnight) {
		t.Errorf("one more is %+v", more)
	}
	clock.Set(midnight)
	if n, _ := all(t, s, l); n != 50 {
		t.Errorf("%d the next day", n)
	}
}

// testLotsAreNeverTooMany has several nodes take at once.
func testLotsAreNeverTooMany(t *testing.T, s *store.Store, clock *posttest.Clock) {
	l := store.Limits{Name: "relay/main", PerHour: 300, PerDay: 200}
	var nodes sync.WaitGroup
	var mu sync.Mutex
	taken := 0
	for range 5 {
		nodes.Go(func() {
			for {
				got, err := s.TakeLot(ctx, l, 100, nil)
				if err != nil {
					t.Error(err)
				}
				if got.Count == 0 {
					return
				}
				mu.Lock()
				taken += got.Count
				mu.Unlock()
			}
		})
	}
	nodes.Wait()
	if taken != 200 {
		t.Errorf("%d were given out", taken)
	}
}
