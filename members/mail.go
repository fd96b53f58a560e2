package members

import (
	htmltemplate "html/template"
	"strings"

	"postrider/magazine"
	"postrider/templates"
)

// Mail is one rendered message.
type Mail struct {
	Subject, HTML, Text string
	Language            string // of our own words in it
}

// The most bytes that a part of a mail has, and steps that its template takes.
const (
	maxPart  = 1 << 20
	maxSteps = 10_000
)

// confirmation is what the templates of a confirmation print.
type confirmation struct {
	Pending
	Publication *magazine.Publication
	Direction   string           // of the publication
	Words       *templates.Words // in the person's language, or the publication's
	Subject     string
	Link        string
	Preferences string      // address of the page of what they get; empty: they have not confirmed
	Newsletters []titled    // in place of Pending's
	Follows     []following // likewise
}

// titled is a newsletter by its title, with how often and when one gets it.
type titled struct{ Title string }

// following is what a person follows, and what we call it: "author salma-oduya".
type following struct {
	magazine.Follow
	Title string
}

// ConfirmationMail asks a person to confirm what was asked for in their name.
// link is the confirmation's absolute address, preferences that of what they get
// already, empty for one who has confirmed nothing. Invalid, with all Mistakes: the
// publication's templates cannot be used.
func ConfirmationMail(files *templates.Files, p *magazine.Publication, pending Pending, link, preferences string) (Mail, error) {
	spoken, err := wordsIn(files, pending.Language, p.Language)
	if err != nil {
		return Mail{}, err
	}
	words := confirmation{Pending: pending, Publication: p, Direction: magazine.Direction(p.Language), Words: spoken, Link: link, Preferences: preferences}
	words.Name, words.Subject = personName(words.Name), spoken.T("confirm-mail.subject", "publication", p.Title)
	for _, letter := range pending.Newsletters {
		words.Newsletters = append(words.Newsletters, titled{letter.Title(spoken)})
	}
	for _, f := range pending.Follows {
		words.Follows = append(words.Follows, following{f, followed(spoken, f)})
	}
	return rendered(files, "mail/confirm", "that asks for a confirmation", words.Subject, link, spoken, words)
}

// rendered makes a mail of a pair of templates, NAME.html and NAME.txt. link is
// what they have to print; what says which mail it is.
func rendered(files *templates.Files, name, what, subject, link string, spoken *templates.Words, words any) (Mail, error) {
	h := templates.Output{File: files.Origin(name + ".html"), Most: maxPart, Steps: maxSteps}
	t := templates.Output{File: files.Origin(name + ".txt"), Most: maxPart, Steps: maxSteps}
	var wrong []error
	html, err1 := files.HTML(templates.Dialect{Words: spoken, Funcs: htmlFuncs}, name+".html", name+".html")
	if err1 == nil {
		err1 = files.Explain(html.Execute(&h, words), words)
	}
	text, err2 := files.Text(templates.Dialect{Words: spoken}, name+".txt", name+".txt")
	if err2 == nil {
		err2 = files.Explain(text.Execute(&t, words), words)
	}
	if err := templates.Join(err1, err2); err != nil {
		return Mail{}, magazine.Errorf(magazine.Invalid, "the templates of the mail %s cannot be used:\n  %w", what, err)
	}
	for _, part := range []struct{ file, text, link string }{{name + ".html", h.String(), htmltemplate.HTMLEscapeString(link)}, {name + ".txt", t.String(), link}} {
		if !strings.Contains(part.text, part.link) {
			err := &templates.Mistake{File: files.Origin(part.file), Text: "the mail does not have the link that it is for", Mend: "write {{.Link}} where its address goes"}
			wrong = append(wrong, err)
		}
	}
	if err := templates.Join(wrong...); err != nil {
		return Mail{}, magazine.Errorf(magazine.Invalid, "the templates of the mail %s cannot be used:\n  %w", what, err)
	}
	return Mail{Subject: magazine.CleanText(subject), HTML: h.String(), Text: t.String(), Language: spoken.Language}, nil
}

// wordsIn is our words in the first of the languages (BCP 47) that we speak, else in
// English.
func wordsIn(files *templates.Files, languages ...string) (*templates.Words, error) {
	all, err := files.Messages()
	if err != nil {
		return nil, magazine.Errorf(magazine.Invalid, "the message files cannot be used:\n  %w", err)
	}
	return all.In(languages...), nil
}

// followed names what is followed: "author salma-oduya".
func followed(w *templates.Words, f magazine.Follow) string {
	switch f.Kind {
	case magazine.FollowAuthor:
		return w.T("confirm-mail.author", "slug", f.Slug)
	case magazine.FollowSection:
		return w.T("confirm-mail.section", "slug", f.Slug)
	}
	return w.T("confirm-mail.tag", "slug", f.Slug)
}

// htmlFuncs are what the templates of HTML may call.
var htmlFuncs = map[string]any{
	// strong is a value that stands out in a message.
	"strong": func(value string) htmltemplate.HTML {
		return htmltemplate.HTML("<strong><bdi>" + htmltemplate.HTMLEscapeString(value) + "</bdi></strong>")
	},
}

// CheckTemplates makes every mail to one person as a sample, so that a template
// that cannot be used is found before somebody needs it.
func CheckTemplates(files *templates.Files, p *magazine.Publication) error {
	var wrong []error
	for _, sample := range []Pending{
		{Email: "amina@example.org", Name: "Amina", Newsletters: []Letter{{Newsletter: magazine.Newsletter{Name: "weekly", Title: "Weekly"}, Often: "On Fridays", Hour: "07:00"}, {Newsletter: magazine.Newsletter{Name: "daily", Title: "Daily"}}},
			Follows: []magazine.Follow{{Kind: magazine.FollowAuthor, Slug: "salma-oduya"}, {Kind: magazine.FollowSection, Slug: "essays"}}},
		{Email: "amina@example.org", Newsletters: []Letter{{Newsletter: magazine.Newsletter{Name: "weekly", Title: "Weekly"}}}},
	} {
		for _, preferences := range []string{"", p.Link("/preferences/sample")} {
			_, err := ConfirmationMail(files, p, sample, p.Link("/confirm/sample"), preferences)
			wrong = append(wrong, err)
		}
	}
	_, err1 := SignInMail(files, p, "", "123456", p.Link("/signin/sample"), p.Link("/preferences/sample"))
	wrong = append(wrong, err1)
	for _, about := range []AddressAbout{AddressAsk, AddressTell} {
		_, err := AddressMail(files, p, "", about, "amina@example.org", "amina@example.net", p.Link("/address/sample"), p.Link("/preferences"))
		wrong = append(wrong, err)
	}
	err := templates.Join(wrong...)
	if all, ok := err.(templates.Mistakes); ok {
		return magazine.Errorf(magazine.Invalid, "the templates of the mails to one person cannot be used:\n  %w", all)
	}
	return err
}
