package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"postrider/magazine"
	"postrider/mailer"
	"postrider/store"
)

const retryBatch = 500 // deliveries that one job takes

// retrier tries again the deliveries that are due, up to 500 in one job.
type retrier struct {
	river.WorkerDefaults[mailer.RetryArgs]
	d *Daemon
}

func (w *retrier) Work(ctx context.Context, job *river.Job[mailer.RetryArgs]) error {
	return w.d.retryDue(ctx)
}

// retries are the work on deliveries that are due.
type retries struct {
	sender
	press press
	off   []magazine.Delivery // that are put off for their domains' sake, to be written down
}

func (d *Daemon) retryDue(ctx context.Context) error {
	owner := d.node + "/" + magazine.NewID()
	var due []magazine.Delivery
	err := d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		due, err = tx.ClaimDeliveries(ctx, owner, retryBatch, lease)
		return err
	})
	if err != nil || len(due) == 0 {
		return err
	}
	s := &retries{sender: sender{d: d}, press: press{d: d}}
	defer s.close()
	stop := d.keep(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.RenewDeliveries(ctx, owner, lease) })
	defer stop()
	wait, err := s.retry(ctx, due, owner)
	stop()
	ctx = context.WithoutCancel(ctx)
	if len(s.off) > 0 {
		err = errors.Join(err, d.Store.Write(ctx, func(tx *store.Tx) error {
			for _, one := range s.off {
				if err := tx.PutOffDelivery(ctx, one, owner); err != nil {
					return err
				}
			}
			return d.domains.putOffAll(ctx, tx, s.off)
		}))
	}
	return errors.Join(err, d.Store.Write(ctx, func(tx *store.Tx) error { return tx.ReleaseDeliveries(ctx, owner, wait) }))
}

// retry tries one delivery after the other until the time is up or the relays
// take no more, and tells how long what is left has to wait.
func (s *retries) retry(ctx context.Context, due []magazine.Delivery, owner string) (wait time.Duration, err error) {
	slice := s.d.slice(mailer.RetryArgs{}.Kind(), "")
	for _, one := range due {
		if ctx.Err() != nil || s.d.ending.Err() != nil || slice.over(ctx, s.talk != nil && s.talk.Wanted()) {
			return 0, nil
		}
		wait, fault := s.again(ctx, one, owner)
		if fault != nil { // one that fails keeps none of the others back
			err = errors.Join(err, fmt.Errorf("edition %s: %w", one.Edition, fault), s.d.putOff(ctx, one, owner))
		}
		if wait > 0 {
			return wait, err
		}
	}
	return 0, err
}

// putOff gives back a delivery that could not be tried for a reason of ours, to
// be looked at again in a while.
func (d *Daemon) putOff(ctx context.Context, one magazine.Delivery, owner string) error {
	ctx = context.WithoutCancel(ctx)
	one.Next = d.Store.Now().Add(5 * time.Minute)
	return d.Store.Write(ctx, func(tx *store.Tx) error { return tx.PutOffDelivery(ctx, one, owner) })
}

// again tries one delivery again, if it is still ours and still wanted.
func (s *retries) again(ctx context.Context, one magazine.Delivery, owner string) (wait time.Duration, err error) {
	d := s.d
	if ours, err := d.Store.HoldsDelivery(ctx, one, owner); err != nil || !ours {
		return 0, err
	}
	of, err := s.press.matterOf(ctx, one.Edition, anySite)
	if err != nil {
		return 0, err
	}
	sub, turn, err := d.turn(ctx, of.edition, one.Subscriber)
	if err != nil {
		return 0, err
	}
	if of, err = s.press.matterOf(ctx, one.Edition, turn.Site); err != nil {
		return 0, err
	}
	why := unwanted(turn)
	var chosen []int
	if why == "" {
		if chosen = of.share(sub); len(chosen) == 0 {
			why = "nothing of it is left for this person"
		}
	}
	if why != "" {
		one.State, one.Reason, one.Next = magazine.Skipped, why, time.Time{}
		return 0, d.recordAgain(ctx, of.edition, one, owner, mailer.Result{})
	}
	l, err := s.press.letter(ctx, of, chosen, sub.Subscriber)
	if unmakeable(err) { // the articles come with the next edition
		d.log.Error("a message cannot be made", "edition", one.Edition, "error", err)
		one.State, one.Reason, one.Next = magazine.Failed, err.Error(), time.Time{}
		return 0, d.recordAgain(ctx, of.edition, one, owner, mailer.Result{})
	}
	if err != nil {
		return 0, err
	}
	if s.talk == nil {
		if refused := s.open(ctx); refused != nil {
			return d.noRelay(ctx, one, owner, *refused)
		}
		return s.again(ctx, one, owner) // it may have waited for long
	}
	if refused, waited := s.ready(); refused != nil {
		d.waits(one.Edition, *refused)
		return max(refused.RetryAfter, time.Second), nil
	} else if waited {
		return s.again(ctx, one, owner)
	}
	if until, why := d.domains.pass(ctx, &s.sender, of.edition, one.Subscriber, sub.Subscriber.Email); why != "" {
		one.Next, one.Reason = until, why
		s.off = append(s.off, one)
		return 0, nil
	}
	if one.Email = sub.Subscriber.Email; one.MessageID == "" { // its first try, for one who has just joined
		one.MessageID = d.messageID(one.Edition, one.Subscriber)
	}
	one.Group = l.group
	result := s.send(ctx, d.address(of.edition, l, sub.Subscriber, one.MessageID, one.Attempts+1), nil)
	d.domains.tell(&s.sender, one.Subscriber, one.Email, result, one.Attempts+1)
	switch {
	case result.Suspect:
		return 0, d.recordAgain(ctx, of.edition, one, owner, setAside(&one, result, d.Store.Now()))
	case !result.CostsAttempt():
		return d.noRelay(ctx, one, owner, result)
	default:
		one.Attempts++
		fill(&one, result, d.Store.Now())
		if err := d.recordAgain(ctx, of.edition, one, owner, result); err != nil {
			return 0, err
		}
		_, err := d.rebuffed(ctx, of.edition, one.Email, result)
		return 0, err
	}
}

// noRelay tells how long a delivery waits that no relay takes, and notes why where
// nothing else is known of it.
func (d *Daemon) noRelay(ctx context.Context, one magazine.Delivery, owner string, result mailer.Result) (time.Duration, error) {
	d.waits(one.Edition, result)
	wait := max(result.RetryAfter, time.Second)
	if one.Attempts+one.Asides > 0 {
		return wait, nil
	}
	fill(&one, result, d.Store.Now())
	ctx = context.WithoutCancel(ctx)
	return wait, d.Store.Write(ctx, func(tx *store.Tx) error { return tx.DeliveryWaits(ctx, one, owner) })
}

// turn reads a person's share in a newsletter and what counts at this moment.
// One who has no share has left.
func (d *Daemon) turn(ctx context.Context, e *magazine.Edition, person string) (*magazine.Subscription, store.Turn, error) {
	sub, err := d.Store.Subscription(ctx, e.Newsletter, person)
	if err != nil || sub == nil {
		return nil, store.Turn{Share: magazine.SubscriptionLeft}, err
	}
	turn, err := d.Store.Turn(ctx, e.ID, e.Newsletter, person)
	return sub, turn, err
}

// recordAgain writes down what came of a delivery that was tried again. A
// worker that was taken for dead writes only that a message went.
func (d *Daemon) recordAgain(ctx context.Context, e *magazine.Edition, one magazine.Delivery, owner string, result mailer.Result) error {
	return d.insist(ctx, func(ctx context.Context, tx *store.Tx) error {
		ours, err := tx.HoldDelivery(ctx, one, owner, lease)
		if err != nil || !ours && one.State != magazine.Sent {
			return err
		}
		if err := d.putDelivery(ctx, tx, e.Newsletter, one, result); err != nil {
			return err
		}
		if one.State == magazine.Sent {
			return d.served(ctx, tx, e, one.Subscriber)
		}
		_, err = tx.FinishEdition(ctx, e.ID)
		return err
	})
}
