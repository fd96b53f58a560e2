package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"postrider/magazine"
)

// A Schedule is what is kept of a schedule: the configuration, or a DeskSchedule, says
// when it fires.
type Schedule struct {
	Newsletter, Name string
	Handled          time.Time // every occurrence up to here is dealt with
	PausedUntil      time.Time // zero: it is not paused; Forever: until somebody resumes it
	PausedBy         string
}

// Forever is the end of what has none: the last second that RFC 3339 can write.
var Forever = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

const scheduleColumns = "newsletter, name, handled, paused_until, paused_by"

func scanSchedule(rows *sql.Rows) (s Schedule, err error) {
	var handled, paused int64
	err = rows.Scan(&s.Newsletter, &s.Name, &handled, &paused, &s.PausedBy)
	s.Handled, s.PausedUntil = fromMicros(handled), fromMicros(paused)
	return s, err
}

// Schedule locks what is kept of a schedule. One that is new starts now.
func (tx *Tx) Schedule(ctx context.Context, newsletter, name string) (Schedule, error) {
	for {
		found, err := collect(ctx, tx, scanSchedule, "SELECT "+scheduleColumns+" FROM schedules WHERE newsletter = $1 AND name = $2"+tx.s.dialect.forUpdate, newsletter, name)
		if err != nil || len(found) > 0 {
			return append(found, Schedule{})[0], err
		}
		if _, err := tx.exec(ctx, "INSERT INTO schedules (newsletter, name, handled) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", newsletter, name, micros(tx.Now)); err != nil {
			return Schedule{}, err
		}
	}
}

// Schedule is what is kept of a schedule; of one that is not known yet, nothing.
func (s *Store) Schedule(ctx context.Context, newsletter, name string) (Schedule, error) {
	found, err := collect(ctx, s.readers, scanSchedule, "SELECT "+scheduleColumns+" FROM schedules WHERE newsletter = $1 AND name = $2", newsletter, name)
	return append(found, Schedule{})[0], err
}

// Schedules lists what is kept of all schedules that ever were.
func (s *Store) Schedules(ctx context.Context) ([]Schedule, error) {
	return collect(ctx, s.readers, scanSchedule, "SELECT "+scheduleColumns+" FROM schedules ORDER BY newsletter, name")
}

// SetScheduleHandled says that every occurrence up to an instant is dealt with.
func (tx *Tx) SetScheduleHandled(ctx context.Context, newsletter, name string, at time.Time) error {
	_, err := tx.exec(ctx, "UPDATE schedules SET handled = $3 WHERE newsletter = $1 AND name = $2 AND handled < $3", newsletter, name, micros(at))
	return err
}

// HandledUpTo is the latest instant up to which a schedule is dealt with, or at
// which an issue was published; zero: there is none.
func (s *Store) HandledUpTo(ctx context.Context) (time.Time, error) {
	var at int64
	err := s.readers.QueryRowContext(ctx, "SELECT COALESCE(MAX(at), 0) FROM (SELECT MAX(handled) AS at FROM schedules UNION ALL SELECT MAX(published_at) FROM issues) a").Scan(&at)
	return fromMicros(at), err
}

// PauseSchedule keeps a schedule from firing until an instant; the zero instant
// ends a pause.
func (tx *Tx) PauseSchedule(ctx context.Context, newsletter, name string, until time.Time, by string) error {
	_, err := tx.exec(ctx, "UPDATE schedules SET paused_until = $3, paused_by = $4 WHERE newsletter = $1 AND name = $2", newsletter, name, micros(until), by)
	return err
}

// The kinds of Alarm.
const (
	AlarmSchedule = "schedule" // Ref is newsletter/name
	AlarmEdition  = "edition"  // Ref is an id
	AlarmWave     = "wave"     // Ref is an edition's id
	AlarmIssue    = "issue"    // it was published; Ref is an IssueRef as JSON
)

// settleTime is how long an issue that was published is left alone: what was
// published with it may still be being read.
const settleTime = 10 * time.Second

// issueAlarm has the scheduler look at an issue that was published now.
func (tx *Tx) issueAlarm(ctx context.Context, ref magazine.IssueRef) error {
	text, err := json.Marshal(ref)
	if err != nil {
		return err
	}
	return tx.SetAlarm(ctx, Alarm{Kind: AlarmIssue, Ref: string(text), At: tx.Now.Add(settleTime)})
}

// IssueComes tells that articles of an issue are being read and have not
// appeared yet.
func (tx *Tx) IssueComes(ctx context.Context, ref magazine.IssueRef) (comes bool, err error) {
	scope := magazine.IssueScope(ref).Key()
	err = tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM articles a WHERE a.pass > 0 AND ("+comesInto("$2")+" OR EXISTS (SELECT 1 FROM article_scopes s WHERE s.scope = $1 AND s.article_id = a.id)))", scope, needle(scope)).Scan(&comes)
	return comes, err
}

// An Alarm says when the scheduler has to look at something.
type Alarm struct {
	Kind, Ref string
	At        time.Time
}

// SetAlarm sets the one alarm of something; the zero instant takes it away.
func (tx *Tx) SetAlarm(ctx context.Context, a Alarm) error {
	if a.At.IsZero() {
		_, err := tx.exec(ctx, "DELETE FROM alarms WHERE kind = $1 AND ref = $2", a.Kind, a.Ref)
		return err
	}
	_, err := tx.exec(ctx, "INSERT INTO alarms (kind, ref, at) VALUES ($1, $2, $3) ON CONFLICT (kind, ref) DO UPDATE SET at = excluded.at", a.Kind, a.Ref, micros(a.At))
	return err
}

// PutForwardAlarm has an alarm come now, where it is set.
func (tx *Tx) PutForwardAlarm(ctx context.Context, kind, ref string) error {
	_, err := tx.exec(ctx, "UPDATE alarms SET at = $3 WHERE kind = $1 AND ref = $2 AND at > $3", kind, ref, micros(tx.Now))
	return err
}

// ClearAlarms takes away all alarms of a kind.
func (tx *Tx) ClearAlarms(ctx context.Context, kind string) error {
	_, err := tx.exec(ctx, "DELETE FROM alarms WHERE kind = $1", kind)
	return err
}

// Alarms lists up to limit alarms that are due now, the earliest first.
func (s *Store) Alarms(ctx context.Context, limit int) ([]Alarm, error) {
	return collect(ctx, s.readers, func(rows *sql.Rows) (a Alarm, err error) {
		var at int64
		err = rows.Scan(&a.Kind, &a.Ref, &at)
		a.At = fromMicros(at)
		return a, err
	}, "SELECT kind, ref, at FROM alarms WHERE at <= $1 ORDER BY at, kind, ref LIMIT $2", micros(s.Now()), limit)
}

// An Occurrence is one firing of a schedule as it was recorded.
type Occurrence struct {
	Newsletter, Schedule string
	Day, Slot            string // nominal local date and HH:MM
	At                   time.Time
	Edition              string // id, or empty
	Outcome              string // "edition", "held", or why it has no edition of its own
}

// PutOccurrence records an occurrence and tells whether it is new. One that was
// recorded without an edition, and now gets one, is written over: what was to be
// dropped has been moved. So is one that a person skips now: it was to come again.
func (tx *Tx) PutOccurrence(ctx context.Context, o Occurrence) (bool, error) {
	n, err := tx.exec(ctx, `INSERT INTO occurrences (newsletter, schedule, day, slot, at, edition_id, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (newsletter, schedule, day, slot) DO UPDATE SET at = excluded.at, edition_id = excluded.edition_id, outcome = excluded.outcome
		WHERE occurrences.edition_id = '' AND (excluded.edition_id <> '' OR excluded.outcome LIKE 'skipped by %')`,
		o.Newsletter, o.Schedule, o.Day, o.Slot, micros(o.At), o.Edition, o.Outcome)
	return n > 0, err
}

const occurrenceColumns = "newsletter, schedule, day, slot, at, edition_id, outcome"

func scanOccurrence(rows *sql.Rows) (o Occurrence, err error) {
	var at int64
	err = rows.Scan(&o.Newsletter, &o.Schedule, &o.Day, &o.Slot, &at, &o.Edition, &o.Outcome)
	o.At = fromMicros(at)
	return o, err
}

// Occurrences lists the recorded firings of a schedule, newest first.
func (s *Store) Occurrences(ctx context.Context, newsletter, schedule string, limit int) ([]Occurrence, error) {
	return collect(ctx, s.readers, scanOccurrence, "SELECT "+occurrenceColumns+" FROM occurrences WHERE newsletter = $1 AND schedule = $2 ORDER BY at DESC, day DESC, slot DESC LIMIT $3", newsletter, schedule, limit)
}

// OccurrencesFrom lists what is recorded of a schedule from a nominal date on.
func (tx *Tx) OccurrencesFrom(ctx context.Context, newsletter, schedule, day string) ([]Occurrence, error) {
	return collect(ctx, tx, scanOccurrence, "SELECT "+occurrenceColumns+" FROM occurrences WHERE newsletter = $1 AND schedule = $2 AND day >= $3 ORDER BY day, slot", newsletter, schedule, day)
}

// OccurrencesFrom is Tx.OccurrencesFrom outside a transaction.
func (s *Store) OccurrencesFrom(ctx context.Context, newsletter, schedule, day string) ([]Occurrence, error) {
	return collect(ctx, s.readers, scanOccurrence, "SELECT "+occurrenceColumns+" FROM occurrences WHERE newsletter = $1 AND schedule = $2 AND day >= $3 ORDER BY day, slot", newsletter, schedule, day)
}

// ForgetOccurrence takes back what was recorded of an occurrence without an
// edition, and tells whether there was any.
func (tx *Tx) ForgetOccurrence(ctx context.Context, o Occurrence) (bool, error) {
	n, err := tx.exec(ctx, "DELETE FROM occurrences WHERE newsletter = $1 AND schedule = $2 AND day = $3 AND slot = $4 AND edition_id = ''", o.Newsletter, o.Schedule, o.Day, o.Slot)
	return n > 0, err
}

// VoidOccurrence takes an edition from the occurrence that made it, and says why
// it has none.
func (tx *Tx) VoidOccurrence(ctx context.Context, edition, outcome string) error {
	_, err := tx.exec(ctx, "UPDATE occurrences SET edition_id = '', outcome = $2 WHERE edition_id = $1", edition, outcome)
	return err
}

// PutBack is what a clock that was put back to now asks for: schedules go on
// from now, and what was recorded of instants that have not come yet is taken
// back, unless its edition was sent or is being sent, or was made before: that
// has been decided in its time. What such an edition made up for is to come, too.
// What was published in those instants, was so now; and mail does not wait for them.
func (tx *Tx) PutBack(ctx context.Context) error {
	now := micros(tx.Now)
	const unsent = "(SELECT e.id FROM editions e WHERE e.nominal > $1 AND e.created > $1 AND e.cutoff = 0 AND e.state IN ('planned', 'held', 'dropped', 'skipped'))"
	for _, query := range []string{
		"UPDATE schedules SET handled = $1 WHERE handled > $1",
		"DELETE FROM occurrences WHERE at > $1 AND (edition_id = '' AND outcome NOT LIKE 'skipped by %' OR outcome LIKE 'missed; %' OR edition_id IN " + unsent + ")",
		"UPDATE editions SET key = 'void/' || id, state = 'dropped', reason = 'made while the clock was ahead', finished = $1 WHERE id IN " + unsent,
		"UPDATE issues SET published_at = $1 WHERE published_at > $1",
	} {
		if _, err := tx.exec(ctx, query, now); err != nil {
			return err
		}
	}
	if _, err := tx.exec(ctx, "UPDATE alarms SET at = $1 WHERE kind = $2 AND at > $1", micros(tx.Now.Add(settleTime)), AlarmIssue); err != nil {
		return err
	}
	return tx.waitsEnd(ctx)
}

// longestWait is the longest time for which mail is put off at once, as a rule.
const longestWait = 12 * time.Hour

// waitsEnd ends what mail waits for that was put off by a clock that was ahead, and
// may be to wait until then: what has still to wait is put off anew. A lease stays,
// but no longer than any does: whoever is alive renews it.
func (tx *Tx) waitsEnd(ctx context.Context) error {
	now := micros(tx.Now)
	if _, err := tx.exec(ctx, "UPDATE deliveries SET next_at = CASE WHEN at > $1 OR next_at > $2 THEN $1 ELSE next_at END, lease = CASE WHEN lease > $3 THEN $3 ELSE lease END WHERE state = 'deferred' AND (at > $1 OR next_at > $2 OR lease > $3)",
		now, micros(tx.Now.Add(longestWait)), micros(tx.Now.Add(time.Minute))); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "UPDATE edition_ranges SET lease = CASE WHEN owner = '' THEN $1 ELSE $2 END WHERE state = 'open' AND lease > $2", now, micros(tx.Now.Add(time.Minute)))
	return err
}
