package web

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"postrider/internal/posttest"
	"postrider/magazine"
)

// serve makes the publication's pages reachable and returns their address.
func (f *fixture) serve() string {
	f.Helper()
	server := httptest.NewServer(f.handler)
	f.Cleanup(server.Close)
	return server.URL
}

func TestBrowserWithoutScripts(t *testing.T) {
	ctx := posttest.Browser(t)
	f := newFixture(t)
	base := f.serve()
	noScripts := func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}
	do := func(what string, steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	heading := func(want string) {
		t.Helper()
		text, err := chromedp.Run(ctx, posttest.TextContent("h1"))
		if err != nil || !strings.Contains(text, want) {
			t.Fatalf("the page is headed %q (%v), wanted %q", text, err, want)
		}
	}
	do("start", chromedp.Func(noScripts))
	do("from the article to the form", chromedp.Navigate(base+"/articles/tide-clocks/"), posttest.Click(`a[href="/join?author=salma-oduya"]`), posttest.WaitVisible(`#email`))
	do("press at once", posttest.SendKeys(`#email`, "amina@example.org"), posttest.Click(`button[type="submit"]`), posttest.WaitVisible(`.error`))
	if text, err := chromedp.Run(ctx, posttest.TextContent(".error")); err != nil || !strings.Contains(text, "That was quicker than anybody types.") || len(f.signUps) > 0 {
		t.Fatalf("who was quick is told %q (%v)", text, err)
	}
	f.clock.Add(5 * time.Second)
	do("sign up", posttest.Click(`button[type="submit"]`), posttest.WaitVisible(`.message`))
	heading("Look into your mailbox")
	if len(f.signUps) != 1 {
		t.Fatalf("%d confirmations were to be mailed", len(f.signUps))
	}
	do("open the confirmation", chromedp.Navigate(base+"/confirm/"+f.members.ConfirmToken(f.signUps[0])))
	heading("Do you want our mails?")
	do("confirm", posttest.Click(`.message button`), posttest.WaitNotPresent(`.message button`), posttest.WaitVisible(`.message`))
	heading("You are on the list")
	s := f.subscription("amina@example.org")
	if s == nil || s.State != magazine.SubscriptionActive || len(s.Follows) != 1 || s.Follows[0].Slug != "salma-oduya" {
		t.Fatalf("after confirming: %+v", s)
	}
	do("open the leaving page", chromedp.Navigate(base+"/leave/"+f.members.LeaveToken(s.Subscriber.ID, "weekly")))
	heading("Do you want to leave")
	do("leave", posttest.Click(`.message button`), posttest.WaitVisible(`#reason`))
	heading("You have left The Week by the Water")
	if s := f.subscription("amina@example.org"); s.State != magazine.SubscriptionLeft {
		t.Errorf("after leaving: %+v", s)
	}
	do("say why", posttest.SendKeys(`#reason`, "Too much of it"), posttest.Click(`.message button`), posttest.WaitVisible(`.done`))
	if list, err := f.store.LeavingsOf(ctx, s.Subscriber.ID); err != nil || len(list) != 1 || list[0].Reason != "Too much of it" {
		t.Errorf("why: %+v, %v", list, err)
	}
}

// TestBrowserLayout opens every kind of page at the width of a phone and of a
// desk: nothing may stand out sideways, and the policy must let the page's own
// style and pictures through.
func TestBrowserLayout(t *testing.T) {
	ctx := posttest.Browser(t)
	for _, language := range []string{"en", "ar", "fr"} {
		f := newFixture(t, func(o *Options) { o.Publication.Language = language })
		wide := newArticle("wide", strings.Repeat("Donaudampfschifffahrt", 4))
		wide.HTML = "<pre><code>" + strings.Repeat("a long line ", 40) + "</code></pre><table><tbody><tr>" + strings.Repeat("<td>harbour</td>", 40) + "</tr></tbody></table><p>https://example.org/" + strings.Repeat("x", 200) + "</p>"
		wide.Authors = []magazine.Author{{Slug: "long", Name: strings.Repeat("Bartholomew", 6)}}
		f.put(wide)
		base := f.serve()
		p := f.member("amina@example.org")
		for _, path := range []string{"/signin", "/signin/code/x", "/signin/x", "/preferences/" + f.members.PreferencesToken(p), "/leave/" + f.members.LeaveToken(p.ID, "weekly"), "/", "/articles/wide/", "/authors/long/", "/articles/tide-clocks/", "/articles/risala/", "/articles/a-sum-of-moons/", "/issues/12/9/", "/issues/", "/authors/maren-ostergaard/", "/join?author=junichi-vale", "/nothing"} {
			for _, width := range []int64{390, 1280} {
				if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(base+path)); err != nil {
					t.Fatal(err)
				}
				got, err := chromedp.Run(ctx, chromedp.Evaluate[string](`[
					document.documentElement.scrollWidth <= innerWidth,
					getComputedStyle(document.body).marginTop === "0px",
					[...document.images].filter(i => i.loading !== "lazy").every(i => i.naturalWidth > 0),
					dots(),
				].join();
				function dots() { // none hangs at the end of a line, and those at the start of one are cut off
					if (document.body.innerText.includes("·")) return false;
					const start = (e, d) => { const b = e.getBoundingClientRect(); return d === "rtl" ? -b.right : b.left };
					return [...document.querySelectorAll(".facts")].every(row => {
						const style = getComputedStyle(row), d = style.direction, items = [...row.children];
						return style.overflowX === "clip" && items.every(e => getComputedStyle(e).direction === d) && items.every((e, i) => i === 0 ||
							e.getBoundingClientRect().top < items[i-1].getBoundingClientRect().bottom || Math.abs(start(e, d) - start(row, d)) < 1);
					});
				}`))
				if want := "true,true,true,true"; err != nil || got != want {
					t.Errorf("%s at %d in %s: fits, styled, pictures, dots: %s (%v)", path, width, language, got, err)
				}
			}
		}
	}
}
