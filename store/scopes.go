package store

import (
	"context"
	"time"

	"postrider/magazine"
)

// Version of a scope. It grows in the transaction of any change to what the
// scope shows, so that two equal versions mean equal pages and feeds.
type Version struct {
	Number  int64
	Changed time.Time
	Last    int64 // the highest number that an article got in the scope
}

// ScopeVersion tells a scope's version. NotFound: there is no such scope.
func (s *Store) ScopeVersion(ctx context.Context, scope magazine.Scope) (Version, error) {
	var v Version
	var changed int64
	err := s.readers.QueryRowContext(ctx, "SELECT version, changed, last FROM scopes WHERE scope = $1", scope.Key()).Scan(&v.Number, &changed, &v.Last)
	if isNoRows(err) {
		if scope.Kind == magazine.ScopeSite { // before the first article
			return Version{}, nil
		}
		return v, magazine.Errorf(magazine.NotFound, "there is no %s here", scope.Kind)
	}
	v.Changed = fromMicros(changed)
	return v, err
}

// Touch says that what the scopes show has changed.
func (tx *Tx) Touch(ctx context.Context, scopes ...magazine.Scope) error {
	if err := tx.serial(ctx); err != nil {
		return err
	}
	for _, scope := range scopes {
		if err := tx.touchKey(ctx, scope.Key()); err != nil {
			return err
		}
	}
	return nil
}

// later is when a scope that is touched again has changed. Where the clock stands
// before the last change, or another node's does, it is a second after that:
// readers that go by dates would miss it otherwise.
const later = "CASE WHEN excluded.changed >= scopes.changed THEN excluded.changed ELSE scopes.changed + 1000000 END"

func (tx *Tx) touchKey(ctx context.Context, scope string) error {
	_, err := tx.exec(ctx, `INSERT INTO scopes (scope, version, changed) VALUES ($1, 1, $2)
		ON CONFLICT (scope) DO UPDATE SET version = scopes.version + 1, changed = `+later, scope, micros(tx.Now))
	return err
}

// touchOf touches every scope of the articles that a subquery of ids names.
func (tx *Tx) touchOf(ctx context.Context, ids string, args ...any) error {
	query := `INSERT INTO scopes (scope, version, changed)
		SELECT DISTINCT scope, CAST(1 AS BIGINT), CAST(` + in(1, len(args)+1) + ` AS BIGINT) FROM article_scopes WHERE visible = 1 AND article_id IN (` + ids + `)
		ON CONFLICT (scope) DO UPDATE SET version = scopes.version + 1, changed = ` + later
	_, err := tx.exec(ctx, query, append(args, micros(tx.Now))...)
	return err
}
