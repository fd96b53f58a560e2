package daemon_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	smtptest "postrider/internal/posttest/smtp"
	"postrider/mailer"
	"postrider/members"
)

// reconfigure changes the configuration, and opens anew.
func (h *house) reconfigure(old, changed string) {
	h.t.Helper()
	config, err := os.ReadFile(h.file)
	h.must(err)
	if !strings.Contains(string(config), old) {
		h.t.Fatalf("the configuration has no %q", old)
	}
	write(h.t, h.file, strings.Replace(string(config), old, changed, 1))
	h.reopen()
}

// TestSmallEditionDoesNotWaitForALargeOne: while a hundred parts of one edition
// wait for two conversations, one of another newsletter, and somebody's second try,
// come between.
func TestSmallEditionDoesNotWaitForALargeOne(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := buildRunning(t, engine)
		h.reconfigure("      tls: none\n", "      tls: none\n      connections: 2\n")
		h.reconfigure("newsletters:\n", "newsletters:\n  - name: small\n    max_age: none\n")
		relays, err := mailer.NewRelays("test.example", h.clock.Now, mailer.Relay{Name: "main", Address: h.server.Addr(), TLS: mailer.TLSNone, Connections: 2})
		h.must(err)
		h.SetTransport(relays)
		const large = 300
		var list strings.Builder
		list.WriteString("email\n")
		for i := range large {
			fmt.Fprintf(&list, "person%d@people.example\n", i)
		}
		_, err = h.Members.Import(h.ctx, strings.NewReader(list.String()), members.ImportOptions{Confirmed: true, Newsletters: []string{"weekly"}})
		h.must(err)
		_, err = h.Members.Add(h.ctx, members.Request{Email: "noor@small.example", Newsletters: []string{"small"}}, true, false)
		h.must(err)
		h.publish("tide")
		var refused atomic.Bool
		h.server.SetFault(func(now smtptest.Step, _ string) (string, smtptest.Action) {
			if now == smtptest.RCPT && refused.CompareAndSwap(false, true) {
				return "451 4.2.1 busy", smtptest.Proceed
			}
			if now == smtptest.End {
				time.Sleep(20 * time.Millisecond) // a relay that takes its time
			}
			return "", smtptest.Proceed
		})
		h.SetRangeSize(3)
		h.SetTurnTime(50 * time.Millisecond)
		serve(t, h.Daemon)
		_, err = h.SendNow(h.ctx, "weekly", "test")
		h.must(err)
		_, err = h.server.Wait(deadline(t), 10)
		h.must(err)
		h.clock.Add(10 * time.Minute) // who was refused is due
		_, err = h.SendNow(h.ctx, "small", "test")
		h.must(err)
		all, err := h.server.Wait(deadline(t), large+1)
		h.must(err)
		at := -1
		for i, m := range all {
			if m.To == "noor@small.example" {
				at = i
			}
		}
		t.Logf("the small edition's message was number %d of %d", at+1, len(all))
		if at < 0 || at > large*3/4 {
			t.Errorf("the small edition's message was number %d of %d", at+1, len(all))
		}
		h.settled(1)
	})
}

// TestHangingRelayHoldsNothingElse: while one relay hangs, at any step, the other
// takes the mail, a confirmation goes, and pages and feeds answer.
func TestHangingRelayHoldsNothingElse(t *testing.T) {
	t.Parallel()
	for _, step := range []smtptest.Step{smtptest.Greeting, smtptest.MAIL, smtptest.End} {
		t.Run(string(step), func(t *testing.T) {
			t.Parallel()
			h := buildRunning(t, "sqlite")
			hung := make(chan bool, 1)
			hangs := smtptest.Start(t, smtptest.Options{Fault: func(now smtptest.Step, _ string) (string, smtptest.Action) {
				if now != step {
					return "", smtptest.Proceed
				}
				select {
				case hung <- true:
				default: // it was told already
				}
				return "", smtptest.Hang
			}})
			h.reconfigure("      tls: none\n", fmt.Sprintf("      tls: none\n      connections: 3\n    - {name: other, address: \"%s\", tls: none, connections: 3}\n", h.server.Addr()))
			relays, err := mailer.NewRelays("test.example", h.clock.Now,
				mailer.Relay{Name: "main", Address: hangs.Addr(), TLS: mailer.TLSNone, Connections: 3},
				mailer.Relay{Name: "other", Address: h.server.Addr(), TLS: mailer.TLSNone, Connections: 3})
			h.must(err)
			h.SetTransport(relays)
			for i := range 40 {
				h.join(fmt.Sprintf("person%d", i))
			}
			h.publish("tide")
			h.SetRangeSize(5)
			base := serve(t, h.Daemon)
			t.Cleanup(func() { hangs.SetFault(nil); hangs.Release() }) // so that it ends soon
			id, err := h.SendNow(h.ctx, "weekly", "test")
			h.must(err)
			select {
			case <-hung:
			case <-deadline(t).Done():
				t.Fatal("the relay that is to hang was asked for nothing")
			}
			for _, path := range []string{"/", "/rss.xml", "/articles/tide/"} {
				r, err := http.Get(base + path)
				h.must(err)
				r.Body.Close()
				if r.StatusCode != http.StatusOK {
					t.Errorf("%s: %s", path, r.Status)
				}
			}
			token := h.signUp("bakari")
			// All but those whom three conversations with the hanging relay have in hand,
			// with who comes next, and bakari.
			confirmed := false
			for n := 40 - 3*2 + 1; !confirmed; n++ {
				all, err := h.server.Wait(deadline(t), n)
				if err != nil {
					t.Fatal("the confirmation did not go: ", err)
				}
				confirmed = slices.ContainsFunc(all, func(m smtptest.Message) bool { return strings.Contains(string(m.Raw), token) })
			}
			if _, settled, err := h.Settled(h.ctx, id); err != nil || settled && step != smtptest.Greeting {
				t.Errorf("settled: %v, %v", settled, err)
			}
		})
	}
}

// TestStopWhileARelayGreets: a wait for a relay, before any message, ends with the
// daemon, at once and without a word.
func TestStopWhileARelayGreets(t *testing.T) {
	t.Parallel()
	h := buildRunning(t, "sqlite")
	relays, err := mailer.NewRelays("test.example", h.clock.Now, mailer.Relay{Name: "main", Address: h.server.Addr(), TLS: mailer.TLSNone})
	h.must(err)
	h.SetTransport(relays)
	h.join("amina")
	h.publish("tide")
	greets := make(chan struct{}, 10)
	h.server.SetFault(func(now smtptest.Step, _ string) (string, smtptest.Action) {
		greets <- struct{}{}
		return "", smtptest.Hang
	})
	h.signUp("bakari")
	id, err := h.SendNow(h.ctx, "weekly", "test")
	h.must(err)
	stop := h.serveUntil()
	for range 2 {
		heard(t, greets)
	}
	stop()
	if h.log.has("did not come to an end in time") {
		t.Error(h.log.text.String())
	}
	h.expectEdition(id, "sending")
}
