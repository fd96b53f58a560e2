package daemon_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
	"postrider/members"
	"postrider/templates"
)

// An owner whose address was refused once is tried again, and the log names them.
func TestOwnerWhoseAddressIsRefused(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.owner("noor", "")
	h.join("amina")
	h.publish("tide")
	id, err := h.SendNow(h.ctx, "weekly", "test")
	h.must(err)
	h.must(h.HoldNow(h.ctx, id))
	if waits, err := h.Store.JobWaits(h.ctx, "tell", members.TroubleArgs{}.Kind()); err != nil || !waits {
		t.Errorf("what tells may call relays that hang, and is to keep no confirmation waiting: %v", err)
	}
	h.server.SetFault(at("", smtptest.RCPT, "550 5.7.1 not today", smtptest.Proceed, -1))
	h.looks()
	h.expectTold("noor")
	h.server.SetFault(nil)
	h.looks()
	if got := h.subjects("noor@people.example"); len(got) != 1 {
		t.Errorf("noor got %q", got)
	}
}

// A trouble that began days before anybody looked is told though its first mail is put
// off, and is given up once its mails have been put off for days.
func TestOldTroubleWhoseMailIsPutOff(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.owner("noor", "")
		h.publish("tide")
		h.looks()
		pieces := filepath.Join(filepath.Dir(h.file), "pieces")
		h.must(os.Rename(pieces, pieces+"-aside"))
		h.clock.Add(4 * 24 * time.Hour)
		h.reopen() // nothing ran meanwhile
		h.looks()
		h.server.SetFault(at("noor", smtptest.RCPT, "451 4.2.1 later", smtptest.Proceed, -1))
		h.reads(70)
		h.expectTold("noor")
		for range 8 {
			h.clock.Add(6 * time.Hour)
			h.looks()
		}
		if untold, err := h.Store.Untold(h.ctx); err != nil || len(untold) != 1 {
			t.Errorf("it is given up: %q, %v", untold, err)
		}
		h.server.SetFault(nil)
		h.looks()
		if got := h.subjects("noor@people.example"); len(got) != 1 {
			t.Errorf("noor got %q", got)
		}
		h.server.SetFault(at("noor", smtptest.RCPT, "451 4.2.1 later", smtptest.Proceed, -1))
		h.must(os.Rename(pieces+"-aside", pieces))
		h.reads(10)
		if untold, err := h.Store.Untold(h.ctx); err != nil || len(untold) != 1 {
			t.Errorf("that it is over is tried no more: %q, %v", untold, err)
		}
		h.comes(h.clock.Now().Add(4 * 24 * time.Hour))
		h.looks()
		if untold, err := h.Store.Untold(h.ctx); err != nil || len(untold) != 0 {
			t.Errorf("it is tried still: %q, %v", untold, err)
		}
	})
}

// Whose mail about what has gone wrong was refused is shown to who looks at the desk,
// with the relay's words, in their language: until they are told, and still for a while
// where it is tried no more.
func TestTodayShowsWhoIsNotTold(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.rewrite("mail:\n", "mail:\n  admins: [night@harbour.example]\n")
		h.reopen()
		h.owner("noor", "")
		h.join("amina")
		shown := func() (all []string) {
			t.Helper()
			messages, err := (*templates.Files)(nil).Messages()
			h.must(err)
			list, err := h.Problems(h.ctx)
			h.must(err)
			for _, p := range list {
				if !strings.HasPrefix(p.What.Message, "desk.problem.untold") {
					continue
				}
				for _, language := range []string{"en", "fr", "ar"} {
					w := messages.In(language, language)
					text := p.What.Say(w, h.clock.Now(), time.UTC) + " " + p.Mend.Say(w, h.clock.Now(), time.UTC)
					if strings.Contains(text, "desk.problem") || !strings.Contains(text, "not today") {
						t.Errorf("%s: %s", language, text)
					}
				}
				all = append(all, fmt.Sprint(p.What.Args[1], " ", p.What.Args[3], " ", p.Path))
			}
			return all
		}
		expect := func(when string, want ...string) {
			t.Helper()
			got := shown()
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", when, got, want)
			}
		}
		hold := func() {
			t.Helper()
			h.publish(magazine.NewID())
			id, err := h.SendNow(h.ctx, "weekly", "test")
			h.must(err)
			h.must(h.HoldNow(h.ctx, id))
		}
		hold()
		expect("before anything")
		h.server.SetFault(at("", smtptest.RCPT, "550 5.7.1 not today", smtptest.Proceed, -1))
		h.looks()
		page := "/desk/people/" + h.idOf("noor") + "/"
		expect("refused", "night@harbour.example 1 ", "noor@people.example 1 "+page)
		hold()
		h.looks()
		expect("another", "night@harbour.example 2 ", "noor@people.example 2 "+page)
		h.server.SetFault(at("", smtptest.RCPT, "550 5.7.1 not today", smtptest.Proceed, 1))
		h.looks() // one of the two is reached
		if got := shown(); len(got) != 1 {
			t.Errorf("one was reached: %q", got)
		}
		h.looks()
		expect("both are reached")
		h.server.SetFault(at("", smtptest.RCPT, "550 5.7.1 not today", smtptest.Proceed, -1))
		hold()
		h.looks()
		h.comes(h.clock.Now().Add(4 * 24 * time.Hour))
		h.looks() // given up
		if untold, err := h.Store.Untold(h.ctx); err != nil || len(untold) > 0 {
			t.Errorf("it is tried still: %q, %v", untold, err)
		}
		expect("given up", "night@harbour.example 1 ", "noor@people.example 1 "+page)
	})
}

// idOf is the id of somebody at people.example.
func (h *house) idOf(name string) string {
	h.t.Helper()
	p, err := h.Store.SubscriberByEmail(h.ctx, name+"@people.example")
	h.must(err)
	return p.ID
}
