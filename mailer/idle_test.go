package mailer

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	smtptest "postrider/internal/posttest/smtp"
)

// One conversation after the other goes over one connection, which ends properly
// when nobody has needed it for a while.
func TestConversationsAreTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var quits atomic.Int32
		s := pipeServer(t, smtptest.Options{Fault: func(at smtptest.Step, _ string) (string, smtptest.Action) {
			if at == smtptest.QUIT {
				quits.Add(1)
			}
			return "", smtptest.Proceed
		}})
		rs := piped(t, s)
		for n := range 3 {
			c := opened(t, rs)
			mustBeSent(t, c.Send(t.Context(), numbered(n+1).pack(), nil))
			c.Close()
			time.Sleep(idleFor - time.Second) // the bubble's clock
		}
		if s.Connections() != 1 || quits.Load() != 0 {
			t.Errorf("%d connections and %d ends, want one that goes on", s.Connections(), quits.Load())
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if quits.Load() != 1 {
			t.Errorf("%d ends, want one after %v", quits.Load(), idleFor)
		}
		mustBeSent(t, send(t.Context(), opened(t, rs), numbered(9)))
		if s.Connections() != 2 {
			t.Errorf("%d connections", s.Connections())
		}
	})
}

// Never more connections are open than the relay allows, whoever has them.
func TestIdleConversationsCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rs := piped(t, pipeServer(t, smtptest.Options{}))
		rs.relays[0].slots = make(chan struct{}, 2)
		a, b := opened(t, rs), opened(t, rs)
		mustBeSent(t, send(t.Context(), a, numbered(1)))
		mustBeSent(t, send(t.Context(), b, numbered(2)))
		a.Close()
		b.Close()
		c, d := opened(t, rs), opened(t, rs)
		mustBeSent(t, send(t.Context(), c, numbered(3)))
		mustBeSent(t, send(t.Context(), d, numbered(4)))
		if r := rs.relays[0]; len(r.idle) != 0 || len(r.slots) != 2 {
			t.Errorf("%d idle and %d in use of 2", len(r.idle), len(r.slots))
		}
	})
}

// A relay that ended a conversation while it was idle is asked again at once.
func TestEndedWhileIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeServer(t, smtptest.Options{})
		rs := piped(t, s)
		c := opened(t, rs)
		for n := range 20 {
			mustBeSent(t, send(t.Context(), c, numbered(n)))
		}
		c.Close()
		rs.relays[0].idle[0].conn.Close()
		before := time.Now()
		mustBeSent(t, send(t.Context(), opened(t, rs), numbered(20)))
		if s.Connections() != 2 || !time.Now().Equal(before) || rs.relays[0].most(time.Now()) != messagesPerConnection {
			t.Errorf("%d connections, %v later; at most %d messages over one from now on", s.Connections(), time.Since(before), rs.relays[0].most(time.Now()))
		}
	})
}

// A relay that was started anew has ended all conversations that nobody had. The
// next message goes at once all the same.
func TestAllEndedWhileIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeServer(t, smtptest.Options{})
		rs := piped(t, s)
		var all []Conversation
		for n := range 4 {
			c := opened(t, rs)
			mustBeSent(t, send(t.Context(), c, numbered(n+1)))
			all = append(all, c)
		}
		for _, c := range all {
			c.Close()
		}
		for _, l := range rs.relays[0].idle {
			l.conn.Close()
		}
		mustBeSent(t, send(t.Context(), opened(t, rs), numbered(9)))
	})
}

// However many conversations wait for a relay that hangs, they end in the time of one.
func TestCloseAtARelayThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeServer(t, smtptest.Options{Fault: smtptest.At(smtptest.QUIT, "", smtptest.Hang)})
		rs := piped(t, s)
		var all []Conversation
		for n := range 4 {
			c := opened(t, rs)
			mustBeSent(t, send(t.Context(), c, numbered(n+1)))
			all = append(all, c)
		}
		for _, c := range all {
			c.Close()
		}
		before := time.Now()
		rs.Close()
		if took := time.Since(before); took > waitQuit {
			t.Errorf("it took %v", took)
		}
	})
}

// A conversation that is being ended still counts: a relay that is slow about it
// is not called beyond its limit.
func TestEndingConversationsCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeServer(t, smtptest.Options{Fault: smtptest.At(smtptest.QUIT, "", smtptest.Hang)})
		rs := piped(t, s)
		rs.relays[0].slots = make(chan struct{}, 1)
		c := opened(t, rs)
		mustBeSent(t, send(t.Context(), c, numbered(1)))
		c.Close()
		ends := time.Now().Add(idleFor + waitQuit)
		time.Sleep(idleFor + time.Second) // the bubble's clock
		mustBeSent(t, send(t.Context(), opened(t, rs), numbered(2)))
		if time.Now().Before(ends) {
			t.Errorf("called anew %v before the old conversation had ended", time.Until(ends))
		}
	})
}
