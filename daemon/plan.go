package daemon

import (
	"cmp"
	"context"
	"slices"
	"time"

	"postrider/magazine"
	"postrider/schedules"
	"postrider/store"
)

// Coming is an occurrence to come. Reason says why it does not go out: a
// blackout, a pause, or a person's word; empty where it does.
type Coming = schedules.Occurrence

// Coming lists the occurrences of a schedule after an instant, at most n that
// come due up to another, with what people have decided about them.
func (d *Daemon) Coming(ctx context.Context, s *schedules.Schedule, after, until time.Time, n int) (list []Coming, err error) {
	kept := store.Schedule{}
	all, err := d.Store.Schedules(ctx)
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		if one.Newsletter == s.Newsletter && one.Name == s.Name {
			kept = one
		}
	}
	recorded, err := d.Store.OccurrencesFrom(ctx, s.Newsletter, s.Name, nominalAfter(s, after))
	if err != nil {
		return nil, err
	}
	except := exceptions(s, kept, recorded)
	for o := range s.Between(after, until) {
		if len(list) == n {
			break
		}
		o.Reason = except(o)
		list = append(list, o)
	}
	return list, nil
}

// Plan is what is to go out in a time to come.
type Plan struct {
	Sends    []PlannedSend
	Editions []magazine.Edition // that are planned, waiting, held or being sent now
}

// PlannedSend is an occurrence to come, with what it would be now.
type PlannedSend struct {
	Coming
	Articles int                // new to somebody, as of now
	People   int                // who can be mailed
	Waves    map[store.Wave]int // of the people, by their zone and their own hour, where these count
}

// Plan tells what goes out until an instant, with the articles and people there
// are now, and what does not, and why.
func (d *Daemon) Plan(ctx context.Context, until time.Time) (*Plan, error) {
	now := d.Store.Now()
	p := &Plan{}
	for _, s := range d.Schedules() {
		letter, err := d.Newsletter(s.Newsletter)
		if err != nil {
			return nil, err
		}
		audience := audienceOf(letter, s.Name)
		waves, err := d.Store.ReaderWaves(ctx, audience, s.OwnHours)
		if err != nil {
			return nil, err
		}
		people := 0
		for _, n := range waves {
			people += n
		}
		fresh, err := d.fresh(ctx, letter, audience, now)
		if err != nil {
			return nil, err
		}
		coming, err := d.Coming(ctx, s, now, until, mostPlanned)
		if err != nil {
			return nil, err
		}
		for _, o := range append(coming, s.Dropped(now, until)...) {
			p.Sends = append(p.Sends, PlannedSend{Coming: o, Articles: len(fresh), People: people, Waves: waves})
		}
	}
	slices.SortFunc(p.Sends, func(a, b PlannedSend) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Key(), b.Key()))
	})
	var err error
	p.Editions, err = d.Store.OpenEditions(ctx)
	return p, err
}

// mostPlanned bounds the sends of one schedule in a plan.
const mostPlanned = 10000

// fresh are the articles that an edition of a newsletter to an audience would
// have now, of those who can be mailed at an instant.
func (d *Daemon) fresh(ctx context.Context, letter *magazine.Newsletter, audience store.Audience, at time.Time) (fresh []magazine.Article, err error) {
	_, last, err := d.Store.NewestArticles(ctx, 0)
	if err != nil {
		return nil, err
	}
	fresh, _, err = candidatesUpTo(ctx, d.Store, letter, audience, last, d.Store.Now(), at) // in no transaction: whoever plans holds up nobody
	return fresh, err
}
