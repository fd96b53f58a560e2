package web

import (
	"net/http"
	"slices"

	"postrider/magazine"
)

func (s *site) authors(w http.ResponseWriter, r *http.Request) error {
	p, err := s.page(r)
	if err != nil {
		return err
	}
	authors, err := s.Store.Authors(r.Context())
	if err != nil {
		return err
	}
	p.Title, p.Canonical, p.Content = "Authors", s.Publication.Link("/authors/"), authors
	p.Description = "Everybody who writes for " + s.Publication.Title + "."
	return s.show(w, r, http.StatusOK, "authors", p)
}

type author struct {
	Author *magazine.Author
	Groups []issueGroup
	Before int64
}

// issueGroup is what an author wrote in one issue, or in none.
type issueGroup struct {
	Ref      magazine.IssueRef
	Issue    *magazine.Issue // nil: in none, or nothing is known of it but its number
	Articles []magazine.Article
}

func (s *site) author(w http.ResponseWriter, r *http.Request) error {
	who, err := s.Store.Author(r.Context(), r.PathValue("slug"))
	if err != nil {
		return missing(err, "There is no author at this address.")
	}
	before, err := beforeOf(r)
	if err != nil {
		return err
	}
	p, err := s.page(r)
	if err != nil {
		return err
	}
	scope := magazine.AuthorScope(who.Slug)
	articles, next, err := s.list(r, scope, before)
	if err != nil {
		return err
	}
	p.Title, p.Description = who.Name, who.Name+" in "+s.Publication.Title+"."
	p.Canonical, p.NoIndex = s.Publication.Link(scope.Path()), before > 0
	p.offer(who.Name, scope)
	p.Content = author{who, byIssue(articles, p), next}
	return s.show(w, r, http.StatusOK, "author", p)
}

// byIssue groups articles by issue: first those in none, then by cover date,
// newest first. An issue that the page knows nothing of comes last.
func byIssue(articles []magazine.Article, p *page) []issueGroup {
	var groups []issueGroup
	at := map[magazine.IssueRef]int{}
	for _, a := range articles {
		i, ok := at[a.Issue]
		if !ok {
			i = len(groups)
			at[a.Issue] = i
			groups = append(groups, issueGroup{Ref: a.Issue, Issue: p.issueOf(a.Issue)})
		}
		groups[i].Articles = append(groups[i].Articles, a)
	}
	rank := func(g issueGroup) int {
		if g.Ref.IsZero() {
			return -1
		}
		i := slices.IndexFunc(p.issues, func(issue magazine.Issue) bool { return issue.IssueRef == g.Ref })
		if i < 0 {
			return len(p.issues)
		}
		return i
	}
	slices.SortStableFunc(groups, func(a, b issueGroup) int { return rank(a) - rank(b) })
	return groups
}

type section struct {
	Section  *magazine.Section
	Articles []magazine.Article
	Before   int64
}

func (s *site) section(w http.ResponseWriter, r *http.Request) error {
	part, err := s.Store.Section(r.Context(), r.PathValue("slug"))
	if err != nil {
		return missing(err, "There is no section at this address.")
	}
	before, err := beforeOf(r)
	if err != nil {
		return err
	}
	p, err := s.page(r)
	if err != nil {
		return err
	}
	scope := magazine.SectionScope(part.Slug)
	articles, next, err := s.list(r, scope, before)
	if err != nil {
		return err
	}
	p.Title, p.Description = part.Name, part.Description
	p.Canonical, p.NoIndex = s.Publication.Link(scope.Path()), before > 0
	p.offer(part.Name, scope)
	p.Content = section{part, articles, next}
	return s.show(w, r, http.StatusOK, "section", p)
}
