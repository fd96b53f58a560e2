package web

import (
	"net/http"
	"time"

	"postrider/magazine"
)

// passkeyView is one passkey of a member.
type passkeyView struct {
	ID    string
	Name  string
	Begun time.Time
	Used  time.Time // zero: never
}

// passkeyQuestion is what the page for signing in asks of browsers; empty where
// there are no passkeys.
func (s *site) passkeyQuestion() (string, error) {
	question, err := s.Members.PasskeyQuestion()
	if magazine.CodeOf(err) == magazine.NotFound {
		return "", nil
	}
	return string(question), err
}

func (s *site) signInByPasskey(w http.ResponseWriter, r *http.Request) error {
	if !s.tries.allow(s.client(r)) {
		return s.tooMany(w, r, "too-many.passkeys")
	}
	opened, err := s.Members.SignInByPasskey(r.Context(), []byte(r.PostFormValue("answer")), s.browser(r))
	if err != nil {
		return s.badLink(w, r, err)
	}
	opened.Next = r.PostFormValue("next")
	return s.begun(w, opened)
}

// changePasskeys adds a passkey of the member's, or removes one.
func (s *site) changePasskeys(w http.ResponseWriter, r *http.Request) error {
	session, person, err := s.signedIn(r)
	if err != nil {
		return s.needSignIn(w, r, err)
	}
	if s.desk != nil {
		err = s.desk.MayChangePasskeys(r.Context(), session, person)
	}
	switch id := r.PostFormValue("remove"); {
	case err != nil:
	case id != "":
		err = s.Members.RemovePasskey(r.Context(), session, magazine.CleanText(id))
	default:
		err = s.Members.AddPasskey(r.Context(), session, []byte(r.PostFormValue("answer")), r.PostFormValue("name"))
	}
	if code := magazine.CodeOf(err); err != nil && (code == magazine.Invalid || code == magazine.Conflict) {
		return s.showAccount(w, r, failures[code].status, sentence(s.wordsFor(r), err))
	}
	if err != nil {
		return s.needSignIn(w, r, err)
	}
	return s.seeOther(w, "/account")
}

// fillPasskeys shows a member's passkeys, and asks their browser for another.
func (s *site) fillPasskeys(r *http.Request, person magazine.Subscriber, view *accountView) error {
	question, err := s.Members.NewPasskeyQuestion(r.Context(), person)
	if magazine.CodeOf(err) == magazine.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	view.NewPasskey = string(question)
	all, err := s.Members.Passkeys(r.Context(), person.ID)
	for _, k := range all {
		view.Passkeys = append(view.Passkeys, passkeyView{k.ID, k.Name, k.Created, k.Used})
	}
	return err
}
