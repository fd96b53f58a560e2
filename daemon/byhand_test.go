package daemon_test

import (
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/schedules"
	"postrider/store"
)

// main is the one schedule of settings.
func (h *house) main() *schedules.Schedule {
	h.t.Helper()
	s, err := h.Schedule("weekly")
	h.must(err)
	return s
}

// acts lists what people did, newest first: "skip by salma: 2024-10-11 07:00".
func (h *house) acts() string {
	h.t.Helper()
	all, err := h.Store.Acts(h.ctx, "weekly", 100)
	h.must(err)
	var lines []string
	for _, a := range all {
		lines = append(lines, a.What+" by "+a.Who+": "+a.Detail)
	}
	return strings.Join(lines, "; ")
}

func TestSkipNext(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina")
		h.publish("tide")
		h.step()
		left, next, err := h.Skip(h.ctx, h.main(), "salma", "")
		h.must(err)
		if !left.At.Equal(friday) || !next.At.Equal(friday.Add(week)) {
			t.Fatalf("skipped %v, next %v", left.At, next.At)
		}
		if left, _, err = h.Skip(h.ctx, h.main(), "salma", ""); err != nil || !left.At.Equal(friday.Add(week)) { // one more
			t.Fatalf("skipped %v, %v", left.At, err)
		}
		back, err := h.Unskip(h.ctx, h.main(), "salma", "")
		if err != nil || !back.At.Equal(friday.Add(week)) {
			t.Fatalf("taken back %v, %v", back.At, err)
		}
		h.clock.Set(friday)
		h.reopen()
		h.step()
		if got := h.occurrences(); got != "2024-10-11 07:00 skipped by salma" || h.got("amina") != "" || len(h.editions()) != 0 {
			t.Fatalf("%s; amina got %q", got, h.got("amina"))
		}
		if _, err := h.Unskip(h.ctx, h.main(), "salma", ""); magazine.CodeOf(err) != magazine.NotFound {
			t.Errorf("a skip that is past is taken back: %v", err)
		}
		h.clock.Set(friday.Add(week))
		h.step()
		if got := h.occurrences(); got != "2024-10-18 07:00 edition; 2024-10-11 07:00 skipped by salma" || h.got("amina") != "tide" {
			t.Errorf("%s; amina got %q", got, h.got("amina"))
		}
		if want := "unskip by salma: 2024-10-18 07:00; skip by salma: 2024-10-18 07:00; skip by salma: 2024-10-11 07:00"; len(h.acts()) != len(want) {
			t.Errorf("kept: %s", h.acts())
		}
	})
}

func TestRunNow(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		for name, asNext := range map[string]bool{"more": false, "next": true} {
			t.Run(name, func(t *testing.T) {
				h := build(t, engine)
				h.join("amina")
				h.publish("tide")
				h.step()
				e, next, err := h.Run(h.ctx, h.main(), "salma", asNext, "")
				if err != nil || !next.At.Equal(friday) {
					t.Fatalf("%v, %v", next.At, err)
				}
				h.must(h.Drive(h.ctx))
				if h.got("amina") != "tide" {
					t.Fatalf("amina got %q", h.got("amina"))
				}
				h.publish("clock")
				h.clock.Set(friday)
				h.reopen()
				h.step()
				want, editions, got := "2024-10-11 07:00 edition", 2, "tide; clock"
				if asNext {
					want, editions, got = "2024-10-11 07:00 run before its time by salma", 1, "tide"
				}
				if h.occurrences() != want || len(h.editions()) != editions || h.got("amina") != got {
					t.Errorf("%s; amina got %q of %d editions", h.occurrences(), h.got("amina"), len(h.editions()))
				}
				h.clock.Set(friday.Add(week))
				h.step()
				if asNext && h.got("amina") != "tide; clock" {
					t.Errorf("a week later amina has %q", h.got("amina"))
				}
				if e = h.edition(e.ID); !strings.HasPrefix(e.Maker, "salma by ") || e.Approved != "salma" {
					t.Errorf("%+v", e)
				}
			})
		}
	})
}

func TestPause(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina")
		h.publish("tide")
		h.step()
		if err := h.Resume(h.ctx, h.main(), "salma"); magazine.CodeOf(err) != magazine.Conflict {
			t.Errorf("resumed what is not paused: %v", err)
		}
		if err := h.Pause(h.ctx, h.main(), "salma", h.clock.Now()); magazine.CodeOf(err) != magazine.Invalid {
			t.Errorf("paused until now: %v", err)
		}
		h.must(h.Pause(h.ctx, h.main(), "salma", friday.Add(time.Hour)))
		h.clock.Set(friday.Add(time.Minute))
		h.step()
		if got := h.occurrences(); got != "2024-10-11 07:00 dropped: paused by salma until 2024-10-11 08:00 +0300" || h.got("amina") != "" {
			t.Fatalf("%s; amina got %q", got, h.got("amina"))
		}
		// Without an end, and with nothing running until it is resumed.
		h.must(h.Pause(h.ctx, h.main(), "salma", store.Forever))
		h.clock.Set(friday.Add(2*week + time.Minute))
		h.must(h.Resume(h.ctx, h.main(), "noor"))
		h.reopen()
		h.step()
		if got := h.occurrences(); !strings.HasPrefix(got, "2024-10-25 07:00 dropped: paused by salma; 2024-10-18 07:00 dropped: paused by salma; ") || h.got("amina") != "" {
			t.Fatalf("%s; amina got %q", got, h.got("amina"))
		}
		h.clock.Set(friday.Add(3 * week))
		h.step()
		if h.got("amina") != "tide" || len(h.editions()) != 1 {
			t.Errorf("%s; amina got %q", h.occurrences(), h.got("amina"))
		}
	})
}

func TestScheduleByName(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.configure("  - {newsletter: weekly, name: noon, every: monday at 12:00}\n")
	for ref, want := range map[string]magazine.Code{"weekly/main": "", "weekly/noon": "", "weekly": magazine.Invalid, "daily": magazine.NotFound, "weekly/none": magazine.NotFound} {
		if _, err := h.Schedule(ref); magazine.CodeOf(err) != want && !(want == "" && err == nil) {
			t.Errorf("%s: %v", ref, err)
		}
	}
}

// TestComing: what is to come says what people have decided about it.
func TestComing(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.configure("blackouts: [{from: 2024-10-25, title: Regatta}]\n")
	h.join("amina", "noor")
	h.publish("tide")
	h.step()
	if _, _, err := h.Skip(h.ctx, h.main(), "salma", ""); err != nil {
		t.Fatal(err)
	}
	p, err := h.Plan(h.ctx, friday.Add(3*week))
	h.must(err)
	var lines []string
	for _, s := range p.Sends {
		lines = append(lines, s.Date+" "+s.Reason)
		if s.People != 2 || s.Articles != 1 || s.Waves[store.Wave{Hour: store.AnyHour}] != 2 {
			t.Errorf("%+v", s)
		}
	}
	if got := strings.Join(lines, "; "); got != "2024-10-11 skipped by salma; 2024-10-18 ; 2024-10-25 Regatta, 2024-10-25; 2024-11-01 " {
		t.Error(got)
	}
}

// What a person saw is what their word is about: where another send is next, nothing
// is done.
func TestByHandMeansWhatWasSeen(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina")
		h.publish("tide")
		h.step()
		next, back, err := h.ByHand(h.ctx, h.main())
		if err != nil || back != nil || !next.At.Equal(friday) {
			t.Fatalf("%v, %v, %v", next, back, err)
		}
		seen := next.Key()
		_, _, err = h.Skip(h.ctx, h.main(), "salma", seen)
		h.must(err)
		if _, _, err = h.Skip(h.ctx, h.main(), "badr", seen); magazine.CodeOf(err) != magazine.Conflict {
			t.Errorf("skipped twice: %v", err)
		}
		if _, _, err = h.Run(h.ctx, h.main(), "badr", true, seen); magazine.CodeOf(err) != magazine.Conflict {
			t.Errorf("run in place of what is skipped: %v", err)
		}
		if next, back, err = h.ByHand(h.ctx, h.main()); err != nil || back == nil || back.Key() != seen || !next.At.Equal(friday.Add(week)) {
			t.Errorf("%v, %v, %v", next, back, err)
		}
		if _, err = h.Unskip(h.ctx, h.main(), "badr", next.Key()); magazine.CodeOf(err) != magazine.Conflict {
			t.Errorf("taken back what is not skipped: %v", err)
		}
		h.clock.Add(time.Minute)
		_, err = h.Unskip(h.ctx, h.main(), "salma", seen)
		h.must(err)
		if got := h.acts(); got != "unskip by salma: 2024-10-11 07:00; skip by salma: 2024-10-11 07:00" {
			t.Error(got)
		}
	})
}

// What comes next is told while somebody writes.
func TestPlanWaitsForNoWriter(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina")
		h.publish("tide")
		h.step()
		h.write(func(tx *store.Tx) error {
			if _, err := tx.ArticleNumber(h.ctx); err != nil {
				return err
			}
			p, err := h.Plan(deadline(t), friday.Add(week))
			if err == nil && (len(p.Sends) == 0 || p.Sends[0].Articles != 1) {
				t.Errorf("%+v", p.Sends)
			}
			return err
		})
	})
}

// A send that was dropped before, and comes again, is left out where a person says so.
func TestSkipWhatWasDroppedBefore(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		local  bool
		before func(h *house, w store.DeskSchedule)
		comes  time.Time
	}{
		"in a pause, and comes by another zone": {false, func(h *house, w store.DeskSchedule) {
			h.must(h.Pause(h.ctx, h.evening(), "salma", friday.Add(30*time.Minute)))
			h.through(friday, friday.Add(40*time.Minute))
			w.Timezone = "Europe/London"
			h.saved(w)
		}, friday.Add(2 * time.Hour)},
		"in each one's own time, and comes for all at once": {true, func(h *house, w store.DeskSchedule) {
			h.through(friday.Add(-12*time.Hour), friday.Add(-10*time.Hour))
			w.Local = false
			h.saved(w)
		}, friday},
	} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine string) {
				h := build(t, engine)
				h.step()
				w := desked("evening", "friday at 07:00")
				w.Local = c.local
				w = h.saved(w)
				_, err := h.Members.Add(h.ctx, members.Request{Email: "noor@people.example", Frequency: map[string]string{"weekly": "evening"}}, true, false)
				h.must(err)
				h.publish("tide")
				h.step()
				c.before(h, w)
				h.step()
				left, next, err := h.Skip(h.ctx, h.evening(), "salma", "")
				if err != nil || !left.At.Equal(c.comes) || left.Date != "2024-10-11" || next.Date != "2024-10-18" {
					t.Errorf("left out %+v, next %+v, %v", left, next, err)
				}
				h.through(c.comes.Add(-time.Minute), c.comes.Add(time.Hour))
				if got := h.got("noor"); got != "" {
					t.Errorf("noor got %q", got)
				}
			})
		})
	}
}
