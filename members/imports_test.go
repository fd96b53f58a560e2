package members_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"postrider/magazine"
	"postrider/members"
	"postrider/store"
)

func never() bool { return false }

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// subscribe has a person confirmed and gives them a newsletter.
func (h *house) subscribe(id, newsletter string, follows ...magazine.Follow) {
	h.Helper()
	h.write(func(tx *store.Tx) error {
		if err := tx.SetSubscriberState(ctx, id, magazine.Confirmed); err != nil {
			return err
		}
		_, err := tx.Subscribe(ctx, newsletter, id, false)
		for _, f := range follows {
			if _, e := tx.Follow(ctx, newsletter, id, f); e != nil {
				err = e
			}
		}
		return err
	})
}

// bring brings a list in at the desk.
func (h *house) bring(list string) members.Import {
	h.Helper()
	id, err := h.BringImport(ctx, "people.csv", "owner@example.org", strings.NewReader(list))
	if err != nil {
		h.Fatal(err)
	}
	return h.imported(id)
}

func (h *house) imported(id string) members.Import {
	h.Helper()
	i, err := h.ImportOf(ctx, id)
	if err != nil {
		h.Fatal(err)
	}
	return i
}

// worked goes on with an import until its step is done.
func (h *house) worked(id string, want store.ImportState) members.Import {
	h.Helper()
	if more, err := h.WorkImport(ctx, id, never); more || err != nil {
		h.Fatalf("%v, %v", more, err)
	}
	i := h.imported(id)
	if i.State != want {
		h.Fatalf("it is %s, want %s", i.State, want)
	}
	return i
}

// taken has a list taken to its end, by what its headings say.
func (h *house) taken(list string) members.Import {
	h.Helper()
	i := h.bring(list)
	plan := members.ImportPlan{Columns: i.Plan.Columns, Newsletters: []string{"weekly"}, Confirmed: true}
	if err := h.CheckImport(ctx, i.ID, i.Revision, plan); err != nil {
		h.Fatal(err)
	}
	i = h.worked(i.ID, store.ImportChecked)
	if err := h.RunImport(ctx, i.ID, i.Revision, "owner@example.org"); err != nil {
		h.Fatal(err)
	}
	run := h.worked(i.ID, store.ImportDone)
	if fmt.Sprint(run.Done) != fmt.Sprint(i.Done) {
		h.Errorf("checked %+v, came %+v", i.Done, run.Done)
	}
	return run
}

// undone has an import undone, and compares what came of it with what was said before.
func (h *house) undone(i members.Import) members.Undone {
	h.Helper()
	said, err := h.CountUndo(ctx, i)
	if err != nil {
		h.Fatal(err)
	}
	if err := h.UndoImport(ctx, i.ID, i.Revision, "owner@example.org"); err != nil {
		h.Fatal(err)
	}
	after := h.worked(i.ID, store.ImportUndone)
	if after.Undo != said {
		h.Errorf("said %+v, did %+v", said, after.Undo)
	}
	return after.Undo
}

// A list is brought in step by step; each step is done once, for who has seen the one
// before it.
func TestImportByStepsAndBack(t *testing.T) {
	each(t, func(h *house) {
		h.add("known", request("known@example.org", "weekly"), true, false, members.Added)
		list := "email;name;tier\nknown@example.org;Known;member\nnew@example.org;'=New;\nnew@example.org;;\nbad;;\n"
		i := h.bring(list)
		if i.State != store.ImportNew || i.Plan.Columns.Comma != ";" || i.Lines != 5 || i.Bytes != int64(len(list)) {
			h.Fatalf("%+v", i)
		}
		if err := h.RunImport(ctx, i.ID, i.Revision, "owner@example.org"); magazine.CodeOf(err) != magazine.Conflict {
			h.Errorf("taken before it was checked: %v", err)
		}
		i = h.taken(list)
		if want := (members.Imported{Added: 1, Extended: 1, Known: 1, Invalid: 1, Problems: i.Done.Problems}); fmt.Sprint(i.Done) != fmt.Sprint(want) || len(i.Done.Problems) != 1 {
			h.Errorf("%+v", i.Done)
		}
		if err := h.RunImport(ctx, i.ID, i.Revision-1, "owner@example.org"); magazine.CodeOf(err) != magazine.Conflict {
			h.Errorf("taken twice: %v", err)
		}
		if got := h.people(); got != "known@example.org Known; new@example.org =New" {
			h.Errorf("%q", got)
		}
		if n := h.undone(i); n != (members.Undone{Out: 1, Back: 1}) {
			h.Errorf("%+v", n)
		}
		if got := h.people(); got != "known@example.org" {
			h.Errorf("undone: %q", got)
		}
		p, _ := h.store.SubscriberByEmail(ctx, "known@example.org")
		if p.Tier != magazine.Free {
			h.Errorf("of tier %s", p.Tier)
		}
		if err := h.UndoImport(ctx, i.ID, h.imported(i.ID).Revision, "owner@example.org"); magazine.CodeOf(err) != magazine.Conflict {
			h.Errorf("undone twice: %v", err)
		}
		if i := h.taken(list); i.Done.Added != 1 { // nothing keeps one away who was taken out
			h.Errorf("once more: %+v", i.Done)
		}
		if len(h.asked) > 0 {
			h.Error("somebody was mailed")
		}
	})
}

// Wherever an import stops, it goes on from there: nobody is taken or counted twice,
// and all of it can be undone, which stops and goes on, too.
func TestImportStopsAnywhere(t *testing.T) {
	each(t, func(h *house) {
		var list strings.Builder
		list.WriteString("email\n")
		for n := range 600 {
			fmt.Fprintf(&list, "p%d@example.org\nbad %d\n", n%500, n)
		}
		i := h.bring(list.String())
		if err := h.CheckImport(ctx, i.ID, i.Revision, members.ImportPlan{Columns: i.Plan.Columns, Confirmed: true}); err != nil {
			h.Fatal(err)
		}
		i = h.worked(i.ID, store.ImportChecked)
		if err := h.RunImport(ctx, i.ID, i.Revision, "owner@example.org"); err != nil {
			h.Fatal(err)
		}
		stops := 0
		atOnce := func() bool { return true }
		for {
			more, err := h.WorkImport(ctx, i.ID, atOnce)
			if err != nil {
				h.Fatal(err)
			}
			if !more {
				break
			}
			if stops++; stops > 100 {
				h.Fatal("it does not get on")
			}
		}
		done := h.imported(i.ID)
		if done.State != store.ImportDone || stops < 2 || fmt.Sprint(done.Done) != fmt.Sprint(i.Done) || done.Done.Added != 500 || done.Done.Known != 100 || done.Done.Invalid != 600 || len(done.Done.Problems) != 100 {
			h.Fatalf("after %d stops %s: %+v", stops, done.State, done.Done)
		}
		if n, err := h.store.CountReaders(ctx, store.Audience{Newsletter: "weekly"}); n != 500 || err != nil {
			h.Errorf("%d people, %v", n, err)
		}
		if err := h.UndoImport(ctx, i.ID, done.Revision, "owner@example.org"); err != nil {
			h.Fatal(err)
		}
		one := 0
		if more, err := h.WorkImport(ctx, i.ID, func() bool { one++; return one > 3 }); !more || err != nil {
			h.Fatalf("%v, %v", more, err)
		}
		if undone := h.worked(i.ID, store.ImportUndone); undone.Undo != (members.Undone{Out: 500}) || h.people() != "" {
			h.Errorf("%+v, %q", undone.Undo, h.people())
		}
	})
}

// running brings in a list of 600 people and has the first of them taken.
func (h *house) running() members.Import {
	h.Helper()
	var list strings.Builder
	list.WriteString("email\n")
	for n := range 600 {
		fmt.Fprintf(&list, "p%d@example.org\n", n)
	}
	i := h.bring(list.String())
	h.must(h.CheckImport(ctx, i.ID, i.Revision, members.ImportPlan{Columns: i.Plan.Columns, Newsletters: []string{"weekly"}, Confirmed: true}))
	i = h.worked(i.ID, store.ImportChecked)
	h.must(h.RunImport(ctx, i.ID, i.Revision, "owner@example.org"))
	if more, err := h.WorkImport(ctx, i.ID, func() bool { return true }); !more || err != nil {
		h.Fatalf("%v, %v", more, err)
	}
	return h.imported(i.ID)
}

// A list that is being taken can be stopped, whoever works on it: what came of it stays
// and can be undone.
func TestImportStoppedByHand(t *testing.T) {
	each(t, func(h *house) {
		seen := h.running()
		stop := func() error { return h.StopImport(ctx, seen.ID, seen.Revision, "owner@example.org") }
		once := false
		more, err := h.WorkImport(ctx, seen.ID, func() bool {
			if !once {
				once = true
				h.must(stop()) // it is further than was seen
			}
			return false
		})
		i := h.imported(seen.ID)
		if more || err != nil || i.State != store.ImportDone || i.Stop.Why != members.StopWanted || i.Line != 401 || i.Done.Added != 400 {
			h.Fatalf("%v, %v, %+v", more, err, i)
		}
		if err := stop(); magazine.CodeOf(err) != magazine.Conflict {
			h.Errorf("stopped twice: %v", err)
		}
		if text, err := io.ReadAll(h.store.ImportList(ctx, i.ID)); err != nil || len(text) > 0 {
			h.Errorf("%d bytes stay, %v", len(text), err)
		}
		if n := h.undone(i); n != (members.Undone{Out: 400}) || h.people() != "" {
			h.Errorf("%+v, %q", n, h.people())
		}
	})
}

// A list whose newsletter is there no more is not taken any further, and says why.
func TestImportWithoutItsNewsletter(t *testing.T) {
	h := lite(t)
	i := h.running()
	h.reopen(letters[1:])
	i = h.worked(i.ID, store.ImportDone)
	if i.Stop.Why != members.StopPlan || !strings.Contains(i.Stop.What.Text, `"weekly"`) || i.Done.Added != 200 || i.Done.Invalid != 0 || i.Line != 201 {
		t.Errorf("%+v", i)
	}
}

// An import is forgotten by when it changed last, in whatever state it is stuck.
func TestImportsThatAreStuck(t *testing.T) {
	h := lite(t)
	late := h.bring("email\na@example.org\n")
	h.clock.Add(23 * time.Hour)
	h.must(h.CheckImport(ctx, late.ID, late.Revision, members.ImportPlan{Columns: late.Plan.Columns, Confirmed: true}))
	h.worked(late.ID, store.ImportChecked)
	h.clock.Add(2 * time.Hour)
	jobs := len(h.imports)
	h.must(h.ForgetImport(ctx, late.ID))
	if i := h.imported(late.ID); i.State != store.ImportChecked || len(h.imports) != jobs+1 || !h.imports[jobs].Forget {
		t.Errorf("somebody was deciding: it is %s, %+v", i.State, h.imports[jobs:])
	}

	running := h.running()
	undoing := h.taken("email\nb@example.org\n")
	h.must(h.UndoImport(ctx, undoing.ID, undoing.Revision, "owner@example.org"))
	for _, c := range []struct {
		wait             time.Duration
		running, undoing store.ImportState
	}{{29 * day, store.ImportRunning, store.ImportUndoing}, {2 * day, store.ImportDone, store.ImportUndone}} {
		h.clock.Add(c.wait)
		h.must(h.ForgetImport(ctx, running.ID))
		h.must(h.ForgetImport(ctx, undoing.ID))
		if r, u := h.imported(running.ID), h.imported(undoing.ID); r.State != c.running || u.State != c.undoing {
			t.Errorf("after %s more: %s, %s", c.wait, r.State, u.State)
		}
	}
	if text, err := io.ReadAll(h.store.ImportList(ctx, running.ID)); err != nil || len(text) > 0 || h.imported(running.ID).Stop.Why != members.StopIdle {
		t.Errorf("%d bytes stay, %v", len(text), err)
	}
	if people, err := h.store.ImportedPeople(ctx, undoing.ID, "", 10); len(people) != 0 || err != nil {
		t.Errorf("%+v stay, %v", people, err)
	}
}

// A list that is no list, comes in part or is too large leaves nothing behind.
func TestListsThatDoNotCome(t *testing.T) {
	h := lite(t)
	for name, in := range map[string]io.Reader{
		"empty":  strings.NewReader(""),
		"cut":    io.MultiReader(strings.NewReader("email\na@example.org\n"), iotest.ErrReader(io.ErrUnexpectedEOF)),
		"failed": io.MultiReader(strings.NewReader(strings.Repeat("x", 1<<20)), iotest.ErrReader(errors.New("gone"))),
		"large":  io.LimitReader(endless{}, 3<<30),
	} {
		if _, err := h.BringImport(ctx, name, "owner@example.org", in); err == nil {
			t.Errorf("%s was taken", name)
		}
		list, err := h.Imports(ctx, 10)
		if err != nil || list[0].State != store.ImportDropped {
			t.Errorf("%s: %+v, %v", name, list, err)
		}
		if text, err := io.ReadAll(h.store.ImportList(ctx, list[0].ID)); err != nil || len(text) > 0 {
			t.Errorf("%s: %d bytes stay, %v", name, len(text), err)
		}
		h.clock.Add(time.Second)
	}
}

// endless never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// A list that nobody decides about is forgotten after a day, and whom one changed after
// a month.
func TestImportsAreForgotten(t *testing.T) {
	h := lite(t)
	waits, done := h.bring("email\na@example.org\n"), h.taken("email\nb@example.org\n")
	h.clock.Add(25 * time.Hour)
	for _, i := range []members.Import{waits, done} {
		h.must(h.ForgetImport(ctx, i.ID))
	}
	if i := h.imported(waits.ID); i.State != store.ImportDropped {
		t.Errorf("it is %s", i.State)
	}
	if n, err := h.CountUndo(ctx, done); n.Out != 1 || err != nil {
		t.Errorf("%+v, %v", n, err)
	}
	h.clock.Add(31 * 24 * time.Hour)
	h.must(h.ForgetImport(ctx, done.ID))
	if n, err := h.CountUndo(ctx, done); n.Out != 0 || err != nil {
		t.Errorf("%+v, %v", n, err)
	}
	h.must(h.ForgetImport(ctx, waits.ID))
	if _, err := h.ImportOf(ctx, waits.ID); magazine.CodeOf(err) != magazine.NotFound {
		t.Errorf("a list that was dropped stays: %v", err)
	}
	if len(h.imports) != 6 { // two lists to be forgotten, a check, a run, the changes of that one, and what was dropped
		t.Errorf("%d jobs: %+v", len(h.imports), h.imports)
	}
}

// What was wrong with a list's lines names addresses, and is kept no longer than
// what the list changed can be undone.
func TestProblemsAreForgotten(t *testing.T) {
	const list = "email\na@example.org\nbad@@example.org\n"
	names := func(h *house, id string) bool {
		row, err := h.store.Import(ctx, id)
		h.must(err)
		return strings.Contains(row.Done, "bad@")
	}
	checked := func(h *house) members.Import {
		i := h.bring(list)
		h.must(h.CheckImport(ctx, i.ID, i.Revision, members.ImportPlan{Columns: i.Plan.Columns, Confirmed: true}))
		return h.worked(i.ID, store.ImportChecked)
	}
	for name, end := range map[string]func(h *house) string{
		"dropped": func(h *house) string {
			i := checked(h)
			h.must(h.DropImport(ctx, i.ID, i.Revision))
			return i.ID
		},
		"undecided": func(h *house) string {
			i := checked(h)
			h.clock.Add(25 * time.Hour)
			h.must(h.ForgetImport(ctx, i.ID))
			return i.ID
		},
		"undone": func(h *house) string {
			i := h.taken(list)
			h.undone(i)
			return i.ID
		},
		"old": func(h *house) string {
			i := h.taken(list)
			h.clock.Add(31 * 24 * time.Hour)
			h.must(h.ForgetImport(ctx, i.ID))
			return i.ID
		},
	} {
		h := lite(t)
		if id := checked(h).ID; !names(h, id) {
			t.Fatalf("%s: nothing was wrong", name)
		}
		if id := end(h); names(h, id) {
			t.Errorf("%s: the addresses stay", name)
		}
	}
}
