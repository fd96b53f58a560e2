package feeds

import (
	"context"
	"sync"

	"postrider/magazine"
	"postrider/store"
)

// A memo is a source that remembers the issues and the names of the articles
// that documents of an export refer to, for as long as nothing has changed. The site's version grows
// with every scope's; it is read after the scope's, so that what is remembered
// is never older than a version that was told.
type memo struct {
	source

	mu     sync.Mutex
	site   store.Version
	issues map[magazine.IssueRef]remembered
	named  map[string]*magazine.Article // by slug: its names alone; nil: there is none
}

type remembered struct {
	issue *magazine.Issue
	err   error // that there is none
}

func (m *memo) ScopeVersion(ctx context.Context, scope magazine.Scope) (store.Version, error) {
	v, err := m.source.ScopeVersion(ctx, scope)
	if err != nil {
		return v, err
	}
	site, err := m.source.ScopeVersion(ctx, magazine.SiteScope())
	if err != nil {
		return v, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.issues == nil || site != m.site {
		m.site, m.issues, m.named = site, map[magazine.IssueRef]remembered{}, map[string]*magazine.Article{}
	}
	return v, nil
}

func (m *memo) Issue(ctx context.Context, ref magazine.IssueRef) (*magazine.Issue, error) {
	m.mu.Lock()
	known, ok := m.issues[ref]
	site := m.site
	m.mu.Unlock()
	if ok {
		return known.issue, known.err
	}
	issue, err := m.source.Issue(ctx, ref)
	if err != nil && magazine.CodeOf(err) != magazine.NotFound {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.issues != nil && site == m.site {
		m.issues[ref] = remembered{issue, err}
	}
	return issue, err
}

// ArticlesBySlug finds no more of an article than its title and where it is.
func (m *memo) ArticlesBySlug(ctx context.Context, slugs []string) (map[string]magazine.Article, error) {
	found := map[string]magazine.Article{}
	var missing []string
	m.mu.Lock()
	site := m.site
	for _, slug := range slugs {
		switch known, ok := m.named[slug]; {
		case !ok:
			missing = append(missing, slug)
		case known != nil:
			found[slug] = *known
		}
	}
	m.mu.Unlock()
	if len(missing) == 0 {
		return found, nil
	}
	fresh, err := m.source.ArticlesBySlug(ctx, missing)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, slug := range missing {
		var known *magazine.Article
		if a, ok := fresh[slug]; ok {
			known = &magazine.Article{Slug: a.Slug, Title: a.Title, HomeURL: a.HomeURL}
			found[slug] = *known
		}
		if m.named != nil && site == m.site {
			m.named[slug] = known
		}
	}
	return found, nil
}
