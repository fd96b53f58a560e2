package daemon_test

import (
	"fmt"
	"strings"
	"testing"

	smtptest "postrider/internal/posttest/smtp"
)

// TestRefusedInARow: twenty messages that are refused in a row, with one code and in
// three domains, hold the edition, and no address is blamed; released, it goes on
// with the others. Fewer domains, a message that is taken between, or another code
// do not.
func TestRefusedInARow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		domains int
		reply   func(n int) string // to message n, from 1; empty: it is taken
		held    bool
	}{
		{"three domains", 3, func(int) string { return "554 5.7.1 spam" }, true},
		{"two domains", 2, func(int) string { return "554 5.7.1 spam" }, false},
		{"one is taken", 3, func(n int) string {
			if n == 15 {
				return ""
			}
			return "554 5.7.1 spam"
		}, false},
		{"another code", 3, func(n int) string { return fmt.Sprintf("554 5.7.%d spam", n/15) }, false},
		{"about the people", 3, func(int) string { return "552 5.2.2 full" }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := build(t, "sqlite")
			for i := range c.domains {
				h.joinAt(fmt.Sprintf("domain%d.example", i), 30/c.domains)
			}
			h.publish("tide")
			n := 0
			h.server.SetFault(func(now smtptest.Step, _ string) (string, smtptest.Action) {
				if now != smtptest.End {
					return "", smtptest.Proceed
				}
				n++
				return c.reply(n), smtptest.Proceed
			})
			id := h.send()
			e := h.edition(id)
			if !c.held {
				if e.State == "held" || n != 30 {
					t.Errorf("%s after %d messages: %s", e.State, n, e.Reason)
				}
				return
			}
			h.expectEdition(id, "held, 20 failed")
			if n != 20 || !strings.HasPrefix(e.Reason, "20 messages in a row were refused with 554 5.7.1: ") || !h.log.has("an edition is held") {
				t.Errorf("%d messages, %q", n, e.Reason)
			}
			h.server.SetFault(nil)
			_, err := h.Release(h.ctx, id, "noor")
			h.must(err)
			h.must(h.Drive(h.ctx))
			h.expectEdition(id, "sent, 10 sent, 20 failed")
			h.publish("clock")
			h.expectEdition(h.send(), "sent, 30 sent")
		})
	}
}
