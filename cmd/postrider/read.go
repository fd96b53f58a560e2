package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/magazine"
)

// mostHeld is how many held files read names.
const mostHeld = 20

func (a *app) read() *cobra.Command {
	c := &cobra.Command{
		Use: "read", Short: "Read the sources once",
		Long: "Reads what is new or changed in the sources, beside a running daemon or without. Files that are held are named with what to mend; " +
			"the others are read all the same, and the exit code is 0.",
		Example: examples("postrider read", "postrider read --json", "postrider read --withdraw    # also what a vanished folder would withdraw"),
	}
	asJSON := jsonFlag(c)
	withdraw := c.Flags().Bool("withdraw", false, "withdraw articles whose files are gone, however many they are")
	c.RunE = func(c *cobra.Command, args []string) error {
		roomy(c.Context(), 220, 100)
		return a.with(c.Context(), nil, func(d *daemon.Daemon) error {
			bar := a.bar("reading")
			done, err := d.Read(c.Context(), *withdraw, bar.show)
			bar.clear()
			if err != nil {
				return err
			}
			if done.Held+len(done.Problems) > 0 {
				if err := a.tellHeld(c, d); err != nil {
					return err
				}
			}
			if *asJSON {
				return a.json(done)
			}
			_, err = fmt.Fprintf(a.out, "%d new, %d changed, %d withdrawn, %d held, %d unchanged\n", done.New, done.Changed, done.Withdrawn, done.Held, done.Unchanged)
			return err
		})
	}
	return c
}

// tellHeld says on standard error which files are held, and why.
func (a *app) tellHeld(c *cobra.Command, d *daemon.Daemon) error {
	all, err := d.Listings(c.Context())
	if err != nil {
		return err
	}
	n := 0
	for _, l := range all {
		if l.State != magazine.Held {
			continue
		}
		if n++; n > mostHeld {
			continue
		}
		for _, p := range l.Problems {
			if !p.Warning {
				fmt.Fprintf(a.errs, "held: %s\n", inFile(l.File, p))
			}
		}
	}
	if n > mostHeld {
		fmt.Fprintf(a.errs, "and %d more; see: postrider articles --state held\n", n-mostHeld)
	}
	return nil
}
