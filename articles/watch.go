package articles

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	quiet    = 700 * time.Millisecond // how long a folder must be still after a change before it is read
	patience = 5 * time.Second        // how long to wait for a folder that is never still
	rescan   = 3 * time.Minute        // for file systems that tell nobody of changes
	soon     = 2 * time.Second        // when to look again at files that were being written
	later    = 20 * time.Second       // when to look again at a source that could not be read
)

// Watch goes over the source at once, whenever something in it changes and has
// come to rest, and every few minutes, until ctx is done. What goes wrong is
// logged and tried again at the next pass.
func (s *Source) Watch(ctx context.Context) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		s.log.Warn("changes of files are seen only every few minutes: the system has no more watches (fs.inotify.max_user_instances)", "error", err)
		w = &fsnotify.Watcher{} // which never tells anything
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
	unwatched := 0
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-w.Events:
			if e.Op != fsnotify.Chmod && !hidden(filepath.Base(e.Name)) {
				changed()
			}
		case err := <-w.Errors:
			s.log.Warn("some changes of files were not seen; the folder is read again", "error", err)
			changed()
		case <-next.C:
			since = time.Time{}
			if n := s.follow(w); n != unwatched {
				if unwatched = n; n > 0 {
					s.log.Warn("changes in some folders are seen only every few minutes: the system's limit of watches is reached (fs.inotify.max_user_watches)", "folders", n)
				}
			}
			next.Reset(s.pass(ctx))
		}
	}
}

// pass goes over the source and tells when to do so again.
func (s *Source) pass(ctx context.Context) time.Duration {
	done, err := s.Read(ctx, PassOptions{})
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
// watch. Folders that come are met at the next pass.
func (s *Source) follow(w *fsnotify.Watcher) (failed int) {
	if w.Events == nil {
		return 0
	}
	top, err := filepath.EvalSymlinks(s.folder) // the folder itself may be a link; those in it are not followed
	if err != nil {
		return 0
	}
	filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil
		}
		if path != top && hidden(d.Name()) {
			return fs.SkipDir
		}
		if err := w.Add(path); err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			failed++
		}
		return nil
	})
	return failed
}
