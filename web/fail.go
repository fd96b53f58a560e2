package web

import (
	"errors"
	"net/http"

	"postrider/magazine"
)

// failure is how a code is told to a reader: the status and the heading.
type failure struct {
	status  int
	heading string
}

var failures = map[magazine.Code]failure{
	magazine.NotFound:     {http.StatusNotFound, "Not found"},
	magazine.Invalid:      {http.StatusBadRequest, "That cannot be used"},
	magazine.Conflict:     {http.StatusConflict, "That clashes with what is there"},
	magazine.Unauthorised: {http.StatusForbidden, "Not allowed"},
	magazine.Unavailable:  {http.StatusServiceUnavailable, "Not now"},
	magazine.Internal:     {http.StatusInternalServerError, "Something is broken here"},
}

var errNoPage = magazine.Errorf(magazine.NotFound, "There is no page at this address.")

// fail is the one place that makes an error a page. What has no code is our
// fault: it is logged and never shown.
func (s *site) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil { // hardly anybody is listening, but nobody shall take it for done
		w.Header().Set("Connection", "close")
		s.tell(w, r, http.StatusServiceUnavailable, failures[magazine.Unavailable].heading, "The connection broke off before this was done. Please try again.")
		return
	}
	code := magazine.CodeOf(err)
	how, ok := failures[code]
	if !ok {
		code, how = magazine.Internal, failures[magazine.Internal]
	}
	text := sentence(err)
	if code == magazine.Internal {
		s.log.Error("a page failed", "method", r.Method, "route", r.Pattern, "error", err)
		text = "The page could not be made. The fault is ours and has been noted; please try again later."
	}
	s.tell(w, r, how.status, how.heading, text)
}

// tell shows a page with a heading and a sentence, under a status other than 200.
func (s *site) tell(w http.ResponseWriter, r *http.Request, status int, heading, text string) {
	p, err := s.page(r)
	if err != nil { // the page says what it must without the names of the sections
		p = s.barePage()
	}
	p.Title, p.NoIndex, p.Cache = heading, true, "no-store"
	if status == http.StatusNotFound || status == http.StatusGone {
		p.Cache = pageCache
	}
	if own := w.Header().Get("Cache-Control"); own != "" { // of a page for one person
		p.Cache = own
	}
	p.Content = message{Heading: heading, Sentences: []string{text}}
	if err := s.show(w, r, status, "message", p); err != nil {
		s.log.Error("the error page failed", "error", err)
		http.Error(w, heading, status)
	}
}

// sentence is the text of the first Error in the chain, as a sentence.
func sentence(err error) string {
	var e *magazine.Error
	if !errors.As(err, &e) {
		return ""
	}
	return asSentence(e.Text)
}
