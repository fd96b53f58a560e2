package daemon_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/daemon"
	"postrider/magazine"
	"postrider/store"
)

// arranges changes a draft's articles, as somebody who sees it as it is.
func (h *house) arranges(id, how, piece string) {
	h.t.Helper()
	_, err := h.Arrange(h.ctx, id, "noor", daemon.Arrangement{How: how, Piece: piece})
	h.must(err)
}

// lists is an edition's articles as they stand, those that are left out in brackets.
func (h *house) lists(id string) string {
	h.t.Helper()
	e, err := h.Store.EditionHead(h.ctx, id)
	h.must(err)
	pieces, err := h.Pieces(h.ctx, e)
	h.must(err)
	var all []string
	for _, p := range pieces {
		if p.LeftOut {
			all = append(all, "("+p.Slug+")")
		} else {
			all = append(all, p.Slug)
		}
	}
	return strings.Join(all, " ")
}

// waits is a house with a draft of three articles.
func waits(t *testing.T, engine string) (h *house, id string) {
	h = build(t, engine)
	h.approving("hold")
	return h, h.waiting()
}

// waiting has a draft of three articles wait to be approved.
func (h *house) waiting() (id string) {
	h.t.Helper()
	h.join("amina", "badr")
	h.publish("tide", "clock", "bell")
	h.step()
	h.clock.Set(friday.Add(-2 * time.Hour))
	h.step()
	id = h.editions()[0].ID
	if e := h.edition(id); e.State != magazine.EditionWaiting || e.Articles != 3 {
		h.t.Fatalf("%+v", e)
	}
	return id
}

// An editor's order is the mail's: the first leads and gives the subject. What is left
// out goes to nobody: not to who gets this edition, nor to who misses it and gets the
// next. The choices are in the log; the draft is made anew, and not mailed again.
func TestArrange(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h, id := waits(t, engine)
		h.must(h.Notify(h.ctx))
		was := h.lists(id)
		last := was[strings.LastIndex(was, " ")+1:]
		first := strings.Fields(was)[0]
		middle := strings.Fields(was)[1]
		h.arranges(id, daemon.Lead, last)
		if got := h.lists(id); got != last+" "+first+" "+middle {
			t.Errorf("%s leads: %s", last, got)
		}
		h.arranges(id, daemon.Down, first)
		h.arranges(id, daemon.LeaveOut, middle)
		if got := h.lists(id); got != last+" ("+middle+") "+first {
			t.Errorf("%s is left out: %s", middle, got)
		}
		h.arranges(id, daemon.Up, first) // over what is left out, too
		if got := h.lists(id); got != first+" "+last+" ("+middle+")" {
			t.Errorf("%s moved up: %s", first, got)
		}
		h.arranges(id, daemon.Down, first)
		h.step() // the draft is made anew
		n, err := h.Store.CountMessages(h.ctx, id)
		h.must(err)
		if e := h.edition(id); e.Articles != 2 || !e.Ordered || e.Arranged != 5 || n == 0 {
			t.Errorf("%+v, %d messages", e, n)
		}
		h.must(h.Notify(h.ctx))
		if got := h.subjects("desk@harbour.example"); len(got) != 1 {
			t.Errorf("drafts: %q", got)
		}
		acts, err := h.Store.EditionActs(h.ctx, id)
		h.must(err)
		did := map[string]bool{}
		for _, a := range acts {
			did[a.Who+" "+a.What+" "+a.Detail] = true
		}
		if len(acts) != 5 || !did[`noor arrange without "`+middle+`"`] || !did[`noor arrange "`+last+`" leads`] {
			t.Errorf("%+v", acts)
		}
		h.suppress("badr")
		_, err = h.Approve(h.ctx, id, "noor")
		h.must(err)
		h.clock.Set(friday)
		h.step()
		h.step()
		h.expectEdition(id, "sent, 1 sent, 1 skipped")
		if got := h.titles("amina"); got != last+" "+first {
			t.Errorf("amina got %q", got)
		}
		if got := h.subjects("amina@people.example"); len(got) != 1 || !strings.HasPrefix(got[0], last) {
			t.Errorf("the subject is %q", got)
		}
		h.publish("sail")
		h.write(func(tx *store.Tx) error { return tx.LiftSuppression(h.ctx, "badr@people.example") })
		h.nextWeek()
		for name, want := range map[string]string{"amina": "sail", "badr": "sail " + first + " " + last} {
			got := h.titles(name)
			got = got[strings.LastIndex(got, ";")+1:]
			for _, slug := range []string{"tide", "clock", "bell", "sail"} {
				if strings.Contains(got, slug) != strings.Contains(want, slug) {
					t.Errorf("%s got %q, want %q", name, got, want)
				}
			}
		}
	})
}

// Of two who arrange what they saw, the second is told; nor can what goes out be
// arranged, or everything be left out. Back as it was, nothing is left out.
func TestArrangeRefuses(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h, id := waits(t, engine)
		seen := 0
		refused := func(what string, code magazine.Code, a daemon.Arrangement) {
			t.Helper()
			if _, err := h.Arrange(h.ctx, id, "luc", a); magazine.CodeOf(err) != code || err == nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		_, err := h.Arrange(h.ctx, id, "noor", daemon.Arrangement{How: daemon.LeaveOut, Piece: "tide", Seen: &seen})
		h.must(err)
		refused("the second", magazine.Conflict, daemon.Arrangement{How: daemon.LeaveOut, Piece: "bell", Seen: &seen})
		refused("no such article", magazine.NotFound, daemon.Arrangement{How: daemon.Lead, Piece: "moor"})
		refused("no such change", magazine.Invalid, daemon.Arrangement{How: "sideways", Piece: "bell"})
		h.arranges(id, daemon.LeaveOut, "bell")
		refused("the last", magazine.Invalid, daemon.Arrangement{How: daemon.LeaveOut, Piece: "clock"})
		h.arranges(id, daemon.AsItWas, "")
		if got := h.lists(id); strings.Contains(got, "(") || h.edition(id).Ordered {
			t.Errorf("as it was: %s", got)
		}
		h.arranges(id, daemon.LeaveOut, "bell")
		h.clock.Set(friday)
		h.step() // held: nobody has approved it
		h.arranges(id, daemon.PutBack, "bell")
		h.arranges(id, daemon.Lead, "bell")
		_, err = h.Release(h.ctx, id, "noor")
		h.must(err)
		refused("what goes out", magazine.Conflict, daemon.Arrangement{How: daemon.LeaveOut, Piece: "bell"})
		h.step()
		if got := h.titles("amina"); !strings.HasPrefix(got, "bell ") || len(strings.Fields(got)) != 3 {
			t.Errorf("amina got %q", got)
		}
		refused("what is sent", magazine.Conflict, daemon.Arrangement{How: daemon.LeaveOut, Piece: "bell"})
	})
}

// What was left out of an edition that is dropped comes with the next, like all of it.
func TestArrangedAndDropped(t *testing.T) {
	t.Parallel()
	h, id := waits(t, "sqlite")
	h.arranges(id, daemon.LeaveOut, "tide")
	_, err := h.Drop(h.ctx, id, "noor", "")
	h.must(err)
	h.nextWeek()
	if got := h.got("amina"); got != "bell clock tide" {
		t.Errorf("amina got %q", got)
	}
}

// Messages that are being made while an editor chooses are not kept.
func TestArrangedWhileMade(t *testing.T) {
	t.Parallel()
	h, id := waits(t, "sqlite")
	once := true
	h.BeforeRendering(func() {
		if once {
			once = false
			h.arranges(id, daemon.LeaveOut, "tide")
		}
	})
	h.arranges(id, daemon.Lead, "clock")
	h.must(h.Compose(h.ctx, id)) // overtaken
	h.step()
	_, err := h.Approve(h.ctx, id, "noor")
	h.must(err)
	h.clock.Set(friday)
	h.step()
	h.step()
	if got := h.got("amina"); got != "bell clock" {
		t.Errorf("amina got %q", got)
	}
}

// nextWeek has the draft of the next week approved, and sent.
func (h *house) nextWeek() {
	h.t.Helper()
	h.clock.Set(friday.Add(week - 2*time.Hour))
	h.step()
	for _, e := range h.editions() {
		if e.State == magazine.EditionWaiting {
			_, err := h.Approve(h.ctx, e.ID, "noor")
			h.must(err)
		}
	}
	h.clock.Set(friday.Add(week))
	h.step()
	h.step()
}

func (h *house) suppress(name string) {
	h.write(func(tx *store.Tx) error { return tx.Suppress(h.ctx, name+"@people.example", "asked for it") })
}

// What is left out of one frequency's edition is left out for those who have that
// frequency, also where they missed the edition: nobody has decided about the others,
// who get it with their own.
func TestLeftOutOfOneFrequency(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.approving("send")
		h.frequently()
		h.join("amina", "badr", "chiku")
		h.changes("daily", "badr", "chiku")
		h.suppress("chiku")
		h.publish("tide", "clock")
		draft := func(at time.Time, schedule string) string {
			t.Helper()
			h.clock.Set(at)
			h.step()
			for _, e := range h.editions() {
				if e.Schedule == schedule && e.State == magazine.EditionWaiting {
					return e.ID
				}
			}
			t.Fatalf("no draft of %s: %+v", schedule, h.editions())
			return ""
		}
		goes := func(at time.Time) {
			t.Helper()
			h.clock.Set(at)
			h.step()
			h.step()
		}
		evening := friday.Add(-13 * time.Hour) // Thursday at 18:00
		h.arranges(draft(evening.Add(-2*time.Hour), "daily"), daemon.LeaveOut, "tide")
		goes(evening)
		h.publish("bell")
		weekly := draft(friday.Add(-2*time.Hour), "main")
		if got := h.lists(weekly); !strings.Contains(got, "tide") {
			t.Errorf("the draft of the weekly has %q", got)
		}
		h.arranges(weekly, daemon.LeaveOut, "bell")
		goes(friday)
		h.write(func(tx *store.Tx) error { return tx.LiftSuppression(h.ctx, "chiku@people.example") })
		draft(evening.Add(22*time.Hour), "daily")
		goes(evening.Add(24 * time.Hour))
		for name, want := range map[string]string{"amina": "clock tide", "badr": "clock; bell", "chiku": "bell clock"} {
			got := h.titles(name)
			if one := strings.Fields(got); !strings.Contains(got, ";") {
				slices.Sort(one)
				got = strings.Join(one, " ")
			}
			if got != want {
				t.Errorf("%s got %q, want %q", name, got, want)
			}
		}
	})
}
