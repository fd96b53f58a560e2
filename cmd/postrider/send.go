package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/magazine"
)

func (a *app) send() *cobra.Command {
	c := &cobra.Command{
		Use: "send NEWSLETTER", Args: cobra.ExactArgs(1), Short: "Send an edition now",
		Long: "Makes an edition with what is new for each subscriber and waits until it is sent; what is deferred, a running daemon tries again later. Sends nothing where nothing is new. Interrupted, it goes on with the next send or serve. Exit code 1 when a delivery failed.",
	}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(d *daemon.Daemon) error {
			start := time.Now()
			e, err := d.Send(c.Context(), args[0], "postrider send", a.progress("sending"))
			if err != nil {
				return err
			}
			if *asJSON {
				err = a.json(sent(e, time.Since(start)))
			} else {
				err = a.told(e, args[0])
			}
			if err == nil && (e.Counts.Failed > 0 || e.State == magazine.EditionHeld) {
				return errSaid
			}
			return err
		})
	}
	return c
}

type sentJSON struct {
	Edition  *string `json:"edition"` // null where nothing is new
	Sent     int     `json:"sent"`
	Deferred int     `json:"deferred"`
	Failed   int     `json:"failed"`
	Skipped  int     `json:"skipped"`
	Seconds  float64 `json:"seconds"`
}

func sent(e *magazine.Edition, took time.Duration) sentJSON {
	s := sentJSON{Sent: e.Counts.Sent, Deferred: e.Counts.Deferred, Failed: e.Counts.Failed, Skipped: e.Counts.Skipped, Seconds: took.Seconds()}
	if e.State != magazine.EditionSkipped {
		s.Edition = &e.ID
	}
	return s
}

func (a *app) told(e *magazine.Edition, newsletter string) error {
	switch e.State {
	case magazine.EditionSkipped:
		fmt.Fprintf(a.out, "Nothing is new for anybody: nothing was sent.\n")
	case magazine.EditionHeld:
		fmt.Fprintf(a.out, "Edition %s of %s is held: %s\n", e.ID, newsletter, e.Reason)
	default:
		n := e.Counts
		fmt.Fprintf(a.out, "Edition %s of %s: %d sent, %d deferred, %d failed, %d skipped; %d had nothing new.\n", e.ID, newsletter, n.Sent, n.Deferred, n.Failed, n.Skipped, n.Nothing)
		if n.Deferred+n.Failed > 0 {
			fmt.Fprintf(a.out, "See who: postrider deliveries --edition %s\n", e.ID)
		}
	}
	return nil
}
