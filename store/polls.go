package store

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"math/rand/v2"
	"slices"
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
	pollsKept   = 7 * 24 * time.Hour
	pollsMost   = 20_000 // of all feeds
	pollsAFeed  = 100
	pollsSwap   = 10   // of a full feed, new ones that take others' places at once
	pollsAtOnce = 1000 // that are written
)

// PutPolls keeps when programs last asked for feeds, and what they said of their
// readers then, and forgets what is older than a week. Anybody can make names up: of
// more than a thousand at once, those that are known come first, and the rest is left.
// Where a feed, or all together, have as many programs as are kept, a new one takes the
// place of the one that has been unseen for longest, of those that say for how many they
// read only where there are no others; and only some do at once, so that those stay who
// were seen of late.
func (tx *Tx) PutPolls(ctx context.Context, polls []Poll) error {
	if _, err := tx.exec(ctx, "DELETE FROM feed_polls WHERE at < $1", micros(tx.Now.Add(-pollsKept))); err != nil {
		return err
	}
	polls, err := tx.somePolls(ctx, polls)
	if err != nil {
		return err
	}
	fresh := map[string][]Poll{} // by feed
	for _, p := range inOrder(polls) {
		n, err := tx.exec(ctx, "UPDATE feed_polls SET readers = CASE WHEN at <= $1 THEN $2 ELSE readers END, at = CASE WHEN at <= $1 THEN $1 ELSE at END WHERE feed = $3 AND program = $4",
			micros(p.At), p.Readers, p.Feed, p.Program)
		if err != nil {
			return err
		}
		if n == 0 {
			fresh[p.Feed] = append(fresh[p.Feed], p)
		}
	}
	var list []Poll
	for _, feed := range slices.Sorted(maps.Keys(fresh)) {
		some := fresh[feed]
		room, err := tx.roomForPolls(ctx, len(some), pollsAFeed, pollsSwap, "feed = $1", feed)
		if err != nil {
			return err
		}
		rand.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] }) // no name goes before another
		slices.SortStableFunc(some, func(a, b Poll) int { return cmp.Compare(min(b.Readers, 1), min(a.Readers, 1)) })
		list = append(list, some[:room]...)
	}
	room, err := tx.roomForPolls(ctx, len(list), pollsMost, pollsAtOnce, "'' = $1", "")
	if err != nil {
		return err
	}
	for _, p := range inOrder(list[:room]) {
		if _, err := tx.exec(ctx, "INSERT INTO feed_polls (feed, program, readers, at) VALUES ($1, $2, $3, $4) ON CONFLICT (feed, program) DO NOTHING", p.Feed, p.Program, p.Readers, micros(p.At)); err != nil {
			return err
		}
	}
	return nil
}

// somePolls are as many of polls as are written at once, those that are known first.
func (tx *Tx) somePolls(ctx context.Context, polls []Poll) ([]Poll, error) {
	if len(polls) <= pollsAtOnce {
		return polls, nil
	}
	known, err := collect(ctx, tx, scanPair, "SELECT feed, program FROM feed_polls")
	if err != nil {
		return nil, err
	}
	is := map[[2]string]bool{}
	for _, row := range known {
		is[row] = true
	}
	var first, rest []Poll
	for _, p := range polls {
		if is[[2]string{p.Feed, p.Program}] {
			first = append(first, p)
		} else {
			rest = append(rest, p)
		}
	}
	rand.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	return append(first, rest...)[:pollsAtOnce], nil
}

// inOrder has polls in the one order in which all nodes write, so that no two wait for
// each other.
func inOrder(polls []Poll) []Poll {
	return slices.SortedFunc(slices.Values(polls), func(a, b Poll) int {
		return cmp.Or(cmp.Compare(a.Feed, b.Feed), cmp.Compare(a.Program, b.Program))
	})
}

// roomForPolls tells for how many of some polls there is room where there are to be at
// most so many; where there is none it makes some, by the places of at most swap others.
func (tx *Tx) roomForPolls(ctx context.Context, some, most, swap int, where, value string) (int, error) {
	var have int
	if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM feed_polls WHERE "+where, value).Scan(&have); err != nil {
		return 0, err
	}
	if have < most {
		return min(some, most-have), nil
	}
	gone, err := tx.exec(ctx, "DELETE FROM feed_polls WHERE (feed, program) IN (SELECT feed, program FROM feed_polls WHERE "+where+" ORDER BY CASE WHEN readers = 0 THEN 0 ELSE 1 END, at, feed, program LIMIT $2)",
		value, min(some, swap))
	return int(gone), err
}

// Polls lists the last poll of each feed by each program within a week, by feed: of
// some feeds only where a part of their address is given. Those that say for how many
// they read come first.
func (s *Store) Polls(ctx context.Context, part string, limit int) ([]Poll, error) {
	return collect(ctx, s.readers, scanPoll, `SELECT feed, program, readers, at FROM feed_polls WHERE at >= $1 AND feed LIKE $2 ESCAPE '\' ORDER BY feed, readers DESC, at DESC, program LIMIT $3`,
		micros(s.Now().Add(-pollsKept)), within(part), limit)
}

// PollsOf lists the last polls of some feeds as Polls does.
func (s *Store) PollsOf(ctx context.Context, feeds []string) (list []Poll, err error) {
	for some := range slices.Chunk(feeds, batch) {
		found, err := collect(ctx, s.readers, scanPoll, "SELECT feed, program, readers, at FROM feed_polls WHERE at >= $1 AND feed IN ("+in(len(some), 2)+") ORDER BY feed, readers DESC, at DESC, program",
			append([]any{micros(s.Now().Add(-pollsKept))}, anys(some)...)...)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}

func scanPoll(rows *sql.Rows) (p Poll, err error) {
	var at int64
	err = rows.Scan(&p.Feed, &p.Program, &p.Readers, &at)
	p.At = fromMicros(at)
	return p, err
}
