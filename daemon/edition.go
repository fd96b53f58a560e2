package daemon

import (
	"context"
	"errors"
	"net/mail"
	"strings"
	"time"

	"postrider/digests"
	"postrider/magazine"
	"postrider/mailer"
	"postrider/store"
)

// SendNow makes an edition of a newsletter at a person's word and returns its
// id. Whoever works the jobs does the rest.
func (d *Daemon) SendNow(ctx context.Context, newsletter, maker string) (string, error) {
	if _, err := d.Newsletter(newsletter); err != nil {
		return "", err
	}
	id := magazine.NewID()
	return id, d.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.PutEdition(ctx, magazine.Edition{ID: id, Newsletter: newsletter, Key: "now/" + id, Maker: maker, State: magazine.EditionPlanned, Nominal: tx.Now}); err != nil {
			return err
		}
		return d.jobs.compose(ctx, tx, id)
	})
}

// Send makes an edition at a person's word and waits until nothing more will
// happen to it but trying deferred deliveries again. A running daemon does the
// work; where none runs, this process does, and what an interrupt leaves goes
// on with the next one that works. progress is told the people done and all.
func (d *Daemon) Send(ctx context.Context, newsletter, maker string, progress func(done, total int)) (*magazine.Edition, error) {
	id, err := d.SendNow(ctx, newsletter, maker)
	if err != nil {
		return nil, err
	}
	worked, err := d.Store.Worked(ctx)
	if err != nil {
		return nil, err
	}
	if worked {
		return d.await(ctx, id, progress)
	}
	ctx, done := context.WithCancel(ctx)
	defer done()
	ended := make(chan error, 1)
	ready := make(chan struct{})
	go func() { ended <- d.Work(ctx, func() { close(ready) }) }()
	select {
	case <-ready:
	case err := <-ended:
		return nil, err
	}
	e, err := d.await(ctx, id, progress)
	done()
	return e, errors.Join(err, <-ended)
}

// waitForRelays is how long a command waits while no relay takes mail.
const waitForRelays = 30 * time.Second

// await watches an edition until it has settled.
func (d *Daemon) await(ctx context.Context, id string, progress func(done, total int)) (*magazine.Edition, error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	people, last, since := 0, -1, time.Now()
	for {
		e, settled, err := d.Settled(ctx, id)
		if err != nil {
			return nil, err
		}
		c := e.Counts
		done := c.Sent + c.Deferred + c.Failed + c.Skipped + c.Nothing
		if people == 0 && e.State == magazine.EditionSending {
			if people, err = d.Store.CountReaders(ctx, e.Newsletter); err != nil {
				return nil, err
			}
		}
		if settled {
			return e, nil
		}
		progress(done, max(people, done))
		if done != last {
			last, since = done, time.Now()
		}
		if time.Since(since) > waitForRelays {
			return e, magazine.Errorf(magazine.Unavailable, "edition %s waits: no relay has taken mail for %s (%d people are done, %d are not); a running daemon goes on with it, or the next postrider send", id, spell(waitForRelays), done, people-done)
		}
		select {
		case <-ctx.Done():
			return e, magazine.Errorf(magazine.Unavailable, "interrupted: edition %s goes on with the next postrider serve or send (%d people are done)", id, done)
		case <-tick.C:
		}
	}
}

// Settled tells whether nothing more will happen to an edition but trying
// deferred deliveries again.
func (d *Daemon) Settled(ctx context.Context, id string) (*magazine.Edition, bool, error) {
	e, err := d.Store.Edition(ctx, id)
	if err != nil {
		return nil, false, err
	}
	switch e.State {
	case magazine.EditionPlanned:
		return e, false, nil
	case magazine.EditionSending:
		open, err := d.Store.OpenRanges(ctx, id)
		return e, open == 0, err
	}
	return e, true, nil
}

// Preview makes exactly what a person would get of a newsletter now, and
// changes nothing. NotFound: nobody of that address is subscribed; a nil
// message: nothing is new for them.
func (d *Daemon) Preview(ctx context.Context, newsletter, email string) (*mailer.Message, error) {
	letter, err := d.Newsletter(newsletter)
	if err != nil {
		return nil, err
	}
	p, err := d.Store.SubscriberByEmail(ctx, email)
	if err != nil {
		return nil, magazine.Errorf(magazine.NotFound, "%s is no subscriber", email)
	}
	sub, err := d.Store.Subscription(ctx, newsletter, p.ID)
	if err != nil {
		return nil, err
	}
	why, err := d.unwanted(ctx, sub)
	if err != nil {
		return nil, err
	}
	if why != "" {
		return nil, magazine.Errorf(magazine.Conflict, "%s would get nothing of %s: %s", email, newsletter, why)
	}
	var fresh []magazine.Article
	now := d.Store.Now()
	if err := d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		fresh, _, err = candidates(ctx, tx, letter)
		return err
	}); err != nil {
		return nil, err
	}
	var list []magazine.Article
	for _, at := range digests.Select(fresh, sub) {
		list = append(list, fresh[at])
	}
	if len(list) == 0 {
		return nil, nil
	}
	m, err := d.renderers[newsletter].Render(digests.Edition{ID: "preview", Date: now}, list)
	if err != nil {
		return nil, err
	}
	e := &magazine.Edition{ID: "preview", Newsletter: newsletter, CutoffAt: now}
	return d.letter(e, m, p, d.messageID("preview", p.ID)), nil
}

// messageID is made from edition and subscriber, so that a repeat carries the
// same one and mailboxes drop it.
func (d *Daemon) messageID(edition, subscriber string) string {
	return edition + "." + subscriber + "@" + d.mailDomain()
}

// mailDomain is the domain that our mail comes from.
func (d *Daemon) mailDomain() string {
	from := mail.Address(d.config.Mail.From).Address
	return strings.ToLower(from[strings.LastIndexByte(from, '@')+1:])
}

// schedulesDue turns what has come due of the schedules into editions. It
// returns when the next one comes due.
func (d *Daemon) schedulesDue(ctx context.Context) (next time.Time, err error) {
	for _, s := range d.Schedules {
		err := d.Store.Write(ctx, func(tx *store.Tx) error {
			handled, err := tx.ScheduleHandled(ctx, s.Newsletter, s.Name)
			if err != nil {
				return err
			}
			if due, ok := s.Due(handled, tx.Now); ok {
				if err := d.occurred(ctx, tx, due); err != nil {
					return err
				}
				handled = tx.Now
				if err := tx.SetScheduleHandled(ctx, s.Newsletter, s.Name, handled); err != nil {
					return err
				}
			}
			if o, ok := s.Next(handled); ok && (next.IsZero() || o.At.Before(next)) {
				next = o.At
			}
			return nil
		})
		if err != nil {
			return time.Time{}, err
		}
	}
	return next, nil
}
