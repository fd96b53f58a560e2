package store

import (
	"context"
	"database/sql"
	"time"

	"postrider/magazine"
)

// An AddressChange is a person's wish for another address. Instants are zero
// until then.
type AddressChange struct {
	ID         string
	Subscriber string // id
	Old, New   string // addresses
	Created    time.Time
	Asked      time.Time // the new address was mailed
	Confirmed  time.Time
	Told       time.Time // the old one was mailed
	Undone     time.Time // taken back; of what nobody has confirmed: called off
}

const addressColumns = "id, subscriber_id, old_email, new_email, created, asked, confirmed, told, undone"

func scanAddressChange(rows *sql.Rows) (c AddressChange, err error) {
	var at [5]int64
	err = rows.Scan(&c.ID, &c.Subscriber, &c.Old, &c.New, &at[0], &at[1], &at[2], &at[3], &at[4])
	c.Created, c.Asked, c.Confirmed, c.Told, c.Undone = fromMicros(at[0]), fromMicros(at[1]), fromMicros(at[2]), fromMicros(at[3]), fromMicros(at[4])
	return c, err
}

// PutAddressChange keeps a wish.
func (tx *Tx) PutAddressChange(ctx context.Context, c AddressChange) error {
	_, err := tx.exec(ctx, "INSERT INTO address_changes ("+addressColumns+") VALUES ($1, $2, $3, $4, $5, 0, 0, 0, 0)", c.ID, c.Subscriber, c.Old, c.New, micros(tx.Now))
	return err
}

// An AddressAsk is that an address was asked for by somebody who wants it for theirs.
// It outlives the person.
type AddressAsk struct {
	Address, Asker string // keyed hashes
	At             time.Time
}

// PutAddressAsk keeps that an address is asked for now, and forgets what was asked for
// before an instant.
func (tx *Tx) PutAddressAsk(ctx context.Context, a AddressAsk, forget time.Time) error {
	if _, err := tx.exec(ctx, "DELETE FROM address_asks WHERE at < $1", micros(forget)); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "INSERT INTO address_asks (address, asker, at) VALUES ($1, $2, $3)", a.Address, a.Asker, micros(tx.Now))
	return err
}

// AddressAsks lists who asked for an address after an instant, oldest first.
func (tx *Tx) AddressAsks(ctx context.Context, address string, after time.Time) ([]AddressAsk, error) {
	return collect(ctx, tx, func(rows *sql.Rows) (a AddressAsk, err error) {
		var at int64
		err = rows.Scan(&a.Address, &a.Asker, &at)
		a.At = fromMicros(at)
		return a, err
	}, "SELECT address, asker, at FROM address_asks WHERE address = $1 AND at > $2 ORDER BY at", address, micros(after))
}

// AddressChanges lists a person's wishes from after an instant, oldest first.
func (tx *Tx) AddressChanges(ctx context.Context, subscriber string, after time.Time) ([]AddressChange, error) {
	return collect(ctx, tx, scanAddressChange, "SELECT "+addressColumns+" FROM address_changes WHERE subscriber_id = $1 AND created > $2 ORDER BY created, id", subscriber, micros(after))
}

// AddressChanges lists all of a person's wishes, oldest first.
func (s *Store) AddressChanges(ctx context.Context, subscriber string) ([]AddressChange, error) {
	return collect(ctx, s.readers, scanAddressChange, "SELECT "+addressColumns+" FROM address_changes WHERE subscriber_id = $1 ORDER BY created, id", subscriber)
}

// AddressChange finds a wish. NotFound: there is none.
func (s *Store) AddressChange(ctx context.Context, id string) (AddressChange, error) {
	return addressChange(ctx, s.readers, id, "")
}

// AddressChange finds a wish and locks it. NotFound: there is none.
func (tx *Tx) AddressChange(ctx context.Context, id string) (AddressChange, error) {
	return addressChange(ctx, tx, id, tx.s.dialect.forUpdate)
}

func addressChange(ctx context.Context, q querier, id, lock string) (AddressChange, error) {
	found, err := collect(ctx, q, scanAddressChange, "SELECT "+addressColumns+" FROM address_changes WHERE id = $1"+lock, id)
	if err != nil {
		return AddressChange{}, err
	}
	if len(found) == 0 {
		return AddressChange{}, magazine.Errorf(magazine.NotFound, "there is no such change of an address")
	}
	return found[0], nil
}

// AddressStep is something that happens to an AddressChange.
type AddressStep string

// The steps of an AddressChange: names of columns.
const (
	AddressAsked     AddressStep = "asked"
	AddressConfirmed AddressStep = "confirmed"
	AddressTold      AddressStep = "told"
)

// MarkAddressChange records a step.
func (tx *Tx) MarkAddressChange(ctx context.Context, id string, step AddressStep) error {
	_, err := tx.exec(ctx, "UPDATE address_changes SET "+string(step)+" = $2 WHERE id = $1", id, micros(tx.Now))
	return err
}

// UndoAddressChanges records that a confirmed wish was taken back, and with it all
// that the person has confirmed since, or not confirmed.
func (tx *Tx) UndoAddressChanges(ctx context.Context, c AddressChange) error {
	_, err := tx.exec(ctx, "UPDATE address_changes SET undone = $3 WHERE subscriber_id = $1 AND undone = 0 AND (id = $4 OR confirmed = 0 OR confirmed > $2)", c.Subscriber, micros(c.Confirmed), micros(tx.Now), c.ID)
	return err
}

// EndAddressChanges records that a person's wishes are to be confirmed no more: one of
// them, or all where id is empty.
func (tx *Tx) EndAddressChanges(ctx context.Context, subscriber, id string) error {
	_, err := tx.exec(ctx, "UPDATE address_changes SET undone = $3 WHERE subscriber_id = $1 AND confirmed = 0 AND undone = 0 AND ($2 = '' OR id = $2)", subscriber, id, micros(tx.Now))
	return err
}

// TookBack tells whether a person ever took a change of their address back.
func (s *Store) TookBack(ctx context.Context, subscriber string) (bool, error) {
	found, err := collect(ctx, s.readers, scanText, "SELECT id FROM address_changes WHERE subscriber_id = $1 AND confirmed > 0 AND undone > 0 LIMIT 1", subscriber)
	return len(found) > 0, err
}

// AddressMoved tells when a person's address last changed; zero: never.
func (s *Store) AddressMoved(ctx context.Context, subscriber string) (time.Time, error) {
	return addressMoved(ctx, s.readers, subscriber)
}

// AddressMoved is that of Store in a transaction.
func (tx *Tx) AddressMoved(ctx context.Context, subscriber string) (time.Time, error) {
	return addressMoved(ctx, tx, subscriber)
}

func addressMoved(ctx context.Context, q querier, subscriber string) (time.Time, error) {
	var at int64
	err := q.QueryRowContext(ctx, "SELECT COALESCE(MAX(CASE WHEN undone > confirmed THEN undone ELSE confirmed END), 0) FROM address_changes WHERE subscriber_id = $1 AND confirmed > 0", subscriber).Scan(&at)
	return fromMicros(at), err
}

// SetEmail gives a person another address. Conflict: somebody has it.
func (tx *Tx) SetEmail(ctx context.Context, id, email string) error {
	key := magazine.EmailKey(email)
	n, err := tx.exec(ctx, "UPDATE subscribers SET email = $2, email_key = $3 WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM subscribers o WHERE o.email_key = $3 AND o.id <> $1)", id, email, key)
	if unique(err) || err == nil && n == 0 {
		return magazine.Errorf(magazine.Conflict, "another subscriber has this address")
	}
	return err
}

// ForgetAddresses drops the wishes from before an instant that nobody confirmed.
func (tx *Tx) ForgetAddresses(ctx context.Context, before time.Time) error {
	_, err := tx.exec(ctx, "DELETE FROM address_changes WHERE confirmed = 0 AND created < $1", micros(before))
	return err
}

// SetLeaving keeps why a person has left a newsletter, in place of what they said
// before.
func (tx *Tx) SetLeaving(ctx context.Context, newsletter, subscriber, reason string) error {
	_, err := tx.exec(ctx, `INSERT INTO leavings (newsletter, subscriber_id, at, reason) VALUES ($1, $2, $3, $4)
		ON CONFLICT (newsletter, subscriber_id) DO UPDATE SET at = excluded.at, reason = excluded.reason`, newsletter, subscriber, micros(tx.Now), reason)
	return err
}

// A Leaving is why somebody left.
type Leaving struct {
	Newsletter string
	Subscriber string // id
	At         time.Time
	Reason     string
}

// LeavingsOf lists why a person left.
func (s *Store) LeavingsOf(ctx context.Context, subscriber string) ([]Leaving, error) {
	return collect(ctx, s.readers, scanLeaving, "SELECT newsletter, subscriber_id, at, reason FROM leavings WHERE subscriber_id = $1 ORDER BY at, newsletter", subscriber)
}

func scanLeaving(rows *sql.Rows) (l Leaving, err error) {
	var at int64
	err = rows.Scan(&l.Newsletter, &l.Subscriber, &at, &l.Reason)
	l.At = fromMicros(at)
	return l, err
}

// EachLeaving calls f for why people left a newsletter, the latest first.
func (s *Store) EachLeaving(ctx context.Context, newsletter string, f func(Leaving) error) error {
	rows, err := s.readers.QueryContext(ctx, "SELECT newsletter, subscriber_id, at, reason FROM leavings WHERE newsletter = $1 ORDER BY at DESC, subscriber_id", newsletter)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		l, err := scanLeaving(rows)
		if err == nil {
			err = f(l)
		}
		if err != nil {
			return err
		}
	}
	return rows.Err()
}

// DeliveriesTo lists what became of each edition for a person, oldest first.
func (s *Store) DeliveriesTo(ctx context.Context, subscriber string) ([]magazine.Delivery, error) {
	return collect(ctx, s.readers, scanDelivery, "SELECT "+deliveryColumns+" FROM deliveries WHERE subscriber_id = $1 ORDER BY at, edition_id", subscriber)
}

// Erase forgets a person. What became of editions stays, without them: of an id
// that is nobody's any more. What waits to be tried again is not, and an edition
// that waited for that alone is sent.
func (tx *Tx) Erase(ctx context.Context, p magazine.Subscriber) error {
	waited, err := collect(ctx, tx, scanText, `UPDATE deliveries SET state = 'skipped', reason = 'the person was erased', at = $2, next_at = 0, owner = '', lease = 0
		WHERE subscriber_id = $1 AND state = 'deferred' RETURNING edition_id`, p.ID, micros(tx.Now))
	if err != nil {
		return err
	}
	for _, statement := range []string{
		"UPDATE deliveries SET email = '', reply = '' WHERE subscriber_id = $1",
		"UPDATE returns SET email = '', diagnostic = '', detail = '' WHERE subscriber_id = $1",
		"DELETE FROM follows WHERE subscriber_id = $1",
		"DELETE FROM subscriptions WHERE subscriber_id = $1",
		"DELETE FROM signups WHERE subscriber_id = $1",
		"DELETE FROM signins WHERE subscriber_id = $1 AND subscriber_id <> ''",
		"DELETE FROM sessions WHERE subscriber_id = $1",
		"DELETE FROM passkeys WHERE subscriber_id = $1",
		"DELETE FROM address_changes WHERE subscriber_id = $1",
		"DELETE FROM leavings WHERE subscriber_id = $1",
		"DELETE FROM import_people WHERE subscriber_id = $1",
		"DELETE FROM merged_follows WHERE subscriber_id = $1",
		"DELETE FROM trouble_notices WHERE whom = $1",
		"DELETE FROM subscribers WHERE id = $1",
	} {
		if _, err := tx.exec(ctx, statement, p.ID); err != nil {
			return err
		}
	}
	for _, edition := range waited {
		if _, err := tx.FinishEdition(ctx, edition); err != nil {
			return err
		}
	}
	return nil
}
