package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"postrider/magazine"
)

const (
	// Alive is how long a node's heartbeat counts.
	Alive = 15 * time.Second
	// tooFar is by how much another node's clock may be ahead of ours. What lies
	// further in the future is no sign of life: it may have been written by a clock
	// that was wrong, of a node that is dead.
	tooFar = time.Minute
)

// Lock makes this process the one that works on an SQLite database, by a lock
// that ends with the process. On PostgreSQL any number may work, and it does
// nothing. Unavailable: another process holds it.
func (s *Store) Lock(ctx context.Context) (unlock func(), err error) {
	if s.dialect.name != "sqlite" {
		return func() {}, nil
	}
	l := flock.New(s.path+".lock", flock.SetPermissions(0o600))
	// Another command may hold it for the instant in which it looks.
	wait, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	got, err := l.TryLockContext(wait, 20*time.Millisecond)
	if got {
		return func() { l.Unlock() }, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil && wait.Err() == nil {
		return nil, magazine.Errorf(magazine.Unavailable, "cannot lock %s.lock: %w", s.path, err)
	}
	return nil, magazine.Errorf(magazine.Unavailable, "another postrider already works on %s; stop it first, or give this one a database of its own (PostgreSQL takes several)", s.path)
}

// Worked tells whether a daemon works on this database now.
func (s *Store) Worked(ctx context.Context) (bool, error) {
	if s.dialect.name == "sqlite" {
		l := flock.New(s.path+".lock", flock.SetPermissions(0o600))
		got, err := l.TryLock()
		if got {
			l.Unlock()
		}
		return !got, err
	}
	var n int
	err := s.readers.QueryRowContext(ctx, "SELECT COUNT(*) FROM nodes WHERE heartbeat > $1 AND heartbeat <= $2", micros(s.Now().Add(-Alive)), micros(s.Now().Add(tooFar))).Scan(&n)
	return n > 0, err
}

// Beat records that a node is alive.
func (tx *Tx) Beat(ctx context.Context, node string) error {
	_, err := tx.exec(ctx, "INSERT INTO nodes (id, started, heartbeat) VALUES ($1, $2, $2) ON CONFLICT (id) DO UPDATE SET heartbeat = excluded.heartbeat", node, micros(tx.Now))
	return err
}

// LiveNodes counts the nodes that are alive. On SQLite there is one at most, and
// whether there is does not matter.
func (tx *Tx) LiveNodes(ctx context.Context) (n int, err error) {
	return tx.s.liveNodes(ctx, tx, tx.Now)
}

func (s *Store) liveNodes(ctx context.Context, q querier, now time.Time) (n int, err error) {
	if s.dialect.name == "sqlite" {
		return 1, nil
	}
	live, err := collect(ctx, q, scanText, "SELECT id FROM nodes WHERE heartbeat > $1 AND heartbeat <= $2", micros(now.Add(-Alive)), micros(now.Add(tooFar)))
	return len(live), err
}

// OthersAlive tells that a node other than this one is alive. On SQLite there is
// none.
func (tx *Tx) OthersAlive(ctx context.Context, node string) (others bool, err error) {
	if tx.s.dialect.name == "sqlite" {
		return false, nil
	}
	err = tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM nodes WHERE id <> $1 AND heartbeat > $2)", node, micros(tx.Now.Add(-Alive))).Scan(&others)
	return others, err
}

// A Heart is a node with its heartbeat.
type Heart struct {
	Node string
	Beat time.Time
}

// HeartsAhead lists the other nodes whose heartbeat lies so far in the future that
// it does not tell whether they are alive. It does so once it moves.
func (s *Store) HeartsAhead(ctx context.Context, node string) ([]Heart, error) {
	if s.dialect.name == "sqlite" {
		return nil, nil
	}
	return collect(ctx, s.readers, func(rows *sql.Rows) (h Heart, err error) {
		var beat int64
		err = rows.Scan(&h.Node, &beat)
		h.Beat = fromMicros(beat)
		return h, err
	}, "SELECT id, heartbeat FROM nodes WHERE id <> $1 AND heartbeat > $2", node, micros(s.Now().Add(tooFar)))
}

// ForgetHeart forgets a node whose heartbeat is still this one, and frees what it
// held: it is dead, and what it wrote down of instants to come would keep the
// others from that until then.
func (tx *Tx) ForgetHeart(ctx context.Context, h Heart) error {
	n, err := tx.exec(ctx, "DELETE FROM nodes WHERE id = $1 AND heartbeat = $2", h.Node, micros(h.Beat))
	if err != nil || n == 0 {
		return err
	}
	return tx.freeNode(ctx, h.Node)
}

// helps stands in the name of a process that works in the place of a node, before
// the name of its session.
const helps = "-send-"

// Helper names this process as one that works in the place of a node. A node of that
// name that starts beside it leaves it its work while it lives.
func (s *Store) Helper(node string) string { return node + helps + s.session }

// FreeHelpers frees what those held that worked in the place of a node and have died:
// PostgreSQL has no connection of theirs. Nobody else would come back under their
// names, and their leases would have to run out.
func (tx *Tx) FreeHelpers(ctx context.Context, node string) error {
	if tx.s.dialect.name == "sqlite" {
		return nil
	}
	node, _, _ = strings.Cut(node, helps)
	all, err := collect(ctx, tx, scanText, "SELECT id FROM nodes WHERE starts_with(id, $1)", node+helps)
	if err != nil {
		return err
	}
	for _, helper := range all {
		var lives bool
		_, session, _ := strings.Cut(helper, helps)
		if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND right(application_name, length($1) + 1) = ' ' || $1)", session).Scan(&lives); err != nil {
			return err
		}
		if lives {
			continue
		}
		if err := tx.Leave(ctx, helper); err != nil {
			return err
		}
		if err := tx.freeNode(ctx, helper); err != nil {
			return err
		}
	}
	return nil
}

// FreeDead frees the jobs of nodes that are no longer alive, and forgets those
// nodes. River would leave such jobs running for ever, for ours have no timeout.
// On SQLite there is one node only, and TakeOver has freed all.
func (tx *Tx) FreeDead(ctx context.Context) error {
	if tx.s.dialect.name == "sqlite" {
		return nil
	}
	dead := micros(tx.Now.Add(-Alive))
	if _, err := tx.exec(ctx, `UPDATE river_job SET state = 'available' WHERE state = 'running' AND attempted_at < now() - interval '15 seconds'
		AND NOT EXISTS (SELECT 1 FROM nodes n WHERE n.id = attempted_by[array_length(attempted_by, 1)] AND n.heartbeat >= $1)`, dead); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "DELETE FROM nodes WHERE heartbeat < $1", dead)
	return err
}

// FreeLost frees the jobs that a node is said to run, and does not: it took them, and
// did not hear that it had, for its connection broke.
func (tx *Tx) FreeLost(ctx context.Context, node string, runs func(job int64) bool) error {
	if tx.s.dialect.name == "sqlite" { // has no connection that could break
		return nil
	}
	said, err := collect(ctx, tx, func(rows *sql.Rows) (id int64, err error) { return id, rows.Scan(&id) },
		"SELECT id FROM river_job WHERE state = 'running' AND attempted_at < now() - interval '1 minute' AND attempted_by[array_length(attempted_by, 1)] = $1", node)
	if err != nil {
		return err
	}
	for _, id := range said {
		if runs(id) {
			continue
		}
		if _, err := tx.exec(ctx, "UPDATE river_job SET state = 'available' WHERE id = $1 AND state = 'running'", id); err != nil {
			return err
		}
	}
	return nil
}

// JobWaits tells whether a queue has a job of a kind that no worker has taken yet.
func (s *Store) JobWaits(ctx context.Context, queue, kind string) (waits bool, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM river_job WHERE state = 'available' AND queue = $1 AND kind = $2)", queue, kind).Scan(&waits)
	return waits, err
}

// OthersWait tells whether a queue has a job that no worker has taken yet, other
// than those of a kind for an edition.
func (s *Store) OthersWait(ctx context.Context, queue, kind, edition string) (wait bool, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM river_job WHERE state = 'available' AND queue = $1 AND (kind <> $2 OR COALESCE(args ->> 'edition', '') <> $3))", queue, kind, edition).Scan(&wait)
	return wait, err
}

// Leave forgets a node that ends in order.
func (tx *Tx) Leave(ctx context.Context, node string) error {
	_, err := tx.exec(ctx, "DELETE FROM nodes WHERE id = $1", node)
	return err
}

// TakeOver frees, before a node starts, what a killed one left: on SQLite,
// under the lock, everything; on PostgreSQL what this node's own id left, and
// commands that worked in its place.
// River has no call for it.
func (s *Store) TakeOver(ctx context.Context, node string) error {
	return s.Write(ctx, func(tx *Tx) error {
		if s.dialect.name != "sqlite" {
			// What rests until a relay takes mail again is tried anew: its limits may be
			// others by now.
			if _, err := tx.exec(ctx, "UPDATE edition_ranges SET lease = 0 WHERE state = 'open' AND owner = '' AND fence > 0"); err != nil {
				return err
			}
			if err := tx.freeNode(ctx, node); err != nil {
				return err
			}
			if strings.Contains(node, helps) { // before it takes anything
				if err := tx.Beat(ctx, node); err != nil {
					return err
				}
			}
			return tx.FreeHelpers(ctx, node)
		}
		for _, query := range []string{
			"UPDATE edition_ranges SET owner = '', lease = 0 WHERE state = 'open'",
			"UPDATE deliveries SET owner = '', lease = 0 WHERE state = 'deferred' AND owner <> ''",
			"UPDATE river_job SET state = 'available' WHERE state = 'running'",
			"DELETE FROM river_leader",
			"DELETE FROM nodes",
		} {
			if _, err := tx.exec(ctx, query); err != nil {
				return err
			}
		}
		return tx.takeRelaysDown(ctx, node)
	})
}

// freeNode frees, on PostgreSQL, what a node held.
func (tx *Tx) freeNode(ctx context.Context, node string) error {
	for _, query := range []string{
		"UPDATE edition_ranges SET owner = '', lease = 0 WHERE state = 'open' AND starts_with(owner, $1 || '/')",
		"UPDATE deliveries SET owner = '', lease = 0 WHERE state = 'deferred' AND starts_with(owner, $1 || '/')",
		"UPDATE river_job SET state = 'available' WHERE state = 'running' AND attempted_by[array_length(attempted_by, 1)] = $1",
		"DELETE FROM river_leader WHERE leader_id = $1",
	} {
		if _, err := tx.exec(ctx, query, node); err != nil {
			return err
		}
	}
	return nil
}
