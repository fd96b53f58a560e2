package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"postrider/magazine"
	"postrider/store"
	"postrider/web/admin"
)

// desk joins the trades to the admin's desk. Its pages that stay open end with ctx.
func (d *Daemon) desk(ctx context.Context) *admin.Options {
	return &admin.Options{Publication: d.Publication, Store: d.Store, Members: d.Members, PasskeyRequired: d.config.Desk.PasskeyRequired,
		Templates: d.templates, Log: d.log, Ending: ctx, Newsletters: d.Newsletters,
		Scheduling: d.scheduling(), Sources: d.sourcesAtDesk, Again: d.readAgain, Faults: d.faults, Preview: d.previewAtDesk, Test: d.testAtDesk, Outlook: d.outlook, Problems: d.problems, Reach: d.reach, Decide: d.decideAtDesk}
}

// outlookFor is how far ahead the desk sees.
const outlookFor = 7 * 24 * time.Hour

// outlook is what goes out next, by time.
func (d *Daemon) outlook(ctx context.Context) (list []admin.Send, err error) {
	p, err := d.Plan(ctx, d.Store.Now().Add(outlookFor))
	if err != nil {
		return nil, err
	}
	for _, s := range p.Sends {
		list = append(list, admin.Send{At: s.At, Newsletter: s.Newsletter, Schedule: s.Schedule, Reason: s.Reason, Articles: s.Articles, People: s.People})
	}
	return list, nil
}

// reach is how many people who can be mailed an edition goes to: those for whom
// there is nothing in it among them.
func (d *Daemon) reach(ctx context.Context, e *magazine.Edition) (n int, err error) {
	if e.Repeats() != "" {
		return 1, nil
	}
	waves, err := d.Store.ReaderWaves(ctx, d.audience(e), false)
	for _, people := range waves {
		n += people
	}
	return n, err
}

// decideAtDesk does to an edition what a user of the desk decides. Invalid: there is
// no such decision.
func (d *Daemon) decideAtDesk(ctx context.Context, act admin.Decision, id, who, text, seen string) (*magazine.Edition, error) {
	switch act {
	case admin.Approve:
		return d.Approve(ctx, id, who)
	case admin.Release:
		return d.Release(ctx, id, who)
	case admin.Pause:
		return d.PauseEdition(ctx, id, who)
	case admin.Resume:
		return d.ResumeEdition(ctx, id, who)
	case admin.Drop:
		return d.Drop(ctx, id, who, text)
	case admin.Cancel:
		return d.CancelEdition(ctx, id, who, text)
	case admin.Note:
		return d.Note(ctx, id, who, text, &seen)
	}
	return nil, magazine.Errorf(magazine.Invalid, "there is no decision %q", act).Said("fault.form.altered")
}

// problems is what somebody has to look at: doubts about the clock, relays that take
// no mail, mail that cannot come back, sources that cannot be read. Where one of them
// cannot be looked up, that is a problem, too, and the others are told.
func (d *Daemon) problems(ctx context.Context) (list []admin.Problem, err error) {
	tell := func(p admin.Problem) { list = append(list, p) }
	for _, look := range []func(context.Context, func(admin.Problem)) error{d.problemOfClock, d.problemsOfRelays, d.problemOfMailbox, d.problemsOfSources, d.problemOfFiles} {
		err = errors.Join(err, look(ctx, tell))
	}
	if err == nil || ctx.Err() != nil {
		return list, err
	}
	d.log.Error("the desk could not look up all that is wrong", "error", err)
	tell(admin.Problem{Text: "not all that may be wrong could be looked up", Mend: "the log says why; postrider doctor looks it over"})
	return list, nil
}

func (d *Daemon) problemOfClock(ctx context.Context, tell func(admin.Problem)) error {
	trust, err := d.Store.Trust(ctx)
	if err == nil && trust.Doubt.Covers(d.Store.Now()) {
		tell(admin.Problem{Text: trust.Doubt.Reason})
	}
	return err
}

func (d *Daemon) problemsOfRelays(ctx context.Context, tell func(admin.Problem)) error {
	waits, err := d.Store.Waits(ctx, "")
	told := map[string]bool{}
	for i := range waits {
		w := &waits[i]
		if w.Why.Relay != "" && !told[w.Why.Relay] {
			told[w.Why.Relay] = true
			tell(admin.Problem{Text: "mail waits for a relay: " + reason(&w.Why), Mend: "postrider doctor mail looks the way over", Wait: true})
		}
	}
	return err
}

func (d *Daemon) problemOfMailbox(ctx context.Context, tell func(admin.Problem)) error {
	return troubleOfMailbox(ctx, d.Store, func(text, mend string) { tell(admin.Problem{Text: text, Mend: mend}) })
}

func (d *Daemon) problemsOfSources(ctx context.Context, tell func(admin.Problem)) error {
	sources, err := d.Store.SourceProblems(ctx)
	for name, wrong := range sources {
		for _, p := range wrong {
			tell(admin.Problem{Text: d.FileName(name, "") + ": " + p.Text, Mend: p.Mend})
		}
	}
	return err
}

func (d *Daemon) problemOfFiles(ctx context.Context, tell func(admin.Problem)) error {
	faulty, err := d.faults(ctx)
	held := map[string]bool{}
	for _, f := range faulty {
		if f.Held {
			held[f.File] = true
		}
	}
	if len(held) > 0 {
		tell(admin.Problem{Text: fmt.Sprintf("%s held, as something in them is wrong", count(len(held), "file is", "files are")), Mend: "mend them, and they appear by themselves", Path: "/desk/articles/"})
	}
	return err
}

// sourcesAtDesk are the folders that articles are read from.
func (d *Daemon) sourcesAtDesk(ctx context.Context) (list []admin.Source, err error) {
	sizes, err := d.Store.SourceSizes(ctx)
	if err != nil {
		return nil, err
	}
	wrong, err := d.Store.SourceProblems(ctx)
	for _, s := range d.Sources {
		one := admin.Source{Folder: d.FileName(s.Name(), ""), Files: sizes[s.Name()]}
		for _, p := range wrong[s.Name()] {
			one.Wrong = append(one.Wrong, p.Text)
		}
		list = append(list, one)
	}
	return list, err
}

// readAgain has all sources read anew.
func (d *Daemon) readAgain() {
	for _, s := range d.Sources {
		s.Again()
	}
}

// faults are the files in which something is wrong.
func (d *Daemon) faults(ctx context.Context) (list []admin.Faulty, err error) {
	files, err := d.Store.FileProblems(ctx)
	for _, f := range files {
		for _, p := range f.Problems {
			list = append(list, admin.Faulty{File: d.FileName(f.Source, f.Path), Line: p.Line, Held: f.State == store.FileHeld, Field: p.Field, Text: p.Text, Mend: p.Mend})
		}
	}
	return list, err
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
