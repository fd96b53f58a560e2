package store

import (
	"context"
	"maps"
	"slices"
)

// PutAwaits keeps which articles some files of a source name, by their files'
// paths or slugs, in place of what was known of the same files.
func (tx *Tx) PutAwaits(ctx context.Context, source string, awaits map[string][]string) error {
	paths := slices.Sorted(maps.Keys(awaits))
	for some := range slices.Chunk(paths, batch) {
		if _, err := tx.exec(ctx, "DELETE FROM file_awaits WHERE source = $1 AND path IN ("+in(len(some), 2)+")", append([]any{source}, anys(some)...)...); err != nil {
			return err
		}
	}
	for _, path := range paths {
		for _, name := range awaits[path] {
			if _, err := tx.exec(ctx, "INSERT INTO file_awaits (source, awaits, path) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", source, name, path); err != nil {
				return err
			}
		}
	}
	return nil
}

// Awaiting lists the files of a source that name one of some articles.
func (tx *Tx) Awaiting(ctx context.Context, source string, names []string) (paths []string, err error) {
	for some := range slices.Chunk(names, batch) {
		found, err := collect(ctx, tx, scanText, "SELECT path FROM file_awaits WHERE source = $1 AND awaits IN ("+in(len(some), 2)+")", append([]any{source}, anys(some)...)...)
		if err != nil {
			return nil, err
		}
		paths = append(paths, found...)
	}
	slices.Sort(paths)
	return slices.Compact(paths), nil
}

// Unended tells that a pass over a source which began up to a number has left
// something behind, or is still going on.
func (s *Store) Unended(ctx context.Context, source string, pass int64) (found bool, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM articles WHERE pass > 0 AND source = $1 AND pass <= $2)", source, pass).Scan(&found)
	return found, err
}
