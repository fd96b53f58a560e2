// Package templates holds the pages, the style sheets and the mails that
// Postrider is built with, and lays a publication's own files over them.
//
// A file of a publication stands where the built-in one of its name stands:
// mail/digest.html. One that prints something takes that one's place. One that
// only defines blocks takes the place of these blocks, and the rest stays as it
// is built in.
package templates

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sync"
)

// builtIn has pages/*.html for the public pages, desk/*.html for the admin's, mail/
// for mails, messages/ for their words in each language, style.css, desk.css, feed.css
// for feeds in a browser, the scripts and the icons.
//
//go:embed mail pages desk messages style.css feed.css desk.css copy.js members.js desk.js favicon.svg favicon.ico
var builtIn embed.FS

// Files are the built-in files with a publication's own over them. Nil are the
// built-in files alone.
type Files struct {
	own    fs.FS
	folder string

	once     sync.Once
	messages *Messages
	lacking  Mistakes // what the publication's message files lack
	wrong    error    // with them
}

// Over lays own over the built-in files. folder is what messages call it.
func Over(own fs.FS, folder string) *Files { return &Files{own: own, folder: folder} }

// ReadFile reads a file as it is: the publication's where it has one, else the
// built-in. A *Mistake: its own cannot be read.
func (f *Files) ReadFile(name string) ([]byte, error) {
	own, err := f.readOwn(name)
	if own != nil || err != nil {
		return own, err
	}
	return builtIn.ReadFile(name)
}

// maxFile bounds a file of the publication, in bytes.
const maxFile = 512 << 10

// readOwn reads the publication's own file; nil where it has none.
func (f *Files) readOwn(name string) ([]byte, error) {
	if f == nil || f.own == nil {
		return nil, nil
	}
	info, err := fs.Stat(f.own, name)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return nil, &Mistake{File: f.title(name), Text: "there is no file of that name, but something else", Mend: "remove it, or put a file there"}
	case err == nil && info.Size() > maxFile:
		return nil, &Mistake{File: f.title(name), Text: fmt.Sprintf("the file has more than %d kB", maxFile>>10), Mend: "keep to what pages and mails need; pictures go beside the articles"}
	}
	own, err := fs.ReadFile(f.own, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, &Mistake{File: f.title(name), Text: "the file cannot be read: " + reason(err), Mend: "give the user that runs postrider the right to read it"}
	case own == nil:
		own = []byte{}
	}
	return own, nil
}

// reason is why a file cannot be read, without its name.
func reason(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	return err.Error()
}

// title is what messages call a file of the publication.
func (f *Files) title(name string) string { return path.Join(f.folder, name) }

// Origin is where a file is taken from, as messages call it.
func (f *Files) Origin(name string) string {
	if own, err := f.readOwn(name); own == nil && err == nil {
		return name
	}
	return f.title(name)
}
