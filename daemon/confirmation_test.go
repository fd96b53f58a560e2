package daemon_test

import (
	"strings"
	"testing"
	"time"

	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// signUp asks for the newsletter as the form does and returns the request's id.
func (h *house) signUp(name string) (id string) {
	h.t.Helper()
	h.must(h.Members.SignUp(h.ctx, members.Request{Email: name + "@people.example", Form: "front page"}))
	return h.lastSignUp(name)
}

func (h *house) lastSignUp(name string) (id string) {
	h.t.Helper()
	h.write(func(tx *store.Tx) error {
		return tx.QueryRowContext(h.ctx, "SELECT s.id FROM signups s JOIN subscribers p ON p.id = s.subscriber_id WHERE p.email_key = $1 ORDER BY s.created DESC LIMIT 1", name+"@people.example").Scan(&id)
	})
	return id
}

func TestConfirmation(t *testing.T) {
	t.Parallel()
	later := func(h *house) { h.server.SetFault(at("", smtptest.RCPT, "451 4.2.1 busy", smtptest.Proceed, -1)) }
	for _, c := range []struct {
		name    string
		before  func(h *house)
		waits   []time.Duration // of the tries that fail; then the relay is well
		arrives bool
	}{
		{"sent", func(h *house) {}, nil, true},
		{"the relay is down", func(h *house) { h.server.SetFault(smtptest.At(smtptest.Greeting, "421 4.3.2 no", smtptest.Close)) }, []time.Duration{2 * time.Second}, true},
		{"greylisting", later, []time.Duration{5 * time.Minute}, true},
		{"busy for long", later, []time.Duration{5 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 40 * time.Minute, 80 * time.Minute}, true},
		{"suppressed", func(h *house) {
			h.write(func(tx *store.Tx) error { return tx.Suppress(h.ctx, "amina@people.example", "asked us by post") })
		}, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := build(t, "sqlite")
			id := h.signUp("amina")
			c.before(h)
			for i, want := range c.waits {
				wait, err := h.Confirm(h.ctx, id)
				if err != nil || wait != want {
					t.Fatalf("try %d waits for %v, not %v: %v", i+1, wait, want, err)
				}
				h.clock.Add(wait)
			}
			h.server.SetFault(nil)
			for range 2 { // a job may run twice
				if wait, err := h.Confirm(h.ctx, id); err != nil || wait != 0 {
					t.Fatalf("%v, %v", wait, err)
				}
			}
			all := h.server.Messages()
			if !c.arrives {
				if len(all) != 0 {
					t.Fatalf("%d messages", len(all))
				}
				return
			}
			if len(all) != 1 || !strings.Contains(string(all[0].Raw), "/confirm/") || header(t, all[0].Raw, "Message-Id") != "<"+id+".confirm@harbour.example>" {
				t.Fatalf("%d messages", len(all))
			}
		})
	}
}

func TestConfirmationToNobody(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	id := h.signUp("amina")
	h.server.SetFault(at("amina", smtptest.RCPT, "550 5.1.1 unknown", smtptest.Proceed, -1))
	for range 2 {
		if wait, err := h.Confirm(h.ctx, id); err != nil || wait != 0 {
			t.Fatalf("%v, %v", wait, err)
		}
	}
	if h.suppressed("amina") == "" {
		t.Error("an address that does not exist is not suppressed")
	}
	if p, err := h.Store.SubscriberByEmail(h.ctx, "amina@people.example"); err != nil || p.State != magazine.Bounced {
		t.Errorf("%s, %v", p.State, err)
	}
}

// TestConfirmationThatIsTooLate: when the link no longer works, nothing is sent.
func TestConfirmationThatIsTooLate(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	id := h.signUp("amina")
	h.clock.Add(8 * 24 * time.Hour)
	if wait, err := h.Confirm(h.ctx, id); err != nil || wait != 0 || len(h.server.Messages()) != 0 {
		t.Fatalf("%v, %v, %d messages", wait, err, len(h.server.Messages()))
	}
	if wait, err := h.Confirm(h.ctx, "no-such-request"); err != nil || wait != 0 {
		t.Fatalf("%v, %v", wait, err)
	}
}

// TestConfirmationByItsJob signs up at a running daemon while the relay is down.
func TestConfirmationByItsJob(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := buildRunning(t, engine)
		down := make(chan struct{}, 100)
		h.server.SetFault(func(now smtptest.Step, _ string) (string, smtptest.Action) {
			if now == smtptest.Greeting {
				down <- struct{}{}
				return "421 4.3.2 no", smtptest.Close
			}
			return "", smtptest.Proceed
		})
		serve(t, h.Daemon)
		h.signUp("amina")
		heard(t, down)
		h.server.SetFault(nil)
		if _, err := h.server.Wait(deadline(t), 1); err != nil {
			t.Fatal(err)
		}
	})
}
