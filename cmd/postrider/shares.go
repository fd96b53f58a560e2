package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/magazine"
)

func (a *app) subscribersFollow() *cobra.Command {
	c := &cobra.Command{
		Use: "follow EMAIL NEWSLETTER WHAT...", Short: "Change what a person follows",
		Long: "Makes a subscription follow exactly what is named, in place of what it followed: author:SLUG, section:SLUG, tag:NAME, or everything. " +
			"What was followed already loses nothing that waits for the person; what is new counts from now on.",
		Example: examples("postrider subscribers follow amina@example.org weekly author:salma-oduya section:essays 'tag:deep sea'", "postrider subscribers follow amina@example.org weekly everything"),
	}
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) < 3 {
			return usagef("%s needs EMAIL, NEWSLETTER and WHAT; see: %s --help", title(c), c.CommandPath())
		}
		return nil
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		follows, err := followed(args[2:])
		if err != nil {
			return err
		}
		return a.with(c.Context(), nil, func(d *daemon.Daemon) error {
			if _, err := d.Newsletter(args[1]); err != nil {
				return err
			}
			if err := d.Members.SetFollows(c.Context(), args[0], args[1], follows); err != nil {
				return err
			}
			what := "everything in " + args[1]
			if len(follows) > 0 {
				what = strings.Join(args[2:], ", ") + " in " + args[1]
			}
			_, err := fmt.Fprintf(a.out, "%s follows %s.\n", magazine.CleanText(args[0]), magazine.CleanText(what))
			return err
		})
	}
	return c
}

// followed reads what a person is to follow: nothing for everything.
func followed(words []string) (all []magazine.Follow, err error) {
	if len(words) == 1 && words[0] == "everything" {
		return nil, nil
	}
	for _, word := range words {
		kind, slug, ok := strings.Cut(word, ":")
		f := magazine.Follow{Kind: magazine.FollowKind(kind), Slug: strings.TrimSpace(slug)}
		known := f.Kind == magazine.FollowAuthor || f.Kind == magazine.FollowSection || f.Kind == magazine.FollowTag
		if !ok || !known || f.Slug == "" {
			return nil, usagef("%q is nothing to follow; write author:SLUG, section:SLUG or tag:NAME, or everything alone", magazine.CleanText(word))
		}
		all = append(all, f)
	}
	return all, nil
}

func (a *app) subscribersHour() *cobra.Command {
	c := &cobra.Command{
		Use: "hour EMAIL NEWSLETTER HOUR", Args: takes("EMAIL", "NEWSLETTER", "HOUR"), Short: "Change the hour at which a person has a newsletter",
		Long: "Sends the person the newsletter at an hour of the day of their own, from 0 to 23, on the clocks of their time zone; schedule goes back to the schedule's time. " +
			"The newsletter has to let people choose (own_hour). What is under way and has had its turn at that hour comes after the last of the others.",
		Example: examples("postrider subscribers hour amina@example.org weekly 20", "postrider subscribers hour amina@example.org weekly schedule"),
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), nil, func(d *daemon.Daemon) error {
			if _, err := d.Newsletter(args[1]); err != nil {
				return err
			}
			hour, err := d.Members.SetHour(c.Context(), args[0], args[1], args[2])
			if err != nil {
				return err
			}
			words := "at the schedule's time"
			if hour != "" {
				words = "at " + hour
			}
			_, err = fmt.Fprintf(a.out, "%s gets %s %s.\n", magazine.CleanText(args[0]), args[1], words)
			return err
		})
	}
	return c
}

func (a *app) subscribersTier() *cobra.Command {
	c := &cobra.Command{
		Use: "tier EMAIL TIER", Args: takes("EMAIL", "TIER"), Short: "Change what a person may read",
		Long: "Gives a person a tier: free, member, or one of publication.tiers, at once and everywhere. With --ends it counts up to that day in the publication's time zone, and that day too; " +
			"from then on the person is free. Without it a tier that they have already keeps its end, and another has none.",
		Example: examples("postrider subscribers tier amina@example.org member --ends 2026-12-31", "postrider subscribers tier amina@example.org free"),
	}
	ends := c.Flags().String("ends", "", "the last `DATE` on which the tier counts, such as 2026-12-31, or never")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), nil, func(d *daemon.Daemon) error {
			p, err := d.Members.SetTier(c.Context(), args[0], magazine.Tier(args[1]), *ends)
			if err != nil {
				return err
			}
			words := ""
			if last := d.Members.TierEndsOn(p); last != "" {
				words = ", up to " + last
			}
			_, err = fmt.Fprintf(a.out, "%s is %s%s.\n", p.Email, p.Tier, words)
			return err
		})
	}
	return c
}

func (a *app) subscribersPause() *cobra.Command {
	c := &cobra.Command{
		Use: "pause EMAIL NEWSLETTER", Args: takes("EMAIL", "NEWSLETTER"), Short: "Keep a newsletter from a person for a while",
		Long: "Sends the person nothing of the newsletter until a date, or until resume. What appears meanwhile waits for them, as far as the newsletter's max_age reaches; " +
			"with --fresh it does not. The date is reckoned in the person's time zone, else in the publication's.",
		Example: examples("postrider subscribers pause amina@example.org weekly --until 2026-12-01", "postrider subscribers pause amina@example.org weekly --fresh"),
	}
	until := c.Flags().String("until", "", "the first `DATE` on which mail is sent again, such as 2026-12-01; until resume unless given")
	fresh := c.Flags().Bool("fresh", false, "do not make up for what appears in the pause")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), nil, func(d *daemon.Daemon) error {
			if _, err := d.Newsletter(args[1]); err != nil {
				return err
			}
			end, words := magazine.Indefinitely, "until it is resumed"
			if *until != "" {
				var err error
				if end, err = startOf(c, d, *until, args[0]); err != nil {
					return err
				}
				words = "until " + end.Format("2006-01-02 15:04 MST")
			}
			if err := d.Members.Pause(c.Context(), args[0], args[1], end, *fresh); err != nil {
				return err
			}
			_, err := fmt.Fprintf(a.out, "%s gets no %s %s.\n", magazine.CleanText(args[0]), args[1], words)
			return err
		})
	}
	return c
}

// startOf is the instant at which a date begins for a person, or for the
// publication where the person's zone is not known.
func startOf(c *cobra.Command, d *daemon.Daemon, date, email string) (time.Time, error) {
	zone := d.Publication.Zone
	p, err := d.Store.SubscriberByEmail(c.Context(), email)
	if err != nil && magazine.CodeOf(err) != magazine.NotFound { // which is said later
		return time.Time{}, err
	}
	if own, err := time.LoadLocation(p.Timezone); err == nil && p.Timezone != "" {
		zone = own
	}
	at, err := magazine.ParseDay(date, zone)
	if err != nil {
		return time.Time{}, usagef("--until wants a date like 2026-12-01, not %q", magazine.CleanText(date))
	}
	return at, nil
}

func (a *app) subscribersResume() *cobra.Command {
	c := &cobra.Command{
		Use: "resume EMAIL NEWSLETTER", Args: takes("EMAIL", "NEWSLETTER"), Short: "End a pause now",
		Long:    "Ends a person's pause before its time. What has waited for them comes with the next edition; where the pause was made with --fresh, they start with what appears from now on.",
		Example: examples("postrider subscribers resume amina@example.org weekly"),
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), nil, func(d *daemon.Daemon) error {
			if _, err := d.Newsletter(args[1]); err != nil {
				return err
			}
			was, err := d.Members.Resume(c.Context(), args[0], args[1])
			if err != nil {
				return err
			}
			words := "had not paused; nothing changed."
			if was {
				words = "gets " + args[1] + " again."
			}
			_, err = fmt.Fprintf(a.out, "%s %s\n", magazine.CleanText(args[0]), words)
			return err
		})
	}
	return c
}

func (a *app) subscribersLift() *cobra.Command {
	c := &cobra.Command{
		Use: "lift EMAIL", Args: takes("EMAIL"), Short: "Let a suppressed address be mailed again",
		Long: "Lifts the suppression of an address that bounced, whose owner complained, or that was suppressed at the desk: it takes mail again, or its owner has asked for it. Why is kept with who did it. " +
			"One who had themselves erased is not mailed again before they sign up anew.",
		Example: examples(`postrider subscribers lift amina@example.org --reason "she wrote to us: the mailbox was full"`),
	}
	reason := c.Flags().String("reason", "", "`WHY` it may be mailed again; needed")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), nil, func(d *daemon.Daemon) error {
			if err := d.Members.Lift(c.Context(), args[0], *reason, person()); err != nil {
				return err
			}
			_, err := fmt.Fprintf(a.out, "%s may be mailed again.\n", magazine.CleanText(args[0]))
			return err
		})
	}
	return c
}
