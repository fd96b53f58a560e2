package members

import (
	"context"

	"postrider/magazine"
	"postrider/store"
)

// SuppressFor keeps a person's address from being mailed, at the word of somebody
// who works at the desk, which is kept. An earlier reason stays. NotFound: there is
// no such person. Conflict: they work at the desk, too, and need mail to sign in.
func (m *Members) SuppressFor(ctx context.Context, subscriber, reason, who string) error {
	reason = cut(magazine.CleanText(reason), 500)
	return m.store.Write(ctx, func(tx *store.Tx) error {
		p, err := tx.Subscriber(ctx, subscriber)
		if err != nil {
			return err
		}
		role, err := tx.Role(ctx, p.ID)
		if err != nil {
			return err
		}
		if role != "" {
			return errUserMailed
		}
		said := "suppressed by " + who
		if reason != "" {
			said += ": " + reason
		}
		if err := tx.Suppress(ctx, p.Email, said); err != nil {
			return err
		}
		return tx.PutAct(ctx, store.Act{Who: who, What: "suppress", Subscriber: p.ID, Detail: reason})
	})
}

// Suppressed tells why an address must not be mailed; empty: it may be.
func (m *Members) Suppressed(ctx context.Context, email string) (reason string, err error) {
	return m.suppressed(ctx, m.store, email)
}
