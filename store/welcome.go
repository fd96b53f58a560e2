package store

import (
	"context"
	"database/sql"

	"postrider/magazine"
)

// Welcome gives one who has just joined the latest edition of a newsletter that
// went to a frequency, or to all, as if they had joined before it: as a delivery
// that is due now, with served numbers before what was new in it. Should it not
// reach them, it comes with the next, and so does what has appeared since.
// Nothing is done where there is no such edition or they have had it. had is the
// number up to which they were served when they were subscribed before.
func (tx *Tx) Welcome(ctx context.Context, newsletter, frequency string, p magazine.Subscriber, had int64) error {
	number, err := tx.ArticleNumber(ctx)
	if err != nil {
		return err
	}
	id, served, cutoff, err := tx.latest(ctx, newsletter, frequency)
	if served = max(served, had); err != nil || served >= cutoff {
		return err
	}
	n, err := tx.exec(ctx, `INSERT INTO deliveries (`+deliveryColumns+`, newsletter) VALUES ($1, $2, $3, 'deferred', 'the latest edition, for one who has just joined', 0, '', '', '', '', 0, 0, $4, $4, '', $5)
		ON CONFLICT (edition_id, subscriber_id) DO UPDATE SET email = excluded.email, state = 'deferred', reason = excluded.reason, code = 0, enhanced = '', reply = '', relay = '', attempts = 0, asides = 0, at = excluded.at, next_at = excluded.next_at
		WHERE deliveries.state = 'skipped' OR deliveries.state = 'deferred' AND deliveries.lease < $4`, id, p.ID, p.Email, micros(tx.Now), newsletter)
	if err != nil || n == 0 {
		return err
	}
	if _, err := tx.exec(ctx, "UPDATE subscriptions SET served = $3, changed = $4 WHERE newsletter = $1 AND subscriber_id = $2", newsletter, p.ID, served, number); err != nil {
		return err
	}
	_, err = tx.exec(ctx, "UPDATE follows SET served = $3 WHERE newsletter = $1 AND subscriber_id = $2", newsletter, p.ID, served)
	return err
}

// latest finds the latest edition that went, or goes, to a frequency, with the
// numbers between which articles were new in it: above the cut-off of the one
// before. Of several with one cut-off, the one that holds most is it. All is
// empty where there is none.
func (tx *Tx) latest(ctx context.Context, newsletter, frequency string) (id string, above, cutoff int64, err error) {
	const of = "FROM editions WHERE newsletter = $1 AND state IN ('sent', 'sending', 'paused') AND cutoff > 0 AND (schedule = '' OR schedule = $2)"
	err = tx.QueryRowContext(ctx, "SELECT id, floor, cutoff "+of+" ORDER BY cutoff DESC, floor, created DESC LIMIT 1", newsletter, frequency).Scan(&id, &above, &cutoff)
	if isNoRows(err) {
		return "", 0, 0, nil
	}
	if err != nil {
		return "", 0, 0, err
	}
	var before sql.NullInt64
	err = tx.QueryRowContext(ctx, "SELECT MAX(cutoff) "+of+" AND cutoff < $3", newsletter, frequency, cutoff).Scan(&before)
	return id, max(above, before.Int64), cutoff, err
}

// LastCutoff is up to which number the last edition that went, or goes, to a
// frequency had articles; 0 where there is none.
func (tx *Tx) LastCutoff(ctx context.Context, newsletter, frequency string) (int64, error) {
	_, _, cutoff, err := tx.latest(ctx, newsletter, frequency)
	return cutoff, err
}
