package main

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// bar shows on a terminal how far something is that takes longer than a
// second. Elsewhere it shows nothing.
type bar struct {
	app   *app
	what  string
	start time.Time
	drawn *progressbar.ProgressBar
}

func (a *app) bar(what string) *bar { return &bar{app: a, what: what, start: time.Now()} }

// show tells how many are done of how many.
func (b *bar) show(done, total int) {
	if !b.app.terminal || total <= 0 || b.drawn == nil && time.Since(b.start) < time.Second {
		return
	}
	if b.drawn == nil {
		b.drawn = progressbar.NewOptions(total, progressbar.OptionSetWriter(b.app.errs), progressbar.OptionSetDescription(b.what),
			progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond))
	}
	b.drawn.ChangeMax(total)
	b.drawn.Set(min(done, total))
}

// clear takes the bar off the terminal, before anything else is said.
func (b *bar) clear() {
	if b.drawn != nil {
		b.drawn.Clear()
		b.drawn = nil
	}
}
