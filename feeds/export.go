package feeds

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"

	"postrider/magazine"
	"postrider/store"
)

// Export writes every feed and the list of feeds as files below dir, at the
// paths where they are served, and tells how many there are. A file is written
// aside and renamed, so that whoever reads the folder never sees half of one;
// one that has not changed is left alone. What cannot be written is named in
// the error and doesn't stop the others. After each file progress, unless nil,
// is told how many are done of how many.
func Export(ctx context.Context, s *store.Store, b Builder, dir string, progress func(done, total int)) (int, error) {
	return export(ctx, s, b, dir, progress)
}

func export(ctx context.Context, s source, b Builder, dir string, progress func(done, total int)) (int, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, magazine.Errorf(magazine.Unavailable, "the folder for the feeds cannot be made: %w", err)
	}
	root, err := os.OpenRoot(dir) // nothing is written outside it, whatever a slug or a link says
	if err != nil {
		return 0, magazine.Errorf(magazine.Unavailable, "the folder for the feeds cannot be opened: %w", err)
	}
	defer root.Close()
	channels, err := b.list(ctx, s)
	if err != nil {
		return 0, err
	}
	total, done, written := 1+len(channels)*len(Formats), 0, 0
	var faults []error
	note := func(err error) {
		if err != nil {
			faults = append(faults, err)
		} else {
			written++
		}
		if done++; progress != nil {
			progress(done, total)
		}
	}
	for i := range channels {
		for j, err := range exportChannel(ctx, s, &b, root, part{scope: channels[i].Scope}) {
			if err != nil {
				err = magazine.Errorf(magazine.CodeOf(err), "feed %s: %w", channels[i].Path(Formats[j]), err)
			}
			note(err)
		}
		if err := ctx.Err(); err != nil {
			return written, errors.Join(append(faults, err)...)
		}
	}
	body, _, err := b.directory(ctx, s)
	if err == nil {
		err = replace(root, opmlFormat.File, body)
	}
	note(err)
	return written, errors.Join(faults...)
}

// exportChannel writes a scope's documents; the errors stand in the order of
// the formats.
func exportChannel(ctx context.Context, s source, b *Builder, root *os.Root, p part) []error {
	faults := make([]error, len(Formats))
	docs, _, err := b.documents(ctx, s, p, Formats...)
	for i, f := range Formats {
		if faults[i] = err; err == nil {
			faults[i] = replace(root, path.Join(folder(p.scope), f.File), docs[i])
		}
	}
	return faults
}

// folder is the scope's path with each part made a name that is safe on every
// file system.
func folder(scope magazine.Scope) string {
	switch scope.Kind {
	case magazine.ScopeAuthor:
		return "authors/" + fileName(scope.Slug)
	case magazine.ScopeSection:
		return "sections/" + fileName(scope.Slug)
	case magazine.ScopeIssue:
		return "issues/" + fileName(scope.Ref.Volume) + "/" + fileName(scope.Ref.Number)
	default:
		return "."
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

// replace puts content in the place of a file in one step.
func replace(root *os.Root, name string, content []byte) error {
	if old, err := root.ReadFile(name); err == nil && bytes.Equal(old, content) {
		return nil
	}
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	aside := path.Join(path.Dir(name), "."+path.Base(name)+"."+rand.Text()[:8])
	f, err := root.OpenFile(aside, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err == nil {
		err = root.Rename(aside, name)
	}
	if err != nil {
		if gone := root.Remove(aside); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}
