package main

import (
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/magazine"
	"postrider/store"
)

func (a *app) audit() *cobra.Command {
	c := &cobra.Command{
		Use: "audit", Args: takes(), Short: "List who changed what",
		Long: "Lists everything that people decided, by a command or at the desk, oldest first: about editions, schedules, and who may work at the desk. " +
			"The database lets nobody change or delete a line.",
		Example: examples("postrider audit --since 2026-11-01", "postrider audit --json"),
	}
	asJSON := jsonFlag(c)
	since := c.Flags().String("since", "", "from this `DATE` on, in the publication's time zone, such as 2026-11-01")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), a.log(slog.LevelWarn), func(d *daemon.Daemon) error {
			var from time.Time
			if *since != "" {
				var err error
				if from, err = magazine.ParseDay(*since, d.Publication.Zone); err != nil {
					return usagef("--since wants a date like 2026-11-01, not %q", *since)
				}
			}
			list := a.list(*asJSON, "Nobody has decided anything yet.", "At", "Who", "What", "Newsletter", "Edition", "Whom", "Detail")
			if err := d.Store.EachAct(c.Context(), from, func(x store.Act) error { return addAct(list, d, x, x.Whom) }); err != nil {
				return err
			}
			return list.end()
		})
	}
	return c
}

// addAct prints one line of what people did; whom it is about where there is a column
// for that.
func addAct(list *list, d *daemon.Daemon, x store.Act, whom ...string) error {
	name := x.Newsletter
	if x.Schedule != "" {
		name += "/" + x.Schedule
	}
	cells := append([]string{x.At.In(d.Publication.Zone).Format("2006-01-02 15:04:05 -0700"), x.Who, x.What, name, x.Edition}, whom...)
	return list.add(actOf(x), append(cells, x.Detail)...)
}
