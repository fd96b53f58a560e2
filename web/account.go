package web

import (
	"encoding/json"
	"net/http"

	"postrider/magazine"
	"postrider/members"
	"postrider/templates"
)

// askAddress has a member's new address mailed, to be confirmed there, or calls such a
// change off.
func (s *site) askAddress(w http.ResponseWriter, r *http.Request) error {
	session, _, err := s.signedIn(r)
	if err != nil {
		return s.needSignIn(w, r, err)
	}
	if id := r.PostFormValue("end"); id != "" {
		if err := s.Members.EndAddress(r.Context(), session, magazine.CleanText(id)); err != nil {
			return s.needSignIn(w, r, err)
		}
		return s.seeOther(w, "/account")
	}
	if !s.signIns.allow(s.client(r)) {
		return s.tooMany(w, r, "too-many.mails")
	}
	if s.desk != nil {
		err = s.desk.MayChangeAddress(r.Context(), session)
	}
	if err == nil {
		err = s.Members.AskAddress(r.Context(), session, r.PostFormValue("email"))
	}
	if code := magazine.CodeOf(err); err != nil && (code == magazine.Invalid || code == magazine.Conflict) {
		return s.showAccount(w, r, failures[code].status, sentence(s.wordsFor(r), err))
	}
	if err != nil {
		return s.needSignIn(w, r, err)
	}
	words := s.wordsFor(r)
	return s.tokenPage(w, r, message{Heading: words.T("address.sent.title"), Sentences: []string{words.T("address.sent")}, Aside: words.T("address.sent.old")})
}

// addressPage asks one who opens a link about a change of address.
func (s *site) addressPage(w http.ResponseWriter, r *http.Request) error {
	m, err := s.Members.CheckAddress(r.Context(), r.PathValue("token"))
	if err != nil {
		return s.badLink(w, r, err)
	}
	speakTo(r, m.Language)
	words := s.wordsFor(r)
	switch {
	case m.Done:
		return s.tokenPage(w, r, moved(words, m))
	case m.Back:
		return s.tokenPage(w, r, message{
			Heading:   words.T("address.back.title"),
			Sentences: []string{words.T("address.back", "old", m.Old, "new", m.New)},
			Button:    words.T("address.back.yes"),
		})
	}
	return s.tokenPage(w, r, message{
		Heading:   words.T("address.use.title"),
		Sentences: []string{words.T("address.use", "old", m.Old, "new", m.New)},
		Button:    words.T("address.use.yes"),
		Aside:     words.T("address.use.not-you"),
	})
}

func (s *site) changeAddress(w http.ResponseWriter, r *http.Request) error {
	m, err := s.Members.Move(r.Context(), r.PathValue("token"))
	if err != nil {
		return s.badLink(w, r, err)
	}
	speakTo(r, m.Language)
	return s.tokenPage(w, r, moved(s.wordsFor(r), m))
}

// moved tells what a change of address has come to.
func moved(words *templates.Words, m members.Moving) message {
	if m.Back {
		return message{Heading: words.T("address.returned.title"), Sentences: []string{words.T("address.returned", "old", m.Old)}, Aside: words.T("address.returned.beware")}
	}
	return message{Heading: words.T("address.changed.title"), Sentences: []string{words.T("address.changed", "new", m.New)}, Aside: words.T("address.changed.old", "old", m.Old)}
}

// accountData gives a member all that is kept of them, as a file.
func (s *site) accountData(w http.ResponseWriter, r *http.Request) error {
	_, person, err := s.signedIn(r)
	if err != nil {
		return s.needSignIn(w, r, err)
	}
	data, err := s.Members.Data(r.Context(), person)
	if err != nil {
		return err
	}
	body, err := json.MarshalIndent(data, "", "  ")
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="my-data.json"`)
	h.Set("Cache-Control", "no-store")
	w.Write(append(body, '\n'))
	return nil
}

func (s *site) erasePage(w http.ResponseWriter, r *http.Request) error {
	_, person, err := s.signedIn(r)
	if err != nil {
		return s.needSignIn(w, r, err)
	}
	words := s.wordsFor(r)
	return s.tokenPage(w, r, message{
		Heading:   words.T("erase.title"),
		Sentences: []string{words.T("erase.what", "email", person.Email), words.T("erase.stays")},
		Button:    words.T("erase.yes"),
		Aside:     words.T("erase.less"),
	})
}

func (s *site) erase(w http.ResponseWriter, r *http.Request) error {
	session, _, err := s.signedIn(r)
	if err == nil {
		err = s.Members.EraseSelf(r.Context(), session)
	}
	if err != nil {
		return s.needSignIn(w, r, err)
	}
	s.dropCookie(w, r)
	words := s.wordsFor(r)
	return s.tokenPage(w, r, message{Heading: words.T("erased.title"), Sentences: []string{words.T("erased.what")}})
}
