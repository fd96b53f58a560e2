package daemon

import (
	"context"
	"errors"
	"time"

	"postrider/magazine"
	"postrider/store"
	"postrider/web/admin"
)

// desk joins the trades to the admin's desk. Its pages that stay open end with ctx.
func (d *Daemon) desk(ctx context.Context) *admin.Options {
	return &admin.Options{Publication: d.Publication, Store: d.Store, Members: d.Members, PasskeyRequired: d.config.Desk.PasskeyRequired,
		Templates: d.templates, Log: d.log, Ending: ctx, Newsletters: d.newsletters, Patience: d.deskPatience,
		Scheduling: d.scheduling(), Sources: d.sourcesAtDesk, Again: d.readAgain, Faults: d.faults, Preview: d.previewAtDesk, Test: d.testAtDesk, Outlook: d.outlook, Problems: d.problems, Audience: d.audienceFor, Reach: d.reach, Pieces: d.Pieces, Decide: d.decideAtDesk,
		Arrange: func(ctx context.Context, id, who, how, piece string, seen int) (*magazine.Edition, error) {
			return d.Arrange(ctx, id, who, Arrangement{How: how, Piece: piece, Seen: &seen})
		}}
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

// audienceFor is whom a schedule's editions of a newsletter go to.
func (d *Daemon) audienceFor(newsletter, schedule string) store.Audience {
	return d.audience(&magazine.Edition{Newsletter: newsletter, Schedule: schedule})
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
	if seen == "" && act != admin.Note {
		seen = "nothing" // which no edition is like
	}
	switch act {
	case admin.Approve:
		return d.ApproveAs(ctx, id, who, seen)
	case admin.Release:
		return d.ReleaseAs(ctx, id, who, seen)
	case admin.Pause:
		return d.PauseEdition(ctx, id, who)
	case admin.Resume:
		return d.ResumeEdition(ctx, id, who)
	case admin.Drop:
		return d.DropAs(ctx, id, who, text, seen)
	case admin.Cancel:
		return d.CancelEdition(ctx, id, who, text)
	case admin.Note:
		return d.Note(ctx, id, who, text, &seen)
	}
	return nil, magazine.Errorf(magazine.Invalid, "there is no decision %q", act).Said("fault.form.altered")
}

// problems is what somebody has to look at: doubts about the clock, what people are
// told of by mail (troubles.go), mail that waits for a relay or cannot come back,
// sources in which something is wrong. Where one of them cannot be looked up, that is
// a problem, too, and the others are told.
func (d *Daemon) problems(ctx context.Context) (list []admin.Problem, err error) {
	tell := func(p admin.Problem) { list = append(list, p) }
	for _, look := range []func(context.Context, func(admin.Problem)) error{d.problemOfClock, d.problemsTold, d.problemsOfRelays, d.problemOfMailbox, d.problemsOfSources, d.problemOfFiles, d.problemsOfTimetable, d.problemsUntold} {
		err = errors.Join(err, look(ctx, tell))
	}
	if err == nil || ctx.Err() != nil {
		return list, err
	}
	d.log.Error("the desk could not look up all that is wrong", "error", err)
	tell(admin.Problem{What: admin.Said{Message: "desk.problem.unknown"}, Mend: admin.Said{Message: "desk.problem.unknown.mend"}})
	return list, nil
}

func (d *Daemon) problemOfClock(ctx context.Context, tell func(admin.Problem)) error {
	trust, err := d.Store.Trust(ctx)
	if err == nil && trust.Doubt.Covers(d.Store.Now()) {
		tell(admin.Problem{What: plainly(admin.Because(trust.Doubt.Reason))})
	}
	return err
}

// untoldFor is for how long after a trouble was over it is shown whom it was not told.
const untoldFor = 7 * 24 * time.Hour

// problemsUntold are those who were to be told what has gone wrong, and whose mail was
// refused.
func (d *Daemon) problemsUntold(ctx context.Context, tell func(admin.Problem)) error {
	var list []store.Unreached
	err := d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.Unreached(ctx, tx.Now.Add(-untoldFor))
		return err
	})
	for _, one := range list {
		p, gone, e := d.whoIs(ctx, one.Whom)
		if e != nil && magazine.CodeOf(e) != magazine.NotFound {
			return e
		}
		if e != nil || gone != "" { // they are to be told no more
			continue
		}
		mend, path := "desk.problem.untold.admin", ""
		if p.ID != "" {
			mend, path = "desk.problem.untold.owner", "/desk/people/"+p.ID+"/"
		}
		tell(admin.Problem{What: admin.Said{Message: "desk.problem.untold", Args: []any{"who", p.Email, "n", one.N, "why", one.Why}}, Mend: admin.Said{Message: mend}, Path: path})
	}
	return err
}

// plainly says what needs no words of ours around it.
func plainly(text any) admin.Said {
	return admin.Said{Message: "desk.problem", Args: []any{"text", text}}
}

// problemsTold is what is wrong now, as the mails have it, also before it has lasted
// for so long that people are told. Held editions stand on the page by themselves.
func (d *Daemon) problemsTold(ctx context.Context, tell func(admin.Problem)) error {
	var now []wrong
	err := d.Store.Read(ctx, func(tx *store.Tx) (err error) { now, err = d.wrongNow(ctx, tx); return err })
	for i := range now {
		w := &now[i]
		if err != nil || w.Kind == store.TroubleHeld {
			continue
		}
		var f *facts
		if f, err = d.factsOf(ctx, &w.Trouble); err == nil {
			p := admin.Problem{What: f.said["what"], Mend: f.said["mend"], Wait: !w.toTell(d.Store.Now()), Path: f.path}
			if p.Path == "/desk/" {
				p.Path = ""
			}
			tell(p)
		}
	}
	return err
}

// problemsOfRelays are those for which mail waits although they work, such as at a
// limit.
func (d *Daemon) problemsOfRelays(ctx context.Context, tell func(admin.Problem)) error {
	told := map[string]bool{}
	err := d.Store.Read(ctx, func(tx *store.Tx) error {
		down, err := tx.RelaysDown(ctx)
		for _, r := range down {
			told[r.Relay] = true
		}
		return err
	})
	if err != nil {
		return err
	}
	waits, err := d.Store.Waits(ctx, "")
	for i := range waits {
		w := &waits[i]
		if w.Why.Relay != "" && !told[w.Why.Relay] {
			told[w.Why.Relay] = true
			tell(admin.Problem{What: admin.Said{Message: "desk.problem.relay", Args: []any{"why", reason(&w.Why)}}, Mend: admin.Said{Message: "desk.problem.relay.mend"}, Wait: true, Path: "/desk/editions/" + w.Edition + "/"})
		}
	}
	return err
}

func (d *Daemon) problemOfMailbox(ctx context.Context, tell func(admin.Problem)) error {
	return troubleOfMailbox(ctx, d.Store, func(text, mend string) { tell(admin.Problem{What: plainly(text), Mend: plainly(mend)}) })
}

func (d *Daemon) problemsOfSources(ctx context.Context, tell func(admin.Problem)) error {
	sources, err := d.Store.SourceProblems(ctx)
	for name, wrong := range sources {
		for _, p := range wrong {
			one := admin.Problem{What: plainly(d.FileName(name, "") + ": " + p.Text), Path: "/desk/articles/"}
			if p.Mend != "" {
				one.Mend = plainly(p.Mend)
			}
			tell(one)
		}
	}
	return err
}

// problemsOfTimetable are the schedules and blackouts of the desk that do not count.
func (d *Daemon) problemsOfTimetable(ctx context.Context, tell func(admin.Problem)) error {
	for _, u := range d.table().unused {
		what := "desk.problem.schedule"
		if u.Blackout != "" {
			what = "desk.problem.blackout"
		}
		tell(admin.Problem{What: admin.Said{Message: what, Args: []any{"name", u.Newsletter + "/" + u.Schedule, "why", u.Why.Error()}}, Path: "/desk/schedules/"})
	}
	return nil
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
		tell(admin.Problem{What: admin.Said{Message: "desk.problem.files", Args: []any{"n", len(held)}}, Mend: admin.Said{Message: "desk.problem.files.mend"}, Path: "/desk/articles/"})
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
