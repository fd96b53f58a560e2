package web

import (
	"net/http"
	"slices"

	"postrider/magazine"
	"postrider/store"
)

// issueList is the page that lists the issues.
type issueList struct {
	Issues []magazine.Issue
	turn
}

func (s *site) issues(w http.ResponseWriter, r *http.Request) error {
	p, err := s.page(r)
	if err != nil {
		return err
	}
	some, turn, err := onPage(r, p.issues, issuesOnPage)
	if err != nil {
		return err
	}
	p.Title, p.Canonical, p.Content = p.Words.T("issues.title"), s.Publication.Link("/issues/"), issueList{some, turn}
	p.NoIndex = turn.Previous > 0 // each issue is in the sitemap
	p.Description = p.Words.T("issues.about", "publication", s.Publication.Title)
	return s.show(w, r, http.StatusOK, "issues", p)
}

type issue struct {
	Issue          *magazine.Issue
	Articles       []magazine.Article
	Citation       string          // empty: it is not cited
	Address        string          // of the page, for the citation
	Previous, Next *magazine.Issue // by cover date
}

func (s *site) issue(w http.ResponseWriter, r *http.Request) error {
	p, err := s.page(r)
	if err != nil {
		return err
	}
	ref := magazine.IssueRef{Volume: r.PathValue("volume"), Number: r.PathValue("number")}
	i := slices.IndexFunc(p.issues, func(i magazine.Issue) bool { return i.IssueRef == ref })
	if i < 0 {
		return errNoIssue
	}
	view := issue{Issue: &p.issues[i], Citation: s.citeIssue(&p.issues[i]), Address: s.Publication.Link(p.issues[i].Path())}
	if i > 0 {
		view.Next = &p.issues[i-1]
	}
	if i+1 < len(p.issues) {
		view.Previous = &p.issues[i+1]
	}
	scope := magazine.IssueScope(ref)
	if view.Articles, err = s.Store.ArticlesIn(r.Context(), scope, store.ListOptions{}); err != nil {
		return err
	}
	name := p.Words.Issue(ref.Volume, ref.Number)
	p.Title = name
	if title := view.Issue.Title; title != "" {
		p.Title = p.Words.Apart(title) + " · " + p.Title
	}
	p.Description = p.Words.T("issue.about", "issue", name, "publication", s.Publication.Title)
	p.Canonical = s.Publication.Link(scope.Path())
	p.offer(name, scope)
	p.Content = view
	return s.show(w, r, http.StatusOK, "issue", p)
}

// citeIssue is the citation line of a whole issue.
func (s *site) citeIssue(i *magazine.Issue) string {
	month, year := i.HijriParts()
	return s.Publication.Cite(&magazine.Article{Issue: i.IssueRef, HijriMonth: month, HijriYear: year})
}
