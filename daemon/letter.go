package daemon

import (
	"net/mail"
	"strings"

	"postrider/digests"
	"postrider/magazine"
	"postrider/mailer"
)

// letter is one person's message.
func (d *Daemon) letter(e *magazine.Edition, m *digests.Mail, p magazine.Subscriber, id string) *mailer.Message {
	leave := d.Publication.Link("/leave/" + d.Members.LeaveToken(p.ID, e.Newsletter))
	subject, html, text := m.For(digests.Person{Email: p.Email, Name: p.Name, UnsubscribeURL: leave})
	return &mailer.Message{
		MessageID: id, From: d.config.Mail.From, ReplyTo: d.config.Mail.ReplyTo, To: mail.Address{Name: p.Name, Address: p.Email},
		Subject: subject, HTML: html, Text: text, Date: d.now().In(d.Publication.Zone), ListID: e.Newsletter + "." + d.mailDomain(),
		UnsubscribeURL: leave, Language: d.Publication.Language,
	}
}

// messageID is made from edition and subscriber, so that a repeat carries the
// same one and mailboxes drop it.
func (d *Daemon) messageID(edition, subscriber string) string {
	return edition + "." + subscriber + "@" + d.mailDomain()
}

// mailDomain is the domain that our mail comes from.
func (d *Daemon) mailDomain() string {
	from := mail.Address(d.config.Mail.From).Address
	return strings.ToLower(from[strings.LastIndexByte(from, '@')+1:])
}
