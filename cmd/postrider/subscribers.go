package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

func (a *app) subscribers() *cobra.Command {
	c := &cobra.Command{
		Use: "subscribers COMMAND", Short: "Add, import and list subscribers, and change what they get",
		Example: examples("postrider subscribers add amina@example.org --confirmed", "postrider subscribers import people.csv --dry-run", "postrider subscribers list"),
	}
	c.AddCommand(a.subscribersAdd(), a.subscribersImport(), a.subscribersExport(), a.subscribersList(), a.subscribersFollow(), a.subscribersHour(), a.subscribersTier(), a.subscribersFeeds(), a.subscribersConsent(), a.subscribersReasons(), a.subscribersPause(), a.subscribersResume(), a.subscribersLift())
	return c
}

func (a *app) subscribersAdd() *cobra.Command {
	c := &cobra.Command{
		Use: "add EMAIL", Args: takes("EMAIL"), Short: "Add a subscriber",
		Long: "Adds what is new for an address; one who left or is suppressed is never revived. Without --newsletter all digests are meant, " +
			"without --author, --section and --tag everything in them. A known person's --frequency, --hour, --tier and --tier-ends are changed; without --newsletter, the frequency of those that have one of that name, and the hour of those that let people choose. Without --confirmed the person is asked by mail, and nothing else is sent before they agree.",
		Example: examples(`postrider subscribers add amina@example.org --name "Amina Said" --newsletter weekly --confirmed`,
			"postrider subscribers add amina@example.org --author salma-oduya --section essays"),
	}
	var r members.Request
	var authors, sections, tags []string
	c.Flags().StringVar(&r.Name, "name", "", "the person's `NAME`")
	c.Flags().StringArrayVar(&r.Newsletters, "newsletter", nil, "a newsletter's `NAME`; may be repeated")
	c.Flags().StringArrayVar(&authors, "author", nil, "follow this author only, by `SLUG`; may be repeated")
	c.Flags().StringArrayVar(&sections, "section", nil, "follow this section only, by `SLUG`; may be repeated")
	c.Flags().StringArrayVar(&tags, "tag", nil, "follow what has this `TAG` only; may be repeated")
	c.Flags().StringVar(&r.Timezone, "timezone", "", "the person's time `ZONE`, such as Africa/Nairobi")
	frequency := c.Flags().String("frequency", "", "how often, by the `NAME` of one of the newsletter's schedules; the first unless given")
	hour := c.Flags().String("hour", "", "the `HOUR` of the day at which the person has it, such as 7 or 20:00, where the newsletter lets people choose; schedule for its own time")
	tier := c.Flags().String("tier", "", "what the person may read: `TIER` free or member, or one of the publication's own")
	c.Flags().StringVar(&r.TierEnds, "tier-ends", "", "the last `DATE` on which the tier counts, such as 2026-12-31, or never")
	confirmed := c.Flags().Bool("confirmed", false, "the person has agreed; you answer for it")
	c.RunE = func(c *cobra.Command, args []string) error {
		r.Email, r.Follows, r.Tier, r.Form = args[0], follows(authors, sections, tags), magazine.Tier(*tier), c.CommandPath()
		r.Frequency, r.Hour = map[string]string{"": *frequency}, map[string]string{"": *hour}
		return a.with(c.Context(), nil, func(d *daemon.Daemon) error {
			if err := newsletters(d, r.Newsletters); err != nil {
				return err
			}
			became, err := d.Members.Add(c.Context(), r, *confirmed, true)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.out, "%s %s\n", magazine.CleanText(r.Email), admitted(became, *confirmed))
			return err
		})
	}
	return c
}

// newsletters checks that there are newsletters of these names; its error
// says which there are.
func newsletters(d *daemon.Daemon, names []string) error {
	for _, name := range names {
		if _, err := d.Newsletter(name); err != nil {
			return err
		}
	}
	return nil
}

// admitted says what became of an address.
func admitted(became members.Admission, confirmed bool) string {
	switch became {
	case members.Added:
		if confirmed {
			return "is added."
		}
		return "is added and asked by mail to confirm."
	case members.Extended:
		return "is known; what is new was added."
	case members.Known:
		return "is known; nothing changed."
	case members.Left:
		return "has left and is not added again; they can join again themselves."
	case members.Suppressed:
		return "is suppressed and is not added."
	}
	return "is " + string(became) + "."
}

func follows(authors, sections, tags []string) (all []magazine.Follow) {
	for _, slug := range authors {
		all = append(all, magazine.Follow{Kind: magazine.FollowAuthor, Slug: slug})
	}
	for _, slug := range sections {
		all = append(all, magazine.Follow{Kind: magazine.FollowSection, Slug: slug})
	}
	for _, tag := range tags {
		all = append(all, magazine.Follow{Kind: magazine.FollowTag, Slug: tag})
	}
	return all
}

type share struct {
	Newsletter  string            `json:"newsletter"`
	State       string            `json:"state"`
	Frequency   string            `json:"frequency"`    // empty: the newsletter's first
	Hour        string            `json:"hour"`         // in the person's zone, "07:00"; empty: the schedule's time
	PausedUntil string            `json:"paused_until"` // UTC; empty: not paused
	Fresh       bool              `json:"fresh"`        // what appears in the pause does not wait
	Follows     []magazine.Follow `json:"follows"`      // empty: everything
}

func shareOf(n *magazine.Subscription) share {
	s := share{Newsletter: n.Newsletter, State: string(n.State), Frequency: n.Frequency, Hour: n.Hour, Fresh: n.Fresh, Follows: append([]magazine.Follow{}, n.Follows...)}
	if !n.PausedUntil.IsZero() {
		s.PausedUntil = n.PausedUntil.Format(time.RFC3339)
	}
	return s
}

type subscriberLine struct {
	Email       string  `json:"email"`
	Name        string  `json:"name"`
	State       string  `json:"state"`
	Suppressed  string  `json:"suppressed"` // why; empty: may be mailed
	Tier        string  `json:"tier"`
	TierEnds    string  `json:"tier_ends"` // the last day, or an instant; empty: never
	Timezone    string  `json:"timezone"`
	Created     string  `json:"created"` // UTC
	Newsletters []share `json:"newsletters"`
}

func (a *app) subscribersList() *cobra.Command {
	c := &cobra.Command{
		Use: "list", Short: "List the subscribers",
		Long:    "Lists everybody with what they get: newsletters, and in brackets what they follow in each, how often and at which hour of their own they have it, and until when they have paused.",
		Example: examples("postrider subscribers list", "postrider subscribers list --json"),
	}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), nil, func(d *daemon.Daemon) error {
			list := a.list(*asJSON, "There is no subscriber yet; see: postrider subscribers --help", "Address", "Name", "State", "Gets")
			err := d.Store.EachSubscriber(c.Context(), func(p store.SubscriberListing) error {
				l := subscriberLine{p.Email, p.Name, string(p.State), p.Suppressed, string(p.Tier), d.Members.TierEndsOn(p.Subscriber), p.Timezone, p.Created.Format(time.RFC3339), []share{}}
				for i := range p.Subscriptions {
					l.Newsletters = append(l.Newsletters, shareOf(&p.Subscriptions[i]))
				}
				return list.add(l, l.Email, l.Name, l.State, gets(l))
			})
			if err != nil {
				return err
			}
			return list.end()
		})
	}
	return c
}

// gets says in one cell what a person gets, or why nothing.
func gets(l subscriberLine) string {
	if l.Suppressed != "" {
		return "nothing; suppressed: " + l.Suppressed
	}
	var all []string
	for _, n := range l.Newsletters {
		if n.State != string(magazine.SubscriptionActive) {
			continue
		}
		all = append(all, n.Newsletter+narrowed(n))
	}
	return strings.Join(all, ", ")
}

// narrowed says in brackets how a share differs from all of a newsletter at once.
func narrowed(n share) string {
	var notes []string
	for _, f := range n.Follows {
		notes = append(notes, f.Slug)
	}
	if n.Frequency != "" {
		notes = append(notes, "as "+n.Frequency)
	}
	if n.Hour != "" {
		notes = append(notes, "at "+n.Hour)
	}
	if until, err := time.Parse(time.RFC3339, n.PausedUntil); err == nil && until.Equal(magazine.Indefinitely) {
		notes = append(notes, "paused")
	} else if err == nil {
		notes = append(notes, "paused until "+until.Format("2006-01-02 15:04 MST"))
	}
	if len(notes) == 0 {
		return ""
	}
	return " (" + strings.Join(notes, ", ") + ")"
}
