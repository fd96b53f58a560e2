package main

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/magazine"
)

type userLine struct {
	Email   string `json:"email"`
	Role    string `json:"role"`
	Added   string `json:"added"` // UTC
	AddedBy string `json:"added_by"`
}

func (a *app) users() *cobra.Command {
	c := &cobra.Command{
		Use: "users", Short: "Say who may work at the admin's desk",
		Long:    "People sign in at the desk, " + deskWords + ", with their mail address. Each has a role: a viewer sees everything, an editor also decides about editions, schedules and people, an owner also says who may what.",
		Example: examples("postrider users add amina@example.org", "postrider users list"),
	}
	c.AddCommand(a.usersAdd(), a.usersList(), a.usersRemove())
	return c
}

const deskWords = "at /desk/ below publication.url"

func (a *app) usersAdd() *cobra.Command {
	c := &cobra.Command{
		Use: "add EMAIL", Args: takes("EMAIL"), Short: "Let somebody work at the desk, or change their role",
		Long: "Gives the person of an address a role, and prints a link that signs them in once, within 15 minutes: for the first owner, before mail works. Later they sign in by mail, or by a passkey. " +
			"Without --role the first user becomes the owner, and one who has a role keeps it and gets another link.",
		Example: examples("postrider users add amina@example.org", "postrider users add badr@example.org --role editor"),
	}
	role := c.Flags().String("role", "", "owner, editor or viewer, `ROLE`")
	c.RunE = func(c *cobra.Command, args []string) error {
		wanted := magazine.Role("")
		if *role != "" {
			var err error
			if wanted, err = magazine.ParseRole(*role); err != nil {
				return usagef("%v", err)
			}
		}
		return a.with(c.Context(), a.log(slog.LevelWarn), func(d *daemon.Daemon) error {
			u, err := d.Members.SetUser(c.Context(), args[0], wanted, person())
			if err != nil {
				return err
			}
			token, err := d.Members.UserLink(c.Context(), u, person())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.out, "%s is %s. To sign in, once, within 15 minutes:\n%s\n", u.Subscriber.Email, u.Role, d.Publication.Link("/signin/"+token))
			if err != nil {
				return err
			}
			why, err := d.Members.Suppressed(c.Context(), u.Subscriber.Email)
			if err == nil && why != "" {
				fmt.Fprintf(a.out, "Nothing is mailed to this address, so no link to sign in later either: %s\n", why)
			}
			return err
		})
	}
	return c
}

func (a *app) usersList() *cobra.Command {
	c := &cobra.Command{
		Use: "list", Args: takes(), Short: "List who works at the desk",
		Example: examples("postrider users list", "postrider users list --json"),
	}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), a.log(slog.LevelWarn), func(d *daemon.Daemon) error {
			all, err := d.Members.Users(c.Context())
			if err != nil {
				return err
			}
			list := a.list(*asJSON, "Nobody works at the desk yet. To add the first: postrider users add EMAIL", "Address", "Role", "Since", "Added by")
			for _, u := range all {
				line := userLine{u.Subscriber.Email, string(u.Role), u.Added.Format(time.RFC3339), u.AddedBy}
				if err := list.add(line, line.Email, line.Role, u.Added.In(d.Publication.Zone).Format("2006-01-02"), line.AddedBy); err != nil {
					return err
				}
			}
			return list.end()
		})
	}
	return c
}

func (a *app) usersRemove() *cobra.Command {
	c := &cobra.Command{
		Use: "remove EMAIL", Args: takes("EMAIL"), Short: "Keep somebody from the desk",
		Long:    "Takes a person's role away, at once, also where they are signed in. They stay the subscriber that they are. The only owner cannot be removed.",
		Example: examples("postrider users remove badr@example.org"),
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), a.log(slog.LevelWarn), func(d *daemon.Daemon) error {
			if err := d.Members.RemoveUser(c.Context(), args[0], person()); err != nil {
				return err
			}
			_, err := fmt.Fprintf(a.out, "%s does not work at the desk any more.\n", magazine.CleanText(args[0]))
			return err
		})
	}
	return c
}
