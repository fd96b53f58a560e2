package main

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows a bar on a terminal for what takes longer than a second.
func (a *app) progress(what string) func(done, total int) {
	if !a.onTerminal() {
		return func(int, int) {}
	}
	start := time.Now()
	var bar *progressbar.ProgressBar
	return func(done, total int) {
		if bar == nil {
			if time.Since(start) < time.Second || done == total {
				return
			}
			bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(a.errs), progressbar.OptionSetDescription(what),
				progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
		}
		bar.ChangeMax(total)
		bar.Set(done)
		if done == total {
			bar.Finish()
		}
	}
}
