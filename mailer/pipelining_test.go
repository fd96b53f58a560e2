package mailer

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	smtptest "postrider/internal/posttest/smtp"
)

// row sends a row of people one after the other, each announced with the end of
// the one before, as the daemon does, and returns the results by address. Who is
// deferred for the relay's sake is tried again, up to three times.
func row(t *testing.T, c Conversation, n int) map[string]Result {
	t.Helper()
	var todo []*Parcel
	for i := range n {
		todo = append(todo, numbered(i+1).pack())
	}
	results := map[string]Result{}
	for range 4 {
		var again []*Parcel
		for i, p := range todo {
			var next *Parcel
			if i+1 < len(todo) {
				next = todo[i+1]
			}
			r := c.Send(t.Context(), p, next)
			if results[p.To.Address] = r; !r.CostsAttempt() {
				again = append(again, p)
			}
		}
		if todo = again; len(todo) == 0 {
			break
		}
		time.Sleep(time.Hour) // the bubble's clock
	}
	return results
}

func person(n int) string { return fmt.Sprintf("person%d@lamu.example", n) }

// once makes a Fault at one step of one person's message, the first times that many.
func once(step smtptest.Step, to string, times int, reply string, action smtptest.Action) func() smtptest.Fault {
	return func() smtptest.Fault {
		return (&fleeting{step: step, to: to, times: times, reply: reply, action: action}).at
	}
}

type fleeting struct {
	step   smtptest.Step
	to     string // "" at MAIL
	reply  string
	action smtptest.Action

	mu      sync.Mutex
	times   int
	current string
}

func (f *fleeting) at(step smtptest.Step, argument string) (string, smtptest.Action) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch step {
	case smtptest.MAIL:
		f.current = ""
	case smtptest.RCPT:
		f.current = argument
	}
	if step == f.step && f.current == f.to && f.times > 0 {
		f.times--
		return f.reply, f.action
	}
	return "", smtptest.Proceed
}

var lockstepOnly = []string{"8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"}

// Whatever a relay says at any step while the next message is already announced:
// who is recorded as sent has their message, once, and nobody else has one whose
// result is certain; the others get theirs.
func TestRepliesWhilePipelining(t *testing.T) {
	type want struct {
		state State
		phase Phase
		blame Blame
	}
	sent := want{Sent, PhaseMessage, ""}
	for name, c := range map[string]struct {
		fault func() smtptest.Fault
		third want // what became of the third of five
	}{
		"none":                     {once("", "", 0, "", smtptest.Proceed), sent},
		"RCPT refused":             {once(smtptest.RCPT, person(3), 9, "550 5.1.1 nobody\nof that name", smtptest.Proceed), want{Failed, PhaseRcpt, BlameRecipient}},
		"RCPT later":               {once(smtptest.RCPT, person(3), 1, "450 4.2.0 greylisted", smtptest.Proceed), want{Deferred, PhaseRcpt, BlameRecipient}},
		"RCPT closes":              {once(smtptest.RCPT, person(3), 1, "", smtptest.Close), sent},
		"RCPT 421":                 {once(smtptest.RCPT, person(3), 1, "421 4.3.2 going\ndown", smtptest.Close), sent},
		"RCPT refused, then gone":  {once(smtptest.RCPT, person(3), 1, "550 5.1.1 nobody", smtptest.Close), want{Failed, PhaseRcpt, BlameRecipient}},
		"MAIL refused once":        {once(smtptest.MAIL, "", 1, "451 4.3.0 not now", smtptest.Proceed), sent},
		"MAIL 421 once":            {once(smtptest.MAIL, "", 1, "421 4.3.0 not now", smtptest.Close), sent},
		"DATA refused":             {once(smtptest.DATA, person(3), 9, "554 5.7.1 no", smtptest.Proceed), want{Failed, PhaseData, BlameMessage}},
		"DATA later":               {once(smtptest.DATA, person(3), 1, "451 4.7.1 later", smtptest.Proceed), want{Deferred, PhaseData, BlameMessage}},
		"DATA closes":              {once(smtptest.DATA, person(3), 1, "", smtptest.Close), sent},
		"dot refused":              {once(smtptest.End, person(3), 9, "554 5.7.1 spam\nor so", smtptest.Proceed), want{Failed, PhaseMessage, BlameMessage}},
		"dot later":                {once(smtptest.End, person(3), 1, "452 4.2.2 full", smtptest.Proceed), want{Deferred, PhaseMessage, BlameRecipient}},
		"dot 421":                  {once(smtptest.End, person(3), 1, "421 4.3.2 going down", smtptest.Close), sent},
		"dot closes":               {once(smtptest.End, person(3), 1, "", smtptest.Close), want{Deferred, PhaseMessage, BlameUnknown}},
		"dot taken, then gone":     {once(smtptest.End, person(3), 1, "", smtptest.Vanish), want{Deferred, PhaseMessage, BlameUnknown}},
		"dot taken, said and gone": {once(smtptest.End, person(3), 1, "250 2.0.0 fine", smtptest.Close), sent},
		"dot hangs":                {once(smtptest.End, person(3), 1, "", smtptest.Hang), want{Deferred, PhaseMessage, BlameUnknown}},
		"body dropped":             {once(smtptest.Body, person(3), 1, "", smtptest.Drop), want{Deferred, PhaseMessage, BlameUnknown}},
	} {
		for way, extensions := range map[string][]string{"pipelined": nil, "lockstep": lockstepOnly} {
			t.Run(name+"/"+way, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := pipeServer(t, smtptest.Options{Extensions: extensions, Fault: c.fault()})
					results := row(t, opened(t, piped(t, s)), 5)
					copies := map[string]int{}
					for _, m := range s.Messages() {
						copies[m.To]++
						if want := numbered(int(m.To[len("person")] - '0')); !strings.Contains(string(m.Raw), want.MessageID) {
							t.Errorf("%s got another's message", m.To)
						}
					}
					for n := 1; n <= 5; n++ {
						r, to := results[person(n)], person(n)
						expected := sent
						if n == 3 {
							expected = c.third
						}
						if got := (want{r.State, r.Phase, r.Blame}); got != expected {
							t.Errorf("%s: %+v, want %+v", to, r, expected)
						}
						switch {
						case r.State == Sent && copies[to] != 1, copies[to] > 1, r.State != Sent && !r.PossibleRepeat && copies[to] > 0:
							t.Errorf("%s: %s, and has %d copies", to, r.State, copies[to])
						}
					}
					s.Release()
				})
			})
		}
	}
}

// DATA may be answered 354 although the only recipient was refused (RFC 2920 3.1):
// a lone dot ends that, nobody is credited even where it is answered 250, and the
// conversation goes on.
func TestALoneDot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		empty := 0
		s := pipeServer(t, smtptest.Options{Fault: func(at smtptest.Step, argument string) (string, smtptest.Action) {
			switch {
			case at == smtptest.RCPT && argument == person(2):
				return "550 5.1.1 nobody", smtptest.Proceed
			case at == smtptest.DATA:
				return "354 go ahead", smtptest.Proceed
			case at == smtptest.End && argument == "":
				empty++
			}
			return "", smtptest.Proceed
		}})
		results := row(t, opened(t, piped(t, s)), 3)
		if r := results[person(2)]; r.State != Failed || r.Phase != PhaseRcpt || !r.Suppress {
			t.Errorf("the refused one: %+v", r)
		}
		var to []string
		for _, m := range s.Messages() {
			if len(m.Raw) > 0 {
				to = append(to, m.To)
			}
		}
		if empty != 1 {
			t.Errorf("%d empty messages, want the one that the lone dot ends", empty)
		}
		if !slices.Equal(to, []string{person(1), person(3)}) || results[person(1)].State != Sent || results[person(3)].State != Sent || s.Connections() != 1 {
			t.Errorf("messages went to %v over %d connections; results %+v", to, s.Connections(), results)
		}
	})
}

// A relay that offers PIPELINING and does not keep up with it is sent one command
// at a time, and nobody is the worse for it.
func TestLockstepAfterTheFirstSign(t *testing.T) {
	for name, reply := range map[string]string{
		"Postfix": "503 5.5.0 <DATA>: Data command rejected: Improper use of SMTP command pipelining",
		"Exim":    "554 SMTP synchronization error",
		"unknown": "500 5.5.2 what was that",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := pipeServer(t, smtptest.Options{})
				rs := piped(t, s)
				s.SetFault(func(at smtptest.Step, _ string) (string, smtptest.Action) {
					if at == smtptest.DATA && rs.relays[0].pipelines(time.Now()) {
						return reply, smtptest.Proceed
					}
					return "", smtptest.Proceed
				})
				before := time.Now()
				for to, r := range row(t, opened(t, rs), 3) {
					if r.State != Sent {
						t.Errorf("%s: %+v", to, r)
					}
				}
				if !time.Now().Equal(before) || s.Connections() != 2 || len(s.Messages()) != 3 {
					t.Errorf("%v, %d connections, %d messages", time.Since(before), s.Connections(), len(s.Messages()))
				}
				time.Sleep(learnedFor)
				if !rs.relays[0].pipelines(time.Now()) {
					t.Error("it is not tried again later")
				}
			})
		})
	}
}

// A relay that ends each conversation after some messages is not told of one that
// it will not take.
func TestLearnsWhereARelayEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 12
		taken, surplus := map[int]int{}, 0
		s := pipeServer(t, smtptest.Options{})
		s.SetFault(func(at smtptest.Step, _ string) (string, smtptest.Action) {
			switch n := s.Connections(); {
			case at == smtptest.MAIL && taken[n] == limit:
				surplus++
				return "421 4.7.0 too many messages", smtptest.Close
			case at == smtptest.End:
				taken[n]++
			}
			return "", smtptest.Proceed
		})
		for to, r := range row(t, opened(t, piped(t, s)), 5*limit) {
			if r.State != Sent {
				t.Errorf("%s: %+v", to, r)
			}
		}
		if surplus != 1 || s.Connections() != 5 {
			t.Errorf("%d messages came after the limit, over %d connections", surplus, s.Connections())
		}
	})
}

// What was announced and is not sent after all is never given an empty message:
// the connection is broken off.
func TestAnnouncedAndNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeServer(t, smtptest.Options{})
		c := opened(t, piped(t, s))
		first, second, third := numbered(1).pack(), numbered(2).pack(), numbered(3).pack()
		mustBeSent(t, c.Send(t.Context(), first, second))
		mustBeSent(t, c.Send(t.Context(), third, nil))
		mustBeSent(t, c.Send(t.Context(), first, second))
		c.Close()
		synctest.Wait()
		var to []string
		for _, m := range s.Messages() {
			to = append(to, m.To)
		}
		if want := []string{person(1), person(3), person(1)}; !slices.Equal(to, want) {
			t.Errorf("messages went to %v, want %v", to, want)
		}
	})
}

// A reply about an address, which could also mean that a command came too early,
// costs nobody the pipelining.
func TestAnAddressThatLooksLikeAMisstep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeServer(t, smtptest.Options{Fault: once(smtptest.RCPT, person(2), 9, "501 5.1.3 Bad recipient address syntax", smtptest.Proceed)()})
		rs := piped(t, s)
		results := row(t, opened(t, rs), 4)
		if r := results[person(2)]; r.State != Failed || r.Code != 501 {
			t.Errorf("%+v", r)
		}
		if !rs.relays[0].pipelines(time.Now()) {
			t.Error("the relay is sent one command at a time from now on")
		}
	})
}

// A relay that was started anew ended conversations at no limit of its own.
func TestForgetsWhereARelayEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeServer(t, smtptest.Options{})
		rs, mails := piped(t, s), 0
		s.SetFault(func(at smtptest.Step, _ string) (string, smtptest.Action) {
			if at == smtptest.MAIL {
				if mails++; mails == 13 {
					return "421 4.3.2 restarting", smtptest.Close
				}
			}
			return "", smtptest.Proceed
		})
		row(t, opened(t, rs), 20)
		if most := rs.relays[0].most(time.Now()); most != 12 {
			t.Errorf("at most %d messages after the end", most)
		}
		time.Sleep(learnedFor)
		if most := rs.relays[0].most(time.Now()); most != messagesPerConnection {
			t.Errorf("at most %d messages later on", most)
		}
	})
}

// Messages are announced within TLS, too.
func TestPipeliningOverTLS(t *testing.T) {
	for _, way := range []TLS{TLSStart, TLSImplicit} {
		s := smtptest.Start(t, smtptest.Options{STARTTLS: way == TLSStart, ImplicitTLS: way == TLSImplicit})
		for to, r := range row(t, opened(t, newRelays(t, relayTo(s, way))), 5) {
			if r.State != Sent {
				t.Errorf("%s: %+v", to, r)
			}
		}
		if len(s.Messages()) != 5 || s.Connections() != 1 {
			t.Errorf("%s: %d messages over %d connections", way, len(s.Messages()), s.Connections())
		}
	}
}
