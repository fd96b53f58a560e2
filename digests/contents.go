package digests

import (
	"cmp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"postrider/magazine"
)

// coverWidth is how wide an issue's cover is shown at most, in pixels: it is
// higher than wide, and the contents are to be seen beneath it.
const coverWidth = 280

// contents is the page of a mail that tells the contents of an issue: its cover,
// its citation, its note, and its articles in their order, under the heads of
// their sections.
func (r *Renderer) contents(edition Edition, articles []*magazine.Article, upTo extent) page {
	p := r.frame
	issue := edition.Issue
	p.Date = r.date(p.Words, edition.Date)
	p.Note = paragraphs(edition.Note)
	p.About = paragraphsOf(magazine.AbsoluteHTML(issue.Note, r.publication.URL))
	month, year := issue.HijriParts()
	p.Citation = short(r.publication.Cite(&magazine.Article{Issue: issue.IssueRef, HijriMonth: month, HijriYear: year}), maxTitle)
	p.IssueURL = address(r.publication.Link(issue.Path()))
	p.Cover = r.picture(issue.Cover, coverWidth)
	subject := cmp.Or(p.Citation, p.Title+" "+p.Words.Issue(issue.Volume, issue.Number))
	if title := clean(issue.Title); title != "" {
		subject += ": " + title
	}
	if edition.Correction {
		p.Correction = p.Words.T("digest.correction")
		subject = p.Words.T("digest.correction-of", "subject", subject)
	}
	p.Subject = clip(subject, maxSubject)
	p.Preheader = preheader(append([]*magazine.Article{nil}, articles...), p.Tagline, p.Words)
	for i, a := range articles[:upTo.full] {
		if i == 0 || a.Section.Slug != articles[i-1].Section.Slug {
			p.Sections = append(p.Sections, r.head(a.Section))
		}
		last := &p.Sections[len(p.Sections)-1]
		last.Entries = append(last.Entries, r.entry(a))
	}
	r.rest(&p, articles, upTo)
	return p
}

// head is the head of a section; of none: of the issue's contents.
func (r *Renderer) head(s magazine.Section) section {
	if s.IsZero() {
		return section{Name: r.frame.Words.T("digest.contents")}
	}
	return section{Name: short(s.Name, maxName), URL: address(r.publication.Link(s.Path()))}
}

// paragraphsOf are those of sanitised HTML, with its links; what else there is in
// them, such as emphasis and pictures, is left out.
func paragraphsOf(text string) (all []paragraph) {
	var now paragraph
	link := ""
	end := func() {
		if strings.TrimSpace(now.String()) != "" {
			all = append(all, now)
		}
		now = nil
	}
	for z := html.NewTokenizer(strings.NewReader(text)); ; {
		switch z.Next() {
		case html.ErrorToken:
			end()
			return all
		case html.TextToken:
			now = append(now, piece{Text: spaced(string(z.Text())), URL: link})
		case html.StartTagToken:
			switch t := z.Token(); {
			case t.DataAtom == atom.A:
				link = linkOf(t)
			case blocks[t.DataAtom]:
				end()
			}
		case html.EndTagToken:
			switch t := z.Token(); {
			case t.DataAtom == atom.A:
				link = ""
			case blocks[t.DataAtom]:
				end()
			}
		}
	}
}

// spaced is clean text that keeps a space at its ends.
func spaced(s string) string {
	text := clean(s)
	if text == "" {
		return " "
	}
	if strings.TrimLeft(s, " \t\r\n") != s {
		text = " " + text
	}
	if strings.TrimRight(s, " \t\r\n") != s {
		text += " "
	}
	return text
}

// blocks are the elements that part paragraphs.
var blocks = map[atom.Atom]bool{atom.P: true, atom.Div: true, atom.Li: true, atom.Blockquote: true, atom.Pre: true, atom.Figure: true, atom.Hr: true, atom.Br: true,
	atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true, atom.Td: true, atom.Tr: true}

func linkOf(t html.Token) string {
	for _, a := range t.Attr {
		if a.Key == "href" {
			return address(a.Val)
		}
	}
	return ""
}
