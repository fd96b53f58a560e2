package schedules

import "time"

// Grace is how late a newsletter may still go out on its own, by the distance
// from its occurrence to the next: a daily one six hours, so that the morning's
// letter doesn't come at night. The distances leave room for days of 25 hours
// and for schedules that go out on some days only.
func Grace(distance time.Duration) time.Duration {
	const day = 24 * time.Hour
	switch {
	case distance <= 2*time.Hour:
		return 30 * time.Minute
	case distance <= 36*time.Hour:
		return 6 * time.Hour
	case distance <= 10*day:
		return day
	}
	return 7 * day
}

// mostMissed is how many of the missed occurrences are listed one by one.
const mostMissed = 1000

// Due is what a schedule asks for at some instant: one edition, for the last
// occurrence that has come due. Those before it that were missed, because
// nothing ran, get none of their own: the one edition has what is new since.
type Due struct {
	Occurrence
	Missed []Occurrence  // those before it, in their order; the last 1000 at most
	Count  int           // how many have come due, the last included
	Late   time.Duration // by how much it is late
	Grace  time.Duration // by how much it may be
	Held   bool          // it is later than that: people must decide; its Reason is why, where nothing was missed

	Dropped []Occurrence // that blackouts or except took out; the last 1000 at most of each
}

// Due reckons what to do for the instants after since, which is the last that
// was handled, up to and including now. What people have decided is told by
// except: why an occurrence is left out, or nothing where it is not. It is false
// where nothing has come due, also where now is not after since; a Count of 0 is
// nothing but what was dropped.
func (s *Schedule) Due(since, now time.Time, except func(Occurrence) string) (Due, bool) {
	var d Due
	var left []Occurrence
	for o := range s.Between(since, now) {
		if o.Reason = except(o); o.Reason != "" {
			left = append(left[max(0, len(left)-mostMissed+1):], o)
			continue
		}
		if d.Count > 0 {
			d.Missed = append(d.Missed, d.Occurrence)
		}
		if len(d.Missed) > mostMissed {
			d.Missed = d.Missed[1:]
		}
		d.Occurrence = o
		d.Count++
	}
	d.Dropped = s.Dropped(since, now)
	if len(d.Dropped) > mostMissed {
		d.Dropped = d.Dropped[len(d.Dropped)-mostMissed:]
	}
	d.Dropped = append(d.Dropped, left...)
	if d.Count == 0 {
		return d, len(d.Dropped) > 0
	}
	distance := time.Duration(1<<63 - 1)
	if next, ok := s.Next(d.At); ok {
		distance = next.At.Sub(d.At)
	}
	d.Late, d.Grace = now.Sub(d.At), Grace(distance)
	d.Held = d.Late > d.Grace
	return d, true
}
