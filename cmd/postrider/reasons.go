package main

import (
	"time"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/magazine"
	"postrider/store"
)

func (a *app) subscribersReasons() *cobra.Command {
	c := &cobra.Command{
		Use: "reasons NEWSLETTER", Args: takes("NEWSLETTER"), Short: "Show why people left a newsletter",
		Long:    "Lists what people wrote who left a newsletter by the link in its mails, the latest first. Most write nothing.",
		Example: examples("postrider subscribers reasons weekly", "postrider subscribers reasons weekly --json"),
	}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), nil, func(d *daemon.Daemon) error {
			if _, err := d.Newsletter(args[0]); err != nil {
				return err
			}
			list := a.list(*asJSON, "Nobody said why", "Left", "Email", "Reason")
			err := d.Store.EachLeaving(c.Context(), args[0], func(l store.Leaving) error {
				p, err := d.Store.Subscriber(c.Context(), l.Subscriber)
				if magazine.CodeOf(err) == magazine.NotFound { // erased at this moment
					return nil
				}
				if err != nil {
					return err
				}
				line := reason{Left: l.At.Format(time.RFC3339), Email: p.Email, Reason: l.Reason}
				return list.add(line, line.Left, line.Email, line.Reason)
			})
			if err != nil {
				return err
			}
			return list.end()
		})
	}
	return c
}

type reason struct {
	Left   string `json:"left"` // UTC
	Email  string `json:"email"`
	Reason string `json:"reason"`
}
