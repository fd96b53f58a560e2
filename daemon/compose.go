package daemon

import (
	"context"
	"encoding/json"
	"time"

	"github.com/riverqueue/river"

	"postrider/digests"
	"postrider/magazine"
	"postrider/store"
)

const (
	rangeSize  = 500             // people in a range
	nudgeAfter = 5 * time.Second // how long a range may lie unclaimed
)

// composer fixes an edition's content and makes its messages.
type composer struct {
	river.WorkerDefaults[digests.ComposeArgs]
	d *Daemon
}

func (w *composer) Work(ctx context.Context, job *river.Job[digests.ComposeArgs]) error {
	busy, err := w.d.compose(ctx, job.Args.Edition)
	if busy {
		return river.JobSnooze(time.Second)
	}
	return err
}

// compose takes a planned edition to its sending. Each of its three steps is
// one transaction and may run again after a crash; busy says that an earlier
// edition of the newsletter is still on its way.
func (d *Daemon) compose(ctx context.Context, id string) (busy bool, err error) {
	e, busy, err := d.fixContent(ctx, id)
	if err != nil || busy || e == nil {
		return busy, err
	}
	pieces, err := d.Store.EditionArticles(ctx, id)
	if err != nil {
		return false, err
	}
	if err := d.renderGroups(ctx, e, pieces); err != nil {
		if ctx.Err() != nil {
			return false, err
		}
		d.log.Error("an edition is held: its message cannot be made", "edition", id, "newsletter", e.Newsletter, "error", err)
		return false, d.setState(ctx, id, magazine.EditionHeld, "its message cannot be made: "+err.Error())
	}
	return false, d.Store.Write(ctx, func(tx *store.Tx) error {
		now, err := tx.Edition(ctx, id)
		if err != nil || now.State != magazine.EditionPlanned {
			return err
		}
		ranges, err := tx.PlanRanges(ctx, id, e.Newsletter, rangeSize, nudgeAfter)
		if err != nil {
			return err
		}
		if err := tx.SetEditionState(ctx, id, magazine.EditionSending, ""); err != nil {
			return err
		}
		return d.jobs.ranges(ctx, tx, ranges)
	})
}

// fixContent writes down the cut-off and the candidates, once. It returns nil
// where there is nothing more to do.
func (d *Daemon) fixContent(ctx context.Context, id string) (e *magazine.Edition, busy bool, err error) {
	err = d.Store.Write(ctx, func(tx *store.Tx) error {
		e, busy = nil, false
		have, err := tx.Edition(ctx, id)
		if err != nil || have.State != magazine.EditionPlanned {
			return err
		}
		letter, err := d.Newsletter(have.Newsletter)
		if err != nil {
			return tx.SetEditionState(ctx, id, magazine.EditionHeld, "the configuration has no newsletter "+have.Newsletter)
		}
		if have.Cutoff > 0 {
			e = have
			return nil
		}
		if busy, err = tx.Busy(ctx, have); err != nil || busy {
			return err
		}
		fresh, cutoff, err := candidates(ctx, tx, letter)
		if err != nil {
			return err
		}
		if len(fresh) == 0 {
			return tx.SetEditionState(ctx, id, magazine.EditionSkipped, "nothing new")
		}
		if err := tx.FixContent(ctx, id, cutoff, fresh); err != nil {
			return err
		}
		e, err = tx.Edition(ctx, id)
		return err
	})
	return e, busy, err
}

// candidates are the articles that are new to somebody.
func candidates(ctx context.Context, tx *store.Tx, letter *magazine.Newsletter) ([]magazine.Article, int64, error) {
	cutoff, err := tx.ArticleNumber(ctx)
	if err != nil {
		return nil, 0, err
	}
	served, people, err := tx.LeastServed(ctx, letter.Name)
	if err != nil || !people || served >= cutoff {
		return nil, cutoff, err
	}
	all, err := tx.ArticlesAfter(ctx, served, cutoff)
	return digests.Candidates(all, cutoff, tx.Now, letter.MaxAge), cutoff, err
}

// renderGroups makes and keeps the message of every group of people there is
// now, so that what cannot be made is known before the first one goes.
func (d *Daemon) renderGroups(ctx context.Context, e *magazine.Edition, pieces []magazine.Article) error {
	made := map[string]bool{}
	const everybody = "\U0010FFFF"
	for above := ""; ; {
		readers, err := d.Store.Readers(ctx, e.Newsletter, above, everybody, 1000)
		if err != nil || len(readers) == 0 {
			return err
		}
		for i := range readers {
			above = readers[i].Subscriber.ID
			chosen := digests.Select(pieces, &readers[i])
			if len(chosen) == 0 {
				continue
			}
			key := groupKey(pieces, chosen, d.Publication.Language)
			if made[key] {
				continue
			}
			if _, err := d.message(ctx, e, pieces, chosen, key); err != nil {
				return err
			}
			made[key] = true
		}
	}
}

func groupKey(pieces []magazine.Article, chosen []int, language string) string {
	ids := make([]string, len(chosen))
	for i, at := range chosen {
		ids[i] = pieces[at].ID
	}
	return digests.Key(ids, language)
}

// message finds the message of a group, or makes and keeps it.
func (d *Daemon) message(ctx context.Context, e *magazine.Edition, pieces []magazine.Article, chosen []int, key string) (*digests.Mail, error) {
	kept, err := d.Store.Message(ctx, e.ID, key)
	if err != nil {
		return nil, err
	}
	if kept != "" {
		var m digests.Mail
		return &m, json.Unmarshal([]byte(kept), &m)
	}
	list := make([]magazine.Article, len(chosen))
	for i, at := range chosen {
		list[i] = pieces[at]
	}
	m, err := d.renderers[e.Newsletter].Render(digests.Edition{ID: e.ID, Date: e.CutoffAt}, list)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	return m, d.Store.Write(ctx, func(tx *store.Tx) error { return tx.PutMessage(ctx, e.ID, key, string(text)) })
}

func (d *Daemon) setState(ctx context.Context, id string, state magazine.EditionState, reason string) error {
	return d.Store.Write(ctx, func(tx *store.Tx) error { return tx.SetEditionState(ctx, id, state, reason) })
}
