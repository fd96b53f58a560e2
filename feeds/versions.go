package feeds

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// freshTime is how old a look at the database may be. What this process writes
// shows at the next request; what commands and other nodes write, within it.
const freshTime = 500 * time.Millisecond

// versions remembers scopes' versions, so that a poll of an unchanged feed asks
// the database nothing. It rests on the site's version, which grows with every
// other scope's.
type versions struct {
	source source
	base   func(magazine.Scope, store.Version) string

	looking sync.Mutex // one request looks at the database, the others wait for it
	newest  atomic.Pointer[look]
}

// A look is what stood in the database at one time.
type look struct {
	at      time.Time
	changes uint64 // of this process, before it looked
	site    store.Version
	pace    time.Duration // of the publication, see pace
	due     time.Time     // when the next scheduled article appears or one expires; zero: none will
	scopes  *sync.Map     // of magazine.Scope to current, as of that version of the site
}

// current is a scope's version with the part of its entity tags that all
// formats and codings share.
type current struct {
	version store.Version
	base    string
	pages   int64  // of its archive
	leads   string // to the author of this slug, of whom the scope's is an alias; empty: nowhere
}

// of tells a scope's current version. NotFound: there is no such scope.
func (v *versions) of(ctx context.Context, scope magazine.Scope) (current, *look, error) {
	l, err := v.look(ctx)
	if err != nil {
		return current{}, nil, err
	}
	if known, ok := l.scopes.Load(scope); ok {
		return known.(current), l, nil
	}
	if scope.Kind == magazine.ScopeAuthor {
		if slug, err := v.source.AuthorSlug(ctx, scope.Slug); err != nil {
			return current{}, nil, err
		} else if slug != scope.Slug {
			c := current{leads: slug}
			l.scopes.Store(scope, c)
			return c, l, nil
		}
	}
	version, err := v.source.ScopeVersion(ctx, scope)
	if err != nil {
		return current{}, nil, err
	}
	complete := false
	if scope.Kind == magazine.ScopeIssue {
		issue, err := v.source.Issue(ctx, scope.Ref)
		if err != nil {
			return current{}, nil, err
		}
		complete = issue.State == magazine.IssuePublished
	}
	c := current{version: version, base: v.base(scope, version), pages: pages(complete, version)}
	l.scopes.Store(scope, c)
	return c, l, nil
}

// look returns the last look where it is fresh, and looks again where not.
func (v *versions) look(ctx context.Context) (*look, error) {
	if l := v.newest.Load(); v.fresh(l) {
		return l, nil
	}
	v.looking.Lock()
	defer v.looking.Unlock()
	old := v.newest.Load()
	if v.fresh(old) {
		return old, nil
	}
	l := &look{at: v.source.Now(), changes: v.source.Changes()}
	var err error
	if l.site, err = v.source.ScopeVersion(ctx, magazine.SiteScope()); err != nil {
		return nil, err
	}
	if l.due, err = v.source.NextDue(ctx); err != nil {
		return nil, err
	}
	if old != nil && old.site == l.site {
		l.scopes, l.pace = old.scopes, old.pace
	} else {
		l.scopes = &sync.Map{}
		recent, err := v.source.ArticlesIn(ctx, magazine.SiteScope(), store.ListOptions{Limit: paceArticles})
		if err != nil {
			return nil, err
		}
		l.pace = pace(recent, l.at)
	}
	v.newest.Store(l)
	return l, nil
}

func (v *versions) fresh(l *look) bool {
	if l == nil || l.changes != v.source.Changes() {
		return false
	}
	age := v.source.Now().Sub(l.at)
	return age >= 0 && age < freshTime // a clock may be set back
}
