package daemon

import (
	"cmp"
	"net/mail"
	"strings"

	"postrider/digests"
	"postrider/magazine"
	"postrider/mailer"
)

// A letter is the message of a group, rendered, and compiled for the wire.
type letter struct {
	*digests.Mail
	group    string // its key
	compiled *mailer.Compiled
}

// letter compiles a mail of a newsletter, whose own words are in a language; empty:
// in the publication's.
func (d *Daemon) letter(newsletter, language string, m *digests.Mail) (*letter, error) {
	compiled, err := (&mailer.Message{
		From: d.config.Mail.From, ReplyTo: d.config.Mail.ReplyTo, Subject: m.Subject, HTML: m.HTML, Text: m.Text,
		ListID: newsletter + "." + d.mailDomain(), Language: cmp.Or(language, d.Publication.Language), Signers: d.signers,
	}).Compile(digests.Marks()...)
	return &letter{Mail: m, compiled: compiled}, err
}

// address fills the letter of an edition for one person.
func (d *Daemon) address(e *magazine.Edition, l *letter, p magazine.Subscriber, id string, attempt int) *mailer.Parcel {
	person := d.addressee(e.Newsletter, p)
	html, text := person.Values()
	return l.compiled.For(mailer.Recipient{
		MessageID: id, To: mail.Address{Name: p.Name, Address: p.Email}, Date: d.now().In(d.Publication.Zone),
		UnsubscribeURL: person.UnsubscribeURL, Attempt: attempt, ReturnPath: d.returnPath(mailer.Posting{Kind: mailer.PostedEdition, Of: e.ID, Subscriber: p.ID}),
	}, html, text)
}

// addressee is what a mail of a newsletter says to one person.
func (d *Daemon) addressee(newsletter string, p magazine.Subscriber) digests.Person {
	return digests.Person{Email: p.Email, Name: p.Name, UnsubscribeURL: d.Publication.Link("/leave/" + d.Members.LeaveToken(p.ID, newsletter)),
		PreferencesURL: d.preferencesLink(p)}
}

// preferencesLink is the address of the page of what a person gets, as their mails
// have it.
func (d *Daemon) preferencesLink(p magazine.Subscriber) string {
	return d.Publication.Link("/preferences/" + d.Members.PreferencesToken(p))
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
