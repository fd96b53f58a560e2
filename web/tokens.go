package web

import (
	"net/http"
	"net/url"

	"postrider/magazine"
	"postrider/members"
	"postrider/templates"
)

// message is a page with a heading, some sentences and at most one button.
type message struct {
	Heading   string
	Sentences []string
	Button    string // empty: nothing to decide
	Aside     string
}

// tokenPage shows what a mailed link leads to. Its address is a secret: nothing
// keeps it and no other site is told of it.
func (s *site) tokenPage(w http.ResponseWriter, r *http.Request, m message) error {
	p, err := s.page(r)
	if err != nil {
		return err
	}
	secret(w)
	p.Title, p.NoIndex, p.Cache, p.Content = m.Heading, true, "no-store", m
	return s.show(w, r, http.StatusOK, "message", p)
}

// secret keeps an address from other sites. Our own forms must tell where they
// come from: without that, a browser that sends no Sec-Fetch-Site would be taken
// for another site's (http.CrossOriginProtection).
func secret(w http.ResponseWriter) { w.Header().Set("Referrer-Policy", "same-origin") }

// confirmPage asks, or tells what the person gets where the link has done its
// work. The link was mailed to them alone, so it is proof enough for either.
func (s *site) confirmPage(w http.ResponseWriter, r *http.Request) error {
	secret(w)
	pending, err := s.Members.CheckConfirm(r.Context(), r.PathValue("token"))
	if err != nil {
		return s.badConfirm(w, r, err)
	}
	speakTo(r, pending.Language)
	if pending.Done != nil {
		return s.confirmed(w, r, *pending.Done)
	}
	words := s.wordsFor(r)
	var titles []string
	for _, letter := range pending.Newsletters {
		titles = append(titles, letter.Title(words))
	}
	what, err := s.followed(r, pending.Follows)
	if err != nil {
		return err
	}
	asked := words.T("confirm.asked", "newsletters", words.List(titles, "and"), "email", pending.Email)
	if what != "" {
		asked = words.T("confirm.asked-only", "newsletters", words.List(titles, "and"), "what", what, "email", pending.Email)
	}
	return s.tokenPage(w, r, message{Heading: words.T("confirm.title"), Sentences: []string{asked}, Button: words.T("confirm.yes"), Aside: words.T("confirm.not-you")})
}

func (s *site) confirm(w http.ResponseWriter, r *http.Request) error {
	secret(w)
	done, err := s.Members.Confirm(r.Context(), r.PathValue("token"))
	if err != nil {
		return s.badConfirm(w, r, err)
	}
	speakTo(r, done.Language)
	return s.confirmed(w, r, done)
}

// badConfirm shows one whose link confirms nothing the form by which they get a new
// one, under what is to be said of it.
func (s *site) badConfirm(w http.ResponseWriter, r *http.Request, err error) error {
	code := magazine.CodeOf(err)
	if len(s.Newsletters) == 0 || code != magazine.NotFound && code != magazine.Invalid {
		return err
	}
	return s.showJoin(w, r, failures[code].status, url.Values{}, joinErrors{Form: sentence(s.wordsFor(r), err)})
}

// confirmed tells what the person gets now, which may be other than the link
// asked for.
func (s *site) confirmed(w http.ResponseWriter, r *http.Request, done members.Confirmed) error {
	words := s.wordsFor(r)
	m := message{Heading: words.T("confirmed.title"), Aside: words.T("confirmed.leave")}
	if done.Again {
		m.Sentences = []string{words.T("confirmed.again")}
	}
	if !done.New && !done.Again {
		m.Heading, m.Sentences = words.T("confirmed.already.title"), []string{words.T("confirmed.already")}
		m.Aside = words.T("confirmed.less")
	}
	for _, letter := range done.Gets {
		what, err := s.followed(r, letter.Follows)
		if err != nil {
			return err
		}
		m.Sentences = append(m.Sentences, gets(words, letter, done.Email, what))
	}
	return s.tokenPage(w, r, m)
}

// gets says which newsletter comes to an address, and what of it; where email is empty,
// not to which.
func gets(words *templates.Words, letter members.Letter, email, what string) string {
	title := letter.Title(words)
	switch {
	case email == "" && what == "":
		return words.T("confirmed.all-of", "newsletter", title)
	case email == "":
		return words.T("confirmed.only-of", "newsletter", title, "what", what)
	case what == "":
		return words.T("confirmed.all", "newsletter", title, "email", email)
	}
	return words.T("confirmed.only", "newsletter", title, "email", email, "what", what)
}

// followed says what of a newsletter a person gets who follows some authors,
// sections and tags: "by A or in B"; nothing for one who gets it all.
func (s *site) followed(r *http.Request, follows []magazine.Follow) (string, error) {
	var authors, sections, tags, all []string
	for _, f := range follows {
		name, err := s.nameOf(r, f)
		if err != nil {
			return "", err
		}
		switch f.Kind {
		case magazine.FollowAuthor:
			authors = append(authors, name)
		case magazine.FollowSection:
			sections = append(sections, name)
		default:
			tags = append(tags, name)
		}
	}
	words := s.wordsFor(r)
	if len(authors) > 0 {
		all = append(all, words.T("follow.by", "names", words.List(authors, "or")))
	}
	if len(sections) > 0 {
		all = append(all, words.T("follow.in", "names", words.List(sections, "or")))
	}
	if len(tags) > 0 {
		all = append(all, words.T("follow.tagged", "names", words.List(tags, "or")))
	}
	return words.List(all, "or"), nil
}

// nameOf is the name of what is followed; its slug where it has gone since.
func (s *site) nameOf(r *http.Request, f magazine.Follow) (string, error) {
	var name string
	var err error
	switch f.Kind {
	case magazine.FollowAuthor:
		var author *magazine.Author
		if author, err = s.Store.Author(r.Context(), f.Slug); err == nil {
			name = author.Name
		}
	case magazine.FollowSection:
		var section *magazine.Section
		if section, err = s.Store.Section(r.Context(), f.Slug); err == nil {
			name = section.Name
		}
	default:
		name = f.Slug
	}
	if magazine.CodeOf(err) == magazine.NotFound {
		return f.Slug, nil
	}
	return name, err
}
