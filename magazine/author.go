package magazine

import (
	"net/url"
	"strings"
)

// Author is a person who writes for the publication.
type Author struct {
	Slug  string `json:"slug"`
	Name  string `json:"name"`
	Bio   string `json:"bio,omitempty"` // sanitised HTML
	URL   string `json:"url,omitempty"` // a home page elsewhere
	Image *Image `json:"image,omitempty"`
}

// Path is the address of the author's page below the site.
func (a Author) Path() string { return AuthorScope(a.Slug).Path() }

// Section is a part of the publication under which articles are printed.
type Section struct {
	Slug        string `json:"slug"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"` // plain text
}

// IsZero tells that there is no section.
func (s Section) IsZero() bool { return s.Slug == "" }

// Path is the address of the section's page below the site.
func (s Section) Path() string { return SectionScope(s.Slug).Path() }

// Names joins the authors' names as a byline does: "A, B and C".
func Names(authors []Author) string {
	switch n := len(authors); n {
	case 0:
		return ""
	case 1:
		return authors[0].Name
	default:
		names := make([]string, n-1)
		for i := range names {
			names[i] = authors[i].Name
		}
		return strings.Join(names, ", ") + " and " + authors[n-1].Name
	}
}

// A Scope is a set of articles with pages and feeds of its own.
type Scope struct {
	Kind ScopeKind
	Slug string   // of an author or a section
	Ref  IssueRef // of an issue
}

// ScopeKind says what a Scope is.
type ScopeKind string

// The kinds of Scope.
const (
	ScopeSite    ScopeKind = "site"
	ScopeAuthor  ScopeKind = "author"
	ScopeSection ScopeKind = "section"
	ScopeIssue   ScopeKind = "issue"
)

// SiteScope has every article.
func SiteScope() Scope { return Scope{Kind: ScopeSite} }

// AuthorScope has the articles of one author.
func AuthorScope(slug string) Scope { return Scope{Kind: ScopeAuthor, Slug: slug} }

// SectionScope has the articles of one section.
func SectionScope(slug string) Scope { return Scope{Kind: ScopeSection, Slug: slug} }

// IssueScope has the articles of one issue.
func IssueScope(ref IssueRef) Scope { return Scope{Kind: ScopeIssue, Ref: ref} }

// Key names the scope in the database: "site", "author/SLUG", "section/SLUG",
// "issue/VOLUME/NUMBER".
func (s Scope) Key() string {
	switch s.Kind {
	case ScopeSite:
		return "site"
	case ScopeIssue:
		return "issue/" + s.Ref.Volume + "/" + s.Ref.Number
	default:
		return string(s.Kind) + "/" + s.Slug
	}
}

// Path is the address of the scope's page below the site; its feeds stand
// beside it as rss.xml, atom.xml and feed.json.
func (s Scope) Path() string {
	switch s.Kind {
	case ScopeAuthor:
		return "/authors/" + url.PathEscape(s.Slug) + "/"
	case ScopeSection:
		return "/sections/" + url.PathEscape(s.Slug) + "/"
	case ScopeIssue:
		return s.Ref.Path()
	default:
		return "/"
	}
}
