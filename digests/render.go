package digests

import (
	"bytes"
	"errors"
	htmltemplate "html/template"
	"io/fs"
	"strings"
	texttemplate "text/template"
	"time"

	"github.com/vanng822/go-premailer/premailer"

	"postrider/magazine"
)

const (
	columnWidth = 600 // of the mail's one column, in pixels

	// maxHTML is the most bytes of HTML with marks. What fills the marks has
	// room below the 100 kB at which a mail is too big, and 102 kB, from which
	// on Gmail cuts mails off.
	maxHTML = 95_000

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

	// Templates has mail/digest.html, mail/digest.css and mail/digest.txt, at
	// the publication's choice its own.
	Templates fs.FS

	PrivacyURL, TermsURL string // absolute; empty: no link

	// Preferences and InBrowser say that every Person comes with the address
	// of that page, so that mails have a link to it.
	Preferences, InBrowser bool

	// MaximumArticles bounds the articles that are printed whole; of the
	// others the title is linked. 0: no bound but the mail's size.
	MaximumArticles int
}

// Edition is what a mail prints of the edition that it belongs to.
type Edition struct {
	ID   string    // named in errors
	Date time.Time // printed in the publication's zone
}

// Renderer makes the mails of one newsletter. It may be used by several
// goroutines.
type Renderer struct {
	publication *magazine.Publication
	maximum     int
	html        *htmltemplate.Template
	text        *texttemplate.Template
	frame       page // what all editions have in common
}

// New parses the templates and tries them out, so that a template that cannot
// be used fails here and not at an edition. A mail without the mark for
// leaving in both parts is refused: RFC 8058 and the law want it there.
func New(o Options) (*Renderer, error) {
	r := &Renderer{publication: o.Publication, maximum: o.MaximumArticles, frame: frameOf(o)}
	if err := r.parse(o.Templates); err != nil {
		return nil, err
	}
	mail, err := r.Render(Edition{ID: "a trial at start"}, []magazine.Article{{
		Slug: "a", Title: "A", Summary: "S.", Hijri: "H", Authors: []magazine.Author{{Slug: "a", Name: "A"}},
		Image: &magazine.Image{Mail: &magazine.Image{Src: "/a.png", Width: 1, Height: 1}},
	}, {Slug: "b", Title: "B", Section: magazine.Section{Slug: "b", Name: "B"}}})
	if err != nil {
		return nil, err
	}
	for _, part := range []struct{ file, body string }{{"digest.html", mail.HTML}, {"digest.txt", mail.Text}} {
		if !strings.Contains(part.body, mark("unsubscribe")) {
			return nil, magazine.Errorf(magazine.Invalid, "templates/mail/%s has no link for leaving: write [[unsubscribe]] where its address goes", part.file)
		}
	}
	return r, nil
}

// frameOf is the page without an edition and articles.
func frameOf(o Options) page {
	p := o.Publication
	f := page{
		Language: p.Language, Direction: magazine.Direction(p.Language),
		Title: clean(p.Title), Tagline: clean(p.Tagline), Home: address(p.Link("/")),
		Newsletter:    clean(o.Newsletter.Title),
		PostalAddress: clean(p.PostalAddress), PrivacyURL: address(o.PrivacyURL), TermsURL: address(o.TermsURL),
		Preferences: o.Preferences, InBrowser: o.InBrowser,
	}
	f.Light, f.Dark = palettes(p.Accent)
	return f
}

func (r *Renderer) parse(files fs.FS) error {
	source := func(name string) (string, error) {
		b, err := fs.ReadFile(files, "mail/"+name)
		if err != nil {
			return "", magazine.Errorf(magazine.Invalid, "reading the mail template templates/mail/%s: %w", name, err)
		}
		return markWords(string(b)), nil
	}
	page, err1 := source("digest.html")
	style, err2 := source("digest.css")
	text, err3 := source("digest.txt")
	if err := errors.Join(err1, err2, err3); err != nil {
		return magazine.Errorf(magazine.Invalid, "%w", err)
	}
	var err error
	r.html = htmltemplate.New("digest.html").Funcs(htmltemplate.FuncMap{"outlook": outlook})
	if _, err = r.html.Parse(page); err == nil {
		_, err = r.html.New("digest.css").Parse(style)
	}
	if err == nil {
		funcs := texttemplate.FuncMap{"fill": fill, "fillAfter": fillAfter, "underline": underline}
		r.text, err = texttemplate.New("digest.txt").Funcs(funcs).Parse(text)
	}
	if err != nil {
		return magazine.Errorf(magazine.Invalid, "the mail templates cannot be used: %w", err)
	}
	return nil
}

// outlook hides HTML from all but Outlook on Windows, which knows no greatest
// width and needs a table of a fixed one. (html/template drops comments that
// stand in a template.)
func outlook(html string) htmltemplate.HTML {
	return htmltemplate.HTML("<!--[if mso]>" + html + "<![endif]-->")
}

// Render makes the mail that carries these articles, in any order. Its HTML
// never exceeds 95,000 bytes: so that it fits, the articles of the least
// weight are printed by their titles, and those that still find no room are
// counted and linked to the publication. The same call gives the same bytes.
func (r *Renderer) Render(edition Edition, articles []magazine.Article) (*Mail, error) {
	if len(articles) == 0 {
		return nil, magazine.Errorf(magazine.Invalid, "edition %s has no articles to make a mail of", edition.ID)
	}
	mail, err := r.fit(edition, rank(articles, r.publication.Language))
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
	return &Mail{Subject: made.Subject, Preheader: made.Preheader, HTML: html, Text: text}, nil
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

// inlined is the HTML part, each element with its styles, for many mail
// programs drop all others. What cannot stand in an element, the dark colours
// and the rules for small screens, stays in the head.
func (r *Renderer) inlined(p page) (string, error) {
	var b bytes.Buffer
	if err := r.html.Execute(&b, p); err != nil {
		return "", magazine.Errorf(magazine.Invalid, "the template of the HTML part cannot be used: %w", err)
	}
	inliner, err := premailer.NewPremailerFromBytes(b.Bytes(), premailer.NewOptions(premailer.WithCssToAttributes(false)))
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
	var b bytes.Buffer
	if err := r.text.Execute(&b, p); err != nil {
		return "", magazine.Errorf(magazine.Invalid, "the template of the text part cannot be used: %w", err)
	}
	return tidy(b.String()), nil
}
