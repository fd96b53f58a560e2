package daemon

import (
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	"postrider/magazine"
	"postrider/store"
)

// maxNote bounds an editor's note, and maxWhy why something was decided, in characters.
const (
	maxNote = 5000
	maxWhy  = 500
)

// Approve has a draft go out at its time, at a person's word; one whose time has
// passed goes at once. Conflict: it is no draft that waits.
func (d *Daemon) Approve(ctx context.Context, id, who string) (*magazine.Edition, error) {
	return d.ApproveAs(ctx, id, who, "")
}

// ApproveAs is Approve by who has seen the edition with a mark (see
// magazine.Edition.Mark); empty: whatever it is. Conflict: it is another now.
func (d *Daemon) ApproveAs(ctx context.Context, id, who, seen string) (*magazine.Edition, error) {
	return d.decide(ctx, id, func(tx *store.Tx, e *magazine.Edition) (store.Act, error) {
		act := store.Act{Who: who, What: "approve"}
		if e.State != magazine.EditionWaiting {
			return act, notNow(e, "only a draft that waits can be approved", "desk.not-now.approve")
		}
		if err := asSeen(e, seen); err != nil {
			return act, err
		}
		if err := tx.ApproveEdition(ctx, id, who); err != nil {
			return act, err
		}
		if e.Approved = who; e.Starts.After(tx.Now) {
			return act, nil
		}
		return act, d.sendDraft(ctx, tx, e)
	})
}

// Release has a held edition go out, at a person's word. Conflict: it is not held.
func (d *Daemon) Release(ctx context.Context, id, who string) (*magazine.Edition, error) {
	return d.ReleaseAs(ctx, id, who, "")
}

// ReleaseAs is to Release what ApproveAs is to Approve.
func (d *Daemon) ReleaseAs(ctx context.Context, id, who, seen string) (*magazine.Edition, error) {
	return d.decide(ctx, id, func(tx *store.Tx, e *magazine.Edition) (store.Act, error) {
		act := store.Act{Who: who, What: "release", Detail: "it was held: " + e.Reason}
		if e.State != magazine.EditionHeld {
			return act, notNow(e, "only a held edition can be released", "desk.not-now.release")
		}
		if err := asSeen(e, seen); err != nil {
			return act, err
		}
		if err := tx.ApproveEdition(ctx, id, who); err != nil {
			return act, err
		}
		if e.Repeats() != "" { // it has been made
			return act, d.goesOn(ctx, tx, e)
		}
		return act, d.sendDraft(ctx, tx, e)
	})
}

// Drop ends an edition at a person's word: nobody who has not got it gets it any
// more, and the articles of a digest come with the next. Conflict: it has its end already.
func (d *Daemon) Drop(ctx context.Context, id, who, why string) (*magazine.Edition, error) {
	return d.DropAs(ctx, id, who, why, "")
}

// DropAs is to Drop what ApproveAs is to Approve; but one that has begun to go out since
// it was seen, and still does, is cancelled, whatever else has become of it.
func (d *Daemon) DropAs(ctx context.Context, id, who, why, seen string) (*magazine.Edition, error) {
	return d.end(ctx, id, store.Act{Who: who, What: "drop"}, why, seen)
}

// CancelEdition is Drop of one that is being made or sent, or paused: what is left
// of it goes to nobody.
func (d *Daemon) CancelEdition(ctx context.Context, id, who, why string) (*magazine.Edition, error) {
	return d.end(ctx, id, store.Act{Who: who, What: "cancel"}, why, "")
}

func (d *Daemon) end(ctx context.Context, id string, act store.Act, why, seen string) (*magazine.Edition, error) {
	why = magazine.CleanText(why)
	if all := []rune(why); len(all) > maxWhy {
		why = string(all[:maxWhy])
	}
	act.Detail = why
	return d.decide(ctx, id, func(tx *store.Tx, e *magazine.Edition) (store.Act, error) {
		act := act
		switch e.State {
		case magazine.EditionWaiting, magazine.EditionHeld, magazine.EditionPaused: // nothing leaves meanwhile
			if err := asSeen(e, seen); err != nil {
				return act, err
			}
		case magazine.EditionPlanned, magazine.EditionSending:
			if seen != "" { // it had not begun then; while one is asked again, more would leave
				act.What = "cancel"
			}
		default:
			return act, notNow(e, "nothing of it is left", "desk.not-now.end")
		}
		if err := tx.SetAlarm(ctx, store.Alarm{Kind: store.AlarmEdition, Ref: id}); err != nil {
			return act, err
		}
		if err := tx.SetAlarm(ctx, store.Alarm{Kind: store.AlarmWave, Ref: id}); err != nil {
			return act, err
		}
		return act, tx.DropEdition(ctx, e, ended(act))
	})
}

// ended is the reason of an edition that somebody has ended.
func ended(act store.Act) string {
	by, byFor := magazine.DroppedBy, magazine.DroppedFor
	if act.What == "cancel" {
		by, byFor = magazine.CancelledBy, magazine.CancelledFor
	}
	if act.Detail == "" {
		return by.Text(act.Who)
	}
	return byFor.Text(act.Who, act.Detail)
}

// Note sets the editor's note of an edition that has not begun to go out. A
// draft is made and mailed anew, and one that was approved is not any more. seen is the
// note that it is to replace; nil: whatever there is. Invalid: the note is too long.
// Conflict: the edition goes out already, or has another note than was seen.
func (d *Daemon) Note(ctx context.Context, id, who, note string, seen *string) (*magazine.Edition, error) {
	note = cleanNote(note)
	if n := utf8.RuneCountInString(note); n > maxNote {
		return nil, magazine.Errorf(magazine.Invalid, "the note has %d characters; it may have %d: shorten it", n, maxNote).Said("desk.edition.note.long", "n", strconv.Itoa(n), "most", strconv.Itoa(maxNote))
	}
	return d.decide(ctx, id, func(tx *store.Tx, e *magazine.Edition) (store.Act, error) {
		act := store.Act{Who: who, What: "note", Detail: note}
		begun, err := tx.HasRanges(ctx, id)
		if err != nil {
			return act, err
		}
		waits := e.State == magazine.EditionPlanned || e.State == magazine.EditionWaiting || e.State == magazine.EditionHeld
		if !waits || begun {
			return act, notNow(e, "a note can be set until it goes out", "desk.not-now.note")
		}
		if seen != nil && cleanNote(*seen) != cleanNote(e.Note) {
			return act, magazine.Errorf(magazine.Conflict, "somebody has set another note meanwhile").Said("desk.not-now.noted")
		}
		if note == cleanNote(e.Note) { // nobody has to look again
			return store.Act{}, nil
		}
		if err := tx.NoteEdition(ctx, id, note); err != nil {
			return act, err
		}
		if err := d.unapprove(ctx, tx, e, &act); err != nil {
			return act, err
		}
		if e.State == magazine.EditionHeld || e.State == magazine.EditionWaiting && e.Cutoff == 0 { // there is nothing to be made anew
			return act, nil
		}
		return act, d.jobs.compose(ctx, tx, id)
	})
}

// cleanNote is a note without what no mail may hold, with one character a line end:
// forms send two.
func cleanNote(note string) string {
	return strings.TrimSpace(magazine.CleanRunes(strings.ReplaceAll(note, "\r\n", "\n")))
}

// decide does to an edition what a person wants, keeps that as proof, and
// returns the edition as it then is. An act without a What is none: nothing was to be done.
func (d *Daemon) decide(ctx context.Context, id string, f func(tx *store.Tx, e *magazine.Edition) (store.Act, error)) (after *magazine.Edition, err error) {
	err = d.Store.Write(ctx, func(tx *store.Tx) error {
		// First, as everybody who needs it does.
		if _, err := tx.ArticleNumber(ctx); err != nil {
			return err
		}
		e, err := tx.Edition(ctx, id)
		if err != nil {
			return err
		}
		act, err := f(tx, e)
		if err != nil {
			return err
		}
		if act.What == "release" || act.What == "drop" || act.What == "cancel" { // at once, so that one that is held again is told again
			if err := d.troubleOver(ctx, tx, store.TroubleHeld, id); err != nil {
				return err
			}
		}
		if act.What == "" {
			after = e
			return nil
		}
		act.Newsletter, act.Edition = e.Newsletter, id
		if err := tx.PutAct(ctx, act); err != nil {
			return err
		}
		after, err = tx.Edition(ctx, id)
		return err
	})
	return after, err
}

// unapprove takes the approval of a draft back that is another than was approved, where
// it needs one. It waits with the reason, by which it is held where nobody approves it
// again; who had approved it and the editors are mailed it anew (notifyDraft).
func (d *Daemon) unapprove(ctx context.Context, tx *store.Tx, e *magazine.Edition, act *store.Act) error {
	if e.Approved == "" || e.State != magazine.EditionWaiting || !d.approval(e.Newsletter).Required {
		return nil
	}
	act.Detail = strings.TrimSpace(act.Detail + "\n(" + e.Approved + " had approved it before that)")
	return tx.UnapproveEdition(ctx, e.ID, magazine.ApprovalOver.Text(e.Approved, act.Who))
}

// asSeen tells that an edition is as somebody saw it who decides about it. Nobody sends,
// or gives up, what they have not seen; but what is on its way can be stopped whatever has
// become of it (end).
func asSeen(e *magazine.Edition, seen string) error {
	if seen == "" || seen == e.Mark() {
		return nil
	}
	return notNow(e, "its articles, its note, its time, its state or the reason for it are not as you saw them", "desk.not-now.seen")
}

// notNow says why a decision about an edition is not to be had; message is that for
// people at the desk.
func notNow(e *magazine.Edition, rule, message string) error {
	return magazine.Errorf(magazine.Conflict, "edition %s of %s is %s: %s", e.ID, e.Newsletter, e.State, rule).Said(message)
}
