package mailer

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	smtptest "postrider/internal/posttest/smtp"
)

// What a reply to one person does, and that the next person's message goes over
// the same connection where it can.
func TestRepliesAboutAPerson(t *testing.T) {
	for name, c := range map[string]struct {
		step  smtptest.Step
		reply string
		want  Result
	}{
		"no such mailbox": {smtptest.RCPT, "550 5.1.1 nobody\nof that name",
			Result{State: Failed, Code: 550, Enhanced: "5.1.1", Reply: "5.1.1 nobody of that name", Phase: PhaseRcpt, Blame: BlameRecipient, Suppress: true}},
		"greylisted": {smtptest.RCPT, "450 4.2.0 later",
			Result{State: Deferred, Code: 450, Enhanced: "4.2.0", Reply: "4.2.0 later", Phase: PhaseRcpt, Blame: BlameRecipient, RetryAfter: 5 * time.Minute}},
		"policy": {smtptest.RCPT, "550 5.7.1 no",
			Result{State: Failed, Code: 550, Enhanced: "5.7.1", Reply: "5.7.1 no", Phase: PhaseRcpt, Blame: BlameMessage}},
		"DATA refused": {smtptest.DATA, "451 later",
			Result{State: Deferred, Code: 451, Reply: "later", Phase: PhaseData, Blame: BlameMessage, RetryAfter: 5 * time.Minute}},
		"spam": {smtptest.End, "554 5.7.1 spam",
			Result{State: Failed, Code: 554, Enhanced: "5.7.1", Reply: "5.7.1 spam", Phase: PhaseMessage, Blame: BlameMessage}},
		"full": {smtptest.End, "452 4.2.2 full",
			Result{State: Deferred, Code: 452, Enhanced: "4.2.2", Reply: "4.2.2 full", Phase: PhaseMessage, Blame: BlameRecipient, RetryAfter: 5 * time.Minute}},
		"long and dirty": {smtptest.RCPT, "550 5.1.1 \x1b[2J" + strings.Repeat("é", 400),
			Result{State: Failed, Code: 550, Enhanced: "5.1.1", Reply: "5.1.1  [2J" + strings.Repeat("é", 245), Phase: PhaseRcpt, Blame: BlameRecipient, Suppress: true}},
	} {
		t.Run(name, func(t *testing.T) {
			s := smtptest.Start(t, smtptest.Options{Fault: smtptest.At(c.step, c.reply, smtptest.Proceed)})
			conversation := opened(t, newRelays(t, relayTo(s, TLSNone)))
			got := send(t.Context(), conversation, numbered(1))
			c.want.Relay, c.want.Reason = "main", got.Reason
			if got != c.want || got.Reason == "" {
				t.Errorf("result\n     %+v\nwant %+v", got, c.want)
			}
			s.SetFault(nil)
			mustBeSent(t, send(t.Context(), conversation, numbered(2)))
			if got := s.Messages(); len(got) != 1 || got[0].To != "person2@lamu.example" || s.Connections() != 1 {
				t.Errorf("%d messages over %d connections", len(got), s.Connections())
			}
		})
	}
}

// Connections that are lost after a person was named. Before the final dot it
// is the relay's fault, and the next relay takes over; after it the message may
// have been taken, and nobody is recorded as sent.
func TestLostConnections(t *testing.T) {
	for name, c := range map[string]struct {
		fault    smtptest.Fault
		phase    Phase
		accepted int
		words    string
	}{
		"closed at RCPT":        {smtptest.At(smtptest.RCPT, "", smtptest.Close), PhaseRcpt, 0, "closed the connection at RCPT"},
		"hangs at RCPT":         {smtptest.At(smtptest.RCPT, "", smtptest.Hang), PhaseRcpt, 0, "did not answer within 5 min at RCPT"},
		"endless at RCPT":       {smtptest.At(smtptest.RCPT, "", smtptest.Endless), PhaseRcpt, 0, "64 kB"},
		"hangs at DATA":         {smtptest.At(smtptest.DATA, "", smtptest.Hang), PhaseData, 0, "did not answer within 2 min at DATA"},
		"hangs before the body": {smtptest.At(smtptest.Body, "", smtptest.Hang), PhaseData, 0, "did not answer within 3 min at DATA"},
		"drops in the middle":   {smtptest.At(smtptest.Body, "", smtptest.Drop), PhaseData, 0, "closed the connection at DATA"},
		"closed after the dot":  {smtptest.At(smtptest.End, "", smtptest.Close), PhaseMessage, 0, "closed the connection after"},
		"hangs after the dot":   {smtptest.At(smtptest.End, "", smtptest.Hang), PhaseMessage, 0, "did not answer within 10 min after"},
		"endless after the dot": {smtptest.At(smtptest.End, "", smtptest.Endless), PhaseMessage, 0, "64 kB"},
		"takes it and vanishes": {smtptest.At(smtptest.End, "", smtptest.Vanish), PhaseMessage, 1, "closed the connection after"},
		"nonsense at the dot":   {smtptest.At(smtptest.End, "354 more", smtptest.Proceed), PhaseMessage, 0, "did not say"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := pipeServer(t, smtptest.Options{Fault: c.fault})
				m := numbered(1)
				m.HTML = strings.Repeat("<p>.</p>\n", 20000) // more than one block
				r := send(t.Context(), opened(t, piped(t, s)), m)
				late := c.phase == PhaseMessage
				want := Result{State: Deferred, Blame: BlameRelay, Suspect: true, RetryAfter: pauses[0]}
				if late {
					want = Result{State: Deferred, Blame: BlameUnknown, PossibleRepeat: true, RetryAfter: 15 * time.Minute}
				}
				want.Phase, want.Relay, want.Reason = c.phase, "relay0", r.Reason
				want.Code, want.Reply = r.Code, r.Reply
				if r != want || !strings.Contains(r.Reason, c.words) {
					t.Errorf("result\n     %+v\nwant %+v", r, want)
				}
				if got := len(s.Messages()); got != c.accepted {
					t.Errorf("%d messages accepted, want %d", got, c.accepted)
				}
				spare := pipeServer(t, smtptest.Options{})
				both := opened(t, piped(t, s, spare))
				if r := send(t.Context(), both, m); late != (r.State != Sent) || len(spare.Messages()) == 0 != late {
					t.Errorf("where there is another relay: %+v", r)
				}
				// The relay is under suspicion; the next message is not held up.
				if r := send(t.Context(), both, numbered(2)); r.State != Sent || r.Relay != "relay1" {
					t.Errorf("the next: %+v", r)
				}
			})
		})
	}
}

// A relay's fault at one message may be the message's doing: it is suspect, and
// others pass before it is tried again.
func TestSuspects(t *testing.T) {
	for name, c := range map[string]struct {
		reply  string
		action smtptest.Action
	}{
		"closed": {"", smtptest.Close}, "421": {"421 4.3.2 closing", smtptest.Close}, "a lookup that fails": {"451 4.3.0 lookup failure", smtptest.Proceed}, "503": {"503 5.5.1 what", smtptest.Proceed},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := pipeServer(t, smtptest.Options{Fault: func(step smtptest.Step, to string) (string, smtptest.Action) {
					if step == smtptest.RCPT && to == "person1@lamu.example" {
						return c.reply, c.action
					}
					return "", smtptest.Proceed
				}})
				refuses := pipeServer(t, smtptest.Options{Fault: smtptest.At(smtptest.MAIL, "550 5.7.1 who are you", smtptest.Proceed)})
				conversation := opened(t, piped(t, s, refuses))
				r := send(t.Context(), conversation, numbered(1))
				if !r.Suspect || r.CostsAttempt() || r.Phase != PhaseRcpt || r.Relay != "relay0" || strings.Contains(r.Reason, "sender") || r.RetryAfter != pauses[0] {
					t.Errorf("the first time: %+v", r)
				}
				time.Sleep(pauses[0]) // the bubble's clock
				mustBeSent(t, send(t.Context(), conversation, numbered(2)))
				if r := send(t.Context(), conversation, numbered(1)); !r.Suspect {
					t.Errorf("the second time: %+v", r)
				}
			})
		})
	}
}

// A suspect message waits as one that is deferred, and is given up as late.
func TestSuspectsAreGivenUp(t *testing.T) {
	r := Judge(PhaseRcpt, 421, "", 1)
	r.RetryAfter = 10 * time.Minute // the relay rests
	start := time.Date(2026, 3, 1, 7, 0, 0, 0, time.UTC)
	r.LastTaken = start
	for times, want := range []time.Duration{10 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour, 12 * time.Hour} {
		if got := r.SetAside(times+1, start); got.State != Deferred || got.RetryAfter != want || got.CostsAttempt() {
			t.Errorf("set aside %d times: %+v, want a wait of %v", times+1, got, want)
		}
	}
	for _, times := range []int{6, 13} {
		if got := r.SetAside(times, start); got.State != Deferred || got.RetryAfter != 12*time.Hour || got.CostsAttempt() {
			t.Errorf("in an outage, set aside %d times: %+v", times, got)
		}
	}
	if got := r.SetAside(14, start); got.State != Failed {
		t.Errorf("in an outage of five days: %+v", got)
	}
	r.LastTaken = start.Add(time.Second)
	if got := r.SetAside(6, start); got.State != Failed || got.Blame != BlameMessage || got.Suppress || got.Suspect || !strings.Contains(got.Reason, "6 times") || !strings.Contains(got.Reason, r.Reason) {
		t.Errorf("in the end: %+v", got)
	}
}

// An address in a script of its own goes by the relay that can take it.
func TestUTF8GoesByARelayThatOffersIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		without, with := pipeServer(t, smtptest.Options{Extensions: []string{"8BITMIME"}}), pipeServer(t, smtptest.Options{})
		m := numbered(1)
		m.To.Address = "ليلى@lamu.example"
		if r := send(t.Context(), opened(t, piped(t, without, with)), m); r.State != Sent || r.Relay != "relay1" {
			t.Errorf("%+v", r)
		}
		if r := send(t.Context(), opened(t, piped(t, without)), m); r.State != Failed || r.Blame != BlameRecipient {
			t.Errorf("where no relay offers it: %+v", r)
		}
		down := pipeServer(t, smtptest.Options{Fault: smtptest.At(smtptest.Greeting, "421 4.3.2 later", smtptest.Close)})
		if r := send(t.Context(), opened(t, piped(t, without, down)), m); r.State != Deferred || r.CostsAttempt() || !r.Suspect {
			t.Errorf("where the relay that offers it rests: %+v", r)
		}
	})
}

func TestRetriesCountTheAttempt(t *testing.T) {
	s := smtptest.Start(t, smtptest.Options{Fault: smtptest.At(smtptest.RCPT, "450 4.2.0 later", smtptest.Proceed)})
	c := opened(t, newRelays(t, relayTo(s, TLSNone)))
	m := digest()
	for attempt, want := range []time.Duration{5 * time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour, 12 * time.Hour, 0} {
		m.Attempt = attempt
		r := send(t.Context(), c, m)
		if r.RetryAfter != want || (r.State == Failed) != (want == 0) {
			t.Errorf("attempt %d: %+v, want a wait of %v", attempt, r, want)
		}
	}
}

// A relay may end a conversation that has worked (RFC 5321 3.8): it is asked
// again at once and not paused.
func TestRelayEndsALongConversation(t *testing.T) {
	for name, fault := range map[string]smtptest.Fault{
		"421":    smtptest.At(smtptest.MAIL, "421 4.7.0 too many messages", smtptest.Close),
		"closed": smtptest.At(smtptest.MAIL, "", smtptest.Close),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := pipeServer(t, smtptest.Options{})
				rs := piped(t, s)
				c := opened(t, rs)
				mustBeSent(t, send(t.Context(), c, numbered(1)))
				ended := false
				s.SetFault(func(step smtptest.Step, argument string) (string, smtptest.Action) {
					if step == smtptest.MAIL && !ended {
						ended = true
						return fault(step, argument)
					}
					return "", smtptest.Proceed
				})
				before := time.Now()
				mustBeSent(t, send(t.Context(), c, numbered(2)))
				if s.Connections() != 2 || !time.Now().Equal(before) {
					t.Errorf("%d connections, %v later", s.Connections(), time.Since(before))
				}
			})
		})
	}
}

func TestNoRelayLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeServer(t, smtptest.Options{})
		c := opened(t, piped(t, s, nil))
		mustBeSent(t, send(t.Context(), c, numbered(1)))
		s.SetFault(smtptest.At(smtptest.MAIL, "550 5.7.1 not this sender", smtptest.Proceed))
		for range 3 {
			r := send(t.Context(), c, numbered(2))
			if r.State != Deferred || r.CostsAttempt() || r.RetryAfter <= 0 || r.Reason == "" {
				t.Fatalf("result %+v, want the relay's fault with a time to try again", r)
			}
			time.Sleep(r.RetryAfter) // the bubble's clock
		}
		s.SetFault(nil)
		time.Sleep(pauses[len(pauses)-1])
		mustBeSent(t, send(t.Context(), c, numbered(2)))
	})
}

func TestANewConnectionAfterAHundredMessages(t *testing.T) {
	s := smtptest.Start(t, smtptest.Options{})
	c := opened(t, newRelays(t, relayTo(s, TLSNone)))
	for i := range messagesPerConnection + 1 {
		mustBeSent(t, send(t.Context(), c, numbered(i)))
	}
	got := s.Messages()
	if n := got[messagesPerConnection-1].Connection; n != 1 {
		t.Errorf("message %d went over connection %d", messagesPerConnection, n)
	}
	if n := got[messagesPerConnection].Connection; n != 2 {
		t.Errorf("message %d went over connection %d", messagesPerConnection+1, n)
	}
}

func TestStopping(t *testing.T) {
	for name, c := range map[string]struct {
		step   smtptest.Step
		repeat bool
	}{
		"at MAIL":       {smtptest.MAIL, false},
		"at the body":   {smtptest.Body, false},
		"after the dot": {smtptest.End, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := pipeServer(t, smtptest.Options{Fault: smtptest.At(c.step, "", smtptest.Hang)})
				rs := piped(t, s)
				conversation := opened(t, rs)
				ctx, cancel := context.WithCancel(t.Context())
				result := make(chan Result)
				m := digest()
				if c.step == smtptest.Body {
					m.HTML = strings.Repeat("<p>.</p>\n", 20000) // more than is on the way
				}
				go func() { result <- send(ctx, conversation, m) }()
				synctest.Wait()
				time.Sleep(38 * time.Second) // the bubble's clock
				before := time.Now()
				cancel()
				r := <-result
				if r.State != Deferred || r.PossibleRepeat != c.repeat || r.CostsAttempt() != c.repeat || r.Suspect || !time.Now().Equal(before) {
					t.Errorf("result %+v after %v", r, time.Since(before))
				}
				if r.Relay != "relay0" || !strings.Contains(r.Reason, "sending was stopped; the relay had not answered for 38 s ") {
					t.Errorf("reason %q of %q", r.Reason, r.Relay)
				}
				s.Release() // what was abandoned must not look like a whole message
				synctest.Wait()
				if n := len(s.Messages()); n != 0 && !c.repeat {
					t.Errorf("%d messages accepted", n)
				}
				if r := send(ctx, conversation, digest()); r.State != Deferred || r.CostsAttempt() {
					t.Errorf("sending after the stop: %+v", r)
				}
				s.SetFault(nil)
				mustBeSent(t, send(t.Context(), conversation, digest())) // the relay is not paused by our stop
			})
		})
	}
}

func TestSMTPUTF8(t *testing.T) {
	arabic := digest()
	arabic.To.Address = "\u0623\u0645\u064a\u0646\u0629@\u0645\u062b\u0627\u0644.example"
	ours := digest()
	ours.ReplyTo.Address = "\u0623\u0645\u064a\u0646\u0629@harbour.example"
	domain := digest()
	domain.To.Address = "amina@\u0645\u062b\u0627\u0644.example"

	with := smtptest.Start(t, smtptest.Options{})
	c := opened(t, newRelays(t, relayTo(with, TLSNone)))
	for i, m := range []*letter{arabic, ours, domain} {
		mustBeSent(t, send(t.Context(), c, m))
		want := []string{"BODY=8BITMIME SMTPUTF8", "BODY=8BITMIME SMTPUTF8", ""}[i]
		if got := with.Messages()[i].Parameters; got != want {
			t.Errorf("message %d: MAIL with %q, want %q", i, got, want)
		}
	}
	if got := with.Messages()[2].To; got != "amina@xn--mgbh0fb.example" {
		t.Errorf("an international domain arrives as %q", got)
	}

	without := smtptest.Start(t, smtptest.Options{Extensions: []string{}})
	c = opened(t, newRelays(t, relayTo(without, TLSNone)))
	if r := send(t.Context(), c, arabic); r.State != Failed || r.Blame != BlameRecipient || r.Suppress || !strings.Contains(r.Reason, "SMTPUTF8") {
		t.Errorf("to a relay without: %+v", r)
	}
	if r := send(t.Context(), c, ours); r.State != Failed || r.Blame != BlameMessage || !strings.Contains(r.Reason, "SMTPUTF8") {
		t.Errorf("from us, at a relay without: %+v", r)
	}
	mustBeSent(t, send(t.Context(), c, domain))
}

func TestWhatCannotBeWritten(t *testing.T) {
	s := smtptest.Start(t, smtptest.Options{})
	c := opened(t, newRelays(t, relayTo(s, TLSNone)))
	m := digest()
	m.To.Address = "amina"
	if r := send(t.Context(), c, m); r.State != Failed || r.Blame != BlameRecipient || r.Suppress || !strings.Contains(r.Reason, `"amina"`) {
		t.Errorf("a bad address: %+v", r)
	}
	m = digest()
	m.Language = "not a language"
	if r := send(t.Context(), c, m); r.State != Failed || r.Blame != BlameMessage || !strings.Contains(r.Reason, "not a language") {
		t.Errorf("a bad message: %+v", r)
	}
	mustBeSent(t, send(t.Context(), c, digest()))
}

func TestDotsAndLongLines(t *testing.T) {
	s := smtptest.Start(t, smtptest.Options{})
	c := opened(t, newRelays(t, relayTo(s, TLSNone)))
	m := digest()
	m.Text = ".\n..\n.\r\n.x\n" + strings.Repeat("long ", 1000) + "\n.\n\n.\n"
	m.HTML = "<p>" + strings.Repeat("x", 5000) + "\n.\n"
	m.Subject = strings.Repeat("x", 3000)
	mustBeSent(t, send(t.Context(), c, m))
	p := parse(t, s.Messages()[0].Raw)
	if p.parts[0].text != crlf(m.Text) || p.parts[1].text != crlf(m.HTML) {
		t.Errorf("the parts came back as %q", p.parts)
	}
}

// A relay that gives up in the middle of a message and says why: its words
// count, and the next relay takes the message.
func TestWordsInTheMiddleOfAMessage(t *testing.T) {
	for name, size := range map[string]int{"small": 10, "large": 1 << 19} {
		t.Run(name, func(t *testing.T) {
			first := smtptest.Start(t, smtptest.Options{Fault: smtptest.At(smtptest.Body, "421 4.3.2 going down", smtptest.Close)})
			second := smtptest.Start(t, smtptest.Options{})
			spare := relayTo(second, TLSNone)
			spare.Name = "spare"
			c := opened(t, newRelays(t, relayTo(first, TLSNone), spare))
			m := digest()
			m.Text = strings.Repeat("words\n", size)
			if r := send(t.Context(), c, m); r.State != Sent || r.Relay != "spare" {
				t.Errorf("result %+v", r)
			}
			if a, b := len(first.Messages()), len(second.Messages()); a != 0 || b != 1 {
				t.Errorf("%d messages at the first relay and %d at the second", a, b)
			}
		})
	}
}

func TestTimeoutCapsEveryWait(t *testing.T) {
	for _, step := range []smtptest.Step{smtptest.MAIL, smtptest.RCPT, smtptest.DATA, smtptest.Body, smtptest.End} {
		t.Run(string(step), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rs := piped(t, pipeServer(t, smtptest.Options{Fault: smtptest.At(step, "", smtptest.Hang)}))
				rs.relays[0].Timeout = 3 * time.Second
				c := opened(t, rs)
				before := time.Now()
				if r := send(t.Context(), c, digest()); r.State == Sent || time.Since(before) != 3*time.Second {
					t.Errorf("%+v after %v, want no more than 3 s", r, time.Since(before))
				}
			})
		})
	}
}
