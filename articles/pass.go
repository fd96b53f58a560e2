package articles

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"postrider/magazine"
	"postrider/store"
)

// readerRevision grows when files are to be read anew because this package
// reads them in another way.
const readerRevision = 2

// As many files are parsed together and saved in one transaction, and as many
// bytes of them; a single file may be larger. So many chunks are parsed while one
// is saved: with one alone, its parsers would wait for the disk.
const (
	chunk      = 300
	chunkBytes = 16 << 20
	ahead      = 2
)

// Source is a folder of articles. It keeps nothing between passes: several may
// go over it at once, in this process and in others.
type Source struct {
	name   string // in the store; stays when the folder moves
	folder string
	reader *Reader
	store  *store.Store
	log    *slog.Logger
	beside []*Source // all sources of the publication, where that is known
	again  chan struct{}

	removed bool // the publication has it no more
}

// NewSource makes a source. Its name tells it from the other sources of the
// publication in the store.
func NewSource(name, folder string, reader *Reader, s *store.Store, log *slog.Logger) *Source {
	return &Source{name: name, folder: folder, reader: reader, store: s, log: log, again: make(chan struct{}, 1)}
}

// Name tells the source from the publication's others in the store.
func (s *Source) Name() string { return s.name }

// Beside tells the sources of a publication of one another, so that an article
// which moves from one to another, or whose source has another name by now,
// keeps its identity. Without it, what another source brought stays with that
// source.
func Beside(all ...*Source) {
	for _, s := range all {
		s.beside = all
	}
}

// Pass counts what a pass over the sources did.
type Pass struct {
	New       int `json:"new"`
	Changed   int `json:"changed"`
	Withdrawn int `json:"withdrawn"`
	Held      int `json:"held"` // files that are held now
	Unchanged int `json:"unchanged"`

	Problems []SourceProblem `json:"-"` // with the sources themselves
	Unripe   bool            `json:"-"` // files were left out because they are being written
}

// SourceProblem is what is wrong with a source itself, apart from its files.
type SourceProblem struct {
	Source string // its folder; its name where the configuration has it no more
	magazine.Problem
}

func (p SourceProblem) String() string { return p.Source + ": " + p.Problem.String() }

// Add adds the counts of another source's pass.
func (p *Pass) Add(q Pass) {
	p.New += q.New
	p.Changed += q.Changed
	p.Withdrawn += q.Withdrawn
	p.Held += q.Held
	p.Unchanged += q.Unchanged
	p.Problems = append(p.Problems, q.Problems...)
	p.Unripe = p.Unripe || q.Unripe
}

// PassOptions say how a pass goes.
type PassOptions struct {
	Withdraw bool                  // withdraw what is gone, however much it is
	Progress func(done, total int) // called with the number of files
}

// pass is one going over a source. What it knows of the store is kept in step
// with what it writes there, after each transaction.
type pass struct {
	*Source
	PassOptions
	number   int64  // higher than those of all passes that began before it
	revision string // of the reader
	root     *os.Root
	found    []File          // by name
	shut     []string        // folders that could not be read
	pending  map[string]bool // files that this pass has still to read

	known   map[string]knownFile // by path
	media   map[string]store.MediaFile
	images  map[string]*magazine.Image   // of media, by Src
	refused map[string]*magazine.Problem // media that cannot be shown, or not everywhere
	growing map[string]bool              // media that are being written
	names   names

	claims  map[string]claim  // what pending files say they are, where that is known
	holders map[string]string // paths of this pass's files by the ids of their articles
	slugs   map[string]string // that this pass gave, by path
	given   map[string]bool   // the same slugs
	next    map[string]int    // the number to try next for a slug that is taken

	only  []string        // the files that this pass is about, see some.go; nil: all
	asked map[string]bool // paths of media that were looked up by then
	unmet []string        // files that are to be read a second time and were not met yet

	outcomes map[string]outcome // by path
	orphans  int                // articles withdrawn because another came in their file's place
	again    bool               // files are read a second time
	problems []magazine.Problem
	others   Pass // over sources that are no more
	unripe   bool
}

// A knownFile is what a pass keeps in mind of a file that the store knows: as
// there is one for every file of the source, no more than it needs.
type knownFile struct {
	size, modified int64 // as in store.File
	hash           string
	reader         string
	state          store.FileState
	article        string // id; empty where the file is gone
	uses           []string
}

// learn keeps in mind what the store knows of a file.
func (p *pass) learn(k store.File) {
	known := knownFile{k.Size, k.Modified, k.Hash, k.Reader, k.State, holds(k), k.Uses}
	if known.reader == p.revision { // the same text for all
		known.reader = p.revision
	}
	if known.state == store.FileArticle {
		known.state = store.FileArticle
	}
	p.known[k.Path] = known
}

// holds is the article that a file has; empty where the file is gone.
func holds(k store.File) string {
	if k.State == store.FileGone {
		return ""
	}
	return k.ArticleID
}

// Read goes over the source once: what is new or changed is read and saved,
// what is gone is withdrawn. It may run beside a daemon that does the same.
// Everything that a pass brings becomes visible together at its end, in the
// order of dates; a pass that dies leaves the rest to the next.
func (s *Source) Read(ctx context.Context, o PassOptions) (Pass, error) {
	return newPass(s, o).read(ctx)
}

func (p *pass) read(ctx context.Context) (Pass, error) {
	err := p.run(ctx)
	if p.root != nil {
		p.root.Close()
	}
	return p.count(), err
}

func newPass(s *Source, o PassOptions) *pass {
	p := &pass{Source: s, PassOptions: o, revision: s.reader.revision(),
		pending: map[string]bool{}, images: map[string]*magazine.Image{}, refused: map[string]*magazine.Problem{}, growing: map[string]bool{}, claims: map[string]claim{}, holders: map[string]string{},
		slugs: map[string]string{}, given: map[string]bool{}, next: map[string]int{}, outcomes: map[string]outcome{}}
	if p.Progress == nil {
		p.Progress = func(int, int) {}
	}
	return p
}

func (p *pass) run(ctx context.Context) error {
	look := p.look
	if p.only != nil {
		look = p.lookAtSome
	}
	there, err := look(ctx)
	if err != nil {
		return err
	}
	if there {
		if err := p.readAll(ctx); err != nil {
			return err
		}
		if err := p.gone(ctx); err != nil {
			return err
		}
		if err := p.readForgotten(ctx); err != nil {
			return err
		}
	}
	if err := p.lookBack(ctx); err != nil {
		return err
	}
	if err := p.tell(ctx); err != nil {
		return err
	}
	if err := p.end(ctx); err != nil || !there || p.only != nil || len(p.shut) > 0 {
		return err
	}
	return p.store.Write(ctx, func(tx *store.Tx) error { return tx.SourceRead(ctx, p.name) })
}

// look lists the folder and what is known of it. It is false where there is no
// folder to go over.
func (p *pass) look(ctx context.Context) (bool, error) {
	var err error
	if p.number, err = p.store.BeginPass(ctx); err != nil {
		return false, err
	}
	if err = p.recall(ctx); err != nil {
		return false, err
	}
	switch p.root, err = os.OpenRoot(p.folder); {
	case err == nil:
	case len(p.known) == 0:
		return false, magazine.Errorf(magazine.NotFound, "the source %s cannot be read: %w; make the folder, or mend articles in the configuration", p.folder, err)
	case p.Withdraw && errors.Is(err, fs.ErrNotExist):
		return true, nil // that it is gone is meant
	default:
		p.problem("", fmt.Sprintf("the folder cannot be read, so nothing was read or withdrawn: %v", err), "bring it back, or if it is meant to go, run: postrider read --withdraw")
		return false, nil
	}
	for f, err := range Walk(p.root) {
		switch {
		case err != nil:
			p.shut = append(p.shut, f.Name)
			p.problem("", err.Error(), "")
		case !utf8.ValidString(f.Name):
			p.problem("", fmt.Sprintf("the file %q was left out: its name is not UTF-8", f.Name), "give it another name")
		default:
			p.found = append(p.found, f)
		}
	}
	slices.SortFunc(p.found, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return true, ctx.Err()
}

// recall reads what the store knows of the source.
func (p *pass) recall(ctx context.Context) error {
	known, err := p.store.Files(ctx, p.name)
	if err != nil {
		return err
	}
	p.known = make(map[string]knownFile, len(known))
	for _, k := range known {
		p.learn(k)
		if k.State == store.FileHeld {
			p.outcomes[k.Path] = held
		}
	}
	if p.media, err = p.store.MediaFiles(ctx, p.name); err != nil {
		return err
	}
	for _, m := range p.media {
		if m.Image != nil {
			p.images[m.Image.Src] = m.Image
		}
	}
	return p.recallNames(ctx)
}

func (p *pass) recallNames(ctx context.Context) (err error) {
	if p.names.authors, err = p.store.AuthorNames(ctx); err != nil {
		return err
	}
	if p.names.aliases, err = p.store.AuthorAliases(ctx); err != nil {
		return err
	}
	p.names.sections, err = p.store.SectionNames(ctx)
	return err
}

// readAll reads what is new or changed: the files of authors, issues and
// sections before the articles that name them, and at last those that what was
// read makes look otherwise.
func (p *pass) readAll(ctx context.Context) error {
	work, err := p.settle(ctx, p.toRead())
	if err != nil {
		return err
	}
	articles := ofKind(work, true)
	for _, f := range articles {
		p.pending[f.Name] = true
	}
	if err := p.dataFiles(ctx, ofKind(work, false)); err != nil {
		return err
	}
	p.foresee(ctx, articles)
	p.Progress(0, len(articles))
	if err := p.readChunks(ctx, articles, func(done int) { p.Progress(done, len(articles)) }); err != nil {
		return err
	}
	return p.readForgotten(ctx)
}

// chunks parts files into what is read together.
func chunks(files []File) iter.Seq[[]File] {
	return func(yield func([]File) bool) {
		for len(files) > 0 {
			n, size := 1, files[0].Size
			for n < min(chunk, len(files)) && size+files[n].Size <= chunkBytes {
				size += files[n].Size
				n++
			}
			if !yield(files[:n]) {
				return
			}
			files = files[n:]
		}
	}
}

func ofKind(files []File, article bool) []File {
	return slices.DeleteFunc(slices.Clone(files), func(f File) bool { return (f.Kind == ArticleFile) != article })
}

// revision stands for all that shapes an article besides its file.
func (r *Reader) revision() string {
	p := r.publication
	shape := fmt.Appendf(nil, "%d %q %q %q %q %q", readerRevision, r.calendar, r.zone, p.Language, p.Title, p.Tagline)
	if len(p.Tiers) > 0 { // who has none keeps the revision that there was
		shape = fmt.Appendf(shape, " %q", p.Tiers)
	}
	sum := sha256.Sum256(shape)
	return hex.EncodeToString(sum[:8])
}

// toRead lists the files that are new or changed.
func (p *pass) toRead() (work []File) {
	for _, f := range p.found {
		k, ok := p.known[f.Name]
		if !ok || k.state == store.FileGone || k.size != f.Size || k.modified != f.Modified.UnixNano() || k.reader != p.revision || p.usesChanged(k.uses) {
			work = append(work, f)
		}
		if ok && k.state == store.FileArticle {
			p.outcomes[f.Name] = unchanged
		}
	}
	return work
}

// here tells that the folder has the file, or may have it. What the pass is about
// goes by what it found when it began: a file that has come to a freed name since
// is not the one that was there.
func (p *pass) here(name string) bool {
	if p.only != nil && !slices.Contains(p.only, name) {
		return KindOf(name, 0) != Other && p.isFile(name)
	}
	_, found := slices.BinarySearchFunc(p.found, name, func(f File, name string) int { return strings.Compare(f.Name, name) })
	return found || p.unseen(name)
}

// there tells that the folder still has the file, or may have it.
func (p *pass) there(name string) bool { return p.here(name) && (p.unseen(name) || p.isFile(name)) }

// unseen tells that a path lies in a folder that could not be read.
func (p *pass) unseen(path string) bool {
	return slices.ContainsFunc(p.shut, func(dir string) bool {
		return dir == "." || len(path) > len(dir) && path[:len(dir)] == dir && path[len(dir)] == '/'
	})
}

// has tells that another source has the file, or may have it.
func (s *Source) has(name string) bool {
	_, err := os.Lstat(filepath.Join(s.folder, filepath.FromSlash(name)))
	return !errors.Is(err, fs.ErrNotExist)
}
