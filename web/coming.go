package web

import (
	"context"
	"net/http"
	"time"

	"postrider/magazine"
	"postrider/templates"
	"postrider/web/admin"
)

// Coming is what comes to a person next.
type Coming struct {
	At       time.Time // zero: nothing says when
	Articles int       // for them, so far
	Counted  bool      // they were
}

// ComingTo tells what comes next of a newsletter, to one who has it.
type ComingTo func(ctx context.Context, share *magazine.Subscription) (Coming, error)

// PreviewTo makes the next mail of a newsletter to an address, as HTML; empty:
// there is nothing for them yet. Conflict: they would get nothing.
type PreviewTo func(ctx context.Context, newsletter, email string) (string, error)

// comingView is that in words.
type comingView struct {
	Next    string // Your next digest: Friday 07:00 (Nairobi), 4 articles so far.; empty: nothing says when
	Paused  string // Paused until 1 December 2026.; empty: it is not
	Preview bool   // it can be looked at
}

// coming says what comes to a person next; nil: nothing can be said.
func (s *site) coming(r *http.Request, person magazine.Subscriber, share *magazine.Subscription) (*comingView, error) {
	v, words := &comingView{}, s.wordsFor(r)
	zone := s.zoneOf(person)
	switch until := share.PausedUntil; {
	case until.IsZero():
	case until.Equal(magazine.Indefinitely):
		v.Paused = words.T("preferences.paused-open")
	default:
		v.Paused = words.T("preferences.paused", "date", words.Date(until.In(zone)))
	}
	if s.Coming == nil {
		return v, nil
	}
	next, err := s.Coming(r.Context(), share)
	if err != nil || next.At.IsZero() {
		return v, err
	}
	when := s.when(words, next.At.In(zone))
	v.Preview = s.Preview != nil && v.Paused == ""
	switch {
	case !next.Counted:
		v.Next = words.T("preferences.next", "when", when)
	case next.Articles == 0:
		v.Next = words.T("preferences.next-with", "when", when, "much", words.T("preferences.none-yet"))
	default:
		v.Next = words.T("preferences.next-with", "when", when, "much", words.T("preferences.so-far", "count", next.Articles))
	}
	return v, nil
}

// when is a time to come with its zone: by its weekday where that is plain.
func (s *site) when(words *templates.Words, at time.Time) string {
	return admin.Clock(words, s.Now(), at)
}

// mailPolicy lets a mail that is shown as a page have its own style and pictures,
// and do nothing.
const mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"

// preview shows a person their next mail.
func (s *site) preview(w http.ResponseWriter, r *http.Request) error {
	person, _, err := s.whose(r)
	if err != nil {
		return s.strange(w, r, err)
	}
	name := r.PathValue("newsletter")
	if s.Preview == nil || s.Members.Newsletter(name) == nil {
		return errNoPage
	}
	page, err := s.Preview(r.Context(), name, person.Email)
	if err != nil && magazine.CodeOf(err) != magazine.Conflict {
		return err
	}
	if page == "" {
		words := s.wordsFor(r)
		return s.tokenPage(w, r, message{Heading: words.T("preferences.nothing.title"), Sentences: []string{words.T("preferences.nothing")}})
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", mailPolicy)
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Cache-Control", "no-store")
	w.Write([]byte(page))
	return nil
}
