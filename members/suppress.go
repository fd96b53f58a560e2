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
	return m.store.Write(ctx, func(tx *store.Tx) error {
		p, err := tx.SubscriberByEmail(ctx, email)
		if err != nil && magazine.CodeOf(err) != magazine.NotFound {
			return err
		}
		p.Email = email
		return m.lift(ctx, tx, p, nil, reason, who)
	})
}

// LiftFor does so for a person's address, at the word of somebody who works at the desk
// and saw why it is suppressed. NotFound: there is no such person. Conflict: it is
// suppressed for another reason than was seen.
func (m *Members) LiftFor(ctx context.Context, subscriber, seen, reason, who string) error {
	return m.store.Write(ctx, func(tx *store.Tx) error {
		p, err := tx.Subscriber(ctx, subscriber)
		if err != nil {
			return err
		}
		return m.lift(ctx, tx, p, &seen, reason, who)
	})
}

// lift lifts the suppression of an address. seen is why it was suppressed as somebody
// saw it; nil: nobody has.
func (m *Members) lift(ctx context.Context, tx *store.Tx, p magazine.Subscriber, seen *string, reason, who string) error {
	if reason = cut(magazine.CleanText(reason), 500); reason == "" {
		return magazine.Errorf(magazine.Invalid, "say why %s may be mailed again: it is kept", p.Email).Said("desk.lift.why")
	}
	why, err := m.barred(ctx, tx, p.Email)
	if err != nil {
		return err
	}
	if why == "" {
		erased, err := m.wasErased(ctx, tx, p.Email)
		if err == nil && erased != "" {
			err = magazine.Errorf(magazine.Conflict, "the owner of %s had themselves erased; they sign up again by themselves", p.Email).Said("desk.lift.erased")
		} else if err == nil {
			err = magazine.Errorf(magazine.NotFound, "%s is not suppressed", p.Email).Said("desk.lift.already")
		}
		return err
	}
	if seen != nil && why != *seen {
		return magazine.Errorf(magazine.Conflict, "%s is suppressed for another reason by now", p.Email).Said("desk.lift.meanwhile")
	}
	if err := tx.LiftSuppression(ctx, p.Email); err != nil {
		return err
	}
	if err := m.liftHidden(ctx, tx, barredBefore, p.Email); err != nil {
		return err
	}
	if err := tx.Revive(ctx, p.ID); err != nil {
		return err
	}
	return tx.PutAct(ctx, store.Act{Who: who, What: "lift", Subscriber: p.ID, Detail: reason})
}

// MayLift tells whether LiftFor can be asked for: the address is suppressed, and not
// only because its owner had themselves erased.
func (m *Members) MayLift(ctx context.Context, email string) (bool, error) {
	why, err := m.barred(ctx, m.store, email)
	return why != "", err
}

// Suppressed tells why an address must not be mailed; empty: it may be.
func (m *Members) Suppressed(ctx context.Context, email string) (reason string, err error) {
	return m.suppressed(ctx, m.store, email)
}
