package feeds

import (
	"context"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// source is what feeds read of the store. It is an interface so that tests can
// count reads and inject faults.
type source interface {
	Now() time.Time
	Changes() uint64
	NextDue(ctx context.Context) (time.Time, error)
	ScopeVersion(ctx context.Context, scope magazine.Scope) (store.Version, error)
	ArticlesIn(ctx context.Context, scope magazine.Scope, o store.ListOptions) ([]magazine.Article, error)
	ArticleIDs(ctx context.Context, scope magazine.Scope, o store.ListOptions) ([]string, error)
	ArticlesFollowed(ctx context.Context, set []magazine.Follow, limit int) ([]string, error)
	ArticlesByID(ctx context.Context, ids []string) ([]magazine.Article, error)
	ArticlesBySlug(ctx context.Context, slugs []string) (map[string]magazine.Article, error)
	Author(ctx context.Context, slug string) (*magazine.Author, error)
	AuthorSlug(ctx context.Context, slug string) (own string, err error)
	AuthorsWithFeeds(ctx context.Context) ([]store.AuthorCount, error)
	Section(ctx context.Context, slug string) (*magazine.Section, error)
	SectionsWithFeeds(ctx context.Context) ([]store.SectionCount, error)
	Issue(ctx context.Context, ref magazine.IssueRef) (*magazine.Issue, error)
	Issues(ctx context.Context) ([]magazine.Issue, error)
}

// List lists the channels of all feeds: the site's, the authors', the
// sections', the issues'.
func (b *Builder) List(ctx context.Context, s *store.Store) ([]Channel, error) {
	return b.list(ctx, s)
}

func (b *Builder) list(ctx context.Context, s source) ([]Channel, error) {
	authors, err := s.AuthorsWithFeeds(ctx)
	if err != nil {
		return nil, err
	}
	sections, err := s.SectionsWithFeeds(ctx)
	if err != nil {
		return nil, err
	}
	issues, err := s.Issues(ctx)
	if err != nil {
		return nil, err
	}
	channels := make([]Channel, 0, 1+len(authors)+len(sections)+len(issues))
	channels = append(channels, b.Site())
	for _, a := range authors {
		channels = append(channels, b.Author(a.Author))
	}
	for _, c := range sections {
		channels = append(channels, b.Section(c.Section))
	}
	for _, i := range issues {
		channels = append(channels, b.Issue(i))
	}
	return channels, nil
}

// channel makes the channel of one scope. NotFound: nobody has that scope.
func (b *Builder) channel(ctx context.Context, s source, scope magazine.Scope) (Channel, error) {
	switch scope.Kind {
	case magazine.ScopeAuthor:
		a, err := s.Author(ctx, scope.Slug)
		if err != nil {
			return Channel{}, err
		}
		return b.Author(*a), nil
	case magazine.ScopeSection:
		c, err := s.Section(ctx, scope.Slug)
		if err != nil {
			return Channel{}, err
		}
		return b.Section(*c), nil
	case magazine.ScopeIssue:
		i, err := s.Issue(ctx, scope.Ref)
		if err != nil {
			return Channel{}, err
		}
		return b.Issue(*i), nil
	default:
		if b.follows {
			return b.Followed(), nil
		}
		return b.Site(), nil
	}
}

// refer finds what articles refer to.
func (b *Builder) refer(ctx context.Context, s source, ch *Channel, articles []magazine.Article) (err error) {
	ch.Issues = map[magazine.IssueRef]magazine.Issue{}
	var slugs []string
	for _, a := range articles {
		for _, r := range a.Related {
			if r.Slug != "" {
				slugs = append(slugs, r.Slug)
			}
		}
		if _, known := ch.Issues[a.Issue]; known || a.Issue.IsZero() {
			continue
		}
		issue, err := s.Issue(ctx, a.Issue)
		switch {
		case err == nil:
			ch.Issues[a.Issue] = *issue
		case magazine.CodeOf(err) != magazine.NotFound:
			return err
		}
	}
	ch.Related, err = s.ArticlesBySlug(ctx, slugs)
	return err
}

// documents drafts the documents of a part of a scope's feed, and tells of which
// version they are. NotFound: there is no such scope or page. Where an article
// comes while it reads, it reads again, so that a version's documents are the
// same on every node.
func (b *Builder) documents(ctx context.Context, m *memo, p part) (*draft, store.Version, error) {
	for tries := 0; ; tries++ {
		before, err := m.ScopeVersion(ctx, p.scope)
		if err != nil {
			return nil, before, err
		}
		d, err := b.read(ctx, m, p, before)
		if err != nil {
			return nil, before, err
		}
		after, err := m.ScopeVersion(ctx, p.scope)
		if err != nil || after == before {
			return d, before, err
		}
		if tries == 4 { // it never rests: what we have is newer than its version says, and the next poll brings it again
			return d, before, nil
		}
	}
}

func (b *Builder) read(ctx context.Context, m *memo, p part, v store.Version) (*draft, error) {
	ch, err := b.channel(ctx, m, p.scope)
	if err != nil {
		return nil, err
	}
	if ch.page, ch.pages = p.page, pages(ch.Complete, v); ch.page > ch.pages {
		return nil, errNoPage
	}
	return m.draft(ctx, b, &ch, v)
}

var errNoPage = magazine.Errorf(magazine.NotFound, "the archive has no such page")

// directory builds the list of a scope's feeds: the site's is of all that there
// are.
func (b *Builder) directory(ctx context.Context, s source, scope magazine.Scope) ([]byte, store.Version, error) {
	v, err := s.ScopeVersion(ctx, scope)
	if err != nil {
		return nil, v, err
	}
	var channels []Channel
	if scope.Kind == magazine.ScopeSite {
		channels, err = b.list(ctx, s)
	} else {
		channels = make([]Channel, 1)
		channels[0], err = b.channel(ctx, s, scope)
	}
	if err != nil {
		return nil, v, err
	}
	doc, err := b.OPML(channels, v)
	return doc, v, err
}
