package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"postrider/daemon"
	"postrider/magazine"
	"postrider/store"
)

// days is a flag's value: a number of days such as 14d, up to 366.
type days int

func (v *days) Set(s string) error {
	n, err := strconv.Atoi(strings.TrimSuffix(s, "d"))
	if err != nil || n < 1 || n > 366 {
		return errors.New("write a number of days from 1d to 366d")
	}
	*v = days(n)
	return nil
}

func (v *days) String() string { return "" }
func (v *days) Type() string   { return "days" }

type planLine struct {
	Time       string         `json:"time"`  // UTC
	Local      string         `json:"local"` // in the schedule's zone
	Newsletter string         `json:"newsletter"`
	Schedule   string         `json:"schedule"`
	Out        string         `json:"left_out"`
	People     int            `json:"people"`
	Zones      map[string]int `json:"zones"`
	Articles   int            `json:"articles"`

	Hours map[string]map[string]int `json:"hours"` // of the people with an hour of their own, by zone and hour
}

func planLineOf(s daemon.PlannedSend, local time.Time) planLine {
	l := planLine{Time: s.At.Format(time.RFC3339), Local: local.Format(time.RFC3339), Newsletter: s.Newsletter, Schedule: s.Schedule, Out: s.Reason, People: s.People,
		Zones: map[string]int{}, Articles: s.Articles, Hours: map[string]map[string]int{}}
	for w, n := range s.Waves {
		l.Zones[w.Zone] += n
		if w.Hour == "" || w.Hour == store.AnyHour {
			continue
		}
		if l.Hours[w.Zone] == nil {
			l.Hours[w.Zone] = map[string]int{}
		}
		l.Hours[w.Zone][w.Hour] = n
	}
	return l
}

// plan lists what goes out in so many days, and what waits for a person now.
func (a *app) plan(ctx context.Context, d *daemon.Daemon, n int, asJSON bool) error {
	p, err := d.Plan(ctx, d.Store.Now().AddDate(0, 0, n))
	if err != nil {
		return err
	}
	if asJSON {
		shown := struct {
			Sends    []planLine    `json:"sends"`
			Editions []editionLine `json:"editions"`
		}{[]planLine{}, []editionLine{}}
		for _, s := range p.Sends {
			shown.Sends = append(shown.Sends, planLineOf(s, local(d, s)))
		}
		for i := range p.Editions {
			shown.Editions = append(shown.Editions, editionOf(&p.Editions[i]))
		}
		return a.json(shown)
	}
	for i := range p.Editions {
		e := &p.Editions[i]
		fmt.Fprintf(a.out, "Edition %s of %s is %s now%s\n", e.ID, e.Newsletter, e.State, magazine.CleanText(colon(whyEdition(e, d.Publication.Zone))))
	}
	list := a.list(false, fmt.Sprintf("Nothing goes out within %s.", count(n, "day")), "Time", "Newsletter", "People", "Articles so far", "Zones", "Left out")
	for _, s := range p.Sends {
		if err := list.add(nil, localWords(d, s), s.Newsletter+"/"+s.Schedule, strconv.Itoa(s.People), strconv.Itoa(s.Articles), waveWords(s.Waves), s.Reason); err != nil {
			return err
		}
	}
	return list.end()
}

// local is when a send goes out, or its first part may, on the clocks of its
// schedule.
func local(d *daemon.Daemon, s daemon.PlannedSend) time.Time {
	if one, err := d.Schedule(s.Newsletter + "/" + s.Schedule); err == nil {
		return s.At.In(one.Zone())
	}
	return s.At
}

// localWords prints it: of one that goes out in each reader's own time, when that
// is on their clocks.
func localWords(d *daemon.Daemon, s daemon.PlannedSend) string {
	if one, err := d.Schedule(s.Newsletter + "/" + s.Schedule); err == nil {
		return sendAt(s.At, s.Slot, one)
	}
	return s.At.Format("Mon 2006-01-02 15:04 -0700")
}

func colon(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}

// wavesNamed is how many zones, or hours in them, a line of a plan names.
const wavesNamed = 3

// waveWords names the zones in which the most people are, and the hours of those
// who have one of their own.
func waveWords(waves map[store.Wave]int) string {
	all := slices.SortedFunc(maps.Keys(waves), func(a, b store.Wave) int {
		return cmp.Or(waves[b]-waves[a], strings.Compare(a.Zone, b.Zone), strings.Compare(a.Hour, b.Hour))
	})
	var parts []string
	for _, w := range all[:min(len(all), wavesNamed)] {
		name := cmp.Or(w.Zone, "no zone")
		if w.Hour != "" && w.Hour != store.AnyHour {
			name += " at " + w.Hour
		}
		parts = append(parts, fmt.Sprintf("%d %s", waves[w], name))
	}
	if more := all[min(len(all), wavesNamed):]; len(more) > 0 {
		what := "zones"
		if slices.ContainsFunc(all, func(w store.Wave) bool { return w.Hour != "" && w.Hour != store.AnyHour }) {
			what = "zones and hours"
		}
		parts = append(parts, fmt.Sprintf("and %d more %s", len(more), what))
	}
	return strings.Join(parts, ", ")
}
