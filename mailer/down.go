package mailer

import (
	"context"
	"net/mail"
	"time"
)

// Downtime is a relay that takes no mail, as this process has found.
type Downtime struct {
	Relay string
	Since time.Time // when it first failed of those times in a row
	Seen  Result    // how it failed last
}

// suspectTimes is how often in a row a relay has failed at messages that may
// themselves be to blame, until it is taken to be the relay.
const suspectTimes = 3

// Down lists the relays that have failed and taken nothing since. One that is at a
// limit is not among them.
func (rs *Relays) Down() (all []Downtime) {
	for _, r := range rs.relays {
		r.mu.Lock()
		if r.failures > 0 && (!r.seen.Suspect || r.failures >= suspectTimes) {
			all = append(all, Downtime{r.Name, r.since, r.seen})
		}
		r.mu.Unlock()
	}
	return all
}

// Has tells that there is a relay of that name.
func (rs *Relays) Has(name string) bool { return rs.named(name) != nil }

// Names lists them.
func (rs *Relays) Names() (all []string) {
	for _, r := range rs.relays {
		all = append(all, r.Name)
	}
	return all
}

// Works tells that a relay has taken something, or could, since it last failed; of
// one that was not tried yet since the start nothing is known.
func (rs *Relays) Works(name string) bool {
	r := rs.named(name)
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tried && r.failures == 0
}

func (rs *Relays) named(name string) *relay {
	for _, r := range rs.relays {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// Probe calls a relay as for sending, up to the sender's address, sends nothing, and
// tells whether it would have taken a message. So one whose mail the others took is
// known to work again. It is not called while it rests after a failure, has no place
// free, or failed at a message's text: that only the next message can tell.
func (rs *Relays) Probe(ctx context.Context, name string, sender mail.Address) (works bool) {
	r := rs.named(name)
	if r == nil || !r.canBeProbed(rs.now()) {
		return false
	}
	select {
	case r.slots <- struct{}{}:
		defer r.release()
		return rs.probe(ctx, r, sender)
	default:
		return false
	}
}

func (r *relay) canBeProbed(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch r.seen.Phase {
	case PhaseRcpt, PhaseData, PhaseMessage:
		if r.failures > 0 {
			return false
		}
	}
	return !now.Before(r.until)
}

func (rs *Relays) probe(ctx context.Context, r *relay, sender mail.Address) bool {
	began := rs.now()
	l, f := connect(ctx, r, rs.hostname, began)
	if f == nil {
		f = l.mayMail(sender)
		l.quit()
	}
	switch {
	case f == nil:
		r.worked()
		return true
	case ctx.Err() == nil:
		r.failed(began, rs.now(), r.result(*f, 1))
	}
	return false
}

// mayMail asks whether mail from a sender is taken, and takes it back; nil: it is.
func (l *link) mayMail(sender mail.Address) *fault {
	l.conn.arm(l.relay.limit(waitGreet))
	if _, err := l.write([]byte("MAIL FROM:" + path(sender) + "\r\n")); err != nil {
		f := l.cutOff(PhaseMail, err)
		return &f
	}
	f, ok := l.read(PhaseMail, 250)
	l.reset()
	if !ok {
		return &f
	}
	return nil
}
