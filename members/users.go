package members

import (
	"context"
	"slices"

	"postrider/magazine"
	"postrider/store"
)

// DeskPath is where a user's link leads after signing in.
const DeskPath = "/desk/"

var (
	errUserStays  = magazine.Errorf(magazine.Conflict, "Who works at the desk cannot be erased. Have an owner take the role away first.").Said("desk.user.stays")
	errUserMailed = magazine.Errorf(magazine.Conflict, "Who works at the desk signs in by mail, so their address is not suppressed. Have an owner take the role away first.").Said("desk.user.mailed")
	errLastOwner  = magazine.Errorf(magazine.Conflict, "This is the only owner. Make somebody else an owner first.").Said("desk.user.last")
	errNoUser     = magazine.Errorf(magazine.NotFound, "Nobody of that address works at the desk.").Said("desk.user.none")
)

// Role tells what a person may do at the desk; empty: nothing.
func (m *Members) Role(ctx context.Context, subscriber string) (magazine.Role, error) {
	return m.store.Role(ctx, subscriber)
}

// Users lists who works at the desk, by address.
func (m *Members) Users(ctx context.Context) ([]magazine.User, error) { return m.store.Users(ctx) }

// SetUser gives the person of an address a role, in place of the one they have, at
// somebody's word. Who is no subscriber is known by their address from then on, and
// gets no newsletter by it. Where role is empty it stays, and the first user becomes
// the owner. Invalid: it is no address, or a role is needed. Conflict: it would
// leave no owner.
func (m *Members) SetUser(ctx context.Context, email string, role magazine.Role, who string) (u magazine.User, err error) {
	if email, err = magazine.ParseEmail(email); err != nil {
		return u, err
	}
	err = m.store.Write(ctx, func(tx *store.Tx) error {
		owners, err := tx.Owners(ctx)
		if err != nil {
			return err
		}
		p, _, err := tx.PutSubscriber(ctx, magazine.Subscriber{Email: email})
		if err != nil {
			return err
		}
		was, err := tx.Role(ctx, p.ID)
		if err != nil {
			return err
		}
		u = magazine.User{Subscriber: p, Role: role, Added: tx.Now, AddedBy: who}
		switch {
		case role == "" && was != "":
			u.Role = was
		case role == "" && len(owners) == 0:
			u.Role = magazine.Owner
		case role == "":
			return magazine.Errorf(magazine.Invalid, "say which role %s is to have: owner, editor or viewer", p.Email).Said("desk.role.needed")
		}
		if u.Role == was {
			return nil
		}
		if slices.Equal(owners, []string{p.ID}) {
			return errLastOwner
		}
		if err := tx.PutUser(ctx, p.ID, u.Role, who); err != nil {
			return err
		}
		return tx.PutAct(ctx, store.Act{Who: who, What: "user", Subscriber: p.ID, Detail: named(was) + " to " + named(u.Role)})
	})
	return u, err
}

func named(role magazine.Role) string {
	if role == "" {
		return "nothing"
	}
	return string(role)
}

// RemoveUser takes a user's role away, at somebody's word. They stay the
// subscriber that they are. NotFound: they have none. Conflict: it would leave no
// owner.
func (m *Members) RemoveUser(ctx context.Context, email, who string) error {
	return m.store.Write(ctx, func(tx *store.Tx) error {
		owners, err := tx.Owners(ctx)
		if err != nil {
			return err
		}
		p, err := tx.SubscriberByEmail(ctx, email)
		if magazine.CodeOf(err) == magazine.NotFound {
			return errNoUser
		}
		if err != nil {
			return err
		}
		was, err := tx.Role(ctx, p.ID)
		switch {
		case err != nil:
			return err
		case was == "":
			return errNoUser
		case slices.Equal(owners, []string{p.ID}):
			return errLastOwner
		}
		if err := tx.DropUser(ctx, p.ID); err != nil {
			return err
		}
		return tx.PutAct(ctx, store.Act{Who: who, What: "user", Subscriber: p.ID, Detail: named(was) + " to nothing"})
	})
}

// UserLink makes a link that signs a user in at the desk, once, within SignInWithin,
// and returns the last part of its address. No mail is sent: it is for who has the
// machine. That it was made at somebody's word is kept.
func (m *Members) UserLink(ctx context.Context, u magazine.User, who string) (token string, err error) {
	id := magazine.NewID()
	err = m.store.Write(ctx, func(tx *store.Tx) error {
		one := store.SignIn{ID: id, Address: m.addressHash(u.Subscriber.Email), Subscriber: u.Subscriber.ID, Next: DeskPath}
		if err := tx.PutSignIn(ctx, one, tx.Now.Add(-signInsKept)); err != nil {
			return err
		}
		if err := tx.SignInMailed(ctx, id); err != nil {
			return err
		}
		return tx.PutAct(ctx, store.Act{Who: who, What: "link", Subscriber: u.Subscriber.ID, Detail: "a link that signs them in"})
	})
	return m.SignInToken(id), err
}
