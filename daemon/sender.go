package daemon

import (
	"context"
	"errors"
	"net/mail"
	"sync"
	"time"

	"postrider/digests"
	"postrider/magazine"
	"postrider/mailer"
	"postrider/store"
)

const (
	patience   = 12 * time.Minute // how long one message may take: the reply to the final dot has ten
	keptMails  = 100              // messages in memory: groups of one person each would fill it
	keptMatter = 10               // editions in memory
)

// sender has a conversation with a relay, opened when first needed, and what it
// sent lately. It belongs to one job.
type sender struct {
	d        *Daemon
	talk     mailer.Conversation
	mails    map[string]*digests.Mail
	editions map[string]*matter
}

// matter is an edition with what it prints, as of a version of the site.
type matter struct {
	edition *magazine.Edition
	pieces  []magazine.Article
	site    int64
}

func (s *sender) close() {
	if s.talk != nil {
		s.talk.Close()
	}
}

// anySite asks for an edition with what it prints as of any version of the site.
const anySite = -1

// read finds an edition with what it prints. What was read of an earlier
// version of the site is read anew.
func (s *sender) read(ctx context.Context, id string, site int64) (*matter, error) {
	if m := s.editions[id]; m != nil && (m.site == site || site == anySite) {
		return m, nil
	}
	e, err := s.d.Store.EditionHead(ctx, id)
	if err != nil {
		return nil, err
	}
	pieces, err := s.d.Store.EditionArticles(ctx, id)
	if err != nil {
		return nil, err
	}
	if s.editions == nil || len(s.editions) >= keptMatter {
		s.editions = map[string]*matter{}
	}
	s.editions[id] = &matter{e, pieces, site}
	return s.editions[id], nil
}

// mail is the message of the group that gets these articles.
func (s *sender) mail(ctx context.Context, of *matter, chosen []int) (*digests.Mail, error) {
	group := groupKey(of.pieces, chosen, s.d.Publication.Language)
	key := of.edition.ID + "/" + group
	if m := s.mails[key]; m != nil {
		return m, nil
	}
	m, err := s.d.message(ctx, of.edition, of.pieces, chosen, group)
	if err != nil {
		return nil, err
	}
	if s.mails == nil || len(s.mails) >= keptMails {
		s.mails = map[string]*digests.Mail{}
	}
	s.mails[key] = m
	return m, nil
}

// send hands one person's message over. ctx is the job's, which ends only when
// the daemon's time to stop in order is up.
func (s *sender) send(ctx context.Context, e *magazine.Edition, m *digests.Mail, p magazine.Subscriber, id string, attempt int) mailer.Result {
	if s.d.transport == nil { // every newsletter was taken out of the configuration
		return mailer.Result{State: mailer.Deferred, Blame: mailer.BlameRelay, Reason: "the configuration has no newsletter, and so no way to send", RetryAfter: time.Minute}
	}
	if s.talk == nil {
		talk, err := s.d.transport.Open(ctx)
		if err != nil {
			return refusal(err, s.d.now())
		}
		s.talk = talk
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	msg := s.d.letter(e, m, p, id)
	msg.Attempt = attempt
	return s.talk.Send(ctx, msg)
}

// refusal is what nobody answering comes to: the mail waits.
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

// putDelivery records a delivery and suppresses an address that does not exist.
func (d *Daemon) putDelivery(ctx context.Context, tx *store.Tx, newsletter string, to magazine.Delivery, result mailer.Result) error {
	if err := tx.PutDelivery(ctx, newsletter, to); err != nil || !result.Suppress {
		return err
	}
	return bounced(ctx, tx, to.Subscriber, to.Email, result)
}

// bounced suppresses an address that does not exist.
func bounced(ctx context.Context, tx *store.Tx, subscriber, email string, result mailer.Result) error {
	if err := tx.Suppress(ctx, email, "bounced: "+result.Reason); err != nil {
		return err
	}
	return tx.SetSubscriberState(ctx, subscriber, magazine.Bounced)
}

// served moves the served numbers of one person who got an edition, apart from
// a range's end, and ends the edition where nothing more is open.
func (d *Daemon) served(ctx context.Context, tx *store.Tx, e *magazine.Edition, person string) error {
	if err := tx.Serve(ctx, e.Newsletter, person, e.Cutoff); err != nil {
		return err
	}
	_, err := tx.FinishEdition(ctx, e.ID)
	return err
}

// keep renews a lease while its owner works, which may take longer than the
// lease: one message alone can. stop may be called twice, and returns when no
// renewal is under way; a worker that panics must not leave it running.
func (d *Daemon) keep(ctx context.Context, renew func(context.Context, *store.Tx) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(lease / 3)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			err := d.Store.Write(ctx, func(tx *store.Tx) error { return renew(ctx, tx) })
			if store.Fenced(err) || ctx.Err() != nil {
				return
			}
			if err != nil {
				d.log.Warn("a lease could not be renewed", "error", err)
			}
		}
	}()
	return sync.OnceFunc(func() { cancel(); <-ended })
}

// insist writes down what a relay has said, stop or no stop. Where the database
// cannot take it now, it tries again for as long as the lease is sure to last:
// what is not recorded is sent once more.
func (d *Daemon) insist(ctx context.Context, f func(context.Context, *store.Tx) error) (err error) {
	writing, cancel := context.WithTimeout(context.WithoutCancel(ctx), lease/2)
	defer cancel()
	for wait := 50 * time.Millisecond; ; wait *= 2 {
		err = d.Store.Write(writing, func(tx *store.Tx) error { return f(writing, tx) })
		if err == nil || store.Fenced(err) {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return err
		case <-writing.Done():
			return err
		}
	}
}

// waits says, now and then, that no relay takes mail.
func (d *Daemon) waits(edition string, r mailer.Result) {
	text := r.Relay + ": " + r.Reason
	if r.Reply != "" {
		text += " (" + r.Reply + ")"
	}
	last := d.trouble.Swap(&trouble{time.Now(), text})
	if last == nil || last.text != text || time.Since(last.at) > time.Minute {
		// The reason is in our words; the relay's own might name a person.
		d.log.Warn("the mail waits for a relay", "edition", edition, "relay", r.Relay, "reason", r.Reason, "phase", r.Phase, "code", r.Code, "enhanced", r.Enhanced, "retry_after", r.RetryAfter.String())
	}
}

// trouble is what was last seen of relays that take no mail.
type trouble struct {
	at   time.Time
	text string
}
