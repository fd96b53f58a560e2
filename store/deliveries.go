package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"time"

	"postrider/magazine"
)

// A Range is a part of an edition's work: the subscribers with ids above Next
// and up to Last. Whoever works on it holds it under a lease; Fence grows with
// every owner, and every commit checks both, so that one who was thought dead
// cannot write over the next one's work.
type Range struct {
	Edition, Last, Next string
	Owner               string
	Fence               int64
	Waves               []Wave // those that it is of, all at once; nil: of none
}

// cutAtOnce is how many ranges are cut beforehand: enough for all who begin at once.
const cutAtOnce = 20

// PlanRanges cuts an edition's readers into ranges of size people. Each is free to be
// claimed, and to be nudged once grace has passed. Where there are very many people
// the last range has all who are left, so that the first message need not wait until
// they are counted: see CutRange. Where the audience is of some waves, these go out at
// once, and what names them tells their ranges from those of others.
func (tx *Tx) PlanRanges(ctx context.Context, edition string, a Audience, wave string, size int, grace time.Duration) ([]Range, error) {
	of, args := a.where(size-1, cutAtOnce)
	ends, err := collect(ctx, tx, scanText, `WITH RECURSIVE ends (id, number) AS (
			SELECT (SELECT n.subscriber_id FROM subscriptions n WHERE `+of+` ORDER BY n.subscriber_id LIMIT 1 OFFSET $1), 1
			UNION ALL SELECT (SELECT n.subscriber_id FROM subscriptions n WHERE `+of+` AND n.subscriber_id > ends.id ORDER BY n.subscriber_id LIMIT 1 OFFSET $1), ends.number + 1 FROM ends WHERE ends.id IS NOT NULL AND ends.number < CAST($2 AS INTEGER))
		SELECT id FROM ends WHERE id IS NOT NULL UNION SELECT last.id FROM (SELECT MAX(n.subscriber_id) AS id FROM subscriptions n WHERE `+of+`) last WHERE last.id IS NOT NULL ORDER BY 1`, args...)
	if err != nil {
		return nil, err
	}
	zones, err := json.Marshal(a.Waves)
	if err != nil {
		return nil, err
	}
	var ranges []Range
	above := ""
	for _, id := range ends {
		end := id + wave // behind the person, and before the next: no id begins with another
		if _, err := tx.exec(ctx, `INSERT INTO edition_ranges (edition_id, last_id, first_id, next_id, state, owner, fence, lease, had_none, zones)
			VALUES ($1, $2, $3, $3, 'open', '', 0, $4, 0, $5) ON CONFLICT DO NOTHING`, edition, end, above, micros(tx.Now.Add(grace)), string(zones)); err != nil {
			return nil, err
		}
		ranges = append(ranges, Range{Edition: edition, Last: end, Next: above, Waves: a.Waves})
		above = id
	}
	return ranges, nil
}

// CutRange leaves in a claimed range the next size people of an audience, and makes
// another of those behind them, if there are any, as PlanRanges does. The one that is
// claimed is named by its new Last then.
func (tx *Tx) CutRange(ctx context.Context, r *Range, a Audience, size int, grace time.Duration) error {
	a.Waves = r.Waves
	of, args := a.where(r.Next, r.Last, size-1)
	ends, err := collect(ctx, tx, scanText, "SELECT n.subscriber_id FROM subscriptions n WHERE "+of+" AND n.subscriber_id > $1 AND n.subscriber_id <= $2 ORDER BY n.subscriber_id LIMIT 2 OFFSET $3", args...)
	if err != nil || len(ends) < 2 { // nobody is behind them
		return err
	}
	_, wave, _ := strings.Cut(r.Last, "/")
	if wave != "" {
		wave = "/" + wave
	}
	end := ends[0] + wave
	if _, err := tx.exec(ctx, `INSERT INTO edition_ranges (edition_id, last_id, first_id, next_id, state, owner, fence, lease, had_none, zones)
		SELECT edition_id, CAST($3 AS TEXT), first_id, next_id, state, owner, fence, lease, 0, zones FROM edition_ranges WHERE edition_id = $1 AND last_id = $2`, r.Edition, r.Last, end); err != nil {
		return err
	}
	_, err = tx.exec(ctx, "UPDATE edition_ranges SET first_id = $3, next_id = $3, owner = '', fence = 0, lease = $4 WHERE edition_id = $1 AND last_id = $2", r.Edition, r.Last, ends[0], micros(tx.Now.Add(grace)))
	r.Last = end
	return err
}

// ClaimRange takes a range for an owner until a lease ends. It tells whether
// it could: a range that is done, in other hands or of an edition that is held
// cannot be claimed.
func (tx *Tx) ClaimRange(ctx context.Context, edition, last, owner string, lease time.Duration) (*Range, error) {
	r := Range{Edition: edition, Last: last, Owner: owner}
	var zones string
	err := tx.QueryRowContext(ctx, `UPDATE edition_ranges SET owner = $3, fence = fence + 1, lease = $4
		WHERE edition_id = $1 AND last_id = $2 AND state = 'open' AND (owner = '' OR lease < $5)
		AND EXISTS (SELECT 1 FROM editions e WHERE e.id = edition_id AND e.state = 'sending') RETURNING next_id, fence, zones`,
		edition, last, owner, micros(tx.Now.Add(lease)), micros(tx.Now)).Scan(&r.Next, &r.Fence, &zones)
	if isNoRows(err) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(zones), &r.Waves)
	}
	return &r, err
}

// ClaimNextRange takes the first range of an edition behind one that nobody has
// begun, or that was given back and does not rest, or, where none is behind it, before
// it, as ClaimRange does; nil: there is none.
func (tx *Tx) ClaimNextRange(ctx context.Context, edition, behind, owner string, lease time.Duration) (*Range, error) {
	for _, try := range []struct{ above, lock string }{
		{behind, tx.s.dialect.skip}, {"", tx.s.dialect.skip},
		{"", tx.s.dialect.forUpdate}, // who has the last one may be cutting it
	} {
		next, err := collect(ctx, tx, scanText, `SELECT last_id FROM edition_ranges WHERE edition_id = $1 AND last_id > $2 AND state = 'open' AND owner = '' AND (fence = 0 OR lease <= $3)
			ORDER BY last_id LIMIT 1`+try.lock, edition, try.above, micros(tx.Now))
		if err != nil {
			return nil, err
		}
		if len(next) > 0 {
			return tx.ClaimRange(ctx, edition, next[0], owner, lease)
		}
	}
	return nil, nil
}

// errFenced is what a commit says that came after another took the range.
var errFenced = magazine.Errorf(magazine.Conflict, "another worker has taken over this part of the edition")

// Fenced tells that err means another worker has taken over.
func Fenced(err error) bool { return err == errFenced }

// RenewRange renews the lease on a range and saves nothing. Fenced: another
// has taken the range.
func (tx *Tx) RenewRange(ctx context.Context, r *Range, lease time.Duration) error {
	n, err := tx.exec(ctx, "UPDATE edition_ranges SET lease = $5 WHERE edition_id = $1 AND last_id = $2 AND owner = $3 AND fence = $4 AND state = 'open'",
		r.Edition, r.Last, r.Owner, r.Fence, micros(tx.Now.Add(lease)))
	if err == nil && n == 0 {
		return errFenced
	}
	return err
}

// ReleaseRange gives a range back, to be nudged after a wait.
func (tx *Tx) ReleaseRange(ctx context.Context, r *Range, wait time.Duration) error {
	_, err := tx.exec(ctx, "UPDATE edition_ranges SET owner = '', lease = $5 WHERE edition_id = $1 AND last_id = $2 AND owner = $3 AND fence = $4 AND state = 'open'",
		r.Edition, r.Last, r.Owner, r.Fence, micros(tx.Now.Add(wait)))
	return err
}

// CloseRange ends a range: the served numbers of those who got the edition, or
// had nothing in it, move to its cut-off. The others' stay, so that the
// articles come with the next edition; so do those of subscriptions that may
// have come into its audience behind the place where the work was.
func (tx *Tx) CloseRange(ctx context.Context, r *Range, a Audience, cutoff int64) error {
	var first string
	err := tx.QueryRowContext(ctx, `UPDATE edition_ranges SET state = 'done', owner = '', lease = 0
		WHERE edition_id = $1 AND last_id = $2 AND owner = $3 AND fence = $4 AND state = 'open' RETURNING first_id`, r.Edition, r.Last, r.Owner, r.Fence).Scan(&first)
	if isNoRows(err) {
		return errFenced
	}
	if err != nil {
		return err
	}
	if r.Waves != nil { // who has moved away from them has had no turn; the last sweep sees to all
		return nil
	}
	of, args := a.where(a.Newsletter, first, r.Last, cutoff, r.Edition)
	// The subscriptions first: whoever adds follows with a subscription's number
	// has it locked, and the second statement sees them.
	for _, table := range []string{"subscriptions", "follows"} {
		if _, err := tx.exec(ctx, `UPDATE `+table+` SET served = $4 WHERE newsletter = $1 AND subscriber_id > $2 AND subscriber_id <= $3 AND served < $4 AND (
			`+anyOf("deliveries d WHERE d.edition_id = $5 AND d.subscriber_id = "+table+".subscriber_id AND d.state = 'sent'")+`
			OR `+anyOf("subscriptions n WHERE n.subscriber_id = "+table+".subscriber_id AND "+of+" AND n.changed < $4")+`
			AND NOT `+anyOf("deliveries d WHERE d.edition_id = $5 AND d.subscriber_id = "+table+".subscriber_id")+`)`, args...); err != nil {
			return err
		}
	}
	return nil
}

// Serve moves one person's served numbers to an edition's cut-off.
func (tx *Tx) Serve(ctx context.Context, newsletter, subscriber string, cutoff int64) error {
	for _, table := range []string{"subscriptions", "follows"} {
		if _, err := tx.exec(ctx, "UPDATE "+table+" SET served = $3 WHERE newsletter = $1 AND subscriber_id = $2 AND served < $3", newsletter, subscriber, cutoff); err != nil {
			return err
		}
	}
	return nil
}

// FinishEdition ends an edition when nothing of it is open and tells whether
// it did: as failed where nobody got it, and somebody should have.
func (tx *Tx) FinishEdition(ctx context.Context, id string) (bool, error) {
	// Of two that close the last two parts at once, the second must see the first's.
	if _, err := collect(ctx, tx, scanText, "SELECT state FROM editions WHERE id = $1"+tx.s.dialect.forUpdate, id); err != nil {
		return false, err
	}
	n, err := tx.exec(ctx, `UPDATE editions SET finished = $2, state = CASE WHEN EXISTS (SELECT 1 FROM deliveries WHERE edition_id = $1 AND state = 'failed')
			AND NOT EXISTS (SELECT 1 FROM deliveries WHERE edition_id = $1 AND state = 'sent') THEN 'failed' ELSE 'sent' END WHERE id = $1 AND state = 'sending'
		AND NOT EXISTS (SELECT 1 FROM edition_ranges WHERE edition_id = $1 AND state = 'open')
		AND NOT EXISTS (SELECT 1 FROM alarms WHERE kind = 'wave' AND ref = $1)
		AND NOT EXISTS (SELECT 1 FROM deliveries WHERE edition_id = $1 AND state = 'deferred')`, id, micros(tx.Now))
	return n > 0, err
}

// stray are the ranges r that nobody has held for a while at the instant $1, of
// editions that are being sent, for which no job of the kind $2 waits for a worker, and
// fewer than $3 are worked on.
const stray = `r.state = 'open' AND r.lease < $1 AND r.edition_id IN (SELECT e.id FROM editions e WHERE e.state = 'sending'
	AND NOT EXISTS (SELECT 1 FROM river_job j WHERE j.state = 'available' AND j.kind = $2 AND j.args ->> 'edition' = e.id)
	AND (SELECT COUNT(*) FROM river_job j WHERE j.state = 'running' AND j.kind = $2 AND j.args ->> 'edition' = e.id) < $3)`

// StrayRanges lists open ranges that nobody has held for a while, of each edition for
// which no job of a kind waits and fewer are worked on than most for each node, up to so
// many, and puts off the next such finding by wait, so that each is nudged once.
func (tx *Tx) StrayRanges(ctx context.Context, job string, most int, wait time.Duration) ([]Range, error) {
	nodes, err := tx.LiveNodes(ctx)
	if err != nil {
		return nil, err
	}
	return collect(ctx, tx, scanRange, `UPDATE edition_ranges SET owner = '', lease = $4 WHERE state = 'open' AND lease < $1 AND (edition_id, last_id) IN (
			SELECT edition_id, last_id FROM (SELECT r.edition_id, r.last_id, ROW_NUMBER() OVER (PARTITION BY r.edition_id ORDER BY r.last_id) AS n FROM edition_ranges r WHERE `+stray+`) found WHERE n <= $3)
		RETURNING edition_id, last_id`, micros(tx.Now), job, most*max(1, nodes), micros(tx.Now.Add(wait)))
}

func scanRange(rows *sql.Rows) (r Range, err error) {
	err = rows.Scan(&r.Edition, &r.Last)
	return r, err
}

// FreeRanges lists the open ranges of an edition that nobody works on, and puts
// off their next nudge by wait.
func (tx *Tx) FreeRanges(ctx context.Context, edition string, wait time.Duration) ([]Range, error) {
	return collect(ctx, tx, scanRange, "UPDATE edition_ranges SET owner = '', lease = $3 WHERE edition_id = $1 AND state = 'open' AND (owner = '' OR lease < $2) RETURNING edition_id, last_id",
		edition, micros(tx.Now), micros(tx.Now.Add(wait)))
}

// OpenRanges counts the ranges of an edition that are not done.
func (s *Store) OpenRanges(ctx context.Context, edition string) (n int, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT COUNT(*) FROM edition_ranges WHERE edition_id = $1 AND state = 'open'", edition).Scan(&n)
	return n, err
}

const deliveryColumns = "edition_id, subscriber_id, email, state, reason, code, enhanced, reply, relay, message_id, attempts, asides, at, next_at, group_key"

func scanDelivery(rows *sql.Rows) (d magazine.Delivery, err error) {
	var at, next int64
	err = rows.Scan(&d.Edition, &d.Subscriber, &d.Email, &d.State, &d.Reason, &d.Code, &d.Enhanced, &d.Reply, &d.Relay, &d.MessageID, &d.Attempts, &d.Asides, &at, &next, &d.Group)
	d.At, d.Next = fromMicros(at), fromMicros(next)
	return d, err
}

// EachDelivery calls f for the deliveries of an edition, to an address, or
// both, or for all where both are empty, in the order of time.
func (s *Store) EachDelivery(ctx context.Context, edition, email string, f func(magazine.Delivery) error) error {
	where, args := "1 = 1", []any{}
	if edition != "" {
		args = append(args, edition)
		where += " AND edition_id = " + in(1, len(args))
	}
	if email != "" {
		args = append(args, magazine.EmailKey(email))
		where += " AND subscriber_id IN (SELECT id FROM subscribers WHERE email_key = " + in(1, len(args)) + ")"
	}
	rows, err := s.readers.QueryContext(ctx, "SELECT "+deliveryColumns+" FROM deliveries WHERE "+where+" ORDER BY at, edition_id, subscriber_id", args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		d, err := scanDelivery(rows)
		if err != nil {
			return err
		}
		if err := f(d); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Supersede ends a person's deferred deliveries of earlier editions of a
// newsletter, for the new edition holds their articles, and the editions of
// which these were the last. It tells whether one of them is being tried at
// this moment; then the new edition has to wait. What a person asked for again
// is nothing new, and goes its own way.
func (tx *Tx) Supersede(ctx context.Context, newsletter, subscriber, edition string) (busy bool, err error) {
	// One statement looks and ends, so that nobody takes one up in between.
	ended, err := collect(ctx, tx, scanText, `UPDATE deliveries SET state = 'skipped', reason = $5, at = $4, next_at = 0, owner = '', lease = 0
		WHERE subscriber_id = $1 AND newsletter = $2 AND edition_id <> $3 AND state = 'deferred' AND lease < $4 AND `+notAgain("deliveries")+` RETURNING edition_id`, subscriber, newsletter, edition, micros(tx.Now), "superseded by edition "+edition)
	if err != nil {
		return false, err
	}
	for _, id := range ended {
		if _, err := tx.FinishEdition(ctx, id); err != nil {
			return false, err
		}
	}
	err = tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM deliveries WHERE subscriber_id = $1 AND newsletter = $2 AND edition_id <> $3 AND state = 'deferred' AND "+notAgain("deliveries")+")", subscriber, newsletter, edition).Scan(&busy)
	return busy, err
}

// due are the deferred deliveries that are to be tried again at the instant $1
// and in nobody's hands. Those of an edition that is held wait with it; of one
// that was sent there are those of people who have joined since.
const due = `state = 'deferred' AND next_at <= $1 AND lease < $1
	AND EXISTS (SELECT 1 FROM editions e WHERE e.id = deliveries.edition_id AND e.state IN ('sending', 'sent'))`

// DueDeliveries tells whether a deferred delivery is due and in nobody's hands.
func (s *Store) DueDeliveries(ctx context.Context) (any bool, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM deliveries WHERE "+due+")", micros(s.Now())).Scan(&any)
	return any, err
}

// ClaimDeliveries takes up to limit due deliveries for an owner until a lease ends.
func (tx *Tx) ClaimDeliveries(ctx context.Context, owner string, limit int, lease time.Duration) ([]magazine.Delivery, error) {
	ids, err := collect(ctx, tx, scanDelivery, "SELECT "+deliveryColumns+" FROM deliveries WHERE "+due+" ORDER BY next_at LIMIT $2"+tx.s.dialect.skip, micros(tx.Now), limit)
	if err != nil {
		return nil, err
	}
	for _, d := range ids {
		if _, err := tx.exec(ctx, "UPDATE deliveries SET owner = $3, lease = $4 WHERE edition_id = $1 AND subscriber_id = $2", d.Edition, d.Subscriber, owner, micros(tx.Now.Add(lease))); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// HoldDelivery locks a claimed delivery, renews its lease and tells whether it
// is still the owner's.
func (tx *Tx) HoldDelivery(ctx context.Context, d magazine.Delivery, owner string, lease time.Duration) (bool, error) {
	n, err := tx.exec(ctx, "UPDATE deliveries SET lease = $4 WHERE edition_id = $1 AND subscriber_id = $2 AND owner = $3 AND state = 'deferred'", d.Edition, d.Subscriber, owner, micros(tx.Now.Add(lease)))
	return n > 0, err
}

// HoldsDelivery tells whether a claimed delivery is still the owner's, and its
// edition not stopped meanwhile.
func (s *Store) HoldsDelivery(ctx context.Context, d magazine.Delivery, owner string) (holds bool, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM deliveries WHERE edition_id = $1 AND subscriber_id = $2 AND owner = $3 AND state = 'deferred') AND EXISTS (SELECT 1 FROM editions WHERE id = $1 AND state IN ('sending', 'sent'))",
		d.Edition, d.Subscriber, owner).Scan(&holds)
	return holds, err
}

// RenewDeliveries renews an owner's lease on all deliveries that it claimed.
func (tx *Tx) RenewDeliveries(ctx context.Context, owner string, lease time.Duration) error {
	_, err := tx.exec(ctx, "UPDATE deliveries SET lease = $2 WHERE owner = $1 AND state = 'deferred'", owner, micros(tx.Now.Add(lease)))
	return err
}

// ReleaseDeliveries gives back all deliveries that an owner claimed, without an
// attempt, to be tried after wait.
func (tx *Tx) ReleaseDeliveries(ctx context.Context, owner string, wait time.Duration) error {
	_, err := tx.exec(ctx, "UPDATE deliveries SET owner = '', lease = 0, next_at = $2 WHERE owner = $1 AND state = 'deferred'", owner, micros(tx.Now.Add(wait)))
	return err
}

// HasStrayRanges tells whether StrayRanges would find any.
func (s *Store) HasStrayRanges(ctx context.Context, job string, most int) (has bool, err error) {
	nodes, err := s.liveNodes(ctx, s.readers, s.Now())
	if err != nil {
		return false, err
	}
	err = s.readers.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM edition_ranges r WHERE "+stray+")", micros(s.Now()), job, most*max(1, nodes)).Scan(&has)
	return has, err
}

// PutOffDelivery gives a claimed delivery back without an attempt, to be looked
// at again at its Next, with its Reason.
func (tx *Tx) PutOffDelivery(ctx context.Context, d magazine.Delivery, owner string) error {
	_, err := tx.exec(ctx, "UPDATE deliveries SET owner = '', lease = 0, next_at = $4, reason = $5 WHERE edition_id = $1 AND subscriber_id = $2 AND owner = $3 AND state = 'deferred'",
		d.Edition, d.Subscriber, owner, micros(d.Next), d.Reason)
	return err
}

// PutOffDomain puts off up to most deliveries to addresses of a domain that are due
// and in nobody's hands, until an instant and for a reason.
func (tx *Tx) PutOffDomain(ctx context.Context, domain string, until time.Time, reason string, most int) error {
	_, err := tx.exec(ctx, `UPDATE deliveries SET next_at = $3, reason = $4 WHERE state = 'deferred' AND (edition_id, subscriber_id) IN (
		SELECT edition_id, subscriber_id FROM deliveries WHERE state = 'deferred' AND next_at <= $1 AND lease < $1 AND LOWER(email) LIKE $2 ESCAPE '\' LIMIT $5)`,
		micros(tx.Now), `%@`+strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(domain), micros(until), reason, most)
	return err
}
