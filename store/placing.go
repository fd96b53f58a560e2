package store

import (
	"context"
	"encoding/json"
	"fmt"
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
	was, err := tx.printed(ctx, a.ID)
	if err != nil {
		return err
	}
	if a.Seq > 0 && a.State == magazine.Scheduled && !a.Published.After(tx.Now) {
		a.State = magazine.Published
	}
	if _, err := tx.exec(ctx, `INSERT INTO articles (id, given_id, guid, slug, wanted_slug, body_hash, seq, state, pass, published, expires, volume, number, source, file, first_seen, doc, html, teaser)
		VALUES (`+in(19, 1)+`) ON CONFLICT (id) DO UPDATE SET given_id = excluded.given_id, guid = excluded.guid, slug = excluded.slug, wanted_slug = excluded.wanted_slug, body_hash = excluded.body_hash,
		state = excluded.state, pass = excluded.pass, published = excluded.published, expires = excluded.expires, volume = excluded.volume, number = excluded.number,
		source = excluded.source, file = excluded.file, doc = excluded.doc, html = excluded.html, teaser = excluded.teaser`,
		a.ID, a.GivenID, a.GUID, a.Slug, a.WantedSlug, a.BodyHash, a.Seq, a.State, a.Pass, micros(a.Published), micros(a.Expires), a.Issue.Volume, a.Issue.Number,
		a.Source, a.FromFile, micros(a.FirstSeen), string(doc), a.HTML, a.Teaser); err != nil {
		if unique(err) {
			return magazine.Errorf(magazine.Conflict, "the article of %s cannot be saved: another article has its slug %q or its guid %q: %w", a.FromFile, a.Slug, a.GUID, err)
		}
		return err
	}
	if err := tx.ownSlug(ctx, a); err != nil {
		return err
	}
	now := printed{known: true, visible: a.State == magazine.Published, doc: string(doc), html: a.HTML, teaser: a.Teaser}
	if was.visible && now == was { // another file, or another way to find it, and nothing that shows
		return nil
	}
	return tx.place(ctx, a, was, now)
}

// printed is all of an article that its scopes show.
type printed struct {
	known, visible    bool
	doc, html, teaser string
}

func (tx *Tx) printed(ctx context.Context, id string) (p printed, err error) {
	var state magazine.ArticleState
	err = tx.QueryRowContext(ctx, "SELECT state, doc, html, teaser FROM articles WHERE id = $1", id).Scan(&state, &p.doc, &p.html, &p.teaser)
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
	_, err := tx.exec(ctx, "INSERT INTO article_slugs (slug, article_id) VALUES ($1, $2) ON CONFLICT (slug) DO NOTHING", slug, article)
	return err
}

func (tx *Tx) ownSlug(ctx context.Context, a ArticleRow) error {
	if err := tx.TakeSlug(ctx, a.Slug, a.ID); err != nil {
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
	var touched []string
	var err error
	if was.visible {
		if touched, err = collect(ctx, tx, scanText, "SELECT scope FROM article_scopes WHERE article_id = $1 AND seq > 0", a.ID); err != nil {
			return err
		}
	}
	if was.known {
		for _, table := range []string{"article_scopes", "article_related"} {
			if _, err := tx.exec(ctx, "DELETE FROM "+table+" WHERE article_id = $1", a.ID); err != nil {
				return err
			}
		}
	}
	if err := tx.nameScopes(ctx, a); err != nil {
		return err
	}
	seq := int64(0)
	if now.visible {
		seq = a.Seq
	}
	for _, scope := range a.Scopes() {
		if _, err := tx.exec(ctx, "INSERT INTO article_scopes (article_id, scope, seq, name) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", a.ID, scope.Key(), seq, nameIn(&a.Article, scope)); err != nil {
			return err
		}
		if now.visible {
			touched = append(touched, scope.Key())
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
	if before != after {
		more, err := collect(ctx, tx, scanText, "SELECT DISTINCT scope FROM article_scopes WHERE seq > 0 AND article_id IN ("+relating("$1")+")", id)
		if err != nil {
			return err
		}
		scopes = append(scopes, more...)
	}
	slices.Sort(scopes)
	scopes = slices.Compact(scopes)
	for _, scope := range scopes {
		if err := tx.touchKey(ctx, scope); err != nil {
			return err
		}
	}
	return tx.dateIssues(ctx, scopes)
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
func (tx *Tx) nameScopes(ctx context.Context, a ArticleRow) error {
	for _, w := range a.Authors {
		if _, err := tx.exec(ctx, "INSERT INTO authors (slug, name, given, doc) VALUES ($1, $2, 0, '{}') ON CONFLICT DO NOTHING", w.Slug, w.Name); err != nil {
			return err
		}
	}
	if !a.Section.IsZero() {
		if _, err := tx.exec(ctx, "INSERT INTO sections (slug, name, given, doc) VALUES ($1, $2, 0, '{}') ON CONFLICT DO NOTHING", a.Section.Slug, a.Section.Name); err != nil {
			return err
		}
	}
	if !a.Issue.IsZero() {
		if _, err := tx.exec(ctx, `INSERT INTO issues (volume, number, given, state, cover_date, published_at, doc) VALUES ($1, $2, 0, 'published', $3, $4, '{}')
			ON CONFLICT (volume, number) DO NOTHING`, a.Issue.Volume, a.Issue.Number, micros(a.Published), micros(tx.Now)); err != nil {
			return err
		}
	}
	return nil
}

// dateIssues dates those of the scopes that are issues without a file of their
// own by their earliest visible article. Every feed that has one of their
// articles shows the cover date.
func (tx *Tx) dateIssues(ctx context.Context, scopes []string) error {
	for _, scope := range scopes {
		if !strings.HasPrefix(scope, string(magazine.ScopeIssue)+"/") {
			continue
		}
		n, err := tx.exec(ctx, `UPDATE issues SET cover_date = d.at FROM (SELECT MIN(a.published) AS at FROM article_scopes s JOIN articles a ON a.id = s.article_id WHERE s.scope = $1 AND s.seq > 0) d
			WHERE issues.given = 0 AND 'issue/' || issues.volume || '/' || issues.number = $1 AND d.at <> issues.cover_date`, scope)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		if err := tx.touchOf(ctx, "SELECT article_id FROM article_scopes WHERE scope = $1", scope); err != nil {
			return err
		}
	}
	return nil
}

// PublishDue makes visible what is scheduled and due, in the order of dates,
// and withdraws what has expired. It tells how many articles it changed.
func (tx *Tx) PublishDue(ctx context.Context) (int64, error) {
	last, err := tx.ArticleNumber(ctx)
	if err != nil {
		return 0, err
	}
	now := micros(tx.Now)
	const due = "state = 'scheduled' AND pass = '' AND published <= $1"
	const over = "expires > 0 AND expires <= $1"
	missed, err := tx.exec(ctx, "UPDATE articles SET state = 'withdrawn' WHERE "+due+" AND "+over, now) // its time came and went while nothing ran
	if err != nil {
		return 0, err
	}
	if _, err := tx.exec(ctx, `UPDATE articles SET seq = n.seq FROM
		(SELECT id, $2 + row_number() OVER (ORDER BY published, slug) AS seq FROM articles WHERE `+due+` AND seq = 0) n WHERE n.id = articles.id`, now, last); err != nil {
		return 0, err
	}
	if _, err := tx.exec(ctx, "UPDATE counters SET value = (SELECT COALESCE(MAX(seq), 0) FROM articles) WHERE name = 'article' AND value < (SELECT COALESCE(MAX(seq), 0) FROM articles)"); err != nil {
		return 0, err
	}
	if err := tx.show(ctx, "SELECT id FROM articles WHERE "+due, now); err != nil {
		return 0, err
	}
	appeared, err := tx.exec(ctx, "UPDATE articles SET state = 'published' WHERE "+due, now)
	if err != nil {
		return 0, err
	}
	const ended = "state = 'published' AND " + over
	if err := tx.hide(ctx, "SELECT id FROM articles WHERE "+ended, now); err != nil {
		return 0, err
	}
	expired, err := tx.exec(ctx, "UPDATE articles SET state = 'withdrawn' WHERE "+ended, now)
	return missed + appeared + expired, err
}

// Withdraw takes an article out of every page, feed and digest; its addresses
// answer 410 with the reason.
func (tx *Tx) Withdraw(ctx context.Context, id, reason string) error {
	if err := tx.serial(ctx); err != nil {
		return err
	}
	if err := tx.hide(ctx, "SELECT id FROM articles WHERE id = $1", id); err != nil {
		return err
	}
	row, err := tx.FindArticle(ctx, ByID, id)
	if err != nil || row == nil {
		return err
	}
	row.Reason = reason
	doc, err := json.Marshal(row.Article)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "UPDATE articles SET state = 'withdrawn', doc = $2 WHERE id = $1", id, string(doc))
	return err
}

// show makes the articles of a subquery of ids appear in their scopes, hide
// makes them disappear.
func (tx *Tx) show(ctx context.Context, ids string, args ...any) error {
	n, err := tx.exec(ctx, "UPDATE article_scopes SET seq = (SELECT a.seq FROM articles a WHERE a.id = article_scopes.article_id) WHERE article_id IN ("+ids+")", args...)
	if err != nil || n == 0 {
		return err
	}
	if err := tx.touchOf(ctx, ids+" UNION "+relating(ids), args...); err != nil {
		return err
	}
	issues, err := tx.issuesOf(ctx, ids, args...)
	if err != nil {
		return err
	}
	return tx.dateIssues(ctx, issues)
}

func (tx *Tx) hide(ctx context.Context, ids string, args ...any) error {
	issues, err := tx.issuesOf(ctx, ids, args...)
	if err != nil {
		return err
	}
	if err := tx.touchOf(ctx, ids+" UNION "+relating(ids), args...); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "UPDATE article_scopes SET seq = 0 WHERE article_id IN ("+ids+")", args...); err != nil {
		return err
	}
	return tx.dateIssues(ctx, issues)
}

// issuesOf lists the scopes of the issues in which articles of a subquery of
// ids are visible.
func (tx *Tx) issuesOf(ctx context.Context, ids string, args ...any) ([]string, error) {
	return collect(ctx, tx, scanText, "SELECT DISTINCT scope FROM article_scopes WHERE seq > 0 AND scope LIKE 'issue/%' AND article_id IN ("+ids+") ORDER BY scope", args...)
}

// relating is the subquery of the articles that name one of a subquery's as
// related.
func relating(ids string) string {
	return "SELECT r.article_id FROM article_slugs g JOIN article_related r ON r.slug = g.slug WHERE g.article_id IN (" + ids + ")"
}
