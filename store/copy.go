package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// known are the tables by which a pass over a source finds out what is new and
// which article a file is.
var known = []string{"scopes", "articles", "article_slugs", "article_scopes", "article_related", "authors", "sections", "issues", "files", "media_files"}

// CopyReading copies into an empty store what reading goes by, as it is at one
// instant: a pass over the copy finds what a pass over the original would find.
// The texts of articles and the bytes of their pictures, which have tables of
// their own, stay behind. The two stores may be of different engines.
func (s *Store) CopyReading(ctx context.Context, to *Store) error {
	from, err := s.readers.BeginTx(ctx, s.dialect.snapshot)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer from.Rollback()
	return to.Write(ctx, func(tx *Tx) error {
		for _, table := range known {
			if err := copyTable(ctx, from, tx, table); err != nil {
				return fmt.Errorf("copy %s: %w", table, err)
			}
		}
		return nil
	})
}

// copyTable copies the rows of a table, some of them in a statement.
func copyTable(ctx context.Context, from *sql.Tx, to *Tx, table string) error {
	rows, err := from.QueryContext(ctx, "SELECT * FROM "+table)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	var row []any
	flush := func() error {
		if len(row) == 0 {
			return nil
		}
		_, err := to.exec(ctx, "INSERT INTO "+table+" ("+strings.Join(columns, ", ")+") VALUES "+tuples(len(row)/len(columns), len(columns), ""), row...)
		row = row[:0]
		return err
	}
	for rows.Next() {
		one := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range one {
			into[i] = &one[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if row = append(row, one...); len(row) > batch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return flush()
}
