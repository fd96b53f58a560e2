package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"postrider/magazine"
)

// Role tells what a person may do at the desk; empty: nothing.
func (s *Store) Role(ctx context.Context, subscriber string) (magazine.Role, error) {
	return roleOf(ctx, s.readers, subscriber)
}

// Role is that of Store in a transaction.
func (tx *Tx) Role(ctx context.Context, subscriber string) (magazine.Role, error) {
	return roleOf(ctx, tx, subscriber)
}

func roleOf(ctx context.Context, q querier, subscriber string) (role magazine.Role, err error) {
	err = q.QueryRowContext(ctx, "SELECT role FROM users WHERE subscriber_id = $1", subscriber).Scan(&role)
	if isNoRows(err) {
		err = nil
	}
	return role, err
}

// Owners lists the ids of the users who are owners, and locks them: of two that
// end each other's role at once, the second sees what the first has done.
func (tx *Tx) Owners(ctx context.Context) ([]string, error) {
	return collect(ctx, tx, scanText, "SELECT subscriber_id FROM users WHERE role = 'owner' ORDER BY subscriber_id"+tx.s.dialect.forUpdate)
}

// OwnersNow lists the owners with their addresses, where nothing is decided by it: it
// locks nothing, so that it can be asked by whoever holds up others.
func (tx *Tx) OwnersNow(ctx context.Context) ([]magazine.Subscriber, error) {
	return collect(ctx, tx, func(rows *sql.Rows) (p magazine.Subscriber, err error) {
		return p, rows.Scan(&p.ID, &p.Email)
	}, "SELECT p.id, p.email FROM users u JOIN subscribers p ON p.id = u.subscriber_id WHERE u.role = 'owner' ORDER BY p.id")
}

// PutUser gives a person a role, in place of the one they have.
func (tx *Tx) PutUser(ctx context.Context, subscriber string, role magazine.Role, by string) error {
	_, err := tx.exec(ctx, "INSERT INTO users (subscriber_id, role, added, added_by) VALUES ($1, $2, $3, $4) ON CONFLICT (subscriber_id) DO UPDATE SET role = excluded.role",
		subscriber, role, micros(tx.Now), by)
	return err
}

// DropUser takes a person's role away.
func (tx *Tx) DropUser(ctx context.Context, subscriber string) error {
	_, err := tx.exec(ctx, "DELETE FROM users WHERE subscriber_id = $1", subscriber)
	return err
}

// Users lists who works at the desk, by address.
func (s *Store) Users(ctx context.Context) ([]magazine.User, error) {
	now := s.Now()
	all, err := collect(ctx, s.readers, func(rows *sql.Rows) (u magazine.User, err error) {
		var added int64
		err = scanPerson(rows, now, &u.Subscriber, &u.Role, &added, &u.AddedBy)
		u.Added = fromMicros(added)
		return u, err
	}, "SELECT "+subscriberColumns+", u.role, u.added, u.added_by FROM users u JOIN subscribers p ON p.id = u.subscriber_id")
	// Asked to sort them, SQLite would go through all subscribers by address.
	slices.SortFunc(all, func(a, b magazine.User) int {
		return strings.Compare(magazine.EmailKey(a.Subscriber.Email), magazine.EmailKey(b.Subscriber.Email))
	})
	return all, err
}
