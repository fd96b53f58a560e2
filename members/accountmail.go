package members

import (
	"postrider/magazine"
	"postrider/templates"
)

// accountMail is what the templates of a mail about somebody's account print:
// some sentences, a button, and what to do where it was not them.
type accountMail struct {
	Publication *magazine.Publication
	Direction   string // of the publication
	Subject     string
	Preheader   string
	Sentences   []string // above the button
	Code        string   // to be typed; empty: none
	Button      string   // what it says
	Link        string   // where it leads
	After       []string // below it
}

func (a accountMail) render(files *templates.Files) (Mail, error) {
	spoken, err := wordsIn(files, "en")
	if err != nil {
		return Mail{}, err
	}
	a.Direction = magazine.Direction(a.Publication.Language)
	return rendered(files, "mail/account", "about an account", a.Subject, spoken, a.Link, a)
}

// SignInMail brings a person the two ways to sign in. link is the absolute
// address that is one of them. Invalid, with all Mistakes: the publication's
// templates cannot be used.
func SignInMail(files *templates.Files, p *magazine.Publication, code, link string) (Mail, error) {
	return accountMail{
		Publication: p, Code: code, Link: link,
		Subject:   "Sign in to " + p.Title,
		Preheader: "A code and a link. Each works once, for 15 minutes.",
		Sentences: []string{"Somebody, we hope you, wants to sign in with this address. Type this code where you asked for it:"},
		Button:    "Sign in here instead",
		After: []string{
			"The code and the button do the same. One of them works, once, for 15 minutes.",
			"If it was not you, do nothing and tell the code to nobody: without it nobody gets in.",
		},
	}.render(files)
}

// AddressMail is about a change of a person's address: it asks the new one, or
// tells the old one. link is the absolute address that confirms it, or takes it
// back. Invalid, with all Mistakes: the publication's templates cannot be used.
func AddressMail(files *templates.Files, p *magazine.Publication, about AddressAbout, old, fresh, link string) (Mail, error) {
	if about == AddressTell {
		return accountMail{
			Publication: p, Link: link,
			Subject:   "Your address at " + p.Title + " was changed",
			Preheader: "If it was not you, take it back within 7 days.",
			Sentences: []string{"What we sent to this address comes to " + fresh + " from now on, as was asked for there and confirmed."},
			Button:    "Take it back",
			After: []string{
				"The button works for 7 days. It brings this address back and signs everybody out.",
				"If it was you, do nothing.",
			},
		}.render(files)
	}
	return accountMail{
		Publication: p, Link: link,
		Subject:   "Confirm your new address at " + p.Title,
		Preheader: "Say yes, and what we send comes here.",
		Sentences: []string{"Somebody, we hope you, wants what comes to " + old + " to come to this address instead."},
		Button:    "Yes, use this address",
		After: []string{
			"The button leads to a page that asks once more. It works for 7 days.",
			"If it was not you, do nothing: without your yes nothing changes.",
		},
	}.render(files)
}
