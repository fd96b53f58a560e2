package mailer

import (
	"net/mail"
	"testing"
	"time"

	"postrider/internal/posttest"
	smtptest "postrider/internal/posttest/smtp"
)

// What failed is down until it takes mail again, which is found out without any: not
// while it rests, and not where it failed at a text, which no call can tell of.
func TestDown(t *testing.T) {
	clock := posttest.NewClock(posttest.Start)
	sender := mail.Address{Address: "letters@harbour.example"}
	for _, c := range []struct {
		name  string
		step  smtptest.Step
		fault string
		down  bool // by one message
	}{
		{"at EHLO", smtptest.EHLO, "421 4.3.2 gone for lunch", true},
		{"at the sender", smtptest.MAIL, "451 4.3.0 no room", true},
		{"at the recipient", smtptest.RCPT, "550 5.1.1 unknown", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := smtptest.Start(t, smtptest.Options{Fault: smtptest.At(c.step, c.fault, smtptest.Proceed)})
			rs, err := NewRelays("sender.example", clock.Now, relayTo(s, TLSNone))
			if err != nil {
				t.Fatal(err)
			}
			defer rs.Close()
			if rs.Works("main") {
				t.Error("it works before it was tried")
			}
			since := clock.Now()
			if conversation, err := rs.Open(t.Context(), Urgent); err == nil {
				send(t.Context(), conversation, digest())
				conversation.Close()
			}
			down := rs.Down()
			if c.down != (len(down) == 1) || c.down && (!down[0].Since.Equal(since) || down[0].Relay != "main") {
				t.Fatalf("down: %+v", down)
			}
			if !c.down {
				return
			}
			if rs.Probe(t.Context(), "main", sender) {
				t.Error("it was called while it rests")
			}
			clock.Add(time.Hour)
			if rs.Probe(t.Context(), "main", sender) || len(rs.Down()) != 1 || !rs.Down()[0].Since.Equal(since) {
				t.Errorf("called while it fails: %+v", rs.Down())
			}
			s.SetFault(nil)
			clock.Add(time.Hour)
			if !rs.Probe(t.Context(), "main", sender) || len(rs.Down()) != 0 || !rs.Works("main") || len(s.Messages()) != 0 {
				t.Errorf("called when it works: %+v, %d messages", rs.Down(), len(s.Messages()))
			}
		})
	}
}
