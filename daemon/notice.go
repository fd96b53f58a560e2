package daemon

import (
	"context"
	"fmt"
	"html/template"
	"net/mail"
	"regexp"
	"slices"
	"time"

	"github.com/riverqueue/river"

	"postrider/digests"
	"postrider/magazine"
	"postrider/mailer"
	"postrider/store"
	"postrider/web/admin"
)

// notifier mails people of the publication about an edition.
type notifier struct {
	river.WorkerDefaults[digests.NoticeArgs]
	d *Daemon
}

func (w *notifier) Work(ctx context.Context, job *river.Job[digests.NoticeArgs]) error {
	wait, err := w.d.notify(ctx, job.Args, w.d.Store.Now().Sub(job.CreatedAt))
	if wait > 0 {
		return river.JobSnooze(wait)
	}
	return err
}

// noticeFor is how long a notice is tried before it is given up.
const noticeFor = 3 * 24 * time.Hour

// holdFor stops an edition until people decide, who are told.
func (d *Daemon) holdFor(ctx context.Context, tx *store.Tx, e *magazine.Edition, reason string) error {
	if err := tx.HoldEdition(ctx, e, reason); err != nil {
		return err
	}
	if err := tx.SetAlarm(ctx, store.Alarm{Kind: store.AlarmEdition, Ref: e.ID}); err != nil {
		return err
	}
	e.State, e.Reason = magazine.EditionHeld, reason
	return d.notifyHeld(ctx, tx, e)
}

// notifyHeld has people told that an edition is held.
func (d *Daemon) notifyHeld(ctx context.Context, tx *store.Tx, e *magazine.Edition) error {
	id, newsletter, key, reason := e.ID, e.Newsletter, e.Key, e.Reason
	tx.After(func() {
		d.log.Error("an edition is held", "edition", id, "newsletter", newsletter, "occurrence", key, "reason", reason, "mend", "postrider editions release "+id+", or drop "+id)
	})
	if err := d.troubleOver(ctx, tx, store.TroubleLate, e.ID); err != nil {
		return err
	}
	return d.troubleBegins(ctx, tx, store.Trouble{Kind: store.TroubleHeld, Ref: e.ID, Since: tx.Now, Detail: e.Reason})
}

// notifyDraft has the editors sent a draft, and who had approved it before somebody else
// changed it.
func (d *Daemon) notifyDraft(ctx context.Context, tx *store.Tx, e *magazine.Edition) error {
	to := slices.Clone(d.editors(e.Newsletter))
	if why, args := magazine.ReadReason(e.Reason); why == magazine.ApprovalOver && args[1] != args[3] {
		had, err := magazine.ParseEmail(args[1].(string)) // of who approved it by a command, only a name is known
		if err == nil && !among(to, had) {
			to = append(to, mail.Address{Address: had})
		}
	}
	return d.jobs.notices(ctx, tx, e.ID, digests.NoticeDraft, to)
}

// among tells that an address is one of a list.
func among(list []mail.Address, address string) bool {
	return slices.ContainsFunc(list, func(a mail.Address) bool { return magazine.EmailKey(a.Address) == magazine.EmailKey(address) })
}

// mayHaveDraft tells that somebody gets a newsletter's drafts: one of its editors, or who
// may approve them at the desk, and may be mailed.
func (d *Daemon) mayHaveDraft(ctx context.Context, newsletter, address string) (bool, error) {
	if among(d.editors(newsletter), address) {
		return true, nil
	}
	p, err := d.Store.SubscriberByEmail(ctx, address)
	if magazine.CodeOf(err) == magazine.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	role, err := d.Store.Role(ctx, p.ID)
	if err != nil || !role.May(magazine.Editor) {
		return false, err
	}
	why, err := d.Store.Suppressed(ctx, address)
	return err == nil && why == "", err
}

// editors are who get a newsletter's drafts.
func (d *Daemon) editors(newsletter string) []mail.Address {
	if own := d.approval(newsletter).Editors; len(own) > 0 {
		return own
	}
	return d.config.Mail.Admins
}

// notify mails one notice. wait is how long it waits to be tried again: each
// time about as long as it is old. A repeat carries the same Message-ID.
func (d *Daemon) notify(ctx context.Context, n digests.NoticeArgs, age time.Duration) (wait time.Duration, err error) {
	e, err := d.Store.Edition(ctx, n.Edition)
	if err != nil {
		return 0, err
	}
	if n.About != digests.NoticeDraft || e.State != magazine.EditionWaiting { // somebody has decided meanwhile
		return 0, nil
	}
	if may, err := d.mayHaveDraft(ctx, e.Newsletter, n.To); err != nil || !may {
		return 0, err
	}
	to := mailer.Recipient{MessageID: n.ID + "." + n.About + "@" + d.mailDomain(), To: mail.Address{Address: n.To}, Date: d.now().In(d.Publication.Zone)}
	m := &mailer.Message{From: d.config.Mail.From, Language: d.Publication.Language, Signers: d.signers}
	if err = d.draftNotice(ctx, e, n.To, m); err != nil {
		return 0, err
	}
	switch result := d.mailOne(ctx, m.For(to)); {
	case result.State == mailer.Sent:
		return 0, nil
	case age > noticeFor || result.State == mailer.Failed:
		d.log.Error("people of the publication could not be told about an edition", "edition", e.ID, "about", n.About, "relay", result.Relay, "code", result.Code, "reason", result.Reason)
		return 0, nil
	default:
		return min(max(result.RetryAfter, age), time.Hour), nil
	}
}

func (d *Daemon) titleOf(newsletter string) string {
	letter, err := d.Newsletter(newsletter)
	if err != nil {
		return newsletter
	}
	return letter.Title
}

// draftNotice is a draft as people will get it who follow everything, under a
// note that says what it waits for.
func (d *Daemon) draftNotice(ctx context.Context, e *magazine.Edition, to string, m *mailer.Message) error {
	pieces, err := d.Store.EditionArticles(ctx, e.ID)
	if err != nil {
		return err
	}
	if len(pieces) == 0 { // all were withdrawn
		m.Subject, m.Text = "Draft: "+d.titleOf(e.Newsletter)+" has nothing left", "Everything in it was withdrawn.\n"
		return nil
	}
	renderer := d.renderers[e.Newsletter]
	if renderer == nil {
		return magazine.Errorf(magazine.NotFound, "the configuration has no newsletter %s any more", e.Newsletter)
	}
	made, err := renderer.Render(d.printedEdition(e, ""), pieces)
	if err != nil {
		return err
	}
	var html, text string
	m.Subject, html, text = made.For(digests.Person{Email: to, UnsubscribeURL: d.Publication.Link("/"), PreferencesURL: d.Publication.Link("/preferences")})
	what := "Draft: "
	if e.Reason != "" { // it was approved once
		what, html = "Draft changed: ", d.headed(html, e.Reason)
	}
	m.Subject, m.HTML, m.Text = what+m.Subject, html, d.draftWords(e)+"\n"+text
	return nil
}

// bodyTag begins what is shown of a mail's HTML.
var bodyTag = regexp.MustCompile("(?i)<body[^>]*>")

// headed is a mail's HTML, by whatever template, with a reason above all else: in the
// publication's language, and in colours of its own, for the mail's may be dark.
func (d *Daemon) headed(html, reason string) string {
	w, at := d.Feeds.Messages.In(d.Publication.Language), 0
	if body := bodyTag.FindStringIndex(html); body != nil {
		at = body[1]
	}
	return html[:at] + fmt.Sprintf(`<p lang="%s" dir="%s" style="max-width:600px;margin:16px auto;padding:12px 16px;background-color:#fff4cc;color:#1c1b19">%s</p>`,
		w.Language, w.Direction, template.HTMLEscapeString(admin.Because(reason).Say(w))) + html[at:]
}

// draftWords say what becomes of a draft, and how to decide.
func (d *Daemon) draftWords(e *magazine.Edition) string {
	then := "is held unless somebody approves it"
	switch approval := d.approval(e.Newsletter); {
	case e.Approved != "":
		then = "goes out: " + e.Approved + " has approved it"
	case approval.Send:
		then = "goes out unless somebody drops it"
	}
	if e.Reason != "" {
		then += ". " + e.Reason
	}
	return fmt.Sprintf(`This is a draft of %s, edition %s. At %s it %s.

Approve it:  postrider editions approve %[2]s
Drop it:     postrider editions drop %[2]s
Add a note:  postrider editions note %[2]s "TEXT"
`, d.titleOf(e.Newsletter), e.ID, d.local(e.Starts), then)
}
