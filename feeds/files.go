package feeds

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"

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

// replace puts content in the place of a file in one step, and tells whether
// it was another before.
func replace(root *os.Root, name string, content []byte) (changed bool, err error) {
	if old, err := root.ReadFile(name); err == nil && bytes.Equal(old, content) {
		return false, nil
	}
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return false, err
	}
	aside := path.Join(path.Dir(name), "."+path.Base(name)+"."+rand.Text()[:8])
	f, err := root.OpenFile(aside, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return false, err
	}
	if _, err = f.Write(content); err == nil {
		err = f.Sync() // or a power cut may leave the new name without its bytes
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = root.Rename(aside, name)
	}
	if err != nil {
		if gone := root.Remove(aside); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err == nil, err
}

// removeFile removes a file, and the folders that it leaves empty.
func removeFile(root *os.Root, name string) error {
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if root.Remove(dir) != nil { // others' files are in it
			break
		}
	}
	return nil
}
