package articles

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"postrider/articles/media"
	"postrider/magazine"
	"postrider/store"
)

// ofMedia are the paths among what a document names that are no articles.
func ofMedia(paths []string) (media []string) {
	for _, path := range paths {
		if KindOf(path, 0) == Other {
			media = append(media, path)
		}
	}
	return media
}

// prepareMedia makes what is published of the files that documents show, where
// that has not been done, and saves it. What cannot be shown is noted as
// refused; what is not there is left to Rewrite, which knows where it is
// missing.
func (p *pass) prepareMedia(ctx context.Context, paths []string) error {
	paths = ofMedia(paths)
	slices.Sort(paths)
	if err := p.recallMedia(ctx, paths); err != nil {
		return err
	}
	var work []string
	for _, path := range slices.Compact(paths) {
		have, known := p.media[path]
		info, err := p.root.Lstat(path)
		switch {
		case err != nil || !info.Mode().IsRegular():
			if known {
				if err := p.dropMedia(ctx, path); err != nil {
					return err
				}
			}
		case known && isOf(have, info) && settledMedia(have):
		case p.refused[path] == nil: // once in a pass
			work = append(work, path)
		}
	}
	var mu sync.Mutex
	var failed error
	parallel(ctx, len(work), func(i int) {
		made, err := p.prepare(ctx, work[i])
		mu.Lock()
		defer mu.Unlock()
		failed = errors.Join(failed, err)
		p.noteMedia(work[i], made)
	})
	return errors.Join(failed, ctx.Err())
}

func isOf(m store.MediaFile, info fs.FileInfo) bool {
	return m.Size == info.Size() && m.Modified == info.ModTime().UnixNano()
}

// settledMedia tells that nothing is to be said about a file that was prepared
// before; of the others it has to be found out again.
func settledMedia(m store.MediaFile) bool {
	return m.Image != nil && (m.Image.Mail != nil || !strings.HasPrefix(m.Image.Type, "image/"))
}

// prepared is what became of one file.
type prepared struct {
	file    store.MediaFile
	growing bool              // it is being written
	problem *magazine.Problem // nil where there is nothing to say
	known   bool              // it was read, so that there is something to keep
}

// prepare makes what is published of one file and saves it.
func (p *pass) prepare(ctx context.Context, path string) (made prepared, err error) {
	info, data, growing, err := p.readMedia(ctx, path)
	if err != nil || growing {
		if err != nil && ctx.Err() == nil { // tried again at the next pass
			return prepared{problem: &magazine.Problem{Value: path, Warning: true, Text: err.Error()}}, nil
		}
		return prepared{growing: growing}, err
	}
	made.known = true
	made.file = store.MediaFile{Source: p.name, Path: path, Size: info.Size(), Modified: info.ModTime().UnixNano()}
	var public *media.Prepared
	if failed := p.sound(path, func() { public, made.problem = media.Prepare(path, data) }); failed != nil {
		failed.Value, failed.Warning = path, true
		public, made.problem = nil, failed
	}
	var files []store.Media
	if public != nil {
		made.file.Image, files = &public.Image, public.Files
	}
	return made, p.store.Write(ctx, func(tx *store.Tx) error {
		for _, m := range files {
			if err := tx.PutMedia(ctx, m); err != nil {
				return err
			}
		}
		return tx.PutMediaFile(ctx, made.file)
	})
}

// readMedia reads a file when it has been left alone for a moment.
func (p *pass) readMedia(ctx context.Context, path string) (info os.FileInfo, data []byte, growing bool, err error) {
	if info, err = p.root.Lstat(path); err != nil {
		return nil, nil, errors.Is(err, fs.ErrNotExist), nil
	}
	if err := pause(ctx, unsettled(time.Now(), info.ModTime())); err != nil {
		return nil, nil, false, err
	}
	if data, err = readUpTo(p.root, path, path, media.MaxBytes); err != nil {
		return nil, nil, false, err
	}
	after, err := p.root.Lstat(path)
	growing = err != nil || after.Size() != info.Size() || !after.ModTime().Equal(info.ModTime())
	return info, data, growing, nil
}

func (p *pass) noteMedia(path string, made prepared) {
	if made.growing {
		p.growing[path] = true
	}
	if made.known {
		p.media[path] = made.file
		if made.file.Image != nil {
			p.images[made.file.Image.Src] = made.file.Image
		}
	}
	if made.problem != nil {
		p.refused[path] = made.problem
	}
}

// show tells a file what became of what it shows. One that shows what is still
// being written is left to the next pass.
func (p *pass) show(one *parsed, files []string) told {
	refused := told{}
	for _, path := range ofMedia(files) {
		if p.growing[path] {
			one.doc, one.skip = nil, true
			p.unripe = true
			return nil
		}
		if problem := p.refused[path]; problem != nil {
			one.problems = append(one.problems, *problem)
			refused[path] = true
		}
	}
	return refused
}

func (p *pass) dropMedia(ctx context.Context, path string) error {
	delete(p.media, path)
	return p.store.Write(ctx, func(tx *store.Tx) error { return tx.DropMediaFile(ctx, p.name, path) })
}

// usesChanged tells that a file which the article shows has come, gone or
// changed since it was read.
func (p *pass) usesChanged(uses []string) bool {
	return slices.ContainsFunc(uses, func(path string) bool {
		if kindOfLink(path) != toFile {
			return false
		}
		have, known := p.media[path]
		info, err := p.root.Lstat(path)
		if err != nil || !info.Mode().IsRegular() {
			return known && (err == nil || errors.Is(err, fs.ErrNotExist))
		}
		return !known || !isOf(have, info)
	})
}

// describe adds what is known of the picture to its words.
func (p *pass) describe(image *magazine.Image) *magazine.Image {
	known, ok := p.images[image.Src]
	if !ok {
		return image
	}
	full := *known
	full.Alt, full.Caption, full.Credit = image.Alt, image.Caption, image.Credit
	return &full
}
