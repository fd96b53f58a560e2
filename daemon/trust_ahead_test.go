package daemon_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/daemon"
	"postrider/magazine"
	"postrider/store"
)

// An edition in waves that was begun while the clock was ahead is begun anew when
// the clock is right and its time comes.
func TestWavesOfAClockAhead(t *testing.T) {
	t.Parallel()
	for name, back := range map[string]time.Time{
		"before it has come due": at10(10, 5, 0), // Friday's comes due on the 10th at 17:00
		"after it has come due":  at10(10, 17, 10),
	} {
		t.Run(name, func(t *testing.T) {
			h := localHouse(t, "sqlite", "friday at 07:00")
			h.zone("kai", "Pacific/Auckland") // so that nobody's wave is the earliest
			h.publish("tide")
			h.clock.Set(at10(10, 17, 30)) // wrong
			h.reopen()
			h.step()
			if all := h.editions(); len(all) != 1 || all[0].State != magazine.EditionWaiting {
				t.Fatalf("%+v", all)
			}
			h.clock.Set(back)
			h.reopen()
			h.step()
			_, _, err := h.ResumeAll(h.ctx, "salma")
			h.must(err)
			came := h.walk(at10(11, 20, 0), 30*time.Minute, nil)
			slices.Sort(came)
			if len(came) != 5 || !strings.HasPrefix(came[0], "10 18:") {
				t.Errorf("%s; %+v; %s\n%s", strings.Join(came, "; "), h.editions(), h.occurrences(), h.log.text.String())
			}
		})
	}
}

// What one edition made up for while the clock was ahead comes again at its time.
func TestMissedByAClockAhead(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.join("amina")
	h.publish("tide")
	h.step()
	h.clock.Set(friday.Add(2 * week).Add(time.Hour)) // wrong: three Fridays seem to be over
	h.reopen()
	h.step()
	if h.got("amina") != "tide" {
		t.Fatalf("amina got %q", h.got("amina"))
	}
	h.clock.Set(friday.Add(-time.Hour))
	h.reopen()
	h.step()
	_, _, err := h.ResumeAll(h.ctx, "salma")
	h.must(err)
	h.publish("clock")
	h.clock.Set(friday)
	h.step()
	if h.got("amina") != "tide; clock" {
		t.Errorf("amina got %q; %s\n%s", h.got("amina"), h.occurrences(), h.log.text.String())
	}
}

// A node whose clock is ahead keeps nothing from coming due that it has handled
// before its time, once it is gone: dead beside one that runs on, or ended in order
// to have its clock set right.
func TestNodeWasAhead(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(h *house, s daemon.Stepper) daemon.Stepper{
		"dead": func(h *house, s daemon.Stepper) daemon.Stepper { return s },
		"ended": func(h *house, s daemon.Stepper) daemon.Stepper {
			h.write(func(tx *store.Tx) error { return tx.Leave(h.ctx, "gone@nowhere") })
			return s
		},
		"ended, and another started": func(h *house, s daemon.Stepper) daemon.Stepper {
			h.write(func(tx *store.Tx) error { return tx.Leave(h.ctx, "gone@nowhere") })
			h.reopen()
			return h.Stepper()
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := build(t, "postgres")
			h.join("amina")
			h.publish("tide")
			s := h.Stepper()
			s.Step(h.ctx)
			ahead := friday.Add(52 * week)
			h.write(func(tx *store.Tx) error {
				tx.Now = ahead
				if err := tx.SetScheduleHandled(h.ctx, "weekly", "main", ahead); err != nil {
					return err
				}
				if err := tx.SetAlarm(h.ctx, store.Alarm{Kind: store.AlarmSchedule, Ref: "weekly/main", At: ahead.Add(week)}); err != nil {
					return err
				}
				return tx.Beat(h.ctx, "gone@nowhere")
			})
			s = end(h, s)
			for range 5 {
				h.clock.Add(5 * time.Second)
				s.Later(5 * time.Second)
				s.Step(h.ctx)
			}
			if !strings.Contains(h.inDoubt(), "was ahead by 370 days") {
				t.Errorf("in doubt: %q", h.inDoubt())
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
	}
}
