package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"postrider/magazine"
)

// RangeWaits notes why a range does not get on, as a delivery would have it.
// AdvanceRange forgets it. Fenced: another has taken the range.
func (tx *Tx) RangeWaits(ctx context.Context, r *Range, why magazine.Delivery) error {
	n, err := tx.exec(ctx, `UPDATE edition_ranges SET reason = $5, code = $6, enhanced = $7, reply = $8, relay = $9, seen = $10
		WHERE edition_id = $1 AND last_id = $2 AND owner = $3 AND fence = $4 AND state = 'open'`,
		r.Edition, r.Last, r.Owner, r.Fence, why.Reason, why.Code, why.Enhanced, why.Reply, why.Relay, micros(tx.Now))
	if err == nil && n == 0 {
		return errFenced
	}
	return err
}

// A Wait is a part of an edition that is being sent and does not get on. Why
// has no person; its Next is when the part is taken up again, zero while it is
// in somebody's hands.
type Wait struct {
	Range
	Newsletter string
	Why        magazine.Delivery
}

// Waits lists the parts of an edition that do not get on, such as those of one that
// is paused, or of all editions where it is empty, by edition and person. What nobody has begun yet waits
// behind those, for the same reason.
func (s *Store) Waits(ctx context.Context, edition string) (waits []Wait, err error) {
	open, err := collect(ctx, s.readers, func(rows *sql.Rows) (w Wait, err error) {
		var state magazine.EditionState
		var why string
		var seen, next int64
		var zones string
		err = rows.Scan(&w.Edition, &w.Last, &w.Next, &w.Owner, &w.Newsletter, &w.Why.Reason, &w.Why.Code, &w.Why.Enhanced, &w.Why.Reply, &w.Why.Relay, &seen, &next, &zones, &state, &why)
		if err == nil {
			err = json.Unmarshal([]byte(zones), &w.Waves)
		}
		w.Why.Edition, w.Why.State, w.Why.At = w.Edition, magazine.Deferred, fromMicros(seen)
		if w.Owner == "" {
			w.Why.Next = fromMicros(next)
		}
		if state == magazine.EditionPaused { // there is no relay in it
			w.Why = magazine.Delivery{Edition: w.Edition, State: magazine.Deferred, Reason: why, At: w.Why.At}
		}
		return w, err
	}, `SELECT r.edition_id, r.last_id, r.next_id, r.owner, e.newsletter, r.reason, r.code, r.enhanced, r.reply, r.relay,
		CASE WHEN e.state = 'paused' THEN COALESCE((SELECT MAX(a.at) FROM acts a WHERE a.edition_id = e.id AND a.what = 'pause'), r.seen) ELSE r.seen END, r.lease, r.zones, e.state, e.reason
		FROM edition_ranges r JOIN editions e ON e.id = r.edition_id
		WHERE r.state = 'open' AND e.state IN ('sending', 'paused') AND ($1 = '' OR r.edition_id = $1) AND (r.reason <> '' OR r.owner = '')
		ORDER BY e.created, r.edition_id, r.last_id`, edition)
	if err != nil {
		return nil, err
	}
	why := map[string]magazine.Delivery{}
	for _, w := range open {
		if _, known := why[w.Edition]; !known && w.Why.Reason != "" {
			why[w.Edition] = w.Why
		}
	}
	for _, w := range open {
		if w.Why.Reason == "" {
			w.Why = why[w.Edition]
		}
		if w.Why.Reason != "" {
			waits = append(waits, w)
		}
	}
	return waits, nil
}

// Unreached lists up to limit people of a part of an edition, above an id, who
// can be mailed and of whom no delivery is recorded, by id, with what they
// follow.
func (s *Store) Unreached(ctx context.Context, w *Wait, a Audience, above string, limit int) ([]magazine.Subscription, error) {
	a.Waves = w.Waves
	of, args := a.where(above, w.Last, w.Edition)
	return subscriptions(ctx, s.readers, of+` AND n.paused_until = 0 AND n.subscriber_id > $1 AND n.subscriber_id <= $2 AND `+mailable+`
		AND NOT `+anyOf("deliveries d WHERE d.edition_id = $3 AND d.subscriber_id = n.subscriber_id"), limit, args...)
}

// Ahead finds the edition that one of the same newsletter waits for; empty:
// none.
func (s *Store) Ahead(ctx context.Context, e *magazine.Edition) (id string, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT o.id FROM editions o WHERE "+ahead+" ORDER BY o.created LIMIT 1", e.Newsletter, e.ID, e.Cutoff, micros(s.Now())).Scan(&id)
	if isNoRows(err) {
		err = nil
	}
	return id, err
}
