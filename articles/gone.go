package articles

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"postrider/magazine"
	"postrider/store"
)

// More than fewGone articles, and more than a twentieth of the source, don't
// vanish on purpose.
const fewGone = 10

// vanished are the files of a source that are not there any more.
type vanished struct {
	left    []store.File // their article lives in another file by now, was withdrawn before, or never was
	lost    []store.File // with which an article goes
	data    []store.File // of authors, issues and sections
	orphans []string     // ids of articles in whose files' places others have come
}

func (v vanished) articles() int { return len(v.lost) + len(v.orphans) }

// gone withdraws the articles whose files are not there any more, and takes
// back what data files said that are not there, unless they are so many that
// something else must have happened.
func (p *pass) gone(ctx context.Context) error {
	var missing []string
	files := 0
	for path, k := range p.known {
		if k.state == store.FileGone {
			continue
		}
		if k.state != store.FileData {
			files++
		}
		if !p.here(path) {
			missing = append(missing, path)
		}
	}
	orphans, err := p.store.Orphans(ctx, p.name, p.first(), p.number)
	if err != nil || len(missing) == 0 && len(orphans) == 0 {
		return err
	}
	slices.Sort(missing)
	var v vanished
	var again []string
	kept := false
	err = p.store.Write(ctx, func(tx *store.Tx) (err error) {
		if v, err = p.vanished(ctx, tx, missing); err != nil {
			return err
		}
		if p.only != nil && v.articles() > fewGone {
			return errWhole // which knows how many there are
		}
		if kept = p.keeps(v, files); kept {
			return p.putGone(ctx, tx, v.left)
		}
		again, err = p.letGo(ctx, tx, v)
		return err
	})
	if err != nil {
		return err
	}
	for _, k := range v.left {
		delete(p.outcomes, k.Path)
	}
	if kept {
		return nil
	}
	for _, k := range v.data {
		delete(p.outcomes, k.Path) // it may have been held
	}
	for _, k := range v.lost {
		p.outcomes[k.Path] = withdrawn
	}
	p.orphans += len(v.orphans)
	p.readAgain(again)
	return nil
}

// keeps tells that what has vanished is too much to be meant, and says so.
func (p *pass) keeps(v vanished, files int) bool {
	n := v.articles()
	switch {
	case p.Withdraw:
		return false
	case p.removed && n > 0:
		p.problem("", fmt.Sprintf("%s of this source, which the configuration does not name any more, so nothing of it was withdrawn", counted(n, "published article is", "published articles are")),
			"name it in articles again, or if it is meant to go, run: postrider read --withdraw")
		return true
	case n > fewGone && n*20 > files:
		p.problem("", fmt.Sprintf("%d of %d articles are gone at once, so nothing was withdrawn", n, files), "bring them back, or if they are meant to go, run: postrider read --withdraw")
		return true
	}
	return false
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return itoa(n) + " " + many
}

// letGo withdraws what has vanished, and takes back what it said. It lists the
// files that are to be read anew.
func (p *pass) letGo(ctx context.Context, tx *store.Tx, v vanished) (again []string, err error) {
	ids := v.orphans
	for _, k := range v.lost {
		ids = append(ids, k.ArticleID)
	}
	for _, id := range ids {
		if err := tx.Withdraw(ctx, id, ""); err != nil {
			return nil, err
		}
	}
	if err := p.putGone(ctx, tx, slices.Concat(v.left, v.lost, v.data)); err != nil {
		return nil, err
	}
	for _, k := range v.data {
		paths, err := p.unsay(ctx, tx, k)
		if err != nil {
			return nil, err
		}
		again = append(again, paths...)
	}
	return again, nil
}

func (p *pass) putGone(ctx context.Context, tx *store.Tx, files []store.File) error {
	awaits := make(map[string][]string, len(files))
	for i := range files {
		files[i].State = store.FileGone
		awaits[files[i].Path] = nil
	}
	if err := tx.PutFiles(ctx, files...); err != nil {
		return err
	}
	return tx.PutAwaits(ctx, p.name, awaits)
}

// vanished sorts the files that are not there any more.
func (p *pass) vanished(ctx context.Context, tx *store.Tx, paths []string) (v vanished, err error) {
	if _, err := tx.ArticleNumber(ctx); err != nil { // one pass after the other, over all nodes
		return v, err
	}
	known, err := tx.FilesAt(ctx, p.name, paths)
	if err != nil {
		return v, err
	}
	var ids []string
	for _, k := range known {
		if k.ArticleID != "" {
			ids = append(ids, k.ArticleID)
		}
	}
	rows, err := tx.MatchArticles(ctx, store.ArticleKeys{IDs: ids})
	if err != nil {
		return v, err
	}
	for _, path := range paths {
		k, ok := known[path]
		if !ok || k.State == store.FileGone || p.isFile(path) {
			continue
		}
		row := rows[k.ArticleID]
		switch {
		case KindOf(path, 0) != ArticleFile:
			v.data = append(v.data, k)
		case row != nil && row.State != magazine.Withdrawn && row.Source == p.name && row.FromFile == path:
			v.lost = append(v.lost, k)
		default:
			v.left = append(v.left, k)
		}
	}
	v.orphans, err = tx.Orphans(ctx, p.name, p.first(), p.number)
	return v, err
}

// isFile tells that a file is there now, whatever the folder's list says.
func (p *pass) isFile(path string) bool {
	if p.root == nil {
		return false
	}
	info, err := p.root.Lstat(path)
	return err == nil && info.Mode().IsRegular() || errors.Is(err, fs.ErrPermission)
}
