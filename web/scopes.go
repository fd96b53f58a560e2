package web

import (
	"net/http"
	"slices"

	"postrider/magazine"
	"postrider/store"
)

// authorList is the page that lists the authors.
type authorList struct {
	Authors []store.AuthorCount
	turn
}

func (s *site) authors(w http.ResponseWriter, r *http.Request) error {
	p, err := s.page(r)
	if err != nil {
		return err
	}
	authors, err := s.Store.Authors(r.Context())
	if err != nil {
		return err
	}
	some, turn, err := onPage(r, authors, authorsOnPage)
	if err != nil {
		return err
	}
	p.Title, p.Canonical, p.Content = p.Words.T("authors.title"), s.Publication.Link("/authors/"), authorList{some, turn}
	p.NoIndex = turn.Previous > 0 // each author is in the sitemap
	p.Description = p.Words.T("authors.about", "publication", s.Publication.Title)
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
	who, err := bySlug(r, s.Store.Author)
	if err != nil {
		return missing(err, errNoAuthor)
	}
	about := subject{"author", magazine.AuthorScope(who.Slug), who.Name, s.wordsFor(r).T("author.about", "name", who.Name, "publication", s.Publication.Title)}
	return s.listing(w, r, about, func(p *page, found []magazine.Article, before int64) any {
		return author{who, byIssue(found, p), before}
	})
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
	part, err := bySlug(r, s.Store.Section)
	if err != nil {
		return missing(err, errNoSection)
	}
	about := subject{"section", magazine.SectionScope(part.Slug), part.Name, part.Description}
	return s.listing(w, r, about, func(_ *page, found []magazine.Article, before int64) any {
		return section{part, found, before}
	})
}

// subject is what a listing is about.
type subject struct {
	template    string
	scope       magazine.Scope // of an author or a section
	name        string
	description string
}

// listing shows one page of an author's or a section's articles; content makes
// of them what the template shows, with the number below which the next page
// goes on.
func (s *site) listing(w http.ResponseWriter, r *http.Request, about subject, content func(p *page, found []magazine.Article, before int64) any) error {
	if about.scope.Slug != r.PathValue("slug") {
		redirect(w, s.path(about.scope.Path())+query(r), http.StatusMovedPermanently)
		return nil
	}
	before, err := beforeOf(r)
	if err != nil {
		return err
	}
	p, err := s.page(r)
	if err != nil {
		return err
	}
	found, next, err := s.list(r, about.scope, before)
	if err != nil {
		return err
	}
	p.Title, p.Description = about.name, about.description
	p.Canonical, p.NoIndex = s.Publication.Link(about.scope.Path()), before > 0
	p.offer(about.name, about.scope)
	p.Content = content(p, found, next)
	return s.show(w, r, http.StatusOK, about.template, p)
}
