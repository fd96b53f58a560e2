package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/magazine"
)

func (a *app) articles() *cobra.Command {
	c := &cobra.Command{
		Use: "articles", Short: "List the articles and the files that are held",
		Long: "Lists what was read last, by file. Below it stand the problems, each with its file and line, its value and what to do about it. " +
			"A held file keeps its article as it was last read; one that was never read has none.",
		Example: examples("postrider articles", "postrider articles --state held", "postrider articles --state scheduled --json"),
	}
	asJSON := jsonFlag(c)
	state := c.Flags().String("state", "", "only those in this `STATE`: published, scheduled, draft, held or withdrawn")
	c.RunE = func(c *cobra.Command, args []string) error {
		states := []string{"published", "scheduled", "draft", "held", "withdrawn"}
		if c.Flags().Changed("state") && !slices.Contains(states, *state) {
			return usagef("--state %q: write published, scheduled, draft, held or withdrawn", *state)
		}
		return a.with(c.Context(), nil, func(d *daemon.Daemon) error { return a.listArticles(c, d, *state, *asJSON) })
	}
	return c
}

// listArticles lists the articles in a state, or all where it is empty.
func (a *app) listArticles(c *cobra.Command, d *daemon.Daemon, state string, asJSON bool) error {
	all, err := d.Listings(c.Context())
	if err != nil {
		return err
	}
	type line struct {
		File     string    `json:"file"`
		State    string    `json:"state"`
		Slug     string    `json:"slug"`
		Title    string    `json:"title"`
		Problems []problem `json:"problems"`
	}
	none := "No article has been read; see: postrider read"
	if state != "" {
		none = "No article is " + state + "."
	}
	articles := a.list(asJSON, none, "State", "File", "Title")
	var wrong []problem
	for _, l := range all {
		if state != "" && string(l.State) != state {
			continue
		}
		problems := []problem{}
		for _, p := range l.Problems {
			problems = append(problems, inFile(l.File, p))
		}
		wrong = append(wrong, problems...)
		if err := articles.add(line{l.File, string(l.State), l.Slug, magazine.CleanText(l.Title), problems}, string(l.State), l.File, l.Title); err != nil {
			return err
		}
	}
	if err := articles.end(); err != nil || asJSON || len(wrong) == 0 {
		return err
	}
	fmt.Fprintln(a.out)
	for _, p := range wrong {
		fmt.Fprintln(a.out, p)
	}
	return nil
}
