package daemon_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"postrider/internal/posttest"
	"postrider/magazine"
)

// TestBrowserArrange orders a draft's articles at the desk, by the buttons and by the
// keyboard, leaves one out, and approves it: so the mail is. Without scripts on a
// phone, and with them on a desktop.
func TestBrowserArrange(t *testing.T) {
	t.Parallel()
	for _, on := range []posttest.Screen{posttest.BarePhone, posttest.Desktop} {
		t.Run(on.Name, func(t *testing.T) {
			h, id := waits(t, "sqlite")
			h.clock.Set(friday.Add(-30 * time.Minute)) // from there to its time is no jump of a wrong clock
			h.clock.running = time.Now()
			j, _ := h.comesIn(on, ".card")
			listed := func() string {
				t.Helper()
				var slugs []string
				for _, word := range strings.Fields(j.Text("ol.pieces")) {
					if (word == "tide" || word == "clock" || word == "bell") && (len(slugs) == 0 || slugs[len(slugs)-1] != word) {
						slugs = append(slugs, word)
					}
				}
				return strings.Join(slugs, " ")
			}
			j.Do("open the draft", posttest.Click(".card h3 a"), posttest.WaitVisible("ol.pieces"))
			was := strings.Fields(listed())
			if len(was) != 3 {
				t.Fatalf("the list is %q", was)
			}
			j.Do("lead with the last", posttest.Click(`ol.pieces li:nth-child(3) button[value="lead"]`), posttest.WaitVisible(`ol.pieces li:first-child:target`))
			if got, want := listed(), was[2]+" "+was[0]+" "+was[1]; got != want {
				t.Errorf("the list is %q, want %q", got, want)
			}
			j.Do("move one down by the keyboard", posttest.Focus(`ol.pieces li:nth-child(2) button[value="down"]`), chromedp.KeyEvent("\r"), posttest.WaitVisible(`ol.pieces li:nth-child(3):target`))
			if got, want := listed(), was[2]+" "+was[1]+" "+was[0]; got != want {
				t.Errorf("the list is %q, want %q", got, want)
			}
			j.Do("leave one out", posttest.Click(`ol.pieces li:nth-child(2) button[value="out"]`), posttest.WaitVisible(`ul.pieces button[value="back"]`))
			if got, want := listed(), was[2]+" "+was[0]; got != want {
				t.Errorf("the list is %q, want %q", got, want)
			}
			j.Do("approve", posttest.Click(`button[value="approve"]`))
			j.Reads("dl.facts", "owner@people.example") // else its time may come before that
			h.clock.Set(friday)
			h.settledAs(id, magazine.EditionSent)
			if got := h.titles("amina"); got != was[2]+" "+was[0] {
				t.Errorf("amina got %q", got)
			}
		})
	}
}

// settledAs waits until an edition is in a state.
func (h *house) settledAs(id string, state magazine.EditionState) {
	h.t.Helper()
	for end := deadline(h.t); ; {
		if e := h.edition(id); e.State == state {
			return
		} else if end.Err() != nil {
			h.t.Fatalf("edition %s is %s (%s)", id, e.State, e.Reason)
		}
		select {
		case <-time.After(20 * time.Millisecond): // the jobs of the daemon settle it
		case <-end.Done():
		}
	}
}
