package posttest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// A Screen is what somebody looks at pages on.
type Screen struct {
	Name    string
	Width   int64
	Scripts bool
}

var (
	BarePhone = Screen{"phone without scripts", 390, false}
	Phone     = Screen{"phone", 390, true}
	Desktop   = Screen{"desk", 1280, true}
)

// Screens are all of them.
var Screens = []Screen{BarePhone, Phone, Desktop}

// A Step is one thing that a browser does.
type Step = chromedp.Action[chromedp.Void]

// A Journey is somebody's way through pages in a browser of their own.
type Journey struct {
	*testing.T
	Screen
	Browser context.Context
}

// OnJourney starts a browser on a screen, for as long as the test lasts.
func OnJourney(t *testing.T, on Screen) *Journey {
	t.Helper()
	j := &Journey{T: t, Screen: on, Browser: Browser(t)}
	j.Do("begin", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on.Scripts})
		return err
	}), chromedp.EmulateViewport(on.Width, 900))
	return j
}

// measure tells how wide a page is that has come whole, with what its scripts begin with.
const measure = `document.readyState !== "complete" ? "" : document.documentElement.scrollWidth <= innerWidth ? "it fits" : "it stands out sideways"`

// Do takes some steps, after which nothing of the page may stand out sideways.
func (j *Journey) Do(what string, steps ...Step) {
	j.Helper()
	for n, step := range steps {
		if _, err := ask(j, step); err != nil {
			text, _ := ask(j, TextContent("body"))
			j.Fatalf("%s, step %d: %v; the page says\n%s", what, n+1, err, text)
		}
	}
	if !j.Scripts { // then nothing can be asked of the page
		return
	}
	if told := settled(j, "whole", chromedp.Evaluate[string](measure), func(told string) bool { return told != "" }); told != "it fits" {
		j.Errorf("after %q %s", what, told)
	}
}

// patience is how long the browser may take for one thing.
const patience = 40 * time.Second

// ask has the browser do or tell one thing.
func ask[T any](j *Journey, what chromedp.Action[T]) (T, error) {
	ctx, stop := context.WithTimeout(j.Browser, patience)
	defer stop()
	return chromedp.Run(ctx, what)
}

// Ask evaluates something in the page, and waits for it where it is promised.
func Ask[T any](j *Journey, script string) T {
	j.Helper()
	answer, err := ask(j, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		j.Fatalf("%.100s: %v", script, err)
	}
	return answer
}

// Text is what the first of a selector's elements says.
func (j *Journey) Text(at string) string {
	j.Helper()
	text, err := ask(j, TextContent(at))
	if err != nil {
		j.Fatalf("%s: %v", at, err)
	}
	return text
}

// settled has the browser tell something until it is as is wanted. While one page gives
// way to the next nothing can be told, or the old one still stands.
func settled[T any](j *Journey, hope string, what chromedp.Action[T], wanted func(T) bool) T {
	j.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		told, err := ask(j, what)
		if err == nil && wanted(told) {
			return told
		}
		if time.Now().After(end) {
			j.Fatalf("not %s: %v, %v", hope, told, err)
		}
	}
}

// Reads expects a text somewhere in what a selector finds first, and waits for it: a
// page may say in between what was true of half of what was typed.
func (j *Journey) Reads(at, want string) {
	j.Helper()
	settled(j, at+" says "+want, TextContent(at), func(text string) bool { return strings.Contains(text, want) })
}

// Changed waits until what a selector finds first has another text than it was, and is
// that text: after a form that leads to the same page again, the old one still stands for
// a moment.
func (j *Journey) Changed(at, was string) string {
	j.Helper()
	return settled(j, "another "+at, TextContent(at), func(text string) bool { return text != was })
}

// Counted loads the page again, as it asks for, while something on it is still being
// counted: on a busy machine that takes longer than a page waits.
func (j *Journey) Counted() {
	j.Helper()
	for end := time.Now().Add(patience); strings.Contains(j.Text("main"), "eing counted"); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			j.Fatalf("it is still being counted:\n%s", j.Text("main"))
		}
		j.Do("load it again", chromedp.Reload())
	}
}

// AnotherDevice goes on as one whom the site has not seen.
func (j *Journey) AnotherDevice() {
	j.Helper()
	j.Do("take another device", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.ClearBrowserCookies, cdp.Empty{})
		return err
	}))
}
