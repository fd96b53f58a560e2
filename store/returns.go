package store

import (
	"context"
	"database/sql"
	"time"

	"postrider/magazine"
)

// A Return is what a message says that came back, and what was done about it.
type Return struct {
	ID         string
	Key        string // the same each time that the same message comes
	At         time.Time
	Via        string // smtp, lmtp, imap, or the provider that told of it
	Kind       string // of mailer/returns: bounce, complaint and so on
	Class      string // likewise
	Email      string // that the message was sent to
	Status     string // RFC 3463 code, may be empty
	Code       int    // SMTP reply code, 0 where none is told
	Diagnostic string // the server's words
	Edition    string // empty: the message was not an edition's
	Newsletter string
	Subscriber string
	Effect     ReturnEffect
	Detail     string // in plain words
}

// ReturnEffect is what was done about a Return.
type ReturnEffect string

// The effects of a Return.
const (
	ReturnSuppressed ReturnEffect = "suppressed" // the address gets no more mail
	ReturnCounted    ReturnEffect = "counted"    // a soft bounce, of which not so many came yet
	ReturnNoted      ReturnEffect = "noted"      // nobody is blamed
	ReturnIgnored    ReturnEffect = "ignored"    // it does not fit what was sent
)

const returnColumns = "id, key, at, via, kind, class, email, status, code, diagnostic, edition_id, newsletter, subscriber_id, effect, detail"

// AddReturn keeps a Return and tells whether it is new: one whose key is there
// already is the same message once more.
func (tx *Tx) AddReturn(ctx context.Context, r Return) (isNew bool, err error) {
	n, err := tx.exec(ctx, "INSERT INTO returns ("+returnColumns+") VALUES ("+in(15, 1)+") ON CONFLICT (key) DO NOTHING", magazine.NewIDAt(tx.Now), r.Key, micros(tx.Now),
		r.Via, r.Kind, r.Class, r.Email, r.Status, r.Code, r.Diagnostic, r.Edition, r.Newsletter, r.Subscriber, string(r.Effect), r.Detail)
	return n > 0, err
}

// HasReturn tells whether a Return with a key was kept, and how many there are of
// one message.
func (tx *Tx) HasReturn(ctx context.Context, key, subscriber, edition string) (has bool, n int, err error) {
	err = tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM returns WHERE key = $1), (SELECT COUNT(*) FROM returns WHERE subscriber_id = $2 AND edition_id = $3)", key, subscriber, edition).Scan(&has, &n)
	return has, n, err
}

// ReturnFilter chooses Returns. What is empty chooses nothing.
type ReturnFilter struct {
	Edition    string
	Email      string
	Subscriber string // id
	Kinds      []string
}

// EachReturn calls f for the Returns that a filter chooses, in the order of time.
func (s *Store) EachReturn(ctx context.Context, of ReturnFilter, f func(Return) error) error {
	where, args := "1 = 1", []any{}
	if of.Edition != "" {
		args = append(args, of.Edition)
		where += " AND edition_id = " + in(1, len(args))
	}
	if of.Email != "" {
		args = append(args, magazine.EmailKey(of.Email))
		where += " AND subscriber_id IN (SELECT id FROM subscribers WHERE email_key = " + in(1, len(args)) + ")"
	}
	if of.Subscriber != "" {
		args = append(args, of.Subscriber)
		where += " AND subscriber_id = " + in(1, len(args))
	}
	if len(of.Kinds) > 0 {
		where += " AND kind IN (" + in(len(of.Kinds), len(args)+1) + ")"
		for _, kind := range of.Kinds {
			args = append(args, kind)
		}
	}
	rows, err := s.readers.QueryContext(ctx, "SELECT "+returnColumns+" FROM returns WHERE "+where+" ORDER BY at, id", args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r Return
		var at int64
		if err := rows.Scan(&r.ID, &r.Key, &at, &r.Via, &r.Kind, &r.Class, &r.Email, &r.Status, &r.Code, &r.Diagnostic, &r.Edition, &r.Newsletter, &r.Subscriber, &r.Effect, &r.Detail); err != nil {
			return err
		}
		r.At = fromMicros(at)
		if err := f(r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// DeliveryOf finds what became of an edition for a person, with the edition's
// newsletter, and locks it; nil where there is nothing yet.
func (tx *Tx) DeliveryOf(ctx context.Context, edition, subscriber string) (d *magazine.Delivery, newsletter string, err error) {
	found, err := collect(ctx, tx, scanDelivery, "SELECT "+deliveryColumns+" FROM deliveries WHERE subscriber_id = $1 AND edition_id = $2"+tx.s.dialect.forUpdate, subscriber, edition)
	if err != nil || len(found) == 0 {
		return nil, "", err
	}
	err = tx.QueryRowContext(ctx, "SELECT newsletter FROM deliveries WHERE subscriber_id = $1 AND edition_id = $2", subscriber, edition).Scan(&newsletter)
	return &found[0], newsletter, err
}

// LastDelivery finds the edition that a person was sent last up to an instant;
// empty where there is none.
func (tx *Tx) LastDelivery(ctx context.Context, subscriber string, until time.Time) (edition string, err error) {
	err = tx.QueryRowContext(ctx, `SELECT edition_id FROM deliveries WHERE subscriber_id = $1 AND at <= $2 AND (state = 'sent'
		OR EXISTS (SELECT 1 FROM returns r WHERE r.subscriber_id = deliveries.subscriber_id AND r.edition_id = deliveries.edition_id)) ORDER BY at DESC LIMIT 1`, subscriber, micros(until)).Scan(&edition)
	if isNoRows(err) {
		err = nil
	}
	return edition, err
}

// CameBack says that a delivery that a relay had taken came back: it has failed.
// What the relay was, and when it took it, stays.
func (tx *Tx) CameBack(ctx context.Context, edition, subscriber, reason string, code int, enhanced, words string) error {
	_, err := tx.exec(ctx, "UPDATE deliveries SET state = 'failed', reason = $3, code = $4, enhanced = $5, reply = $6 WHERE subscriber_id = $1 AND edition_id = $2 AND state = 'sent'",
		subscriber, edition, reason, code, enhanced, words)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "DELETE FROM edition_tallies WHERE edition_id = $1", edition) // it is to be counted anew
	return err
}

// SoftRun counts how many editions in a row came back softly from a person, up
// to one that has just come, and tells when the first and the last of them were
// sent. An edition that came to them ends the run; so does a later one that has not come back by
// settled. What a relay refused, or came back for the sender's sake, is neither.
func (tx *Tx) SoftRun(ctx context.Context, subscriber, edition string, settled time.Time) (n int, first, last time.Time, err error) {
	type sending struct {
		edition      string
		at           time.Time
		came, bounce bool
	}
	// A run is far shorter than a hundred.
	all, err := collect(ctx, tx, func(rows *sql.Rows) (s sending, err error) {
		var at int64
		var state magazine.DeliveryState
		err = rows.Scan(&s.edition, &at, &state, &s.bounce)
		s.bounce = s.bounce || s.edition == edition
		s.at, s.came = fromMicros(at), state == magazine.Sent && !s.bounce
		return s, err
	}, `SELECT d.edition_id, d.at, d.state, EXISTS (SELECT 1 FROM returns r WHERE r.subscriber_id = d.subscriber_id AND r.edition_id = d.edition_id AND r.kind = 'bounce' AND r.class = 'soft' AND r.effect <> 'ignored')
		FROM deliveries d WHERE d.subscriber_id = $1 AND d.state IN ('sent', 'failed') ORDER BY d.at DESC, d.edition_id DESC LIMIT 100`, subscriber)
	counting := false
	for _, s := range all {
		counting = counting || s.edition == edition
		switch {
		case !counting && s.came && s.at.Before(settled):
			return 0, first, last, err
		case counting && s.came:
			return n, first, last, err
		case counting && s.bounce:
			if n, first = n+1, s.at; n == 1 {
				last = s.at
			}
		}
	}
	return n, first, last, err
}

// Refused counts what came back and was about nothing of ours.
type Refused struct {
	Day    string // in UTC
	Via    string
	Reason string
	Number int
}

// CountRefused adds to the counts of the day.
func (tx *Tx) CountRefused(ctx context.Context, via, reason string, n int) error {
	_, err := tx.exec(ctx, `INSERT INTO returns_refused (day, via, reason, number) VALUES ($1, $2, $3, $4)
		ON CONFLICT (day, via, reason) DO UPDATE SET number = returns_refused.number + excluded.number`, tx.Now.Format(time.DateOnly), via, reason, n)
	return err
}

// Refused lists those counts since a day.
func (s *Store) Refused(ctx context.Context, since time.Time) ([]Refused, error) {
	return collect(ctx, s.readers, func(rows *sql.Rows) (r Refused, err error) {
		err = rows.Scan(&r.Day, &r.Via, &r.Reason, &r.Number)
		return r, err
	}, "SELECT day, via, reason, number FROM returns_refused WHERE day >= $1 ORDER BY day, via, reason", since.UTC().Format(time.DateOnly))
}

// ForgetReturns drops Returns, and counts, that came before an instant, and of
// those that had no effect the ones before another.
func (tx *Tx) ForgetReturns(ctx context.Context, before, noted time.Time) error {
	if _, err := tx.exec(ctx, "DELETE FROM returns WHERE at < $1 OR at < $2 AND effect IN ('noted', 'ignored') AND kind <> 'bounce'", micros(before), micros(noted)); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "DELETE FROM returns_refused WHERE day < $1", noted.UTC().Format(time.DateOnly))
	return err
}
