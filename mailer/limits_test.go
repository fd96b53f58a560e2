package mailer

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	smtptest "postrider/internal/posttest/smtp"
	"postrider/store"
)

// tally is a Counter that gives out a number of messages in all, until it is
// filled again, or some a second.
type tally struct {
	mu     sync.Mutex
	left   int
	until  time.Time // when there is more
	lots   int       // how often it was asked
	paced  time.Time
	broken error
}

func (c *tally) TakeLot(_ context.Context, l store.Limits, want int, back *store.Lot) (store.Lot, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken != nil {
		return store.Lot{}, c.broken
	}
	if back != nil {
		c.left += back.Count
	}
	if want > 0 {
		c.lots++
	}
	now := time.Now()
	lot := store.Lot{Count: min(want, c.left), From: now, Until: now.Add(10 * time.Second)}
	if lot.Count == 0 {
		return store.Lot{Reached: store.SpanHour, Until: c.until}, nil
	}
	if l.PerSecond > 0 {
		lot.Every = time.Second / time.Duration(l.PerSecond)
		if lot.From = now; c.paced.After(now) {
			lot.From = c.paced
		}
		lot.Count = min(lot.Count, l.PerSecond)
		c.paced = lot.From.Add(time.Duration(lot.Count) * lot.Every)
		lot.Until = c.paced.Add(time.Second)
	}
	c.left -= lot.Count
	return lot, nil
}

// remain tells what is left to be given out, and how often it was asked.
func (c *tally) remain() (left, lots int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.left, c.lots
}

// A relay at its limit is not one that failed: another takes the mail, or it waits
// and says why; and then the first has it again.
func TestRelayAtItsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := pipeServer(t, smtptest.Options{}), pipeServer(t, smtptest.Options{})
		rs := piped(t, first, second)
		until := time.Now().Add(40 * time.Minute)
		rs.relays[0].PerHour = 5
		count := &tally{left: 5, until: until}
		rs.CountBy(count)
		c := opened(t, rs)
		for n := range 8 {
			want := "relay0"
			if n >= 5 {
				want = "relay1"
			}
			p, next := numbered(n).pack(), numbered(n+1).pack()
			if r := c.Send(t.Context(), p, next); r.State != Sent || r.Relay != want {
				t.Errorf("message %d: %+v, want sent by %s", n, r, want)
			}
		}
		c.Close()
		rs.relays[1].PerHour = 1
		rs.relays[1].turns.end(time.Now(), until.Add(time.Hour), "the relay relay1 has had enough")
		_, err := rs.Open(t.Context(), Bulk)
		var u *Unavailable
		if !errors.As(err, &u) || !u.Until.Equal(until) || u.Result.CostsAttempt() || u.Result.Suspect || u.Result.RetryAfter != 40*time.Minute ||
			!strings.HasPrefix(u.Result.Reason, "the relay relay0 has been sent its 5 of an hour; it goes on at ") {
			t.Errorf("%v, %+v", err, u)
		}
		if rs.relays[0].failures > 0 {
			t.Error("a limit counts as a failure")
		}
		count.mu.Lock()
		count.left = 1
		count.mu.Unlock()
		time.Sleep(40 * time.Minute)
		if r := send(t.Context(), opened(t, rs), numbered(9)); r.State != Sent || r.Relay != "relay0" {
			t.Errorf("%+v", r)
		}
	})
}

// Messages of a relay that takes some a second leave one after the other, however
// many conversations there are; none holds on to its place for long.
func TestSoManyASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var taken []time.Time
		s := pipeServer(t, smtptest.Options{Fault: func(at smtptest.Step, _ string) (string, smtptest.Action) {
			if at == smtptest.End {
				mu.Lock()
				defer mu.Unlock()
				taken = append(taken, time.Now())
			}
			return "", smtptest.Proceed
		}})
		rs := piped(t, s)
		rs.relays[0].PerSecond = 4
		rs.CountBy(&tally{left: 1000})
		began := time.Now()
		var all sync.WaitGroup
		for k := range 3 {
			c := opened(t, rs)
			all.Go(func() {
				for n := range 10 {
					if err := c.Ready(t.Context()); err != nil {
						t.Error(err)
						return
					}
					if r := c.Send(t.Context(), numbered(10*k+n).pack(), nil); r.State != Sent {
						t.Errorf("%+v", r)
					}
				}
			})
		}
		all.Wait()
		if took := time.Since(began); took < 29*time.Second/4 || took > 9*time.Second {
			t.Errorf("30 messages took %v", took)
		}
		for i := 4; i < len(taken); i++ {
			if gap := taken[i].Sub(taken[i-4]); gap < time.Second {
				t.Errorf("5 messages within %v", gap)
			}
		}
	})
}

// Turns that nobody has taken in time are not made up for all at once.
func TestNoTurnsAreMadeUpFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rs := piped(t, pipeServer(t, smtptest.Options{}))
		rs.relays[0].PerSecond = 4
		rs.CountBy(&tally{left: 1000})
		var taken []time.Time
		for n := range 24 {
			at, ok := rs.takeTurn(t.Context(), rs.relays[0], true)
			if !ok {
				t.Fatalf("turn %d is not to be had", n)
			}
			time.Sleep(max(0, time.Until(at)))
			taken = append(taken, time.Now())
			if n%6 == 0 {
				time.Sleep(900 * time.Millisecond)
			}
		}
		for i := 4; i < len(taken); i++ {
			if gap := taken[i].Sub(taken[i-4]); gap < time.Second {
				t.Errorf("5 messages within %v", gap)
			}
		}
	})
}

// What a node has and does not use is given back when it is idle, or ends.
func TestLotsAreGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rs := piped(t, pipeServer(t, smtptest.Options{}))
		rs.relays[0].PerHour = 1000
		count := &tally{left: 1000}
		rs.CountBy(count)
		for n := range 3 {
			c := opened(t, rs)
			mustBeSent(t, send(t.Context(), c, numbered(2*n)))
			mustBeSent(t, c.Send(t.Context(), numbered(2*n+1).pack(), nil))
			c.Close()
			if left, _ := count.remain(); left != 1000-2*n-100 {
				t.Errorf("%d are left at the counter", left)
			}
			time.Sleep(11 * time.Second)
			synctest.Wait()
			if left, _ := count.remain(); left != 1000-2*(n+1) {
				t.Errorf("%d are left at the counter, and %d were sent", left, 2*(n+1))
			}
		}
		mustBeSent(t, send(t.Context(), opened(t, rs), numbered(9)))
		rs.Close()
		if left, lots := count.remain(); left != 993 || lots != 4 {
			t.Errorf("at the end %d are left, counted %d times", left, lots)
		}
	})
}

// A counter that cannot count holds the mail back: a limit is a promise.
func TestCannotBeCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rs := piped(t, pipeServer(t, smtptest.Options{}))
		rs.relays[0].PerHour = 1000
		rs.CountBy(&tally{broken: errors.New("the disk is full")})
		_, err := rs.Open(t.Context(), Bulk)
		var u *Unavailable
		if !errors.As(err, &u) || !strings.Contains(err.Error(), "cannot be counted: the disk is full") || time.Until(u.Until) != uncounted {
			t.Errorf("%v", err)
		}
	})
}

// A clock that was ahead keeps no relay at its limit until then, nor has turns wait,
// when it is put right.
func TestLimitsWhenTheClockIsPutBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, ahead := range map[string]store.Lot{"a limit": {Reached: store.SpanHour}, "a turn": {Count: 5, Every: time.Second}} {
			rs := piped(t, pipeServer(t, smtptest.Options{}))
			rs.relays[0].PerHour = 1000
			by := 365 * 24 * time.Hour
			rs.now = func() time.Time { return time.Now().Add(by) }
			rs.CountBy(&given{ahead, rs.now})
			if c, err := rs.Open(t.Context(), Bulk); ahead.Count == 0 && err == nil || ahead.Count > 0 && err != nil {
				t.Fatalf("%s: %v, %v", name, c, err)
			} else if c != nil {
				mustBeSent(t, c.Send(t.Context(), numbered(0).pack(), nil))
				c.Close()
			}
			by = 0
			rs.CountBy(&tally{left: 1000})
			c, err := rs.Open(t.Context(), Bulk)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			mustBeSent(t, c.Send(t.Context(), numbered(1).pack(), nil))
			c.Close()
			rs.Close()
		}
	})
}

// given is a Counter that gives out one kind of lot, from a clock's instant on.
type given struct {
	lot store.Lot
	now func() time.Time
}

func (g *given) TakeLot(context.Context, store.Limits, int, *store.Lot) (store.Lot, error) {
	lot := g.lot
	lot.From, lot.Until = g.now(), g.now().Add(40*time.Minute)
	return lot, nil
}

func TestWarmUp(t *testing.T) {
	from := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	w := &WarmUp{From: from, FirstDay: 500, Growth: 1.5, Target: 5000}
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{0, 500}, {24*time.Hour - 1, 500}, {24 * time.Hour, 750}, {2 * 24 * time.Hour, 1125}, {5 * 24 * time.Hour, 3796}, {6 * 24 * time.Hour, 0}, {1e5 * time.Hour, 0}} {
		if got, begins := w.on(from.Add(c.after)); got != c.want || !begins.IsZero() {
			t.Errorf("after %v: %d, %v", c.after, got, begins)
		}
	}
	if got, begins := w.on(from.Add(-1)); got != 0 || !begins.Equal(from) {
		t.Errorf("before: %d, %v", got, begins)
	}
	synctest.Test(t, func(t *testing.T) {
		rs := piped(t, pipeServer(t, smtptest.Options{}), pipeServer(t, smtptest.Options{}))
		day := time.Now().Truncate(24 * time.Hour).Add(24 * time.Hour)
		rs.relays[0].WarmUp = &WarmUp{From: day, FirstDay: 2, Growth: 2, Target: 8}
		count := &tally{left: 1000}
		rs.CountBy(count)
		for _, c := range []struct {
			at   time.Time
			want string
		}{{day.Add(-time.Hour), "relay1"}, {day.Add(time.Hour), "relay0"}} {
			time.Sleep(time.Until(c.at))
			if r := send(t.Context(), opened(t, rs), numbered(1)); r.State != Sent || r.Relay != c.want {
				t.Errorf("at %v: %+v, want %s", c.at, r, c.want)
			}
		}
	})
}
