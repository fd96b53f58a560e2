package articles

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// readerRevision grows when files are to be read anew because this package
// reads them in another way.
const readerRevision = 1

// chunk is how many files are parsed together and saved in one transaction.
const chunk = 200

// settled is how long a file must have been left alone before it is read: one
// that is being written is read when it is complete.
const settled = 1500 * time.Millisecond

// More than fewGone files, and more than a twentieth of the source, don't
// vanish on purpose.
const fewGone = 10

// Source is a folder of articles. One pass at a time goes over it.
type Source struct {
	name   string // in the store; stays when the folder moves
	folder string
	reader *Reader
	store  *store.Store
	log    *slog.Logger
}

// NewSource makes a source. Its name tells it from the other sources of the
// publication in the store.
func NewSource(name, folder string, reader *Reader, s *store.Store, log *slog.Logger) *Source {
	return &Source{name: name, folder: folder, reader: reader, store: s, log: log}
}

// Pass counts what a pass over the sources did.
type Pass struct {
	New       int `json:"new"`
	Changed   int `json:"changed"`
	Withdrawn int `json:"withdrawn"`
	Held      int `json:"held"` // files that are held now
	Unchanged int `json:"unchanged"`

	Problems []string `json:"-"` // with the source itself, in plain words
	Unripe   bool     `json:"-"` // files were left out because they are being written
}

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

// pass is one going over a source.
type pass struct {
	*Source
	PassOptions
	id     string
	root   *os.Root
	found  []File
	shut   []string              // folders that could not be read
	known  map[string]store.File // by path
	media  map[string]store.MediaFile
	images map[string]*magazine.Image // of media, by Src
	names  map[string]string          // slugs of authors by name
	slugs  map[string]string          // slugs of articles by path
	result Pass
}

// Read goes over the source once: what is new or changed is read and saved,
// what is gone is withdrawn. It may run beside a daemon that does the same.
// Everything that a pass brings becomes visible together at its end, in the
// order of dates; a pass that dies leaves the rest to the next.
func (s *Source) Read(ctx context.Context, o PassOptions) (Pass, error) {
	p := &pass{Source: s, PassOptions: o, id: magazine.NewID(), slugs: map[string]string{}, images: map[string]*magazine.Image{}}
	if p.Progress == nil {
		p.Progress = func(int, int) {}
	}
	if err := p.look(ctx); err != nil {
		return p.result, err
	}
	if p.root == nil {
		return p.result, nil
	}
	defer p.root.Close()
	work := p.toRead()
	if err := p.dataFiles(ctx, work); err != nil {
		return p.result, err
	}
	work = slices.DeleteFunc(work, func(f File) bool { return f.Kind != ArticleFile })
	p.Progress(0, len(work))
	for at := 0; at < len(work); at += chunk {
		if err := p.readChunk(ctx, work[at:min(at+chunk, len(work))]); err != nil {
			return p.result, err
		}
		p.Progress(min(at+chunk, len(work)), len(work))
	}
	if err := p.gone(ctx); err != nil {
		return p.result, err
	}
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.EndPass(ctx)
		return err
	})
	return p.result, err
}

// look lists the folder and what is known of it.
func (p *pass) look(ctx context.Context) error {
	known, err := p.store.Files(ctx, p.name)
	if err != nil {
		return err
	}
	p.known = make(map[string]store.File, len(known))
	for _, f := range known {
		p.known[f.Path] = f
		if f.State == store.FileHeld {
			p.result.Held++
		}
	}
	if p.root, err = os.OpenRoot(p.folder); err != nil {
		if len(known) == 0 {
			return magazine.Errorf(magazine.NotFound, "the source %s cannot be read: %w; make the folder, or mend articles in the configuration", p.folder, err)
		}
		p.problem("the folder %s cannot be read, so nothing was read or withdrawn: %v", p.folder, err)
		return nil
	}
	for f, err := range Walk(p.root) {
		if err != nil {
			p.shut = append(p.shut, f.Name)
			p.problem("%s: %v", p.folder, err)
			continue
		}
		p.found = append(p.found, f)
	}
	slices.SortFunc(p.found, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	if p.media, err = p.store.MediaFiles(ctx, p.name); err != nil {
		return err
	}
	for _, m := range p.media {
		if m.Image != nil {
			p.images[m.Image.Src] = m.Image
		}
	}
	p.names, err = p.store.AuthorNames(ctx)
	return err
}

func (p *pass) problem(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	p.result.Problems = append(p.result.Problems, text)
	p.log.Error(text)
}

// revision stands for all that shapes an article besides its file.
func (r *Reader) revision() string {
	p := r.publication
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %q %q %q %q %q", readerRevision, r.calendar, r.zone, p.Language, p.Title, p.Tagline))
	return hex.EncodeToString(sum[:8])
}

// toRead lists the files that are new or changed. Those that are being written
// are left to the next pass, but for a moment's wait.
func (p *pass) toRead() (work []File) {
	revision := p.reader.revision()
	for _, f := range p.found {
		if k, ok := p.known[f.Name]; ok && k.State != store.FileGone && k.Size == f.Size && k.Modified == f.Modified.UnixNano() && k.Reader == revision && !p.usesChanged(k) {
			if f.Kind == ArticleFile {
				p.result.Unchanged++
				if k.State == store.FileHeld {
					p.result.Unchanged--
				}
			}
			continue
		}
		work = append(work, f)
	}
	return p.ripe(work)
}

// ripe waits until files that were written just now have settled.
func (p *pass) ripe(work []File) []File {
	var youngest time.Time
	for _, f := range work {
		if f.Modified.After(youngest) {
			youngest = f.Modified
		}
	}
	now := time.Now()
	wait := settled - now.Sub(youngest)
	if wait <= 0 || youngest.After(now) { // a file of the future has its clock wrong and would never settle
		return work
	}
	time.Sleep(wait)
	return slices.DeleteFunc(work, func(f File) bool {
		info, err := p.root.Lstat(f.Name)
		unripe := err == nil && (info.Size() != f.Size || !info.ModTime().Equal(f.Modified)) || errors.Is(err, fs.ErrNotExist)
		p.result.Unripe = p.result.Unripe || unripe
		return unripe
	})
}

// gone withdraws the articles whose files are not there any more, unless they
// are so many that something else must have happened.
func (p *pass) gone(ctx context.Context) error {
	here := make(map[string]bool, len(p.found))
	for _, f := range p.found {
		here[f.Name] = true
	}
	var lost []store.File
	articles := 0
	for _, k := range p.known {
		if k.State == store.FileGone || k.State == store.FileData {
			continue
		}
		articles++
		if !here[k.Path] && !p.unknown(k.Path) {
			lost = append(lost, k)
		}
	}
	if len(lost) > fewGone && len(lost)*20 > articles && !p.Withdraw {
		p.problem("%d of %d files of %s are gone at once, so nothing was withdrawn; if they are meant to go, run: postrider read --withdraw", len(lost), articles, p.folder)
		return nil
	}
	slices.SortFunc(lost, func(a, b store.File) int { return strings.Compare(a.Path, b.Path) })
	return p.store.Write(ctx, func(tx *store.Tx) error {
		n := 0
		for _, k := range lost {
			went, err := p.withdraw(ctx, tx, k)
			if err != nil {
				return err
			}
			n += went
		}
		p.result.Withdrawn += n
		return nil
	})
}

// unknown tells that a path lies in a folder that could not be read.
func (p *pass) unknown(path string) bool {
	return slices.ContainsFunc(p.shut, func(dir string) bool {
		return dir == "." || len(path) > len(dir) && path[:len(dir)] == dir && path[len(dir)] == '/'
	})
}

// withdraw marks a file as gone and withdraws its article, unless the article
// lives in another file by now.
func (p *pass) withdraw(ctx context.Context, tx *store.Tx, k store.File) (int, error) {
	if k.State == store.FileHeld {
		p.result.Held--
	}
	k.State = store.FileGone
	if err := tx.PutFile(ctx, k); err != nil || k.ArticleID == "" {
		return 0, err
	}
	a, err := tx.FindArticle(ctx, store.ByID, k.ArticleID)
	if err != nil || a == nil || a.State == magazine.Withdrawn || a.Source != p.name || a.FromFile != k.Path {
		return 0, err
	}
	return 1, tx.Withdraw(ctx, a.ID, "")
}
