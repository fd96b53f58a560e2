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

// Lift lets an address be mailed again that was suppressed, at somebody's word, which is
// kept with the reason: it takes mail again, or its owner has asked for it. Who bounced or
// complained is what they were before, confirmed or not; of one who was erased there is nobody, and the address may
// be signed up again. Invalid: it is no address, or there is no reason. NotFound: it is not
// suppressed. Conflict: its owner had themselves erased, and only their own sign-up lifts that.
func (m *Members) Lift(ctx context.Context, email, reason, who string) error {
	email, err := magazine.ParseEmail(email)
	if err != nil {
		return err
	}
	if reason = cut(magazine.CleanText(reason), 500); reason == "" {
		return magazine.Errorf(magazine.Invalid, "say why %s may be mailed again: it is kept", email)
	}
	return m.store.Write(ctx, func(tx *store.Tx) error {
		p, err := tx.SubscriberByEmail(ctx, email)
		if err != nil && magazine.CodeOf(err) != magazine.NotFound {
			return err
		}
		why, err := m.barred(ctx, tx, email)
		if err != nil {
			return err
		}
		if why == "" {
			erased, err := tx.Suppressed(ctx, m.erasedKey(email))
			if err == nil && erased != "" {
				err = magazine.Errorf(magazine.Conflict, "the owner of %s had themselves erased; they sign up again by themselves", email)
			} else if err == nil {
				err = magazine.Errorf(magazine.NotFound, "%s is not suppressed", email)
			}
			return err
		}
		for _, key := range []string{email, m.barredKey(email)} {
			if err := tx.LiftSuppression(ctx, key); err != nil {
				return err
			}
		}
		if err := tx.Revive(ctx, p.ID); err != nil {
			return err
		}
		return tx.PutAct(ctx, store.Act{Who: who, What: "lift", Subscriber: p.ID, Detail: reason})
	})
}

// Suppressed tells why an address must not be mailed; empty: it may be.
func (m *Members) Suppressed(ctx context.Context, email string) (reason string, err error) {
	return m.suppressed(ctx, m.store, email)
}
