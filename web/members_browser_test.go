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
			do("ask", chromedp.Navigate(server+"/preferences"), chromedp.SendKeys("#email", "amina@example.org"), chromedp.Click(`form[action="/signin"] button`), chromedp.WaitVisible("#code"))
			id := f.signIns[len(f.signIns)-1]
			do("type the code", chromedp.SendKeys("#code", f.members.SignInCode(id)), chromedp.Click(".form button"), chromedp.WaitVisible("#weekly"))
			if zone, err := chromedp.Run(j.Browser, chromedp.Value("#timezone")); err != nil || (zone != "") != on.Scripts {
				t.Errorf("the zone is guessed as %q (%v)", zone, err)
			}
			do("find an author", chromedp.Click("#weekly summary"), chromedp.SendKeys("#q-weekly", "ostergaard"), chromedp.Click(`#weekly button[value="find"]`), chromedp.WaitVisible(`#weekly input[value="maren-ostergaard"]`))
			do("follow them, and pause", chromedp.Click(`#weekly input[value="maren-ostergaard"]`), chromedp.Click(`#weekly input[value="open"]`), chromedp.Click(`#weekly button[value="save"]`), chromedp.WaitVisible("#weekly .done"))
			s := f.share("amina@example.org", "weekly")
			if len(s.Follows) != 1 || s.Follows[0].Slug != "maren-ostergaard" || !s.PausedUntil.Equal(magazine.Indefinitely) {
				t.Errorf("saved: %+v", s)
			}
			do("leave the other", chromedp.Click("#books summary"), chromedp.Click(`#books button[value="drop"]`), chromedp.WaitVisible(`#books button[value="take"]`))
			if s := f.share("amina@example.org", "books"); s.State != magazine.SubscriptionLeft {
				t.Errorf("left: %+v", s)
			}
			do("sign out everywhere", chromedp.Click(`a[href="/account"]`), chromedp.WaitVisible("#sessions"), chromedp.Click(`button[name="everywhere"]`), chromedp.WaitVisible(".message"))
			j.Reads(".message", "signed out in every browser")
			leave := "/leave/" + f.members.LeaveToken(s.Subscriber.ID, "weekly")
			do("less instead of leaving", chromedp.Navigate(server+leave), chromedp.Click(`input[value="daily"]`), chromedp.Click(`button[value="less"]`), chromedp.WaitVisible(".done"))
			if s := f.share("amina@example.org", "weekly"); s.Frequency != "daily" {
				t.Errorf("less: %+v", s)
			}
		})
	}
}
