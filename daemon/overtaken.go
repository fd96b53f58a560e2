package daemon

import (
	"context"
	"slices"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/schedules"
	"postrider/store"
	"postrider/web/admin"
)

// A change of the timetable may put an occurrence that was still to come at an instant
// that is over: a blackout that had moved it is taken away, or another zone or time of
// day is chosen. It would never come due.

// meetChange makes now what a change of a timetable puts at an instant that is over, as
// what was missed is, and has each schedule that was changed looked at: none waits for
// another to be met. The drafts that wait go by the next one at once: their time may come
// before anybody looks. What somebody saw that it does has a mark (see admin.AtOnce.Mark);
// where that is empty, they were not asked.
func (d *Daemon) meetChange(ctx context.Context, tx *store.Tx, from *timetable, c change) error {
	next := c.next
	if _, err := tx.Drafts(ctx); err != nil { // which locks them: what people decide about one is first, or waits
		return err
	}
	due, once, err := d.atOnce(ctx, tx, from, next, tx.Now)
	if err != nil {
		return err
	}
	if c.seen != "" && c.seen != once.Mark() {
		return &admin.Unseen{AtOnce: once}
	}
	// First, so that what takes the place of a draft may have its key.
	if err := d.dropStale(ctx, tx, from, next, c.why.Text()); err != nil {
		return err
	}
	for _, s := range next.schedules {
		if from.byRef[refOf(s)] == s {
			continue
		}
		if err := tx.SetAlarm(ctx, store.Alarm{Kind: store.AlarmSchedule, Ref: refOf(s), At: tx.Now}); err != nil {
			return err
		}
		if err := d.occurred(ctx, tx, s, due[s], time.Time{}); err != nil {
			return err
		}
	}
	return d.retimeDrafts(ctx, tx, from, next)
}

// atOnce is what is done as soon as one timetable takes the place of another, and what of
// each schedule that was changed has come due by it. What is in doubt is held, and so does
// not go out.
func (d *Daemon) atOnce(ctx context.Context, q reads, from, next *timetable, now time.Time) (due map[*schedules.Schedule]schedules.Due, once admin.AtOnce, err error) {
	due = map[*schedules.Schedule]schedules.Due{}
	trust, err := q.Trust(ctx)
	if err != nil {
		return nil, once, err
	}
	open, err := q.OpenEditions(ctx)
	if err != nil {
		return nil, once, err
	}
	for _, s := range next.schedules {
		was := from.byRef[refOf(s)]
		if was == s {
			continue
		}
		if due[s], err = d.overtaken(ctx, q, was, s, next.staleOf(s, from, open, now), now); err != nil {
			return nil, once, err
		}
		if d.goes(due[s]) && !trust.Doubt.Covers(now.Add(-due[s].Late)) {
			o := due[s].Occurrence
			o.At = now.Add(-due[s].Late) // in waves, that of the first
			once.Goes = append(once.Goes, o)
		}
	}
	for i := range open {
		e := &open[i]
		if err != nil || e.State != magazine.EditionWaiting || next.keeps(from, e) {
			continue
		}
		err = d.draftAtOnce(ctx, q, next, due[next.maker(e)], e, now, trust.Doubt, &once)
	}
	for _, s := range next.schedules {
		if o := due[s]; o.Held && !slices.ContainsFunc(once.Holds, func(e magazine.Edition) bool { return e.Key == o.Key() }) {
			e := editionOf(o.Occurrence)
			e.Nominal = now.Add(-o.Late)
			once.Holds = append(once.Holds, *e)
		}
	}
	return due, once, err
}

// draftAtOnce adds what a timetable does to a draft as soon as it counts. due is what comes
// due by it then of the draft's schedule: what makes up for others takes their drafts' place.
// A draft that nobody is asked about, or has had a hand in, is dropped without a word where
// another takes its place.
func (d *Daemon) draftAtOnce(ctx context.Context, q reads, next *timetable, due schedules.Due, e *magazine.Edition, now time.Time, doubt store.Doubt, once *admin.AtOnce) error {
	is := func(o schedules.Occurrence) bool { return o.Key() == e.Key }
	s, o, stale := next.draftOf(e, now)
	switch {
	case stale || slices.ContainsFunc(due.Missed, is):
		switch asked := d.approval(e.Newsletter).Required; {
		case !asked && stale && !replaced(next.maker(e), due, e, now):
			once.Lost = append(once.Lost, *e)
		case asked || e.Approved != "" || e.Note != "":
			once.Drops = append(once.Drops, *e)
		}
		return nil
	case s == nil, slices.ContainsFunc(once.Goes, is):
		return nil
	}
	as, late, err := d.comesAs(ctx, q, s, e, o, now)
	switch {
	case err != nil:
		return err
	case late:
		once.Holds = append(once.Holds, as)
	case !as.Starts.After(now) && !doubt.Covers(as.Starts):
		o.At = as.Nominal
		once.Goes = append(once.Goes, o)
	}
	return nil
}

// replaced tells that a schedule has another send of a draft's date in its place: one that
// has come due by now, or that is still to come.
func replaced(s *schedules.Schedule, due schedules.Due, e *magazine.Edition, now time.Time) bool {
	n, ok := schedules.NominalOf(e.Key)
	day, err := time.Parse(time.DateOnly, n.Date)
	if s == nil || !ok || err != nil {
		return false
	}
	if due.Count > 0 && due.Date == n.Date {
		return true
	}
	for o := range s.Between(day.AddDate(0, 0, -2), day.AddDate(0, 0, 2)) {
		if o.Date == n.Date && s.In(o.Nominal, nil, "").After(now) {
			return true
		}
	}
	return false
}

// goes tells that what has come due is mailed without anybody deciding about it, to the
// readers whose time it is. Where people are to decide, a draft may have been made of it
// before.
func (d *Daemon) goes(due schedules.Due) bool {
	return due.Count > 0 && due.Late >= 0 && !due.Held && !d.approval(due.Newsletter).Required
}

// unasked tells that a draft goes out at its time whether anybody looks at it or not.
func (d *Daemon) unasked(e *magazine.Edition) bool {
	approval := d.approval(e.Newsletter)
	return e.Approved != "" || !approval.Required || approval.Send
}

// reads is what is known of a schedule's occurrences and of editions: store.Tx, which
// locks the schedule, or store.Store.
type reads interface {
	waves
	Trust(ctx context.Context) (store.Trust, error)
	OpenEditions(ctx context.Context) ([]magazine.Edition, error)
	Schedule(ctx context.Context, newsletter, name string) (store.Schedule, error)
	OccurrencesFrom(ctx context.Context, newsletter, schedule, day string) ([]store.Occurrence, error)
}

// staleOf are the drafts of a schedule whose occurrences there are no more by a timetable.
// What is recorded of these settles nothing.
func (t *timetable) staleOf(s *schedules.Schedule, before *timetable, open []magazine.Edition, now time.Time) (list []magazine.Edition) {
	for i := range open {
		e := &open[i]
		if e.State != magazine.EditionWaiting || e.Maker != makerOf(s) || t.keeps(before, e) {
			continue
		}
		if _, _, stale := t.draftOf(e, now); stale {
			list = append(list, *e)
		}
	}
	return list
}

// overtaken is what has come due of all occurrences that a schedule has now at instants
// that are over, and that it had after now as it was, or whose drafts are stale: one
// edition, if any.
func (d *Daemon) overtaken(ctx context.Context, q reads, was, s *schedules.Schedule, stale []magazine.Edition, now time.Time) (due schedules.Due, err error) {
	if was == nil || was.ByIssue() || s.ByIssue() {
		return due, nil
	}
	over := passed(was, s, stale, now)
	if len(over) == 0 {
		return due, nil
	}
	kept, err := q.Schedule(ctx, s.Newsletter, s.Name)
	if err != nil {
		return due, err
	}
	first := slices.MinFunc(over, func(a, b overtook) int { return strings.Compare(a.Date, b.Date) })
	recorded, err := q.OccurrencesFrom(ctx, s.Newsletter, s.Name, first.Date)
	if err != nil {
		return due, err
	}
	slots, dates := map[schedules.Nominal]bool{}, map[string]bool{}
	for _, o := range recorded {
		if again(o) || slices.ContainsFunc(stale, func(e magazine.Edition) bool { return e.ID == o.Edition }) {
			continue
		}
		slots[schedules.Nominal{Date: o.Day, Slot: o.Slot}] = true
		dates[o.Day] = dates[o.Day] || o.Edition != ""
	}
	paused := func(at time.Time) bool {
		if s.Local { // when it is over it keeps nothing from being made any more: see begin
			at = now
		}
		return at.Before(kept.PausedUntil)
	}
	for _, o := range over {
		switch {
		case slots[o.Nominal], o.other && dates[o.Date]: // it is settled
			continue
		case s.Local && s.In(o.Nominal, nil, "").After(now):
			first, err := d.firstWave(ctx, q, s, editionOf(o.Occurrence), now)
			if err != nil {
				return due, err
			}
			if !first.IsZero() { // its readers have it in their time: see begin
				continue
			}
		}
		if paused(o.At) {
			o.Reason = pausedWords(kept, s.Home())
			due.Dropped = append(due.Dropped, o.Occurrence)
			continue
		}
		if due.Count > 0 {
			due.Missed = append(due.Missed, due.Occurrence)
		}
		due.Occurrence = o.Occurrence
		due.Count++
	}
	if due.Count > 0 {
		at := due.At
		if s.Local {
			if at, err = d.firstWave(ctx, q, s, editionOf(due.Occurrence), time.Time{}); err != nil {
				return due, err
			}
		}
		due.Late, due.Grace = now.Sub(at), graceAfter(s, due.At)
		if due.Held = due.Late > due.Grace; due.Held {
			due.Reason = magazine.PutTooLate.Text(spell(due.Late))
		}
	}
	return due, nil
}

// overtook is an occurrence that a change of its schedule has put at an instant that is
// over.
type overtook struct {
	schedules.Occurrence
	other bool // it takes the place of one of another time on its date
}

// passed are those occurrences, in their order. A date that has other times now has the
// last of them, where all are over. One that goes out in waves had come due before most of
// its readers were to have it: those whose drafts are stale are looked at, too.
func passed(was, s *schedules.Schedule, stale []magazine.Edition, now time.Time) (list []overtook) {
	seen, looked := map[schedules.Nominal]bool{}, map[string]bool{}
	add := func(o schedules.Occurrence, other bool) {
		if !seen[o.Nominal] {
			seen[o.Nominal] = true
			list = append(list, overtook{o, other})
		}
	}
	look := func(n schedules.Nominal) {
		if as, ok := s.Of(n); ok && !as.At.After(now) {
			add(as, false)
		} else if !ok && !looked[n.Date] {
			looked[n.Date] = true
			if last, ok := lastOf(s, n.Date, now); ok {
				add(last, true)
			}
		}
	}
	for _, e := range stale {
		if n, ok := schedules.NominalOf(e.Key); ok {
			look(n)
		}
	}
	limit := now.AddDate(0, 0, 2).Format(time.DateOnly) // no zone is that far ahead
	for o := range was.Between(now, store.Forever) {
		wanted := append(o.Merged, o.Nominal)
		if wanted[0].Date > limit {
			break
		}
		for _, n := range wanted {
			look(n)
		}
	}
	slices.SortStableFunc(list, func(a, b overtook) int { return a.At.Compare(b.At) })
	return list
}

// lastOf is the last occurrence of a date, where it is over.
func lastOf(s *schedules.Schedule, date string, now time.Time) (last schedules.Occurrence, ok bool) {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return last, false
	}
	for o := range s.Between(day.AddDate(0, 0, -2), now) {
		if o.Date == date {
			last, ok = o, true
		}
	}
	if next, more := s.Next(now); more && next.Date == date {
		return last, false
	}
	return last, ok
}
