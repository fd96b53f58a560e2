package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"postrider/magazine"
)

// Hubs are told of a scope's new version once it has rested: what comes within
// some seconds is one piece of news. Each hub has its own list of what it is still
// to be told of, so that one that fails keeps nothing from the others.

// HubNews is a page whose feeds have changed, of which a hub is to be told.
type HubNews struct {
	Path    string // of the page, below the site
	version int64
}

// MeetHubs keeps the hubs that the configuration names. Where there were none
// before, they need not hear of what has changed until now.
func (tx *Tx) MeetHubs(ctx context.Context, hubs []string) error {
	known, err := collect(ctx, tx, scanText, "SELECT hub FROM hubs")
	if err != nil {
		return err
	}
	named := map[string]bool{}
	for _, hub := range hubs {
		named[hub] = true
		if _, err := tx.exec(ctx, "INSERT INTO hubs (hub) VALUES ($1) ON CONFLICT DO NOTHING", hub); err != nil {
			return err
		}
	}
	for _, hub := range known {
		if named[hub] {
			continue
		}
		for _, table := range []string{"hub_news", "hubs"} {
			if _, err := tx.exec(ctx, "DELETE FROM "+table+" WHERE hub = $1", hub); err != nil {
				return err
			}
		}
	}
	if len(known) == 0 && len(hubs) > 0 {
		_, err = tx.exec(ctx, "UPDATE scopes SET announced = version WHERE announced < version")
	}
	return err
}

// HasNews tells whether a scope has changed since it was last announced, and has
// rested since before.
func (s *Store) HasNews(ctx context.Context, before time.Time) (news bool, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM scopes WHERE announced < version AND changed <= $1)", micros(before)).Scan(&news)
	return news, err
}

// Announce puts up to limit scopes that HasNews means, those first that have
// rested longest, on the list of every hub.
func (tx *Tx) Announce(ctx context.Context, before time.Time, limit int) error {
	type changed struct {
		key     string
		version int64
	}
	news, err := collect(ctx, tx, func(rows *sql.Rows) (c changed, err error) {
		err = rows.Scan(&c.key, &c.version)
		return c, err
	}, `UPDATE scopes SET announced = version WHERE scope IN
		(SELECT scope FROM scopes WHERE announced < version AND changed <= $1 ORDER BY changed, scope LIMIT $2) RETURNING scope, version`, micros(before), limit)
	if err != nil {
		return err
	}
	for _, c := range news {
		scope, ok, err := tx.scopeOf(ctx, c.key)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if _, err := tx.exec(ctx, `INSERT INTO hub_news (hub, path, version, since) SELECT hub, $1, $2, $3 FROM hubs WHERE true
			ON CONFLICT (hub, path) DO UPDATE SET version = excluded.version, since = excluded.since`, scope.Path(), c.version, micros(tx.Now)); err != nil {
			return err
		}
	}
	return nil
}

// HubsToTell lists the hubs for which there is news and which are not being told
// or left in peace.
func (s *Store) HubsToTell(ctx context.Context) ([]string, error) {
	return collect(ctx, s.readers, scanText, `SELECT hub FROM hubs WHERE next_at <= $1 AND EXISTS
		(SELECT 1 FROM hub_news WHERE hub_news.hub = hubs.hub) ORDER BY hub`, micros(s.Now()))
}

// ClaimHub makes sure that for a time nobody else tells the hub of news; false:
// somebody does.
func (tx *Tx) ClaimHub(ctx context.Context, hub string, lease time.Duration) (bool, error) {
	n, err := tx.exec(ctx, "UPDATE hubs SET next_at = $1 WHERE hub = $2 AND next_at <= $3", micros(tx.Now.Add(lease)), hub, micros(tx.Now))
	return n > 0, err
}

// HubNews lists up to limit pieces of news for a hub, the oldest first.
func (s *Store) HubNews(ctx context.Context, hub string, limit int) ([]HubNews, error) {
	return collect(ctx, s.readers, func(rows *sql.Rows) (n HubNews, err error) {
		err = rows.Scan(&n.Path, &n.version)
		return n, err
	}, "SELECT path, version FROM hub_news WHERE hub = $1 ORDER BY since, path LIMIT $2", hub, limit)
}

// HubTold takes a piece of news off the hub's list, unless it is newer by now.
// The hub is well, and claimed for another lease.
func (tx *Tx) HubTold(ctx context.Context, hub string, n HubNews, lease time.Duration) error {
	if _, err := tx.exec(ctx, "DELETE FROM hub_news WHERE hub = $1 AND path = $2 AND version <= $3", hub, n.Path, n.version); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "UPDATE hubs SET failing = 0, next_at = $1 WHERE hub = $2", micros(tx.Now.Add(lease)), hub)
	return err
}

// LeaveHub ends a claim: the hub may be told of news from now on.
func (tx *Tx) LeaveHub(ctx context.Context, hub string) error {
	_, err := tx.exec(ctx, "UPDATE hubs SET next_at = 0 WHERE hub = $1", hub)
	return err
}

// HubFailed leaves a hub in peace for about as long as it has failed, within the
// two bounds, and drops news older than maxAge. It returns how much that was, and
// whether the hub was well before.
func (tx *Tx) HubFailed(ctx context.Context, hub string, shortest, longest, maxAge time.Duration) (dropped int64, first bool, err error) {
	var failing int64
	err = tx.QueryRowContext(ctx, "UPDATE hubs SET failing = CASE WHEN failing = 0 THEN $1 ELSE failing END WHERE hub = $2 RETURNING failing", micros(tx.Now), hub).Scan(&failing)
	if isNoRows(err) { // the configuration names it no more
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	since := tx.Now.Sub(fromMicros(failing))
	wait := min(max(since, shortest), longest)
	if _, err := tx.exec(ctx, "UPDATE hubs SET next_at = $1 WHERE hub = $2", micros(tx.Now.Add(wait)), hub); err != nil {
		return 0, false, err
	}
	old, err := tx.exec(ctx, "DELETE FROM hub_news WHERE hub = $1 AND since < $2", hub, micros(tx.Now.Add(-maxAge)))
	return old, since == 0, err
}

// scopeOf finds the scope of a key; false: there is none any more. What an
// issue's key says can be read in two ways, where the volume has a slash.
func (tx *Tx) scopeOf(ctx context.Context, key string) (magazine.Scope, bool, error) {
	kind, slug, _ := strings.Cut(key, "/")
	switch magazine.ScopeKind(kind) {
	case magazine.ScopeSite:
		return magazine.SiteScope(), true, nil
	case magazine.ScopeAuthor:
		return magazine.AuthorScope(slug), true, nil
	case magazine.ScopeSection:
		return magazine.SectionScope(slug), true, nil
	}
	found, err := collect(ctx, tx, func(rows *sql.Rows) (r magazine.IssueRef, err error) {
		err = rows.Scan(&r.Volume, &r.Number)
		return r, err
	}, "SELECT volume, number FROM issues WHERE 'issue/' || volume || '/' || number = $1", key)
	if err != nil || len(found) == 0 {
		return magazine.Scope{}, false, err
	}
	return magazine.IssueScope(found[0]), true, nil
}
