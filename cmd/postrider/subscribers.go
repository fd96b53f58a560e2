package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

func (a *app) subscribers() *cobra.Command {
	c := &cobra.Command{Use: "subscribers", Short: "Add, import and list subscribers"}
	c.AddCommand(a.subscribersAdd(), a.subscribersImport(), a.subscribersList())
	return c
}

func (a *app) subscribersAdd() *cobra.Command {
	c := &cobra.Command{
		Use: "add EMAIL", Args: cobra.ExactArgs(1), Short: "Add a subscriber",
		Long: "Adds what is new for an address; one who left or is suppressed is never revived. Without --newsletter it means all digests. Without --confirmed the person is asked by mail, and nothing else is sent before they agree.",
		Example: "  postrider subscribers add amina@example.org --name \"Amina\" --newsletter weekly --confirmed\n" +
			"  postrider subscribers add amina@example.org --author salma-oduya",
	}
	name := c.Flags().String("name", "", "the person's name")
	letters := c.Flags().StringArray("newsletter", nil, "a newsletter; may be repeated")
	authors := c.Flags().StringArray("author", nil, "follow only this author (slug); may be repeated")
	sections := c.Flags().StringArray("section", nil, "follow only this section (slug); may be repeated")
	zone := c.Flags().String("timezone", "", "the person's time zone, such as Africa/Nairobi")
	confirmed := c.Flags().Bool("confirmed", false, "the person has agreed; you answer for it")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(d *daemon.Daemon) error {
			r := members.Request{Email: args[0], Name: *name, Newsletters: *letters, Follows: follows(*authors, *sections), Timezone: *zone, Form: "postrider subscribers add"}
			became, err := d.Members.Add(c.Context(), r, *confirmed, true)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.out, "%s: %s\n", args[0], admissions[became])
			return nil
		})
	}
	return c
}

var admissions = map[members.Admission]string{
	members.Added: "added", members.Extended: "already there; what is new was added", members.Known: "already there; nothing changed",
	members.Left: "has left and is not added again; they can join again themselves", members.Suppressed: "is suppressed and is not added",
}

func follows(authors, sections []string) (all []magazine.Follow) {
	for _, slug := range authors {
		all = append(all, magazine.Follow{Kind: magazine.FollowAuthor, Slug: slug})
	}
	for _, slug := range sections {
		all = append(all, magazine.Follow{Kind: magazine.FollowSection, Slug: slug})
	}
	return all
}

func (a *app) subscribersImport() *cobra.Command {
	c := &cobra.Command{
		Use: "import FILE.csv", Args: cobra.ExactArgs(1), Short: "Import subscribers from CSV",
		Long: "Columns are found by their headings: email (needed), name or first and last name, timezone, author and section (slugs to follow, with spaces between). Nobody is mailed. One who left or is suppressed is never revived. An import that was cut short can be run again.",
		Example: "  postrider subscribers import people.csv --dry-run\n" +
			"  postrider subscribers import people.csv --newsletter weekly --confirmed",
	}
	letters := c.Flags().StringArray("newsletter", nil, "a newsletter; may be repeated (all digests unless given)")
	confirmed := c.Flags().Bool("confirmed", false, "these people have agreed; you answer for it")
	dry := c.Flags().Bool("dry-run", false, "change nothing; say what would come of it")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		f, err := os.Open(args[0])
		if err != nil {
			return magazine.Errorf(magazine.NotFound, "cannot read the list: %w", err)
		}
		defer f.Close()
		return a.with(c.Context(), func(d *daemon.Daemon) error {
			done, err := d.Members.Import(c.Context(), f, members.ImportOptions{Newsletters: *letters, Confirmed: *confirmed, DryRun: *dry, Origin: "import of " + filepath.Base(args[0])})
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			if *asJSON {
				return a.json(done)
			}
			for _, p := range done.Problems {
				fmt.Fprintf(a.errs, "%s: %s\n", args[0], p)
			}
			would := ""
			if *dry {
				would = "would be: "
			}
			fmt.Fprintf(a.out, "%s%d added, %d extended, %d already there, %d had left, %d suppressed, %d invalid\n", would, done.Added, done.Extended, done.Known, done.Left, done.Suppressed, done.Invalid)
			return nil
		})
	}
	return c
}

func (a *app) subscribersList() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "List the subscribers"}
	asJSON := jsonFlag(c)
	type share struct {
		Newsletter string            `json:"newsletter"`
		State      string            `json:"state"`
		Follows    []magazine.Follow `json:"follows"`
	}
	type line struct {
		Email       string  `json:"email"`
		Name        string  `json:"name"`
		State       string  `json:"state"`
		Suppressed  string  `json:"suppressed"`
		Timezone    string  `json:"timezone"`
		Created     string  `json:"created"`
		Newsletters []share `json:"newsletters"`
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(d *daemon.Daemon) error {
			list := []line{}
			w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
			err := d.Store.EachSubscriber(c.Context(), func(p store.SubscriberListing) error {
				l := line{p.Email, p.Name, string(p.State), p.Suppressed, p.Timezone, p.Created.Format(time.RFC3339), []share{}}
				words := []string{}
				for _, n := range p.Subscriptions {
					l.Newsletters = append(l.Newsletters, share{n.Newsletter, string(n.State), append([]magazine.Follow{}, n.Follows...)})
					if n.State == magazine.SubscriptionActive {
						words = append(words, n.Newsletter)
					}
				}
				if *asJSON {
					list = append(list, l)
					return nil
				}
				_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", l.Email, l.Name, l.State, strings.Join(words, ", "))
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
