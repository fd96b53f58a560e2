package main

import (
	"fmt"
	"time"

	"postrider/daemon"
)

// paceOver is the time from which a pace is taken: long enough to be steady, short
// enough to show that a relay has become slower.
const paceOver = 10 * time.Second

// pace tells how fast something gets on.
type pace struct {
	seen []stand // the oldest first, the first one at least paceOver old where there is one
}

// stand is how many were done at an instant.
type stand struct {
	at   time.Time
	done int
}

// add notes how many are done now, and tells how many a second have been since
// paceOver ago; 0 where that cannot be told yet.
func (p *pace) add(at time.Time, done int) float64 {
	p.seen = append(p.seen, stand{at, done})
	for len(p.seen) > 2 && at.Sub(p.seen[1].at) >= paceOver {
		p.seen = p.seen[1:]
	}
	first := p.seen[0]
	if took := at.Sub(first.at); took > 0 {
		return float64(done-first.done) / took.Seconds()
	}
	return 0
}

// sending says in a few words how an edition gets on: how many people a second, how
// many are left, how many failed or are to be tried again, and how long it takes
// from here on at this pace.
func sending(p daemon.Progress, perSecond float64) string {
	left := max(p.Total-p.Done, 0)
	text := fmt.Sprintf("%s/s, %d left", rate(perSecond), left)
	if p.Failed > 0 {
		text += fmt.Sprintf(", %d failed", p.Failed)
	}
	if p.Deferred > 0 {
		text += fmt.Sprintf(", %d deferred", p.Deferred)
	}
	if perSecond > 0 && left > 0 {
		text += ", " + span(time.Duration(float64(left)/perSecond*float64(time.Second))) + " to go"
	}
	return text
}

func rate(perSecond float64) string {
	if perSecond > 0 && perSecond < 10 {
		return fmt.Sprintf("%.1f", perSecond)
	}
	return fmt.Sprintf("%.0f", perSecond)
}

// span is a time as people say it, to its two largest units: 12 s, 3 min 20 s,
// 2 h 5 min.
func span(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d >= 100*time.Hour:
		return fmt.Sprintf("%d days", int(d.Round(24*time.Hour)/(24*time.Hour)))
	case d >= time.Hour:
		d = d.Round(time.Minute)
		return fmt.Sprintf("%d h %d min", int(d/time.Hour), int(d%time.Hour/time.Minute))
	case d >= time.Minute:
		return fmt.Sprintf("%d min %d s", int(d/time.Minute), int(d%time.Minute/time.Second))
	}
	return fmt.Sprintf("%d s", max(int(d/time.Second), 1))
}
