package main

import (
	"time"

	"github.com/schollz/progressbar/v3"

	"postrider/daemon"
)

// bar shows on a terminal how far something is that takes longer than a
// second. Elsewhere it shows nothing.
type bar struct {
	app   *app
	what  string
	start time.Time
	pace  pace
	drawn *progressbar.ProgressBar
}

func (a *app) bar(what string) *bar { return &bar{app: a, what: what, start: time.Now()} }

// show tells how many are done of how many.
func (b *bar) show(done, total int) {
	if b.begin(total, progressbar.OptionSetDescription(b.what), progressbar.OptionThrottle(100*time.Millisecond)) {
		b.set(done, total)
	}
}

// sending shows how an edition gets on, with its pace.
func (b *bar) sending(p daemon.Progress, now time.Time) {
	perSecond := b.pace.add(now, p.Done)
	if b.begin(p.Total, progressbar.OptionShowDescriptionAtLineEnd(), progressbar.OptionSetPredictTime(false), progressbar.OptionSetWidth(16)) {
		b.set(p.Done, p.Total)
		b.drawn.Describe(sending(p, perSecond))
	}
}

// begin tells whether there is a bar, and makes it where it is time for one.
func (b *bar) begin(total int, options ...progressbar.Option) bool {
	if !b.app.terminal || total <= 0 || b.drawn == nil && time.Since(b.start) < time.Second {
		return false
	}
	if b.drawn == nil {
		b.drawn = progressbar.NewOptions(total, append(options, progressbar.OptionSetWriter(b.app.errs), progressbar.OptionShowCount())...)
	}
	return true
}

func (b *bar) set(done, total int) {
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
