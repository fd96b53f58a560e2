package articles

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"postrider/store"
)

// A pass over some files costs what they cost, and not what the folder does: it
// neither walks the tree nor recalls what is known of the rest. Whatever of the
// rest has a part in it is looked up when it is met: the articles that a file may
// be, the files that had those, what a file shows or links to, and the files that
// await its article. What only the whole can tell, it leaves to a pass over
// everything: errWhole.

// someFiles is how many files a pass over some of them is about at the most.
const someFiles = 100

var errWhole = errors.New("the whole source is to be read")

// readSome goes over some articles' files of the source, by their paths, as Read
// does over all. What it has not done where it says errWhole, the next pass does.
func (s *Source) readSome(ctx context.Context, paths []string) (Pass, error) {
	p := newPass(s, PassOptions{})
	p.only = paths
	return p.read(ctx)
}

// lookAtSome looks at the files and what is known of them. Where something is
// wrong with the source, or an earlier pass has not ended, the whole is to be read.
func (p *pass) lookAtSome(ctx context.Context) (bool, error) {
	var err error
	if p.number, err = p.store.BeginPass(ctx); err != nil {
		return false, err
	}
	if err := p.alone(ctx); err != nil {
		return false, err
	}
	if wrong, err := p.store.SourceProblems(ctx); err != nil {
		return false, err
	} else if len(wrong[p.name]) > 0 {
		return false, errWhole
	}
	if p.root, err = os.OpenRoot(p.folder); err != nil {
		return false, errWhole // which says what is wrong
	}
	p.known, p.media, p.asked = map[string]knownFile{}, map[string]store.MediaFile{}, map[string]bool{}
	if err := p.recallNames(ctx); err != nil {
		return false, err
	}
	return true, p.meet(ctx, p.only)
}

// alone makes sure that no earlier pass has left something behind: nothing but a
// pass over everything ends it. One that leaves something from here on is going on.
func (p *pass) alone(ctx context.Context) error {
	unended, err := p.store.Unended(ctx, p.name, p.number-1)
	if err == nil && unended {
		return errWhole
	}
	return err
}

// end lets what the pass has brought appear. A pass over everything has found all
// that those before it have found, one over some files only its own.
func (p *pass) end(ctx context.Context) (err error) {
	if p.only != nil {
		_, err = p.store.EndOnly(ctx, p.name, p.number)
	} else {
		_, err = p.store.EndPass(ctx, p.name, p.number)
	}
	return err
}

// first is the first of the passes whose displaced articles are this one's to
// withdraw: what another has displaced and may still find in another file is not
// for one over some files, which does not look there.
func (p *pass) first() int64 {
	if p.only != nil {
		return p.number
	}
	return 1
}

// meet takes files into a pass over some.
func (p *pass) meet(ctx context.Context, paths []string) error {
	if len(paths) == 0 {
		return nil
	}
	files, err := p.store.FilesAt(ctx, p.name, paths)
	if err != nil {
		return err
	}
	var uses []string
	for path, k := range files {
		p.learn(k)
		uses = append(uses, k.Uses...)
		if k.State == store.FileHeld {
			p.outcomes[path] = held
		}
	}
	for _, path := range paths {
		info, err := p.root.Lstat(path)
		switch {
		case !utf8.ValidString(path):
			return errWhole // which says what is wrong with the name
		case errors.Is(err, os.ErrNotExist):
		case err != nil:
			return errWhole
		case KindOf(path, info.Mode()) != Other:
			p.found = append(p.found, File{path, KindOf(path, info.Mode()), info.Size(), info.ModTime()})
		}
	}
	slices.SortFunc(p.found, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	p.found = slices.CompactFunc(p.found, func(a, b File) bool { return a.Name == b.Name })
	return p.recallMedia(ctx, uses)
}

// recallMedia looks up what is known of media in a pass over some files; any
// other knows of all.
func (p *pass) recallMedia(ctx context.Context, paths []string) error {
	if p.only == nil {
		return nil
	}
	paths = slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return p.asked[path] })
	found, err := p.store.MediaFilesAt(ctx, p.name, paths)
	if err != nil {
		return err
	}
	for _, path := range paths {
		p.asked[path] = true
	}
	for path, m := range found {
		p.media[path] = m
		if m.Image != nil {
			p.images[m.Image.Src] = m.Image
		}
	}
	return nil
}
