package daemon

import (
	"context"
	"net/mail"
	"time"

	"github.com/riverqueue/river"

	"postrider/magazine"
	"postrider/mailer"
	"postrider/members"
	"postrider/store"
)

// confirmer mails the confirmation of a sign-up.
type confirmer struct {
	river.WorkerDefaults[members.ConfirmationArgs]
	d *Daemon
}

func (w *confirmer) Work(ctx context.Context, job *river.Job[members.ConfirmationArgs]) error {
	wait, err := w.d.confirm(ctx, job.Args.SignUp)
	if wait > 0 {
		return river.JobSnooze(wait)
	}
	return err
}

// confirm sends the confirmation mail of a sign-up, once. A repeat after a
// crash carries the same Message-ID. wait is how long it waits to be tried
// again: each time about as long as the sign-up is old, until the link in the
// mail would no longer work.
func (d *Daemon) confirm(ctx context.Context, id string) (wait time.Duration, err error) {
	u, p, err := d.unconfirmed(ctx, id)
	if err != nil || u == nil {
		return 0, err
	}
	token := d.Members.ConfirmToken(id)
	pending, err := d.Members.CheckConfirm(ctx, token)
	if magazine.CodeOf(err) == magazine.Invalid { // too old by now
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	preferences := ""
	if !p.Confirmed.IsZero() {
		preferences = d.preferencesLink(p)
	}
	m, err := members.ConfirmationMail(d.templates, d.Publication, pending, d.Publication.Link("/confirm/"+token), preferences)
	if err != nil {
		return 0, err
	}
	result := d.mailOne(ctx, d.toOne(m, id+".confirm", p, mailer.Posting{Kind: mailer.PostedSignUp, Of: id, Subscriber: p.ID}))
	if wait := waits(result, d.Store.Now().Sub(time.UnixMicro(u.Created))); wait > 0 {
		return wait, nil
	}
	if result.State == mailer.Failed {
		d.log.Warn("a confirmation could not be delivered", "sign_up", id, "relay", result.Relay, "code", result.Code, "enhanced", result.Enhanced)
	}
	return 0, d.mailedToOne(ctx, p, result, func(ctx context.Context, tx *store.Tx) error { return tx.SignUpMailed(ctx, id) })
}

// toOne is a mail to one person, of which a repeat carries the same id.
func (d *Daemon) toOne(m members.Mail, id string, p magazine.Subscriber, of mailer.Posting) *mailer.Parcel {
	message := &mailer.Message{From: d.config.Mail.From, ReplyTo: d.config.Mail.ReplyTo, Subject: m.Subject, HTML: m.HTML, Text: m.Text, Language: m.Language, Signers: d.signers}
	return message.For(mailer.Recipient{MessageID: id + "@" + d.mailDomain(), To: mail.Address{Name: p.Name, Address: p.Email}, Date: d.now().In(d.Publication.Zone), ReturnPath: d.returnPath(of)})
}

// waits is how long a mail to one person waits to be tried again: each time about
// as long as it has been wanted. 0: it is over.
func waits(result mailer.Result, age time.Duration) time.Duration {
	switch {
	case !result.CostsAttempt() && !result.Suspect:
		return max(result.RetryAfter, time.Second)
	case result.State == mailer.Deferred:
		return min(max(result.RetryAfter, age), longestWait)
	}
	return 0
}

const longestWait = 12 * time.Hour // between two tries

// unconfirmed finds a sign-up that is still to be mailed, and its person; nil
// where there is nothing to do.
func (d *Daemon) unconfirmed(ctx context.Context, id string) (*store.SignUp, magazine.Subscriber, error) {
	none := magazine.Subscriber{}
	u, err := d.Store.SignUp(ctx, id)
	if magazine.CodeOf(err) == magazine.NotFound || err == nil && (u.Mailed > 0 || u.Confirmed > 0) {
		return nil, none, nil
	}
	if err != nil {
		return nil, none, err
	}
	p, err := d.Store.Subscriber(ctx, u.Subscriber)
	if err != nil {
		return nil, none, err
	}
	if why, err := d.Store.Suppressed(ctx, p.Email); err != nil || why != "" {
		return nil, none, err
	}
	return &u, p, nil
}

// mailOne mails one message that belongs to no edition.
func (d *Daemon) mailOne(ctx context.Context, p *mailer.Parcel) mailer.Result {
	return d.mailOneBy(ctx, d.transport, p)
}

// mailOneBy mails it by another way than any.
func (d *Daemon) mailOneBy(ctx context.Context, way mailer.Transport, p *mailer.Parcel) mailer.Result {
	waiting, stop := d.whileRunning(ctx)
	defer stop()
	return mailBy(ctx, waiting, way, p, d.now())
}

// mailBy mails one message in a conversation of its own, for which it waits as long
// as waiting is not done.
func mailBy(ctx, waiting context.Context, way mailer.Transport, p *mailer.Parcel, now time.Time) mailer.Result {
	talk, err := way.Open(waiting, mailer.Urgent)
	if err != nil {
		return refusal(err, now)
	}
	defer talk.Close()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return talk.Send(ctx, p, nil)
}
