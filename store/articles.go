package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"math"
	"slices"
	"time"

	"postrider/magazine"
)

// What is read of an article a, and of its body b.
const (
	articleColumns = "a.id, a.seq, a.state, a.file, a.first_seen, a.slug, a.doc"
	bodyColumns    = ", COALESCE(b.teaser, ''), COALESCE(b.html, '')"
	withBody       = " LEFT JOIN article_bodies b ON b.article_id = a.id"
)

// scanArticle reads articleColumns and what comes after them, if anything.
func scanArticle(rest func(a *magazine.Article) []any) func(*sql.Rows) (magazine.Article, error) {
	return func(rows *sql.Rows) (a magazine.Article, err error) {
		var id, slug, doc string
		var firstSeen int64
		into := []any{&id, &a.Seq, &a.State, &a.FromFile, &firstSeen, &slug, &doc}
		if rest != nil {
			into = append(into, rest(&a)...)
		}
		if err = rows.Scan(into...); err != nil {
			return a, err
		}
		if err = json.Unmarshal([]byte(doc), &a); err != nil {
			return a, err
		}
		a.ID, a.Slug, a.FirstSeen = id, slug, fromMicros(firstSeen)
		return a, nil
	}
}

func bodyOf(a *magazine.Article) []any { return []any{&a.Teaser, &a.HTML} }

// ListOptions narrow a list of articles, by their numbers in the scope.
type ListOptions struct {
	Limit  int   // the newest so many; 0: all
	Above  int64 // only numbers above it
	Before int64 // only numbers below it; 0: no bound
}

// ArticlesIn lists the published articles of a scope, without their bodies:
// newest first by number; those of a published issue in the order of its
// contents.
func (s *Store) ArticlesIn(ctx context.Context, scope magazine.Scope, o ListOptions) ([]magazine.Article, error) {
	return listIn(ctx, s.readers, scope, o, articleColumns+", s.number FROM article_scopes s JOIN articles a ON a.id = s.article_id",
		scanArticle(func(a *magazine.Article) []any { return []any{&a.Number} }), func(a magazine.Article) string { return a.ID })
}

// ArticleIDs lists the ids of what ArticlesIn lists, for much less.
func (s *Store) ArticleIDs(ctx context.Context, scope magazine.Scope, o ListOptions) ([]string, error) {
	return listIn(ctx, s.readers, scope, o, "s.article_id FROM article_scopes s", scanText, func(id string) string { return id })
}

// listIn lists what is selected of a scope's articles, in the order of
// ArticlesIn.
func listIn[T any](ctx context.Context, q querier, scope magazine.Scope, o ListOptions, selected string, scan func(*sql.Rows) (T, error), id func(T) string) ([]T, error) {
	var contents []string
	if scope.Kind == magazine.ScopeIssue {
		issue, err := issueOf(ctx, q, scope.Ref)
		if err != nil {
			return nil, err
		}
		if issue.State == magazine.IssuePublished {
			contents = issue.Contents
		}
	}
	before, limit := o.Before, o.Limit
	if before <= 0 {
		before = 1<<62 - 1
	}
	if limit <= 0 || len(contents) > 0 {
		limit = 1<<31 - 1
	}
	all, err := collect(ctx, q, scan, "SELECT "+selected+`
		WHERE s.scope = $1 AND s.visible = 1 AND s.number > $2 AND s.number < $3 ORDER BY s.number DESC LIMIT $4`, scope.Key(), o.Above, before, limit)
	if err != nil || len(contents) == 0 {
		return all, err
	}
	ids, err := slugsIn(ctx, q, scope)
	if err != nil {
		return nil, err
	}
	sortByContents(all, contents, ids, id)
	if o.Limit > 0 && len(all) > o.Limit {
		all = all[:o.Limit]
	}
	return all, nil
}

// sortByContents sorts what is listed newest first as an issue's contents say.
func sortByContents[T any](all []T, contents []string, ids map[string]string, id func(T) string) {
	place := make(map[string]int, len(contents))
	for i, slug := range contents {
		if _, twice := place[ids[slug]]; !twice {
			place[ids[slug]] = i
		}
	}
	at := func(one T) int {
		if i, ok := place[id(one)]; ok {
			return i
		}
		return len(contents)
	}
	slices.Reverse(all) // what the contents don't name follows in the order it appeared
	slices.SortStableFunc(all, func(a, b T) int { return at(a) - at(b) })
}

// slugsIn tells the ids of a scope's articles by every slug that they ever had:
// contents may name an article by an earlier one.
func slugsIn(ctx context.Context, q querier, scope magazine.Scope) (map[string]string, error) {
	ids := map[string]string{}
	_, err := collect(ctx, q, func(rows *sql.Rows) (none struct{}, err error) {
		var slug, id string
		err = rows.Scan(&slug, &id)
		ids[slug] = id
		return none, err
	}, "SELECT g.slug, g.article_id FROM article_scopes s JOIN article_slugs g ON g.article_id = s.article_id WHERE s.scope = $1 AND s.visible = 1", scope.Key())
	return ids, err
}

// Article finds an article by its present or an earlier slug, in any state,
// with its body. NotFound: nothing ever had that slug.
func (s *Store) Article(ctx context.Context, slug string) (*magazine.Article, error) {
	return articleBy(ctx, s.readers, "a.id = (SELECT article_id FROM article_slugs WHERE slug = $1)", slug)
}

func articleBy(ctx context.Context, q querier, where string, args ...any) (*magazine.Article, error) {
	found, err := collect(ctx, q, scanArticle(bodyOf), "SELECT "+articleColumns+bodyColumns+" FROM articles a"+withBody+" WHERE "+where+" LIMIT 1", args...)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, magazine.Errorf(magazine.NotFound, "there is no such article")
	}
	return &found[0], nil
}

// ArticlesByID finds articles in any state, with their bodies, in the order of
// the ids.
func (s *Store) ArticlesByID(ctx context.Context, ids []string) ([]magazine.Article, error) {
	all := make([]magazine.Article, 0, len(ids))
	for some := range slices.Chunk(ids, batch) {
		found, err := collect(ctx, s.readers, scanArticle(bodyOf), "SELECT "+articleColumns+bodyColumns+" FROM articles a"+withBody+" WHERE a.id IN ("+in(len(some), 1)+")", anys(some)...)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	place := make(map[string]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	slices.SortFunc(all, func(a, b magazine.Article) int { return place[a.ID] - place[b.ID] })
	return all, nil
}

// ArticlesBySlug finds published articles by present or earlier slugs, without
// their bodies. The map's keys are the slugs that were asked for.
func (s *Store) ArticlesBySlug(ctx context.Context, slugs []string) (map[string]magazine.Article, error) {
	found := map[string]magazine.Article{}
	for _, slug := range slugs {
		a, err := collect(ctx, s.readers, scanArticle(nil), `SELECT `+articleColumns+` FROM article_slugs g JOIN articles a ON a.id = g.article_id
			WHERE g.slug = $1 AND a.state = 'published'`, slug)
		if err != nil {
			return nil, err
		}
		if len(a) == 1 {
			found[slug] = a[0]
		}
	}
	return found, nil
}

// ArticlesAfter lists the published articles with numbers above one and up to
// another, dated at since or later, without bodies, in the order of their
// numbers: an edition's candidates. A zero since is no bound.
func (tx *Tx) ArticlesAfter(ctx context.Context, above, upTo int64, since time.Time) ([]magazine.Article, error) {
	return articlesAfter(ctx, tx, above, upTo, since)
}

// ArticlesAfter is that of Tx, outside of a transaction.
func (s *Store) ArticlesAfter(ctx context.Context, above, upTo int64, since time.Time) ([]magazine.Article, error) {
	return articlesAfter(ctx, s.readers, above, upTo, since)
}

func articlesAfter(ctx context.Context, q querier, above, upTo int64, since time.Time) ([]magazine.Article, error) {
	earliest := int64(math.MinInt64)
	if !since.IsZero() {
		earliest = micros(since)
	}
	all, err := collect(ctx, q, scanArticle(nil), "SELECT "+articleColumns+" FROM articles a WHERE a.seq > 0 AND a.seq > $1 AND a.seq <= $2 AND a.state = 'published' AND a.published >= $3 ORDER BY a.seq", above, upTo, earliest)
	if err != nil {
		return nil, err
	}
	return all, ownSlugs(ctx, q, all)
}

// NewestArticles lists at most n of the published articles with the highest
// numbers, without bodies, in the order of their numbers, and the last number
// given.
func (s *Store) NewestArticles(ctx context.Context, n int64) (all []magazine.Article, last int64, err error) {
	if err := s.readers.QueryRowContext(ctx, "SELECT value FROM counters WHERE name = 'article'").Scan(&last); err != nil {
		return nil, 0, err
	}
	all, err = collect(ctx, s.readers, scanArticle(nil), "SELECT "+articleColumns+" FROM articles a WHERE a.seq > $1 AND a.seq > 0 AND a.seq <= $2 AND a.state = 'published' ORDER BY a.seq", last-n, last)
	if err != nil {
		return nil, 0, err
	}
	return all, last, ownSlugs(ctx, s.readers, all)
}

// ScheduledUntil lists the articles that appear up to an instant, without bodies,
// in the order in which they do. They have no number yet.
func (tx *Tx) ScheduledUntil(ctx context.Context, at time.Time) ([]magazine.Article, error) {
	all, err := collect(ctx, tx, scanArticle(nil), "SELECT "+articleColumns+" FROM articles a WHERE a.state = 'scheduled' AND a.published <= $1 AND a.pass = 0 ORDER BY a.published, a.slug", micros(at))
	if err != nil {
		return nil, err
	}
	return all, ownSlugs(ctx, tx, all)
}

// ArticleNumber locks the counter of articles to the end of the transaction
// and returns the last number given. Everything that changes articles or reads
// a cut-off takes it first, so that numbers become visible in their order.
func (tx *Tx) ArticleNumber(ctx context.Context) (n int64, err error) {
	err = tx.QueryRowContext(ctx, "SELECT value FROM counters WHERE name = 'article'"+tx.s.dialect.forUpdate).Scan(&n)
	tx.locked = err == nil
	return n, err
}

// LastNumber returns the last number given, and locks nothing.
func (tx *Tx) LastNumber(ctx context.Context) (n int64, err error) {
	err = tx.QueryRowContext(ctx, "SELECT value FROM counters WHERE name = 'article'").Scan(&n)
	return n, err
}

// serial locks the counter of articles where that is not done yet.
func (tx *Tx) serial(ctx context.Context) error {
	if tx.locked {
		return nil
	}
	_, err := tx.ArticleNumber(ctx)
	return err
}

// NextDue tells when the next scheduled article appears or published one
// expires; zero where none will.
func (s *Store) NextDue(ctx context.Context) (time.Time, error) {
	var at sql.NullInt64
	err := s.readers.QueryRowContext(ctx, `SELECT MIN(at) FROM (
		SELECT MIN(published) AS at FROM articles WHERE state = 'scheduled' AND pass = 0
		UNION ALL SELECT MIN(expires) FROM articles WHERE expires > 0 AND state = 'published') due`).Scan(&at)
	if err != nil || !at.Valid {
		return time.Time{}, err
	}
	return fromMicros(at.Int64), nil
}
