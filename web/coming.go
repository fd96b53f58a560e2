package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"postrider/magazine"
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
	When    string // Friday 07:00 (Nairobi); empty: nothing says when
	Much    string // 4 articles so far; empty: it is not counted
	Paused  string // 1 December 2026; empty: it is not
	Preview bool   // it can be looked at
}

// coming says what comes to a person next; nil: nothing can be said.
func (s *site) coming(r *http.Request, person magazine.Subscriber, share *magazine.Subscription) (*comingView, error) {
	v := &comingView{}
	zone := s.zoneOf(person)
	switch until := share.PausedUntil; {
	case until.IsZero():
	case until.Equal(magazine.Indefinitely):
		v.Paused = "you take it up again"
	default:
		v.Paused = until.In(zone).Format("2 January 2006")
	}
	if s.Coming == nil {
		return v, nil
	}
	next, err := s.Coming(r.Context(), share)
	if err != nil {
		return nil, err
	}
	if !next.At.IsZero() {
		v.When, v.Preview = s.when(next.At.In(zone)), s.Preview != nil && v.Paused == ""
	}
	switch {
	case !next.Counted:
	case next.Articles == 0:
		v.Much = "nothing for you yet"
	case next.Articles == 1:
		v.Much = "1 article so far"
	default:
		v.Much = strconv.Itoa(next.Articles) + " articles so far"
	}
	return v, nil
}

// when is a time to come with its zone: by its weekday where that is plain.
func (s *site) when(at time.Time) string {
	form := "2 January 2006, 15:04"
	if at.Sub(s.Now()) < 7*24*time.Hour {
		form = "Monday 15:04"
	}
	name := at.Location().String()
	city := name[strings.LastIndexByte(name, '/')+1:]
	return at.Format(form) + " (" + strings.ReplaceAll(city, "_", " ") + ")"
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
		return s.tokenPage(w, r, message{Heading: "Nothing for you yet", Sentences: []string{"Once something appears that you have chosen, it stands here as it will be mailed to you."}})
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", mailPolicy)
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Cache-Control", "no-store")
	w.Write([]byte(page))
	return nil
}
