package store

import "context"

// A pass over a source of articles has a number, higher than those of all
// passes that began before it. What it brings carries the number and does not
// appear before the pass ends.

// portion is how many articles one transaction at the end of a pass lets
// appear: in between, others may write.
const portion = 10000

// BeginPass takes the number of a new pass.
func (s *Store) BeginPass(ctx context.Context) (pass int64, err error) {
	err = s.Write(ctx, func(tx *Tx) error {
		return tx.QueryRowContext(ctx, "UPDATE counters SET value = value + 1 WHERE name = 'pass' RETURNING value").Scan(&pass)
	})
	return pass, err
}

// EndPass lets what a pass over a source has brought become visible, the
// earliest dates first, and tells how many articles that changed. What passes
// over the source left behind that began before this one comes with it: they
// died, or this one has found all that they have found. What one brings that
// began later waits for its own end. Where EndPass is cut short, what it had
// not come to waits for the end of the next pass.
func (s *Store) EndPass(ctx context.Context, source string, pass int64) (changed int64, err error) {
	return s.endPasses(ctx, source, 1, pass)
}

// EndOnly is EndPass for what the pass itself has brought. One that has not gone
// over the whole source does not know what those that began before it have still
// to find: they may be going on.
func (s *Store) EndOnly(ctx context.Context, source string, pass int64) (changed int64, err error) {
	return s.endPasses(ctx, source, pass, pass)
}

func (s *Store) endPasses(ctx context.Context, source string, first, last int64) (changed int64, err error) {
	for more := true; more; {
		var n int64
		if n, more, err = s.endPortion(ctx, source, first, last); err != nil {
			return changed, err
		}
		changed += n
	}
	return changed, nil
}

// endPortion ends passes for some of their articles, and tells whether there may
// be more.
func (s *Store) endPortion(ctx context.Context, source string, first, last int64) (changed int64, more bool, err error) {
	err = s.Write(ctx, func(tx *Tx) error {
		if err := tx.serial(ctx); err != nil {
			return err
		}
		ended, err := collect(ctx, tx, scanWaits, "SELECT "+waitsColumns+" FROM articles WHERE pass > 0 AND source = $1 AND pass >= $2 AND pass <= $3 ORDER BY published, slug LIMIT $4", source, first, last, portion)
		if err != nil {
			return err
		}
		more = len(ended) == portion
		changed, err = tx.publish(ctx, ended)
		return err
	})
	return changed, more, err
}
