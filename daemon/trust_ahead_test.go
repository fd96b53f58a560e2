package daemon_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"postrider/magazine"
)

// An edition in waves that was begun while the clock was ahead is begun anew when
// the clock is right and its time comes.
func TestWavesOfAClockAhead(t *testing.T) {
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
