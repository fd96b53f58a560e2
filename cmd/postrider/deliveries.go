package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/magazine"
)

func (a *app) deliveries() *cobra.Command {
	c := &cobra.Command{
		Use: "deliveries", Short: "List who got what",
		Example: "  postrider deliveries --to amina@example.org\n  postrider deliveries --edition b2k7q3mzx4ta --json",
	}
	asJSON := jsonFlag(c)
	edition := c.Flags().String("edition", "", "only of this edition")
	to := c.Flags().String("to", "", "only to this `address`")
	type line struct {
		Edition  string `json:"edition"`
		Email    string `json:"email"`
		State    string `json:"state"`
		Reason   string `json:"reason"`
		Code     int    `json:"code"`
		Reply    string `json:"reply"`
		Relay    string `json:"relay"`
		Attempts int    `json:"attempts"`
		At       string `json:"at"`
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(d *daemon.Daemon) error {
			if *edition != "" {
				if _, err := d.Store.Edition(c.Context(), *edition); err != nil {
					return err
				}
			}
			list := []line{}
			w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
			err := d.Store.EachDelivery(c.Context(), *edition, *to, func(x magazine.Delivery) error {
				l := line{x.Edition, x.Email, string(x.State), x.Reason, x.Code, x.Reply, x.Relay, x.Attempts, x.At.Format(time.RFC3339)}
				if *asJSON {
					list = append(list, l)
					return nil
				}
				_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", l.At, l.Edition, l.Email, l.State, l.Reason)
				return err
			})
			if err != nil {
				return err
			}
			if *asJSON {
				return a.json(list)
			}
			return w.Flush()
		})
	}
	return c
}
