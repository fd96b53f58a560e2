package members

import (
	"context"
	"net/netip"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// SignUp keeps the request and has a confirmation mailed. Its errors speak of
// the request alone (Invalid); whether the address is known shows in nothing,
// and nothing of one who is known changes before they confirm.
func (m *Members) SignUp(ctx context.Context, r Request) error {
	want, err := m.check(ctx, r)
	if err != nil {
		return err
	}
	return m.store.Write(ctx, func(tx *store.Tx) error {
		// The name stays with the request until it is confirmed: a stranger may
		// have typed it.
		p, _, err := tx.PutSubscriber(ctx, magazine.Subscriber{Email: want.person.Email})
		if err != nil {
			return err
		}
		return m.ask(ctx, tx, p, want, true)
	})
}

// ask keeps a wish as a sign-up to be confirmed, and mails where mailing is
// asked for and allowed. One who had themselves erased is mailed as anybody is
// whom we do not know, and forgotten again where nobody confirms.
func (m *Members) ask(ctx context.Context, tx *store.Tx, p magazine.Subscriber, w wish, mail bool) error {
	why, err := m.barred(ctx, tx, p.Email)
	if err != nil {
		return err
	}
	if mail {
		enough, err := m.enough(ctx, tx, p.ID, w.client)
		if err != nil || enough {
			return err
		}
	}
	if w.text.Version != "" {
		if err := tx.PutFormText(ctx, w.text.Version, w.text.Text); err != nil {
			return err
		}
	}
	u := store.SignUp{ID: magazine.NewID(), Subscriber: p.ID, Name: w.person.Name, Timezone: w.person.Timezone, Wants: w.shares, Origin: w.origin, Version: w.text.Version, Client: w.client, Asked: mail}
	if err := tx.PutSignUp(ctx, u); err != nil {
		return err
	}
	if erased, err := m.wasErased(ctx, tx, p.Email); err != nil {
		return err
	} else if erased != "" {
		if err := m.forget(ctx, tx, p.ID, tx.Now.Add(confirmWithin+time.Second)); err != nil {
			return err
		}
	}
	if !mail || why != "" {
		return nil
	}
	return m.mail(ctx, tx, u.ID)
}

// enough tells that an address has had as many confirmation mails as strangers
// may have sent to it.
func (m *Members) enough(ctx context.Context, tx *store.Tx, subscriber, client string) (bool, error) {
	open, err := tx.OpenSignUps(ctx, subscriber, tx.Now.Add(-24*time.Hour))
	from, _ := netip.ParseAddr(client)
	var asked []asking
	for _, u := range open {
		if u.Asked {
			other, _ := netip.ParseAddr(u.Client)
			asked = append(asked, asking{time.UnixMicro(u.Created), Network(other) == Network(from)})
		}
	}
	return tooMany(asked, tx.Now), err
}
