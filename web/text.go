package web

import "net/http"

// textView is a text of the publication's own.
type textView struct {
	Heading string // empty: the text brings its own
	HTML    string
}

// text serves privacy and terms; where the publication has no such text there
// is no such page.
// title names the message that is its heading.
func (s *site) text(title, html string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if html == "" {
			return errNoPage
		}
		p, err := s.page(r)
		if err != nil {
			return err
		}
		view := textView{p.Words.T(title), html}
		if hasHeading(html) {
			view.Heading = ""
		}
		p.Title, p.Content = p.Words.T(title), view
		return s.show(w, r, http.StatusOK, "text", p)
	}
}
