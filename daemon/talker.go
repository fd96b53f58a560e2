package daemon

import (
	"context"
	"sync"
	"time"

	"postrider/magazine"
	"postrider/mailer"
)

// talker is one of a crew, with a conversation of their own.
type talker struct {
	sender
	crew  *crew
	all   *sync.WaitGroup // that the crew waits for
	spare bool            // has a conversation that nobody else wanted

	looked bool  // who comes next was asked for: see lookAhead
	ahead  *call // nil: nobody does
}

// work sends until there is nothing more to begin. Each message is made before the
// one ahead of it leaves, so that it can be announced with that, and while the disk is
// waited for.
func (t *talker) work(ctx context.Context) error {
	if t.spare && !t.openSpare(ctx) {
		return nil
	}
	c := t.crew.take(ctx, t)
	if c == nil {
		return nil
	}
	if t.talk == nil {
		if refused := t.open(ctx); refused != nil {
			return t.refused(ctx, c, *refused)
		}
		t.crew.begin() // the wait for a free one is not its work
	}
	defer t.d.recorder.talks()()
	for c != nil {
		// In the time that is left at an end a second message might not be answered.
		if t.crew.ending(ctx) {
			return &pause{timeUp: true}
		}
		if refused, _ := t.ready(); refused != nil {
			return t.refused(ctx, c, *refused)
		}
		var err error
		if c, err = t.fresh(ctx, c); c == nil || err != nil {
			return err
		}
		after, err := t.fresh(ctx, t.take(ctx))
		if err != nil {
			return err
		}
		if err := t.try(ctx, c, after); err != nil {
			return err
		}
		c = after
	}
	return nil
}

// fresh looks at a person anew who was looked at too long ago, and takes whoever comes
// next where they get no message any more.
func (t *talker) fresh(ctx context.Context, c *call) (*call, error) {
	for c != nil && c.stale() {
		wanted, err := t.crew.again(ctx, t, c)
		if wanted || err != nil {
			return c, err
		}
		t.dropPass(c.person.ID)
		if err := c.work.pass(ctx, c); err != nil {
			return nil, err
		}
		c = t.take(ctx)
	}
	return c, nil
}

// openSpare opens a conversation, if one is free.
func (t *talker) openSpare(ctx context.Context) bool {
	if refused := t.openAs(ctx, mailer.Spare); refused != nil {
		t.crew.mu.Lock()
		t.crew.found = time.Now()
		t.crew.mu.Unlock()
		return false
	}
	return true
}

// begin begins the crew's slice of time.
func (c *crew) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slice.begin()
}

// take is the next person who gets a message: see crew.take.
func (t *talker) take(ctx context.Context) *call {
	if t.looked {
		t.looked = false
		return t.ahead
	}
	return t.crew.take(ctx, t)
}

// lookAhead takes who comes next and makes their message, in time that is to spare.
func (t *talker) lookAhead(ctx context.Context) {
	if t.ahead, t.looked = t.crew.take(ctx, t), true; t.ahead != nil {
		t.ahead.parcel(t.d)
	}
}

// try hands one person's message over and records what came of it, and of those
// before them who get none, before the text of the next one may leave.
func (t *talker) try(ctx context.Context, c, after *call) error {
	var next *mailer.Parcel
	if after != nil {
		next = after.parcel(t.d)
	}
	result, now := t.send(ctx, c.parcel(t.d), next), t.d.Store.Now()
	t.d.domains.tell(&t.sender, c.delivery.Subscriber, c.delivery.Email, result, 1)
	switch to := &c.delivery; {
	case result.Suspect:
		result = setAside(to, result, now)
	case !result.CostsAttempt():
		return c.work.rest(ctx, result)
	default:
		to.Attempts = 1
		fill(to, result, now)
	}
	if err := t.record(ctx, c, result, after != nil); err != nil {
		return err
	}
	held, err := t.d.rebuffed(ctx, c.edition, c.delivery.Email, result)
	if held && err == nil {
		return &pause{}
	}
	return err
}

// record returns when what came of a message is on disk. Meanwhile it looks ahead,
// where somebody comes after the one who is announced.
func (t *talker) record(ctx context.Context, c *call, result mailer.Result, more bool) (err error) {
	n := c.work.hand(c, result)
	defer func() { err = c.work.await(ctx, c, n, result) }() // also behind a panic
	if more {
		t.lookAhead(ctx)
	}
	return nil
}

// refused ends the work where no message can be sent now: no relay takes any, or
// the daemon is ending.
func (t *talker) refused(ctx context.Context, c *call, result mailer.Result) error {
	if t.d.ending.Err() != nil && result.Relay == "" {
		return &pause{timeUp: true}
	}
	return c.work.rest(ctx, result)
}

// call is a message to one person that is to be sent.
type call struct {
	work     *rangeWork
	edition  *magazine.Edition
	person   magazine.Subscriber
	delivery magazine.Delivery
	letter   *letter
	read     time.Time      // when the person was looked at
	made     *mailer.Parcel // see parcel

	skipped []magazine.Delivery // of those who come before, and get none
	nothing int                 // of the range's people up to here who had nothing new
	done    bool                // what came of it is on disk
}

// stale tells that the person is to be looked at anew: their last word counts.
func (c *call) stale() bool { return time.Since(c.read) > c.work.crew.d.pageAge }

// parcel is the message, made once: the relay may know of it already.
func (c *call) parcel(d *Daemon) *mailer.Parcel {
	if c.made == nil {
		c.made = d.address(c.edition, c.letter, c.person, c.delivery.MessageID, 1)
	}
	return c.made
}
