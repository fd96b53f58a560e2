package mailer

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	smtptest "postrider/internal/posttest/smtp"
)

// Relays that have a weight share the mail by it, also after one of them was away;
// one without steps in only when they fail.
func TestWeights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		servers := []*smtptest.Server{pipeServer(t, smtptest.Options{}), pipeServer(t, smtptest.Options{}), pipeServer(t, smtptest.Options{})}
		rs := piped(t, servers...)
		for i, weight := range []int{0, 3, 1} {
			rs.relays[i].Weight = weight
			rs.relays[i].Messages = 10
		}
		rankRelays(rs.relays)
		post := func(n int) (at [3]int) {
			var before [3]int
			for i, s := range servers {
				before[i] = len(s.Messages())
			}
			var all sync.WaitGroup
			for k := range 4 { // as many conversations
				c := opened(t, rs)
				all.Go(func() {
					defer c.Close()
					for m := range n / 4 {
						if r := send(t.Context(), c, numbered(1000*k+m)); r.State != Sent {
							t.Errorf("%+v", r)
						}
					}
				})
			}
			all.Wait()
			for i, s := range servers {
				at[i] = len(s.Messages()) - before[i]
			}
			return at
		}
		near := func(what string, got, want [3]int) {
			t.Helper()
			for i := range got {
				if d := got[i] - want[i]; d < -20 || d > 20 {
					t.Errorf("%s: %v, want about %v", what, got, want)
				}
			}
		}
		near("at first", post(400), [3]int{0, 300, 100})
		servers[1].SetFault(smtptest.At(smtptest.MAIL, "421 4.3.2 busy", smtptest.Close))
		near("while the heavier one is away", post(200), [3]int{0, 0, 200})
		servers[1].SetFault(nil)
		time.Sleep(20 * time.Minute)
		near("when it is back", post(400), [3]int{0, 300, 100})
		servers[1].SetFault(smtptest.At(smtptest.MAIL, "421 4.3.2 busy", smtptest.Close))
		servers[2].SetFault(smtptest.At(smtptest.MAIL, "421 4.3.2 busy", smtptest.Close))
		near("while both are away", post(100), [3]int{100, 0, 0})
	})
}

// A relay that hangs at any step keeps its own conversations, and no other: from
// ten seconds on those that are to be opened go to the next.
func TestHangingRelayDoesNotHoldTheOthers(t *testing.T) {
	for _, step := range []smtptest.Step{smtptest.Greeting, smtptest.EHLO, smtptest.MAIL, smtptest.RCPT, smtptest.DATA, smtptest.End} {
		t.Run(string(step), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				first := pipeServer(t, smtptest.Options{Fault: smtptest.At(step, "", smtptest.Hang)})
				second := pipeServer(t, smtptest.Options{})
				rs := piped(t, first, second)
				rs.relays[0].slots = make(chan struct{}, 2)
				began := time.Now()
				done := make(chan Result, 6)
				for k := range 6 {
					go func() {
						c, err := rs.Open(t.Context(), Bulk)
						if err != nil {
							t.Error(err)
							done <- Result{}
							return
						}
						defer c.Close()
						done <- send(t.Context(), c, numbered(k))
					}()
				}
				for range 4 { // the two others hang
					if r := <-done; r.State != Sent || r.Relay != "relay1" {
						t.Errorf("%+v", r)
					}
				}
				if took := time.Since(began); took > stuckAfter+2*time.Second {
					t.Errorf("those that do not hang took %v", took)
				}
				first.Release()
				first.SetFault(nil)
				for range 2 {
					<-done
				}
			})
		})
	}
}

// One urgent message gets the next conversation in which a message has ended, and
// the others wait for it.
func TestUrgentMessageGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeServer(t, smtptest.Options{Fault: func(at smtptest.Step, _ string) (string, smtptest.Action) {
			if at == smtptest.End {
				time.Sleep(time.Second)
			}
			return "", smtptest.Proceed
		}})
		rs := piped(t, s)
		rs.relays[0].slots = make(chan struct{}, 2)
		var bulk sync.WaitGroup
		for k := range 3 { // the third has no place
			bulk.Go(func() {
				c, err := rs.Open(t.Context(), Bulk)
				if err != nil {
					t.Error(err)
					return
				}
				defer c.Close()
				p := numbered(100 * k).pack()
				for n := range 20 {
					next := numbered(100*k + n + 1).pack()
					if r := c.Send(t.Context(), p, next); r.State != Sent {
						t.Errorf("%+v", r)
					}
					p = next
				}
			})
		}
		time.Sleep(2500 * time.Millisecond)
		began := time.Now()
		c, err := rs.Open(t.Context(), Urgent)
		if err != nil {
			t.Fatal(err)
		}
		mustBeSent(t, send(t.Context(), c, numbered(999)))
		c.Close()
		if took := time.Since(began); took > 4*time.Second { // what was announced goes first
			t.Errorf("it took %v", took)
		}
		if n := s.Connections(); n != 2 {
			t.Errorf("%d connections: the conversation was not handed over", n)
		}
		bulk.Wait()
	})
}

// Who has a conversation can tell that others wait for one.
func TestWanted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rs := piped(t, pipeServer(t, smtptest.Options{}))
		rs.relays[0].slots = make(chan struct{}, 1)
		c := opened(t, rs)
		if c.Wanted() {
			t.Error("nobody waits")
		}
		done := make(chan Conversation)
		go func() {
			c, err := rs.Open(t.Context(), Bulk)
			if err != nil {
				t.Error(err)
			}
			done <- c
		}()
		synctest.Wait()
		if !c.Wanted() {
			t.Error("somebody waits")
		}
		c.Close()
		c = <-done
		if c.Wanted() {
			t.Error("nobody waits any more")
		}
		c.Close()
	})
}

// Who wants a spare conversation gets one that is free, and never waits, nor comes
// before one who does.
func TestSpareConversation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rs := piped(t, pipeServer(t, smtptest.Options{}))
		rs.relays[0].slots = make(chan struct{}, 1)
		c, err := rs.Open(t.Context(), Spare)
		if err != nil {
			t.Fatal(err)
		}
		if r := send(t.Context(), c, numbered(1)); r.State != Sent {
			t.Errorf("%+v", r)
		}
		if _, err := rs.Open(t.Context(), Spare); !errors.Is(err, ErrNoneFree) {
			t.Errorf("a second one: %v", err)
		}
		waits := make(chan Conversation)
		go func() {
			c, err := rs.Open(t.Context(), Bulk)
			if err != nil {
				t.Error(err)
			}
			waits <- c
		}()
		synctest.Wait()
		if !c.Wanted() {
			t.Error("nobody wants it")
		}
		c.Close()
		if _, err := rs.Open(t.Context(), Spare); !errors.Is(err, ErrNoneFree) {
			t.Errorf("one that another waits for: %v", err)
		}
		(<-waits).Close()
	})
}
