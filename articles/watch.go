package articles

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	quiet    = 700 * time.Millisecond // how long a folder must be still after a change before it is read
	patience = 5 * time.Second        // how long to wait for a folder that is never still
	rescan   = 3 * time.Minute        // when to read everything again: for file systems that tell nobody of changes, and for changes that events did not tell of
	soon     = 2 * time.Second        // when to look again at files that were being written
	later    = 20 * time.Second       // when to look again at a source that could not be read
)

// Watch goes over the source at once, whenever something in it changes and has
// come to rest, and every few minutes, until ctx is done. Of articles' files that
// change it reads only those; of anything else, everything. What goes wrong is
// logged and tried again at the next pass.
func (s *Source) Watch(ctx context.Context) error {
	w := &watcher{Source: s, touched: map[string]bool{}, whole: true}
	var err error
	if w.Watcher, err = fsnotify.NewWatcher(); err != nil {
		s.log.Warn("changes of files are seen only every few minutes: the system has no more watches (fs.inotify.max_user_instances)", "error", err)
		w.Watcher = &fsnotify.Watcher{} // which never tells anything
	} else {
		defer w.Close()
	}
	next := time.NewTimer(0)
	defer next.Stop()
	var since time.Time // the first change that no pass has seen
	changed := func() {
		if since.IsZero() {
			since = time.Now()
		}
		next.Reset(min(quiet, patience-time.Since(since)))
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-w.Events:
			if e.Op != fsnotify.Chmod && !hidden(filepath.Base(e.Name)) && w.note(e) {
				changed()
			}
		case err := <-w.Errors:
			s.log.Warn("some changes of files were not seen; the folder is read again", "error", err)
			w.whole = true
			changed()
		case <-s.again:
			w.whole = true
			changed()
		case <-next.C:
			since = time.Time{}
			next.Reset(w.pass(ctx))
		}
	}
}

// Again has a source that is watched read anew soon: something was decided by which its
// files mean something else.
func (s *Source) Again() {
	select {
	case s.again <- struct{}{}:
	default: // it is to be read already
	}
}

// watcher is one watching of a source.
type watcher struct {
	*Source
	*fsnotify.Watcher
	top       string          // the folder itself, which may be behind a link
	folders   map[string]bool // that are watched, or should be
	unwatched int             // of these

	touched map[string]bool // articles' files that have changed, by path below the source
	whole   bool            // something else has changed
	due     time.Time       // of the next pass over everything
}

// note notes what has changed, and tells whether anything is to be read for it. The
// system may call what lies in a folder that was moved by its earlier path.
func (w *watcher) note(e fsnotify.Event) bool {
	path, err := filepath.Rel(w.top, e.Name)
	path = filepath.ToSlash(path)
	info, missing := os.Lstat(e.Name)
	gone := errors.Is(missing, fs.ErrNotExist)
	sure := w.folders[filepath.Dir(e.Name)] && (!gone || e.Has(fsnotify.Remove) || e.Has(fsnotify.Rename))
	folder := w.folders[e.Name] || missing == nil && info.IsDir()
	switch {
	case sure && !folder && err == nil && KindOf(path, 0) == ArticleFile:
		w.touched[path] = true
	case !folder && (isTrace(filepath.Base(e.Name)) || gone && filepath.Ext(path) == ""):
		return false
	default:
		w.whole = true
	}
	return true
}

// isTrace tells the name of what a program that edits or saves a file leaves beside
// it, for a moment or for as long as it has the file open: what it was before, what
// it will be, and what is not saved yet. Other traces have no extension, and are
// gone when we look.
func isTrace(name string) bool {
	return strings.HasSuffix(name, "~") || strings.HasSuffix(name, ".tmp") || strings.HasSuffix(name, "___") || strings.HasPrefix(name, "#") && strings.HasSuffix(name, "#")
}

// pass reads what has changed, or everything, and tells when to do so again.
func (w *watcher) pass(ctx context.Context) time.Duration {
	paths := slices.Sorted(maps.Keys(w.touched))
	some := !w.whole && len(paths) > 0 && len(paths) <= someFiles && time.Now().Before(w.due)
	clear(w.touched)
	if some {
		done, err := w.readSome(ctx, paths)
		if ctx.Err() != nil || !errors.Is(err, errWhole) {
			next := w.after(ctx, done, err)
			switch next {
			case rescan:
				return time.Until(w.due)
			case soon:
				for _, path := range paths {
					w.touched[path] = true
				}
			default:
				w.whole = true
			}
			return next
		}
	}
	if n := w.follow(); n != w.unwatched {
		if w.unwatched = n; n > 0 {
			w.log.Warn("changes in some folders are seen only every few minutes: the system's limit of watches is reached (fs.inotify.max_user_watches)", "folders", n)
		}
	}
	next := w.Source.pass(ctx)
	w.whole, w.due = next != rescan, time.Now().Add(rescan)
	return next
}

// pass goes over the source and tells when to do so again.
func (s *Source) pass(ctx context.Context) time.Duration {
	done, err := s.Read(ctx, PassOptions{})
	return s.after(ctx, done, err)
}

// after logs what a pass did and tells when to go over the source again.
func (s *Source) after(ctx context.Context, done Pass, err error) time.Duration {
	if err != nil {
		if ctx.Err() == nil {
			s.log.Error("the source could not be read and is tried again", "folder", s.folder, "error", err)
		}
		return later
	}
	if done.New+done.Changed+done.Withdrawn > 0 {
		s.log.Info("articles were read", "folder", s.folder, "new", done.New, "changed", done.Changed, "withdrawn", done.Withdrawn, "held", done.Held)
	}
	switch {
	case done.Unripe:
		return soon
	case len(done.Problems) > 0:
		return later
	}
	return rescan
}

// follow watches every folder of the source and tells how many it could not
// watch. Folders that come are met at the next pass over everything.
func (w *watcher) follow() (failed int) {
	w.folders = map[string]bool{}
	if w.Events == nil {
		return 0
	}
	top, err := filepath.EvalSymlinks(w.folder) // the folder itself may be a link; those in it are not followed
	if err != nil {
		return 0
	}
	w.top = top
	filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil
		}
		if path != top && hidden(d.Name()) {
			return fs.SkipDir
		}
		w.folders[path] = true
		if err := w.Add(path); err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			failed++
		}
		return nil
	})
	return failed
}
