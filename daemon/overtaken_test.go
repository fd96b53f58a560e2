package daemon_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
	"postrider/web/admin"
)

// What a change puts at an instant that is over goes out now, as what was missed does:
// once, with what is new, and what comes next stays.
func TestChangeOvertakesASend(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from  time.Time                   // of the change
		as    func(w *store.DeskSchedule) // nil: the blackout that had moved it is taken away
		state magazine.EditionState
	}{
		"a blackout that had moved it is taken away": {friday.Add(5 * time.Hour), nil, magazine.EditionSent},
		"the day after, which is too late":           {friday.Add(29 * time.Hour), nil, magazine.EditionHeld},
		"another zone":                               {friday.Add(-30 * time.Minute), ahead, magazine.EditionSent},
		"another time":                               {friday.Add(-30 * time.Minute), earlier, magazine.EditionSent},
	} {
		for name, local := range map[string]bool{name: false, name + ", in each one's own time": true} {
			t.Run(name, func(t *testing.T) {
				engines(t, func(t *testing.T, engine string) {
					h := build(t, engine)
					h.step()
					w := desked("evening", "friday at 07:00")
					w.Local = local
					w = h.saved(w)
					_, err := h.Members.Add(h.ctx, members.Request{Email: "noor@people.example", Frequency: map[string]string{"weekly": "evening"}}, true, false)
					h.must(err)
					if c.as == nil {
						moved(h)
					}
					h.publish("tide")
					h.comesTo(c.from)
					if got := h.got("noor"); got != "" {
						t.Fatalf("before the change: %q", got)
					}
					said := h.said(w, c.as)
					if goes, holds := len(said.Goes), len(said.Holds); goes+holds != 1 || (holds == 1) != (c.state == magazine.EditionHeld) || len(said.Drops) > 0 {
						t.Errorf("said before: %v", said)
					}
					h.must(h.turn(w, c.as, said.Mark()))
					h.reopen() // killed before the scheduler saw it
					h.comesTo(c.from)
					var mine []magazine.Edition
					for _, e := range h.editions() {
						if e.Schedule == "evening" && e.State != magazine.EditionDropped { // what it takes the place of
							mine = append(mine, e)
						}
					}
					if len(mine) != 1 || mine[0].State != c.state {
						t.Fatalf("after the change: %+v", mine)
					}
					if c.state == magazine.EditionHeld {
						if why := mine[0].Reason; why != "a change put it at a time that was over by 29 hours" {
							t.Errorf("held: %q", why)
						}
						_, err := h.Release(h.ctx, mine[0].ID, "salma")
						h.must(err)
						h.comesTo(c.from)
					}
					if got := h.got("noor"); got != "tide" {
						t.Errorf("noor got %q", got)
					}
					h.publish("fog")
					h.comesTo(friday.Add(2 * 24 * time.Hour)) // when it was to come by the blackout
					if got := h.got("noor"); got != "tide" {
						t.Errorf("once more: %q", got)
					}
					h.comesTo(friday.Add(week))
					if got := h.got("noor"); got != "tide; fog" {
						t.Errorf("a week later: %q", got)
					}
				})
			})
		}
	}
}

// moved has Friday's go out on Sunday.
func moved(h *house) {
	h.must(h.AddBlackout(h.ctx, store.Blackout{Newsletter: "weekly", Schedule: "evening", From: "2024-10-11", To: "2024-10-12", Then: "move"}, "badr", ""))
}

func lifted(h *house, _ store.DeskSchedule) {
	kept, err := h.Store.Timetable(h.ctx)
	h.must(err)
	h.must(h.RemoveBlackout(h.ctx, kept.Blackouts[0].ID, "badr", ""))
}

// What people have left out, and what has gone out already, stays so whatever the
// schedule is changed to.
func TestChangeOvertakesNothingSettled(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.step()
	w := h.saved(desked("evening", "day at 07:00, 18:00"))
	_, err := h.Members.Add(h.ctx, members.Request{Email: "noor@people.example", Frequency: map[string]string{"weekly": "evening"}}, true, false)
	h.must(err)
	h.publish("tide")
	h.clock.Set(friday)
	h.step()
	h.publish("fog")
	h.clock.Add(5 * time.Hour)
	w.Every = "day at 06:00" // it went out today
	w = h.saved(w)
	h.step()
	if got := h.got("noor"); got != "tide" {
		t.Errorf("twice on one date: %q", got)
	}
	s, err := h.Schedule("weekly/evening")
	h.must(err)
	_, _, err = h.Skip(h.ctx, s, "badr", "")
	h.must(err)
	h.clock.Set(friday.Add(22*time.Hour + 30*time.Minute)) // 05:30
	h.step()
	w.Timezone = "Asia/Dubai"
	h.saved(w)
	h.step()
	if got := h.got("noor"); got != "tide" {
		t.Errorf("though it was left out: %q", got)
	}
}

// A schedule that cannot be met keeps none of the others from being: what a change asks of
// them is done, and it is told which it is. A new one is looked at from its transaction on.
func TestOneScheduleBlocksNoOther(t *testing.T) {
	t.Parallel()
	h, _, id := drafted(t, "sqlite")
	s := h.Stepper()
	s.Step(h.ctx)
	h.must(h.Drive(h.ctx))
	h.write(func(tx *store.Tx) error {
		_, err := tx.ExecContext(h.ctx, "CREATE TRIGGER refuse BEFORE INSERT ON alarms WHEN NEW.ref = 'weekly/main' BEGIN SELECT RAISE(ABORT, 'refused'); END")
		return err
	})
	h.must(h.AddBlackout(h.ctx, store.Blackout{Newsletter: "weekly", Schedule: "evening", From: "2024-10-11", Then: "move"}, "badr", ""))
	h.saved(desked("noon", "friday at 12:00"))
	due, err := h.Store.Alarms(h.ctx, 10)
	h.must(err)
	if !slices.ContainsFunc(due, func(a store.Alarm) bool { return a.Ref == "weekly/noon" }) {
		t.Errorf("the new one is not looked at: %+v", due)
	}
	for range 2 {
		s.Step(h.ctx)
	}
	if e := h.edition(id); !e.Starts.Equal(friday.Add(24 * time.Hour)) {
		t.Errorf("the draft of another schedule: %+v", e)
	}
	if !h.log.has("schedule weekly/main: ") || h.log.has("schedule weekly/evening: ") {
		t.Errorf("the log:\n%s", h.log.text.String())
	}
}

// ahead has a schedule go out by a zone ahead of its own, earlier at an earlier time.
func ahead(w *store.DeskSchedule)   { w.Timezone = "Asia/Dubai" }
func earlier(w *store.DeskSchedule) { w.Every = "friday at 06:00" }

// said is what is said to be done at once before a schedule is changed; as is how, and nil
// has the blackout taken away by which it was moved.
func (h *house) said(w store.DeskSchedule, as func(w *store.DeskSchedule)) admin.AtOnce {
	h.t.Helper()
	if as == nil {
		lifting, err := h.Lifting(h.ctx)
		h.must(err)
		kept, err := h.Store.Timetable(h.ctx)
		h.must(err)
		return lifting[kept.Blackouts[0].ID]
	}
	as(&w)
	_, once, err := h.JudgeSchedule(h.ctx, w)
	h.must(err)
	return once
}

// turn makes that change at the word of somebody who saw what a mark is of.
func (h *house) turn(w store.DeskSchedule, as func(w *store.DeskSchedule), seen string) error {
	h.t.Helper()
	if as == nil {
		kept, err := h.Store.Timetable(h.ctx)
		h.must(err)
		return h.RemoveBlackout(h.ctx, kept.Blackouts[0].ID, "badr", seen)
	}
	as(&w)
	return h.SaveSchedule(h.ctx, w, "badr", seen)
}

// What is put at an instant that is in doubt is held, with a draft and without: nobody is
// told that it goes out.
func TestNothingInDoubtIsSaidToGo(t *testing.T) {
	t.Parallel()
	for name, unanswered := range map[string]string{"with a draft": "send", "without": ""} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine string) {
				h := build(t, engine)
				if unanswered != "" {
					h.approving(unanswered)
				}
				h.step()
				w := h.saved(desked("evening", "friday at 07:00"))
				_, err := h.Members.Add(h.ctx, members.Request{Email: "noor@people.example", Frequency: map[string]string{"weekly": "evening"}}, true, false)
				h.must(err)
				h.publish("tide")
				h.clock.Set(friday.Add(-30 * time.Minute))
				h.step()
				if once := h.said(w, ahead); len(once.Goes) != 1 {
					t.Errorf("nothing in doubt: %+v", once)
				}
				h.write(func(tx *store.Tx) error {
					return tx.SetDoubt(h.ctx, store.Doubt{Reason: "the database was put back", Until: store.Forever})
				})
				once := h.said(w, ahead)
				if len(once.Goes) != 0 {
					t.Errorf("said: %+v", once)
				}
				h.must(h.turn(w, ahead, once.Mark()))
				h.step()
				h.step()
				held := slices.ContainsFunc(h.editions(), func(e magazine.Edition) bool {
					return e.Schedule == "evening" && e.State == magazine.EditionHeld && e.Reason == "the database was put back"
				})
				if !held || h.got("noor") != "" {
					t.Errorf("%+v, noor got %q", h.editions(), h.got("noor"))
				}
			})
		})
	}
}

// A change by which something goes out at once counts for who has seen that.
func TestChangeIsSeenToOvertake(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.step()
		w := h.saved(desked("evening", "friday at 07:00"))
		h.clock.Set(friday.Add(-30 * time.Minute))
		h.step()
		changed := w
		changed.Every = "friday at 06:00"
		_, once, err := h.JudgeSchedule(h.ctx, changed)
		h.must(err)
		if len(once.Goes) != 1 || once.Goes[0].Slot != "06:00" {
			t.Fatalf("%+v", once)
		}
		if err := h.SaveSchedule(h.ctx, changed, "badr", admin.AtOnce{}.Mark()); !errors.Is(err, admin.ErrAtOnce) {
			t.Errorf("not seen: %v", err)
		}
		if kept, err := h.Store.Timetable(h.ctx); err != nil || kept.Schedules[0].Every != w.Every {
			t.Errorf("%+v, %v", kept, err)
		}
		h.must(h.SaveSchedule(h.ctx, changed, "badr", once.Mark()))
	})
}
