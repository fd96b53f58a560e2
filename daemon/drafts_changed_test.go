package daemon_test

import (
	"testing"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// drafted is a house in which the draft of Friday's edition waits, approved, with one
// reader of a schedule of the desk.
func drafted(t *testing.T, engine string) (h *house, w store.DeskSchedule, id string) {
	h = build(t, engine)
	h.approving("hold")
	h.step()
	w = h.saved(desked("evening", "friday at 07:00"))
	_, err := h.Members.Add(h.ctx, members.Request{Email: "noor@people.example", Frequency: map[string]string{"weekly": "evening"}}, true, false)
	h.must(err)
	h.publish("tide")
	h.clock.Set(friday.Add(-time.Hour))
	h.step()
	for _, e := range h.editions() {
		if e.Schedule == "evening" {
			id = e.ID
		}
	}
	_, err = h.Approve(h.ctx, id, "salma")
	h.must(err)
	return h, w, id
}

// A draft whose occurrence is moved goes out when that comes, as it was approved.
func TestDraftIsMoved(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(h *house, w store.DeskSchedule)
		at     time.Time // when it is to go out
	}{
		"by a blackout": {func(h *house, _ store.DeskSchedule) {
			h.must(h.AddBlackout(h.ctx, store.Blackout{From: "2024-10-11", Then: "move"}, "badr"))
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
				h.clock.Set(c.at)
				h.step()
				h.step()
				if got := h.got("noor"); got != "tide" || h.edition(id).State != magazine.EditionSent {
					t.Errorf("at its time: %q, %+v", got, h.edition(id))
				}
			})
		})
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
			h.must(h.AddBlackout(h.ctx, store.Blackout{From: "2024-10-11", Then: "move"}, "badr"))
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
			h.must(h.RemoveSchedule(h.ctx, w, "badr"))
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
				h.clock.Set(c.at)
				h.step()
				h.step()
				if got := h.got("noor"); got != "tide" || h.edition(id).State != magazine.EditionSent {
					t.Errorf("at its time: %q, %+v", got, h.edition(id))
				}
			})
		})
	}
}
