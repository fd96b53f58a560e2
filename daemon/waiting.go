package daemon

import (
	"context"

	"postrider/magazine"
	"postrider/store"
)

// EachDelivery calls f for the deliveries of an edition, to an address, or
// both, or for all where both are empty, in the order of time. Then come those
// who wait because no relay takes mail. For them nothing is recorded, since
// they pay for nothing: they are given as deferred, without an attempt.
func (d *Daemon) EachDelivery(ctx context.Context, edition, email string, f func(magazine.Delivery) error) error {
	if err := d.Store.EachDelivery(ctx, edition, email, f); err != nil {
		return err
	}
	key := magazine.EmailKey(email)
	return d.eachWaiting(ctx, edition, func(w magazine.Delivery) error {
		if email != "" && magazine.EmailKey(w.Email) != key {
			return nil
		}
		return f(w)
	})
}

// countWaiting counts the people of an edition who wait for a relay.
func (d *Daemon) countWaiting(ctx context.Context, edition string) (n int, err error) {
	err = d.eachWaiting(ctx, edition, func(magazine.Delivery) error { n++; return nil })
	return n, err
}

// eachWaiting calls f for everybody whose turn has not come since no relay
// takes mail: of an edition, or of all where it is empty.
func (d *Daemon) eachWaiting(ctx context.Context, edition string, f func(magazine.Delivery) error) error {
	waits, err := d.Store.Waits(ctx, edition)
	if err != nil {
		return err
	}
	var of *magazine.Edition
	var share func(*magazine.Subscription) []int // in it
	var audience store.Audience
	for i := range waits {
		w := &waits[i]
		if of == nil || of.ID != w.Edition {
			if of, err = d.Store.EditionHead(ctx, w.Edition); err != nil {
				return err
			}
			pieces, err := d.Store.EditionArticles(ctx, w.Edition)
			if err != nil {
				return err
			}
			share = d.shares(of, pieces)
			audience = d.audience(of)
		}
		for above := w.Next; ; {
			left, err := d.Store.Unreached(ctx, w, audience, above, 1000)
			if err != nil {
				return err
			}
			if len(left) == 0 {
				break
			}
			for j := range left {
				p := left[j].Subscriber
				above = p.ID
				if len(share(&left[j])) == 0 {
					continue
				}
				one := w.Why
				one.Subscriber, one.Email, one.MessageID = p.ID, p.Email, d.messageID(w.Edition, p.ID)
				if err := f(one); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// reason says in one line why a delivery is deferred.
func reason(x *magazine.Delivery) string {
	text := x.Reason
	if x.Relay != "" {
		text = x.Relay + ": " + text
	}
	if x.Reply != "" {
		text += " (" + x.Reply + ")"
	}
	return text
}
