package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/magazine"
	"postrider/store"
)

func (a *app) publish() *cobra.Command {
	return &cobra.Command{
		Use: "publish VOLUME NUMBER", Args: cobra.ExactArgs(2), Short: "Publish an open issue",
		Example: "  postrider publish 12 11",
		RunE: func(c *cobra.Command, args []string) error {
			return a.with(c.Context(), func(d *daemon.Daemon) error {
				ref := magazine.IssueRef{Volume: args[0], Number: args[1]}
				var now bool
				err := d.Store.Write(c.Context(), func(tx *store.Tx) (err error) {
					now, err = tx.PublishIssue(c.Context(), ref)
					return err
				})
				if magazine.CodeOf(err) == magazine.NotFound {
					return magazine.Errorf(magazine.NotFound, "there is no issue %s; run postrider read first if its files are new", ref)
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
