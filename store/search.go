package store

import (
	"context"
	"database/sql"
	"strings"
	"unicode/utf8"

	"postrider/magazine"
)

// searchable is the fewest characters by which people are found inside a word:
// shorter texts find only addresses that begin with them.
const searchable = 3

// SearchSubscribers lists up to limit people whose address or name has a text in it,
// whatever its case. The one whose address it is comes first.
func (s *Store) SearchSubscribers(ctx context.Context, text string, limit int) ([]magazine.Subscriber, error) {
	text = strings.ToLower(magazine.CleanText(text))
	if text == "" {
		return nil, nil
	}
	now := s.Now()
	read := func(rows *sql.Rows) (p magazine.Subscriber, err error) {
		err = scanPerson(rows, now, &p)
		return p, err
	}
	found, err := collect(ctx, s.readers, read, "SELECT "+subscriberColumns+" FROM subscribers p WHERE p.email_key = $1", magazine.EmailKey(text))
	if err != nil {
		return nil, err
	}
	query, sought := s.dialect.search, s.dialect.sought(text)
	if utf8.RuneCountInString(text) < searchable {
		query, sought = "subscribers p WHERE p.email_key >= $1 AND p.email_key < $1 || '\U0010FFFF' ORDER BY p.email_key", text
	}
	others, err := collect(ctx, s.readers, read, "SELECT "+subscriberColumns+" FROM "+query+" LIMIT $2", sought, limit)
	for _, p := range others {
		if len(found) > 0 && found[0].ID == p.ID && found[0].Email == p.Email {
			continue
		}
		found = append(found, p)
	}
	return found[:min(len(found), limit)], err
}

// makeFindable has the people found whom the transaction has added.
func (tx *Tx) makeFindable(ctx context.Context) error {
	for _, statement := range tx.s.dialect.findable {
		if _, err := tx.exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// matched writes a text for the MATCH of FTS5: as one string.
func matched(text string) string { return `"` + strings.ReplaceAll(text, `"`, `""`) + `"` }

// within writes a text for LIKE: anywhere.
func within(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}

// LastDeliveriesTo lists what became of the newest editions for a person, newest
// first.
func (s *Store) LastDeliveriesTo(ctx context.Context, subscriber string, limit int) ([]magazine.Delivery, error) {
	return collect(ctx, s.readers, scanDelivery, "SELECT "+deliveryColumns+" FROM deliveries WHERE subscriber_id = $1 ORDER BY at DESC, edition_id LIMIT $2", subscriber, limit)
}

// CountSubscribers counts the people by where they stand.
func (s *Store) CountSubscribers(ctx context.Context) (map[magazine.SubscriberState]int, error) {
	all := map[magazine.SubscriberState]int{}
	_, err := collect(ctx, s.readers, func(rows *sql.Rows) (none struct{}, err error) {
		var state magazine.SubscriberState
		var n int
		err = rows.Scan(&state, &n)
		all[state] = n
		return none, err
	}, "SELECT state, COUNT(*) FROM subscribers GROUP BY state")
	return all, err
}
