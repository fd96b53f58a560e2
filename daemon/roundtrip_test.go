package daemon_test

import (
	"strings"
	"testing"

	"postrider/internal/posttest"
	"postrider/mailer"
)

// The whole way: each of Debian's mail servers takes a digest for an address that
// does not exist, and one for a mailbox that does. Its report goes to the return
// path, which is a mailbox of Dovecot's, and is fetched from there.
func TestRealServersSendItBack(t *testing.T) {
	t.Parallel()
	for _, server := range posttest.MailServers {
		t.Run(server, func(t *testing.T) {
			box := posttest.RealMailboxes(t, mailboxUser, "bakari@people.example")
			relay := posttest.MailServerTo(t, server, box, false)
			h := mailboxHouse(t, "sqlite", box, box.IMAP, "none", posttest.MailboxPassword)
			to := mailer.Relay{Name: "main", Address: relay.Addr, TLS: mailer.TLSNone}
			relays, err := mailer.NewRelays("test.example", h.clock.Now, to)
			h.must(err)
			h.SetTransport(relays)
			h.join("amina", "bakari")
			h.publish("tide")
			h.expectEdition(h.send(), "sent, 2 sent")
			serve(t, h.Daemon)
			h.eventually("the report of "+server, func() bool { return h.returned() != "" })
			h.expect("came back", h.returned(), "bounce hard amina suppressed")
			d := h.delivery("", "amina")
			if d.State != "failed" || d.Relay != "main" || !strings.Contains(d.Reply, "550") {
				t.Errorf("delivery %+v", d)
			}
			h.expect("bakari", h.suppressed("bakari")+string(h.delivery("", "bakari").State), "sent")
		})
	}
}
