package daemon

import (
	"context"
	"fmt"
	"time"

	"postrider/digests"
	"postrider/magazine"
	"postrider/mailer"
	"postrider/store"
)

// A Preview is what a person would get.
type Preview struct {
	Message  *mailer.Parcel    // nil: nothing
	Subject  string            // of it
	Text     string            // its text part
	HTML     string            // its other part
	Verdicts []digests.Verdict // of a digest, newest first: why what is in it, and what is not
	Edition  string            // that it is taken from, whose content is fixed; empty: what is new
	Skipped  string            // why there is no edition for anybody; empty: there is
	Theirs   time.Time         // when the newsletter comes to them next, on their clocks, if it goes out in each reader's own time; else zero
	Warning  string            // it nears the size at which mail programs cut it off; empty: it does not
}

// So many of the newest articles a preview explains at least, and looks at at the most:
// who has been away for years has all of them waiting, each with its text.
const (
	explained = 50
	lookedAt  = 2000
)

// Preview makes exactly what a person would get of a newsletter at an instant,
// with the articles as they now stand and those that appear until then; the zero
// instant is now. It is made by what sends, and changes nothing. Where a draft
// waits that goes out then, or at all where no instant is named, it is of that; so
// it is of an edition that goes out in waves, until it has come to the person.
// NotFound: nobody of that address is subscribed. Conflict: the person would get
// nothing, whatever is new.
func (d *Daemon) Preview(ctx context.Context, newsletter, email string, at time.Time) (*Preview, error) {
	letter, err := d.Newsletter(newsletter)
	if err != nil {
		return nil, err
	}
	p, err := d.Store.SubscriberByEmail(ctx, email)
	if magazine.CodeOf(err) == magazine.NotFound {
		return nil, magazine.Errorf(magazine.NotFound, "%s is no subscriber", email)
	}
	if err != nil {
		return nil, err
	}
	share, err := d.Store.Subscription(ctx, newsletter, p.ID)
	if err != nil {
		return nil, err
	}
	if share == nil {
		share = &magazine.Subscription{}
	}
	e, pieces, err := d.previewed(ctx, letter, share, at)
	if err != nil {
		return nil, err
	}
	sub, turn, err := d.turn(ctx, e, p.ID)
	if err != nil {
		return nil, err
	}
	if !turn.Paused.After(e.Nominal) {
		turn.Paused = time.Time{} // it is over then
		resumed(sub, pieces)
	}
	why := unwanted(turn)
	if why == "" && e.ID != previewID && sub != nil && sub.Served < e.Floor {
		why = cameLate
	}
	if why != "" {
		return nil, magazine.Errorf(magazine.Conflict, "%s would get nothing of %s: %s", email, newsletter, why)
	}
	shown := &Preview{}
	if shown.Theirs, err = d.theirTime(ctx, letter, share, laterOf(at, d.Store.Now())); err != nil {
		return nil, err
	}
	if e.ID != previewID {
		shown.Edition = e.ID
	}
	if e.Issue == nil {
		shown.Verdicts = digests.Explain(pieces, sub, e.Cutoff, e.CutoffAt, letter.MaxAge, d.leavesOut(letter))
		if e.ID == previewID { // else they are what the edition has, in its order
			pieces = digests.Candidates(pieces, e.Cutoff, e.CutoffAt, letter.MaxAge)
		}
		fresh := 0
		for i := range pieces {
			if pieces[i].Seq > e.Floor {
				fresh++
			}
		}
		if e.ID == previewID && letter.Minimum > 1 && fresh < letter.Minimum {
			shown.Skipped = fmt.Sprintf("%d new, and minimum_articles is %d", fresh, letter.Minimum)
			return shown, nil
		}
	}
	chosen := d.shares(e, pieces)(sub)
	if len(chosen) == 0 {
		return shown, nil
	}
	language := d.spoken(p.Language)
	m, err := d.renderers[newsletter].Render(d.printedEdition(e, language), d.printed(pieces, chosen, p.Tier))
	if err != nil {
		return nil, err
	}
	l, err := d.letter(newsletter, language, m)
	if err != nil {
		return nil, err
	}
	shown.Message, shown.Warning = d.address(e, l, p, d.messageID(e.ID, p.ID), 1), m.Warning
	shown.Subject, shown.HTML, shown.Text = m.For(d.addressee(newsletter, p))
	return shown, nil
}

func laterOf(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

func earlierOf(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// resumed makes a subscription what it is after its pause, if it has one: a fresh
// start counts as served what appears before the pause is over.
func resumed(sub *magazine.Subscription, pieces []magazine.Article) {
	if sub == nil || !sub.Fresh {
		return
	}
	for i := range pieces {
		if !pieces[i].Published.Before(sub.PausedUntil) {
			continue
		}
		sub.Served = max(sub.Served, pieces[i].Seq)
		for j := range sub.Follows {
			sub.Follows[j].Served = max(sub.Follows[j].Served, pieces[i].Seq)
		}
	}
}

// previewID is the id of an edition that there is only for a preview.
const previewID = "preview"

// previewed is the edition that goes out at an instant, with all articles that
// it may have.
func (d *Daemon) previewed(ctx context.Context, letter *magazine.Newsletter, share *magazine.Subscription, at time.Time) (*magazine.Edition, []magazine.Article, error) {
	open, err := d.Store.OpenEditions(ctx)
	if err != nil {
		return nil, nil, err
	}
	for i := range open {
		e := &open[i]
		if e.Schedule != "" { // it may be another frequency's
			if f := letter.Frequency(share.Frequency); f != nil && f.Name != e.Schedule {
				continue
			}
		}
		if e.Newsletter != letter.Name || e.Cutoff == 0 || !at.IsZero() && !at.Equal(e.Starts) && !at.Equal(d.turnAt(e, share)) {
			continue
		}
		to, err := d.stillTo(ctx, e, share)
		if err != nil {
			return nil, nil, err
		}
		if to {
			pieces, err := d.Store.EditionArticles(ctx, e.ID)
			return e, pieces, err
		}
	}
	now := d.Store.Now()
	e := &magazine.Edition{ID: previewID, Newsletter: letter.Name, Nominal: laterOf(at, now)}
	if at, err = d.fixedAt(ctx, letter, share, e); err != nil {
		return nil, nil, err
	}
	at = laterOf(at, now)
	e.CutoffAt = at
	var pieces []magazine.Article
	if letter.Contents {
		e.Issue, pieces, err = d.newestIssue(ctx)
		return e, pieces, err
	}
	err = d.Store.Read(ctx, func(tx *store.Tx) error {
		number, err := tx.LastNumber(ctx)
		if err != nil {
			return err
		}
		floor, people, err := tx.LeastServed(ctx, store.Audience{Newsletter: letter.Name}, at)
		if err != nil {
			return err
		}
		if !people {
			floor = number
		}
		if pieces, err = tx.ArticlesAfter(ctx, max(min(floor, number-explained), number-lookedAt), number, time.Time{}); err != nil {
			return err
		}
		frequency := ""
		if f := letter.Frequency(share.Frequency); f != nil {
			frequency = f.Name
		}
		out, err := tx.LeftOut(ctx, letter.Name, decidedFor(letter, audienceOf(letter, frequency)))
		if err != nil {
			return err
		}
		pieces = without(pieces, out)
		coming, err := tx.ScheduledUntil(ctx, at)
		for i := range coming { // they get the next numbers, in this order
			number++
			coming[i].Seq, coming[i].State = number, magazine.Published
		}
		pieces, e.Cutoff = append(pieces, coming...), number
		if err != nil {
			return err
		}
		last, err := tx.LastCutoff(ctx, letter.Name, frequency)
		e.Floor = max(floor, last) // what counts towards the minimum is above it
		return err
	})
	return e, pieces, err
}

// printedEdition is what a mail prints of its edition: the date of its cut-off, or,
// where it goes out in waves, the one that it is of, which begins later. language is
// that of our own words; empty: the publication's.
func (d *Daemon) printedEdition(e *magazine.Edition, language string) digests.Edition {
	date := e.CutoffAt
	if c, ok := d.courseOf(e); ok {
		date = c.In(nil, "")
	}
	return digests.Edition{ID: e.ID, Date: date, Note: e.Note, Issue: e.Issue, Correction: e.Corrects != "", Ordered: e.Ordered, Language: language}
}
