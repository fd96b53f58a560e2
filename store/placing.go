package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"postrider/magazine"
)

// PutArticle inserts or replaces an article. It keeps its number for ever;
// scopes that it leaves, joins or shows in are touched where it is or was
// visible and reads otherwise than before. An article that is to be visible is
// given in the state Scheduled: PublishDue makes it visible in its turn, and
// here at once where it has its number already. Conflict: its slug or GUID is
// another article's.
func (tx *Tx) PutArticle(ctx context.Context, a ArticleRow) error {
	if err := tx.serial(ctx); err != nil {
		return err
	}
	doc, err := json.Marshal(a.Article)
	if err != nil {
		return fmt.Errorf("article %s: %w", a.FromFile, err)
	}
	if a.Seq > 0 && a.State == magazine.Scheduled && !a.Published.After(tx.Now) {
		a.State = magazine.Published
	}
	was, err := tx.putRow(ctx, a, string(doc))
	if err != nil {
		return taken(a, err)
	}
	if err := tx.ownSlug(ctx, a); err != nil {
		return err
	}
	now := printed{known: true, visible: a.State == magazine.Published, doc: string(doc), html: a.HTML, teaser: a.Teaser}
	if now.html != was.html || now.teaser != was.teaser {
		if _, err := tx.exec(ctx, `INSERT INTO article_bodies (article_id, teaser, html) VALUES ($1, $2, $3)
			ON CONFLICT (article_id) DO UPDATE SET teaser = excluded.teaser, html = excluded.html`, a.ID, a.Teaser, a.HTML); err != nil {
			return err
		}
	}
	if was.visible && now == was { // another file, or another way to find it, and nothing that shows
		return nil
	}
	return tx.place(ctx, a, was, now)
}

// taken says that an article's row fails because its guid is another's.
func taken(a ArticleRow, err error) error {
	if unique(err) {
		return magazine.Errorf(magazine.Conflict, "the article of %s cannot be saved: another article has its slug %q or its guid %q: %w", a.FromFile, a.Slug, a.GUID, err)
	}
	return err
}

// putRow inserts or replaces the article's row and tells what it printed before.
func (tx *Tx) putRow(ctx context.Context, a ArticleRow, doc string) (was printed, err error) {
	n, err := tx.insert(ctx, insertArticle, 16, a.values(doc, ""), "ON CONFLICT (id) DO NOTHING")
	if err != nil || n > 0 {
		return printed{}, err
	}
	if was, err = tx.printed(ctx, a.ID); err != nil {
		return was, err
	}
	_, err = tx.exec(ctx, `UPDATE articles SET given_id = $2, guid = $3, slug = $4, wanted_slug = $5, body_hash = $6, state = $7, pass = $8, published = $9, expires = $10, source = $11, file = $12, doc = $13, coming = '' WHERE id = $1`,
		a.ID, a.GivenID, a.GUID, a.Slug, a.WantedSlug, a.BodyHash, a.State, a.Pass, micros(a.Published), micros(a.Expires), a.Source, a.FromFile, doc)
	return was, err
}

// printed is all of an article that its scopes show.
type printed struct {
	known, visible    bool
	doc, html, teaser string
}

func (tx *Tx) printed(ctx context.Context, id string) (p printed, err error) {
	var state magazine.ArticleState
	err = tx.QueryRowContext(ctx, "SELECT a.state, a.doc"+bodyColumns+" FROM articles a"+withBody+" WHERE a.id = $1", id).Scan(&state, &p.doc, &p.teaser, &p.html)
	if isNoRows(err) {
		return printed{}, nil
	}
	p.known, p.visible = true, state == magazine.Published
	return p, err
}

// name is what other articles print of one that they name as related.
func (p printed) name() (name [3]string, err error) {
	var a magazine.Article
	if p.visible {
		err = json.Unmarshal([]byte(p.doc), &a)
	}
	return [3]string{a.Title, a.Slug, a.HomeURL}, err
}

// TakeSlug keeps a slug for an article, where it is free.
func (tx *Tx) TakeSlug(ctx context.Context, slug, article string) error {
	_, err := tx.takeSlug(ctx, slug, article)
	return err
}

func (tx *Tx) takeSlug(ctx context.Context, slug, article string) (taken bool, err error) {
	n, err := tx.exec(ctx, "INSERT INTO article_slugs (slug, article_id) VALUES ($1, $2) ON CONFLICT (slug) DO NOTHING", slug, article)
	return n > 0, err
}

func (tx *Tx) ownSlug(ctx context.Context, a ArticleRow) error {
	if taken, err := tx.takeSlug(ctx, a.Slug, a.ID); err != nil || taken {
		return err
	}
	var owner string
	if err := tx.QueryRowContext(ctx, "SELECT article_id FROM article_slugs WHERE slug = $1", a.Slug).Scan(&owner); err != nil {
		return err
	}
	if owner != a.ID { // links to the slug lead to the other one for ever
		return magazine.Errorf(magazine.Conflict, "the article of %s cannot be saved: the slug %q is another article's, or was", a.FromFile, a.Slug)
	}
	return nil
}

// place puts the article into its scopes and touches those that change.
func (tx *Tx) place(ctx context.Context, a ArticleRow, was, now printed) error {
	if err := tx.nameScopes(ctx, a); err != nil {
		return err
	}
	touched, err := tx.putScopes(ctx, a, was.known, now.visible)
	if err != nil {
		return err
	}
	if was.known {
		if _, err := tx.exec(ctx, "DELETE FROM article_related WHERE article_id = $1", a.ID); err != nil {
			return err
		}
	}
	for _, r := range a.Related {
		if r.Slug == "" {
			continue
		}
		if _, err := tx.exec(ctx, "INSERT INTO article_related (article_id, slug) VALUES ($1, $2) ON CONFLICT DO NOTHING", a.ID, r.Slug); err != nil {
			return err
		}
	}
	if !was.visible && !now.visible {
		return nil
	}
	return tx.replaced(ctx, a.ID, touched, was, now)
}

// A place is where an article stands in a scope, as the table has it.
type place struct {
	visible int
	number  int64
	name    string
}

const (
	gone    = -1 // from the scope, in which it had its number
	waiting = 0
	visible = 1
)

// putScopes puts the article into its scopes, and takes it out of those that it
// has left. It lists all in which it was visible or is.
func (tx *Tx) putScopes(ctx context.Context, a ArticleRow, known, shows bool) (touched []string, err error) {
	had := map[string]place{}
	if known {
		if had, err = tx.places(ctx, a.ID); err != nil {
			return nil, err
		}
	}
	now := map[string]place{}
	for scope, p := range had {
		if p.visible == visible {
			touched = append(touched, scope)
		}
		now[scope] = place{gone, p.number, p.name}
	}
	for _, scope := range a.Scopes() {
		key := scope.Key()
		now[key] = place{waiting, had[key].number, nameIn(&a.Article, scope)}
	}
	var args []any
	for _, scope := range slices.Sorted(maps.Keys(now)) {
		p := now[scope]
		if shows && p.visible == waiting {
			touched = append(touched, scope)
			p.visible = visible
			if p.number == 0 {
				if p.number, err = tx.nextNumber(ctx, scope); err != nil {
					return nil, err
				}
			}
		}
		if was, there := had[scope]; there && was == p {
			continue
		}
		args = append(args, a.ID, scope, p.visible, p.number, p.name)
	}
	_, err = tx.insert(ctx, "INSERT INTO article_scopes (article_id, scope, visible, number, name)", 5, args,
		"ON CONFLICT (article_id, scope) DO UPDATE SET visible = excluded.visible, number = excluded.number, name = excluded.name")
	return touched, err
}

// places tells where an article stands or stood, by scope.
func (tx *Tx) places(ctx context.Context, id string) (map[string]place, error) {
	all := map[string]place{}
	_, err := collect(ctx, tx, func(rows *sql.Rows) (struct{}, error) {
		var scope string
		var p place
		err := rows.Scan(&scope, &p.visible, &p.number, &p.name)
		all[scope] = p
		return struct{}{}, err
	}, "SELECT scope, visible, number, name FROM article_scopes WHERE article_id = $1", id)
	return all, err
}

// nextNumber takes the next number in a scope.
func (tx *Tx) nextNumber(ctx context.Context, scope string) (n int64, err error) {
	err = tx.QueryRowContext(ctx, `INSERT INTO scopes (scope, version, changed, last) VALUES ($1, 0, $2, 1)
		ON CONFLICT (scope) DO UPDATE SET last = scopes.last + 1 RETURNING last`, scope, micros(tx.Now)).Scan(&n)
	return n, err
}

// replaced touches what shows an article that was visible or is, and dates its issues.
func (tx *Tx) replaced(ctx context.Context, id string, scopes []string, was, now printed) error {
	before, err := was.name()
	if err != nil {
		return err
	}
	after, err := now.name()
	if err != nil {
		return err
	}
	last := make(map[string]int64, len(scopes))
	for _, scope := range scopes {
		last[scope] = 0
	}
	if before == after {
		return tx.grown(ctx, last)
	}
	return tx.renamed(ctx, []string{id}, last)
}

// nameIn is what the article calls the author or section of a scope.
func nameIn(a *magazine.Article, scope magazine.Scope) string {
	switch scope.Kind {
	case magazine.ScopeSection:
		return a.Section.Name
	case magazine.ScopeAuthor:
		for _, w := range a.Authors {
			if w.Slug == scope.Slug {
				return w.Name
			}
		}
	}
	return ""
}

// nameScopes makes the author's, section's and issue's rows that a byline or
// citation brings; a file of their own may say more. Where there is none, an
// author and a section are called as in the newest visible article, and an
// issue is dated by its earliest.
func (tx *Tx) nameScopes(ctx context.Context, all ...ArticleRow) error {
	var authors, sections, issues []any
	for _, a := range all {
		for _, w := range a.Authors {
			if !tx.once("author", w.Slug) {
				authors = append(authors, w.Slug, w.Name, 0, "{}")
			}
		}
		if !a.Section.IsZero() && !tx.once("section", a.Section.Slug) {
			sections = append(sections, a.Section.Slug, a.Section.Name, 0, "{}")
		}
		if !a.Issue.IsZero() && !tx.once("issue", a.Issue.Volume, a.Issue.Number) {
			issues = append(issues, a.Issue.Volume, a.Issue.Number, 0, "published", micros(a.Published), micros(tx.Now), "{}")
		}
	}
	for _, t := range []struct {
		into    string
		columns int
		args    []any
	}{
		{"INSERT INTO authors (slug, name, given, doc)", 4, authors},
		{"INSERT INTO sections (slug, name, given, doc)", 4, sections},
		{"INSERT INTO issues (volume, number, given, state, cover_date, published_at, doc)", 7, issues},
	} {
		if _, err := tx.insert(ctx, t.into, t.columns, t.args, "ON CONFLICT DO NOTHING"); err != nil {
			return err
		}
	}
	return nil
}

// once tells whether this transaction was asked for the same before. What it
// makes sure of is then so: nothing of it is ever deleted.
func (tx *Tx) once(what ...string) bool {
	key := strings.Join(what, "\x00")
	if tx.sure[key] {
		return true
	}
	if tx.sure == nil {
		tx.sure = map[string]bool{}
	}
	tx.sure[key] = true
	return false
}

// dateIssues dates those of the scopes that are issues without a file of their
// own by their earliest visible article. Every feed that has one of their
// articles shows the cover date.
func (tx *Tx) dateIssues(ctx context.Context, scopes []string) error {
	dated, err := tx.redate(ctx, scopes)
	for some := range slices.Chunk(dated, batch) {
		err = errors.Join(err, tx.touchOf(ctx, showing(in(len(some), 1)), anys(some)...))
	}
	return err
}

// redate is dateIssues without telling those feeds: it lists the issues that have
// another date now.
func (tx *Tx) redate(ctx context.Context, scopes []string) (dated []string, err error) {
	for _, scope := range scopes {
		if !strings.HasPrefix(scope, string(magazine.ScopeIssue)+"/") {
			continue
		}
		n, err := tx.exec(ctx, `UPDATE issues SET cover_date = d.at FROM (SELECT MIN(a.published) AS at FROM article_scopes s JOIN articles a ON a.id = s.article_id WHERE s.scope = $1 AND s.visible = 1) d
			WHERE issues.given <> 1 AND 'issue/' || issues.volume || '/' || issues.number = $1 AND d.at <> issues.cover_date`, scope)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			dated = append(dated, scope)
		}
	}
	return dated, nil
}

// showing is the subquery of the articles that are visible in some scopes.
func showing(scopes string) string {
	return "SELECT article_id FROM article_scopes WHERE visible = 1 AND scope IN (" + scopes + ")"
}
