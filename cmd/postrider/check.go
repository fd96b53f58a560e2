package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"postrider/config"
	"postrider/daemon"
	"postrider/magazine"
)

func (a *app) check() *cobra.Command {
	c := &cobra.Command{
		Use: "check", Short: "Look over the configuration and the sources, and list every problem",
		Long: "Reads the configuration and the sources as read would, changes nothing, and lists each problem with its place and what to do about it. " +
			"The exit code is 1 where anything is held back. Warnings tell what was repaired; they don't count.",
		Example: examples("postrider check", "postrider check --json", "postrider check --config /etc/postrider/config.yaml"),
	}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		found := []problem{}
		cfg, err := a.load()
		if err != nil {
			found = misconfigured(a.config, err)
		} else {
			bar := a.bar("reading")
			err := daemon.Check(c.Context(), daemon.Options{Config: cfg, Version: version}, bar.show, func(file string, p magazine.Problem) { found = append(found, inFile(file, p)) })
			bar.clear()
			if err != nil {
				return err
			}
		}
		bad := 0
		for _, p := range found {
			if !p.Warning {
				bad++
			}
			if !*asJSON {
				fmt.Fprintln(a.out, p)
			}
		}
		if *asJSON {
			if err := a.json(found); err != nil {
				return err
			}
		} else {
			a.sum(bad, len(found)-bad, cfg == nil)
		}
		if bad > 0 {
			return errSaid
		}
		return nil
	}
	return c
}

// sum says how many problems there are, to people.
func (a *app) sum(bad, warnings int, unread bool) {
	fmt.Fprintf(a.errs, "%s, %s\n", count(bad, "problem"), count(warnings, "warning"))
	if unread {
		fmt.Fprintln(a.errs, "The sources were not looked at: the configuration comes first.")
	}
}

// misconfigured lists the configuration's mistakes, or says why it cannot be
// read at all.
func misconfigured(file string, err error) []problem {
	var wrong config.Mistakes
	switch {
	case magazine.CodeOf(err) == magazine.NotFound:
		return []problem{{File: file, Text: "there is no configuration here", Mend: "name another with --config FILE, or write one with at least publication.title, publication.url and articles"}}
	case !errors.As(err, &wrong):
		return []problem{{File: file, Text: strings.TrimSpace(err.Error())}}
	}
	found := make([]problem, len(wrong))
	for i, m := range wrong {
		found[i] = mistake(file, m)
	}
	return found
}
