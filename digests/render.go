package digests

import (
	"fmt"
	htmltemplate "html/template"
	"strings"
	"sync"
	texttemplate "text/template"
	"time"

	"github.com/vanng822/go-premailer/premailer"

	"postrider/magazine"
	"postrider/templates"
)

const (
	columnWidth = 600 // of the mail's one column, in pixels

	// maxHTML is the most bytes of HTML with marks. What fills the marks has
	// room below the 100 kB at which a mail is too big, and 102 kB, from which
	// on Gmail cuts mails off.
	maxHTML = 95_000

	// nearHTML is from how many bytes on the people who run this are warned: a
	// mail that is a little longer will have articles without their summaries.
	nearHTML = 80_000

	// No mail has more articles whole, or more titles: about as many as go into
	// maxHTML at their shortest. It spares an archive of many thousand articles
	// from being rendered to be thrown away.
	maxFull  = 100
	maxNamed = 300

	// leastWhole is how many articles stay whole before titles give way to a
	// mere count: a digest is no index.
	leastWhole = 12
)

// Options are what a newsletter's mails are made from.
type Options struct {
	Publication *magazine.Publication
	Newsletter  magazine.Newsletter

	// Templates has mail/digest.html, mail/digest.css and mail/digest.txt; nil:
	// the built-in ones.
	Templates *templates.Files

	PrivacyURL, TermsURL string // absolute; empty: no link

	// Preferences and InBrowser say that every Person comes with the address
	// of that page, so that mails have a link to it.
	Preferences, InBrowser bool

	// MaximumArticles bounds the articles that are printed whole; of the
	// others the title is linked. 0: no bound but the mail's size.
	MaximumArticles int

	// Sections are the slugs of those that stand first, in this order; the
	// others follow by their names.
	Sections []string

	// Intro and Outro stand at the head and the foot of every mail: plain text,
	// its paragraphs parted by empty lines, addresses in it linked.
	Intro, Outro string
}

// Edition is what a mail prints of the edition that it belongs to.
type Edition struct {
	ID   string    // named in errors
	Date time.Time // printed in the publication's zone; what is pinned then leads
	Note string    // the editor's, printed above the articles, as Options.Intro is

	Issue      *magazine.Issue // whose contents the mail tells; nil: it is a digest
	Correction bool            // of such a mail that went before

	Ordered bool // the articles come in the order that an editor chose; else the newest leads

	// Language is that of our own words in the mail (BCP 47), by which its direction
	// goes; empty, or one that we don't speak: the publication's.
	Language string
}

// Renderer makes the mails of one newsletter. It may be used by several
// goroutines.
type Renderer struct {
	publication *magazine.Publication
	maximum     int
	sections    []string
	files       *templates.Files
	messages    *templates.Messages
	htmlFrom    string // where the template of the HTML is from, for messages
	textFrom    string
	html        *htmltemplate.Template
	text        *texttemplate.Template
	frame       page     // what all editions have in common
	others      sync.Map // by language: the Renderers of mails in others than the publication's
	options     Options
}

// New parses the templates and tries them out, so that a template that cannot
// be used fails here and not at an edition; the error has all Mistakes. A mail
// without the mark for leaving in both parts is refused: RFC 8058 and the law
// want it there.
func New(o Options) (*Renderer, error) {
	messages, err := o.Templates.Messages()
	if err != nil {
		return nil, magazine.Errorf(magazine.Invalid, "the message files cannot be used:\n  %w", err)
	}
	return newRenderer(o, messages, "")
}

// Try makes a sample in every language that there are messages in, as New does in
// the publication's.
func (r *Renderer) Try() error {
	var wrong []error
	for _, language := range r.messages.Languages() {
		_, err := r.in(language)
		wrong = append(wrong, err)
	}
	return templates.Join(wrong...)
}

// newRenderer makes one whose own words are in a language; empty: in the
// publication's.
func newRenderer(o Options, messages *templates.Messages, language string) (*Renderer, error) {
	r := &Renderer{publication: o.Publication, maximum: o.MaximumArticles, sections: o.Sections, files: o.Templates, messages: messages, options: o}
	r.frame = frameOf(o, messages, language)
	if language != "" {
		r.cite(messages.In(o.Publication.Language))
	}
	if err := r.parse(); err != nil {
		return nil, err
	}
	_, err := r.Render(sampleEdition, sampleArticles())
	return r, err
}

// in is the Renderer of mails in a language, made when the first is asked for:
// in most publications that is the publication's own alone.
func (r *Renderer) in(language string) (*Renderer, error) {
	other := r.messages.Other(language, r.options.Publication.Language)
	if other == "" {
		return r, nil
	}
	if known, ok := r.others.Load(other); ok {
		return known.(*Renderer), nil
	}
	made, err := newRenderer(r.options, r.messages, other)
	if err != nil {
		return nil, err
	}
	known, _ := r.others.LoadOrStore(other, made)
	return known.(*Renderer), nil
}

// cite has the publication be cited in the mail's language, where the pattern is
// of our own words, and not one that it has chosen itself.
func (r *Renderer) cite(own *templates.Words) {
	if r.publication.Citation != own.Pattern("issue.citation") {
		return
	}
	words, translated := r.frame.Words, *r.publication
	translated.Citation, translated.Figures = words.Pattern("issue.citation"), words.Figures
	r.publication, r.frame.CitedTo = &translated, words.Direction
}

// frameOf is the page without an edition and articles.
func frameOf(o Options, messages *templates.Messages, language string) page {
	p, words := o.Publication, messages.In(language, o.Publication.Language)
	f := page{
		Language: p.Language, Direction: magazine.Direction(p.Language), OwnDirection: magazine.Direction(p.Language), Words: words,
		Title: clean(p.Title), Tagline: clean(p.Tagline), Home: address(p.Link("/")),
		Newsletter: clean(o.Newsletter.Title), Intro: paragraphs(o.Intro), Outro: paragraphs(o.Outro),
		PostalAddress: clean(p.PostalAddress), PrivacyURL: address(o.PrivacyURL), TermsURL: address(o.TermsURL),
		Preferences: o.Preferences, InBrowser: o.InBrowser,
	}
	if language != "" {
		f.Language, f.Direction, f.Foreign = words.Language, words.Direction, true
		f.Ours = htmltemplate.HTMLAttr(fmt.Sprintf(` lang="%s" dir="%s"`, htmltemplate.HTMLEscapeString(p.Language), f.OwnDirection))
	}
	f.Light, f.Dark = palettes(p.Accent)
	return f
}

// The files that a mail is made from.
const (
	htmlFile  = "mail/digest.html"
	styleFile = "mail/digest.css"
	textFile  = "mail/digest.txt"
)

func (r *Renderer) parse() error {
	r.htmlFrom, r.textFrom = r.ownOf(htmlFile, styleFile), r.files.Origin(textFile)
	var err1, err2 error
	r.html, err1 = r.files.HTML(templates.Dialect{Words: r.frame.Words, Prepare: markWords, Funcs: map[string]any{"outlook": outlook, "blank": blank}}, htmlFile, htmlFile, styleFile)
	r.text, err2 = r.files.Text(templates.Dialect{Words: r.frame.Words, Prepare: markWords, Funcs: map[string]any{"fill": fill, "fillAfter": fillAfter, "underline": underline}}, textFile, textFile)
	wrong := []error{err1, err2}
	for _, p := range r.samplePages() {
		if err1 == nil {
			html, err := r.styled(p)
			wrong = append(wrong, err, r.leavable(htmlFile, string(html), err), r.balanced(string(html), err))
		}
		if err2 == nil {
			text, err := r.plain(p)
			wrong = append(wrong, err, r.leavable(textFile, text, err))
		}
	}
	if err := templates.Join(wrong...); err != nil {
		return magazine.Errorf(magazine.Invalid, "the mail templates cannot be used:\n  %w", err)
	}
	return nil
}

// leavable refuses a part without the mark for leaving; one that failed is not
// judged.
func (r *Renderer) leavable(file, part string, failed error) error {
	if failed != nil || strings.Contains(part, mark("unsubscribe")) {
		return nil
	}
	return &templates.Mistake{File: r.files.Origin(file), Text: "the mail has no link for leaving", Mend: "write [[unsubscribe]] where its address goes"}
}

// balanced refuses a style whose braces do not match: one that is left open takes
// all after it in, and the dark colours go to everybody.
func (r *Renderer) balanced(page string, failed error) error {
	_, style, _ := strings.Cut(page, "<style>")
	style, _, _ = strings.Cut(style, "</style>")
	if failed != nil || strings.Count(style, "{") == strings.Count(style, "}") {
		return nil
	}
	return &templates.Mistake{File: r.files.Origin(styleFile), Text: fmt.Sprintf("the style opens %d braces and closes %d", strings.Count(style, "{"), strings.Count(style, "}")), Mend: "close each { with a }"}
}

// outlook hides HTML from all but Outlook on Windows, which knows no greatest
// width and needs a table of a fixed one. (html/template drops comments that
// stand in a template.)
func outlook(html string) htmltemplate.HTML {
	return htmltemplate.HTML("<!--[if mso]>" + html + "<![endif]-->")
}

// blank is some 120 blank characters, which mail programs show after a
// preheader instead of the beginning of the mail.
func blank() htmltemplate.HTML {
	return htmltemplate.HTML(strings.Repeat("\u034f\u200c\u00a0", 60))
}

// Render makes the mail that carries these articles, in any order; of an issue,
// in that of its contents. Its HTML never exceeds 95,000 bytes: so that it fits, the articles of the least
// weight are printed by their titles, and those that still find no room are
// counted and linked to the publication. The same call gives the same bytes.
func (r *Renderer) Render(edition Edition, articles []magazine.Article) (*Mail, error) {
	if len(articles) == 0 {
		return nil, magazine.Errorf(magazine.Invalid, "edition %s has no articles to make a mail of", edition.ID)
	}
	r, err := r.in(edition.Language)
	if err != nil {
		return nil, err
	}
	ordered := rank(articles, r.publication.Language, edition.Date)
	if edition.Issue != nil || edition.Ordered {
		ordered = ordered[:0]
		for i := range articles {
			ordered = append(ordered, &articles[i])
		}
	}
	mail, err := r.fit(edition, ordered)
	if err != nil {
		return nil, magazine.Errorf(magazine.CodeOf(err), "making a mail of edition %s: %w", edition.ID, err)
	}
	return mail, nil
}

// fit prints as many articles whole as leave room for the titles of all
// others. Where that would be very few, it prints those, and as many titles as
// there is room for after them.
func (r *Renderer) fit(edition Edition, ranked []*magazine.Article) (*Mail, error) {
	most := min(len(ranked), maxFull)
	if r.maximum > 0 {
		most = min(most, r.maximum)
	}
	titles := func(full int) int { return min(len(ranked)-full, maxNamed) }

	var made page
	var html string
	var last extent
	fits := func(full, named int) (bool, error) {
		if upTo := (extent{full, named}); upTo != last {
			var err error
			made = r.page(edition, ranked, upTo)
			if html, err = r.inlined(made); err != nil {
				return false, err
			}
			last = upTo
		}
		return len(html) <= maxHTML, nil
	}
	full, err := largest(1, most, func(n int) (bool, error) { return fits(n, titles(n)) })
	if err != nil {
		return nil, err
	}
	if full < min(most, leastWhole) {
		full, err = largest(1, min(most, leastWhole), func(n int) (bool, error) { return fits(n, 0) })
		if err != nil {
			return nil, err
		}
	}
	named, err := largest(0, titles(full), func(n int) (bool, error) { return fits(full, n) })
	if err != nil {
		return nil, err
	}
	if ok, err := fits(full, named); err != nil {
		return nil, err
	} else if !ok {
		return nil, magazine.Errorf(magazine.Invalid, "with its first article alone its HTML has %d bytes, and %d is the most; shorten the publication's own words in it, or its templates", len(html), maxHTML)
	}
	text, err := r.plain(made)
	if err != nil {
		return nil, err
	}
	return &Mail{Subject: made.Subject, Preheader: made.Preheader, HTML: html, Text: text, Warning: warning(len(html), most-full, titles(full)-named)}, nil
}

// warning tells that a mail nears the size at which mail programs cut it off:
// its HTML has so many bytes, and for want of room so many articles are printed
// by their titles alone and so many are only counted. Empty: it does not.
func warning(size, shortened, unnamed int) string {
	if size < nearHTML && shortened == 0 && unnamed == 0 {
		return ""
	}
	text := fmt.Sprintf("its HTML has %d kB, and mail programs cut mails off at about 100", (size+500)/1000)
	if shortened > 0 {
		text += fmt.Sprintf("; so %s printed by title alone", counted(shortened))
	}
	if unnamed > 0 {
		text += fmt.Sprintf("; %s only counted", counted(unnamed))
	}
	return text
}

func counted(n int) string {
	if n == 1 {
		return "1 article is"
	}
	return fmt.Sprintf("%d articles are", n)
}

// largest is the greatest n from low to high that fits, or low where none
// does. What does not fit at n does not fit above it either.
func largest(low, high int, fits func(int) (bool, error)) (int, error) {
	if ok, err := fits(high); ok || err != nil {
		return high, err
	}
	for low < high-1 { // high does not fit
		middle := (low + high) / 2
		ok, err := fits(middle)
		if err != nil {
			return 0, err
		}
		if ok {
			low = middle
		} else {
			high = middle
		}
	}
	return low, nil
}

// styled is the HTML part with its styles in its head.
func (r *Renderer) styled(p page) ([]byte, error) {
	b := templates.Output{File: r.htmlFrom, Most: maxPart, Steps: maxSteps}
	if err := r.html.Execute(&b, p); err != nil {
		return nil, r.unusable(err, p)
	}
	return b.Bytes(), nil
}

// inlined is the HTML part, each element with its styles, for many mail
// programs drop all others. What cannot stand in an element, the dark colours
// and the rules for small screens, stays in the head.
func (r *Renderer) inlined(p page) (string, error) {
	styled, err := r.styled(p)
	if err != nil {
		return "", err
	}
	inliner, err := premailer.NewPremailerFromBytes(styled, premailer.NewOptions(premailer.WithCssToAttributes(false)))
	if err != nil {
		return "", err
	}
	inlined, err := inliner.Transform()
	if err != nil {
		return "", err
	}
	// The lines that the template's actions left empty.
	return gaps.ReplaceAllString(lineEnds.ReplaceAllString(inlined, "\n"), "\n") + "\n", nil
}

func (r *Renderer) plain(p page) (string, error) {
	b := templates.Output{File: r.textFrom, Most: maxPart, Steps: maxSteps}
	if err := r.text.Execute(&b, p); err != nil {
		return "", r.unusable(err, p)
	}
	return tidy(b.String()), nil
}

// ownOf is where the first file is taken from that is the publication's own, or
// the first.
func (r *Renderer) ownOf(files ...string) string {
	for _, file := range files {
		if origin := r.files.Origin(file); origin != file {
			return origin
		}
	}
	return files[0]
}

// The most bytes that a template may print, and steps that it may take: more than
// a mail of all that maxFull and maxNamed let into it.
const (
	maxPart  = 2 << 20
	maxSteps = 100_000
)

// unusable says why a template cannot print a page.
func (r *Renderer) unusable(err error, p page) error {
	return magazine.Errorf(magazine.Invalid, "a mail template cannot be used: %w", r.files.Explain(err, p))
}
