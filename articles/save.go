package articles

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/html"

	"postrider/magazine"
	"postrider/store"
)

// parsed is a file that was read, before the store's knowledge is applied.
type parsed struct {
	file     File
	hash     string // of its bytes
	doc      *Document
	problems []magazine.Problem
	skip     bool // gone or unreadable by now
	closed   bool // its links are
	same     bool // the bytes are known: only its time has changed
}

// readChunk reads, parses and saves some files.
func (p *pass) readChunk(ctx context.Context, files []File) error {
	all := make([]parsed, len(files))
	var wg sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				all[i] = p.parse(files[i])
			}
		})
	}
	for i := range files {
		next <- i
	}
	close(next)
	wg.Wait()
	for i := range all {
		if all[i].doc == nil {
			continue
		}
		problems, err := p.prepareMedia(ctx, all[i].doc.Files)
		if err != nil {
			return err
		}
		all[i].problems = append(all[i].problems, problems...)
	}
	return p.saveChunk(ctx, all)
}

// saveChunk saves some files in one transaction. Where one of them cannot be
// saved, the others are, and it is tried again at the next pass.
func (p *pass) saveChunk(ctx context.Context, all []parsed) error {
	before := p.result
	err := p.store.Write(ctx, func(tx *store.Tx) error {
		p.result = before
		return p.save(ctx, tx, all)
	})
	if err == nil || ctx.Err() != nil || magazine.CodeOf(err) == magazine.Unavailable {
		return err
	}
	p.result = before
	if len(all) == 1 {
		p.problem("%s could not be saved and is tried again at the next pass: %v", all[0].file.Name, err)
		return nil
	}
	for i := range all {
		if all[i].doc != nil { // links were closed in place: begin anew
			all[i] = p.parse(all[i].file)
		}
		if err := p.saveChunk(ctx, all[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (p *pass) parse(f File) parsed {
	one := parsed{file: f}
	data, err := ReadFile(p.root, f.Name)
	if err != nil {
		switch magazine.CodeOf(err) {
		case magazine.NotFound:
			one.skip = true
		default:
			one.problems = []magazine.Problem{{Text: err.Error()}}
		}
		return one
	}
	one.hash = hashOf(data)
	k, known := p.known[f.Name]
	if known && k.State != store.FileGone && k.Hash == one.hash && k.Reader == p.reader.revision() && !p.usesChanged(k) {
		one.same = true
		return one
	}
	one.doc, one.problems = p.reader.Parse(f.Name, data)
	return one
}

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16])
}

// save writes a chunk down: first who each article is, and so its slug; then,
// with all slugs known, its links.
func (p *pass) save(ctx context.Context, tx *store.Tx, all []parsed) error {
	if _, err := tx.ArticleNumber(ctx); err != nil { // one pass after the other, over all nodes
		return err
	}
	rows := make([]*store.ArticleRow, len(all))
	for i := range all {
		one := &all[i]
		if one.doc == nil {
			continue
		}
		row, warnings, err := p.identify(ctx, tx, one)
		if err != nil {
			return fmt.Errorf("%s: %w", one.file.Name, err)
		}
		row.BodyHash = one.doc.textHash()
		rows[i] = row
		one.problems = append(one.problems, warnings...)
		p.slugs[one.file.Name] = row.Slug
	}
	for i := range all {
		if err := p.saveOne(ctx, tx, &all[i], rows[i]); err != nil {
			return fmt.Errorf("%s: %w", all[i].file.Name, err)
		}
	}
	return nil
}

func (p *pass) saveOne(ctx context.Context, tx *store.Tx, one *parsed, row *store.ArticleRow) error {
	k, known := p.known[one.file.Name]
	switch {
	case one.skip:
		return nil
	case one.same:
		k.Size, k.Modified = one.file.Size, one.file.Modified.UnixNano()
		p.result.Unchanged++
		return tx.PutFile(ctx, k)
	}
	k.Source, k.Path, k.Size, k.Modified, k.Hash, k.Reader = p.name, one.file.Name, one.file.Size, one.file.Modified.UnixNano(), one.hash, p.reader.revision()
	wasHeld := known && k.State == store.FileHeld
	if wasHeld {
		p.result.Held--
	}
	if one.doc == nil {
		p.result.Held++
		k.State, k.Problems, k.Title = store.FileHeld, one.problems, ""
		p.log.Warn("a file is held", "file", one.file.Name, "problem", first(one.problems))
		return tx.PutFile(ctx, k)
	}
	if !one.closed { // the transaction may run again
		one.problems = append(one.problems, one.doc.Rewrite(p.resolver(ctx, tx))...)
		one.closed = true
	}
	changed, isNew, err := p.put(ctx, tx, one.doc, row)
	if err != nil {
		return err
	}
	switch {
	case isNew:
		p.result.New++
	case changed:
		p.result.Changed++
	default:
		p.result.Unchanged++
	}
	k.State, k.ArticleID, k.Title, k.Uses, k.Problems = store.FileArticle, row.ID, row.Title, p.uses(one.doc.Files), one.problems
	return tx.PutFile(ctx, k)
}

func first(problems []magazine.Problem) string {
	for _, p := range problems {
		if !p.Warning {
			return p.String()
		}
	}
	return ""
}

// put saves the article and tells whether anything about it is different.
func (p *pass) put(ctx context.Context, tx *store.Tx, d *Document, row *store.ArticleRow) (changed, isNew bool, err error) {
	old := *row
	isNew = row.FirstSeen.IsZero()
	a := d.Article
	a.ID, a.GUID, a.Seq, a.Slug, a.FirstSeen, a.FromFile = row.ID, row.GUID, row.Seq, row.Slug, row.FirstSeen, d.name
	if isNew {
		a.FirstSeen = tx.Now
	}
	if a.Image != nil && a.Image.Src != "" {
		a.Image = p.describe(a.Image)
	}
	if row.Seq > 0 { // readers have seen it under this date
		a.Published = row.Published
	}
	a.State = p.state(d, tx.Now)
	given := d.Updated
	a.Updated = old.Updated
	changed = isNew || differs(&old.Article, &a) || old.State == magazine.Withdrawn && a.State != magazine.Withdrawn ||
		old.State == magazine.Draft != (a.State == magazine.Draft) || old.State != magazine.Withdrawn && a.State == magazine.Withdrawn
	a.Updated = updated(&a, given, changed && !isNew && row.Seq > 0, tx.Now)
	row.Article, row.Source, row.GivenID, row.Pass = a, p.name, d.GivenID, p.id
	if !changed && old.FromFile == a.FromFile && old.Updated.Equal(a.Updated) && old.Source == p.name {
		return false, false, nil
	}
	return changed, isNew, tx.PutArticle(ctx, *row)
}

// state is where the article is to stand. Scheduled means that it appears when
// its time comes, which may be now.
func (p *pass) state(d *Document, now time.Time) magazine.ArticleState {
	switch {
	case d.Withdrawn || !d.Expires.IsZero() && !d.Expires.After(now):
		return magazine.Withdrawn
	case d.Draft:
		return magazine.Draft
	}
	return magazine.Scheduled
}

// updated is when the content changed last: as the file says, else when a
// reader could first see the change. A correction moves it.
func updated(a *magazine.Article, given time.Time, changed bool, now time.Time) time.Time {
	at := given
	if at.IsZero() {
		at = a.Updated
		if changed {
			at = now
		}
	}
	for _, c := range a.Corrections {
		if c.Date.After(at) && !c.Date.After(now) {
			at = c.Date
		}
	}
	if at.Before(a.Published) {
		at = a.Published
	}
	return at
}

// differs compares what readers see, but for the date of the last change.
func differs(old, a *magazine.Article) bool {
	return old.HTML != a.HTML || old.Teaser != a.Teaser || !bytes.Equal(shown(*old), shown(*a))
}

// shown is what the store keeps of an article besides its body.
func shown(a magazine.Article) []byte {
	a.Updated, a.Published, a.Expires = time.Time{}, a.Published.UTC(), a.Expires.UTC()
	b, err := json.Marshal(a)
	if err != nil {
		panic("articles: an article does not marshal: " + err.Error())
	}
	return b
}

// textHash is the same for an article whose file was renamed or whose slug was
// changed; it is empty where there is no text.
func (d *Document) textHash() string {
	h := sha256.New()
	empty := true
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode && strings.TrimSpace(n.Data) != "" {
			h.Write([]byte(n.Data))
			empty = false
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	if d.body != nil && d.body.root != nil {
		walk(d.body.root)
	}
	if empty {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// resolver says where a path below the source is published.
func (p *pass) resolver(ctx context.Context, tx *store.Tx) func(string) (string, bool) {
	return func(path string) (string, bool) {
		if m, ok := p.media[path]; ok && m.Image != nil {
			return m.Image.Src, true
		}
		if slug := p.slugOf(path); slug != "" {
			return (&magazine.Article{Slug: slug}).Path(), true
		}
		last := path[strings.LastIndexByte(path, '/')+1:]
		if slug, err := url.PathUnescape(last); err == nil && !strings.Contains(last, ".") {
			if a, err := tx.FindArticle(ctx, store.BySlug, slug); err == nil && a != nil {
				return a.Path(), true
			}
		}
		return "", false
	}
}

// slugOf is the slug of the article in a file: as this pass gave it, as it is
// known, or as the file asks for where it is still to be read.
func (p *pass) slugOf(path string) string {
	if slug, ok := p.slugs[path]; ok {
		return slug
	}
	if KindOf(path, 0) != ArticleFile {
		return ""
	}
	slug := ""
	if data, err := ReadFile(p.root, path); err == nil {
		if d, _ := p.reader.Parse(path, data); d != nil {
			slug = d.Slug
		}
	}
	p.slugs[path] = slug
	return slug
}
