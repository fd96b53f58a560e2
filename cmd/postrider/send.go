package main

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/magazine"
)

func (a *app) send() *cobra.Command {
	c := &cobra.Command{
		Use: "send NEWSLETTER", Args: takes("NEWSLETTER"), Short: "Send an edition now",
		Long: "Makes an edition with what is new for each subscriber and waits until it is sent. Where nothing is new, nothing is sent. " +
			"With --to, one person gets what they had in the last edition of it that reached them again, as a new message, and nobody anything else. " +
			"A running daemon does the work; where none runs, the command does it itself. What is deferred is tried again by the daemon. " +
			"Interrupted, the edition goes on with the next serve or send. The exit code is 1 when a delivery failed, the edition is held or stays paused, or no relay takes its mail.",
		Example: examples("postrider send weekly", "postrider send weekly --json", "postrider send weekly --to amina@example.org"),
	}
	asJSON := jsonFlag(c)
	to := c.Flags().String("to", "", "send this person, `EMAIL`, their last edition again, and nobody anything else")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), a.log(slog.LevelWarn), func(d *daemon.Daemon) error {
			start, bar, waits := time.Now(), a.bar("sending"), ""
			tell := func(p daemon.Progress) {
				if p.Waits != waits && p.Waits != "" {
					bar.clear()
					fmt.Fprintln(a.errs, "postrider: it waits: "+p.Waits)
				}
				waits = p.Waits
				bar.sending(p, time.Now())
			}
			var e *magazine.Edition
			var err error
			if c.Flags().Changed("to") {
				e, err = d.SendAgain(c.Context(), args[0], *to, person()+" by postrider send --to", tell)
			} else {
				e, err = d.Send(c.Context(), args[0], person()+" by postrider send", tell)
			}
			bar.clear()
			if e == nil {
				return err
			}
			if *asJSON {
				err = errors.Join(err, a.json(sent(e, time.Since(start))))
			} else if err == nil {
				a.told(e)
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
	n := e.Counts
	s := sentJSON{Sent: n.Sent, Deferred: n.Deferred, Failed: n.Failed, Skipped: n.Skipped, Seconds: took.Round(time.Millisecond).Seconds()}
	if !nothingNew(e) {
		s.Edition = &e.ID
	}
	return s
}

// nothingNew tells that an edition went to nobody: nothing was new at all, or
// nothing that anybody follows.
func nothingNew(e *magazine.Edition) bool {
	n := e.Counts
	return e.State == magazine.EditionSkipped || e.State == magazine.EditionSent && n.Sent+n.Deferred+n.Failed+n.Skipped == 0
}

// told says to people what became of an edition.
func (a *app) told(e *magazine.Edition) {
	n := e.Counts
	switch {
	case e.Reason != "" && e.Reason != magazine.NothingNew.Text() && (e.State == magazine.EditionDropped || e.State == magazine.EditionSkipped):
		fmt.Fprintf(a.out, "Edition %s of %s is %s: %s\n", e.ID, e.Newsletter, e.State, e.Reason)
		return
	case nothingNew(e):
		fmt.Fprintln(a.out, "Nothing is new for anybody: nothing was sent.")
		return
	case e.State == magazine.EditionHeld:
		fmt.Fprintf(a.errs, "postrider: edition %s of %s is held: %s\n", e.ID, e.Newsletter, e.Reason)
		return
	}
	fmt.Fprintf(a.out, "Edition %s of %s: %d sent, %d deferred, %d failed, %d skipped; %d had nothing new.\n", e.ID, e.Newsletter, n.Sent, n.Deferred, n.Failed, n.Skipped, n.Nothing)
	if n.Deferred+n.Failed+n.Skipped > 0 {
		fmt.Fprintf(a.errs, "To see whose: postrider deliveries --edition %s\n", e.ID)
	}
}
