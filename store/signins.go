package store

import (
	"context"
	"database/sql"
	"time"

	"postrider/magazine"
)

// A SignIn is somebody's wish to be signed in by mail.
type SignIn struct {
	ID         string
	Address    string // keyed hash of what was typed
	Network    string // keyed hash of that from which it was; empty: it was made at the machine
	Subscriber string // id; empty: nobody is mailed
	Next       string // path of the page that they wanted, or empty
	Created    time.Time
	Mailed     time.Time
	Attempts   int // how often a code was typed
	Used       time.Time
}

const signInColumns = "id, address, network, subscriber_id, next, created, mailed, attempts, used"

func scanSignIn(rows *sql.Rows) (u SignIn, err error) {
	var created, mailed, used int64
	err = rows.Scan(&u.ID, &u.Address, &u.Network, &u.Subscriber, &u.Next, &created, &mailed, &u.Attempts, &used)
	u.Created, u.Mailed, u.Used = fromMicros(created), fromMicros(mailed), fromMicros(used)
	return u, err
}

// PutSignIn keeps a wish, and forgets those from before an instant.
func (tx *Tx) PutSignIn(ctx context.Context, u SignIn, forget time.Time) error {
	if _, err := tx.exec(ctx, "DELETE FROM signins WHERE created < $1", micros(forget)); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "INSERT INTO signins ("+signInColumns+") VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0)", u.ID, u.Address, u.Network, u.Subscriber, u.Next, micros(tx.Now))
	return err
}

// SignInsSince lists the wishes of after an instant that an address is mailed for,
// oldest first.
func (tx *Tx) SignInsSince(ctx context.Context, address string, after time.Time) ([]SignIn, error) {
	return collect(ctx, tx, scanSignIn, "SELECT "+signInColumns+" FROM signins WHERE address = $1 AND created > $2 AND subscriber_id <> '' ORDER BY created, id", address, micros(after))
}

// SignInsOf lists the wishes of a person that are not forgotten yet, oldest first.
func (s *Store) SignInsOf(ctx context.Context, subscriber string) ([]SignIn, error) {
	return collect(ctx, s.readers, scanSignIn, "SELECT "+signInColumns+" FROM signins WHERE subscriber_id <> '' AND subscriber_id = $1 ORDER BY created, id", subscriber)
}

// SignIn finds a wish. NotFound: there is none, or it is long forgotten.
func (s *Store) SignIn(ctx context.Context, id string) (SignIn, error) {
	return signIn(ctx, s.readers, id, "")
}

// SignIn finds a wish and locks it. NotFound: there is none, or it is long
// forgotten.
func (tx *Tx) SignIn(ctx context.Context, id string) (SignIn, error) {
	return signIn(ctx, tx, id, tx.s.dialect.forUpdate)
}

func signIn(ctx context.Context, q querier, id, lock string) (SignIn, error) {
	found, err := collect(ctx, q, scanSignIn, "SELECT "+signInColumns+" FROM signins WHERE id = $1"+lock, id)
	if err != nil {
		return SignIn{}, err
	}
	if len(found) == 0 {
		return SignIn{}, magazine.Errorf(magazine.NotFound, "there is no such sign-in")
	}
	return found[0], nil
}

// SignInMailed records that the mail has left.
func (tx *Tx) SignInMailed(ctx context.Context, id string) error {
	_, err := tx.exec(ctx, "UPDATE signins SET mailed = $2 WHERE id = $1", id, micros(tx.Now))
	return err
}

// SignInTried records that a code was typed.
func (tx *Tx) SignInTried(ctx context.Context, id string) error {
	_, err := tx.exec(ctx, "UPDATE signins SET attempts = attempts + 1 WHERE id = $1", id)
	return err
}

// SignInUsed uses a sign-in up.
func (tx *Tx) SignInUsed(ctx context.Context, id string) error {
	_, err := tx.exec(ctx, "UPDATE signins SET used = $2 WHERE id = $1", id, micros(tx.Now))
	return err
}
