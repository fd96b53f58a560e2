package daemon

import (
	"context"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/mailer"
	"postrider/members"
	"postrider/store"
	"postrider/web/admin"
)

// previewAtDesk is what a person would get of a newsletter now, without the links
// that are theirs alone: who looks at it is somebody else.
func (d *Daemon) previewAtDesk(ctx context.Context, newsletter, email string) (m admin.Mail, err error) {
	shown, err := d.Preview(ctx, newsletter, email, time.Time{})
	if err != nil {
		return m, err
	}
	m = admin.Mail{Subject: shown.Subject, HTML: shown.HTML, Text: shown.Text, Edition: shown.Edition, Skipped: shown.Skipped, Warning: shown.Warning}
	if shown.Message == nil {
		return m, nil
	}
	p, err := d.Store.SubscriberByEmail(ctx, email)
	if err != nil {
		return m, err
	}
	theirs := d.addressee(newsletter, p)
	for _, part := range []*string{&m.HTML, &m.Text} {
		*part = strings.NewReplacer(theirs.UnsubscribeURL, d.Publication.Link("/"), theirs.PreferencesURL, d.Publication.Link("/")).Replace(*part)
	}
	return m, nil
}

// testAtDesk mails somebody who works at the desk what a person would get, once, and
// tells what became of it. Nothing is recorded, and nothing counts as served.
// Conflict: there is nothing for the person. Unavailable: no relay takes it.
func (d *Daemon) testAtDesk(ctx context.Context, newsletter, email string, to magazine.Subscriber) error {
	shown, err := d.previewAtDesk(ctx, newsletter, email)
	if err != nil {
		return err
	}
	if shown.HTML == "" {
		return magazine.Errorf(magazine.Conflict, "nothing is new for %s", email).Said("preferences.nothing")
	}
	m := members.Mail{Subject: "Test: " + shown.Subject, HTML: shown.HTML, Text: shown.Text, Language: d.Publication.Language}
	of, err := d.Store.SubscriberByEmail(ctx, email)
	if err != nil {
		return err
	}
	if err := d.Store.Write(ctx, func(tx *store.Tx) error {
		return tx.PutAct(ctx, store.Act{Who: to.Email, What: "test", Newsletter: newsletter, Subscriber: of.ID, Detail: "mailed to themselves what this person would get"})
	}); err != nil {
		return err
	}
	id := magazine.NewID()
	result := d.mailOne(ctx, d.toOne(m, id+".test", to, mailer.Posting{Kind: mailer.PostedAccount, Of: id, Subscriber: to.ID}))
	if result.State != mailer.Sent {
		return magazine.Errorf(magazine.Conflict, "%s: %s", result.Relay, result.Reason).Said("desk.preview.not-sent", "why", strings.TrimSpace(result.Relay+": "+result.Reason+" "+result.Reply))
	}
	return nil
}
