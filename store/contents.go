package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"strings"

	"postrider/magazine"
)

// IssueContents lists an issue's articles, without their bodies, in the order of its
// contents, also while it is open; what they do not name follows in the order in which
// it appeared. NotFound: there is no such issue.
func (s *Store) IssueContents(ctx context.Context, ref magazine.IssueRef) ([]magazine.Article, error) {
	return contentsOf(ctx, s.readers, ref, articleColumns+", s.number FROM article_scopes s JOIN articles a ON a.id = s.article_id",
		scanArticle(func(a *magazine.Article) []any { return []any{&a.Number} }), func(a magazine.Article) string { return a.ID })
}

func contentsOf[T any](ctx context.Context, q querier, ref magazine.IssueRef, selected string, scan func(*sql.Rows) (T, error), id func(T) string) ([]T, error) {
	issue, err := issueOf(ctx, q, ref)
	if err != nil {
		return nil, err
	}
	scope := magazine.IssueScope(ref)
	all, err := listIn(ctx, q, scope, ListOptions{}, selected, scan, id)
	if err != nil || issue.State == magazine.IssuePublished && len(issue.Contents) > 0 {
		return all, err
	}
	ids, err := slugsIn(ctx, q, scope)
	if err != nil {
		return nil, err
	}
	sortByContents(all, issue.Contents, ids, id)
	return all, nil
}

// ContentsMark stands for the articles of an issue in their order: two marks that are
// equal mean the same.
func ContentsMark(all []magazine.Article) string {
	ids := make([]string, len(all))
	for i, a := range all {
		ids[i] = a.ID
	}
	return contentsMark(ids)
}

func contentsMark(ids []string) string {
	sum := sha256.Sum256([]byte(strings.Join(ids, "\n")))
	return base64.RawURLEncoding.EncodeToString(sum[:15])
}

// SeenIssue makes sure that an issue has the contents which somebody saw who decides
// about it, by their mark, and has them to the end of the transaction. Conflict: it has
// others by now. NotFound: there is no such issue.
func (tx *Tx) SeenIssue(ctx context.Context, ref magazine.IssueRef, mark string) error {
	if err := tx.serial(ctx); err != nil {
		return err
	}
	ids, err := contentsOf(ctx, tx, ref, "s.article_id FROM article_scopes s", scanText, func(id string) string { return id })
	if err == nil && contentsMark(ids) != mark {
		err = magazine.Errorf(magazine.Conflict, "the contents of %s are not as they were seen", ref).Said("desk.issue.meanwhile")
	}
	return err
}

// OrderIssue puts the contents of an issue in an order, by slugs, where its file says
// none. NotFound: there is no such issue. Conflict: its file says one.
func (tx *Tx) OrderIssue(ctx context.Context, ref magazine.IssueRef, slugs []string) error {
	if err := tx.serial(ctx); err != nil {
		return err
	}
	i, err := issueOf(ctx, tx, ref)
	if err != nil {
		return err
	}
	if len(i.Contents) > 0 && !i.Ordered {
		return magazine.Errorf(magazine.Conflict, "the file of %s says in which order its contents are; change it there", ref).Said("desk.issue.file")
	}
	if _, err := tx.exec(ctx, "UPDATE issues SET ordered = $3 WHERE volume = $1 AND number = $2", ref.Volume, ref.Number, jsonList(slugs)); err != nil {
		return err
	}
	return tx.touchIssue(ctx, ref)
}
