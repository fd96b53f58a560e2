package web

import (
	"net/http"

	"postrider/magazine"
)

// A Reader is who asks for a page, as far as a session tells.
type Reader struct {
	Subscriber string // id; empty: nobody that we know
	Tier       magazine.Tier
	Language   string // BCP 47; empty: the publication's
}

// memberCache keeps what one person gets out of every cache but their own, which
// asks each time: they may have signed out, or their tier may have ended.
const memberCache = "private, no-cache"

// asks tells who asks for a page.
func (s *site) asks(r *http.Request) (Reader, error) {
	look := s.reader
	if look == nil {
		look = s.bySession
	}
	who, err := look(r)
	noteSession(r, who.Subscriber != "")
	return who, err
}

// bySession is the one whose session a request shows.
func (s *site) bySession(r *http.Request) (Reader, error) {
	_, p, err := s.Members.SignedIn(r.Context(), s.shown(r))
	if magazine.CodeOf(err) == magazine.Unauthorised {
		return Reader{}, nil
	}
	return Reader{p.ID, p.Tier, p.Language}, err
}

// wall is why somebody does not read an article in full, and what they can do.
type wall struct {
	Tier     magazine.Tier // whose readers it is for; empty: all members
	Higher   bool          // and those above
	SignedIn bool          // they are, and it is not for them
	Join     bool          // there is something to join
	SignIn   string        // path of the page; empty: none
}

// open fills what of an article is for the reader. The answer depends on the
// session wherever the article is not for everyone, so caches are told.
func (s *site) open(w http.ResponseWriter, r *http.Request, p *page, view *article) error {
	a := view.Article
	if view.Body = a.PublicHTML(); a.Access == magazine.Everyone {
		return nil
	}
	w.Header().Add("Vary", "Cookie")
	who, err := s.asks(r)
	if err != nil {
		return err
	}
	if who.Subscriber != "" {
		p.Cache, p.SignedIn = memberCache, true
	}
	tiers := s.Publication.Tiers
	if who.Subscriber != "" && tiers.MayRead(who.Tier, a.Access) {
		view.Body = a.HTML
		return nil
	}
	view.Wall = &wall{SignedIn: who.Subscriber != "", Join: len(s.Newsletters) > 0}
	if view.Wall.Join { // else nobody is a member
		view.Wall.SignIn = signInFor("/articles/" + a.Slug + "/")
	}
	if a.Access != magazine.Members {
		view.Wall.Tier = magazine.Tier(a.Access)
		view.Wall.Higher = len(tiers) > 0 && tiers[len(tiers)-1] != view.Wall.Tier
	}
	return nil
}
