package main

import (
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/magazine"
)

func (a *app) articles() *cobra.Command {
	c := &cobra.Command{
		Use: "articles", Short: "List the articles and the files that are held",
		Example: "  postrider articles\n  postrider articles --state held",
	}
	asJSON := jsonFlag(c)
	state := c.Flags().String("state", "", "only those that are published, scheduled, draft, held or withdrawn")
	c.RunE = func(c *cobra.Command, args []string) error {
		states := []string{"published", "scheduled", "draft", "held", "withdrawn"}
		if *state != "" && !slices.Contains(states, *state) {
			return usageError{fmt.Errorf("--state %s: write published, scheduled, draft, held or withdrawn", *state)}
		}
		return a.with(c.Context(), func(d *daemon.Daemon) error {
			all, err := d.Store.ArticleListings(c.Context())
			if err != nil {
				return err
			}
			type line struct {
				File     string             `json:"file"`
				State    string             `json:"state"`
				Slug     string             `json:"slug"`
				Title    string             `json:"title"`
				Problems []magazine.Problem `json:"problems"`
			}
			list := []line{}
			for _, l := range all {
				if *state == "" || string(l.State) == *state {
					list = append(list, line{l.File, string(l.State), l.Slug, l.Title, append([]magazine.Problem{}, l.Problems...)})
				}
			}
			if *asJSON {
				return a.json(list)
			}
			w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
			for _, l := range list {
				fmt.Fprintf(w, "%s\t%s\t%s\n", l.State, l.File, l.Title)
				for _, p := range l.Problems {
					fmt.Fprintf(w, "\t\t  %s\n", p)
				}
			}
			return w.Flush()
		})
	}
	return c
}
