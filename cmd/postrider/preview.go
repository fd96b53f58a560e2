package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/magazine"
	"postrider/mailer"
)

func (a *app) preview() *cobra.Command {
	c := &cobra.Command{
		Use: "preview NEWSLETTER --to EMAIL", Args: takes("NEWSLETTER"), Short: "Show exactly what a person would get",
		Long: "Makes the message that the subscriber would get if an edition were sent now, or at a time to come with the articles that appear until then, and prints its subject and plain text; " +
			"--eml writes all of it, for a mail program. Where a draft waits, or an edition in each reader's own time is still to come to them, that is shown. --explain says of each article why it is in, or not. Nothing is sent, and nothing counts as served.",
		Example: examples("postrider preview weekly --to amina@example.org", "postrider preview weekly --to amina@example.org --at 2026-12-04T07:00:00+03:00 --explain",
			"postrider preview weekly --to amina@example.org --eml preview.eml"),
	}
	to := c.Flags().String("to", "", "the subscriber's address, `EMAIL` (needed)")
	eml := c.Flags().String("eml", "", "write the whole message to this `FILE`")
	explain := c.Flags().Bool("explain", false, "say of each article why it is in, or not")
	var at instant
	c.Flags().Var(&at, "at", "as at this `TIME`, as of RFC 3339 (now unless given)")
	c.RunE = func(c *cobra.Command, args []string) error {
		if *to == "" {
			return usagef("preview needs --to EMAIL, the subscriber's address")
		}
		return a.with(c.Context(), nil, func(d *daemon.Daemon) error {
			p, err := d.Preview(c.Context(), args[0], *to, time.Time(at))
			if err != nil {
				return err
			}
			if p.Edition != "" {
				fmt.Fprintf(a.errs, "This is of edition %s, whose content is fixed.\n", p.Edition)
			}
			if !p.Theirs.IsZero() {
				fmt.Fprintf(a.errs, "It comes to %s in their own time, next on %s.\n", magazine.CleanText(*to), p.Theirs.Format("Mon 2006-01-02 15:04 -0700"))
			}
			if *explain {
				a.explain(p)
			}
			if p.Warning != "" {
				fmt.Fprintf(a.errs, "The mail is long: %s. Set maximum_articles, or send more often.\n", p.Warning)
			}
			switch m := p.Message; {
			case p.Skipped != "":
				fmt.Fprintf(a.errs, "The edition would be skipped: %s.\n", p.Skipped)
				return nil
			case m == nil:
				fmt.Fprintf(a.errs, "Nothing is new for %s: no mail would be sent.\n", magazine.CleanText(*to))
				return nil
			case *eml != "":
				return writeMessage(*eml, m)
			case *explain:
				return nil
			default:
				_, err := fmt.Fprintf(a.out, "Subject: %s\nTo: %s\n\n%s", p.Subject, m.To.String(), p.Text)
				return err
			}
		})
	}
	return c
}

// explain says of each article, the newest first, why it is in, or not.
func (a *app) explain(p *daemon.Preview) {
	for _, v := range slices.Backward(p.Verdicts) {
		in := "out"
		if v.In {
			in = "in "
		}
		fmt.Fprintf(a.out, "%s  %s: %s\n", in, magazine.CleanText(v.Article.Slug), magazine.CleanText(v.Why))
	}
}

func writeMessage(file string, m *mailer.Parcel) error {
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		return magazine.Errorf(magazine.Invalid, "the message cannot be made: %w", err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		return magazine.Errorf(magazine.Unavailable, "the message cannot be written: %w; name another file with --eml", err)
	}
	return nil
}
