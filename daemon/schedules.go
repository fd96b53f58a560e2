package daemon

import (
	"errors"
	"fmt"
	"slices"

	"postrider/config"
	"postrider/schedules"
)

// ParseSchedules makes the schedules that the configuration writes. The error is
// that of schedules.Parse.
func ParseSchedules(c *config.Config) ([]*schedules.Schedule, error) {
	list := make([]*schedules.Schedule, len(c.Schedules))
	for i := range c.Schedules {
		var err error
		if list[i], err = parseSchedule(c, i); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// parseSchedule makes one. Its own blackouts come before those of all.
func parseSchedule(c *config.Config, at int) (*schedules.Schedule, error) {
	s := c.Schedules[at]
	spec, err := specOf(c, s)
	if err != nil {
		return nil, err
	}
	spec.Timezone = s.Timezone.String()
	return schedules.Parse(spec)
}

// specOf is what schedules are made of: of one that stands in the configuration, or
// might. It lacks the zone.
func specOf(c *config.Config, s config.Schedule) (schedules.Spec, error) {
	calendar, err := reckoning(&c.Publication)
	if err != nil {
		return schedules.Spec{}, err
	}
	spec := schedules.Spec{Newsletter: s.Newsletter, Name: s.Name, Every: s.Every, Cron: s.Cron, Local: s.Local, Calendar: calendar}
	spec.OwnHours = slices.ContainsFunc(c.Newsletters, func(n config.Newsletter) bool { return n.Name == s.Newsletter && n.OwnHour })
	for _, b := range slices.Concat(s.Blackouts, c.Blackouts) {
		spec.Blackouts = append(spec.Blackouts, schedules.BlackoutSpec{From: b.From, To: b.To, Then: schedules.Then(b.Then), Title: b.Title})
	}
	return spec, nil
}

// scheduleMistakes turns what is wrong with the schedules into mistakes of the
// configuration.
func scheduleMistakes(c *config.Config) (wrong []config.Mistake) {
	for i, s := range c.Schedules {
		if s.Every == "" && s.Cron == "" || s.Timezone == nil || s.Newsletter == "" || s.Name == "" {
			continue // which has been said
		}
		parsed, err := parseSchedule(c, i)
		if err == nil && !parsed.ByIssue() && slices.ContainsFunc(c.Newsletters, func(n config.Newsletter) bool { return n.Name == s.Newsletter && n.Kind == config.KindContents }) {
			wrong = append(wrong, config.Mistake{Path: fmt.Sprintf("schedules[%d]", i), Text: s.Newsletter + " tells the contents of an issue, and goes out when one is published", Mend: "write every: issue, or every: issue + 2h"})
		}
		var problems schedules.Problems
		if err != nil && !errors.As(err, &problems) {
			continue // the publication's calendar is wrong, which has been said too
		}
		for _, p := range problems {
			m := config.Mistake{Path: fmt.Sprintf("schedules[%d].%s", i, p.Field), Text: p.Text, Mend: p.Mend}
			var at int
			var key string
			if n, _ := fmt.Sscanf(p.Field, "blackouts[%d].%s", &at, &key); n == 2 && at >= len(s.Blackouts) {
				m.Path = fmt.Sprintf("blackouts[%d].%s", at-len(s.Blackouts), key)
			}
			if !slices.Contains(wrong, m) { // what is wrong for all is said once
				wrong = append(wrong, m)
			}
		}
	}
	return wrong
}
