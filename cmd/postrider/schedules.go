package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/schedules"
)

// Sends of each schedule that are listed: unless said, and at most.
const (
	nextSends = 5
	mostSends = 10000
)

type send struct {
	Local string `json:"local"`
	UTC   string `json:"utc"`
}

type scheduleLine struct {
	Newsletter string   `json:"newsletter"`
	Name       string   `json:"name"`
	Words      string   `json:"words"`
	Timezone   string   `json:"timezone"`
	Blackouts  []string `json:"blackouts"`
	Next       []send   `json:"next"`
}

func (a *app) schedules() *cobra.Command {
	c := &cobra.Command{
		Use: "schedules", Short: "List the schedules with their next sends",
		Long:    "Lists when each newsletter goes out next, in the schedule's zone and in UTC. Clocks that change are reckoned with.",
		Example: examples("postrider schedules", "postrider schedules --from 2026-10-25T00:00:00Z --next 10", "postrider schedules --json"),
	}
	asJSON := jsonFlag(c)
	from, next := instant(time.Now()), number{nextSends, mostSends}
	c.Flags().Var(&from, "from", "list from this `TIME` on, as of RFC 3339 (now unless given)")
	c.Flags().Var(&next, "next", "how many sends of each schedule, `N`")
	c.RunE = func(c *cobra.Command, args []string) error {
		cfg, err := a.load()
		if err != nil {
			return err
		}
		list, err := daemon.ParseSchedules(cfg)
		if err != nil {
			return err
		}
		lines := []scheduleLine{}
		for _, s := range list {
			l := upcoming(s, time.Time(from), next.value)
			lines = append(lines, l)
			if !*asJSON {
				a.tellSchedule(s, l)
			}
		}
		if *asJSON {
			return a.json(lines)
		}
		if len(lines) == 0 {
			fmt.Fprintf(a.errs, "There is no schedule; write one under schedules in %s.\n", a.config)
		}
		return nil
	}
	return c
}

// upcoming lists a schedule's next sends; one that falls on from itself counts.
func upcoming(s *schedules.Schedule, from time.Time, n int) scheduleLine {
	l := scheduleLine{s.Newsletter, s.Name, s.Words(), s.Timezone, s.Rests(), []send{}}
	for _, o := range s.Upcoming(from.Add(-1), n) {
		l.Next = append(l.Next, send{o.At.In(s.Zone()).Format(time.RFC3339), o.At.UTC().Format(time.RFC3339)})
	}
	return l
}

func (a *app) tellSchedule(s *schedules.Schedule, l scheduleLine) {
	fmt.Fprintf(a.out, "%s/%s: %s (%s)\n", l.Newsletter, l.Name, l.Words, l.Timezone)
	for _, w := range s.Warnings {
		fmt.Fprintf(a.out, "  note: %s\n", w)
	}
	for _, b := range l.Blackouts {
		fmt.Fprintf(a.out, "  not on %s\n", b)
	}
	for _, one := range l.Next {
		at, _ := time.Parse(time.RFC3339, one.Local)
		fmt.Fprintf(a.out, "  %s   %s\n", at.Format("Mon 2006-01-02 15:04 -0700"), one.UTC)
	}
}

// instant is a flag's value in RFC 3339.
type instant time.Time

func (i *instant) Set(s string) error {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return errors.New("write a time like 2026-10-25T00:00:00Z or 2026-10-25T03:00:00+03:00")
	}
	*i = instant(t)
	return nil
}

func (i *instant) String() string { return "" } // the default is now, and no text
func (i *instant) Type() string   { return "time" }

// number is a flag's value from 0 to most.
type number struct{ value, most int }

func (n *number) Set(s string) error {
	v, err := strconv.Atoi(s)
	if err != nil || v < 0 || v > n.most {
		return fmt.Errorf("write a number from 0 to %d", n.most)
	}
	n.value = v
	return nil
}

func (n *number) String() string { return strconv.Itoa(n.value) }
func (n *number) Type() string   { return "number" }
