package members

import (
	"bytes"
	htmltemplate "html/template"
	"io/fs"
	texttemplate "text/template"

	"postrider/magazine"
)

// Mail is one rendered message.
type Mail struct{ Subject, HTML, Text string }

// ConfirmationMail asks a person to confirm what was asked for in their name.
// link is the confirmation's absolute address.
func ConfirmationMail(files fs.FS, p *magazine.Publication, pending Pending, link string) (Mail, error) {
	words := struct {
		Pending
		Publication *magazine.Publication
		Direction   string
		Subject     string
		Link        string
	}{pending, p, magazine.Direction(p.Language), "Confirm your subscription to " + p.Title, link}
	words.Name = personName(words.Name)
	html, err := htmltemplate.ParseFS(files, "mail/confirm.html")
	if err != nil {
		return Mail{}, magazine.Errorf(magazine.Invalid, "the template mail/confirm.html cannot be used: %w", err)
	}
	text, err := texttemplate.ParseFS(files, "mail/confirm.txt")
	if err != nil {
		return Mail{}, magazine.Errorf(magazine.Invalid, "the template mail/confirm.txt cannot be used: %w", err)
	}
	var h, t bytes.Buffer
	if err := html.Execute(&h, words); err != nil {
		return Mail{}, magazine.Errorf(magazine.Invalid, "the template mail/confirm.html cannot be used: %w", err)
	}
	if err := text.Execute(&t, words); err != nil {
		return Mail{}, magazine.Errorf(magazine.Invalid, "the template mail/confirm.txt cannot be used: %w", err)
	}
	return Mail{Subject: magazine.CleanText(words.Subject), HTML: h.String(), Text: t.String()}, nil
}
