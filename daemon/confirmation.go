package daemon

import (
	"context"
	"net/mail"

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
	result, err := w.d.confirm(ctx, job.Args.SignUp)
	if magazine.CodeOf(err) == magazine.NotFound {
		return nil
	}
	if err == nil && result.State == mailer.Deferred {
		return river.JobSnooze(max(result.RetryAfter, 1))
	}
	return err
}

// confirm sends the confirmation mail of a sign-up, once. A repeat after a
// crash carries the same Message-ID.
func (d *Daemon) confirm(ctx context.Context, id string) (mailer.Result, error) {
	u, err := d.Store.SignUp(ctx, id)
	if err != nil || u.Mailed > 0 || u.Confirmed > 0 {
		return mailer.Result{}, err
	}
	p, err := d.Store.Subscriber(ctx, u.Subscriber)
	if err != nil {
		return mailer.Result{}, err
	}
	if why, err := d.Store.Suppressed(ctx, p.Email); err != nil || why != "" {
		return mailer.Result{}, err
	}
	token := d.Members.ConfirmToken(id)
	pending, err := d.Members.CheckConfirm(ctx, token)
	if magazine.CodeOf(err) == magazine.Invalid { // too old by now
		return mailer.Result{}, nil
	}
	if err != nil {
		return mailer.Result{}, err
	}
	m, err := members.ConfirmationMail(d.templates, d.Publication, pending, d.Publication.Link("/confirm/"+token))
	if err != nil {
		return mailer.Result{}, err
	}
	talk, err := d.transport.Open(ctx)
	if err != nil {
		return refusal(err, d.now()), nil
	}
	defer talk.Close()
	result := talk.Send(context.WithoutCancel(ctx), &mailer.Message{MessageID: id + ".confirm@" + d.mailDomain(), From: d.config.Mail.From, ReplyTo: d.config.Mail.ReplyTo,
		To: mail.Address{Name: p.Name, Address: p.Email}, Subject: m.Subject, HTML: m.HTML, Text: m.Text, Date: d.now().In(d.Publication.Zone), Language: d.Publication.Language})
	if result.State != mailer.Deferred {
		if result.State == mailer.Failed {
			d.log.Warn("a confirmation could not be delivered", "sign_up", id, "reason", result.Reason, "reply", result.Reply)
		}
		err = d.Store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error { return tx.SignUpMailed(ctx, id) })
	}
	return result, err
}
