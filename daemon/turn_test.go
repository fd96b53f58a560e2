package daemon_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// meanwhile does something once, while the relay has the whole first message
// and has not yet said that it took it. Who comes behind the second is looked at
// after that.
func (h *house) meanwhile(do func()) {
	h.SetWatchful()
	done := false
	h.server.SetFault(func(now smtptest.Step, _ string) (string, smtptest.Action) {
		if now == smtptest.End && !done {
			done = true
			do()
		}
		return "", smtptest.Proceed
	})
}

// TestLastWordCounts changes something about the third of three people while
// the first's message is on its way.
func TestLastWordCounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		do      func(t *testing.T, h *house, last string)
		edition string
		reason  string // of a skipped delivery
	}{
		{"leaves", func(t *testing.T, h *house, last string) {
			if err := h.Members.Leave(h.ctx, h.Members.LeaveToken(h.ids[last], "weekly")); err != nil {
				t.Error(err)
			}
		}, "sent, 2 sent", ""},
		{"is suppressed", func(t *testing.T, h *house, last string) {
			h.write(func(tx *store.Tx) error { return tx.Suppress(h.ctx, last+"@people.example", "asked us by post") })
		}, "sent, 2 sent, 1 skipped", "suppressed: asked us by post"},
		{"complains", func(t *testing.T, h *house, last string) {
			h.write(func(tx *store.Tx) error { return tx.SetSubscriberState(h.ctx, h.ids[last], magazine.Complained) })
		}, "sent, 2 sent, 1 skipped", "the subscriber is complained"},
	} {
		t.Run(c.name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine string) {
				h := build(t, engine)
				h.join("amina", "bakari", "chen")
				h.publish("tide")
				last := h.inOrder()[2]
				h.meanwhile(func() { c.do(t, h, last) })
				id := h.send()
				h.expectEdition(id, c.edition)
				if d := h.delivery(id, last); h.got(last) != "" || d.Reason != c.reason || h.served(last) != 0 && c.reason != "" {
					t.Errorf("got %q, %+v, served %d", h.got(last), d, h.served(last))
				}
			})
		})
	}
}

func TestWithdrawnArticleLeavesTheGroupsThatHaveIt(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina", "bakari", "chen")
		h.publish("tide", "clock")
		h.meanwhile(func() {
			if err := os.Remove(filepath.Join(filepath.Dir(h.file), "pieces", "tide.md")); err != nil {
				t.Error(err)
			}
			if done, err := h.Read(h.ctx, false, nil); err != nil || done.Withdrawn != 1 {
				t.Errorf("%+v, %v", done, err)
			}
		})
		h.expectEdition(h.send(), "sent, 3 sent")
		for i, name := range h.inOrder() {
			want := "clock"
			if i == 0 {
				want = "clock tide"
			}
			if got := h.got(name); got != want {
				t.Errorf("%s, number %d, got %q", name, i, got)
			}
		}
	})
}

// TestWithdrawnBeforeItIsTriedAgain: nothing is left of what was deferred.
func TestWithdrawnBeforeItIsTriedAgain(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina", "bakari")
	h.publish("tide")
	h.server.SetFault(at("amina", smtptest.RCPT, "451 4.2.1 busy", smtptest.Proceed, 1))
	id := h.send()
	h.must(os.Remove(filepath.Join(filepath.Dir(h.file), "pieces", "tide.md")))
	_, err := h.Read(h.ctx, false, nil)
	h.must(err)
	h.clock.Add(5 * time.Minute)
	h.must(h.Drive(h.ctx))
	h.expectEdition(id, "sent, 1 sent, 1 skipped")
	if d := h.delivery(id, "amina"); h.got("amina") != "" || d.Reason != "nothing of it is left for this person" {
		t.Errorf("%q, %+v", h.got("amina"), d)
	}
}

// TestLeavesBeforeItIsTriedAgain: a deferred delivery ends with the subscription.
func TestLeavesBeforeItIsTriedAgain(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina")
	h.publish("tide")
	h.server.SetFault(at("amina", smtptest.RCPT, "451 4.2.1 busy", smtptest.Proceed, 1))
	id := h.send()
	h.must(h.Members.Leave(h.ctx, h.Members.LeaveToken(h.ids["amina"], "weekly")))
	h.clock.Add(5 * time.Minute)
	h.must(h.Drive(h.ctx))
	h.expectEdition(id, "sent, 1 skipped")
	if h.got("amina") != "" || h.delivery(id, "amina").Reason != "the subscriber has left" {
		t.Errorf("%q, %+v", h.got("amina"), h.delivery(id, "amina"))
	}
}

func TestNextEditionSupersedesWhatIsDeferred(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina", "bakari")
		h.publish("tide")
		h.server.SetFault(at("amina", smtptest.RCPT, "451 4.2.1 busy", smtptest.Proceed, 1))
		first := h.send()
		h.expectEdition(first, "sending, 1 sent, 1 deferred")
		h.publish("clock")
		second := h.send()
		h.expectEdition(second, "sent, 2 sent")
		h.expectEdition(first, "sent, 1 sent, 1 skipped")
		if d := h.delivery(first, "amina"); d.Reason != "superseded by edition "+second || !d.Next.IsZero() {
			t.Errorf("%+v", d)
		}
		if a, b := h.got("amina"), h.got("bakari"); a != "clock tide" || b != "tide; clock" {
			t.Errorf("amina got %q, bakari %q", a, b)
		}
		h.clock.Add(time.Hour)
		h.must(h.Drive(h.ctx))
		if h.got("amina") != "clock tide" || h.served("amina") != 2 {
			t.Errorf("later amina got %q, served %d", h.got("amina"), h.served("amina"))
		}
	})
}

// TestNextEditionWaitsForOneThatIsBeingTried: while the first edition's
// delivery is on its way again, the second must neither end it nor send its
// articles once more.
func TestNextEditionWaitsForOneThatIsBeingTried(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina")
		h.publish("tide")
		h.server.SetFault(at("amina", smtptest.RCPT, "451 4.2.1 busy", smtptest.Proceed, 1))
		first := h.send()
		h.publish("clock")
		second, err := h.SendNow(h.ctx, "weekly", "test")
		h.must(err)
		h.must(h.Compose(h.ctx, second))
		h.clock.Add(5 * time.Minute)
		h.meanwhile(func() { // the first edition's message is at the relay
			open, err := h.OpenRanges(h.ctx)
			if err != nil || len(open) != 1 {
				t.Errorf("%v, %v", open, err)
				return
			}
			if err := h.SendRange(h.ctx, open[0]); err != nil {
				t.Error(err)
			}
			h.expectEdition(second, "sending")
		})
		h.must(h.Retry(h.ctx))
		h.expectEdition(first, "sent, 1 sent")
		h.clock.Add(time.Minute)
		h.must(h.Drive(h.ctx))
		h.expectEdition(second, "sent, 1 sent")
		if got := h.got("amina"); got != "tide; clock" {
			t.Errorf("amina got %q", got)
		}
	})
}

// TestEditionsComeOneAfterTheOther: two that are made at once never carry the
// same article to a person.
func TestEditionsComeOneAfterTheOther(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina", "bakari")
		h.publish("tide")
		var ids []string
		for range 8 {
			id, err := h.SendNow(h.ctx, "weekly", "test")
			h.must(err)
			ids = append(ids, id)
		}
		failed := make(chan error)
		for _, id := range ids {
			go func() { failed <- h.Compose(h.ctx, id) }()
		}
		for range ids {
			h.must(heard(t, failed))
		}
		for range ids {
			h.must(h.Drive(h.ctx))
		}
		states := map[magazine.EditionState]int{}
		for _, id := range ids {
			states[h.edition(id).State]++
		}
		if states[magazine.EditionSent] != 1 || states[magazine.EditionSkipped] != 7 {
			t.Errorf("%v", states)
		}
		for _, name := range h.inOrder() {
			if got := h.got(name); got != "tide" {
				t.Errorf("%s got %q", name, got)
			}
		}
	})
}

// TestNothingNew: what nobody who can be mailed has not had is no edition.
func TestNothingNew(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.publish("tide")
		h.expectNothing("there are no subscribers")
		h.join("amina", "bakari")
		h.expectNothing("all joined after the last article")
		h.publish("clock")
		h.server.SetFault(at("bakari", smtptest.RCPT, "550 5.1.1 unknown", smtptest.Proceed, -1))
		h.expectEdition(h.send(), "sent, 1 sent, 1 failed")
		h.expectNothing("one has it, and the other cannot be mailed")
		h.publish("bell")
		id := h.send()
		h.expectEdition(id, "sent, 1 sent, 1 skipped")
		if e := h.edition(id); e.Articles != 1 {
			t.Errorf("what only one who cannot be mailed has not had makes %d candidates", e.Articles)
		}
		// Somebody follows a section in which nothing has appeared.
		h.must(h.Members.Leave(h.ctx, h.Members.LeaveToken(h.ids["amina"], "weekly")))
		_, err := h.Members.Add(h.ctx, members.Request{Email: "dalia@people.example", Follows: []magazine.Follow{{Kind: magazine.FollowSection, Slug: "sea"}}}, true, false)
		h.must(err)
		h.publishIn("Elsewhere", "odd")
		h.expectNothing("the new article is in a section that nobody follows")
	})
}

func (h *house) expectNothing(why string) {
	h.t.Helper()
	before := len(h.server.Messages())
	id := h.send()
	if e := h.edition(id); e.State != magazine.EditionSkipped || e.Reason != "nothing new" || len(h.server.Messages()) != before {
		h.t.Errorf("%s: %+v", why, e)
	}
}

// TestEverybodyLeavesWhileItIsMade: an edition without people ends, too.
func TestEverybodyLeavesAtTheLastMoment(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina")
	h.publish("tide")
	id, err := h.SendNow(h.ctx, "weekly", "test")
	h.must(err)
	h.must(h.Compose(h.ctx, id))
	h.must(h.Members.Leave(h.ctx, h.Members.LeaveToken(h.ids["amina"], "weekly")))
	h.must(h.Drive(h.ctx))
	h.expectEdition(id, "sent")
}

// TestMessageThatCannotBeMade holds what is left; who got it is served.
func TestMessageThatCannotBeMade(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		look := filepath.Join(filepath.Dir(h.file), "look", "mail")
		h.must(os.MkdirAll(look, 0o700))
		write(t, filepath.Join(look, "digest.txt"), `{{define "closing"}}{{if and (not .Sections) (eq .Subject "tide")}}{{index .Title 1000}}{{end}}{{end}}`) // fails where there is one article only
		config, err := os.ReadFile(h.file)
		h.must(err)
		write(t, h.file, string(config)+"templates: look\n")
		h.reopen()
		h.join("amina", "bakari", "chen")
		h.publish("tide", "clock")
		// A group that arises while the edition goes out is made then.
		h.meanwhile(func() {
			if err := os.Remove(filepath.Join(filepath.Dir(h.file), "pieces", "clock.md")); err != nil {
				t.Error(err)
			}
			if _, err := h.Read(h.ctx, false, nil); err != nil {
				t.Error(err)
			}
		})
		id, err := h.SendNow(h.ctx, "weekly", "test")
		h.must(err)
		h.must(h.Compose(h.ctx, id))
		open, err := h.OpenRanges(h.ctx)
		h.must(err)
		for range 2 { // a job that was there already finds nothing to do
			h.must(h.SendRange(h.ctx, open[0]))
			h.expectEdition(id, "held, 1 sent")
		}
		if e := h.edition(id); !strings.Contains(e.Reason, "its message cannot be made") || !h.log.has("an edition is held") {
			t.Errorf("%q", e.Reason)
		}
		h.clock.Add(time.Hour)
		h.must(h.Drive(h.ctx))
		h.expectEdition(id, "held, 1 sent")
		h.must(os.RemoveAll(look))
		h.must(os.Mkdir(look, 0o700))
		h.reopen() // with the template mended
		h.must(h.TakeOver(h.ctx))
		h.publish("bell")
		h.expectEdition(h.send(), "sent, 3 sent")
		for i, name := range h.inOrder() {
			want := "bell tide"
			if i == 0 {
				want = "clock tide; bell"
			}
			if got := h.got(name); got != want {
				t.Errorf("%s, number %d, got %q", name, i, got)
			}
		}
	})
}

// TestGroupThatCannotBeMade: one group whose message fails holds the edition
// before the first message of any goes.
func TestGroupThatCannotBeMade(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		look := filepath.Join(filepath.Dir(h.file), "look", "mail")
		h.must(os.MkdirAll(look, 0o700))
		write(t, filepath.Join(look, "digest.html"), "{{define \"closing\"}}\n{{with .Lead}}{{if eq .Title \"clock\"}}{{index $.Sections 7}}{{end}}{{end}}{{end}}")
		config, err := os.ReadFile(h.file)
		h.must(err)
		write(t, h.file, string(config)+"templates: look\n")
		h.reopen()
		h.join("amina", "bakari")
		h.write(func(tx *store.Tx) error {
			_, err := tx.Follow(h.ctx, "weekly", h.ids["bakari"], magazine.Follow{Kind: magazine.FollowSection, Slug: "clockwork"})
			return err
		})
		h.publishIn("Clockwork", "clock")
		h.publish("tide")
		id, err := h.SendNow(h.ctx, "weekly", "test")
		h.must(err)
		h.must(h.Drive(h.ctx))
		h.expectEdition(id, "held")
		if e := h.edition(id); !strings.Contains(e.Reason, "mail/digest.html:2: ") || !strings.Contains(e.Reason, "out of range") || !strings.Contains(e.Reason, "{{index $.Sections 7}}") {
			t.Errorf("the reason is %q", e.Reason)
		}
		if got := h.got("amina") + h.got("bakari"); got != "" {
			t.Errorf("somebody got %q", got)
		}
	})
}
