package members

import (
	"context"
	"slices"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// Admission says what became of an address that an admin gave.
type Admission string

// What becomes of an address. Nobody who left or is suppressed is revived.
const (
	Added      Admission = "added"
	Known      Admission = "known" // had all of it already, or was asked for all of it
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
		became, _, err = m.admit(ctx, tx, w, confirmed, mail)
		return err
	})
	return became, err
}

// AddFor is Add at the word of somebody who works at the desk, which is kept. It
// returns the person's id, too.
func (m *Members) AddFor(ctx context.Context, r Request, confirmed bool, who string) (id string, became Admission, err error) {
	w, err := m.check(ctx, r)
	if err != nil {
		return "", Refused, err
	}
	err = m.store.Write(ctx, func(tx *store.Tx) error {
		if became, _, err = m.admit(ctx, tx, w, confirmed, true); err != nil {
			return err
		}
		p, err := tx.SubscriberByEmail(ctx, w.person.Email)
		if magazine.CodeOf(err) == magazine.NotFound { // a suppressed address that nobody has
			return nil
		}
		if err != nil {
			return err
		}
		id = p.ID
		if became != Added && became != Extended {
			return nil
		}
		detail := "asked by mail"
		if confirmed {
			detail = "said to have agreed"
		}
		return tx.PutAct(ctx, store.Act{Who: who, What: "add", Subscriber: id, Detail: detail})
	})
	return id, became, err
}

// besides is what else has changed of a person who was admitted.
type besides struct {
	demoted bool // of a tier before, and free now
	told    bool // gets nothing new, and has a name, time zone, language or tier
}

// admit does it in a transaction.
func (m *Members) admit(ctx context.Context, tx *store.Tx, w wish, confirmed, mail bool) (became Admission, b besides, err error) {
	if _, err := tx.ArticleNumber(ctx); err != nil { // first, as everybody who needs it does
		return "", b, err
	}
	if why, err := m.suppressed(ctx, tx, w.person.Email); err != nil || why != "" {
		return Suppressed, b, err
	}
	p, isNew, err := tx.PutSubscriber(ctx, w.person)
	if err != nil {
		return "", b, err
	}
	promoted, err := promote(ctx, tx, p, w.person.Tier, w.until) // also who left: they may come back
	if err != nil {
		return "", b, err
	}
	described, err := describe(ctx, tx, p, w.person)
	if err != nil {
		return "", b, err
	}
	became, err = m.admitAs(ctx, tx, p, isNew, w, confirmed, mail)
	if promoted && became == Known {
		became = Extended
	}
	b.told = (promoted || described) && became != Added && became != Extended
	if err != nil || !promoted || p.Tier == magazine.Free {
		return became, b, err
	}
	now, err := tx.Subscriber(ctx, p.ID)
	b.demoted = now.Tier == magazine.Free
	return became, b, err
}

// describe keeps the name, time zone and language that are said of a person of whom they
// are not known, and tells whether there was one. Who has gone is left alone.
func describe(ctx context.Context, tx *store.Tx, p, said magazine.Subscriber) (bool, error) {
	if p.State != magazine.Pending && p.State != magazine.Confirmed {
		return false, nil
	}
	lacks := func(have, said string) bool { return have == "" && said != "" }
	if !lacks(p.Name, said.Name) && !lacks(p.Timezone, said.Timezone) && !lacks(p.Language, said.Language) {
		return false, nil
	}
	said.ID = p.ID
	return true, tx.DescribeSubscriber(ctx, said, false)
}

// admitAs does what is asked for a person as they stand with us.
func (m *Members) admitAs(ctx context.Context, tx *store.Tx, p magazine.Subscriber, isNew bool, w wish, confirmed, mail bool) (Admission, error) {
	switch p.State {
	case magazine.Unsubscribed:
		return Left, nil
	case magazine.Bounced, magazine.Complained:
		return Suppressed, nil
	}
	if p.State == magazine.Pending {
		if !confirmed {
			return m.invite(ctx, tx, p, isNew, w, mail)
		}
		if err := tx.SetSubscriberState(ctx, p.ID, magazine.Confirmed); err != nil {
			return "", err
		}
	}
	became, err := m.shareAll(ctx, tx, p, w.shares)
	if err == nil && p.State == magazine.Pending {
		became = Added
	}
	return became, err
}

// invite keeps what a pending person is to confirm, unless they were asked for
// all of it already. Where nobody is mailed, that is by another list: what they were
// mailed is forgotten with them some weeks later, and what a list brought is not.
func (m *Members) invite(ctx context.Context, tx *store.Tx, p magazine.Subscriber, isNew bool, w wish, mail bool) (Admission, error) {
	var after time.Time // what nobody was mailed does not grow old
	if mail {
		after = tx.Now.Add(-confirmWithin)
	}
	open, err := tx.OpenSignUps(ctx, p.ID, after)
	if err != nil {
		return "", err
	}
	asked := func(want store.Share) bool {
		return slices.ContainsFunc(open, func(u store.SignUp) bool {
			return u.Asked == mail && slices.ContainsFunc(u.Wants, func(have store.Share) bool { return covers(have, want) })
		})
	}
	if !isNew && !slices.ContainsFunc(w.shares, func(want store.Share) bool { return !asked(want) }) {
		return Known, nil
	}
	if isNew {
		return Added, m.ask(ctx, tx, p, w, mail)
	}
	return Extended, m.ask(ctx, tx, p, w, mail)
}

// covers tells that one share has all of another.
func covers(have, want store.Share) bool {
	if have.Newsletter != want.Newsletter || want.Frequency != "" && have.Frequency != want.Frequency || want.Hour != "" && have.Hour != want.Hour ||
		!want.Paused.Until.IsZero() && !want.Paused.Is(have.Paused) {
		return false
	}
	if len(have.Follows) == 0 {
		return true
	}
	return len(want.Follows) > 0 && !slices.ContainsFunc(want.Follows, func(f magazine.Follow) bool { return !slices.Contains(have.Follows, f) })
}

// shareAll gives a person their shares on an admin's word.
func (m *Members) shareAll(ctx context.Context, tx *store.Tx, p magazine.Subscriber, shares []store.Share) (Admission, error) {
	grown, left := false, false
	for _, s := range shares {
		more, gone, err := m.share(ctx, tx, p, s, false)
		if err != nil {
			return "", err
		}
		grown, left = grown || more, left || gone
	}
	switch {
	case grown:
		return Extended, nil
	case left:
		return Left, nil
	}
	return Known, nil
}
