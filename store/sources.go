package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"postrider/magazine"
)

// SourceProblems tells what is wrong with sources themselves, apart from their
// files, by the sources' names.
func (s *Store) SourceProblems(ctx context.Context) (map[string][]magazine.Problem, error) {
	type row struct {
		name     string
		problems []magazine.Problem
	}
	found, err := collect(ctx, s.readers, func(rows *sql.Rows) (r row, err error) {
		var text string
		if err = rows.Scan(&r.name, &text); err != nil {
			return r, err
		}
		return r, json.Unmarshal([]byte(text), &r.problems)
	}, "SELECT name, problems FROM sources")
	all := make(map[string][]magazine.Problem, len(found))
	for _, r := range found {
		all[r.name] = r.problems
	}
	return all, err
}

// PutSourceProblems keeps what is wrong with a source itself; nothing, where
// the list is empty.
func (tx *Tx) PutSourceProblems(ctx context.Context, name string, problems []magazine.Problem) error {
	if len(problems) == 0 {
		_, err := tx.exec(ctx, "DELETE FROM sources WHERE name = $1", name)
		return err
	}
	_, err := tx.exec(ctx, "INSERT INTO sources (name, problems) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET problems = excluded.problems", name, jsonList(problems))
	return err
}

// SourceSizes tells how many files each source has that are not gone, by the
// sources' names, those that the configuration has no more among them.
func (s *Store) SourceSizes(ctx context.Context) (map[string]int, error) {
	type row struct {
		name string
		n    int
	}
	found, err := collect(ctx, s.readers, func(rows *sql.Rows) (r row, err error) {
		err = rows.Scan(&r.name, &r.n)
		return r, err
	}, "SELECT source, COUNT(*) FROM files WHERE state <> 'gone' GROUP BY source")
	sizes := make(map[string]int, len(found))
	for _, r := range found {
		sizes[r.name] = r.n
	}
	return sizes, err
}

// FilesAbout lists the files that tell of an author, a section or an issue.
func (tx *Tx) FilesAbout(ctx context.Context, scope string) ([]File, error) {
	return collect(ctx, tx, scanFile, "SELECT "+fileColumns+" FROM files WHERE about <> '' AND about = $1 AND state <> 'gone' ORDER BY source, path", scope)
}

// Unsay takes back what a file said of an author, a section or an issue, by the
// scope's key: what bylines and citations say stays. An issue that was published
// stays so. Every file of its articles is to be read anew, and every other file
// that tells of the same; it lists those of one source.
func (tx *Tx) Unsay(ctx context.Context, source, scope string) (paths []string, err error) {
	if err := tx.serial(ctx); err != nil {
		return nil, err
	}
	for _, query := range []string{
		"UPDATE authors SET given = 0, doc = '{}' WHERE 'author/' || slug = $1",
		"UPDATE sections SET given = 0, doc = '{}' WHERE 'section/' || slug = $1",
		"UPDATE issues SET given = 2, doc = '{}' WHERE 'issue/' || volume || '/' || number = $1",
	} {
		if _, err := tx.exec(ctx, query, scope); err != nil {
			return nil, err
		}
	}
	if paths, err = tx.unsayAliases(ctx, source, scope); err != nil {
		return nil, err
	}
	told, err := collect(ctx, tx, scanPair, `UPDATE files SET reader = '' WHERE article_id IN (`+standingIn(1)+`) OR about <> '' AND about = $1 RETURNING source, path`, scope, needle(scope))
	if err != nil {
		return nil, err
	}
	for _, p := range told {
		if p[0] == source {
			paths = append(paths, p[1])
		}
	}
	if err := tx.touchOf(ctx, "SELECT article_id FROM article_scopes WHERE scope = $1 AND visible = 1", scope); err != nil {
		return nil, err
	}
	for _, key := range []string{scope, magazine.SiteScope().Key()} { // also where there is no article
		if err := tx.touchKey(ctx, key); err != nil {
			return nil, err
		}
	}
	return paths, tx.dateIssues(ctx, []string{scope})
}
