package daemon_test

import (
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"
	"testing"

	"postrider/daemon"
	"postrider/magazine"
	"postrider/store"
)

// A draft that somebody changes after it was approved waits to be approved again. It says
// so, with who had approved it and who changed it, and says no other when it is held; the
// editors are mailed it again, and who had approved it with them.
func TestApprovalIsOver(t *testing.T) {
	t.Parallel()
	const over = "salma@people.example had approved it; badr changed it after that, and nobody has approved it since"
	for name, change := range map[string]func(h *house, id string){
		"arranged": func(h *house, id string) {
			_, err := h.Arrange(h.ctx, id, "badr", daemon.Arrangement{How: daemon.LeaveOut, Piece: "tide"})
			h.must(err)
		},
		"a note": func(h *house, id string) {
			_, err := h.Note(h.ctx, id, "badr", "Of the sea", nil)
			h.must(err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine string) {
				h, id := waits(t, engine)
				h.owner("salma", "")
				h.must(h.Notify(h.ctx))
				_, err := h.Approve(h.ctx, id, "salma@people.example")
				h.must(err)
				change(h, id)
				if e := h.edition(id); e.State != magazine.EditionWaiting || e.Approved != "" || e.Reason != over {
					t.Errorf("changed: %+v", e)
				}
				h.arranges(id, daemon.LeaveOut, "bell") // nobody had approved what this changes
				h.step()
				h.must(h.Notify(h.ctx))
				for to, want := range map[string]int{"desk@harbour.example": 2, "salma@people.example": 1} {
					if got := h.subjects(to); len(got) != want || !strings.HasPrefix(got[len(got)-1], "Draft changed: ") {
						t.Errorf("%s was mailed %q", to, got)
					}
				}
				h.clock.Set(friday)
				h.step()
				if e := h.edition(id); e.State != magazine.EditionHeld || e.Reason != over || h.got("amina") != "" {
					t.Errorf("at its time: %+v", e)
				}
			})
		})
	}
}

// The HTML of a draft that was changed begins with who had approved it and who changed it,
// in the publication's language.
func TestAChangedDraftNamesWhoChangedIt(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"en", "fr", "ar"} {
		h := build(t, "sqlite")
		h.rewrite("publication:\n", "publication:\n  language: "+language+"\n")
		h.approving("hold")
		id := h.waiting()
		_, err := h.Approve(h.ctx, id, "salma@people.example")
		h.must(err)
		_, err = h.Note(h.ctx, id, "badr <b>", "Of the sea", nil)
		h.must(err)
		h.step()
		h.must(h.Notify(h.ctx))
		var html string
		for _, m := range h.server.Messages() {
			if m.To == "desk@harbour.example" {
				html = htmlPart(t, m.Raw)
			}
		}
		w := h.Feeds.Messages.In(language)
		want := fmt.Sprintf(`lang="%s" dir="%s"`, language, w.Direction)
		said := template.HTMLEscapeString(w.T("reason.approval-over", "had", "salma@people.example", "who", "badr <b>"))
		_, body, _ := strings.Cut(html, "<body")
		if p, _, ok := strings.Cut(body, said+"</p>"); !ok || strings.Count(p, "<p") != 1 || !strings.Contains(p, want) {
			t.Errorf("%s: want %s, %s in\n%.2000s", language, want, said, body)
		}
	}
}

// Approved once more it is as though nobody had changed it; who may not approve drafts any
// more is not sent them.
func TestApprovedAgain(t *testing.T) {
	t.Parallel()
	h, id := waits(t, "sqlite")
	h.owner("salma", "")
	h.owner("noor", "")
	h.must(h.Notify(h.ctx))
	_, err := h.Approve(h.ctx, id, "salma@people.example")
	h.must(err)
	h.arranges(id, daemon.LeaveOut, "tide")
	h.must(h.Members.RemoveUser(h.ctx, "salma@people.example", "root"))
	h.step()
	h.must(h.Notify(h.ctx))
	if got := h.subjects("salma@people.example"); len(got) != 0 {
		t.Errorf("she may approve nothing any more, and was mailed %q", got)
	}
	_, err = h.Approve(h.ctx, id, "noor@people.example")
	h.must(err)
	if e := h.edition(id); e.Approved != "noor@people.example" || e.Reason != "" {
		t.Errorf("approved again: %+v", e)
	}
	h.clock.Set(friday)
	h.step()
	h.step()
	if e := h.edition(id); e.State != magazine.EditionSent || e.Reason != "" {
		t.Errorf("at its time: %+v", e)
	}
}

// A change that leaves the articles as they are is none: the approval stands, whoever has
// another page open may still arrange them, and the log does not say that it was changed.
func TestArrangedAsItIs(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h, id := waits(t, engine)
		h.arranges(id, daemon.LeaveOut, strings.Fields(h.lists(id))[1])
		_, err := h.Approve(h.ctx, id, "salma")
		h.must(err)
		as := func(ordered bool) {
			t.Helper()
			was, list := h.edition(id), strings.Fields(h.lists(id))
			first, last := list[0], last(h.lists(id))
			out := strings.Trim(list[slices.IndexFunc(list, func(s string) bool { return s[0] == '(' })], "()")
			for _, a := range []daemon.Arrangement{{How: daemon.Lead, Piece: first}, {How: daemon.Up, Piece: first}, {How: daemon.Down, Piece: last}, {How: daemon.LeaveOut, Piece: out}, {How: daemon.PutBack, Piece: first}} {
				e, err := h.Arrange(h.ctx, id, "badr", a)
				if err != nil || e.Approved != "salma" || e.Arranged != was.Arranged || e.Ordered != ordered || e.Reason != "" {
					t.Errorf("%s %s: %v, %+v", a.How, a.Piece, err, e)
				}
			}
		}
		as(false)
		h.arranges(id, daemon.Lead, last(h.lists(id)))
		_, err = h.Approve(h.ctx, id, "salma")
		h.must(err)
		as(true)
		acts, err := h.Store.EditionActs(h.ctx, id)
		h.must(err)
		for _, a := range acts {
			if a.Who == "badr" {
				t.Errorf("in the log: %+v", a)
			}
		}
		e, err := h.Arrange(h.ctx, id, "badr", daemon.Arrangement{How: daemon.AsItWas})
		h.must(err)
		if e.Approved != "" || e.Ordered {
			t.Errorf("as the program has it: %+v", e)
		}
	})
}

// last is the last article of a list that is not left out.
func last(list string) (slug string) {
	for _, one := range strings.Fields(list) {
		if one[0] != '(' {
			slug = one
		}
	}
	return slug
}

// A button to stop a draft stops it, also where that has begun to go out since the button
// was seen: what is left of it is cancelled, with why. Only a draft that still waits is
// dropped as it was seen or not at all.
func TestDroppedAsItBegins(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		for _, begun := range []magazine.EditionState{magazine.EditionPlanned, magazine.EditionSending} {
			h, id := waits(t, engine)
			seen := h.edition(id).Mark()
			_, err := h.Note(h.ctx, id, "noor", "Of the sea", nil)
			h.must(err)
			if _, err := h.DropAs(h.ctx, id, "badr", "", seen); magazine.CodeOf(err) != magazine.Conflict || err == nil {
				t.Errorf("dropped, and not seen: %v", err)
			}
			h.write(func(tx *store.Tx) error { return tx.SetEditionState(h.ctx, id, begun, "") })
			e, err := h.DropAs(h.ctx, id, "badr", "the lead is wrong", seen)
			if err != nil || e.State != magazine.EditionDropped || e.Reason != "cancelled by badr: the lead is wrong" {
				t.Errorf("%s: %v, %+v", begun, err, e)
			}
			acts, err := h.Store.EditionActs(h.ctx, id)
			h.must(err)
			if !slices.ContainsFunc(acts, func(a store.Act) bool { return a.What == "cancel" && a.Who == "badr" }) {
				t.Errorf("in the log: %+v", acts)
			}
			if _, err := h.DropAs(h.ctx, id, "badr", "", seen); magazine.CodeOf(err) != magazine.Conflict || err == nil {
				t.Errorf("dropped twice: %v", err)
			}
		}
	})
}

// What was paused since somebody saw it waits for whoever paused it: nothing of it leaves,
// so who drops it has to see that first.
func TestDroppedWhilePaused(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h, id := waits(t, engine)
		seen := h.edition(id).Mark()
		h.write(func(tx *store.Tx) error {
			return tx.SetEditionState(h.ctx, id, magazine.EditionPaused, "paused by noor")
		})
		if _, err := h.DropAs(h.ctx, id, "badr", "", seen); magazine.CodeOf(err) != magazine.Conflict {
			t.Errorf("dropped, and not seen: %v", err)
		}
		if e := h.edition(id); e.State != magazine.EditionPaused || e.Reason != "paused by noor" {
			t.Errorf("%+v", e)
		}
		if e, err := h.DropAs(h.ctx, id, "badr", "", h.edition(id).Mark()); err != nil || e.State != magazine.EditionDropped {
			t.Errorf("dropped as it was seen: %+v, %v", e, err)
		}
	})
}

// Who drops at the desk what has begun to go out is told that it had.
func TestTheDeskDropsWhatBegins(t *testing.T) {
	t.Parallel()
	h, id := waits(t, "sqlite")
	owner := seated(t, h, serve(t, h.Daemon), "owner@people.example", "")
	form := url.Values{"act": {"drop"}, "seen": {h.edition(id).Mark()}}
	h.write(func(tx *store.Tx) error { return tx.SetEditionState(h.ctx, id, magazine.EditionSending, "") })
	if _, body := owner.send("/desk/editions/"+id+"/", form); !strings.Contains(body, "It had begun to go out: what was left of it is ended") {
		t.Errorf("dropped:\n%s", body)
	}
}

// Who approves or releases has seen when an edition goes out, and why it is held: at
// another time, or held for another reason, it is another.
func TestDecidedAtTheTimeThatWasSeen(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h, w, id := drafted(t, engine)
		seen := h.edition(id).Mark()
		w.Timezone = "America/New_York"
		h.saved(w)
		if _, err := h.ApproveAs(h.ctx, id, "badr", seen); magazine.CodeOf(err) != magazine.Conflict || err == nil {
			t.Errorf("approved for another time: %v", err)
		}
		_, err := h.ApproveAs(h.ctx, id, "badr", h.edition(id).Mark())
		h.must(err)
		held := func(reason string) string {
			h.write(func(tx *store.Tx) error { return tx.SetEditionState(h.ctx, id, magazine.EditionHeld, reason) })
			return h.edition(id).Mark()
		}
		missed := held("its time was missed")
		held("the database was put back: it may have gone out")
		if _, err := h.ReleaseAs(h.ctx, id, "badr", missed); magazine.CodeOf(err) != magazine.Conflict || err == nil {
			t.Errorf("released for another reason: %v", err)
		}
		_, err = h.ReleaseAs(h.ctx, id, "badr", h.edition(id).Mark())
		h.must(err)
	})
}
