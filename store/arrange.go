package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"

	"postrider/magazine"
)

// A Piece is an article of an edition, and whether an editor has left it out.
type Piece struct {
	magazine.Article
	LeftOut bool
}

// EditionPieces lists an edition's articles that are still published, with those that
// are left out, in the order of their places and then of their numbers.
func (s *Store) EditionPieces(ctx context.Context, id string) ([]Piece, error) {
	return editionPieces(ctx, s.readers, id)
}

// EditionPieces is that of Store in a transaction.
func (tx *Tx) EditionPieces(ctx context.Context, id string) ([]Piece, error) {
	return editionPieces(ctx, tx, id)
}

func editionPieces(ctx context.Context, q querier, id string) ([]Piece, error) {
	return collect(ctx, q, func(rows *sql.Rows) (p Piece, err error) {
		var seq int64
		var doc string
		var out int
		if err = rows.Scan(&seq, &doc, &out); err != nil {
			return p, err
		}
		err = json.Unmarshal([]byte(doc), &p.Article)
		p.Seq, p.State, p.LeftOut = seq, magazine.Published, out == 1
		return p, err
	}, `SELECT x.seq, x.doc, x.left_out FROM edition_articles x JOIN articles a ON a.id = x.article_id WHERE x.edition_id = $1 AND a.state = 'published' ORDER BY x.place, x.seq`, id)
}

// ArrangeEdition keeps what was chosen of an edition's articles: which are left out,
// and, where ordered, that they stand in the order of the list. What was rendered
// before is thrown away; a draft is to be made anew, and is not mailed again.
func (tx *Tx) ArrangeEdition(ctx context.Context, id string, ordered bool, pieces []Piece) error {
	if _, err := tx.exec(ctx, "UPDATE editions SET arranged = arranged + 1, ordered = $2, drafted = CASE WHEN drafted > 0 THEN -1 ELSE drafted END WHERE id = $1", id, truth(ordered)); err != nil {
		return err
	}
	if err := tx.placePieces(ctx, id, ordered, pieces); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "DELETE FROM edition_messages WHERE edition_id = $1", id)
	return err
}

// stand is where an article of an edition stands.
type stand struct {
	place int
	out   int // 1: it is left out
}

// placePieces writes where an edition's articles stand, of those alone for whom that is
// another place than before. Those that are not among the pieces, as they are not
// published any more, come behind the others.
func (tx *Tx) placePieces(ctx context.Context, id string, ordered bool, pieces []Piece) error {
	was := map[string]stand{}
	if _, err := collect(ctx, tx, func(rows *sql.Rows) (none struct{}, err error) {
		var article string
		var at stand
		err = rows.Scan(&article, &at.place, &at.out)
		was[article] = at
		return none, err
	}, "SELECT article_id, place, left_out FROM edition_articles WHERE edition_id = $1", id); err != nil {
		return err
	}
	become := map[string]stand{}
	for article, at := range was {
		if at.place = 0; ordered {
			at.place = len(pieces) + 1
		}
		become[article] = at
	}
	for i, p := range pieces {
		at := stand{out: truth(p.LeftOut)}
		if ordered {
			at.place = i + 1
		}
		become[p.ID] = at
	}
	for _, article := range slices.Sorted(maps.Keys(was)) {
		at := become[article]
		if at == was[article] {
			continue
		}
		if _, err := tx.exec(ctx, "UPDATE edition_articles SET place = $3, left_out = $4 WHERE edition_id = $1 AND article_id = $2", id, article, at.place, at.out); err != nil {
			return err
		}
	}
	return nil
}

// LeftOut tells which articles, by their ids, editors have left out of a newsletter's
// editions to some frequencies; nil: to any. Empty among them: to all. Those of editions
// that were dropped come with the next like all of theirs.
func (s *Store) LeftOut(ctx context.Context, newsletter string, frequencies []string) (map[string]bool, error) {
	return leftOut(ctx, s.readers, newsletter, frequencies)
}

// LeftOut is that of Store in a transaction.
func (tx *Tx) LeftOut(ctx context.Context, newsletter string, frequencies []string) (map[string]bool, error) {
	return leftOut(ctx, tx, newsletter, frequencies)
}

func leftOut(ctx context.Context, q querier, newsletter string, frequencies []string) (map[string]bool, error) {
	query := "SELECT x.article_id FROM edition_articles x JOIN editions e ON e.id = x.edition_id WHERE x.left_out = 1 AND e.newsletter = $1 AND e.state <> 'dropped'"
	if frequencies != nil {
		query += " AND e.schedule IN (" + in(len(frequencies), 2) + ")"
	}
	ids, err := collect(ctx, q, scanText, query, append([]any{newsletter}, anys(frequencies)...)...)
	out := make(map[string]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out, err
}
