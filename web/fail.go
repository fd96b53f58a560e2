package web

import (
	"errors"
	"net/http"

	"postrider/magazine"
	"postrider/templates"
)

// failure is how a code is told to a reader: the status, and the names of the
// messages that are the heading and, where the error has no message of its own, the
// sentence.
type failure struct {
	status      int
	title, text string
}

var failures = map[magazine.Code]failure{
	magazine.NotFound:     {http.StatusNotFound, "fault.not-found.title", "fault.not-found"},
	magazine.Invalid:      {http.StatusBadRequest, "fault.invalid.title", "fault.invalid"},
	magazine.Conflict:     {http.StatusConflict, "fault.conflict.title", "fault.conflict"},
	magazine.Unauthorised: {http.StatusForbidden, "fault.unauthorised.title", "fault.unauthorised"},
	magazine.Unavailable:  {http.StatusServiceUnavailable, "fault.unavailable.title", "fault.unavailable"},
	magazine.Internal:     {http.StatusInternalServerError, "fault.internal.title", "fault.internal"},
}

// What is not where a reader looks for it.
var (
	errNoPage    = magazine.Errorf(magazine.NotFound, "no such page").Said("fault.no-page")
	errNoArticle = magazine.Errorf(magazine.NotFound, "no such article").Said("fault.no-article")
	errNoAuthor  = magazine.Errorf(magazine.NotFound, "no such author").Said("fault.no-author")
	errNoSection = magazine.Errorf(magazine.NotFound, "no such section").Said("fault.no-section")
	errNoIssue   = magazine.Errorf(magazine.NotFound, "no such issue").Said("fault.no-issue")
	errNoFile    = magazine.Errorf(magazine.NotFound, "no such file").Said("fault.no-file")
	errNoTurn    = magazine.Errorf(magazine.Invalid, "no such page of a list").Said("fault.no-turn")
)

func failureOf(err error) failure {
	if how, ok := failures[magazine.CodeOf(err)]; ok {
		return how
	}
	return failures[magazine.Internal]
}

// fail is the one place that makes an error a page. What has no code is our
// fault: it is logged and never shown.
func (s *site) fail(w http.ResponseWriter, r *http.Request, err error) {
	words := s.wordsFor(r)
	if r.Context().Err() != nil { // hardly anybody is listening, but nobody shall take it for done
		w.Header().Set("Connection", "close")
		s.tell(w, r, http.StatusServiceUnavailable, words.T("fault.unavailable.title"), words.T("fault.cut-off"))
		return
	}
	how := failureOf(err)
	if how == failures[magazine.Internal] {
		s.log.Error("a page failed", "method", r.Method, "route", r.Pattern, "error", err)
	}
	s.tell(w, r, how.status, words.T(how.title), sentence(words, err))
}

// tell shows a page with a heading and a sentence, under a status other than 200.
func (s *site) tell(w http.ResponseWriter, r *http.Request, status int, heading, text string) {
	p, err := s.page(r)
	if err != nil { // the page says what it must without the names of the sections
		p = s.barePage(r)
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

// sentence is what a reader is told of the first Error in the chain: its message
// in the reader's language; else to one who reads English its text, and to others,
// or of what is not the reader's affair, what its code says.
func sentence(words *templates.Words, err error) string {
	var e *magazine.Error
	if !errors.As(err, &e) {
		return words.T("fault.internal")
	}
	if e.Message != "" && e.Code != magazine.Internal {
		return words.T(e.Message, e.Args...)
	}
	ours := e.Code == magazine.Unavailable || e.Code == magazine.Internal
	if how, ok := failures[e.Code]; ok && (ours || magazine.BaseLanguage(words.Language) != "en") {
		return words.T(how.text)
	}
	return asSentence(e.Text)
}
