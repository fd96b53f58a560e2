package mailer

import (
	"context"
	"crypto/tls"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"postrider/magazine"
)

// TLS says how a connection to a relay is encrypted.
type TLS string

// The ways to encrypt. Neither of the first two ever falls back to clear text.
const (
	TLSStart    TLS = "starttls" // STARTTLS, required (RFC 3207)
	TLSImplicit TLS = "implicit" // TLS from the first byte (RFC 8314)
	TLSNone     TLS = "none"
)

// Relay describes one SMTP server that takes our mail.
type Relay struct {
	Name        string
	Address     string // host:port
	TLS         TLS
	TLSConfig   *tls.Config            // nil: the system's roots; the server's name is always set from Address
	Username    string                 // "": no sign-in
	Password    func() (string, error) // called at each sign-in and nowhere else
	Connections int                    // conversations open at once; below 1: defaultConnections
	Messages    int                    // over one connection; below 1: messagesPerConnection
	Weight      int                    // those that have one share the mail by it; 0: it steps in when they, and those before it, fail

	// What all nodes together may send it; 0: any number. See CountBy.
	PerSecond, PerHour int
	WarmUp             *WarmUp // nil: none

	Timeout time.Duration // no answer is awaited longer; 0: the limits of RFC 5321 alone
}

const (
	defaultConnections    = 5
	messagesPerConnection = 100 // unless said; then a new one: many relays close around there
)

// Relays is a Transport over SMTP servers. Those that have a weight share the mail;
// the others step in, in order, while these fail, do not answer or are at a limit.
// One that fails is paused with growing waits, held in memory.
type Relays struct {
	hostname string
	now      func() time.Time
	relays   []*relay
	choice   choice
	counter  Counter
	taken    atomic.Int64 // when one last took a message, in nanoseconds; 0: never
}

// NewRelays checks the descriptions; it connects to nothing. Hostname is what
// EHLO says; "" means this machine's name.
func NewRelays(hostname string, now func() time.Time, relays ...Relay) (*Relays, error) {
	if len(relays) == 0 {
		return nil, magazine.Errorf(magazine.Invalid, "no relay is set; mail needs one, or an outbox")
	}
	rs := &Relays{hostname: helloName(hostname), now: now}
	for _, description := range relays {
		r, err := newRelay(description)
		if err != nil {
			return nil, err
		}
		r.tell = rs.tell
		rs.relays = append(rs.relays, r)
	}
	rankRelays(rs.relays)
	return rs, nil
}

// helloName is what EHLO says: the name, or this machine's.
func helloName(name string) string {
	if name == "" {
		name, _ = os.Hostname()
	}
	if name == "" || strings.ContainsAny(name, " \t\r\n") {
		return "localhost"
	}
	return name
}

// Open connects to the first relay that takes mail.
func (rs *Relays) Open(ctx context.Context, haste Haste) (Conversation, error) {
	return some{relays: rs}.Open(ctx, haste)
}

// connect tries each relay that takes mail, and is not unfit for what is to be
// sent, once. The error is an *Unavailable or ctx's.
func (rs *Relays) connect(ctx context.Context, unfit map[*relay]bool, haste Haste) (*link, error) {
	for {
		r, err := rs.acquire(ctx, unfit, haste)
		if err != nil {
			return nil, err
		}
		began := rs.now()
		if l := r.borrow(began); l != nil {
			l.before = l.tried
			return l, nil
		}
		r.pending.begins()
		l, f := connect(ctx, r, rs.hostname, began)
		r.pending.ends()
		if f == nil {
			return l, nil
		}
		rs.charge(r, -r.Messages)
		r.release()
		if ctx.Err() != nil {
			return nil, unusable("sending was stopped", rs.now(), []Result{r.stopped(*f)})
		}
		r.failed(began, rs.now(), r.result(*f, 1))
	}
}

// hangUp gives a link's place to the next, and keeps the link for it where it can
// be gone on with.
func (rs *Relays) hangUp(l *link) {
	rs.charge(l.relay, l.tried-l.before-l.relay.Messages)
	if !l.relay.keep(l, rs.now()) {
		l.quit()
	}
	l.relay.release()
}

// Close ends the conversations that nobody has.
func (rs *Relays) Close() error {
	rs.stopCounting()
	for _, r := range rs.relays {
		r.endIdle(time.Time{})
	}
	return nil
}

// unavailable says what was last seen of each relay and when the first is due.
func (rs *Relays) unavailable() *Unavailable {
	var until time.Time
	var last []Result
	var first Result // of the relay that is due first
	for _, r := range rs.relays {
		due, result := r.last(rs.now())
		if until.IsZero() || due.Before(until) {
			until, first = due, result
		}
		last = append(last, result)
	}
	u := unusable("no relay takes mail now", until, last)
	first.State, first.Blame, first.Suspect, first.RetryAfter = Deferred, BlameRelay, false, until.Sub(rs.now())
	u.Result = first
	return u
}

// lastTaken tells when a relay last took a message; zero: never since the start.
func (rs *Relays) lastTaken() time.Time {
	if at := rs.taken.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Time{}
}

// pauses are the waits after the first, second … failure in a row; the last one
// repeats.
var pauses = []time.Duration{2 * time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute}

// relay is a Relay with what is known of its health.
type relay struct {
	Relay
	host  string
	dial  func(ctx context.Context, network, address string) (net.Conn, error)
	slots chan struct{} // one for each conversation that is open or being opened
	rank  int           // those of one rank share the mail
	had   float64       // messages, for its weight; choice.mu guards it
	tell  func()        // those who wait for a slot

	pending pending
	turns   turns

	lockstepUntil atomic.Int64          // in nanoseconds; 0: it has always kept step
	ends          atomic.Pointer[limit] // nil: not known

	mu       sync.Mutex
	tried    bool      // it has worked, or failed, since the start
	failures int       // in a row
	since    time.Time // when the first of these was
	failedAt time.Time
	until    time.Time // paused until then
	seen     Result    // of the last failure
	idle     []*link   // that nobody has, the last used one last
}

func newRelay(d Relay) (*relay, error) {
	host, port, err := net.SplitHostPort(d.Address)
	if err != nil || host == "" || port == "" {
		return nil, magazine.Errorf(magazine.Invalid, "the relay %s has the address %q; write it as host:port", d.Name, d.Address)
	}
	switch d.TLS {
	case TLSStart, TLSImplicit, TLSNone:
	default:
		return nil, magazine.Errorf(magazine.Invalid, "the relay %s has tls %q; write starttls, implicit or none", d.Name, d.TLS)
	}
	if d.Connections < 1 {
		d.Connections = defaultConnections
	}
	if d.Messages < 1 {
		d.Messages = messagesPerConnection
	}
	return &relay{Relay: d, host: host, dial: (&net.Dialer{}).DialContext, slots: make(chan struct{}, d.Connections)}, nil
}

// limit is how long this relay may take for a step that should get wait.
func (r *relay) limit(wait time.Duration) time.Duration {
	if r.Timeout > 0 {
		return min(wait, r.Timeout)
	}
	return wait
}

func (r *relay) tlsConfig() *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if r.TLSConfig != nil {
		c = r.TLSConfig.Clone()
	}
	c.ServerName = r.host
	return c
}

// pipelines tells whether the relay may be sent commands before it has answered,
// where it offers that.
func (r *relay) pipelines(now time.Time) bool { return now.UnixNano() >= r.lockstepUntil.Load() }

// learnedFor is how long a relay that could not keep step is sent one command at
// a time, and how long its limit counts: it may have been a bad hour.
const learnedFor = time.Hour

func (r *relay) goLockstep(now time.Time) { r.lockstepUntil.Store(now.Add(learnedFor).UnixNano()) }

// keepsStep takes goLockstep back.
func (r *relay) keepsStep() { r.lockstepUntil.Store(0) }

// limit is after how many messages a relay ends a conversation, as it seems.
type limit struct {
	messages int
	until    time.Time
}

// most is how many messages go over one connection.
func (r *relay) most(now time.Time) int {
	if l := r.ends.Load(); l != nil && now.Before(l.until) {
		return min(l.messages, r.Messages)
	}
	return r.Messages
}

// ended notes that the relay ended a conversation that had worked. Where it does so
// before the next message it has a limit, and later conversations end before they
// come to it: what is announced to a relay that closes can cost the reply to the
// message ahead. A few messages prove no limit.
func (r *relay) ended(at Phase, taken int, now time.Time) {
	if at == PhaseMail && taken >= 10 {
		r.ends.Store(&limit{taken, now.Add(learnedFor)})
	}
}

func (r *relay) up(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !now.Before(r.until)
}

// failed pauses the relay. Connections that were begun before the last failure
// was seen tell nothing new: ten that break at once count as one failure.
func (r *relay) failed(began, now time.Time, seen Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = seen
	if r.failures > 0 && !began.After(r.failedAt) {
		return
	}
	r.tried = true
	if r.failures++; r.failures == 1 {
		r.since = now
	}
	r.failedAt = now
	r.until = now.Add(pauses[min(r.failures, len(pauses))-1])
}

// worked ends the row of failures.
func (r *relay) worked() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tried, r.failures, r.until = true, 0, time.Time{}
}

// last tells when the relay is due and why it was paused, or is at a limit. One that
// isn't is due after the shortest pause, for it has just been tried in vain.
func (r *relay) last(now time.Time) (due time.Time, seen Result) {
	if none := r.turns.none.Load(); none.holds(now) {
		return none.until, Result{State: Deferred, Blame: BlameRelay, Phase: PhaseConnect, Relay: r.Name, Reason: none.why}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if due = r.until; !due.After(now) {
		due = now.Add(pauses[0])
	}
	return due, r.seen
}

// result judges what this relay answered to a person's given attempt.
func (r *relay) result(f fault, attempt int) Result {
	result := Judge(f.phase, f.reply.code, f.reply.enhanced, attempt)
	result.Relay, result.Reply = r.Name, f.reply.text
	switch {
	case f.reply.code != 0 || f.err == nil:
	case result.PossibleRepeat:
		result.Reason += ": " + f.silence()
	default:
		result.Reason = f.silence()
	}
	return result
}

// stopped is the result where sending was stopped before this relay answered:
// nobody pays for it.
func (r *relay) stopped(f fault) Result {
	return Result{State: Deferred, Blame: BlameRelay, Phase: f.phase, Relay: r.Name,
		Reason: "sending was stopped; the relay had not answered for " + spell(f.waited) + " " + f.phase.at()}
}
