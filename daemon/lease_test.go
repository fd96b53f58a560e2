package daemon_test

import (
	"context"
	"testing"
	"time"

	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
	"postrider/mailer"
	"postrider/store"
)

// TestNodeThatIsTakenForDead stops a node with a message at the relay. Another
// takes over when the lease has run out; what the first then hears is recorded,
// and it sends no more.
func TestNodeThatIsTakenForDead(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		for _, taken := range []string{"250 2.0.0 taken", "451 4.2.1 later"} {
			t.Run(taken[:3], func(t *testing.T) {
				h := build(t, engine)
				h.join("amina", "bakari", "chen")
				h.publish("tide")
				id, err := h.SendNow(h.ctx, "weekly", "test")
				h.must(err)
				h.must(h.Compose(h.ctx, id))
				open, err := h.OpenRanges(h.ctx)
				h.must(err)
				other := openAt(t, h.file, h.clock.Now, h.log)
				other.SetTransport(memory{func(m *mailer.Parcel) mailer.Result {
					return mailer.Result{State: mailer.Deferred, Blame: mailer.BlameRecipient, Reason: "busy", RetryAfter: time.Hour}
				}})
				first := true
				h.server.SetFault(func(now smtptest.Step, _ string) (string, smtptest.Action) {
					if now != smtptest.End || !first {
						return "", smtptest.Proceed
					}
					first = false
					h.clock.Add(31 * time.Second)
					if err := other.SendRange(h.ctx, open[0]); err != nil {
						t.Error(err)
					}
					return taken, smtptest.Proceed
				})
				h.must(h.SendRange(h.ctx, open[0]))
				got := h.inOrder()[0]
				d := h.delivery(id, got)
				if sent := taken[0] == '2'; sent && (d.State != magazine.Sent || h.served(got) != 1) || !sent && (d.State != magazine.Deferred || d.Code != 0) {
					t.Errorf("%+v, served %d", d, h.served(got))
				}
				if n := len(h.server.Messages()); n > 1 {
					t.Errorf("it went on and sent %d", n)
				}
				h.server.SetFault(nil)
				h.clock.Add(time.Hour)
				h.must(h.Drive(h.ctx))
				h.expectEdition(id, "sent, 3 sent")
				for _, name := range h.inOrder() {
					if h.got(name) != "tide" || h.served(name) != 1 {
						t.Errorf("%s got %q, served %d", name, h.got(name), h.served(name))
					}
				}
			})
		}
	})
}

// memory is a transport that asks a function.
type memory struct {
	send func(*mailer.Parcel) mailer.Result
}

func (m memory) Open(ctx context.Context, _ mailer.Haste) (mailer.Conversation, error) {
	return m, ctx.Err()
}
func (m memory) Ready(ctx context.Context) error { return ctx.Err() }
func (m memory) Send(_ context.Context, message, _ *mailer.Parcel) mailer.Result {
	return m.send(message)
}
func (m memory) Wanted() bool { return false }
func (m memory) Close() error { return nil }

// TestKilledGoesOnAtOnce: on SQLite, and on a node of its own, what a killed
// daemon held is free when it starts again; nobody waits for a lease.
func TestKilledGoesOnAtOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina", "bakari", "chen")
		h.publish("tide")
		killedAt := func(n int, do func() error) {
			t.Helper()
			defer func() {
				if recover() != (crash{}) {
					t.Error("it was not killed")
				}
				h.reopen()
				h.must(h.TakeOver(h.ctx))
			}()
			h.SetTransport(memory{func(m *mailer.Parcel) mailer.Result {
				if n--; n == 0 {
					panic(crash{})
				}
				return mailer.Judge(mailer.PhaseRcpt, 451, "4.2.1", m.Attempt)
			}})
			h.must(do())
		}
		id, err := h.SendNow(h.ctx, "weekly", "test")
		h.must(err)
		killedAt(3, func() error { return h.Drive(h.ctx) })
		h.expectEdition(id, "sending, 2 deferred")
		h.must(h.Drive(h.ctx))
		h.expectEdition(id, "sending, 1 sent, 2 deferred")
		h.clock.Add(5 * time.Minute)
		killedAt(1, func() error { return h.Retry(h.ctx) })
		h.must(h.Retry(h.ctx))
		h.expectEdition(id, "sent, 3 sent")
	})
}

// TestRetryThatIsTakenForDead is the same for a delivery that is tried again.
func TestRetryThatIsTakenForDead(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		for _, taken := range []string{"250 2.0.0 taken", "554 5.7.1 spam"} {
			t.Run(taken[:3], func(t *testing.T) {
				h := build(t, engine)
				h.join("amina")
				h.publish("tide")
				h.server.SetFault(at("", smtptest.RCPT, "451 4.2.1 later", smtptest.Proceed, 1))
				id := h.send()
				other := openAt(t, h.file, h.clock.Now, h.log)
				other.SetTransport(memory{func(m *mailer.Parcel) mailer.Result {
					return mailer.Judge(mailer.PhaseRcpt, 452, "4.2.2", m.Attempt)
				}})
				h.clock.Add(5 * time.Minute)
				h.server.SetFault(func(now smtptest.Step, _ string) (string, smtptest.Action) {
					if now != smtptest.End {
						return "", smtptest.Proceed
					}
					h.clock.Add(31 * time.Second)
					if err := other.Retry(h.ctx); err != nil {
						t.Error(err)
					}
					return taken, smtptest.Proceed
				})
				h.must(h.Retry(h.ctx))
				d := h.delivery(id, "amina")
				if taken[0] == '2' {
					h.expectEdition(id, "sent, 1 sent")
					if d.State != magazine.Sent || h.served("amina") != 1 {
						t.Errorf("%+v, served %d", d, h.served("amina"))
					}
				} else if d.State != magazine.Deferred || d.Attempts != 2 || d.Code != 452 {
					t.Errorf("%+v", d)
				}
			})
		}
	})
}

// TestDatabaseThatRefusesForAMoment: what the relay took is written down in the
// end, and not sent once more.
func TestDatabaseThatRefusesForAMoment(t *testing.T) {
	t.Parallel()
	h := build(t, "postgres")
	h.join("amina", "bakari")
	h.publish("tide")
	for _, statement := range []string{
		"CREATE SEQUENCE refusals",
		"CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN IF nextval('refusals') <= 3 THEN RAISE EXCEPTION 'not now'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql",
		"CREATE TRIGGER refuse BEFORE INSERT ON deliveries FOR EACH ROW EXECUTE FUNCTION refuse()",
	} {
		h.write(func(tx *store.Tx) error {
			_, err := tx.ExecContext(h.ctx, statement)
			return err
		})
	}
	h.expectEdition(h.send(), "sent, 2 sent")
	if n := len(h.server.Messages()); n != 2 {
		t.Errorf("%d messages", n)
	}
}
