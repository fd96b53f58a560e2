package mailer

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestJudge(t *testing.T) {
	const first = 5 * time.Minute
	for _, c := range []struct {
		phase    Phase
		code     int
		enhanced string
		want     Result // State, Blame, Suppress, PossibleRepeat, RetryAfter
	}{
		// Taken.
		{PhaseMessage, 250, "2.0.0", Result{State: Sent}},

		// The relay's or ours: nobody pays.
		{PhaseConnect, 0, "", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseGreeting, 0, "", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseGreeting, 554, "", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseGreeting, 421, "4.7.0", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseGreeting, 450, "", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseEHLO, 550, "5.7.1", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseEHLO, 501, "5.5.4", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseTLS, 0, "", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseTLS, 454, "4.7.0", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseAuth, 535, "5.7.8", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseAuth, 454, "4.7.0", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseMail, 503, "5.5.1", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseMail, 530, "5.7.0", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseMail, 550, "5.7.1", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseMail, 553, "", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseMail, 452, "4.3.1", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseMail, 451, "", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseMail, 0, "", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseRcpt, 421, "", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseRcpt, 421, "4.1.1", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseRcpt, 451, "4.3.0", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseRcpt, 452, "4.3.2", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseRcpt, 530, "5.7.0", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseData, 421, "", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseMessage, 421, "4.3.2", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseMessage, 451, "4.3.5", Result{State: Deferred, Blame: BlameRelay}},

		// 503 to RCPT says nothing about the person.
		{PhaseRcpt, 503, "5.5.1", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseRcpt, 503, "", Result{State: Deferred, Blame: BlameRelay}},

		// Out of step.
		{PhaseRcpt, 354, "", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseData, 250, "2.0.0", Result{State: Deferred, Blame: BlameRelay}},

		// Hard: failed and suppressed.
		{PhaseRcpt, 550, "5.1.1", Result{State: Failed, Blame: BlameRecipient, Suppress: true}},
		{PhaseRcpt, 550, "5.1.2", Result{State: Failed, Blame: BlameRecipient, Suppress: true}},
		{PhaseRcpt, 553, "5.1.3", Result{State: Failed, Blame: BlameRecipient, Suppress: true}},
		{PhaseRcpt, 551, "5.1.6", Result{State: Failed, Blame: BlameRecipient, Suppress: true}},
		{PhaseRcpt, 556, "5.1.10", Result{State: Failed, Blame: BlameRecipient, Suppress: true}},
		{PhaseRcpt, 550, "5.2.1", Result{State: Failed, Blame: BlameRecipient, Suppress: true}},
		{PhaseRcpt, 554, "5.1.1", Result{State: Failed, Blame: BlameRecipient, Suppress: true}},
		{PhaseRcpt, 550, "", Result{State: Failed, Blame: BlameRecipient, Suppress: true}},
		{PhaseRcpt, 551, "", Result{State: Failed, Blame: BlameRecipient, Suppress: true}},
		{PhaseRcpt, 553, "", Result{State: Failed, Blame: BlameRecipient, Suppress: true}},

		// The sender's problem: no address is blamed.
		{PhaseRcpt, 550, "5.7.1", Result{State: Failed, Blame: BlameMessage}},
		{PhaseRcpt, 554, "5.7.26", Result{State: Failed, Blame: BlameMessage}},
		{PhaseRcpt, 552, "5.3.4", Result{State: Failed, Blame: BlameMessage}},
		{PhaseRcpt, 553, "5.6.7", Result{State: Failed, Blame: BlameMessage}},
		{PhaseData, 554, "5.5.1", Result{State: Failed, Blame: BlameMessage}},
		{PhaseMessage, 554, "", Result{State: Failed, Blame: BlameMessage}},
		{PhaseMessage, 554, "5.7.1", Result{State: Failed, Blame: BlameMessage}},
		{PhaseMessage, 550, "5.7.1", Result{State: Failed, Blame: BlameMessage}},
		{PhaseMessage, 552, "5.3.4", Result{State: Failed, Blame: BlameMessage}},
		{PhaseMessage, 550, "5.6.0", Result{State: Failed, Blame: BlameMessage}},

		// Other 5xx: failed, not suppressed.
		{PhaseRcpt, 552, "5.2.2", Result{State: Failed, Blame: BlameRecipient}},
		{PhaseRcpt, 552, "", Result{State: Failed, Blame: BlameRecipient}},
		{PhaseRcpt, 554, "", Result{State: Failed, Blame: BlameRecipient}},
		{PhaseRcpt, 501, "5.5.4", Result{State: Failed, Blame: BlameRecipient}},
		{PhaseRcpt, 550, "5.4.1", Result{State: Failed, Blame: BlameRecipient}},
		{PhaseRcpt, 550, "4.1.1", Result{State: Failed, Blame: BlameRecipient}}, // contradicts itself: suppresses nobody
		{PhaseMessage, 550, "5.1.1", Result{State: Failed, Blame: BlameRecipient}},
		{PhaseMessage, 550, "", Result{State: Failed, Blame: BlameMessage}},

		// 4xx: later.
		{PhaseRcpt, 450, "", Result{State: Deferred, Blame: BlameRecipient, RetryAfter: first}},
		{PhaseRcpt, 450, "4.2.0", Result{State: Deferred, Blame: BlameRecipient, RetryAfter: first}},
		{PhaseRcpt, 451, "4.7.1", Result{State: Deferred, Blame: BlameMessage, RetryAfter: first}},
		{PhaseRcpt, 450, "5.1.1", Result{State: Deferred, Blame: BlameRecipient, RetryAfter: first}},
		{PhaseData, 451, "", Result{State: Deferred, Blame: BlameMessage, RetryAfter: first}},
		{PhaseMessage, 452, "4.2.2", Result{State: Deferred, Blame: BlameRecipient, RetryAfter: first}},
		{PhaseMessage, 451, "4.7.0", Result{State: Deferred, Blame: BlameMessage, RetryAfter: first}},

		// No reply.
		{PhaseRcpt, 0, "", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseData, 0, "", Result{State: Deferred, Blame: BlameRelay}},
		{PhaseMessage, 0, "", Result{State: Deferred, Blame: BlameUnknown, PossibleRepeat: true, RetryAfter: 15 * time.Minute}},
		{PhaseMessage, 354, "", Result{State: Deferred, Blame: BlameUnknown, PossibleRepeat: true, RetryAfter: 15 * time.Minute}},
		{PhaseMessage, 251, "", Result{State: Deferred, Blame: BlameUnknown, PossibleRepeat: true, RetryAfter: 15 * time.Minute}},
	} {
		got := Judge(c.phase, c.code, c.enhanced, 1)
		want := c.want
		// Where a person has been named, it may be the message's doing.
		want.Suspect = want.Blame == BlameRelay && slices.Contains([]Phase{PhaseRcpt, PhaseData, PhaseMessage}, c.phase)
		want.Phase, want.Code, want.Enhanced, want.Reason = c.phase, c.code, c.enhanced, got.Reason
		if got != want {
			t.Errorf("Judge(%s, %d, %q):\n got %+v\nwant %+v", c.phase, c.code, c.enhanced, got, want)
		}
		if (got.Reason == "") != (got.State == Sent) {
			t.Errorf("Judge(%s, %d, %q): reason %q for %s", c.phase, c.code, c.enhanced, got.Reason, got.State)
		}
		if got.CostsAttempt() == (got.Blame == BlameRelay) {
			t.Errorf("Judge(%s, %d, %q): costs an attempt: %t", c.phase, c.code, c.enhanced, got.CostsAttempt())
		}
	}
}

func TestRetriesEnd(t *testing.T) {
	waits := []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour, 12 * time.Hour}
	for i, want := range waits {
		if got, again := Backoff(i + 1); got != want || !again {
			t.Errorf("Backoff(%d) = %v, %t; want %v, true", i+1, got, again, want)
		}
		if got := Judge(PhaseRcpt, 450, "", i+1); got.State != Deferred || got.RetryAfter != want {
			t.Errorf("450 at attempt %d: %s after %v; want deferred after %v", i+1, got.State, got.RetryAfter, want)
		}
	}
	if got, again := Backoff(6); got != 0 || again {
		t.Errorf("Backoff(6) = %v, %t; want 0, false", got, again)
	}
	if got, again := Backoff(0); got != 5*time.Minute || !again {
		t.Errorf("Backoff(0) = %v, %t; want 5m, true", got, again)
	}
	for _, c := range []struct {
		phase  Phase
		code   int
		repeat bool
	}{{PhaseRcpt, 450, false}, {PhaseMessage, 451, false}, {PhaseMessage, 0, true}} {
		got := Judge(c.phase, c.code, "", 6)
		if got.State != Failed || got.RetryAfter != 0 || got.Suppress || got.PossibleRepeat != c.repeat ||
			!strings.Contains(got.Reason, "6 attempts") {
			t.Errorf("Judge(%s, %d) at attempt 6: %+v; want failed, without suppression", c.phase, c.code, got)
		}
	}
	for _, code := range []int{421, 0} {
		if got := Judge(PhaseRcpt, code, "", 100); got.State != Deferred || got.CostsAttempt() {
			t.Errorf("%d at attempt 100: %+v; the relay's fault must never fail a person", code, got)
		}
	}
}
