package store

import (
	"context"
	"database/sql"
	"time"

	"postrider/magazine"
)

// An Act is what a person did: to a schedule, an edition or somebody. The database
// lets nobody change or delete one.
type Act struct {
	At                            time.Time
	Who, What                     string // What: skip, unskip, run, pause, resume; approve, release, drop, cancel, correct, note; test; user, link, address, suppress, lift, erase, add, feeds; import, stop import, undo import, export; publish, order, merge, part
	Newsletter, Schedule, Edition string // empty: all, or none
	Subscriber                    string // id of whom it is about; empty: nobody
	Whom                          string // the address of Subscriber, as it is now; empty: they are gone. It is not kept with the act, which stays for ever
	Detail                        string // in plain words
}

const (
	actFields  = "at, who, what, newsletter, schedule, edition_id, subscriber_id, detail"
	actColumns = actFields + ", COALESCE((SELECT p.email FROM subscribers p WHERE p.id = acts.subscriber_id), '')"
)

// PutAct keeps what a person did.
func (tx *Tx) PutAct(ctx context.Context, a Act) error {
	_, err := tx.exec(ctx, "INSERT INTO acts (id, "+actFields+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		magazine.NewIDAt(tx.Now), micros(tx.Now), a.Who, a.What, a.Newsletter, a.Schedule, a.Edition, a.Subscriber, a.Detail)
	return err
}

func scanAct(rows *sql.Rows) (a Act, err error) {
	var at int64
	err = rows.Scan(&at, &a.Who, &a.What, &a.Newsletter, &a.Schedule, &a.Edition, &a.Subscriber, &a.Detail, &a.Whom)
	a.At = fromMicros(at)
	return a, err
}

// Acts lists what was done to a newsletter's schedules and editions, newest
// first; to all where it is empty.
func (s *Store) Acts(ctx context.Context, newsletter string, limit int) ([]Act, error) {
	return collect(ctx, s.readers, scanAct, "SELECT "+actColumns+` FROM acts
		WHERE subscriber_id = '' AND ($1 = '' OR newsletter = $1 OR newsletter = '') ORDER BY at DESC, id LIMIT $2`, newsletter, limit)
}

// ScheduleActs lists what was done to one schedule, or to all of them, newest first.
func (s *Store) ScheduleActs(ctx context.Context, newsletter, schedule string, limit int) ([]Act, error) {
	return collect(ctx, s.readers, scanAct, "SELECT "+actColumns+` FROM acts
		WHERE subscriber_id = '' AND (newsletter = $1 OR newsletter = '') AND (schedule = $2 OR schedule = '' AND edition_id = '') ORDER BY at DESC, id LIMIT $3`, newsletter, schedule, limit)
}

// LastActs lists what was done of any kind up to an instant, newest first.
func (s *Store) LastActs(ctx context.Context, until time.Time, limit int) ([]Act, error) {
	return collect(ctx, s.readers, scanAct, "SELECT "+actColumns+" FROM acts WHERE at <= $1 ORDER BY at DESC, id LIMIT $2", micros(until), limit)
}

// EditionActs lists what was done to an edition, oldest first.
func (s *Store) EditionActs(ctx context.Context, edition string) ([]Act, error) {
	return collect(ctx, s.readers, scanAct, "SELECT "+actColumns+" FROM acts WHERE edition_id = $1 ORDER BY at, id", edition)
}

// SubscriberActs lists what was done that is about a person, oldest first.
func (s *Store) SubscriberActs(ctx context.Context, subscriber string) ([]Act, error) {
	return collect(ctx, s.readers, scanAct, "SELECT "+actColumns+" FROM acts WHERE subscriber_id <> '' AND subscriber_id = $1 ORDER BY at, id", subscriber)
}

// EachAct calls f for all that was done from an instant on, oldest first.
func (s *Store) EachAct(ctx context.Context, from time.Time, f func(Act) error) error {
	rows, err := s.readers.QueryContext(ctx, "SELECT "+actColumns+" FROM acts WHERE at >= $1 ORDER BY at, id", micros(from))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		a, err := scanAct(rows)
		if err == nil {
			err = f(a)
		}
		if err != nil {
			return err
		}
	}
	return rows.Err()
}
