package web

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"postrider/internal/posttest"
)

// A screen is what somebody looks at pages on.
type screen struct {
	name    string
	width   int64
	scripts bool
}

var screens = []screen{{"phone without scripts", 390, false}, {"phone", 390, true}, {"desk", 1280, true}}

// A journey is somebody's way through pages in a browser of their own.
type journey struct {
	*testing.T
	screen
	ctx context.Context
}

func onJourney(t *testing.T, on screen) *journey {
	t.Helper()
	j := &journey{T: t, screen: on, ctx: posttest.Browser(t)}
	j.do("begin", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on.scripts})
		return err
	}), chromedp.EmulateViewport(on.width, 900))
	return j
}

// do takes some steps, after which nothing of the page may stand out sideways.
func (j *journey) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	j.Helper()
	if err := chromedp.Do(j.ctx, steps...); err != nil {
		j.Fatalf("%s: %v", what, err)
	}
	if !j.scripts { // then nothing can be asked of the page
		return
	}
	fits, err := chromedp.Run(j.ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth <= innerWidth`))
	if err != nil || !fits {
		j.Errorf("after %q the page stands out sideways (%v)", what, err)
	}
}

// reads expects a text somewhere in what a selector finds first.
func (j *journey) reads(at, want string) {
	j.Helper()
	got, err := chromedp.Run(j.ctx, chromedp.TextContent(at))
	if err != nil || !strings.Contains(got, want) {
		j.Fatalf("%s says %q (%v), want %q", at, got, err, want)
	}
}

// anotherDevice goes on as one whom the site has not seen.
func (j *journey) anotherDevice() {
	j.Helper()
	j.do("take another device", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.ClearBrowserCookies, cdp.Empty{})
		return err
	}))
}
