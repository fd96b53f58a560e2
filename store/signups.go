package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"postrider/magazine"
)

// A SignUp is what a person asked for and has to confirm.
type SignUp struct {
	ID         string
	Subscriber string // id
	Name       string // as typed, or empty
	Timezone   string // IANA name, or empty
	Wants      []Share
	Origin     string // the form or command
	Version    string // of the form's text; empty: not known
	Client     string // network address, or empty
	Asked      bool   // to be confirmed by mail
	Created    int64  // microseconds
	Mailed     int64
	Confirmed  int64
}

// A Share is a newsletter with what is followed in it.
type Share struct {
	Newsletter string            `json:"newsletter"`
	Frequency  string            `json:"frequency,omitempty"` // empty: as it is, or the first
	Hour       string            `json:"hour,omitempty"`      // empty: as it is, or the schedule's; NoHour: the schedule's
	Follows    []magazine.Follow `json:"follows,omitempty"`
	Paused     Pause             `json:"paused,omitzero"` // no end: as it is
}

// A Pause keeps a newsletter from a person until its end.
type Pause struct {
	Until time.Time `json:"until"` // Indefinitely: until it is resumed
	Fresh bool      `json:"fresh,omitempty"`
}

// Is tells whether two are the same.
func (p Pause) Is(other Pause) bool { return p.Until.Equal(other.Until) && p.Fresh == other.Fresh }

// NoHour takes back what a person said about the hour.
const NoHour = "schedule"

// signUpRequest is a SignUp's part that the database keeps as JSON.
type signUpRequest struct {
	Name     string  `json:"name,omitempty"`
	Timezone string  `json:"timezone,omitempty"`
	Wants    []Share `json:"wants"`
}

// PutSignUp keeps what a person asked for.
func (tx *Tx) PutSignUp(ctx context.Context, u SignUp) error {
	request, err := json.Marshal(signUpRequest{u.Name, u.Timezone, u.Wants})
	if err != nil {
		return err
	}
	asked := 0
	if u.Asked {
		asked = 1
	}
	_, err = tx.exec(ctx, "INSERT INTO signups (id, subscriber_id, request, origin, client, created, asked, mailed, confirmed, form_version) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8)",
		u.ID, u.Subscriber, string(request), u.Origin, u.Client, micros(tx.Now), asked, u.Version)
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

// OpenSignUps lists what a person asked for after an instant and has not
// confirmed, oldest first.
func (tx *Tx) OpenSignUps(ctx context.Context, subscriber string, after time.Time) ([]SignUp, error) {
	return collect(ctx, tx, scanSignUp, "SELECT "+signUpColumns+" FROM signups WHERE subscriber_id = $1 AND confirmed = 0 AND created > $2 ORDER BY created, id", subscriber, micros(after))
}

const signUpColumns = "id, subscriber_id, request, origin, client, created, asked, mailed, confirmed, form_version"

func scanSignUp(rows *sql.Rows) (u SignUp, err error) {
	var text string
	var asked int
	if err = rows.Scan(&u.ID, &u.Subscriber, &text, &u.Origin, &u.Client, &u.Created, &asked, &u.Mailed, &u.Confirmed, &u.Version); err != nil {
		return u, err
	}
	var request signUpRequest
	err = json.Unmarshal([]byte(text), &request)
	u.Name, u.Timezone, u.Wants, u.Asked = request.Name, request.Timezone, request.Wants, asked == 1
	return u, err
}

func signUp(ctx context.Context, q querier, id, lock string) (u SignUp, err error) {
	found, err := collect(ctx, q, scanSignUp, "SELECT "+signUpColumns+" FROM signups WHERE id = $1"+lock, id)
	if err != nil {
		return u, err
	}
	if len(found) == 0 {
		return u, magazine.Errorf(magazine.NotFound, "there is no such request")
	}
	return found[0], nil
}

// TakenSince counts what a person took after an instant by their own word, without a
// mail that asks for it.
func (tx *Tx) TakenSince(ctx context.Context, subscriber string, after time.Time) (n int, err error) {
	err = tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM signups WHERE subscriber_id = $1 AND asked = 0 AND created > $2", subscriber, micros(after)).Scan(&n)
	return n, err
}

// SignUpMailed records that the request was mailed.
func (tx *Tx) SignUpMailed(ctx context.Context, id string) error {
	_, err := tx.exec(ctx, "UPDATE signups SET mailed = $2 WHERE id = $1", id, micros(tx.Now))
	return err
}

// SignUpConfirmed records that the request was confirmed.
func (tx *Tx) SignUpConfirmed(ctx context.Context, id string) error {
	_, err := tx.exec(ctx, "UPDATE signups SET confirmed = $2 WHERE id = $1 AND confirmed = 0", id, micros(tx.Now))
	return err
}

// DropAskedSignUps forgets what a person was asked by mail to confirm and has not.
func (tx *Tx) DropAskedSignUps(ctx context.Context, subscriber string) error {
	_, err := tx.exec(ctx, "DELETE FROM signups WHERE subscriber_id = $1 AND confirmed = 0 AND asked = 1", subscriber)
	return err
}

// SignUpsOf lists all that a person ever asked for, oldest first.
func (s *Store) SignUpsOf(ctx context.Context, subscriber string) ([]SignUp, error) {
	return collect(ctx, s.readers, scanSignUp, "SELECT "+signUpColumns+" FROM signups WHERE subscriber_id = $1 ORDER BY created, id", subscriber)
}

// PutFormText keeps the words of a form under their version.
func (tx *Tx) PutFormText(ctx context.Context, version, text string) error {
	_, err := tx.exec(ctx, "INSERT INTO form_texts (version, text, created) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", version, text, micros(tx.Now))
	return err
}

// FormText finds the words of a form by their version; empty: they are not known.
func (s *Store) FormText(ctx context.Context, version string) (text string, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT text FROM form_texts WHERE version = $1", version).Scan(&text)
	if isNoRows(err) {
		err = nil
	}
	return text, err
}
