package articles

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// identify finds which article a file holds, or makes a new one, and gives it
// its slug. The row has what stays over all changes: ID, GUID, number, slug.
func (p *pass) identify(ctx context.Context, tx *store.Tx, one *parsed) (*store.ArticleRow, []magazine.Problem, error) {
	d := one.doc
	p.sameAuthors(d)
	row, err := p.find(ctx, tx, one)
	if err != nil {
		return nil, nil, err
	}
	if err := p.date(ctx, tx, d, one.file, row); err != nil {
		return nil, nil, err
	}
	if row == nil {
		row = &store.ArticleRow{Article: magazine.Article{ID: magazine.NewID()}}
	}
	switch {
	case d.GUID != "" && d.GUID != row.GUID:
		other, err := tx.FindArticle(ctx, store.ByGUID, d.GUID)
		if err != nil {
			return nil, nil, err
		}
		if other == nil || other.ID == row.ID {
			row.GUID = d.GUID
		}
	case row.GUID == "":
		row.GUID = p.tag(row.ID, d.Published)
	}
	if row.GUID == "" { // the one it asked for is another's
		row.GUID = p.tag(row.ID, d.Published)
	}
	for i, r := range d.Related { // a captured page names its related pieces by their titles alone
		if r.Slug == "" && r.URL == "" {
			d.Related[i].Slug = magazine.Slugify(r.Title)
		}
	}
	warnings, err := p.slug(ctx, tx, d, row)
	return row, warnings, err
}

// find looks for the article by what says most: its given id, its GUID, its
// file, then the content or the slug of one whose file is gone.
func (p *pass) find(ctx context.Context, tx *store.Tx, one *parsed) (*store.ArticleRow, error) {
	d := one.doc
	for _, by := range []struct {
		key   store.ArticleKey
		value string
	}{{store.ByGivenID, d.GivenID}, {store.ByGUID, d.GUID}, {store.ByID, p.known[one.file.Name].ArticleID}} {
		row, err := tx.FindArticle(ctx, by.key, by.value)
		if err != nil {
			return nil, err
		}
		if row != nil && !p.livesElsewhere(row, one.file.Name) && (by.key != store.ByID || row.GivenID == "" || row.GivenID == d.GivenID || d.GivenID == "") {
			return row, nil
		}
	}
	if lost, err := p.lost(ctx, tx, d); err != nil || lost != nil {
		return lost, err
	}
	row, err := tx.FindArticle(ctx, store.BySlug, d.Slug)
	if err != nil || row == nil || p.livesElsewhere(row, one.file.Name) || row.GivenID != "" && d.GivenID != "" && row.GivenID != d.GivenID {
		return nil, err
	}
	return row, nil
}

// lost finds an article of the same text whose file is not there any more: it
// was renamed, or deleted and has returned.
func (p *pass) lost(ctx context.Context, tx *store.Tx, d *Document) (*store.ArticleRow, error) {
	ids, err := tx.ArticlesByBody(ctx, d.textHash())
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		row, err := tx.FindArticle(ctx, store.ByID, id)
		if err != nil {
			return nil, err
		}
		if row != nil && !p.livesElsewhere(row, d.name) {
			return row, nil
		}
	}
	return nil, nil
}

// livesElsewhere tells that the article is held by another file that is there.
func (p *pass) livesElsewhere(row *store.ArticleRow, name string) bool {
	if row.FromFile == name && row.Source == p.name {
		return false
	}
	if row.Source != p.name {
		return row.State != magazine.Withdrawn
	}
	k, known := p.known[row.FromFile]
	_, taken := p.slugs[row.FromFile] // read in this pass
	return taken || known && k.State != store.FileGone && p.here(row.FromFile)
}

// here tells that the folder has the file.
func (p *pass) here(name string) bool {
	_, found := slices.BinarySearchFunc(p.found, name, func(f File, name string) int { return strings.Compare(f.Name, name) })
	return found || p.unknown(name)
}

// sameAuthors gives an author who is named as in a file of authors/ that
// file's slug.
func (p *pass) sameAuthors(d *Document) {
	for i, w := range d.Authors {
		if slug, ok := p.names[w.Name]; ok && w.Slug == magazine.Slugify(w.Name) {
			d.Authors[i].Slug = slug
		}
	}
}

// date sets the date of an article whose file says none: the issue's cover
// date, else the file's time when it was first seen, which then stays.
func (p *pass) date(ctx context.Context, tx *store.Tx, d *Document, f File, row *store.ArticleRow) error {
	if !d.DateMissing {
		return nil
	}
	at := f.Modified
	if row != nil {
		at = row.Published
	} else if !d.Issue.IsZero() {
		cover, err := tx.CoverDate(ctx, d.Issue)
		if err != nil {
			return err
		}
		if !cover.IsZero() {
			at = cover
		}
	}
	if at.After(tx.Now) { // a file of the future would keep the article back
		at = tx.Now
	}
	p.reader.SetDate(d, at.Truncate(time.Second))
	return nil
}

// tag is an article's identity in feeds (RFC 4151). It is made once and stored.
func (p *pass) tag(id string, published time.Time) string {
	host := "localhost"
	if u, err := url.Parse(p.reader.publication.URL); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	return fmt.Sprintf("tag:%s,%s:article/%s", host, p.reader.publication.Day(published), id)
}

// slug gives the article its slug: the one it has while its file asks for
// nothing new, else the wanted one, with a number where that is another's.
func (p *pass) slug(ctx context.Context, tx *store.Tx, d *Document, row *store.ArticleRow) ([]magazine.Problem, error) {
	wanted := d.Slug
	if row.Slug != "" && row.WantedSlug == wanted || row.Slug != "" && !d.SlugGiven {
		d.Slug = row.Slug
		return nil, nil
	}
	row.WantedSlug = wanted
	for n := 1; ; n++ {
		slug := wanted
		if n > 1 {
			slug = fmt.Sprintf("%s-%d", wanted, n)
		}
		owner, err := tx.SlugOwner(ctx, slug)
		if err != nil {
			return nil, err
		}
		if owner != "" && owner != row.ID {
			continue
		}
		d.Slug, row.Slug = slug, slug
		if err := tx.TakeSlug(ctx, slug, row.ID); err != nil {
			return nil, err
		}
		if n == 1 {
			return nil, p.oldSlugs(ctx, tx, d, row)
		}
		return []magazine.Problem{{Field: "slug", Value: wanted, Warning: true, Text: "another article has this slug; " + slug + " is used and kept", Mend: "give one of the two another slug"}}, p.oldSlugs(ctx, tx, d, row)
	}
}

// oldSlugs keeps the addresses that the article had before, where they are free.
func (p *pass) oldSlugs(ctx context.Context, tx *store.Tx, d *Document, row *store.ArticleRow) error {
	for _, slug := range d.OldSlugs {
		if err := tx.TakeSlug(ctx, slug, row.ID); err != nil {
			return err
		}
	}
	return nil
}
