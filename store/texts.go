package store

import (
	"context"
	"database/sql"
	"strings"
	"time"
	"unicode/utf8"
)

// A relay's reply, a file's name or an address in a link may hold what is no
// text to PostgreSQL: bytes that are no UTF-8, and NUL. There it would fail a
// whole transaction, while SQLite keeps it. So every value goes through clean
// on its way to either.
func clean(args []any) []any {
	for i, a := range args {
		if text, ok := a.(string); ok && (!utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0) {
			args[i] = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
		}
	}
	return args
}

// pool is a pool of connections that takes any text, with the clock.
type pool struct {
	*sql.DB
	now func() time.Time
}

func (p pool) instant() time.Time { return p.now() }

func (tx *Tx) instant() time.Time { return tx.Now }

func (p pool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return p.DB.QueryContext(ctx, query, clean(args)...)
}

func (p pool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return p.DB.QueryRowContext(ctx, query, clean(args)...)
}

// QueryContext is that of sql.Tx for any text.
func (tx *Tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return tx.Tx.QueryContext(ctx, query, clean(args)...)
}

// QueryRowContext is that of sql.Tx for any text.
func (tx *Tx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return tx.Tx.QueryRowContext(ctx, query, clean(args)...)
}

// ExecContext is that of sql.Tx for any text.
func (tx *Tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return tx.Tx.ExecContext(ctx, query, clean(args)...)
}
