package store

import (
	"context"
	"database/sql"
	"time"
)

// A Passkey is a key with which a member signs in.
type Passkey struct {
	ID         string // the credential's, in base64url
	Subscriber string // id
	Name       string // as the member calls it
	Doc        string // its public key and what else proves it: JSON
	Created    time.Time
	Used       time.Time // zero: never
}

// PutPasskey keeps a passkey, and tells whether it is new: nobody takes over one
// that is another's.
func (tx *Tx) PutPasskey(ctx context.Context, k Passkey) (bool, error) {
	n, err := tx.exec(ctx, "INSERT INTO passkeys (id, subscriber_id, name, doc, created, used) VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT DO NOTHING",
		k.ID, k.Subscriber, k.Name, k.Doc, micros(tx.Now))
	return n > 0, err
}

// PasskeyUsed records that a passkey has signed in, and what it is then. It tells
// whether there is such a passkey still.
func (tx *Tx) PasskeyUsed(ctx context.Context, id, doc string) (bool, error) {
	n, err := tx.exec(ctx, "UPDATE passkeys SET doc = $2, used = $3 WHERE id = $1", id, doc, micros(tx.Now))
	return n > 0, err
}

// DropPasskey removes a person's passkey.
func (tx *Tx) DropPasskey(ctx context.Context, subscriber, id string) error {
	_, err := tx.exec(ctx, "DELETE FROM passkeys WHERE subscriber_id = $1 AND id = $2", subscriber, id)
	return err
}

// DropPasskeys removes those of a person's passkeys that were added at an instant or
// later; zero: all of them.
func (tx *Tx) DropPasskeys(ctx context.Context, subscriber string, from time.Time) error {
	_, err := tx.exec(ctx, "DELETE FROM passkeys WHERE subscriber_id = $1 AND created >= $2", subscriber, micros(from))
	return err
}

// Passkeys lists a person's passkeys, the oldest first.
func (s *Store) Passkeys(ctx context.Context, subscriber string) ([]Passkey, error) {
	return collect(ctx, s.readers, func(rows *sql.Rows) (k Passkey, err error) {
		var created, used int64
		err = rows.Scan(&k.ID, &k.Subscriber, &k.Name, &k.Doc, &created, &used)
		k.Created, k.Used = fromMicros(created), fromMicros(used)
		return k, err
	}, "SELECT id, subscriber_id, name, doc, created, used FROM passkeys WHERE subscriber_id = $1 ORDER BY created, id", subscriber)
}

// Answered records that a question was answered, and tells whether that is the
// first time. Those from before an instant are forgotten.
func (tx *Tx) Answered(ctx context.Context, question string, forget time.Time) (bool, error) {
	if _, err := tx.exec(ctx, "DELETE FROM answered WHERE at < $1", micros(forget)); err != nil {
		return false, err
	}
	n, err := tx.exec(ctx, "INSERT INTO answered (question, at) VALUES ($1, $2) ON CONFLICT DO NOTHING", question, micros(tx.Now))
	return n > 0, err
}
