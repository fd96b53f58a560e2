package daemon_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
)

// approving has the newsletter need approval, 3 hours before its time.
func (h *house) approving(unanswered string) {
	h.t.Helper()
	text, err := os.ReadFile(h.file)
	h.must(err)
	const letter = "  - name: weekly\n"
	if !strings.Contains(string(text), letter) {
		h.t.Fatalf("no newsletter in\n%s", text)
	}
	write(h.t, h.file, strings.Replace(string(text), letter, letter+"    approval: required\n    draft_before: 3h\n    unanswered: "+unanswered+"\n    editors: [desk@harbour.example]\n", 1))
	h.reopen()
}

// subjects lists the subjects of what went to an address.
func (h *house) subjects(to string) (all []string) {
	for _, m := range h.server.Messages() {
		if m.To == to {
			all = append(all, header(h.t, m.Raw, "Subject"))
		}
	}
	return all
}

func TestApproval(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, unanswered string
		decide           func(h *house, id string) error
		state            magazine.EditionState
		got              string // by amina, until the time of the send
	}{
		{"approved", "hold", func(h *house, id string) error { _, err := h.Approve(h.ctx, id, "salma"); return err }, magazine.EditionSent, "tide"},
		{"nobody answers: hold", "hold", nil, magazine.EditionHeld, ""},
		{"nobody answers: send", "send", nil, magazine.EditionSent, "tide"},
		{"dropped", "send", func(h *house, id string) error { _, err := h.Drop(h.ctx, id, "salma", "too early"); return err }, magazine.EditionDropped, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine string) {
				h := build(t, engine)
				h.approving(c.unanswered)
				h.join("amina")
				h.publish("tide")
				h.step()
				h.clock.Set(friday.Add(-3*time.Hour - time.Second))
				h.step()
				if len(h.editions()) != 0 {
					t.Fatalf("a draft too early: %+v", h.editions())
				}
				h.clock.Set(friday.Add(-3 * time.Hour))
				for range 2 {
					h.step()
					h.must(h.Notify(h.ctx))
					h.reopen()
				}
				all := h.editions()
				if len(all) != 1 || all[0].State != magazine.EditionWaiting || all[0].Cutoff != 1 || h.got("amina") != "" {
					t.Fatalf("%+v; amina got %q", all, h.got("amina"))
				}
				if got := h.subjects("desk@harbour.example"); len(got) != 1 || !strings.HasPrefix(got[0], "Draft: ") {
					t.Fatalf("the editors got %q", got)
				}
				h.publish("late") // after the cut-off: with the next
				if c.decide != nil {
					h.must(c.decide(h, all[0].ID))
				}
				h.step()
				if h.got("amina") != "" {
					t.Fatalf("before its time amina got %q", h.got("amina"))
				}
				h.clock.Set(friday)
				h.reopen()
				h.step()
				h.step()
				e := h.edition(all[0].ID)
				if e.State != c.state || h.got("amina") != c.got || h.occurrences() != "2024-10-11 07:00 edition" {
					t.Fatalf("%+v; amina got %q; %s", e, h.got("amina"), h.occurrences())
				}
				if c.state == magazine.EditionHeld {
					if _, err := h.Release(h.ctx, e.ID, "salma"); err != nil {
						t.Fatal(err)
					}
					h.must(h.Drive(h.ctx))
					if h.got("amina") != "tide" {
						t.Errorf("released, amina got %q", h.got("amina"))
					}
				}
				// The next has what came after the draft's cut-off, and what was dropped.
				h.clock.Set(friday.Add(week - 3*time.Hour))
				h.step()
				if _, err := h.Approve(h.ctx, h.editions()[0].ID, "salma"); err != nil {
					t.Fatal(err)
				}
				h.clock.Set(friday.Add(week))
				h.step()
				want := "tide; late"
				if c.state == magazine.EditionDropped {
					want = "late tide"
				}
				if h.got("amina") != want {
					t.Errorf("a week later amina has %q", h.got("amina"))
				}
			})
		})
	}
}

// A draft whose time is missed while nothing runs gives way to the next.
func TestDraftMissed(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.approving("send")
	h.join("amina")
	h.publish("tide")
	h.step()
	h.clock.Set(friday.Add(-time.Hour))
	h.step()
	h.clock.Set(friday.Add(48 * time.Hour))
	h.reopen()
	h.step()
	if all := h.editions(); len(all) != 1 || all[0].State != magazine.EditionHeld || h.got("amina") != "" {
		t.Fatalf("%+v; amina got %q", all, h.got("amina"))
	}
	h.clock.Set(friday.Add(week - time.Hour))
	h.step()
	h.clock.Set(friday.Add(2*week + time.Hour))
	h.reopen()
	h.step()
	states := []magazine.EditionState{}
	for _, e := range h.editions() {
		states = append(states, e.State)
	}
	// The newest was never seen by anybody: it waits as long as ever.
	if len(states) != 3 || states[0] != magazine.EditionWaiting || states[1] != magazine.EditionDropped || states[2] != magazine.EditionHeld {
		t.Fatalf("%v", states)
	}
	h.clock.Add(3 * time.Hour)
	h.step()
	h.step()
	if h.got("amina") != "tide" {
		t.Errorf("amina got %q", h.got("amina"))
	}
}

// A note is printed in what goes out, and has the draft made anew.
func TestNoteOfADraft(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.approving("send")
	h.join("amina")
	h.publish("tide")
	h.step()
	h.clock.Set(friday.Add(-time.Hour))
	h.step()
	h.must(h.Notify(h.ctx))
	id := h.editions()[0].ID
	if _, err := h.Note(h.ctx, id, "salma", "We are back from the sea.", nil); err != nil {
		t.Fatal(err)
	}
	h.must(h.Drive(h.ctx))
	h.must(h.Notify(h.ctx))
	if got := h.subjects("desk@harbour.example"); len(got) != 2 {
		t.Errorf("the editors got %q", got)
	}
	seen := "Nothing yet."
	if _, err := h.Note(h.ctx, id, "badr", "Mine.", &seen); magazine.CodeOf(err) != magazine.Conflict {
		t.Errorf("over a note that was not seen: %v", err)
	}
	if _, err := h.Note(h.ctx, id, "salma", strings.Repeat("ب", 5000), nil); err != nil {
		t.Errorf("5000 characters: %v", err)
	}
	seen = strings.Repeat("ب", 5000)
	if _, err := h.Note(h.ctx, id, "salma", "We are back\x00 from the sea.", &seen); err != nil {
		t.Errorf("with a character that no mail may hold: %v", err)
	}
	if _, err := h.Note(h.ctx, id, "salma", strings.Repeat("x", 6000), nil); magazine.CodeOf(err) != magazine.Invalid {
		t.Errorf("a long note: %v", err)
	}
	h.clock.Set(friday)
	h.step()
	h.step()
	if h.got("amina") != "tide" {
		t.Fatalf("amina got %q", h.got("amina"))
	}
	if _, err := h.Note(h.ctx, id, "salma", "Too late.", nil); magazine.CodeOf(err) != magazine.Conflict {
		t.Errorf("a note of what is sent: %v", err)
	}
	if _, err := h.Approve(h.ctx, id, "salma"); magazine.CodeOf(err) != magazine.Conflict {
		t.Errorf("approved what is sent: %v", err)
	}
	if _, err := h.Drop(h.ctx, id, "salma", ""); magazine.CodeOf(err) != magazine.Conflict {
		t.Errorf("dropped what is sent: %v", err)
	}
}

// Below its minimum an edition is skipped, and nothing counts as served.
func TestMinimumArticles(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	text, err := os.ReadFile(h.file)
	h.must(err)
	write(t, h.file, strings.Replace(string(text), "  - name: weekly\n", "  - name: weekly\n    minimum_articles: 2\n", 1))
	h.reopen()
	h.join("amina")
	h.publish("tide")
	h.step()
	h.clock.Set(friday)
	h.step()
	if e := h.editions()[0]; e.State != magazine.EditionSkipped || !strings.Contains(e.Reason, "1 new") || h.served("amina") != 0 {
		t.Fatalf("%+v", e)
	}
	h.publish("clock")
	h.clock.Set(friday.Add(week))
	h.step()
	if h.got("amina") != "clock tide" {
		t.Errorf("amina got %q", h.got("amina"))
	}
}

// Who is held up is told to the admins, once; and an edition that is dropped
// while it is sent stops, with its articles left for the next.
func TestHeldIsToldToAdmins(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	text, err := os.ReadFile(h.file)
	h.must(err)
	write(t, h.file, strings.Replace(string(text), "mail:\n", "mail:\n  admins: [desk@harbour.example, Noor <noor@harbour.example>]\n", 1))
	h.reopen()
	h.join("amina")
	h.publish("tide")
	h.step()
	h.clock.Set(friday.Add(48 * time.Hour))
	h.reopen()
	h.step()
	h.told()
	h.step()
	h.told()
	for _, to := range []string{"desk@harbour.example", "noor@harbour.example"} {
		if got := h.subjects(to); len(got) != 1 || !strings.HasPrefix(got[0], "Held: ") {
			t.Errorf("%s got %q", to, got)
		}
	}
	for _, m := range h.server.Messages() {
		if !strings.Contains(string(m.Raw), "postrider editions release "+h.editions()[0].ID) {
			t.Errorf("says not what to do:\n%s", m.Raw)
		}
	}
}
