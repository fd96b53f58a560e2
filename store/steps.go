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
		for i := range s.Deliveries {
			many = append(many, delivered{&s.Deliveries[i], s.Newsletter})
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
	many := make([]delivered, 0, len(steps)+4) // a step has one, as a rule
	for _, step := range steps {
		if step.Next != "" {
			return false
		}
		if !slices.Contains(ranges, step.Range) {
			ranges = append(ranges, step.Range)
		}
		for i := range step.Deliveries {
			many = append(many, delivered{&step.Deliveries[i], step.Newsletter})
		}
	}
	if len(many) == 0 || len(many) > rowsAtOnce {
		return false
	}
	same := !slices.ContainsFunc(many, func(d delivered) bool { return !d.like(many[0]) })
	text := kept(textOf{s.dialect.name, len(many), len(ranges), same}, func() string { return s.advance(len(many), len(ranges), same) })
	args := make([]any, 0, 4*len(ranges)+1+columnsOfDelivery*(len(many)+1))
	for _, r := range ranges {
		args = append(args, r.Edition, r.Last, r.Owner, r.Fence)
	}
	if same {
		args = many[0].sharedArgs(args, s.Now())
		for _, d := range many {
			args = d.ownArgs(args)
		}
	} else {
		args = deliveryArgs(args, s.Now(), many)
	}
	done, err := s.writer.ExecContext(ctx, text, clean(append(args, len(ranges)))...)
	if err != nil {
		return false
	}
	n, err := done.RowsAffected()
	return err == nil && n == int64(len(many))
}

// advance inserts deliveries if all ranges are still their owners'. Where the rest of
// them is the same, only their own columns come with each.
func (s *Store) advance(rows, ranges int, same bool) string {
	n := 4 * ranges
	parameter := func(column string) string {
		n++
		kind := "TEXT"
		if slices.Contains([]string{"code", "attempts", "asides", "at", "next_at"}, column) {
			kind = "BIGINT"
		}
		return fmt.Sprintf("CAST($%d AS %s)", n, kind) // PostgreSQL takes what it knows nothing of for text
	}
	columns := strings.Split(deliveryColumns+", newsletter", ", ")
	own, chosen := columns, make([]string, len(columns))
	if same {
		own = ownColumns
	}
	for i, column := range columns {
		if at := slices.Index(own, column); at >= 0 {
			chosen[i] = fmt.Sprintf("v.column%d", at+1)
		} else {
			chosen[i] = parameter(column)
		}
	}
	first := make([]string, len(own))
	for i, column := range own {
		first[i] = parameter(column)
	}
	values := make([]string, rows)
	values[0] = "(" + strings.Join(first, ", ") + ")"
	for i := range values[1:] {
		values[i+1] = "(" + in(len(own), n+1+i*len(own)) + ")"
	}
	return "WITH held AS (" + s.held(ranges) + `), come (enough) AS (SELECT COUNT(*) FROM held)
		INSERT INTO deliveries (` + deliveryColumns + `, newsletter) SELECT ` + strings.Join(chosen, ", ") + ` FROM come, (VALUES ` + strings.Join(values, ", ") +
		fmt.Sprintf(") v WHERE come.enough = CAST($%d AS BIGINT)", n+1+(rows-1)*len(own)) + overDelivery
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
	*magazine.Delivery
	newsletter string
}

// ownColumns are those in which the deliveries of one commit differ, as a rule. The
// others need to be bound once only.
var ownColumns = []string{"subscriber_id", "email", "reply", "message_id"}

func (d delivered) ownArgs(args []any) []any {
	return append(args, d.Subscriber, d.Email, d.Reply, d.MessageID)
}

func (d delivered) sharedArgs(args []any, now time.Time) []any {
	return append(args, d.Edition, string(d.State), d.Reason, d.Code, d.Enhanced, d.Relay, d.Attempts, d.Asides, micros(now), micros(d.Next), d.Group, d.newsletter)
}

// like tells whether two differ in nothing but their own columns.
func (d delivered) like(other delivered) bool {
	return d.Edition == other.Edition && d.State == other.State && d.Reason == other.Reason && d.Code == other.Code && d.Enhanced == other.Enhanced && d.Relay == other.Relay &&
		d.Attempts == other.Attempts && d.Asides == other.Asides && d.Next.Equal(other.Next) && d.Group == other.Group && d.newsletter == other.newsletter
}

// PutDelivery records what became of an edition for a person. Only a deferred
// delivery is ever written over, and one that was skipped while its message went:
// that it was sent is what counts, and stays, unless it comes back: CameBack.
func (tx *Tx) PutDelivery(ctx context.Context, newsletter string, d magazine.Delivery) error {
	return tx.putDeliveries(ctx, []delivered{{&d, newsletter}})
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
	same         bool
}

func kept(key textOf, text func() string) string {
	if made, is := texts.Load(key); is {
		return made.(string)
	}
	made := text()
	texts.Store(key, made)
	return made
}
