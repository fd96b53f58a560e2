package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"postrider/magazine"
)

// AuthorCount is an author with the number of their published articles.
type AuthorCount struct {
	magazine.Author
	Articles int
}

// SectionCount is a section with the number of its published articles.
type SectionCount struct {
	magazine.Section
	Articles int
}

func scanAuthor(rows *sql.Rows) (w AuthorCount, err error) {
	var slug, name, doc string
	if err = rows.Scan(&slug, &name, &doc, &w.Articles); err != nil {
		return w, err
	}
	err = json.Unmarshal([]byte(doc), &w.Author)
	w.Slug, w.Name = slug, name
	return w, err
}

func scanSection(rows *sql.Rows) (c SectionCount, err error) {
	var slug, name, doc string
	if err = rows.Scan(&slug, &name, &doc, &c.Articles); err != nil {
		return c, err
	}
	err = json.Unmarshal([]byte(doc), &c.Section)
	c.Slug, c.Name = slug, name
	return c, err
}

var (
	authorRows  = namedRows("authors", magazine.ScopeAuthor)
	sectionRows = namedRows("sections", magazine.ScopeSection)
)

// namedRows lists authors or sections. One without a file of its own is called
// as in the newest visible article: a name that was mended there is mended
// everywhere, and an older spelling elsewhere does no harm.
func namedRows(table string, kind magazine.ScopeKind) string {
	mine := "FROM article_scopes s WHERE s.scope = '" + string(kind) + "/' || w.slug AND s.visible = 1"
	return "SELECT w.slug, CASE WHEN w.given = 1 THEN w.name ELSE COALESCE((SELECT s.name " + mine + " ORDER BY s.number DESC LIMIT 1), w.name) END AS name, w.doc, (SELECT COUNT(*) " + mine + ") AS n FROM " + table + " w"
}

// Authors lists the authors with published articles, by name, each once: what
// stands under another slug of theirs is on its way to them.
func (s *Store) Authors(ctx context.Context) ([]AuthorCount, error) {
	return collect(ctx, s.readers, scanAuthor, "SELECT * FROM ("+authorRows+") x WHERE n > 0 AND slug NOT IN (SELECT slug FROM author_aliases) ORDER BY name, slug")
}

// AuthorsWithFeeds lists the authors who have feeds, as Authors does: those with
// a file of their own besides, though nothing of theirs is published yet.
func (s *Store) AuthorsWithFeeds(ctx context.Context) ([]AuthorCount, error) {
	return collect(ctx, s.readers, scanAuthor, "SELECT * FROM ("+authorRows+") x WHERE (n > 0 OR slug IN (SELECT slug FROM authors WHERE given = 1)) AND slug NOT IN (SELECT slug FROM author_aliases) ORDER BY name, slug")
}

// Author finds an author by their own slug, or another that they have besides.
// NotFound: nobody of that slug is published here or has a file of their own.
func (s *Store) Author(ctx context.Context, slug string) (*magazine.Author, error) {
	found, err := collect(ctx, s.readers, scanAuthor, authorRows+" WHERE w.slug = "+authorSlug+" AND EXISTS (SELECT 1 FROM scopes WHERE scope = 'author/' || w.slug)", slug)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, magazine.Errorf(magazine.NotFound, "there is no such author")
	}
	return &found[0].Author, nil
}

// AuthorNames tells the slugs of the authors who have a file of their own, by name.
func (s *Store) AuthorNames(ctx context.Context) (map[string]string, error) {
	found, err := collect(ctx, s.readers, scanAuthor, authorRows+" WHERE w.given = 1")
	names := make(map[string]string, len(found))
	for _, w := range found {
		names[w.Name] = w.Slug
	}
	return names, err
}

// Sections lists the sections with published articles, by name.
func (s *Store) Sections(ctx context.Context) ([]SectionCount, error) {
	return collect(ctx, s.readers, scanSection, "SELECT * FROM ("+sectionRows+") x WHERE n > 0 ORDER BY name, slug")
}

// SectionsWithFeeds lists the sections that have feeds, as Sections does: those
// with a file of their own besides, though nothing is published in them yet.
func (s *Store) SectionsWithFeeds(ctx context.Context) ([]SectionCount, error) {
	return collect(ctx, s.readers, scanSection, "SELECT * FROM ("+sectionRows+") x WHERE n > 0 OR slug IN (SELECT slug FROM sections WHERE given = 1) ORDER BY name, slug")
}

// Section finds a section. NotFound: nothing is published in one of that slug.
func (s *Store) Section(ctx context.Context, slug string) (*magazine.Section, error) {
	found, err := collect(ctx, s.readers, scanSection, sectionRows+" WHERE w.slug = $1 AND EXISTS (SELECT 1 FROM scopes WHERE scope = 'section/' || w.slug)", slug)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, magazine.Errorf(magazine.NotFound, "there is no such section")
	}
	return &found[0].Section, nil
}

// PutSection keeps what a section's own file says.
func (tx *Tx) PutSection(ctx context.Context, c magazine.Section) error {
	doc, err := json.Marshal(c)
	if err != nil {
		return err
	}
	n, err := tx.exec(ctx, `INSERT INTO sections (slug, name, given, doc) VALUES ($1, $2, 1, $3)
		ON CONFLICT (slug) DO UPDATE SET name = excluded.name, given = 1, doc = excluded.doc WHERE sections.given = 0 OR sections.doc <> excluded.doc`, c.Slug, c.Name, string(doc))
	if err != nil || n == 0 {
		return err
	}
	return tx.Touch(ctx, magazine.SectionScope(c.Slug), magazine.SiteScope()) // the list of all feeds is of the site's version
}

// PutAuthor keeps what an author's own file says. Nothing is touched where it
// says what is known.
func (tx *Tx) PutAuthor(ctx context.Context, w magazine.Author) error {
	doc, err := json.Marshal(w)
	if err != nil {
		return err
	}
	n, err := tx.exec(ctx, `INSERT INTO authors (slug, name, given, doc) VALUES ($1, $2, 1, $3)
		ON CONFLICT (slug) DO UPDATE SET name = excluded.name, given = 1, doc = excluded.doc WHERE authors.given = 0 OR authors.doc <> excluded.doc`,
		w.Slug, w.Name, string(doc))
	if err != nil || n == 0 {
		return err
	}
	return tx.Touch(ctx, magazine.AuthorScope(w.Slug), magazine.SiteScope()) // the list of all feeds is of the site's version
}

const issueColumns = "volume, number, state, cover_date, published_at, doc, ordered"

func scanIssue(rows *sql.Rows) (i magazine.Issue, err error) {
	var ref magazine.IssueRef
	var state, doc, ordered string
	var cover, published int64
	if err = rows.Scan(&ref.Volume, &ref.Number, &state, &cover, &published, &doc, &ordered); err != nil {
		return i, err
	}
	err = json.Unmarshal([]byte(doc), &i)
	if len(i.Contents) == 0 && ordered != "" {
		i.Ordered = true
		err = errors.Join(err, json.Unmarshal([]byte(ordered), &i.Contents))
	}
	i.IssueRef, i.State = ref, magazine.IssueState(state)
	i.CoverDate, i.PublishedAt = fromMicros(cover), fromMicros(published)
	return i, err
}

// Issues lists the issues that have something to show, newest cover date first.
func (s *Store) Issues(ctx context.Context) ([]magazine.Issue, error) {
	return collect(ctx, s.readers, scanIssue, "SELECT "+issueColumns+` FROM issues
		WHERE EXISTS (SELECT 1 FROM scopes WHERE scope = 'issue/' || volume || '/' || number) ORDER BY cover_date DESC, volume DESC, number DESC`)
}

// IssuesAfter lists some of Issues: those after one, by its cover date and reference;
// nil: from the first.
func (s *Store) IssuesAfter(ctx context.Context, one *magazine.Issue, limit int) ([]magazine.Issue, error) {
	query, args := "", []any{limit}
	if one != nil {
		query, args = " AND (cover_date, volume, number) < ($2, $3, $4)", append(args, micros(one.CoverDate), one.Volume, one.Number)
	}
	return collect(ctx, s.readers, scanIssue, "SELECT "+issueColumns+` FROM issues
		WHERE EXISTS (SELECT 1 FROM scopes WHERE scope = 'issue/' || volume || '/' || number)`+query+" ORDER BY cover_date DESC, volume DESC, number DESC LIMIT $1", args...)
}

// Issue finds an issue. NotFound: there is none of that volume and number.
func (s *Store) Issue(ctx context.Context, ref magazine.IssueRef) (*magazine.Issue, error) {
	return issueOf(ctx, s.readers, ref)
}

// Issue finds an issue. NotFound: there is none.
func (tx *Tx) Issue(ctx context.Context, ref magazine.IssueRef) (*magazine.Issue, error) {
	return issueOf(ctx, tx, ref)
}

func issueOf(ctx context.Context, q querier, ref magazine.IssueRef) (*magazine.Issue, error) {
	found, err := collect(ctx, q, scanIssue, "SELECT "+issueColumns+` FROM issues WHERE volume = $1 AND number = $2
		AND EXISTS (SELECT 1 FROM scopes WHERE scope = 'issue/' || volume || '/' || number)`, ref.Volume, ref.Number)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, magazine.Errorf(magazine.NotFound, "there is no such issue")
	}
	return &found[0], nil
}

// PutIssue keeps what an issue's own file says. An issue that was published
// stays so, whatever the file says. It tells whether this published the issue:
// one that is published when first heard of was not published now.
func (tx *Tx) PutIssue(ctx context.Context, i magazine.Issue) (published bool, err error) {
	if err := tx.serial(ctx); err != nil {
		return false, err
	}
	doc, err := json.Marshal(i)
	if err != nil {
		return false, err
	}
	var state string
	var given int
	err = tx.QueryRowContext(ctx, "SELECT state, given FROM issues WHERE volume = $1 AND number = $2"+tx.s.dialect.forUpdate, i.Volume, i.Number).Scan(&state, &given)
	if err != nil && !isNoRows(err) {
		return false, err
	}
	switch {
	case given == 0: // its own file has the first word
	case state == string(magazine.IssuePublished):
		i.State = magazine.IssuePublished
	case i.State == magazine.IssuePublished:
		published = true
	}
	at := int64(0)
	if i.State == magazine.IssuePublished {
		at = micros(tx.Now)
	}
	n, err := tx.exec(ctx, `INSERT INTO issues (volume, number, given, state, cover_date, published_at, doc) VALUES ($1, $2, 1, $3, $4, $5, $6)
		ON CONFLICT (volume, number) DO UPDATE SET given = 1, state = excluded.state, cover_date = excluded.cover_date, doc = excluded.doc,
		published_at = CASE WHEN excluded.state = issues.state AND issues.given <> 0 THEN issues.published_at ELSE excluded.published_at END
		WHERE issues.given <> 1 OR issues.state <> excluded.state OR issues.cover_date <> excluded.cover_date OR issues.doc <> excluded.doc`,
		i.Volume, i.Number, i.State, micros(i.CoverDate), at, string(doc))
	if err != nil || n == 0 {
		return published, err
	}
	if published {
		if err := tx.issueAlarm(ctx, i.IssueRef); err != nil {
			return published, err
		}
	}
	return published, tx.touchIssue(ctx, i.IssueRef)
}

// touchIssue touches an issue, the site, and every author and section with an
// article in the issue: their feeds show its cover date.
func (tx *Tx) touchIssue(ctx context.Context, ref magazine.IssueRef) error {
	issue := magazine.IssueScope(ref).Key()
	scopes, err := collect(ctx, tx, scanText, "SELECT scope FROM article_scopes WHERE visible = 1 AND article_id IN (SELECT article_id FROM article_scopes WHERE scope = $1 AND visible = 1)", issue)
	if err != nil {
		return err
	}
	scopes = append(scopes, issue, magazine.SiteScope().Key())
	slices.Sort(scopes)
	for _, scope := range slices.Compact(scopes) {
		if err := tx.touchKey(ctx, scope); err != nil {
			return err
		}
	}
	return nil
}

// PublishIssue turns an open issue into a published one and tells whether it
// was open. NotFound: there is no such issue.
func (tx *Tx) PublishIssue(ctx context.Context, ref magazine.IssueRef) (bool, error) {
	if err := tx.serial(ctx); err != nil {
		return false, err
	}
	if _, err := issueOf(ctx, tx, ref); err != nil {
		return false, err
	}
	n, err := tx.exec(ctx, "UPDATE issues SET state = 'published', published_at = $3 WHERE volume = $1 AND number = $2 AND state = 'open'", ref.Volume, ref.Number, micros(tx.Now))
	if err != nil || n == 0 {
		return false, err
	}
	if err := tx.issueAlarm(ctx, ref); err != nil {
		return false, err
	}
	return true, tx.touchIssue(ctx, ref)
}
