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

func secret(w http.ResponseWriter) { w.Header().Set("Referrer-Policy", "no-referrer") }

func (s *site) confirmPage(w http.ResponseWriter, r *http.Request) error {
	secret(w)
	pending, err := s.Members.CheckConfirm(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	wish, err := s.wish(r, pending)
	if err != nil {
		return err
	}
	return s.tokenPage(w, r, message{
		Heading:   "Do you want our mails?",
		Sentences: []string{"You, or somebody who typed your address, asked us to send " + wish + " to " + pending.Email + "."},
		Button:    "Yes, send them",
		Aside:     "If it was not you, close this page and you will hear nothing more from us.",
	})
}

func (s *site) confirm(w http.ResponseWriter, r *http.Request) error {
	secret(w)
	if err := s.Members.Confirm(r.Context(), r.PathValue("token")); err != nil {
		return err
	}
	return s.tokenPage(w, r, message{
		Heading:   "You are on the list",
		Sentences: []string{"Our next mail will come to you. Every one has a link at its end with which you leave."},
	})
}

func (s *site) leavePage(w http.ResponseWriter, r *http.Request) error {
	secret(w)
	leaving, err := s.Members.CheckLeave(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	if leaving.Left {
		return s.tokenPage(w, r, left(leaving.Title, leaving.Email))
	}
	return s.tokenPage(w, r, message{
		Heading:   "Do you want to leave " + leaving.Title + "?",
		Sentences: []string{"It comes to " + leaving.Email + ". When you leave, you get no more of it."},
		Button:    "Leave " + leaving.Title,
	})
}

// leave ends a subscription: by the button, or by a mail program's one-click
// POST (RFC 8058 section 3.2), which brings no cookie and no Origin and reads
// only the status.
func (s *site) leave(w http.ResponseWriter, r *http.Request) error {
	secret(w)
	token := r.PathValue("token")
	leaving, err := s.Members.CheckLeave(r.Context(), token)
	if err != nil {
		return err
	}
	if err := s.Members.Leave(r.Context(), token); err != nil {
		return err
	}
	if r.PostFormValue("List-Unsubscribe") == "One-Click" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.Write([]byte("You have left " + leaving.Title + ".\n"))
		return nil
	}
	return s.tokenPage(w, r, left(leaving.Title, leaving.Email))
}

func left(title, email string) message {
	return message{
		Heading:   "You have left " + title,
		Sentences: []string{"We send no more of it to " + email + ". A mail that is on its way already may still arrive."},
		Aside:     "If you change your mind, sign up again as you did the first time.",
	}
}

// list joins words as a sentence does: "A, B and C".
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// wish says what a confirmation is about to bring: the newsletters, and what
// of them where the person follows only some authors and sections.
func (s *site) wish(r *http.Request, p members.Pending) (string, error) {
	var titles, followed []string
	for _, n := range p.Newsletters {
		titles = append(titles, n.Title)
	}
	for _, f := range p.Follows {
		name, err := s.nameOf(r, f)
		if err != nil {
			return "", err
		}
		followed = append(followed, name)
	}
	if len(followed) == 0 {
		return list(titles), nil
	}
	return list(titles) + ", only what is by or in " + list(followed) + ",", nil
}

// nameOf is the name of what is followed; its slug where it has gone since.
func (s *site) nameOf(r *http.Request, f magazine.Follow) (string, error) {
	var name string
	var err error
	if f.Kind == magazine.FollowAuthor {
		var author *magazine.Author
		if author, err = s.Store.Author(r.Context(), f.Slug); err == nil {
			name = author.Name
		}
	} else {
		var section *magazine.Section
		if section, err = s.Store.Section(r.Context(), f.Slug); err == nil {
			name = section.Name
		}
	}
	if magazine.CodeOf(err) == magazine.NotFound {
		return f.Slug, nil
	}
	return name, err
}
