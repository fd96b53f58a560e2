package mailer

import (
	"context"
	"errors"
	"maps"
	"strings"
)

// conversation sends over one link at a time and takes a new one, perhaps of
// another relay, where the old is used up or broken.
type conversation struct {
	relays *Relays
	link   *link // nil between links
	haste  Haste
	never  map[*relay]bool // that are not to have any of it; nil: none
	turn   bool            // the relay of the link may be sent the next message, as far as its limits go

	misstep Result // of the message that is being sent, which is tried again one command at a time
}

func (c *conversation) Close() error {
	c.drop()
	return nil
}

func (c *conversation) drop() {
	if c.link != nil {
		if c.turn && c.link.relay.limited() {
			c.link.relay.giveTurnBack()
		}
		c.relays.hangUp(c.link)
		c.link, c.turn = nil, false
	}
}

func (c *conversation) Wanted() bool { return c.relays.choice.waiting.Load() > 0 }

// Ready is cheap where there is nothing to wait for.
func (c *conversation) Ready(ctx context.Context) error {
	if c.link != nil && c.link.announced != nil {
		return ctx.Err()
	}
	return c.ready(ctx, c.never)
}

// Send hands the message to the first relay that takes it or refuses it for the
// person's or the message's sake. The relays' own faults are between them.
func (c *conversation) Send(ctx context.Context, p, next *Parcel) Result {
	if p.refused != nil {
		return *p.refused
	}
	if c.link != nil && c.link.announced != nil && c.link.announced != p {
		c.drop()
	}
	// A relay that ended a long conversation is asked again at once, so each may
	// have two turns; to find one ended that nobody had is none.
	c.misstep = Result{}
	var suspect *Result // the first fault that may be the message's
	unfit := map[*relay]bool{}
	maps.Copy(unfit, c.never)
	for turns := 2 * len(c.relays.relays); turns > 0; turns-- {
		if err := c.ready(ctx, unfit); err != nil {
			return c.suspected(ctx, suspect, unfit, unsent(err))
		}
		if p.utf8 && !c.link.offers("SMTPUTF8") {
			if unfit[c.link.relay] = true; len(unfit) == len(c.relays.relays) {
				return lacksUTF8(c.link.relay.Name, p)
			}
			continue
		}
		resumed := c.link.resumed
		result := c.sendOver(ctx, p, c.announceable(next))
		if resumed && result.Phase == PhaseMail {
			turns++
		}
		if result.Blame != BlameRelay {
			return result
		}
		if result.Suspect && suspect == nil {
			suspect = &result
		}
		if ctx.Err() != nil {
			return c.suspected(ctx, suspect, unfit, result)
		}
	}
	return c.suspected(ctx, suspect, unfit, c.relays.unavailable().Result)
}

// suspected is the result where no relay took the message: what made the message
// suspect, where something did, else what came last. Suspect is also one that only
// a relay that rests could take, for another relay may take those of others.
func (c *conversation) suspected(ctx context.Context, first *Result, unfit map[*relay]bool, last Result) Result {
	result := last
	if first != nil {
		result = *first
		result.RetryAfter = last.RetryAfter
	} else if len(unfit) > len(c.never) && ctx.Err() == nil {
		result.Suspect = true
	}
	if result.Suspect {
		result.LastTaken = c.relays.lastTaken()
	}
	return result
}

// ready makes sure of a link that can take a message, to a relay that is not unfit
// for it, nor at its limits.
func (c *conversation) ready(ctx context.Context, unfit map[*relay]bool) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if c.link != nil && (c.link.tried >= c.link.relay.most(c.relays.now()) || unfit[c.link.relay] || c.yields()) {
			c.drop()
		}
		if c.link == nil {
			l, err := c.relays.connect(ctx, unfit, c.haste)
			if err != nil {
				return err
			}
			c.link = l
		}
		if c.turn || !c.link.relay.limited() || c.relays.turn(ctx, c.link.relay) {
			c.turn = true
			return ctx.Err()
		}
		c.drop() // it is at a limit: another may not be
	}
}

// yields tells that the link is to be let go for a message that is urgent.
func (c *conversation) yields() bool {
	return c.haste != Urgent && c.link.announced == nil && c.relays.choice.urgent.Load() > 0
}

// announceable is next where the link in hand may be told of it beforehand, else
// nil.
func (c *conversation) announceable(next *Parcel) *Parcel {
	l := c.link
	if next == nil || next.refused != nil || !l.pipelines || c.relays.choice.urgent.Load() > 0 || l.tried+1 >= l.relay.most(c.relays.now()) || next.utf8 && !l.offers("SMTPUTF8") {
		return nil
	}
	return next
}

// sendOver sends over the link in hand, and keeps the account of its relay.
func (c *conversation) sendOver(ctx context.Context, p, next *Parcel) Result {
	l, r := c.link, c.link.relay
	if next != nil && r.limited() {
		if _, ok := c.relays.takeTurn(ctx, r, false); !ok {
			next = nil
		}
	}
	r.pending.begins()
	f := l.send(ctx, p, next)
	r.pending.ends()
	if c.turn = next != nil && l.announced == next; !c.turn && next != nil && r.limited() {
		r.giveTurnBack()
	}
	result := r.result(f, max(p.Attempt, 1))
	pipelined := l.pipelines
	if m := c.misstep; !pipelined && m.Relay == r.Name && m.Phase == f.phase && m.Code == f.reply.code {
		r.keepsStep() // it says the same when it is not hurried
		l.pipelines = l.offers("PIPELINING")
	}
	switch {
	case ctx.Err() != nil && f.err != nil:
		if stopped := r.stopped(f); result.PossibleRepeat {
			result.Reason = stopped.Reason
		} else {
			result = stopped
		}
	case pipelined && outOfStep(f):
		r.goLockstep(c.relays.now())
		result.Blame, result.Suspect = BlameRelay, false // and it is asked again at once
		c.misstep = result
	case result.State == Sent, result.Blame == BlameRecipient, result.Blame == BlameMessage:
		if result.State == Sent {
			c.relays.taken.Store(c.relays.now().UnixNano())
		}
		r.worked() // also where the reply is about a person: the relay itself is well
	case l.taken > 0 && (f.reply.code == 421 || f.err != nil && !timedOut(f.err)):
		result.Suspect = false // it ended a conversation that had worked, which is its right (RFC 5321 3.8)
		if !l.resumed {
			r.ended(f.phase, l.taken, c.relays.now())
		}
	default:
		if pipelined && f.err != nil && (l.taken == 0 || timedOut(f.err)) {
			r.goLockstep(c.relays.now()) // perhaps it has thrown away what came too early for it
		}
		r.failed(l.began, c.relays.now(), result)
	}
	if l.dead || result.Blame == BlameRelay {
		c.drop()
	}
	return result
}

// lacksUTF8 is the result for an address in a script that the relay cannot take.
func lacksUTF8(relay string, p *Parcel) Result {
	r := Result{State: Failed, Phase: PhaseMail, Relay: relay, Blame: BlameMessage,
		Reason: "our own address needs SMTPUTF8, which the relay " + relay + " does not offer; use an address in ASCII"}
	if needsUTF8(p.to) {
		r.Phase, r.Blame = PhaseRcpt, BlameRecipient
		r.Reason = "the address needs SMTPUTF8, which the relay " + relay + " does not offer"
	}
	return r
}

// unsent is the result when no relay was reached: nobody pays for it.
func unsent(err error) Result {
	var u *Unavailable
	if errors.As(err, &u) {
		return u.Result
	}
	return Result{State: Deferred, Blame: BlameRelay, Phase: PhaseConnect, Reason: "sending was stopped"}
}

// outOfStep tells whether a reply says that commands came too early for the relay,
// although it offers PIPELINING.
func outOfStep(f fault) bool {
	if f.phase == PhaseMessage || f.reply.code < 400 {
		return false
	}
	if f.reply.code >= 500 && f.reply.code <= 504 { // unknown, or not in this order
		return true
	}
	said := strings.ToLower(f.reply.text)
	return strings.Contains(said, "pipelin") || strings.Contains(said, "synchroni") // Postfix; Exim
}
