package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/mailer"
	"postrider/mailer/returns"
	"postrider/store"
)

const (
	// mostReturned is how much of a message that came back is looked at: reports
	// stand before the message that they return.
	mostReturned = 512 << 10 // bytes
	mostOfOne    = 50        // that are kept of one message
	// settlesWithin is by when a message that does not arrive has come back:
	// servers try for five days (RFC 5321 4.5.4.1).
	settlesWithin = 6 * 24 * time.Hour
)

// openReturns makes the return paths of our mail, where it has any.
func (d *Daemon) openReturns(ctx context.Context) error {
	r := &d.config.Mail.Returns
	if r.Address == "" {
		return nil
	}
	secret, err := d.Store.Secret(ctx, "return-secret")
	if err != nil {
		return err
	}
	d.paths, err = mailer.NewReturnPaths(r.Address, secret)
	return err
}

// returnPath is where a message comes back to; empty: to its sender.
func (d *Daemon) returnPath(p mailer.Posting) string {
	if d.paths == nil {
		return ""
	}
	return d.paths.For(p)
}

// cameBack is what came back, and which message of ours it is about: that is
// proven.
type cameBack struct {
	via      string
	key      string // the same each time that the same one comes
	findings []returns.Finding

	posting    mailer.Posting // of a message that is known only by its person, the edition is empty
	newsletter string         // of such a one
	until      time.Time      // such a one is the last that was sent until then; zero: it stays unknown
}

// takeReturned reads a message that came back, and does what follows from it. When
// it returns nil, that is on disk. to are the addresses that it came to, where
// they are known. Unavailable: it is to come again later.
func (d *Daemon) takeReturned(ctx context.Context, via string, to []string, message io.Reader) error {
	sum := sha256.New()
	report, err := d.readReturned(message, sum)
	if err != nil {
		return magazine.Errorf(magazine.Unavailable, "a message that came back cannot be read: %w", err)
	}
	about := d.about(to, &report)
	if len(about) == 0 {
		d.refused.add(via, d.unproven(&report))
	}
	for _, c := range about {
		c.via, c.findings = via, report.Findings
		c.key = hex.EncodeToString(sum.Sum([]byte(c.posting.Of + "-" + c.posting.Subscriber + "-"))) // of the ids there are as many as messages
		if err := d.settle(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// readReturned reads a message to its end, and writes what is looked at of it into sum. A
// fault of ours must not end the daemon, and again with each start: anybody can
// write to a return path.
func (d *Daemon) readReturned(message io.Reader, sum io.Writer) (report returns.Report, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			d.log.Error("reading a message that came back panicked", "panic", cause, "stack", string(debug.Stack()))
			err = magazine.Errorf(magazine.Internal, "panic: %v", cause)
		}
	}()
	report, err = returns.Read(io.TeeReader(io.LimitReader(message, mostReturned), sum))
	if err == nil {
		_, err = io.Copy(io.Discard, message)
	}
	return report, err
}

// about finds the messages of ours that a report is about: by the addresses that
// it came to, else by what it tells of the message, of which nothing is believed
// but a proof of ours.
func (d *Daemon) about(to []string, report *returns.Report) (list []*cameBack) {
	for _, address := range to {
		if p, ok := d.paths.Read(address); ok {
			list = append(list, &cameBack{posting: p})
		}
	}
	for _, address := range report.ReturnPaths {
		if p, ok := d.paths.Read(address); ok && len(list) == 0 {
			return append(list, &cameBack{posting: p})
		}
	}
	if len(list) > 0 || report.Findings[0].Kind != returns.Complaint {
		return list
	}
	// Providers send complaints to an address that is agreed with them, and take
	// the return path out of what they show.
	for _, link := range report.Unsubscribe {
		token := link[strings.LastIndexByte(link, '/')+1:]
		if subscriber, newsletter, ok := d.Members.OfLeaveToken(token); ok {
			return append(list, &cameBack{posting: mailer.Posting{Kind: mailer.PostedEdition, Subscriber: subscriber}, newsletter: newsletter})
		}
	}
	return nil
}

// unproven is why a message is about nothing of ours.
func (d *Daemon) unproven(report *returns.Report) string {
	for _, address := range report.ReturnPaths {
		if local, _, _ := strings.Cut(address, "@"); d.paths.Ours(address) && strings.Contains(local, "+") {
			return refusedForged
		}
	}
	return refusedUnknown
}

// settle does what follows from what came back, once, however often it comes.
func (d *Daemon) settle(ctx context.Context, c *cameBack) error {
	sending := false
	if c.posting.Kind == mailer.PostedEdition && c.posting.Of != "" {
		e, err := d.Store.EditionHead(ctx, c.posting.Of)
		if err != nil && magazine.CodeOf(err) != magazine.NotFound {
			return err
		}
		sending = err == nil && e.State == magazine.EditionSending
	}
	return d.Store.Write(ctx, func(tx *store.Tx) error {
		p, err := d.returnOf(ctx, tx, c)
		if err != nil {
			return err
		}
		has, n, err := tx.HasReturn(ctx, c.key, p.Subscriber, p.Edition) // of all confirmations together
		if err != nil || has {
			return err
		}
		if n >= mostOfOne { // a mail loop, or one who plays with their own return path
			tx.After(func() { d.refused.add(c.via, refusedMany) })
			return nil
		}
		if p.unwritten && sending { // it came back before it was written down that it went
			return magazine.Errorf(magazine.Unavailable, "it is not yet known what became of this message; try again later")
		}
		if err := d.follow(ctx, tx, p); err != nil {
			return err
		}
		isNew, err := tx.AddReturn(ctx, p.Return)
		if isNew {
			r := p.Return
			tx.After(func() {
				d.log.Info("a message came back", "via", r.Via, "kind", r.Kind, "class", r.Class, "status", r.Status, "edition", r.Edition, "subscriber", r.Subscriber, "effect", r.Effect, "detail", r.Detail)
			})
		}
		return err
	})
}

// comingBack is a Return that is being made.
type comingBack struct {
	store.Return
	person    magazine.Subscriber
	unwritten bool // there is no delivery of it
}

// returnOf finds whom it is about and what it says about them, up to the effect:
// that is set already where there can be none.
func (d *Daemon) returnOf(ctx context.Context, tx *store.Tx, c *cameBack) (*comingBack, error) {
	p := &comingBack{Return: store.Return{Key: c.key, Via: c.via, Subscriber: c.posting.Subscriber, Newsletter: c.newsletter}}
	none := func(detail string) { p.Effect, p.Detail = store.ReturnIgnored, detail }
	var err error
	p.person, err = tx.Subscriber(ctx, c.posting.Subscriber)
	if magazine.CodeOf(err) == magazine.NotFound {
		none("there is no such subscriber any more")
	} else if err != nil {
		return nil, err
	}
	p.Email = p.person.Email
	if c.posting.Kind == mailer.PostedEdition {
		p.Edition = c.posting.Of
	}
	if !c.until.IsZero() {
		if p.Edition, err = tx.LastDelivery(ctx, p.Subscriber, c.until); err != nil {
			return nil, err
		}
	}
	if p.Edition != "" {
		var to *magazine.Delivery
		if to, p.Newsletter, err = tx.DeliveryOf(ctx, p.Edition, p.Subscriber); err != nil {
			return nil, err
		}
		if p.unwritten = to == nil; p.unwritten {
			none("nothing was sent to them in this edition")
		} else {
			p.Email = to.Email
		}
	}
	f, ok := said(c.findings, p.Email)
	p.Kind, p.Class, p.Status, p.Code, p.Diagnostic = string(f.Kind), string(f.Class), f.Status, f.Code, f.Diagnostic
	if p.person.ID == "" { // what it says may quote the address of one who was erased
		p.Email, p.Diagnostic = "", ""
	}
	if !ok && p.Effect == "" {
		none("it is about another address than the message was sent to")
	}
	return p, nil
}

// said is what a report says about an address: the gravest, where it says more
// than one thing. What names no address is about the one that the message went to.
func said(findings []returns.Finding, email string) (f returns.Finding, ok bool) {
	for _, f := range gravest {
		for _, one := range findings {
			if one.Kind == f.Kind && one.Class == f.Class && about(one, email) {
				return one, true
			}
		}
	}
	return findings[0], false
}

var gravest = []returns.Finding{
	{Kind: returns.Complaint, Class: returns.None}, {Kind: returns.Bounce, Class: returns.Hard}, {Kind: returns.Bounce, Class: returns.Soft}, {Kind: returns.Bounce, Class: returns.Sender},
	{Kind: returns.Delay, Class: returns.None}, {Kind: returns.Success, Class: returns.None}, {Kind: returns.AutoReply, Class: returns.None}, {Kind: returns.Other, Class: returns.None},
}

// about tells whether a finding is about an address. Who answers automatically
// may do so under another one; nothing follows from that.
func about(f returns.Finding, email string) bool {
	return f.Recipient == "" || f.Kind == returns.AutoReply || plainAddress(f.Recipient) == plainAddress(email)
}

// plainAddress is an address in the one spelling that counts.
func plainAddress(address string) string {
	return magazine.EmailKey(strings.TrimSuffix(strings.TrimSpace(address), "."))
}

// follow does what follows from a Return, and writes into it what that is.
func (d *Daemon) follow(ctx context.Context, tx *store.Tx, p *comingBack) error {
	if p.Effect != "" {
		return nil
	}
	p.Effect = store.ReturnNoted
	switch returns.Kind(p.Kind) {
	case returns.Complaint:
		return d.complained(ctx, tx, p)
	case returns.Bounce:
	default:
		return nil
	}
	if p.Edition != "" {
		if err := tx.CameBack(ctx, p.Edition, p.Subscriber, "the relay took it, and it came back ("+p.Class+")", p.Code, p.Status, p.Diagnostic); err != nil {
			return err
		}
	}
	switch returns.Class(p.Class) {
	case returns.Hard:
		p.Detail = "nothing arrives at this address"
		return d.blame(ctx, tx, p)
	case returns.Soft:
		return d.soft(ctx, tx, p)
	}
	p.Detail = "the message, or who sends it, was refused, not the address"
	return nil
}

// blame suppresses the address that a message came back from.
func (d *Daemon) blame(ctx context.Context, tx *store.Tx, p *comingBack) error {
	p.Effect = store.ReturnSuppressed
	reason := p.Detail
	if p.Diagnostic != "" {
		reason += " (" + p.Diagnostic + ")"
	}
	if magazine.EmailKey(p.Email) != magazine.EmailKey(p.person.Email) || p.person.State == magazine.Complained { // they have another by now, or said more
		return tx.Suppress(ctx, p.Email, "bounced: "+reason)
	}
	return bounced(ctx, tx, p.Subscriber, p.Email, reason)
}

// soft counts how many editions in a row came back, and suppresses the address
// when they are enough.
func (d *Daemon) soft(ctx context.Context, tx *store.Tx, p *comingBack) error {
	p.Effect = store.ReturnCounted
	if p.Edition == "" {
		p.Effect, p.Detail = store.ReturnNoted, "only editions are counted"
		return nil
	}
	n, first, last, err := tx.SoftRun(ctx, p.Subscriber, p.Edition, tx.Now.Add(-settlesWithin))
	if err != nil {
		return err
	}
	enough := &d.config.Mail.Returns
	if p.Detail = fmt.Sprintf("number %d in a row that came back", n); n < enough.SoftRun || last.Sub(first) < enough.SoftFor {
		return nil
	}
	return d.blame(ctx, tx, p)
}

// complained ends the subscription of one who called our mail unwanted.
func (d *Daemon) complained(ctx context.Context, tx *store.Tx, p *comingBack) error {
	p.Effect, p.Detail = store.ReturnSuppressed, "the recipient called it unwanted"
	if err := tx.Suppress(ctx, p.Email, "complained"); err != nil {
		return err
	}
	if p.Newsletter != "" {
		if _, err := tx.Unsubscribe(ctx, p.Newsletter, p.Subscriber); err != nil {
			return err
		}
	}
	if magazine.EmailKey(p.Email) != magazine.EmailKey(p.person.Email) {
		return nil
	}
	return tx.SetSubscriberState(ctx, p.Subscriber, magazine.Complained)
}
