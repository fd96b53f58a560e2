package store

import (
	"context"
	"encoding/json"
)

// PublishDue makes visible what is scheduled and due, in the order of dates,
// and withdraws what has expired. It tells how many articles it changed.
func (tx *Tx) PublishDue(ctx context.Context) (int64, error) {
	last, err := tx.ArticleNumber(ctx)
	if err != nil {
		return 0, err
	}
	now := micros(tx.Now)
	const due = "state = 'scheduled' AND pass = 0 AND published <= $1"
	const over = "expires > 0 AND expires <= $1"
	missed, err := tx.exec(ctx, "UPDATE articles SET state = 'withdrawn' WHERE "+due+" AND "+over, now) // its time came and went while nothing ran
	if err != nil {
		return 0, err
	}
	if _, err := tx.exec(ctx, `UPDATE articles SET seq = n.seq FROM
		(SELECT id, $2 + row_number() OVER (ORDER BY published, slug) AS seq FROM articles WHERE `+due+` AND seq = 0) n WHERE n.id = articles.id`, now, last); err != nil {
		return 0, err
	}
	if _, err := tx.exec(ctx, "UPDATE counters SET value = (SELECT COALESCE(MAX(seq), 0) FROM articles) WHERE name = 'article' AND value < (SELECT COALESCE(MAX(seq), 0) FROM articles)"); err != nil {
		return 0, err
	}
	if err := tx.show(ctx, "SELECT id FROM articles WHERE "+due, now); err != nil {
		return 0, err
	}
	appeared, err := tx.exec(ctx, "UPDATE articles SET state = 'published' WHERE "+due, now)
	if err != nil {
		return 0, err
	}
	const ended = "state = 'published' AND " + over
	if err := tx.hide(ctx, "SELECT id FROM articles WHERE "+ended, now); err != nil {
		return 0, err
	}
	expired, err := tx.exec(ctx, "UPDATE articles SET state = 'withdrawn' WHERE "+ended, now)
	return missed + appeared + expired, err
}

// Withdraw takes an article out of every page, feed and digest; its addresses
// answer 410 with the reason.
func (tx *Tx) Withdraw(ctx context.Context, id, reason string) error {
	if err := tx.serial(ctx); err != nil {
		return err
	}
	if err := tx.hide(ctx, "SELECT id FROM articles WHERE id = $1 AND state = 'published'", id); err != nil {
		return err
	}
	row, err := tx.FindArticle(ctx, ByID, id)
	if err != nil || row == nil {
		return err
	}
	row.Reason = reason
	doc, err := json.Marshal(row.Article)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "UPDATE articles SET state = 'withdrawn', doc = $2 WHERE id = $1", id, string(doc))
	return err
}

// show makes the articles of a subquery of ids, which have their numbers in the
// publication, appear in their scopes. In each they are numbered in the same order.
func (tx *Tx) show(ctx context.Context, ids string, args ...any) error {
	fresh, err := tx.exec(ctx, `UPDATE article_scopes SET visible = 1, number = n.number FROM
		(SELECT s.article_id, s.scope, COALESCE(c.last, 0) + row_number() OVER (PARTITION BY s.scope ORDER BY a.seq) AS number
			FROM article_scopes s JOIN articles a ON a.id = s.article_id LEFT JOIN scopes c ON c.scope = s.scope WHERE s.visible = 0 AND s.number = 0 AND s.article_id IN (`+ids+`)) n
		WHERE article_scopes.article_id = n.article_id AND article_scopes.scope = n.scope`, args...)
	if err != nil {
		return err
	}
	back, err := tx.exec(ctx, "UPDATE article_scopes SET visible = 1 WHERE visible = 0 AND article_id IN ("+ids+")", args...)
	if err != nil || fresh+back == 0 {
		return err
	}
	if err := tx.touchOf(ctx, ids+" UNION "+relating(ids), args...); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, `UPDATE scopes SET last = n.last FROM (SELECT scope, MAX(number) AS last FROM article_scopes WHERE article_id IN (`+ids+`) GROUP BY scope) n
		WHERE n.scope = scopes.scope AND scopes.last < n.last`, args...); err != nil {
		return err
	}
	issues, err := tx.issuesOf(ctx, ids, args...)
	if err != nil {
		return err
	}
	return tx.dateIssues(ctx, issues)
}

// hide makes the articles of a subquery of ids, which are visible, disappear.
func (tx *Tx) hide(ctx context.Context, ids string, args ...any) error {
	issues, err := tx.issuesOf(ctx, ids, args...)
	if err != nil {
		return err
	}
	if err := tx.touchOf(ctx, ids+" UNION "+relating(ids), args...); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "UPDATE article_scopes SET visible = 0 WHERE visible = 1 AND article_id IN ("+ids+")", args...); err != nil {
		return err
	}
	return tx.dateIssues(ctx, issues)
}

// issuesOf lists the scopes of the issues in which articles of a subquery of
// ids are visible.
func (tx *Tx) issuesOf(ctx context.Context, ids string, args ...any) ([]string, error) {
	return collect(ctx, tx, scanText, "SELECT DISTINCT scope FROM article_scopes WHERE visible = 1 AND scope LIKE 'issue/%' AND article_id IN ("+ids+") ORDER BY scope", args...)
}

// relating is the subquery of the articles that name one of a subquery's as
// related.
func relating(ids string) string {
	return "SELECT r.article_id FROM article_slugs g JOIN article_related r ON r.slug = g.slug WHERE g.article_id IN (" + ids + ")"
}
