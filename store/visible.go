package store

import (
	"context"
	"encoding/json"
)

// PublishDue makes visible what is scheduled and due, in the order of dates,
// and withdraws what has expired. It tells how many articles it changed.
func (tx *Tx) PublishDue(ctx context.Context) (int64, error) { return tx.publish(ctx, nil) }

// publish is PublishDue, which also releases articles whose pass ends.
func (tx *Tx) publish(ctx context.Context, ended []waits) (int64, error) {
	released, err := tx.release(ctx, ended)
	if err != nil {
		return 0, err
	}
	now := micros(tx.Now)
	const over = "state = 'published' AND expires > 0 AND expires <= $1"
	if err := tx.hide(ctx, "SELECT id FROM articles WHERE "+over, now); err != nil {
		return 0, err
	}
	expired, err := tx.exec(ctx, "UPDATE articles SET state = 'withdrawn' WHERE "+over, now)
	return released + expired, err
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

// hide makes the articles of a subquery of ids, which are visible, disappear.
func (tx *Tx) hide(ctx context.Context, ids string, args ...any) error {
	issues, err := tx.issuesOf(ctx, ids, args...)
	if err != nil {
		return err
	}
	if err := tx.touchOf(ctx, ids+" UNION ALL "+relating(ids), args...); err != nil {
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
