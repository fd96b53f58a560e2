package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/magazine"
	"postrider/schedules"
	"postrider/store"
)

// Sends of each schedule that are listed: unless said, and at most.
const (
	nextSends = 5
	mostSends = 10000
)

type send struct {
	Local string `json:"local"`
	UTC   string `json:"utc"`
	Out   string `json:"left_out"` // why it does not go out; empty where it does

	slot string // the time of day that it is to go out at
}

type scheduleLine struct {
	Newsletter string   `json:"newsletter"`
	Name       string   `json:"name"`
	Words      string   `json:"words"`
	Timezone   string   `json:"timezone"`
	Local      bool     `json:"local"`
	Blackouts  []string `json:"blackouts"`
	Next       []send   `json:"next"`
	AtDesk     bool     `json:"at_desk"` // it was made there
}

func (a *app) schedules() *cobra.Command {
	c := &cobra.Command{
		Use: "schedules", Short: "List the schedules, and decide about them",
		Long: "Lists when each newsletter goes out next, in the schedule's zone and in UTC. Clocks that change are reckoned with. " +
			"--plan lists instead what goes out in a time to come: to how many people, in which zones and at which hours of their own, with how many articles so far, and what does not go out. " +
			"With a command below it, decides about a schedule.",
		Example: examples("postrider schedules", "postrider schedules --from 2026-10-25T00:00:00Z --next 10", "postrider schedules --plan 14d", "postrider schedules --json"),
	}
	asJSON := jsonFlag(c)
	from, next, plan := instant(time.Now()), number{nextSends, mostSends}, days(0)
	c.Flags().Var(&from, "from", "list from this `TIME` on, as of RFC 3339 (now unless given)")
	c.Flags().Var(&next, "next", "how many sends of each schedule, `N`")
	c.Flags().Var(&plan, "plan", "list what goes out in so many `DAYS`, such as 14d")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), a.log(slog.LevelWarn), func(d *daemon.Daemon) error {
			if plan > 0 {
				return a.plan(c.Context(), d, int(plan), *asJSON)
			}
			return a.listSchedules(c.Context(), d, time.Time(from), next.value, *asJSON)
		})
	}
	c.AddCommand(a.schedulesSkip(), a.schedulesRun(), a.schedulesPause(), a.schedulesResume(), a.schedulesLog())
	return c
}

func (a *app) listSchedules(ctx context.Context, d *daemon.Daemon, from time.Time, n int, asJSON bool) error {
	lines := []scheduleLine{}
	for _, s := range d.Schedules() {
		l, err := upcoming(ctx, d, s, from, n)
		if err != nil {
			return err
		}
		lines = append(lines, l)
		if !asJSON {
			a.tellSchedule(s, l)
		}
	}
	if asJSON {
		return a.json(lines)
	}
	if len(lines) == 0 {
		fmt.Fprintf(a.errs, "There is no schedule; write one under schedules in %s, or make one at the desk.\n", a.config)
	}
	trust, err := d.Store.Trust(ctx)
	if err == nil && trust.Doubt.Covers(d.Store.Now()) {
		fmt.Fprintf(a.errs, "What comes due is held: %s\n", trust.Doubt.Reason)
	}
	return err
}

// upcoming lists a schedule's next sends; one that falls on from itself counts.
func upcoming(ctx context.Context, d *daemon.Daemon, s *schedules.Schedule, from time.Time, n int) (scheduleLine, error) {
	l := scheduleLine{s.Newsletter, s.Name, s.Words(), s.Timezone, s.Local, s.Rests(), []send{}, d.AtDesk(s)}
	coming, err := d.Coming(ctx, s, from.Add(-1), store.Forever, n)
	for _, o := range coming {
		l.Next = append(l.Next, send{o.At.In(s.Zone()).Format(time.RFC3339), o.At.UTC().Format(time.RFC3339), o.Reason, o.Slot})
	}
	return l, err
}

func (a *app) tellSchedule(s *schedules.Schedule, l scheduleLine) {
	made := ""
	if l.AtDesk {
		made = ", made at the desk"
	}
	fmt.Fprintf(a.out, "%s/%s: %s (%s)%s\n", l.Newsletter, l.Name, l.Words, l.Timezone, made)
	for _, w := range s.Warnings {
		fmt.Fprintf(a.out, "  note: %s\n", w)
	}
	for _, b := range l.Blackouts {
		fmt.Fprintf(a.out, "  not on %s\n", b)
	}
	for _, one := range l.Next {
		at, _ := time.Parse(time.RFC3339, one.Local)
		out := ""
		if one.Out != "" {
			out = "   does not go out: " + magazine.CleanText(one.Out)
		}
		local := at.Format("Mon 2006-01-02 15:04 -0700")
		if s.Local {
			local = at.Format("Mon 2006-01-02 ") + one.slot + " in each zone, from"
		}
		fmt.Fprintf(a.out, "  %s   %s%s\n", local, one.UTC, out)
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
