package store

import (
	"context"
	"encoding/json"
	"slices"

	"postrider/magazine"
)

const insertArticle = "INSERT INTO articles (id, given_id, guid, slug, wanted_slug, body_hash, seq, state, pass, published, expires, source, file, first_seen, doc, coming)"

// values are those of insertArticle.
func (a *ArticleRow) values(doc, coming string) []any {
	return []any{a.ID, a.GivenID, a.GUID, a.Slug, a.WantedSlug, a.BodyHash, a.Seq, a.State, a.Pass, micros(a.Published), micros(a.Expires), a.Source, a.FromFile, micros(a.FirstSeen), doc, coming}
}

// AddArticles is PutArticle for articles that are not known yet and not to be
// seen at once, with one statement for many: most of a large pass's time would go
// into statements of a row. Conflict: the slug or GUID of one of them is another
// article's.
func (tx *Tx) AddArticles(ctx context.Context, all []ArticleRow) error {
	if err := tx.serial(ctx); err != nil {
		return err
	}
	if err := tx.nameScopes(ctx, all...); err != nil {
		return err
	}
	var rows, slugs, bodies, related []any
	for _, a := range all {
		doc, err := json.Marshal(a.Article)
		if err != nil {
			return magazine.Errorf(magazine.Internal, "article %s: %w", a.FromFile, err)
		}
		comes, err := coming(&a.Article)
		if err != nil {
			return magazine.Errorf(magazine.Internal, "article %s: %w", a.FromFile, err)
		}
		rows = append(rows, a.values(string(doc), comes)...)
		slugs = append(slugs, a.Slug, a.ID)
		if a.HTML != "" || a.Teaser != "" {
			bodies = append(bodies, a.ID, a.Teaser, a.HTML)
		}
		for _, r := range a.Related {
			if r.Slug != "" {
				related = append(related, a.ID, r.Slug)
			}
		}
	}
	if _, err := tx.insert(ctx, insertArticle, 16, rows, ""); err != nil {
		if unique(err) && len(all) > 1 {
			return magazine.Errorf(magazine.Conflict, "%d articles cannot be saved: another article has the guid of one of them; the first is that of %s: %w", len(all), all[0].FromFile, err)
		}
		return taken(all[0], err)
	}
	n, err := tx.insert(ctx, "INSERT INTO article_slugs (slug, article_id)", 2, slugs, "ON CONFLICT (slug) DO NOTHING")
	if err != nil {
		return err
	}
	if n < int64(len(all)) { // to each that has its slug it does nothing
		for _, a := range all {
			if err := tx.ownSlug(ctx, a); err != nil {
				return err
			}
		}
	}
	if _, err := tx.insert(ctx, "INSERT INTO article_bodies (article_id, teaser, html)", 3, bodies, ""); err != nil {
		return err
	}
	_, err = tx.insert(ctx, "INSERT INTO article_related (article_id, slug)", 2, related, "ON CONFLICT DO NOTHING")
	return err
}

// insert inserts rows of so many columns, many with each statement, which begins
// and ends as is said. It tells how many there were.
func (tx *Tx) insert(ctx context.Context, into string, columns int, args []any, end string) (n int64, err error) {
	for some := range slices.Chunk(args, columns*rowsAtOnce) {
		more, err := tx.exec(ctx, into+" VALUES "+tuples(len(some)/columns, columns, "")+" "+end, some...)
		if err != nil {
			return n, err
		}
		n += more
	}
	return n, nil
}
