package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"postrider/daemon"
)

func (a *app) preview() *cobra.Command {
	c := &cobra.Command{
		Use: "preview NEWSLETTER --to EMAIL", Args: cobra.ExactArgs(1), Short: "Show exactly what a person would get now",
		Example: "  postrider preview weekly --to amina@example.org\n  postrider preview weekly --to amina@example.org --eml preview.eml",
	}
	to := c.Flags().String("to", "", "the subscriber's `address` (needed)")
	eml := c.Flags().String("eml", "", "write the whole message to this `file`")
	c.RunE = func(c *cobra.Command, args []string) error {
		if *to == "" {
			return usageError{fmt.Errorf("--to is needed: the subscriber's address")}
		}
		return a.with(c.Context(), func(d *daemon.Daemon) error {
			m, err := d.Preview(c.Context(), args[0], *to)
			if err != nil {
				return err
			}
			if m == nil {
				fmt.Fprintf(a.out, "Nothing is new for %s: no mail would be sent.\n", *to)
				return nil
			}
			if *eml == "" {
				fmt.Fprintf(a.out, "Subject: %s\nTo: %s\n\n%s", m.Subject, m.To.String(), m.Text)
				return nil
			}
			var b bytes.Buffer
			if _, err := m.WriteTo(&b); err != nil {
				return err
			}
			if err := os.WriteFile(*eml, b.Bytes(), 0o600); err != nil {
				return err
			}
			fmt.Fprintln(a.out, *eml)
			return nil
		})
	}
	return c
}
