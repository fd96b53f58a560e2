package store

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
)

// TestTransactionsAreKept: what begins and ends transactions is prepared once, too.
func TestTransactionsAreKept(t *testing.T) {
	db, c := openCounting(t)
	for _, end := range []func(*sql.Tx) error{(*sql.Tx).Commit, (*sql.Tx).Rollback, (*sql.Tx).Commit, (*sql.Tx).Rollback} {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		do(t, tx, "DELETE FROM numbers WHERE n = 1")
		if err := end(tx); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{"BEGIN", "COMMIT", "ROLLBACK"} {
		if c.prepared[text] != 1 {
			t.Errorf("%s was prepared %d times", text, c.prepared[text])
		}
	}
}

// TestCommitThatFails: SQLite goes on with a transaction whose COMMIT it refused; the
// connection must not.
func TestCommitThatFails(t *testing.T) {
	db, _ := openCounting(t)
	do(t, db, "PRAGMA foreign_keys = 1")
	do(t, db, "CREATE TABLE of (n INTEGER REFERENCES numbers (n) DEFERRABLE INITIALLY DEFERRED)")
	for range 2 {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		do(t, tx, "INSERT INTO of (n) VALUES (99)")
		if tx.Commit() == nil {
			t.Fatal("it was committed")
		}
	}
	var left int
	if err := db.QueryRow("SELECT COUNT(*) FROM of").Scan(&left); err != nil || left != 0 {
		t.Error(left, err)
	}
}

// TestWaitForTheLockIsGivenUp: whoever waits for another process's transaction may
// stop waiting, and the connection is as good as before.
func TestWaitForTheLockIsGivenUp(t *testing.T) {
	open := func(path string) *sql.DB {
		db, err := openKeeping("file:"+path+"?_pragma=busy_timeout(60000)", "BEGIN IMMEDIATE", nil)
		if err != nil {
			t.Fatal(err)
		}
		db.SetMaxOpenConns(1)
		t.Cleanup(func() { db.Close() })
		return db
	}
	path := filepath.Join(t.TempDir(), "a.db")
	one, other := open(path), open(path)
	do(t, other, "CREATE TABLE numbers (n INTEGER)")
	held, err := one.Begin()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	gave := make(chan error)
	go func() {
		tx, err := other.BeginTx(ctx, nil)
		if err == nil {
			tx.Rollback()
		}
		gave <- err
	}()
	cancel()
	if err := <-gave; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := held.Rollback(); err != nil {
		t.Fatal(err)
	}
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	do(t, tx, "INSERT INTO numbers (n) VALUES (1)")
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}
