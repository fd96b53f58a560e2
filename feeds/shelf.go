package feeds

import (
	"errors"
	"os"
	"sync"

	"postrider/magazine"
)

// A shelf is where the texts of entries stand until documents take them.
type shelf interface {
	put(texts []byte) (at int64, err error)
	get(text []byte, at int64) error // fills text
}

// A memoryShelf is for one document. Only one goroutine uses it.
type memoryShelf struct{ texts []byte }

func (s *memoryShelf) put(texts []byte) (int64, error) {
	at := len(s.texts)
	s.texts = append(s.texts, texts...)
	return int64(at), nil
}

func (s *memoryShelf) get(text []byte, at int64) error {
	copy(text, s.texts[at:])
	return nil
}

// A fileShelf is a file for as long as an export lasts. It stands in the
// export's folder, since that has room for a multiple of it, while the system's
// folder for such files may be in memory. Nothing that it holds is written
// over, so that a draft's texts stay as they are.
type fileShelf struct {
	root *os.Root

	mu     sync.Mutex
	file   *os.File // nil until the first text comes
	end    int64
	failed error // why a text could not be put there: the next cannot either
}

var shelfFile = aside("entries")

func (s *fileShelf) put(texts []byte) (at int64, err error) {
	s.mu.Lock()
	if s.file == nil && s.failed == nil {
		s.failed = s.open()
	}
	at = s.end
	s.end += int64(len(texts))
	err = s.failed
	s.mu.Unlock()
	if err != nil {
		return 0, err
	}
	if _, err = s.file.WriteAt(texts, at); err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.failed = shelfError(err)
		return 0, s.failed
	}
	return at, nil
}

// open makes the file and takes its name away at once, where the system lets
// us: whoever publishes the folder has no use for it, and when this process is
// killed it is gone.
func (s *fileShelf) open() error {
	if err := remove(s.root, shelfFile); err != nil {
		return shelfError(err)
	}
	file, err := s.root.OpenFile(shelfFile, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return shelfError(err)
	}
	s.root.Remove(shelfFile) // or close does
	s.file = file
	return nil
}

func shelfError(err error) error {
	return magazine.Errorf(magazine.Unavailable, "the articles cannot be kept in the feeds' folder while the feeds are written, which takes as much room as all articles in every format once: %w", err)
}

func (s *fileShelf) get(text []byte, at int64) error {
	if _, err := s.file.ReadAt(text, at); err != nil {
		return magazine.Errorf(magazine.Unavailable, "the articles that are kept in the feeds' folder while the feeds are written cannot be read: %w", err)
	}
	return nil
}

// failure tells why the shelf takes no more; nil where it does.
func (s *fileShelf) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// close forgets everything.
func (s *fileShelf) close() error {
	if s.file == nil {
		return nil
	}
	err := errors.Join(s.file.Close(), remove(s.root, shelfFile))
	s.file = nil
	return err
}
