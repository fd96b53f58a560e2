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
		Example: "  postrider feeds --out public",
	}
	out := c.Flags().String("out", "", "the `folder` to write to (needed)")
	c.RunE = func(c *cobra.Command, args []string) error {
		if *out == "" {
			return usageError{fmt.Errorf("--out is needed: the folder to write to")}
		}
		return a.with(c.Context(), func(d *daemon.Daemon) error {
			n, err := feeds.Export(c.Context(), d.Store, d.Feeds, *out, a.progress("writing feeds"))
			if err == nil {
				fmt.Fprintf(a.out, "%d feeds in %s\n", n, *out)
			}
			return err
		})
	}
	return c
}
