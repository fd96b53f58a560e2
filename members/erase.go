package members

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// Erase forgets a person. What became of editions stays, of nobody; a keyed hash
// of their address stays among the suppressed ones, so that no list brings them
// back. Their own word does: a sign-up of after that, confirmed from the mailbox. It
// does not where the address was suppressed before.
func (m *Members) Erase(ctx context.Context, subscriber string) error {
	return m.erase(ctx, subscriber, "", "the person had themselves erased", nil)
}

// EraseSelf is Erase of the person of a session. Unauthorised: it is over.
func (m *Members) EraseSelf(ctx context.Context, s store.Session) error {
	return m.erase(ctx, s.Subscriber, "", "the person had themselves erased", func(tx *store.Tx) error {
		_, err := m.still(ctx, tx, s)
		return err
	})
}

// EraseFor is Erase at the word of somebody who works at the desk, which is kept.
func (m *Members) EraseFor(ctx context.Context, subscriber, who string) error {
	return m.erase(ctx, subscriber, who, "erased by "+who, nil)
}

// erase erases where may, if there is one, lets it.
func (m *Members) erase(ctx context.Context, subscriber, who, reason string, may func(tx *store.Tx) error) error {
	return m.store.Write(ctx, func(tx *store.Tx) error {
		if may != nil {
			if err := may(tx); err != nil {
				return err
			}
		}
		p, err := tx.Subscriber(ctx, subscriber)
		if magazine.CodeOf(err) == magazine.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		if role, err := tx.Role(ctx, p.ID); err != nil {
			return err
		} else if role != "" {
			return errUserStays
		}
		theirs, err := m.drop(ctx, tx, p)
		if err != nil {
			return err
		}
		if err := m.forget(ctx, tx, p.ID, tx.Now.Add(sweepAfter)); err != nil {
			return err
		}
		if who != "" {
			if err := tx.PutAct(ctx, store.Act{Who: who, What: "erase", Subscriber: p.ID}); err != nil {
				return err
			}
		}
		for _, email := range theirs {
			if err := tx.Suppress(ctx, m.erasedKey(email), reason); err != nil {
				return err
			}
		}
		return nil
	})
}

// sweepAfter is how long after somebody is erased everything is over that was under
// way to them, and may have been written down since with their address.
const sweepAfter = time.Hour

// Forget sweeps up what has come in of a person since they were erased, and drops a
// person again who was erased once and has not confirmed what
// they, or a stranger who typed their address, have signed up for since: of them
// we promised to keep nothing. wait is how long a link may still be confirmed by;
// 0: nothing is left to be done.
func (m *Members) Forget(ctx context.Context, subscriber string) (wait time.Duration, err error) {
	err = m.store.Write(ctx, func(tx *store.Tx) error {
		wait = 0
		p, err := tx.Subscriber(ctx, subscriber)
		if magazine.CodeOf(err) == magazine.NotFound {
			return tx.Erase(ctx, magazine.Subscriber{ID: subscriber})
		}
		if err != nil || !p.Confirmed.IsZero() {
			return err
		}
		if was, err := m.wasErased(ctx, tx, p.Email); err != nil || was == "" {
			return err
		}
		open, err := tx.OpenSignUps(ctx, p.ID, tx.Now.Add(-confirmWithin-time.Microsecond))
		if err != nil {
			return err
		}
		if len(open) > 0 {
			wait = time.UnixMicro(open[len(open)-1].Created).Add(confirmWithin + time.Second).Sub(tx.Now)
			return nil
		}
		_, err = m.drop(ctx, tx, p)
		return err
	})
	return wait, err
}

// keepUnconfirmed is how long an address is kept that was typed into a form and that
// nobody confirmed: some weeks longer than the link works, so that one who is late is told why.
const keepUnconfirmed = 30 * 24 * time.Hour

// ForgetUnconfirmed forgets up to limit people, in the order of their ids and from
// behind one, and addresses that were wanted in place of another, of whom nobody
// confirmed in 30 days that they are theirs: anybody may have typed them. It tells how many
// people there were, and behind whom to go on; empty: that was all. One who cannot be
// forgotten is passed over, and told of.
func (m *Members) ForgetUnconfirmed(ctx context.Context, behind string, limit int) (next string, n int, err error) {
	before := m.store.Now().Add(-keepUnconfirmed)
	if behind == "" {
		if err := m.store.Write(ctx, func(tx *store.Tx) error { return tx.ForgetAddresses(ctx, before) }); err != nil {
			return behind, 0, err
		}
	}
	some, err := m.store.NeverConfirmed(ctx, before, behind, limit)
	if err != nil {
		return behind, 0, err
	}
	for _, id := range some {
		dropped := false
		failed := m.store.Write(ctx, func(tx *store.Tx) (err error) {
			var p magazine.Subscriber
			if p, dropped, err = tx.NeverConfirmed(ctx, id, before); err != nil || !dropped {
				return err
			}
			_, err = m.drop(ctx, tx, p)
			return err
		})
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("%s cannot be forgotten: %w", id, failed))
		} else if dropped {
			n++
		}
	}
	if len(some) == limit {
		next = some[limit-1]
	}
	return next, n, err
}

// drop erases a person, with their address wherever it is plain. Why it must not be
// mailed stays under a keyed hash, up to what may quote the address.
// It tells which addresses were theirs and are nobody else's.
func (m *Members) drop(ctx context.Context, tx *store.Tx, p magazine.Subscriber) (theirs []string, err error) {
	had := []string{p.Email}
	changes, err := tx.AddressChanges(ctx, p.ID, time.Time{})
	if err != nil {
		return nil, err
	}
	for _, c := range changes {
		if !c.Confirmed.IsZero() {
			had = append(had, c.Old, c.New)
		}
	}
	if err := tx.Erase(ctx, p); err != nil {
		return nil, err
	}
	for _, email := range had {
		if _, err := tx.SubscriberByEmail(ctx, email); err == nil {
			continue // another person's by now
		} else if magazine.CodeOf(err) != magazine.NotFound {
			return nil, err
		}
		if err := m.hide(ctx, tx, email); err != nil {
			return nil, err
		}
		theirs = append(theirs, email)
	}
	return theirs, nil
}

// hide keeps why an address must not be mailed under a hash of it.
func (m *Members) hide(ctx context.Context, tx *store.Tx, email string) error {
	why, err := tx.Suppressed(ctx, email)
	if err != nil || why == "" {
		return err
	}
	why, _, _ = strings.Cut(why, ":")
	if err := tx.Suppress(ctx, m.barredKey(email), why); err != nil {
		return err
	}
	return tx.LiftSuppression(ctx, email)
}

// ownWord lets an address be mailed again that was erased: its owner has said so,
// from the mailbox. Conflict: it is suppressed for another reason, which no link
// lifts.
func (m *Members) ownWord(ctx context.Context, tx *store.Tx, email string) error {
	if why, err := m.barred(ctx, tx, email); err != nil {
		return err
	} else if why != "" {
		return errSilenced
	}
	return m.liftHidden(ctx, tx, erasedBefore, email)
}

// suppressed tells why an address must not be mailed; empty: it may be. Of one
// that was erased there is but a keyed hash.
func (m *Members) suppressed(ctx context.Context, from history, email string) (reason string, err error) {
	if reason, err = m.barred(ctx, from, email); reason != "" || err != nil {
		return reason, err
	}
	return m.wasErased(ctx, from, email)
}

// wasErased tells why an address stands among those that were erased; empty: it does not.
func (m *Members) wasErased(ctx context.Context, from history, email string) (reason string, err error) {
	return m.hidden(ctx, from, erasedBefore, email)
}

// barred tells why an address must not be mailed, which no word from its mailbox
// lifts; empty: nothing of the kind.
func (m *Members) barred(ctx context.Context, from history, email string) (reason string, err error) {
	if reason, err = from.Suppressed(ctx, email); reason != "" || err != nil {
		return reason, err
	}
	return m.hidden(ctx, from, barredBefore, email)
}

// What stands before a keyed hash of an address among the suppressed ones: it was
// erased; it was suppressed already then.
const erasedBefore, barredBefore = "erased:", "barred:"

// erasedKey stands among the suppressed addresses for one that was erased.
func (m *Members) erasedKey(email string) string { return erasedBefore + m.addressHash(email) }

// barredKey stands there for one that was suppressed already when it was erased.
func (m *Members) barredKey(email string) string { return barredBefore + m.addressHash(email) }

// hiddenKeys are all under which an address may stand there: older versions made the
// hash of the spelling that its domain had then.
func (m *Members) hiddenKeys(before, email string) []string {
	keys := []string{before + m.addressHash(email)}
	for _, key := range magazine.FormerEmailKeys(email) {
		keys = append(keys, before+m.keyHash(key))
	}
	return keys
}

// hidden tells why an address stands among the suppressed ones by a hash; empty: it does
// not.
func (m *Members) hidden(ctx context.Context, from history, before, email string) (reason string, err error) {
	for _, key := range m.hiddenKeys(before, email) {
		if reason, err = from.Suppressed(ctx, key); reason != "" || err != nil {
			return reason, err
		}
	}
	return "", nil
}

// liftHidden takes an address from there, whichever spelling it stands for.
func (m *Members) liftHidden(ctx context.Context, tx *store.Tx, before, email string) error {
	for _, key := range m.hiddenKeys(before, email) {
		if err := tx.LiftSuppression(ctx, key); err != nil {
			return err
		}
	}
	return nil
}
