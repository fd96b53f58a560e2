package store

import (
	"container/list"
	"context"
	"database/sql"
	"database/sql/driver"
	"strconv"
	"strings"

	"modernc.org/sqlite"
)

// SQLite parses and plans a statement each time that it comes as text, which
// takes as long as to run most of ours. So each of its connections keeps the
// statements that it ran last, ready to run again. This stands below
// database/sql, whose own Stmt would need a second connection to be prepared
// while the only writer is in a transaction. pgx does the same for PostgreSQL
// by itself.

// keep is how many statements a connection keeps: more than we have, though
// those with lists of values come in several lengths.
const keep = 256

// openKeeping opens a database whose connections keep their statements, and begin
// their transactions with begin. ran, unless it is nil, is called when one has run
// that is no query.
func openKeeping(address, begin string, ran func()) (*sql.DB, error) {
	c, err := sqlite.NewConnector(address)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(keeper{c, begin, ran}), nil
}

type keeper struct {
	driver.Connector
	begin string
	ran   func()
}

func (k keeper) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{sqliteConn: c.(sqliteConn), begin: k.begin, ran: k.ran, idle: map[string]*list.Element{}}, nil
}

// sqliteConn is all that database/sql asks of a connection to SQLite.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// conn is a connection with the statements that it keeps. It is used by one
// goroutine at a time, as every driver.Conn.
type conn struct {
	sqliteConn
	begin string
	ran   func()
	idle  map[string]*list.Element // of statement, by text
	last  list.List                // the same, last used first
}

// statement is a prepared statement. While it runs, and until its rows are
// closed, it is not among the idle ones: the same text may run within it.
type statement struct {
	text string
	driver.Stmt
}

// Unwrap is the connection to SQLite.
func (c *conn) Unwrap() driver.Conn { return c.sqliteConn }

func (c *conn) take(ctx context.Context, text string) (*statement, error) {
	if e := c.idle[text]; e != nil {
		delete(c.idle, text)
		return c.last.Remove(e).(*statement), nil
	}
	prepared, err := c.PrepareContext(ctx, nameless(text))
	return &statement{text, prepared}, err
}

// nameless is a statement with ? for its parameters, where they are $1, $2 and
// so on in that order, each once. To SQLite $1 is a name, and to bind the
// parameters of a statement it goes through all names for each. No statement of
// ours has a $ in a text of its own.
func nameless(text string) string {
	parts := strings.Split(text, "$")
	for i, part := range parts[1:] {
		number := strconv.Itoa(i + 1)
		rest, next := strings.CutPrefix(part, number)
		if !next || rest != "" && rest[0] >= '0' && rest[0] <= '9' {
			return text
		}
		parts[i+1] = rest
	}
	return strings.Join(parts, "?")
}

// giveBack keeps a statement that has run, unless it failed or one of its text
// is kept already.
func (c *conn) giveBack(s *statement, failed error) error {
	if failed != nil || c.idle[s.text] != nil {
		return s.Close()
	}
	c.idle[s.text] = c.last.PushFront(s)
	if c.last.Len() <= keep {
		return nil
	}
	eldest := c.last.Remove(c.last.Back()).(*statement)
	delete(c.idle, eldest.text)
	return eldest.Close()
}

// ExecContext runs a statement, prepared before where it ran before. One that
// has begun runs to its end, whatever becomes of ctx: ours take milliseconds,
// and to watch ctx for each takes a goroutine and a fifth of the time. A wait for
// the lock of a transaction is not one of these.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return c.exec(context.WithoutCancel(ctx), query, args)
}

func (c *conn) exec(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
	if e := c.giveBack(s, err); err == nil {
		err = e
	}
	if c.ran != nil {
		c.ran()
	}
	return result, err
}

// QueryContext runs a query, prepared before where it ran before.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	found, err := s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		c.giveBack(s, err)
		return nil, err
	}
	return &rows{found, c, s}, nil
}

// BeginTx begins a transaction. ctx ends the wait for the lock, if that is taken.
func (c *conn) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	if _, err := c.exec(ctx, c.begin, nil); err != nil {
		transaction{c}.Rollback() // ctx may have ended when it had begun
		return nil, err
	}
	return transaction{c}, nil
}

// transaction is that which a connection is in.
type transaction struct{ c *conn }

// Commit waits for no lock: in the journal's mode that we use (WAL) the writer has
// all that it needs.
func (t transaction) Commit() error {
	_, err := t.c.exec(context.Background(), "COMMIT", nil)
	if err != nil {
		t.Rollback() // else the connection would be in it for ever
	}
	return err
}

// Rollback gives an error where there is nothing to take back any more: SQLite has
// done so itself after some.
func (t transaction) Rollback() error {
	_, err := t.c.exec(context.Background(), "ROLLBACK", nil)
	return err
}

// rows are those of a statement that is kept once they are closed.
type rows struct {
	driver.Rows
	of *conn
	s  *statement
}

func (r *rows) Close() error {
	err := r.Rows.Close()
	if e := r.of.giveBack(r.s, err); err == nil {
		err = e
	}
	return err
}

// Close ends the statements with their connection.
func (c *conn) Close() error {
	for e := c.last.Front(); e != nil; e = e.Next() {
		e.Value.(*statement).Close()
	}
	return c.sqliteConn.Close()
}
