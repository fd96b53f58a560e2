package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"postrider/magazine"
)

const (
	pollEvery = 100 * time.Millisecond // how often a command looks at its edition
	lookEvery = 3 * time.Second        // how often at least it counts how far it is
	quietTime = 5 * time.Second        // after which it says that it waits
	stallTime = 30 * time.Second       // how long it waits while no relay takes mail
)

// Progress is how far an edition is that somebody waits for.
type Progress struct {
	Done, Total      int    // people
	Failed, Deferred int    // of those who are done
	Waits            string // why it does not get on; empty: it does
}

// watch looks at an edition until it has settled.
type watch struct {
	d    *Daemon
	id   string
	own  bool // this process does the work
	tell func(Progress)

	edition *magazine.Edition
	ahead   string    // the edition that it waits for
	people  int       // in all, once it is known
	asked   time.Time // when it was last looked whether anybody works
	stood   string    // how far it was when it last got on
	since   time.Time // when that was
	told    time.Time // when it was last looked why it does not get on
	waits   string    // why
	ended   bool      // this process worked, and does no more
}

// run looks until the edition has settled. Where this process itself does not
// work, it says errNobody when nobody does; errStalled: nothing gets on.
func (w *watch) run(ctx context.Context) error {
	w.since = time.Now()
	for {
		began := time.Now()
		if !w.own && time.Since(w.asked) > time.Second {
			if worked, err := w.d.Store.Worked(ctx); err != nil {
				return err
			} else if !worked {
				return errNobody
			}
			w.asked = time.Now()
		}
		if settled, err := w.look(ctx); err != nil || settled {
			return err
		}
		if stalled, err := w.stalled(ctx); err != nil {
			return err
		} else if stalled {
			return errStalled
		}
		w.tell(Progress{Done: w.done(), Total: max(w.people, w.done()), Failed: w.edition.Counts.Failed, Deferred: w.edition.Counts.Deferred, Waits: w.waits})
		if err := w.rest(ctx, min(100*time.Since(began), lookEvery)); err != nil {
			return err
		}
	}
}

// rest waits for a while before it is counted again, which takes time where there are
// many deliveries; but no longer than until the last of them is made.
func (w *watch) rest(ctx context.Context, while time.Duration) error {
	for until := time.Now().Add(while); ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pollEvery):
		}
		if w.edition.State != magazine.EditionSending || !time.Now().Before(until) {
			return nil
		}
		if open, err := w.d.Store.OpenRanges(ctx, w.id); err != nil || open == 0 {
			return err
		}
	}
}

// done counts the people who are done.
func (w *watch) done() int {
	c := w.edition.Counts
	return c.Sent + c.Deferred + c.Failed + c.Skipped + c.Nothing
}

// look reads where the edition stands, and notes whether it has got on.
func (w *watch) look(ctx context.Context) (settled bool, err error) {
	d := w.d
	if w.edition, settled, err = d.Settled(ctx, w.id); err != nil || settled {
		return settled, err
	}
	stands := fmt.Sprint(w.edition.State, w.done())
	w.ahead = ""
	switch w.edition.State {
	case magazine.EditionSending:
		if w.people == 0 && w.edition.Repeats() != "" {
			w.people = 1
		} else if w.people == 0 {
			w.people, err = d.Store.CountReaders(ctx, d.audience(w.edition))
		}
	case magazine.EditionPlanned:
		var made int
		if made, err = d.Store.CountMessages(ctx, w.id); err != nil {
			return false, err
		}
		stands += fmt.Sprint(" ", made)
		if w.ahead, err = d.Store.Ahead(ctx, w.edition); err == nil && w.ahead != "" {
			var first *magazine.Edition
			if first, err = d.Store.Edition(ctx, w.ahead); err == nil {
				stands += fmt.Sprint(first.ID, first.State, first.Counts)
			}
		}
	}
	if stands != w.stood {
		w.stood, w.since, w.waits = stands, time.Now(), ""
	}
	if moved := time.Unix(0, d.moved.Load()); w.own && moved.After(w.since) {
		w.since, w.waits = moved, ""
	}
	return false, err
}

// stalled looks, once a second, why nothing gets on, and tells whether to give
// up: a relay that may still answer is given twice as long as one that takes no
// mail.
func (w *watch) stalled(ctx context.Context) (bool, error) {
	if time.Since(w.told) < min(time.Second, w.d.stallTime) {
		return false, nil
	}
	w.told = time.Now()
	why, rests, err := w.why(ctx)
	if err != nil {
		return false, err
	}
	quiet := time.Since(w.since)
	if w.waits = why; why == "" && quiet > quietTime {
		w.waits = "no relay has answered yet"
		if w.edition.State == magazine.EditionPlanned {
			w.waits = "its messages are being made"
		}
	}
	return quiet > 2*w.d.stallTime || quiet > w.d.stallTime && rests, nil
}

// why says what the edition waits for, empty where that is not known, and
// whether all that is left of it has been given back to be tried again.
func (w *watch) why(ctx context.Context) (text string, rests bool, err error) {
	if w.edition.State == magazine.EditionPaused {
		return w.edition.Reason + "; it goes on with: postrider editions resume " + w.id, true, nil
	}
	goes := w.goes()
	if w.edition.Repeats() != "" {
		err = w.d.Store.EachDelivery(ctx, w.id, "", func(x magazine.Delivery) error {
			if x.Relay != "" {
				text, rests = reason(&x), true
			}
			return nil
		})
		return text, rests, err
	}
	waits, err := w.d.Store.Waits(ctx, goes)
	if err != nil {
		return "", false, err
	}
	open, err := w.d.Store.OpenRanges(ctx, goes)
	if err != nil {
		return "", false, err
	}
	resting := 0
	for i := range waits {
		if waits[i].Owner == "" {
			resting++
		}
	}
	if w.ahead != "" {
		text = "edition " + w.ahead + " of the same newsletter goes first"
	}
	if len(waits) > 0 {
		if text != "" {
			text += ", and waits: "
		}
		text += reason(&waits[0].Why)
		if at := waits[0].Why.Next; !at.IsZero() && !w.ended {
			text += "; tried again at " + at.In(w.d.Publication.Zone).Format("15:04:05 -0700")
		}
	}
	return text, open > 0 && resting == open, nil
}

// goes is the edition that has to get on: this one, or the one before it.
func (w *watch) goes() string { return cmp.Or(w.ahead, w.id) }

// outcome is where the edition stands in the end, and why that is not its end.
func (w *watch) outcome(ctx context.Context, cause error) (*magazine.Edition, error) {
	interrupted := ctx.Err() != nil
	if cause != nil && !interrupted && !errors.Is(cause, errStalled) {
		return nil, cause
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	last := w.waits
	if settled, err := w.look(ctx); err != nil || settled { // perhaps by what was still under way
		return w.edition, err
	}
	w.ended = w.own
	why, _, err := w.why(ctx)
	if err != nil {
		return w.edition, err
	}
	if w.edition.State == magazine.EditionPaused && !interrupted {
		return w.edition, magazine.Errorf(magazine.Unavailable, "edition %s is %s", w.id, why)
	}
	left, err := w.d.countWaiting(ctx, w.id)
	if err != nil {
		return w.edition, err
	}
	w.edition.Counts.Deferred += left
	text := "edition " + w.id + " waits"
	if left > 0 {
		text = people(left, "waits", "wait") + " for edition " + w.id
	}
	if interrupted {
		text = "interrupted: " + text
	}
	if why = cmp.Or(why, w.waits, last); why != "" {
		text += ": " + why
	}
	if w.ended {
		text += "; the next postrider serve or send goes on with it"
	} else {
		text += "; the running daemon goes on with it"
	}
	return w.edition, magazine.Errorf(magazine.Unavailable, "%s", text)
}

// Settled tells whether nothing more will happen to an edition but trying
// deferred deliveries again.
func (d *Daemon) Settled(ctx context.Context, id string) (*magazine.Edition, bool, error) {
	e, err := d.Store.Edition(ctx, id)
	if err != nil {
		return nil, false, err
	}
	switch e.State {
	case magazine.EditionPlanned, magazine.EditionPaused:
		return e, false, nil
	case magazine.EditionSending:
		if open, err := d.Store.OpenRanges(ctx, id); err != nil || open > 0 {
			return e, false, err
		}
		if e.Repeats() != "" { // its one delivery waits from the start
			if untried, err := d.Store.Untried(ctx, id); err != nil || untried {
				return e, false, err
			}
		}
		e, err = d.Store.Edition(ctx, id) // with what was recorded since it was read
		return e, true, err
	}
	return e, true, nil
}

// progressed notes that the work has got on.
func (d *Daemon) progressed() { d.moved.Store(time.Now().UnixNano()) }
