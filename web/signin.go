package web

import (
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"postrider/magazine"
	"postrider/members"
)

// signInView is the page on which one asks to be signed in.
type signInView struct {
	Heading string
	Problem string // why one is here; empty: nothing is wrong
	Error   string // of the address
	Email   string
	Next    string // path of the page that they want, or empty
	Passkey string // what is asked of a browser that may have one; empty: there are none here
}

// codeView is the page on which the mailed code is typed.
type codeView struct {
	Error string
}

// membersOnly answers only where there are newsletters, or a desk: without them
// nobody is there to sign in.
func (s *site) membersOnly(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		secret(w)
		w.Header().Set("Cache-Control", "no-store")
		if len(s.Newsletters) == 0 && s.desk == nil {
			return errNoPage
		}
		return h(w, r)
	}
}

// routeMembers has the pages on which members sign in and look after what is
// theirs.
func (s *site) routeMembers(on func(method, path string, h handler)) {
	get := func(path string, h handler) { on("GET", path, s.membersOnly(h)) }
	post := func(path string, h handler) { on("POST", path, s.membersOnly(s.whole(h))) }
	get("/signin", s.signInForm)
	post("/signin", s.askSignIn)
	get("/signin/code/{id}", s.codeForm)
	post("/signin/code/{id}", s.signInByCode)
	post("/signin/passkey", s.signInByPasskey)
	get("/signin/{token}", s.signInPage)
	post("/signin/{token}", s.signInByLink)
	get("/preferences", s.preferences)
	post("/preferences", s.changePreferences)
	get("/preferences/{token}", s.preferences)
	post("/preferences/{token}", s.changePreferences)
	get("/preferences/preview/{newsletter}", s.preview)
	get("/preferences/{token}/preview/{newsletter}", s.preview)
	get("/account", s.account)
	post("/account/sessions", s.endSession)
	post("/account/passkeys", s.changePasskeys)
	post("/account/address", s.askAddress)
	get("/account/data", s.accountData)
	get("/account/erase", s.erasePage)
	post("/account/erase", s.erase)
	get("/address/{token}", s.addressPage)
	post("/address/{token}", s.changeAddress)
	post("/signout", s.signOut)
}

func (s *site) signInForm(w http.ResponseWriter, r *http.Request) error {
	next := r.URL.Query().Get("next")
	if session, _, err := s.signedIn(r); err == nil {
		if s.desk != nil && strings.HasPrefix(ownPage(next), members.DeskPath) && !s.desk.Admits(session) {
			return s.showSignIn(w, r, http.StatusOK, signInView{Next: next, Problem: s.wordsFor(r).T("desk.once-more")})
		}
		return s.goOn(w, ownPage(next))
	} else if magazine.CodeOf(err) != magazine.Unauthorised {
		return err
	}
	return s.showSignIn(w, r, http.StatusOK, signInView{Next: next})
}

// showSignIn shows the page for signing in: also to one whose link works no
// more, under what is to be said of that.
func (s *site) showSignIn(w http.ResponseWriter, r *http.Request, status int, view signInView) error {
	p, err := s.page(r)
	if err != nil {
		return err
	}
	view.Heading, view.Next = p.Words.T("signin.title"), ownPage(view.Next)
	if view.Passkey, err = s.passkeyQuestion(); err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", scriptPolicy)
	p.Title, p.NoIndex, p.Cache, p.Content = view.Heading, true, "no-store", view
	return s.show(w, r, status, "signin", p)
}

// badLink shows one whose link or code works no more how to get a new one.
func (s *site) badLink(w http.ResponseWriter, r *http.Request, err error) error {
	how := failures[magazine.CodeOf(err)]
	switch magazine.CodeOf(err) {
	case magazine.NotFound, magazine.Invalid, magazine.Conflict:
		return s.showSignIn(w, r, how.status, signInView{Problem: sentence(s.wordsFor(r), err)})
	}
	return err
}

// needSignIn has one sign in who is not, and then come back.
func (s *site) needSignIn(w http.ResponseWriter, r *http.Request, err error) error {
	if magazine.CodeOf(err) != magazine.Unauthorised {
		return err
	}
	to := "/signin"
	if r.Method == http.MethodGet {
		to = signInFor(strings.TrimPrefix(r.URL.Path, s.plainPrefix()))
	}
	return s.seeOther(w, to)
}

// signInFor is the path of the page on which one signs in to go on to another.
func signInFor(next string) string { return "/signin?next=" + url.QueryEscape(next) }

// askSignIn answers the same, in the same time, whether or not the address is
// known.
func (s *site) askSignIn(w http.ResponseWriter, r *http.Request) error {
	if !s.signIns.allow(s.client(r)) {
		return s.tooMany(w, r, "too-many.signins")
	}
	if !s.signInsInAll.AllowN(s.Now(), 1) {
		return s.tooMany(w, r, "too-many.people")
	}
	email, next := strings.TrimSpace(r.PostFormValue("email")), ownPage(r.PostFormValue("next"))
	id, err := s.Members.AskSignIn(r.Context(), email, next, s.client(r))
	if magazine.CodeOf(err) == magazine.Invalid {
		return s.showSignIn(w, r, http.StatusUnprocessableEntity, signInView{Error: sentence(s.wordsFor(r), err), Email: email, Next: next})
	}
	if err != nil {
		return err
	}
	return s.seeOther(w, "/signin/code/"+id)
}

// tooMany asks somebody to wait. why names the message that says so.
func (s *site) tooMany(w http.ResponseWriter, r *http.Request, why string) error {
	words := s.wordsFor(r)
	w.Header().Set("Retry-After", "60")
	s.tell(w, r, http.StatusTooManyRequests, words.T("too-many.title"), words.T(why))
	return nil
}

func (s *site) codeForm(w http.ResponseWriter, r *http.Request) error {
	return s.showCode(w, r, http.StatusOK, codeView{})
}

func (s *site) showCode(w http.ResponseWriter, r *http.Request, status int, view codeView) error {
	p, err := s.page(r)
	if err != nil {
		return err
	}
	p.Title, p.NoIndex, p.Cache, p.Content = p.Words.T("join.sent.title"), true, "no-store", view
	return s.show(w, r, status, "code", p)
}

func (s *site) signInByCode(w http.ResponseWriter, r *http.Request) error {
	if !s.tries.allow(s.client(r)) {
		return s.tooMany(w, r, "too-many.codes")
	}
	opened, err := s.Members.SignInByCode(r.Context(), r.PathValue("id"), r.PostFormValue("code"), s.browser(r))
	if magazine.CodeOf(err) == magazine.Unauthorised {
		return s.showCode(w, r, http.StatusUnprocessableEntity, codeView{Error: sentence(s.wordsFor(r), err)})
	}
	if err != nil {
		return s.badLink(w, r, err)
	}
	return s.begun(w, opened)
}

func (s *site) signInPage(w http.ResponseWriter, r *http.Request) error {
	who, err := s.Members.CheckSignIn(r.Context(), r.PathValue("token"))
	if err != nil {
		return s.badLink(w, r, err)
	}
	speakTo(r, who.Language)
	words := s.wordsFor(r)
	return s.tokenPage(w, r, message{
		Heading:   words.T("signin.here.title"),
		Sentences: []string{words.T("signin.here", "email", who.Email)},
		Button:    words.T("signin.title"),
		Aside:     words.T("signin.elsewhere"),
	})
}

func (s *site) signInByLink(w http.ResponseWriter, r *http.Request) error {
	opened, err := s.Members.SignInByLink(r.Context(), r.PathValue("token"), s.browser(r))
	if err != nil {
		return s.badLink(w, r, err)
	}
	return s.begun(w, opened)
}

// begun gives the browser the secret of its session and leads on.
func (s *site) begun(w http.ResponseWriter, o members.Opened) error {
	s.setCookie(w, o.Secret, o.Lasts)
	return s.goOn(w, ownPage(o.Next))
}

// goOn leads to a page of ours, or to what a member sees first.
func (s *site) goOn(w http.ResponseWriter, next string) error {
	if next == "" {
		next = "/preferences"
	}
	return s.seeOther(w, next)
}

// seeOther leads on to a page of ours after a form.
func (s *site) seeOther(w http.ResponseWriter, to string) error {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", s.path(to))
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// ownPages are the first parts of the addresses that one may be led to after
// signing in.
var ownPages = []string{"", "articles", "authors", "sections", "issues", "feeds", "preferences", "account", "desk"}

// ownPage is the address of a page of ours that somebody asks to be led to, as
// a page writes it; empty for anything else, so that a link to our sign-in leads
// to no other site.
func ownPage(next string) string {
	if !strings.HasPrefix(next, "/") || len(next) > 500 || strings.ContainsAny(next, "\\?#%") || strings.ContainsFunc(next, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return ""
	}
	if clean := path.Clean(next); clean != next && clean+"/" != next {
		return ""
	}
	first, _, _ := strings.Cut(next[1:], "/")
	if !slices.Contains(ownPages, first) {
		return ""
	}
	return (&url.URL{Path: next}).EscapedPath()
}
