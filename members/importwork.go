package members

import (
	"context"
	"errors"
	"time"

	"postrider/magazine"
	"postrider/store"
)

const dryEvery = 2000 // lines after which it is noted how far a dry run is

// errEnding ends a step between two transactions: it goes on at the next start.
var errEnding = errors.New("the program is ending")

// WorkImport goes on with an import as far as its state asks for. ending tells that
// the program is, so that it is to come to a place to stop; more: it has not come to its
// end. It can be called for one that somebody else works on: each step is done once.
func (m *Members) WorkImport(ctx context.Context, id string, ending func() bool) (more bool, err error) {
	i, err := m.ImportOf(ctx, id)
	if magazine.CodeOf(err) == magazine.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	w := importWork{Members: m, now: i, ending: ending}
	switch i.State {
	case store.ImportChecking:
		err = w.check(ctx)
	case store.ImportRunning:
		err = w.run(ctx)
	case store.ImportUndoing:
		err = w.undo(ctx)
	}
	switch {
	case errors.Is(err, errEnding):
		return true, nil
	case errors.Is(err, errImportMeanwhile): // somebody else goes on with it, or it was dropped
		return false, nil
	}
	return false, err
}

// importWork is a step of an import under way.
type importWork struct {
	*Members
	now    Import // as the database has it
	ending func() bool
}

// step keeps how far the work is.
func (w *importWork) step(ctx context.Context, now Import) error {
	if err := w.changeImport(ctx, w.now, now); err != nil {
		return err
	}
	w.now = now
	return nil
}

func (w *importWork) options() ImportOptions {
	return ImportOptions{Newsletters: w.now.Plan.Newsletters, Confirmed: w.now.Plan.Confirmed, Origin: "import of " + w.now.Name, Columns: &w.now.Plan.Columns}
}

// check is the dry run, which leaves nothing behind and so begins anew where it was cut
// short.
func (w *importWork) check(ctx context.Context) error {
	o := w.options()
	o.DryRun = true
	noted := int64(0)
	o.Progress = func(line int, so Imported) error {
		if w.ending() {
			return errEnding
		}
		if int64(line) < noted+dryEvery {
			return nil
		}
		noted = int64(line)
		now := w.now
		now.Line, now.Done = noted, so
		return w.step(ctx, now)
	}
	done, err := w.Import(ctx, w.store.ImportList(ctx, w.now.ID), o)
	if err != nil {
		return err
	}
	now := w.now
	now.State, now.Line, now.Done = store.ImportChecked, 0, done
	return w.step(ctx, now)
}

// run takes the list, from where it was cut short. It stops where the newsletters it
// was to be taken for are there no more: else each of its lines would be wrong.
func (w *importWork) run(ctx context.Context) error {
	if err := w.checkPlan(w.now.Plan); magazine.CodeOf(err) == magazine.Invalid {
		now := w.now
		what := wrongOf(err)
		now.State, now.Stop = store.ImportDone, Stop{Why: StopPlan, What: &what}
		return w.step(ctx, now)
	}
	o := w.options()
	o.Had, o.Line = w.now.Done, int(w.now.Line)
	o.Progress = func(int, Imported) error {
		if w.ending() {
			return errEnding
		}
		return nil
	}
	done, err := w.take(ctx, w.store.ImportList(ctx, w.now.ID), o)
	if err != nil {
		return err
	}
	now := w.now
	now.State, now.Line, now.Done = store.ImportDone, now.Lines, done
	return w.step(ctx, now)
}

// keptAs is for how long an import is kept in a state without a change: for as long as
// somebody may decide about its list, or as what it changed can be undone. That is longer
// than a job is tried that fails.
func keptAs(state store.ImportState) time.Duration {
	switch state {
	case store.ImportRunning, store.ImportDone, store.ImportUndoing, store.ImportUndone:
		return undoable
	}
	return importKept
}

// ForgetImport forgets what is left of an import whose time is over: a list that nobody
// has decided about, whom one changed that was taken, and all of one that was dropped. Of
// one whose time is not over, it looks again then.
func (m *Members) ForgetImport(ctx context.Context, id string) error {
	was, err := m.ImportOf(ctx, id)
	if magazine.CodeOf(err) == magazine.NotFound {
		return nil
	}
	if err != nil || was.State == store.ImportUndone { // of which nothing is left but its counts
		return err
	}
	if over := was.Changed.Add(keptAs(was.State)); m.store.Now().Before(over) {
		if was.State == store.ImportDropped || was.State == store.ImportDone { // there is a job for that
			return nil
		}
		return m.store.Write(ctx, func(tx *store.Tx) error {
			return m.importJob(ctx, tx, ImportArgs{Import: id, Forget: true}, over.Add(time.Second))
		})
	}
	now := was
	now.Revision++
	forget := func(tx *store.Tx) error { return tx.ForgetImported(ctx, id, nil) }
	switch was.State {
	case store.ImportDropped:
		return m.store.Write(ctx, func(tx *store.Tx) error { return tx.DeleteImport(ctx, id) })
	case store.ImportDone:
		now.Done.Problems = nil
		return m.changeImport(ctx, was, now, forget)
	case store.ImportRunning: // what came of it can still be undone
		now.State, now.Stop = store.ImportDone, Stop{Why: StopIdle}
		return m.changeImport(ctx, was, now)
	case store.ImportUndoing:
		now.State = store.ImportUndone
		return m.changeImport(ctx, was, now, forget)
	}
	now.State = store.ImportDropped
	return m.changeImport(ctx, was, now)
}
