package web

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"postrider/internal/posttest"
)

// TestBrowserByKeyboard leaps to the text, signs in, opens what is folded up,
// chooses and saves, without a mouse.
func TestBrowserByKeyboard(t *testing.T) {
	ctx := posttest.Browser(t)
	f, server := onLocalhost(t, letters)
	f.member("amina@example.org")
	do := func(what string, steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	isAt := func(selector string) bool {
		t.Helper()
		at, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.activeElement.matches(`+"`"+selector+"`"+`)`))
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	tabTo := func(selector string) {
		t.Helper()
		for range 60 {
			do("tab", chromedp.KeyEvent(kb.Tab))
			if isAt(selector) {
				return
			}
		}
		t.Fatalf("the keyboard does not come to %s", selector)
	}
	press := func(keys string) { t.Helper(); do("press "+keys, chromedp.KeyEvent(keys)) }

	do("open", chromedp.Navigate(server+"/preferences"), posttest.WaitVisible("#email"))
	tabTo(".skip")
	press(kb.Enter)
	press(kb.Tab)
	if !isAt("main #email") {
		t.Error("the way past the head of the page does not lead to its text")
	}
	press("amina@example.org")
	press(kb.Enter)
	do("wait for the code", posttest.WaitVisible("#code"))
	if !isAt("#code") {
		tabTo("#code")
	}
	press(f.members.SignInCode(f.signIns[len(f.signIns)-1]))
	press(kb.Enter)
	do("wait for the choices", posttest.WaitVisible("#weekly"))
	tabTo("#weekly summary")
	press(kb.Enter)
	tabTo(`#weekly input[value="fridays"]`)
	press(kb.ArrowDown)
	tabTo(`#weekly input[value="science-craft"]`)
	press(" ")
	tabTo(`#weekly button[value="save"]`)
	press(kb.Enter)
	do("wait until it is saved", posttest.WaitVisible("#weekly .done"))
	s := f.share("amina@example.org", "weekly")
	if s.Frequency != "daily" || len(s.Follows) != 1 || s.Follows[0].Slug != "science-craft" {
		t.Errorf("saved: %+v", s)
	}
}
