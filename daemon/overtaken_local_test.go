package daemon_test

import (
	"slices"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
	"postrider/web/admin"
)

// localEvening is a house with a schedule of the desk for each reader's own Friday, 07:00,
// whose own zone is Nairobi; noor's is another.
func localEvening(t *testing.T, engine, zone string) (h *house, w store.DeskSchedule) {
	t.Helper()
	h = build(t, engine)
	h.step()
	w = desked("evening", "friday at 07:00")
	w.Local = true
	w = h.saved(w)
	_, err := h.Members.Add(h.ctx, members.Request{Email: "noor@people.example", Timezone: zone, Frequency: map[string]string{"weekly": "evening"}}, true, false)
	h.must(err)
	h.publish("tide")
	return h, w
}

// An edition in each reader's own time has come due before most of them are to have it. A
// change that puts it at a time that is over for all of them has it go out at once, once;
// where nothing takes its place, that is said.
func TestChangeOvertakesWhatHasBegun(t *testing.T) {
	t.Parallel()
	at := func(every string) func(w *store.DeskSchedule) {
		return func(w *store.DeskSchedule) { w.Every = every }
	}
	for name, c := range map[string]struct {
		zone       string        // noor's
		after      time.Duration // Friday, 07:00, in Nairobi
		as         func(w *store.DeskSchedule)
		goes, lost int
		got        string // by noon in Nairobi
	}{
		"an hour before":                    {"Africa/Nairobi", -30 * time.Minute, earlier, 1, 0, "tide"},
		"of readers whose time is before":   {"Pacific/Auckland", -10*time.Hour - 30*time.Minute, earlier, 1, 0, "tide"},
		"of readers whose time is to come":  {"America/New_York", 90 * time.Minute, earlier, 0, 0, ""},
		"an hour later, which is to come":   {"Africa/Nairobi", -30 * time.Minute, at("friday at 08:00"), 0, 0, "tide"},
		"one time for all, which has been":  {"America/New_York", 30 * time.Minute, func(w *store.DeskSchedule) { w.Local = false }, 1, 0, "tide"},
		"one time for all, which is before": {"Africa/Nairobi", -30 * time.Minute, func(w *store.DeskSchedule) { w.Local = false; w.Timezone = "Asia/Dubai" }, 1, 0, "tide"},
		"another day":                       {"Africa/Nairobi", -30 * time.Minute, at("sunday at 07:00"), 0, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine string) {
				h, w := localEvening(t, engine, c.zone)
				h.through(friday.Add(-20*time.Hour), friday.Add(c.after))
				said := h.said(w, c.as)
				if len(said.Goes) != c.goes || len(said.Lost) != c.lost || len(said.Drops)+len(said.Holds) > 0 {
					t.Errorf("said: %+v", said)
				}
				h.must(h.turn(w, c.as, said.Mark()))
				h.comesTo(h.clock.Now())
				if got := h.got("noor"); (got != "") != (c.goes > 0) {
					t.Errorf("at once: %q", got)
				}
				h.through(friday.Add(c.after), friday.Add(5*time.Hour))
				if got := h.got("noor"); got != c.got {
					t.Errorf("by noon: %q", got)
				}
				h.through(friday.Add(5*time.Hour), friday.Add(60*time.Hour))
				if got := h.got("noor"); got != "tide" {
					t.Errorf("in the end: %q", got)
				}
			})
		})
	}
}

// What was changed and is changed back when that is over goes out at once, too.
func TestLocalScheduleIsChangedBack(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h, w := localEvening(t, engine, "Africa/Nairobi")
		h.through(friday.Add(-20*time.Hour), friday.Add(-9*time.Hour))
		w.Every = "friday at 08:00"
		w = h.saved(w)
		h.through(friday.Add(-9*time.Hour), friday.Add(30*time.Minute))
		w.Every = "friday at 07:00"
		h.saved(w)
		h.comesTo(h.clock.Now())
		if got := h.got("noor"); got != "tide" {
			t.Errorf("noor got %q", got)
		}
	})
}

// Dates without a send, and the removal of a schedule, tell of the edition in each reader's
// own time that they drop, though nobody has to approve it.
func TestWhatHasBegunAndIsDroppedIsSaid(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(h *house, w store.DeskSchedule, seen string) error{
		"dates without a send": func(h *house, _ store.DeskSchedule, seen string) error {
			return h.AddBlackout(h.ctx, store.Blackout{From: "2024-10-11", Then: "drop"}, "badr", seen)
		},
		"removed": func(h *house, w store.DeskSchedule, seen string) error {
			return h.RemoveSchedule(h.ctx, w, "badr", seen)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, w := localEvening(t, "sqlite", "Africa/Nairobi")
			h.through(friday.Add(-20*time.Hour), friday.Add(-30*time.Minute))
			err := change(h, w, admin.AtOnce{}.Mark())
			unseen, ok := err.(*admin.Unseen)
			if !ok || len(unseen.Lost) != 1 || unseen.Lost[0].Schedule != "evening" {
				t.Fatalf("%v, %+v", err, unseen)
			}
			h.must(change(h, w, unseen.Mark()))
			if e := h.edition(unseen.Lost[0].ID); e.State != magazine.EditionDropped {
				t.Errorf("%s %q", e.State, e.Reason)
			}
		})
	}
}

// What an editor has written over an edition, or approved, though nobody has to, is not lost
// without a word.
func TestWhatIsLostOfOneThatWaitsIsSaid(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]func(h *house, id string) error{
		"a note": func(h *house, id string) error {
			before := ""
			_, err := h.Note(h.ctx, id, "salma", "Come to the harbour on Sunday.", &before)
			return err
		},
		"an approval": func(h *house, id string) error { _, err := h.Approve(h.ctx, id, "salma"); return err },
	} {
		t.Run(name, func(t *testing.T) {
			h, w := localEvening(t, "sqlite", "Africa/Nairobi")
			h.through(friday.Add(-20*time.Hour), friday.Add(-2*time.Hour))
			later := func(w *store.DeskSchedule) { w.Every = "friday at 08:00" }
			if said := h.said(w, later); len(said.Drops) > 0 {
				t.Errorf("before: %+v", said)
			}
			waits := h.editions()[slices.IndexFunc(h.editions(), func(e magazine.Edition) bool { return e.Schedule == "evening" })]
			h.must(by(h, waits.ID))
			if said := h.said(w, later); len(said.Drops) != 1 || said.Drops[0].ID != waits.ID || len(said.Lost) > 0 {
				t.Errorf("after it: %+v", said)
			}
		})
	}
}
