package daemon

import (
	"context"
	"time"

	"postrider/magazine"
	"postrider/mailer"
	"postrider/store"
)

// unwanted tells why a person must not get mail of a newsletter; empty: they may.
func unwanted(t store.Turn) string {
	switch {
	case t.Person == magazine.Pending:
		return "the subscriber has not confirmed yet"
	case t.Share == "":
		return "the subscriber has not asked for it"
	case t.Share != magazine.SubscriptionActive:
		return "the subscriber has left"
	case t.Suppressed != "":
		return "suppressed: " + t.Suppressed
	case t.Person != magazine.Confirmed:
		return "the subscriber is " + string(t.Person)
	case t.Paused.Equal(magazine.Indefinitely):
		return "the subscriber has paused"
	case !t.Paused.IsZero():
		return "the subscriber has paused until " + t.Paused.Format(time.RFC3339)
	}
	return ""
}

// fill writes a relay's result into a delivery.
func fill(d *magazine.Delivery, r mailer.Result, now time.Time) {
	d.State, d.Reason, d.Code, d.Enhanced, d.Reply, d.Relay = magazine.DeliveryState(r.State), r.Reason, r.Code, r.Enhanced, r.Reply, r.Relay
	d.Next = time.Time{}
	if r.State == mailer.Deferred {
		d.Next = now.Add(r.RetryAfter)
	}
}

// setAside defers a delivery at which a relay failed, without an attempt, so that
// others go first; in the end it is given up, if the relays take those of others.
func setAside(d *magazine.Delivery, r mailer.Result, now time.Time) mailer.Result {
	d.Asides++
	r = r.SetAside(d.Asides, d.At)
	fill(d, r, now)
	return r
}

// putDelivery records a delivery and suppresses an address that does not exist.
func (d *Daemon) putDelivery(ctx context.Context, tx *store.Tx, newsletter string, to magazine.Delivery, result mailer.Result) error {
	if err := tx.PutDelivery(ctx, newsletter, to); err != nil || !result.Suppress {
		return err
	}
	return bounced(ctx, tx, to.Subscriber, to.Email, result.Reason)
}

// bounced suppresses an address that does not exist. It keeps nothing of one who was
// erased while the message was under way.
func bounced(ctx context.Context, tx *store.Tx, subscriber, email, reason string) error {
	if _, err := tx.Subscriber(ctx, subscriber); magazine.CodeOf(err) == magazine.NotFound {
		return nil
	} else if err != nil {
		return err
	}
	if err := tx.Suppress(ctx, email, "bounced: "+reason); err != nil {
		return err
	}
	return tx.SetSubscriberState(ctx, subscriber, magazine.Bounced)
}

// served moves the served numbers of one person who got an edition, apart from
// a range's end, and ends the edition where nothing more is open.
func (d *Daemon) served(ctx context.Context, tx *store.Tx, e *magazine.Edition, person string) error {
	if err := tx.Serve(ctx, e.Newsletter, person, e.Serves()); err != nil {
		return err
	}
	_, err := tx.FinishEdition(ctx, e.ID)
	return err
}
