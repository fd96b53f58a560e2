package web

import (
	"net/http"
	"strconv"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/templates"
)

// leaveView is the page that the leaving link of a mail leads to: one button, and
// what one may choose instead.
type leaveView struct {
	Title  string
	Email  string // empty: it is not told
	Gone   bool   // it is nobody's any more
	Left   bool
	Thanks bool     // they have said why
	Done   string   // what was done instead of leaving; empty: nothing
	Error  string   // why it was not
	Often  []choice // how often they may get it instead
	Pauses []choice
}

// pauses are for how many days one may pause there; 0: until they say so.
var pauses = []struct {
	days  int
	title string // name of the message
}{{30, "leave.month"}, {91, "leave.three-months"}, {0, "leave.open"}}

func (s *site) leavePage(w http.ResponseWriter, r *http.Request) error {
	secret(w)
	leaving, err := s.Members.CheckLeave(r.Context(), r.PathValue("token"))
	if err != nil {
		return s.badLink(w, r, err)
	}
	speakTo(r, leaving.Language)
	return s.showLeave(w, r, http.StatusOK, leaving, leaveView{})
}

func (s *site) showLeave(w http.ResponseWriter, r *http.Request, status int, leaving members.Leaving, view leaveView) error {
	n, words := leaving.Newsletter, s.wordsFor(r)
	view.Title, view.Email, view.Gone, view.Left = n.Title, leaving.Email, leaving.Gone, leaving.Left
	for _, f := range n.Frequencies {
		if f.Name != leaving.Frequency {
			view.Often = append(view.Often, choice{"often", f.Name, f.Title, "", false})
		}
	}
	for i, p := range pauses {
		view.Pauses = append(view.Pauses, choice{"days", strconv.Itoa(p.days), words.T(p.title), "", i == 0})
	}
	heading := words.T("leave.title", "newsletter", n.Title)
	if view.Left {
		heading = words.T("left.title", "newsletter", n.Title)
	}
	p, err := s.page(r)
	if err != nil {
		return err
	}
	p.Title, p.NoIndex, p.Cache, p.Content = heading, true, "no-store", view
	return s.show(w, r, status, "leave", p)
}

// leave ends a subscription: by the button, or by a mail program's one-click
// POST (RFC 8058 section 3.2), which brings no cookie and no Origin and reads
// only the status. The page's other forms say what they want in its place.
func (s *site) leave(w http.ResponseWriter, r *http.Request) error {
	secret(w)
	token := r.PathValue("token")
	leaving, err := s.Members.CheckLeave(r.Context(), token)
	if err != nil {
		return s.badLink(w, r, err)
	}
	speakTo(r, leaving.Language)
	words := s.wordsFor(r)
	view, err := s.doInstead(r, words, token)
	status := http.StatusOK
	if code := magazine.CodeOf(err); err != nil && (code == magazine.Invalid || code == magazine.Conflict) {
		status, view = failures[code].status, leaveView{Error: sentence(words, err)}
		err = nil
	}
	if err == nil {
		leaving, err = s.Members.CheckLeave(r.Context(), token)
	}
	if err != nil {
		return s.badLink(w, r, err)
	}
	if r.PostFormValue("List-Unsubscribe") == "One-Click" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.Write([]byte(words.T("left.title", "newsletter", leaving.Newsletter.Title) + "\n"))
		return nil
	}
	return s.showLeave(w, r, status, leaving, view)
}

// doInstead does what a form of the page asks for, and tells what there is to say
// of it.
func (s *site) doInstead(r *http.Request, words *templates.Words, token string) (leaveView, error) {
	switch r.PostFormValue("act") {
	case "less":
		return leaveView{Done: words.T("leave.less.done")}, s.Members.LessInstead(r.Context(), token, r.PostFormValue("often"))
	case "pause":
		return leaveView{Done: words.T("leave.pause.done")}, s.Members.PauseInstead(r.Context(), token, daysOf(r.PostFormValue("days")))
	case "reason":
		return leaveView{Thanks: true}, s.Members.SayWhy(r.Context(), token, r.PostFormValue("reason"))
	}
	return leaveView{}, s.Members.Leave(r.Context(), token)
}

// daysOf is a length of time in days; negative: it is none.
func daysOf(text string) time.Duration {
	n, err := strconv.ParseUint(text, 10, 9)
	if err != nil {
		return -1
	}
	return time.Duration(n) * 24 * time.Hour
}
