package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"postrider/schedules"
)

func (a *app) schedules() *cobra.Command {
	c := &cobra.Command{
		Use: "schedules", Short: "List the schedules with their next sends",
		Example: "  postrider schedules\n  postrider schedules --from 2026-10-25T00:00:00Z --next 10",
	}
	asJSON := jsonFlag(c)
	from := c.Flags().String("from", "", "list from this `time` on (RFC 3339; now unless given)")
	next := c.Flags().Int("next", 5, "how many sends of each schedule")
	type send struct {
		Local string `json:"local"`
		UTC   string `json:"utc"`
	}
	type line struct {
		Newsletter string `json:"newsletter"`
		Name       string `json:"name"`
		Words      string `json:"words"`
		Timezone   string `json:"timezone"`
		Next       []send `json:"next"`
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		at := time.Now()
		if *from != "" {
			var err error
			if at, err = time.Parse(time.RFC3339, *from); err != nil {
				return usageError{fmt.Errorf("--from %q is no time; write it like 2026-10-25T00:00:00Z", *from)}
			}
		}
		if *next < 0 || *next > 10000 {
			return usageError{fmt.Errorf("--next takes 0 to 10000")}
		}
		cfg, err := a.load()
		if err != nil {
			return err
		}
		list := []line{}
		for _, s := range cfg.Schedules {
			one, err := schedules.Parse(s.Newsletter, s.Name, s.Cron, s.Timezone.String())
			if err != nil {
				return err
			}
			l := line{one.Newsletter, one.Name, one.Words(), one.Timezone, []send{}}
			for _, o := range one.Upcoming(at.Add(-1), *next) { // one that falls on the time itself counts
				l.Next = append(l.Next, send{o.At.In(one.Zone()).Format(time.RFC3339), o.At.UTC().Format(time.RFC3339)})
			}
			list = append(list, l)
			if *asJSON {
				continue
			}
			fmt.Fprintf(a.out, "%s/%s: %s (%s)\n", l.Newsletter, l.Name, l.Words, l.Timezone)
			for _, w := range one.Warnings {
				fmt.Fprintf(a.out, "  note: %s\n", w)
			}
			for _, o := range one.Upcoming(at.Add(-1), *next) {
				fmt.Fprintf(a.out, "  %s   %s\n", o.At.In(one.Zone()).Format("Mon 2006-01-02 15:04 -0700"), o.At.UTC().Format(time.RFC3339))
			}
		}
		if *asJSON {
			return a.json(list)
		}
		return nil
	}
	return c
}
