package store

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"strconv"
	"strings"

	"postrider/magazine"
)

// waits is an article that waits for its time, or for the end of the pass that
// brought it.
type waits struct {
	id, slug           string
	state              magazine.ArticleState
	seq                int64
	published, expires int64
	coming             string
}

const waitsColumns = "id, slug, state, seq, published, expires, coming"

func scanWaits(rows *sql.Rows) (w waits, err error) {
	err = rows.Scan(&w.id, &w.slug, &w.state, &w.seq, &w.published, &w.expires, &w.coming)
	return w, err
}

// release lets those appear that are due, whether they waited for their time or
// their pass has ended, in the order of dates. It tells how many changed. Every
// row is written once: the end of a large pass is made of little else.
func (tx *Tx) release(ctx context.Context, ended []waits) (changed int64, err error) {
	last, err := tx.ArticleNumber(ctx)
	if err != nil {
		return 0, err
	}
	now := micros(tx.Now)
	due, err := collect(ctx, tx, scanWaits, "SELECT "+waitsColumns+" FROM articles WHERE state = 'scheduled' AND pass = 0 AND published <= $1", now)
	if err != nil {
		return 0, err
	}
	all := append(ended, due...)
	slices.SortFunc(all, func(a, b waits) int {
		return cmp.Or(cmp.Compare(a.published, b.published), strings.Compare(a.slug, b.slug))
	})
	number := last
	var still, missed []string
	var come []waits
	for _, a := range all {
		switch {
		case a.state != magazine.Scheduled || a.published > now:
			still = append(still, a.id)
		case a.expires > 0 && a.expires <= now: // its time came and went while nothing ran
			missed = append(missed, a.id)
		default:
			if a.seq == 0 {
				number++
				a.seq = number
			}
			come = append(come, a)
		}
	}
	if err := tx.setArticles(ctx, "pass = 0", still); err != nil {
		return 0, err
	}
	if err := tx.setArticles(ctx, "pass = 0, state = 'withdrawn'", missed); err != nil {
		return 0, err
	}
	if number > last {
		if _, err := tx.exec(ctx, "UPDATE counters SET value = $1 WHERE name = 'article'", number); err != nil {
			return 0, err
		}
	}
	return int64(len(missed) + len(come)), tx.appear(ctx, come)
}

func (tx *Tx) setArticles(ctx context.Context, what string, ids []string) error {
	for some := range slices.Chunk(ids, batch) {
		if _, err := tx.exec(ctx, "UPDATE articles SET "+what+" WHERE id IN ("+in(len(some), 1)+")", anys(some)...); err != nil {
			return err
		}
	}
	return nil
}

// appear makes articles visible that have their numbers in the publication, and
// in their scopes, where they are numbered in the same order.
func (tx *Tx) appear(ctx context.Context, come []waits) error {
	coming := beside(func() ([]standing, error) { return comingStandings(come) })
	for some := range slices.Chunk(come, rowsAtOnce) {
		var args []any
		for _, a := range some {
			args = append(args, a.id, strconv.FormatInt(a.seq, 10))
		}
		if _, err := tx.exec(ctx, `UPDATE articles SET pass = 0, state = 'published', coming = '', seq = CAST(n.column2 AS BIGINT) FROM (VALUES `+tuples(len(some), 2, "")+`) n WHERE articles.id = n.column1`, args...); err != nil {
			return err
		}
	}
	all, err := coming()
	if err != nil {
		return err
	}
	return tx.show(ctx, come, all)
}

// beside does something while the database is busy. What it gives waits for the end.
func beside[T any](do func() (T, error)) func() (T, error) {
	var done T
	var err error
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		done, err = do()
	}()
	return func() (T, error) {
		<-ended
		return done, err
	}
}

// standing is where an article is to be visible.
type standing struct {
	article, scope string
	number         int64  // 0 where it never was
	name           string // of the author or section; known where it is coming
	seq            int64  // the article's number
}

// byIndex is the order of the index of what is visible, which is far larger than what is
// written of the table.
func byIndex(a, b standing) int {
	return cmp.Or(strings.Compare(a.scope, b.scope), cmp.Compare(a.seq, b.seq))
}

// show makes articles that are visible appear in their scopes: all are the standings of
// those that come, by index; the others were placed before.
func (tx *Tx) show(ctx context.Context, come []waits, all []standing) error {
	seq := map[string]int64{}
	ids := make([]string, len(come))
	var placed []string
	for i, a := range come {
		if ids[i] = a.id; a.coming == "" {
			seq[a.id] = a.seq
			placed = append(placed, a.id)
		}
	}
	for some := range slices.Chunk(placed, batch) {
		found, err := collect(ctx, tx, func(rows *sql.Rows) (p standing, err error) {
			err = rows.Scan(&p.article, &p.scope, &p.number)
			p.seq = seq[p.article]
			return p, err
		}, "SELECT article_id, scope, number FROM article_scopes WHERE visible = 0 AND article_id IN ("+in(len(some), 1)+")", anys(some)...)
		if err != nil {
			return err
		}
		all = append(all, found...)
	}
	if len(placed) > 0 {
		slices.SortFunc(all, byIndex)
	}
	last, err := tx.lastNumbers(ctx, all)
	if err != nil || len(last) == 0 {
		return err
	}
	for i, p := range all {
		if p.number == 0 {
			last[p.scope]++
			all[i].number = last[p.scope]
		}
	}
	if err := tx.stand(ctx, all); err != nil {
		return err
	}
	return tx.renamed(ctx, ids, last)
}

// renamed is grown also for what prints the names of articles that are called
// otherwise than before, or were not to be seen: the scopes of those that name
// them as related.
func (tx *Tx) renamed(ctx context.Context, ids []string, last map[string]int64) error {
	var some bool
	if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM article_related WHERE slug > '')").Scan(&some); err != nil {
		return err
	}
	if !some { // many publications name none
		return tx.grown(ctx, last)
	}
	for some := range slices.Chunk(ids, batch) {
		more, err := collect(ctx, tx, scanText, "SELECT DISTINCT scope FROM article_scopes WHERE visible = 1 AND article_id IN ("+relating(in(len(some), 1))+")", anys(some)...)
		if err != nil {
			return err
		}
		for _, scope := range more {
			last[scope] += 0
		}
	}
	return tx.grown(ctx, last)
}

// lastNumbers tells the highest number of every scope in which articles are to
// stand.
func (tx *Tx) lastNumbers(ctx context.Context, all []standing) (map[string]int64, error) {
	last := map[string]int64{}
	for _, p := range all {
		last[p.scope] = 0
	}
	for some := range slices.Chunk(slices.Sorted(maps.Keys(last)), batch) {
		_, err := collect(ctx, tx, func(rows *sql.Rows) (none struct{}, err error) {
			var scope string
			var n int64
			err = rows.Scan(&scope, &n)
			last[scope] = n
			return none, err
		}, "SELECT scope, last FROM scopes WHERE scope IN ("+in(len(some), 1)+")", anys(some)...)
		if err != nil {
			return nil, err
		}
	}
	return last, nil
}

// stand writes down where articles are visible from now on. To insert rows that are
// there once more finds each without a list to join.
func (tx *Tx) stand(ctx context.Context, all []standing) error {
	for some := range slices.Chunk(all, rowsAtOnce) {
		var args []any
		for _, p := range some {
			args = append(args, p.article, p.scope, p.number, p.name)
		}
		if _, err := tx.exec(ctx, "INSERT INTO article_scopes (article_id, scope, number, name, visible) VALUES "+tuples(len(some), 4, ", 1")+`
			ON CONFLICT (article_id, scope) DO UPDATE SET visible = 1, number = excluded.number`, args...); err != nil {
			return err
		}
	}
	return nil
}

// grown touches scopes, writes down their highest numbers, and dates those that
// are issues, whose date shows in other scopes as well. One in which no article
// is new has 0.
func (tx *Tx) grown(ctx context.Context, last map[string]int64) error {
	dated, err := tx.redate(ctx, slices.Sorted(maps.Keys(last)))
	if err != nil {
		return err
	}
	for some := range slices.Chunk(dated, batch) {
		more, err := collect(ctx, tx, scanText, "SELECT DISTINCT scope FROM article_scopes WHERE visible = 1 AND article_id IN ("+showing(in(len(some), 1))+")", anys(some)...)
		if err != nil {
			return err
		}
		for _, scope := range more {
			last[scope] += 0
		}
	}
	scopes := slices.Sorted(maps.Keys(last))
	for some := range slices.Chunk(scopes, rowsAtOnce) {
		var args []any
		for _, scope := range some {
			args = append(args, scope, last[scope], micros(tx.Now))
		}
		if _, err := tx.exec(ctx, "INSERT INTO scopes (scope, last, changed, version) VALUES "+tuples(len(some), 3, ", 1")+`
			ON CONFLICT (scope) DO UPDATE SET version = scopes.version + 1, changed = `+later+`, last = CASE WHEN excluded.last > scopes.last THEN excluded.last ELSE scopes.last END`, args...); err != nil {
			return err
		}
	}
	return nil
}
