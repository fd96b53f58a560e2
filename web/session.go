package web

import (
	"context"
	"net/http"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// cookieName is what the cookie of a session is called. Where it goes over HTTPS
// alone, browsers see to it by the name that no other host has set it.
func (s *site) cookieName() string {
	if s.secure {
		return "__Host-session"
	}
	return "session"
}

// setCookie gives a browser the secret of its session. Nothing sets a cookie
// before somebody has signed in.
func (s *site) setCookie(w http.ResponseWriter, secret string, lasts time.Duration) {
	http.SetCookie(w, &http.Cookie{Name: s.cookieName(), Value: secret, Path: "/", MaxAge: int(lasts.Seconds()), HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode})
}

// dropCookie has a browser forget it, and nobody is signed in from here on.
func (s *site) dropCookie(w http.ResponseWriter, r *http.Request) {
	s.setCookie(w, "", -time.Second)
	noteSession(r, false)
}

// shown is the secret of a session that a browser shows; empty: none.
func (s *site) shown(r *http.Request) string {
	c, err := r.Cookie(s.cookieName())
	if err != nil {
		return ""
	}
	return c.Value
}

// browser is what a request comes from.
func (s *site) browser(r *http.Request) members.Browser {
	return members.Browser{Name: r.UserAgent(), Before: s.shown(r)}
}

// signedIn is the person who is signed in, and the session. Unauthorised: nobody
// is. The page that the request is for is in their language from here on.
func (s *site) signedIn(r *http.Request) (store.Session, magazine.Subscriber, error) {
	session, p, err := s.Members.SignedIn(r.Context(), s.shown(r))
	speakTo(r, p.Language)
	noteSession(r, err == nil)
	return session, p, err
}

// hasSession is under which a request has whether somebody is signed in, where that
// was looked up.
type hasSession struct{}

// noteSession has the pages of a request say whether somebody is signed in.
func noteSession(r *http.Request, signedIn bool) {
	*r = *r.WithContext(context.WithValue(r.Context(), hasSession{}, signedIn))
}

// accountView is what a member sees of their account.
type accountView struct {
	Email      string
	Error      string // why what was asked for was not done; empty: nothing is wrong
	Sessions   []sessionView
	Passkeys   []passkeyView
	NewPasskey string // what is asked of the browser to make one; empty: there are none here
	Moves      []moveView
}

// moveView is a change of address that may still be confirmed.
type moveView struct {
	ID    string
	Email string // the new one
	Asked time.Time
}

// sessionView is one browser that is signed in.
type sessionView struct {
	ID      string
	Browser string // such as Firefox on Linux
	Begun   time.Time
	Seen    time.Time
	Here    bool // it is the one that asks
}

// account shows a member what is kept of them and where they are signed in.
func (s *site) account(w http.ResponseWriter, r *http.Request) error {
	return s.showAccount(w, r, http.StatusOK, "")
}

func (s *site) showAccount(w http.ResponseWriter, r *http.Request, status int, wrong string) error {
	session, person, err := s.signedIn(r)
	if err != nil {
		return s.needSignIn(w, r, err)
	}
	all, err := s.Members.Sessions(r.Context(), person.ID)
	if err != nil {
		return err
	}
	p, err := s.page(r)
	if err != nil {
		return err
	}
	view := accountView{Email: person.Email, Error: wrong}
	for _, one := range all {
		view.Sessions = append(view.Sessions, sessionView{one.ID, browserName(p.Words, one.Browser), one.Created, one.Seen, one.ID == session.ID})
	}
	if err := s.fillPasskeys(r, person, &view); err != nil {
		return err
	}
	moves, err := s.Members.OpenAddresses(r.Context(), person.ID)
	if err != nil {
		return err
	}
	for _, c := range moves {
		view.Moves = append(view.Moves, moveView{c.ID, c.New, c.Created})
	}
	p.Title, p.NoIndex, p.Cache, p.Content = p.Words.T("account.title"), true, "no-store", view
	w.Header().Set("Content-Security-Policy", scriptPolicy)
	return s.show(w, r, status, "account", p)
}

// endSession signs the member out in one browser, or everywhere.
func (s *site) endSession(w http.ResponseWriter, r *http.Request) error {
	session, person, err := s.signedIn(r)
	if err != nil {
		return s.needSignIn(w, r, err)
	}
	id, everywhere := magazine.CleanText(r.PostFormValue("session")), r.PostFormValue("everywhere") != ""
	if everywhere {
		id = ""
	} else if id == "" {
		return magazine.Errorf(magazine.Invalid, "no session to end").Said("fault.form.altered")
	}
	if err := s.Members.EndSession(r.Context(), person.ID, id); err != nil {
		return err
	}
	if everywhere || id == session.ID {
		s.dropCookie(w, r)
		return s.signedOut(w, r, everywhere)
	}
	return s.seeOther(w, "/account")
}

func (s *site) signOut(w http.ResponseWriter, r *http.Request) error {
	session, person, err := s.signedIn(r)
	if err == nil {
		err = s.Members.EndSession(r.Context(), person.ID, session.ID)
	}
	if err != nil && magazine.CodeOf(err) != magazine.Unauthorised {
		return err
	}
	s.dropCookie(w, r)
	return s.signedOut(w, r, false)
}

func (s *site) signedOut(w http.ResponseWriter, r *http.Request, everywhere bool) error {
	words := s.wordsFor(r)
	said := words.T("signed-out.here")
	if everywhere {
		said = words.T("signed-out.everywhere")
	}
	return s.tokenPage(w, r, message{Heading: words.T("signed-out.title"), Sentences: []string{said}})
}
