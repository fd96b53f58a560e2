package daemon

import (
	"context"
	"encoding/json"
	"time"

	"postrider/digests"
	"postrider/magazine"
	"postrider/schedules"
	"postrider/store"
)

// An issue's publication waits for its articles for at most so long.
const issuePatience = 10 * time.Minute

// issueDue makes the editions that the publication of an issue asks for, in
// every schedule that goes by issues.
func (d *Daemon) issueDue(ctx context.Context, tx *store.Tx, text string) error {
	alarm := store.Alarm{Kind: store.AlarmIssue, Ref: text}
	t, err := d.current(ctx, tx)
	if err != nil {
		return err
	}
	var ref magazine.IssueRef
	if err := json.Unmarshal([]byte(text), &ref); err != nil {
		return err
	}
	issue, err := tx.Issue(ctx, ref)
	if err != nil {
		return err
	}
	if comes, err := tx.IssueComes(ctx, ref); err != nil {
		return err
	} else if comes && tx.Now.Sub(issue.PublishedAt) < issuePatience {
		alarm.At = tx.Now.Add(time.Second)
		return tx.SetAlarm(ctx, alarm)
	}
	for _, s := range t.schedules {
		if !s.ByIssue() {
			continue
		}
		if err := d.issueIn(ctx, tx, s, issue); err != nil {
			return err
		}
	}
	return tx.SetAlarm(ctx, alarm)
}

// issueIn makes the edition of an issue's publication in one schedule. It goes
// out after the schedule's delay; where it needs approval, its draft is made at
// once.
func (d *Daemon) issueIn(ctx context.Context, tx *store.Tx, s *schedules.Schedule, issue *magazine.Issue) error {
	letter, err := d.Newsletter(s.Newsletter)
	if err != nil {
		return err
	}
	_, except, err := d.decided(ctx, tx, s)
	if err != nil {
		return err
	}
	o := s.OfIssue(issue.IssueRef.String(), issue.PublishedAt)
	if o.Reason == "" {
		o.Reason = except(o)
	}
	if o.Reason != "" {
		return recordOccurrence(ctx, tx, o, "", "dropped: "+o.Reason)
	}
	e := &magazine.Edition{ID: magazine.NewID(), Newsletter: s.Newsletter, Key: o.Key(), Maker: makerOf(s), Schedule: s.Name,
		State: magazine.EditionWaiting, Nominal: o.At, Starts: o.At}
	if letter.Contents {
		e.Issue = &magazine.Issue{IssueRef: issue.IssueRef}
	}
	isNew, err := tx.PutEdition(ctx, *e)
	if err != nil || !isNew {
		return err
	}
	if err := recordOccurrence(ctx, tx, o, e.ID, "edition"); err != nil {
		return err
	}
	return d.launch(ctx, tx, e)
}

// Correct makes a marked correction of an edition of contents, at a person's
// word: the issue as it now is goes once more to all who get the newsletter.
// Invalid: the edition is none of contents. Conflict: it was not sent.
func (d *Daemon) Correct(ctx context.Context, id, who, note string) (made *magazine.Edition, err error) {
	err = d.Store.Write(ctx, func(tx *store.Tx) error {
		e, err := tx.Edition(ctx, id)
		if err != nil {
			return err
		}
		switch {
		case e.Issue == nil:
			return magazine.Errorf(magazine.Invalid, "edition %s of %s tells no issue's contents; a digest is not corrected, its articles are", e.ID, e.Newsletter)
		case e.State != magazine.EditionSent && e.State != magazine.EditionSending && e.State != magazine.EditionFailed:
			return notNow(e, "only one that went out can be corrected", "")
		}
		made = &magazine.Edition{ID: magazine.NewID(), Newsletter: e.Newsletter, Schedule: e.Schedule, Maker: who + " by postrider editions correct", State: magazine.EditionPlanned, Nominal: tx.Now,
			Approved: who, Note: note, Issue: &magazine.Issue{IssueRef: e.Issue.IssueRef}, Corrects: e.ID}
		made.Key = "correct/" + made.ID
		if _, err := tx.PutEdition(ctx, *made); err != nil {
			return err
		}
		if err := tx.PutAct(ctx, store.Act{Who: who, What: "correct", Newsletter: e.Newsletter, Edition: e.ID, Detail: "by edition " + made.ID}); err != nil {
			return err
		}
		return d.jobs.compose(ctx, tx, made.ID)
	})
	return made, err
}

// issueOfEdition reads the issue that an edition tells the contents of, as it now
// is, with its articles in their order; nil for a digest.
func (d *Daemon) issueOfEdition(ctx context.Context, id string) (*magazine.Issue, []magazine.Article, error) {
	e, err := d.Store.EditionHead(ctx, id)
	if err != nil || e.Issue == nil {
		return nil, nil, err
	}
	issue, err := d.Store.Issue(ctx, e.Issue.IssueRef)
	if err != nil {
		return nil, nil, err
	}
	pieces, err := d.Store.ArticlesIn(ctx, magazine.IssueScope(e.Issue.IssueRef), store.ListOptions{})
	return issue, pieces, err
}

// newestIssue is the issue that comes next, or came last, with its articles: the
// newest by cover that has any. An issue without a ref: there is none.
func (d *Daemon) newestIssue(ctx context.Context) (*magazine.Issue, []magazine.Article, error) {
	all, err := d.Store.Issues(ctx)
	if err != nil {
		return nil, nil, err
	}
	for i := range all {
		pieces, err := d.Store.ArticlesIn(ctx, magazine.IssueScope(all[i].IssueRef), store.ListOptions{})
		if err != nil || len(pieces) > 0 {
			return &all[i], pieces, err
		}
	}
	return &magazine.Issue{}, nil, nil
}

// contentsByIssue refuses to send contents at a person's word alone.
func contentsByIssue(newsletter string) error {
	return magazine.Errorf(magazine.Invalid, "%s tells an issue's contents: postrider publish sends it, and postrider editions correct ID sends it once more", newsletter)
}

// shares finds the places in an edition's articles of what goes to a person: what
// is new to them, the whole contents of an issue, or all that they had and may
// still read.
func (d *Daemon) shares(e *magazine.Edition, pieces []magazine.Article) func(*magazine.Subscription) []int {
	if e.Issue == nil {
		letter, err := d.Newsletter(e.Newsletter)
		var mayRead func(magazine.Tier, magazine.Access) bool
		if err == nil {
			mayRead = d.leavesOut(letter)
		}
		chooser := digests.NewChooser(pieces, mayRead)
		if e.Repeats() != "" {
			return func(sub *magazine.Subscription) []int {
				return chooser.Select(&magazine.Subscription{Subscriber: sub.Subscriber})
			}
		}
		return chooser.Select
	}
	all := make([]int, len(pieces))
	for i := range pieces {
		all[i] = i
	}
	return func(*magazine.Subscription) []int { return all }
}
