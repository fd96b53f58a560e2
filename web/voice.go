package web

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"postrider/magazine"
)

// A voice is the page's own words inside an article, in the article's
// language: its dates, how long it takes to read, for whom it is. What stands
// around the articles is in the language of the templates.
type voice struct {
	phrases
	// Attributes name the language where it is not the article's own, for it
	// is one that we don't speak.
	Attributes template.HTMLAttr

	language    string
	publication *magazine.Publication
}

// phrases are the words of one language. They are few; a catalogue of them in
// files would be the larger part.
type phrases struct {
	Updated  string // before a date
	Members  string // a tag
	Rest     string // before the publication's name
	OfTier   string // then, before a tier's name
	Higher   string // then, where those of the tiers above read it too
	NotYours string // to one who is signed in
	SignIn   string // a link
	Join     string // likewise
	comma    string // between names
	and      string // before the last name
}

var phrasebook = map[string]phrases{
	"en": {"updated", "Members", "The rest of this article is for members of", "with the tier", "or a higher one", "You are signed in, and it is not among what you may read.", "Sign in to read it", "Join", ", ", " and "},
	"ar": {"آخر تحديث", "للأعضاء", "بقية هذا المقال لأعضاء", "من الفئة", "أو فئة أعلى", "أنت مسجَّل الدخول، وهو ليس مما يتاح لك.", "سجّل الدخول لقراءته", "انضم", "، ", " و"},
}

// voice speaks a language; where there is no phrase in it, the publication's,
// and where there is none in that, English. An empty one is the publication's.
func (s *site) voice(language string) voice {
	around := language
	if language == "" {
		language, around = s.Publication.Language, s.Publication.Language
	}
	if !magazine.Speaks(language) {
		language = s.Publication.Language
	}
	if !magazine.Speaks(language) {
		language = "en"
	}
	base := magazine.BaseLanguage(language)
	v := voice{phrases: phrasebook[base], language: base, publication: s.Publication}
	if base != magazine.BaseLanguage(around) {
		v.Attributes = template.HTMLAttr(fmt.Sprintf(` lang="%s" dir="%s"`, base, magazine.Direction(base)))
	}
	return v
}

// Date is 5 September 2024.
func (v voice) Date(t time.Time) string { return v.publication.DateIn(v.language, t) }

// Month is September 2024.
func (v voice) Month(t time.Time) string { return v.publication.MonthIn(v.language, t) }

// Minutes is 4 min read.
func (v voice) Minutes(n int) string { return magazine.MinutesIn(v.language, n) }

// Issue is Vol. 12, No. 9.
func (v voice) Issue(r magazine.IssueRef) string { return r.In(v.language) }

// between is what stands before name i of n in a byline of a language; one
// that we don't speak has commas alone.
func between(language string, i, n int) string {
	p, ok := phrasebook[magazine.BaseLanguage(language)]
	switch {
	case i == 0:
		return ""
	case i == n-1 && ok:
		return p.and
	case strings.HasPrefix(magazine.Direction(language), "rtl"):
		return "، "
	}
	return ", "
}
