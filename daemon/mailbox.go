package daemon

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"time"

	"postrider/mailer"
	"postrider/store"
)

// mailboxWaits are the waits after a mailbox that failed: growing, so that a
// server does not lock out one who tries a wrong password again and again.
var mailboxWaits = []time.Duration{5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute}

const mailboxPoll = time.Minute // how often one is asked that cannot tell of itself that something came

// What is kept of the mailbox.
const (
	mailboxTrouble = "mailbox-trouble" // why it cannot be read; empty: it can
	mailboxPlace   = "mailbox-place "  // and which one; up to which message all are dealt with
)

// watchMailbox takes what comes back to a mailbox until ctx is done. Whatever is
// wrong with it concerns nothing else.
func (d *Daemon) watchMailbox(ctx context.Context) {
	w := &mailboxWatch{d: d, said: "?"}
	for ctx.Err() == nil {
		err := w.mailbox().Watch(ctx)
		if err == nil || ctx.Err() != nil {
			continue
		}
		w.trouble(ctx, err)
		wait := d.mailboxWaits[min(w.failed, len(d.mailboxWaits)-1)]
		w.failed++
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// mailboxWatch is how the mailbox does.
type mailboxWatch struct {
	d      *Daemon
	failed int    // how often in a row
	said   string // what is wrong with it, as last written down; "?": nothing yet
}

func (w *mailboxWatch) mailbox() *mailer.Mailbox {
	d, m := w.d, &w.d.config.Mail.Returns.Mailbox
	name := mailboxPlace + strings.Join([]string{m.Address, m.Username, m.Folder}, " ")
	return &mailer.Mailbox{Address: m.Address, TLS: mailer.TLS(m.TLS), Username: m.Username, Password: m.Password, Folder: m.Folder, Processed: m.Processed,
		Most: mostReturned, Roots: d.mailboxTLS, Poll: mailboxPoll,
		Take: func(ctx context.Context, message io.Reader) error {
			err := d.takeReturned(ctx, "imap", nil, message)
			if err != nil {
				d.log.Warn("a message that came back could not be taken yet; it is tried again", "error", err)
			}
			return err
		},
		Place: func(ctx context.Context) (p mailer.MailboxPlace, err error) {
			text, err := d.Store.Kept(ctx, name)
			if err == nil && text != "" {
				err = json.Unmarshal([]byte(text), &p)
			}
			return p, err
		},
		SetPlace: func(ctx context.Context, p mailer.MailboxPlace) error {
			text, err := json.Marshal(p)
			if err != nil {
				return err
			}
			return d.Store.Write(ctx, func(tx *store.Tx) error { return tx.Keep(ctx, name, string(text)) })
		},
		Works: func() { w.works() },
		Stays: func(why error) {
			d.log.Warn("messages stay in the mailbox's folder, marked as read", "error", why, "mend", "make the folder mail.returns.mailbox.processed, or name another")
		}}
}

// trouble says once what is wrong with the mailbox, in the log and to postrider
// check.
func (w *mailboxWatch) trouble(ctx context.Context, err error) {
	if text := err.Error(); text != w.said {
		w.d.log.Error("mail that comes back cannot be read", "error", text)
		w.write(ctx, text)
	}
}

func (w *mailboxWatch) works() {
	w.failed = 0
	if w.said == "" {
		return
	}
	w.d.log.Info("reading mail that comes back", "mailbox", w.d.config.Mail.Returns.Mailbox.Address)
	w.write(context.Background(), "")
}

func (w *mailboxWatch) write(ctx context.Context, text string) {
	if err := w.d.Store.Write(ctx, func(tx *store.Tx) error { return tx.Keep(ctx, mailboxTrouble, text) }); err != nil {
		w.d.log.Warn("the state of the mailbox could not be written down", "error", err)
		return
	}
	w.said = text
}

// troubleOfMailbox tells what the daemon last found wrong with the mailbox.
func troubleOfMailbox(ctx context.Context, s *store.Store, tell func(text, mend string)) error {
	text, err := s.Kept(ctx, mailboxTrouble)
	if err == nil && text != "" {
		tell("mail that comes back cannot be read: "+text, "mend it, and see what the running daemon logs next")
	}
	return err
}
