package store

import (
	"context"
	"database/sql"
	"time"
)

// A Poll is the last time that a program asked for a feed.
type Poll struct {
	Feed    string // its address below the site
	Program string // as it names itself
	Readers int64  // for so many it reads, as it says itself; 0: it does not say
	At      time.Time
}

const (
	pollsKept  = 7 * 24 * time.Hour
	pollsMost  = 20_000 // of all feeds
	pollsAFeed = 100
)

// PutPolls keeps when programs last asked for feeds, and what they said of their
// readers then, and forgets what is older than a week. Anybody can make names up: where
// a feed, or all together, have as many programs as are kept, others are not.
func (tx *Tx) PutPolls(ctx context.Context, polls []Poll) error {
	if _, err := tx.exec(ctx, "DELETE FROM feed_polls WHERE at < $1", micros(tx.Now.Add(-pollsKept))); err != nil {
		return err
	}
	var all int
	if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM feed_polls").Scan(&all); err != nil {
		return err
	}
	for _, p := range polls {
		n, err := tx.exec(ctx, "UPDATE feed_polls SET readers = CASE WHEN at <= $1 THEN $2 ELSE readers END, at = CASE WHEN at <= $1 THEN $1 ELSE at END WHERE feed = $3 AND program = $4",
			micros(p.At), p.Readers, p.Feed, p.Program)
		if err != nil {
			return err
		}
		if n > 0 || all >= pollsMost {
			continue
		}
		n, err = tx.exec(ctx, "INSERT INTO feed_polls (feed, program, readers, at) SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS BIGINT) WHERE (SELECT COUNT(*) FROM feed_polls WHERE feed = $1) < $5 ON CONFLICT (feed, program) DO NOTHING",
			p.Feed, p.Program, p.Readers, micros(p.At), pollsAFeed)
		if err != nil {
			return err
		}
		all += int(n)
	}
	return nil
}

// Polls lists the last poll of each feed by each program within a week, by feed: of
// some feeds only where a part of their address is given. Those that say for how many
// they read come first.
func (s *Store) Polls(ctx context.Context, part string, limit int) ([]Poll, error) {
	return collect(ctx, s.readers, func(rows *sql.Rows) (p Poll, err error) {
		var at int64
		err = rows.Scan(&p.Feed, &p.Program, &p.Readers, &at)
		p.At = fromMicros(at)
		return p, err
	}, `SELECT feed, program, readers, at FROM feed_polls WHERE at >= $1 AND feed LIKE $2 ESCAPE '\' ORDER BY feed, readers DESC, at DESC, program LIMIT $3`,
		micros(s.Now().Add(-pollsKept)), within(part), limit)
}
