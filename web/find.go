package web

import (
	"context"
	"net/http"
	"strings"

	"postrider/magazine"
	"postrider/store"
)

// mostFound is how many things a search for what to follow shows of each kind.
const mostFound = 20

// tags are those that articles have, as of one version of the site.
type tags struct {
	version int64
	all     []store.TagCount
}

// siteTags reads them anew only where the site has changed since.
func (s *site) siteTags(ctx context.Context) ([]store.TagCount, error) {
	version, err := s.Store.ScopeVersion(ctx, magazine.SiteScope())
	if err != nil {
		return nil, err
	}
	if known := s.tags.Load(); known != nil && known.version == version.Number {
		return known.all, nil
	}
	all, err := s.Store.Tags(ctx)
	if err == nil {
		s.tags.Store(&tags{version.Number, all})
	}
	return all, err
}

// search finds authors and tags to follow by a part of their names, however it is
// spelt, and the tag of that name itself: an article may bring it any day.
func (s *site) search(r *http.Request, query string) (found []choice, err error) {
	authors, err := s.Store.Authors(r.Context())
	if err != nil {
		return nil, err
	}
	tags, err := s.siteTags(r.Context())
	if err != nil {
		return nil, err
	}
	is := matching(query)
	for _, a := range authors {
		if len(found) < mostFound && is(a.Name, a.Slug) {
			found = append(found, choice{"author", a.Slug, a.Name, "", false})
		}
	}
	words, n, exact := s.wordsFor(r), 0, magazine.TagKey(query)
	for _, t := range tags {
		// The one of just that name stands among them, however many there are.
		if t.Key == exact || n < mostFound && is(t.Name, magazine.Slugify(t.Name)) {
			found = append(found, choice{"tag", t.Key, words.T("preferences.tag", "tag", t.Name), words.T("authors.articles", "count", t.Articles), false})
			n++
		}
		if t.Key == exact {
			exact = ""
		}
	}
	if exact != "" && len(exact) <= 200 {
		found = append(found, choice{"tag", exact, words.T("preferences.tag", "tag", exact), words.T("preferences.tag-new"), false})
	}
	return found, nil
}

// matching tells whether a name, or its slug, has in it what was typed, in capitals
// or not and however it is spelt.
func matching(query string) func(name, slug string) bool {
	part, asSlug := strings.ToLower(query), magazine.Slugify(query)
	return func(name, slug string) bool {
		return strings.Contains(strings.ToLower(name), part) || asSlug != "" && strings.Contains(slug, asSlug)
	}
}
