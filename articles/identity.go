package articles

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/store"
)

// matching finds which article each file of a transaction holds. Every article
// is in one file only.
type matching struct {
	*saving
	docs  map[string]*parsed // by path
	known map[string]*store.ArticleRow
	taken map[string]string // paths by ids

	others map[string]store.File // that had one of the articles, of which a pass over some files does not know
}

// identify finds the article of every file, or makes a new one, and gives it
// its slug. A row has what stays over all changes: ID, GUID, number, slug.
func (s *saving) identify(ctx context.Context) error {
	m := &matching{saving: s, docs: map[string]*parsed{}, taken: map[string]string{}}
	if err := m.load(ctx); err != nil {
		return err
	}
	m.match()
	for i := range s.all {
		one := &s.all[i]
		if one.doc == nil {
			continue
		}
		if s.rows[one.file.Name] == nil {
			s.rows[one.file.Name] = &store.ArticleRow{Article: magazine.Article{ID: magazine.NewIDAt(s.tx.Now)}}
		}
		s.before[one.file.Name] = *s.rows[one.file.Name]
		if err := m.settleOne(ctx, one); err != nil {
			return fmt.Errorf("%s: %w", one.file.Name, err)
		}
	}
	return nil
}

// load finds every article that one of the files may be.
func (m *matching) load(ctx context.Context) (err error) {
	var keys store.ArticleKeys
	var slugs []string
	add := func(to *[]string, text string) {
		if text != "" {
			*to = append(*to, text)
		}
	}
	for i := range m.all {
		one := &m.all[i]
		k := m.files[one.file.Name]
		id := k.ArticleID
		if one.doc == nil {
			if k.State != store.FileGone && m.there(one.file.Name) {
				m.taken[id] = one.file.Name // whatever it is, it is not to be another file's
			}
			continue
		}
		m.docs[one.file.Name] = one
		add(&keys.IDs, id)
		add(&keys.GivenIDs, one.claim.id)
		add(&keys.GUIDs, one.claim.guid)
		add(&keys.Bodies, one.claim.body)
		add(&slugs, one.doc.Slug)
	}
	for _, slug := range slugs {
		m.owners[slug] = ""
	}
	owners, err := m.tx.SlugOwners(ctx, slugs)
	if err != nil {
		return err
	}
	for slug, id := range owners {
		m.owners[slug] = id
		keys.IDs = append(keys.IDs, id)
	}
	if m.known, err = m.tx.MatchArticles(ctx, keys); err != nil || m.only == nil {
		return err
	}
	var paths []string
	for _, row := range m.known {
		if _, met := m.pass.known[row.FromFile]; !met && row.Source == m.name {
			paths = append(paths, row.FromFile)
		}
	}
	m.others, err = m.tx.FilesAt(ctx, m.name, paths)
	return err
}

// match gives articles to files, by what says most first: the id that a file
// gives, its GUID; then the file's own article, unless the file has become
// another; then the text of an article whose file is gone, with its name and date
// where several have that text; at last the slug.
func (m *matching) match() {
	m.own(func(c claim, row *store.ArticleRow) bool { return c.id != "" && c.id == row.GivenID })
	m.any(func(c claim, row *store.ArticleRow) bool { return c.id != "" && c.id == row.GivenID })
	m.own(func(c claim, row *store.ArticleRow) bool { return c.guid != "" && c.guid == row.GUID })
	m.any(func(c claim, row *store.ArticleRow) bool { return c.guid != "" && c.guid == row.GUID && c.agrees(row) })
	m.own(claim.keeps)
	m.any(func(c claim, row *store.ArticleRow) bool { return c.asks(row) && c.names(row) })
	m.any(claim.asks)
	m.own(func(c claim, row *store.ArticleRow) bool {
		return c.mayBe(row) && !m.askedFor(row) && !m.namedElsewhere(row, map[string]bool{}) && !m.cameHere(c, row)
	})
	for i := range m.all {
		one := &m.all[i]
		if one.doc == nil || m.rows[one.file.Name] != nil {
			continue
		}
		row := m.known[m.owners[one.doc.Slug]]
		if row != nil && one.claim.mayBe(row) && sameSlug(one.doc, row) {
			m.give(one, row)
		}
	}
}

// sameSlug tells whether a slug makes a file the article that has it and whose
// own file is gone: a column's next piece often has the last one's title.
func sameSlug(d *Document, row *store.ArticleRow) bool {
	return d.SlugGiven || d.Published.Equal(row.Published)
}

// own gives files the article that they had, where it fits.
func (m *matching) own(fits func(c claim, row *store.ArticleRow) bool) {
	for i := range m.all {
		one := &m.all[i]
		if one.doc == nil || m.rows[one.file.Name] != nil {
			continue
		}
		if row := m.ownOf(one.file.Name); row != nil && fits(one.claim, row) {
			m.give(one, row)
		}
	}
}

// ownOf is the article that a file had, where it still is the article's file.
func (m *matching) ownOf(path string) *store.ArticleRow {
	k := m.files[path]
	if row := m.known[k.ArticleID]; row != nil && k.State != store.FileGone && row.FromFile == path && row.Source == m.name {
		return row
	}
	return nil
}

// any gives files an article that fits: rather one whose file is gone or has
// become another, rather one without an id of its own, rather the oldest. Nothing
// is left to the lot that the ids are drawn by: the same files and the same
// passes make the same articles.
func (m *matching) any(fits func(c claim, row *store.ArticleRow) bool) {
	left := map[string]int{}
	for id, row := range m.known {
		left[id] = m.left(row)
	}
	rows := slices.SortedFunc(maps.Values(m.known), func(a, b *store.ArticleRow) int {
		return cmp.Or(left[b.ID]-left[a.ID], strings.Compare(a.GivenID, b.GivenID), a.FirstSeen.Compare(b.FirstSeen), a.Published.Compare(b.Published), strings.Compare(a.Slug, b.Slug))
	})
	for i := range m.all {
		one := &m.all[i]
		for _, row := range rows {
			if one.doc == nil || m.rows[one.file.Name] != nil {
				break
			}
			if fits(one.claim, row) {
				m.give(one, row)
			}
		}
	}
}

// left tells how surely a file has left its article: 2 where it is gone, 1
// where it has another one or asks for it.
func (m *matching) left(row *store.ArticleRow) int {
	one := m.docs[row.FromFile]
	switch {
	case one == nil || row.Source != m.name:
		return 2
	case m.rows[row.FromFile] != nil:
		return 1
	}
	for _, other := range m.known {
		if other.ID != row.ID && one.claim.asks(other) {
			return 1
		}
	}
	return 0
}

// give gives a file an article, unless another has it. A file that was moved while
// the pass went over the folder was read under two names, of which the first is
// none any more.
func (m *matching) give(one *parsed, row *store.ArticleRow) {
	name := one.file.Name
	if path, taken := m.taken[row.ID]; taken {
		if m.docs[path] == nil || m.isFile(path) {
			return
		}
		m.drop(m.docs[path])
	}
	if m.livesElsewhere(row, name) {
		return
	}
	if row.FromFile != name && !m.isFile(name) {
		m.drop(one)
		return
	}
	m.taken[row.ID] = name
	m.rows[name] = row
}

// drop leaves out a file that is not there any more.
func (m *matching) drop(one *parsed) {
	delete(m.docs, one.file.Name)
	delete(m.rows, one.file.Name)
	one.doc, one.skip = nil, true
}

// livesElsewhere tells that another file, which this transaction doesn't save,
// has the article.
func (m *matching) livesElsewhere(row *store.ArticleRow, name string) bool {
	if path, ok := m.holders[row.ID]; ok && m.docs[path] == nil && m.isFile(path) {
		return true
	}
	if row.Source != m.name {
		return m.inAnotherSource(row)
	}
	if row.FromFile == name || m.docs[row.FromFile] != nil || !m.there(row.FromFile) {
		return false
	}
	article, known := m.recorded(row.FromFile)
	if c, ok := m.claims[row.FromFile]; ok && m.pending[row.FromFile] && !c.mute {
		return c.keeps(row)
	}
	return !known || article == row.ID
}

// recorded tells which article a file of the source has, as far as it is known.
func (m *matching) recorded(path string) (article string, known bool) {
	if k, known := m.pass.known[path]; known {
		return k.article, true
	}
	k, known := m.others[path]
	return holds(k), known
}

func (m *matching) inAnotherSource(row *store.ArticleRow) bool {
	if m.beside == nil {
		return row.State != magazine.Withdrawn
	}
	return m.besideHas(row.Source, row.FromFile)
}

// besideHas tells that another source of the publication has a file, or may
// have it.
func (s *Source) besideHas(source, path string) bool {
	return slices.ContainsFunc(s.beside, func(b *Source) bool { return b.name == source && b.has(path) })
}

// namedElsewhere tells that an article was moved and edited, and another has taken
// its file's place: its file has neither its name nor its text any more, and one
// that is no other article's has its name and date. The files of some articles
// may have gone round; those that were looked at are in seen.
func (m *matching) namedElsewhere(row *store.ArticleRow, seen map[string]bool) bool {
	seen[row.ID] = true
	for path, one := range m.docs {
		if path == row.FromFile || m.rows[path] != nil || !one.claim.names(row) {
			continue
		}
		own := m.ownOf(path)
		if own == nil || m.taken[own.ID] != "" || seen[own.ID] || m.namedElsewhere(own, seen) {
			return true
		}
	}
	for path := range m.pending {
		if m.docs[path] == nil && m.pass.known[path].article == "" && m.claims[path].names(row) {
			return true
		}
	}
	return false
}

// cameHere tells that an article's file has been replaced by another's, which was
// edited: it has the name and date of one that is visible and whose file is gone.
func (m *matching) cameHere(c claim, row *store.ArticleRow) bool {
	other := m.known[m.owners[c.slug]]
	return other != nil && other.ID != row.ID && other.State != magazine.Withdrawn && c.names(other) && m.taken[other.ID] == "" &&
		m.docs[other.FromFile] == nil && !m.livesElsewhere(other, row.FromFile)
}

// askedFor tells that a file which this pass reads later says that it is the
// article.
func (m *matching) askedFor(row *store.ArticleRow) bool {
	for path := range m.pending {
		if m.docs[path] == nil && m.claims[path].asks(row) {
			return true
		}
	}
	return false
}

// settleOne gives a file's article what stays over all changes, and says where
// the file wants otherwise.
func (m *matching) settleOne(ctx context.Context, one *parsed) error {
	d, row := one.doc, m.rows[one.file.Name]
	m.names.apply(d)
	if err := m.date(ctx, one, row); err != nil {
		return err
	}
	m.warnOfTwins(one, row)
	if row.GUID == "" {
		row.GUID = m.tag(row.ID, d.Published)
	}
	for i, r := range d.Related { // a captured page names its related pieces by their titles alone
		if r.Slug == "" && r.URL == "" {
			d.Related[i].Slug = magazine.Slugify(r.Title)
		}
	}
	return m.slug(ctx, one, row)
}

// warnOfTwins tells of an id or a GUID that two files give. The GUID is taken
// where it is free and readers don't know the article by another.
func (m *matching) warnOfTwins(one *parsed, row *store.ArticleRow) {
	c := one.claim
	if c.id != "" {
		if twin := m.twin(one, row); twin != "" {
			m.warn(one, "id", c.id, "the file "+twin+" has the same id; this one is an article of its own", "give one of the two another id")
		}
	}
	if c.guid == "" || c.guid == row.GUID {
		return
	}
	for _, other := range m.known {
		if other.ID != row.ID && other.GUID == c.guid {
			m.warn(one, "guid", c.guid, "the article of "+other.FromFile+" has the same guid; this one has another", "give one of the two another guid")
			return
		}
	}
	for path, other := range m.rows {
		if path != one.file.Name && other.GUID == c.guid {
			m.warn(one, "guid", c.guid, "the article of "+path+" has the same guid; this one has another", "give one of the two another guid")
			return
		}
	}
	if row.Seq > 0 {
		m.warn(one, "guid", c.guid, "readers know the article by another guid, which is kept", "leave guid out, or set it to "+row.GUID)
		return
	}
	row.GUID = c.guid
}

// twin is another file that gives the same id, the first by name.
func (m *matching) twin(one *parsed, row *store.ArticleRow) (first string) {
	meet := func(path string) {
		if first == "" || path < first {
			first = path
		}
	}
	for path, other := range m.docs {
		if path != one.file.Name && other.claim.id == one.claim.id {
			meet(path)
		}
	}
	for _, other := range m.known {
		if other.ID != row.ID && other.GivenID == one.claim.id && other.State != magazine.Withdrawn && m.docs[other.FromFile] == nil {
			meet(other.FromFile)
		}
	}
	return first
}

// warn notes a warning on a file.
func (s *saving) warn(one *parsed, field, value, text, mend string) {
	path := one.file.Name
	s.warned[path] = append(s.warned[path], magazine.Problem{Field: field, Value: shorten(value, maxShown), Text: text, Mend: mend, Warning: true})
}

// date sets when the article was published. Where the file says nothing, that
// is the issue's cover date, else the file's time when it was first seen, which
// then stays. What readers have seen stays too.
func (s *saving) date(ctx context.Context, one *parsed, row *store.ArticleRow) error {
	d := one.doc
	had := !row.FirstSeen.IsZero()
	switch {
	case row.Seq > 0 && !d.DateMissing && !d.Published.Equal(row.Published):
		if !s.reader.sameDay(d.Published, row.Published) {
			day := s.reader.publication.Day
			s.warn(one, "date", day(d.Published), "the article was published with the date "+row.Published.In(s.reader.zone).Format("2006-01-02 15:04")+", which is kept", "write that date; to say that the text is new, set updated")
		}
		s.reader.keepDate(d, row.Published)
	case !d.DateMissing:
	case had:
		s.reader.SetDate(d, row.Published)
	default:
		at := one.file.Modified
		if cover, err := s.tx.CoverDate(ctx, d.Issue); err != nil {
			return err
		} else if !cover.IsZero() {
			at = cover
		}
		if at.After(s.tx.Now) { // a file of the future would keep the article back
			at = s.tx.Now
		}
		s.reader.SetDate(d, at.Truncate(time.Second))
	}
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
