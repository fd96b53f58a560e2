package store

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"postrider/magazine"
)

// Record has every statement of the store told to seen before it runs.
func (s *Store) Record(seen func(query string, args []any)) {
	record := func(db *sql.DB) *sql.DB { return sql.OpenDB(&recorder{db, seen}) }
	if s.readers.DB != s.writer {
		s.readers.DB = record(s.readers.DB)
		s.writer = record(s.writer)
		s.writer.SetMaxOpenConns(1)
		return
	}
	s.writer = record(s.writer)
	s.readers.DB = s.writer
}

// recorder makes connections out of those of another pool.
type recorder struct {
	*sql.DB
	seen func(query string, args []any)
}

func (r *recorder) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := r.DB.Conn(ctx)
	if err != nil {
		return nil, err
	}
	var raw driver.Conn
	err = c.Raw(func(conn any) error { raw = conn.(driver.Conn); return nil })
	return &recorded{raw, c, r.seen}, err
}

// recorded is a connection that tells its statements.
type recorded struct {
	driver.Conn
	of   *sql.Conn
	seen func(query string, args []any)
}

func (c *recorded) Close() error { return c.of.Close() }

func (c *recorded) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
}

func (c *recorded) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.tell(query, args)
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
}

func (c *recorded) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.tell(query, args)
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
}

func (c *recorded) tell(query string, args []driver.NamedValue) {
	values := make([]any, len(args))
	for i, a := range args {
		values[i] = a.Value
	}
	c.seen(query, values)
}

const (
	Portion    = portion    // so many articles appear together at the end of a pass
	RowsAtOnce = rowsAtOnce // so many one statement writes
)

// EndPortion is one step of EndPass.
func (s *Store) EndPortion(ctx context.Context, source string, pass int64) (changed int64, more bool, err error) {
	return s.endPortion(ctx, source, 1, pass)
}

// Readers lists up to limit subscriptions of an audience whose subscribers' ids
// are above one and up to another, by id, with what they follow. An empty upper
// end is no bound.
func (s *Store) Readers(ctx context.Context, a Audience, above, upTo string, limit int) ([]magazine.Subscription, error) {
	if upTo == "" {
		of, args := a.where(above)
		return subscriptions(ctx, s.readers, of+" AND n.subscriber_id > $1", limit, args...)
	}
	of, args := a.where(above, upTo)
	return subscriptions(ctx, s.readers, of+" AND n.subscriber_id > $1 AND n.subscriber_id <= $2", limit, args...)
}

// LettingActsGo are the statements that take away what keeps acts from being
// deleted: tests that share a store are to find none of each other's.
func (s *Store) LettingActsGo() []string {
	if s.dialect.name == "postgres" {
		return []string{"DROP TRIGGER IF EXISTS acts_stay ON acts"}
	}
	return []string{"DROP TRIGGER IF EXISTS acts_unchanged", "DROP TRIGGER IF EXISTS acts_kept"}
}

// Rekey is what opening does to keys that an older version made.
func (s *Store) Rekey(ctx context.Context) error { return s.rekey(ctx) }
