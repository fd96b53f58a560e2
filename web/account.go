package web

import (
	"encoding/json"
	"net/http"

	"postrider/magazine"
)

// askAddress has a member's new address mailed, to be confirmed there.
func (s *site) askAddress(w http.ResponseWriter, r *http.Request) error {
	_, person, err := s.signedIn(r)
	if err != nil {
		return s.needSignIn(w, r, err)
	}
	if !s.signIns.allow(s.client(r)) {
		return s.tooMany(w, r, "Your network has asked us for many mails in a short time.")
	}
	err = s.Members.AskAddress(r.Context(), person, r.PostFormValue("email"))
	if code := magazine.CodeOf(err); err != nil && (code == magazine.Invalid || code == magazine.Conflict) {
		return s.showAccount(w, r, failures[code].status, sentence(s.wordsFor(r), err))
	}
	if err != nil {
		return err
	}
	return s.tokenPage(w, r, message{
		Heading:   "Look into the other mailbox",
		Sentences: []string{"We are sending a message to the new address. It has a link to a page with a button; press it within 7 days, and your mail comes there. Until then nothing changes."},
		Aside:     "The old address is told then, and can take it back for 7 days.",
	})
}

// addressPage asks one who opens a link about a change of address.
func (s *site) addressPage(w http.ResponseWriter, r *http.Request) error {
	m, err := s.Members.CheckAddress(r.Context(), r.PathValue("token"))
	if err != nil {
		return s.badLink(w, r, err)
	}
	switch {
	case m.Done:
		return s.tokenPage(w, r, moved(m.Back, m.Old, m.New))
	case m.Back:
		return s.tokenPage(w, r, message{
			Heading:   "Take your address back?",
			Sentences: []string{"What we send comes to " + m.New + " now. The button brings it back to " + m.Old + ", and signs everybody out."},
			Button:    "Take it back",
		})
	}
	return s.tokenPage(w, r, message{
		Heading:   "Use this address?",
		Sentences: []string{"What comes to " + m.Old + " is to come to " + m.New + " instead."},
		Button:    "Yes, use this address",
		Aside:     "If you did not ask for it, close this page and nothing changes.",
	})
}

func (s *site) changeAddress(w http.ResponseWriter, r *http.Request) error {
	m, err := s.Members.Move(r.Context(), r.PathValue("token"))
	if err != nil {
		return s.badLink(w, r, err)
	}
	return s.tokenPage(w, r, moved(m.Back, m.Old, m.New))
}

// moved tells what a change of address has come to.
func moved(back bool, old, fresh string) message {
	if back {
		return message{Heading: "Your address is back", Sentences: []string{"What we send comes to " + old + " again, and everybody is signed out."},
			Aside: "If you did not change it, see to it that nobody else reads your mail."}
	}
	return message{Heading: "Your address is changed", Sentences: []string{"What we send comes to " + fresh + " from now on."},
		Aside: "We tell " + old + ", from which it can be taken back for 7 days."}
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
	return s.tokenPage(w, r, message{
		Heading: "Have yourself erased?",
		Sentences: []string{
			"We forget " + person.Email + ", and what you chose, agreed to and got. It cannot be undone.",
			"That editions went out to somebody stays in our records, without you. Of your address stays a fingerprint from which it cannot be read: so that no list brings you back, we send nothing to it again.",
		},
		Button: "Erase me",
		Aside:  "If you only want fewer mails, leave what you do not want, or pause it.",
	})
}

func (s *site) erase(w http.ResponseWriter, r *http.Request) error {
	_, person, err := s.signedIn(r)
	if err != nil {
		return s.needSignIn(w, r, err)
	}
	if err := s.Members.Erase(r.Context(), person.ID); err != nil {
		return err
	}
	s.dropCookie(w)
	return s.tokenPage(w, r, message{Heading: "You are erased", Sentences: []string{"We have forgotten you. A mail that is on its way already may still arrive."}})
}
