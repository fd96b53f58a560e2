package web

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/time/rate"

	"postrider/magazine"
	"postrider/members"
)

// The forms by which one joins, as they are kept with the consent.
const (
	joinFormName  = "/join"
	quickFormName = "/"
)

// marks are what a form has that people do not fill in: see the block "marks".
type marks struct {
	Made string // when it was made, sealed
	Form string // which form it is
}

// sampleMade stands for a stamp where pages are tried out.
const sampleMade = "sample.made"

// quick is the form on the front page, which asks for the address alone.
type quick struct {
	Newsletter magazine.Newsletter
	marks
}

// quickEvery is how often the front page's form is made anew: it is the same for
// all who read the page in that time, as the page is.
const quickEvery = time.Hour

// quickForm is nil where there is no newsletter to sign up for.
func (s *site) quickForm() *quick {
	if len(s.Newsletters) == 0 {
		return nil
	}
	return &quick{s.Newsletters[0], marks{s.Members.StampForm(s.Now().Truncate(quickEvery)), quickFormName}}
}

// Sign-ups of all networks together: as many at once as a great day brings, then
// one a second. Each has one mail sent to an address that anybody may have typed.
const (
	everybodyBurst = 5000
	everybodyEvery = time.Second
)

func newEverybody() *rate.Limiter { return rate.NewLimiter(rate.Every(everybodyEvery), everybodyBurst) }

// joinForms are the words of the forms by which one joins, by name, as of what one may
// choose in them.
type joinForms struct {
	often string
	texts map[string]members.FormText
}

// joinForms reads them anew only where the newsletters' frequencies have changed.
func (s *site) joinForms() (map[string]members.FormText, error) {
	often := ""
	for _, n := range s.current() {
		often += fmt.Sprintf("%q", n.Frequencies)
	}
	if known := s.forms.Load(); known != nil && known.often == often {
		return known.texts, nil
	}
	texts, err := s.readForms()
	if err == nil {
		s.forms.Store(&joinForms{often, texts})
	}
	return texts, err
}

// readForms finds the words of the forms by which one joins, without the authors
// and sections that one may choose, which change from day to day.
func (s *site) readForms() (map[string]members.FormText, error) {
	forms := map[string]members.FormText{}
	if len(s.Newsletters) == 0 {
		return forms, nil
	}
	words := s.speak()
	view := joinView{Heading: s.joinHeading(words), marks: marks{sampleMade, joinFormName}}
	view.Newsletters, view.Often, view.Hours = s.letters(nil, joinErrors{}), s.often(words, nil), s.hours(words, nil)
	for name, content := range map[string]any{joinFormName: view, quickFormName: front{Quick: &quick{s.Newsletters[0], marks{sampleMade, quickFormName}}}} {
		page := map[string]string{joinFormName: "join", quickFormName: "front"}[name]
		p := s.barePage(nil)
		p.Content, p.Front = content, page == "front"
		parsed, err := s.pagesIn(p.Words)
		if err != nil {
			return nil, err
		}
		body := output("pages/" + page + ".html")
		if err := parsed[page].Execute(body, p); err != nil {
			return nil, err
		}
		if text := formWords(body.String()); text != "" {
			forms[name] = members.NewFormText(text)
		}
	}
	return forms, nil
}

// formWords are the words in the form of a page that has a stamp, a line each;
// nothing where there is no such form.
func formWords(page string) string {
	form := stampedForm(page)
	if form == nil {
		return ""
	}
	var lines []string
	gatherWords(form, &lines)
	return strings.Join(lines, "\n")
}

// stampedForm is the first form of a page that has a stamp; nil: none has.
func stampedForm(page string) *html.Node {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return nil
	}
	for n := range root.Descendants() {
		if n.DataAtom == atom.Form && stamped(n) {
			return n
		}
	}
	return nil
}

func stamped(form *html.Node) bool {
	for n := range form.Descendants() {
		if n.DataAtom == atom.Input && attribute(n, "name") == "made" {
			return true
		}
	}
	return false
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// gatherWords leaves out what nobody sees.
func gatherWords(n *html.Node, lines *[]string) {
	if n.Type == html.TextNode {
		if text := magazine.CleanText(n.Data); text != "" {
			*lines = append(*lines, text)
		}
	}
	if attribute(n, "aria-hidden") == "true" {
		return
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		gatherWords(c, lines)
	}
}
