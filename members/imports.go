package members

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// At the desk a list is brought in by steps: it comes, somebody says which column is
// what, a job tells what would come of it, and then a job takes it. Each step is a
// state in the database, and says how far it is in the transaction that goes on with
// it, so that one that was cut short goes on from there, and is done by one alone.

const (
	importPart = 256 << 10           // bytes of a list that are kept together
	importKept = 24 * time.Hour      // for which a list waits for somebody to say what becomes of it
	undoable   = 30 * 24 * time.Hour // for which an import can be undone

	commandRests = 10 * time.Minute // after which a command that notes each minute that it goes on has ended
)

// MaxImport is the largest list that can be brought in at the desk, in bytes: that of
// a million people has some 40 MB.
const MaxImport = 64 << 20

// ImportArgs is the job of going on with an import, or of forgetting what is left of it
// when its time is over.
type ImportArgs struct {
	Import string `json:"import"`
	Forget bool   `json:"forget,omitempty"`
}

// Kind names the job in the database.
func (ImportArgs) Kind() string { return "import" }

// An ImportPlan says how a list is to be taken.
type ImportPlan struct {
	Columns     Columns  `json:"columns"`
	Newsletters []string `json:"newsletters,omitempty"` // none: all digests
	Confirmed   bool     `json:"confirmed,omitempty"`   // these people have agreed, and who brings them answers for it
	Begun       int64    `json:"begun,omitempty"`       // when somebody had it taken, microseconds
}

// An Import is a list of people at the desk, with what has come of it.
type Import struct {
	store.Import
	Plan ImportPlan
	Done Imported // of the check, and then of the import itself
	Undo Undone   // so far
	Stop Stop
}

// ByCommand tells that the command takes the list, where it lies: none of it is kept.
func (i Import) ByCommand() bool { return i.Bytes == 0 }

// Ended tells that the command that took the list has ended before it, as when it is
// killed, as far as can be seen: it has noted nothing for long.
func (i Import) Ended(now time.Time) bool {
	return i.State == store.ImportRunning && i.ByCommand() && now.Sub(i.Changed) > commandRests
}

// A Stop says why a list was taken in part, up to the line where the import stands.
type Stop struct {
	Why  StopWhy `json:"why,omitempty"`  // empty: it was taken to its end
	What *Wrong  `json:"what,omitempty"` // what is wrong with its plan, or went wrong
	By   string  `json:"by,omitempty"`   // who stopped it at the desk
}

// StopWhy is one of the reasons of a Stop.
type StopWhy string

// The reasons: somebody wanted it; what it was to be taken by is there no more; it made
// no headway for a month; something went wrong with what a command took.
const (
	StopWanted StopWhy = "wanted"
	StopPlan   StopWhy = "plan"
	StopIdle   StopWhy = "idle"
	StopFailed StopWhy = "failed"
)

// importDone is what the database keeps of what came of an import.
type importDone struct {
	Imported
	Undo Undone `json:"undo,omitzero"`
	Stop Stop   `json:"stop,omitzero"`
}

func readImport(row store.Import, err error) (Import, error) {
	i := Import{Import: row}
	if err != nil {
		return i, err
	}
	var done importDone
	if err := errors.Join(json.Unmarshal([]byte(row.Plan), &i.Plan), json.Unmarshal([]byte(row.Done), &done)); err != nil {
		return i, magazine.Errorf(magazine.Internal, "import %s: %w", row.ID, err)
	}
	i.Done, i.Undo, i.Stop = done.Imported, done.Undo, done.Stop
	return i, nil
}

// row is the import as the database keeps it.
func (i Import) row() store.Import {
	plan, err := json.Marshal(i.Plan)
	done, e := json.Marshal(importDone{i.Done, i.Undo, i.Stop})
	if err := errors.Join(err, e); err != nil {
		panic(err) // nothing in them can fail
	}
	i.Import.Plan, i.Import.Done = string(plan), string(done)
	return i.Import
}

// ImportOf finds an import. NotFound: there is none.
func (m *Members) ImportOf(ctx context.Context, id string) (Import, error) {
	return readImport(m.store.Import(ctx, id))
}

// Imports lists the last imports, newest first.
func (m *Members) Imports(ctx context.Context, limit int) (list []Import, err error) {
	rows, err := m.store.Imports(ctx, limit)
	for _, row := range rows {
		i, err := readImport(row, nil)
		if err != nil {
			return nil, err
		}
		list = append(list, i)
	}
	return list, err
}

var errImportLarge = magazine.Errorf(magazine.Invalid, "the list has more than %d MB; part it, or bring it in by postrider subscribers import", MaxImport>>20).Said("desk.import.large", "n", MaxImport>>20)

// BringImport keeps a list that comes in, a part at a time, and returns its id. Invalid:
// it is empty or larger than MaxImport, or did not come whole; then nothing is kept.
func (m *Members) BringImport(ctx context.Context, name, who string, in io.Reader) (id string, err error) {
	i := Import{Import: store.Import{ID: magazine.NewID(), Name: cut(magazine.CleanText(name), 200), Who: who, State: store.ImportComing}}
	if err := m.store.Write(ctx, func(tx *store.Tx) error {
		if err := m.importJob(ctx, tx, ImportArgs{Import: i.ID, Forget: true}, tx.Now.Add(importKept+time.Second)); err != nil {
			return err
		}
		return tx.AddImport(ctx, i.row())
	}); err != nil {
		return "", err
	}
	came := i
	if err = m.keepList(ctx, &came, in); err == nil {
		came.State = store.ImportNew
		var sketch Sketch
		if sketch, err = NewSketch(m.store.ImportList(ctx, i.ID)); err == nil {
			came.Plan.Columns = sketch.Columns
		}
	}
	if err != nil {
		came.State = store.ImportDropped
	}
	ctx = context.WithoutCancel(ctx) // who brings it may be gone
	if e := m.changeImport(ctx, i, came); e != nil {
		return "", e
	}
	return i.ID, err
}

// keepList keeps what comes of a list.
func (m *Members) keepList(ctx context.Context, i *Import, in io.Reader) error {
	var breaks, returns int64
	block := make([]byte, importPart)
	for part := 0; ; part++ {
		n, err := fill(in, block)
		if i.Bytes += int64(n); i.Bytes > MaxImport {
			return errImportLarge
		}
		if n > 0 {
			breaks, returns = breaks+int64(bytes.Count(block[:n], []byte("\n"))), returns+int64(bytes.Count(block[:n], []byte("\r")))
			if err := m.store.Write(ctx, func(tx *store.Tx) error { return tx.AddImportPart(ctx, i.ID, part, block[:n]) }); err != nil {
				return err
			}
		}
		switch {
		case err == io.EOF:
			if i.Lines = breaks; breaks == 0 {
				i.Lines = returns
			}
			return nil
		case err != nil:
			return err
		}
	}
}

// fill reads until a block is full. Its error is the reader's own: io.ReadFull would say
// of a list that has come to its end what others say of one that was cut off.
func fill(in io.Reader, block []byte) (n int, err error) {
	for n < len(block) && err == nil {
		var more int
		more, err = in.Read(block[n:])
		n += more
	}
	return n, err
}

var errImportMeanwhile = magazine.Errorf(magazine.Conflict, "the import is not as it was any more").Said("desk.import.meanwhile")

// changeImport puts an import as it is to be in place of it as it was. Conflict: it is
// another than that.
func (m *Members) changeImport(ctx context.Context, was, now Import, also ...func(tx *store.Tx) error) error {
	return m.store.Write(ctx, func(tx *store.Tx) error {
		for _, do := range also {
			if err := do(tx); err != nil {
				return err
			}
		}
		return m.stepImport(ctx, tx, was, now)
	})
}

// stepImport is changeImport in a transaction. What is dropped, or has been taken, needs
// its list no more, and is looked at again when its time is over.
func (m *Members) stepImport(ctx context.Context, tx *store.Tx, was, now Import) error {
	if now.State == store.ImportDropped || now.State == store.ImportUndone {
		now.Done.Problems = nil // they name addresses
	}
	if was.State != now.State && (now.State == store.ImportDropped || now.State == store.ImportDone) {
		if err := tx.DropImportList(ctx, now.ID); err != nil {
			return err
		}
		if err := m.importJob(ctx, tx, ImportArgs{Import: now.ID, Forget: true}, tx.Now.Add(keptAs(now.State)+time.Second)); err != nil {
			return err
		}
	}
	done, err := tx.ChangeImport(ctx, was.row(), now.row())
	if err == nil && !done {
		err = errImportMeanwhile
	}
	return err
}

// decideImport has a step of an import begin that somebody wants, who saw it in a
// revision. Conflict: it is another by now, or that step is not to be had.
func (m *Members) decideImport(ctx context.Context, id string, seen int64, from []store.ImportState, change func(i *Import), act store.Act) error {
	was, err := m.ImportOf(ctx, id)
	if err != nil {
		return err
	}
	possible := false
	for _, state := range from {
		possible = possible || was.State == state
	}
	if was.Revision != seen || !possible {
		return errImportMeanwhile
	}
	now := was
	now.Revision, now.Line = was.Revision+1, 0
	change(&now)
	return m.changeImport(ctx, was, now, func(tx *store.Tx) error {
		if act.What != "" {
			if err := tx.PutAct(ctx, act); err != nil {
				return err
			}
		}
		if now.State == store.ImportDropped {
			return nil
		}
		return m.importJob(ctx, tx, ImportArgs{Import: id}, time.Time{})
	})
}

// CheckImport has it found out what would come of a list, as it is planned. Invalid:
// the plan cannot be followed. Conflict: the import is another than was seen.
func (m *Members) CheckImport(ctx context.Context, id string, seen int64, plan ImportPlan) error {
	if err := m.checkPlan(plan); err != nil {
		return err
	}
	return m.decideImport(ctx, id, seen, []store.ImportState{store.ImportNew, store.ImportChecked, store.ImportChecking}, func(i *Import) {
		i.State, i.Plan, i.Done = store.ImportChecking, plan, Imported{}
	}, store.Act{})
}

// checkPlan tells what is wrong with a plan, as the newsletters are now.
func (m *Members) checkPlan(plan ImportPlan) error {
	if err := plan.Columns.check(); err != nil {
		return err
	}
	_, err := m.checkNewsletters(plan.Newsletters, nil)
	return err
}

// RunImport has a list taken whose check somebody has seen. It mails nobody.
func (m *Members) RunImport(ctx context.Context, id string, seen int64, who string) error {
	i, err := m.ImportOf(ctx, id)
	if err != nil {
		return err
	}
	detail := fmt.Sprintf("%s: %d new, %d with something new", i.Name, i.Done.Added, i.Done.Extended+i.Done.Told)
	if i.Plan.Confirmed {
		detail += "; said to have agreed"
	}
	return m.decideImport(ctx, id, seen, []store.ImportState{store.ImportChecked}, func(i *Import) {
		i.State, i.Done, i.Plan.Begun = store.ImportRunning, Imported{}, m.store.Now().UnixMicro()
	}, store.Act{Who: who, What: "import", Detail: detail})
}

// DropImport forgets a list that nobody wants taken.
func (m *Members) DropImport(ctx context.Context, id string, seen int64) error {
	return m.decideImport(ctx, id, seen, []store.ImportState{store.ImportNew, store.ImportChecked, store.ImportChecking}, func(i *Import) { i.State = store.ImportDropped }, store.Act{})
}

// StopImport has a list taken no further than it is. What came of it can be undone.
// Conflict: it is another than was seen, or has come to its end.
func (m *Members) StopImport(ctx context.Context, id string, seen int64, who string) error {
	return m.store.Write(ctx, func(tx *store.Tx) error {
		was, err := readImport(tx.Import(ctx, id)) // which gets on all the time
		if err != nil {
			return err
		}
		if was.State != store.ImportRunning || was.Revision != seen {
			return errImportMeanwhile
		}
		now := was
		now.State, now.Revision, now.Stop = store.ImportDone, was.Revision+1, Stop{Why: StopWanted, By: who}
		if err := tx.PutAct(ctx, store.Act{Who: who, What: "stop import", Detail: fmt.Sprintf("%s: at line %d", was.Name, was.Line)}); err != nil {
			return err
		}
		return m.stepImport(ctx, tx, was, now)
	})
}

// UndoImport has an import undone: see Undone.
func (m *Members) UndoImport(ctx context.Context, id string, seen int64, who string) error {
	i, err := m.ImportOf(ctx, id)
	if err != nil {
		return err
	}
	return m.decideImport(ctx, id, seen, []store.ImportState{store.ImportDone}, func(i *Import) { i.State = store.ImportUndoing },
		store.Act{Who: who, What: "undo import", Detail: i.Name})
}

// A Tried is what a line of a list asks for, as a plan has it, and why it cannot be
// used.
type Tried struct {
	Request
	Wrong []Wrong
}

// Try tells what some rows of a list ask for, and changes nothing.
func (m *Members) Try(ctx context.Context, plan ImportPlan, rows [][]string) (tried []Tried, err error) {
	for _, row := range rows {
		r := plan.Columns.request(row)
		r.Newsletters = plan.Newsletters
		_, err := m.check(ctx, r)
		if err != nil && magazine.CodeOf(err) != magazine.Invalid {
			return nil, err
		}
		one := Tried{Request: r}
		if err != nil {
			one.Wrong = wrongWith(r, err)
		}
		tried = append(tried, one)
	}
	return tried, nil
}

// SketchImport looks at the beginning of an import's list, before it is taken.
func (m *Members) SketchImport(ctx context.Context, id string) (Sketch, error) {
	return NewSketch(m.store.ImportList(ctx, id))
}
