package members

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// ImportFile takes a list as Import does, for somebody at the command line, and keeps
// whom it has as the desk does of its own: it is listed there, can be stopped while it is
// taken, and can be undone. lines: so many the list has; 0: nobody knows.
func (m *Members) ImportFile(ctx context.Context, in io.Reader, o ImportOptions, name, who string, lines int) (Imported, error) {
	if o.DryRun {
		return m.Import(ctx, in, o)
	}
	w := importWork{Members: m, now: Import{Import: store.Import{ID: magazine.NewID(), Name: cut(magazine.CleanText(name), 200), Who: who, State: store.ImportRunning, Lines: int64(lines)}}}
	w.now.Plan = ImportPlan{Newsletters: o.Newsletters, Confirmed: o.Confirmed, Begun: m.store.Now().UnixMicro()}
	if err := m.store.Write(ctx, func(tx *store.Tx) error {
		if err := m.importJob(ctx, tx, ImportArgs{Import: w.now.ID, Forget: true}, tx.Now.Add(undoable+time.Second)); err != nil {
			return err
		}
		detail := w.now.Name + ", by the command"
		if o.Confirmed {
			detail += "; said to have agreed"
		}
		if err := tx.PutAct(ctx, store.Act{Who: who, What: "import", Detail: detail}); err != nil {
			return err
		}
		return tx.AddImport(ctx, w.now.row())
	}); err != nil {
		return Imported{}, err
	}
	defer m.beat(ctx, w.now.ID)()
	done, err := w.take(ctx, in, o)
	return done, w.end(context.WithoutCancel(ctx), done, err)
}

// beat notes each minute that a command goes on with an import, though it only waits for
// the next lines of its list, until stop is called.
func (m *Members) beat(ctx context.Context, id string) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var over sync.WaitGroup
	over.Go(func() {
		minute := time.NewTicker(time.Minute)
		defer minute.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-minute.C: // one that fails is made up for by the next
				_ = m.store.Write(ctx, func(tx *store.Tx) error { return tx.TouchImport(ctx, id) })
			}
		}
	})
	return func() {
		cancel()
		over.Wait()
	}
}

// end keeps what came of a list in the end, and how, and returns why it was taken in part.
func (w *importWork) end(ctx context.Context, done Imported, err error) error {
	now := w.now
	now.State, now.Done = store.ImportDone, done
	if err == nil {
		now.Line = max(now.Lines, now.Line)
	} else {
		now.Stop = stopBy(err) // what came of it can be undone, and it can be brought in again
	}
	if e := w.step(ctx, now); err == nil {
		err = e
	}
	if !errors.Is(err, errImportMeanwhile) {
		return err
	}
	is, e := w.ImportOf(ctx, w.now.ID)
	if e == nil && is.Stop.By != "" {
		return magazine.Errorf(magazine.Conflict, "%s stopped it at the desk, at line %d; what came of it until then is kept, and can be undone there", magazine.CleanText(is.Stop.By), w.now.Line)
	}
	return errors.Join(err, e)
}

// stopBy is why a list that a command takes was taken no further: whoever called it has
// ended it, or something went wrong.
func stopBy(err error) Stop {
	if errors.Is(err, context.Canceled) {
		return Stop{Why: StopWanted}
	}
	what := wrongOf(err)
	what.Text = cut(magazine.CleanText(what.Text), 300)
	return Stop{Why: StopFailed, What: &what}
}

// take takes a list, and keeps whom it has and how far it is in the transactions that
// take people.
func (w *importWork) take(ctx context.Context, in io.Reader, o ImportOptions) (Imported, error) {
	var kept Import
	progress := o.Progress
	o.Kept = func(ctx context.Context, tx *store.Tx, line int, so Imported, people []store.ImportedPerson) error {
		kept = w.now
		kept.Line, kept.Done = int64(line), so
		if err := tx.PutImportedPeople(ctx, w.now.ID, people); err != nil {
			return err
		}
		return w.stepImport(ctx, tx, w.now, kept)
	}
	o.Progress = func(line int, so Imported) error {
		w.now = kept
		if progress == nil {
			return nil
		}
		return progress(line, so)
	}
	return w.Import(ctx, in, o)
}
