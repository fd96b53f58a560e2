package daemon_test

import (
	"strings"
	"testing"
	"time"

	"postrider/daemon"
	"postrider/magazine"
	"postrider/store"
)

// The schedule of settings: Fridays at 07:00 in Nairobi, which is 04:00 UTC.
var (
	friday = time.Date(2024, 10, 11, 4, 0, 0, 0, time.UTC)
	week   = 7 * 24 * time.Hour
)

// occurrences lists what is recorded of the schedule, newest first.
func (h *house) occurrences() string {
	h.t.Helper()
	all, err := h.Store.Occurrences(h.ctx, "weekly", "main", 1000)
	h.must(err)
	var lines []string
	for _, o := range all {
		lines = append(lines, o.Day+" "+o.Slot+" "+o.Outcome)
	}
	return strings.Join(lines, "; ")
}

func (h *house) editions() []magazine.Edition {
	h.t.Helper()
	all, err := h.Store.Editions(h.ctx, "weekly", 1000)
	h.must(err)
	return all
}

func (h *house) step() {
	h.t.Helper()
	h.Step(h.ctx)
	h.must(h.Drive(h.ctx))
}

func TestScheduleFires(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina")
		h.publish("tide")
		h.step() // a new schedule starts now
		if h.occurrences() != "" || len(h.editions()) != 0 {
			t.Fatalf("a new schedule fired: %s", h.occurrences())
		}
		h.clock.Set(friday.Add(-time.Second))
		h.step()
		if h.occurrences() != "" {
			t.Fatalf("too early: %s", h.occurrences())
		}
		h.clock.Set(friday)
		for range 3 {
			h.step()
			h.reopen() // a restart repeats nothing
		}
		if h.occurrences() != "2024-10-11 07:00 edition" || h.got("amina") != "tide" {
			t.Fatalf("%s, amina got %q", h.occurrences(), h.got("amina"))
		}
		h.clock.Set(friday.Add(week)) // nothing is new
		h.step()
		all := h.editions()
		if len(all) != 2 || all[0].State != magazine.EditionSkipped || all[0].Reason != "nothing new" || all[0].Key != "weekly/main/2024-10-18/07:00" || all[0].Maker != "schedule weekly/main" {
			t.Fatalf("%+v", all)
		}
		if h.got("amina") != "tide" || h.log.has("starts late") {
			t.Errorf("amina got %q", h.got("amina"))
		}
	})
}

func TestScheduleMissed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		sleep time.Duration // from the first Friday
		weeks int           // Fridays that have come due
		held  bool
		late  bool
	}{
		{"in time", 0, 1, false, false},
		{"a minute late", time.Minute, 1, false, false},
		{"late", time.Minute + time.Second, 1, false, true},
		{"within the grace", 24 * time.Hour, 1, false, true},
		{"beyond the grace", 24*time.Hour + time.Second, 1, true, false},
		{"three missed, the last within the grace", 2*week + time.Hour, 3, false, true},
		{"three missed, the last beyond the grace", 2*week + 48*time.Hour, 3, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := build(t, "sqlite")
			h.join("amina")
			h.step()
			h.publish("tide")
			h.clock.Set(friday.Add(c.sleep))
			h.reopen()
			h.step()
			h.step()
			all := h.editions()
			last := friday.Add(time.Duration(c.weeks-1) * week)
			if len(all) != 1 || !all[0].Nominal.Equal(last) {
				t.Fatalf("%d editions: %+v", len(all), all)
			}
			outcome, state, got := "edition", magazine.EditionSent, "tide"
			if c.held {
				outcome, state, got = "held", magazine.EditionHeld, ""
			}
			want := last.Format("2006-01-02") + " 07:00 " + outcome
			for at := last.Add(-week); !at.Before(friday); at = at.Add(-week) {
				want += "; " + at.Format("2006-01-02") + " 07:00 missed; made up for by " + all[0].Key
			}
			if h.occurrences() != want {
				t.Errorf("recorded %s", h.occurrences())
			}
			if all[0].State != state || h.got("amina") != got || (h.served("amina") == 1) == c.held {
				t.Errorf("%+v, amina got %q, served %d", all[0], h.got("amina"), h.served("amina"))
			}
			if h.log.has("starts late") != c.late || h.log.has("an edition is held") != c.held {
				t.Errorf("logged: %s", h.log.text.String())
			}
			if c.held && !h.log.has("postrider editions release "+all[0].ID) {
				t.Errorf("%s says not what to do", h.log.text.String())
			}
			// The next Friday comes as usual, with what was held back.
			h.clock.Set(last.Add(week))
			h.step()
			if h.got("amina") != "tide" || len(h.editions()) != 2 {
				t.Errorf("a week later amina has %q of %d editions", h.got("amina"), len(h.editions()))
			}
		})
	}
}

// TestScheduleOfTwoDaemons: two that look at the same instant make one edition.
func TestScheduleOfTwoDaemons(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina")
		h.step()
		h.publish("tide")
		other := openAt(t, h.file, h.clock.Now, h.log)
		h.clock.Set(friday)
		done := make(chan struct{})
		go func() { other.Step(h.ctx); close(done) }()
		h.Step(h.ctx)
		heard(t, done)
		h.must(h.Drive(h.ctx))
		if len(h.editions()) != 1 || h.got("amina") != "tide" || h.log.has("level=ERROR") {
			t.Errorf("%d editions, amina got %q: %s", len(h.editions()), h.got("amina"), h.log.text.String())
		}
	})
}

// TestClockPutBack: what fired does not fire again.
func TestClockPutBack(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina")
	h.step()
	h.publish("tide")
	h.clock.Set(friday)
	h.step()
	h.clock.Set(friday.Add(-2 * time.Hour))
	h.reopen()
	h.publish("clock")
	h.step()
	h.clock.Set(friday.Add(time.Minute))
	h.step()
	if len(h.editions()) != 1 || h.got("amina") != "tide" {
		t.Errorf("%d editions, amina got %q", len(h.editions()), h.got("amina"))
	}
}

// TestSendFiresNoSchedule: a command that is asked for one edition makes no others.
func TestSendFiresNoSchedule(t *testing.T) {
	t.Parallel()
	h := buildRunning(t, "sqlite")
	h.join("amina")
	h.Step(h.ctx)
	h.publish("tide")
	h.clock.Set(friday)
	e, err := h.Send(h.ctx, "weekly", "test", func(daemon.Progress) {})
	if err != nil || e.Counts.Sent != 1 || h.occurrences() != "" {
		t.Errorf("%+v, %v, %s", e, err, h.occurrences())
	}
}

// TestScheduledArticleAppears while the daemon runs, in time for the edition.
func TestScheduledArticleAppears(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina")
	h.step()
	h.publish("tide")
	h.write(func(tx *store.Tx) error {
		_, err := tx.ExecContext(h.ctx, "UPDATE articles SET state = 'scheduled', seq = 0, published = $1", friday.UnixMicro())
		return err
	})
	h.clock.Set(friday)
	h.step()
	if h.got("amina") != "tide" {
		t.Errorf("amina got %q", h.got("amina"))
	}
}
