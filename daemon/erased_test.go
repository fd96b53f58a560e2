package daemon_test

import (
	"context"
	"strings"
	"testing"

	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
	"postrider/store"
)

// Of one who is erased while a message to them is on its way, and turned away, the
// address does not come back into the database, and what was written is swept up.
func TestErasedWhileAMessageIsTurnedAway(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := returning(t, engine)
		h.join("amina", "badr")
		h.publish("tides")
		erase := func(step smtptest.Step, to string) (string, smtptest.Action) {
			if step != smtptest.RCPT || to != "amina@people.example" {
				return "", smtptest.Proceed
			}
			if err := h.Members.Erase(context.Background(), h.ids["amina"]); err != nil {
				t.Error(err)
			}
			return "550 5.1.1 <amina@people.example>: no such user", smtptest.Proceed
		}
		h.server.SetFault(erase)
		h.send()
		h.server.SetFault(nil)
		if why, err := h.Store.Suppressed(h.ctx, "amina@people.example"); why != "" || err != nil {
			t.Errorf("suppressed: %q, %v", why, err)
		}
		if wait, err := h.Members.Forget(h.ctx, h.ids["amina"]); wait != 0 || err != nil { // as the job does that was made
			t.Error(wait, err)
		}
		if list, err := h.Store.DeliveriesTo(h.ctx, h.ids["amina"]); err != nil || len(list) != 1 || list[0].Email+list[0].Reply != "" {
			t.Errorf("deliveries %+v, %v", list, err)
		}
	})
}

// What comes back after its person was erased is kept without what quotes them.
func TestComingBackAfterErasing(t *testing.T) {
	t.Parallel()
	h := returning(t, "sqlite")
	h.join("amina")
	h.publish("tides")
	h.send()
	sent := h.last("amina")
	h.must(h.Members.Erase(h.ctx, h.ids["amina"]))
	h.take(sent.From, bounceOf(sent, "5.1.1", "550 5.1.1 <amina@people.example>: no such user"))
	n := 0
	h.must(h.Store.EachReturn(h.ctx, store.ReturnFilter{}, func(r store.Return) error {
		if n++; r.Effect != store.ReturnIgnored || strings.Contains(r.Email+r.Diagnostic+r.Detail, "amina") {
			t.Errorf("kept is %+v", r)
		}
		return nil
	}))
	if n != 1 {
		t.Errorf("%d came back", n)
	}
	if _, err := h.Store.Subscriber(h.ctx, h.ids["amina"]); magazine.CodeOf(err) != magazine.NotFound {
		t.Error(err)
	}
}
