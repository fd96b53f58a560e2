package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"postrider/magazine"
	"postrider/store"
	"postrider/templates"
)

// pageCache lets every cache keep a page for a minute and then ask again.
const pageCache = "public, max-age=60"

// page is what the frame of every page shows; Content is the page's own.
type page struct {
	Words       *templates.Words // ours, in the page's language
	Publication *magazine.Publication
	Newsletters []magazine.Newsletter
	Sections    []store.SectionCount
	Current     *magazine.Issue // the newest published issue; nil: none yet
	HasPrivacy  bool
	HasTerms    bool
	HasOwnFeeds bool // members have feeds of their own
	SignedIn    bool // somebody is; a page that everybody gets alike doesn't ask

	Front       bool
	Title       string // of the document, without the publication's
	Description string
	Canonical   string
	Picture     *magazine.Image // for previews elsewhere; nil: none
	OnlyLogo    bool            // it is the publication's logo
	NoIndex     bool
	Feeds       []feed // the page's own first
	Cache       string // Cache-Control
	Content     any

	issues []magazine.Issue // newest first
}

// feed is a set of articles that a page offers as feeds.
type feed struct {
	Title string
	Path  string
}

// names are what every page shows of the whole site, as of one version of it.
type names struct {
	version  int64
	sections []store.SectionCount
	issues   []magazine.Issue
}

// siteNames reads them anew only where the site has changed since.
func (s *site) siteNames(ctx context.Context) (*names, error) {
	version, err := s.Store.ScopeVersion(ctx, magazine.SiteScope())
	if err != nil {
		return nil, err
	}
	if known := s.names.Load(); known != nil && known.version == version.Number {
		return known, nil
	}
	fresh := &names{version: version.Number}
	if fresh.sections, err = s.Store.Sections(ctx); err != nil {
		return nil, err
	}
	if fresh.issues, err = s.Store.Issues(ctx); err != nil {
		return nil, err
	}
	s.names.Store(fresh)
	return fresh, nil
}

// page fills the frame.
func (s *site) page(r *http.Request) (*page, error) {
	known, err := s.siteNames(r.Context())
	if err != nil {
		return nil, err
	}
	p := s.barePage(r)
	p.Sections, p.issues = known.sections, known.issues
	for i := range p.issues {
		if p.issues[i].State == magazine.IssuePublished {
			p.Current = &p.issues[i]
			break
		}
	}
	return p, nil
}

// barePage is a frame that needs no database.
func (s *site) barePage(r *http.Request) *page {
	p := &page{
		Words: s.wordsFor(r), Publication: s.Publication, Newsletters: s.Newsletters,
		HasPrivacy: s.Privacy != "", HasTerms: s.Terms != "", HasOwnFeeds: s.Own != nil, Cache: pageCache,
	}
	if r != nil {
		p.SignedIn, _ = r.Context().Value(hasSession{}).(bool)
	}
	if s.Feeds != nil {
		p.Feeds = []feed{{s.Publication.Title, "/"}}
	}
	return p
}

// offer puts a scope's feeds before the site's.
func (p *page) offer(name string, scope magazine.Scope) {
	if p.Feeds != nil {
		p.Feeds = append([]feed{p.feedOf(name, scope.Path())}, p.Feeds...)
	}
}

// feedOf is the feed of a part of the publication.
func (p *page) feedOf(name, path string) feed {
	return feed{p.Words.T("feeds.of", "name", name, "publication", p.Publication.Title), path}
}

// picture sets what other sites show with a link to the page: the image, or
// the publication's logo.
func (s *site) picture(p *page, image *magazine.Image) {
	p.Picture = preview(image)
	if p.Picture == nil {
		p.Picture, p.OnlyLogo = s.assets.logo, true
	}
}

// issueOf finds an issue among the known ones; nil: there is none.
func (p *page) issueOf(ref magazine.IssueRef) *magazine.Issue {
	for i := range p.issues {
		if p.issues[i].IssueRef == ref {
			return &p.issues[i]
		}
	}
	return nil
}

// pages are the parsed templates by name.
type pages map[string]*template.Template

// pageNames are the templates that the handlers show.
var pageNames = []string{"front", "article", "authors", "author", "section", "issues", "issue", "feeds", "ownfeeds", "join", "signin", "code", "account", "preferences", "leave", "message", "text"}

// wordsFor is our words in the language that the pages of a request are in.
func (s *site) wordsFor(r *http.Request) *templates.Words {
	if r != nil {
		if language, ok := r.Context().Value(spokenTo{}).(string); ok {
			return s.speak(language)
		}
	}
	return s.speak()
}

// spokenTo is under which a request has the language of the person whose page it
// asks for.
type spokenTo struct{}

// speakTo has the pages of a request be in a person's language (BCP 47), where
// they have named one that we speak. It is for pages that one person alone gets.
func speakTo(r *http.Request, language string) {
	if language != "" { // in place, so that also what answers a failure speaks it
		*r = *r.WithContext(context.WithValue(r.Context(), spokenTo{}, language))
	}
}

// speak is our words in the first of the languages (BCP 47) that we have words in,
// else in the publication's, else in English.
func (s *site) speak(languages ...string) *templates.Words {
	return s.messages.In(append(languages, s.Publication.Language)...)
}

// pagesIn are the templates with our words in one language. They are parsed when
// it is first spoken: in most publications that is one language only.
func (s *site) pagesIn(w *templates.Words) (pages, error) {
	if known, ok := s.pages.Load(w.Language); ok {
		return known.(pages), nil
	}
	return s.parsePages(w)
}

// parsePages parses the templates and renders each with sample data.
func (s *site) parsePages(w *templates.Words) (pages, error) {
	parsed := pages{}
	dialect := templates.Dialect{Words: w, Funcs: s.words(w)}
	var wrong []error
	for _, name := range pageNames {
		t, err := s.Templates.HTML(dialect, "layout", "pages/layout.html", "pages/parts.html", "pages/"+name+".html")
		if err == nil {
			parsed[name] = t
			err = s.tryPage(name, t, w)
		}
		wrong = append(wrong, err)
	}
	err := templates.Join(wrong...)
	if err == nil {
		s.pages.Store(w.Language, parsed)
	}
	return parsed, err
}

// show renders a page and answers with it: with an ETag and 304s where the
// status is 200.
func (s *site) show(w http.ResponseWriter, r *http.Request, status int, name string, p *page) error {
	parsed, err := s.pagesIn(p.Words)
	if err != nil {
		return err
	}
	body := output("pages/" + name + ".html")
	if err := parsed[name].Execute(body, p); err != nil {
		return fmt.Errorf("rendering the page %s: %w", name, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", p.Cache)
	if p.NoIndex {
		h.Set("X-Robots-Tag", "noindex")
	}
	if status != http.StatusOK {
		w.WriteHeader(status)
		if r.Method != http.MethodHead {
			w.Write(body.Bytes())
		}
		return nil
	}
	h.Set("ETag", etag(body.Bytes()))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body.Bytes()))
	return nil
}

// output takes what a file prints, of 64 MB at the most: an article may be long,
// and a list of thousands takes some hundred thousand steps.
func output(file string) *templates.Output {
	return &templates.Output{File: file, Most: 64 << 20, Steps: 1_000_000}
}

// etag is a strong validator: a hash of the body.
func etag(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:15]) + `"`
}
