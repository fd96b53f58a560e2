package store

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"postrider/magazine"
)

// Setting reads a value that the program keeps for itself, making it by fresh
// where there is none yet.
func (s *Store) Setting(ctx context.Context, name string, fresh func() string) (value string, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT value FROM settings WHERE name = $1", name).Scan(&value)
	if !isNoRows(err) {
		return value, err
	}
	err = s.Write(ctx, func(tx *Tx) error {
		if _, err := tx.exec(ctx, "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING", name, fresh()); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT value FROM settings WHERE name = $1", name).Scan(&value)
	})
	return value, err
}

// Kept reads what Keep has kept under a name; empty where there is nothing.
func (s *Store) Kept(ctx context.Context, name string) (value string, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT value FROM settings WHERE name = $1", name).Scan(&value)
	if isNoRows(err) {
		err = nil
	}
	return value, err
}

// Keep keeps a value that the program needs after a restart.
func (tx *Tx) Keep(ctx context.Context, name, value string) error {
	_, err := tx.exec(ctx, "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
	return err
}

// Secret reads 32 bytes that nobody can guess, making them where there are none
// yet: what they prove stays proved after a restart, and on every node.
func (s *Store) Secret(ctx context.Context, name string) ([]byte, error) {
	kept, err := s.Setting(ctx, name, func() string {
		var b [32]byte
		rand.Read(b[:])
		return base64.RawStdEncoding.EncodeToString(b[:])
	})
	if err != nil {
		return nil, err
	}
	secret, err := base64.RawStdEncoding.DecodeString(kept)
	if err != nil || len(secret) < 32 {
		return nil, magazine.Errorf(magazine.Internal, "the secret %s in the database is damaged", name)
	}
	return secret, nil
}

// SettingSince keeps a value that the program finds for itself anew at each
// start, and tells since when it has been this one.
func (s *Store) SettingSince(ctx context.Context, name, value string) (since time.Time, err error) {
	err = s.Write(ctx, func(tx *Tx) error {
		var kept string
		err := tx.QueryRowContext(ctx, "SELECT value FROM settings WHERE name = $1"+tx.s.dialect.forUpdate, name).Scan(&kept)
		if err != nil && !isNoRows(err) {
			return err
		}
		at, before, _ := strings.Cut(kept, " ")
		if n, err := strconv.ParseInt(at, 10, 64); err == nil && before == value {
			since = fromMicros(n)
			return nil
		}
		since = tx.Now
		_, err = tx.exec(ctx, "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, strconv.FormatInt(micros(since), 10)+" "+value)
		return err
	})
	return since, err
}
