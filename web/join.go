package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"postrider/magazine"
	"postrider/members"
	"postrider/templates"
)

const (
	maxAuthorChoices = 60  // more authors than these are not listed on the form; their own pages lead to it
	maxFollows       = 200 // of one sign-up
)

// joinView is the sign-up form with what has been typed.
type joinView struct {
	marks
	Heading     string
	Errors      joinErrors
	Email, Name string
	Timezone    string
	Newsletters []choice
	Often       []often // of the newsletters that leave a choice
	Hours       []hours // of the newsletters that leave the hour to the reader
	Sections    []choice
	Authors     []choice
	Narrowed    bool // some section or author is chosen
}

// often is the choice of how often one gets a newsletter.
type often struct {
	Title   string
	Choices []choice // one of them
}

// hours is the choice of the hour at which one gets a newsletter.
type hours struct {
	Field   string // of the form
	Title   string
	Choices []choice // one of them
}

// joinErrors are what is wrong with a form that was sent, each for its place;
// empty: nothing.
type joinErrors struct {
	Form        string // of no one field
	Email       string
	Newsletters string
	Timezone    string
	Follows     string
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
	return s.showJoin(w, r, http.StatusOK, r.URL.Query(), joinErrors{})
}

// showJoin shows the form with the choices of typed: those of an address
// ("?author=salma-oduya"), or a form that could not be used.
func (s *site) showJoin(w http.ResponseWriter, r *http.Request, status int, typed url.Values, wrong joinErrors) error {
	if len(s.Newsletters) == 0 {
		return magazine.Errorf(magazine.NotFound, "no newsletter to sign up for").Said("join.none", "publication", s.Publication.Title)
	}
	p, err := s.page(r)
	if err != nil {
		return err
	}
	authors, err := s.Store.Authors(r.Context())
	if err != nil {
		return err
	}
	view := joinView{Errors: wrong, Email: typed.Get("email"), Name: typed.Get("name"), Timezone: typed.Get("timezone"), Heading: s.joinHeading(p.Words)}
	view.marks = marks{s.Members.StampForm(s.Now()), joinFormName}
	if made := typed.Get("made"); r.Method == http.MethodPost && s.Members.JudgeForm(made) != members.FormOld && s.Members.JudgeForm(made) != members.FormForeign {
		view.Made = made // or who is told that they were quick would be so again
	}
	view.Newsletters, view.Often, view.Hours = s.letters(typed["newsletter"], wrong), s.often(p.Words, typed), s.hours(p.Words, typed)
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
	p.Description = p.Words.T("join.about", "publication", s.Publication.Title)
	p.Cache = "no-store" // the form tells when it was made, and what a person typed
	p.NoIndex = r.Method == http.MethodPost || len(typed["email"])+len(typed["name"])+len(typed["timezone"]) > 0
	if len(view.Hours) > 0 {
		w.Header().Set("Content-Security-Policy", scriptPolicy)
	}
	return s.show(w, r, status, "join", p)
}

// joinHeading is what the page on which one joins is called.
func (s *site) joinHeading(words *templates.Words) string {
	if len(s.Newsletters) == 1 {
		return s.Newsletters[0].Title
	}
	return words.T("join.title")
}

// letters are the newsletters to choose from: those named are chosen, or all
// where none is, unless something is wrong with the form.
func (s *site) letters(named []string, wrong joinErrors) (all []choice) {
	for _, n := range s.Newsletters {
		chosen := len(named) == 0 && wrong == joinErrors{} || slices.Contains(named, n.Name)
		all = append(all, choice{"newsletter", n.Name, n.Title, n.Description, chosen})
	}
	return all
}

// current are the newsletters with the frequencies that they have now.
func (s *site) current() (all []magazine.Newsletter) {
	if s.Members == nil { // the templates are tried out
		return s.Newsletters
	}
	for _, n := range s.Newsletters {
		all = append(all, *s.Members.Newsletter(n.Name))
	}
	return all
}

// oftenField is the form's field of how often one gets a newsletter.
func oftenField(newsletter string) string { return "often-" + newsletter }

func (s *site) often(words *templates.Words, typed url.Values) (all []often) {
	for _, n := range s.current() {
		if len(n.Frequencies) < 2 {
			continue
		}
		one := often{Title: words.T("join.how-often")}
		if len(s.Newsletters) > 1 {
			one.Title = words.T("join.how-often-of", "newsletter", n.Title)
		}
		field := oftenField(n.Name)
		chosen := n.Frequency(typed.Get(field)).Name
		for _, f := range n.Frequencies {
			one.Choices = append(one.Choices, choice{field, f.Name, f.Title, "", f.Name == chosen})
		}
		all = append(all, one)
	}
	return all
}

// hourField is the form's field of the hour at which one gets a newsletter.
func hourField(newsletter string) string { return "hour-" + newsletter }

func (s *site) hours(words *templates.Words, typed url.Values) (all []hours) {
	for _, n := range s.Newsletters {
		if !n.OwnHour {
			continue
		}
		one := hours{Field: hourField(n.Name), Title: words.T("join.what-hour")}
		if len(s.Newsletters) > 1 {
			one.Title = words.T("join.what-hour-of", "newsletter", n.Title)
		}
		one.Choices = hourChoices(words, one.Field, typed.Get(one.Field))
		all = append(all, one)
	}
	return all
}

// hourChoices are the hours of the day, after the newsletter's own time.
func hourChoices(words *templates.Words, field, chosen string) []choice {
	all := []choice{{field, members.NoHour, words.T("join.usual-hour"), "", true}}
	for h := range 24 {
		hour := fmt.Sprintf("%02d:00", h)
		all = append(all, choice{field, hour, words.Figures(hour), "", hour == chosen})
		all[0].Checked = all[0].Checked && hour != chosen
	}
	return all
}

// join takes a sign-up. The answer is the same whether or not the address is
// known.
func (s *site) join(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return magazine.Errorf(magazine.Invalid, "a form that cannot be read").Said("fault.form.unread")
	}
	form := r.PostForm
	if fit, err := s.fit(w, r, form); err != nil || !fit {
		return err
	}
	from, words := s.client(r), s.wordsFor(r)
	if !s.signUps.allow(from) {
		w.Header().Set("Retry-After", "60")
		s.tell(w, r, http.StatusTooManyRequests, words.T("join.too-many.title"), words.T("join.too-many"))
		return nil
	}
	asked := members.Request{
		Email: strings.TrimSpace(form.Get("email")), Name: magazine.CleanText(form.Get("name")),
		Newsletters: form["newsletter"], Follows: followsOf(form), Frequency: map[string]string{}, Hour: map[string]string{}, Timezone: strings.TrimSpace(form.Get("timezone")), From: from, Form: joinFormName,
	}
	forms, err := s.joinForms()
	if err != nil {
		return err
	}
	if _, known := forms[form.Get("form")]; known {
		asked.Form = form.Get("form")
	}
	asked.Text = forms[asked.Form]
	for _, n := range s.Newsletters {
		asked.Frequency[n.Name] = form.Get(oftenField(n.Name))
		if n.OwnHour {
			asked.Hour[n.Name] = form.Get(hourField(n.Name))
		}
	}
	wrong, err := s.checkJoin(r, asked)
	if err == nil && wrong != (joinErrors{}) {
		return s.showJoin(w, r, http.StatusUnprocessableEntity, form, wrong)
	}
	if err == nil && !s.everybody.AllowN(s.Now(), 1) {
		w.Header().Set("Retry-After", "60")
		return s.showJoin(w, r, http.StatusServiceUnavailable, form, joinErrors{Form: words.T("join.full")})
	}
	if err == nil {
		err = s.Members.SignUp(r.Context(), asked)
	}
	if magazine.CodeOf(err) == magazine.Unavailable {
		return s.showJoin(w, r, http.StatusServiceUnavailable, form, joinErrors{Form: sentence(words, err)})
	}
	if err != nil {
		return err
	}
	return s.seeOther(w, "/join/sent")
}

// fit tells whether a form is one of ours that a person has filled in. Any other
// is answered with our page, which has what was typed, and nothing is kept: a form
// on another site leads to it so.
func (s *site) fit(w http.ResponseWriter, r *http.Request, form url.Values) (bool, error) {
	age := s.Members.JudgeForm(form.Get("made"))
	if s.ownForms.Check(r) != nil {
		age = members.FormForeign
	}
	again, words := "", s.wordsFor(r)
	switch {
	case age == members.FormForeign:
		form.Del("made")
		return false, s.showJoin(w, r, http.StatusOK, form, joinErrors{})
	case form.Get("message") != "":
		again = words.T("join.filled")
	case age == members.FormQuick:
		again = words.T("join.quick")
	case age == members.FormOld:
		again = words.T("join.old")
	default:
		return true, nil
	}
	return false, s.showJoin(w, r, http.StatusUnprocessableEntity, form, joinErrors{Form: again})
}

// checkJoin finds all that is wrong with a form at once.
func (s *site) checkJoin(r *http.Request, asked members.Request) (wrong joinErrors, err error) {
	words := s.wordsFor(r)
	if len(asked.Newsletters) == 0 {
		wrong.Newsletters = words.T("join.choose")
	}
	if len(asked.Follows) > maxFollows {
		wrong.Follows = words.T("join.at-most", "most", maxFollows)
		asked.Follows = nil
	}
	var faults members.Faults
	if err := s.Members.Check(r.Context(), asked); err != nil && !errors.As(err, &faults) {
		return wrong, err
	}
	for _, f := range faults {
		switch text := sentence(words, f.Err); f.Field {
		case members.EmailField:
			wrong.Email = text
		case members.NewslettersField:
			wrong.Newsletters = text
		case members.TimezoneField:
			wrong.Timezone = text
		case members.FollowsField:
			wrong.Follows = text
		default:
			wrong.Form = text
		}
	}
	if len(s.Newsletters) == 1 && wrong.Newsletters != "" { // there is no field to choose it
		wrong.Form, wrong.Newsletters = words.T("fault.form.altered"), ""
	}
	return wrong, nil
}

func followsOf(form url.Values) (follows []magazine.Follow) {
	for _, kind := range []magazine.FollowKind{magazine.FollowSection, magazine.FollowAuthor, magazine.FollowTag} {
		for _, slug := range form[string(kind)] {
			follows = append(follows, magazine.Follow{Kind: kind, Slug: magazine.CleanText(slug)})
		}
	}
	return follows
}

// joinSent says the same to everybody: whoever signed up is sent a message,
// whether we know the address or not.
func (s *site) joinSent(w http.ResponseWriter, r *http.Request) error {
	p, err := s.page(r)
	if err != nil {
		return err
	}
	p.Title, p.NoIndex = p.Words.T("join.sent.title"), true
	p.Content = message{
		Heading:   p.Title,
		Sentences: []string{p.Words.T("join.sent"), p.Words.T("join.sent.nothing"), p.Words.T("join.sent.few")},
	}
	return s.show(w, r, http.StatusOK, "message", p)
}
