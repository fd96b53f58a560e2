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
)

const (
	maxAuthorChoices = 60  // more authors than these are not listed on the form; their own pages lead to it
	maxFollows       = 200 // of one sign-up
)

// joinView is the sign-up form with what has been typed.
type joinView struct {
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
	view := joinView{Errors: wrong, Email: typed.Get("email"), Name: typed.Get("name"), Timezone: typed.Get("timezone"), Heading: "By mail"}
	for _, n := range s.Newsletters {
		chosen := len(typed["newsletter"]) == 0 && wrong == joinErrors{} || slices.Contains(typed["newsletter"], n.Name)
		view.Newsletters = append(view.Newsletters, choice{"newsletter", n.Name, n.Title, n.Description, chosen})
	}
	view.Often, view.Hours = s.often(typed), s.hours(typed)
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
	if r.Method == http.MethodPost || len(typed["email"])+len(typed["name"])+len(typed["timezone"]) > 0 { // no cache keeps what a person typed
		p.Cache, p.NoIndex = "no-store", true
	}
	if len(view.Hours) > 0 {
		w.Header().Set("Content-Security-Policy", scriptPolicy)
	}
	return s.show(w, r, status, "join", p)
}

// oftenField is the form's field of how often one gets a newsletter.
func oftenField(newsletter string) string { return "often-" + newsletter }

func (s *site) often(typed url.Values) (all []often) {
	for _, n := range s.Newsletters {
		if len(n.Frequencies) < 2 {
			continue
		}
		one := often{Title: "How often"}
		if len(s.Newsletters) > 1 {
			one.Title = "How often " + n.Title
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

func (s *site) hours(typed url.Values) (all []hours) {
	for _, n := range s.Newsletters {
		if !n.OwnHour {
			continue
		}
		one := hours{Field: hourField(n.Name), Title: "At what hour"}
		if len(s.Newsletters) > 1 {
			one.Title = "At what hour " + n.Title
		}
		one.Choices = hourChoices(one.Field, typed.Get(one.Field))
		all = append(all, one)
	}
	return all
}

// hourChoices are the hours of the day, after the newsletter's own time.
func hourChoices(field, chosen string) []choice {
	all := []choice{{field, members.NoHour, "At its usual time", "", true}}
	for h := range 24 {
		hour := fmt.Sprintf("%02d:00", h)
		all = append(all, choice{field, hour, hour, "", hour == chosen})
		all[0].Checked = all[0].Checked && hour != chosen
	}
	return all
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
	asked := members.Request{
		Email: strings.TrimSpace(form.Get("email")), Name: magazine.CleanText(form.Get("name")),
		Newsletters: form["newsletter"], Follows: followsOf(form), Frequency: map[string]string{}, Hour: map[string]string{}, Timezone: strings.TrimSpace(form.Get("timezone")), From: from, Form: "/join",
	}
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
	if err == nil {
		err = s.Members.SignUp(r.Context(), asked)
	}
	if magazine.CodeOf(err) == magazine.Unavailable {
		return s.showJoin(w, r, http.StatusServiceUnavailable, form, joinErrors{Form: sentence(err)})
	}
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", s.path("/join/sent"))
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// checkJoin finds all that is wrong with a form at once.
func (s *site) checkJoin(r *http.Request, asked members.Request) (wrong joinErrors, err error) {
	if len(asked.Newsletters) == 0 {
		wrong.Newsletters = "Choose at least one newsletter."
	}
	if len(asked.Follows) > maxFollows {
		wrong.Follows = fmt.Sprintf("Choose at most %d sections and authors.", maxFollows)
		asked.Follows = nil
	}
	var faults members.Faults
	if err := s.Members.Check(r.Context(), asked); err != nil && !errors.As(err, &faults) {
		return wrong, err
	}
	for _, f := range faults {
		switch text := sentence(f.Err); f.Field {
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
		wrong.Form, wrong.Newsletters = "This form is not as we sent it. Please send it again.", ""
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
	p.Title, p.NoIndex = "Look into your mailbox", true
	p.Content = message{
		Heading: p.Title,
		Sentences: []string{
			"We are sending a message to the address that you typed. It has a link to a page with a button; press it within 7 days, and you are on the list. Until then we send nothing else.",
			"If nothing comes within half an hour, look among the unwanted mail. Then sign up once more, with an eye on how the address is written.",
			"We send only a few such messages a day to one address, and none to an address that has turned our mail away or asked us to stop.",
		},
	}
	return s.show(w, r, http.StatusOK, "message", p)
}
