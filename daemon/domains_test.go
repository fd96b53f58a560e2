package daemon_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
	"postrider/mailer"
	"postrider/members"
)

// domains adds lines of mail.domains to the configuration, and opens anew.
func (h *house) domains(lines ...string) {
	h.t.Helper()
	config, err := os.ReadFile(h.file)
	h.must(err)
	write(h.t, h.file, strings.Replace(string(config), "mail:\n", "mail:\n  domains:\n    - "+strings.Join(lines, "\n    - ")+"\n", 1))
	h.reopen()
}

// joinAt adds n confirmed subscribers of a domain.
func (h *house) joinAt(domain string, n int) {
	h.t.Helper()
	for i := range n {
		_, err := h.Members.Add(h.ctx, members.Request{Email: fmt.Sprintf("person%d@%s", i, domain)}, true, false)
		h.must(err)
	}
}

// at counts the messages that a domain has been sent.
func (h *house) at(domain string) (n int) {
	for _, m := range h.server.Messages() {
		if strings.HasSuffix(m.To, "@"+domain) {
			n++
		}
	}
	return n
}

// TestDomainsAtTheirLimit: the people of a domain that is at its limit wait until
// it may go on, without an attempt; all others go on.
func TestDomainsAtTheirLimit(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.domains("{domain: big.example, per_second: 2}", "{domain: slow.example, per_hour: 3}")
		h.joinAt("big.example", 7)
		h.joinAt("slow.example", 5)
		h.joinAt("people.example", 5)
		h.publish("tide")
		h.SetRangeSize(100)
		id := h.send()
		if h.at("people.example") != 5 || h.at("big.example") != 1 || h.at("slow.example") != 3 {
			t.Errorf("%d, %d and %d messages went", h.at("people.example"), h.at("big.example"), h.at("slow.example"))
		}
		h.expectEdition(id, "sending, 9 sent, 8 deferred")
		whys := map[string]int{}
		h.must(h.Store.EachDelivery(h.ctx, id, "", func(d magazine.Delivery) error {
			if d.State == magazine.Deferred {
				whys[d.Reason]++
				if d.Attempts+d.Asides != 0 || !d.Next.After(h.clock.Now()) || d.MessageID == "" {
					t.Errorf("%+v", d)
				}
			}
			return nil
		}))
		if whys["big.example gets no more than 2 messages a second"] != 6 || whys["slow.example gets no more than 3 messages an hour"] != 2 {
			t.Errorf("%v", whys)
		}
		h.reopen() // killed
		h.must(h.TakeOver(h.ctx))
		for second := range 30 {
			before := h.at("big.example")
			h.clock.Add(time.Second)
			h.must(h.Drive(h.ctx))
			if n := h.at("big.example") - before; n > 2 {
				t.Errorf("%d messages in second %d", n, second)
			}
		}
		if h.at("big.example") != 7 || h.at("slow.example") != 3 {
			t.Errorf("%d and %d messages went", h.at("big.example"), h.at("slow.example"))
		}
		h.clock.Add(62 * time.Minute)
		for range 3 {
			h.must(h.Drive(h.ctx))
			h.clock.Add(20 * time.Minute)
		}
		h.expectEdition(id, "sent, 17 sent")
		h.must(h.Store.EachDelivery(h.ctx, id, "", func(d magazine.Delivery) error {
			if d.Attempts != 1 {
				t.Errorf("%+v", d)
			}
			return nil
		}))
	})
}

// TestDomainPutsOffAgainAndAgain: after five in a row its people wait, longer each
// time, and those of other domains do not; when it takes one, all go on.
func TestDomainPutsOffAgainAndAgain(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.joinAt("big.example", 20)
		h.joinAt("people.example", 5)
		h.publish("tide")
		var mu sync.Mutex
		asked := 0
		h.server.SetFault(func(now smtptest.Step, argument string) (string, smtptest.Action) {
			if now == smtptest.RCPT && strings.HasSuffix(argument, "@big.example") {
				mu.Lock()
				defer mu.Unlock()
				asked++
				return "451 4.7.1 slow down", smtptest.Proceed
			}
			return "", smtptest.Proceed
		})
		id := h.send()
		h.expectEdition(id, "sending, 5 sent, 20 deferred")
		if asked != 5 && asked != 6 { // one more may have been announced
			t.Errorf("it was asked %d times", asked)
		}
		tried := asked
		waiting := 0
		h.must(h.Store.EachDelivery(h.ctx, id, "", func(d magazine.Delivery) error {
			if d.State == magazine.Deferred && d.Attempts == 0 {
				if waiting++; d.Reason != "big.example asks to send later: 451 4.7.1 slow down" || d.Next.Sub(h.clock.Now()) != time.Minute {
					t.Errorf("%+v", d)
				}
			}
			return nil
		}))
		if waiting != 20-tried {
			t.Errorf("%d wait, and %d were tried", waiting, tried)
		}
		h.clock.Add(time.Minute)
		h.must(h.Drive(h.ctx))
		if asked != tried+1 {
			t.Errorf("after a minute it was asked %d times, want once", asked-tried)
		}
		h.clock.Add(time.Minute)
		h.must(h.Drive(h.ctx))
		if asked != tried+1 {
			t.Errorf("after two minutes it was asked %d times more", asked-tried-1)
		}
		h.must(h.Store.EachDelivery(h.ctx, id, "", func(d magazine.Delivery) error {
			if d.State == magazine.Deferred && d.Attempts == 0 && d.Next.Sub(h.clock.Now()) != 4*time.Minute {
				t.Errorf("%+v", d)
			}
			return nil
		}))
		h.server.SetFault(nil)
		h.clock.Add(20 * time.Minute)
		h.must(h.Drive(h.ctx))
		h.expectEdition(id, "sent, 25 sent")
	})
}

// TestDomainIsAskedOnceAnHour: the last wait repeats.
func TestDomainIsAskedOnceAnHour(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.joinAt("big.example", 30)
	h.publish("tide")
	var asked atomic.Int32
	h.server.SetFault(func(now smtptest.Step, _ string) (string, smtptest.Action) {
		if now == smtptest.RCPT {
			asked.Add(1)
			return "451 4.7.1 slow down", smtptest.Proceed
		}
		return "", smtptest.Proceed
	})
	h.send()
	for wait, minutes := range []time.Duration{1, 5, 15, 60, 60, 60, 60} {
		before := asked.Load()
		h.clock.Add(minutes*time.Minute + time.Second)
		h.must(h.Drive(h.ctx))
		if n := asked.Load() - before; n != 1 {
			t.Errorf("after wait %d it was asked %d times, want once", wait+1, n)
		}
	}
}

// TestDomainThatPutsOffForEver: the people of a domain that never takes anything do
// not wait for one another without end; each is given up in the end.
func TestDomainThatPutsOffForEver(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.joinAt("big.example", 100)
	h.publish("tide")
	h.server.SetFault(func(now smtptest.Step, _ string) (string, smtptest.Action) {
		if now == smtptest.RCPT {
			return "451 4.7.1 slow down", smtptest.Proceed
		}
		return "", smtptest.Proceed
	})
	id := h.send()
	for range 4 * 24 {
		h.clock.Add(time.Hour)
		h.must(h.Drive(h.ctx))
	}
	h.expectEdition(id, "failed, 100 failed")
}

// TestDomainsWhenTheClockIsPutBack: what a domain asked for, and was at its limit of,
// while the clock was ahead, does not keep its people waiting until then.
func TestDomainsWhenTheClockIsPutBack(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.domains("{domain: slow.example, per_hour: 3}")
	h.joinAt("moody.example", 8)
	h.joinAt("slow.example", 5)
	h.publish("tide")
	s := h.Stepper()
	s.Step(h.ctx)
	right := h.clock.Now()
	h.clock.Set(right.AddDate(1, 0, 0))
	s.Step(h.ctx)
	h.server.SetFault(func(now smtptest.Step, argument string) (string, smtptest.Action) {
		if now == smtptest.RCPT && strings.HasSuffix(argument, "@moody.example") {
			return "451 4.7.1 slow down", smtptest.Proceed
		}
		return "", smtptest.Proceed
	})
	id := h.send()
	h.expectEdition(id, "sending, 3 sent, 10 deferred")
	h.clock.Set(right)
	s.Step(h.ctx)
	h.server.SetFault(nil)
	for range 2 {
		h.clock.Add(time.Minute)
		h.must(h.Drive(h.ctx))
	}
	h.expectEdition(id, "sent, 13 sent")
}

// TestGreylistingIsNoMood: a domain that puts off everybody once, whatever it calls
// that, has its people tried as ever.
func TestGreylistingIsNoMood(t *testing.T) {
	t.Parallel()
	for _, words := range []string{"450 4.7.1 Greylisted, come again", "451 4.7.1 try again later"} {
		h := build(t, "sqlite")
		h.joinAt("big.example", 60)
		h.publish("tide")
		seen := map[string]bool{}
		h.server.SetFault(func(now smtptest.Step, argument string) (string, smtptest.Action) {
			if now == smtptest.RCPT && !seen[argument] {
				seen[argument] = true
				return words, smtptest.Proceed
			}
			return "", smtptest.Proceed
		})
		id := h.send()
		for range 5 {
			h.clock.Add(5 * time.Minute)
			h.must(h.Drive(h.ctx))
		}
		h.expectEdition(id, "sent, 60 sent")
	}
}

// TestConversationsToADomain: no more of them send to a domain at once than it is
// said to take.
func TestConversationsToADomain(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.domains("{domain: big.example, connections: 2}")
	h.joinAt("big.example", 12)
	h.publish("tide")
	id, err := h.SendNow(h.ctx, "weekly", "test")
	h.must(err)
	h.must(h.Compose(h.ctx, id))
	open, err := h.OpenRanges(h.ctx)
	h.must(err)
	var mu sync.Mutex
	now, most, began := 0, 0, make(chan struct{}, 12)
	goOn := make(chan struct{})
	h.SetTransport(memory{func(*mailer.Parcel) mailer.Result {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		began <- struct{}{}
		<-goOn
		mu.Lock()
		now--
		mu.Unlock()
		return mailer.Result{State: mailer.Sent, Relay: "memory", Code: 250}
	}})
	done := make(chan error, 1)
	go func() { _, err := h.SendRangeBy(h.ctx, open[0], 4); done <- err }()
	for range 2 {
		heard(t, began)
	}
	close(goOn)
	h.must(heard(t, done))
	if most != 2 {
		t.Errorf("%d conversations sent to it at once", most)
	}
	for range 12 { // those who were put off, two at a time
		h.clock.Add(time.Minute)
		h.must(h.Retry(h.ctx))
	}
	h.expectEdition(id, "sent, 12 sent")
}
