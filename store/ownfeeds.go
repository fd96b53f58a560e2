package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"postrider/magazine"
)

// OwnFeeds is what decides on a person's own feeds.
type OwnFeeds struct {
	State    magazine.SubscriberState
	Tier     magazine.Tier // as it counts now
	Replaced int64         // how often their address was replaced
}

// OwnFeeds tells what decides on a person's own feeds. NotFound: there is no such
// person.
func (s *Store) OwnFeeds(ctx context.Context, subscriber string) (o OwnFeeds, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT p.state, "+tierNow("$2")+", p.feeds_replaced FROM subscribers p WHERE p.id = $1", subscriber, micros(s.Now())).Scan(&o.State, &o.Tier, &o.Replaced)
	if isNoRows(err) {
		err = magazine.Errorf(magazine.NotFound, "there is no such subscriber")
	}
	return o, err
}

// ReplaceOwnFeeds ends the present address of a person's own feeds.
func (tx *Tx) ReplaceOwnFeeds(ctx context.Context, subscriber string) error {
	_, err := tx.exec(ctx, "UPDATE subscribers SET feeds_replaced = feeds_replaced + 1 WHERE id = $1", subscriber)
	return err
}

// FollowedBy lists what a person follows in any newsletter that they have, by
// kind and slug.
func (s *Store) FollowedBy(ctx context.Context, subscriber string) ([]magazine.Follow, error) {
	return collect(ctx, s.readers, func(rows *sql.Rows) (f magazine.Follow, err error) {
		err = rows.Scan(&f.Kind, &f.Slug)
		return f, err
	}, `SELECT DISTINCT f.kind, f.slug FROM follows f JOIN subscriptions n ON n.newsletter = f.newsletter AND n.subscriber_id = f.subscriber_id
		WHERE f.subscriber_id = $1 AND n.state = 'active' ORDER BY f.kind, f.slug`, subscriber)
}

// tagged is how many of the newest articles are looked through for a tag.
const tagged = 1000

// numbered is an article's id with its number on the site.
type numbered struct {
	id     string
	number int64
}

// ArticlesFollowed lists the ids of the newest visible articles that have any of
// what is followed, newest first. A tag is found among the newest thousand
// articles.
func (s *Store) ArticlesFollowed(ctx context.Context, set []magazine.Follow, limit int) ([]string, error) {
	var scopes []any
	tags := map[string]bool{}
	for _, f := range set {
		switch f.Kind {
		case magazine.FollowAuthor:
			scopes = append(scopes, magazine.AuthorScope(f.Slug).Key())
		case magazine.FollowSection:
			scopes = append(scopes, magazine.SectionScope(f.Slug).Key())
		case magazine.FollowTag:
			tags[f.Slug] = true
		}
	}
	var found []numbered
	for some := range slices.Chunk(scopes, batch) {
		n := len(some)
		all, err := collect(ctx, s.readers, func(rows *sql.Rows) (a numbered, err error) {
			err = rows.Scan(&a.id, &a.number)
			return a, err
		}, `SELECT w.article_id, w.number FROM article_scopes w WHERE w.scope = `+in(1, n+1)+` AND w.visible = 1
			AND w.article_id IN (SELECT s.article_id FROM article_scopes s WHERE s.visible = 1 AND s.scope IN (`+in(n, 1)+`)) ORDER BY w.number DESC LIMIT `+in(1, n+2),
			append(slices.Clone(some), magazine.SiteScope().Key(), limit)...)
		if err != nil {
			return nil, err
		}
		found = append(found, all...)
	}
	if len(tags) > 0 {
		newest, err := s.ArticlesIn(ctx, magazine.SiteScope(), ListOptions{Limit: tagged})
		if err != nil {
			return nil, err
		}
		for _, a := range newest {
			if slices.ContainsFunc(a.Tags, func(tag string) bool { return tags[magazine.TagKey(tag)] }) {
				found = append(found, numbered{a.ID, a.Number})
			}
		}
	}
	slices.SortFunc(found, func(a, b numbered) int { return cmp.Compare(b.number, a.number) })
	found = slices.Compact(found)
	ids := make([]string, min(limit, len(found)))
	for i := range ids {
		ids[i] = found[i].id
	}
	return ids, nil
}
