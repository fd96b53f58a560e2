package digests

import (
	"html"
	"strings"

	"postrider/magazine"
)

// Mail is the rendered message that people with the same articles share. HTML
// and Text have marks where a person's fields go; Subject and Preheader have
// none and are one line each.
type Mail struct {
	Subject   string
	Preheader string // what mail programs show beside the subject; stands in HTML, too
	HTML      string
	Text      string
	Warning   string `json:",omitempty"` // for the people who run this: it is nearly too long
}

// Person is what a mail says to one person. The addresses are absolute; those
// of pages that the renderer was not told of stay empty.
type Person struct {
	Email          string
	Name           string // may be empty
	UnsubscribeURL string
	PreferencesURL string
	BrowserURL     string // the same mail as a page
}

// The noncharacters that begin and end a mark. magazine.CleanRunes drops them
// from every text.
const (
	markBegin = "\uFDD0"
	markEnd   = "\uFDD1"
)

// markNames are the marks that templates may write.
var markNames = []string{"email", "name", "unsubscribe", "preferences", "browser"}

// markWords turns the [[name]] of a template into marks. It is applied to
// templates only, never to what is put into them.
func markWords(template string) string {
	template = magazine.CleanRunes(template)
	for _, name := range markNames {
		template = strings.ReplaceAll(template, "[["+name+"]]", mark(name))
	}
	return template
}

func mark(name string) string { return markBegin + name + markEnd }

func (p Person) values() []string {
	return []string{p.Email, p.Name, p.UnsubscribeURL, p.PreferencesURL, p.BrowserURL} // as markNames
}

// For fills in a person's fields, escaped for the part that they stand in. It
// may be called from several goroutines.
func (m *Mail) For(p Person) (subject, htmlPart, textPart string) {
	var inHTML, inText []string
	for i, value := range p.values() {
		value = clean(value) // one line, and no marks
		inHTML = append(inHTML, mark(markNames[i]), html.EscapeString(value))
		inText = append(inText, mark(markNames[i]), value)
	}
	return m.Subject, strings.NewReplacer(inHTML...).Replace(m.HTML), strings.NewReplacer(inText...).Replace(m.Text)
}
