package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"postrider/magazine"
)

// dialect is all in which the two engines differ.
type dialect struct {
	name      string
	other     string // whose migrations are not ours
	goose     goose.Dialect
	forUpdate string                   // ends a SELECT that locks its rows
	forShare  string                   // ends a SELECT whose rows nobody changes until the end of the transaction
	skip      string                   // ends a SELECT that claims rows nobody else holds
	domain    string                   // of the address in the column email, in small letters
	search    string                   // people p in whose address or name is what $1 says
	sought    func(text string) string // writes that
	findable  []string                 // make those findable whom a transaction has added
	hasTable  string                   // tells whether the table $1 is there
	snapshot  *sql.TxOptions           // of a transaction that reads several tables as they are at one instant
}

var (
	sqliteDialect = dialect{name: "sqlite", other: "postgres", goose: goose.DialectSQLite3, domain: "LOWER(SUBSTR(email, INSTR(email, '@') + 1))",
		search: "person_search f JOIN person_words w ON w.n = f.rowid JOIN subscribers p ON p.id = w.subscriber_id WHERE person_search MATCH $1 ORDER BY f.rowid", sought: matched,
		findable: []string{"INSERT INTO person_search (rowid, words) SELECT n, words FROM person_words WHERE n > (SELECT n FROM person_found)",
			"UPDATE person_found SET n = (SELECT COALESCE(MAX(n), 0) FROM person_words) WHERE n < (SELECT COALESCE(MAX(n), 0) FROM person_words)"},
		hasTable: "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = $1)"}
	postgresDialect = dialect{name: "postgres", other: "sqlite", goose: goose.DialectPostgres, forUpdate: " FOR UPDATE", forShare: " FOR SHARE", skip: " FOR UPDATE SKIP LOCKED", domain: "LOWER(SPLIT_PART(email, '@', 2))",
		search: `subscribers p WHERE LOWER(p.email || ' ' || p.name) LIKE $1 ESCAPE '\'`, sought: within,
		hasTable: "SELECT to_regclass($1) IS NOT NULL",
		snapshot: &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}}
)

// openSQLite opens one writer and a pool of readers on the Store's file, and has
// checkpoints made. The writer's transactions take the write lock when they begin, so
// that none has to be given up half-way.
func (s *Store) openSQLite() (err error) {
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return magazine.Errorf(magazine.Unavailable, "cannot make the folder of the database %s: %w", s.path, err)
	}
	// A file that cannot be written would otherwise fail later, in SQLite's words.
	f, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return magazine.Errorf(magazine.Unavailable, "cannot write the database %s: %w; give this user the right to write there, or set database to another place", s.path, err)
	}
	f.Close()
	if err := writable(filepath.Dir(s.path)); err != nil { // SQLite keeps its journal beside the file
		return magazine.Errorf(magazine.Unavailable, "cannot write beside the database %s: %w; give this user the right to write in that folder", s.path, err)
	}
	address := func(more url.Values) string {
		q := url.Values{"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "cache_size(-16000)"}}
		for k, v := range more {
			q[k] = append(q[k], v...)
		}
		return "file:" + (&url.URL{Path: s.path}).EscapedPath() + "?" + q.Encode()
	}
	// A sync leaves out the times of the file alone, as SQLite does wherever the system
	// can; where it cannot, it syncs these as well.
	sqlite.Fdatasync(true)
	// What takes a statement back that fails half-way stands in memory, for a file costs
	// as much as the statement.
	s.checkpoints = newCheckpointer()
	if s.writer, err = openKeeping(address(url.Values{"_pragma": {fmt.Sprintf("wal_autocheckpoint(%d)", logMost), "temp_store(MEMORY)"}}), "BEGIN IMMEDIATE", s.checkpoints.wrote); err != nil {
		return err
	}
	s.writer.SetMaxOpenConns(1)
	if s.readers.DB, err = openKeeping(address(url.Values{"_pragma": {"query_only(1)"}}), "BEGIN", nil); err != nil {
		return err
	}
	s.readers.SetMaxOpenConns(max(4, runtime.NumCPU()))
	s.readers.SetMaxIdleConns(max(4, runtime.NumCPU()))
	beside, err := openKeeping(address(nil), "BEGIN", nil)
	if err != nil {
		return err
	}
	s.checkpoints.start(beside)
	return nil
}

// canBeMade tells why the database at path, which is not there, cannot be made.
func canBeMade(path string) error {
	dir := filepath.Dir(path)
	for {
		if _, err := os.Stat(dir); err == nil || filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	if err := writable(dir); err != nil {
		return magazine.Errorf(magazine.Unavailable, "cannot make the database %s: %w; give this user the right to write in %s, or set database to another place", path, err, dir)
	}
	return nil
}

func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return err
	}
	f.Close()
	return os.Remove(f.Name())
}

// idleInTransaction is how long PostgreSQL keeps a transaction whose process says
// nothing. One that hangs would else keep its rows from the other nodes for as long
// as it hangs, whatever its lease.
const idleInTransaction = "30s"

// openPostgres opens a pool of connections, by whose name on the server the others
// tell whether this process lives.
func openPostgres(address, session string) (*sql.DB, error) {
	c, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]string{
		"idle_in_transaction_session_timeout": idleInTransaction,
		"jit":                                 "off", // it takes longer than such statements as ours
	} {
		if c.RuntimeParams[name] == "" { // unless the address has it
			c.RuntimeParams[name] = value
		}
	}
	name := c.RuntimeParams["application_name"]
	if name == "" {
		name = "postrider"
	}
	c.RuntimeParams["application_name"] = name[:min(len(name), 50)] + " " + session // PostgreSQL keeps 63 bytes
	db := stdlib.OpenDB(*c)
	db.SetMaxOpenConns(20)
	db.SetMaxIdleConns(10)
	return db, nil
}

// unique tells that err is a unique constraint's violation.
func unique(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23505"
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && (lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// again tells that a transaction lost a race and may simply be run again:
// PostgreSQL's deadlocks and serialisation failures.
func again(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// full tells that SQLite's disk is full or went away.
func full(err error) bool {
	var lite *sqlite.Error
	return errors.As(err, &lite) && (lite.Code()&0xff == sqlite3.SQLITE_FULL || lite.Code()&0xff == sqlite3.SQLITE_IOERR || lite.Code()&0xff == sqlite3.SQLITE_READONLY)
}

// busy tells that another process held SQLite's write lock for longer than we wait.
func busy(err error) bool {
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_BUSY
}

// migrationLock keeps two processes from migrating one database at once. The
// returned function gives it back.
func (s *Store) migrationLock(ctx context.Context) (func(), error) {
	if s.dialect.name == "sqlite" {
		return lockFile(ctx, s.path+".migrate")
	}
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return nil, err
	}
	const key = 0x706f737472696465 // "postride"
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", key); err != nil {
		conn.Close()
		return nil, err
	}
	return func() {
		conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", key)
		conn.Close()
	}, nil
}

// parseURL tells the engine and its address from sqlite:PATH or postgres://…
func parseURL(address string) (d dialect, rest string, err error) {
	switch {
	case strings.HasPrefix(address, "sqlite:"):
		rest = strings.TrimPrefix(address, "sqlite:")
		if rest == "" || strings.ContainsAny(rest, "\x00") {
			return d, "", magazine.Errorf(magazine.Invalid, "database: %q names no file; write sqlite:data/postrider.db", address)
		}
		return sqliteDialect, rest, nil
	case strings.HasPrefix(address, "postgres://"), strings.HasPrefix(address, "postgresql://"):
		return postgresDialect, address, nil
	}
	return d, "", magazine.Errorf(magazine.Invalid, "database: write sqlite:PATH or postgres://user@host:5432/name")
}

// in is a list of n parameters, the first of which is $from.
func in(n, from int) string {
	var b []byte
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(append(b, '$'), int64(from+i), 10)
	}
	return string(b)
}

// anyOf tells whether there is any of some rows, looked for with each row of the
// statement that it stands in. (Given EXISTS, PostgreSQL may first gather all that
// there are of any: while an edition is sent they grow, and so did each page's time.)
func anyOf(rows string) string { return "COALESCE((SELECT 1 FROM " + rows + " LIMIT 1), 0) = 1" }

// rowsAtOnce is how many rows one statement writes.
const rowsAtOnce = 200

// tuples is the list of values of so many rows, for INSERT. Each begins with
// columns that are parameters of its own, and ends with what is given.
func tuples(rows, columns int, end string) string {
	all := make([]string, rows)
	for i := range all {
		all[i] = "(" + in(columns, 1+i*columns) + end + ")"
	}
	return strings.Join(all, ", ")
}
