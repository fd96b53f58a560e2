package store

import (
	"context"
	"database/sql"
	"time"

	"postrider/magazine"
)

// A Merge is a slug that the desk has made an author's alias.
type Merge struct {
	Slug, Name       string // of who was merged
	Author, AuthorOf string // slug and name of whom they were merged into
	Who              string
	At               time.Time
}

// Merges lists what was merged at the desk, newest first.
func (s *Store) Merges(ctx context.Context) ([]Merge, error) {
	return collect(ctx, s.readers, func(rows *sql.Rows) (m Merge, err error) {
		var at int64
		err = rows.Scan(&m.Slug, &m.Name, &m.Author, &m.AuthorOf, &m.Who, &at)
		m.At = fromMicros(at)
		return m, err
	}, `SELECT l.slug, COALESCE(o.name, l.slug), l.author, COALESCE(w.name, l.author), l.who, l.at FROM author_aliases l
		LEFT JOIN authors o ON o.slug = l.slug LEFT JOIN authors w ON w.slug = l.author WHERE l.who <> '' ORDER BY l.at DESC, l.slug`)
}

// MergeAuthors makes the slug of an author another's alias, as that one's file might:
// whoever follows the one follows the other. The files of the articles are to be read
// anew, and find it. NotFound: one of them is not there. Conflict: they are one already,
// or who is merged has a file of their own, which has the last word.
func (tx *Tx) MergeAuthors(ctx context.Context, slug, into, who string) error {
	if err := tx.serial(ctx); err != nil {
		return err
	}
	into, err := tx.AuthorSlug(ctx, into)
	if err != nil {
		return err
	}
	own, err := tx.AuthorSlug(ctx, slug)
	if err != nil {
		return err
	}
	if slug == into || own != slug {
		return magazine.Errorf(magazine.Conflict, "%s and %s are one author already", slug, into).Said("desk.merge.same")
	}
	for _, one := range []string{slug, into} {
		var given int
		err := tx.QueryRowContext(ctx, "SELECT given FROM authors WHERE slug = $1 AND EXISTS (SELECT 1 FROM scopes WHERE scope = 'author/' || slug)", one).Scan(&given)
		switch {
		case isNoRows(err):
			return magazine.Errorf(magazine.NotFound, "there is no author %s", one).Said("desk.merge.none", "name", one)
		case err != nil:
			return err
		case one == slug && given == 1:
			return magazine.Errorf(magazine.Conflict, "%s has a file of their own; write its name into aliases in the other's file and delete it", one).Said("desk.merge.file", "name", one)
		}
	}
	if _, err := tx.exec(ctx, `INSERT INTO merged_follows (slug, newsletter, subscriber_id, also)
		SELECT f.slug, f.newsletter, f.subscriber_id, (SELECT COUNT(*) FROM follows o WHERE o.kind = 'author' AND o.slug = $2 AND o.newsletter = f.newsletter AND o.subscriber_id = f.subscriber_id)
		FROM follows f WHERE f.kind = 'author' AND f.slug = $1 ON CONFLICT DO NOTHING`, slug, into); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "UPDATE author_aliases SET author = $2 WHERE author = $1", slug, into); err != nil { // whoever was merged into them before
		return err
	}
	if _, err := tx.exec(ctx, "INSERT INTO author_aliases (slug, author, who, at) VALUES ($1, $2, $3, $4)", slug, into, who, micros(tx.Now)); err != nil {
		return err
	}
	if _, err := tx.merge(ctx, "", slug, into); err != nil {
		return err
	}
	return tx.authorsMoved(ctx, slug, into)
}

// PartAuthors takes back what MergeAuthors did: whoever followed the one before, and
// follows the other now, follows them again. NotFound: nothing of the kind was merged.
func (tx *Tx) PartAuthors(ctx context.Context, slug string) error {
	if err := tx.serial(ctx); err != nil {
		return err
	}
	var into string
	err := tx.QueryRowContext(ctx, "DELETE FROM author_aliases WHERE slug = $1 AND who <> '' RETURNING author", slug).Scan(&into)
	if isNoRows(err) {
		return magazine.Errorf(magazine.NotFound, "%s was not merged here", slug).Said("desk.merge.none", "name", slug)
	}
	if err != nil {
		return err
	}
	const again = "SELECT m.newsletter, m.subscriber_id FROM merged_follows m WHERE m.slug = $1"
	for _, query := range []string{
		`INSERT INTO follows (newsletter, subscriber_id, kind, slug, served)
			SELECT f.newsletter, f.subscriber_id, 'author', CAST($1 AS TEXT), f.served FROM follows f JOIN merged_follows m ON m.newsletter = f.newsletter AND m.subscriber_id = f.subscriber_id
			WHERE m.slug = $1 AND f.kind = 'author' AND f.slug = $2 ON CONFLICT DO NOTHING`,
		"DELETE FROM follows WHERE kind = 'author' AND slug = $2 AND (newsletter, subscriber_id) IN (" + again + " AND m.also = 0)",
	} {
		if _, err := tx.exec(ctx, query, slug, into); err != nil {
			return err
		}
	}
	if _, err := tx.exec(ctx, "DELETE FROM merged_follows WHERE slug = $1", slug); err != nil {
		return err
	}
	return tx.authorsMoved(ctx, slug, into)
}

// authorsMoved has the files of the articles of two authors read anew, and their feeds
// looked at.
func (tx *Tx) authorsMoved(ctx context.Context, slug, into string) error {
	both := []magazine.Scope{magazine.AuthorScope(slug), magazine.AuthorScope(into)}
	if _, err := tx.ForgetReaderIn(ctx, "", both); err != nil {
		return err
	}
	return tx.Touch(ctx, append(both, magazine.SiteScope())...)
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

// Followers counts the people who follow an author.
func (s *Store) Followers(ctx context.Context, slug string) (n int, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT COUNT(DISTINCT subscriber_id) FROM follows WHERE kind = 'author' AND slug = $1", slug).Scan(&n)
	return n, err
}
