package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"postrider/magazine"
)

const editionColumns = `e.id, e.newsletter, e.key, e.maker, e.state, e.reason, e.nominal, e.created, e.cutoff, e.cutoff_at, e.finished, e.note, e.starts, e.approved, e.issue, e.corrects, e.waves, e.waved, e.others,
	(SELECT COUNT(*) FROM edition_articles x WHERE x.edition_id = e.id) - (SELECT COUNT(*) FROM edition_articles x WHERE x.edition_id = e.id AND x.left_out = 1), e.schedule, e.floor, e.arranged, e.ordered, e.course`

func scanEdition(rows *sql.Rows) (e magazine.Edition, err error) {
	var nominal, created, cutoffAt, finished, starts int64
	var issue, others string
	var waves, waved, ordered int64
	err = rows.Scan(&e.ID, &e.Newsletter, &e.Key, &e.Maker, &e.State, &e.Reason, &nominal, &created, &e.Cutoff, &cutoffAt, &finished, &e.Note, &starts, &e.Approved, &issue, &e.Corrects, &waves, &waved, &others, &e.Articles,
		&e.Schedule, &e.Floor, &e.Arranged, &ordered, &e.Course)
	e.Nominal, e.Created, e.CutoffAt, e.Finished, e.Starts = fromMicros(nominal), fromMicros(created), fromMicros(cutoffAt), fromMicros(finished), fromMicros(starts)
	e.Waves, e.Waved, e.Ordered = waves == 1, fromMicros(waved), ordered == 1
	if err == nil {
		err = json.Unmarshal([]byte(others), &e.Others)
	}
	if err == nil && issue != "" {
		e.Issue = &magazine.Issue{}
		err = json.Unmarshal([]byte(issue), e.Issue)
	}
	return e, err
}

// PutEdition makes an edition under its unique key and tells whether it is
// new: where another made it first, that one is left alone.
func (tx *Tx) PutEdition(ctx context.Context, e magazine.Edition) (bool, error) {
	issue := ""
	if e.Issue != nil {
		text, err := json.Marshal(e.Issue)
		if err != nil {
			return false, err
		}
		issue = string(text)
	}
	n, err := tx.exec(ctx, `INSERT INTO editions (id, newsletter, key, maker, state, reason, nominal, created, cutoff, cutoff_at, finished, note, starts, approved, issue, corrects, schedule, waves)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (key) DO NOTHING`,
		e.ID, e.Newsletter, e.Key, e.Maker, e.State, e.Reason, micros(e.Nominal), micros(tx.Now), e.Note, micros(e.Starts), e.Approved, issue, e.Corrects, e.Schedule, truth(e.Waves))
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

// EditionByKey finds the edition that something made, and locks it; nil where it
// made none.
func (tx *Tx) EditionByKey(ctx context.Context, key string) (*magazine.Edition, error) {
	found, err := collect(ctx, tx, scanEdition, "SELECT "+editionColumns+" FROM editions e WHERE e.key = $1"+tx.s.dialect.forUpdate, key)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
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

// countsOf counts those that did not leave by an index of theirs, and the others as
// what is left of all, so that no delivery itself is read.
func countsOf(ctx context.Context, q querier, id string) (c magazine.Counts, err error) {
	err = q.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM deliveries WHERE edition_id = $1) - COUNT(*), COALESCE(SUM(CASE WHEN state = 'deferred' THEN 1 ELSE 0 END), 0),
		COALESCE(SUM(CASE WHEN state = 'failed' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN state = 'skipped' THEN 1 ELSE 0 END), 0),
		(SELECT CAST(COALESCE(SUM(had_none), 0) AS BIGINT) FROM edition_ranges WHERE edition_id = $1) FROM deliveries WHERE edition_id = $1 AND state <> 'sent'`, id).
		Scan(&c.Sent, &c.Deferred, &c.Failed, &c.Skipped, &c.Nothing)
	return c, err
}

// Editions lists the newest editions of a newsletter, newest first; of all
// newsletters where it is empty.
func (s *Store) Editions(ctx context.Context, newsletter string, limit int) ([]magazine.Edition, error) {
	return collect(ctx, s.readers, scanEdition, "SELECT "+editionColumns+" FROM editions e WHERE $1 = '' OR e.newsletter = $1 ORDER BY e.created DESC, e.id LIMIT $2", newsletter, limit)
}

// OpenEditions lists the editions that have not come to their end, by their time.
func (s *Store) OpenEditions(ctx context.Context) ([]magazine.Edition, error) {
	return openEditions(ctx, s.readers)
}

// OpenEditions is that of Store in a transaction.
func (tx *Tx) OpenEditions(ctx context.Context) ([]magazine.Edition, error) {
	return openEditions(ctx, tx)
}

func openEditions(ctx context.Context, q querier) ([]magazine.Edition, error) {
	return collect(ctx, q, scanEdition, "SELECT "+editionColumns+" FROM editions e WHERE e.state IN ('planned', 'waiting', 'held', 'sending', 'paused') ORDER BY e.nominal, e.id")
}

// Drafts lists the editions that wait for approval or for their time.
func (tx *Tx) Drafts(ctx context.Context) ([]magazine.Edition, error) {
	return collect(ctx, tx, scanEdition, "SELECT "+editionColumns+" FROM editions e WHERE e.state = 'waiting' ORDER BY e.nominal, e.id")
}

// PlannedEditions lists the ids of editions whose messages are still to be
// made, and of drafts that are still to be mailed, in the order in which they
// were planned.
func (s *Store) PlannedEditions(ctx context.Context) ([]string, error) {
	return collect(ctx, s.readers, scanText, "SELECT id FROM editions WHERE state = 'planned' OR (state = 'waiting' AND drafted <= 0) ORDER BY created, id")
}

// ahead are the editions of newsletter $1, but for $2, that still go to people
// for the first time at the instant $4, or, where $3 is 0, are about to. One that
// is paused goes to nobody once whoever works on it has seen that.
const ahead = `o.newsletter = $1 AND o.id <> $2 AND (
	(o.state = 'sending' AND EXISTS (SELECT 1 FROM edition_ranges r WHERE r.edition_id = o.id AND r.state = 'open')) OR
	(o.state = 'paused' AND EXISTS (SELECT 1 FROM edition_ranges r WHERE r.edition_id = o.id AND r.state = 'open' AND r.owner <> '' AND r.lease >= $4)) OR ($3 = 0 AND o.state = 'planned' AND o.cutoff > 0))`

// Busy tells that an earlier edition of the newsletter still goes to people
// for the first time, so that this one has to wait. One whose content is fixed
// waits only for those that are being sent, so that no two wait for each other.
// It holds until the transaction ends only where that has taken the counter of
// articles before.
func (tx *Tx) Busy(ctx context.Context, e *magazine.Edition) (busy bool, err error) {
	err = tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM editions o WHERE "+ahead+")", e.Newsletter, e.ID, e.Cutoff, micros(tx.Now)).Scan(&busy)
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
	case magazine.EditionSent, magazine.EditionFailed, magazine.EditionSkipped, magazine.EditionDropped:
		finished = micros(tx.Now)
	}
	_, err := tx.exec(ctx, "UPDATE editions SET state = $2, reason = $3, finished = $4 WHERE id = $1", id, state, reason, finished)
	return err
}

// ApproveEdition says who has approved a draft. Why it was not approved any more is over.
func (tx *Tx) ApproveEdition(ctx context.Context, id, by string) error {
	_, err := tx.exec(ctx, "UPDATE editions SET approved = $2, reason = '' WHERE id = $1", id, by)
	return err
}

// UnapproveEdition takes a draft's approval back, and says why. Where it has its content
// it is to be made anew, and mailed again.
func (tx *Tx) UnapproveEdition(ctx context.Context, id, reason string) error {
	_, err := tx.exec(ctx, "UPDATE editions SET approved = '', reason = $2, drafted = CASE WHEN cutoff > 0 THEN 0 ELSE drafted END WHERE id = $1 AND state = 'waiting'", id, reason)
	return err
}

// DraftMailed says that a draft is made and on its way to the editors, and tells
// whether it was not before. One that was only made anew is not mailed again.
func (tx *Tx) DraftMailed(ctx context.Context, id string) (bool, error) {
	n, err := tx.exec(ctx, "UPDATE editions SET drafted = $2 WHERE id = $1 AND state = 'waiting' AND drafted = 0", id, micros(tx.Now))
	if err != nil || n > 0 {
		return n > 0, err
	}
	_, err = tx.exec(ctx, "UPDATE editions SET drafted = $2 WHERE id = $1 AND state = 'waiting' AND drafted < 0", id, micros(tx.Now))
	return false, err
}

// StartEdition sets when a waiting edition goes out, or is held.
func (tx *Tx) StartEdition(ctx context.Context, id string, at time.Time) error {
	_, err := tx.exec(ctx, "UPDATE editions SET starts = $2 WHERE id = $1", id, micros(at))
	return err
}

// PutForward has a waiting edition begin at another instant, mostly an earlier one: with
// a wave that is before, as the clock is right again, or as its schedule was changed.
func (tx *Tx) PutForward(ctx context.Context, id string, nominal, starts time.Time) error {
	_, err := tx.exec(ctx, "UPDATE editions SET nominal = $2, starts = $3 WHERE id = $1 AND state = 'waiting'", id, micros(nominal), micros(starts))
	return err
}

// SetWaved says up to which instant an edition's waves have begun.
func (tx *Tx) SetWaved(ctx context.Context, id string, at time.Time) error {
	_, err := tx.exec(ctx, "UPDATE editions SET waved = $2 WHERE id = $1", id, micros(at))
	return err
}

// SetCourse keeps how an edition's waves go: it is set once, and stays.
func (tx *Tx) SetCourse(ctx context.Context, id, course string) error {
	_, err := tx.exec(ctx, "UPDATE editions SET course = $2 WHERE id = $1 AND course = ''", id, course)
	return err
}

// NoteEdition sets the editor's note. What was rendered without it is thrown
// away.
func (tx *Tx) NoteEdition(ctx context.Context, id, note string) error {
	if _, err := tx.exec(ctx, "UPDATE editions SET note = $2, drafted = CASE WHEN cutoff > 0 THEN 0 ELSE drafted END WHERE id = $1", id, note); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "DELETE FROM edition_messages WHERE edition_id = $1", id)
	return err
}

// DropEdition ends an edition for good. Who waits for it to be tried again is
// skipped, for the same reason, and gets its articles with the next.
func (tx *Tx) DropEdition(ctx context.Context, e *magazine.Edition, reason string) error {
	if err := tx.HoldEdition(ctx, e, reason); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "UPDATE edition_ranges SET state = 'done' WHERE edition_id = $1 AND state = 'open'", e.ID); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "UPDATE deliveries SET state = 'skipped', reason = $2, at = $3, next_at = 0, owner = '', lease = 0 WHERE edition_id = $1 AND state = 'deferred'", e.ID, reason, micros(tx.Now)); err != nil {
		return err
	}
	return tx.SetEditionState(ctx, e.ID, magazine.EditionDropped, reason)
}

// FreeKey lets what made an edition that was dropped make another.
func (tx *Tx) FreeKey(ctx context.Context, id string) error {
	_, err := tx.exec(ctx, "UPDATE editions SET key = 'void/' || id WHERE id = $1 AND state = 'dropped'", id)
	return err
}

// HasRanges tells that an edition's readers were cut into ranges, so that it
// may have reached some.
func (tx *Tx) HasRanges(ctx context.Context, id string) (has bool, err error) {
	err = tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM edition_ranges WHERE edition_id = $1)", id).Scan(&has)
	return has, err
}

// HasOpenRanges tells that an edition still goes to people for the first time.
func (tx *Tx) HasOpenRanges(ctx context.Context, id string) (has bool, err error) {
	err = tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM edition_ranges WHERE edition_id = $1 AND state = 'open')", id).Scan(&has)
	return has, err
}

// HoldEdition stops an edition that is being sent and says why. Its ranges are
// taken from whoever works on them. Those who have got it are served, although
// their range does not come to its end.
func (tx *Tx) HoldEdition(ctx context.Context, e *magazine.Edition, reason string) error {
	if _, err := tx.exec(ctx, "UPDATE edition_ranges SET owner = '', fence = fence + 1, lease = 0 WHERE edition_id = $1 AND state = 'open'", e.ID); err != nil {
		return err
	}
	if err := tx.serveSent(ctx, e); err != nil {
		return err
	}
	return tx.SetEditionState(ctx, e.ID, magazine.EditionHeld, reason)
}

// serveSent serves those who have got an edition that has not come to its end.
func (tx *Tx) serveSent(ctx context.Context, e *magazine.Edition) error {
	for _, table := range []string{"subscriptions", "follows"} {
		if _, err := tx.exec(ctx, "UPDATE "+table+` SET served = $2 WHERE newsletter = $1 AND served < $2
			AND EXISTS (SELECT 1 FROM deliveries d WHERE d.edition_id = $3 AND d.subscriber_id = `+table+`.subscriber_id AND d.state = 'sent')`, e.Newsletter, e.Serves(), e.ID); err != nil {
			return err
		}
	}
	return nil
}

// ServePaused serves those who have got an edition of a newsletter that is paused,
// so that the next one, which does not wait for it, brings them nothing twice.
func (tx *Tx) ServePaused(ctx context.Context, newsletter string) error {
	paused, err := collect(ctx, tx, scanEdition, "SELECT "+editionColumns+" FROM editions e WHERE e.newsletter = $1 AND e.state = 'paused' ORDER BY e.id", newsletter)
	for i := range paused {
		if err == nil {
			err = tx.serveSent(ctx, &paused[i])
		}
	}
	return err
}

// EditionState tells where an edition stands. NotFound: there is none.
func (s *Store) EditionState(ctx context.Context, id string) (state magazine.EditionState, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT state FROM editions WHERE id = $1", id).Scan(&state)
	if isNoRows(err) {
		err = magazine.Errorf(magazine.NotFound, "there is no edition %q", id)
	}
	return state, err
}

// FixContent writes down an edition's cut-off and what it prints: a digest's
// articles, all that is new between floor and cut-off, or an issue with its
// articles in the order of its contents.
func (tx *Tx) FixContent(ctx context.Context, id string, floor, cutoff int64, issue *magazine.Issue, articles []magazine.Article) error {
	if _, err := tx.exec(ctx, "UPDATE editions SET floor = $2, cutoff = $3, cutoff_at = $4 WHERE id = $1", id, floor, cutoff, micros(tx.Now)); err != nil {
		return err
	}
	if issue != nil {
		doc, err := json.Marshal(issue)
		if err != nil {
			return err
		}
		if _, err := tx.exec(ctx, "UPDATE editions SET issue = $2 WHERE id = $1", id, string(doc)); err != nil {
			return err
		}
	}
	for i, a := range articles {
		doc, err := json.Marshal(a)
		if err != nil {
			return err
		}
		place := 0
		if issue != nil {
			place = i + 1
		}
		if _, err := tx.exec(ctx, "INSERT INTO edition_articles (edition_id, article_id, seq, doc, place) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING", id, a.ID, a.Seq, string(doc), place); err != nil {
			return err
		}
	}
	return nil
}

// FixAudience writes down which frequencies an edition of the first passes by, so
// that a later configuration lets nobody in whom it has gone past.
func (tx *Tx) FixAudience(ctx context.Context, id string, others []string) error {
	text, err := json.Marshal(others)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "UPDATE editions SET others = $2 WHERE id = $1", id, string(text))
	return err
}

// EditionArticles lists what an edition prints, by number, in the order of an issue's
// contents or in that which an editor chose, less what is no longer published or was
// left out.
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
	}, `SELECT x.seq, x.doc FROM edition_articles x JOIN articles a ON a.id = x.article_id WHERE x.edition_id = $1 AND a.state = 'published' AND x.left_out = 0 ORDER BY x.place, x.seq`, id)
	if err != nil {
		return nil, err
	}
	return all, ownSlugs(ctx, s.readers, all)
}

// PutMessage keeps the message of a group, as JSON, with the ids of the articles
// that it tells of, that was made with the editor's note and choices as they then were.
// The first one stays; with a note or choices that have changed meanwhile, none is kept.
func (tx *Tx) PutMessage(ctx context.Context, e *magazine.Edition, group, mail string, articles []string) error {
	ids, err := json.Marshal(articles)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `INSERT INTO edition_messages (edition_id, group_key, mail, articles) SELECT e.id, $2, $3, CAST($5 AS TEXT) FROM editions e WHERE e.id = $1 AND e.note = $4 AND e.arranged = $6
		ON CONFLICT DO NOTHING`, e.ID, group, mail, e.Note, string(ids), e.Arranged)
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
