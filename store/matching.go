package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"postrider/magazine"
)

// ArticleKeys are what articles may be known by. Each list may be empty.
type ArticleKeys struct {
	IDs      []string
	GivenIDs []string // as front matter says
	GUIDs    []string
	Bodies   []string // hashes of the text
}

// MatchArticles finds every article that any of the keys fits, withdrawn ones
// too, by id.
func (tx *Tx) MatchArticles(ctx context.Context, keys ArticleKeys) (map[string]*ArticleRow, error) {
	rows := map[string]*ArticleRow{}
	for _, arm := range []struct {
		where  string
		values []string
		fits   func(row *ArticleRow) bool // nil: all do
	}{{"id", keys.IDs, nil}, {"given_id <> '' AND given_id", keys.GivenIDs, nil}, {"guid", keys.GUIDs, nil},
		{"SUBSTR(body_hash, 1, 5)", beginnings(keys.Bodies), func(row *ArticleRow) bool { return slices.Contains(keys.Bodies, row.BodyHash) }}} {
		for some := range slices.Chunk(arm.values, batch) {
			found, err := collect(ctx, tx, scanIdentity, "SELECT id, given_id, wanted_slug, body_hash, source, pass FROM articles WHERE "+arm.where+" IN ("+in(len(some), 1)+")", anys(some)...)
			if err != nil {
				return nil, err
			}
			for _, row := range found {
				if arm.fits == nil || arm.fits(&row) {
					rows[row.ID] = &row
				}
			}
		}
	}
	ids := make([]string, 0, len(rows))
	for id := range rows {
		ids = append(ids, id)
	}
	for some := range slices.Chunk(ids, batch) {
		found, err := collect(ctx, tx, scanArticle(bodyOf), "SELECT "+articleColumns+bodyColumns+" FROM articles a"+withBody+" WHERE a.id IN ("+in(len(some), 1)+")", anys(some)...)
		if err != nil {
			return nil, err
		}
		for _, a := range found {
			rows[a.ID].Article = a
		}
	}
	return rows, nil
}

// beginnings are what the index has of hashes.
func beginnings(hashes []string) []string {
	var all []string
	for _, hash := range hashes {
		all = append(all, hash[:min(len(hash), 5)])
	}
	return all
}

// batch is how many values one statement takes.
const batch = 500

func scanIdentity(rows *sql.Rows) (r ArticleRow, err error) {
	err = rows.Scan(&r.ID, &r.GivenID, &r.WantedSlug, &r.BodyHash, &r.Source, &r.Pass)
	return r, err
}

func anys(texts []string) []any {
	all := make([]any, len(texts))
	for i, text := range texts {
		all[i] = text
	}
	return all
}

// SectionNames tells the slugs of the sections that have a file of their own,
// by name.
func (s *Store) SectionNames(ctx context.Context) (map[string]string, error) {
	found, err := collect(ctx, s.readers, scanPair, "SELECT name, slug FROM sections WHERE given = 1")
	return pairs(found), err
}

// SlugOwner tells whose slug it is or was; empty: nobody's.
func (tx *Tx) SlugOwner(ctx context.Context, slug string) (id string, err error) {
	err = tx.QueryRowContext(ctx, "SELECT article_id FROM article_slugs WHERE slug = $1", slug).Scan(&id)
	if isNoRows(err) {
		err = nil
	}
	return id, err
}

// SlugOwners tells whose the slugs are or were, by slug. Those of nobody are
// left out.
func (tx *Tx) SlugOwners(ctx context.Context, slugs []string) (map[string]string, error) {
	var all [][2]string
	for some := range slices.Chunk(slugs, batch) {
		found, err := collect(ctx, tx, scanPair, "SELECT slug, article_id FROM article_slugs WHERE slug IN ("+in(len(some), 1)+")", anys(some)...)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return pairs(all), nil
}

func scanPair(rows *sql.Rows) (p [2]string, err error) {
	err = rows.Scan(&p[0], &p[1])
	return p, err
}

func pairs(list [][2]string) map[string]string {
	m := make(map[string]string, len(list))
	for _, p := range list {
		m[p[0]] = p[1]
	}
	return m
}

// SlugOf is the slug of an article by its id; empty where there is none.
func (tx *Tx) SlugOf(ctx context.Context, id string) (string, error) {
	return tx.oneText(ctx, "SELECT slug FROM articles WHERE id = $1", id)
}

func (tx *Tx) oneText(ctx context.Context, query string, args ...any) (text string, err error) {
	err = tx.QueryRowContext(ctx, query, args...).Scan(&text)
	if isNoRows(err) {
		err = nil
	}
	return text, err
}

// FilesAt tells what is known of some files of a source, by path.
func (s *Store) FilesAt(ctx context.Context, source string, paths []string) (map[string]File, error) {
	return filesAt(ctx, s.readers, source, paths)
}

// FilesAt is Store.FilesAt within a transaction.
func (tx *Tx) FilesAt(ctx context.Context, source string, paths []string) (map[string]File, error) {
	return filesAt(ctx, tx, source, paths)
}

func filesAt(ctx context.Context, q querier, source string, paths []string) (map[string]File, error) {
	files := make(map[string]File, len(paths))
	for some := range slices.Chunk(paths, batch) {
		found, err := collect(ctx, q, scanFile, "SELECT "+fileColumns+" FROM files WHERE source = $1 AND path IN ("+in(len(some), 2)+")", append([]any{source}, anys(some)...)...)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			files[f.Path] = f
		}
	}
	return files, nil
}

// ForgetReader has files read anew at the next pass, though nothing about them
// has changed.
func (tx *Tx) ForgetReader(ctx context.Context, source string, paths []string) error {
	for some := range slices.Chunk(paths, batch) {
		if _, err := tx.exec(ctx, "UPDATE files SET reader = '' WHERE source = $1 AND path IN ("+in(len(some), 2)+")", append([]any{source}, anys(some)...)...); err != nil {
			return err
		}
	}
	return nil
}

// ForgetReaderIn has the files of every article in some scopes read anew, but of
// those that cannot appear before their file changes, and tells which of one
// source these are.
func (tx *Tx) ForgetReaderIn(ctx context.Context, source string, scopes []magazine.Scope) (paths []string, err error) {
	n := len(scopes)
	args := make([]any, 2*n)
	for i, scope := range scopes {
		args[i], args[n+i] = scope.Key(), needle(scope.Key())
	}
	if n == 0 {
		return nil, nil
	}
	found, err := collect(ctx, tx, scanPair, `UPDATE files SET reader = '' WHERE reader <> '' AND article_id IN (`+standingIn(n)+`) RETURNING source, path`, args...)
	for _, p := range found {
		if p[0] == source {
			paths = append(paths, p[1])
		}
	}
	slices.Sort(paths)
	return paths, err
}

// standingIn is the subquery of the articles that are visible in one of some
// scopes, or will be when their time comes or their pass ends. Its arguments
// are n scopes and then their needles.
func standingIn(n int) string {
	scopes, needles := in(n, 1), strings.ReplaceAll(in(n, n+1), ",", "), (")
	await := func(what string) string {
		return "SELECT a.id FROM articles a WHERE a.pass > 0" + what + " UNION ALL SELECT a.id FROM articles a WHERE a.pass = 0 AND a.state = 'scheduled'" + what
	}
	return "SELECT article_id FROM article_scopes WHERE visible = 1 AND scope IN (" + scopes + ") UNION ALL SELECT article_id FROM article_scopes WHERE scope IN (" + scopes + `)
		AND article_id IN (` + await("") + ") UNION ALL " + await(" AND EXISTS (SELECT 1 FROM (VALUES ("+needles+")) n WHERE "+comesInto("n.column1")+")")
}

// Displace marks articles in whose files' places a pass has put others, until
// the pass ends. It may still find them in other files.
func (tx *Tx) Displace(ctx context.Context, pass int64, ids []string) error {
	for some := range slices.Chunk(ids, batch) {
		if _, err := tx.exec(ctx, "UPDATE articles SET pass = $1 WHERE id IN ("+in(len(some), 2)+")", append([]any{pass}, anys(some)...)...); err != nil {
			return err
		}
	}
	return nil
}

// Orphans lists the ids of a source's articles that passes from one to another
// have displaced and that no file of it has any more. Withdrawn ones are left out.
func (s *Store) Orphans(ctx context.Context, source string, first, last int64) ([]string, error) {
	return orphans(ctx, s.readers, source, first, last)
}

// Orphans is Store.Orphans within a transaction.
func (tx *Tx) Orphans(ctx context.Context, source string, first, last int64) ([]string, error) {
	return orphans(ctx, tx, source, first, last)
}

func orphans(ctx context.Context, q querier, source string, first, last int64) ([]string, error) {
	return collect(ctx, q, scanText, `SELECT id FROM articles a WHERE pass > 0 AND source = $1 AND pass >= $2 AND pass <= $3 AND state <> 'withdrawn'
		AND NOT EXISTS (SELECT 1 FROM files f WHERE f.source = a.source AND f.path = a.file AND f.article_id = a.id AND f.state IN ('article', 'held')) ORDER BY id`, source, first, last)
}
