package daemon

import (
	"context"

	"postrider/magazine"
	"postrider/store"
)

// PauseEdition stops an edition that is being made or sent, at a person's word,
// until somebody resumes or cancels it. Messages that are on their way are
// finished and recorded; the next one of each conversation does not leave, from a
// second later on at most. Conflict: there is nothing to be paused.
//
// The next edition of the newsletter does not wait for it. Whoever gets that one
// has nothing left in this one.
func (d *Daemon) PauseEdition(ctx context.Context, id, who string) (*magazine.Edition, error) {
	return d.decide(ctx, id, func(tx *store.Tx, e *magazine.Edition) (store.Act, error) {
		act := store.Act{Who: who, What: "pause"}
		switch e.State {
		case magazine.EditionPlanned, magazine.EditionSending:
			return act, tx.SetEditionState(ctx, id, magazine.EditionPaused, magazine.PausedBy.Text(who))
		case magazine.EditionWaiting, magazine.EditionHeld:
			return act, notNow(e, "it goes to nobody as it is; to end it: postrider editions drop "+id, "desk.not-now.pause")
		}
		return act, notNow(e, "only an edition that is being made or sent can be paused", "desk.not-now.pause")
	})
}

// ResumeEdition has a paused edition go on at once, where it was, at a person's
// word; or behind the one of the same newsletter that is on its way meanwhile.
// Conflict: it is not paused.
func (d *Daemon) ResumeEdition(ctx context.Context, id, who string) (*magazine.Edition, error) {
	return d.decide(ctx, id, func(tx *store.Tx, e *magazine.Edition) (store.Act, error) {
		act := store.Act{Who: who, What: "resume"}
		if e.State != magazine.EditionPaused {
			return act, notNow(e, "only a paused edition can be resumed", "desk.not-now.resume")
		}
		if e.Repeats() != "" { // it has been made, and waits for no other
			return act, d.goesOn(ctx, tx, e)
		}
		begun, err := tx.HasRanges(ctx, id)
		if err != nil {
			return act, err
		}
		busy, err := tx.Busy(ctx, e)
		if err != nil {
			return act, err
		}
		if busy || !begun && e.Waved.IsZero() { // it is still to be made, or waits for its turn
			if err := tx.SetEditionState(ctx, id, magazine.EditionPlanned, ""); err != nil {
				return act, err
			}
			return act, d.jobs.compose(ctx, tx, id)
		}
		return act, d.goesOn(ctx, tx, e)
	})
}

// goesOn has what lies open of an edition sent.
func (d *Daemon) goesOn(ctx context.Context, tx *store.Tx, e *magazine.Edition) error {
	if err := tx.SetEditionState(ctx, e.ID, magazine.EditionSending, ""); err != nil {
		return err
	}
	if err := tx.PutForwardAlarm(ctx, store.AlarmWave, e.ID); err != nil {
		return err
	}
	open, err := tx.FreeRanges(ctx, e.ID, nudgeAfter)
	if err != nil {
		return err
	}
	if _, err := tx.FinishEdition(ctx, e.ID); err != nil { // nothing was left but what was under way
		return err
	}
	return d.jobs.ranges(ctx, tx, open)
}
