package store

import (
	"context"
	"time"
)

// Limits are how much may be sent to something that all nodes together send to; 0:
// any number.
type Limits struct {
	Name      string // relay/main, domain/example.org
	PerSecond int    // evenly, never two at once
	PerHour   int    // within any 60 minutes
	PerDay    int    // of UTC
}

// Span is what a limit counts over.
type Span string

// The spans of Limits.
const (
	SpanSecond Span = "second"
	SpanHour   Span = "hour"
	SpanDay    Span = "day"
)

// A Lot is a number of messages that one node may send, the first at From, each
// next one Every later, and none after Until.
type Lot struct {
	Count int
	From  time.Time
	Every time.Duration
	Until time.Time

	// Where Count is 0: which limit is reached. There is more at Until.
	Reached Span

	minute, day int64 // where they are counted; 0: nowhere
}

const (
	lotFor = 10 * time.Second // how long a lot may be used
	// An hour's messages are counted by the minute. The last may have been sent a
	// while after it was counted, so that a minute's count until then, too.
	hourCounts = time.Hour + time.Minute + lotFor
	// farAhead is how far in the future messages may be counted: beyond that a clock
	// was wrong.
	farAhead = time.Hour
	// aheadMost is how far ahead of the time others may have taken what there is of a
	// second, before there is nothing to be had.
	aheadMost = 2 * time.Second
)

// TakeLot gives out up to want messages, fewer where the limits near, so that nodes
// share what is left. Back is what is left of an earlier lot and given back; nil:
// nothing. What was given out counts from then on, whatever becomes of the node.
func (s *Store) TakeLot(ctx context.Context, l Limits, want int, back *Lot) (lot Lot, err error) {
	err = s.Write(ctx, func(tx *Tx) error {
		lot, err = tx.takeLot(ctx, l, want, back)
		return err
	})
	return lot, err
}

func (tx *Tx) takeLot(ctx context.Context, l Limits, want int, back *Lot) (Lot, error) {
	// The one row of the second is locked by each who takes.
	var paced int64
	if err := tx.QueryRowContext(ctx, `INSERT INTO allowances (name, span, begins, taken) VALUES ($1, 'second', 0, 0)
		ON CONFLICT (name, span, begins) DO UPDATE SET taken = allowances.taken RETURNING taken`, l.Name).Scan(&paced); err != nil {
		return Lot{}, err
	}
	if back != nil {
		for span, begins := range map[Span]int64{SpanHour: back.minute, SpanDay: back.day} {
			if _, err := tx.exec(ctx, "UPDATE allowances SET taken = taken - $4 WHERE name = $1 AND span = $2 AND begins = $3 AND taken >= $4", l.Name, string(span), begins, back.Count); err != nil {
				return Lot{}, err
			}
		}
	}
	lot := Lot{Count: want, From: tx.Now, Until: tx.Now.Add(lotFor)}
	if l.PerDay > 0 {
		if err := tx.takeOfDay(ctx, l, &lot); err != nil || lot.Count == 0 {
			return lot, err
		}
	}
	if l.PerHour > 0 {
		if err := tx.takeOfHour(ctx, l, &lot); err != nil || lot.Count == 0 {
			return lot, err
		}
	}
	if l.PerSecond > 0 {
		if lot.pace(l.PerSecond, fromMicros(paced), tx.Now); lot.Count == 0 {
			return lot, nil
		}
		if _, err := tx.exec(ctx, "UPDATE allowances SET taken = $2 WHERE name = $1 AND span = 'second' AND begins = 0", l.Name, micros(lot.From.Add(time.Duration(lot.Count)*lot.Every))); err != nil {
			return lot, err
		}
	}
	for span, begins := range map[Span]int64{SpanHour: lot.minute, SpanDay: lot.day} {
		if err := tx.count(ctx, l.Name, span, begins, lot.Count); err != nil {
			return lot, err
		}
	}
	return lot, nil
}

// pace spreads a lot over the seconds behind what was given out up to an instant.
func (l *Lot) pace(perSecond int, up, now time.Time) {
	l.Every = (time.Second + time.Duration(perSecond) - 1) / time.Duration(perSecond)
	if l.From = now; up.After(now) && up.Sub(now) < farAhead {
		l.From = up
	}
	if l.From.Sub(now) > aheadMost {
		l.Count, l.Reached, l.Until = 0, SpanSecond, l.From.Add(-aheadMost/2)
		return
	}
	l.Count = min(l.Count, perSecond)
	if last := l.From.Add(time.Duration(l.Count)*l.Every + time.Second); last.Before(l.Until) {
		l.Until = last
	}
}

func (tx *Tx) takeOfDay(ctx context.Context, l Limits, lot *Lot) error {
	day := tx.Now.Truncate(24 * time.Hour)
	end := day.Add(24 * time.Hour)
	var taken int
	if err := tx.QueryRowContext(ctx, "SELECT CAST(COALESCE(SUM(taken), 0) AS BIGINT) FROM allowances WHERE name = $1 AND span = 'day' AND begins = $2", l.Name, micros(day)).Scan(&taken); err != nil {
		return err
	}
	if lot.Until.After(end) {
		lot.Until = end
	}
	lot.day = micros(day)
	lot.share(l.PerDay-taken, SpanDay, end)
	if taken > 0 {
		return nil
	}
	_, err := tx.exec(ctx, "DELETE FROM allowances WHERE name = $1 AND span = 'day' AND begins < $2", l.Name, micros(day))
	return err
}

func (tx *Tx) takeOfHour(ctx context.Context, l Limits, lot *Lot) error {
	if _, err := tx.exec(ctx, "DELETE FROM allowances WHERE name = $1 AND span = 'hour' AND (begins <= $2 OR begins > $3)",
		l.Name, micros(tx.Now.Add(-hourCounts)), micros(tx.Now.Add(farAhead))); err != nil {
		return err
	}
	var taken int
	var first int64
	if err := tx.QueryRowContext(ctx, "SELECT CAST(COALESCE(SUM(taken), 0) AS BIGINT), COALESCE(MIN(begins), 0) FROM allowances WHERE name = $1 AND span = 'hour' AND taken > 0", l.Name).Scan(&taken, &first); err != nil {
		return err
	}
	lot.minute = micros(tx.Now.Truncate(time.Minute))
	lot.share(l.PerHour-taken, SpanHour, fromMicros(first).Add(hourCounts))
	return nil
}

// share takes no more than a tenth of what is left, but one; where nothing is,
// there is more at an instant.
func (l *Lot) share(left int, of Span, more time.Time) {
	if left <= 0 {
		l.Count, l.Reached, l.Until = 0, of, more
		return
	}
	l.Count = min(l.Count, max(1, left/10))
}

// count adds to what was given out in a span, where that is counted.
func (tx *Tx) count(ctx context.Context, name string, span Span, begins int64, n int) error {
	if begins == 0 {
		return nil
	}
	_, err := tx.exec(ctx, `INSERT INTO allowances (name, span, begins, taken) VALUES ($1, $2, $3, $4)
		ON CONFLICT (name, span, begins) DO UPDATE SET taken = allowances.taken + excluded.taken`, name, string(span), begins, n)
	return err
}
