package feeds

import (
	"context"
	"sync"

	"postrider/magazine"
	"postrider/store"
)

// A memo is a source that remembers the issues, which most documents of an
// export name, for as long as nothing has changed. The site's version grows
// with every scope's; it is read after the scope's, so that what is remembered
// is never older than a version that was told.
type memo struct {
	source

	mu     sync.Mutex
	site   store.Version
	issues map[magazine.IssueRef]remembered
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
		m.site, m.issues = site, map[magazine.IssueRef]remembered{}
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
