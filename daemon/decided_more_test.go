package daemon_test

import (
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"postrider/daemon"
	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

// TestReopenedIssue: is told once, whatever its file says later.
func TestReopenedIssue(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.telling("")
	h.step()
	h.issue(2, "open", "tide")
	h.step()
	h.issue(2, "published", "tide")
	h.later(6 * time.Hour)
	h.step()
	h.issue(2, "open", "tide")
	h.later(30 * time.Hour)
	h.issue(2, "published", "tide")
	h.later(6 * time.Hour)
	h.step()
	h.step()
	if got := h.titles("amina"); got != "tide" {
		t.Errorf("amina got %q%s", got, h.dump())
	}
}

// TestApprovalSwitchedOff: one edition makes up for what was missed, and the draft gives way.
func TestApprovalSwitchedOff(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	before, err := os.ReadFile(h.file)
	h.must(err)
	h.approving("send")
	h.join("amina")
	h.publish("tide")
	h.step()
	h.clock.Set(friday.Add(-time.Hour))
	h.step()
	write(t, h.file, string(before))
	h.clock.Set(friday.Add(week + time.Hour)) // down over two Fridays, restarted without approval
	h.reopen()
	h.step()
	h.step()
	if h.got("amina") != "tide" {
		t.Errorf("got %q%s", h.got("amina"), h.dump())
	}
	for _, e := range h.editions() {
		if e.State == magazine.EditionHeld {
			t.Errorf("the missed draft is held beside the edition that makes up for it")
		}
	}
}

// atNoon is the configuration of another node, which has one schedule more.
func (h *house) atNoon() (file string) {
	h.t.Helper()
	text, err := os.ReadFile(h.file)
	h.must(err)
	file = strings.TrimSuffix(h.file, ".yaml") + "2.yaml"
	write(h.t, file, string(text)+"  - {newsletter: weekly, name: noon, every: monday at 12:00}\nserver: {listen: 'localhost:8099'}\n")
	return file
}

// firesAtNoon looks whether that schedule fires.
func (h *house) firesAtNoon(d *daemon.Daemon, stepper daemon.Stepper) {
	h.t.Helper()
	h.clock.Set(time.Date(2024, 10, 14, 9, 0, 0, 0, time.UTC))
	for range 3 {
		stepper.Step(h.ctx)
	}
	if all, err := d.Store.Occurrences(h.ctx, "weekly", "noon", 10); err != nil || len(all) == 0 {
		h.t.Errorf("weekly/noon never fires: %v; %s", err, h.log.text.String())
	}
}

// TestNodesWithTwoConfigurations: neither takes the other's alarms.
func TestNodesWithTwoConfigurations(t *testing.T) {
	t.Parallel()
	h := build(t, "postgres")
	b := openAt(t, h.atNoon(), h.clock.Now, h.log)
	sb := b.Stepper()
	sb.Step(h.ctx)
	h.step() // an older node starts after it
	h.firesAtNoon(b, sb)
}

// TestPlannedInADatabasePutBack: what a copy had under way is held.
func TestPlannedInADatabasePutBack(t *testing.T) {
	t.Parallel()
	h := ready(t, "sqlite")
	_, err := h.SendNow(h.ctx, "weekly", "salma")
	h.must(err)
	putBack := h.copied()
	h.clock.Add(time.Hour)
	h.step()
	if h.got("amina") != "tide" {
		t.Fatal(h.got("amina"))
	}
	putBack()
	h.clock.Add(time.Hour)
	h.reopen()
	h.step()
	if h.got("amina") != "tide" {
		t.Errorf("%q%s", h.got("amina"), h.dump())
	}
}

// TestNodeBehindOthers: its new schedules fire when it has caught up.
func TestNodeBehindOthers(t *testing.T) {
	t.Parallel()
	h := build(t, "postgres")
	h.step()
	behind := 2 * time.Minute
	b := openAt(t, h.atNoon(), func() time.Time { return h.clock.Now().Add(-behind) }, h.log)
	sb := b.Stepper()
	sb.Step(h.ctx)
	behind = 0 // set right
	sb.Step(h.ctx)
	h.firesAtNoon(b, sb)
}

// TestOneAlarmThatFails: keeps none of the others from being heeded.
func TestOneAlarmThatFails(t *testing.T) {
	t.Parallel()
	h := drafting(t, "sqlite")
	h.clock.Set(friday.Add(-time.Hour))
	h.step()
	h.write(func(tx *store.Tx) error {
		return tx.SetAlarm(h.ctx, store.Alarm{Kind: store.AlarmIssue, Ref: `{"Volume":"9","Number":"9"}`, At: tx.Now})
	})
	h.clock.Set(friday)
	h.step()
	h.step()
	if h.got("amina") != "tide" {
		t.Errorf("got %q; %s", h.got("amina"), h.log.text.String())
	}
}

// TestDraftBesideASend: waits for it: nobody gets an article twice.
func TestDraftBesideASend(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.approving("send")
	h.join("amina", "noor")
	h.publish("tide")
	h.step()
	h.clock.Set(friday.Add(-2 * time.Hour))
	h.step() // the draft
	order := h.inOrder()
	h.server.SetFault(after(1))
	h.clock.Set(friday.Add(-time.Minute))
	id, err := h.SendNow(h.ctx, "weekly", "test")
	h.must(err)
	h.Drive(h.ctx)
	h.server.SetFault(nil)
	h.clock.Set(friday)
	h.Step(h.ctx)
	planned, err := h.Store.PlannedEditions(h.ctx)
	h.must(err)
	for _, p := range planned {
		h.must(h.Compose(h.ctx, p))
	}
	open, err := h.OpenRanges(h.ctx)
	h.must(err)
	for _, r := range open {
		if r.Edition != id { // the other's worker is slow, or waits for a relay
			h.must(h.SendRange(h.ctx, r))
		}
	}
	open, _ = h.OpenRanges(h.ctx)
	for _, r := range open {
		h.must(h.SendRange(h.ctx, r))
	}
	h.step()
	for _, p := range order {
		if h.got(p) != "tide" {
			t.Errorf("%s got %q%s", p, h.got(p), h.dump())
		}
	}
}

// TestReleasedBesideALater: so does a held one that is released.
func TestReleasedBesideALater(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina", "noor", "zaki")
	h.publish("tide")
	h.step()
	order := h.inOrder()
	h.server.SetFault(after(1))
	first, err := h.SendNow(h.ctx, "weekly", "test")
	h.must(err)
	h.Drive(h.ctx)
	e := h.edition(first)
	if e.State != magazine.EditionSending {
		t.Fatal(e.State)
	}
	// held, as by a message that cannot be made
	h.must(h.HoldNow(h.ctx, first))
	h.publish("clock")
	h.clock.Add(10 * time.Minute)
	h.server.SetFault(after(2))
	_, err = h.SendNow(h.ctx, "weekly", "test")
	h.must(err)
	h.Drive(h.ctx)
	h.server.SetFault(nil)
	_, err = h.Release(h.ctx, first, "salma")
	h.must(err)
	h.clock.Add(10 * time.Minute)
	open, err := h.OpenRanges(h.ctx)
	h.must(err)
	for _, r := range open {
		if r.Edition == first {
			h.must(h.SendRange(h.ctx, r))
		}
	}
	h.step()
	h.clock.Add(10 * time.Minute)
	h.step()
	for i, p := range order {
		if got := h.got(p); i == 0 && got != "tide; clock" || i > 0 && got != "clock tide" && got != "tide; clock" {
			t.Errorf("%s got %q%s", p, h.got(p), h.dump())
		}
	}
}

// after lets a relay take so many messages, and no more.
func after(n int) smtptest.Fault {
	var mu sync.Mutex
	return func(now smtptest.Step, argument string) (string, smtptest.Action) {
		mu.Lock()
		defer mu.Unlock()
		if n <= 0 {
			return "421 4.3.2 closing", smtptest.Close
		}
		if now == smtptest.End {
			n--
		}
		return "", smtptest.Proceed
	}
}

// TestPreviewOfAnotherFrequency: a draft is shown only to those who get it.
func TestPreviewOfAnotherFrequency(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.approving("send")
	h.configure("  - {newsletter: weekly, name: noon, every: monday at 12:00}\n")
	h.join("amina")
	_, err := h.Members.Add(h.ctx, members.Request{Email: "noor@people.example", Frequency: map[string]string{"weekly": "noon"}}, true, false)
	h.must(err)
	h.publish("tide")
	h.step()
	h.clock.Set(time.Date(2024, 10, 7, 8, 0, 0, 0, time.UTC)) // an hour before monday noon in Nairobi
	h.step()
	p, err := h.Preview(h.ctx, "weekly", "amina@people.example", time.Time{})
	h.must(err)
	if p.Edition != "" {
		t.Errorf("amina (main) is shown %s, a draft of noon", p.Edition)
	}
}

// TestDroppedStaysDropped: whatever fails afterwards.
func TestDroppedStaysDropped(t *testing.T) {
	t.Parallel()
	h := ready(t, "sqlite")
	id, err := h.SendNow(h.ctx, "weekly", "test")
	h.must(err)
	_, err = h.Drop(h.ctx, id, "salma", "")
	h.must(err)
	h.must(h.HoldNow(h.ctx, id))
	if e := h.edition(id); e.State != magazine.EditionDropped {
		t.Errorf("dropped, and now %s", e.State)
	}
}
