package articles

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"postrider/magazine"
	"postrider/store"
)

// More than fewGone articles, and more than a twentieth of the source, don't
// vanish on purpose.
const fewGone = 10

// gone withdraws the articles whose files are not there any more, unless they
// are so many that something else must have happened.
func (p *pass) gone(ctx context.Context) error {
	var missing []string
	files := 0
	for path, k := range p.known {
		if k.State == store.FileGone {
			continue
		}
		if k.State != store.FileData {
			files++
		}
		if !p.here(path) {
			missing = append(missing, path)
		}
	}
	orphans, err := p.store.Orphans(ctx, p.name)
	if err != nil || len(missing) == 0 && len(orphans) == 0 {
		return err
	}
	slices.Sort(missing)
	var left, lost []store.File
	kept := false
	err = p.store.Write(ctx, func(tx *store.Tx) (err error) {
		if left, lost, err = p.missing(ctx, tx, missing); err != nil {
			return err
		}
		if orphans, err = tx.Orphans(ctx, p.name); err != nil {
			return err
		}
		if n := len(lost) + len(orphans); n > fewGone && n*20 > files && !p.Withdraw {
			kept = true
			return p.putGone(ctx, tx, left)
		}
		kept = false
		ids := orphans
		for _, k := range lost {
			ids = append(ids, k.ArticleID)
		}
		for _, id := range ids {
			if err := tx.Withdraw(ctx, id, ""); err != nil {
				return err
			}
		}
		return p.putGone(ctx, tx, slices.Concat(left, lost))
	})
	if err != nil {
		return err
	}
	for _, k := range left {
		delete(p.outcomes, k.Path)
	}
	if kept {
		p.problem("%d of %d articles of %s are gone at once, so nothing was withdrawn; bring them back, or if they are meant to go, run: postrider read --withdraw", len(lost)+len(orphans), files, p.folder)
		return nil
	}
	for _, k := range lost {
		p.outcomes[k.Path] = withdrawn
	}
	p.orphans = len(orphans)
	return nil
}

func (p *pass) putGone(ctx context.Context, tx *store.Tx, files []store.File) error {
	for _, k := range files {
		k.State = store.FileGone
		if err := tx.PutFile(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

// missing sorts the files that are not there any more: those that an article
// loses with, and those that leave nothing behind, because the article lives in
// another file by now, was withdrawn before, or never was.
func (p *pass) missing(ctx context.Context, tx *store.Tx, paths []string) (left, lost []store.File, err error) {
	if _, err := tx.ArticleNumber(ctx); err != nil { // one pass after the other, over all nodes
		return nil, nil, err
	}
	known, err := tx.FilesAt(ctx, p.name, paths)
	if err != nil {
		return nil, nil, err
	}
	var ids []string
	for _, k := range known {
		if k.ArticleID != "" {
			ids = append(ids, k.ArticleID)
		}
	}
	rows, err := tx.MatchArticles(ctx, store.ArticleKeys{IDs: ids})
	if err != nil {
		return nil, nil, err
	}
	for _, path := range paths {
		k, ok := known[path]
		if !ok || k.State == store.FileGone || p.isFile(path) {
			continue
		}
		row := rows[k.ArticleID]
		if row != nil && row.State != magazine.Withdrawn && row.Source == p.name && row.FromFile == path {
			lost = append(lost, k)
		} else {
			left = append(left, k)
		}
	}
	return left, lost, nil
}

// isFile tells that a file is there now, whatever the folder's list says.
func (p *pass) isFile(path string) bool {
	if p.root == nil {
		return false
	}
	info, err := p.root.Lstat(path)
	return err == nil && info.Mode().IsRegular() || errors.Is(err, fs.ErrPermission)
}
