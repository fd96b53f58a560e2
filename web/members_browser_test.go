package web

import (
	"testing"

	"github.com/chromedp/chromedp"

	"postrider/internal/posttest"
	"postrider/magazine"
)

// TestBrowserMember goes a member's way: signs in by the code, finds an author, pauses, leaves,
// and signs out everywhere. No page stands out sideways.
func TestBrowserMember(t *testing.T) {
	for _, on := range posttest.Screens {
		t.Run(on.Name, func(t *testing.T) {
			j := posttest.OnJourney(t, on)
			do := j.Do
			f, server := onLocalhost(t, letters)
			f.member("amina@example.org")
			do("ask", chromedp.Navigate(server+"/preferences"), posttest.SendKeys("#email", "amina@example.org"), posttest.Click(`form[action="/signin"] button`), posttest.WaitVisible("#code"))
			id := f.signIns[len(f.signIns)-1]
			do("type the code", posttest.SendKeys("#code", f.members.SignInCode(id)), posttest.Click(".form button"), posttest.WaitVisible("#weekly"))
			if zone, err := chromedp.Run(j.Browser, posttest.Value("#timezone")); err != nil || (zone != "") != on.Scripts {
				t.Errorf("the zone is guessed as %q (%v)", zone, err)
			}
			do("find an author", posttest.Click("#weekly summary"), posttest.SendKeys("#q-weekly", "ostergaard"), posttest.Click(`#weekly button[value="find"]`), posttest.WaitVisible(`#weekly input[value="maren-ostergaard"]`))
			do("follow them, and pause", posttest.Click(`#weekly input[value="maren-ostergaard"]`), posttest.Click(`#weekly input[value="open"]`), posttest.Click(`#weekly button[value="save"]`), posttest.WaitVisible("#weekly .done"))
			s := f.share("amina@example.org", "weekly")
			if len(s.Follows) != 1 || s.Follows[0].Slug != "maren-ostergaard" || !s.PausedUntil.Equal(magazine.Indefinitely) {
				t.Errorf("saved: %+v", s)
			}
			do("leave the other", posttest.Click("#books summary"), posttest.Click(`#books button[value="drop"]`), posttest.WaitVisible(`#books button[value="take"]`))
			if s := f.share("amina@example.org", "books"); s.State != magazine.SubscriptionLeft {
				t.Errorf("left: %+v", s)
			}
			do("sign out everywhere", posttest.Click(`a[href="/account"]`), posttest.WaitVisible("#sessions"), posttest.Click(`button[name="everywhere"]`), posttest.WaitVisible(".message"))
			j.Reads(".message", "signed out in every browser")
			leave := "/leave/" + f.members.LeaveToken(s.Subscriber.ID, "weekly")
			do("less instead of leaving", chromedp.Navigate(server+leave), posttest.Click(`input[value="daily"]`), posttest.Click(`button[value="less"]`), posttest.WaitVisible(".done"))
			if s := f.share("amina@example.org", "weekly"); s.Frequency != "daily" {
				t.Errorf("less: %+v", s)
			}
		})
	}
}
