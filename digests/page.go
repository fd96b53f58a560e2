package digests

import (
	htmltemplate "html/template"

	"postrider/magazine"
	"postrider/templates"
)

// page is what the templates print. Its strings are clean and clipped, its
// addresses absolute; an address that is empty is to have no link.
type page struct {
	Subject, Preheader  string
	Language, Direction string // of the mail
	Words               *templates.Words

	// Of the publication's own words, where the mail is in another language.
	OwnDirection string
	Foreign      bool                  // it is
	Ours         htmltemplate.HTMLAttr // names their language and direction; empty: they are the mail's

	Title, Tagline, Home string // the publication's
	Citation             string // of the issue that all articles are from; may be empty
	CitedTo              string // the direction of the citation, where it is in the mail's language and not the publication's
	Newsletter           string
	Date                 string // of the edition

	Intro, Outro []paragraph // of every digest of the newsletter
	Note         []paragraph // of this one

	// Of an issue whose contents the mail tells: nothing of it in a digest.
	Correction string      // says that it is one; empty: it is not
	About      []paragraph // the issue's own note
	Cover      *picture
	IssueURL   string

	Lead     *entry // nil in an issue's contents
	Sections []section
	Named    []entry // articles of which only the title is printed
	Rest     string  // how many there are after those; empty: none

	PostalAddress          string
	PrivacyURL, TermsURL   string
	Preferences, InBrowser bool // whether the mail has these links

	Light, Dark colours
}

type section struct {
	Name, URL string // empty for the articles that are in none
	Entries   []entry
}

type entry struct {
	Title, URL          string
	Language, Direction string
	Section, SectionURL string
	Authors             []credit
	Date, Hijri         string
	Summary             string // the lead's whole, of others the first sentence
	Minutes             int
	Members             bool
	Picture             *picture // of the lead only; may be nil
	Words               *templates.Words
}

// credit is one author in a byline, with what stands before the name there.
type credit struct{ Before, Name, URL string }

type picture struct {
	URL, Alt, Caption string
	Width, Height     int // as shown: at most 600 wide
}

// Byline is the authors' names as one text.
func (e entry) Byline() string {
	line := ""
	for _, c := range e.Authors {
		line += c.Before + e.Words.Apart(c.Name)
	}
	return line
}

// Facts are the dates, the reading time and the mark of members' pieces as one
// text. A mark of their direction keeps what follows a date of the other in its
// place.
func (e entry) Facts() string {
	facts := e.Date
	if e.Hijri != "" {
		facts += " · " + e.Hijri
		if e.Direction != e.Words.Direction {
			facts += map[string]string{"ltr": "\u200E", "rtl": "\u200F"}[e.Words.Direction]
		}
	}
	facts += " · " + e.Words.T("article.minutes", "count", e.Minutes)
	if e.Members {
		facts += " · " + e.Words.T("digest.members")
	}
	return facts
}

// extent says how much of the ranked articles a mail prints: the first Full of
// them whole, the next Named by their titles; the rest is counted.
type extent struct{ full, named int }

func (r *Renderer) page(edition Edition, ranked []*magazine.Article, upTo extent) page {
	if edition.Issue != nil {
		return r.contents(edition, ranked, upTo)
	}
	p := r.frame
	p.Date = r.date(p.Words, edition.Date)
	p.Note = paragraphs(edition.Note)
	p.Subject = subject(ranked[0], len(ranked)-1, p.Words)
	p.Preheader = preheader(ranked, p.Tagline, p.Words)
	if common, ok := commonIssue(ranked); ok {
		p.Citation = short(r.publication.Cite(&common), maxTitle)
	}
	lead := r.entry(ranked[0])
	lead.Summary = short(ranked[0].Summary, maxSummary)
	lead.Picture = r.picture(ranked[0].Image, columnWidth)
	p.Lead = &lead
	for _, d := range departments(ranked[1:upTo.full], r.sections) {
		s := section{Name: short(d.section.Name, maxName)}
		if !d.section.IsZero() {
			s.URL = address(r.publication.Link(d.section.Path()))
		}
		for _, a := range d.articles {
			s.Entries = append(s.Entries, r.entry(a))
		}
		p.Sections = append(p.Sections, s)
	}
	r.rest(&p, ranked, upTo)
	return p
}

// rest names and counts the articles for which there is no more room.
func (r *Renderer) rest(p *page, articles []*magazine.Article, upTo extent) {
	for _, a := range articles[upTo.full : upTo.full+upTo.named] {
		p.Named = append(p.Named, r.entry(a))
	}
	if n := len(articles) - upTo.full - upTo.named; n > 0 {
		p.Rest = p.Words.T("digest.rest-alone", "count", n)
		if upTo.named > 0 {
			p.Rest = p.Words.T("digest.rest", "count", n)
		}
	}
}

func (r *Renderer) entry(a *magazine.Article) entry {
	language := languageOf(a, r.publication.Language)
	words := r.frame.Words // who has chosen a language gets all of ours in it
	if !r.frame.Foreign {
		words = r.messages.In(language, words.Language)
	}
	e := entry{
		Title: titleOf(a, words), URL: address(a.Link(r.publication)),
		Language: language, Direction: magazine.Direction(language),
		Section: short(a.Section.Name, maxName),
		Authors: r.credits(a.Authors, r.bylineLanguage(language)),
		Date:    r.date(words, a.Published), Hijri: short(a.Hijri, maxName),
		Summary: clip(firstSentence(clean(a.Summary)), maxSummary),
		Minutes: a.ReadingMinutes(), Members: a.Access != magazine.Everyone, Words: words,
	}
	if e.URL == "" { // its home elsewhere cannot be used; our page can
		e.URL = address(r.publication.Link(a.Path()))
	}
	if !a.Section.IsZero() {
		e.SectionURL = address(r.publication.Link(a.Section.Path()))
	}
	return e
}

// bylineLanguage is that of the words between the names in the byline of an
// article in a language.
func (r *Renderer) bylineLanguage(language string) string {
	if r.frame.Foreign {
		return r.frame.Language
	}
	return language
}

// credits are the authors as a byline has them; after eight it has an ellipsis.
func (r *Renderer) credits(authors []magazine.Author, language string) []credit {
	var credits []credit
	for i, w := range authors {
		if i == maxNames {
			return append(credits, credit{Before: r.messages.Between(language, 1, 3), Name: "…"})
		}
		credits = append(credits, credit{Before: r.messages.Between(language, i, len(authors)), Name: short(w.Name, maxName), URL: address(r.publication.Link(w.Path()))})
	}
	return credits
}

// picture is a picture in the form that mails show, no more than so wide.
func (r *Renderer) picture(of *magazine.Image, widest int) *picture {
	image := mailPicture(of)
	if image == nil {
		return nil
	}
	shown := &picture{URL: address(r.publication.Link(image.Src)), Alt: short(of.Alt, maxSummary), Width: image.Width, Height: image.Height}
	if shown.URL == "" {
		return nil
	}
	if image.Width > widest {
		shown.Width = widest
		shown.Height = max(1, (image.Height*widest+image.Width/2)/image.Width)
	}
	shown.Caption = short(of.Caption, maxCaption)
	if credit := short(of.Credit, maxCaption); credit != "" {
		if shown.Caption != "" {
			shown.Caption += " "
		}
		shown.Caption += credit
	}
	return shown
}
