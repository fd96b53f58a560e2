package feeds

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	"postrider/magazine"
	"postrider/store"
)

// ExportOptions say what Export writes.
type ExportOptions struct {
	Formats    []Format              // none: all
	Gzip       bool                  // also each file as NAME.gz
	Brotli     bool                  // also each file as NAME.br
	NoArchives bool                  // leave the pages of archives out, and the links to them
	Style      []byte                // the style sheet that feeds name, written beside them; nil: none
	Progress   func(done, total int) // is told the number of documents; may be nil
}

// Exported says what an export did.
type Exported struct {
	Feeds     int `json:"feeds"`     // documents that there are, the pages of archives among them
	Written   int `json:"written"`   // files that are new or have changed
	Unchanged int `json:"unchanged"` // files
	Removed   int `json:"removed"`   // files whose feed is no more, or is not wanted any more
}

// Export writes every feed, its archive and the list of feeds as files below
// dir, at the paths where they are served, and an index of them. A file is
// written aside and renamed, so that whoever reads the folder never sees half
// of one; one that has not changed is left alone, and one that an earlier
// export has written and that is no more is removed. What cannot be written is
// named in the error and doesn't stop the others.
func Export(ctx context.Context, s *store.Store, b Builder, dir string, o ExportOptions) (Exported, error) {
	return export(ctx, s, b, dir, o)
}

func export(ctx context.Context, s source, b Builder, dir string, o ExportOptions) (Exported, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return Exported{}, magazine.Errorf(magazine.Unavailable, "the folder for the feeds cannot be made: %w", err)
	}
	root, err := os.OpenRoot(dir) // nothing is written outside it, whatever a slug or a link says
	if err != nil {
		return Exported{}, magazine.Errorf(magazine.Unavailable, "the folder for the feeds cannot be opened: %w", err)
	}
	defer root.Close()
	unlock, err := lock(dir)
	if err != nil {
		return Exported{}, err
	}
	defer unlock()
	if len(o.Formats) == 0 {
		o.Formats = Formats
	}
	old, err := readIndex(root)
	if err != nil {
		return Exported{}, magazine.Errorf(magazine.Unavailable, "the index of the last export cannot be read: %w", err)
	}
	if err := old.refuse(dir, b.Publication.Link("/")); err != nil {
		return Exported{}, err
	}
	b.NoArchives = b.NoArchives || o.NoArchives
	entries := &fileShelf{root: root}
	defer entries.close()
	x := &exporter{ExportOptions: o, builder: &b, source: newMemo(s, entries, o.Formats...), entries: entries, root: root, fingerprint: b.Fingerprint(), old: old.byPath()}
	if err := x.plan(ctx); err != nil {
		return Exported{}, err
	}
	return x.run(ctx, old)
}

// An exporter is one export.
type exporter struct {
	ExportOptions
	builder     *Builder
	source      *memo
	entries     *fileShelf
	root        *os.Root
	fingerprint string
	old         map[string]listed // by path
	parts       []*planned
	total       int // documents

	mu     sync.Mutex
	done   Exported
	faults []error
	told   int // documents that progress was told of
}

// planned is one document of a feed in its formats, or a list of feeds.
type planned struct {
	part
	listed
	formats []Format
	stands  bool // the files are as they should be: the last export has left them so, or this one has made them
}

// plan lists what there is to write.
func (x *exporter) plan(ctx context.Context) error {
	channels, err := x.builder.list(ctx, x.source)
	if err != nil {
		return err
	}
	for i := range channels {
		ch := &channels[i]
		v, err := x.source.ScopeVersion(ctx, ch.Scope)
		if err != nil {
			return err
		}
		last := pages(ch.Complete, v)
		if x.builder.NoArchives {
			last = 0
		}
		for page := range last + 1 {
			x.add(part{ch.Scope, page}, ch.Title, v, x.Formats)
		}
		if p := (part{scope: ch.Scope}); p.hasList() {
			x.add(p, ch.Title, v, []Format{opmlFormat})
		}
	}
	return nil
}

func (x *exporter) add(p part, title string, v store.Version, formats []Format) {
	e := &planned{part: p, formats: formats, listed: listed{Path: p.path(), Title: title, Version: versionTag(x.fingerprint, p.scope, v)}}
	if formats[0] == opmlFormat {
		e.Path += opmlFormat.File
	}
	for _, f := range formats {
		for _, c := range x.codings() {
			e.Files = append(e.Files, e.name(f, c))
		}
	}
	x.parts = append(x.parts, e)
	x.total += len(formats)
}

func (e *planned) name(f Format, c coding) string { return path.Join(e.folder(), f.File) + c.suffix() }

func (x *exporter) codings() []coding {
	list := []coding{identityCoding}
	if x.Gzip {
		list = append(list, gzipCoding)
	}
	if x.Brotli {
		list = append(list, brotliCoding)
	}
	return list
}

// run writes what was planned. The index is written before and after: an export
// that dies leaves one that knows of all its files, and that says of none that
// it stands whose bytes a power cut may have taken.
func (x *exporter) run(ctx context.Context, old *index) (Exported, error) {
	stands := true
	for _, e := range x.parts {
		e.stands = x.current(e)
		stands = stands && e.stands
	}
	err := x.index(old).write(x.root)
	if err == nil && !stands {
		err = flushNames(x.root) // or the index may come to the disk after the files
	}
	if err != nil {
		return x.done, magazine.Errorf(magazine.Unavailable, "the feeds cannot be written: %w", err)
	}
	x.writeParts(ctx)
	if err := cmp.Or(ctx.Err(), x.entries.failure()); err != nil {
		return x.done, err
	}
	x.faults = append(x.faults, x.writeStyle(), x.entries.close())
	if !stands {
		if err := flush(x.root); err != nil {
			return x.done, magazine.Errorf(magazine.Unavailable, "the feeds may not be on the disk: %w", err)
		}
	}
	after := x.index(old)
	after.Gone = slices.DeleteFunc(after.Gone, func(name string) bool {
		err := removeFile(x.root, name)
		if err == nil {
			x.done.Removed++
		}
		x.faults = append(x.faults, err)
		return err == nil
	})
	x.faults = append(x.faults, after.write(x.root))
	x.done.Feeds = x.total
	return x.done, errors.Join(x.faults...)
}

// writeParts writes the parts, several at a time, until nobody wants them or
// there is no room for what they are made from.
func (x *exporter) writeParts(ctx context.Context) {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, e := range issuesFirst(x.parts) {
		if ctx.Err() != nil || x.entries.failure() != nil {
			break
		}
		g.Go(func() error {
			err := x.write(ctx, e)
			e.stands = err == nil
			x.count(func() { x.faults = append(x.faults, err) })
			return nil
		})
	}
	g.Wait()
}

// issuesFirst is the order in which parts are written: the articles of an issue
// stand next to one another in the database, mostly, and those of an author all
// over it. So all are read in a row, and later parts take them from the shelf.
func issuesFirst(parts []*planned) []*planned {
	var issues, others []*planned
	for _, e := range parts {
		if e.scope.Kind == magazine.ScopeIssue {
			issues = append(issues, e)
		} else {
			others = append(others, e)
		}
	}
	return append(issues, others...)
}

// writeStyle writes the style sheet of feeds that are opened in a browser.
func (x *exporter) writeStyle() error {
	if x.Style == nil {
		return nil
	}
	_, err := replace(x.root, strings.TrimPrefix(StylePath, "/"), x.Style, syncLater)
	return err
}

// index lists the parts, without a version where they are not as they should be.
func (x *exporter) index(old *index) *index {
	i := &index{Title: x.builder.Publication.Title, Home: x.builder.Publication.Link("/"), Generator: x.builder.Generator}
	gone := old.files()
	for _, e := range x.parts {
		l := e.listed
		if !e.stands {
			l.Version, l.Sizes = "", nil
		}
		i.Feeds = append(i.Feeds, l)
		for _, name := range e.Files {
			delete(gone, name)
		}
	}
	for name := range gone {
		i.Gone = append(i.Gone, name)
	}
	slices.Sort(i.Gone)
	return i
}

// current tells that the last export has left a part's files as this one would.
func (x *exporter) current(e *planned) bool {
	was, ok := x.old[e.Path]
	if !ok || was.Version != e.Version || !slices.Equal(was.Files, e.Files) || len(was.Sizes) != len(e.Files) {
		return false
	}
	for i, name := range e.Files {
		if info, err := x.root.Stat(name); err != nil || !info.Mode().IsRegular() || info.Size() != was.Sizes[i] {
			return false
		}
	}
	e.Sizes = was.Sizes
	return true
}

// write writes one part in all formats and codings.
func (x *exporter) write(ctx context.Context, e *planned) error {
	defer x.count(func() { x.told += len(e.formats) })
	if e.stands {
		x.count(func() { x.done.Unchanged += len(e.Files) })
		return nil
	}
	write, err := x.maker(ctx, e)
	if err != nil {
		return magazine.Errorf(magazine.CodeOf(err), "feed %s: %w", e.Path, err)
	}
	folder, err := openFolder(x.root, e.folder())
	if err != nil {
		return magazine.Errorf(magazine.CodeOf(err), "feed %s: %w", e.Path, err)
	}
	defer folder.Close()
	doc := buffers.Get().(*bytes.Buffer) // for one format after the other: they may have megabytes
	defer buffers.Put(doc)
	var faults []error
	for i, f := range e.formats {
		doc.Reset()
		err := write(doc, i)
		if err == nil {
			err = x.writeCoded(folder, e, f, doc.Bytes())
		}
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// maker reads what a part is made from and tells how its formats are made.
func (x *exporter) maker(ctx context.Context, e *planned) (write func(doc *bytes.Buffer, format int) error, err error) {
	if e.formats[0] == opmlFormat {
		list, _, err := x.builder.directory(ctx, x.source, e.scope)
		return func(doc *bytes.Buffer, _ int) error { doc.Write(list); return nil }, err
	}
	d, _, err := x.builder.documents(ctx, x.source, e.part)
	if err != nil {
		return nil, err
	}
	return d.write, nil
}

func (x *exporter) writeCoded(folder *os.Root, e *planned, f Format, doc []byte) error {
	for _, c := range x.codings() {
		body := doc
		if c != identityCoding {
			var err error
			if body, err = c.compress(doc); err != nil {
				return err
			}
		}
		changed, err := replace(folder, f.File+c.suffix(), body, syncLater)
		if err != nil {
			return magazine.Errorf(magazine.CodeOf(err), "feed /%s: %w", e.name(f, c), err)
		}
		e.Sizes = append(e.Sizes, int64(len(body))) // in the order of e.Files
		x.count(func() {
			if changed {
				x.done.Written++
			} else {
				x.done.Unchanged++
			}
		})
	}
	return nil
}

// count counts and tells of it.
func (x *exporter) count(add func()) {
	x.mu.Lock()
	defer x.mu.Unlock()
	told := x.told
	add()
	if x.Progress != nil && x.told != told {
		x.Progress(x.told, x.total)
	}
}
