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
// anew, and find it. NotFound: one of them is not there. Conflict: they are one already;
// who is merged has a file of their own, which has the last word; or others were merged
// into them, since nobody could tell then who followed whom.
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
	var has bool
	if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM author_aliases WHERE author = $1)", slug).Scan(&has); err != nil {
		return err
	}
	if has {
		return magazine.Errorf(magazine.Conflict, "others were merged into %s; part them first", slug).Said("desk.merge.chain", "name", slug)
	}
	if _, err := tx.exec(ctx, `INSERT INTO merged_follows (slug, newsletter, subscriber_id, also)
		SELECT f.slug, f.newsletter, f.subscriber_id, CASE WHEN o.subscriber_id IS NOT NULL AND m.subscriber_id IS NULL THEN 1 ELSE 0 END
		FROM follows f
			LEFT JOIN follows o ON o.kind = 'author' AND o.slug = $2 AND o.newsletter = f.newsletter AND o.subscriber_id = f.subscriber_id
			LEFT JOIN (SELECT DISTINCT b.newsletter, b.subscriber_id FROM merged_follows b JOIN author_aliases l ON l.slug = b.slug WHERE l.author = $2 AND b.also = 0) m
				ON m.newsletter = f.newsletter AND m.subscriber_id = f.subscriber_id
		WHERE f.kind = 'author' AND f.slug = $1`, slug, into); err != nil {
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
// follows the other now, follows them again, and the other no more where neither they nor
// another alias brought them there. What people have chosen by their own word since then
// stays. NotFound: nothing of the kind was merged.
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
	for _, query := range []string{
		`INSERT INTO follows (newsletter, subscriber_id, kind, slug, served)
			SELECT f.newsletter, f.subscriber_id, 'author', CAST($1 AS TEXT), f.served FROM follows f JOIN merged_follows m ON m.newsletter = f.newsletter AND m.subscriber_id = f.subscriber_id
			WHERE m.slug = $1 AND f.kind = 'author' AND f.slug = $2 ON CONFLICT DO NOTHING`,
		`DELETE FROM follows WHERE kind = 'author' AND slug = $2 AND (newsletter, subscriber_id) IN (
			SELECT m.newsletter, m.subscriber_id FROM merged_follows m WHERE m.slug = $1 AND m.also = 0
				AND NOT EXISTS (SELECT 1 FROM merged_follows o JOIN author_aliases l ON l.slug = o.slug
					WHERE l.author = $2 AND o.newsletter = m.newsletter AND o.subscriber_id = m.subscriber_id))`,
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

// forgetMerge forgets who followed an alias before it was merged at the desk, where a
// file says by now what it is: it is not parted any more. To call while it is an alias,
// and before its followers are moved. They keep the author, also when another alias is
// parted.
func (tx *Tx) forgetMerge(ctx context.Context, slug string) error {
	for _, query := range []string{
		`UPDATE merged_follows SET also = 1 WHERE slug IN (SELECT slug FROM author_aliases WHERE author = (SELECT author FROM author_aliases WHERE slug = $1)) AND (newsletter, subscriber_id) IN (
			SELECT newsletter, subscriber_id FROM follows WHERE kind = 'author' AND slug = $1 UNION ALL SELECT newsletter, subscriber_id FROM merged_follows WHERE slug = $1)`,
		"DELETE FROM merged_follows WHERE slug = $1",
	} {
		if _, err := tx.exec(ctx, query, slug); err != nil {
			return err
		}
	}
	return nil
}

// takeMerges has the aliases that the desk gave to one who is an author's alias by now
// lead to that author. Their followers keep the author when they are parted.
func (tx *Tx) takeMerges(ctx context.Context, slug, author string) error {
	if _, err := tx.exec(ctx, "UPDATE merged_follows SET also = 1 WHERE slug IN (SELECT slug FROM author_aliases WHERE author = $1 AND who <> '')", slug); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "UPDATE author_aliases SET author = $2 WHERE author = $1 AND who <> ''", slug, author)
	return err
}

// endMerged forgets which of the merged authors brought a person to an author whom they
// have left by their own word: whoever parts them gives nothing back, and should the
// person follow the author again, that is their own choice.
func (tx *Tx) endMerged(ctx context.Context, newsletter, subscriber, author string) error {
	_, err := tx.exec(ctx, `DELETE FROM merged_follows WHERE newsletter = $1 AND subscriber_id = $2 AND slug IN (SELECT slug FROM author_aliases WHERE author = $3)`, newsletter, subscriber, author)
	return err
}

// ownChoice has a person keep an author whom they have asked for by their own word,
// though it was one of the merged who brought them there before.
func (tx *Tx) ownChoice(ctx context.Context, newsletter, subscriber, author string) error {
	_, err := tx.exec(ctx, `UPDATE merged_follows SET also = 1 WHERE newsletter = $1 AND subscriber_id = $2 AND slug IN (SELECT slug FROM author_aliases WHERE author = $3)`, newsletter, subscriber, author)
	return err
}

// dropFollows has a subscription follow nothing of its own any more, nor by what was merged.
func (tx *Tx) dropFollows(ctx context.Context, newsletter, subscriber string) error {
	for _, table := range []string{"follows", "merged_follows"} {
		if _, err := tx.exec(ctx, "DELETE FROM "+table+" WHERE newsletter = $1 AND subscriber_id = $2", newsletter, subscriber); err != nil {
			return err
		}
	}
	return nil
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

// AuthorHasFile tells that a file of theirs says who an author is, so that they cannot be
// merged away.
func (s *Store) AuthorHasFile(ctx context.Context, slug string) (has bool, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM authors WHERE slug = $1 AND given = 1)", slug).Scan(&has)
	return has, err
}

// Followers counts the people who follow an author.
func (s *Store) Followers(ctx context.Context, slug string) (n int, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT COUNT(DISTINCT subscriber_id) FROM follows WHERE kind = 'author' AND slug = $1", slug).Scan(&n)
	return n, err
}
