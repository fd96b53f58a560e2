package daemon_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"postrider/config"
	"postrider/daemon"
	"postrider/magazine"
	"postrider/store"
)

// dump tells where all editions stand.
func (h *house) dump() string {
	var b strings.Builder
	all, _ := h.Store.Editions(h.ctx, "", 100)
	for _, e := range all {
		b.WriteString("\n  " + e.ID + " " + e.Key + " " + string(e.State) + " (" + e.Reason + ") nominal " + e.Nominal.String() + " starts " + e.Starts.String())
	}
	return b.String() + "\n  occ: " + h.occurrences()
}

// ready is a house whose schedule has started, with an article for amina.
func ready(t *testing.T, engine string) *house {
	t.Helper()
	h := build(t, engine)
	h.join("amina")
	h.publish("tide")
	h.step()
	return h
}

// drafting is the same with drafts, which go out where nobody says anything.
func drafting(t *testing.T, engine string) *house {
	t.Helper()
	h := build(t, engine)
	h.approving("send")
	h.join("amina")
	h.publish("tide")
	h.step()
	return h
}

// publishing is a house in which an issue of three articles was published an hour
// ago, whose contents go out after two.
func publishing(t *testing.T) *house {
	t.Helper()
	h := build(t, "sqlite")
	h.telling("")
	h.step()
	h.issue(2, "open", "tide", "anchor", "moor")
	h.step()
	h.issue(2, "published", "tide", "anchor", "moor")
	h.later(time.Hour)
	return h
}

// rewrite changes some words of the configuration, which count at the next start.
func (h *house) rewrite(from, to string) {
	h.t.Helper()
	text, err := os.ReadFile(h.file)
	h.must(err)
	if !strings.Contains(string(text), from) {
		h.t.Fatalf("no %q in\n%s", from, text)
	}
	write(h.t, h.file, strings.Replace(string(text), from, to, 1))
}

// copied copies the database; putBack puts the copy in its place, as an admin
// does while nothing runs.
func (h *house) copied() (putBack func()) {
	h.t.Helper()
	h.Close()
	c, err := config.Load(h.file, nil, daemon.CheckConfig)
	h.must(err)
	file := strings.TrimPrefix(c.Database, "sqlite:")
	copied, err := os.ReadFile(file)
	h.must(err)
	h.reopen()
	return func() {
		h.t.Helper()
		h.Close()
		h.Daemon = nil
		write(h.t, file, string(copied))
		os.Remove(file + "-wal")
		os.Remove(file + "-shm")
	}
}

// TestUnskippedDraftGoesOut: a skip that is taken back while a draft waits loses no send.
func TestUnskippedDraftGoesOut(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := drafting(t, engine)
		h.clock.Set(friday.Add(-2 * time.Hour))
		h.step()
		_, _, err := h.Skip(h.ctx, h.main(), "salma", "")
		h.must(err)
		h.step()
		_, err = h.Unskip(h.ctx, h.main(), "salma", "")
		h.must(err)
		h.step()
		h.clock.Set(friday)
		h.step()
		h.step()
		if h.got("amina") != "tide" {
			t.Errorf("got %q%s", h.got("amina"), h.dump())
		}
	})
}

// TestResumedDraftGoesOut: nor does a pause that is ended before the time.
func TestResumedDraftGoesOut(t *testing.T) {
	t.Parallel()
	h := drafting(t, "sqlite")
	h.clock.Set(friday.Add(-2 * time.Hour))
	h.step()
	h.must(h.Pause(h.ctx, h.main(), "salma", store.Forever))
	h.step()
	h.must(h.Resume(h.ctx, h.main(), "salma"))
	h.step()
	h.clock.Set(friday)
	h.step()
	h.step()
	if h.got("amina") != "tide" {
		t.Errorf("got %q%s", h.got("amina"), h.dump())
	}
}

// TestPutBackKeepsSkips: a clock that is put back forgets nothing that people have decided.
func TestPutBackKeepsSkips(t *testing.T) {
	t.Parallel()
	h := ready(t, "sqlite")
	_, _, err := h.Skip(h.ctx, h.main(), "salma", "")
	h.must(err)
	h.step()
	h.clock.Add(-2 * time.Hour)
	h.reopen()
	h.step()
	h.clock.Set(friday)
	h.reopen()
	h.step()
	h.step()
	if h.got("amina") != "" {
		t.Errorf("a skip forgotten: got %q%s", h.got("amina"), h.dump())
	}
}

// TestDoubtOutlastsASmallerOne: a doubt without end is not ended by a later one that has.
func TestDoubtOutlastsASmallerOne(t *testing.T) {
	t.Parallel()
	h := ready(t, "sqlite")
	s := h.Stepper()
	s.Step(h.ctx)
	h.write(func(tx *store.Tx) error {
		return tx.SetDoubt(h.ctx, store.Doubt{Reason: "the database was put back", Until: store.Forever})
	})
	h.clock.Add(2 * time.Hour) // a machine that slept
	s.Step(h.ctx)
	h.clock.Set(friday)
	h.reopen()
	h.step()
	if h.got("amina") != "" {
		t.Errorf("a doubt ended by a jump: got %q%s", h.got("amina"), h.dump())
	}
}

// TestIssueInDoubtIsHeld: what an issue has made waits, too, while the database is in doubt.
func TestIssueInDoubtIsHeld(t *testing.T) {
	t.Parallel()
	h := publishing(t)
	putBack := h.copied()
	h.later(2 * time.Hour)
	h.step()
	if got := h.titles("amina"); got != "tide anchor moor" {
		t.Fatalf("amina got %q", got)
	}
	putBack()
	h.clock.Add(time.Hour)
	h.reopen()
	h.step()
	h.step()
	if got := h.titles("amina"); got != "tide anchor moor" {
		t.Errorf("amina got %q%s", got, h.dump())
	}
}

// TestMovedOccurrenceStaysSkipped: also where a blackout has moved it by many days.
func TestMovedOccurrenceStaysSkipped(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"skip", "run"} {
		h := build(t, "sqlite")
		h.configure("blackouts:\n  - {from: 2024-10-11, to: 2024-10-16, then: move}\n")
		h.join("amina")
		h.publish("tide")
		h.step()
		var err error
		if how == "skip" {
			_, _, err = h.Skip(h.ctx, h.main(), "salma", "")
		} else {
			_, _, err = h.Run(h.ctx, h.main(), "salma", true, "")
		}
		h.must(err)
		h.step()
		moved := friday.Add(6 * 24 * time.Hour)
		h.clock.Set(moved.Add(-time.Hour))
		h.reopen() // a restart
		h.step()
		h.clock.Set(moved)
		h.step()
		h.step()
		if n := len(h.editions()); how == "skip" && n != 0 || how == "run" && n != 1 {
			t.Errorf("%s: got %q%s", how, h.got("amina"), h.dump())
		}
	}
}

// TestNoteFixesNoContent: an edition that waits for its time alone has its content fixed then.
func TestNoteFixesNoContent(t *testing.T) {
	t.Parallel()
	h := publishing(t)
	h.rewrite("mail:\n", "mail:\n  admins: [desk@harbour.example]\n")
	h.reopen()
	all, _ := h.Store.Editions(h.ctx, "issues", 10)
	e, err := h.Note(h.ctx, all[0].ID, "salma", "Hello.", nil)
	h.must(err)
	h.step()
	h.must(h.Notify(h.ctx))
	if e = h.edition(e.ID); e.Cutoff != 0 || len(h.subjects("desk@harbour.example")) != 0 {
		t.Errorf("a note fixes the contents %v before their time, and mails a draft: %q", e.Starts.Sub(e.CutoffAt), h.subjects("desk@harbour.example"))
	}
	h.issue(2, "published", "tide", "anchor", "moor", "late")
	h.later(3 * time.Hour)
	h.step()
	if got := h.titles("amina"); got != "tide anchor moor late" {
		t.Errorf("amina got %q", got)
	}
}

// TestLateDraftIsPaused: a draft that was made late is dropped by a pause.
func TestLateDraftIsPaused(t *testing.T) {
	t.Parallel()
	h := drafting(t, "sqlite")
	h.clock.Set(friday.Add(time.Hour))
	h.reopen()
	h.step()
	h.must(h.Pause(h.ctx, h.main(), "salma", store.Forever))
	h.step()
	h.clock.Set(friday.Add(5 * time.Hour))
	h.step()
	h.step()
	if h.got("amina") != "" {
		t.Errorf("paused, and yet: got %q%s", h.got("amina"), h.dump())
	}
}

// TestDraftOfAnEditedSchedule: goes out at the new time alone.
func TestDraftOfAnEditedSchedule(t *testing.T) {
	t.Parallel()
	h := drafting(t, "sqlite")
	h.clock.Set(friday.Add(-time.Hour))
	h.step()
	h.rewrite(`cron: "0 7 * * FRI"`, `cron: "0 9 * * FRI"`)
	h.reopen()
	h.step()
	h.clock.Set(friday)
	h.step()
	h.step()
	if h.got("amina") != "" {
		t.Errorf("goes out at the old time: got %q%s", h.got("amina"), h.dump())
	}
	h.clock.Set(friday.Add(2 * time.Hour))
	h.step()
	h.step()
	if h.got("amina") != "tide" {
		t.Errorf("at the new time: got %q%s", h.got("amina"), h.dump())
	}
}

// TestPutBackDropsDrafts: what was made while the clock was ahead is made anew.
func TestPutBackDropsDrafts(t *testing.T) {
	t.Parallel()
	h := drafting(t, "sqlite")
	right := h.clock.Now()
	h.clock.Set(friday.Add(week - time.Hour)) // ahead; the draft of the 18th is made
	h.reopen()
	h.step()
	h.clock.Set(right)
	h.reopen()
	h.step()
	_, _, err := h.ResumeAll(h.ctx, "salma")
	h.must(err)
	h.clock.Set(friday)
	h.step()
	h.step()
	h.publish("clock")
	h.clock.Set(friday.Add(week - time.Hour))
	h.step()
	h.clock.Set(friday.Add(week))
	h.step()
	h.step()
	if h.got("amina") != "clock tide" {
		t.Errorf("got %q%s", h.got("amina"), h.dump())
	}
}

// TestPreviewBelowTheMinimum: shows nothing, for the edition is skipped.
func TestPreviewBelowTheMinimum(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.rewrite("  - name: weekly\n", "  - name: weekly\n    minimum_articles: 2\n")
	h.reopen()
	h.join("amina")
	h.publish("tide")
	h.step()
	p, err := h.Preview(h.ctx, "weekly", "amina@people.example", friday)
	if err == nil && p.Message != nil {
		t.Errorf("preview shows %q, but below its minimum nothing is sent", p.Subject)
	}
}

// Who approves has seen what goes out: after a change, the approval of what was there
// before is refused, and one that was given is taken back.
func TestApprovedAsSeen(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h, id := waits(t, engine)
		seen := h.edition(id).Mark()
		first := strings.Fields(h.lists(id))[0]
		h.arranges(id, daemon.LeaveOut, first)
		if _, err := h.ApproveAs(h.ctx, id, "amina", seen); magazine.CodeOf(err) != magazine.Conflict {
			t.Errorf("approved what was not seen: %v", err)
		}
		_, err := h.ApproveAs(h.ctx, id, "amina", h.edition(id).Mark())
		h.must(err)
		if e := h.edition(id); e.Approved != "amina" {
			t.Fatalf("%+v", e)
		}
		h.arranges(id, daemon.PutBack, first)
		if e := h.edition(id); e.Approved != "" {
			t.Errorf("approved by %s, as it was before", e.Approved)
		}
		_, err = h.Approve(h.ctx, id, "amina")
		h.must(err)
		_, err = h.Note(h.ctx, id, "noor", "Of the sea", nil)
		h.must(err)
		if e := h.edition(id); e.Approved != "" {
			t.Errorf("approved by %s, without its note", e.Approved)
		}
	})
}
