package mailer

import (
	"strings"
	"time"
	"unicode"
)

// State is what became of a message for its person.
type State string

// The states of a Result.
const (
	Sent     State = "sent"     // the relay took it: 250 to the final dot
	Deferred State = "deferred" // to be tried again after RetryAfter
	Failed   State = "failed"   // not to be tried again
)

// Phase is the step of the conversation in which a Result was decided.
type Phase string

// The phases in their order. PhaseData lasts until the last byte before the
// final dot, PhaseMessage begins with the final dot.
const (
	PhaseConnect  Phase = "connect"
	PhaseGreeting Phase = "greeting"
	PhaseEHLO     Phase = "ehlo"
	PhaseTLS      Phase = "tls"
	PhaseAuth     Phase = "auth"
	PhaseMail     Phase = "mail"
	PhaseRcpt     Phase = "rcpt"
	PhaseData     Phase = "data"
	PhaseMessage  Phase = "message"
)

// at is the phase in a sentence: the relay closed the connection at EHLO.
func (p Phase) at() string {
	switch p {
	case PhaseConnect:
		return "when it was called"
	case PhaseGreeting:
		return "at the greeting"
	case PhaseTLS:
		return "at the start of TLS"
	case PhaseAuth:
		return "at the sign-in"
	case PhaseMessage:
		return "after the message"
	}
	return "at " + strings.ToUpper(string(p))
}

// Blame says whom a reply means.
type Blame string

// Who is to blame. A Result that is Sent blames nobody and has "".
const (
	BlameRelay     Blame = "relay"     // the relay or our use of it; no person pays an attempt
	BlameRecipient Blame = "recipient" // the person's address or mailbox
	BlameMessage   Blame = "message"   // the sender or the content; no address is blamed
	BlameUnknown   Blame = "unknown"   // the connection was lost
)

// Result is what became of one message for one person.
type Result struct {
	State    State
	Reason   string // in plain words; "" where sent
	Code     int    // of the reply, 0 where none came
	Enhanced string // 5.1.1 (RFC 3463), "" where none came
	Reply    string // the relay's words on one line, at most 500 bytes
	Phase    Phase
	Relay    string // the relay's name, or outbox
	Blame    Blame

	Suppress       bool          // the address must not be mailed again
	PossibleRepeat bool          // the person may have it already; the next try may be a second copy
	Suspect        bool          // the relay failed at this message, which may be the message's doing: see SetAside
	LastTaken      time.Time     // when a relay last took a message, where Suspect; zero: not since the start
	RetryAfter     time.Duration // how long to wait, where deferred
}

// CostsAttempt tells whether the try counts for the person. Where it doesn't,
// the same person is due again after RetryAfter; where it is Suspect, behind others.
func (r Result) CostsAttempt() bool { return r.Blame != BlameRelay }

const longestReply = 500 // bytes of a relay's words that are kept

// printable puts a relay's words on one line, without control characters, cut
// to longestReply.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, valid(s))
	return clip(strings.TrimSpace(s), longestReply)
}
