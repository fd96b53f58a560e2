package web

import (
	"net/http"
	"slices"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"postrider/magazine"
	"postrider/templates"
)

// languages are those that a person can have our words in, each by its own name.
// spoken are the words that they have now.
func (s *site) languages(spoken *templates.Words) (all []choice) {
	ours := magazine.BaseLanguage(s.Publication.Language)
	for _, tag := range s.messages.Languages() {
		name := display.Self.Name(language.Make(tag))
		if tag == ours { // it may be one of a country, with digits of its own
			tag = s.Publication.Language
		}
		if name == "" {
			name = tag
		}
		all = append(all, choice{"language", tag, name, "", s.messages.In(tag).Language == spoken.Language})
	}
	return all
}

// chooseLanguage keeps the language in which a person wants our words. Invalid: it
// is none of those that are offered. Others that we speak would do, such as those of
// countries, but a language has pages of its own in memory: nobody makes up more.
func (s *site) chooseLanguage(r *http.Request, person magazine.Subscriber, tag string) error {
	if !slices.ContainsFunc(s.languages(s.speak()), func(c choice) bool { return c.Value == tag }) {
		return magazine.Errorf(magazine.Invalid, "a language that we do not speak").Said("fault.form.altered")
	}
	return s.Members.SetLanguage(r.Context(), person.ID, tag)
}
