package daemon_test

import (
	"errors"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
	"postrider/web/admin"
)

// draftWaits is a house in which the draft of Friday's edition waits, of a schedule of the
// desk with one reader, for those who are asked about it; unanswered is what becomes of it
// where nobody answers.
func draftWaits(t *testing.T, engine, unanswered string, local bool) (h *house, w store.DeskSchedule, id string) {
	t.Helper()
	h = build(t, engine)
	h.approving(unanswered)
	h.step()
	w = desked("evening", "friday at 07:00")
	w.Local = local
	w = h.saved(w)
	_, err := h.Members.Add(h.ctx, members.Request{Email: "noor@people.example", Timezone: "Africa/Nairobi", Frequency: map[string]string{"weekly": "evening"}}, true, false)
	h.must(err)
	h.publish("tide")
	if local { // it comes due around the world
		h.through(friday.Add(-20*time.Hour), friday.Add(-time.Hour))
	}
	h.clock.Set(friday.Add(-time.Hour))
	h.step()
	for _, e := range h.editions() {
		if e.Schedule == "evening" {
			id = e.ID
		}
	}
	return h, w, id
}

// drafted is draftWaits where it is approved.
func drafted(t *testing.T, engine string) (h *house, w store.DeskSchedule, id string) {
	t.Helper()
	h, w, id = draftWaits(t, engine, "hold", false)
	_, err := h.Approve(h.ctx, id, "salma")
	h.must(err)
	return h, w, id
}

// through looks each hour from one instant to another.
func (h *house) through(from, until time.Time) {
	h.t.Helper()
	for at := from; ; at = at.Add(time.Hour) {
		if at.After(until) {
			at = until
		}
		h.clock.Set(at)
		h.step()
		h.step()
		if at.Equal(until) {
			return
		}
	}
}

// A draft whose occurrence is moved goes out when that comes, as it was approved.
func TestDraftIsMoved(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(h *house, w store.DeskSchedule)
		at     time.Time // when it is to go out
	}{
		"by a blackout": {func(h *house, _ store.DeskSchedule) {
			h.must(h.AddBlackout(h.ctx, store.Blackout{From: "2024-10-11", Then: "move"}, "badr", ""))
		}, friday.Add(24 * time.Hour)},
		"to a zone behind": {func(h *house, w store.DeskSchedule) {
			w.Timezone = "America/New_York"
			h.saved(w)
		}, friday.Add(7 * time.Hour)},
		"to a zone ahead": {func(h *house, w store.DeskSchedule) {
			w.Timezone = "Asia/Dubai" // where it is 07:00 an hour before, which is now
			h.saved(w)
		}, friday.Add(-time.Hour + time.Second)},
	} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine string) {
				h, w, id := drafted(t, engine)
				c.change(h, w)
				for at := friday.Add(-time.Hour + time.Second); at.Before(c.at); at = at.Add(time.Hour) {
					h.clock.Set(at)
					h.step()
					if got := h.got("noor"); got != "" {
						t.Fatalf("at %s, before its time: %q", at, got)
					}
				}
				h.goesOut(t, id, c.at)
			})
		})
	}
}

// goesOut has an instant come at which a draft goes to noor.
func (h *house) goesOut(t *testing.T, id string, at time.Time) {
	t.Helper()
	h.clock.Set(at)
	h.step()
	h.step()
	if got := h.got("noor"); got != "tide" || h.edition(id).State != magazine.EditionSent {
		t.Errorf("at its time: %q, %+v", got, h.edition(id))
	}
}

// The draft of a schedule that goes out with an issue now, and not by the calendar, is
// dropped.
func TestDraftOfAScheduleThatGoesByIssues(t *testing.T) {
	t.Parallel()
	h, w, id := drafted(t, "sqlite")
	w.Every = "issue"
	h.saved(w)
	h.step()
	if e := h.edition(id); e.State != magazine.EditionDropped {
		t.Errorf("its draft: %+v", e)
	}
	h.clock.Set(friday)
	h.step()
	if got := h.got("noor"); got != "" {
		t.Errorf("at the time from before: %q", got)
	}
}

// A schedule that is changed or removed in the second before a draft's time, with nobody
// to look at it before that comes, does not have it go out as it was.
func TestDraftIsChangedInTheLastSecond(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(h *house, w store.DeskSchedule)
		at     time.Time // when it is to go out; zero: never
	}{
		"by a blackout": {func(h *house, _ store.DeskSchedule) {
			h.must(h.AddBlackout(h.ctx, store.Blackout{From: "2024-10-11", Then: "move"}, "badr", ""))
		}, friday.Add(24 * time.Hour)},
		"to a zone behind": {func(h *house, w store.DeskSchedule) {
			w.Timezone = "America/New_York"
			h.saved(w)
		}, friday.Add(7 * time.Hour)},
		"to another day": {func(h *house, w store.DeskSchedule) {
			w.Every = "sunday at 07:00"
			h.saved(w)
		}, time.Time{}},
		"removed": {func(h *house, w store.DeskSchedule) {
			h.must(h.RemoveSchedule(h.ctx, w, "badr", ""))
		}, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine string) {
				h, w, id := drafted(t, engine)
				h.clock.Set(friday.Add(-500 * time.Millisecond))
				c.change(h, w)
				h.clock.Set(friday)
				h.step()
				h.step()
				if got := h.got("noor"); got != "" {
					t.Fatalf("at the time from before: %q", got)
				}
				if c.at.IsZero() {
					if e := h.edition(id); e.State != magazine.EditionDropped {
						t.Errorf("its draft: %+v", e)
					}
					return
				}
				h.goesOut(t, id, c.at)
			})
		})
	}
}

// A draft that goes out in waves, and is moved to another day, waits for those of that day:
// it is neither sent nor held at its time from before.
func TestDraftInWavesIsMoved(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		approved bool
		state    magazine.EditionState // in the end
		got      string
	}{{"approved", true, magazine.EditionSent, "tide"}, {"not approved", false, magazine.EditionHeld, ""}} {
		t.Run(c.name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine string) {
				h, _, id := draftWaits(t, engine, "hold", true)
				if e := h.edition(id); e.State != magazine.EditionWaiting || !e.Starts.Equal(friday) {
					t.Fatalf("before the change: %+v", e)
				}
				if c.approved {
					_, err := h.Approve(h.ctx, id, "salma")
					h.must(err)
				}
				h.must(h.AddBlackout(h.ctx, store.Blackout{From: "2024-10-11", Then: "move"}, "badr", ""))
				h.step()
				saturday := friday.Add(24 * time.Hour)
				h.through(friday.Add(-45*time.Minute), saturday.Add(-15*time.Minute))
				if e := h.edition(id); e.State != magazine.EditionWaiting || !e.Starts.Equal(saturday) || h.got("noor") != "" {
					t.Errorf("before its new time: %+v, noor got %q", e, h.got("noor"))
				}
				h.through(saturday, saturday.Add(time.Hour))
				if e := h.edition(id); e.State != c.state || h.got("noor") != c.got {
					t.Errorf("at its new time: %+v, noor got %q", e, h.got("noor"))
				}
			})
		})
	}
}

// A draft in waves whose blackout is taken away goes back to its own day.
func TestDraftInWavesIsMovedBack(t *testing.T) {
	t.Parallel()
	h, _, id := draftWaits(t, "sqlite", "hold", true)
	_, err := h.Approve(h.ctx, id, "salma")
	h.must(err)
	h.must(h.AddBlackout(h.ctx, store.Blackout{From: "2024-10-11", Then: "move"}, "badr", ""))
	h.step()
	lifted(h, store.DeskSchedule{})
	h.step()
	if e := h.edition(id); e.State != magazine.EditionWaiting || !e.Starts.Equal(friday) {
		t.Errorf("%+v", e)
	}
	h.through(friday, friday.Add(time.Hour))
	if e := h.edition(id); e.State != magazine.EditionSent || h.got("noor") != "tide" {
		t.Errorf("at its time: %+v, noor got %q", e, h.got("noor"))
	}
}

// A draft that a change puts at an instant that is over goes out at once, where it is
// approved or nobody is waited for: that is said, and seen, before it is done.
func TestDraftThatGoesAtOnceIsSaid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		unanswered string
		local      bool
		approved   bool
		lift       bool          // of a blackout that had moved it; else another zone
		after      time.Duration // its first time
		goes       int
	}{
		"to a zone ahead":                   {"hold", false, true, false, -30 * time.Minute, 1},
		"which nobody approved":             {"hold", false, false, false, -30 * time.Minute, 0},
		"which goes out unanswered":         {"send", false, false, false, -30 * time.Minute, 1},
		"a blackout is taken away":          {"hold", false, true, true, 2 * time.Hour, 1},
		"of a draft that nobody approved":   {"hold", false, false, true, 2 * time.Hour, 0},
		"of one in waves":                   {"hold", true, true, true, 2 * time.Hour, 1},
		"of one in waves, which is to come": {"hold", true, true, true, -30 * time.Minute, 0},
		"of one in waves, that night":       {"hold", true, true, true, 20 * time.Hour, 1}, // the next to begin is next week's
		"almost a day late":                 {"hold", false, true, true, 23 * time.Hour, 1},
	} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine string) {
				h, w, id := draftWaits(t, engine, c.unanswered, c.local)
				if c.approved {
					_, err := h.Approve(h.ctx, id, "salma")
					h.must(err)
				}
				var as func(w *store.DeskSchedule)
				if c.lift {
					h.must(h.AddBlackout(h.ctx, store.Blackout{From: "2024-10-11", Then: "move"}, "badr", ""))
				} else {
					as = ahead
				}
				h.clock.Set(friday.Add(c.after))
				h.step()
				h.step()
				said := h.said(w, as)
				if len(said.Goes) != c.goes || len(said.Drops) > 0 {
					t.Fatalf("said: %+v", said)
				}
				if c.goes > 0 {
					if err := h.turn(w, as, admin.AtOnce{}.Mark()); !errors.Is(err, admin.ErrAtOnce) {
						t.Errorf("done for who did not see it: %v", err)
					}
					if e := h.edition(id); e.State != magazine.EditionWaiting {
						t.Errorf("before: %+v", e)
					}
				}
				h.must(h.turn(w, as, said.Mark()))
				h.step()
				h.step()
				if got, want := h.got("noor"), map[int]string{1: "tide"}[c.goes]; got != want {
					t.Errorf("noor got %q, not %q: %+v", got, want, h.edition(id))
				}
			})
		})
	}
}

// A draft that a change puts too far back is held at once, by that reason: that, too, is
// said, with who had approved it, and seen.
func TestDraftThatIsHeldAtOnceIsSaid(t *testing.T) {
	t.Parallel()
	for name, local := range map[string]bool{"to all": false, "in waves": true} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine string) {
				h, w, id := draftWaits(t, engine, "hold", local)
				_, err := h.Approve(h.ctx, id, "salma")
				h.must(err)
				h.must(h.AddBlackout(h.ctx, store.Blackout{Newsletter: "weekly", Schedule: "evening", From: "2024-10-11", To: "2024-10-13", Then: "move"}, "badr", ""))
				h.clock.Set(friday.Add(48 * time.Hour))
				h.step()
				said := h.said(w, nil)
				if len(said.Holds) != 1 || said.Holds[0].ID != id || said.Holds[0].Approved != "salma" || len(said.Goes)+len(said.Drops) > 0 {
					t.Fatalf("said: %+v", said)
				}
				if err := h.turn(w, nil, admin.AtOnce{}.Mark()); !errors.Is(err, admin.ErrAtOnce) {
					t.Errorf("done for who did not see it: %v", err)
				}
				h.must(h.turn(w, nil, said.Mark()))
				h.step()
				if e := h.edition(id); e.State != magazine.EditionHeld || e.Reason != "a change put it at a time that was over by 2 days" || e.Approved != "salma" {
					t.Errorf("%+v", e)
				}
				_, err = h.Release(h.ctx, id, "salma")
				h.must(err)
				h.step()
				h.step()
				if got := h.got("noor"); got != "tide" {
					t.Errorf("noor got %q", got)
				}
			})
		})
	}
}

// A draft that nobody has approved yet, and that a change puts at a time just over, is not
// held for that: its editors get as long as ever.
func TestDraftIsToBeApprovedStill(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h, w, id := draftWaits(t, engine, "hold", false)
		h.clock.Set(friday.Add(-30 * time.Minute))
		h.step()
		until := h.clock.Now().Add(3 * time.Hour)
		h.must(h.turn(w, ahead, h.said(w, ahead).Mark()))
		h.clock.Add(time.Second)
		h.step()
		if e := h.edition(id); e.State != magazine.EditionWaiting || !e.Starts.Equal(until) {
			t.Fatalf("half an hour was left: %+v, not until %s", e, until)
		}
		_, err := h.Approve(h.ctx, id, "salma")
		h.must(err)
		h.goesOut(t, id, until)
	})
}

// A change that drops drafts tells which, and who had approved them: it counts for who has
// seen that, and an approval that came meanwhile is seen first.
func TestDraftsThatAreDroppedAreSaid(t *testing.T) {
	t.Parallel()
	for name, as := range map[string]func(w *store.DeskSchedule){
		"another time":           func(w *store.DeskSchedule) { w.Every = "friday at 08:00" },
		"another day":            func(w *store.DeskSchedule) { w.Every = "sunday at 07:00" },
		"with issues":            func(w *store.DeskSchedule) { w.Every = "issue" },
		"in each one's own time": func(w *store.DeskSchedule) { w.Local = true },
	} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine string) {
				h, w, id := draftWaits(t, engine, "hold", false)
				h.clock.Set(friday.Add(-30 * time.Minute))
				h.step()
				before := h.said(w, as)
				if len(before.Drops) != 1 || before.Drops[0].ID != id || before.Drops[0].Approved != "" {
					t.Fatalf("not approved: %+v", before)
				}
				_, err := h.Approve(h.ctx, id, "salma")
				h.must(err)
				said := h.said(w, as)
				if len(said.Drops) != 1 || said.Drops[0].Approved != "salma" || len(said.Goes) > 0 {
					t.Fatalf("approved: %+v", said)
				}
				for _, seen := range []string{admin.AtOnce{}.Mark(), before.Mark()} {
					if err := h.turn(w, as, seen); !errors.Is(err, admin.ErrAtOnce) {
						t.Errorf("done for who saw %q: %v", seen, err)
					}
				}
				h.must(h.turn(w, as, said.Mark()))
				if e := h.edition(id); e.State != magazine.EditionDropped {
					t.Errorf("%+v", e)
				}
			})
		})
	}
}

// So do dates without a send that are added, and a schedule that is removed; each has its
// reason. Where a draft's send is moved into the next, that one's is made anew.
func TestDraftsThatDatesDropAreSaid(t *testing.T) {
	t.Parallel()
	add := func(then string) func(h *house, w store.DeskSchedule, seen string) error {
		return func(h *house, _ store.DeskSchedule, seen string) error {
			return h.AddBlackout(h.ctx, store.Blackout{From: "2024-10-11", Then: then}, "badr", seen)
		}
	}
	for name, c := range map[string]struct {
		daily  bool
		change func(h *house, w store.DeskSchedule, seen string) error
		reason string
	}{
		"dropped":             {false, add("drop"), "dates without a send were added"},
		"moved into the next": {true, add("move"), "dates without a send were added"},
		"removed": {false, func(h *house, w store.DeskSchedule, seen string) error {
			return h.RemoveSchedule(h.ctx, w, "badr", seen)
		}, "its schedule was removed"},
	} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine string) {
				h, w, id := draftWaits(t, engine, "hold", false)
				if c.daily { // Friday's is the same
					w.Every = "day at 07:00"
					w = h.saved(w)
				}
				_, err := h.Approve(h.ctx, id, "salma")
				h.must(err)
				err = c.change(h, w, admin.AtOnce{}.Mark())
				var unseen *admin.Unseen
				if !errors.As(err, &unseen) || !errors.Is(err, admin.ErrAtOnce) || len(unseen.Drops) != 1 || unseen.Drops[0].ID != id || unseen.Drops[0].Approved != "salma" {
					t.Fatalf("done for who did not see it: %v, %+v", err, unseen)
				}
				if e := h.edition(id); e.State != magazine.EditionWaiting || e.Approved != "salma" {
					t.Errorf("before: %+v", e)
				}
				h.must(c.change(h, w, unseen.Mark()))
				if e := h.edition(id); e.State != magazine.EditionDropped || e.Reason != c.reason {
					t.Errorf("%s %q", e.State, e.Reason)
				}
			})
		})
	}
}
