package articles

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"

	"postrider/magazine"
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
	if n := d.src.follow(w); n != 3 {
		t.Errorf("%d folders are not watched, want 3", n)
	}
	if n := d.src.follow(&fsnotify.Watcher{}); n != 0 {
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
