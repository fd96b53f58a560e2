package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"postrider/magazine"
)

// TroubleKind says what a Trouble is about.
type TroubleKind string

// The kinds of trouble.
const (
	TroubleHeld   TroubleKind = "held"   // an edition; Ref is its id
	TroubleLate   TroubleKind = "late"   // an edition, or a schedule that makes none; Ref is an id, or newsletter/name
	TroubleRelay  TroubleKind = "relay"  // one that takes no mail; Ref is its name
	TroubleSource TroubleKind = "source" // one that cannot be read; Ref is its name
)

// A Trouble is something that those who run the publication are told of: when it
// begins, and when it is over. Of one kind and thing one is open at most.
type Trouble struct {
	ID     string
	Kind   TroubleKind
	Ref    string
	Since  time.Time
	Well   time.Time // since when it seems to be over; zero: it does not
	Ended  time.Time // zero: it goes on
	Detail string    // why, in English or somebody else's words; may be empty
}

const troubleColumns = "t.id, t.kind, t.ref, t.since, t.well, t.ended, t.detail"

func scanTrouble(rows *sql.Rows, t *Trouble, more ...any) error {
	var since, well, ended int64
	err := rows.Scan(append([]any{&t.ID, &t.Kind, &t.Ref, &since, &well, &ended, &t.Detail}, more...)...)
	t.Since, t.Well, t.Ended = fromMicros(since), fromMicros(well), fromMicros(ended)
	return err
}

func oneTrouble(rows *sql.Rows) (t Trouble, err error) { return t, scanTrouble(rows, &t) }

// OpenTroubles lists the troubles that go on, the oldest first.
func (tx *Tx) OpenTroubles(ctx context.Context) ([]Trouble, error) {
	return collect(ctx, tx, oneTrouble, "SELECT "+troubleColumns+" FROM troubles t WHERE t.ended = 0 ORDER BY t.since, t.id")
}

// OpenTrouble finds the trouble that goes on with one thing; nil: there is none.
func (tx *Tx) OpenTrouble(ctx context.Context, kind TroubleKind, ref string) (*Trouble, error) {
	found, err := collect(ctx, tx, oneTrouble, "SELECT "+troubleColumns+" FROM troubles t WHERE t.ended = 0 AND t.kind = $1 AND t.ref = $2", kind, ref)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// keepTroubles is for how long troubles that are over are kept.
const keepTroubles = 90 * 24 * time.Hour

// BeginTrouble notes a trouble, of which some are to be told, and tells whether it
// is new: where it goes on already, nothing is done. Those that were over long ago are
// forgotten.
func (tx *Tx) BeginTrouble(ctx context.Context, t Trouble, whom []string) (isNew bool, err error) {
	old := micros(tx.Now.Add(-keepTroubles))
	for _, forget := range []string{
		"DELETE FROM trouble_notices WHERE trouble_id IN (SELECT id FROM troubles WHERE ended > 0 AND ended < $1)",
		"DELETE FROM troubles WHERE ended > 0 AND ended < $1",
	} {
		if _, err := tx.exec(ctx, forget, old); err != nil {
			return false, err
		}
	}
	t.ID = magazine.NewIDAt(tx.Now)
	n, err := tx.exec(ctx, "INSERT INTO troubles (id, kind, ref, since, detail) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING", t.ID, t.Kind, t.Ref, micros(t.Since), t.Detail)
	if err != nil || n == 0 {
		return false, err
	}
	for _, one := range whom {
		if _, err := tx.exec(ctx, "INSERT INTO trouble_notices (trouble_id, whom) VALUES ($1, $2) ON CONFLICT DO NOTHING", t.ID, one); err != nil {
			return false, err
		}
	}
	return true, nil
}

// SeemsOver notes since when a trouble that goes on seems to be over; zero: it does not.
func (tx *Tx) SeemsOver(ctx context.Context, id string, since time.Time) error {
	_, err := tx.exec(ctx, "UPDATE troubles SET well = $2 WHERE id = $1 AND ended = 0", id, micros(since))
	return err
}

// EndTrouble notes that a trouble is over, since it seemed so, and lists who is to be told; nobody, where
// it was over already.
func (tx *Tx) EndTrouble(ctx context.Context, id string) (whom []string, err error) {
	n, err := tx.exec(ctx, "UPDATE troubles SET ended = CASE WHEN well > 0 THEN well ELSE $2 END WHERE id = $1 AND ended = 0", id, micros(tx.Now))
	if err != nil || n == 0 {
		return nil, err
	}
	whom, err = collect(ctx, tx, scanText, "UPDATE trouble_notices SET tried = 0 WHERE trouble_id = $1 RETURNING whom", id) // there is something else to be told
	slices.Sort(whom)
	return whom, err
}

// TroublesSince counts the troubles of one kind and thing that were over after an
// instant.
func (tx *Tx) TroublesSince(ctx context.Context, kind TroubleKind, ref string, since time.Time) (n int, err error) {
	err = tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM troubles WHERE kind = $1 AND ref = $2 AND ended > $3", kind, ref, micros(since)).Scan(&n)
	return n, err
}

// A Notice is what somebody is to be told of a trouble.
type Notice struct {
	Trouble
	Begun bool      // they know that it began
	Tried time.Time // when it was first tried to tell them; zero: not yet
}

const untold = "(n.begun = 0 OR t.ended > 0 AND n.ended = 0)"

// Untold lists who is to be told something.
func (s *Store) Untold(ctx context.Context) ([]string, error) {
	return collect(ctx, s.readers, scanText, "SELECT DISTINCT n.whom FROM trouble_notices n JOIN troubles t ON t.id = n.trouble_id WHERE "+untold+" ORDER BY n.whom")
}

// Notices lists what one is to be told, the oldest first.
func (s *Store) Notices(ctx context.Context, whom string) ([]Notice, error) {
	return collect(ctx, s.readers, func(rows *sql.Rows) (n Notice, err error) {
		var begun, tried int64
		err = scanTrouble(rows, &n.Trouble, &begun, &tried)
		n.Begun, n.Tried = begun > 0, fromMicros(tried)
		return n, err
	}, "SELECT "+troubleColumns+", n.begun, n.tried FROM trouble_notices n JOIN troubles t ON t.id = n.trouble_id WHERE n.whom = $1 AND "+untold+" ORDER BY t.since, t.id", whom)
}

// Told notes that somebody was told of troubles as they were, or is to be no more.
func (tx *Tx) Told(ctx context.Context, whom string, of []Notice) error {
	for _, n := range of {
		ended := int64(0)
		if !n.Ended.IsZero() {
			ended = micros(tx.Now)
		}
		if _, err := tx.exec(ctx, "UPDATE trouble_notices SET begun = CASE WHEN begun = 0 THEN $3 ELSE begun END, ended = $4, outcome = '', tried = 0 WHERE trouble_id = $1 AND whom = $2", n.ID, whom, micros(tx.Now), ended); err != nil {
			return err
		}
	}
	return nil
}

// TriedToTell notes that it was tried now to tell somebody of troubles, where it was not
// before.
func (tx *Tx) TriedToTell(ctx context.Context, whom string, of []Notice) error {
	for _, n := range of {
		if _, err := tx.exec(ctx, "UPDATE trouble_notices SET tried = $3 WHERE trouble_id = $1 AND whom = $2 AND tried = 0", n.ID, whom, micros(tx.Now)); err != nil {
			return err
		}
	}
	return nil
}

// NotTold keeps why the mail that was to tell somebody of troubles was refused.
func (tx *Tx) NotTold(ctx context.Context, whom string, of []Notice, why string) error {
	for _, n := range of {
		if _, err := tx.exec(ctx, "UPDATE trouble_notices SET outcome = $3 WHERE trouble_id = $1 AND whom = $2", n.ID, whom, why); err != nil {
			return err
		}
	}
	return nil
}

// An Unreached is one whom a mail about troubles was to tell, and who has none of it.
type Unreached struct {
	Whom string
	Why  string // the last was refused, in somebody else's words
	N    int    // so many troubles
}

// Unreached lists those of whom this holds for troubles that go on, or were over after an
// instant.
func (tx *Tx) Unreached(ctx context.Context, since time.Time) (list []Unreached, err error) {
	_, err = collect(ctx, tx, func(rows *sql.Rows) (none struct{}, err error) {
		var one Unreached
		if err = rows.Scan(&one.Whom, &one.Why); err != nil {
			return none, err
		}
		if n := len(list); n == 0 || list[n-1].Whom != one.Whom {
			list = append(list, one)
		}
		list[len(list)-1].N++
		return none, nil
	}, "SELECT n.whom, n.outcome FROM trouble_notices n JOIN troubles t ON t.id = n.trouble_id WHERE n.outcome <> '' AND (t.ended = 0 OR t.ended > $1) ORDER BY n.whom, t.since DESC, t.id", micros(since))
	return list, err
}

// ForgetNotices drops all that somebody was, or was to be, told.
func (tx *Tx) ForgetNotices(ctx context.Context, whom string) error {
	_, err := tx.exec(ctx, "DELETE FROM trouble_notices WHERE whom = $1", whom)
	return err
}

// ForgetTrouble drops all that anybody was, or was to be, told of a trouble.
func (tx *Tx) ForgetTrouble(ctx context.Context, id string) error {
	_, err := tx.exec(ctx, "DELETE FROM trouble_notices WHERE trouble_id = $1", id)
	return err
}

// A RelayDown is a relay that takes no mail, as a node has found.
type RelayDown struct {
	Relay, Node string
	Since       time.Time
	Reason      string // what was last seen of it
}

func scanRelayDown(rows *sql.Rows) (r RelayDown, err error) {
	var since int64
	err = rows.Scan(&r.Relay, &r.Node, &since, &r.Reason)
	r.Since = fromMicros(since)
	return r, err
}

// RelaysDown lists the relays that take no mail, as the nodes have found, by name and
// then the earliest first. What a node found that has ended counts until another has
// called that relay: that nobody looks does not make it take mail.
func (tx *Tx) RelaysDown(ctx context.Context) ([]RelayDown, error) {
	return collect(ctx, tx, scanRelayDown, "SELECT relay, node, since, reason FROM relays_down ORDER BY relay, since, node")
}

// LeftRelaysDown lists what nodes other than one have found that are dead.
func (tx *Tx) LeftRelaysDown(ctx context.Context, node string) ([]RelayDown, error) {
	return collect(ctx, tx, scanRelayDown, `SELECT relay, node, since, reason FROM relays_down r WHERE node <> $1
		AND NOT EXISTS (SELECT 1 FROM nodes n WHERE n.id = r.node AND n.heartbeat > $2 AND n.heartbeat <= $3) ORDER BY relay, since, node`,
		node, micros(tx.Now.Add(-Alive)), micros(tx.Now.Add(tooFar)))
}

// OwnRelaysDown lists the relays that take no mail as one node has found.
func (s *Store) OwnRelaysDown(ctx context.Context, node string) ([]RelayDown, error) {
	return collect(ctx, s.readers, scanRelayDown, "SELECT relay, node, since, reason FROM relays_down WHERE node = $1 ORDER BY relay", node)
}

// PutRelayDown notes that a relay takes no mail. The earliest instant stays.
func (tx *Tx) PutRelayDown(ctx context.Context, r RelayDown) error {
	_, err := tx.exec(ctx, "INSERT INTO relays_down (relay, node, since, reason) VALUES ($1, $2, $3, $4) ON CONFLICT (relay, node) DO UPDATE SET reason = excluded.reason, since = CASE WHEN excluded.since < relays_down.since THEN excluded.since ELSE relays_down.since END", r.Relay, r.Node, micros(r.Since), r.Reason)
	return err
}

// DropRelayDown notes that it takes mail again.
func (tx *Tx) DropRelayDown(ctx context.Context, relay, node string) error {
	_, err := tx.exec(ctx, "DELETE FROM relays_down WHERE relay = $1 AND node = $2", relay, node)
	return err
}

// takeRelaysDown makes a node's what another has found, whose place it takes.
func (tx *Tx) takeRelaysDown(ctx context.Context, node string) error {
	if _, err := tx.exec(ctx, "UPDATE relays_down SET node = $1 WHERE node <> $1 AND relay NOT IN (SELECT relay FROM relays_down WHERE node = $1)", node); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "DELETE FROM relays_down WHERE node <> $1", node)
	return err
}

const sourceRead = "source-read " // and which one: when all of it was last read

// SourceRead notes that all of a source was read.
func (tx *Tx) SourceRead(ctx context.Context, source string) error {
	return tx.Keep(ctx, sourceRead+source, tx.Now.UTC().Format(time.RFC3339Nano))
}

// LastSourceRead tells when all of a source was last read; zero: never yet.
func (tx *Tx) LastSourceRead(ctx context.Context, source string) (at time.Time, err error) {
	var value string
	err = tx.QueryRowContext(ctx, "SELECT value FROM settings WHERE name = $1", sourceRead+source).Scan(&value)
	if err != nil {
		if isNoRows(err) {
			err = nil
		}
		return at, err
	}
	if at, err = time.Parse(time.RFC3339Nano, value); err != nil { // it is no longer known
		return time.Time{}, nil
	}
	return at, nil
}

// Overdue lists the schedules that should have been looked at before an instant, with
// when.
func (tx *Tx) Overdue(ctx context.Context, before time.Time) ([]Alarm, error) {
	return collect(ctx, tx, func(rows *sql.Rows) (a Alarm, err error) {
		var at int64
		err = rows.Scan(&a.Kind, &a.Ref, &at)
		a.At = fromMicros(at)
		return a, err
	}, "SELECT kind, ref, at FROM alarms WHERE kind = $1 AND at < $2 ORDER BY at, ref", AlarmSchedule, micros(before))
}

// LastDecision tells when somebody last decided that an edition is to begin; zero:
// nobody has. A note, or another order of its articles, decides nothing about that.
func (tx *Tx) LastDecision(ctx context.Context, edition string) (time.Time, error) {
	var at int64
	err := tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(at), 0) FROM acts WHERE edition_id = $1 AND what IN ('approve', 'release', 'resume')", edition).Scan(&at)
	return fromMicros(at), err
}
