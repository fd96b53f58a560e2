package daemon_test

import (
	"strings"
	"testing"
	"time"

	"postrider/daemon"
	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
	"postrider/store"
)

// again sends one person their last edition again, with all that can be done now.
func (h *house) again(name string) string {
	h.t.Helper()
	id, err := h.SendAgainNow(h.ctx, "weekly", name+"@people.example", "test")
	h.must(err)
	h.must(h.Drive(h.ctx))
	return id
}

// notAgain checks that nothing is sent again to a person, and why.
func (h *house) notAgain(name string, code magazine.Code, want string) {
	h.t.Helper()
	before := len(h.editions())
	_, err := h.SendAgainNow(h.ctx, "weekly", name+"@people.example", "test")
	if magazine.CodeOf(err) != code || !strings.Contains(err.Error(), want) {
		h.t.Errorf("to %s it says %v, want %q (%s)", name, err, want, code)
	}
	if n := len(h.editions()); n != before {
		h.t.Errorf("%d editions were made", n-before)
	}
}

// One person gets what they had in their last edition again: once, under another
// Message-ID, with a record; and what comes next is as if it had not been.
func TestSendAgain(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina", "bakari")
		h.publish("anchor")
		h.send()
		h.publish("bell", "tide")
		first := h.send()
		h.publish("clock")
		served := h.served("amina")

		id := h.again("amina")
		h.expectEdition(id, "sent, 1 sent")
		if got := h.got("amina"); got != "anchor; bell tide; bell tide" || h.got("bakari") != "anchor; bell tide" {
			t.Fatalf("amina got %q, bakari %q", got, h.got("bakari"))
		}
		if h.served("amina") != served {
			t.Errorf("she is served %d, and was %d", h.served("amina"), served)
		}
		one, other := h.delivery(first, "amina"), h.delivery(id, "amina")
		if other.State != magazine.Sent || other.MessageID == one.MessageID || other.Relay != "main" || other.Reply == "" || other.Attempts != 1 {
			t.Errorf("the records are %+v and %+v", one, other)
		}
		var raw [][]byte
		for _, m := range h.server.Messages() {
			if m.To == "amina@people.example" {
				raw = append(raw, m.Raw)
			}
		}
		if n := strings.Count(string(raw[1])+string(raw[2]), other.MessageID); n != 1 {
			t.Errorf("the Message-ID is %d times in the two", n)
		}

		id = h.again("amina") // the same once more
		h.expectEdition(id, "sent, 1 sent")
		h.join("chiku")
		h.write(func(tx *store.Tx) error { // with the latest edition that went to all
			return tx.Welcome(h.ctx, "weekly", "", magazine.Subscriber{ID: h.ids["chiku"], Email: "chiku@people.example"}, 0)
		})
		h.must(h.Drive(h.ctx))
		next := h.send()
		if h.got("amina") != "anchor; bell tide; bell tide; bell tide; clock" || h.got("bakari") != "anchor; bell tide; clock" || h.got("chiku") != "bell tide; clock" {
			t.Errorf("amina got %q, bakari %q, chiku %q", h.got("amina"), h.got("bakari"), h.got("chiku"))
		}
		h.expectEdition(next, "sent, 3 sent")
	})
}

// It is what they had, whatever they follow now; less what was withdrawn.
func TestSendAgainWhatTheyHad(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina", "bakari")
		h.write(func(tx *store.Tx) error {
			return tx.SetFollows(h.ctx, "weekly", h.ids["amina"], []magazine.Follow{{Kind: magazine.FollowSection, Slug: "sea"}})
		})
		h.publishIn("Sea", "tide", "wave")
		h.publishIn("Land", "hill")
		h.send()
		h.write(func(tx *store.Tx) error {
			return tx.SetFollows(h.ctx, "weekly", h.ids["amina"], []magazine.Follow{{Kind: magazine.FollowSection, Slug: "land"}})
		})
		h.again("amina")
		h.again("bakari")
		if h.got("amina") != "tide wave; tide wave" || h.got("bakari") != "hill tide wave; hill tide wave" {
			t.Errorf("amina got %q, bakari %q", h.got("amina"), h.got("bakari"))
		}
		h.withdrawn("wave")
		h.again("amina")
		if got := h.got("amina"); got != "tide wave; tide wave; tide" {
			t.Errorf("amina got %q", got)
		}
		h.withdrawn("tide")
		h.notAgain("amina", magazine.Conflict, "everything that this person had in it was withdrawn")

		// What was sent before it was kept who had what: all that they follow now.
		h.write(func(tx *store.Tx) error {
			_, err := tx.ExecContext(h.ctx, "UPDATE deliveries SET group_key = ''")
			return err
		})
		h.again("bakari")
		if got := h.got("bakari"); got != "hill tide wave; hill tide wave; hill" {
			t.Errorf("bakari got %q", got)
		}
	})
}

// withdrawn takes an article back.
func (h *house) withdrawn(slug string) {
	h.t.Helper()
	h.write(func(tx *store.Tx) error {
		n, err := tx.ExecContext(h.ctx, "UPDATE articles SET state = 'withdrawn' WHERE slug = $1", slug)
		if err == nil {
			_, err = n.RowsAffected()
		}
		return err
	})
}

func TestSendAgainIsRefused(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina", "bakari", "chiku", "daudi", "esi")
		h.notAgain("amina", magazine.NotFound, "no edition of weekly has reached amina@people.example yet")
		h.notAgain("nobody", magazine.NotFound, "nobody@people.example is no subscriber")
		if _, err := h.SendAgainNow(h.ctx, "daily", "amina@people.example", "test"); magazine.CodeOf(err) != magazine.NotFound || !strings.Contains(err.Error(), `there is no newsletter "daily"`) {
			t.Errorf("%v", err)
		}
		h.publish("tide")
		h.server.SetFault(at("daudi", smtptest.RCPT, "451 4.2.1 later", smtptest.Proceed, 1))
		waits := h.send()
		h.write(func(tx *store.Tx) error { return tx.Suppress(h.ctx, "amina@people.example", "complained") })
		h.write(func(tx *store.Tx) error {
			_, err := tx.ExecContext(h.ctx, "UPDATE subscriptions SET state = 'left' WHERE subscriber_id = $1", h.ids["bakari"])
			return err
		})
		h.write(func(tx *store.Tx) error {
			_, err := tx.ExecContext(h.ctx, "UPDATE subscriptions SET paused_until = $2 WHERE subscriber_id = $1", h.ids["chiku"], h.clock.Now().Add(time.Hour).UnixMicro())
			return err
		})
		h.notAgain("amina", magazine.Conflict, "amina@people.example gets no mail of weekly: suppressed: complained")
		h.notAgain("bakari", magazine.Conflict, "the subscriber has left")
		h.notAgain("chiku", magazine.Conflict, "the subscriber has paused until ")
		h.notAgain("daudi", magazine.NotFound, "no edition of weekly has reached daudi@people.example yet")
		h.clock.Add(10 * time.Minute)
		h.must(h.Drive(h.ctx))
		h.expectEdition(waits, "sent, 5 sent")
		h.server.SetFault(at("daudi", smtptest.RCPT, "451 4.2.1 later", smtptest.Proceed, 1))
		id := h.again("daudi")
		h.notAgain("daudi", magazine.Conflict, "edition "+id+" of weekly waits to be tried again for daudi@people.example")
		if got := h.got("amina") + ", " + h.got("bakari") + ", " + h.got("chiku") + ", " + h.got("daudi"); got != "tide, tide, tide, tide" {
			t.Errorf("they got %s", got)
		}
	})
}

// One that is deferred is tried again; the next edition neither waits for it nor
// ends it, since it has none of its articles.
func TestSendAgainDeferred(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina", "bakari")
		h.publish("tide")
		h.send()
		h.server.SetFault(at("amina", smtptest.RCPT, "451 4.2.1 later", smtptest.Proceed, 1))
		id := h.again("amina")
		h.expectEdition(id, "sending, 1 deferred")
		if d := h.delivery(id, "amina"); d.Attempts != 1 || d.Next.Sub(h.clock.Now()) != 5*time.Minute || d.Code != 451 {
			t.Errorf("the record is %+v", d)
		}
		h.publish("clock")
		h.expectEdition(h.send(), "sent, 2 sent")
		h.expectEdition(id, "sending, 1 deferred")
		h.clock.Add(5 * time.Minute)
		h.must(h.Drive(h.ctx))
		h.expectEdition(id, "sent, 1 sent")
		if h.got("amina") != "tide; clock; tide" || h.got("bakari") != "tide; clock" {
			t.Errorf("amina got %q, bakari %q", h.got("amina"), h.got("bakari"))
		}
	})
}

// Whatever people decide about it, it goes to nobody else.
func TestDecisionsAboutOneSentAgain(t *testing.T) {
	t.Parallel()
	for name, decide := range map[string]func(h *house, id string) string{
		"paused and resumed": func(h *house, id string) string {
			_, err := h.PauseEdition(h.ctx, id, "test")
			h.must(err)
			h.must(h.Drive(h.ctx))
			h.expectEdition(id, "paused, 1 deferred")
			_, err = h.ResumeEdition(h.ctx, id, "test")
			h.must(err)
			return "sent, 1 sent"
		},
		"held and released": func(h *house, id string) string {
			h.must(h.HoldNow(h.ctx, id))
			_, err := h.Release(h.ctx, id, "test")
			h.must(err)
			return "sent, 1 sent"
		},
		"cancelled": func(h *house, id string) string {
			_, err := h.CancelEdition(h.ctx, id, "test", "")
			h.must(err)
			return "dropped, 1 skipped"
		},
		"held and dropped": func(h *house, id string) string {
			h.must(h.HoldNow(h.ctx, id))
			_, err := h.Drop(h.ctx, id, "test", "")
			h.must(err)
			return "dropped, 1 skipped"
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := build(t, "sqlite")
			h.join("amina", "bakari")
			h.publish("tide")
			h.send()
			h.publish("clock")
			h.server.SetFault(at("amina", smtptest.RCPT, "451 4.2.1 later", smtptest.Proceed, 1))
			id := h.again("amina")
			want := decide(h, id)
			for range 3 {
				h.clock.Add(5 * time.Minute)
				h.must(h.Drive(h.ctx))
			}
			h.expectEdition(id, want)
			h.send()
			amina := "tide; tide; clock"
			if strings.HasPrefix(want, "dropped") {
				amina = "tide; clock"
			}
			if h.got("amina") != amina || h.got("bakari") != "tide; clock" {
				t.Errorf("amina got %q, want %q, bakari %q", h.got("amina"), amina, h.got("bakari"))
			}
		})
	}
}

// Resumed, it waits for no edition that goes out at this moment, and is not made anew.
func TestSentAgainIsResumedBesideTheNext(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina", "bakari")
	h.publish("tide")
	h.send()
	h.publish("clock")
	h.server.SetFault(at("amina", smtptest.RCPT, "451 4.2.1 later", smtptest.Proceed, 1))
	id := h.again("amina")
	_, err := h.PauseEdition(h.ctx, id, "test")
	h.must(err)
	next, err := h.SendNow(h.ctx, "weekly", "test")
	h.must(err)
	h.must(h.Compose(h.ctx, next))
	_, err = h.ResumeEdition(h.ctx, id, "test")
	h.must(err)
	h.expectEdition(id, "sending, 1 deferred")
	for range 2 {
		h.clock.Add(5 * time.Minute)
		h.must(h.Drive(h.ctx))
	}
	h.expectEdition(id, "sent, 1 sent")
	h.expectEdition(next, "sent, 2 sent")
	if h.got("amina") != "tide; clock; tide" || h.got("bakari") != "tide; clock" {
		t.Errorf("amina got %q, bakari %q", h.got("amina"), h.got("bakari"))
	}
}

// It is on record before it goes: where no relay takes it, or the process dies, the
// next one goes on with it, and it arrives once.
func TestSendAgainAfterACrash(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := buildRunning(t, engine)
		h.join("amina")
		h.publish("tide")
		if _, err := h.Send(h.ctx, "weekly", "test", func(daemon.Progress) {}); err != nil {
			t.Fatal(err)
		}
		h.reopen() // no conversation is kept
		h.SetStallTime(stalls)
		h.server.SetFault(smtptest.At(smtptest.Greeting, "554 5.3.2 not today", smtptest.Close))
		e, err := h.SendAgain(h.ctx, "weekly", "amina@people.example", "test", func(daemon.Progress) {})
		if magazine.CodeOf(err) != magazine.Unavailable || !strings.Contains(err.Error(), "edition "+e.ID+" waits: main: ") || e.Counts.Deferred != 1 {
			t.Fatalf("%v, %+v", err, e)
		}
		if d := h.delivery(e.ID, "amina"); d.Attempts != 0 || d.Code != 554 || !strings.Contains(d.Reply, "not today") {
			t.Errorf("the record is %+v", d)
		}
		h.server.SetFault(nil)
		h.reopen()
		h.clock.Add(time.Minute)
		h.must(h.Drive(h.ctx))
		h.must(h.Drive(h.ctx))
		if h.got("amina") != "tide; tide" {
			t.Errorf("amina got %q", h.got("amina"))
		}
		h.expectEdition(e.ID, "sent, 1 sent")
	})
}
