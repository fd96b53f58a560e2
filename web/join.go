package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"postrider/magazine"
	"postrider/members"
)

const (
	maxAuthorChoices = 60  // more authors than these are not listed on the form; their own pages lead to it
	maxFollows       = 200 // of one sign-up
)

// joinView is the sign-up form with what has been typed.
type joinView struct {
	Heading     string
	Error       string
	Email, Name string
	Newsletters []choice
	Sections    []choice
	Authors     []choice
	Narrowed    bool // some section or author is chosen
}

// choice is one box to tick.
type choice struct {
	Kind        string // name of the form's field
	Value       string
	Title       string
	Description string
	Checked     bool
}

func (s *site) joinForm(w http.ResponseWriter, r *http.Request) error {
	return s.showJoin(w, r, http.StatusOK, r.URL.Query(), "")
}

// showJoin shows the form with the choices of typed: those of an address
// ("?author=salma-oduya"), or a form that could not be used.
func (s *site) showJoin(w http.ResponseWriter, r *http.Request, status int, typed url.Values, problem string) error {
	if len(s.Newsletters) == 0 {
		return magazine.Errorf(magazine.NotFound, "%s has no newsletter to sign up for.", s.Publication.Title)
	}
	p, err := s.page(r)
	if err != nil {
		return err
	}
	authors, err := s.Store.Authors(r.Context())
	if err != nil {
		return err
	}
	view := joinView{Error: problem, Email: typed.Get("email"), Name: typed.Get("name"), Heading: "By mail"}
	for _, n := range s.Newsletters {
		chosen := len(typed["newsletter"]) == 0 && problem == "" || slices.Contains(typed["newsletter"], n.Name)
		view.Newsletters = append(view.Newsletters, choice{"newsletter", n.Name, n.Title, n.Description, chosen})
	}
	if len(s.Newsletters) == 1 {
		view.Heading = s.Newsletters[0].Title
	}
	for _, c := range p.Sections {
		chosen := slices.Contains(typed["section"], c.Slug)
		view.Narrowed = view.Narrowed || chosen
		view.Sections = append(view.Sections, choice{"section", c.Slug, c.Name, c.Description, chosen})
	}
	for _, a := range authors {
		chosen := slices.Contains(typed["author"], a.Slug)
		view.Narrowed = view.Narrowed || chosen
		if chosen || len(authors) <= maxAuthorChoices {
			view.Authors = append(view.Authors, choice{"author", a.Slug, a.Name, "", chosen})
		}
	}
	p.Title, p.Canonical, p.Content = view.Heading, s.Publication.Link("/join"), view
	p.Description = "New articles from " + s.Publication.Title + " in your mailbox."
	if r.Method == http.MethodPost || len(typed["email"])+len(typed["name"]) > 0 { // no cache keeps what a person typed
		p.Cache, p.NoIndex = "no-store", true
	}
	return s.show(w, r, status, "join", p)
}

// join takes a sign-up. The answer is the same whether or not the address is
// known.
func (s *site) join(w http.ResponseWriter, r *http.Request) error {
	from := s.client(r)
	if !s.signUps.allow(from) {
		w.Header().Set("Retry-After", "60")
		s.tell(w, r, http.StatusTooManyRequests, "Too many sign-ups", "Your network has sent us many sign-ups in a short time. Please try again in a few minutes.")
		return nil
	}
	if err := r.ParseForm(); err != nil {
		return magazine.Errorf(magazine.Invalid, "The form could not be read. Open the page again and send it once more.")
	}
	form := r.PostForm
	follows, err := followsOf(form)
	if err == nil && len(form["newsletter"]) == 0 {
		err = magazine.Errorf(magazine.Invalid, "Choose at least one newsletter.")
	}
	if err == nil {
		err = s.Members.SignUp(r.Context(), members.Request{
			Email: strings.TrimSpace(form.Get("email")), Name: magazine.CleanText(form.Get("name")),
			Newsletters: form["newsletter"], Follows: follows, From: from, Form: "/join",
		})
	}
	if err != nil {
		switch magazine.CodeOf(err) {
		case magazine.Invalid, magazine.NotFound:
			return s.showJoin(w, r, http.StatusUnprocessableEntity, form, sentence(err))
		case magazine.Unavailable:
			return s.showJoin(w, r, http.StatusServiceUnavailable, form, sentence(err))
		}
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", s.path("/join/sent"))
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

func followsOf(form url.Values) ([]magazine.Follow, error) {
	var follows []magazine.Follow
	for _, slug := range form["section"] {
		follows = append(follows, magazine.Follow{Kind: magazine.FollowSection, Slug: slug})
	}
	for _, slug := range form["author"] {
		follows = append(follows, magazine.Follow{Kind: magazine.FollowAuthor, Slug: slug})
	}
	if len(follows) > maxFollows {
		return nil, magazine.Errorf(magazine.Invalid, "Choose at most %d authors and sections.", maxFollows)
	}
	return follows, nil
}

func (s *site) joinSent(w http.ResponseWriter, r *http.Request) error {
	p, err := s.page(r)
	if err != nil {
		return err
	}
	p.Title, p.NoIndex = "Look into your mailbox", true
	p.Content = message{
		Heading: p.Title,
		Sentences: []string{
			"We sent you a message with a link. Open it and confirm; until then we send you nothing else.",
			"If it does not come within a few minutes, look among the unwanted mail. If you get our mails already, there is nothing to confirm.",
		},
	}
	return s.show(w, r, http.StatusOK, "message", p)
}
