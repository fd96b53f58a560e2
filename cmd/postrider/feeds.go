package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/feeds"
)

func (a *app) feeds() *cobra.Command {
	c := &cobra.Command{
		Use: "feeds --out DIR", Short: "Write every feed as a file, at the same paths as served",
		Long: "Writes the RSS, Atom and JSON feeds of the site and of every author, section and issue, and the list of them all, feeds.opml. " +
			"Files that have not changed are left alone, so the folder can be copied to a static host by their dates.",
		Example: examples("postrider feeds --out public"),
	}
	out := c.Flags().String("out", "", "the folder `DIR` to write to (needed)")
	c.RunE = func(c *cobra.Command, args []string) error {
		if *out == "" {
			return usagef("feeds needs --out DIR, the folder to write to")
		}
		return a.with(c.Context(), nil, func(d *daemon.Daemon) error {
			bar := a.bar("writing feeds")
			n, err := feeds.Export(c.Context(), d.Store, d.Feeds, *out, bar.show)
			bar.clear()
			if err == nil {
				fmt.Fprintf(a.out, "%d feeds in %s\n", n, *out)
			}
			return err
		})
	}
	return c
}
