package main

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"postrider/daemon"
	"postrider/magazine"
	"postrider/store"
)

type editionLine struct {
	ID         string          `json:"id"`
	Newsletter string          `json:"newsletter"`
	Key        string          `json:"key"`
	Maker      string          `json:"made_by"`
	State      string          `json:"state"`
	Reason     string          `json:"reason"`
	Time       string          `json:"time"`    // when it was to start; UTC, as all
	Cutoff     *string         `json:"cut_off"` // null until it is fixed
	Late       float64         `json:"late_seconds"`
	Finished   *string         `json:"finished"`
	Approved   string          `json:"approved_by"`
	Note       string          `json:"note"`
	Articles   int             `json:"articles"`
	Counts     magazine.Counts `json:"deliveries"`
}

// editionsListed is how many editions are listed: unless said, and at most.
const (
	editionsListed = 20
	mostEditions   = 10000
)

func (a *app) editions() *cobra.Command {
	c := &cobra.Command{
		Use: "editions", Short: "List editions, and decide about them",
		Long: "Lists the newest editions: planned, waiting (a draft for approval), held (it needs a person; the reason says why), sending, paused, sent, failed, skipped or dropped. " +
			"With a command below it, decides about one.",
		Example: examples("postrider editions", "postrider editions --newsletter weekly --last 5", "postrider editions show b2k7q3mzx4ta", "postrider editions --json"),
	}
	asJSON := jsonFlag(c)
	newsletter := c.Flags().String("newsletter", "", "only of the newsletter `NAME`")
	last := number{editionsListed, mostEditions}
	c.Flags().Var(&last, "last", "how many, `N`")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), a.log(slog.LevelWarn), func(d *daemon.Daemon) error {
			all, err := d.Store.Editions(c.Context(), *newsletter, last.value)
			if err != nil {
				return err
			}
			list := a.list(*asJSON, "There is no edition yet.", "Time", "Edition", "Newsletter", "State", "Articles", "Sent", "Why")
			for i := range all {
				e, err := d.Store.Edition(c.Context(), all[i].ID)
				if err != nil {
					return err
				}
				if err := list.add(editionOf(e), e.Nominal.In(d.Publication.Zone).Format("2006-01-02 15:04 -0700"), e.ID, e.Newsletter, string(e.State),
					strconv.Itoa(e.Articles), strconv.Itoa(e.Counts.Sent), whyEdition(e, d.Publication.Zone)); err != nil {
					return err
				}
			}
			return list.end()
		})
	}
	c.AddCommand(a.editionsShow(), a.editionsApprove(), a.editionsRelease(), a.editionsPause(), a.editionsResume(), a.editionsCancel(), a.editionsDrop(), a.editionsNote(), a.editionsArrange(), a.editionsCorrect())
	return c
}

// whyEdition is what there is to say about an edition's state.
func whyEdition(e *magazine.Edition, zone *time.Location) string {
	until := "until " + e.Starts.In(zone).Format("2006-01-02 15:04 -0700")
	switch {
	case e.Reason != "":
		return e.Reason
	case e.State == magazine.EditionWaiting && e.Approved != "":
		return until + ", approved by " + e.Approved
	case e.State == magazine.EditionWaiting && e.Cutoff > 0:
		return until + ", for approval"
	case e.State == magazine.EditionWaiting:
		return until
	case e.Late() > 0:
		return "started " + e.Late().Round(time.Second).String() + " late"
	}
	return ""
}

func editionOf(e *magazine.Edition) editionLine {
	return editionLine{e.ID, e.Newsletter, e.Key, e.Maker, string(e.State), e.Reason, e.Nominal.Format(time.RFC3339), instantOf(e.CutoffAt), e.Late().Seconds(),
		instantOf(e.Finished), e.Approved, e.Note, e.Articles, e.Counts}
}

// instantOf is an instant in JSON: null where there is none.
func instantOf(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.Format(time.RFC3339)
	return &s
}

func (a *app) editionsShow() *cobra.Command {
	c := &cobra.Command{
		Use: "show ID", Args: takes("ID"), Short: "Show one edition with its articles",
		Long:    "Shows who or what made an edition, its times, its articles, what became of its deliveries, and what people decided about it.",
		Example: examples("postrider editions show b2k7q3mzx4ta", "postrider editions show b2k7q3mzx4ta --json"),
	}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), a.log(slog.LevelWarn), func(d *daemon.Daemon) error {
			e, err := d.Store.Edition(c.Context(), args[0])
			if err != nil {
				return err
			}
			pieces, err := d.Pieces(c.Context(), e)
			if err != nil {
				return err
			}
			acts, err := d.Store.EditionActs(c.Context(), e.ID)
			if err != nil {
				return err
			}
			if *asJSON {
				return a.json(shownJSON(e, pieces, acts))
			}
			a.showEdition(d, e, pieces, acts)
			return nil
		})
	}
	return c
}

type actLine struct {
	At         string `json:"at"`
	Who        string `json:"who"`
	What       string `json:"what"`
	Newsletter string `json:"newsletter"`
	Schedule   string `json:"schedule"`
	Edition    string `json:"edition"`
	Subscriber string `json:"subscriber"` // id of whom it is about
	Whom       string `json:"whom"`       // their address now; empty: they are gone
	Detail     string `json:"detail"`
}

func actOf(x store.Act) actLine {
	return actLine{x.At.Format(time.RFC3339), x.Who, x.What, x.Newsletter, x.Schedule, x.Edition, x.Subscriber, x.Whom, x.Detail}
}

func shownJSON(e *magazine.Edition, pieces []store.Piece, acts []store.Act) any {
	type piece struct {
		ID      string `json:"id"`
		Slug    string `json:"slug"`
		Title   string `json:"title"`
		LeftOut bool   `json:"left_out"`
	}
	shown := struct {
		editionLine
		Contents []piece   `json:"contents"`
		Acts     []actLine `json:"acts"`
	}{editionOf(e), []piece{}, []actLine{}}
	for _, p := range pieces {
		shown.Contents = append(shown.Contents, piece{p.ID, p.Slug, p.Title, p.LeftOut})
	}
	for _, x := range acts {
		shown.Acts = append(shown.Acts, actOf(x))
	}
	return shown
}

func (a *app) showEdition(d *daemon.Daemon, e *magazine.Edition, pieces []store.Piece, acts []store.Act) {
	say := func(what, text string) {
		if text != "" {
			fmt.Fprintf(a.out, "%-12s%s\n", what, magazine.CleanText(text))
		}
	}
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(d.Publication.Zone).Format("2006-01-02 15:04:05 -0700")
	}
	n := e.Counts
	say("Edition", e.ID+" of "+e.Newsletter)
	say("State", string(e.State))
	say("Why", whyEdition(e, d.Publication.Zone))
	say("Made by", e.Maker)
	say("Key", e.Key)
	say("Time", at(e.Nominal))
	say("Cut-off", at(e.CutoffAt))
	say("Finished", at(e.Finished))
	say("Approved by", e.Approved)
	say("Note", e.Note)
	say("Deliveries", fmt.Sprintf("%d sent, %d deferred, %d failed, %d skipped; %d had nothing new", n.Sent, n.Deferred, n.Failed, n.Skipped, n.Nothing))
	for i, p := range pieces {
		what := ""
		if i == 0 {
			what = "Articles"
		}
		line := p.Title + " (" + p.Slug + ")"
		if p.LeftOut {
			line += ", left out"
		}
		say(what, line)
	}
	for i, x := range acts {
		what := ""
		if i == 0 {
			what = "Decisions"
		}
		line := at(x.At) + " " + x.What + " by " + x.Who
		if x.Detail != "" {
			line += ": " + x.Detail
		}
		say(what, line)
	}
}

// decide is a command that decides about one edition.
func (a *app) decide(use, short, long string, example []string, args cobra.PositionalArgs, f func(ctx context.Context, d *daemon.Daemon, args []string) (*magazine.Edition, error)) *cobra.Command {
	c := &cobra.Command{Use: use, Args: args, Short: short, Long: long, Example: examples(example...)}
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), a.log(slog.LevelWarn), func(d *daemon.Daemon) error {
			e, err := f(c.Context(), d, args)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.out, "Edition %s of %s is %s.\n", e.ID, e.Newsletter, stands(d, e))
			if e.State == magazine.EditionPlanned || e.State == magazine.EditionSending {
				return a.hint(c.Context(), d)
			}
			return nil
		})
	}
	return c
}

// stands says where an edition stands, and what comes.
func stands(d *daemon.Daemon, e *magazine.Edition) string {
	at := e.Starts.In(d.Publication.Zone).Format("2006-01-02 15:04 -0700")
	switch {
	case e.State == magazine.EditionWaiting && e.Approved != "":
		return "approved, and goes out at " + at
	case e.State == magazine.EditionWaiting && e.Cutoff == 0:
		return "waiting, and goes out at " + at
	case e.State == magazine.EditionWaiting:
		return "waiting for approval until " + at + "; its draft is made anew"
	case e.State == magazine.EditionPlanned:
		return "on its way"
	case e.State == magazine.EditionPaused:
		return fmt.Sprintf("paused; %s it; to go on: postrider editions resume %s", got(e.Counts.Sent), e.ID)
	case e.State == magazine.EditionDropped && e.Counts.Sent > 0:
		return fmt.Sprintf("dropped; %s it, and nobody else does any more", got(e.Counts.Sent))
	}
	return string(e.State)
}

// got says how many people have got something.
func got(n int) string {
	switch n {
	case 0:
		return "nobody has got"
	case 1:
		return "1 person has got"
	}
	return strconv.Itoa(n) + " people have got"
}

// hint says that what was asked for begins only with a daemon, where none runs.
func (a *app) hint(ctx context.Context, d *daemon.Daemon) error {
	works, err := d.Store.Worked(ctx)
	if err == nil && !works {
		fmt.Fprintln(a.errs, "No daemon runs now; it goes on when postrider serve does.")
	}
	return err
}

func (a *app) editionsApprove() *cobra.Command {
	return a.decide("approve ID", "Approve a draft", "Has a draft go out at its time. One whose time has passed goes at once.",
		[]string{"postrider editions approve b2k7q3mzx4ta"}, takes("ID"), func(ctx context.Context, d *daemon.Daemon, args []string) (*magazine.Edition, error) {
			return d.Approve(ctx, args[0], person())
		})
}

func (a *app) editionsRelease() *cobra.Command {
	return a.decide("release ID", "Send a held edition", "Has a held edition go out now. Who has got it already does not get it again.",
		[]string{"postrider editions release b2k7q3mzx4ta"}, takes("ID"), func(ctx context.Context, d *daemon.Daemon, args []string) (*magazine.Edition, error) {
			return d.Release(ctx, args[0], person())
		})
}

func (a *app) editionsPause() *cobra.Command {
	return a.decide("pause ID", "Stop an edition that is being sent, for a while",
		"Stops an edition that is being made or sent, until it is resumed or cancelled: within a second no further message of it leaves. Messages that are on their way are finished. The next edition of the newsletter does not wait for it.",
		[]string{"postrider editions pause b2k7q3mzx4ta"}, takes("ID"), func(ctx context.Context, d *daemon.Daemon, args []string) (*magazine.Edition, error) {
			return d.PauseEdition(ctx, args[0], person())
		})
}

func (a *app) editionsResume() *cobra.Command {
	return a.decide("resume ID", "Go on with a paused edition", "Has a paused edition go on at once, where it was. Who has got it already does not get it again.",
		[]string{"postrider editions resume b2k7q3mzx4ta"}, takes("ID"), func(ctx context.Context, d *daemon.Daemon, args []string) (*magazine.Edition, error) {
			return d.ResumeEdition(ctx, args[0], person())
		})
}

func (a *app) editionsCancel() *cobra.Command {
	reason := ""
	c := a.decide("cancel ID", "End what is left of an edition", "Ends an edition that is being made or sent, or is paused, also while it is being sent: who has not got it does not get it any more, nor those who wait to be tried again. The articles of a digest come with the next edition; an issue's contents, and what one person was to get again, do not.",
		[]string{"postrider editions cancel b2k7q3mzx4ta", `postrider editions cancel b2k7q3mzx4ta --reason "the lead is wrong"`}, takes("ID"), func(ctx context.Context, d *daemon.Daemon, args []string) (*magazine.Edition, error) {
			return d.CancelEdition(ctx, args[0], person(), reason)
		})
	c.Flags().StringVar(&reason, "reason", "", "why, kept with the edition, `TEXT`")
	return c
}

func (a *app) editionsDrop() *cobra.Command {
	reason := ""
	c := a.decide("drop ID", "Drop an edition", "Ends an edition that is planned, waiting, held or being sent: who has not got it does not get it any more. The articles of a digest come with the next edition; an issue's contents, and what one person was to get again, do not.",
		[]string{"postrider editions drop b2k7q3mzx4ta", `postrider editions drop b2k7q3mzx4ta --reason "the lead is wrong"`}, takes("ID"), func(ctx context.Context, d *daemon.Daemon, args []string) (*magazine.Edition, error) {
			return d.Drop(ctx, args[0], person(), reason)
		})
	c.Flags().StringVar(&reason, "reason", "", "why, kept with the edition, `TEXT`")
	return c
}

func (a *app) editionsNote() *cobra.Command {
	return a.decide("note ID TEXT", "Set an edition's editor's note", "Prints a note above the articles of an edition that has not begun to go out. A draft is made and mailed anew. An empty text takes the note away.",
		[]string{`postrider editions note b2k7q3mzx4ta "We are back from the sea."`}, takes("ID", "TEXT"), func(ctx context.Context, d *daemon.Daemon, args []string) (*magazine.Edition, error) {
			return d.Note(ctx, args[0], person(), args[1], nil)
		})
}

func (a *app) editionsArrange() *cobra.Command {
	return a.decide("arrange ID HOW [SLUG]", "Order an edition's articles, or leave one out",
		"Changes the articles of a digest that waits or is held, once they are fixed and before anybody has got it. HOW is lead (the article of that slug stands first, and gives the subject), up or down (by one place), out (the newsletter does not mail it, in this edition or a later one), back (it does), or reset (the order of the program, nothing left out; without a SLUG). Sections keep their own order; within each the articles stand as arranged. The messages are made anew; a draft is mailed again only if it had been approved.",
		[]string{"postrider editions arrange b2k7q3mzx4ta lead tide-clocks", "postrider editions arrange b2k7q3mzx4ta out old-charts", "postrider editions arrange b2k7q3mzx4ta reset"},
		func(c *cobra.Command, args []string) error {
			if len(args) == 2 && args[1] == daemon.AsItWas {
				return nil
			}
			return takes("ID", "HOW", "SLUG")(c, args)
		}, func(ctx context.Context, d *daemon.Daemon, args []string) (*magazine.Edition, error) {
			change := daemon.Arrangement{How: args[1]}
			if len(args) == 3 {
				change.Piece = args[2]
			}
			return d.Arrange(ctx, args[0], person(), change)
		})
}

func (a *app) editionsCorrect() *cobra.Command {
	note := ""
	c := a.decide("correct ID", "Send an issue's contents once more, as a correction", "Makes a new edition of the issue that the edition told, as the issue now is, marked as a correction. It goes to all who get the newsletter.",
		[]string{`postrider editions correct b2k7q3mzx4ta --note "Page 12 was missing."`}, takes("ID"), func(ctx context.Context, d *daemon.Daemon, args []string) (*magazine.Edition, error) {
			return d.Correct(ctx, args[0], person(), note)
		})
	c.Flags().StringVar(&note, "note", "", "what is corrected, printed at the top, `TEXT`")
	return c
}
