package articles

import (
	"context"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"

	"postrider/magazine"
	"postrider/store"
)

// watching runs Watch until the test ends.
func (d *desk) watching() (stop func()) {
	ctx, cancel := context.WithCancel(d.t.Context())
	done := make(chan error, 1)
	go func() { done <- d.src.Watch(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		select {
		case err := <-done:
			d.must(err)
		case <-time.After(10 * time.Second):
			d.t.Error("Watch does not end")
		}
	}
	d.t.Cleanup(stop)
	return stop
}

// becomes polls until something is so. No event tells what a watcher has done.
func (d *desk) becomes(what string, so func() bool) {
	d.t.Helper()
	deadline := time.After(30 * time.Second)
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		if so() {
			tick.Stop()
			return
		}
		select {
		case <-deadline:
			d.t.Fatalf("%s: listed %q\n%s", what, d.listed(), d.log)
		case <-tick.C:
		}
	}
}

func (d *desk) becomesListed(what, want string) {
	d.t.Helper()
	d.becomes(what, func() bool { return d.listed() == want })
}

// put writes a file aside and moves it into its place, as careful programs do.
func (d *desk) put(name, text string) {
	d.t.Helper()
	d.write(".aside", text)
	d.rename(".aside", name)
}

func TestWatch(t *testing.T) {
	d := liteDesk(t)
	d.put("a.md", page("Alpha", "2024-05-01", passage))
	stop := d.watching()
	d.becomesListed("at the start", "alpha")
	d.put("b.md", page("Beta", "2024-05-02", "Beta has a text of its own."))
	d.becomesListed("a new file", "beta alpha")
	d.put("a.md", page("Alpha", "2024-05-01", passage, "slug: first"))
	d.becomesListed("an edited file", "beta first")
	d.put("2024/05/c.md", page("Gamma", "2024-05-03", "Gamma has a text too."))
	d.becomesListed("a new folder", "gamma beta first")
	d.put("2024/05/d.md", page("Delta", "2024-05-04", "Delta came to stay."))
	d.becomesListed("a file in a new folder", "delta gamma beta first")
	was := d.article("gamma")
	d.rename("2024/05/c.md", "2024/06/gamma.md")
	d.becomes("a renamed file", func() bool { return d.article("gamma").FromFile == "2024/06/gamma.md" })
	d.same(was, "gamma")
	d.rename("2024", "archive")
	d.becomes("a renamed folder", func() bool { return d.article("gamma").FromFile == "archive/06/gamma.md" })
	d.put("archive/06/e.md", page("Epsilon", "2024-05-05", "It is in a folder that was renamed."))
	d.becomesListed("a file in a renamed folder", "epsilon delta gamma beta first")
	d.remove("b.md")
	d.becomesListed("a deleted file", "epsilon delta gamma first")
	if d.article("beta").State != magazine.Withdrawn {
		t.Error(d.article("beta").State)
	}
	// Written slowly, in place: it is read when it is complete.
	d.must(os.WriteFile(d.path("f.md"), []byte("---\ntitle: Zeta\nda"), 0o644))
	d.must(os.WriteFile(d.path("f.md"), []byte(page("Zeta", "2024-05-06", "It is complete.")), 0o644))
	d.becomesListed("a file written in place", "zeta epsilon delta gamma first")
	stop()
	if log := d.log.String(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "a file is held") {
		t.Errorf("log: %s", log)
	}
}

// A source behind a link, whose folder comes later.
func TestWatchLink(t *testing.T) {
	d := liteDesk(t)
	real := d.dir
	d.dir = real + "-link"
	d.src.folder = d.dir
	d.must(os.Symlink(real, d.dir))
	d.watching()
	d.put("a.md", page("Alpha", "2024-05-01", passage))
	d.becomesListed("a file behind a link", "alpha")
	d.put("b.md", page("Beta", "2024-05-02", "Beta has a text of its own."))
	d.becomesListed("another", "beta alpha")
}

// Watch ends at once, whatever it waits for.
func TestWatchEnds(t *testing.T) {
	d := liteDesk(t)
	d.must(os.WriteFile(d.path("a.md"), []byte(page("Alpha", "2024-05-01", passage)), 0o644)) // so that the pass waits
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	d.must(d.src.Watch(ctx))
	if d.listed() != "" {
		t.Error("the pass went on to its end")
	}
	if log := d.log.String(); strings.Contains(log, "ERROR") {
		t.Errorf("log: %s", log)
	}
}

// Where the system has no more watches, Watch says so once and goes on.
func TestWatchLimits(t *testing.T) {
	d := liteDesk(t)
	d.put("2024/05/a.md", page("Alpha", "2024-05-01", passage))
	w, err := fsnotify.NewWatcher()
	d.must(err)
	d.must(w.Close()) // it takes no more
	if n := (&watcher{Source: d.src, Watcher: w}).follow(); n != 3 {
		t.Errorf("%d folders are not watched, want 3", n)
	}
	if n := (&watcher{Source: d.src, Watcher: &fsnotify.Watcher{}}).follow(); n != 0 {
		t.Errorf("no watcher: %d", n)
	}
}

// What could not be read is looked at again before long.
func TestWhenToLookAgain(t *testing.T) {
	d := liteDesk(t)
	d.write("a.md", page("Alpha", "2024-05-01", passage))
	if next := d.src.pass(t.Context()); next != rescan {
		t.Errorf("after a good pass: %v", next)
	}
	d.must(os.Rename(d.dir, d.dir+"-aside"))
	if next := d.src.pass(t.Context()); next != later {
		t.Errorf("without its folder: %v", next)
	}
	d.must(d.store.Close())
	if next := d.src.pass(t.Context()); next != later || !strings.Contains(d.log.String(), "tried again") {
		t.Errorf("without its store: %v, %s", next, d.log)
	}
}

// What events tell of is read alone where that is enough.
func TestWhatEventsTell(t *testing.T) {
	d := liteDesk(t)
	d.write("2024/a.md", page("Alpha", "2024-05-01", passage))
	for _, name := range []string{"photo.jpg", "a.md.tmp", "#a.md#", "a.md___jb_tmp___"} {
		d.write("2024/"+name, "no picture")
	}
	d.write("old.tmp/b.txt~", "a folder of any name")
	fs, err := fsnotify.NewWatcher()
	d.must(err)
	defer fs.Close()
	w := &watcher{Source: d.src, Watcher: fs, touched: map[string]bool{}, whole: true}
	if next := w.pass(t.Context()); next != rescan || d.listed() != "alpha" {
		t.Fatalf("the first pass: %v, %q", next, d.listed())
	}
	for _, c := range []struct {
		name string
		op   fsnotify.Op
		want string
	}{
		{"2024/a.md", fsnotify.Write, "2024/a.md"}, {"2024/gone.md", fsnotify.Remove, "2024/gone.md"}, {"2024/gone.md", fsnotify.Rename, "2024/gone.md"},
		{"2024/gone.md", fsnotify.Create, "all"}, {"2023/a.md", fsnotify.Remove, "all"}, {"2024", fsnotify.Rename, "all"}, {"2024", fsnotify.Create, "all"}, {"", fsnotify.Remove, "all"},
		{"2024/photo.jpg", fsnotify.Write, "all"}, {"2024/other.jpg", fsnotify.Remove, "all"}, {"authors/a.yaml", fsnotify.Remove, "all"}, {"README.md", fsnotify.Remove, "all"}, {"4913", fsnotify.Remove, "nothing"}, {"2024/a.md~", fsnotify.Remove, "nothing"},
		{"2024/a.md.tmp", fsnotify.Create, "nothing"}, {"2024/a.md.tmp", fsnotify.Rename, "nothing"}, {"2024/gone.md.tmp", fsnotify.Remove, "nothing"}, {"2024/#a.md#", fsnotify.Write, "nothing"},
		{"2024/#gone.md#", fsnotify.Remove, "nothing"}, {"2024/a.md___jb_tmp___", fsnotify.Create, "nothing"}, {"2024/#a.md", fsnotify.Remove, "2024/#a.md"}, {"old.tmp", fsnotify.Create, "all"},
	} {
		some := w.note(fsnotify.Event{Name: d.path(c.name), Op: c.op})
		got := strings.Join(slices.Collect(maps.Keys(w.touched)), " ")
		switch {
		case w.whole:
			got = "all"
		case !some:
			got = "nothing"
		}
		if got != c.want {
			t.Errorf("%s %s: %q is to be read, want %q", c.op, c.name, got, c.want)
		}
		clear(w.touched)
		w.whole = false
	}
	d.write("2024/b.md", page("Beta", "2024-05-02", "Beta has a text of its own."))
	d.write("2024/c.md", page("Gamma", "2024-05-03", "Gamma has a text too."))
	w.note(fsnotify.Event{Name: d.path("2024/c.md"), Op: fsnotify.Create})
	if next := w.pass(t.Context()); next > rescan || d.listed() != "gamma alpha" {
		t.Errorf("after one event: %v, %q", next, d.listed())
	}
	w.due = time.Time{}
	w.note(fsnotify.Event{Name: d.path("2024/c.md"), Op: fsnotify.Write})
	if w.pass(t.Context()); d.listed() != "beta gamma alpha" {
		t.Errorf("when everything is due: %q", d.listed())
	}
	d.remove("2024/a.md")
	d.must(d.store.Write(t.Context(), func(tx *store.Tx) error {
		return tx.PutSourceProblems(t.Context(), d.src.name, []magazine.Problem{{Text: "something"}})
	}))
	w.note(fsnotify.Event{Name: d.path("2024/c.md"), Op: fsnotify.Write})
	if w.pass(t.Context()); d.listed() != "beta gamma" {
		t.Errorf("with a problem everything is read: %q", d.listed())
	}
}
