package members

import (
	"strings"
	"unicode"

	"postrider/magazine"
	"postrider/templates"
)

// accountMail is what the templates of a mail about somebody's account print:
// some sentences, a button, and what to do where it was not them.
type accountMail struct {
	Publication *magazine.Publication
	Direction   string           // of the publication
	Words       *templates.Words // in the person's language, where we speak it
	Subject     string
	Preheader   string
	Sentences   []string // above the button
	Code        string   // to be typed; empty: none
	Button      string   // what it says
	Link        string   // where it leads
	After       []string // below it
	Preferences string   // address of the page of what one gets
}

// render makes the mail in the words that it has.
func (a accountMail) render(files *templates.Files) (Mail, error) {
	a.Direction = magazine.Direction(a.Publication.Language)
	return rendered(files, "mail/account", "about an account", a.Subject, a.Link, a.Words, a)
}

// TroubleMail tells one who runs the publication of what has gone wrong, and of what
// is over. The words are in their language already; link leads to the desk. Invalid,
// with all Mistakes: the publication's templates cannot be used.
func TroubleMail(files *templates.Files, p *magazine.Publication, words *templates.Words, subject, preheader string, sentences []string, link string, after []string) (Mail, error) {
	return accountMail{Publication: p, Words: words, Link: link, Subject: subject, Preheader: preheader, Sentences: sentences, Button: words.T("trouble.look"), After: after}.render(files)
}

// SignInMail brings a person the two ways to sign in, in their language. link is
// the absolute address that is one of them, preferences that of what they get. Invalid, with all Mistakes: the
// publication's templates cannot be used.
func SignInMail(files *templates.Files, p *magazine.Publication, language, code, link, preferences string) (Mail, error) {
	words, err := wordsIn(files, language, p.Language)
	if err != nil {
		return Mail{}, err
	}
	return accountMail{
		Publication: p, Words: words, Code: code, Link: link, Preferences: preferences,
		Subject:   words.T("signin-mail.subject", "publication", p.Title),
		Preheader: words.T("signin-mail.preheader"),
		Sentences: []string{words.T("signin-mail.asked")},
		Button:    words.T("signin-mail.yes"),
		After:     []string{words.T("signin-mail.same"), words.T("signin-mail.not-you")},
	}.render(files)
}

// AddressMail is about a change of a person's address, in their language: it asks
// the new one, or tells the old one. link is the absolute address that confirms
// it, or takes it back; preferences leads to what one gets, where one signs in for it:
// neither address is theirs for sure. Invalid, with all Mistakes: the publication's templates
// cannot be used.
func AddressMail(files *templates.Files, p *magazine.Publication, language string, about AddressAbout, old, fresh, link, preferences string) (Mail, error) {
	words, err := wordsIn(files, language, p.Language)
	if err != nil {
		return Mail{}, err
	}
	if about == AddressTell {
		return accountMail{
			Publication: p, Words: words, Link: link, Preferences: preferences,
			Subject:   words.T("address-told.subject", "publication", p.Title),
			Preheader: words.T("address-told.preheader"),
			Sentences: []string{words.T("address-told.what", "new", fresh)},
			Button:    words.T("address.back.yes"),
			After:     []string{words.T("address-told.works"), words.T("address-told.was-you")},
		}.render(files)
	}
	asked := words.T("address-mail.asked", "old", old)
	if !plainAddress(old) {
		asked = words.T("address-mail.asked-by-one")
	}
	return accountMail{
		Publication: p, Words: words, Link: link, Preferences: preferences,
		Subject:   words.T("address-mail.subject", "publication", p.Title),
		Preheader: words.T("address-mail.preheader"),
		Sentences: []string{asked},
		Button:    words.T("address.use.yes"),
		After:     []string{words.T("confirm-mail.leads"), words.T("address-mail.not-you")},
	}.render(files)
}

// plainAddress tells that an address may be printed in a mail to a stranger: that it
// says nothing that its owner may have chosen for them to read, or to open.
func plainAddress(email string) bool {
	at := strings.LastIndexByte(email, '@')
	return at > 0 && len(email) <= mostPrinted && !link.MatchString(email[:at]) && !strings.ContainsFunc(email[:at], func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(".-_+", r)
	})
}

// mostPrinted is how long an address is, in bytes, that says nothing but where mail
// goes.
const mostPrinted = 60
