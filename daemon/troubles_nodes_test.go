package daemon_test

import (
	"strings"
	"testing"
	"time"

	smtptest "postrider/internal/posttest/smtp"
	"postrider/mailer"
	"postrider/store"
)

// goesOn checks which troubles go on.
func (h *house) goesOn(when string, want ...string) {
	h.t.Helper()
	var got []string
	h.must(h.Store.Read(h.ctx, func(tx *store.Tx) error {
		all, err := tx.OpenTroubles(h.ctx)
		for _, t := range all {
			got = append(got, string(t.Kind)+" "+t.Ref)
		}
		return err
	}))
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		h.t.Errorf("%s: %q go on, want %q", when, got, want)
	}
}

// found has a node find that a relay takes no mail, so long ago.
func (h *house) found(node, relay string, ago time.Duration) {
	h.t.Helper()
	h.write(func(tx *store.Tx) error {
		return tx.PutRelayDown(h.ctx, store.RelayDown{Relay: relay, Node: node, Since: tx.Now.Add(-ago), Reason: "gone"})
	})
}

func (h *house) beats(node string) {
	h.t.Helper()
	h.write(func(tx *store.Tx) error { return tx.Beat(h.ctx, node) })
}

// A schedule that makes no edition is late until it does: a restart does not end that.
func TestScheduleStaysLate(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.owner("noor", "")
	h.step()
	h.comes(friday.Add(-time.Minute))
	h.step()
	h.looks()
	h.comes(friday.Add(6 * time.Minute))
	h.looks()
	h.goesOn("late", "late weekly/main")
	h.reopen()
	h.looks()
	h.goesOn("after a restart", "late weekly/main")
	if got := h.subjects("noor@people.example"); len(got) != 1 {
		t.Errorf("noor got %q", got)
	}
	h.step()
	h.looks()
	h.goesOn("once it has made one")
}

// A node ends no trouble of what its configuration does not have, while another lives
// that may know it; alone, it does, and tells nobody that it is well.
func TestNodeEndsWhatItKnows(t *testing.T) {
	t.Parallel()
	h := build(t, "postgres")
	h.owner("noor", "")
	h.relays(mailer.Relay{Name: "main", Address: h.server.Addr()}, mailer.Relay{Name: "spare", Address: h.server.Addr()})
	h.beats("node-a")
	h.found("node-a", "spare", 11*time.Minute)
	h.must(h.LookForTroubles(h.ctx))
	h.told()
	h.goesOn("begun", "relay spare")
	other := h.second() // has no such relay
	h.must(other.LookForTroubles(h.ctx))
	h.goesOn("of another node", "relay spare")
	h.relays(mailer.Relay{Name: "main", Address: h.server.Addr()})
	h.clock.Add(time.Minute)
	h.looks()
	h.goesOn("alone")
	h.expectTold("noor", "A relay takes no mail: spare")
	h.must(h.Store.Read(h.ctx, func(tx *store.Tx) error {
		if down, err := tx.RelaysDown(h.ctx); err != nil || len(down) > 0 {
			t.Errorf("%+v, %v", down, err)
		}
		return nil
	}))
}

// What a node has found of a relay counts when it has ended, until another has called
// that relay: that nobody looks does not make it take mail.
func TestNodeLeavesRelayDown(t *testing.T) {
	t.Parallel()
	h := build(t, "postgres")
	h.relays(mailer.Relay{Name: "main", Address: h.server.Addr()})
	h.server.SetFault(at("", smtptest.MAIL, "421 4.3.2 gone for lunch", smtptest.Close, -1))
	h.beats("node-a")
	h.found("node-a", "main", 11*time.Minute)
	h.must(h.LookForTroubles(h.ctx))
	h.goesOn("begun", "relay main")
	h.write(func(tx *store.Tx) error { return tx.Leave(h.ctx, "node-a") })
	h.must(h.LookForTroubles(h.ctx))
	h.goesOn("when the node has left", "relay main")
	h.must(h.LookAtRelays(h.ctx))
	h.must(h.LookForTroubles(h.ctx))
	h.goesOn("when another has called it", "relay main")
	h.must(h.Store.Read(h.ctx, func(tx *store.Tx) error {
		down, err := tx.RelaysDown(h.ctx)
		if err != nil || len(down) != 1 || down[0].Node == "node-a" || tx.Now.Sub(down[0].Since) < 11*time.Minute {
			t.Errorf("%+v, %v", down, err)
		}
		return nil
	}))
	h.server.SetFault(nil)
	h.clock.Add(20 * time.Minute)
	h.must(h.LookAtRelays(h.ctx))
	h.must(h.LookForTroubles(h.ctx))
	h.goesOn("when it takes mail")
}
