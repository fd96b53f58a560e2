package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
// work; where none runs, or it ends, this process does, and what an interrupt
// leaves goes on with the next one that works. progress is told the people done
// and all.
func (d *Daemon) Send(ctx context.Context, newsletter, maker string, progress func(done, total int)) (*magazine.Edition, error) {
	id, err := d.SendNow(ctx, newsletter, maker)
	if err != nil {
		return nil, err
	}
	for {
		e, err := d.await(ctx, id, false, progress)
		if !errors.Is(err, errNobody) {
			return e, err
		}
		e, err = d.workFor(ctx, id, progress)
		if !errors.Is(err, errSomebody) {
			return e, err
		}
	}
}

var (
	errNobody   = errors.New("nobody works on the database")
	errSomebody = errors.New("another process works on the database")
)

// workFor works the jobs until an edition has settled. Schedules make nothing
// meanwhile: that was not asked for.
func (d *Daemon) workFor(ctx context.Context, id string, progress func(done, total int)) (*magazine.Edition, error) {
	d.node = nodeName(d.config) + "-send-" + magazine.NewID() // a daemon that starts beside it must not take it over
	working, done := context.WithCancel(ctx)
	defer done()
	ended, ready := make(chan error, 1), make(chan struct{})
	go func() { ended <- d.work(working, false, func() { close(ready) }) }()
	select {
	case <-ready:
	case err := <-ended:
		if magazine.CodeOf(err) == magazine.Unavailable && ctx.Err() == nil {
			return nil, errSomebody
		}
		return nil, err
	}
	e, err := d.await(ctx, id, true, progress)
	done()
	return e, errors.Join(err, <-ended)
}

const (
	pollEvery = 100 * time.Millisecond // how often a command looks at its edition
	stallTime = 30 * time.Second       // how long a command waits while nothing gets on
)

// await watches an edition until it has settled. Where this process itself does
// not work, it says errNobody when nobody does.
func (d *Daemon) await(ctx context.Context, id string, own bool, progress func(done, total int)) (*magazine.Edition, error) {
	var state magazine.EditionState
	people, last, since, asked := 0, -1, time.Now(), time.Time{}
	for {
		began := time.Now()
		if !own && time.Since(asked) > time.Second {
			if worked, err := d.Store.Worked(ctx); err != nil || !worked {
				return nil, cmp.Or(err, errNobody)
			}
			asked = time.Now()
		}
		e, settled, err := d.Settled(ctx, id)
		if err != nil && ctx.Err() == nil || settled {
			return e, err
		}
		if err == nil && people == 0 && e.State == magazine.EditionSending {
			people, err = d.Store.CountReaders(ctx, e.Newsletter)
		}
		if ctx.Err() != nil {
			return e, magazine.Errorf(magazine.Unavailable, "interrupted: edition %s goes on with the next postrider serve or send (%d people are done)", id, max(last, 0))
		}
		if err != nil {
			return nil, err
		}
		c := e.Counts
		done := c.Sent + c.Deferred + c.Failed + c.Skipped + c.Nothing
		progress(done, max(people, done))
		if done != last || e.State != state {
			last, state, since = done, e.State, time.Now()
		}
		if moved := time.Unix(0, d.moved.Load()); own && moved.After(since) {
			since = moved
		}
		if time.Since(since) > d.stallTime {
			return e, d.stalled(e, people-done)
		}
		select {
		case <-ctx.Done():
		case <-time.After(max(pollEvery, 10*time.Since(began))): // to count many deliveries takes time
		}
	}
}

// stalled says why an edition does not get on.
func (d *Daemon) stalled(e *magazine.Edition, left int) error {
	why := fmt.Sprintf("no relay has taken mail for %s, and %d people are left", spell(d.stallTime), left)
	if e.State == magazine.EditionPlanned {
		why = "an earlier edition of " + e.Newsletter + " is still on its way"
	}
	if t := d.trouble.Load(); t != nil {
		why += " (" + t.text + ")"
	}
	return magazine.Errorf(magazine.Unavailable, "edition %s waits: %s; a running daemon goes on with it, or the next postrider send", e.ID, why)
}

// progressed notes that the work has got on.
func (d *Daemon) progressed() { d.moved.Store(time.Now().UnixNano()) }

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
		if open, err := d.Store.OpenRanges(ctx, id); err != nil || open > 0 {
			return e, false, err
		}
		e, err = d.Store.Edition(ctx, id) // with what was recorded since it was read
		return e, true, err
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
	if magazine.CodeOf(err) == magazine.NotFound {
		return nil, magazine.Errorf(magazine.NotFound, "%s is no subscriber", email)
	}
	if err != nil {
		return nil, err
	}
	e := &magazine.Edition{ID: "preview", Newsletter: newsletter, CutoffAt: d.Store.Now()}
	sub, turn, err := d.turn(ctx, e, p.ID)
	if err != nil {
		return nil, err
	}
	if why := unwanted(turn); why != "" {
		return nil, magazine.Errorf(magazine.Conflict, "%s would get nothing of %s: %s", email, newsletter, why)
	}
	var fresh []magazine.Article
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
	m, err := d.renderers[newsletter].Render(digests.Edition{ID: e.ID, Date: e.CutoffAt}, list)
	if err != nil {
		return nil, err
	}
	return d.letter(e, m, p, d.messageID(e.ID, p.ID)), nil
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
			}
			// Also where nothing was due: what is missed is what came due while
			// nothing ran, not what an edited schedule would have asked for.
			if tx.Now.After(handled) {
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
