package store

import (
	"context"
	"slices"

	"postrider/magazine"
)

// An author's own file may name other slugs under which the author is known:
// those of earlier spellings, and of persons who turned out to be the same.
// Whatever is asked for under one is answered for the author.

// AliasChange is what PutAliases did.
type AliasChange struct {
	Moved []string // slugs that lead elsewhere than before
	Taken []string // slugs that are another author's already, and stay so
	Again []string // files of the source that tell of authors and are to be read anew
}

// PutAliases keeps the other slugs of an author, as a file of a source says.
// Whoever follows a slug that now is an alias follows the author from here on. What was
// merged at the desk stays, but for an author who has a file by now.
func (tx *Tx) PutAliases(ctx context.Context, source, author string, slugs []string) (c AliasChange, err error) {
	had, err := collect(ctx, tx, scanText, "SELECT slug FROM author_aliases WHERE author = $1 AND who = '' OR slug = $1 ORDER BY slug", author)
	if err != nil {
		return c, err
	}
	for _, slug := range had {
		if slices.Contains(slugs, slug) {
			continue
		}
		if err := tx.forgetMerge(ctx, slug); err != nil {
			return c, err
		}
		if _, err := tx.exec(ctx, "DELETE FROM author_aliases WHERE slug = $1", slug); err != nil {
			return c, err
		}
		c.Moved = append(c.Moved, slug)
	}
	if len(c.Moved) > 0 {
		if c.Again, err = tx.offerAliases(ctx, source); err != nil {
			return c, err
		}
	}
	for _, slug := range slugs {
		if slices.Contains(had, slug) {
			continue
		}
		n, err := tx.exec(ctx, "INSERT INTO author_aliases (slug, author) VALUES ($1, $2) ON CONFLICT (slug) DO UPDATE SET who = '', at = 0 WHERE author_aliases.author = excluded.author", slug, author)
		if err != nil {
			return c, err
		}
		if n == 0 {
			c.Taken = append(c.Taken, slug)
			continue
		}
		if err := tx.takeMerges(ctx, slug, author); err != nil {
			return c, err
		}
		if err := tx.forgetMerge(ctx, slug); err != nil {
			return c, err
		}
		again, err := tx.merge(ctx, source, slug, author)
		if err != nil {
			return c, err
		}
		c.Moved, c.Again = append(c.Moved, slug), append(c.Again, again...)
	}
	if len(c.Moved) == 0 {
		return c, nil
	}
	return c, tx.Touch(ctx, magazine.AuthorScope(author), magazine.SiteScope())
}

// merge has whoever follows a slug follow the author. One who followed both
// keeps the lower served number: editions move all of a person's numbers
// together, so that nothing above the lower one has been sent, and the higher one
// would lose what waits of the one who was followed for longer. The files that
// tell of the slug are to be read anew, and find that it is an alias.
func (tx *Tx) merge(ctx context.Context, source, slug, author string) (again []string, err error) {
	if _, err := tx.exec(ctx, `INSERT INTO follows (newsletter, subscriber_id, kind, slug, served)
		SELECT newsletter, subscriber_id, kind, CAST($2 AS TEXT), served FROM follows WHERE kind = 'author' AND slug = $1
		ON CONFLICT (newsletter, subscriber_id, kind, slug) DO UPDATE SET served = excluded.served WHERE excluded.served < follows.served`, slug, author); err != nil {
		return nil, err
	}
	if _, err := tx.exec(ctx, "DELETE FROM follows WHERE kind = 'author' AND slug = $1", slug); err != nil {
		return nil, err
	}
	return tx.forgetAbout(ctx, source, "about = $1", magazine.AuthorScope(slug).Key())
}

// offerAliases has the files of authors read anew in which something is wrong:
// it may be that an alias, or the author, was another's and is free now.
func (tx *Tx) offerAliases(ctx context.Context, source string) ([]string, error) {
	return tx.forgetAbout(ctx, source, "about LIKE $1 AND problems <> '[]'", "author/%")
}

// forgetAbout has files that tell of something read anew, and lists those of one
// source.
func (tx *Tx) forgetAbout(ctx context.Context, source, where, value string) ([]string, error) {
	told, err := collect(ctx, tx, scanPair, "UPDATE files SET reader = '' WHERE about <> '' AND state <> 'gone' AND "+where+" RETURNING source, path", value)
	var paths []string
	for _, p := range told {
		if p[0] == source {
			paths = append(paths, p[1])
		}
	}
	slices.Sort(paths)
	return paths, err
}

// unsayAliases takes back what a file said of other slugs, by the author's scope.
func (tx *Tx) unsayAliases(ctx context.Context, source, scope string) ([]string, error) {
	n, err := tx.exec(ctx, "DELETE FROM author_aliases WHERE 'author/' || author = $1 AND who = ''", scope)
	if err != nil || n == 0 {
		return nil, err
	}
	return tx.offerAliases(ctx, source)
}

// authorSlug is the subquery of an author's own slug by one that the author has
// besides, or by itself.
const authorSlug = "COALESCE((SELECT l.author FROM author_aliases l WHERE l.slug = $1), $1)"

// AuthorSlug is the own slug of an author who is known under a slug; the slug
// itself where it is nobody's alias.
func (s *Store) AuthorSlug(ctx context.Context, slug string) (own string, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT "+authorSlug, slug).Scan(&own)
	return own, err
}

// AuthorSlug is Store.AuthorSlug within a transaction.
func (tx *Tx) AuthorSlug(ctx context.Context, slug string) (own string, err error) {
	err = tx.QueryRowContext(ctx, "SELECT "+authorSlug, slug).Scan(&own)
	return own, err
}

// AuthorAliases tells the own slugs of authors by the others that they have.
func (s *Store) AuthorAliases(ctx context.Context) (map[string]string, error) {
	return authorAliases(ctx, s.readers)
}

func authorAliases(ctx context.Context, q querier) (map[string]string, error) {
	found, err := collect(ctx, q, scanPair, "SELECT slug, author FROM author_aliases")
	return pairs(found), err
}

// ownSlugs gives the authors of articles their own slugs. An article that was
// saved before its author was merged has the other one until it is read anew,
// and an edition keeps its articles as they were.
func ownSlugs(ctx context.Context, q querier, all []magazine.Article) error {
	aliases, err := authorAliases(ctx, q)
	if err != nil || len(aliases) == 0 {
		return err
	}
	for _, a := range all {
		for i, w := range a.Authors {
			if own, ok := aliases[w.Slug]; ok {
				a.Authors[i].Slug = own
			}
		}
	}
	return nil
}
