package store

import (
	"context"
	"encoding/json"

	"postrider/magazine"
)

// notAgain is the condition that a delivery is not of an edition that one person
// asked for again.
func notAgain(delivery string) string {
	return "NOT EXISTS (SELECT 1 FROM editions g WHERE g.id = " + delivery + ".edition_id AND g.key LIKE 'again/%')"
}

// LastSent finds the last edition of a newsletter that reached a person, as what
// became of it for them; nil: none did. What they asked for again is no other.
func (s *Store) LastSent(ctx context.Context, newsletter, subscriber string) (*magazine.Delivery, error) {
	found, err := collect(ctx, s.readers, scanDelivery, "SELECT "+deliveryColumns+" FROM deliveries WHERE subscriber_id = $1 AND newsletter = $2 AND state = 'sent' AND "+notAgain("deliveries")+`
		ORDER BY at DESC, (SELECT e.cutoff FROM editions e WHERE e.id = deliveries.edition_id) DESC LIMIT 1`, subscriber, newsletter)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// MessageArticles are the ids of the articles that a message of an edition tells
// of; nil where that was not kept.
func (s *Store) MessageArticles(ctx context.Context, edition, group string) (ids []string, err error) {
	var text string
	err = s.readers.QueryRowContext(ctx, "SELECT articles FROM edition_messages WHERE edition_id = $1 AND group_key = $2", edition, group).Scan(&text)
	if isNoRows(err) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &ids)
	}
	return ids, err
}

// WaitsFor names an edition of a newsletter that waits to be tried again for a
// person, first the one that is due first; empty: none does.
func (tx *Tx) WaitsFor(ctx context.Context, newsletter, subscriber string) (edition string, err error) {
	found, err := collect(ctx, tx, scanText, "SELECT edition_id FROM deliveries WHERE subscriber_id = $1 AND newsletter = $2 AND state = 'deferred' ORDER BY next_at LIMIT 1", subscriber, newsletter)
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0], nil
}

// PutAgain makes an edition of what one person had in another: those of its
// articles, and the message, where it was kept. It is being sent, as a delivery
// that is due now. It has no cut-off, so it moves nobody's served number and is
// nobody's latest; and its one range is done, so it goes to nobody else, whatever is
// decided about it.
func (tx *Tx) PutAgain(ctx context.Context, e magazine.Edition, of *magazine.Edition, articles []string, had magazine.Delivery, p magazine.Subscriber) error {
	if _, err := tx.PutEdition(ctx, e); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "UPDATE editions SET cutoff_at = $2, ordered = $3 WHERE id = $1", e.ID, micros(of.CutoffAt), truth(of.Ordered)); err != nil {
		return err
	}
	for _, id := range articles {
		if _, err := tx.exec(ctx, "INSERT INTO edition_articles (edition_id, article_id, seq, doc, place) SELECT $1, article_id, seq, doc, place FROM edition_articles WHERE edition_id = $2 AND article_id = $3", e.ID, of.ID, id); err != nil {
			return err
		}
	}
	if _, err := tx.exec(ctx, "INSERT INTO edition_messages (edition_id, group_key, mail, articles) SELECT $1, group_key, mail, articles FROM edition_messages WHERE edition_id = $2 AND group_key = $3", e.ID, of.ID, had.Group); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, `INSERT INTO edition_ranges (edition_id, last_id, first_id, next_id, state, owner, fence, lease, had_none, zones)
		VALUES ($1, $2, $2, $2, 'done', '', 0, 0, 0, 'null')`, e.ID, p.ID); err != nil {
		return err
	}
	return tx.PutDelivery(ctx, e.Newsletter, magazine.Delivery{Edition: e.ID, Subscriber: p.ID, Email: p.Email, State: magazine.Deferred, Reason: "asked for again", Next: tx.Now})
}

// Untried tells whether a delivery of an edition waits that has not been tried at
// all.
func (s *Store) Untried(ctx context.Context, edition string) (untried bool, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM deliveries WHERE edition_id = $1 AND state = 'deferred' AND attempts = 0 AND asides = 0)", edition).Scan(&untried)
	return untried, err
}

// DeliveryWaits notes why a claimed delivery that has not been tried at all waits,
// as one that was tried would have it.
func (tx *Tx) DeliveryWaits(ctx context.Context, why magazine.Delivery, owner string) error {
	_, err := tx.exec(ctx, "UPDATE deliveries SET reason = $4, code = $5, enhanced = $6, reply = $7, relay = $8 WHERE edition_id = $1 AND subscriber_id = $2 AND owner = $3 AND state = 'deferred' AND attempts = 0 AND asides = 0",
		why.Edition, why.Subscriber, owner, why.Reason, why.Code, why.Enhanced, why.Reply, why.Relay)
	return err
}
