package members

import (
	"postrider/magazine"
	"postrider/templates"
)

// accountMail is what the templates of a mail about somebody's account print:
// some sentences, a button, and what to do where it was not them.
type accountMail struct {
	Publication *magazine.Publication
	Direction   string           // of the publication
	Words       *templates.Words // in its language, where we speak it
	Subject     string
	Preheader   string
	Sentences   []string // above the button
	Code        string   // to be typed; empty: none
	Button      string   // what it says
	Link        string   // where it leads
	After       []string // below it
}

func (a accountMail) render(files *templates.Files) (Mail, error) {
	a.Direction = magazine.Direction(a.Publication.Language)
	return rendered(files, "mail/account", "about an account", a.Subject, a.Words, a.Link, a)
}

// SignInMail brings a person the two ways to sign in. link is the absolute
// address that is one of them. Invalid, with all Mistakes: the publication's
// templates cannot be used.
func SignInMail(files *templates.Files, p *magazine.Publication, code, link string) (Mail, error) {
	w, err := wordsIn(files, p.Language)
	if err != nil {
		return Mail{}, err
	}
	return accountMail{
		Publication: p, Words: w, Code: code, Link: link,
		Subject:   w.T("sign-in-mail.subject", "publication", p.Title),
		Preheader: w.T("sign-in-mail.preheader"),
		Sentences: []string{w.T("sign-in-mail.asked")},
		Button:    w.T("sign-in-mail.button"),
		After:     []string{w.T("sign-in-mail.either"), w.T("sign-in-mail.not-you")},
	}.render(files)
}

// AddressMail is about a change of a person's address: it asks the new one, or
// tells the old one. link is the absolute address that confirms it, or takes it
// back. Invalid, with all Mistakes: the publication's templates cannot be used.
func AddressMail(files *templates.Files, p *magazine.Publication, about AddressAbout, old, fresh, link string) (Mail, error) {
	w, err := wordsIn(files, p.Language)
	if err != nil {
		return Mail{}, err
	}
	if about == AddressTell {
		return accountMail{
			Publication: p, Words: w, Link: link,
			Subject:   w.T("address-mail.changed.subject", "publication", p.Title),
			Preheader: w.T("address-mail.changed.preheader"),
			Sentences: []string{w.T("address-mail.changed", "email", fresh)},
			Button:    w.T("address-mail.changed.button"),
			After:     []string{w.T("address-mail.changed.works"), w.T("address-mail.changed.if-you")},
		}.render(files)
	}
	return accountMail{
		Publication: p, Words: w, Link: link,
		Subject:   w.T("address-mail.new.subject", "publication", p.Title),
		Preheader: w.T("address-mail.new.preheader"),
		Sentences: []string{w.T("address-mail.new", "email", old)},
		Button:    w.T("address-mail.new.button"),
		After:     []string{w.T("confirm-mail.leads"), w.T("address-mail.new.not-you")},
	}.render(files)
}
