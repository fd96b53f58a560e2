package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"postrider/magazine"
)

const editionColumns = `e.id, e.newsletter, e.key, e.maker, e.state, e.reason, e.nominal, e.created, e.cutoff, e.cutoff_at, e.finished,
	(SELECT COUNT(*) FROM edition_articles x WHERE x.edition_id = e.id)`

func scanEdition(rows *sql.Rows) (e magazine.Edition, err error) {
	var nominal, created, cutoffAt, finished int64
	err = rows.Scan(&e.ID, &e.Newsletter, &e.Key, &e.Maker, &e.State, &e.Reason, &nominal, &created, &e.Cutoff, &cutoffAt, &finished, &e.Articles)
	e.Nominal, e.Created, e.CutoffAt, e.Finished = fromMicros(nominal), fromMicros(created), fromMicros(cutoffAt), fromMicros(finished)
	return e, err
}

// PutEdition makes an edition under its unique key and tells whether it is
// new: where another made it first, that one is left alone.
func (tx *Tx) PutEdition(ctx context.Context, e magazine.Edition) (bool, error) {
	n, err := tx.exec(ctx, `INSERT INTO editions (id, newsletter, key, maker, state, reason, nominal, created, cutoff, cutoff_at, finished)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0) ON CONFLICT (key) DO NOTHING`,
		e.ID, e.Newsletter, e.Key, e.Maker, e.State, e.Reason, micros(e.Nominal), micros(tx.Now))
	return n > 0, err
}

// Edition finds an edition with its counts. NotFound: there is none.
func (s *Store) Edition(ctx context.Context, id string) (*magazine.Edition, error) {
	return editionOf(ctx, s.readers, id, "")
}

// Edition finds an edition with its counts and locks it. NotFound: there is none.
func (tx *Tx) Edition(ctx context.Context, id string) (*magazine.Edition, error) {
	return editionOf(ctx, tx, id, tx.s.dialect.forUpdate)
}

func editionOf(ctx context.Context, q querier, id, lock string) (*magazine.Edition, error) {
	e, err := editionHead(ctx, q, id, lock)
	if err == nil {
		e.Counts, err = countsOf(ctx, q, id)
	}
	return e, err
}

// EditionHead finds an edition without its counts, which take a look at every
// delivery. NotFound: there is none.
func (s *Store) EditionHead(ctx context.Context, id string) (*magazine.Edition, error) {
	return editionHead(ctx, s.readers, id, "")
}

func editionHead(ctx context.Context, q querier, id, lock string) (*magazine.Edition, error) {
	found, err := collect(ctx, q, scanEdition, "SELECT "+editionColumns+" FROM editions e WHERE e.id = $1"+lock, id)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, magazine.Errorf(magazine.NotFound, "there is no edition %q", id)
	}
	return &found[0], nil
}

func countsOf(ctx context.Context, q querier, id string) (c magazine.Counts, err error) {
	err = q.QueryRowContext(ctx, `SELECT COALESCE(SUM(CASE WHEN state = 'sent' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN state = 'deferred' THEN 1 ELSE 0 END), 0),
		COALESCE(SUM(CASE WHEN state = 'failed' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN state = 'skipped' THEN 1 ELSE 0 END), 0),
		(SELECT CAST(COALESCE(SUM(had_none), 0) AS BIGINT) FROM edition_ranges WHERE edition_id = $1) FROM deliveries WHERE edition_id = $1`, id).
		Scan(&c.Sent, &c.Deferred, &c.Failed, &c.Skipped, &c.Nothing)
	return c, err
}

// Editions lists the newest editions of a newsletter, newest first; of all
// newsletters where it is empty.
func (s *Store) Editions(ctx context.Context, newsletter string, limit int) ([]magazine.Edition, error) {
	return collect(ctx, s.readers, scanEdition, "SELECT "+editionColumns+" FROM editions e WHERE $1 = '' OR e.newsletter = $1 ORDER BY e.created DESC, e.id LIMIT $2", newsletter, limit)
}

// PlannedEditions lists the ids of editions whose messages are still to be
// made, in the order in which they were planned.
func (s *Store) PlannedEditions(ctx context.Context) ([]string, error) {
	return collect(ctx, s.readers, scanText, "SELECT id FROM editions WHERE state = 'planned' ORDER BY created, id")
}

// ahead are the editions of newsletter $1, but for $2, that still go to people
// for the first time.
const ahead = `o.newsletter = $1 AND o.id <> $2 AND (
	(o.state = 'sending' AND EXISTS (SELECT 1 FROM edition_ranges r WHERE r.edition_id = o.id AND r.state = 'open')) OR (o.state = 'planned' AND o.cutoff > 0))`

// Busy tells that an earlier edition of the newsletter still goes to people
// for the first time, so that this one has to wait. It holds until the
// transaction ends only where that has taken the counter of articles before.
func (tx *Tx) Busy(ctx context.Context, e *magazine.Edition) (busy bool, err error) {
	err = tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM editions o WHERE "+ahead+")", e.Newsletter, e.ID).Scan(&busy)
	return busy, err
}

// CountMessages counts the messages that are made of an edition.
func (s *Store) CountMessages(ctx context.Context, edition string) (n int, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT COUNT(*) FROM edition_messages WHERE edition_id = $1", edition).Scan(&n)
	return n, err
}

// SetEditionState moves an edition on. A final state gets its time.
func (tx *Tx) SetEditionState(ctx context.Context, id string, state magazine.EditionState, reason string) error {
	finished := int64(0)
	switch state {
	case magazine.EditionSent, magazine.EditionSkipped, magazine.EditionDropped:
		finished = micros(tx.Now)
	}
	_, err := tx.exec(ctx, "UPDATE editions SET state = $2, reason = $3, finished = $4 WHERE id = $1", id, state, reason, finished)
	return err
}

// HoldEdition stops an edition that is being sent and says why. Its ranges are
// taken from whoever works on them. Those who have got it are served, although
// their range does not come to its end.
func (tx *Tx) HoldEdition(ctx context.Context, e *magazine.Edition, reason string) error {
	if _, err := tx.exec(ctx, "UPDATE edition_ranges SET owner = '', fence = fence + 1, lease = 0 WHERE edition_id = $1 AND state = 'open'", e.ID); err != nil {
		return err
	}
	for _, table := range []string{"subscriptions", "follows"} {
		if _, err := tx.exec(ctx, "UPDATE "+table+` SET served = $2 WHERE newsletter = $1 AND served < $2
			AND EXISTS (SELECT 1 FROM deliveries d WHERE d.edition_id = $3 AND d.subscriber_id = `+table+`.subscriber_id AND d.state = 'sent')`, e.Newsletter, e.Cutoff, e.ID); err != nil {
			return err
		}
	}
	return tx.SetEditionState(ctx, e.ID, magazine.EditionHeld, reason)
}

// LeastServed is the lowest number that an active subscription of the
// newsletter has been served, or something followed in one, among the people
// who can be mailed: one who cannot would make everything new for ever.
func (tx *Tx) LeastServed(ctx context.Context, newsletter string) (n int64, people bool, err error) {
	var least sql.NullInt64
	err = tx.QueryRowContext(ctx, `SELECT MIN(served) FROM (
		SELECT n.subscriber_id, n.served FROM subscriptions n WHERE n.newsletter = $1 AND n.state = 'active'
		UNION ALL SELECT f.subscriber_id, f.served FROM follows f JOIN subscriptions n ON n.newsletter = f.newsletter AND n.subscriber_id = f.subscriber_id
			WHERE f.newsletter = $1 AND n.state = 'active') s JOIN subscribers p ON p.id = s.subscriber_id
		WHERE p.state = 'confirmed' AND NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.email_key = p.email_key)`, newsletter).Scan(&least)
	return least.Int64, least.Valid, err
}

// FixContent writes down an edition's cut-off and what it prints.
func (tx *Tx) FixContent(ctx context.Context, id string, cutoff int64, articles []magazine.Article) error {
	if _, err := tx.exec(ctx, "UPDATE editions SET cutoff = $2, cutoff_at = $3 WHERE id = $1", id, cutoff, micros(tx.Now)); err != nil {
		return err
	}
	for _, a := range articles {
		doc, err := json.Marshal(a)
		if err != nil {
			return err
		}
		if _, err := tx.exec(ctx, "INSERT INTO edition_articles (edition_id, article_id, seq, doc) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", id, a.ID, a.Seq, string(doc)); err != nil {
			return err
		}
	}
	return nil
}

// EditionArticles lists what an edition prints, by number, less what is no
// longer published.
func (s *Store) EditionArticles(ctx context.Context, id string) ([]magazine.Article, error) {
	all, err := collect(ctx, s.readers, func(rows *sql.Rows) (a magazine.Article, err error) {
		var seq int64
		var doc string
		if err = rows.Scan(&seq, &doc); err != nil {
			return a, err
		}
		err = json.Unmarshal([]byte(doc), &a)
		a.Seq, a.State = seq, magazine.Published
		return a, err
	}, `SELECT x.seq, x.doc FROM edition_articles x JOIN articles a ON a.id = x.article_id WHERE x.edition_id = $1 AND a.state = 'published' ORDER BY x.seq`, id)
	if err != nil {
		return nil, err
	}
	return all, ownSlugs(ctx, s.readers, all)
}

// PutMessage keeps the message of a group, as JSON. The first one stays.
func (tx *Tx) PutMessage(ctx context.Context, edition, group, mail string) error {
	_, err := tx.exec(ctx, "INSERT INTO edition_messages (edition_id, group_key, mail) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", edition, group, mail)
	return err
}

// Message finds the message of a group; empty where it was not made yet.
func (s *Store) Message(ctx context.Context, edition, group string) (mail string, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT mail FROM edition_messages WHERE edition_id = $1 AND group_key = $2", edition, group).Scan(&mail)
	if isNoRows(err) {
		err = nil
	}
	return mail, err
}

// An Occurrence is one firing of a schedule as it was recorded.
type Occurrence struct {
	Newsletter, Schedule string
	Day, Slot            string // nominal local date and HH:MM
	At                   time.Time
	Edition              string // id, or empty
	Outcome              string // edition, missed, held, merged into HH:MM
}

// ScheduleHandled locks a schedule's row and tells up to when its occurrences
// are dealt with. A schedule that is new starts now.
func (tx *Tx) ScheduleHandled(ctx context.Context, newsletter, name string) (time.Time, error) {
	if _, err := tx.exec(ctx, "INSERT INTO schedules (newsletter, name, handled) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", newsletter, name, micros(tx.Now)); err != nil {
		return time.Time{}, err
	}
	var handled int64
	err := tx.QueryRowContext(ctx, "SELECT handled FROM schedules WHERE newsletter = $1 AND name = $2"+tx.s.dialect.forUpdate, newsletter, name).Scan(&handled)
	return fromMicros(handled), err
}

// SetScheduleHandled says that every occurrence up to an instant is dealt with.
func (tx *Tx) SetScheduleHandled(ctx context.Context, newsletter, name string, at time.Time) error {
	_, err := tx.exec(ctx, "UPDATE schedules SET handled = $3 WHERE newsletter = $1 AND name = $2 AND handled < $3", newsletter, name, micros(at))
	return err
}

// PutOccurrence records an occurrence and tells whether it is new.
func (tx *Tx) PutOccurrence(ctx context.Context, o Occurrence) (bool, error) {
	n, err := tx.exec(ctx, "INSERT INTO occurrences (newsletter, schedule, day, slot, at, edition_id, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
		o.Newsletter, o.Schedule, o.Day, o.Slot, micros(o.At), o.Edition, o.Outcome)
	return n > 0, err
}

// Occurrences lists the recorded firings of a schedule, newest first.
func (s *Store) Occurrences(ctx context.Context, newsletter, schedule string, limit int) ([]Occurrence, error) {
	return collect(ctx, s.readers, func(rows *sql.Rows) (o Occurrence, err error) {
		var at int64
		err = rows.Scan(&o.Newsletter, &o.Schedule, &o.Day, &o.Slot, &at, &o.Edition, &o.Outcome)
		o.At = fromMicros(at)
		return o, err
	}, "SELECT newsletter, schedule, day, slot, at, edition_id, outcome FROM occurrences WHERE newsletter = $1 AND schedule = $2 ORDER BY at DESC, day DESC, slot DESC LIMIT $3", newsletter, schedule, limit)
}
