package daemon

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"postrider/magazine"
	"postrider/mailer"
	"postrider/members"
	"postrider/store"
	"postrider/templates"
)

// teller tells one who runs the publication what has gone wrong and what is over.
type teller struct {
	river.WorkerDefaults[members.TroubleArgs]
	d *Daemon
}

func (w *teller) Work(ctx context.Context, job *river.Job[members.TroubleArgs]) error {
	wait, err := w.d.tellOf(ctx, job.Args.Whom)
	if wait > 0 {
		return river.JobSnooze(wait)
	}
	return err
}

const (
	tellAgain  = time.Minute      // how soon it is tried again where no relay takes mail
	tellSlower = 15 * time.Minute // and where the address itself puts it off
	tellLater  = time.Hour        // and where it was refused for good, which may be meant for this mail or this hour
)

// tellOf tells somebody all that they are to be told, in one mail; what began and was
// over before it could go is told as that. What was told is written down when a relay
// has taken it: killed in between, it goes once more. wait is how long it waits to be
// tried again.
func (d *Daemon) tellOf(ctx context.Context, whom string) (wait time.Duration, err error) {
	of, err := d.Store.Notices(ctx, whom)
	if err != nil || len(of) == 0 {
		return 0, err
	}
	if of, err = d.asItIsNow(ctx, whom, of); err != nil || len(of) == 0 {
		return 0, err
	}
	to, why, err := d.whoIs(ctx, whom)
	if err != nil {
		return 0, err
	}
	if why != "" {
		d.log.Warn("somebody is not told what has gone wrong", "to", cmp.Or(to.Email, whom), "why", why)
		return 0, d.Store.Write(ctx, func(tx *store.Tx) error { return tx.ForgetNotices(ctx, whom) })
	}
	ways, err := d.waysToTell(ctx, of)
	if err != nil {
		return 0, err
	}
	var result mailer.Result
	itself := false
	for _, way := range ways {
		m, err := d.troubleMail(ctx, to, of, way.relay)
		if err != nil {
			return 0, err
		}
		result, itself = d.mailOneBy(ctx, way.Transport, d.toOne(m, "trouble."+nameOf(whom, of), to, mailer.Posting{Kind: mailer.PostedAccount, Of: of[0].ID, Subscriber: to.ID})), way.relay != ""
		if result.Blame != mailer.BlameRelay {
			break
		}
	}
	age, err := d.triedFor(ctx, whom, of, result)
	if err != nil {
		return 0, err
	}
	switch {
	case result.State == mailer.Sent:
	case result.State == mailer.Failed || age > noticeFor:
		d.log.Error("somebody could not be told what has gone wrong", "to", to.Email, "given_up", age > noticeFor, "relay", result.Relay, "code", result.Code, "reason", result.Reason, "reply", result.Reply)
		if age <= noticeFor {
			return tellLater, d.insist(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.NotTold(ctx, whom, of, seenOf(result)) })
		}
	case result.CostsAttempt():
		return min(max(result.RetryAfter, tellAgain), tellSlower), nil
	default: // no relay takes mail
		return min(max(result.RetryAfter, time.Second), tellAgain), nil
	}
	if itself && result.State == mailer.Sent {
		of = d.provenBy(ctx, whom, of)
	}
	return 0, d.insist(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Told(ctx, whom, of); err != nil || result.State == mailer.Sent {
			return err
		}
		return tx.NotTold(ctx, whom, of, seenOf(result))
	})
}

// triedFor is for how long it has been tried to tell somebody the newest of all that they
// are to be told, which may have begun long before anybody looked. A try that failed
// counts from now on.
func (d *Daemon) triedFor(ctx context.Context, whom string, of []store.Notice, result mailer.Result) (age time.Duration, err error) {
	var first time.Time
	fresh := false
	for _, n := range of {
		first, fresh = laterOf(first, n.Tried), fresh || n.Tried.IsZero()
	}
	if !fresh {
		return d.Store.Now().Sub(first), nil
	}
	if result.State != mailer.Sent {
		err = d.insist(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.TriedToTell(ctx, whom, of) })
	}
	return 0, err
}

// asItIsNow is what is to be told once it is known whether relays that took no mail
// still do not: this mail may have waited for one of them.
func (d *Daemon) asItIsNow(ctx context.Context, whom string, of []store.Notice) ([]store.Notice, error) {
	for _, n := range of {
		if n.Kind == store.TroubleRelay && n.Ended.IsZero() {
			if err := d.lookAtRelays(ctx); err != nil {
				return nil, err
			}
			if err := d.lookForTroubles(ctx); err != nil {
				return nil, err
			}
			return d.Store.Notices(ctx, whom)
		}
	}
	return of, nil
}

// nameOf names what is told to somebody: a repeat of the same has the same name.
func nameOf(whom string, of []store.Notice) string {
	h := sha256.New()
	h.Write([]byte(whom))
	for _, n := range of {
		h.Write([]byte(" " + n.ID))
		if !n.Ended.IsZero() {
			h.Write([]byte(" over"))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// whoIs is who is to be told: an owner by their id, or an address of mail.admins. why
// tells why they are not any more.
func (d *Daemon) whoIs(ctx context.Context, whom string) (p magazine.Subscriber, why string, err error) {
	if !strings.Contains(whom, "@") {
		role, err := d.Store.Role(ctx, whom)
		if err != nil || role != magazine.Owner {
			return p, "they are no owner any more", err
		}
		if p, err = d.Store.Subscriber(ctx, whom); err != nil {
			return p, "", err
		}
	} else {
		why = "the address stands in mail.admins no more"
		for _, a := range d.config.Mail.Admins {
			if a.Address == whom {
				p, why = magazine.Subscriber{Email: a.Address, Name: a.Name}, ""
			}
		}
	}
	if why == "" {
		why, err = d.Store.Suppressed(ctx, p.Email)
	}
	return p, why, err
}

// troubleMail is the mail that tells somebody of what has gone wrong and what is over,
// in their language. itself is the relay that takes it although it is in trouble, as
// the mail says; empty: it is none.
func (d *Daemon) troubleMail(ctx context.Context, to magazine.Subscriber, of []store.Notice, itself string) (members.Mail, error) {
	messages, err := d.templates.Messages()
	if err != nil {
		return members.Mail{}, err
	}
	w := messages.In(to.Language, d.Publication.Language)
	var subject, link string
	var sentences, after []string
	for i, n := range of {
		said, err := d.saysOf(ctx, w, &n, itself)
		if err != nil {
			return members.Mail{}, err
		}
		sentences = append(sentences, said.sentences...)
		if i == 0 {
			subject, link = said.subject, said.path
		}
		if said.command != "" {
			after = append(after, said.command)
		}
	}
	if len(of) > 1 {
		subject, link = w.T("trouble.more", "subject", subject, "n", w.Number(len(of)-1)), "/desk/"
	}
	why := w.T("trouble.admin")
	if to.ID != "" {
		why = w.T("trouble.owner")
	}
	return members.TroubleMail(d.templates, d.Publication, w, subject, sentences[0], sentences, d.Publication.Link(link), append(after, why))
}

// says is what is told of one trouble.
type says struct {
	subject   string
	sentences []string // what, what it means for whom, what to do
	path      string   // of the page that tells more
	command   string   // by which one can do it, too; empty: there is none
}

// saysOf puts a trouble into words.
func (d *Daemon) saysOf(ctx context.Context, w *templates.Words, n *store.Notice, itself string) (s says, err error) {
	facts, err := d.factsOf(ctx, &n.Trouble)
	if err != nil {
		return s, err
	}
	if n.Kind == store.TroubleRelay && n.Ref == itself {
		facts = factsOfRelayItself(&n.Trouble)
	}
	say := func(what string) string { return facts.said[what].Say(w, d.Store.Now(), d.Publication.Zone) }
	s = says{subject: say("subject"), path: facts.path}
	if !n.Ended.IsZero() {
		s.subject = say("done")
		s.sentences = []string{say("over")}
		return s, nil
	}
	s.sentences = []string{say("what"), say("means"), say("mend")}
	if n.Kind == store.TroubleHeld {
		s.command = w.T("trouble.held.command", "release", "postrider editions release "+n.Ref, "drop", "postrider editions drop "+n.Ref)
	}
	return s, nil
}
