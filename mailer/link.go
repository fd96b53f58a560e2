package mailer

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

// How long a relay may take. RFC 5321 4.5.3.2 asks for these at least, but for
// the way up to AUTH: there the next relay is the better remedy.
const (
	waitConnect = 30 * time.Second
	waitGreet   = 30 * time.Second // greeting, EHLO, TLS, AUTH: each
	waitCommand = 5 * time.Minute
	waitData    = 2 * time.Minute
	waitBlock   = 3 * time.Minute
	waitDot     = 10 * time.Minute
	waitQuit    = 5 * time.Second
	waitWords   = time.Second
)

// link is one connection to a relay, past greeting, EHLO, TLS and AUTH. go-mail
// makes it; the commands of a message go over its textproto connection.
type link struct {
	relay     *relay
	conn      *guardedConn
	client    *smtp.Client
	began     time.Time // when it was dialled
	pipelines bool      // commands may go before the replies to earlier ones (RFC 2920)

	out       []byte  // what is being written
	announced *Parcel // its MAIL, RCPT and DATA have gone, and their replies wait to be read

	idleSince    time.Time
	resumed      bool // after it was idle, nothing has been accepted yet
	tried, taken int  // messages begun, and accepted
	before       int  // of those tried, when it was taken from the idle ones
	dead         bool // nothing may be sent any more, not even QUIT
}

// fault is a step that went wrong: refused by a reply, or, with err set, not
// answered at all.
type fault struct {
	phase  Phase
	reply  reply
	err    error
	within time.Duration // how long an answer was waited for
	waited time.Duration // how long it took until err
}

// connect dials a relay. On a fault the connection is closed: go-mail leaves it
// open.
func connect(ctx context.Context, r *relay, hostname string, began time.Time) (*link, *fault) {
	called, within := time.Now(), r.limit(waitConnect)
	dialing, cancel := context.WithTimeout(ctx, within)
	raw, err := r.dial(dialing, "tcp", r.Address)
	cancel()
	if err != nil {
		return nil, &fault{phase: PhaseConnect, err: err, within: within, waited: time.Since(called)}
	}
	l := &link{relay: r, conn: &guardedConn{Conn: raw}, began: began}
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	phase, err := l.handshake(ctx, hostname)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		raw.Close()
		f := l.silent(phase, err)
		f.reply = replyIn(err)
		return nil, &f
	}
	l.pipelines = l.offers("PIPELINING") && r.pipelines(began)
	return l, nil
}

// handshake goes up to AUTH and says in which phase it failed.
func (l *link) handshake(ctx context.Context, hostname string) (phase Phase, err error) {
	r := l.relay
	var conn net.Conn = l.conn
	if r.TLS == TLSImplicit {
		l.conn.arm(r.limit(waitGreet))
		secure := tls.Client(l.conn, r.tlsConfig())
		if err := secure.HandshakeContext(ctx); err != nil {
			return PhaseTLS, err
		}
		conn = secure
	}
	l.conn.arm(r.limit(waitGreet))
	if l.client, err = smtp.NewClient(conn, r.host); err != nil {
		return PhaseGreeting, err
	}
	l.conn.arm(r.limit(waitGreet))
	if err := l.client.Hello(hostname); err != nil {
		return PhaseEHLO, err
	}
	if r.TLS == TLSStart {
		if !l.offers("STARTTLS") {
			return PhaseTLS, errors.New("it offers no STARTTLS; check the port, or set tls to implicit or none")
		}
		l.conn.arm(r.limit(waitGreet))
		if err := l.client.StartTLS(r.tlsConfig()); err != nil {
			return PhaseTLS, err
		}
	}
	if r.Username != "" {
		l.conn.arm(r.limit(waitGreet))
		if err := l.client.Auth(&signIn{relay: r}); err != nil {
			return PhaseAuth, err
		}
	}
	return "", nil
}

func (l *link) offers(extension string) bool {
	ok, _ := l.client.Extension(extension)
	return ok
}

// read reads one reply. It is ok when its code is expected, or begins with it.
func (l *link) read(phase Phase, expected int) (fault, bool) {
	code, text, err := readReply(&l.client.Text.Reader)
	if err != nil {
		l.abandon()
		return l.silent(phase, err), false
	}
	f := fault{phase: phase, reply: newReply(code, text)}
	ok := code == expected || code/10 == expected
	// 421 announces the end (RFC 5321 3.8); a reply that fits no command means
	// that we are out of step.
	if class := code / 100; code == 421 || !ok && class != 4 && class != 5 {
		l.abandon()
	}
	return f, ok
}

// reset ends a transaction that went wrong, so that the next MAIL is in order.
// Where even that fails the link is given up; the fault that led here stands.
func (l *link) reset() {
	if l.dead {
		return
	}
	l.conn.arm(l.relay.limit(waitCommand))
	if _, err := l.write([]byte("RSET\r\n")); err != nil {
		l.abandon()
	} else if _, ok := l.read("", 250); !ok {
		l.abandon()
	}
}

// quit ends the conversation properly, where it can. One in which a message is
// announced is broken off: the relay may be waiting for its text.
func (l *link) quit() {
	if l.dead {
		return
	}
	if l.announced != nil {
		l.abandon()
		return
	}
	l.conn.arm(l.relay.limit(waitQuit))
	if err := l.client.Text.PrintfLine("QUIT"); err == nil {
		l.client.Text.ReadResponse(221) // either way it is over
	}
	l.abandon()
}

// cutOff closes the connection after a write that failed. A relay that ends a
// conversation often says why first, and the words have then arrived already.
// Only a refusal counts: nothing was finished that could have been accepted.
func (l *link) cutOff(phase Phase, err error) fault {
	defer l.abandon()
	unsaid := l.silent(phase, err)
	if timedOut(err) {
		return unsaid
	}
	l.conn.arm(waitWords)
	code, text, failed := readReply(&l.client.Text.Reader)
	if class := code / 100; failed == nil && (class == 4 || class == 5) {
		return fault{phase: phase, reply: newReply(code, text)}
	}
	return unsaid
}

// silent is a step of the exchange under way that got no reply.
func (l *link) silent(phase Phase, err error) fault {
	return fault{phase: phase, err: err, within: l.conn.wait, waited: time.Since(l.conn.asked)}
}

// abandon closes the connection below TLS and all buffers, so that nothing more
// leaves.
func (l *link) abandon() {
	l.dead = true
	l.conn.Close()
}
