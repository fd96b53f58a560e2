package feeds

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/gofrs/flock"

	"postrider/magazine"
)

// folder is where the part's documents are written: its path with each name
// made one that is safe on every file system.
func (p part) folder() string {
	name := strings.TrimPrefix(strings.TrimPrefix(p.path(), p.scope.Path()), "/")
	switch p.scope.Kind {
	case magazine.ScopeAuthor:
		return path.Join("authors", fileName(p.scope.Slug), name)
	case magazine.ScopeSection:
		return path.Join("sections", fileName(p.scope.Slug), name)
	case magazine.ScopeIssue:
		return path.Join("issues", fileName(p.scope.Ref.Volume), fileName(p.scope.Ref.Number), name)
	default:
		return path.Join(".", name)
	}
}

// fileName escapes what no file's name can have everywhere, and a dot at
// either end. Slugs that this program makes stay as they are.
func fileName(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		dot := c == '.' && (i == 0 || i == len(s)-1)
		if c < 0x20 || c == 0x7f || dot || strings.IndexByte(`/\:*?"<>|%`, c) >= 0 {
			const hex = "0123456789ABCDEF"
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// lock keeps other exports from a folder until unlock, or until this process
// ends: two at once would write the same file aside. A file system without
// locks has none. Unavailable: another export is writing to it.
func lock(dir string) (unlock func(), err error) {
	l := flock.New(dir, flock.SetFlag(os.O_RDONLY))
	if got, err := l.TryLock(); err == nil && !got {
		return nil, magazine.Errorf(magazine.Unavailable, "another export is writing to %s; try again when it is done", dir)
	}
	return func() { l.Unlock() }, nil
}

// aside is where a file's new content is written before it takes the name. It
// is always the same, so that the next export clears away what a killed one has
// left.
func aside(name string) string {
	return path.Join(path.Dir(name), "."+path.Base(name)+".new")
}

// openFolder opens a folder and makes it where it is not there. What is done
// within it needs no walk from the root, which opens every folder on the way.
func openFolder(root *os.Root, name string) (*os.Root, error) {
	folder, err := root.OpenRoot(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return folder, err
	}
	if err := root.MkdirAll(name, 0o755); err != nil {
		return nil, err
	}
	return root.OpenRoot(name)
}

// replace puts content in the place of a file in one step, and tells whether
// it was another before. Its folder is there. After sync, a power cut leaves no
// name without its bytes.
func replace(root *os.Root, name string, content []byte, sync func(*os.File) error) (changed bool, err error) {
	if err := remove(root, aside(name)); err != nil {
		return false, err
	}
	if old, err := root.ReadFile(name); err == nil && bytes.Equal(old, content) {
		return false, nil
	}
	if err = write(root, aside(name), content, sync); err == nil {
		err = root.Rename(aside(name), name)
	}
	if err != nil {
		err = errors.Join(err, remove(root, aside(name)))
	}
	return err == nil, err
}

// write makes a file that is not there yet, and follows no link that is.
func write(root *os.Root, name string, content []byte, sync func(*os.File) error) error {
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err = f.Write(content); err == nil {
		err = sync(f)
	}
	return errors.Join(err, f.Close())
}

// remove removes a file that may not be there.
func remove(root *os.Root, name string) error {
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// removeFile removes a file and what is left of it aside, and the folders that
// it leaves empty.
func removeFile(root *os.Root, name string) error {
	if err := errors.Join(remove(root, name), remove(root, aside(name))); err != nil {
		return err
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if root.Remove(dir) != nil { // others' files are in it
			break
		}
	}
	return nil
}
