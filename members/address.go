package members

import (
	"context"
	"encoding/hex"
	"slices"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// undoWithin is how long an old address can take a change back.
const undoWithin = 7 * 24 * time.Hour

// AddressAbout says which mail about a change of address is meant.
type AddressAbout string

// The mails about a change of address.
const (
	AddressAsk  AddressAbout = "ask"  // asks the new one to confirm
	AddressTell AddressAbout = "tell" // tells the old one, and how to take it back
)

// AddressArgs is the job of mailing about a change of address.
type AddressArgs struct {
	Change string       `json:"change"`
	About  AddressAbout `json:"about"`
}

// Kind names the job in the database.
func (AddressArgs) Kind() string { return "mail_address" }

// Moving is what a link about a change of address is for.
type Moving struct {
	Old, New string
	Language string // of the person; empty: the publication's
	Back     bool   // it takes the change back
	Done     bool   // it has done its work
}

var (
	errOldMove   = magazine.Errorf(magazine.Invalid, "This link has expired. It worked for 7 days; sign in to see which address we use.").Said("address.expired")
	errMovedOn   = magazine.Errorf(magazine.Invalid, "This link is about an address that has changed once more since. Sign in to see which one we use.").Said("address.moved-on")
	errCalledOff = magazine.Errorf(magazine.Invalid, "This change of address was called off. Sign in to see which address we use.").Said("address.called-off")
	errTaken     = magazine.Errorf(magazine.Conflict, "This address is on our list already, on its own. Have that one erased first, or keep both.").Said("address.taken")
	errSame      = magazine.Errorf(magazine.Invalid, "That is the address that we use already.").Said("address.same")
	errManyMoves = magazine.Errorf(magazine.Conflict, "You have asked for several other addresses today; try again tomorrow.").Said("address.often")
)

// AskAddress has the new address of the person of a session mailed, to be confirmed
// there. Whether it is known, or asked for too often, shows in nothing. Invalid: it is
// no address, or theirs already. Unauthorised: the session is over.
func (m *Members) AskAddress(ctx context.Context, s store.Session, email string) error {
	email, err := magazine.ParseEmail(email)
	if err != nil {
		return err
	}
	return m.store.Write(ctx, func(tx *store.Tx) error {
		p, err := m.still(ctx, tx, s)
		if err != nil {
			return err
		}
		if email == p.Email {
			return errSame
		}
		before, err := tx.AddressChanges(ctx, p.ID, tx.Now.Add(-24*time.Hour))
		if err != nil {
			return err
		}
		if len(before) >= ofANetwork.aDay {
			return errManyMoves
		}
		if enough, err := m.askedEnough(ctx, tx, email, p.ID); err != nil || enough {
			return err // whoever has it is left in peace, and it shows in nothing
		}
		c := store.AddressChange{ID: magazine.NewID(), Subscriber: p.ID, Old: p.Email, New: email}
		if err := tx.PutAddressChange(ctx, c); err != nil {
			return err
		}
		return m.mailAddress(ctx, tx, AddressArgs{c.ID, AddressAsk})
	})
}

// askedEnough tells that an address has had as many mails as members may have sent to
// it; else it counts one more. Neither is of a person, who could be erased and come anew.
func (m *Members) askedEnough(ctx context.Context, tx *store.Tx, email, subscriber string) (bool, error) {
	ask := store.AddressAsk{Address: m.addressHash(email), Asker: hex.EncodeToString(m.mac("asker", subscriber)[:16])}
	before := tx.Now.Add(-24 * time.Hour)
	all, err := tx.AddressAsks(ctx, ask.Address, before)
	asked := make([]asking, len(all))
	for i, a := range all {
		asked[i] = asking{a.At, a.Asker == ask.Asker}
	}
	if err != nil || tooMany(asked, tx.Now) {
		return true, err
	}
	return false, tx.PutAddressAsk(ctx, ask, before)
}

// OpenAddresses lists a person's changes of address that may still be confirmed, the
// oldest first.
func (m *Members) OpenAddresses(ctx context.Context, subscriber string) ([]store.AddressChange, error) {
	all, err := m.store.AddressChanges(ctx, subscriber)
	return slices.DeleteFunc(all, func(c store.AddressChange) bool {
		return !c.Confirmed.IsZero() || m.moveStands(c, false, m.store.Now()) != nil
	}), err
}

// EndAddress calls off a change of the address of a session's person that nobody has
// confirmed. Unauthorised: the session is over.
func (m *Members) EndAddress(ctx context.Context, s store.Session, id string) error {
	return m.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := m.still(ctx, tx, s); err != nil || id == "" {
			return err
		}
		return tx.EndAddressChanges(ctx, s.Subscriber, id)
	})
}

// AddressToken is the last part of the address of a link in a mail about a change.
func (m *Members) AddressToken(a AddressArgs) string {
	return m.seal(tokenAddress+string(a.About), a.Change)
}

// openAddress tells which change a token is about, and whether it takes it back.
func (m *Members) openAddress(token string) (id string, back, ok bool) {
	if id, ok = m.open(tokenAddress+string(AddressAsk), token); ok {
		return id, false, true
	}
	id, ok = m.open(tokenAddress+string(AddressTell), token)
	return id, true, ok
}

// MailedAddress finds a change whose mail is to be sent, and to whom. It is not
// ok where nobody is to be mailed, or not any more.
func (m *Members) MailedAddress(ctx context.Context, a AddressArgs) (c store.AddressChange, to magazine.Subscriber, ok bool, err error) {
	c, err = m.store.AddressChange(ctx, a.Change)
	if magazine.CodeOf(err) == magazine.NotFound {
		return c, to, false, nil
	}
	if err != nil {
		return c, to, false, err
	}
	if to, err = m.store.Subscriber(ctx, c.Subscriber); err != nil {
		return c, to, false, err
	}
	done := !c.Asked.IsZero() || !c.Confirmed.IsZero()
	to.Email = c.New
	if a.About == AddressTell {
		done, to.Email = !c.Told.IsZero() || !c.Undone.IsZero(), c.Old
	}
	why, err := m.barred(ctx, m.store, to.Email)
	return c, to, err == nil && why == "" && !done && m.moveStands(c, a.About == AddressTell, m.store.Now()) == nil, err
}

// moveStands tells why a link about a change works no more; nil: it does.
func (m *Members) moveStands(c store.AddressChange, back bool, now time.Time) error {
	switch {
	case back && c.Confirmed.IsZero():
		return errBadLink
	case !back && c.Confirmed.IsZero() && !c.Undone.IsZero():
		return errCalledOff
	case back && !now.Before(c.Confirmed.Add(undoWithin)), !back && c.Confirmed.IsZero() && !now.Before(c.Created.Add(confirmWithin)):
		return errOldMove
	case !back && !c.Undone.IsZero():
		return errMovedOn
	}
	return nil
}

// CheckAddress tells what a link about a change of address would do and changes
// nothing. NotFound: it is no link of ours; Invalid: it works no more.
func (m *Members) CheckAddress(ctx context.Context, token string) (Moving, error) {
	id, back, ok := m.openAddress(token)
	if !ok {
		return Moving{}, errBadLink
	}
	c, err := m.store.AddressChange(ctx, id)
	if err != nil {
		return Moving{}, missingLink(err)
	}
	p, err := m.store.Subscriber(ctx, c.Subscriber)
	if err != nil {
		return Moving{}, missingLink(err)
	}
	return m.moving(c, back, p, m.store.Now())
}

// moving is what a link is for, as things stand.
func (m *Members) moving(c store.AddressChange, back bool, p magazine.Subscriber, now time.Time) (Moving, error) {
	shown := Moving{Old: c.Old, New: c.New, Language: p.Language, Back: back, Done: !c.Confirmed.IsZero()}
	if back {
		if shown.Done = !c.Undone.IsZero(); !shown.Done {
			shown.New = p.Email
		}
	}
	if err := m.moveStands(c, back, now); err != nil {
		return Moving{}, err
	}
	// Taking back holds whatever the address is by now: of two changes in a row, only
	// the first was told where the person reads.
	if !back && !shown.Done && p.Email != c.Old || back && shown.Done && p.Email != c.Old {
		return Moving{}, errMovedOn
	}
	return shown, nil
}

// Move does what a link about a change of address is for; to do it twice is the
// same as once. Taking it back takes back those that came after it, too; it also signs everybody out, removes passkeys,
// ends what other changes were asked for, and replaces the address of the person's own feeds: it may have been
// a thief. NotFound: it is no link of ours;
// Invalid: it works no more; Conflict: the address is another subscriber's, or
// must not be mailed.
func (m *Members) Move(ctx context.Context, token string) (done Moving, err error) {
	id, back, ok := m.openAddress(token)
	if !ok {
		return done, errBadLink
	}
	found, err := m.store.AddressChange(ctx, id)
	if err != nil {
		return done, missingLink(err)
	}
	err = m.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.ArticleNumber(ctx); err != nil { // first, as everybody who needs it does
			return err
		}
		p, err := tx.Subscriber(ctx, found.Subscriber) // then, as everybody does who changes an account
		if err != nil {
			return missingLink(err)
		}
		c, err := tx.AddressChange(ctx, id)
		if err != nil {
			return missingLink(err)
		}
		if done, err = m.moving(c, back, p, tx.Now); err != nil || done.Done {
			return err
		}
		done.Done = true
		if back {
			return m.moveBack(ctx, tx, c, p)
		}
		return m.move(ctx, tx, c, p)
	})
	return done, err
}

func (m *Members) move(ctx context.Context, tx *store.Tx, c store.AddressChange, p magazine.Subscriber) error {
	if err := m.ownWord(ctx, tx, c.New); err != nil {
		return err
	}
	if err := m.giveEmail(ctx, tx, p, c.New); err != nil {
		return err
	}
	if err := tx.MarkAddressChange(ctx, c.ID, store.AddressConfirmed); err != nil {
		return err
	}
	if role, err := tx.Role(ctx, p.ID); err != nil {
		return err
	} else if role != "" {
		if err := tx.PutAct(ctx, store.Act{Who: c.Old, What: "address", Subscriber: p.ID, Detail: "has another address from now on"}); err != nil {
			return err
		}
	}
	return m.mailAddress(ctx, tx, AddressArgs{c.ID, AddressTell})
}

func (m *Members) moveBack(ctx context.Context, tx *store.Tx, c store.AddressChange, p magazine.Subscriber) error {
	if err := m.giveEmail(ctx, tx, p, c.Old); err != nil {
		return err
	}
	if err := m.unhide(ctx, tx, c.Old); err != nil {
		return err
	}
	if err := shutOut(ctx, tx, c); err != nil {
		return err
	}
	if err := tx.ReplaceOwnFeeds(ctx, p.ID); err != nil {
		return err
	}
	return tx.UndoAddressChanges(ctx, c)
}

// shutOut ends all by which a thief could still get into an account whose address is
// taken back. Who works at the desk keeps the passkeys from before the change was
// asked for: without any, who reads their mail would come nearer to the desk by it.
func shutOut(ctx context.Context, tx *store.Tx, c store.AddressChange) error {
	if _, err := tx.EndSessions(ctx, c.Subscriber, ""); err != nil {
		return err
	}
	role, err := tx.Role(ctx, c.Subscriber)
	if err != nil {
		return err
	}
	if role == "" {
		return tx.DropPasskeys(ctx, c.Subscriber, time.Time{})
	}
	if err := tx.DropPasskeys(ctx, c.Subscriber, c.Created); err != nil {
		return err
	}
	return tx.PutAct(ctx, store.Act{Who: c.Old, What: "address", Subscriber: c.Subscriber, Detail: "has this address again"})
}

// unhide has an address that somebody has again mailed as any other, though one who
// had it meanwhile was erased. Why it must not be mailed stands with the address
// itself again, where those who send look.
func (m *Members) unhide(ctx context.Context, tx *store.Tx, email string) error {
	if err := m.liftHidden(ctx, tx, erasedBefore, email); err != nil {
		return err
	}
	why, err := m.hidden(ctx, tx, barredBefore, email)
	if err != nil || why == "" {
		return err
	}
	if err := tx.Suppress(ctx, email, why); err != nil {
		return err
	}
	return m.liftHidden(ctx, tx, barredBefore, email)
}

// giveEmail gives a person an address that they have confirmed. One who has it and
// has confirmed nothing goes, for a stranger may have typed it, and leaves what an
// admin gave to the address. What was mailed to the
// address that they leave confirms nothing any more, and what came back from there
// says nothing of them. Conflict: another subscriber's, or one's who works at the desk.
func (m *Members) giveEmail(ctx context.Context, tx *store.Tx, p magazine.Subscriber, email string) error {
	if magazine.EmailKey(email) == magazine.EmailKey(p.Email) {
		return tx.SetEmail(ctx, p.ID, email)
	}
	other, err := tx.SubscriberByEmail(ctx, email)
	if err != nil && magazine.CodeOf(err) != magazine.NotFound {
		return err
	}
	if err == nil {
		role, err := tx.Role(ctx, other.ID)
		if err != nil {
			return err
		}
		if role != "" || !other.Confirmed.IsZero() {
			return errTaken
		}
		if err := m.inherit(ctx, tx, p, other); err != nil {
			return err
		}
	}
	if err := tx.Revive(ctx, p.ID); err != nil {
		return err
	}
	if err := tx.DropAskedSignUps(ctx, p.ID); err != nil {
		return err
	}
	return tx.SetEmail(ctx, p.ID, email)
}

// inherit drops one who never confirmed their address and gives another, whose it is,
// the tier that an admin gave them, where it is higher or counts for longer. Newsletters
// that an admin wanted them to get wait as they waited, where this one has not confirmed
// either; else they choose by themselves: they have agreed to none of them.
func (m *Members) inherit(ctx context.Context, tx *store.Tx, p, other magazine.Subscriber) error {
	open, err := tx.OpenSignUps(ctx, other.ID, time.Time{})
	if err != nil {
		return err
	}
	if err := tx.Erase(ctx, other); err != nil {
		return err
	}
	if m.higher(other, p) {
		if _, err := tx.SetTier(ctx, p.ID, other.Tier, other.TierEnds); err != nil {
			return err
		}
	}
	for _, u := range open {
		if u.Asked || !p.Confirmed.IsZero() { // asked by a mail to the address, which may be a stranger's doing
			continue
		}
		u.Subscriber = p.ID
		if err := tx.PutSignUp(ctx, u); err != nil {
			return err
		}
	}
	return nil
}

// higher tells that one person's tier is above another's, or is the same and counts for
// longer.
func (m *Members) higher(a, b magazine.Subscriber) bool {
	all := m.tiers.All()
	if of, than := slices.Index(all, a.Tier), slices.Index(all, b.Tier); of != than {
		return of > than
	}
	return a.Tier != magazine.Free && !b.TierEnds.IsZero() && (a.TierEnds.IsZero() || a.TierEnds.After(b.TierEnds))
}
