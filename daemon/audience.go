package daemon

import (
	"context"

	"postrider/magazine"
	"postrider/store"
)

// audience is whom an edition goes to: fixed with its content, until then as the
// configuration stands.
func (d *Daemon) audience(e *magazine.Edition) store.Audience {
	switch {
	case e.Others != nil:
		return store.Audience{Newsletter: e.Newsletter, Not: e.Others}
	case e.Cutoff > 0:
		return store.Audience{Newsletter: e.Newsletter, Only: e.Schedule}
	}
	letter, err := d.Newsletter(e.Newsletter)
	if err != nil { // it is in the configuration no more
		return store.Audience{Newsletter: e.Newsletter, Only: e.Schedule}
	}
	return audienceOf(letter, e.Schedule)
}

// audienceOf is whom a schedule of a newsletter sends to: its frequency, or
// everybody where it is empty. Whoever has a frequency that there is no more
// has the first.
func audienceOf(letter *magazine.Newsletter, schedule string) store.Audience {
	a := store.Audience{Newsletter: letter.Name}
	first := letter.Frequency("")
	if schedule == "" || first == nil || schedule != first.Name {
		a.Only = schedule
		return a
	}
	for _, other := range letter.Frequencies[1:] {
		a.Not = append(a.Not, other.Name)
	}
	return a
}

// decidedFor are the frequencies whose editions an audience has been in altogether, so
// that what editors left out of one of these was decided for it; nil: all. Empty among
// them stands for editions to everybody.
func decidedFor(letter *magazine.Newsletter, a store.Audience) []string {
	switch {
	case len(letter.Frequencies) < 2:
		return nil
	case a.Only != "":
		return []string{"", a.Only}
	case len(a.Not) > 0: // the first
		return []string{"", letter.Frequencies[0].Name}
	}
	return []string{""}
}

// misfits tells what was written at the desk and cannot be used, and what people have
// chosen of each newsletter that does not fit its schedules: frequencies that there are
// no more, ones that nobody has, and hours that count for nothing.
func (d *Daemon) misfits(ctx context.Context, s *store.Store, tell func(text, mend string)) error {
	written, err := s.Timetable(ctx)
	if err != nil {
		return err
	}
	t := d.makeTimetable(written)
	t.tellUnused(tell)
	for i := range t.letters {
		letter := &t.letters[i]
		var known []string
		for _, f := range letter.Frequencies {
			known = append(known, f.Name)
		}
		n, err := s.LostFrequencies(ctx, letter.Name, known)
		if err != nil {
			return err
		}
		if n > 0 {
			text := people(n, "has", "have") + " a frequency of " + letter.Name + " that no schedule has"
			if first := letter.Frequency(""); first != nil {
				text += "; " + first.Name + " counts in its place"
			}
			tell(text, "give a schedule that name again, or leave it so")
		}
		if n, err = s.CountHours(ctx, letter.Name); err != nil {
			return err
		}
		if n > 0 && !letter.OwnHour {
			tell(people(n, "has", "have")+" an hour of their own for "+letter.Name+", which counts for nothing", "write own_hour: true under it to let people choose, or leave it so")
		}
		if all, err := s.CountReaders(ctx, store.Audience{Newsletter: letter.Name}); err != nil || all == 0 {
			if err != nil {
				return err
			}
			continue
		}
		for _, f := range known {
			if n, err = s.CountReaders(ctx, audienceOf(letter, f)); err != nil {
				return err
			}
			if n == 0 && f != known[0] {
				tell("nobody has "+letter.Name+" as "+f+" says, so that schedule makes nothing", "give it to people with postrider subscribers add EMAIL --frequency "+f+", or remove the schedule")
			}
		}
	}
	return nil
}
