package store

import (
	"context"
	"encoding/json"

	"postrider/magazine"
)

// A SignUp is what a person asked for and has to confirm.
type SignUp struct {
	ID         string
	Subscriber string // id
	Wants      []Share
	Origin     string // the form or command
	Client     string // network address, or empty
	Created    int64  // microseconds
	Mailed     int64
	Confirmed  int64
}

// A Share is a newsletter with what is followed in it.
type Share struct {
	Newsletter string            `json:"newsletter"`
	Follows    []magazine.Follow `json:"follows,omitempty"`
}

// PutSignUp keeps what a person asked for.
func (tx *Tx) PutSignUp(ctx context.Context, u SignUp) error {
	wants, err := json.Marshal(u.Wants)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "INSERT INTO signups (id, subscriber_id, request, origin, client, created, mailed, confirmed) VALUES ($1, $2, $3, $4, $5, $6, 0, 0)",
		u.ID, u.Subscriber, string(wants), u.Origin, u.Client, micros(tx.Now))
	return err
}

// SignUp finds what a person asked for. NotFound: there is no such request.
func (s *Store) SignUp(ctx context.Context, id string) (SignUp, error) {
	return signUp(ctx, s.readers, id, "")
}

// SignUp finds what a person asked for and locks it. NotFound: there is no such request.
func (tx *Tx) SignUp(ctx context.Context, id string) (SignUp, error) {
	return signUp(ctx, tx, id, tx.s.dialect.forUpdate)
}

func signUp(ctx context.Context, q querier, id, lock string) (u SignUp, err error) {
	var wants string
	err = q.QueryRowContext(ctx, "SELECT id, subscriber_id, request, origin, client, created, mailed, confirmed FROM signups WHERE id = $1"+lock, id).
		Scan(&u.ID, &u.Subscriber, &wants, &u.Origin, &u.Client, &u.Created, &u.Mailed, &u.Confirmed)
	if isNoRows(err) {
		return u, magazine.Errorf(magazine.NotFound, "there is no such request")
	}
	if err != nil {
		return u, err
	}
	return u, json.Unmarshal([]byte(wants), &u.Wants)
}

// SignUpMailed and SignUpConfirmed record that the request was mailed or confirmed.
func (tx *Tx) SignUpMailed(ctx context.Context, id string) error {
	_, err := tx.exec(ctx, "UPDATE signups SET mailed = $2 WHERE id = $1", id, micros(tx.Now))
	return err
}

// SignUpConfirmed records that the request was confirmed.
func (tx *Tx) SignUpConfirmed(ctx context.Context, id string) error {
	_, err := tx.exec(ctx, "UPDATE signups SET confirmed = $2 WHERE id = $1 AND confirmed = 0", id, micros(tx.Now))
	return err
}

// RecentSignUps counts a person's unconfirmed requests of the last hour.
func (tx *Tx) RecentSignUps(ctx context.Context, subscriber string) (n int, err error) {
	err = tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM signups WHERE subscriber_id = $1 AND confirmed = 0 AND created > $2", subscriber, micros(tx.Now)-3600*1e6).Scan(&n)
	return n, err
}
