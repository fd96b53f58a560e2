package admin

import (
	"context"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

var (
	errFirstPasskey = magazine.Errorf(magazine.Conflict, "Your address was taken back once, so a mailed link adds no passkey. Have whoever has the machine run postrider users add, and sign in by the link that it prints.").Said("desk.passkey.first")
	errMoveAnew     = magazine.Errorf(magazine.Conflict, "You work at the desk. Sign in once more as the desk wants it to change your address.").Said("desk.address.again")
)

// mayAddFirst keeps the first passkey of who works here from whoever reads their mail
// and may have had their address for a while.
func (d *Desk) mayAddFirst(ctx context.Context, s store.Session) error {
	if s.Way == members.ByMachine {
		return nil
	}
	back, err := d.Members.TookBack(ctx, s.Subscriber)
	if err == nil && back {
		err = errFirstPasskey
	}
	return err
}

// MayChangeAddress keeps the address of who works here from a session that the desk
// does not admit: with the address goes the desk. Conflict: they have to sign in once
// more.
func (d *Desk) MayChangeAddress(ctx context.Context, s store.Session) error {
	if d.Admits(s) {
		return nil
	}
	role, err := d.Members.Role(ctx, s.Subscriber)
	if err == nil && role != "" {
		err = errMoveAnew
	}
	return err
}
