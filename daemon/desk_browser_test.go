package daemon_test

import (
	"testing"

	"postrider/internal/posttest"
	"postrider/magazine"
)

// TestBrowserDesk goes an owner's way at a running daemon, at the width of a phone
// with scripts and without, and of a desk: in by the printed link, a held edition is
// released and reaches its people, one of whom is looked up, a send is left out, somebody is let in, and the log has it all. No
// page stands out sideways.
func TestBrowserDesk(t *testing.T) {
	t.Parallel()
	for _, on := range posttest.Screens {
		t.Run(on.Name, func(t *testing.T) {
			h := buildRunning(t, "sqlite")
			h.join("amina", "badr")
			h.publish("tides", "clocks")
			h.held("the clock jumped by two hours")
			j, _ := h.comesIn(on, ".card")
			j.Reads(".card", "the clock jumped by two hours")
			j.Do("release", posttest.Click(`button[value="release"]`), posttest.WaitVisible("dl.facts"))
			if all := h.settled(1); all[0].State != magazine.EditionSent {
				t.Fatalf("released, it is %s", all[0].State)
			}
			j.Do("look at the editions", posttest.Click(`nav a[href="/desk/editions/"]`), posttest.WaitVisible("tbody"))
			j.Do("leave a send out", posttest.Click(`nav a[href="/desk/schedules/"]`), posttest.WaitVisible(".calendar"), posttest.Click(`a[href="/desk/schedules/weekly/main/"]`), posttest.WaitVisible(`button[value="skip"]`),
				posttest.Click(`button[value="skip"]`), posttest.WaitVisible("tr.out"))
			j.Reads("tr.out", "skipped by owner@people.example")
			j.Do("did Amina get it?", posttest.Click(`nav a[href="/desk/people/"]`), posttest.WaitVisible("#q"), posttest.SendKeys("#q", "MINA"), posttest.Click(`.filter button`), posttest.WaitVisible("tbody a"), posttest.Click("tbody a"), posttest.WaitVisible("#deliveries"))
			j.Reads("h1", "amina@people.example")
			j.Reads("tbody", "sent")
			j.Do("look at the articles", posttest.Click(`nav a[href="/desk/articles/"]`), posttest.WaitVisible("#held"))
			j.Do("let somebody in", posttest.Click(`nav a[href="/desk/users/"]`), posttest.WaitVisible("#email"), posttest.SendKeys("#email", "badr@people.example"), posttest.Click(`.row button`), posttest.WaitVisible(`form:has(input[value="badr@people.example"]) button[value="remove"]`))
			j.Do("see who did what", posttest.Click(`nav a[href="/desk/log/"]`), posttest.WaitVisible("tbody"))
			j.Reads("tbody", "badr@people.example")
			j.Reads("tbody", "nothing to viewer")
			j.Reads("tbody", "release")
			if role, err := h.Members.Role(h.ctx, h.ids["badr"]); err != nil || role != magazine.Viewer {
				t.Errorf("%q, %v", role, err)
			}
		})
	}
}
