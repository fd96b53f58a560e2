package daemon_test

import (
	"testing"
	"time"

	"postrider/daemon"
	"postrider/magazine"
	"postrider/members"
	"postrider/schedules"
	"postrider/store"
)

// Friday's send in each reader's own time comes due on Thursday at 20:00 in Nairobi. What
// keeps it from going out then, and is over while it is still to come in its own zone, loses
// nobody's.
func TestWhatWasDroppedOnTheEveGoesOut(t *testing.T) {
	t.Parallel()
	pause := func(until time.Time) func(h *house) {
		return func(h *house) { h.must(h.Pause(h.ctx, h.evening(), "badr", until)) }
	}
	blackout := func(h *house) {
		h.must(h.AddBlackout(h.ctx, store.Blackout{Newsletter: "weekly", Schedule: "evening", From: "2024-10-11", Then: "drop"}, "badr", ""))
	}
	resume := func(h *house) { h.must(h.Resume(h.ctx, h.evening(), "badr")) }
	nothing := func(*house) {}
	for name, c := range map[string]struct {
		keep, end func(h *house) // at 19:00
		after     time.Duration  // Friday, 07:00: when it ends
		zone      string         // noor's; empty: Nairobi's
		got       string         // by Friday noon
	}{
		"dates without a send":             {keep: blackout, end: func(h *house) { lifted(h, store.DeskSchedule{}) }, after: -10 * time.Hour, got: "tide"},
		"a pause":                          {keep: pause(store.Forever), end: resume, after: -9 * time.Hour, got: "tide"},
		"a pause of all":                   {keep: pause(store.Forever), end: func(h *house) { _, _, err := h.ResumeAll(h.ctx, "badr"); h.must(err) }, after: -9 * time.Hour, got: "tide"},
		"a pause until 22:00":              {keep: pause(friday.Add(-9 * time.Hour)), end: nothing, after: -9 * time.Hour, got: "tide"},
		"a pause over the first's time":    {keep: pause(store.Forever), end: resume, after: -9 * time.Hour, zone: "Pacific/Kiritimati", got: ""},
		"a pause until it is over":         {keep: pause(store.Forever), end: resume, after: time.Hour, got: ""},
		"a pause until that is over":       {keep: pause(friday.Add(time.Hour)), end: nothing, after: time.Hour, got: ""},
		"dates, which end when it is over": {keep: blackout, end: func(h *house) { lifted(h, store.DeskSchedule{}) }, after: time.Hour, got: ""},
		"a word":                           {keep: func(h *house) { _, _, err := h.Skip(h.ctx, h.evening(), "badr", ""); h.must(err) }, end: nothing, after: -9 * time.Hour, got: ""},
	} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine string) {
				zone := c.zone
				if zone == "" {
					zone = "Africa/Nairobi"
				}
				h, _ := localEvening(t, engine, zone)
				d := h.runs()
				d.through(friday.Add(-20*time.Hour), friday.Add(-12*time.Hour))
				c.keep(h)
				d.through(friday.Add(-12*time.Hour), friday.Add(c.after))
				c.end(h)
				d.through(friday.Add(c.after), friday.Add(5*time.Hour))
				h.reopen()
				d = h.runs()
				d.through(friday.Add(5*time.Hour), friday.Add(60*time.Hour))
				if got := h.got("noor"); got != c.got {
					t.Errorf("noor got %q, not %q; %s", got, c.got, h.occurrences())
				}
				made := 0
				for _, e := range h.editions() {
					if e.Schedule == "evening" && e.State != magazine.EditionDropped {
						made++
					}
				}
				if want := map[bool]int{true: 1}[c.got != ""]; made != want {
					t.Errorf("%d editions: %+v", made, h.editions())
				}
				d.through(friday.Add(week-20*time.Hour), friday.Add(week+5*time.Hour))
				if got := h.got("noor"); got != "tide" {
					t.Errorf("a week later noor has %q", got)
				}
			})
		})
	}
}

// A pause that begins when the edition waits for its first readers, and ends when their time
// is over, loses nobody's either.
func TestPauseOverTheFirstReadersTime(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h, _ := localEvening(t, engine, "Africa/Nairobi")
		d := h.runs()
		h.ava()
		d.through(friday.Add(-20*time.Hour), friday.Add(-10*time.Hour-30*time.Minute))
		s, err := h.Schedule("weekly/evening")
		h.must(err)
		h.must(h.Pause(h.ctx, s, "badr", store.Forever))
		d.through(friday.Add(-10*time.Hour-30*time.Minute), friday.Add(-9*time.Hour))
		if got := h.got("ava"); got != "" {
			t.Errorf("in the pause ava got %q", got)
		}
		h.must(h.Resume(h.ctx, s, "badr"))
		d.through(friday.Add(-9*time.Hour), friday.Add(5*time.Hour))
		if ava, noor := h.got("ava"), h.got("noor"); ava != "fog" || noor != "fog tide" && noor != "tide fog" {
			t.Errorf("ava got %q, noor %q", ava, noor)
		}
	})
}

// A pause that is over before anybody looks again loses nobody's: the daemon was down, or its
// database away.
func TestPauseThatNobodySawEnd(t *testing.T) {
	t.Parallel()
	for name, starts := range map[string]bool{"it stood still": false, "it was started again": true} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine string) {
				h, _ := localEvening(t, engine, "Africa/Nairobi")
				h.ava()
				d := h.runs()
				d.through(friday.Add(-20*time.Hour), friday.Add(-10*time.Hour-15*time.Minute))
				h.must(h.Pause(h.ctx, h.evening(), "badr", friday.Add(-9*time.Hour-45*time.Minute)))
				d.through(h.clock.Now(), h.clock.Now())
				if starts {
					h.reopen()
					d = h.runs()
				}
				d.through(friday.Add(-9*time.Hour-30*time.Minute), friday.Add(5*time.Hour))
				if got := h.got("noor"); got == "" {
					t.Errorf("noor got nothing; %s", h.occurrences())
				}
			})
		})
	}
}

// A pause that is over keeps nothing from being made by a change of the schedule.
func TestChangeAfterAPauseOverTheEve(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h, w := localEvening(t, engine, "Africa/Nairobi")
		d := h.runs()
		d.through(friday.Add(-20*time.Hour), friday.Add(-12*time.Hour))
		h.must(h.Pause(h.ctx, h.evening(), "badr", friday.Add(-9*time.Hour)))
		d.through(friday.Add(-12*time.Hour), friday.Add(-30*time.Minute))
		said := h.said(w, earlier)
		if len(said.Goes) != 1 || len(said.Lost)+len(said.Drops) > 0 {
			t.Errorf("said: %+v", said)
		}
		h.must(h.turn(w, earlier, said.Mark()))
		h.comesTo(h.clock.Now())
		if got := h.got("noor"); got != "tide" {
			t.Errorf("noor got %q", got)
		}
	})
}

// ava reads, too, where the time of a date comes first, and there is something new for her.
func (h *house) ava() {
	h.t.Helper()
	_, err := h.Members.Add(h.ctx, members.Request{Email: "ava@people.example", Timezone: "Pacific/Auckland", Frequency: map[string]string{"weekly": "evening"}}, true, false)
	h.must(err)
	h.publish("fog")
}

// evening is the schedule of localEvening.
func (h *house) evening() *schedules.Schedule {
	h.t.Helper()
	s, err := h.Schedule("weekly/evening")
	h.must(err)
	return s
}

// running is a daemon that goes on: house.step begins anew at each step.
type running struct {
	h *house
	s daemon.Stepper
}

func (h *house) runs() running { return running{h, h.Stepper()} }

// through looks each hour, and does what there is to do.
func (r running) through(from, until time.Time) {
	r.h.t.Helper()
	for at := from; ; at = at.Add(time.Hour) {
		if at.After(until) {
			at = until
		}
		r.h.clock.Set(at)
		for range 2 {
			r.s.Pace(true)
			r.s.Step(r.h.ctx)
			r.h.must(r.h.Drive(r.h.ctx))
		}
		if at.Equal(until) {
			return
		}
	}
}

// A pause until the date of a send in each reader's own time begins loses nobody's, and
// says so before: it is what comes next, and what is left out where a person wants that.
// Nobody is told that it comes to them in the pause.
func TestPauseUntilTheDateOfASend(t *testing.T) {
	t.Parallel()
	for name, skips := range map[string]bool{"it goes out": false, "it is left out": true} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine string) {
				h, _ := localEvening(t, engine, "Africa/Nairobi")
				h.ava()
				d := h.runs()
				d.through(friday.Add(-20*time.Hour), friday.Add(-12*time.Hour))
				h.must(h.Pause(h.ctx, h.evening(), "badr", friday.Add(-7*time.Hour)))
				for _, at := range []time.Time{friday.Add(-12 * time.Hour), friday.Add(-9 * time.Hour)} { // before it comes due, and after
					d.through(h.clock.Now(), at)
					next, _, err := h.ByHand(h.ctx, h.evening())
					if err != nil || next == nil || next.Date != "2024-10-11" {
						t.Errorf("at %s the next is %+v, %v", at, next, err)
					}
					for name, want := range map[string]time.Time{"noor": friday, "ava": friday.Add(week - 10*time.Hour)} {
						p, err := h.Preview(h.ctx, "weekly", name+"@people.example", time.Time{})
						if err != nil || !p.Theirs.Equal(want) {
							t.Errorf("at %s it is to come to %s at %s, %v", at, name, p.Theirs, err)
						}
					}
				}
				want := "fog tide"
				if skips {
					want = ""
					left, _, err := h.Skip(h.ctx, h.evening(), "badr", "")
					if err != nil || left.Date != "2024-10-11" {
						t.Errorf("left out %+v, %v", left, err)
					}
				}
				d.through(h.clock.Now(), friday.Add(5*time.Hour))
				if got := h.got("noor"); got != want {
					t.Errorf("noor got %q, not %q", got, want)
				}
			})
		})
	}
}

// An edition whose first readers' time comes in a pause that is over before its date begins
// in its own zone waits for those who come then, as it was approved. Who resumes before has
// it wait for whoever comes next, and one that was missed then is made up for.
func TestWaitingEditionOverAPause(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		resumes bool // at 22:00, with Sydney's time at 23:00
		down    bool // from 23:30 to Friday noon
	}{"it is over by itself": {}, "it is resumed": {resumes: true}, "nobody looks for long": {down: true}} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine string) {
				h, _ := localEvening(t, engine, "Africa/Nairobi")
				for name, zone := range map[string]string{"ava": "Pacific/Auckland", "maria": "Australia/Sydney"} {
					_, err := h.Members.Add(h.ctx, members.Request{Email: name + "@people.example", Timezone: zone, Frequency: map[string]string{"weekly": "evening"}}, true, false)
					h.must(err)
				}
				h.publish("fog")
				d := h.runs()
				d.through(friday.Add(-20*time.Hour), friday.Add(-12*time.Hour))
				h.must(h.Pause(h.ctx, h.evening(), "badr", friday.Add(-7*time.Hour)))
				d.through(friday.Add(-12*time.Hour), friday.Add(-10*time.Hour-30*time.Minute))
				all := h.editions()
				if len(all) != 1 {
					t.Fatalf("in the pause there is %+v", all)
				}
				waits := all[0]
				_, err := h.Approve(h.ctx, waits.ID, "salma")
				h.must(err)
				d.through(h.clock.Now(), friday.Add(-9*time.Hour))
				if c.resumes {
					h.must(h.Resume(h.ctx, h.evening(), "badr"))
				}
				d.through(h.clock.Now(), friday.Add(-7*time.Hour-30*time.Minute))
				if ava, maria := h.got("ava"), h.got("maria"); ava != "" || (maria != "") != c.resumes {
					t.Errorf("in the pause ava got %q, maria %q", ava, maria)
				}
				if c.down {
					h.clock.Set(friday.Add(5 * time.Hour))
					h.reopen()
					d = h.runs()
				} else {
					d.through(h.clock.Now(), friday.Add(-30*time.Minute))
				}
				if got := h.got("noor"); got != "" {
					t.Errorf("noor got %q before the time", got)
				}
				d.through(h.clock.Now(), friday.Add(7*time.Hour))
				for _, name := range []string{"ava", "maria", "noor"} {
					if got := h.got(name); got == "" {
						t.Errorf("%s got nothing", name)
					}
				}
				for _, e := range h.editions() {
					if e.Schedule == "evening" && (e.ID != waits.ID || e.Approved != "salma") {
						t.Errorf("it is %+v", e)
					}
				}
			})
		})
	}
}
