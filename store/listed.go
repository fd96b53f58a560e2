package store

import (
	"context"
	"database/sql"
	"strings"

	"postrider/magazine"
)

// The desk lists authors and sections in parts, by their slugs: a part costs as much
// however many there are. They are sought by their slugs, in which a name stands in
// small letters without marks, and by the names that their files or first bylines give.

// AuthorsFrom lists some of Authors, by slug, above one: those in whose name or slug a
// text is; empty: any.
func (s *Store) AuthorsFrom(ctx context.Context, text, above string, limit int) ([]AuthorCount, error) {
	return namedFrom(ctx, s, scanAuthor, authorRows, magazine.ScopeAuthor, "AND w.slug NOT IN (SELECT slug FROM author_aliases)", text, above, limit)
}

// SectionsFrom lists some of Sections as AuthorsFrom does of Authors.
func (s *Store) SectionsFrom(ctx context.Context, text, above string, limit int) ([]SectionCount, error) {
	return namedFrom(ctx, s, scanSection, sectionRows, magazine.ScopeSection, "", text, above, limit)
}

func namedFrom[T any](ctx context.Context, s *Store, scan func(*sql.Rows) (T, error), rows string, kind magazine.ScopeKind, also, text, above string, limit int) ([]T, error) {
	query, args := rows+" WHERE w.slug > $1 "+also, []any{above, limit}
	if text != "" {
		query += ` AND (w.name LIKE $3 ESCAPE '\' OR LOWER(w.name) LIKE $4 ESCAPE '\' OR w.slug LIKE $5 ESCAPE '\')`
		args = append(args, within(text), within(strings.ToLower(text)), sluggish(text))
	}
	return collect(ctx, s.readers, scan, query+" AND "+anyOf("article_scopes s WHERE s.scope = '"+string(kind)+"/' || w.slug AND s.visible = 1")+" ORDER BY w.slug LIMIT $2", args...)
}

// sluggish writes a text for LIKE as a slug has it in it, for no slug where nothing of
// it would be.
func sluggish(text string) string {
	if slug := magazine.Slugify(text); slug != "" {
		return within(slug)
	}
	return ""
}

// AuthorsCalled lists the authors who have a slug, or a name in large or small letters:
// some of them, where there are very many.
func (s *Store) AuthorsCalled(ctx context.Context, typed string) (list []AuthorCount, err error) {
	const some = 100
	found, err := collect(ctx, s.readers, scanAuthor, authorRows+" WHERE (w.slug IN ($1, $2) OR w.name = $1 OR LOWER(w.name) = $3) AND w.slug NOT IN (SELECT slug FROM author_aliases) AND "+
		anyOf("article_scopes s WHERE s.scope = 'author/' || w.slug AND s.visible = 1")+" ORDER BY w.slug LIMIT $4", typed, magazine.Slugify(typed), strings.ToLower(typed), some)
	for _, w := range found {
		if w.Slug == typed || strings.EqualFold(w.Name, typed) {
			list = append(list, w)
		}
	}
	return list, err
}
