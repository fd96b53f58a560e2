package main

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/magazine"
	"postrider/schedules"
	"postrider/store"
)

const scheduleArg = "NEWSLETTER[/NAME]"

// onSchedule is a command that does something to one schedule.
func (a *app) onSchedule(c *cobra.Command, f func(c *cobra.Command, d *daemon.Daemon, s *schedules.Schedule) error) *cobra.Command {
	c.Args = takes(scheduleArg)
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), a.log(slog.LevelWarn), func(d *daemon.Daemon) error {
			s, err := d.Schedule(args[0])
			if err != nil {
				return err
			}
			return f(c, d, s)
		})
	}
	return c
}

// when prints an instant on the clocks of a schedule.
func when(t time.Time, s *schedules.Schedule) string {
	return t.In(s.Zone()).Format("Mon 2006-01-02 15:04 -0700")
}

// sendAt prints when a send goes out that comes due at an instant for a time of
// day: of one in each reader's own time, when that is on their clocks.
func sendAt(at time.Time, slot string, s *schedules.Schedule) string {
	if s.Local {
		return at.In(s.Zone()).Format("Mon 2006-01-02 ") + slot + " in each zone"
	}
	return when(at, s)
}

func (a *app) schedulesSkip() *cobra.Command {
	undo := false
	c := a.onSchedule(&cobra.Command{
		Use: "skip " + scheduleArg, Short: "Leave out the next send",
		Long:    "Has a schedule leave out its next send. What is new comes with the one after. Each time it is called it skips one more; --undo takes back the last.",
		Example: examples("postrider schedules skip weekly", "postrider schedules skip weekly/main --undo"),
	}, func(c *cobra.Command, d *daemon.Daemon, s *schedules.Schedule) error {
		if undo {
			back, err := d.Unskip(c.Context(), s, person(), "")
			if err == nil {
				fmt.Fprintf(a.out, "%s/%s goes out at %s after all.\n", s.Newsletter, s.Name, sendAt(back.At, back.Slot, s))
			}
			return err
		}
		left, next, err := d.Skip(c.Context(), s, person(), "")
		if err != nil {
			return err
		}
		fmt.Fprintf(a.out, "%s/%s does not go out at %s", s.Newsletter, s.Name, sendAt(left.At, left.Slot, s))
		if next.At.IsZero() {
			fmt.Fprintln(a.out, ", and not afterwards either.")
			return nil
		}
		fmt.Fprintf(a.out, ", but next at %s.\n", sendAt(next.At, next.Slot, s))
		return nil
	})
	c.Flags().BoolVar(&undo, "undo", false, "take back the last skip that is still to come")
	return c
}

func (a *app) schedulesRun() *cobra.Command {
	asNext := false
	c := a.onSchedule(&cobra.Command{
		Use: "run " + scheduleArg, Short: "Send by a schedule now",
		Long: "Makes an edition now, by a person's word. It is one more, and the schedule goes on as before, unless --as-next has it stand for the next send, which then makes none of its own. " +
			"It needs no approval: who runs it has decided.",
		Example: examples("postrider schedules run weekly", "postrider schedules run weekly/main --as-next"),
	}, func(c *cobra.Command, d *daemon.Daemon, s *schedules.Schedule) error {
		e, next, err := d.Run(c.Context(), s, person(), asNext, "")
		if err != nil {
			return err
		}
		switch {
		case asNext:
			fmt.Fprintf(a.out, "Edition %s of %s is on its way and counts as the send of %s.\n", e.ID, s.Newsletter, sendAt(next.At, next.Slot, s))
		case next.At.IsZero():
			fmt.Fprintf(a.out, "Edition %s of %s is on its way.\n", e.ID, s.Newsletter)
		default:
			fmt.Fprintf(a.out, "Edition %s of %s is on its way, as one more; the next send stays at %s.\n", e.ID, s.Newsletter, sendAt(next.At, next.Slot, s))
		}
		return a.hint(c.Context(), d)
	})
	c.Flags().BoolVar(&asNext, "as-next", false, "let it stand for the next send")
	return c
}

func (a *app) schedulesPause() *cobra.Command {
	until := ""
	c := a.onSchedule(&cobra.Command{
		Use: "pause " + scheduleArg, Short: "Keep a schedule from sending",
		Long:    "Keeps a schedule from going out, until it is resumed or until a date or time. What comes due meanwhile is dropped; what is new comes with the first send after the pause.",
		Example: examples("postrider schedules pause weekly", "postrider schedules pause weekly/main --until 2027-01-07", "postrider schedules pause weekly --until 2027-01-07T09:00:00+03:00"),
	}, func(c *cobra.Command, d *daemon.Daemon, s *schedules.Schedule) error {
		end, err := pauseEnd(until, s)
		if err != nil {
			return err
		}
		if err := d.Pause(c.Context(), s, person(), end); err != nil {
			return err
		}
		if end.Equal(store.Forever) {
			fmt.Fprintf(a.out, "%s/%s is paused until somebody resumes it.\n", s.Newsletter, s.Name)
			return nil
		}
		fmt.Fprintf(a.out, "%s/%s is paused until %s.\n", s.Newsletter, s.Name, when(end, s))
		return nil
	})
	c.Flags().StringVar(&until, "until", "", "a `DATE`, from whose beginning it goes out again, or a time as of RFC 3339")
	return c
}

// pauseEnd reads when a pause ends: a date begins on the clocks of the schedule's own
// zone, also where others' count for its sends.
func pauseEnd(text string, s *schedules.Schedule) (time.Time, error) {
	if text == "" {
		return store.Forever, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	t, err := magazine.ParseDay(text, s.Home())
	if err != nil {
		return t, usagef("--until %q is neither a date such as 2027-01-07 nor a time such as 2027-01-07T09:00:00Z", text)
	}
	return t, nil
}

func (a *app) schedulesResume() *cobra.Command {
	c := &cobra.Command{
		Use: "resume [" + scheduleArg + "]", Args: cobra.MaximumNArgs(1), Short: "Let a schedule send again",
		Long: "Ends a pause. What came due in it stays dropped, and the next send goes out. Without a name it ends every pause, and says that the machine's clock is right and the database as it should be: " +
			"after a clock that was put back, or a database that was put back from a copy, everything is held until then.",
		Example: examples("postrider schedules resume weekly", "postrider schedules resume"),
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), a.log(slog.LevelWarn), func(d *daemon.Daemon) error {
			if len(args) == 0 {
				return a.resumeAll(c, d)
			}
			s, err := d.Schedule(args[0])
			if err != nil {
				return err
			}
			if err := d.Resume(c.Context(), s, person()); err != nil {
				return err
			}
			next, _, err := d.ByHand(c.Context(), s)
			if err != nil {
				return err
			}
			words := ""
			if next != nil {
				words = ", next at " + sendAt(next.At, next.Slot, s)
			}
			fmt.Fprintf(a.out, "%s/%s goes out again%s.\n", s.Newsletter, s.Name, words)
			return nil
		})
	}
	return c
}

func (a *app) resumeAll(c *cobra.Command, d *daemon.Daemon) error {
	resumed, doubt, err := d.ResumeAll(c.Context(), person())
	if err != nil {
		return err
	}
	if doubt != "" {
		fmt.Fprintln(a.out, "Schedules go out by themselves again. It was in doubt: "+doubt)
	}
	if len(resumed) > 0 {
		fmt.Fprintln(a.out, "No longer paused: "+strings.Join(resumed, ", "))
	}
	if doubt == "" && len(resumed) == 0 {
		return magazine.Errorf(magazine.Conflict, "nothing is paused, and nothing is in doubt")
	}
	return nil
}

func (a *app) schedulesLog() *cobra.Command {
	c := &cobra.Command{
		Use: "log [NEWSLETTER]", Args: cobra.MaximumNArgs(1), Short: "List what people decided",
		Long:    "Lists who skipped, ran, paused or resumed a schedule, and who approved, released, dropped or annotated an edition, and when, newest first.",
		Example: examples("postrider schedules log", "postrider schedules log weekly --json"),
	}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), a.log(slog.LevelWarn), func(d *daemon.Daemon) error {
			acts, err := d.Store.Acts(c.Context(), strings.Join(args, ""), mostSends)
			if err != nil {
				return err
			}
			list := a.list(*asJSON, "Nobody has decided anything yet.", "At", "Who", "What", "Newsletter", "Edition", "Detail")
			for _, x := range acts {
				err = errors.Join(err, addAct(list, d, x))
			}
			return errors.Join(err, list.end())
		})
	}
	return c
}
