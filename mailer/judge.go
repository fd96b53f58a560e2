package mailer

import (
	"fmt"
	"strings"
	"time"
)

// backoff holds the waits after the first, second … failed attempt.
var backoff = []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour, 12 * time.Hour}

// outageTries is how often a Suspect message is tried more, at the last wait, while
// no message of others is taken either: for four days, and close to five in all,
// as RFC 5321 section 4.5.4.1 has it.
const outageTries = 8

// unknownWait is the wait after a final dot that got no reply: long enough for
// the relay to have delivered what it took.
const unknownWait = 15 * time.Minute

// Backoff says how long a person waits after the given attempt, counted from 1,
// was deferred; false when there is no next attempt.
func Backoff(attempt int) (time.Duration, bool) {
	attempt = max(attempt, 1)
	if attempt > len(backoff) {
		return 0, false
	}
	return backoff[attempt-1], true
}

// hard are the refusals of RCPT that say the mailbox does not exist, no longer
// exists, or has an address nobody can have (RFC 3463 3.2, 3.3; RFC 7505).
var hard = map[string]string{
	"5.1.1":  "there is no such mailbox",
	"5.1.2":  "there is no such domain",
	"5.1.3":  "the address is malformed",
	"5.1.6":  "the mailbox has moved",
	"5.1.10": "the domain takes no mail",
	"5.2.1":  "the mailbox is disabled",
}

// Judge says what a reply in a phase means for the person and who is to blame.
// Code is 0 where no reply came; enhanced is "" where the reply had none;
// attempt is the person's, counted from 1. Reply, Relay and, for the relay's
// own faults, RetryAfter are the caller's to fill.
func Judge(phase Phase, code int, enhanced string, attempt int) Result {
	r := Result{Phase: phase, Code: code, Enhanced: enhanced}
	switch class := code / 100; {
	case phase == PhaseMessage && code == 250:
		r.State = Sent
	case relayFault(phase, code, enhanced):
		r.State, r.Blame, r.Suspect, r.Reason = Deferred, BlameRelay, named(phase), relayReason(phase, code)
	case class == 5:
		r.refuse()
	case class == 4:
		r.Blame, r.Reason = blamed(phase, enhanced), "the relay asks to try again later"
		r.later(attempt)
	case phase == PhaseMessage:
		// No reply, or one that makes no sense: it may have been taken.
		r.Blame, r.PossibleRepeat = BlameUnknown, true
		r.Reason = "the relay did not say whether it took the message"
		r.later(attempt)
		if r.State == Deferred {
			r.RetryAfter = unknownWait
		}
	default:
		r.State, r.Blame, r.Suspect, r.Reason = Deferred, BlameRelay, true, "the connection was lost before the message was complete"
	}
	return r
}

// SetAside judges a Suspect message that has been one for the given times, counted
// from 1: it waits by Backoff while others go first, and is given up in the end
// like one that a relay defers for so long. While no message of others has been
// taken since its last time, this may be an outage, and it goes on for days.
func (r Result) SetAside(times int, last time.Time) Result {
	wait, again := Backoff(times)
	if !again && times <= len(backoff)+outageTries && !r.LastTaken.After(last) {
		wait, again = backoff[len(backoff)-1], true
	}
	if again {
		r.RetryAfter = max(r.RetryAfter, wait)
		return r
	}
	r.State, r.Blame, r.Suspect = Failed, BlameMessage, false
	r.Reason = fmt.Sprintf("relays fail at this message again and again, the last time: %s; given up after %d times", r.Reason, times)
	return r
}

// named tells that a phase is about one person's message.
func named(phase Phase) bool {
	return phase == PhaseRcpt || phase == PhaseData || phase == PhaseMessage
}

// relayFault tells whether a reply means the relay, or us as its client. Up to
// MAIL no person has been named, so whatever goes wrong is the relay's.
func relayFault(phase Phase, code int, enhanced string) bool {
	if !named(phase) {
		return true
	}
	switch code {
	case 421, 503, 530, 535:
		return true
	}
	if code/100 == 4 && strings.HasPrefix(enhanced, "4.3.") {
		return true
	}
	// A 2xx or 3xx that doesn't belong to the command: out of step.
	return phase != PhaseMessage && code != 0 && code/100 != 4 && code/100 != 5
}

func relayReason(phase Phase, code int) string {
	switch {
	case code == 0:
		return "the relay failed " + phase.at()
	case code/100 != 4 && code/100 != 5:
		return "the relay's answer " + phase.at() + " makes no sense"
	case phase == PhaseAuth || code == 530 || code == 535:
		return "the relay did not accept our sign-in"
	case phase == PhaseMail:
		return "the relay did not accept our sender address"
	case code/100 == 4:
		return "the relay is not available now"
	case code == 503:
		return "the relay says that a command came out of order"
	}
	return "the relay refused us " + phase.at()
}

// refuse judges a 5xx that means the person or the message.
func (r *Result) refuse() {
	r.State, r.Blame = Failed, blamed(r.Phase, r.Enhanced)
	words, listed := hard[r.Enhanced]
	switch plain := r.Enhanced == ""; {
	case senders(r.Phase, r.Code, r.Enhanced):
		r.Blame, r.Reason = BlameMessage, "the message or its sender was refused, not the address"
	case r.Phase == PhaseRcpt && listed:
		r.Suppress, r.Reason = true, words
	case r.Phase == PhaseRcpt && plain && (r.Code == 550 || r.Code == 551 || r.Code == 553):
		r.Suppress, r.Reason = true, "the address was refused"
	case r.Enhanced == "5.2.2":
		r.Reason = "the mailbox is full"
	default:
		r.Reason = "the relay refused the message for this address"
	}
}

// senders tells whether a 5xx speaks of policy, size or content (RFC 3463 3.4,
// 3.7, 3.8).
func senders(phase Phase, code int, enhanced string) bool {
	return strings.HasPrefix(enhanced, "5.7.") || strings.HasPrefix(enhanced, "5.6.") || enhanced == "5.3.4" ||
		code == 554 && phase != PhaseRcpt
}

// blamed goes by the enhanced code's subject (RFC 3463 3.1), else by the phase.
func blamed(phase Phase, enhanced string) Blame {
	if _, subject, ok := strings.Cut(enhanced, "."); ok {
		subject, _, _ = strings.Cut(subject, ".")
		switch subject {
		case "1", "2":
			return BlameRecipient
		case "6", "7":
			return BlameMessage
		}
	}
	if phase == PhaseRcpt {
		return BlameRecipient
	}
	return BlameMessage
}

// later defers the person by Backoff, or gives up.
func (r *Result) later(attempt int) {
	wait, again := Backoff(attempt)
	if again {
		r.State, r.RetryAfter = Deferred, wait
		return
	}
	r.State = Failed
	r.Reason += fmt.Sprintf("; given up after %d attempts", attempt)
}
