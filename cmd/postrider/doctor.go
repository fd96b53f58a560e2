package main

import (
	"fmt"
	"net"
	"net/mail"
	"time"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/magazine"
	"postrider/mailer/doctor"
)

func (a *app) doctor() *cobra.Command {
	c := &cobra.Command{
		Use: "doctor COMMAND", Short: "Look over what the publication depends on",
		Example: examples("postrider doctor mail"),
	}
	c.AddCommand(a.doctorMail())
	return c
}

func (a *app) doctorMail() *cobra.Command {
	c := &cobra.Command{
		Use: "mail", Short: "Look over how mail leaves, and what the DNS says of it",
		Long: "Calls each relay and looks at its certificate, the sign-in, its limit and its extensions; asks the DNS for the SPF, DKIM and DMARC records of the domain that mail comes from, and for who takes its mail; " +
			"and looks at the address that unsubscribes. Each finding is ok, a warning, or wrong, with what to do about it. Nothing is sent unless --send or --to asks for a test message, and nothing is changed. " +
			"The exit code is 1 where anything is wrong.",
		Example: examples("postrider doctor mail", "postrider doctor mail --json", "postrider doctor mail --to you@example.org", "postrider doctor mail --send"),
	}
	asJSON := jsonFlag(c)
	to := c.Flags().String("to", "", "send a test message to this address, `EMAIL`")
	send := c.Flags().Bool("send", false, "send a test message to the admins (mail.admins)")
	c.MarkFlagsMutuallyExclusive("to", "send")
	c.RunE = func(c *cobra.Command, args []string) error {
		cfg, err := a.load()
		if err != nil {
			return err
		}
		var people []mail.Address
		if *to != "" {
			one, err := mail.ParseAddress(*to)
			if err != nil {
				return magazine.Errorf(magazine.Invalid, "%q is no mail address", *to)
			}
			people = []mail.Address{*one}
		}
		if *send {
			if people = cfg.Mail.Admins; len(people) == 0 {
				return magazine.Errorf(magazine.Invalid, "the configuration has no mail.admins; name somebody with --to EMAIL")
			}
		}
		found, err := daemon.ExamineMail(c.Context(), cfg, a.resolver(), time.Now())
		if err != nil {
			return err
		}
		if len(people) > 0 {
			sent, err := daemon.SendTest(c.Context(), cfg, people, time.Now)
			if err != nil {
				return err
			}
			found = append(found, sent...)
		}
		return a.diagnosis(found, *asJSON)
	}
	return c
}

// resolver is what is asked of the DNS.
func (a *app) resolver() doctor.DNS {
	if a.dns != nil {
		return a.dns
	}
	return net.DefaultResolver
}

// diagnosis prints what was found.
func (a *app) diagnosis(found []doctor.Finding, asJSON bool) error {
	how := map[doctor.Level]int{}
	about := ""
	for _, f := range found {
		if how[f.Level]++; asJSON {
			continue
		}
		if f.About != about {
			about = f.About
			fmt.Fprintln(a.out, magazine.CleanText(about))
		}
		fmt.Fprintf(a.out, "  %-7s  %s\n", f.Level, magazine.CleanText(f.Text))
		if f.Mend != "" {
			fmt.Fprintf(a.out, "           to mend it: %s\n", magazine.CleanText(f.Mend))
		}
	}
	if asJSON {
		if err := a.json(found); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(a.errs, "%d ok, %s, %d wrong\n", how[doctor.OK], count(how[doctor.Warning], "warning"), how[doctor.Wrong])
	}
	if how[doctor.Wrong] > 0 {
		return errSaid
	}
	return nil
}
