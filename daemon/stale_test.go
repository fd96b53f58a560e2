package daemon_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// What another node has changed since this one read the timetable counts, in the same step:
// nothing of it goes on by the old one.

// A draft that is moved from Friday to Saturday in the second before its time waits for
// Saturday, though the timetable was changed in December just before that, and a node has
// read that far.
func TestDraftIsMovedBehindAStep(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		h, _, id := drafted(t, engine)
		other := h.second()
		h.clock.Set(friday.Add(-500 * time.Millisecond))
		h.must(other.AddBlackout(h.ctx, store.Blackout{From: "2024-12-24", Then: "move"}, "badr", ""))
		h.must(h.Reread(h.ctx))
		h.must(other.AddBlackout(h.ctx, store.Blackout{From: "2024-10-11", Then: "move"}, "badr", ""))
		h.clock.Set(friday)
		if err := h.MeetsSchedules(h.ctx); err != nil {
			t.Error(err)
		}
		h.waitsForSaturday(id)
		h.step()
		h.waitsForSaturday(id)
		h.goesOut(t, id, friday.Add(24*time.Hour))
	})
}

// A draft in waves that is moved so is neither begun nor held on Friday.
func TestDraftInWavesIsMovedBehindAStep(t *testing.T) {
	for name, approved := range map[string]bool{"approved": true, "not approved": false} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine string) {
				h, _, id := draftWaits(t, engine, "hold", true)
				if approved {
					_, err := h.Approve(h.ctx, id, "salma")
					h.must(err)
				}
				other := h.second()
				h.clock.Set(friday.Add(-500 * time.Millisecond))
				h.must(other.AddBlackout(h.ctx, store.Blackout{From: "2024-10-11", Then: "move"}, "badr", ""))
				h.clock.Set(friday)
				if err := h.AlarmsDue(h.ctx); err != nil {
					t.Error(err)
				}
				h.waitsForSaturday(id)
				h.through(friday, friday.Add(time.Hour))
				h.waitsForSaturday(id)
				if !approved {
					_, err := h.Approve(h.ctx, id, "salma")
					h.must(err)
				}
				h.through(friday.Add(23*time.Hour), friday.Add(25*time.Hour))
				if e := h.edition(id); e.State != magazine.EditionSent || h.got("noor") != "tide" {
					t.Errorf("on Saturday: %+v, noor got %q", e, h.got("noor"))
				}
			})
		})
	}
}

// waitsForSaturday tells where a draft does anything else.
func (h *house) waitsForSaturday(id string) {
	h.t.Helper()
	if e := h.edition(id); e.State != magazine.EditionWaiting || !e.Starts.Equal(friday.Add(24*time.Hour)) || h.got("noor") != "" {
		h.t.Errorf("on Friday, though it was moved: %s %q, starts %s, noor got %q", e.State, e.Reason, e.Starts, h.got("noor"))
	}
}

// An issue goes out by a schedule that another node was given a moment before.
func TestIssueGoesByTheNewestTimetable(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.step()
		h.join("amina")
		other := h.second()
		h.must(os.Mkdir(filepath.Join(filepath.Dir(h.file), "pieces", "issues"), 0o700))
		h.issue(9, "open", "tide")
		h.step()
		w := desked("covers", "issue")
		h.must(other.SaveSchedule(h.ctx, w, "badr", ""))
		h.issue(9, "published", "tide")
		h.clock.Add(time.Minute)
		if err := h.AlarmsDue(h.ctx); err != nil {
			t.Error(err)
		}
		made := 0
		for _, e := range h.editions() {
			if e.Schedule == "covers" {
				made++
			}
		}
		if made != 1 {
			t.Errorf("%d editions of it", made)
		}
	})
}

// An edition that is due goes to those who have it by the timetable as it is when its
// content is fixed: who has chosen another schedule meanwhile, which a node has not read of
// yet, has it as that says.
func TestContentIsFixedByTheNewestTimetable(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.step()
		h.join("amina", "noor")
		other := h.second()
		h.publish("tide")
		h.clock.Set(friday)
		h.Step(h.ctx) // it is planned, and nobody has made it yet
		h.must(other.SaveSchedule(h.ctx, desked("evening", "friday at 19:00"), "badr", ""))
		h.write(func(tx *store.Tx) error { // at her page, on the other node
			_, err := tx.SetFrequency(h.ctx, "weekly", h.ids["noor"], "evening")
			return err
		})
		h.must(h.Drive(h.ctx))
		if amina, noor := h.got("amina"), h.got("noor"); amina != "tide" || noor != "" {
			t.Errorf("in the morning amina got %q, and noor, who has chosen the evening, %q", amina, noor)
		}
		h.step()
		h.clock.Set(friday.Add(12 * time.Hour))
		h.step()
		if got := h.got("noor"); got != "tide" {
			t.Errorf("in the evening noor got %q", got)
		}
	})
}

// What a person does to a schedule that was changed meanwhile, on another node, is not done:
// what they saw is no longer what it would be about.
func TestByHandAsksForTheNewestTimetable(t *testing.T) {
	h, w, id := draftWaits(t, "sqlite", "hold", true)
	s, err := h.Schedule("weekly/evening")
	h.must(err)
	other := h.second()
	w.Title = "Evening post"
	h.must(other.SaveSchedule(h.ctx, w, "badr", ""))
	if _, _, err := h.Skip(h.ctx, s, "salma", ""); magazine.CodeOf(err) != magazine.Conflict {
		t.Errorf("skip: %v", err)
	}
	if _, _, err := h.Run(h.ctx, s, "salma", false, ""); magazine.CodeOf(err) != magazine.Conflict {
		t.Errorf("run: %v", err)
	}
	if err := h.Pause(h.ctx, s, "salma", store.Forever); magazine.CodeOf(err) != magazine.Conflict {
		t.Errorf("pause: %v", err)
	}
	if e := h.edition(id); e.State != magazine.EditionWaiting {
		t.Errorf("%s %q", e.State, e.Reason)
	}
}
