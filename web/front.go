package web

import (
	"net/http"
	"strconv"

	"postrider/magazine"
	"postrider/store"
)

// How much there is on a page at most, so that each stays light: see
// TestListsAreLight.
const (
	frontArticles = 12  // under "New since"
	frontIssues   = 6   // earlier ones
	listArticles  = 20  // of an author or a section
	issuesOnPage  = 40  // of the list of issues
	authorsOnPage = 120 // of the list of authors
	feedsOnPage   = 20  // of the list of feeds
)

type front struct {
	Issue    *magazine.Issue
	Sections []sectionGroup // of the issue's articles, in the order of its contents
	New      []magazine.Article
	Quick    *quick // the form to join by; nil: none
	Before   int64  // the number below which earlier articles go on; 0: no more
	Earlier  []magazine.Issue
}

// Empty tells that there is nothing to show at all.
func (f front) Empty() bool { return f.Issue == nil && len(f.New) == 0 && len(f.Earlier) == 0 }

type sectionGroup struct {
	Section  magazine.Section
	Articles []magazine.Article
}

// front shows the current issue, what is new since, and earlier issues; with
// ?before=, the articles of the whole site that came before that number. Other
// systems have articles at its address too, as /?p=12.
func (s *site) front(w http.ResponseWriter, r *http.Request) error {
	if r.URL.RawQuery != "" {
		if err := s.known(w, r, r.URL.RawQuery); err != errNoPage {
			return err
		}
	}
	p, err := s.page(r)
	if err != nil {
		return err
	}
	before, err := beforeOf(r)
	if err != nil {
		return err
	}
	p.Front, p.Description, p.Canonical = true, s.Publication.Description, s.Publication.Link("/")
	if p.Description == "" {
		p.Description = s.Publication.Tagline
	}
	var f front
	if before > 0 || p.Current == nil {
		f.New, f.Before, err = s.list(r, magazine.SiteScope(), before)
		p.NoIndex = before > 0
	} else {
		err = s.fillFront(r, p, &f)
	}
	if err != nil {
		return err
	}
	if before == 0 {
		f.Quick = s.quickForm()
	}
	if f.Issue != nil {
		s.picture(p, f.Issue.Cover)
	} else {
		s.picture(p, nil)
	}
	p.Content = f
	return s.show(w, r, http.StatusOK, "front", p)
}

func (s *site) fillFront(r *http.Request, p *page, f *front) error {
	f.Issue = p.Current
	inIssue, err := s.Store.ArticlesIn(r.Context(), magazine.IssueScope(f.Issue.IssueRef), store.ListOptions{})
	if err != nil {
		return err
	}
	f.Sections = bySection(inIssue)
	newest, err := s.Store.ArticlesIn(r.Context(), magazine.SiteScope(), store.ListOptions{Limit: frontArticles + len(inIssue) + 1})
	if err != nil {
		return err
	}
	for _, a := range newest {
		if !newSince(&a, f.Issue, p) {
			continue
		}
		if len(f.New) == frontArticles {
			f.Before = f.New[frontArticles-1].Number
			break
		}
		f.New = append(f.New, a)
	}
	for _, issue := range p.issues {
		if issue.State == magazine.IssuePublished && issue.IssueRef != f.Issue.IssueRef && len(f.Earlier) < frontIssues {
			f.Earlier = append(f.Earlier, issue)
		}
	}
	return nil
}

// newSince tells that an article came after the current issue: it stands in an
// open one, or in none and is dated later than the cover.
func newSince(a *magazine.Article, current *magazine.Issue, p *page) bool {
	if a.Issue == current.IssueRef {
		return false
	}
	if issue := p.issueOf(a.Issue); issue != nil {
		return issue.State == magazine.IssueOpen
	}
	return a.Published.After(current.CoverDate)
}

// bySection groups articles by section, sections in the order of their first article.
func bySection(articles []magazine.Article) []sectionGroup {
	var groups []sectionGroup
	at := map[string]int{}
	for _, a := range articles {
		i, ok := at[a.Section.Slug]
		if !ok {
			i = len(groups)
			at[a.Section.Slug] = i
			groups = append(groups, sectionGroup{Section: a.Section})
		}
		groups[i].Articles = append(groups[i].Articles, a)
	}
	return groups
}

// list is one page of a scope's articles, newest first, and the number below
// which the next page goes on (0: there is none).
func (s *site) list(r *http.Request, scope magazine.Scope, before int64) ([]magazine.Article, int64, error) {
	articles, err := s.Store.ArticlesIn(r.Context(), scope, store.ListOptions{Limit: listArticles + 1, Before: before})
	if err != nil || len(articles) <= listArticles {
		return articles, 0, err
	}
	articles = articles[:listArticles]
	return articles, articles[listArticles-1].Number, nil
}

// beforeOf reads ?before=, the number below which a list goes on; 0: from the start.
func beforeOf(r *http.Request) (int64, error) {
	text := r.URL.Query().Get("before")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, errNoTurn
	}
	return n, nil
}
