package daemon_test

import (
	"net/smtp"
	"net/textproto"
	"regexp"
	"strings"
	"testing"
	"time"

	"postrider/internal/posttest"
	smtptest "postrider/internal/posttest/smtp"
	"postrider/mailer"
)

var takesAt = regexp.MustCompile(`taking mail that comes back.* address=(\S+)`)

// listens waits until the daemon takes mail that comes back, and tells where.
func (h *house) listens() string {
	h.t.Helper()
	var address string
	h.eventually("the listener", func() bool {
		h.log.mu.Lock()
		defer h.log.mu.Unlock()
		m := takesAt.FindStringSubmatch(h.log.text.String())
		if m != nil {
			address = m[1]
		}
		return m != nil
	})
	return address
}

// eventually waits for what comes in its own time.
func (h *house) eventually(what string, come func() bool) {
	h.t.Helper()
	for ctx := deadline(h.t); !come(); {
		select {
		case <-ctx.Done():
			h.t.Fatalf("%s does not come; logged: %s", what, h.log.text.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// A daemon that serves takes what comes back, and refuses all else.
func TestListenerOfTheDaemon(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := returning(t, engine, "listen: 127.0.0.1:0")
		h.join("amina", "bakari")
		m := h.sendNew("tide", "amina")
		serve(t, h.Daemon)
		at := h.listens()
		for range 2 { // a sender that lost our answer sends it again
			h.must(smtp.SendMail(at, nil, "", []string{m.From}, []byte(bounceOf(m, "5.1.1", unknownUser))))
		}
		h.expect("came back", h.returned(), "bounce hard amina suppressed")
		forged := strings.Replace(m.From, "+d", "+da", 1)
		for _, to := range []string{forged, "bakari@people.example"} {
			if err := smtp.SendMail(at, nil, "", []string{to}, []byte(bounceOf(m, "5.1.1", unknownUser))); err == nil || !strings.HasPrefix(err.Error(), `550 "5.1.1`) {
				t.Errorf("%s: %v", to, err)
			}
		}
		h.expect("refused", h.refused(), "smtp forged 1")
	})
}

// What a real Postfix makes of a mailbox that does not exist.
func TestPostfixSendsItBack(t *testing.T) {
	t.Parallel()
	relay := posttest.RealMailServer(t)
	relay.Mailbox.SetFault(at("amina", smtptest.RCPT, "550 5.1.1 nobody here", smtptest.Proceed, -1))
	h := returning(t, "sqlite", "listen: 127.0.0.1:0", "protocol: lmtp")
	relays, err := mailer.NewRelays("test.example", h.clock.Now, mailer.Relay{Name: "postfix", Address: relay.Addr, TLS: mailer.TLSNone})
	h.must(err)
	h.SetTransport(relays)
	h.join("amina", "bakari")
	h.publish("tide")
	h.expectEdition(h.send(), "sent, 2 sent")
	var back smtptest.Message
	for _, m := range relay.Messages(t, 2) {
		if strings.HasPrefix(m.To, "bounces+") {
			back = m
		}
	}
	if back.To == "" {
		t.Fatal("nothing came back")
	}
	serve(t, h.Daemon)
	deliverLMTP(t, h.listens(), back.To, back.Raw)
	h.expect("came back", h.returned(), "bounce hard amina suppressed")
	d := h.delivery(h.edition(h.delivery("", "amina").Edition).ID, "amina")
	h.expect("delivery", string(d.State)+" "+d.Enhanced+" "+d.Relay, "failed 5.1.1 postfix")
}

// deliverLMTP hands a message over by LMTP, which net/smtp does not speak.
func deliverLMTP(t *testing.T, address, to string, raw []byte) {
	t.Helper()
	c, err := textproto.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	say := func(line string, want int) {
		t.Helper()
		if line != "" {
			c.PrintfLine("%s", line)
		}
		if _, _, err := c.ReadResponse(want); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	say("", 220)
	say("LHLO mx.test", 250)
	say("MAIL FROM:<>", 250)
	say("RCPT TO:<"+to+">", 250)
	say("DATA", 354)
	w := c.DotWriter()
	w.Write(raw)
	w.Close()
	say("", 250)
	say("QUIT", 221)
}
