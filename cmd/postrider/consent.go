package main

import (
	"time"

	"github.com/spf13/cobra"

	"postrider/daemon"
)

func (a *app) subscribersConsent() *cobra.Command {
	c := &cobra.Command{
		Use: "consent EMAIL", Args: takes("EMAIL"), Short: "Show what a person asked for, and how",
		Long: "Lists the sign-ups of a person, oldest first: when they asked, from which network address, by which form and which version of its text, and when they confirmed. " +
			"With --json there is the text itself, too, and what they asked for.",
		Example: examples("postrider subscribers consent amina@example.org", "postrider subscribers consent amina@example.org --json"),
	}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), nil, func(d *daemon.Daemon) error {
			p, err := d.Members.Known(c.Context(), args[0])
			if err != nil {
				return err
			}
			signUps, err := d.Store.SignUpsOf(c.Context(), p.ID)
			if err != nil {
				return err
			}
			list := a.list(*asJSON, "They never signed up: somebody else added them", "Asked", "From", "Form", "Text", "Confirmed")
			for _, u := range signUps {
				line := consent{Asked: stamp(u.Created), Client: u.Client, Form: u.Origin, Version: u.Version, Mailed: stamp(u.Mailed), Confirmed: stamp(u.Confirmed), Newsletters: []share{}}
				if line.Text, err = d.Store.FormText(c.Context(), u.Version); err != nil {
					return err
				}
				for _, w := range u.Wants {
					line.Newsletters = append(line.Newsletters, share{Newsletter: w.Newsletter, Frequency: w.Frequency, Hour: w.Hour, Follows: w.Follows})
				}
				if err := list.add(line, line.Asked, line.Client, line.Form, line.Version, line.Confirmed); err != nil {
					return err
				}
			}
			return list.end()
		})
	}
	return c
}

type consent struct {
	Asked       string  `json:"asked"`        // UTC
	Client      string  `json:"from"`         // network address; empty: not known
	Form        string  `json:"form"`         // or the command
	Version     string  `json:"text_version"` // of what stood in the form; empty: not known
	Text        string  `json:"text"`
	Mailed      string  `json:"mailed"`    // UTC; empty: not yet
	Confirmed   string  `json:"confirmed"` // UTC; empty: not yet
	Newsletters []share `json:"newsletters"`
}

// stamp writes an instant in microseconds, zero for none.
func stamp(micros int64) string {
	if micros == 0 {
		return ""
	}
	return time.UnixMicro(micros).UTC().Format(time.RFC3339)
}
