package store

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
)

// Trust is what is known of the clock that schedules go by.
type Trust struct {
	Looked time.Time // up to when schedules have been looked at; zero: never yet
	Doubt  Doubt
}

// A Doubt is why what comes due is held: the clock may be wrong, or the
// database an old one.
type Doubt struct {
	Reason string    `json:"reason"` // empty: there is none
	Until  time.Time `json:"until"`  // what comes due later is not in doubt; Forever: until somebody says so
}

// Covers tells whether what comes due at an instant is in doubt.
func (d Doubt) Covers(at time.Time) bool { return d.Reason != "" && !at.After(d.Until) }

// settles is how long after a doubt its end is trusted: a clock that jumped
// forward by mistake is set right by then, or is right.
const settles = time.Hour

// sure is the instant after which no end is in doubt at another one; zero where
// none is, for the doubt is over.
func (d Doubt) sure(now time.Time) time.Time {
	if d.Reason == "" || now.After(d.Until.Add(settles)) {
		return time.Time{}
	}
	return d.Until
}

const (
	looked = "schedules-looked"
	doubt  = "schedules-doubt"
)

// Trust tells what is known of the clock.
func (s *Store) Trust(ctx context.Context) (Trust, error) { return trust(ctx, s.readers) }

// Trust tells what is known of the clock.
func (tx *Tx) Trust(ctx context.Context) (Trust, error) { return trust(ctx, tx) }

func trust(ctx context.Context, q querier) (t Trust, err error) {
	read := func(name string) (value string, err error) {
		err = q.QueryRowContext(ctx, "SELECT value FROM settings WHERE name = $1", name).Scan(&value)
		if isNoRows(err) {
			err = nil
		}
		return value, err
	}
	at, err := read(looked)
	if err != nil {
		return t, err
	}
	if n, err := strconv.ParseInt(at, 10, 64); err == nil {
		t.Looked = fromMicros(n)
	}
	text, err := read(doubt)
	if err != nil || text == "" {
		return t, err
	}
	return t, json.Unmarshal([]byte(text), &t.Doubt)
}

// SetLooked says that schedules have been looked at up to an instant.
func (tx *Tx) SetLooked(ctx context.Context, at time.Time) error {
	return tx.Keep(ctx, looked, strconv.FormatInt(micros(at), 10))
}

// SetDoubt says why what comes due is to be held; no reason ends it.
func (tx *Tx) SetDoubt(ctx context.Context, d Doubt) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return tx.Keep(ctx, doubt, string(text))
}

// An SQLite file that was put back from a copy cannot know what was sent after
// the copy was made. A file beside it does, as long as it stays on its disk.

// MarkLooked writes beside an SQLite database what SetLooked writes into it.
func (s *Store) MarkLooked(at time.Time) error {
	if s.path == "" {
		return nil
	}
	return os.WriteFile(s.path+".looked", []byte(strconv.FormatInt(micros(at), 10)+"\n"), 0o600)
}

// MarkedLooked reads it; zero where there is none.
func (s *Store) MarkedLooked() (time.Time, error) {
	if s.path == "" {
		return time.Time{}, nil
	}
	text, err := os.ReadFile(s.path + ".looked")
	if errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, nil
	}
	n, bad := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if bad != nil { // half of it was written
		n = 0
	}
	return fromMicros(n), err
}
