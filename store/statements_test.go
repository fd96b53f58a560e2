package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"path/filepath"
	"testing"

	"modernc.org/sqlite"
)

// counting is a connector to SQLite whose one connection counts what it prepares.
type counting struct {
	driver.Connector
	conn     *conn
	prepared map[string]int
}

func (c *counting) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	c.conn = made.(*conn)
	c.conn.sqliteConn = countingConn{c.conn.sqliteConn, c.prepared}
	return c.conn, nil
}

type countingConn struct {
	sqliteConn
	prepared map[string]int
}

func (c countingConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	c.prepared[query]++
	return c.sqliteConn.PrepareContext(ctx, query)
}

// openCounting opens a database of one connection with numbers 1 to 9 in it.
func openCounting(t *testing.T) (*sql.DB, *counting) {
	t.Helper()
	plain, err := sqlite.NewConnector("file:" + filepath.Join(t.TempDir(), "a.db"))
	if err != nil {
		t.Fatal(err)
	}
	c := &counting{Connector: keeper{plain, "BEGIN", nil}, prepared: map[string]int{}}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	do(t, db, "CREATE TABLE numbers (n INTEGER PRIMARY KEY)")
	for n := 1; n <= 9; n++ {
		do(t, db, "INSERT INTO numbers (n) VALUES ($1)", n)
	}
	return db, c
}

func do(t *testing.T, db interface {
	Exec(string, ...any) (sql.Result, error)
}, query string, args ...any) {
	t.Helper()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatal(err)
	}
}

// A text is prepared once, over transactions, also ones that are rolled back.
func TestAStatementIsPreparedOnce(t *testing.T) {
	db, c := openCounting(t)
	const insert, one = "INSERT INTO numbers (n) VALUES ($1)", "SELECT n FROM numbers WHERE n = $1"
	for round := range 3 {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			do(t, tx, insert, 100+10*round+i)
			var n int
			if err := tx.QueryRow(one, 100+10*round+i).Scan(&n); err != nil || n != 100+10*round+i {
				t.Fatal(n, err)
			}
			if err := tx.QueryRow(one, 99).Scan(&n); err != sql.ErrNoRows {
				t.Fatal(n, err)
			}
		}
		if round == 1 {
			tx.Rollback()
		} else if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	if c.prepared[nameless(insert)] != 1 || c.prepared[nameless(one)] != 1 {
		t.Errorf("prepared %v", c.prepared)
	}
	var n int
	if err := db.QueryRow("SELECT COUNT(*) FROM numbers").Scan(&n); err != nil || n != 15 {
		t.Errorf("%d, %v", n, err)
	}
}

// What a parameter stands for stays, in whatever order and however often it is
// written.
func TestParametersWithoutNames(t *testing.T) {
	db, c := openCounting(t)
	for _, test := range []struct {
		query, prepared, want string
		args                  []any
	}{
		{"SELECT $1 || $2 || $3", "SELECT ? || ? || ?", "abc", []any{"a", "b", "c"}},
		{"SELECT $2 || $1", "", "ba", []any{"a", "b"}},
		{"SELECT $1 || $2 || $1", "", "aba", []any{"a", "b"}},
		{"SELECT $1||$2||$3||$4||$5||$6||$7||$8||$9||$10||$11", "SELECT ?||?||?||?||?||?||?||?||?||?||?", "abcdefghijk",
			[]any{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"}},
		{"SELECT $1||$2||$3||$4||$5||$6||$7||$8||$9||$11||$10", "", "abcdefghikj",
			[]any{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"}},
		{"SELECT 'a'", "", "a", nil},
	} {
		if test.prepared == "" {
			test.prepared = test.query
		}
		var got string
		if err := db.QueryRow(test.query, test.args...).Scan(&got); err != nil || got != test.want || c.prepared[test.prepared] != 1 {
			t.Errorf("%s: %q, %v; prepared %v", test.query, got, err, c.prepared)
		}
	}
}

// The same text may run while the rows of its first run are being read.
func TestAStatementWithinItself(t *testing.T) {
	db, c := openCounting(t)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	const above = "SELECT n FROM numbers WHERE n > $1 ORDER BY n"
	var walk func(from, depth int) string
	walk = func(from, depth int) (seen string) {
		rows, err := tx.Query(above, from)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var n int
			if err := rows.Scan(&n); err != nil {
				t.Fatal(err)
			}
			seen += fmt.Sprint(n)
			if depth > 0 {
				seen += "(" + walk(n, depth-1) + ")"
			}
		}
		if rows.Err() != nil {
			t.Fatal(rows.Err())
		}
		return seen
	}
	for range 2 {
		if got := walk(6, 2); got != "7(8(9)9())8(9())9()" {
			t.Errorf("%s", got)
		}
	}
	if c.conn.last.Len() != len(c.conn.idle) || c.conn.idle[above] == nil {
		t.Errorf("keeps %d, by text %d", c.conn.last.Len(), len(c.conn.idle))
	}
}

// A statement that failed is made anew, and one whose table has changed tells
// what is there now.
func TestStatementsAfterAFailureAndAChange(t *testing.T) {
	db, _ := openCounting(t)
	const insert, all = "INSERT INTO numbers (n) VALUES ($1)", "SELECT * FROM numbers WHERE n = 20"
	for range 2 {
		if _, err := db.Exec(insert, 5); !unique(err) {
			t.Errorf("%v", err)
		}
	}
	do(t, db, insert, 20)
	if got := columnsOf(t, db, all); got != 1 {
		t.Errorf("%d columns", got)
	}
	do(t, db, "ALTER TABLE numbers ADD COLUMN word TEXT NOT NULL DEFAULT 'none'")
	if got := columnsOf(t, db, all); got != 2 {
		t.Errorf("%d columns after another came", got)
	}
	ctx, cancel := context.WithCancel(context.Background())
	rows, err := db.QueryContext(ctx, "SELECT n FROM numbers ORDER BY n")
	if err != nil || !rows.Next() {
		t.Fatal(err)
	}
	cancel()
	rows.Close()
	var n int
	if err := db.QueryRow("SELECT n FROM numbers ORDER BY n").Scan(&n); err != nil || n != 1 {
		t.Errorf("after one that was given up: %d, %v", n, err)
	}
}

func columnsOf(t *testing.T, db *sql.DB, query string) int {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil || !rows.Next() {
		t.Fatal(err)
	}
	return len(columns)
}

// What was used last is kept, and no more than keep.
func TestStatementsAreBounded(t *testing.T) {
	db, c := openCounting(t)
	const often = "SELECT n FROM numbers WHERE n = 1"
	for i := range 2 * keep {
		do(t, db, fmt.Sprintf("UPDATE numbers SET n = n WHERE n = %d", i))
		do(t, db, often)
	}
	if len(c.conn.idle) != keep || c.conn.last.Len() != keep {
		t.Errorf("%d are kept, %d in order; want %d", len(c.conn.idle), c.conn.last.Len(), keep)
	}
	if c.prepared[often] != 1 {
		t.Errorf("what is used all the time was prepared %d times", c.prepared[often])
	}
	eldest, newest := "UPDATE numbers SET n = n WHERE n = 0", fmt.Sprintf("UPDATE numbers SET n = n WHERE n = %d", 2*keep-1)
	do(t, db, newest)
	do(t, db, eldest)
	if c.prepared[newest] != 1 || c.prepared[eldest] != 2 {
		t.Errorf("the newest was prepared %d times, the eldest %d", c.prepared[newest], c.prepared[eldest])
	}
}

// A statement does not begin where it was given up before, and the connection
// goes on.
func TestAStatementThatWasGivenUpBefore(t *testing.T) {
	db, c := openCounting(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	const insert = "INSERT INTO numbers (n) VALUES (50)"
	if _, err := c.conn.ExecContext(ctx, insert, nil); err != context.Canceled {
		t.Errorf("%v", err)
	}
	do(t, db, insert)
}
