package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/magazine"
	"postrider/store"
)

func (a *app) publish() *cobra.Command {
	return &cobra.Command{
		Use: "publish VOLUME NUMBER", Args: takes("VOLUME", "NUMBER"), Short: "Publish an open issue",
		Long: "Turns an open issue into a published one, as state: published in its file does. It stays published, " +
			"whatever its file says later. To publish it twice is the same as once.",
		Example: examples("postrider publish 12 11"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.with(c.Context(), nil, func(d *daemon.Daemon) error {
				ref := magazine.IssueRef{Volume: args[0], Number: args[1]}
				var now bool
				err := d.Store.Write(c.Context(), func(tx *store.Tx) (err error) {
					now, err = tx.PublishIssue(c.Context(), ref)
					return err
				})
				if magazine.CodeOf(err) == magazine.NotFound {
					return noIssue(c.Context(), d, ref)
				}
				if err != nil {
					return err
				}
				if now {
					fmt.Fprintf(a.out, "%s is published.\n", ref)
				} else {
					fmt.Fprintf(a.out, "%s was published already.\n", ref)
				}
				return nil
			})
		},
	}
}

// noIssue names the newest issues there are.
func noIssue(ctx context.Context, d *daemon.Daemon, ref magazine.IssueRef) error {
	all, err := d.Store.Issues(ctx)
	if err != nil {
		return err
	}
	have := ""
	for _, i := range all[:min(len(all), 5)] {
		have += fmt.Sprintf("; there is %s, which is %s", i.IssueRef, i.State)
	}
	return magazine.Errorf(magazine.NotFound, "there is no issue %s%s; if its files are new, run postrider read first", ref, have)
}
