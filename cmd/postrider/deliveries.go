package main

import (
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/magazine"
)

type deliveryLine struct {
	Edition  string  `json:"edition"`
	Email    string  `json:"email"`
	State    string  `json:"state"`
	Reason   string  `json:"reason"`
	Code     int     `json:"code"`
	Reply    string  `json:"reply"`
	Relay    string  `json:"relay"`
	Attempts int     `json:"attempts"`
	At       string  `json:"at"`   // UTC, as all
	Next     *string `json:"next"` // of a deferred one: when it is tried again
	Message  string  `json:"message_id"`
}

func (a *app) deliveries() *cobra.Command {
	c := &cobra.Command{
		Use: "deliveries", Short: "List who got what",
		Long: "Lists what became of each edition for each subscriber, oldest first: sent, deferred (it is tried again), failed or skipped, " +
			"when and through which relay, and why, with the relay's own words and when it is tried again. Who had nothing new in an edition has no delivery. " +
			"Those whom no relay has taken mail for yet come last: deferred, without an attempt.",
		Example: examples("postrider deliveries --to amina@example.org", "postrider deliveries --edition b2k7q3mzx4ta --json"),
	}
	asJSON := jsonFlag(c)
	edition := c.Flags().String("edition", "", "only of the edition with this `ID`")
	to := c.Flags().String("to", "", "only to this address, `EMAIL`")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), a.log(slog.LevelWarn), func(d *daemon.Daemon) error {
			if *edition != "" {
				if _, err := d.Store.Edition(c.Context(), *edition); err != nil {
					return err
				}
			}
			list := a.list(*asJSON, "There is no such delivery.", "At", "Edition", "Address", "State", "Relay", "Why")
			err := d.EachDelivery(c.Context(), *edition, *to, func(x magazine.Delivery) error {
				line := deliveryLine{x.Edition, x.Email, string(x.State), x.Reason, x.Code, x.Reply, x.Relay, x.Attempts, x.At.Format(time.RFC3339), instantOf(x.Next), x.MessageID}
				return list.add(line, x.At.In(d.Publication.Zone).Format("2006-01-02 15:04:05 -0700"), x.Edition, x.Email, string(x.State), x.Relay, why(x, d.Publication.Zone))
			})
			if err != nil {
				return err
			}
			return list.end()
		})
	}
	return c
}

// why is the reason, the relay's words, how often it was tried and when it is
// tried again.
func why(x magazine.Delivery, zone *time.Location) string {
	s, words := x.Reason, x.Reply
	if x.Code != 0 && words != "" {
		words = strconv.Itoa(x.Code) + " " + words
	}
	switch {
	case s == "":
		s = words
	case words != "":
		s += " (" + words + ")"
	}
	if x.Attempts > 1 {
		s += fmt.Sprintf("; %d attempts", x.Attempts)
	}
	if x.State == magazine.Deferred && !x.Next.IsZero() {
		s += "; tried again at " + x.Next.In(zone).Format("2006-01-02 15:04 -0700")
	}
	return s
}
