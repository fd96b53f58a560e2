// Package web serves the public pages: the front page, articles, authors,
// sections, issues, media, sign-up, and the pages on which a person confirms,
// signs in, chooses what they get, or leaves. The admin's desk of package admin
// stands in it. It also takes what mail providers
// tell of mail that came back.
//
// Every page is rendered by the server and works without scripts. A GET never
// changes anything, since mail scanners follow every link: what a mailed link
// leads to is a page with one button, except the POST of RFC 8058. Public
// pages carry nothing of the person who asks, no cookie and no time of the
// request, so that any cache may keep them and their ETag is a hash of what they
// say; an article that is not for everyone says in its headers that it depends on
// who is signed in. No cache keeps members' own pages, and the one cookie is that of
// a session.
//
// Addresses inside pages start at the publication's path ("/mag/issues/" where
// its URL is https://example.org/mag), never at its host: a page works under
// any name the server is reached by. Canonical links and what other programs
// read carry the publication's whole URL.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"postrider/feeds"
	"postrider/magazine"
	"postrider/members"
	"postrider/store"
	"postrider/templates"
	"postrider/web/admin"
)

// Options say what the pages show and whom they ask.
type Options struct {
	Publication    *magazine.Publication
	Store          *store.Store
	Members        *members.Members
	Newsletters    []magazine.Newsletter // those one can sign up for
	Feeds          http.Handler          // answers feed paths below the publication's path; nil: no feeds
	Own            *feeds.Own            // members' own feeds; nil: there are none
	Redirects      []Redirect            // from an older system's addresses
	TrustedProxies []netip.Prefix        // peers whose X-Forwarded-For is believed
	Templates      *templates.Files      // nil: the built-in ones
	Logo, Icon     *store.Media          // the publication's pictures; nil: none
	Privacy        string                // sanitised HTML; empty: no such page
	Terms          string                // likewise
	TakeHook       HookTaker             // takes what mail providers tell of mail that came back; nil: nothing does
	Coming         ComingTo              // nil: pages don't say what comes next
	Preview        PreviewTo             // nil: nor show it
	Desk           *admin.Options        // of the admin's desk; nil: there is none
	Now            func() time.Time      // nil: time.Now
	Log            *slog.Logger          // nil: slog.Default

	reader func(*http.Request) (Reader, error) // tells who is signed in; nil: sessions do
}

// site is the handler of the public pages.
type site struct {
	Options
	host         string // of the publication's URL
	prefix       string // its path, without a slash at its end
	messages     *templates.Messages
	pages        sync.Map // of language tags to pages
	assets       assets
	old          redirects
	secure       bool // that URL is HTTPS
	signUps      *limiter
	signIns      *limiter
	tries        *limiter // of codes
	signInsInAll *rate.Limiter
	everybody    *rate.Limiter // signs up
	forms        atomic.Pointer[joinForms]
	ownForms     *http.CrossOriginProtection // tells forms of ours from other sites'
	names        atomic.Pointer[names]
	tags         atomic.Pointer[tags]
	sitemap      cachedSitemap
	desk         *admin.Desk // nil: there is none
	log          *slog.Logger
}

// New parses every template, tries it out and makes the handler of the public
// pages. A template that is wrong is an error here, not at the first request.
// The store and the members are asked by requests only.
func New(o Options) (http.Handler, error) {
	_, h, err := newSite(o)
	return h, err
}

func newSite(o Options) (*site, http.Handler, error) {
	address, err := url.Parse(o.Publication.URL)
	if err != nil || address.Host == "" {
		return nil, nil, magazine.Errorf(magazine.Invalid, "publication.url %q is no web address; write it as https://example.org", o.Publication.URL)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s := &site{Options: o, host: address.Host, prefix: strings.TrimRight(address.EscapedPath(), "/"), log: o.Log, secure: address.Scheme == "https",
		signUps: newLimiter(o.Now), everybody: newEverybody(), signIns: newLimiter(o.Now), tries: newLimiter(o.Now), signInsInAll: rate.NewLimiter(signInsASecond, signInsAtOnce)}
	s.old = newRedirects(o.Redirects, s.prefix)
	if s.assets, err = readAssets(o); err != nil {
		return nil, nil, err
	}
	if s.messages, err = o.Templates.Messages(); err == nil {
		_, err = s.parsePages(s.speak())
	}
	if err != nil {
		return nil, nil, magazine.Errorf(magazine.Invalid, "the page templates cannot be used:\n  %w", err)
	}
	if _, err = s.joinForms(); err != nil {
		return nil, nil, magazine.Errorf(magazine.Invalid, "the forms by which one joins cannot be read: %w", err)
	}
	if err = s.openDesk(); err != nil {
		return nil, nil, err
	}
	h, err := s.guard(s.routes(), address)
	return s, h, err
}

// A handler answers a request or returns why it cannot; the error page is made
// in one place.
type handler func(w http.ResponseWriter, r *http.Request) error

func (s *site) answer(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

func (s *site) routes() http.Handler {
	mux := http.NewServeMux()
	on := func(method, path string, h handler) { mux.Handle(method+" "+s.prefix+path, s.answer(h)) }
	get := func(path string, h handler) { on("GET", path, h) }
	post := func(path string, h handler) { on("POST", path, s.whole(h)) }

	get("/{$}", s.front)
	for path, h := range map[string]handler{
		"/articles/{slug}":          s.article,
		"/authors":                  s.authors,
		"/authors/{slug}":           s.author,
		"/sections/{slug}":          s.section,
		"/issues":                   s.issues,
		"/issues/{volume}/{number}": s.issue,
		"/feeds":                    s.feedList,
		"/privacy":                  s.text("privacy.title", s.Privacy),
		"/terms":                    s.text("terms.title", s.Terms),
	} {
		get(path, s.addSlash)
		get(path+"/{$}", h)
	}
	get("/media/{hash}/{name}", s.media)
	get("/join", s.joinForm)
	get("/join/sent", s.joinSent)
	post("/join", s.join)
	get("/confirm/{token}", s.confirmPage)
	post("/confirm/{token}", s.confirm)
	get("/leave/{token}", s.leavePage)
	post("/leave/{token}", s.leave)
	s.routeMembers(on)
	s.routeDesk(on)
	get("/sitemap.xml", s.serveSitemap)
	get("/robots.txt", s.robots)
	get("/style.css", s.assets.style.serve)
	get("/copy.js", s.assets.script.serve)
	get("/members.js", s.assets.members.serve)
	get(feeds.StylePath, s.assets.feedStyle.serve)
	for path, picture := range s.assets.pictures {
		get(path, picture.serve)
	}
	s.routeFeeds(mux)
	if s.Own != nil {
		get(OwnPath+"{token}", s.ownFeed) // else it would be led on, with the secret, as what anybody may keep
		get(OwnPath+"{token}/{rest...}", s.ownFeed)
		get("/feeds/own", s.addSlash)
		get("/feeds/own/{$}", s.ownFeedsPage)
		post("/feeds/own/{$}", s.replaceOwn)
		get("/feeds/own/feeds.opml", s.ownOPML)
	}
	s.routeProbes(mux)
	s.routeHooks(mux)
	if s.prefix != "" {
		mux.Handle("GET "+s.prefix, s.answer(s.addSlash))
	}
	mux.Handle("GET /", s.answer(s.nowhere))
	return s.moved(s.tidied(mux))
}

// routeFeeds gives the addresses of feeds to the feeds' own handler, without
// the publication's path.
func (s *site) routeFeeds(mux *http.ServeMux) {
	if s.Feeds == nil {
		return
	}
	below := s.below(s.Feeds)
	for _, pattern := range feeds.Patterns() {
		mux.Handle(strings.Replace(pattern, " ", " "+s.prefix, 1), below)
	}
}

// below takes the publication's path from the addresses that a handler sees, in
// both their forms: http.StripPrefix takes the same text from either.
func (s *site) below(h http.Handler) http.Handler {
	plain := s.plainPrefix()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner := *r
		inner.URL = &url.URL{Path: strings.TrimPrefix(r.URL.Path, plain), RawPath: strings.TrimPrefix(r.URL.RawPath, s.prefix), RawQuery: r.URL.RawQuery}
		h.ServeHTTP(w, &inner)
	})
}

// plainPrefix is the publication's path, unescaped.
func (s *site) plainPrefix() string {
	plain, err := url.PathUnescape(s.prefix)
	if err != nil { // url.Parse has read it
		return s.prefix
	}
	return plain
}

// routeProbes answers whoever watches the process: /healthz while it runs,
// /readyz while its database answers. They stand outside the publication's
// path, since probes ask the process and not the publication.
func (s *site) routeProbes(mux *http.ServeMux) {
	probe := func(path string, check func(context.Context) error) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("Cache-Control", "no-store")
			if err := check(r.Context()); err != nil {
				s.log.Error("the database does not answer", "error", err)
				http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
				return
			}
			w.Write([]byte("ok\n"))
		})
	}
	probe("/healthz", func(context.Context) error { return nil })
	probe("/readyz", s.Store.Ping)
}

// path is an address of the site as pages of it write it.
func (s *site) path(p string) string {
	if strings.HasPrefix(p, "/") && !strings.HasPrefix(p, "//") {
		return s.prefix + p
	}
	return p
}
