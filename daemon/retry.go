package daemon

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"postrider/digests"
	"postrider/magazine"
	"postrider/mailer"
	"postrider/store"
)

// retrier tries again the deliveries that are due, up to 500 in one job.
type retrier struct {
	river.WorkerDefaults[mailer.RetryArgs]
	d *Daemon
}

func (w *retrier) Work(ctx context.Context, job *river.Job[mailer.RetryArgs]) error {
	return w.d.retryDue(ctx)
}

func (d *Daemon) retryDue(ctx context.Context) error {
	owner := d.node + "/" + magazine.NewID()
	var due []magazine.Delivery
	err := d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		due, err = tx.ClaimDeliveries(ctx, owner, 500, lease)
		return err
	})
	if err != nil || len(due) == 0 {
		return err
	}
	s := &sender{d: d, mails: map[string]*digests.Mail{}}
	defer s.close()
	until := time.Now().Add(slice)
	for _, one := range due {
		if ctx.Err() != nil || d.ending.Err() != nil || time.Now().After(until) {
			err = d.putOff(ctx, one, owner, 0)
		} else {
			err = s.again(ctx, one, owner)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// again tries one delivery again, if it is still ours and still wanted.
func (s *sender) again(ctx context.Context, one magazine.Delivery, owner string) error {
	d := s.d
	ours := false
	if err := d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		ours, err = tx.HoldDelivery(ctx, one, owner, patience)
		return err
	}); err != nil || !ours {
		return err
	}
	e, err := d.Store.Edition(ctx, one.Edition)
	if err != nil {
		return err
	}
	sub, err := d.Store.Subscription(ctx, e.Newsletter, one.Subscriber)
	if err != nil {
		return err
	}
	pieces, err := d.Store.EditionArticles(ctx, e.ID)
	if err != nil {
		return err
	}
	why, err := d.unwanted(ctx, sub)
	if err != nil {
		return err
	}
	var chosen []int
	if why == "" {
		if chosen = digests.Select(pieces, sub); len(chosen) == 0 {
			why = "nothing of it is left for this person"
		}
	}
	if why != "" {
		one.State, one.Reason, one.Next = magazine.Skipped, why, time.Time{}
		return d.recordAgain(ctx, e, one, mailer.Result{})
	}
	m, err := s.mail(ctx, e, pieces, chosen)
	if err != nil {
		return err
	}
	one.Email = sub.Subscriber.Email
	result := s.send(ctx, e, m, sub.Subscriber, one.MessageID, one.Attempts+1)
	if !result.CostsAttempt() {
		return d.putOff(ctx, one, owner, max(result.RetryAfter, time.Second))
	}
	one.Attempts++
	fill(&one, result, d.Store.Now())
	return d.recordAgain(ctx, e, one, result)
}

// unwanted tells why a person must not get a delivery that waited.
func (d *Daemon) unwanted(ctx context.Context, sub *magazine.Subscription) (string, error) {
	switch {
	case sub == nil || sub.State != magazine.SubscriptionActive:
		return "the subscriber has left", nil
	case sub.Subscriber.State != magazine.Confirmed:
		return "the subscriber is " + string(sub.Subscriber.State), nil
	}
	return d.suppressed(ctx, sub.Subscriber.Email)
}

func (d *Daemon) recordAgain(ctx context.Context, e *magazine.Edition, one magazine.Delivery, result mailer.Result) error {
	ctx = context.WithoutCancel(ctx)
	return d.Store.Write(ctx, func(tx *store.Tx) error {
		if err := d.putDelivery(ctx, tx, e.Newsletter, one, result); err != nil {
			return err
		}
		if one.State == magazine.Sent {
			if err := tx.Serve(ctx, e.Newsletter, one.Subscriber, e.Cutoff); err != nil {
				return err
			}
		}
		_, err := tx.FinishEdition(ctx, e.ID)
		return err
	})
}

func (d *Daemon) putOff(ctx context.Context, one magazine.Delivery, owner string, wait time.Duration) error {
	ctx = context.WithoutCancel(ctx)
	return d.Store.Write(ctx, func(tx *store.Tx) error { return tx.PutOffDelivery(ctx, one, owner, wait) })
}

// suppressed tells why an address must not be mailed; empty: it may be.
func (d *Daemon) suppressed(ctx context.Context, email string) (string, error) {
	why, err := d.Store.Suppressed(ctx, email)
	if why != "" {
		why = "suppressed: " + why
	}
	return why, err
}
