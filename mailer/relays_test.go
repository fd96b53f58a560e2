package mailer

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
)

func TestSendsOverEachKindOfTLS(t *testing.T) {
	for tls, o := range map[TLS]smtptest.Options{
		TLSNone:     {},
		TLSStart:    {STARTTLS: true},
		TLSImplicit: {ImplicitTLS: true},
	} {
		t.Run(string(tls), func(t *testing.T) {
			s := smtptest.Start(t, o)
			c := opened(t, newRelays(t, relayTo(s, tls)))
			m := digest()
			r := send(t.Context(), c, m)
			if r != (Result{State: Sent, Phase: PhaseMessage, Code: 250, Enhanced: "2.0.0", Reply: "2.0.0 taken", Relay: "main"}) {
				t.Errorf("result %+v", r)
			}
			got := s.Messages()
			if len(got) != 1 {
				t.Fatalf("%d messages arrived", len(got))
			}
			if want := written(t, m); !bytes.Equal(got[0].Raw, want) {
				t.Errorf("arrived:\n%s\nwant:\n%s", got[0].Raw, want)
			}
			if got[0].From != "letters@harbour.example" || got[0].To != "amina@lamu.example" ||
				got[0].Parameters != "" || got[0].Hello != "sender.example" || got[0].TLS != (tls != TLSNone) {
				t.Errorf("envelope %+v", got[0])
			}
		})
	}
}

func TestNeverFallsBackToClearText(t *testing.T) {
	plain := smtptest.Start(t, smtptest.Options{})
	secure := smtptest.Start(t, smtptest.Options{STARTTLS: true})
	stranger := relayTo(secure, TLSStart)
	stranger.TLSConfig = nil // the system's roots don't know the server
	implicit := relayTo(plain, TLSImplicit)
	refused := smtptest.Start(t, smtptest.Options{STARTTLS: true, Fault: smtptest.At(smtptest.STARTTLS, "454 4.7.0 not now", smtptest.Proceed)})
	for name, c := range map[string]struct {
		relay Relay
		code  int
		words string
	}{
		"no STARTTLS offered":   {relayTo(plain, TLSStart), 0, "STARTTLS"},
		"STARTTLS refused":      {relayTo(refused, TLSStart), 454, ""},
		"an unknown authority":  {stranger, 0, "certificate"},
		"clear where implicit":  {implicit, 0, "TLS"},
		"clear and no relay up": {relayTo(secure, TLSNone), 530, ""},
	} {
		t.Run(name, func(t *testing.T) {
			transport := newRelays(t, c.relay)
			c2, err := transport.Open(t.Context(), Bulk)
			var r Result
			if err == nil { // connected in the clear, as set; MAIL is refused
				r = send(t.Context(), c2, digest())
				c2.Close()
			} else {
				var u *Unavailable
				if !errors.As(err, &u) {
					t.Fatalf("error %v", err)
				}
				r = u.Result
				if r.Phase != PhaseTLS {
					t.Errorf("phase %s, want tls", r.Phase)
				}
			}
			if r.State != Deferred || r.Blame != BlameRelay || r.Code != c.code || !strings.Contains(r.Reason, c.words) || r.RetryAfter <= 0 {
				t.Errorf("result %+v, want the relay's fault with code %d and %q", r, c.code, c.words)
			}
		})
	}
	if n := len(plain.Messages()) + len(secure.Messages()); n != 0 {
		t.Errorf("%d messages arrived", n)
	}
}

func TestSignsIn(t *testing.T) {
	const secret = "s3cret pass"
	for name, c := range map[string]struct {
		tls        TLS
		mechanisms []string
		password   string
		readError  error
		fails      string // words of the error; "" where it works
	}{
		"plain over STARTTLS":     {TLSStart, nil, secret, nil, ""},
		"login over STARTTLS":     {TLSStart, []string{"LOGIN"}, secret, nil, ""},
		"plain over implicit TLS": {TLSImplicit, []string{"PLAIN"}, secret, nil, ""},
		"login over implicit TLS": {TLSImplicit, []string{"LOGIN"}, secret, nil, ""},
		"clear on this machine":   {TLSNone, nil, secret, nil, ""},
		"wrong password":          {TLSStart, nil, "wrong pass", nil, "did not accept our sign-in"},
		"unknown mechanism":       {TLSStart, []string{"GSSAPI"}, secret, nil, `it offers "GSSAPI"`},
		"unreadable password":     {TLSStart, nil, "", errors.New("open /etc/secret: no such file"), "/etc/secret"},
	} {
		t.Run(name, func(t *testing.T) {
			s := smtptest.Start(t, smtptest.Options{
				STARTTLS: c.tls == TLSStart, ImplicitTLS: c.tls == TLSImplicit,
				Username: "harbour", Password: secret, Mechanisms: c.mechanisms,
			})
			reads := 0
			relay := relayTo(s, c.tls)
			relay.Username = "harbour"
			relay.Password = func() (string, error) { reads++; return c.password, c.readError }
			transport := newRelays(t, relay)
			if reads != 0 {
				t.Error("the password was read before it was needed")
			}
			conversation, err := transport.Open(t.Context(), Bulk)
			if c.fails == "" {
				if err != nil {
					t.Fatal(err)
				}
				defer conversation.Close()
				mustBeSent(t, send(t.Context(), conversation, digest()))
				if got := s.Messages()[0].Username; got != "harbour" || reads != 1 {
					t.Errorf("signed in as %q, password read %d times", got, reads)
				}
				return
			}
			var u *Unavailable
			if !errors.As(err, &u) || u.Result.Phase != PhaseAuth || u.Result.Blame != BlameRelay || !strings.Contains(err.Error(), c.fails) {
				t.Fatalf("error %v, want one of sign-in with %q", err, c.fails)
			}
			if strings.Contains(err.Error(), c.password) && c.password != "" || magazine.CodeOf(err) != magazine.Unavailable {
				t.Errorf("error %v shows the password or has code %s", err, magazine.CodeOf(err))
			}
		})
	}
}

func TestKeepsThePasswordFromAClearLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rs := piped(t, pipeServer(t, smtptest.Options{Username: "harbour", Password: "s3cret"}))
		rs.relays[0].Username = "harbour"
		rs.relays[0].Password = func() (string, error) { return "s3cret", nil }
		if _, err := rs.Open(t.Context(), Bulk); err == nil || !strings.Contains(err.Error(), "not sent without encryption") {
			t.Errorf("error %v, want one about encryption", err)
		}
	})
}

// A relay-level fault hands the same message to the next relay; nobody pays.
func TestTheNextRelayTakesOver(t *testing.T) {
	for name, fault := range map[string]smtptest.Fault{
		"greeting refused":       smtptest.At(smtptest.Greeting, "554 5.3.2 not you", smtptest.Close),
		"greeting busy":          smtptest.At(smtptest.Greeting, "421 4.3.2 busy", smtptest.Close),
		"closed at the greeting": smtptest.At(smtptest.Greeting, "", smtptest.Close),
		"endless greeting":       smtptest.At(smtptest.Greeting, "", smtptest.Endless),
		"hangs at the greeting":  smtptest.At(smtptest.Greeting, "", smtptest.Hang),
		"EHLO refused":           smtptest.At(smtptest.EHLO, "550 5.7.1 not you", smtptest.Proceed),
		"endless EHLO":           smtptest.At(smtptest.EHLO, "", smtptest.Endless),
		"hangs at EHLO":          smtptest.At(smtptest.EHLO, "", smtptest.Hang),
		"MAIL refused":           smtptest.At(smtptest.MAIL, "550 5.7.1 not this sender", smtptest.Proceed),
		"MAIL wants sign-in":     smtptest.At(smtptest.MAIL, "530 5.7.0 who are you\nreally", smtptest.Proceed),
		"MAIL later":             smtptest.At(smtptest.MAIL, "452 4.3.1 no room", smtptest.Proceed),
		"hangs at MAIL":          smtptest.At(smtptest.MAIL, "", smtptest.Hang),
		"closed at MAIL":         smtptest.At(smtptest.MAIL, "", smtptest.Close),
		"421 at RCPT":            smtptest.At(smtptest.RCPT, "421 4.3.2 going down", smtptest.Close),
		"4.3.x at RCPT":          smtptest.At(smtptest.RCPT, "451 4.3.0 resolver down", smtptest.Proceed),
		"503 at RCPT":            smtptest.At(smtptest.RCPT, "503 5.5.1 MAIL first", smtptest.Proceed),
		"421 at DATA":            smtptest.At(smtptest.DATA, "421 4.3.2 going down", smtptest.Close),
		"250 at DATA":            smtptest.At(smtptest.DATA, "250 2.0.0 what", smtptest.Proceed),
		"421 after the dot":      smtptest.At(smtptest.End, "421 4.3.2 going down", smtptest.Close),
		"closed at RCPT":         smtptest.At(smtptest.RCPT, "", smtptest.Close),
		"4.3.x after the dot":    smtptest.At(smtptest.End, "451 4.3.5 queue", smtptest.Proceed),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				first := pipeServer(t, smtptest.Options{Fault: fault})
				second := pipeServer(t, smtptest.Options{})
				c := opened(t, piped(t, first, second))
				r := send(t.Context(), c, digest())
				if r.State != Sent || r.Relay != "relay1" {
					t.Errorf("result %+v, want sent by relay1", r)
				}
				if a, b := len(first.Messages()), len(second.Messages()); a != 0 || b != 1 {
					t.Errorf("%d messages at the first relay and %d at the second", a, b)
				}
				mustBeSent(t, send(t.Context(), c, numbered(2)))
				tries := 1
				if name == "503 at RCPT" { // perhaps the commands came too early for it
					tries = 2
				}
				if first.Connections() != tries {
					t.Errorf("the paused relay was tried %d times, want %d", first.Connections(), tries)
				}
			})
		})
	}
}

func TestPausesGrowAndEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeServer(t, smtptest.Options{Fault: smtptest.At(smtptest.Greeting, "421 4.3.2 busy", smtptest.Close)})
		rs := piped(t, s)
		for i := range len(pauses) + 2 {
			_, err := rs.Open(t.Context(), Bulk)
			var u *Unavailable
			if !errors.As(err, &u) {
				t.Fatalf("open %d: %v", i, err)
			}
			want := pauses[min(i, len(pauses)-1)]
			if got := time.Until(u.Until); got != want || u.Result.RetryAfter != want {
				t.Errorf("pause %d is %v, %v; want %v", i, got, u.Result.RetryAfter, want)
			}
			if u.Result.Code != 421 || u.Result.CostsAttempt() || magazine.CodeOf(err) != magazine.Unavailable ||
				!strings.Contains(err.Error(), "relay0") || !strings.Contains(err.Error(), "4.3.2 busy") {
				t.Errorf("error %v, %+v", err, u.Result)
			}
			if _, err := rs.Open(t.Context(), Bulk); err == nil || s.Connections() != i+1 {
				t.Errorf("during pause %d: error %v, %d connections", i, err, s.Connections())
			}
			time.Sleep(want) // the bubble's clock
		}
		s.SetFault(nil)
		c := opened(t, rs)
		mustBeSent(t, send(t.Context(), c, digest()))
		c.Close()
		rs.Close()
		s.SetFault(smtptest.At(smtptest.Greeting, "421 4.3.2 busy", smtptest.Close))
		_, err := rs.Open(t.Context(), Bulk)
		var u *Unavailable
		if !errors.As(err, &u) || time.Until(u.Until) != pauses[0] {
			t.Errorf("after a success the pauses don't start anew: %v", err)
		}
	})
}

// What a relay does instead of answering stands in the error, in plain words.
func TestReasonsOfARelayThatDoesNotAnswer(t *testing.T) {
	for words, fault := range map[string]smtptest.Fault{
		"the relay did not answer within 30 s at the greeting":            smtptest.At(smtptest.Greeting, "", smtptest.Hang),
		"the relay did not answer within 30 s at EHLO":                    smtptest.At(smtptest.EHLO, "", smtptest.Hang),
		"the relay closed the connection at the greeting":                 smtptest.At(smtptest.Greeting, "", smtptest.Close),
		"the relay closed the connection at EHLO":                         smtptest.At(smtptest.EHLO, "", smtptest.Close),
		"the relay sent more than 64 kB in one answer at EHLO":            smtptest.At(smtptest.EHLO, "", smtptest.Endless),
		"the relay refused us at the greeting (5.3.2 not you)":            smtptest.At(smtptest.Greeting, "554 5.3.2 not you", smtptest.Close),
		"the relay's answer at the greeting makes no sense (2.0.0 hello)": smtptest.At(smtptest.Greeting, "250 2.0.0 hello", smtptest.Proceed),
	} {
		synctest.Test(t, func(t *testing.T) {
			_, err := piped(t, pipeServer(t, smtptest.Options{Fault: fault})).Open(t.Context(), Bulk)
			if err == nil || !strings.Contains(err.Error(), "relay0: "+words) {
				t.Errorf("%v, want %q", err, words)
			}
		})
	}
}

// One who stops while a relay is silent learns how long it was.
func TestStoppingWhileItConnects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rs := piped(t, pipeServer(t, smtptest.Options{Fault: smtptest.At(smtptest.EHLO, "", smtptest.Hang)}))
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		_, err := rs.Open(ctx, Bulk)
		var u *Unavailable
		if !errors.As(err, &u) || u.Result.CostsAttempt() || u.Result.Relay != "relay0" || u.Result.Reason != "sending was stopped; the relay had not answered for 8 s at EHLO" {
			t.Errorf("%v, %+v", err, u)
		}
		if !rs.relays[0].up(time.Now()) {
			t.Error("our stop pauses the relay")
		}
	})
}

func TestSeveralBreaksAtOnceAreOneFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeServer(t, smtptest.Options{Fault: smtptest.At(smtptest.Greeting, "", smtptest.Hang)})
		rs := piped(t, s)
		results := make(chan error)
		for range 4 {
			go func() {
				_, err := rs.Open(t.Context(), Bulk)
				results <- err
			}()
		}
		for range 4 {
			var u *Unavailable
			if err := <-results; !errors.As(err, &u) || time.Until(u.Until) != pauses[0] {
				t.Errorf("error %v, want a pause of %v", err, pauses[0])
			}
		}
	})
}

func TestTheFirstRelayComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := pipeServer(t, smtptest.Options{Fault: smtptest.At(smtptest.Greeting, "", smtptest.Close)})
		second := pipeServer(t, smtptest.Options{})
		rs := piped(t, first, second, nil)
		c := opened(t, rs)
		mustBeSent(t, send(t.Context(), c, numbered(1)))
		c.Close()
		first.SetFault(nil)
		time.Sleep(pauses[0])
		c = opened(t, rs)
		if r := send(t.Context(), c, numbered(2)); r.State != Sent || r.Relay != "relay0" {
			t.Errorf("result %+v, want sent by relay0", r)
		}
	})
}

func TestConnectionsAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeServer(t, smtptest.Options{})
		rs := piped(t, s)
		rs.relays[0].slots = make(chan struct{}, 2)
		a, b := opened(t, rs), opened(t, rs)
		mustBeSent(t, send(t.Context(), a, numbered(1)))
		mustBeSent(t, send(t.Context(), b, numbered(2)))

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := rs.Open(ctx, Bulk); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a third conversation: %v, want the context's error", err)
		}
		third := make(chan Conversation)
		go func() {
			c, err := rs.Open(t.Context(), Bulk)
			if err != nil {
				t.Error(err)
			}
			third <- c
		}()
		synctest.Wait()
		if s.Connections() != 2 {
			t.Errorf("%d connections, want 2", s.Connections())
		}
		a.Close()
		c := <-third
		mustBeSent(t, send(t.Context(), c, numbered(3)))
		c.Close()
		b.Close()
		if n := len(rs.relays[0].slots); n != 0 {
			t.Errorf("%d places are still taken", n)
		}
	})
}

func TestRefusesWrongDescriptions(t *testing.T) {
	for name, relays := range map[string][]Relay{
		"none":    nil,
		"no port": {{Name: "main", Address: "relay.test", TLS: TLSNone}},
		"no host": {{Name: "main", Address: ":25", TLS: TLSNone}},
		"no tls":  {{Name: "main", Address: "relay.test:25"}},
		"bad tls": {{Name: "main", Address: "relay.test:25", TLS: "ssl"}},
	} {
		if _, err := NewRelays("", time.Now, relays...); magazine.CodeOf(err) != magazine.Invalid || err == nil {
			t.Errorf("%s: %v, want an invalid one", name, err)
		}
	}
}

func TestNobodyListens(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	_, err = newRelays(t, Relay{Name: "main", Address: address, TLS: TLSNone}).Open(t.Context(), Bulk)
	var u *Unavailable
	if !errors.As(err, &u) || u.Result.Phase != PhaseConnect || !strings.Contains(err.Error(), "main") || !u.Until.After(time.Now()) {
		t.Errorf("error %v", err)
	}
}
