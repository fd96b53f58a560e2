package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"postrider/magazine"
)

// A Step is how far the work on a range came, and what became of people up to
// there.
type Step struct {
	Range      *Range
	Next       string // the place that is saved: everybody up to here is done; empty: none is
	Nothing    int    // of those since the place that was saved last, who had nothing new; only with a Next
	Newsletter string // of the deliveries
	Deliveries []magazine.Delivery
}

// Advance saves steps of several ranges, of each any number, but only one with a Next.
// Of a range that another has taken the fault is Fenced, and nothing is saved; that of
// the others is nil. Who had nothing new is not counted again where a step was saved
// already.
//
// However many steps there are, it takes two statements, three where places are
// saved: conversations that end at the same time share one commit. A place need not
// be saved with each delivery, for whoever goes on at an earlier one finds those
// deliveries; to write a second row for each halves what PostgreSQL can do. The
// leases stay as they are for the same reason: RenewRange.
func (tx *Tx) Advance(ctx context.Context, steps ...Step) (faults []error, err error) {
	var ranges []*Range
	var placed []Step
	for _, s := range steps {
		if s.Next != "" {
			placed = append(placed, s)
		}
		if !slices.Contains(ranges, s.Range) {
			ranges = append(ranges, s.Range)
		}
	}
	fenced, err := tx.fenced(ctx, ranges)
	if err == nil && len(placed) > 0 { // of the others it changes nothing
		err = tx.savePlaces(ctx, placed)
	}
	if err != nil {
		return nil, err
	}
	faults = make([]error, len(steps))
	var many []delivered
	for i, s := range steps {
		if slices.Contains(fenced, s.Range) {
			faults[i] = errFenced
			continue
		}
		for _, d := range s.Deliveries {
			many = append(many, delivered{d, s.Newsletter})
		}
	}
	return faults, tx.putDeliveries(ctx, many)
}

// AdvanceAtOnce saves steps as Advance does, in one statement that is a transaction of
// its own: so most are saved, and PostgreSQL is asked once in place of four times. It
// tells whether all are on disk. Else Advance is to follow, whatever stood in the way:
// a Next, a range that another has taken, a delivery that was there already, a fault.
func (s *Store) AdvanceAtOnce(ctx context.Context, steps ...Step) bool {
	var ranges []*Range
	var many []delivered
	for _, step := range steps {
		if step.Next != "" {
			return false
		}
		if !slices.Contains(ranges, step.Range) {
			ranges = append(ranges, step.Range)
		}
		for _, d := range step.Deliveries {
			many = append(many, delivered{d, step.Newsletter})
		}
	}
	if len(many) == 0 || len(many) > rowsAtOnce {
		return false
	}
	text := kept(textOf{s.dialect.name, len(many), len(ranges)}, func() string { return s.advance(len(many), len(ranges)) })
	args := make([]any, 0, 4*len(ranges)+1+columnsOfDelivery*len(many))
	for _, r := range ranges {
		args = append(args, r.Edition, r.Last, r.Owner, r.Fence)
	}
	done, err := s.writer.ExecContext(ctx, text, clean(append(deliveryArgs(args, s.Now(), many), len(ranges)))...)
	if err != nil {
		return false
	}
	n, err := done.RowsAffected()
	return err == nil && n == int64(len(many))
}

// advance inserts deliveries if all ranges are still their owners'.
func (s *Store) advance(rows, ranges int) string {
	first := 4*ranges + 1
	values := make([]string, rows)
	for i := range values {
		values[i] = "(" + in(columnsOfDelivery, first+i*columnsOfDelivery) + ")"
	}
	values[0] = "("
	for i, column := range strings.Split(deliveryColumns+", newsletter", ", ") {
		kind := "TEXT"
		if slices.Contains([]string{"code", "attempts", "asides", "at", "next_at"}, column) {
			kind = "BIGINT"
		}
		values[0] += fmt.Sprintf("CAST($%d AS %s), ", first+i, kind) // PostgreSQL takes what it knows nothing of for text
	}
	values[0] = strings.TrimSuffix(values[0], ", ") + ")"
	return "WITH held AS (" + s.held(ranges) + `), come (enough) AS (SELECT COUNT(*) FROM held)
		INSERT INTO deliveries (` + deliveryColumns + `, newsletter) SELECT v.* FROM come, (VALUES ` + strings.Join(values, ", ") + fmt.Sprintf(") v WHERE come.enough = CAST($%d AS BIGINT)", first+columnsOfDelivery*rows) + overDelivery
}

// fenced locks some ranges, so that nobody takes them before this ends, and lists those
// that are no longer their owners'.
func (tx *Tx) fenced(ctx context.Context, ranges []*Range) (lost []*Range, err error) {
	var args []any
	for _, r := range ranges {
		args = append(args, r.Edition, r.Last, r.Owner, r.Fence)
	}
	held, err := collect(ctx, tx, func(rows *sql.Rows) (r Range, err error) {
		err = rows.Scan(&r.Edition, &r.Last, &r.Owner, &r.Fence)
		return r, err
	}, tx.s.held(len(ranges)), args...)
	if err != nil || len(held) == len(ranges) { // as a rule
		return nil, err
	}
	for _, r := range ranges {
		if !slices.ContainsFunc(held, func(h Range) bool {
			return h.Edition == r.Edition && h.Last == r.Last && h.Owner == r.Owner && h.Fence == r.Fence
		}) {
			lost = append(lost, r)
		}
	}
	return lost, nil
}

// held lists and locks those of so many ranges that are still their owners', with four
// parameters for each.
func (s *Store) held(ranges int) string {
	theirs := make([]string, ranges)
	for i := range theirs {
		theirs[i] = fmt.Sprintf("edition_id = $%d AND last_id = $%d AND owner = $%d AND fence = $%d", 4*i+1, 4*i+2, 4*i+3, 4*i+4)
	}
	return "SELECT edition_id, last_id, owner, fence FROM edition_ranges WHERE state = 'open' AND (" + strings.Join(theirs, " OR ") + ")" + s.dialect.forUpdate
}

// savePlaces saves the places of steps whose ranges are still their owners'.
func (tx *Tx) savePlaces(ctx context.Context, steps []Step) error {
	var args []any
	rows := make([]string, len(steps))
	for i, s := range steps {
		n := len(args)
		rows[i] = fmt.Sprintf("(CAST($%d AS TEXT), CAST($%d AS TEXT), CAST($%d AS TEXT), CAST($%d AS BIGINT), CAST($%d AS TEXT), CAST($%d AS BIGINT))", n+1, n+2, n+3, n+4, n+5, n+6)
		args = append(args, s.Range.Edition, s.Range.Last, s.Range.Owner, s.Range.Fence, s.Next, s.Nothing)
	}
	_, err := tx.exec(ctx, `WITH s (edition_id, last_id, owner, fence, next_id, had_none) AS (VALUES `+strings.Join(rows, ", ")+`)
		UPDATE edition_ranges SET next_id = s.next_id, had_none = edition_ranges.had_none + CASE WHEN edition_ranges.next_id < s.next_id THEN s.had_none ELSE 0 END, reason = ''
		FROM s WHERE edition_ranges.edition_id = s.edition_id AND edition_ranges.last_id = s.last_id AND edition_ranges.owner = s.owner AND edition_ranges.fence = s.fence AND edition_ranges.state = 'open'`, args...)
	return err
}

// delivered is a delivery of a newsletter.
type delivered struct {
	magazine.Delivery
	newsletter string
}

// PutDelivery records what became of an edition for a person. Only a deferred
// delivery is ever written over, and one that was skipped while its message went:
// that it was sent is what counts, and stays, unless it comes back: CameBack.
func (tx *Tx) PutDelivery(ctx context.Context, newsletter string, d magazine.Delivery) error {
	return tx.putDeliveries(ctx, []delivered{{d, newsletter}})
}

func (tx *Tx) putDeliveries(ctx context.Context, many []delivered) error {
	for some := range slices.Chunk(many, rowsAtOnce) {
		if _, err := tx.exec(ctx, insertDeliveries(len(some)), deliveryArgs(nil, tx.Now, some)...); err != nil {
			return err
		}
	}
	return nil
}

// columnsOfDelivery are all that putDeliveries writes: deliveryColumns and the
// newsletter.
const columnsOfDelivery = 16

func deliveryArgs(args []any, now time.Time, some []delivered) []any {
	args = slices.Grow(args, columnsOfDelivery*len(some))
	for _, d := range some {
		args = append(args, d.Edition, d.Subscriber, d.Email, string(d.State), d.Reason, d.Code, d.Enhanced, d.Reply, d.Relay, d.MessageID, d.Attempts, d.Asides, micros(now), micros(d.Next), d.Group, d.newsletter)
	}
	return args
}

const overDelivery = `
	ON CONFLICT (edition_id, subscriber_id) DO UPDATE SET email = excluded.email, state = excluded.state, reason = excluded.reason, code = excluded.code,
	enhanced = excluded.enhanced, reply = excluded.reply, relay = excluded.relay, message_id = excluded.message_id, attempts = excluded.attempts, asides = excluded.asides, at = excluded.at, next_at = excluded.next_at, group_key = excluded.group_key,
	owner = '', lease = 0 WHERE deliveries.state = 'deferred' OR deliveries.state = 'skipped' AND excluded.state = 'sent'`

func insertDeliveries(rows int) string {
	return kept(textOf{rows: rows}, func() string {
		return `INSERT INTO deliveries (` + deliveryColumns + `, newsletter) VALUES ` + tuples(rows, columnsOfDelivery, "") + overDelivery
	})
}

// texts are the statements that write deliveries: they are long, and run all the time.
var texts sync.Map // by textOf

type textOf struct {
	engine       string // empty: they have the same
	rows, ranges int
}

func kept(key textOf, text func() string) string {
	if made, is := texts.Load(key); is {
		return made.(string)
	}
	made := text()
	texts.Store(key, made)
	return made
}
