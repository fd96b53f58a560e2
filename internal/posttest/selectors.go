package posttest

import "github.com/chromedp/chromedp"

// What is done with the first element that a CSS selector finds. To chromedp a bare string
// is something to search for, in texts and attributes as well: a token with h1 in it, in a
// hidden field, was a heading that never came to be visible.

// Click waits for it, and clicks on it.
func Click(at string) Step { return chromedp.Click(chromedp.CSS(at)) }

// SendKeys types a text into it.
func SendKeys(at, text string) Step { return chromedp.SendKeys(chromedp.CSS(at), text) }

// SetValue gives a field a value without typing.
func SetValue(at, value string) Step { return chromedp.SetValue(chromedp.CSS(at), value) }

// SetUploadFiles chooses files in it.
func SetUploadFiles(at string, files []string) Step {
	return chromedp.SetUploadFiles(chromedp.CSS(at), files)
}

// Focus has it take what is typed.
func Focus(at string) Step { return chromedp.Focus(chromedp.CSS(at)) }

// WaitVisible waits until it is seen.
func WaitVisible(at string) Step { return chromedp.WaitVisible(chromedp.CSS(at)) }

// WaitReady waits until it is there.
func WaitReady(at string) Step { return chromedp.WaitReady(chromedp.CSS(at)) }

// WaitNotPresent waits until it is not there.
func WaitNotPresent(at string) Step { return chromedp.WaitNotPresent(chromedp.CSS(at)) }

// TextContent is what it says.
func TextContent(at string) chromedp.Action[string] { return chromedp.TextContent(chromedp.CSS(at)) }

// Value is what stands in a field.
func Value(at string) chromedp.Action[string] { return chromedp.Value(chromedp.CSS(at)) }
