package web

import (
	"net/http"
	"strconv"

	"postrider/magazine"
)

// feedsOnPage is how many feeds the list of feeds shows at once.
const feedsOnPage = 100

// scriptPolicy is pagePolicy for a page with a script of ours.
const scriptPolicy = pagePolicy + "; script-src 'self'"

// feedList is the page that lists all feeds for people.
type feedList struct {
	Groups         []feedGroup
	Previous, Next int // page numbers; 0: none
}

// feedGroup is the feeds of one kind.
type feedGroup struct {
	Heading string
	Feeds   []listedFeed
}

type listedFeed struct {
	Name string
	Path string // of the page, below which the feeds are
	OPML bool   // it has a list of its own
}

// feedList shows them, 100 at a time.
func (s *site) feedList(w http.ResponseWriter, r *http.Request) error {
	number, err := pageOf(r)
	if err != nil {
		return err
	}
	p, err := s.page(r)
	if err != nil {
		return err
	}
	all, err := s.listFeeds(r, p)
	if err != nil {
		return err
	}
	var view feedList
	from := (number - 1) * feedsOnPage
	if from >= len(all) {
		return errNoPage
	}
	for _, one := range all[from:min(from+feedsOnPage, len(all))] {
		if n := len(view.Groups); n == 0 || view.Groups[n-1].Heading != one.heading {
			view.Groups = append(view.Groups, feedGroup{Heading: one.heading})
		}
		group := &view.Groups[len(view.Groups)-1]
		group.Feeds = append(group.Feeds, one.listedFeed)
	}
	view.Previous = number - 1
	if from+feedsOnPage < len(all) {
		view.Next = number + 1
	}
	p.Title, p.Content, p.NoIndex = "Feeds", view, number > 1
	p.Canonical = s.Publication.Link("/feeds/")
	p.Description = "Every feed of " + s.Publication.Title + ": of the whole, of each section, author and issue."
	w.Header().Set("Content-Security-Policy", scriptPolicy)
	return s.show(w, r, http.StatusOK, "feeds", p)
}

type headedFeed struct {
	heading string
	listedFeed
}

// listFeeds lists the feeds: of the site, the sections, the authors, the issues.
func (s *site) listFeeds(r *http.Request, p *page) ([]headedFeed, error) {
	all := []headedFeed{{"", listedFeed{s.Publication.Title, "/", true}}}
	sections, err := s.Store.SectionsWithFeeds(r.Context())
	if err != nil {
		return nil, err
	}
	for _, c := range sections {
		all = append(all, headedFeed{"Sections", listedFeed{c.Name, c.Path(), false}})
	}
	authors, err := s.Store.AuthorsWithFeeds(r.Context())
	if err != nil {
		return nil, err
	}
	for _, a := range authors {
		all = append(all, headedFeed{"Authors", listedFeed{a.Name, a.Path(), true}})
	}
	for i := range p.issues {
		name := s.voice("").Issue(p.issues[i].IssueRef)
		if title := p.issues[i].Title; title != "" {
			name = title + " · " + name
		}
		all = append(all, headedFeed{"Issues", listedFeed{name, magazine.IssueScope(p.issues[i].IssueRef).Path(), false}})
	}
	return all, nil
}

// pageOf reads ?page=, counted from 1.
func pageOf(r *http.Request) (int, error) {
	text := r.URL.Query().Get("page")
	if text == "" {
		return 1, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 1 {
		return 0, magazine.Errorf(magazine.Invalid, "There is no such page.")
	}
	return int(n), nil
}
