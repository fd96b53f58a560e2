package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"postrider/config"
	"postrider/magazine"
	"postrider/schedules"
	"postrider/store"
	"postrider/web/admin"
)

// timetable is when newsletters go out: by the schedules of the configuration and
// by those of the desk, but on the dates of the blackouts of both. It never changes;
// where the desk's part does, another takes its place, on each node within a second.
type timetable struct {
	written   store.Timetable // what is of the desk
	letters   []magazine.Newsletter
	schedules []*schedules.Schedule // those of the configuration in its order, then those of the desk
	places    []place               // of each schedule
	byRef     map[string]*schedules.Schedule
	unused    []admin.Unused // what is of the desk and cannot be used

	judged map[store.DeskSchedule]*schedules.Schedule // what was made of each, without the desk's blackouts
	rested map[string]rested
}

// rested is a schedule with the desk's blackouts, and those that it could not be given.
type rested struct {
	schedule *schedules.Schedule
	left     []admin.Unused
}

// place is where a schedule is written.
type place struct {
	title   string
	at      int   // in the configuration's list; -1: at the desk
	version int64 // of what was written at the desk
}

// table is the timetable as it was read last.
func (d *Daemon) table() *timetable { return d.timetable.Load() }

// Schedules are those that newsletters go out by now.
func (d *Daemon) Schedules() []*schedules.Schedule { return d.table().schedules }

// Newsletters are those of the configuration, with the frequencies that they have now.
func (d *Daemon) Newsletters() []magazine.Newsletter { return d.table().letters }

// letter is a newsletter with the frequencies that it has by a timetable; nil: there is none.
func (t *timetable) letter(name string) *magazine.Newsletter {
	i := slices.IndexFunc(t.letters, func(n magazine.Newsletter) bool { return n.Name == name })
	if i < 0 {
		return nil
	}
	return &t.letters[i]
}

// AtDesk tells that a schedule was made at the desk.
func (d *Daemon) AtDesk(s *schedules.Schedule) bool {
	return d.table().inUse(s.Newsletter, s.Name) != nil
}

// schedule finds a schedule by newsletter/name; nil: there is none.
func (d *Daemon) schedule(ref string) *schedules.Schedule { return d.table().byRef[ref] }

// makeTimetable joins what was written at the desk to what the configuration says.
// Where they contradict one another the configuration counts.
func (d *Daemon) makeTimetable(written store.Timetable) *timetable {
	last := d.table() // what stays as it is is not made anew: that takes long with many blackouts
	if last == nil {
		last = &timetable{}
	}
	t := &timetable{written: written, byRef: map[string]*schedules.Schedule{}, judged: map[store.DeskSchedule]*schedules.Schedule{}, rested: map[string]rested{}}
	for i, s := range d.configured {
		t.add(last, s, place{title: d.config.Schedules[i].Title, at: i})
	}
	for _, w := range written.Schedules {
		s, err := last.judged[w], error(nil)
		switch {
		case t.byRef[w.Newsletter+"/"+w.Name] != nil:
			err = d.overruled(w)
		case s == nil:
			s, err = d.judge(w)
		}
		if err != nil {
			t.unused = append(t.unused, admin.Unused{Newsletter: w.Newsletter, Schedule: w.Name, Why: problemsOf(err)})
			continue
		}
		t.judged[w] = s
		t.add(last, s, place{title: w.Title, at: -1, version: w.Version})
	}
	t.letters = slices.Clone(d.newsletters)
	for i := range t.letters {
		n := &t.letters[i]
		for at, s := range t.schedules {
			if s.Newsletter == n.Name {
				n.Frequencies = append(n.Frequencies, magazine.Frequency{Name: s.Name, Title: t.places[at].title})
			}
		}
	}
	return t
}

// add has a schedule go out, but on the dates of the desk's blackouts.
func (t *timetable) add(last *timetable, s *schedules.Schedule, p place) {
	var mine []store.Blackout
	for _, b := range t.written.Blackouts {
		if concerns(b, s) {
			mine = append(mine, b)
		}
	}
	if len(mine) > 0 {
		key := fmt.Sprintf("%p %+v", s, mine)
		r, ok := last.rested[key]
		if !ok {
			r.schedule, r.left = resting(s, mine)
		}
		t.rested[key] = r
		s, t.unused = r.schedule, append(t.unused, r.left...)
	}
	t.schedules, t.places, t.byRef[refOf(s)] = append(t.schedules, s), append(t.places, p), s
}

// concerns tells whether a blackout is for a schedule.
func concerns(b store.Blackout, s *schedules.Schedule) bool {
	return (b.Newsletter == "" || b.Newsletter == s.Newsletter) && (b.Schedule == "" || b.Schedule == s.Name)
}

// resting is a schedule with the blackouts that concern it. One that contradicts those
// before it, or leaves no date, is left out.
func resting(s *schedules.Schedule, mine []store.Blackout) (with *schedules.Schedule, left []admin.Unused) {
	spec := s.Spec
	spec.Blackouts = slices.Clone(spec.Blackouts)
	for _, b := range mine {
		spec.Blackouts = append(spec.Blackouts, blackoutSpec(b))
	}
	if with, err := schedules.Parse(spec); err == nil {
		return with, nil
	}
	with = s
	for _, b := range mine {
		spec := with.Spec
		spec.Blackouts = append(slices.Clone(spec.Blackouts), blackoutSpec(b))
		if next, err := schedules.Parse(spec); err == nil {
			with = next
		} else {
			left = append(left, admin.Unused{Newsletter: s.Newsletter, Schedule: s.Name, Blackout: b.ID, Why: problemsOf(err)})
		}
	}
	return with, left
}

func blackoutSpec(b store.Blackout) schedules.BlackoutSpec {
	return schedules.BlackoutSpec{From: b.From, To: b.To, Then: schedules.Then(b.Then), Title: b.Title}
}

// judge makes a schedule of what was written at the desk, without the desk's
// blackouts. The error is that of schedules.Parse.
func (d *Daemon) judge(w store.DeskSchedule) (*schedules.Schedule, error) {
	at := slices.IndexFunc(d.config.Newsletters, func(n config.Newsletter) bool { return n.Name == w.Newsletter })
	if at < 0 {
		return nil, notASchedule("newsletter", w.Newsletter, "the configuration has no such newsletter", "write it under newsletters again, or remove the schedule")
	}
	spec, err := specOf(d.config, config.Schedule{Newsletter: w.Newsletter, Name: w.Name, Every: w.Every, Cron: w.Cron, Local: w.Local})
	if err != nil {
		return nil, err
	}
	spec.Timezone = w.Timezone
	s, err := schedules.Parse(spec)
	if err == nil && !s.ByIssue() && d.config.Newsletters[at].Kind == config.KindContents {
		return nil, notASchedule("kind", "", w.Newsletter+" tells the contents of an issue, and goes out when one is published", "choose that it goes out with an issue")
	}
	return s, err
}

// overruled is why a schedule of the desk does not count whose name the configuration
// has, too.
func (d *Daemon) overruled(w store.DeskSchedule) error {
	i := slices.IndexFunc(d.config.Schedules, func(s config.Schedule) bool { return s.Newsletter == w.Newsletter && s.Name == w.Name })
	line, _ := d.config.Position(fmt.Sprintf("schedules[%d]", i))
	return notASchedule("name", w.Name, fmt.Sprintf("%s:%d writes a schedule of this name, which counts", d.config.File, line), "choose another name, or give the one in the file another")
}

func notASchedule(field, value, text, mend string) error {
	problems := schedules.Problems{{Field: field, Value: value, Text: text, Mend: mend}}
	return &magazine.Error{Code: magazine.Invalid, Text: problems.Error(), Cause: problems}
}

// problemsOf is what is wrong with a schedule, as Parse says it.
func problemsOf(err error) schedules.Problems {
	var problems schedules.Problems
	if !errors.As(err, &problems) {
		problems = schedules.Problems{{Text: err.Error()}}
	}
	return problems
}

func refOf(s *schedules.Schedule) string { return s.Newsletter + "/" + s.Name }

// makerOf is what the editions that a schedule makes name as their maker.
func makerOf(s *schedules.Schedule) string { return "schedule " + refOf(s) }

// reread reads the desk's part of the timetable, where it has changed since.
func (d *Daemon) reread(ctx context.Context) error {
	version, err := d.Store.TimetableVersion(ctx)
	if err != nil || version == d.table().written.Version {
		return err
	}
	d.rereading.Lock()
	defer d.rereading.Unlock()
	written, err := d.Store.Timetable(ctx)
	if err != nil {
		return err
	}
	d.timetable.Store(d.makeTimetable(written))
	return nil
}

// errStale is why nothing was done by a timetable that is no longer the one that
// counts.
var errStale = magazine.Errorf(magazine.Conflict, "nothing was done: meanwhile the schedules were changed; look again").Said("desk.schedule.meanwhile")

// current is the timetable that counts until the end of the transaction: whoever changes
// it waits for that. What acts by a timetable asks for it first, before it locks anything,
// as a change does. errStale: it was changed since it was read, perhaps on another node.
func (d *Daemon) current(ctx context.Context, tx *store.Tx) (*timetable, error) {
	version, err := tx.TimetableVersion(ctx)
	t := d.table()
	if err == nil && version != t.written.Version {
		err = errStale
	}
	return t, err
}

// anew does something by the timetable, and again by the one that counts where that was
// changed meanwhile.
func (d *Daemon) anew(ctx context.Context, do func(ctx context.Context) error) (err error) {
	for range 10 {
		if err = do(ctx); !errors.Is(err, errStale) {
			return err
		}
		if err := d.reread(ctx); err != nil {
			return err
		}
	}
	return err
}

// tellUnused tells what was written at the desk and cannot be used.
func (t *timetable) tellUnused(tell func(text, mend string)) {
	for _, u := range t.unused {
		text := "the schedule " + u.Newsletter + "/" + u.Schedule + " of the desk is not in use: "
		if u.Blackout != "" {
			text = "dates without a send that were added at the desk do not hold for " + u.Newsletter + "/" + u.Schedule + ": "
		}
		tell(text+u.Why.Error(), "change or remove it at the desk, under Schedules")
	}
}
