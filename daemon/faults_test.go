package daemon_test

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
	"postrider/mailer"
)

// wanted is what comes of an answer for the person whom it meets.
type wanted struct {
	state      magazine.DeliveryState // at once
	code       int
	enhanced   string
	wait       time.Duration // until it is tried again
	rests      bool          // the relay does, so that the third person waits
	aside      bool          // others go first: no attempt was made
	suppressed bool
	copies     int // of the message that arrive in the end
}

var answers = []struct {
	name   string
	step   smtptest.Step
	reply  string
	action smtptest.Action
	want   wanted
}{
	{"a relay that is silent to RCPT", smtptest.RCPT, "", smtptest.Hang, wanted{state: magazine.Deferred, wait: 5 * time.Minute, rests: true, aside: true, copies: 1}},
	{"greylisting", smtptest.RCPT, "451 4.7.1 later", smtptest.Proceed, wanted{state: magazine.Deferred, code: 451, enhanced: "4.7.1", wait: 5 * time.Minute, copies: 1}},
	{"deferred after the dot", smtptest.End, "451 4.2.0 later", smtptest.Proceed, wanted{state: magazine.Deferred, code: 451, enhanced: "4.2.0", wait: 5 * time.Minute, copies: 1}},
	{"dropped within the message", smtptest.Body, "", smtptest.Drop, wanted{state: magazine.Deferred, copies: 1}}, // seen before or after the dot left
	{"closed after the dot", smtptest.End, "", smtptest.Close, wanted{state: magazine.Deferred, wait: 15 * time.Minute, copies: 1}},
	{"taken without a word", smtptest.End, "", smtptest.Vanish, wanted{state: magazine.Deferred, wait: 15 * time.Minute, copies: 2}},
	{"silent after the dot", smtptest.End, "", smtptest.Hang, wanted{state: magazine.Deferred, wait: 15 * time.Minute, rests: true, copies: 2}},
	{"no such mailbox", smtptest.RCPT, "550 5.1.1 unknown", smtptest.Proceed, wanted{state: magazine.Failed, code: 550, enhanced: "5.1.1", suppressed: true}},
	{"a plain 550", smtptest.RCPT, "550 unknown", smtptest.Proceed, wanted{state: magazine.Failed, code: 550, suppressed: true}},
	{"refused for policy", smtptest.RCPT, "550 5.7.1 spam", smtptest.Proceed, wanted{state: magazine.Failed, code: 550, enhanced: "5.7.1"}},
	{"a full mailbox", smtptest.RCPT, "552 5.2.2 full", smtptest.Proceed, wanted{state: magazine.Failed, code: 552, enhanced: "5.2.2"}},
	{"554 after the dot", smtptest.End, "554 5.7.0 spam", smtptest.Proceed, wanted{state: magazine.Failed, code: 554, enhanced: "5.7.0"}},
	{"a plain 554 after the dot", smtptest.End, "554 no", smtptest.Proceed, wanted{state: magazine.Failed, code: 554}},
}

// TestWhoIsMeant has a relay answer one of three people badly, once, and looks
// at what is recorded, who pays for it, and when it is tried again.
func TestWhoIsMeant(t *testing.T) {
	t.Parallel()
	for _, c := range answers {
		t.Run(c.name, func(t *testing.T) {
			h := build(t, "sqlite")
			h.join("amina", "bakari", "chen")
			h.publish("tide")
			victim := h.inOrder()[1]
			h.server.SetFault(at(victim, c.step, c.reply, c.action, 1))
			id := h.send()
			h.server.Release()
			d := h.delivery(id, victim)
			if d.State != c.want.state || d.Code != c.want.code || d.Enhanced != c.want.enhanced || d.Reason == "" {
				t.Fatalf("recorded %+v", d)
			}
			if got := h.suppressed(victim) != ""; got != c.want.suppressed {
				t.Errorf("suppressed: %v", got)
			}
			if p, _ := h.Store.Subscriber(h.ctx, h.ids[victim]); (p.State == magazine.Bounced) != c.want.suppressed {
				t.Errorf("the subscriber is %s", p.State)
			}
			if h.served(victim) != 0 {
				t.Error("the served number moved without a message")
			}
			switch c.want.state {
			case magazine.Deferred:
				if c.want.wait == 0 {
					c.want.aside, c.want.rests, c.want.wait = true, true, 5*time.Minute
					if d.Attempts > 0 {
						c.want.aside, c.want.rests, c.want.wait = false, false, 15*time.Minute
					}
				}
				h.expectEdition(id, map[bool]string{false: "sending, 2 sent, 1 deferred", true: "sending, 1 sent, 1 deferred"}[c.want.rests])
				wait, attempts := d.Next.Sub(h.clock.Now()), 1
				if c.want.aside {
					attempts = 0
				}
				if wait != c.want.wait || d.Attempts != attempts || d.Asides != 1-attempts {
					t.Errorf("deferred by %v after %d attempts, set aside %d times", wait, d.Attempts, d.Asides)
				}
				h.personRests(id, victim, wait)
				if d = h.delivery(id, victim); d.Attempts != attempts+1 {
					t.Errorf("sent after %d attempts", d.Attempts)
				}
			case magazine.Failed:
				h.expectEdition(id, "sent, 2 sent, 1 failed")
			}
			for _, name := range h.inOrder() {
				want := "tide"
				if name == victim {
					want = map[int]string{0: "", 1: "tide", 2: "tide; tide"}[c.want.copies]
				}
				if got := h.got(name); got != want {
					t.Errorf("%s got %q", name, got)
				}
				if moved := h.served(name) == 1; moved != (want != "") {
					t.Errorf("%s has the served number %d", name, h.served(name))
				}
			}
			sameID(t, h.server.Messages())
		})
	}
}

// personRests checks that a deferred delivery is tried again at its time, and
// not before.
func (h *house) personRests(id, victim string, wait time.Duration) {
	h.t.Helper()
	h.clock.Add(wait - time.Second)
	h.must(h.Drive(h.ctx))
	h.expectEdition(id, "sending, 2 sent, 1 deferred")
	h.clock.Add(time.Second)
	h.must(h.Drive(h.ctx))
	h.expectEdition(id, "sent, 3 sent")
	if d := h.delivery(id, victim); d.State != magazine.Sent || d.Reason != "" || !d.Next.IsZero() {
		h.t.Errorf("tried again: %+v", d)
	}
}

// TestRelaysFault has a relay misbehave at the second message and from then on:
// the edition waits, and no person pays for it. Where the person had been named,
// they are set aside, for it might be their message's doing.
func TestRelaysFault(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		step   smtptest.Step
		reply  string
		action smtptest.Action
	}{
		{"421 to MAIL", smtptest.MAIL, "421 4.3.2 closing", smtptest.Close},
		{"550 to MAIL", smtptest.MAIL, "550 5.7.1 who are you", smtptest.Proceed},
		{"503 to MAIL", smtptest.MAIL, "503 5.5.1 what", smtptest.Proceed},
		{"530 to MAIL", smtptest.MAIL, "530 5.7.0 sign in", smtptest.Proceed},
		{"silent to MAIL", smtptest.MAIL, "", smtptest.Hang},
		{"closed at MAIL", smtptest.MAIL, "", smtptest.Close},
		{"endless at MAIL", smtptest.MAIL, "", smtptest.Endless},
		{"421 to RCPT", smtptest.RCPT, "421 4.3.2 closing", smtptest.Close},
		{"503 to RCPT", smtptest.RCPT, "503 5.5.1 MAIL first", smtptest.Proceed},
		{"no space at RCPT", smtptest.RCPT, "452 4.3.1 no space", smtptest.Proceed},
		{"421 to DATA", smtptest.DATA, "421 4.3.2 closing", smtptest.Close},
		{"421 after the dot", smtptest.End, "421 4.3.2 closing", smtptest.Close},
		{"no space after the dot", smtptest.End, "452 4.3.1 no space", smtptest.Proceed},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := build(t, "sqlite")
			h.join("amina", "bakari", "chen")
			h.publish("tide")
			fault := at("", c.step, c.reply, c.action, -1)
			h.server.SetFault(func(now smtptest.Step, argument string) (string, smtptest.Action) {
				if len(h.server.Messages()) == 0 {
					return "", smtptest.Proceed
				}
				return fault(now, argument)
			})
			rests := "sending, 1 sent"
			if c.step != smtptest.MAIL {
				rests += ", 1 deferred"
			}
			id := h.send()
			h.server.Release()
			h.expectEdition(id, rests)
			h.must(h.Drive(h.ctx)) // nothing happens while the relay rests
			h.expectEdition(id, rests)
			h.server.SetFault(nil)
			h.clock.Add(5 * time.Minute)
			h.must(h.Drive(h.ctx))
			h.expectEdition(id, "sent, 3 sent")
			for _, name := range h.inOrder() {
				if d := h.delivery(id, name); d.Attempts != 1 || d.Code != 250 || h.got(name) != "tide" || h.served(name) != 1 || h.suppressed(name) != "" {
					t.Errorf("%s: %+v, got %q, served %d", name, d, h.got(name), h.served(name))
				}
			}
		})
	}
}

// TestOneWhomRelaysChokeOn: one person, whoever of three it is, at whose name the
// relay fails each time, keeps no other from their mail, neither of this edition
// nor of the next, nor those who wait to be tried again. In the end they are
// given up, after days where nothing else shows that the relay takes mail.
func TestOneWhomRelaysChokeOn(t *testing.T) {
	t.Parallel()
	for _, reply := range []string{"451 4.3.0 lookup failure", "421 4.3.2 closing", "503 5.5.1 what", ""} {
		for victim := range 3 {
			t.Run(fmt.Sprint(reply, victim), func(t *testing.T) {
				h := build(t, "sqlite")
				h.join("amina", "bakari", "chen")
				h.publish("tide")
				name := h.inOrder()[victim]
				action := smtptest.Proceed
				if reply == "" || reply[:3] == "421" {
					action = smtptest.Close
				}
				choke := at(name, smtptest.RCPT, reply, action, -1)
				h.server.SetFault(choke)
				id := h.send()
				h.clock.Add(time.Minute)
				h.must(h.Drive(h.ctx))
				h.expectEdition(id, "sending, 2 sent, 1 deferred")
				h.publish("bell")
				next := h.send()
				h.clock.Add(time.Minute)
				h.must(h.Drive(h.ctx))
				h.expectEdition(id, "sent, 2 sent, 1 skipped")
				h.expectEdition(next, "sending, 2 sent, 1 deferred")
				for range 20 {
					h.clock.Add(time.Hour)
					h.must(h.Drive(h.ctx))
				}
				h.expectEdition(next, "sending, 2 sent, 1 deferred")
				for range 9 {
					h.clock.Add(12 * time.Hour)
					h.must(h.Drive(h.ctx))
				}
				h.expectEdition(next, "sent, 2 sent, 1 failed")
				if d := h.delivery(next, name); d.Attempts != 0 || d.Asides != 14 || d.Relay != "main" || !strings.Contains(d.Reason, "14 times") {
					t.Errorf("%+v", d)
				}
				if h.suppressed(name) != "" || h.served(name) != 0 {
					t.Errorf("suppressed %q, served %d", h.suppressed(name), h.served(name))
				}
			})
		}
	}
}

// TestOutageOfADay: a relay that takes nothing from anybody for longer than a
// person who is deferred would wait has nobody given up.
func TestOutageOfADay(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina", "bakari", "chen")
	h.publish("tide")
	h.server.SetFault(smtptest.At(smtptest.RCPT, "421 4.3.2 system not accepting network messages", smtptest.Proceed))
	id := h.send()
	for range 30 {
		h.clock.Add(time.Hour)
		h.must(h.Drive(h.ctx))
	}
	h.server.SetFault(nil)
	for range 13 {
		h.clock.Add(time.Hour)
		h.must(h.Drive(h.ctx))
	}
	h.expectEdition(id, "sent, 3 sent")
}

// TestRetriesGoPastOneWhomRelaysChokeOn: those who were deferred for their own
// sake do not wait behind one at whose name the relay fails.
func TestRetriesGoPastOneWhomRelaysChokeOn(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina", "bakari", "chen")
	h.publish("tide")
	h.server.SetFault(at("", smtptest.RCPT, "451 4.7.1 greylisted", smtptest.Proceed, 3))
	id := h.send()
	h.expectEdition(id, "sending, 3 deferred")
	h.server.SetFault(at(h.inOrder()[0], smtptest.RCPT, "451 4.3.0 lookup failure", smtptest.Proceed, -1))
	for range 3 {
		h.clock.Add(5 * time.Minute)
		h.must(h.Drive(h.ctx))
	}
	h.expectEdition(id, "sending, 2 sent, 1 deferred")
}

// TestRelayThatEndsConversations closes after each message, which is its right.
func TestRelayThatEndsConversations(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina", "bakari", "chen")
	h.publish("tide")
	var mu sync.Mutex
	taken := 0
	h.server.SetFault(func(now smtptest.Step, argument string) (string, smtptest.Action) {
		mu.Lock()
		defer mu.Unlock()
		if n := len(h.server.Messages()); now == smtptest.MAIL && n > taken {
			taken = n
			return "421 4.3.2 enough", smtptest.Close
		}
		return "", smtptest.Proceed
	})
	h.expectEdition(h.send(), "sent, 3 sent")
	if n := h.server.Connections(); n != 3 {
		t.Errorf("%d connections", n)
	}
}

// sameID checks that whatever one person got twice of an edition carries one
// Message-ID.
func sameID(t *testing.T, all []smtptest.Message) (repeats int) {
	t.Helper()
	seen := map[string]string{}
	for _, m := range all {
		id := header(t, m.Raw, "Message-Id")
		if before, ok := seen[m.To]; ok {
			repeats++
			if before != id {
				t.Errorf("%s got %s and %s", m.To, before, id)
			}
		}
		seen[m.To] = id
	}
	return repeats
}

func TestRelayThatIsNotThere(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina", "bakari")
		h.publish("tide")
		l, err := net.Listen("tcp", "127.0.0.1:0")
		h.must(err)
		nobody := l.Addr().String()
		l.Close()
		down, err := mailer.NewRelays("test.example", h.clock.Now, mailer.Relay{Name: "gone", Address: nobody, TLS: mailer.TLSNone})
		h.must(err)
		h.SetTransport(down)
		id := h.send()
		h.expectEdition(id, "sending")
		if !h.log.has("the mail waits for a relay") {
			t.Error("nothing was logged")
		}
		h.clock.Add(time.Hour)
		h.reopen() // the relay is back
		h.must(h.TakeOver(h.ctx))
		h.must(h.Drive(h.ctx))
		h.expectEdition(id, "sent, 2 sent")
		if d := h.delivery(id, "amina"); d.Attempts != 1 || d.Relay != "main" || d.Code != 250 {
			t.Errorf("%+v", d)
		}
	})
}

// TestDeferredUntilGivenUp follows one person through all six attempts.
func TestDeferredUntilGivenUp(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina", "bakari")
		h.publish("tide")
		h.server.SetFault(at("amina", smtptest.RCPT, "451 4.2.1 busy", smtptest.Proceed, -1))
		id := h.send()
		for i, wait := range []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour, 12 * time.Hour} {
			d := h.delivery(id, "amina")
			if d.State != magazine.Deferred || d.Attempts != i+1 || d.Next.Sub(h.clock.Now()) != wait {
				t.Fatalf("attempt %d: %+v", i+1, d)
			}
			h.clock.Add(wait)
			h.must(h.Drive(h.ctx))
		}
		if d := h.delivery(id, "amina"); d.State != magazine.Failed || d.Attempts != 6 || d.Code != 451 || d.Reply == "" {
			t.Fatalf("in the end: %+v", d)
		}
		h.expectEdition(id, "sent, 1 sent, 1 failed")
		if h.served("amina") != 0 || h.suppressed("amina") != "" {
			t.Error("a person who could not be reached for a day was served or suppressed")
		}
		h.server.SetFault(nil)
		h.expectEdition(h.send(), "sent, 1 sent, 1 nothing")
		if got := h.got("amina"); got != "tide" {
			t.Errorf("with the next edition came %q", got)
		}
	})
}
