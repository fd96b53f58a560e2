package daemon_test

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

// TestBrowserDesk goes an owner's way at a running daemon, at the width of a phone
// with scripts and without, and of a desk: in by the printed link, a held edition is
// released and reaches its people, one of whom is looked up, a send is left out, somebody is let in, and the log has it all. No
// page stands out sideways.
func TestBrowserDesk(t *testing.T) {
	for _, c := range []struct {
		name    string
		width   int64
		scripts bool
	}{{"phone without scripts", 390, false}, {"phone", 390, true}, {"desk", 1280, true}} {
		t.Run(c.name, func(t *testing.T) {
			ctx := posttest.Browser(t)
			h := buildRunning(t, "sqlite")
			h.join("amina", "badr")
			h.publish("tides", "clocks")
			h.held("the clock jumped by two hours")
			base := serve(t, h.Daemon)
			u, err := h.Members.SetUser(h.ctx, "owner@people.example", "", "root")
			h.must(err)
			token, err := h.Members.UserLink(h.ctx, u, "root")
			h.must(err)
			do := func(what string, steps ...chromedp.Action[chromedp.Void]) {
				t.Helper()
				if err := chromedp.Do(ctx, steps...); err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				if !c.scripts {
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
			do("come in", chromedp.Func(scripts), chromedp.EmulateViewport(c.width, 900), chromedp.Navigate(base+"/signin/"+token), chromedp.Click(".message button"), chromedp.WaitVisible(".card"))
			text(".card", "the clock jumped by two hours")
			do("release", chromedp.Click(`button[value="release"]`), chromedp.WaitVisible("dl.facts"))
			if all := h.settled(1); all[0].State != magazine.EditionSent {
				t.Fatalf("released, it is %s", all[0].State)
			}
			do("look at the editions", chromedp.Click(`nav a[href="/desk/editions/"]`), chromedp.WaitVisible("tbody"))
			do("leave a send out", chromedp.Click(`nav a[href="/desk/schedules/"]`), chromedp.WaitVisible(".calendar"), chromedp.Click(`a[href="/desk/schedules/weekly/main/"]`), chromedp.WaitVisible(`button[value="skip"]`),
				chromedp.Click(`button[value="skip"]`), chromedp.WaitVisible("tr.out"))
			text("tr.out", "skipped by owner@people.example")
			do("did Amina get it?", chromedp.Click(`nav a[href="/desk/people/"]`), chromedp.WaitVisible("#q"), chromedp.SendKeys("#q", "MINA"), chromedp.Click(`.filter button`), chromedp.WaitVisible("tbody a"), chromedp.Click("tbody a"), chromedp.WaitVisible("#deliveries"))
			text("h1", "amina@people.example")
			text("tbody", "sent")
			do("look at the articles", chromedp.Click(`nav a[href="/desk/articles/"]`), chromedp.WaitVisible("#held"))
			do("let somebody in", chromedp.Click(`nav a[href="/desk/users/"]`), chromedp.WaitVisible("#email"), chromedp.SendKeys("#email", "badr@people.example"), chromedp.Click(`.row button`), chromedp.WaitVisible(`form:has(input[value="badr@people.example"]) button[value="remove"]`))
			do("see who did what", chromedp.Click(`nav a[href="/desk/log/"]`), chromedp.WaitVisible("tbody"))
			text("tbody", "badr@people.example")
			text("tbody", "nothing to viewer")
			text("tbody", "release")
			if role, err := h.Members.Role(h.ctx, h.ids["badr"]); err != nil || role != magazine.Viewer {
				t.Errorf("%q, %v", role, err)
			}
		})
	}
}
