package feeds

import (
	"context"
	"sync"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// A memo is what documents are made from: a source that remembers what several
// of them have in common, for as long as nothing has changed. The site's version
// grows with every scope's; it is read after the scope's, so that what is
// remembered is never older than a version that was told.
type memo struct {
	source
	formats []Format
	shelf   shelf // where the entries stand that it knows, in those formats

	mu    sync.Mutex
	site  store.Version
	known *known
}

// known is what is remembered of one version of the site. Who reads takes it
// first and adds what he has read to the same: what was read before a change
// is never found after it.
type known struct {
	issues  map[magazine.IssueRef]remembered
	named   map[string]*magazine.Article // by slug: its names alone; nil: there is none
	entries map[entryKey]*ready
}

type remembered struct {
	issue *magazine.Issue
	err   error // that there is none
}

// entryKey is what an entry depends on besides what the site's version stands for.
type entryKey struct {
	id    string // of the article
	whole bool   // it has the content
}

func newMemo(s source, entries shelf, formats ...Format) *memo {
	m := &memo{source: s, formats: formats, shelf: entries}
	m.forget(store.Version{})
	return m
}

func (m *memo) forget(site store.Version) {
	m.site = site
	m.known = &known{map[magazine.IssueRef]remembered{}, map[string]*magazine.Article{}, map[entryKey]*ready{}}
}

func (m *memo) ScopeVersion(ctx context.Context, scope magazine.Scope) (store.Version, error) {
	v, err := m.source.ScopeVersion(ctx, scope)
	if err != nil {
		return v, err
	}
	site := v
	if scope.Kind != magazine.ScopeSite {
		if site, err = m.source.ScopeVersion(ctx, magazine.SiteScope()); err != nil {
			return v, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if site != m.site {
		m.forget(site)
	}
	return v, nil
}

func (m *memo) Issue(ctx context.Context, ref magazine.IssueRef) (*magazine.Issue, error) {
	m.mu.Lock()
	k := m.known
	r, ok := k.issues[ref]
	m.mu.Unlock()
	if ok {
		return r.issue, r.err
	}
	issue, err := m.source.Issue(ctx, ref)
	if err != nil && magazine.CodeOf(err) != magazine.NotFound {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	k.issues[ref] = remembered{issue, err}
	return issue, err
}

// ArticlesBySlug finds no more of an article than its title and where it is.
func (m *memo) ArticlesBySlug(ctx context.Context, slugs []string) (map[string]magazine.Article, error) {
	found := map[string]magazine.Article{}
	var missing []string
	m.mu.Lock()
	k := m.known
	for _, slug := range slugs {
		switch a, ok := k.named[slug]; {
		case !ok:
			missing = append(missing, slug)
		case a != nil:
			found[slug] = *a
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
		var named *magazine.Article
		if a, ok := fresh[slug]; ok {
			named = &magazine.Article{Slug: a.Slug, Title: a.Title, HomeURL: a.HomeURL}
			found[slug] = *named
		}
		k.named[slug] = named
	}
	return found, nil
}

// draft drafts the channel's document. It reads and makes the entries that it
// doesn't know.
func (m *memo) draft(ctx context.Context, b *Builder, ch *Channel, v store.Version) (*draft, error) {
	ids, err := m.ArticleIDs(ctx, ch.Scope, b.holds(ch, v))
	if err != nil {
		return nil, err
	}
	d := &draft{builder: b, channel: ch, version: v, formats: m.formats, shelf: m.shelf}
	if err := m.fill(ctx, d, ids); err != nil || distinct(d.entries) {
		return d, err
	}
	articles, err := m.articles(ctx, b, ch, ids) // rare: some cannot have the identities here that they have elsewhere
	if err != nil {
		return nil, err
	}
	return b.draft(m.formats, ch, articles, d.version)
}

// fill gives the draft the entries of articles.
func (m *memo) fill(ctx context.Context, d *draft, ids []string) error {
	whole := d.builder.whole(d.channel.Scope.Kind)
	m.mu.Lock()
	k := m.known
	have := make(map[string]*ready, len(ids))
	var missing []string
	for _, id := range ids {
		if e := k.entries[entryKey{id, whole}]; e != nil {
			have[id] = e
		} else {
			missing = append(missing, id)
		}
	}
	m.mu.Unlock()
	articles, err := m.articles(ctx, d.builder, d.channel, missing)
	if err != nil {
		return err
	}
	if d.channel.page > 0 {
		d.version.Changed = pageChange(have, articles)
	}
	entries := make([]entry, len(articles))
	for i := range articles {
		entries[i] = d.builder.makeEntry(d.channel, &articles[i], d.version)
	}
	made, err := d.builder.makeReady(m.shelf, m.formats, entries)
	if err != nil {
		return err
	}
	m.mu.Lock()
	for i, a := range articles {
		have[a.ID] = made[i]
		if !instantOf(a.Published).isNone() { // or its date is the channel's
			k.entries[entryKey{a.ID, whole}] = made[i]
		}
	}
	m.mu.Unlock()
	for _, id := range ids {
		if e := have[id]; e != nil { // or the article went meanwhile, and the version with it
			d.entries = append(d.entries, e)
		}
	}
	return nil
}

// articles reads articles and what they refer to.
func (m *memo) articles(ctx context.Context, b *Builder, ch *Channel, ids []string) ([]magazine.Article, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	articles, err := m.ArticlesByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	return articles, b.refer(ctx, m, ch, articles)
}

// pageChange is the newest change of a page's articles: a page whose articles
// stay as they are stays as it is, whatever else comes to its scope.
func pageChange(entries map[string]*ready, articles []magazine.Article) (last time.Time) {
	for _, e := range entries {
		if e.changed.After(last) {
			last = e.changed
		}
	}
	for i := range articles {
		if at := lastChange(&articles[i]); at.After(last) {
			last = at
		}
	}
	return last
}
