package articles

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	quiet  = 700 * time.Millisecond // how long a folder must be still after a change before it is read
	rescan = 3 * time.Minute        // for file systems that tell nobody of changes
	soon   = 2 * time.Second        // when to look again at files that were being written
)

// Watch goes over the source at once, whenever something in it changes and has
// come to rest, and every few minutes, until ctx is done. What goes wrong is
// logged and tried again at the next pass.
func (s *Source) Watch(ctx context.Context) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		s.log.Warn("changes of files are seen only every few minutes: the system has no more watches", "error", err)
		w = &fsnotify.Watcher{}
	} else {
		defer w.Close()
	}
	next := time.NewTimer(0)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-w.Events:
			if e.Op == fsnotify.Chmod {
				continue
			}
			next.Reset(quiet)
		case err := <-w.Errors:
			s.log.Warn("some changes of files were not seen; the folder is read again", "error", err)
			next.Reset(quiet)
		case <-next.C:
			s.follow(w)
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
		return 10 * soon
	}
	if done.New+done.Changed+done.Withdrawn > 0 {
		s.log.Info("articles were read", "folder", s.folder, "new", done.New, "changed", done.Changed, "withdrawn", done.Withdrawn, "held", done.Held)
	}
	if done.Unripe {
		return soon
	}
	return rescan
}

// follow watches every folder of the source; new ones are met at the next pass.
func (s *Source) follow(w *fsnotify.Watcher) {
	if w.Events == nil {
		return
	}
	failed := 0
	filepath.WalkDir(s.folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil
		}
		if path != s.folder && hidden(d.Name()) {
			return fs.SkipDir
		}
		if err := w.Add(path); err != nil && !os.IsNotExist(err) {
			failed++
		}
		return nil
	})
	if failed > 0 {
		s.log.Warn("changes in some folders are seen only every few minutes: the system's limit of watches is reached (fs.inotify.max_user_watches)", "folders", failed)
	}
}
