package daemon_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/schedules"
	"postrider/store"
)

// end lets everything come to rest, and looks whether anybody missed anything,
// and whether every occurrence is accounted for.
func (y *year) end() {
	y.calm, y.broken = true, ""
	y.rest(1)
	for _, r := range y.all() {
		if r.active && !r.dead && r.paused {
			_, err := y.Members.Resume(y.ctx, r.name+"@people.example", r.letter)
			y.must(err)
			r.resume(y.come, y.come)
		}
	}
	for _, e := range y.open() {
		if e.State == magazine.EditionHeld {
			_, err := y.Release(y.ctx, e.ID, "salma")
			y.must(err)
			y.rest(3)
		}
	}
	y.rest(30)
	for range 3 {
		for range 3 {
			y.fresh().at = y.clock.Now()
			y.put(y.pieces[len(y.pieces)-1])
		}
		y.reads()
		for _, l := range y.letters {
			if !l.contents {
				_, err := y.SendNow(y.ctx, l.name, "test")
				y.must(err)
			}
		}
		y.rest(30)
	}
	for _, e := range y.open() {
		if e.State != magazine.EditionHeld && !e.Starts.After(y.clock.Now()) {
			y.t.Errorf("edition %s of %s is %s for ever", e.ID, e.Newsletter, e.State)
		}
	}
	musts := 0
	for _, r := range y.all() {
		l := y.letter(r.letter)
		for _, a := range y.pieces[:y.come] {
			if !r.active || r.dead || a.everGone || l.contents || !l.forever {
				continue
			}
			if _, must := r.expects(a.chosen); must {
				musts++
				if r.had[a.slug] == "" {
					y.t.Errorf("%s missed %s of %s: %s; %s", r.name, a.slug, r.letter, r.told(a.chosen), y.standing(r))
				}
			}
		}
	}
	if musts == 0 {
		y.t.Error("nobody must have anything")
	}
	if y.timed == 0 {
		y.t.Error("nobody got anything at a time of their own")
	}
	y.account()
}

func (y *year) rest(hours int) {
	for range hours {
		y.hour++
		y.clock.Add(59 * time.Minute)
		y.look()
		y.live(y.drive)
	}
}

// account looks whether each slot that a schedule had stands in the records
// once, with an outcome that fits, and whether each edition has its own.
func (y *year) account() {
	total := 0
	for _, s := range y.Schedules() {
		rows, err := y.Store.Occurrences(y.ctx, s.Newsletter, s.Name, 1<<30)
		y.must(err)
		recorded := map[schedules.Nominal]store.Occurrence{}
		for _, o := range rows {
			recorded[schedules.Nominal{Date: o.Day, Slot: o.Slot}] = o
		}
		if s.ByIssue() {
			for n, issue := range y.issues {
				if published := !issue.published.IsZero() && issue.published.Before(y.clock.Now().Add(-24*time.Hour)); published != slices.ContainsFunc(rows, func(o store.Occurrence) bool { return o.Slot == fmt.Sprintf("Vol. 1, No. %d", n) }) {
					y.t.Errorf("issue %d in %s: published %v, %+v", n, s.Newsletter, issue.published, rows)
				}
			}
			continue
		}
		expect := func(n schedules.Nominal, o schedules.Occurrence, fits ...string) {
			total++
			have, ok := recorded[n]
			delete(recorded, n)
			if !ok || !slices.ContainsFunc(fits, func(p string) bool { return strings.HasPrefix(have.Outcome, p) }) {
				y.t.Errorf("%s, slot %s %s: recorded %v as %q, want %q", o.Key(), n.Date, n.Slot, ok, have.Outcome, fits)
			}
			if ok && (have.Outcome == "edition" || have.Outcome == "held") {
				if e := y.editionHead(have.Edition); e.Key != o.Key() {
					y.t.Errorf("%s has edition %s", o.Key(), e.Key)
				}
			}
		}
		for o := range s.Between(y.begin.Add(time.Hour), y.clock.Now()) {
			expect(o.Nominal, o, "edition", "held", "missed; made up for by ", "dropped: paused by ", "skipped by ", "run before its time by ")
			for _, m := range o.Merged {
				expect(m, o, "merged into "+o.Slot)
			}
		}
		for _, o := range s.Dropped(y.begin.Add(time.Hour), y.clock.Now()) {
			expect(o.Nominal, o, "dropped: ")
		}
		for _, o := range recorded {
			if !o.At.After(y.clock.Now()) && !o.At.Before(y.begin) { // what was to go out at a reader's own time may have begun before all
				y.t.Errorf("%s/%s has no slot %s %s: %q", s.Newsletter, s.Name, o.Day, o.Slot, o.Outcome)
			}
		}
	}
	y.t.Logf("%d slots are accounted for", total)
}

// tell says of a failure what an edition was for a person.
func (y *year) tell(edition, name string) string {
	e := y.edition(edition)
	return fmt.Sprintf("edition %s by %s, made %s, %s %q, cut off at %d, %s; delivery %s %q", e.ID, e.Maker, e.Created.Format(time.DateTime), e.State, e.Reason, e.Cutoff, e.CutoffAt.Format(time.DateTime), y.delivery(edition, name).State, y.delivery(edition, name).Reason)
}

// standing says of a failure how the daemon has a person.
func (y *year) standing(r *reader) string {
	sub, err := y.Store.Subscription(y.ctx, r.letter, y.ids[r.name])
	y.must(err)
	text := fmt.Sprintf("served %d, %s, paused %s, %s, suppressed %q", sub.Served, sub.State, sub.PausedUntil, sub.Subscriber.State, y.suppressed(r.name))
	y.must(y.Store.EachDelivery(y.ctx, "", r.name+"@people.example", func(d magazine.Delivery) error {
		if y.letterOf(d.Edition) == r.letter && d.State != magazine.Sent {
			text += fmt.Sprintf("; %s %s %q", d.At.Format(time.DateTime), d.State, d.Reason)
		}
		return nil
	}))
	return text
}

func (y *year) told() string {
	all, err := y.Store.Editions(y.ctx, "", 1<<30)
	y.must(err)
	return fmt.Sprintf("%d days, %d people in %d shares, %d articles, %d issues, %d editions, %d messages, %d refusals and faults, %d kills, %d acts, %d messages at a time of their own; of %d messages whose answer was lost, and %d that a kill left unrecorded, %d came again, with %d articles",
		y.hour/24, len(y.people), len(y.all()), y.come, len(y.issues), len(all), y.mails, y.faults, y.crashes, y.acts, y.timed, y.lost, y.left, len(y.again), y.repeats)
}
