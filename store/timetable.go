package store

import (
	"context"
	"database/sql"
	"time"

	"postrider/magazine"
)

// Timetable is what was written about schedules at the desk, beside what the
// configuration says.
type Timetable struct {
	Version   int64          // grows with every change; 0: there was none
	Schedules []DeskSchedule // in the order in which they were made
	Blackouts []Blackout     // likewise
}

// DeskSchedule is a schedule as it was written at the desk.
type DeskSchedule struct {
	Newsletter, Name string
	Title            string // for readers
	Every, Cron      string // one of the two, as in the configuration
	Timezone         string
	Local            bool      // its times are those of each reader's own zone
	Version          int64     // the timetable's when it was last changed; 0: it is new
	Made             time.Time // set by PutDeskSchedule
}

// Blackout is a span of dates on which nothing goes out, as it was written at the desk.
type Blackout struct {
	ID                   string
	Newsletter, Schedule string // of which: empty for all
	From, To             string // as in the configuration; To may be empty
	Then                 string // drop or move
	Title                string
	Made                 time.Time // set by PutBlackout
}

// TimetableVersion is the version of the timetable.
func (s *Store) TimetableVersion(ctx context.Context) (version int64, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT version FROM timetable").Scan(&version)
	return version, err
}

// TimetableVersion is that of Store, which stays until the end of the transaction.
func (tx *Tx) TimetableVersion(ctx context.Context) (version int64, err error) {
	err = tx.QueryRowContext(ctx, "SELECT version FROM timetable"+tx.s.dialect.forShare).Scan(&version)
	return version, err
}

// LockTimetable is TimetableVersion for who is to change it: all others wait.
func (tx *Tx) LockTimetable(ctx context.Context) (version int64, err error) {
	err = tx.QueryRowContext(ctx, "SELECT version FROM timetable"+tx.s.dialect.forUpdate).Scan(&version)
	return version, err
}

// Timetable reads all of it. Where it changes meanwhile, it has the version from
// before.
func (s *Store) Timetable(ctx context.Context) (t Timetable, err error) {
	if t.Version, err = s.TimetableVersion(ctx); err != nil {
		return t, err
	}
	if t.Schedules, err = collect(ctx, s.readers, scanDeskSchedule, "SELECT newsletter, name, title, every, cron, timezone, local, version, made FROM desk_schedules ORDER BY made, newsletter, name"); err != nil {
		return t, err
	}
	t.Blackouts, err = collect(ctx, s.readers, scanBlackout, "SELECT id, newsletter, schedule, first_date, last_date, outcome, title, made FROM blackouts ORDER BY made, id")
	return t, err
}

func scanDeskSchedule(rows *sql.Rows) (w DeskSchedule, err error) {
	var local, made int64
	err = rows.Scan(&w.Newsletter, &w.Name, &w.Title, &w.Every, &w.Cron, &w.Timezone, &local, &w.Version, &made)
	w.Local, w.Made = local != 0, fromMicros(made)
	return w, err
}

func scanBlackout(rows *sql.Rows) (b Blackout, err error) {
	var made int64
	err = rows.Scan(&b.ID, &b.Newsletter, &b.Schedule, &b.From, &b.To, &b.Then, &b.Title, &made)
	b.Made = fromMicros(made)
	return b, err
}

// grow gives the timetable its next version, and returns it.
func (tx *Tx) grow(ctx context.Context) (version int64, err error) {
	err = tx.QueryRowContext(ctx, "UPDATE timetable SET version = version + 1 RETURNING version").Scan(&version)
	return version, err
}

// PutDeskSchedule keeps a schedule, in place of the one of its newsletter and name.
func (tx *Tx) PutDeskSchedule(ctx context.Context, w DeskSchedule) error {
	version, err := tx.grow(ctx)
	if err != nil {
		return err
	}
	local := 0
	if w.Local {
		local = 1
	}
	_, err = tx.exec(ctx, `INSERT INTO desk_schedules (newsletter, name, title, every, cron, timezone, local, version, made) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (newsletter, name) DO UPDATE SET title = excluded.title, every = excluded.every, cron = excluded.cron, timezone = excluded.timezone, local = excluded.local, version = excluded.version`,
		w.Newsletter, w.Name, w.Title, w.Every, w.Cron, w.Timezone, local, version, micros(tx.Now))
	return err
}

// RemoveDeskSchedule forgets a schedule. What was recorded of its occurrences stays.
func (tx *Tx) RemoveDeskSchedule(ctx context.Context, newsletter, name string) error {
	if _, err := tx.grow(ctx); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "DELETE FROM desk_schedules WHERE newsletter = $1 AND name = $2", newsletter, name)
	return err
}

// PutBlackout keeps a blackout, and gives it its id.
func (tx *Tx) PutBlackout(ctx context.Context, b Blackout) error {
	if _, err := tx.grow(ctx); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "INSERT INTO blackouts (id, newsletter, schedule, first_date, last_date, outcome, title, made) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		magazine.NewIDAt(tx.Now), b.Newsletter, b.Schedule, b.From, b.To, b.Then, b.Title, micros(tx.Now))
	return err
}

// RemoveBlackout forgets a blackout.
func (tx *Tx) RemoveBlackout(ctx context.Context, id string) error {
	if _, err := tx.grow(ctx); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "DELETE FROM blackouts WHERE id = $1", id)
	return err
}

// Words say what it is, in English: "Eid, 1 Shawwal to 3 Shawwal: moved".
func (b *Blackout) Words() string {
	words := b.From
	if b.To != "" && b.To != b.From {
		words += " to " + b.To
	}
	if b.Title != "" {
		words = b.Title + ", " + words
	}
	if b.Then == "move" {
		return words + ": moved"
	}
	return words + ": dropped"
}
