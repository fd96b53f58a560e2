package daemon_test

import (
	"testing"

	smtptest "postrider/internal/posttest/smtp"
	"postrider/members"
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
