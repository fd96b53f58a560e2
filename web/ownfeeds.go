package web

import (
	"context"
	"net/http"
	"net/url"

	"postrider/feeds"
	"postrider/magazine"
)

// OwnPath begins the address of a person's own feeds; then comes a token.
const OwnPath = "/own/"

// private keeps a person's own feeds out of other caches, search engines and
// what browsers tell other sites.
func private(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Cache-Control", "private, no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex")
}

// ownFeed answers a poll of a person's own feed. Whoever asks is most often a
// program, so what goes wrong is told in a line of text. The address is a secret
// and must not be told to a log.
func (s *site) ownFeed(w http.ResponseWriter, r *http.Request) error {
	private(w)
	own, gone, err := s.Members.OfFeedToken(r.Context(), r.PathValue("token"))
	switch {
	case gone:
		http.Error(w, s.wordsFor(r).T("own-feeds.gone"), http.StatusGone)
		return nil
	case magazine.CodeOf(err) == magazine.NotFound:
		http.Error(w, s.wordsFor(r).T("own-feeds.unknown"), http.StatusNotFound)
		return nil
	case err != nil:
		return err
	}
	inner := *r
	inner.URL = &url.URL{Path: "/" + r.PathValue("rest"), RawQuery: r.URL.RawQuery}
	s.Own.Serve(w, &inner, own.Tier, func(ctx context.Context) ([]magazine.Follow, error) { return s.Store.FollowedBy(ctx, own.Subscriber) })
	return nil
}

// ownFeeds is the page on which a person finds the addresses of their own feeds.
type ownFeeds struct {
	Groups []feedGroup
	turn
}

// ownFeedsPage shows them to who is signed in, some at a time.
func (s *site) ownFeedsPage(w http.ResponseWriter, r *http.Request) error {
	who, err := s.member(w, r)
	if err != nil || who.Subscriber == "" {
		return err
	}
	p, err := s.page(r)
	if err != nil {
		return err
	}
	all, err := s.listOwn(r, who.Subscriber)
	if err != nil {
		return err
	}
	some, turn, err := onPage(r, all, feedsOnPage)
	if err != nil {
		return err
	}
	p.Title, p.NoIndex, p.Cache = p.Words.T("own-feeds.title"), true, "no-store"
	p.Content = ownFeeds{grouped(some), turn}
	w.Header().Set("Content-Security-Policy", scriptPolicy)
	return s.show(w, r, http.StatusOK, "ownfeeds", p)
}

// member tells who is signed in, on pages that are for them alone. Who is not is
// led to where they sign in, and there is nobody.
func (s *site) member(w http.ResponseWriter, r *http.Request) (Reader, error) {
	secret(w)
	w.Header().Set("Cache-Control", "no-store")
	who, err := s.asks(r)
	speakTo(r, who.Language)
	switch {
	case err != nil || who.Subscriber != "":
		return who, err
	case len(s.Newsletters) == 0:
		return who, errNoPage
	}
	return who, s.needSignIn(w, r, magazine.Errorf(magazine.Unauthorised, "a page for who is signed in").Said("fault.members-only"))
}

// listOwn lists a person's own feeds: of everything, of what they follow, of each
// section and author.
func (s *site) listOwn(r *http.Request, subscriber string) ([]headedFeed, error) {
	token, err := s.Members.FeedToken(r.Context(), subscriber)
	if err != nil {
		return nil, err
	}
	below, words := OwnPath+token, s.wordsFor(r)
	all := []headedFeed{
		{"", listedFeed{Name: words.T("own-feeds.everything"), Path: "/", Feed: below + "/"}},
		{"", listedFeed{Name: words.T("own-feeds.follows"), Path: "/", Feed: below + feeds.FollowsPath}},
	}
	public, err := s.sectionsAndAuthors(r)
	for _, one := range public {
		one.Feed, one.OPML = below+one.Path, false
		all = append(all, one)
	}
	return all, err
}

// replaceOwn ends the present address of a person's own feeds.
func (s *site) replaceOwn(w http.ResponseWriter, r *http.Request) error {
	who, err := s.member(w, r)
	if err != nil || who.Subscriber == "" {
		return err
	}
	if err := s.Members.ReplaceFeeds(r.Context(), who.Subscriber); err != nil {
		return err
	}
	return s.seeOther(w, "/feeds/own/")
}

// ownOPML is the list of a person's own feeds for readers that import it.
func (s *site) ownOPML(w http.ResponseWriter, r *http.Request) error {
	who, err := s.member(w, r)
	if err != nil || who.Subscriber == "" {
		return err
	}
	token, err := s.Members.FeedToken(r.Context(), who.Subscriber)
	if err != nil {
		return err
	}
	doc, err := s.Own.List(r.Context(), OwnPath+token)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/x-opml; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="feeds.opml"`)
	w.Write(doc)
	return nil
}
