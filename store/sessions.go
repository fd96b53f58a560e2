package store

import (
	"context"
	"database/sql"
	"time"

	"postrider/magazine"
)

// A Session is a browser that is signed in.
type Session struct {
	ID         string
	Subscriber string // id
	Way        string // how they signed in: link, code, passkey, machine
	Browser    string // as it names itself, cut
	Created    time.Time
	Seen       time.Time // when it last came, to the hour
	Expires    time.Time
}

const sessionColumns = "s.id, s.subscriber_id, s.way, s.browser, s.created, s.seen, s.expires"

func (s *Session) columns(created, seen, expires *int64) []any {
	return []any{&s.ID, &s.Subscriber, &s.Way, &s.Browser, created, seen, expires}
}

func (s *Session) set(created, seen, expires int64) {
	s.Created, s.Seen, s.Expires = fromMicros(created), fromMicros(seen), fromMicros(expires)
}

// PutSession keeps a session that begins now, under the hash of what the browser
// shows, and forgets all that are over.
func (tx *Tx) PutSession(ctx context.Context, s Session, hash string) error {
	if _, err := tx.exec(ctx, "DELETE FROM sessions WHERE expires <= $1", micros(tx.Now)); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "INSERT INTO sessions (id, hash, subscriber_id, way, browser, created, seen, expires) VALUES ($1, $2, $3, $4, $5, $6, $6, $7)",
		s.ID, hash, s.Subscriber, s.Way, s.Browser, micros(tx.Now), micros(s.Expires))
	return err
}

// SessionBy finds the session of a hash that is not over, and its person.
// NotFound: there is none.
func (s *Store) SessionBy(ctx context.Context, hash string) (Session, magazine.Subscriber, error) {
	type both struct {
		session Session
		person  magazine.Subscriber
	}
	now := s.Now()
	found, err := collect(ctx, s.readers, func(rows *sql.Rows) (b both, err error) {
		var created, seen, expires int64
		err = scanPerson(rows, now, &b.person, b.session.columns(&created, &seen, &expires)...)
		b.session.set(created, seen, expires)
		return b, err
	}, "SELECT "+subscriberColumns+", "+sessionColumns+" FROM sessions s JOIN subscribers p ON p.id = s.subscriber_id WHERE s.hash = $1 AND s.expires > $2", hash, micros(now))
	if err != nil {
		return Session{}, magazine.Subscriber{}, err
	}
	if len(found) == 0 {
		return Session{}, magazine.Subscriber{}, magazine.Errorf(magazine.NotFound, "there is no such session")
	}
	return found[0].session, found[0].person, nil
}

// Sessions lists a person's sessions that are not over, the last seen first.
func (s *Store) Sessions(ctx context.Context, subscriber string) ([]Session, error) {
	return collect(ctx, s.readers, func(rows *sql.Rows) (one Session, err error) {
		var created, seen, expires int64
		err = rows.Scan(one.columns(&created, &seen, &expires)...)
		one.set(created, seen, expires)
		return one, err
	}, "SELECT "+sessionColumns+" FROM sessions s WHERE s.subscriber_id = $1 AND s.expires > $2 ORDER BY s.seen DESC, s.created DESC, s.id", subscriber, micros(s.Now()))
}

// SessionSeen records that a session's browser has come.
func (tx *Tx) SessionSeen(ctx context.Context, id string) error {
	_, err := tx.exec(ctx, "UPDATE sessions SET seen = $2 WHERE id = $1", id, micros(tx.Now))
	return err
}

// SessionStands tells whether a person's session is there still and not over.
func (tx *Tx) SessionStands(ctx context.Context, s Session) (bool, error) {
	found, err := collect(ctx, tx, scanText, "SELECT id FROM sessions WHERE id = $1 AND subscriber_id = $2 AND expires > $3", s.ID, s.Subscriber, micros(tx.Now))
	return len(found) > 0, err
}

// EndSession ends the session of a hash, if there is one.
func (tx *Tx) EndSession(ctx context.Context, hash string) error {
	_, err := tx.exec(ctx, "DELETE FROM sessions WHERE hash = $1", hash)
	return err
}

// EndSessions ends one session of a person, or all where id is empty, and tells
// how many.
func (tx *Tx) EndSessions(ctx context.Context, subscriber, id string) (int64, error) {
	if id == "" {
		return tx.exec(ctx, "DELETE FROM sessions WHERE subscriber_id = $1", subscriber)
	}
	return tx.exec(ctx, "DELETE FROM sessions WHERE subscriber_id = $1 AND id = $2", subscriber, id)
}
