package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/magazine"
	"postrider/mailer"
)

func (a *app) preview() *cobra.Command {
	c := &cobra.Command{
		Use: "preview NEWSLETTER --to EMAIL", Args: takes("NEWSLETTER"), Short: "Show exactly what a person would get now",
		Long: "Makes the message that the subscriber would get if an edition were sent now, and prints its subject and plain text; --eml writes all of it, " +
			"for a mail program. Nothing is sent, and nothing counts as served.",
		Example: examples("postrider preview weekly --to amina@example.org", "postrider preview weekly --to amina@example.org --eml preview.eml"),
	}
	to := c.Flags().String("to", "", "the subscriber's address, `EMAIL` (needed)")
	eml := c.Flags().String("eml", "", "write the whole message to this `FILE`")
	c.RunE = func(c *cobra.Command, args []string) error {
		if *to == "" {
			return usagef("preview needs --to EMAIL, the subscriber's address")
		}
		return a.with(c.Context(), nil, func(d *daemon.Daemon) error {
			m, err := d.Preview(c.Context(), args[0], *to)
			switch {
			case err != nil:
				return err
			case m == nil:
				fmt.Fprintf(a.errs, "Nothing is new for %s: no mail would be sent.\n", magazine.CleanText(*to))
				return nil
			case *eml != "":
				return writeMessage(*eml, m)
			}
			_, err = fmt.Fprintf(a.out, "Subject: %s\nTo: %s\n\n%s", m.Subject, m.To.String(), m.Text)
			return err
		})
	}
	return c
}

func writeMessage(file string, m *mailer.Message) error {
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		return magazine.Errorf(magazine.Invalid, "the message cannot be made: %w", err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		return magazine.Errorf(magazine.Unavailable, "the message cannot be written: %w; name another file with --eml", err)
	}
	return nil
}
