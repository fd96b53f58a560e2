package daemon_test

import (
	"strings"
	"testing"
	"time"

	"postrider/magazine"
	"postrider/mailer"
	"postrider/store"
)

// inDoubt is why what comes due is held; empty: it is not.
func (h *house) inDoubt() string {
	h.t.Helper()
	trust, err := h.Store.Trust(h.ctx)
	h.must(err)
	if !trust.Doubt.Covers(h.clock.Now()) {
		return ""
	}
	return trust.Doubt.Reason
}

// A clock that is put back between two starts: what came due before does not go
// out again, and what comes due until the clock has caught up is held.
func TestClockBehindAtStart(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina")
		h.publish("tide")
		h.clock.Set(friday.Add(2 * week)) // wrong from the first start on
		h.step()
		h.clock.Set(friday.Add(-time.Hour)) // and put right
		h.reopen()
		h.step()
		if !strings.Contains(h.inDoubt(), "put back by 14 days") {
			t.Fatalf("in doubt: %q", h.inDoubt())
		}
		h.clock.Set(friday)
		h.reopen()
		h.step()
		all := h.editions()
		if len(all) != 1 || all[0].State != magazine.EditionHeld || !strings.Contains(all[0].Reason, "postrider schedules resume") || h.got("amina") != "" {
			t.Fatalf("%+v; amina got %q", all, h.got("amina"))
		}
		if _, err := h.Release(h.ctx, all[0].ID, "salma"); err != nil {
			t.Fatal(err)
		}
		h.must(h.Drive(h.ctx))
		if _, doubt, err := h.ResumeAll(h.ctx, "salma"); err != nil || doubt == "" {
			t.Fatalf("resumed %q, %v", doubt, err)
		}
		h.publish("clock")
		h.clock.Set(friday.Add(week))
		h.step()
		if h.got("amina") != "tide; clock" || h.inDoubt() != "" {
			t.Errorf("amina got %q; in doubt %q", h.got("amina"), h.inDoubt())
		}
	})
}

// A clock that jumps while the daemon runs: a year forward holds what came due,
// and back again holds what comes due, until somebody says that it is right.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina")
	h.publish("tide")
	s := h.Stepper()
	s.Step(h.ctx)
	h.clock.Add(59 * time.Minute) // is no jump
	s.Step(h.ctx)
	if h.log.has("is held") {
		t.Fatal(h.log.text.String())
	}
	right := h.clock.Now()
	h.clock.Set(right.AddDate(1, 0, 0))
	s.Step(h.ctx)
	all := h.editions()
	if len(all) != 1 || all[0].State != magazine.EditionHeld || !strings.Contains(all[0].Reason, "jumped forward by 364 days") {
		t.Fatalf("%+v", all)
	}
	h.clock.Set(right)
	s.Step(h.ctx)
	all = h.editions()
	if len(all) != 1 || all[0].State != magazine.EditionDropped || h.occurrences() != "" || h.inDoubt() == "" {
		t.Fatalf("%+v; %s; in doubt %q", all, h.occurrences(), h.inDoubt())
	}
	if _, _, err := h.ResumeAll(h.ctx, "salma"); err != nil {
		t.Fatal(err)
	}
	h.clock.Set(friday)
	h.reopen()
	h.step()
	if h.got("amina") != "tide" {
		t.Errorf("amina got %q; %s", h.got("amina"), h.occurrences())
	}
}

// What was put off while the clock was ahead does not wait until then: neither who is
// to be tried again, nor a part of an edition for which no relay took mail, nor a
// domain's people.
func TestPutOffWhileTheClockWasAhead(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.SetRangeSize(1)
		h.join("amina", "bakari")
		h.publish("tide")
		s := h.Stepper()
		s.Step(h.ctx)
		right := h.clock.Now()
		h.clock.Set(right.AddDate(1, 0, 0))
		s.Step(h.ctx)
		sent := 0
		h.SetTransport(memory{func(*mailer.Parcel) mailer.Result {
			if sent++; sent == 1 {
				return mailer.Result{State: mailer.Deferred, Blame: mailer.BlameRecipient, Code: 451, Reason: "later", Relay: "memory", RetryAfter: 5 * time.Minute}
			}
			return mailer.Result{State: mailer.Deferred, Blame: mailer.BlameRelay, Reason: "it rests", Relay: "memory", RetryAfter: time.Hour}
		}})
		id := h.send()
		h.expectEdition(id, "sending, 1 deferred")
		h.clock.Set(right)
		s.Step(h.ctx)
		h.SetTransport(memory{func(*mailer.Parcel) mailer.Result { return mailer.Result{State: mailer.Sent, Relay: "memory"} }})
		h.clock.Add(time.Minute)
		h.must(h.Drive(h.ctx))
		h.expectEdition(id, "sent, 2 sent")
	})
}

// Clocks that are set right by seconds trouble nobody.
func TestClockCorrected(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.step()
	h.clock.Add(-30 * time.Second)
	h.reopen()
	h.step()
	if h.inDoubt() != "" {
		t.Error(h.inDoubt())
	}
}

// An SQLite file that is put back from a copy holds what comes due until
// somebody has looked: people have got what the copy knows nothing of.
func TestDatabasePutBack(t *testing.T) {
	t.Parallel()
	h := ready(t, "sqlite")
	putBack := h.copied()
	h.clock.Set(friday)
	h.step()
	if h.got("amina") != "tide" {
		t.Fatalf("amina got %q", h.got("amina"))
	}
	putBack()
	h.clock.Add(time.Hour)
	h.reopen()
	h.step()
	if all := h.editions(); len(all) != 1 || all[0].State != magazine.EditionHeld || !strings.Contains(all[0].Reason, "put back to how it was") || h.got("amina") != "tide" {
		t.Fatalf("%+v; amina got %q; %s", all, h.got("amina"), h.log.text.String())
	}
	h.clock.Set(friday.Add(week)) // and all that follows
	h.step()
	if all := h.editions(); len(all) != 2 || all[0].State != magazine.EditionHeld {
		t.Fatalf("%+v", all)
	}
	if _, doubt, err := h.ResumeAll(h.ctx, "salma"); err != nil || doubt == "" {
		t.Fatal(doubt, err)
	}
	h.reopen()
	h.clock.Set(friday.Add(2 * week))
	h.step()
	if all := h.editions(); len(all) != 3 || all[0].State != magazine.EditionSent || h.inDoubt() != "" {
		t.Errorf("%+v", all)
	}
}

// A node that died with a clock two weeks ahead keeps nobody from firing: its
// heartbeat does not move. One that lives does move, and is right.
func TestDeadNodeWasAhead(t *testing.T) {
	t.Parallel()
	beat := func(h *house, at time.Time) {
		h.write(func(tx *store.Tx) error { tx.Now = at; return tx.Beat(h.ctx, "gone@nowhere") })
	}
	build := func(t *testing.T) *house {
		h := build(t, "postgres")
		h.join("amina")
		h.publish("tide")
		h.step() // the schedule starts
		h.write(func(tx *store.Tx) error { return tx.SetLooked(h.ctx, friday.Add(2*week)) })
		beat(h, friday.Add(2*week))
		h.reopen()
		return h
	}
	t.Run("dead", func(t *testing.T) {
		h := build(t)
		s := h.Stepper()
		s.Step(h.ctx)
		if worked, err := h.Store.Worked(h.ctx); !worked || err != nil { // by this one
			t.Errorf("worked %v, %v", worked, err)
		}
		if h.inDoubt() != "" {
			t.Fatalf("decided before anything is known: %s", h.inDoubt())
		}
		for range 4 {
			h.clock.Add(5 * time.Second)
			s.Later(5 * time.Second)
			s.Step(h.ctx)
		}
		if !strings.Contains(h.inDoubt(), "put back by") {
			t.Fatalf("in doubt %q\n%s", h.inDoubt(), h.log.text.String())
		}
		_, _, err := h.ResumeAll(h.ctx, "salma")
		h.must(err)
		s.Later(friday.Sub(h.clock.Now()))
		h.clock.Set(friday)
		s.Step(h.ctx)
		h.must(h.Drive(h.ctx))
		if h.got("amina") != "tide" {
			t.Errorf("amina got %q\n%s", h.got("amina"), h.log.text.String())
		}
	})
	t.Run("alive", func(t *testing.T) {
		h := build(t)
		s := h.Stepper()
		for i := range 8 {
			s.Step(h.ctx)
			h.clock.Add(5 * time.Second)
			s.Later(5 * time.Second)
			beat(h, friday.Add(2*week).Add(time.Duration(i+1)*5*time.Second))
		}
		if h.inDoubt() != "" || !h.log.has("clock is behind that of the others") {
			t.Fatalf("in doubt %q\n%s", h.inDoubt(), h.log.text.String())
		}
	})
}

// An issue that was published while the clock was ahead is told of when it is
// right, not a year later: once somebody has looked, for it may have gone out.
func TestIssueOfAClockAhead(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		for name, made := range map[string]bool{"before its edition is made": false, "after": true} {
			t.Run(engine+" "+name, func(t *testing.T) {
				h := build(t, engine)
				h.telling("")
				h.step()
				h.issue(2, "open", "tide")
				right := h.clock.Now()
				h.clock.Set(right.AddDate(1, 0, 0))
				h.reopen()
				h.step()
				h.issue(2, "published", "tide")
				if made {
					h.clock.Add(time.Minute)
					h.step()
				}
				if n, _ := h.Store.Editions(h.ctx, "issues", 10); len(n) == 1 != made {
					t.Fatalf("%+v", n)
				}
				h.clock.Set(right.Add(5 * time.Minute))
				h.reopen()
				h.step()
				h.later(3 * time.Hour)
				all, err := h.Store.Editions(h.ctx, "issues", 10)
				h.must(err)
				if len(all) != 1 || all[0].State != magazine.EditionHeld || !strings.Contains(all[0].Reason, "put back by") {
					t.Fatalf("%+v", all)
				}
				if late := all[0].Nominal.Sub(right); late < 0 || late > 3*time.Hour {
					t.Errorf("its time is %v after that of the publication", late)
				}
				_, err = h.Release(h.ctx, all[0].ID, "salma")
				h.must(err)
				h.must(h.Drive(h.ctx))
				if h.titles("amina") != "tide" {
					t.Errorf("amina got %q", h.titles("amina"))
				}
			})
		}
	}
}

// What a person decided before the clock went wrong stands when it is right again.
func TestPutBackKeepsDrops(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.approving("hold")
	h.join("amina")
	h.publish("tide")
	h.step()
	h.clock.Set(friday.Add(-2 * time.Hour))
	h.Step(h.ctx) // and its content is not fixed yet
	all := h.editions()
	if len(all) != 1 || all[0].State != magazine.EditionWaiting || all[0].Cutoff != 0 {
		t.Fatalf("%+v", all)
	}
	h.clock.Add(90 * time.Minute)
	h.Step(h.ctx)
	_, err := h.Drop(h.ctx, all[0].ID, "salma", "not this week")
	h.must(err)
	h.clock.Add(-time.Hour)
	h.reopen()
	h.step()
	if e := h.edition(all[0].ID); e.State != magazine.EditionDropped || !strings.Contains(e.Reason, "not this week") {
		t.Errorf("%+v", e)
	}
}

// What is logged of an edition is true: nothing is, where the transaction fails
// that makes it.
func TestLogsWhatIsOnDisk(t *testing.T) {
	t.Parallel()
	for words, late := range map[string]time.Duration{"an edition starts late": time.Hour, "an edition is held": 48 * time.Hour} {
		h := build(t, "sqlite")
		h.join("amina")
		h.publish("tide")
		h.step()
		sql := func(text string) {
			h.write(func(tx *store.Tx) error { _, err := tx.ExecContext(h.ctx, text); return err })
		}
		sql("CREATE TRIGGER full BEFORE UPDATE ON schedules BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
		h.clock.Set(friday.Add(late))
		s := h.Stepper()
		s.Step(h.ctx)
		s.Step(h.ctx)
		if !h.log.has("the disk is full") || h.log.has(words) {
			t.Errorf("before it is on disk:\n%s", h.log.text.String())
		}
		sql("DROP TRIGGER full")
		s.Step(h.ctx)
		if n := strings.Count(h.log.text.String(), words); n != 1 {
			t.Errorf("%s, %d times:\n%s", words, n, h.log.text.String())
		}
	}
}
