package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"postrider/daemon"
	"postrider/magazine"
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
			shown.Sends = append(shown.Sends, planLine{s.At.Format(time.RFC3339), local(d, s).Format(time.RFC3339), s.Newsletter, s.Schedule, s.Reason, s.People, s.Zones, s.Articles})
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
		if err := list.add(nil, local(d, s).Format("Mon 2006-01-02 15:04 -0700"), s.Newsletter+"/"+s.Schedule, strconv.Itoa(s.People), strconv.Itoa(s.Articles), zoneWords(s.Zones), s.Reason); err != nil {
			return err
		}
	}
	return list.end()
}

// local is when a send goes out, on the clocks of its schedule.
func local(d *daemon.Daemon, s daemon.PlannedSend) time.Time {
	for _, one := range d.Schedules {
		if one.Newsletter == s.Newsletter && one.Name == s.Schedule {
			return s.At.In(one.Zone())
		}
	}
	return s.At
}

func colon(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}

// zonesNamed is how many zones a line of a plan names.
const zonesNamed = 3

// zoneWords names the zones in which the most people are.
func zoneWords(zones map[string]int) string {
	names := make([]string, 0, len(zones))
	for z := range zones {
		names = append(names, z)
	}
	slices.SortFunc(names, func(a, b string) int {
		if zones[a] != zones[b] {
			return zones[b] - zones[a]
		}
		return strings.Compare(a, b)
	})
	var parts []string
	for _, z := range names[:min(len(names), zonesNamed)] {
		name := z
		if name == "" {
			name = "no zone"
		}
		parts = append(parts, fmt.Sprintf("%d %s", zones[z], name))
	}
	if more := len(names) - zonesNamed; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more zones", more))
	}
	return strings.Join(parts, ", ")
}
