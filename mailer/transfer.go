package mailer

import (
	"context"
	"time"
)

const blockSize = 64 << 10 // what is written under one deadline

// The steps before a message's text, each with the reply that lets it go on.
var envelope = [...]struct {
	phase    Phase
	expected int
}{{PhaseMail, 250}, {PhaseRcpt, 25}, {PhaseData, 354}}

// send takes a message through MAIL, RCPT, DATA and the final dot. It returns the
// reply to the final dot, or the fault before it. Where next is not nil, its
// envelope leaves together with the final dot, and its text must be what is sent
// next over this link.
func (l *link) send(ctx context.Context, p, next *Parcel) fault {
	l.tried++
	stop := context.AfterFunc(ctx, func() { l.conn.Close() })
	defer func() {
		if !stop() {
			l.dead = true
		}
	}()
	announced := l.announced == p
	l.announced = nil
	step := l.lockstep
	if l.pipelines {
		step = l.together
		if announced {
			step = l.answers
		}
	}
	if f, ok := step(p); !ok {
		return f
	}
	return l.transfer(p, next)
}

// lockstep sends each command of a message's envelope when the one before it was
// answered.
func (l *link) lockstep(p *Parcel) (fault, bool) {
	commands := l.commands(p)
	for i, step := range envelope {
		l.conn.arm(l.relay.limit(step.phase.wait()))
		if _, err := l.write([]byte(commands[i])); err != nil {
			return l.cutOff(step.phase, err), false
		}
		if f, ok := l.read(step.phase, step.expected); !ok {
			if step.phase != PhaseMail {
				l.reset()
			}
			return f, false
		}
	}
	return fault{}, true
}

// together sends a message's envelope at once, and reads the answers.
func (l *link) together(p *Parcel) (fault, bool) {
	l.out = l.appendEnvelope(l.out[:0], p)
	l.conn.arm(l.relay.limit(waitCommand))
	if _, err := l.write(l.out); err != nil {
		return l.cutOff(PhaseMail, err), false
	}
	return l.answers(p)
}

// answers reads the replies to an envelope that was sent at once. The first
// refusal counts: what follows it is about a transaction that is none. All must
// be read, for each belongs to its command.
func (l *link) answers(*Parcel) (refused fault, ok bool) {
	ok = true
	toNobody := false
	for _, step := range envelope {
		l.conn.arm(l.relay.limit(step.phase.wait()))
		f, fine := l.read(step.phase, step.expected)
		if ok && !fine {
			refused, ok = f, false
		}
		if l.dead {
			return refused, false
		}
		toNobody = toNobody || !fine && step.phase == PhaseRcpt
		switch {
		case ok || !fine || step.phase != PhaseData:
		case toNobody:
			l.nothing()
		default: // a dot would send the recipient an empty message
			l.abandon()
		}
	}
	if !ok {
		l.reset()
	}
	return refused, ok
}

// nothing ends a message without a recipient, to which DATA was answered all the
// same: by a lone dot (RFC 2920 3.1). Whatever the relay says to it, it is about
// nobody.
func (l *link) nothing() {
	if l.dead {
		return
	}
	l.conn.arm(l.relay.limit(waitDot))
	if _, err := l.write([]byte(".\r\n")); err != nil {
		l.abandon()
		return
	}
	l.read(PhaseMessage, 250)
}

// commands are MAIL, RCPT and DATA for a message.
func (l *link) commands(p *Parcel) [3]string {
	parameters := ""
	if p.utf8 {
		parameters = " SMTPUTF8" // RFC 6531 3.4; only here: a relay must not ask more of the next hop than we need
		if l.offers("8BITMIME") {
			parameters = " BODY=8BITMIME SMTPUTF8"
		}
	}
	return [3]string{"MAIL FROM:" + path(p.from) + parameters + "\r\n", "RCPT TO:" + path(p.to) + "\r\n", "DATA\r\n"}
}

func (l *link) appendEnvelope(out []byte, p *Parcel) []byte {
	for _, command := range l.commands(p) {
		out = append(out, command...)
	}
	return out
}

// transfer sends the text with the final dot, and reads the reply to that.
// Whatever goes wrong before the final dot closes the connection, so that what
// the relay has is never taken for a whole message.
func (l *link) transfer(p, next *Parcel) fault {
	if l.client.Text.R.Buffered() > 0 { // a reply to nothing, which would be taken for that to the final dot
		l.conn.arm(l.relay.limit(waitData))
		f, _ := l.read(PhaseData, 0)
		l.abandon()
		return f
	}
	l.out = l.out[:0]
	for _, piece := range p.pieces {
		l.out = append(l.out, piece...)
	}
	l.out = append(l.out, ".\r\n"...)
	dot := len(l.out)
	if next != nil {
		l.out = l.appendEnvelope(l.out, next)
	}
	for from := 0; from < len(l.out); from += blockSize {
		block := l.out[from:min(from+blockSize, len(l.out))]
		l.conn.arm(l.relay.limit(waitBlock))
		if n, err := l.write(block); err != nil {
			if from+n < dot {
				return l.cutOff(PhaseData, err)
			}
			return l.cutOff(PhaseMessage, err)
		}
	}
	l.announced = next
	l.conn.arm(l.relay.limit(waitDot))
	f, ok := l.read(PhaseMessage, 250)
	if ok {
		l.taken++
		l.resumed = false
	}
	return f
}

// write hands bytes to the connection and says how many of them it took: of the
// others none has left.
func (l *link) write(b []byte) (int, error) {
	w := l.client.Text.W // not its DotWriter: that one ends an abandoned text with a dot
	n, err := w.Write(b)
	if err == nil {
		err = w.Flush()
		n = len(b) - w.Buffered()
	}
	return n, err
}

// wait is how long the reply of a phase is awaited at most (RFC 5321 4.5.3.2).
func (p Phase) wait() time.Duration {
	if p == PhaseData {
		return waitData
	}
	return waitCommand
}
