package articles

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"postrider/articles/media"
	"postrider/magazine"
	"postrider/store"
)

// prepareMedia reads the files that a document shows, makes what is published
// of them and saves it. What cannot be shown is a warning; what is not there is
// left to Rewrite, which knows where it is missing.
func (p *pass) prepareMedia(ctx context.Context, paths []string) (problems []magazine.Problem, err error) {
	for _, path := range p.uses(paths) {
		have, known := p.media[path]
		info, err := p.root.Lstat(path)
		if err != nil || !info.Mode().IsRegular() {
			if known {
				if err := p.dropMedia(ctx, path); err != nil {
					return nil, err
				}
			}
			continue
		}
		if known && have.Size == info.Size() && have.Modified == info.ModTime().UnixNano() {
			continue
		}
		f := store.MediaFile{Source: p.name, Path: path, Size: info.Size(), Modified: info.ModTime().UnixNano()}
		files, problem := p.prepare(path, &f)
		if problem != nil {
			problems = append(problems, *problem)
		}
		if err := p.store.Write(ctx, func(tx *store.Tx) error {
			for _, m := range files {
				if err := tx.PutMedia(ctx, m); err != nil {
					return err
				}
			}
			return tx.PutMediaFile(ctx, f)
		}); err != nil {
			return nil, err
		}
		p.media[path] = f
		if f.Image != nil {
			p.images[f.Image.Src] = f.Image
		}
	}
	return problems, nil
}

// prepare makes what is published of one file.
func (p *pass) prepare(path string, f *store.MediaFile) ([]store.Media, *magazine.Problem) {
	data, err := ReadFile(p.root, path)
	if err != nil {
		return nil, &magazine.Problem{Value: path, Warning: true, Text: err.Error()}
	}
	made, problem := media.Prepare(path, data)
	if made == nil {
		return nil, problem
	}
	f.Image = &made.Image
	return made.Files, problem
}

func (p *pass) dropMedia(ctx context.Context, path string) error {
	delete(p.media, path)
	return p.store.Write(ctx, func(tx *store.Tx) error { return tx.DropMediaFile(ctx, p.name, path) })
}

// uses are the paths among a document's files that are no articles.
func (p *pass) uses(paths []string) []string {
	var media []string
	for _, path := range paths {
		if KindOf(path, 0) == Other {
			media = append(media, path)
		}
	}
	return media
}

// usesChanged tells that a file which the article shows has come, gone or
// changed since it was read.
func (p *pass) usesChanged(k store.File) bool {
	return slices.ContainsFunc(k.Uses, func(path string) bool {
		have, known := p.media[path]
		info, err := p.root.Lstat(path)
		if err != nil || !info.Mode().IsRegular() {
			return known && (err == nil || errors.Is(err, fs.ErrNotExist))
		}
		return !known || have.Size != info.Size() || have.Modified != info.ModTime().UnixNano()
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
