package main

import (
	"strings"

	"github.com/spf13/cobra"

	"postrider/daemon"
)

func (a *app) subscribersFeeds() *cobra.Command {
	c := &cobra.Command{
		Use: "feeds EMAIL", Args: takes("EMAIL"), Short: "Show the addresses of a person's own feeds, or replace them",
		Long: "Prints where a person's own feeds are: everything, what they follow, and, with the slug of one in place of SLUG, each author and section. They have in full what the person may read. " +
			"The addresses are secrets: whoever has one reads what the person reads. With --replace the present ones end at once (410 Gone), and others take their place. " +
			"The feeds of one who leaves end, too.",
		Example: examples("postrider subscribers feeds amina@example.org", "postrider subscribers feeds amina@example.org --replace"),
	}
	replace := c.Flags().Bool("replace", false, "end the present addresses, and make others")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), nil, func(d *daemon.Daemon) error {
			below, err := d.OwnFeeds(c.Context(), args[0], *replace)
			if err != nil {
				return err
			}
			list := a.list(*asJSON, "", "Feed", "Address")
			for _, one := range [][2]string{{"everything", "/"}, {"what they follow", "/follows/"}, {"an author", "/authors/SLUG/"}, {"a section", "/sections/SLUG/"}} {
				line := ownFeed{one[0], strings.TrimSuffix(below, "/") + one[1] + "rss.xml"}
				if err := list.add(line, line.Feed, line.Address); err != nil {
					return err
				}
			}
			return list.end()
		})
	}
	return c
}

type ownFeed struct {
	Feed    string `json:"feed"`
	Address string `json:"address"` // of the RSS; atom.xml and feed.json stand beside it
}
