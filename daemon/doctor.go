package daemon

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/mail"
	"strings"
	"time"

	"postrider/config"
	"postrider/magazine"
	"postrider/mailer"
	"postrider/mailer/doctor"
)

// ExamineMail looks over how mail leaves and what the DNS says of it, and sends
// nothing. It needs no database. The configuration is a checked one.
func ExamineMail(ctx context.Context, c *config.Config, dns doctor.DNS, now time.Time) ([]doctor.Finding, error) {
	keys, wrong := signers(&c.Mail)
	if len(wrong) > 0 {
		return nil, config.Mistakes(wrong)
	}
	from := c.Mail.SenderDomain()
	o := doctor.Options{From: from, ReturnPath: c.Mail.ReturnDomain(), Signers: keys, Leave: publication(c).Link("/leave/"), DNS: dns, Now: now}
	var found []doctor.Finding
	switch {
	case from == "":
		return nil, magazine.Errorf(magazine.Invalid, "the configuration has no mail.from, so no mail leaves; write one, such as letters@your.domain")
	case c.Mail.Outbox != "":
		found = append(found, doctor.Finding{About: "mail.outbox", Level: doctor.Warning, Text: "messages become files in " + c.Mail.Outbox + "; relays are not used, and were not looked at", Mend: "remove mail.outbox to send"})
	case len(c.Mail.Relays) == 0:
		found = append(found, doctor.Finding{About: "mail.relays", Level: doctor.Wrong, Text: "there is no relay, so no mail leaves", Mend: "name one under mail.relays"})
	default:
		o.Relays = relays(c.Mail)
	}
	return append(found, doctor.Examine(ctx, o)...), nil
}

const testWait = 3 * time.Minute // for all test messages

// SendTest sends one message to each address as a newsletter would be sent, and
// tells what the relay said. Nothing is recorded, and nothing is tried again.
func SendTest(ctx context.Context, c *config.Config, to []mail.Address, now func() time.Time) ([]doctor.Finding, error) {
	keys, wrong := signers(&c.Mail)
	if len(wrong) > 0 {
		return nil, config.Mistakes(wrong)
	}
	way, err := transport(c.Mail, now)
	if err != nil {
		return nil, err
	}
	if idle, ok := way.(io.Closer); ok {
		defer idle.Close()
	}
	ctx, cancel := context.WithTimeout(ctx, testWait)
	defer cancel()
	p := publication(c)
	m := mailer.Message{From: c.Mail.From, ReplyTo: c.Mail.ReplyTo, Subject: "Test: " + p.Title, Language: "en", Signers: keys,
		ListID: "test." + c.Mail.SenderDomain(), Text: testWords(p)}
	var found []doctor.Finding
	for _, one := range to {
		at := now().In(p.Zone)
		message := m.For(mailer.Recipient{MessageID: "test." + magazine.NewID() + "@" + c.Mail.SenderDomain(), To: one, Date: at, UnsubscribeURL: p.Link("/leave/test"), ReturnPath: c.Mail.Returns.Address})
		f := doctor.Finding{About: "test message to " + one.Address, Level: doctor.OK}
		switch r := mailBy(ctx, ctx, way, message, now()); r.State {
		case mailer.Sent:
			f.Text = "the relay " + r.Relay + " took it: " + cmp.Or(r.Reply, "as a file")
		default:
			f.Level, f.Text, f.Mend = doctor.Wrong, r.Relay+": "+r.Reason, "see docs/relays.md, When something fails"
			if r.Reply != "" {
				f.Text += fmt.Sprintf(" (%s)", strings.TrimSpace(r.Reply))
			}
		}
		found = append(found, f)
	}
	return found, nil
}

func testWords(p *magazine.Publication) string {
	return fmt.Sprintf(`This is a test message of %s, sent by postrider doctor mail.

It has come to you by the way that newsletters take. Look at its headers: your
mail provider writes Authentication-Results among them, which should have
spf=pass or dkim=pass, and dmarc=pass. Its link to unsubscribe leads nowhere.

-- 
%[1]s
%[2]s
`, p.Title, p.Link("/"))
}
