package web

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"postrider/internal/posttest"
	"postrider/magazine"
)

// TestBrowserMember goes a member's way at the width of a phone without scripts,
// and of a desk with them: signs in by the code, finds an author, pauses, leaves,
// and signs out everywhere. No page stands out sideways.
func TestBrowserMember(t *testing.T) {
	for _, c := range []struct {
		name    string
		width   int64
		scripts bool
	}{{"phone without scripts", 390, false}, {"desk", 1280, true}} {
		t.Run(c.name, func(t *testing.T) {
			ctx := posttest.Browser(t)
			f, server := onLocalhost(t, letters)
			f.member("amina@example.org")
			do := func(what string, steps ...chromedp.Action[chromedp.Void]) {
				t.Helper()
				if err := chromedp.Do(ctx, steps...); err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				if !c.scripts { // then nothing can be asked of the page
					return
				}
				fits, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth <= innerWidth`))
				if err != nil || !fits {
					t.Errorf("after %q the page stands out sideways (%v)", what, err)
				}
			}
			text := func(at, want string) {
				t.Helper()
				got, err := chromedp.Run(ctx, chromedp.TextContent(at))
				if err != nil || !strings.Contains(got, want) {
					t.Fatalf("%s says %q (%v), want %q", at, got, err, want)
				}
			}
			scripts := func(ctx context.Context, target *chromedp.Target) error {
				_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !c.scripts})
				return err
			}
			do("ask", chromedp.Func(scripts), chromedp.EmulateViewport(c.width, 900), chromedp.Navigate(server+"/preferences"), chromedp.SendKeys("#email", "amina@example.org"), chromedp.Click(`form[action="/signin"] button`), chromedp.WaitVisible("#code"))
			id := f.signIns[len(f.signIns)-1]
			do("type the code", chromedp.SendKeys("#code", f.members.SignInCode(id)), chromedp.Click(".form button"), chromedp.WaitVisible("#weekly"))
			if zone, err := chromedp.Run(ctx, chromedp.Value("#timezone")); err != nil || (zone != "") != c.scripts {
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
			text(".message", "signed out in every browser")
			leave := "/leave/" + f.members.LeaveToken(s.Subscriber.ID, "weekly")
			do("less instead of leaving", chromedp.Navigate(server+leave), chromedp.Click(`input[value="daily"]`), chromedp.Click(`button[value="less"]`), chromedp.WaitVisible(".done"))
			if s := f.share("amina@example.org", "weekly"); s.Frequency != "daily" {
				t.Errorf("less: %+v", s)
			}
		})
	}
}
