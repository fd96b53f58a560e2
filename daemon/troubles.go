package daemon

import (
	"cmp"
	"context"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/mailer"
	"postrider/store"
)

// What goes wrong is told, by one mail when it begins and one when it is over, to
// the owners and to the addresses in mail.admins (told.go). What is wrong is reckoned
// in one place, for the mails and for the desk's first page.

const (
	lateAfter     = 5 * time.Minute  // after which an edition that has not begun is late
	relayAfter    = 10 * time.Minute // for which a relay may take no mail until people are told
	sourceAfter   = time.Hour        // for which a source may be unread
	againWithin   = 24 * time.Hour   // what comes back within this comes and goes
	wellFor       = 30 * time.Minute // for which such a thing must be well until it is told to be over
	troublesEvery = 10 * time.Second // how often it is looked what is wrong
)

// wrong is something that is wrong now.
type wrong struct {
	store.Trouble
	after time.Duration // how long it may last until people are told; 0: they are at once
}

// toTell tells that it has lasted for so long that people are to be told.
func (w *wrong) toTell(now time.Time) bool { return now.Sub(w.Since) >= w.after }

// wrongNow is what is wrong, in the order in which people look at it.
func (d *Daemon) wrongNow(ctx context.Context, tx *store.Tx) (all []wrong, err error) {
	open, err := tx.OpenEditions(ctx)
	if err != nil {
		return nil, err
	}
	for i := range open {
		e := &open[i]
		if e.State == magazine.EditionHeld {
			all = append(all, wrong{Trouble: store.Trouble{Kind: store.TroubleHeld, Ref: e.ID, Since: tx.Now, Detail: e.Reason}})
			continue
		}
		late, err := d.late(ctx, tx, e)
		if err != nil {
			return nil, err
		}
		if late != nil {
			all = append(all, wrong{Trouble: *late})
		}
	}
	for _, look := range []func(context.Context, *store.Tx) ([]wrong, error){d.schedulesLate, d.relaysDown, d.sourcesUnread} {
		found, err := look(ctx, tx)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// late is the trouble with an edition that is late; nil: it is not. One of which people
// know is until it begins, or is to begin no more, whatever is decided meanwhile.
func (d *Daemon) late(ctx context.Context, tx *store.Tx, e *magazine.Edition) (*store.Trouble, error) {
	if unsent(e) {
		if known, err := tx.OpenTrouble(ctx, store.TroubleLate, e.ID); err != nil || known != nil {
			return known, err
		}
	}
	due, err := d.lateSince(ctx, tx, e)
	if err != nil || due.IsZero() {
		return nil, err
	}
	return &store.Trouble{Kind: store.TroubleLate, Ref: e.ID, Since: due}, nil
}

// lateSince tells since when an edition of a schedule should have begun, or somebody
// decided about it last; zero: it is not late.
func (d *Daemon) lateSince(ctx context.Context, tx *store.Tx, e *magazine.Edition) (time.Time, error) {
	due := e.Starts
	if due.IsZero() {
		due = e.Nominal
	}
	if !unsent(e) || !strings.HasPrefix(e.Maker, "schedule ") || tx.Now.Sub(due) < lateAfter {
		return time.Time{}, nil
	}
	decided, err := tx.LastDecision(ctx, e.ID)
	if due = laterOf(due, decided); err != nil || tx.Now.Sub(due) < lateAfter {
		return time.Time{}, err
	}
	return due, nil
}

// schedulesLate are schedules that should have been looked at while this daemon ran:
// so no edition is made. One of which people know stays until it is looked at.
func (d *Daemon) schedulesLate(ctx context.Context, tx *store.Tx) (all []wrong, err error) {
	overdue, err := tx.Overdue(ctx, tx.Now.Add(-lateAfter))
	if err != nil {
		return nil, err
	}
	for _, a := range overdue {
		if d.schedule(a.Ref) == nil {
			continue
		}
		known, err := tx.OpenTrouble(ctx, store.TroubleLate, a.Ref)
		if err != nil {
			return nil, err
		}
		switch {
		case known != nil: // a restart mends nothing
			all = append(all, wrong{Trouble: *known})
		case tx.Now.Sub(d.since(tx)) >= lateAfter:
			all = append(all, wrong{Trouble: store.Trouble{Kind: store.TroubleLate, Ref: a.Ref, Since: a.At}})
		}
	}
	return all, nil
}

// relaysDown are the relays that take no mail, as the nodes have found.
func (d *Daemon) relaysDown(ctx context.Context, tx *store.Tx) (all []wrong, err error) {
	down, err := tx.RelaysDown(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range down {
		if len(all) > 0 && all[len(all)-1].Ref == r.Relay || !d.hasRelay(r.Relay) {
			continue
		}
		all = append(all, wrong{store.Trouble{Kind: store.TroubleRelay, Ref: r.Relay, Since: r.Since, Detail: r.Reason}, relayAfter})
	}
	return all, nil
}

// hasRelay tells that mail leaves by a relay of that name.
func (d *Daemon) hasRelay(name string) bool {
	relays, ok := d.transport.(*mailer.Relays)
	return ok && relays.Has(name)
}

// sourcesUnread are the sources of which not all was read for long, although this
// daemon ran.
func (d *Daemon) sourcesUnread(ctx context.Context, tx *store.Tx) (all []wrong, err error) {
	for _, s := range d.config.Articles {
		name := sourceName(s.Folder)
		read, err := tx.LastSourceRead(ctx, name)
		if err != nil {
			return nil, err
		}
		known, err := tx.OpenTrouble(ctx, store.TroubleSource, name)
		if err != nil {
			return nil, err
		}
		if known != nil && !read.After(known.Since) { // a restart mends nothing
			all = append(all, wrong{Trouble: *known})
			continue
		}
		looked := laterOf(read, d.since(tx))
		if tx.Now.Sub(looked) < sourceAfter {
			continue
		}
		one := wrong{store.Trouble{Kind: store.TroubleSource, Ref: name, Since: cmp.Or(read, looked)}, sourceAfter}
		one.after += looked.Sub(one.Since) // while nothing ran, nothing was read
		all = append(all, one)
	}
	return all, nil
}

// since is when this daemon began to look, or its clock last jumped: of what was
// before it knows nothing.
func (d *Daemon) since(tx *store.Tx) time.Time {
	d.began.CompareAndSwap(0, tx.Now.UnixMicro())
	return time.UnixMicro(d.began.Load()).UTC()
}

// changes are what has become of what is wrong.
type changes struct {
	begun []wrong
	seem  []store.Trouble // since Well they seem to be over; zero: no more
	over  []store.Trouble
}

func (c *changes) none() bool { return len(c.begun)+len(c.seem)+len(c.over) == 0 }

// changesNow compares what is wrong with what is known.
func (d *Daemon) changesNow(ctx context.Context, tx *store.Tx) (c changes, err error) {
	now, err := d.wrongNow(ctx, tx)
	if err != nil {
		return c, err
	}
	known, err := tx.OpenTroubles(ctx)
	if err != nil {
		return c, err
	}
	c.begun = newOf(now, known, tx.Now)
	there, gone := overOf(now, known)
	for _, t := range there {
		if !t.Well.IsZero() {
			t.Well = time.Time{}
			c.seem = append(c.seem, t)
		}
	}
	if gone, err = d.mine(ctx, tx, gone); err != nil {
		return c, err
	}
	for _, t := range gone {
		over, err := d.isOver(ctx, tx, &t)
		switch {
		case err != nil:
			return c, err
		case over:
			c.over = append(c.over, t)
		case t.Well.IsZero():
			t.Well = tx.Now
			c.seem = append(c.seem, t)
		}
	}
	return c, nil
}

// isOver tells that a trouble which is there no more is over: of a relay or a source
// that comes and goes only once it has been well for long. So these fill no mailbox.
func (d *Daemon) isOver(ctx context.Context, tx *store.Tx, t *store.Trouble) (bool, error) {
	if t.Kind != store.TroubleRelay && t.Kind != store.TroubleSource || !d.knows(t) {
		return true, nil
	}
	before, err := tx.TroublesSince(ctx, t.Kind, t.Ref, t.Since.Add(-againWithin))
	if err != nil || before == 0 {
		return err == nil, err
	}
	seen := tx.Now
	if t.Kind == store.TroubleSource {
		if seen, err = tx.LastSourceRead(ctx, t.Ref); err != nil {
			return false, err
		}
	}
	return !t.Well.IsZero() && seen.Sub(t.Well) >= wellFor, nil
}

// lookForTroubles writes down what has begun to be wrong and what is over, and has
// people told of it, in one transaction. As a rule there is nothing of either.
func (d *Daemon) lookForTroubles(ctx context.Context) error {
	var found changes
	err := d.Store.Read(ctx, func(tx *store.Tx) (err error) { found, err = d.changesNow(ctx, tx); return err })
	if err == nil && !found.none() {
		err = d.Store.Write(ctx, func(tx *store.Tx) error {
			now, err := d.changesNow(ctx, tx) // of two nodes one comes first
			if err != nil {
				return err
			}
			return d.putChanges(ctx, tx, &now)
		})
	}
	if err != nil {
		return err
	}
	return d.nudgeTold(ctx)
}

func (d *Daemon) putChanges(ctx context.Context, tx *store.Tx, c *changes) error {
	for _, w := range c.begun {
		if err := d.troubleBegins(ctx, tx, w.Trouble); err != nil {
			return err
		}
	}
	for _, t := range c.seem {
		if err := tx.SeemsOver(ctx, t.ID, t.Well); err != nil {
			return err
		}
	}
	for _, t := range c.over {
		end := d.troubleEnds
		if !d.knows(&t) {
			end = d.troubleGone
		}
		if err := end(ctx, tx, t.ID); err != nil {
			return err
		}
	}
	return nil
}

// newOf is what is wrong for long enough and nobody knows yet.
func newOf(now []wrong, known []store.Trouble, at time.Time) (begun []wrong) {
	for _, w := range now {
		if w.toTell(at) && !has(known, w.Kind, w.Ref) {
			begun = append(begun, w)
		}
	}
	return begun
}

// overOf parts the troubles that are known into those that are there still, and those
// that are there no more.
func overOf(now []wrong, known []store.Trouble) (there, gone []store.Trouble) {
	for _, t := range known {
		is := false
		for _, w := range now {
			is = is || w.Kind == t.Kind && w.Ref == t.Ref
		}
		if is {
			there = append(there, t)
		} else {
			gone = append(gone, t)
		}
	}
	return there, gone
}

// knows tells that this daemon can see whether a trouble is over: its configuration, or
// the desk's timetable, has what it is about.
func (d *Daemon) knows(t *store.Trouble) bool {
	switch {
	case t.Kind == store.TroubleRelay:
		return d.hasRelay(t.Ref)
	case t.Kind == store.TroubleSource:
		for _, s := range d.config.Articles {
			if sourceName(s.Folder) == t.Ref {
				return true
			}
		}
		return false
	case strings.Contains(t.Ref, "/"):
		return d.schedule(t.Ref) != nil
	}
	return true // an edition
}

// mine are those of some troubles that this node may end: what it does not know it
// leaves to the others, where there are any.
func (d *Daemon) mine(ctx context.Context, tx *store.Tx, over []store.Trouble) (mine []store.Trouble, err error) {
	if len(over) == 0 {
		return nil, nil
	}
	others, err := tx.OthersAlive(ctx, d.node)
	for _, t := range over {
		if !others || d.knows(&t) {
			mine = append(mine, t)
		}
	}
	return mine, err
}

func has(all []store.Trouble, kind store.TroubleKind, ref string) bool {
	for _, t := range all {
		if t.Kind == kind && t.Ref == ref {
			return true
		}
	}
	return false
}

// troubleBegins notes a trouble, unless it goes on already, and has people told.
func (d *Daemon) troubleBegins(ctx context.Context, tx *store.Tx, t store.Trouble) error {
	whom, err := d.toBeTold(ctx, tx)
	if err != nil {
		return err
	}
	isNew, err := tx.BeginTrouble(ctx, t, whom)
	if err != nil || !isNew {
		return err
	}
	tx.After(func() {
		d.log.Warn("something has gone wrong", "kind", t.Kind, "of", t.Ref, "since", t.Since, "detail", t.Detail)
	})
	return d.jobs.tell(ctx, tx, whom)
}

// troubleEnds notes that a trouble is over, and has those told who were to hear of it.
func (d *Daemon) troubleEnds(ctx context.Context, tx *store.Tx, id string) error {
	whom, err := tx.EndTrouble(ctx, id)
	if err != nil {
		return err
	}
	return d.jobs.tell(ctx, tx, whom)
}

// troubleGone notes that what a trouble was about is there no more. Whoever took it away
// knows, and whether it was mended nobody does: so nobody is told.
func (d *Daemon) troubleGone(ctx context.Context, tx *store.Tx, id string) error {
	if _, err := tx.EndTrouble(ctx, id); err != nil {
		return err
	}
	return tx.ForgetTrouble(ctx, id)
}

// troubleOver is troubleEnds by what it is about.
func (d *Daemon) troubleOver(ctx context.Context, tx *store.Tx, kind store.TroubleKind, ref string) error {
	t, err := tx.OpenTrouble(ctx, kind, ref)
	if err != nil || t == nil {
		return err
	}
	return d.troubleEnds(ctx, tx, t.ID)
}

// beginsLate has people told of an edition that begins now, where it is late: also of
// one that was made up for so quickly that nobody saw it wait.
func (d *Daemon) beginsLate(ctx context.Context, tx *store.Tx, e *magazine.Edition) error {
	due, err := d.lateSince(ctx, tx, e)
	if err != nil {
		return err
	}
	if !due.IsZero() {
		if err := d.troubleBegins(ctx, tx, store.Trouble{Kind: store.TroubleLate, Ref: e.ID, Since: due}); err != nil {
			return err
		}
	}
	return d.troubleOver(ctx, tx, store.TroubleLate, e.ID)
}

// toBeTold are the owners, by their ids, and the addresses in mail.admins that are
// not theirs.
func (d *Daemon) toBeTold(ctx context.Context, tx *store.Tx) (whom []string, err error) {
	owners, err := tx.OwnersNow(ctx)
	if err != nil {
		return nil, err
	}
	theirs := map[string]bool{}
	for _, p := range owners {
		whom = append(whom, p.ID)
		theirs[magazine.EmailKey(p.Email)] = true
	}
	for _, a := range d.config.Mail.Admins {
		if key := magazine.EmailKey(a.Address); !theirs[key] {
			theirs[key] = true
			whom = append(whom, a.Address)
		}
	}
	return whom, nil
}

// nudgeTold has those told who are still to be: their job may have been lost, or was
// at its end when more came to be told.
func (d *Daemon) nudgeTold(ctx context.Context) error {
	whom, err := d.Store.Untold(ctx)
	if err != nil || len(whom) == 0 {
		return err
	}
	return d.Store.Write(ctx, func(tx *store.Tx) error { return d.jobs.tell(ctx, tx, whom) })
}
