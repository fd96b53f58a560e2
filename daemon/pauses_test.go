package daemon_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	smtptest "postrider/internal/posttest/smtp"
	"postrider/magazine"
	"postrider/store"
)

// pauses lets people pause until an instant.
func (h *house) pauses(until time.Time, fresh bool, names ...string) {
	h.t.Helper()
	for _, name := range names {
		h.write(func(tx *store.Tx) error { _, err := tx.Pause(h.ctx, "weekly", h.ids[name], until, fresh); return err })
	}
}

func TestPeopleWhoPause(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina", "bakari", "chen")
		h.publish("tide")
		until := h.clock.Now().Add(24 * time.Hour)
		h.pauses(until, false, "amina")
		h.pauses(until, true, "bakari")
		first := h.send()
		h.expectEdition(first, "sent, 1 sent, 2 skipped")
		if d := h.delivery(first, "amina"); d.Reason != "the subscriber has paused until 2024-10-05T12:00:00Z" {
			t.Errorf("%q", d.Reason)
		}
		h.publish("clock")
		h.clock.Set(until.Add(-time.Microsecond))
		h.step()
		h.expectEdition(h.send(), "sent, 1 sent, 2 skipped")
		h.expectNothing("whoever has not had it has paused")
		h.clock.Set(until)
		h.step()
		h.publish("bell")
		h.expectEdition(h.send(), "sent, 3 sent")
		if a, b, c := h.got("amina"), h.got("bakari"), h.got("chen"); a != "bell clock tide" || b != "bell" || c != "tide; clock; bell" {
			t.Errorf("amina got %q, bakari %q, chen %q", a, b, c)
		}
	})
}

// TestPauseEndsWithTheCutOff: no edition is made before a pause that is over has
// been ended.
func TestPauseEndsWithTheCutOff(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina", "bakari")
	until := h.clock.Now().Add(time.Hour)
	h.pauses(until, false, "amina")
	h.pauses(until, true, "bakari")
	h.publish("tide")
	h.clock.Set(until)
	h.expectEdition(h.send(), "sent, 1 sent, 1 nothing")
	if a, b := h.got("amina"), h.got("bakari"); a != "tide" || b != "" {
		t.Errorf("amina got %q, bakari %q", a, b)
	}
}

// TestPauseWhenTheClockIsWrong: a clock that jumps a year forward ends no pause
// at once, for it may be wrong.
func TestPauseWhenTheClockIsWrong(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina", "bakari")
	s := h.Stepper()
	s.Step(h.ctx)
	right := h.clock.Now()
	h.pauses(right.Add(48*time.Hour), true, "amina", "bakari")
	paused := func(what string, want bool) {
		t.Helper()
		sub, err := h.Store.Subscription(h.ctx, "weekly", h.ids["amina"])
		h.must(err)
		if sub.PausedUntil.IsZero() == want {
			t.Errorf("%s: %+v", what, sub)
		}
	}
	h.clock.Set(right.AddDate(1, 0, 0))
	for range 2 {
		s.Step(h.ctx)
		paused("a year ahead", true)
	}
	h.clock.Set(right)
	s.Step(h.ctx)
	h.clock.Set(right.Add(30 * time.Minute))
	s.Step(h.ctx)
	paused("right again", true)
	if _, _, err := h.ResumeAll(h.ctx, "salma"); err != nil {
		t.Fatal(err)
	}
	s.Step(h.ctx)
	paused("trusted again", true)
	h.clock.Set(right.Add(48 * time.Hour))
	h.reopen()
	h.step()
	paused("over", false)
}

// TestPauseEndsAfterADoubt: a pause whose end lay in a doubt is over an hour
// after the doubt, without a word from anybody.
func TestPauseEndsAfterADoubt(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		for _, c := range []struct {
			name  string
			jumps time.Duration // of the clock, which stays so
			until time.Duration // of the doubt, from the time before
		}{{"forward: the machine slept", 72 * time.Hour, 72 * time.Hour}, {"back: it was ahead", -72 * time.Hour, 0}} {
			t.Run(c.name, func(t *testing.T) {
				h := build(t, engine)
				h.join("amina")
				s := h.Stepper()
				h.clock.Add(72 * time.Hour)
				s.Step(h.ctx)
				before := h.clock.Now()
				h.pauses(before.Add(c.until-24*time.Hour), true, "amina")
				h.clock.Set(before.Add(c.jumps))
				s.Step(h.ctx)
				to := func(after time.Duration) bool {
					at := before.Add(c.until + after)
					s.Later(at.Sub(h.clock.Now()))
					h.clock.Set(at)
					s.Step(h.ctx)
					sub, err := h.Store.Subscription(h.ctx, "weekly", h.ids["amina"])
					h.must(err)
					return sub.PausedUntil.IsZero()
				}
				if to(time.Hour) {
					t.Error("over while it may be set right")
				}
				if !to(time.Hour + time.Second) {
					t.Error("it goes on after the doubt")
				}
			})
		}
	})
}

// TestPreviewAfterAPause: a preview of a time after a pause has what waits, or,
// after a fresh start, only what appears after its end.
func TestPreviewAfterAPause(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina", "bakari")
	h.publish("tide")
	until := h.clock.Now().Add(24 * time.Hour)
	h.pauses(until, false, "amina")
	h.pauses(until, true, "bakari")
	for slug, at := range map[string]time.Time{"before": until.Add(-time.Minute), "just": until} {
		write(t, filepath.Join(filepath.Dir(h.file), "pieces", slug+".md"), "---\ntitle: "+slug+"\ndate: "+at.Format(time.RFC3339)+"\n---\n\nWords.\n")
	}
	_, err := h.Read(h.ctx, false, nil)
	h.must(err)
	shown := func(name string) string {
		t.Helper()
		p, err := h.Preview(h.ctx, "weekly", name+"@people.example", until.Add(time.Hour))
		h.must(err)
		if p.Message == nil {
			return ""
		}
		return strings.Join(articlesIn([]byte(p.Text)), " ")
	}
	if a, b := shown("amina"), shown("bakari"); a != "before just tide" || b != "just" {
		t.Errorf("amina would get %q, bakari %q", a, b)
	}
	if _, err := h.Preview(h.ctx, "weekly", "amina@people.example", until.Add(-time.Hour)); magazine.CodeOf(err) != magazine.Conflict {
		t.Errorf("in the pause: %v", err)
	}
	h.clock.Set(until.Add(-time.Second))
	h.step()
	h.clock.Set(until)
	h.step()
	h.send()
	if a, b := h.got("amina"), h.got("bakari"); a != "before just tide" || b != "just" {
		t.Errorf("amina got %q, bakari %q", a, b)
	}
}

// TestPauseAtTheLastMoment: a person's word about a pause counts until their
// turn comes, and then at the next try.
func TestPauseAtTheLastMoment(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		h := build(t, engine)
		h.join("amina", "bakari", "chen")
		h.publish("tide")
		last := h.inOrder()[2]
		h.meanwhile(func() { h.pauses(magazine.Indefinitely, false, last) })
		first := h.send()
		h.expectEdition(first, "sent, 2 sent, 1 skipped")
		if d := h.delivery(first, last); d.Reason != "the subscriber has paused" {
			t.Errorf("%q", d.Reason)
		}

		// One who resumes when the content is fixed already, without what they have
		// missed, gets all of it with the next.
		h.publish("clock")
		h.meanwhile(func() {
			h.write(func(tx *store.Tx) error { _, err := tx.Resume(h.ctx, "weekly", h.ids[last]); return err })
		})
		second := h.send()
		h.expectEdition(second, "sent, 2 sent, 1 skipped")
		if d := h.delivery(second, last); !strings.Contains(d.Reason, "comes with the next edition") {
			t.Errorf("%q", d.Reason)
		}
		h.expectEdition(h.send(), "sent, 1 sent, 2 nothing")
		if got := h.got(last); got != "clock tide" {
			t.Errorf("%s got %q", last, got)
		}
	})
}

func TestPauseEndsWhatIsDeferred(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina")
	h.publish("tide")
	h.server.SetFault(at("amina", smtptest.RCPT, "451 4.2.1 busy", smtptest.Proceed, 1))
	first := h.send()
	h.pauses(h.clock.Now().Add(time.Hour), false, "amina")
	h.clock.Add(5 * time.Minute)
	h.must(h.Drive(h.ctx))
	h.expectEdition(first, "sent, 1 skipped")
	h.clock.Add(time.Hour)
	h.expectEdition(h.send(), "sent, 1 sent")
	if got := h.got("amina"); got != "tide" {
		t.Errorf("amina got %q", got)
	}
}
