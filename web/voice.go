package web

import (
	"fmt"
	"html/template"
	"time"

	"postrider/magazine"
	"postrider/templates"
)

// A voice is our words in one language on a page that may be in another: an
// article's dates, how long it takes to read and for whom it is are in the
// article's language; what stands around the articles is in the page's.
type voice struct {
	*templates.Words
	// Attributes name the language where it is not the article's own, for it
	// is one that we don't speak.
	Attributes template.HTMLAttr

	zone *time.Location
}

// voice speaks a language; where there are no words in it, the page's. An empty
// one is the page's.
func (s *site) voice(page *templates.Words, language string) voice {
	v := voice{Words: page, zone: s.zone()}
	if language != "" && s.messages.Speaks(language) {
		v.Words = s.messages.In(language)
	}
	if language != "" && magazine.BaseLanguage(v.Language) != magazine.BaseLanguage(language) {
		v.Attributes = inLanguage(v.Language, v.Direction)
	}
	return v
}

// inLanguage are the attributes of an element whose words are in a language.
func inLanguage(language, direction string) template.HTMLAttr {
	return template.HTMLAttr(fmt.Sprintf(` lang="%s" dir="%s"`, template.HTMLEscapeString(language), direction))
}

// Date is 5 September 2024.
func (v voice) Date(t time.Time) string { return v.Words.Date(t.In(v.zone)) }

// Month is September 2024.
func (v voice) Month(t time.Time) string { return v.Words.Month(t.In(v.zone)) }

// Issue is Vol. 12, No. 9.
func (v voice) Issue(r magazine.IssueRef) string { return v.Words.Issue(r.Volume, r.Number) }
