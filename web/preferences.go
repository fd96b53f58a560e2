package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/templates"
)

// preferencesView is the page on which a person chooses what they get.
type preferencesView struct {
	Base     string // path that its forms go to
	Email    string
	SignedIn bool // else it was opened by the link of a mail
	Silenced bool // their address must not be mailed
	Letters  []letterView
	Zone     zoneView
	Spoken   languageView
}

// languageView is the choice of the language of our own words.
type languageView struct {
	Choices []choice
	Error   string
	Saved   bool
}

// zoneView is the choice of one's time zone.
type zoneView struct {
	Name  string // empty: they have said none
	Ours  string // the publication's, which counts then
	Error string
	Saved bool
}

// letterView is one newsletter there.
type letterView struct {
	Name, Title, Description string
	On                       bool // they get it
	Open                     bool // its choices are to be seen at once
	Saved                    bool
	Error                    string
	Coming                   *comingView // nil: nothing says when
	Often                    []choice
	Hours                    []choice
	Sections                 []choice
	Followed                 []choice // authors and tags
	Found                    []choice // by the search
	Query                    string
	Pauses                   []choice
	Until                    string // 2026-12-01
	Least                    string // the first day that a pause can end on
	Fresh                    bool
}

// The values of the field that says until when a newsletter is paused.
const (
	pauseNone  = "none"
	pauseUntil = "until"
	pauseOpen  = "open" // until it is taken up again
)

// whose finds whose preferences a request is about: by the token in its address,
// which any mail to them has, or their session.
func (s *site) whose(r *http.Request) (p magazine.Subscriber, base string, err error) {
	if token := r.PathValue("token"); token != "" {
		p, err = s.Members.OpenPreferences(r.Context(), token)
		speakTo(r, p.Language)
		return p, "/preferences/" + token, err
	}
	_, p, err = s.signedIn(r)
	return p, "/preferences", err
}

// strange answers one whose preferences cannot be told: it leads to signing in.
func (s *site) strange(w http.ResponseWriter, r *http.Request, err error) error {
	if magazine.CodeOf(err) == magazine.Unauthorised {
		return s.needSignIn(w, r, err)
	}
	return s.badLink(w, r, err)
}

func (s *site) preferences(w http.ResponseWriter, r *http.Request) error {
	person, base, err := s.whose(r)
	if err != nil {
		return s.strange(w, r, err)
	}
	return s.showPreferences(w, r, http.StatusOK, person, base, unsaved{done: r.URL.Query().Get("saved")})
}

// unsaved is what a person has typed and what is to be said of it.
type unsaved struct {
	done   string // name of the newsletter that was changed, or zoneForm or languageForm; empty: none
	letter string // name of the one that is being changed, likewise
	typed  url.Values
	error  string
}

// What stands for the forms of the time zone and of the language where a
// newsletter's name would.
const (
	zoneForm     = "*zone"
	languageForm = "*language"
)

func (s *site) showPreferences(w http.ResponseWriter, r *http.Request, status int, person magazine.Subscriber, base string, u unsaved) error {
	all, err := s.Members.Preferences(r.Context(), person)
	if err != nil {
		return err
	}
	p, err := s.page(r)
	if err != nil {
		return err
	}
	view := preferencesView{Base: base, Email: person.Email, SignedIn: r.PathValue("token") == "", Silenced: all.Silenced,
		Zone: zoneView{Name: person.Timezone, Ours: s.zone().String(), Saved: u.done == zoneForm}}
	view.Spoken = languageView{Choices: s.languages(p.Words), Saved: u.done == languageForm}
	if u.letter == languageForm {
		view.Spoken.Error = u.error
	}
	if u.letter == zoneForm {
		view.Zone.Name, view.Zone.Error = u.typed.Get("timezone"), u.error
	}
	for _, c := range all.Choices {
		v, err := s.letterView(r, p, person, c, u)
		if err != nil {
			return err
		}
		v.Open = v.On && len(all.Choices) == 1 || u.letter == v.Name
		view.Letters = append(view.Letters, v)
	}
	p.Title, p.NoIndex, p.Cache, p.Content = p.Words.T("preferences.title"), true, "no-store", view
	w.Header().Set("Content-Security-Policy", scriptPolicy)
	return s.show(w, r, status, "preferences", p)
}

// letterView shows a newsletter as the person has it, or as they have typed that
// they want it.
func (s *site) letterView(r *http.Request, p *page, person magazine.Subscriber, c members.Choice, u unsaved) (v letterView, err error) {
	n := c.Newsletter
	v = letterView{Name: n.Name, Title: n.Title, Description: n.Description, On: c.Share != nil, Saved: u.done == n.Name}
	if u.letter == n.Name {
		v.Error = u.error
	}
	if c.Share == nil {
		return v, nil
	}
	typed := s.asTyped(person, c)
	v.Least = s.Now().In(s.zoneOf(person)).AddDate(0, 0, 1).Format(time.DateOnly)
	if now := typed.Get("until"); now != "" && now < v.Least { // a pause that ends today can be kept
		v.Least = now
	}
	if u.letter == n.Name {
		typed = u.typed
	}
	if len(n.Frequencies) > 1 {
		for _, f := range n.Frequencies {
			v.Often = append(v.Often, choice{"often", f.Name, f.Title, "", f.Name == n.Frequency(typed.Get("often")).Name})
		}
	}
	if n.OwnHour {
		v.Hours = hourChoices(p.Words, "hour", typed.Get("hour"))
	}
	v.Query = magazine.CleanText(typed.Get("q"))
	v.Until, v.Fresh = typed.Get("until"), typed.Get("fresh") != ""
	mode := cmp.Or(typed.Get("pause"), pauseNone)
	for _, one := range [][2]string{{pauseNone, "preferences.pause.none"}, {pauseUntil, "preferences.pause.until"}, {pauseOpen, "preferences.pause.open"}} {
		v.Pauses = append(v.Pauses, choice{"pause", one[0], p.Words.T(one[1]), "", one[0] == mode})
	}
	if v.Coming, err = s.coming(r, person, c.Share); err != nil {
		return v, err
	}
	return v, s.fillFollows(r, p, &v, typed)
}

// asTyped is how a person has a newsletter, as the form would say it.
func (s *site) asTyped(person magazine.Subscriber, c members.Choice) url.Values {
	typed := url.Values{"often": {c.Share.Frequency}, "hour": {c.Share.Hour}}
	for _, f := range c.Share.Follows {
		typed.Add(string(f.Kind), f.Slug)
	}
	switch until := c.Share.PausedUntil; {
	case until.IsZero():
	case until.Equal(magazine.Indefinitely):
		typed.Set("pause", pauseOpen)
	default:
		typed.Set("pause", pauseUntil)
		typed.Set("until", until.In(s.zoneOf(person)).Format(time.DateOnly))
	}
	if c.Share.Fresh {
		typed.Set("fresh", "yes")
	}
	return typed
}

// zoneOf is the zone of a person's clocks.
func (s *site) zoneOf(p magazine.Subscriber) *time.Location {
	if zone, err := time.LoadLocation(p.Timezone); err == nil && p.Timezone != "" {
		return zone
	}
	return s.zone()
}

// changePreferences does what a form of the page asks for.
func (s *site) changePreferences(w http.ResponseWriter, r *http.Request) error {
	person, base, err := s.whose(r)
	if err != nil {
		return s.strange(w, r, err)
	}
	if err := r.ParseForm(); err != nil {
		return magazine.Errorf(magazine.Invalid, "a form that cannot be read").Said("fault.form.unread")
	}
	form := r.PostForm
	name, act := form.Get("newsletter"), form.Get("act")
	if act != "zone" && act != "language" && s.Members.Newsletter(name) == nil {
		return magazine.Errorf(magazine.NotFound, "no such newsletter").Said("preferences.no-newsletter")
	}
	switch act {
	case "find":
		return s.showPreferences(w, r, http.StatusOK, person, base, unsaved{letter: name, typed: form})
	case "take":
		how := members.Consent{From: s.client(r), Form: "/preferences"}
		if r.PathValue("token") != "" { // which proves less than signing in
			how.Form += ", by the link of a mail"
		}
		err = s.Members.Take(r.Context(), person, name, how)
	case "drop":
		err = s.Members.Drop(r.Context(), person.ID, name)
	case "zone":
		name = zoneForm
		err = s.Members.SetZone(r.Context(), person.ID, form.Get("timezone"))
	case "language":
		name = languageForm
		err = s.chooseLanguage(r, person, form.Get("language"))
	default:
		err = s.choose(r, person, name, form)
	}
	if code := magazine.CodeOf(err); err != nil && (code == magazine.Invalid || code == magazine.Conflict) {
		return s.showPreferences(w, r, failures[code].status, person, base, unsaved{letter: name, typed: form, error: faultsOf(s.wordsFor(r), err)})
	}
	if err != nil {
		return err
	}
	return s.seeOther(w, base+"?saved="+url.QueryEscape(name)+"#"+url.PathEscape(name))
}

// choose changes how a person has a newsletter, as a form says.
func (s *site) choose(r *http.Request, person magazine.Subscriber, name string, form url.Values) error {
	c := members.Change{Frequency: form.Get("often"), Hour: form.Get("hour"), Follows: followsOf(form)}
	if len(c.Follows) > maxFollows {
		return magazine.Errorf(magazine.Invalid, "more than %d things to follow", maxFollows).Said("preferences.at-most", "most", maxFollows)
	}
	switch form.Get("pause") {
	case pauseUntil:
		if c.Pause = strings.TrimSpace(form.Get("until")); c.Pause == "" {
			return magazine.Errorf(magazine.Invalid, "no day on which a pause ends").Said("preferences.no-day")
		}
	case pauseOpen:
		c.Pause = "indefinitely"
	}
	if c.Pause != "" && form.Get("fresh") != "" {
		c.Pause += " fresh"
	}
	return s.Members.Choose(r.Context(), person, name, c)
}

// faultsOf says all that is wrong, as sentences.
func faultsOf(words *templates.Words, err error) string {
	var faults members.Faults
	if !errors.As(err, &faults) {
		return sentence(words, err)
	}
	var all []string
	for _, f := range faults {
		all = append(all, sentence(words, f.Err))
	}
	return strings.Join(all, " ")
}

// fillFollows shows the sections there are, what else is followed, and what the
// search has found besides.
func (s *site) fillFollows(r *http.Request, p *page, v *letterView, typed url.Values) error {
	known := map[magazine.Follow]bool{}
	for _, c := range p.Sections {
		f := magazine.Follow{Kind: magazine.FollowSection, Slug: c.Slug}
		known[f] = true
		v.Sections = append(v.Sections, choice{string(f.Kind), f.Slug, c.Name, c.Description, slices.Contains(typed["section"], c.Slug)})
	}
	for _, f := range followsOf(typed) {
		if known[f] || len(known) > 2*maxFollows {
			continue
		}
		known[f] = true
		name, err := s.nameOf(r, f)
		if err != nil {
			return err
		}
		v.Followed = append(v.Followed, choice{string(f.Kind), f.Slug, titled(p.Words, f, name), "", true})
	}
	if v.Query == "" {
		return nil
	}
	found, err := s.search(r, v.Query)
	for _, c := range found {
		if !known[magazine.Follow{Kind: magazine.FollowKind(c.Kind), Slug: c.Value}] {
			v.Found = append(v.Found, c)
		}
	}
	return err
}

// titled is what is followed, with its kind where that is not plain.
func titled(words *templates.Words, f magazine.Follow, name string) string {
	if f.Kind == magazine.FollowTag {
		return words.T("preferences.tag", "tag", name)
	}
	return name
}
