package members

import (
	"context"

	"postrider/magazine"
	"postrider/store"
)

// Admission says what became of an address that an admin gave.
type Admission string

// What becomes of an address. Nobody who left or is suppressed is revived.
const (
	Added      Admission = "added"
	Known      Admission = "known" // had all of it already
	Extended   Admission = "extended"
	Left       Admission = "left"
	Suppressed Admission = "suppressed"
	Refused    Admission = "invalid"
)

// Add takes an address on an admin's word. A confirmed one is subscribed at
// once: the admin answers for the consent. Any other stays pending until it
// confirms; mail says whether it is asked to by mail.
func (m *Members) Add(ctx context.Context, r Request, confirmed, mail bool) (became Admission, err error) {
	w, err := m.check(ctx, r)
	if err != nil {
		return Refused, err
	}
	err = m.store.Write(ctx, func(tx *store.Tx) error {
		became, err = m.admit(ctx, tx, w, confirmed, mail)
		return err
	})
	return became, err
}

func (m *Members) admit(ctx context.Context, tx *store.Tx, w wish, confirmed, mail bool) (Admission, error) {
	p, isNew, err := tx.PutSubscriber(ctx, w.person)
	if err != nil {
		return "", err
	}
	if why, err := tx.Suppressed(ctx, p.Email); err != nil || why != "" {
		return Suppressed, err
	}
	switch p.State {
	case magazine.Unsubscribed:
		return Left, nil
	case magazine.Bounced, magazine.Complained:
		return Suppressed, nil
	}
	if !confirmed && p.State == magazine.Pending {
		if !isNew { // it has been asked already
			return Known, nil
		}
		_, err := m.ask(ctx, tx, w, mail)
		return Added, err
	}
	if p.State == magazine.Pending {
		if err := tx.SetSubscriberState(ctx, p.ID, magazine.Confirmed); err != nil {
			return "", err
		}
	}
	grown := false
	for _, s := range w.shares {
		more, err := share(ctx, tx, p.ID, s, false)
		if err != nil {
			return "", err
		}
		grown = grown || more
	}
	switch {
	case isNew || p.State == magazine.Pending:
		return Added, nil
	case grown:
		return Extended, nil
	}
	return Known, nil
}
