package daemon

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"postrider/mailer"
	"postrider/members"
	"postrider/store"
)

// mover mails about a change of somebody's address.
type mover struct {
	river.WorkerDefaults[members.AddressArgs]
	d *Daemon
}

func (w *mover) Work(ctx context.Context, job *river.Job[members.AddressArgs]) error {
	wait, err := w.d.mailAddress(ctx, job.Args)
	if wait > 0 {
		return river.JobSnooze(wait)
	}
	return err
}

// mailAddress sends a mail about a change of address, once. A repeat after a
// crash carries the same Message-ID. wait is how long it waits to be tried again,
// until its link would no longer work.
func (d *Daemon) mailAddress(ctx context.Context, about members.AddressArgs) (wait time.Duration, err error) {
	c, to, ok, err := d.Members.MailedAddress(ctx, about)
	if err != nil || !ok {
		return 0, err
	}
	m, err := members.AddressMail(d.templates, d.Publication, to.Language, about.About, c.Old, c.New, d.Publication.Link("/address/"+d.Members.AddressToken(about)), d.Publication.Link("/preferences"))
	if err != nil {
		return 0, err
	}
	since, step := c.Created, store.AddressAsked
	if about.About == members.AddressTell {
		since, step = c.Confirmed, store.AddressTold
	}
	id := c.ID + "." + string(about.About)
	// Should it come back, that says nothing of the person: it went to an address
	// that is not theirs yet, or no more.
	result := d.mailOne(ctx, d.toOne(m, id, to, mailer.Posting{Kind: mailer.PostedAccount, Of: c.ID, Subscriber: "nobody"}))
	if wait := waits(result, d.Store.Now().Sub(since)); wait > 0 {
		return wait, nil
	}
	if result.State == mailer.Failed {
		d.log.Warn("a mail about a change of address could not be delivered", "change", id, "relay", result.Relay, "code", result.Code, "enhanced", result.Enhanced)
	}
	return 0, d.insist(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.MarkAddressChange(ctx, c.ID, step) })
}
