package web

import (
	"net/http"
	"strings"

	"postrider/magazine"
	"postrider/members"
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
		return err
	}
	if pending.Done != nil {
		return s.confirmed(w, r, *pending.Done)
	}
	var titles []string
	for _, n := range pending.Newsletters {
		titles = append(titles, n.Title)
	}
	only, err := s.only(r, pending.Follows)
	if err != nil {
		return err
	}
	return s.tokenPage(w, r, message{
		Heading:   "Do you want our mails?",
		Sentences: []string{"You, or somebody who typed your address, asked us to send " + listed(titles, "and") + only + " to " + pending.Email + "."},
		Button:    "Yes, send them",
		Aside:     "If it was not you, close this page and you will hear nothing more from us.",
	})
}

func (s *site) confirm(w http.ResponseWriter, r *http.Request) error {
	secret(w)
	done, err := s.Members.Confirm(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	return s.confirmed(w, r, done)
}

// confirmed tells what the person gets now, which may be other than the link
// asked for.
func (s *site) confirmed(w http.ResponseWriter, r *http.Request, done members.Confirmed) error {
	m := message{Heading: "You are on the list", Aside: "Every mail has a link at its end with which you leave."}
	if done.Again {
		m.Sentences = []string{"This link has done its work."}
	}
	if !done.New && !done.Again {
		m.Heading, m.Sentences = "You get that already", []string{"Nothing has changed."}
		m.Aside = "If you want less of it, leave with the link at the end of any of our mails, and then sign up for what you want."
	}
	to := " at " + done.Email
	for _, letter := range done.Gets {
		only, err := s.only(r, letter.Follows)
		if err != nil {
			return err
		}
		if only == "" {
			only = ", with everything in it."
		} else {
			only = strings.TrimSuffix(only, ",") + "."
		}
		m.Sentences = append(m.Sentences, "You get "+letter.Newsletter.Title+to+only)
		to = ""
	}
	return s.tokenPage(w, r, m)
}

// listed joins words as a sentence does: "A, B and C".
func listed(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	n := len(words) - 1
	return strings.Join(words[:n], ", ") + " " + last + " " + words[n]
}

// only says what of a newsletter a person gets who follows some authors,
// sections and tags: ", only what is by A or in B,"; nothing for one who gets it
// all.
func (s *site) only(r *http.Request, follows []magazine.Follow) (string, error) {
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
	if len(authors) > 0 {
		all = append(all, "by "+listed(authors, "or"))
	}
	if len(sections) > 0 {
		all = append(all, "in "+listed(sections, "or"))
	}
	if len(tags) > 0 {
		all = append(all, "tagged "+listed(tags, "or"))
	}
	if len(all) == 0 {
		return "", nil
	}
	return ", only what is " + strings.Join(all, " or ") + ",", nil
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
