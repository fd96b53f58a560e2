package daemon_test

import (
	"github.com/chromedp/chromedp"

	"postrider/internal/posttest"
	"postrider/magazine"
)

// comesIn runs the daemon and opens its desk in a browser, as the owner, where then
// is what a selector finds. It returns the address of the pages, too.
func (h *house) comesIn(on posttest.Screen, at string) (j *posttest.Journey, base string) {
	h.t.Helper()
	base = serve(h.t, h.Daemon)
	j = posttest.OnJourney(h.t, on) // it ends before the daemon, which waits 5 s for a connection that asks for nothing
	u, err := h.Members.SetUser(h.ctx, "owner@people.example", magazine.Owner, "root")
	h.must(err)
	token, err := h.Members.UserLink(h.ctx, u, "root")
	h.must(err)
	j.Do("come in", chromedp.Navigate(base+"/signin/"+token), posttest.Click(".message button"), posttest.WaitVisible(`nav a[href="/desk/schedules/"]`))
	j.Counted()
	j.Do("look", posttest.WaitVisible(at))
	return j, base
}
