package mailer

import (
	"bytes"
	"fmt"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"

	"postrider/internal/posttest"
)

// A digest goes through each of Debian's mail servers, pipelined where that is
// offered and in lockstep, and arrives in a Dovecot mailbox as it left: the same
// bytes below what the servers put on top, with signatures that hold.
func TestArrivesThroughRealServers(t *testing.T) {
	people := []netmail.Address{
		{Name: "Amina", Address: "amina@lamu.test"},
		{Name: "أمينة بنت سليم", Address: "salim@lamu.test"},
		{Name: `Dhow, "Mina" O'Neill`, Address: "mina@lamu.test"},
		{Name: strings.Repeat("Amina of the Long  Name, ", 8), Address: "long@lamu.test"},
		{Name: ".", Address: "dot@lamu.test"},
	}
	var addresses []string
	for _, p := range people {
		addresses = append(addresses, p.Address)
	}
	mailboxes := posttest.RealMailboxes(t, addresses...)
	l := digest()
	l.Text = "NAME\n.\n..\n.NAME\nFrom  the harbour \t\n\n" + strings.Repeat("long ", 500) + "\n" + strings.Repeat("x", 5000) + "\n.\n"
	l.HTML = "<p>Dear NAME, " + strings.Repeat("é ", 3000) + "\n.<p dir=rtl>أخبار الميناء\n.\n"
	var records map[string]string
	l.Signers, records = signersFor(t, "harbour.example", KeyRSA, KeyEd25519)
	compiled, err := l.Compile("NAME")
	if err != nil {
		t.Fatal(err)
	}
	came := map[string]int{} // messages in a mailbox
	for _, server := range posttest.MailServers {
		for _, lockstep := range []bool{false, true} {
			if server == "OpenSMTPD" && lockstep {
				continue // it never offers the other
			}
			t.Run(fmt.Sprintf("%s lockstep=%t", server, lockstep), func(t *testing.T) {
				s := posttest.MailServerTo(t, server, mailboxes, lockstep)
				relay := Relay{Name: "main", Address: s.Addr, TLS: TLSStart, TLSConfig: s.TLSConfig()}
				if relay.TLSConfig == nil {
					relay.TLS = TLSNone
				}
				c := opened(t, newRelays(t, relay))
				if got, want := c.(*conversation).link.pipelines, !lockstep && server != "OpenSMTPD"; got != want {
					t.Errorf("the conversation is pipelined: %t, want %t", got, want)
				}
				var parcels []*Parcel
				for i, p := range people {
					r := l.Recipient
					r.To, r.MessageID = p, fmt.Sprintf("%s-%t.%d@harbour.example", server, lockstep, i)
					parcels = append(parcels, compiled.For(r, []string{p.Name}, []string{p.Name}))
				}
				for i, p := range parcels {
					var next *Parcel
					if i+1 < len(parcels) {
						next = parcels[i+1]
					}
					mustBeSent(t, c.Send(t.Context(), p, next))
				}
				for _, p := range parcels {
					came[p.To.Address]++
					arrived(t, p, mailboxes.Messages(t, p.To.Address, came[p.To.Address]), server, records)
				}
			})
		}
	}
}

// arrived checks that the last of a person's messages is the one that was sent,
// and that it came once and through the server.
func arrived(t *testing.T, p *Parcel, all [][]byte, server string, records map[string]string) {
	t.Helper()
	var b bytes.Buffer
	if _, err := p.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	sent := b.Bytes()
	for i, m := range all {
		if bytes.HasSuffix(m, sent) != (i == len(all)-1) {
			t.Errorf("message %d of %d to %s came as\n%s\nthe last one was sent as\n%s", i+1, len(all), p.To.Address, m, sent)
		}
	}
	last := all[len(all)-1]
	if !slices.ContainsFunc(bytes.Split(last[:len(last)-len(sent)], []byte("\r\nReceived:")), func(header []byte) bool {
		return bytes.Contains(header, []byte("by mx.test")) && bytes.Contains(header, []byte("("+server))
	}) {
		t.Errorf("it came by another way:\n%s", last)
	}
	verified(t, last, records, 2)
}
