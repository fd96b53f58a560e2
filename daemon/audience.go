package daemon

import (
	"context"

	"postrider/magazine"
	"postrider/store"
)

// audience is whom an edition goes to, as the configuration stands.
func (d *Daemon) audience(e *magazine.Edition) store.Audience {
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

// lostFrequencies tells of each newsletter how many people have a frequency that
// there is no more.
func (d *Daemon) lostFrequencies(ctx context.Context, s *store.Store, tell func(text string)) error {
	for i := range d.Newsletters {
		letter := &d.Newsletters[i]
		var known []string
		for _, f := range letter.Frequencies {
			known = append(known, f.Name)
		}
		n, err := s.LostFrequencies(ctx, letter.Name, known)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		text := people(n, "has", "have") + " a frequency of " + letter.Name + " that no schedule has"
		if first := letter.Frequency(""); first != nil {
			text += "; " + first.Name + " counts in its place"
		}
		tell(text)
	}
	return nil
}
