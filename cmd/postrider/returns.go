package main

import (
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/mailer/returns"
	"postrider/store"
)

func (a *app) bounces() *cobra.Command {
	c := &cobra.Command{
		Use: "bounces", Short: "List what came back of the mail, and explain it",
		Long: "Lists the bounces and complaints that came back, oldest first: from whom, what the server said, and what was done: suppressed (the address gets no more mail), " +
			"counted (a soft bounce; several editions in a row suppress), noted (nobody is blamed) or ignored (it does not fit what was sent). " +
			"What changed nothing is kept for 90 days, all else for two years. With a command below it, explains messages in files, or counts what was refused.",
		Example: examples("postrider bounces", "postrider bounces --to amina@example.org", "postrider bounces --edition b2k7q3mzx4ta --all", "postrider bounces --json", "postrider bounces explain returned.eml"),
	}
	c.AddCommand(a.bouncesExplain(), a.bouncesRefused())
	asJSON := jsonFlag(c)
	edition := c.Flags().String("edition", "", "only of the edition with this `ID`")
	to := c.Flags().String("to", "", "only from this address, `EMAIL`")
	all := c.Flags().Bool("all", false, "also automatic replies, delays, and mail that arrived")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), a.log(slog.LevelWarn), func(d *daemon.Daemon) error {
			of := store.ReturnFilter{Edition: *edition, Email: *to, Kinds: []string{string(returns.Bounce), string(returns.Complaint)}}
			if *all {
				of.Kinds = nil
			}
			if *edition != "" {
				if _, err := d.Store.Edition(c.Context(), *edition); err != nil {
					return err
				}
			}
			return a.listReturns(c, d, of, *asJSON)
		})
	}
	return c
}

type returnLine struct {
	At         string `json:"at"` // UTC
	Via        string `json:"via"`
	Kind       string `json:"kind"`
	Class      string `json:"class"`
	Email      string `json:"email"`
	Edition    string `json:"edition"`
	Newsletter string `json:"newsletter"`
	Status     string `json:"status"`
	Code       int    `json:"code"`
	Diagnostic string `json:"diagnostic"`
	Effect     string `json:"effect"`
	Detail     string `json:"detail"`
}

func (a *app) listReturns(c *cobra.Command, d *daemon.Daemon, of store.ReturnFilter, asJSON bool) error {
	list := a.list(asJSON, "Nothing has come back.", "At", "Address", "Edition", "Kind", "Class", "Done", "Words")
	err := d.Store.EachReturn(c.Context(), of, func(r store.Return) error {
		line := returnLine{r.At.Format(time.RFC3339), r.Via, r.Kind, r.Class, r.Email, r.Edition, r.Newsletter, r.Status, r.Code, r.Diagnostic, string(r.Effect), r.Detail}
		done := string(r.Effect)
		if r.Detail != "" {
			done += ": " + r.Detail
		}
		return list.add(line, r.At.In(d.Publication.Zone).Format("2006-01-02 15:04:05 -0700"), r.Email, r.Edition, r.Kind, r.Class, done, strings.TrimSpace(r.Status+" "+r.Diagnostic))
	})
	if err != nil {
		return err
	}
	return list.end()
}

type refusedLine struct {
	Day    string `json:"day"` // in UTC
	Via    string `json:"via"`
	Reason string `json:"reason"`
	Number int    `json:"number"`
}

func (a *app) bouncesRefused() *cobra.Command {
	c := &cobra.Command{
		Use: "refused", Short: "Count what came back and was refused",
		Long: "Counts what came in the last 90 days and changed nothing, by day and way: forged (a return path that was never used), unknown (nothing in it proves that it is about " +
			"a message of ours), many (50 came back of one message already) and proof (a webhook was called without its secret or signature).",
		Example: examples("postrider bounces refused", "postrider bounces refused --json"),
	}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), a.log(slog.LevelWarn), func(d *daemon.Daemon) error {
			counts, err := d.Store.Refused(c.Context(), d.Store.Now().AddDate(0, 0, -90))
			if err != nil {
				return err
			}
			list := a.list(*asJSON, "Nothing was refused.", "Day", "Via", "Reason", "Number")
			for _, r := range counts {
				if err := list.add(refusedLine(r), r.Day, r.Via, r.Reason, strconv.Itoa(r.Number)); err != nil {
					return err
				}
			}
			return list.end()
		})
	}
	return c
}
