package daemon_test

import (
	"os"
	"strings"
	"testing"
	"time"

	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
)

// One who comes back from a long pause makes old articles count towards the
// minimum of everybody.
func TestMinimumOfWhatIsNew(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.set("minimum_articles: 3")
	h.join("amina", "bakari")
	until := h.clock.Now().Add(time.Hour)
	h.pauses(until, false, "amina")
	h.publish("a1", "a2", "a3")
	h.send()
	h.clock.Set(until)
	h.step()
	h.publish("b1")
	id := h.send()
	if e := h.edition(id); e.State != magazine.EditionSkipped || strings.HasSuffix(h.got("bakari"), "; b1") {
		t.Errorf("%+v; bakari got %q", e, h.got("bakari"))
	}
}

// An edition is under way to the readers of main when the daemon is started anew
// with a configuration in which daily, which others have, is gone: it lets nobody
// in whom the edition has gone past.
func TestAudienceIsFixed(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	before, err := os.ReadFile(h.file)
	h.must(err)
	h.frequently()
	h.join("amina", "bakari", "chen", "dalia")
	order := h.inOrder()
	h.changes("daily", order[0])
	h.publish("tide")
	h.clock.Set(friday)
	n := 0
	h.server.SetFault(func(now smtptest.Step, _ string) (string, smtptest.Action) {
		if now == smtptest.RCPT {
			if n++; n > 1 {
				return "421 4.3.2 shutting down", smtptest.Proceed
			}
		}
		return "", smtptest.Proceed
	})
	h.step()
	write(t, h.file, string(before))
	h.server.SetFault(nil)
	h.reopen()
	for range 20 {
		h.clock.Add(2 * time.Minute)
		h.step()
	}
	h.send()
	for _, name := range order {
		if h.got(name) == "" {
			t.Errorf("%s never got it", name)
		}
	}
}

// Somebody whose delivery was skipped because they had paused leaves and joins
// again: the latest edition comes all the same.
func TestJoiningAgainAfterASkip(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.set("on_join: latest")
	h.asks("amina")
	h.join("bakari")
	h.pauses(h.clock.Now().Add(time.Hour), false, "amina")
	h.publish("tide")
	id := h.send()
	h.expectEdition(id, "sent, 1 sent, 1 skipped")
	h.clock.Add(time.Minute)
	h.must(h.Members.Leave(h.ctx, h.Members.LeaveToken(h.ids["amina"], "weekly")))
	h.asks("amina")
	h.step()
	h.send()
	if h.got("amina") != "tide" {
		t.Errorf("amina got %q", h.got("amina"))
	}
}

// Somebody leaves and joins again while their delivery waits to be tried again:
// it still comes.
func TestJoiningAgainWhileDeferred(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.set("on_join: latest")
	h.asks("amina")
	h.publish("tide")
	h.server.SetFault(at("amina", smtptest.RCPT, "451 4.2.1 busy", smtptest.Proceed, 1))
	id := h.send()
	h.expectEdition(id, "sending, 1 deferred")
	h.clock.Add(time.Minute)
	h.must(h.Members.Leave(h.ctx, h.Members.LeaveToken(h.ids["amina"], "weekly")))
	h.asks("amina")
	h.clock.Add(time.Hour)
	h.step()
	h.send()
	if h.got("amina") != "tide" {
		t.Errorf("amina got %q", h.got("amina"))
	}
}
