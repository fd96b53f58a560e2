package daemon

import (
	"context"
	"errors"
	"net/mail"
	"time"

	"github.com/riverqueue/river"

	"postrider/digests"
	"postrider/magazine"
	"postrider/mailer"
	"postrider/store"
)

const (
	lease     = 30 * time.Second // how long a worker may be silent before another takes its range
	slice     = 20 * time.Second // how long a job works before it lets others in
	pageSize  = 50               // people read ahead
	patience  = 12 * time.Minute // how long one message may take: the reply to the final dot has ten
	superBusy = time.Second      // wait for a delivery of an earlier edition that is being tried
)

// ranger sends an edition to a range of people.
type ranger struct {
	river.WorkerDefaults[mailer.RangeArgs]
	d *Daemon
}

func (w *ranger) Work(ctx context.Context, job *river.Job[mailer.RangeArgs]) error {
	return w.d.sendRange(ctx, job.Args.Edition, job.Args.Last)
}

// rangeWork is the work on one claimed range.
type rangeWork struct {
	sender
	edition *magazine.Edition
	pieces  []magazine.Article
	part    *store.Range
	nothing int // people since the last commit who had nothing new
}

// errYield ends a job in order: the range was given back and will be nudged.
var errYield = errors.New("the range was given back")

// sendRange works on a range until it is done, its time is up, or the relays
// take no more. Whoever comes next goes on behind the last recorded person.
func (d *Daemon) sendRange(ctx context.Context, edition, last string) error {
	w := &rangeWork{sender: sender{d: d, mails: map[string]*digests.Mail{}}}
	defer w.close()
	err := d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		w.part, err = tx.ClaimRange(ctx, edition, last, d.node+"/"+magazine.NewID(), lease)
		return err
	})
	if err != nil || w.part == nil {
		return err
	}
	if w.edition, err = d.Store.Edition(ctx, edition); err != nil {
		return err
	}
	if w.pieces, err = d.Store.EditionArticles(ctx, edition); err != nil {
		return err
	}
	err = w.run(ctx)
	if errors.Is(err, errYield) || store.Fenced(err) {
		return nil
	}
	if err != nil { // let another try soon, wherever it failed
		if give := w.yield(ctx, time.Second); !errors.Is(give, errYield) {
			d.log.Error("a range could not be given back", "edition", edition, "error", give)
		}
	}
	return err
}

func (w *rangeWork) run(ctx context.Context) error {
	until := time.Now().Add(slice)
	for {
		readers, err := w.d.Store.Readers(ctx, w.edition.Newsletter, w.part.Next, w.part.Last, pageSize)
		if err != nil {
			return err
		}
		if len(readers) == 0 {
			return w.finish(ctx)
		}
		for i := range readers {
			if ctx.Err() != nil || w.d.ending.Err() != nil || time.Now().After(until) {
				return w.yield(ctx, 0)
			}
			if err := w.person(ctx, &readers[i]); err != nil {
				return err
			}
		}
		if err := w.save(ctx); err != nil {
			return err
		}
	}
}

// person sends the edition to one person and records what came of it.
func (w *rangeWork) person(ctx context.Context, sub *magazine.Subscription) error {
	p := sub.Subscriber
	have, err := w.d.Store.Delivery(ctx, w.edition.ID, p.ID)
	if err != nil {
		return err
	}
	chosen := digests.Select(w.pieces, sub)
	if have != nil || len(chosen) == 0 {
		if have == nil {
			w.nothing++
		}
		w.part.Next = p.ID
		return nil
	}
	delivery := magazine.Delivery{Edition: w.edition.ID, Subscriber: p.ID, Email: p.Email, MessageID: w.d.messageID(w.edition.ID, p.ID), Attempts: 1}
	waits, err := w.d.Store.Deferred(ctx, w.edition.Newsletter, p.ID, w.edition.ID)
	if err != nil {
		return err
	}
	why, busy, err := w.admit(ctx, p, waits)
	if err != nil {
		return err
	}
	if busy {
		return w.yield(ctx, superBusy)
	}
	if why != "" {
		delivery.State, delivery.Reason, delivery.Attempts, delivery.MessageID = magazine.Skipped, why, 0, ""
		return w.record(ctx, delivery, mailer.Result{})
	}
	m, err := w.mail(ctx, w.edition, w.pieces, chosen)
	if err != nil {
		w.d.log.Error("an edition is held: a message cannot be made", "edition", w.edition.ID, "error", err)
		if err := w.d.setState(ctx, w.edition.ID, magazine.EditionHeld, "a message cannot be made: "+err.Error()); err != nil {
			return err
		}
		return w.yield(ctx, lease)
	}
	stop := w.heartbeat(ctx)
	result := w.send(ctx, w.edition, m, p, delivery.MessageID, 1)
	stop()
	if !result.CostsAttempt() {
		w.d.log.Warn("the mail waits", "edition", w.edition.ID, "relay", result.Relay, "reason", result.Reason, "reply", result.Reply, "retry_after", result.RetryAfter)
		return w.yield(ctx, max(result.RetryAfter, time.Second))
	}
	fill(&delivery, result, w.d.Store.Now())
	return w.record(ctx, delivery, result)
}

// heartbeat renews the lease while a message is on its way, which may take
// longer than the lease.
func (w *rangeWork) heartbeat(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	part := *w.part
	go func() {
		defer close(ended)
		tick := time.NewTicker(lease / 3)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if err := w.d.Store.Write(ctx, func(tx *store.Tx) error { return tx.AdvanceRange(ctx, &part, part.Next, 0, lease) }); err != nil && ctx.Err() == nil {
					w.d.log.Warn("a lease could not be renewed", "edition", part.Edition, "error", err)
				}
			}
		}
	}()
	return func() { cancel(); <-ended }
}

// admit tells why a person must not get the edition now, and ends what waits
// of earlier ones: this one holds their articles.
func (w *rangeWork) admit(ctx context.Context, p magazine.Subscriber, waits bool) (why string, busy bool, err error) {
	if p.State != magazine.Confirmed {
		return "the subscriber is " + string(p.State), false, nil
	}
	if why, err = w.d.suppressed(ctx, p.Email); err != nil || why != "" || !waits {
		return why, false, err
	}
	err = w.d.Store.Write(ctx, func(tx *store.Tx) error {
		busy, err = tx.Supersede(ctx, w.edition.Newsletter, p.ID, w.edition.ID)
		return err
	})
	return "", busy, err
}

// record commits a delivery and the place behind it, before the next message
// leaves. One who was fenced off still writes down a message that went.
func (w *rangeWork) record(ctx context.Context, d magazine.Delivery, result mailer.Result) error {
	ctx = context.WithoutCancel(ctx) // what the relay has said is recorded, stop or no stop
	write := func(fenced bool) error {
		return w.d.Store.Write(ctx, func(tx *store.Tx) error {
			if !fenced {
				if err := tx.AdvanceRange(ctx, w.part, d.Subscriber, w.nothing, lease); err != nil {
					return err
				}
			}
			return w.d.putDelivery(ctx, tx, w.edition.Newsletter, d, result)
		})
	}
	err := write(false)
	if store.Fenced(err) && d.State == magazine.Sent {
		if again := write(true); again != nil {
			return again
		}
	}
	if err != nil {
		return err
	}
	w.part.Next, w.nothing = d.Subscriber, 0
	return nil
}

// save commits the place behind people who had nothing new.
func (w *rangeWork) save(ctx context.Context) error {
	if w.nothing == 0 {
		return nil
	}
	err := w.d.Store.Write(ctx, func(tx *store.Tx) error {
		return tx.AdvanceRange(ctx, w.part, w.part.Next, w.nothing, lease)
	})
	if err == nil {
		w.nothing = 0
	}
	return err
}

// yield saves the place and gives the range back, to be taken up after wait.
func (w *rangeWork) yield(ctx context.Context, wait time.Duration) error {
	ctx = context.WithoutCancel(ctx)
	if err := w.save(ctx); err != nil {
		return err
	}
	err := w.d.Store.Write(ctx, func(tx *store.Tx) error { return tx.ReleaseRange(ctx, w.part, wait) })
	if err != nil {
		return err
	}
	return errYield
}

// finish closes the range, and the edition where it was the last.
func (w *rangeWork) finish(ctx context.Context) error {
	if err := w.save(ctx); err != nil {
		return err
	}
	return w.d.Store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.CloseRange(ctx, w.part, w.edition.Newsletter, w.edition.Cutoff); err != nil {
			return err
		}
		_, err := tx.FinishEdition(ctx, w.edition.ID)
		return err
	})
}

// sender has a conversation with a relay, opened when first needed, and the
// messages that it sent lately.
type sender struct {
	d     *Daemon
	talk  mailer.Conversation
	mails map[string]*digests.Mail
}

func (s *sender) close() {
	if s.talk != nil {
		s.talk.Close()
	}
}

// mail is the message of the group that gets these articles.
func (s *sender) mail(ctx context.Context, e *magazine.Edition, pieces []magazine.Article, chosen []int) (*digests.Mail, error) {
	key := groupKey(pieces, chosen, s.d.Publication.Language)
	if m := s.mails[e.ID+key]; m != nil {
		return m, nil
	}
	m, err := s.d.message(ctx, e, pieces, chosen, key)
	if err == nil {
		if len(s.mails) >= 100 { // groups of one person each would fill the memory
			clear(s.mails)
		}
		s.mails[e.ID+key] = m
	}
	return m, err
}

// send hands one person's message over. It isn't cut short when the job is to
// stop: that could cost a repeat.
func (s *sender) send(ctx context.Context, e *magazine.Edition, m *digests.Mail, p magazine.Subscriber, id string, attempt int) mailer.Result {
	if s.talk == nil {
		talk, err := s.d.transport.Open(ctx)
		if err != nil {
			return refusal(err, s.d.now())
		}
		s.talk = talk
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	msg := s.d.letter(e, m, p, id)
	msg.Attempt = attempt
	return s.talk.Send(ctx, msg)
}

// refusal is what nobody answering comes to: the edition waits.
func refusal(err error, now time.Time) mailer.Result {
	var u *mailer.Unavailable
	if errors.As(err, &u) {
		r := u.Result
		r.State, r.Blame, r.RetryAfter = mailer.Deferred, mailer.BlameRelay, max(u.Until.Sub(now), time.Second)
		return r
	}
	return mailer.Result{State: mailer.Deferred, Blame: mailer.BlameRelay, Reason: err.Error(), RetryAfter: time.Second}
}

// letter is one person's message.
func (d *Daemon) letter(e *magazine.Edition, m *digests.Mail, p magazine.Subscriber, id string) *mailer.Message {
	leave := d.Publication.Link("/leave/" + d.Members.LeaveToken(p.ID, e.Newsletter))
	subject, html, text := m.For(digests.Person{Email: p.Email, Name: p.Name, UnsubscribeURL: leave})
	return &mailer.Message{
		MessageID: id, From: d.config.Mail.From, ReplyTo: d.config.Mail.ReplyTo, To: mail.Address{Name: p.Name, Address: p.Email},
		Subject: subject, HTML: html, Text: text, Date: d.now().In(d.Publication.Zone), ListID: e.Newsletter + "." + d.mailDomain(),
		UnsubscribeURL: leave, Language: d.Publication.Language,
	}
}

// fill writes a relay's result into a delivery.
func fill(d *magazine.Delivery, r mailer.Result, now time.Time) {
	d.State, d.Reason, d.Code, d.Enhanced, d.Reply, d.Relay = magazine.DeliveryState(r.State), r.Reason, r.Code, r.Enhanced, r.Reply, r.Relay
	d.Next = time.Time{}
	if r.State == mailer.Deferred {
		d.Next = now.Add(r.RetryAfter)
	}
}

// putDelivery records a delivery and suppresses an address that does not exist.
func (d *Daemon) putDelivery(ctx context.Context, tx *store.Tx, newsletter string, to magazine.Delivery, result mailer.Result) error {
	if err := tx.PutDelivery(ctx, newsletter, to); err != nil || !result.Suppress {
		return err
	}
	if err := tx.Suppress(ctx, to.Email, "bounced: "+result.Reason); err != nil {
		return err
	}
	return tx.SetSubscriberState(ctx, to.Subscriber, magazine.Bounced)
}
