package daemon

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"postrider/magazine"
	"postrider/mailer"
	"postrider/members"
	"postrider/store"
)

// signer mails the link and the code of a sign-in.
type signer struct {
	river.WorkerDefaults[members.SignInArgs]
	d *Daemon
}

func (w *signer) Work(ctx context.Context, job *river.Job[members.SignInArgs]) error {
	wait, err := w.d.mailSignIn(ctx, job.Args.SignIn)
	if wait > 0 {
		return river.JobSnooze(wait)
	}
	return err
}

// mailSignIn sends the mail of a sign-in, once; to nobody where the address is
// nobody's. A repeat after a crash carries the same Message-ID, link and code.
// wait is how long it waits to be tried again, until it would come too late.
func (d *Daemon) mailSignIn(ctx context.Context, id string) (wait time.Duration, err error) {
	u, p, ok, err := d.Members.MailedSignIn(ctx, id)
	if err != nil || !ok {
		return 0, err
	}
	m, err := members.SignInMail(d.templates, d.Publication, p.Language, d.Members.SignInCode(id), d.Publication.Link("/signin/"+d.Members.SignInToken(id)), d.preferencesLink(p))
	if err != nil {
		return 0, err
	}
	result := d.mailOne(ctx, d.toOne(m, id+".signin", p, mailer.Posting{Kind: mailer.PostedAccount, Of: id, Subscriber: p.ID}))
	if wait := waits(result, d.Store.Now().Sub(u.Created)); wait > 0 {
		return wait, nil
	}
	if result.State == mailer.Failed {
		d.log.Warn("the mail of a sign-in could not be delivered", "sign_in", id, "relay", result.Relay, "code", result.Code, "enhanced", result.Enhanced)
	}
	return 0, d.mailedToOne(ctx, p, result, func(ctx context.Context, tx *store.Tx) error { return tx.SignInMailed(ctx, id) })
}

// mailedToOne records what became of a mail to one person: what the address
// deserves, and what else done writes.
func (d *Daemon) mailedToOne(ctx context.Context, p magazine.Subscriber, result mailer.Result, done func(ctx context.Context, tx *store.Tx) error) error {
	return d.insist(ctx, func(ctx context.Context, tx *store.Tx) error {
		if result.Suppress {
			if err := bounced(ctx, tx, p.ID, p.Email, result.Reason); err != nil {
				return err
			}
		}
		return done(ctx, tx)
	})
}
