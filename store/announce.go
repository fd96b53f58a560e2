package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"postrider/magazine"
)

// Hubs are told of a scope's new version once it has rested: what comes within
// some seconds is one piece of news.

// HasNews tells whether a scope has changed since it was last announced, and has
// rested since before.
func (s *Store) HasNews(ctx context.Context, before time.Time) (news bool, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM scopes WHERE announced < version AND changed <= $1)", micros(before)).Scan(&news)
	return news, err
}

// Announce lists up to limit scopes that HasNews means, the longest rested
// first, and counts them as announced.
func (tx *Tx) Announce(ctx context.Context, before time.Time, limit int) (scopes []magazine.Scope, err error) {
	keys, err := collect(ctx, tx, scanText, `UPDATE scopes SET announced = version WHERE scope IN
		(SELECT scope FROM scopes WHERE announced < version AND changed <= $1 ORDER BY changed, scope LIMIT $2) RETURNING scope`, micros(before), limit)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		scope, ok, err := tx.scopeOf(ctx, key)
		if err != nil {
			return nil, err
		}
		if ok {
			scopes = append(scopes, scope)
		}
	}
	return scopes, nil
}

// AnnounceAgain counts scopes as not announced.
func (tx *Tx) AnnounceAgain(ctx context.Context, scopes []magazine.Scope) error {
	for _, scope := range scopes {
		if _, err := tx.exec(ctx, "UPDATE scopes SET announced = version - 1 WHERE scope = $1", scope.Key()); err != nil {
			return err
		}
	}
	return nil
}

// AnnounceNothing counts every scope as announced as it is now.
func (tx *Tx) AnnounceNothing(ctx context.Context) error {
	_, err := tx.exec(ctx, "UPDATE scopes SET announced = version WHERE announced < version")
	return err
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
