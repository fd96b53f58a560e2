package members_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"postrider/members"
	"postrider/store"
)

// many is a list of 600 people.
func many() io.Reader {
	var list strings.Builder
	list.WriteString("email\n")
	for n := range 600 {
		fmt.Fprintf(&list, "p%d@example.org\n", n)
	}
	return strings.NewReader(list.String())
}

// Why a list was taken in part is told as it was: whoever called the command ended it, or
// something went wrong, and what.
func TestImportOfAFileTellsWhyItStopped(t *testing.T) {
	each(t, func(h *house) {
		until, cancel := context.WithCancel(ctx)
		defer cancel()
		for name, c := range map[string]struct {
			ctx   context.Context
			in    io.Reader
			at    func() error // after some people
			why   members.StopWhy
			what  string
			added int
		}{
			"no address": {ctx, strings.NewReader("name\nNoor\n"), nil, members.StopFailed, "email", 0},
			"cut off":    {ctx, io.MultiReader(strings.NewReader("email\n"+strings.Repeat("a@example.org\n", 3)), iotest.ErrReader(errors.New("the disk is gone"))), nil, members.StopFailed, "the disk is gone", 0},
			"hostile":    {ctx, many(), func() error { return errors.New("bad\x00\x1b[2J" + strings.Repeat("x", 5000)) }, members.StopFailed, "bad", 200},
			"ended":      {until, many(), func() error { cancel(); return until.Err() }, members.StopWanted, "", 200},
		} {
			h.forget()
			h.clock.Add(time.Second)
			o := members.ImportOptions{Newsletters: []string{"weekly"}, Confirmed: true}
			if c.at != nil {
				o.Progress = func(int, members.Imported) error { return c.at() }
			}
			if _, err := h.ImportFile(c.ctx, c.in, o, "people.csv", "root", 600); err == nil {
				h.Errorf("%s: it was taken", name)
			}
			all, err := h.Imports(ctx, 1)
			h.must(err)
			i, what := all[0], ""
			if i.Stop.What != nil {
				what = i.Stop.What.Text
			}
			if i.State != store.ImportDone || i.Stop.Why != c.why || !strings.Contains(what, c.what) || (what == "") != (c.what == "") || len(what) > 300 || strings.ContainsAny(what, "\x00\x1b") || i.Done.Added != c.added {
				h.Errorf("%s: %s, %+v, %q", name, i.State, i, what)
			}
			if n := h.undone(i); n != (members.Undone{Out: c.added}) {
				h.Errorf("%s: %+v", name, n)
			}
		}
	})
}

// A command that waits for the next lines of its list is not taken for one that has ended.
func TestImportOfAFileThatComesSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := lite(t)
		in, out := io.Pipe()
		var done members.Imported
		var err error
		go func() {
			done, err = h.ImportFile(ctx, in, members.ImportOptions{Newsletters: []string{"weekly"}, Confirmed: true}, "people.csv", "root", 0)
		}()
		fmt.Fprint(out, "email\nx@example.org\n")
		for range 3 {
			h.clock.Add(9 * time.Minute)
			time.Sleep(time.Minute)
			synctest.Wait()
		}
		all, e := h.Imports(ctx, 1)
		h.must(e)
		if i := all[0]; i.State != store.ImportRunning || i.Ended(h.clock.Now().Add(9*time.Minute)) || !i.Ended(h.clock.Now().Add(11*time.Minute)) {
			t.Errorf("%+v", i)
		}
		out.Close()
		synctest.Wait()
		if i := h.imported(all[0].ID); err != nil || done.Added != 1 || i.State != store.ImportDone {
			t.Errorf("%v, %+v, %+v", err, done, i)
		}
		h.clock.Add(time.Hour)
		time.Sleep(time.Hour)
		if i := h.imported(all[0].ID); !i.Changed.Before(h.clock.Now()) {
			t.Errorf("it is over: %+v", i)
		}
	})
}

// A command that is killed leaves a list that nobody goes on with: that is seen after
// some minutes, and it can be stopped and undone. One of the desk only waits.
func TestImportOfAFileWhoseCommandIsKilled(t *testing.T) {
	h := lite(t)
	o := members.ImportOptions{Newsletters: []string{"weekly"}, Confirmed: true, Progress: func(int, members.Imported) error { panic("killed") }}
	func() {
		defer func() { _ = recover() }()
		_, _ = h.ImportFile(ctx, many(), o, "people.csv", "root", 600)
	}()
	all, err := h.Imports(ctx, 1)
	h.must(err)
	killed := h.imported(all[0].ID)
	if killed.State != store.ImportRunning || killed.Line != 201 || killed.Ended(h.clock.Now().Add(9*time.Minute)) || !killed.Ended(h.clock.Now().Add(11*time.Minute)) {
		t.Fatalf("%+v", killed)
	}
	h.must(h.StopImport(ctx, killed.ID, killed.Revision, "owner@example.org"))
	if killed = h.imported(killed.ID); killed.Ended(h.clock.Now().Add(24 * time.Hour)) {
		t.Errorf("it was stopped: %+v", killed)
	}
	if n := h.undone(killed); n != (members.Undone{Out: 200}) {
		t.Errorf("%+v", n)
	}
	if waits := h.running(); waits.Ended(h.clock.Now().Add(24 * time.Hour)) {
		t.Errorf("%+v", waits)
	}
}
