package web

import (
	"net/http"

	"postrider/magazine"
)

// scriptPolicy is pagePolicy for a page with a script of ours.
const scriptPolicy = pagePolicy + "; script-src 'self'"

// feedList is the page that lists all feeds for people.
type feedList struct {
	Groups []feedGroup
	turn
}

// feedGroup is the feeds of one kind.
type feedGroup struct {
	Heading string
	Feeds   []listedFeed
}

type listedFeed struct {
	Name string
	Path string // of the page
	Feed string // below which the feeds are
	OPML bool   // it has a list of its own
}

// feedList shows them, some at a time.
func (s *site) feedList(w http.ResponseWriter, r *http.Request) error {
	p, err := s.page(r)
	if err != nil {
		return err
	}
	all, err := s.listFeeds(r, p)
	if err != nil {
		return err
	}
	some, turn, err := onPage(r, all, feedsOnPage)
	if err != nil {
		return err
	}
	p.Title, p.Content, p.NoIndex = p.Words.T("feeds.title"), feedList{grouped(some), turn}, turn.Previous > 0
	p.Canonical = s.Publication.Link("/feeds/")
	p.Description = p.Words.T("feeds.about", "publication", s.Publication.Title)
	w.Header().Set("Content-Security-Policy", scriptPolicy)
	return s.show(w, r, http.StatusOK, "feeds", p)
}

type headedFeed struct {
	heading string
	listedFeed
}

// grouped puts feeds under their headings.
func grouped(all []headedFeed) (groups []feedGroup) {
	for _, one := range all {
		if n := len(groups); n == 0 || groups[n-1].Heading != one.heading {
			groups = append(groups, feedGroup{Heading: one.heading})
		}
		group := &groups[len(groups)-1]
		group.Feeds = append(group.Feeds, one.listedFeed)
	}
	return groups
}

// listFeeds lists the feeds: of the site, the sections, the authors, the issues.
func (s *site) listFeeds(r *http.Request, p *page) ([]headedFeed, error) {
	all := []headedFeed{{"", publicFeed(s.Publication.Title, "/", true)}}
	more, err := s.sectionsAndAuthors(r)
	all = append(all, more...)
	if err != nil {
		return nil, err
	}
	for i := range p.issues {
		name := s.voice(p.Words, "").Issue(p.issues[i].IssueRef)
		if title := p.issues[i].Title; title != "" {
			name = p.Words.Apart(title) + " · " + name
		}
		all = append(all, headedFeed{p.Words.T("issues.title"), publicFeed(name, magazine.IssueScope(p.issues[i].IssueRef).Path(), false)})
	}
	return all, nil
}

func publicFeed(name, path string, opml bool) listedFeed { return listedFeed{name, path, path, opml} }

func (s *site) sectionsAndAuthors(r *http.Request) (all []headedFeed, err error) {
	words := s.wordsFor(r)
	sections, err := s.Store.SectionsWithFeeds(r.Context())
	if err != nil {
		return nil, err
	}
	for _, c := range sections {
		all = append(all, headedFeed{words.T("sections.title"), publicFeed(c.Name, c.Path(), false)})
	}
	authors, err := s.Store.AuthorsWithFeeds(r.Context())
	if err != nil {
		return nil, err
	}
	for _, a := range authors {
		all = append(all, headedFeed{words.T("authors.title"), publicFeed(a.Name, a.Path(), true)})
	}
	return all, nil
}
