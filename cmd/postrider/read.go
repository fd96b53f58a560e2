package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"postrider/daemon"
)

func (a *app) read() *cobra.Command {
	c := &cobra.Command{
		Use: "read", Short: "Read the sources once",
		Long:    "Reads what is new or changed in the sources, beside a running daemon or without. Files that are held are listed by: postrider articles --state held",
		Example: "  postrider read\n  postrider read --withdraw   # also what a vanished folder would withdraw",
	}
	asJSON := jsonFlag(c)
	withdraw := c.Flags().Bool("withdraw", false, "withdraw articles whose files are gone, however many they are")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(d *daemon.Daemon) error {
			done, err := d.Read(c.Context(), *withdraw, a.progress("reading"))
			if err != nil {
				return err
			}
			if *asJSON {
				return a.json(done)
			}
			fmt.Fprintf(a.out, "%d new, %d changed, %d withdrawn, %d held, %d unchanged\n", done.New, done.Changed, done.Withdrawn, done.Held, done.Unchanged)
			for _, p := range done.Problems {
				fmt.Fprintln(a.errs, "postrider: "+p)
			}
			return nil
		})
	}
	return c
}
