package articles

import (
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"

	"postrider/magazine"
)

// FileKind says what a file of a source is read as.
type FileKind string

// The kinds of file. What is Other is not read as a whole of its own; articles
// may show it or link to it.
const (
	Other       FileKind = ""
	ArticleFile FileKind = "article"
	AuthorFile  FileKind = "author"  // authors/*.yaml
	IssueFile   FileKind = "issue"   // issues/*.yaml
	SectionFile FileKind = "section" // sections/*.yaml
)

// KindOf tells from a file's path below the source what it is read as. Folders,
// links and pipes are nothing, whatever they are called; so are README*,
// LICENSE*, and what begins with a dot or an underscore or lies in a folder
// that does.
func KindOf(name string, mode fs.FileMode) FileKind {
	if !mode.IsRegular() {
		return Other
	}
	for part := range strings.SplitSeq(name, "/") {
		if hidden(part) {
			return Other
		}
	}
	base, ext := path.Base(name), strings.ToLower(path.Ext(name))
	stem := strings.TrimSuffix(base, path.Ext(base))
	for _, word := range []string{"README", "LICENSE"} {
		if strings.HasPrefix(base, word) || strings.EqualFold(stem, word) {
			return Other
		}
	}
	switch ext {
	case ".md", ".markdown", ".html", ".htm", ".txt":
		return ArticleFile
	case ".yaml", ".yml":
		switch path.Dir(name) {
		case "authors":
			return AuthorFile
		case "issues":
			return IssueFile
		case "sections":
			return SectionFile
		}
	}
	return Other
}

func hidden(part string) bool { return strings.HasPrefix(part, ".") || strings.HasPrefix(part, "_") }

// File is a file that a walk met.
type File struct {
	Name     string // below the source, with slashes
	Kind     FileKind
	Size     int64 // bytes
	Modified time.Time
}

// Walk goes through the source's folder and yields the files that are of a
// kind, in the order of their names as strings. It follows no links. A folder
// that cannot be read is yielded as an error, with its name in File; the walk
// then goes on with the rest: what lies in that folder is unknown, not gone.
func Walk(root *os.Root) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		walk(root.FS(), ".", yield)
	}
}

// walk yields what is in one folder; it is false where the caller has enough.
func walk(files fs.FS, dir string, yield func(File, error) bool) bool {
	entries, err := fs.ReadDir(files, dir)
	if errors.Is(err, fs.ErrNotExist) && dir != "." {
		return true // gone since the folder above was listed
	}
	if err != nil {
		return yield(File{Name: dir}, magazine.Errorf(magazine.Unavailable, "the folder %s cannot be read: %w; let the daemon's user read it", dir, err))
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(sortName(a), sortName(b)) })
	for _, d := range entries {
		name := path.Join(dir, d.Name())
		switch {
		case hidden(d.Name()):
			continue
		case d.IsDir():
			if !walk(files, name, yield) {
				return false
			}
			continue
		}
		kind := KindOf(name, d.Type())
		if kind == Other {
			continue
		}
		info, err := d.Info()
		if err != nil {
			continue // gone since its folder was listed
		}
		if !yield(File{name, kind, info.Size(), info.ModTime()}, nil) {
			return false
		}
	}
	return true
}

// sortName sorts a folder where the names of its files sort: a/b.md comes after
// a.md.
func sortName(d fs.DirEntry) string {
	if d.IsDir() {
		return d.Name() + "/"
	}
	return d.Name()
}

const tooLarge = "the file is larger than 20 MiB"

// ReadFile reads a file of the source, of at most MaxFile bytes. It opens no
// pipes or devices, does not wait for them, and follows no link: what was a
// file when its folder was listed may be something else by now. The errors are
// NotFound for a file that is gone, Invalid for one that is no file or too
// large, Unavailable for one that cannot be read.
func ReadFile(root *os.Root, name string) ([]byte, error) {
	return readUpTo(root, name, name, MaxFile)
}

// nearby is ReadFile for files that lie in the same folder, mostly, one after the
// other. It keeps the last one's folder open until close: to open a file by its
// path opens every folder on the way, twice.
type nearby struct {
	root   *os.Root
	dir    string // whose folder is open
	folder *os.Root
}

func (n *nearby) readFile(name string) ([]byte, error) {
	dir, base := path.Dir(name), path.Base(name)
	if n.folder == nil || n.dir != dir {
		n.close()
		folder, err := n.root.OpenRoot(dir)
		if err != nil {
			return nil, readError(name, err)
		}
		n.dir, n.folder = dir, folder
	}
	return readUpTo(n.folder, base, name, MaxFile)
}

func (n *nearby) close() {
	if n.folder != nil {
		n.folder.Close()
		n.folder = nil
	}
}

// readUpTo is ReadFile with a limit of its own, in bytes, of a file that is at a
// path below root. Errors call it by its name in the source.
func readUpTo(root *os.Root, at, name string, limit int64) ([]byte, error) {
	before, err := root.Lstat(at)
	if err != nil {
		return nil, readError(name, err)
	}
	if !before.Mode().IsRegular() {
		return nil, magazine.Errorf(magazine.Invalid, "%s is no file; links, pipes and folders are not read", name)
	}
	f, err := root.OpenFile(at, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, readError(name, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, readError(name, err)
	}
	if !info.Mode().IsRegular() || !os.SameFile(before, info) {
		return nil, magazine.Errorf(magazine.Unavailable, "%s was replaced while it was opened; it is read again at the next pass", name)
	}
	if info.Size() > limit {
		return nil, sizeError(name, limit)
	}
	data := make([]byte, 0, info.Size()+1)
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if errors.Is(err, io.EOF) {
			return data, nil
		}
		if err != nil {
			return nil, readError(name, err)
		}
		if int64(len(data)) > limit {
			return nil, sizeError(name, limit)
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
	}
}

func sizeError(name string, limit int64) error {
	return magazine.Errorf(magazine.Invalid, "%s is larger than %d MiB; split it, or make it smaller", name, limit>>20)
}

func readError(name string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return magazine.Errorf(magazine.NotFound, "%s is not there", name)
	case errors.Is(err, fs.ErrPermission):
		return magazine.Errorf(magazine.Unavailable, "%s cannot be read: %w; let the daemon's user read it", name, err)
	}
	return magazine.Errorf(magazine.Unavailable, "%s cannot be read: %w", name, err)
}
