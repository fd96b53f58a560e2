package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/riverqueue/river"

	"postrider/digests"
	"postrider/magazine"
	"postrider/store"
)

const (
	rangeSize  = 1000            // people in a range
	nudgeAfter = 5 * time.Second // how long a range may lie unclaimed
)

// composer fixes an edition's content and makes its messages.
type composer struct {
	river.WorkerDefaults[digests.ComposeArgs]
	d *Daemon
}

func (w *composer) Work(ctx context.Context, job *river.Job[digests.ComposeArgs]) error {
	switch done, err := w.d.compose(ctx, job.Args.Edition); {
	case done == composeBusy:
		return river.JobSnooze(time.Second)
	case done == composeMore:
		return river.JobSnooze(0)
	default:
		return err
	}
}

// A renderer makes the message of a group: the newsletter's own, or a test's
// that fails for one.
type renderer interface {
	Render(digests.Edition, []magazine.Article) (*digests.Mail, error)
}

// composed says how far a composition came.
type composed int

const (
	composeDone composed = iota
	composeBusy          // an earlier edition of the newsletter is still on its way
	composeMore          // the daemon is ending; what was made is kept
)

// compose takes a planned edition to its sending. Each of its three steps may
// run again after a crash, or twice at once.
func (d *Daemon) compose(ctx context.Context, id string) (done composed, err error) {
	var e *magazine.Edition
	var busy bool
	err = d.anew(ctx, func(ctx context.Context) (err error) {
		e, busy, err = d.fixContent(ctx, id)
		return err
	})
	if busy {
		return composeBusy, err
	}
	if err != nil || e == nil {
		return composeDone, err
	}
	pieces, err := d.Store.EditionArticles(ctx, id)
	if err != nil {
		return composeDone, err
	}
	groups, more, err := d.renderGroups(ctx, e, pieces)
	if unmakeable(err) {
		return composeDone, d.hold(ctx, e, err)
	}
	if err != nil {
		return composeDone, err
	}
	if more {
		return composeMore, nil
	}
	err = d.anew(ctx, func(ctx context.Context) (err error) {
		done, err = d.plan(ctx, e, groups)
		return err
	})
	return done, err
}

// plan cuts an edition's readers into ranges and has them sent. An edition that
// has nothing for anybody ends here.
func (d *Daemon) plan(ctx context.Context, e *magazine.Edition, groups int) (done composed, err error) {
	err = d.Store.Write(ctx, func(tx *store.Tx) error {
		done = composeDone
		if _, err := d.current(ctx, tx); err != nil {
			return err
		}
		// Before the edition, as in fixContent: of two whose content is fixed one goes after the other.
		if _, err := tx.ArticleNumber(ctx); err != nil {
			return err
		}
		now, err := tx.Edition(ctx, e.ID)
		if err != nil || !unsent(now) || now.Note != e.Note || now.Arranged != e.Arranged {
			return err
		}
		begun, err := tx.HasRanges(ctx, e.ID) // it was held mid-way, and is released
		if err != nil {
			return err
		}
		if groups == 0 && !begun && now.Waved.IsZero() {
			return tx.SetEditionState(ctx, e.ID, magazine.EditionSkipped, magazine.NothingNew.Text())
		}
		if now.State == magazine.EditionWaiting {
			return d.draftMailed(ctx, tx, now)
		}
		if busy, err := tx.Busy(ctx, now); err != nil || busy {
			done = composeBusy
			return err
		}
		if err := d.beginsLate(ctx, tx, now); err != nil {
			return err
		}
		if now.Waves {
			if err := d.begins(ctx, tx, now); err != nil {
				return err
			}
			if err := tx.SetEditionState(ctx, e.ID, magazine.EditionSending, ""); err != nil {
				return err
			}
			return tx.SetAlarm(ctx, store.Alarm{Kind: store.AlarmWave, Ref: e.ID, At: tx.Now})
		}
		var ranges []store.Range
		if !begun { // else what lies open is nudged
			if ranges, err = tx.PlanRanges(ctx, e.ID, d.audience(e), "", d.rangeSize, nudgeAfter); err != nil {
				return err
			}
		}
		if err := tx.SetEditionState(ctx, e.ID, magazine.EditionSending, ""); err != nil {
			return err
		}
		if _, err := tx.FinishEdition(ctx, e.ID); err != nil { // everybody has left meanwhile
			return err
		}
		return d.jobs.ranges(ctx, tx, ranges)
	})
	return done, err
}

// fixContent writes down the cut-off, the candidates, and whom they go to as newsletters
// go out by now, once. It returns nil where there is nothing more to do.
func (d *Daemon) fixContent(ctx context.Context, id string) (e *magazine.Edition, busy bool, err error) {
	issue, pieces, err := d.issueOfEdition(ctx, id)
	if err != nil {
		return nil, false, err
	}
	err = d.Store.Write(ctx, func(tx *store.Tx) error {
		e, busy = nil, false
		t, err := d.current(ctx, tx)
		if err != nil {
			return err
		}
		// Before the edition, so that of two editions of a newsletter that come here at once the
		// second sees that the first is on its way.
		if _, err := tx.ArticleNumber(ctx); err != nil {
			return err
		}
		have, err := tx.Edition(ctx, id)
		if err != nil || !unsent(have) {
			return err
		}
		letter := t.letter(have.Newsletter)
		if letter == nil {
			return d.holdFor(ctx, tx, have, magazine.NewsletterGone.Text(have.Newsletter))
		}
		if have.Cutoff > 0 {
			e = have
			return nil
		}
		if busy, err = tx.Busy(ctx, have); err != nil || busy {
			return err
		}
		if err := tx.ServePaused(ctx, have.Newsletter); err != nil {
			return err
		}
		// Whose pause is over by now gets it, or starts afresh with it.
		if _, err := tx.EndPauses(ctx); err != nil {
			return err
		}
		at := have.Nominal
		if have.Starts.After(at) {
			at = have.Starts
		}
		fresh, floor, cutoff, err := candidates(ctx, tx, letter, audienceOf(letter, have.Schedule), at)
		if issue != nil { // which has all of it for everybody
			fresh, floor = pieces, 0
		}
		if err != nil {
			return err
		}
		few, err := tooFew(ctx, tx, letter, have, fresh)
		switch {
		case err != nil:
			return err
		case len(fresh) == 0:
			return tx.SetEditionState(ctx, id, magazine.EditionSkipped, magazine.NothingNew.Text())
		case few != "":
			return tx.SetEditionState(ctx, id, magazine.EditionSkipped, few)
		}
		if err := tx.FixContent(ctx, id, floor, cutoff, issue, fresh); err != nil {
			return err
		}
		if audience := audienceOf(letter, have.Schedule); audience.Only == "" && have.Schedule != "" {
			if err := tx.FixAudience(ctx, id, append([]string{}, audience.Not...)); err != nil {
				return err
			}
		}
		e, err = tx.Edition(ctx, id)
		return err
	})
	return e, busy, err
}

// tooFew says that an edition has too little that is new; empty: it has not. What
// came with the last edition counts no more, though somebody may still wait for
// it. What is left comes with the next edition that has enough.
func tooFew(ctx context.Context, tx *store.Tx, letter *magazine.Newsletter, e *magazine.Edition, fresh []magazine.Article) (string, error) {
	if letter.Minimum <= 1 || e.Issue != nil {
		return "", nil
	}
	last, err := tx.LastCutoff(ctx, letter.Name, e.Schedule)
	n := 0
	for i := range fresh {
		if fresh[i].Seq > last {
			n++
		}
	}
	if err != nil || n >= letter.Minimum {
		return "", err
	}
	return magazine.TooLittle.Text(strconv.Itoa(n), strconv.Itoa(letter.Minimum)), nil
}

// unsent tells that an edition is to be made, and nothing of it goes out yet.
func unsent(e *magazine.Edition) bool {
	return e.State == magazine.EditionPlanned || e.State == magazine.EditionWaiting
}

// candidates are the articles that are new to somebody of an edition's
// audience who can be mailed now, or at a later instant: between the floor and
// the cut-off.
func candidates(ctx context.Context, tx *store.Tx, letter *magazine.Newsletter, audience store.Audience, at time.Time) (fresh []magazine.Article, floor, cutoff int64, err error) {
	if cutoff, err = tx.ArticleNumber(ctx); err != nil {
		return nil, 0, 0, err
	}
	fresh, floor, err = candidatesUpTo(ctx, tx, letter, audience, cutoff, tx.Now, at)
	return fresh, floor, cutoff, err
}

// candidatesUpTo are those up to a number, of the store or in a transaction.
func candidatesUpTo(ctx context.Context, from interface {
	LeastServed(context.Context, store.Audience, time.Time) (int64, bool, error)
	LeftOut(context.Context, string, []string) (map[string]bool, error)
	ArticlesAfter(ctx context.Context, above, upTo int64, since time.Time) ([]magazine.Article, error)
}, letter *magazine.Newsletter, audience store.Audience, cutoff int64, now, at time.Time) (fresh []magazine.Article, floor int64, err error) {
	if at.Before(now) {
		at = now
	}
	floor, people, err := from.LeastServed(ctx, audience, at)
	if err != nil || !people || floor >= cutoff {
		return nil, floor, err
	}
	var since time.Time
	if letter.MaxAge > 0 {
		since = now.Add(-letter.MaxAge)
	}
	all, err := from.ArticlesAfter(ctx, floor, cutoff, since)
	if err != nil || len(all) == 0 {
		return nil, floor, err
	}
	out, err := from.LeftOut(ctx, letter.Name, decidedFor(letter, audience))
	return without(digests.Candidates(all, cutoff, now, letter.MaxAge), out), floor, err
}

// without leaves out some articles by their ids.
func without(all []magazine.Article, out map[string]bool) []magazine.Article {
	return slices.DeleteFunc(all, func(a magazine.Article) bool { return out[a.ID] })
}

// renderGroups makes and keeps the message of every group of people there is
// now, so that what cannot be made is known before the first one goes. It tells
// how many groups there are, or that there are more, for the daemon is ending.
func (d *Daemon) renderGroups(ctx context.Context, e *magazine.Edition, pieces []magazine.Article) (groups int, more bool, err error) {
	var long longMails
	err = d.eachGroup(ctx, e, pieces, func(g group) error {
		if d.ending.Err() != nil {
			return errEnding
		}
		m, err := d.message(ctx, e, pieces, g)
		if err != nil {
			return err
		}
		groups++
		long.note(m)
		d.progressed()
		return nil
	})
	if errors.Is(err, errEnding) {
		return 0, true, nil
	}
	if err != nil {
		return 0, false, err
	}
	long.tell(d.log, e)
	return groups, false, nil
}

// errEnding cuts short what goes on with the next daemon.
var errEnding = errors.New("the daemon is ending")

// longMails are the messages of an edition that near the size at which mail
// programs cut them off.
type longMails struct {
	count   int
	longest *digests.Mail
}

func (l *longMails) note(m *digests.Mail) {
	if m.Warning == "" {
		return
	}
	l.count++
	if l.longest == nil || len(m.HTML) > len(l.longest.HTML) {
		l.longest = m
	}
}

// tell tells of them in one line of the log.
func (l *longMails) tell(log *slog.Logger, e *magazine.Edition) {
	if l.count > 0 {
		log.Warn("mails are nearly as long as mail programs show", "edition", e.ID, "newsletter", e.Newsletter, "groups", l.count, "longest", l.longest.Warning,
			"mend", "set maximum_articles, or send more often")
	}
}

// message finds the message of a group, or makes and keeps it.
func (d *Daemon) message(ctx context.Context, e *magazine.Edition, pieces []magazine.Article, g group) (*digests.Mail, error) {
	kept, err := d.Store.Message(ctx, e.ID, g.key)
	if err != nil {
		return nil, err
	}
	if kept != "" {
		var m digests.Mail
		return &m, json.Unmarshal([]byte(kept), &m)
	}
	renderer := d.renderers[e.Newsletter]
	if renderer == nil {
		return nil, &unmade{magazine.Errorf(magazine.NotFound, "the configuration has no newsletter %s any more", e.Newsletter)}
	}
	m, err := renderer.Render(d.printedEdition(e, g.language), d.printed(pieces, g.chosen, g.tier))
	if err != nil {
		return nil, &unmade{err}
	}
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	return m, d.Store.Write(ctx, func(tx *store.Tx) error { return tx.PutMessage(ctx, e, g.key, string(text), idsOf(pieces, g.chosen)) })
}

// printed are the chosen pieces as a tier gets them: what its people may read is
// to them like all others.
func (d *Daemon) printed(pieces []magazine.Article, chosen []int, tier magazine.Tier) []magazine.Article {
	list := make([]magazine.Article, len(chosen))
	for i, at := range chosen {
		if list[i] = pieces[at]; d.Publication.Tiers.MayRead(tier, list[i].Access) {
			list[i].Access = magazine.Everyone
		}
	}
	return list
}

// unmade is why a message cannot be made: the same work would fail again.
type unmade struct{ cause error }

func (u *unmade) Error() string { return magazine.Unmakeable.Text(u.cause.Error()) }
func (u *unmade) Unwrap() error { return u.cause }

func unmakeable(err error) bool {
	var u *unmade
	return errors.As(err, &u)
}

// hold stops an edition until people decide.
func (d *Daemon) hold(ctx context.Context, e *magazine.Edition, why error) error {
	return d.Store.Write(ctx, func(tx *store.Tx) error {
		now, err := tx.Edition(ctx, e.ID)
		if err != nil || !unsent(now) && now.State != magazine.EditionSending { // a person has decided meanwhile
			return err
		}
		return d.holdFor(ctx, tx, now, why.Error())
	})
}
