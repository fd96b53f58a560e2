package daemon_test

import (
	"strings"
	"testing"
	"time"

	smtptest "postrider/internal/posttest/smtp"
	"postrider/mailer"
)

// A relay that answers, and fails at a message's text alone, cannot be asked whether it
// works. Who is told that it takes no mail is told by another, where there is one.
func TestRelayThatFailsAtMessagesIsToldByAnother(t *testing.T) {
	h := build(t, "sqlite")
	second := smtptest.Start(t, smtptest.Options{})
	h.relays(mailer.Relay{Name: "main", Address: h.server.Addr()}, mailer.Relay{Name: "second", Address: second.Addr()})
	h.owner("noor", "")
	h.failsAtMessages()
	h.pass(12 * time.Minute)
	if got := h.server.Messages(); len(got) != 0 {
		t.Errorf("told by itself: %q", h.subjects("noor@people.example"))
	}
	all := second.Messages()
	if len(all) != 4 || header(t, all[3].Raw, "Subject") != "A relay takes no mail: main" {
		t.Fatalf("the other got %d messages", len(all))
	}
	h.pass(30 * time.Minute)
	if n := len(second.Messages()) + len(h.server.Messages()); n != 4 {
		t.Errorf("%d messages in all", n)
	}
}

// Where there is no other, the mail says that this relay took it, and not that it takes
// none; that it is well again is known by the same, and told in no mail of its own.
func TestRelayThatFailsAtMessagesIsToldByItself(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.relays(mailer.Relay{Name: "main", Address: h.server.Addr()})
		h.owner("noor", "")
		h.failsAtMessages()
		h.pass(12 * time.Minute)
		h.expectTold("noor", "A relay fails at some mail: main")
		for _, m := range h.server.Messages() {
			if text := plain(t, m.Raw); m.To == "noor@people.example" && (!strings.Contains(text, "gone for lunch") || !strings.Contains(text, "took this mail") || strings.Contains(text, "takes no mail")) {
				t.Errorf("the mail:\n%s", text)
			}
		}
		h.server.SetFault(nil)
		h.pass(5 * time.Minute)
		h.expectTold("noor", "A relay fails at some mail: main")
	})
}

// failsAtMessages has the relay main fail at the text of three messages in a row, which
// is no fault of these any more.
func (h *house) failsAtMessages() {
	h.t.Helper()
	h.join("amina")
	h.server.SetFault(at("amina", smtptest.DATA, "421 4.3.2 the filter is gone for lunch", smtptest.Close, -1))
	for _, slug := range []string{"tide", "clock", "bell"} {
		h.publish(slug)
		h.send()
		h.clock.Add(time.Minute)
	}
}
