// Package store keeps everything in SQLite or PostgreSQL. It is the only
// package that knows SQL; rules live with the trades that call it.
//
// There is one text per statement, in the subset that both engines speak;
// dialect.go has all that differs. Instants are UTC microseconds in 64-bit
// integers. Every transaction has one instant, Tx.Now, from a clock that tests
// set. Reads are methods of Store; writes are methods of Tx, so that several
// make one transaction.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"
	"time"

	"postrider/magazine"
)

// Options say which database to open.
type Options struct {
	URL string           // sqlite:PATH or postgres://user@host:5432/name
	Now func() time.Time // the clock; nil means time.Now

	// Existing refuses to make the database or to change its schema. NotFound:
	// there is none yet. Unavailable: its schema is not this binary's.
	Existing bool
}

// Store is an open database.
type Store struct {
	dialect dialect
	path    string // of the SQLite file
	session string // tells this process's connections to PostgreSQL from all others
	writer  *sql.DB
	readers pool // the writer's on PostgreSQL
	now     func() time.Time
	changes atomic.Uint64

	checkpoints *checkpointer // of SQLite
}

// Open opens the database, makes it where it is absent, and brings its schema
// up to this binary's. A schema newer than this binary's is refused.
func Open(ctx context.Context, o Options) (*Store, error) {
	d, rest, err := parseURL(o.URL)
	if err != nil {
		return nil, err
	}
	s := &Store{dialect: d, now: o.Now, session: magazine.NewID()}
	if s.now == nil {
		s.now = time.Now
	}
	s.readers.now = s.Now
	if d.name == "sqlite" {
		s.path = rest
		if _, err := os.Stat(rest); o.Existing && errors.Is(err, fs.ErrNotExist) {
			if err := canBeMade(rest); err != nil {
				return nil, err
			}
			return nil, magazine.Errorf(magazine.NotFound, "there is no database %s yet", rest)
		}
		err = s.openSQLite()
	} else {
		s.writer, err = openPostgres(rest, s.session)
		s.readers.DB = s.writer
	}
	if err != nil {
		return nil, err
	}
	bring := s.migrate
	if o.Existing {
		bring = s.migrated
	}
	if err := bring(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close closes the database.
func (s *Store) Close() error {
	var err error
	if s.checkpoints != nil {
		err = s.checkpoints.close()
	}
	err = errors.Join(err, s.writer.Close())
	if s.readers.DB != s.writer {
		err = errors.Join(err, s.readers.Close())
	}
	return err
}

// Now is the clock's instant, in UTC and whole microseconds as the database keeps it.
func (s *Store) Now() time.Time { return fromMicros(micros(s.now())) }

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return s.readers.QueryRowContext(ctx, "SELECT 1").Scan(&one)
}

// Tx is a transaction, which writes unless it is Read's.
type Tx struct {
	*sql.Tx
	Now    time.Time // the one instant of everything written in it
	s      *Store
	locked bool            // the counter of articles
	joined bool            // somebody is new
	sure   map[string]bool // see once
	after  []func()
}

// After has f called once the transaction is on disk, and never if it is not: to
// log what then is true.
func (tx *Tx) After(f func()) { tx.after = append(tx.after, f) }

// Write runs f in a transaction, which is on disk when Write returns nil and
// leaves no trace otherwise. f may run again where PostgreSQL asks for it, so
// it must change nothing but the transaction and what it sets afresh. Inside f
// only the transaction may be used: SQLite has one writer.
func (s *Store) Write(ctx context.Context, f func(tx *Tx) error) error {
	for tries := 0; ; tries++ {
		err := s.writeOnce(ctx, f)
		if err == nil || tries == 4 || !again(err) {
			return explain(err)
		}
	}
}

func (s *Store) writeOnce(ctx context.Context, f func(tx *Tx) error) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback()
	one := &Tx{Tx: tx, Now: s.Now(), s: s}
	if err := f(one); err != nil {
		return err
	}
	if one.joined {
		if err := one.makeFindable(ctx); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if one.locked {
		s.changes.Add(1)
	}
	for _, f := range one.after {
		f()
	}
	return nil
}

// Read runs f in a transaction that sees the database as it is at one instant. It
// writes nothing, waits for nobody who writes and keeps nobody waiting; f must lock
// nothing.
func (s *Store) Read(ctx context.Context, f func(tx *Tx) error) error {
	tx, err := s.readers.BeginTx(ctx, s.dialect.snapshot)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback()
	return f(&Tx{Tx: tx, Now: s.Now(), s: s})
}

// Bounded bounds a brief transaction that others wait for. On PostgreSQL it may hang
// with the network; SQLite waits for nothing but the lock, and for that 10 s at most,
// and to watch a context costs it a good part of the time of a small statement.
func (s *Store) Bounded(ctx context.Context, most time.Duration) (context.Context, context.CancelFunc) {
	ctx = context.WithoutCancel(ctx)
	if s.dialect.name == "sqlite" {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, most)
}

// Changes counts the transactions of this Store that may have changed articles,
// so that a cache of what they show can tell that it has to look again. What
// other processes write to the same database is not in it.
func (s *Store) Changes() uint64 { return s.changes.Load() }

// explain says what to do about a full or read-only disk, and a busy database.
func explain(err error) error {
	if full(err) {
		return magazine.Errorf(magazine.Unavailable, "the database cannot be written; look at the disk's space and rights: %w", err)
	}
	if busy(err) {
		return magazine.Errorf(magazine.Unavailable, "the database is busy: another program has been writing to it for long; try again: %w", err)
	}
	return err
}

// querier is what reads share: the pool of readers or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	instant() time.Time // at which it reads
}

// collect reads all rows with scan.
func collect[T any](ctx context.Context, q querier, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// exec runs a statement and tells how many rows it touched.
func (tx *Tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	r, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// isNoRows tells that a query for one row found none.
func isNoRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// truth is a truth value as the database keeps it.
func truth(v bool) int {
	if v {
		return 1
	}
	return 0
}

// micros and fromMicros are the one codec of instants.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}
