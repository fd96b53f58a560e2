package daemon

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/riverqueue/river"

	"postrider/digests"
	"postrider/magazine"
	"postrider/mailer"
	"postrider/members"
	"postrider/store"
	"postrider/web/admin"
)

// SetTransport has mail leave another way than the configuration says.
func (d *Daemon) SetTransport(t mailer.Transport) { d.transport = t }

// SetRenderer has the messages of all newsletters made another way.
func (d *Daemon) SetRenderer(r renderer) {
	for name := range d.renderers {
		d.renderers[name] = r
	}
}

// SetPatient has what was read of people hold good for as long as a test takes, and no
// crew taken to hang.
func (d *Daemon) SetPatient() { d.pageAge, d.hangsAfter = time.Hour, time.Hour }

// SetHangsAfter sets after how long a crew of which nobody gets on is taken to hang.
func (d *Daemon) SetHangsAfter(t time.Duration) { d.hangsAfter = t }

// SetRangeSize sets how many people are in a range.
func (d *Daemon) SetRangeSize(n int) { d.rangeSize = n }

// SetWatchful has people looked at anew before each message, which is announced
// all the same.
func (d *Daemon) SetWatchful() { d.pageSize, d.pageAge = 2, -1 }

// Transport is where mail leaves.
func (d *Daemon) Transport() mailer.Transport { return d.transport }

// RangeJob has a job made for a range.
func (d *Daemon) RangeJob(ctx context.Context, tx *store.Tx, r store.Range) error {
	return d.jobs.ranges(ctx, tx, []store.Range{r})
}

// SetTurnTime sets how long a job works at least where others wait.
func (d *Daemon) SetTurnTime(t time.Duration) { d.turnTime = t }

// SetDeskPatience sets how long a page of the desk waits for figures that are not known
// yet.
func (d *Daemon) SetDeskPatience(t time.Duration) { d.deskPatience = t }

// SetStallTime sets how long Send waits while nothing gets on.
func (d *Daemon) SetStallTime(t time.Duration) { d.stallTime = t }

// Pages are what Serve serves.
func (d *Daemon) Pages() (http.Handler, error) { return d.pages(context.Background()) }

// Misfits lists what does not fit the configuration.
func (d *Daemon) Misfits(ctx context.Context) (list []string, err error) {
	err = d.misfits(ctx, d.Store, func(text, mend string) { list = append(list, text) })
	return list, err
}

// The steps and jobs, to be called without River.
func (d *Daemon) Confirm(ctx context.Context, signUp string) (time.Duration, error) {
	return d.confirm(ctx, signUp)
}

func (d *Daemon) Compose(ctx context.Context, edition string) error {
	_, err := d.compose(ctx, edition)
	return err
}

// FixContent is the first step of Compose.
func (d *Daemon) FixContent(ctx context.Context, edition string) error {
	_, _, err := d.fixContent(ctx, edition)
	return err
}

// Groups lists the keys of the groups of an edition whose content is fixed, as
// they are found before its messages are made.
func (d *Daemon) Groups(ctx context.Context, edition string) (keys []string, err error) {
	e, pieces, err := d.fixed(ctx, edition)
	if err != nil {
		return nil, err
	}
	return keys, d.eachGroup(ctx, e, pieces, func(g group) error { keys = append(keys, g.key); return nil })
}

// GroupOf is the key of the group of one reader of an edition; empty: there is
// nothing in it for them.
func (d *Daemon) GroupOf(ctx context.Context, edition string, sub *magazine.Subscription) (key string, err error) {
	e, pieces, err := d.fixed(ctx, edition)
	if err != nil || sub.Served < e.Floor {
		return "", err
	}
	chosen := d.shares(e, pieces)(sub)
	if len(chosen) == 0 {
		return "", nil
	}
	return d.group(pieces, chosen, sub.Subscriber.Tier, d.spoken(sub.Subscriber.Language)).key, nil
}

func (d *Daemon) fixed(ctx context.Context, edition string) (*magazine.Edition, []magazine.Article, error) {
	e, err := d.Store.EditionHead(ctx, edition)
	if err != nil {
		return nil, nil, err
	}
	pieces, err := d.Store.EditionArticles(ctx, edition)
	return e, pieces, err
}

// SendRange works on a range, by one conversation.
func (d *Daemon) SendRange(ctx context.Context, r store.Range) error {
	_, err := d.SendRangeBy(ctx, r, 1)
	return err
}

// SendRangeBy works on a range by some conversations.
func (d *Daemon) SendRangeBy(ctx context.Context, r store.Range, conversations int) (more bool, err error) {
	return d.sendRange(ctx, r.Edition, r.Last, conversations)
}

func (d *Daemon) Retry(ctx context.Context) error { return d.retryDue(ctx) }

// Step looks once at what time has brought.
func (d *Daemon) Step(ctx context.Context) { (&stepper{d: d, firing: true}).step(ctx) }

// OpenRanges lists what a nudge would find now.
func (d *Daemon) OpenRanges(ctx context.Context) (open []store.Range, err error) {
	err = d.Store.Write(ctx, func(tx *store.Tx) error {
		open = nil
		rows, err := tx.QueryContext(ctx, `SELECT r.edition_id, r.last_id FROM edition_ranges r JOIN editions e ON e.id = r.edition_id
			WHERE r.state = 'open' AND e.state = 'sending' AND (r.fence = 0 OR r.lease <= $1) ORDER BY e.created, r.last_id`, tx.Now.UnixMicro())
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r store.Range
			if err := rows.Scan(&r.Edition, &r.Last); err != nil {
				return err
			}
			open = append(open, r)
		}
		return rows.Err()
	})
	return open, err
}

// Drive does here what the jobs do: all that can be done at this instant.
func (d *Daemon) Drive(ctx context.Context) error {
	for range 2 { // an edition that waits for another is composed after that one's ranges
		planned, err := d.Store.PlannedEditions(ctx)
		if err != nil {
			return err
		}
		for _, id := range planned {
			if err := d.Compose(ctx, id); err != nil {
				return err
			}
			open, err := d.OpenRanges(ctx)
			if err != nil {
				return err
			}
			for _, r := range open {
				if err := d.SendRange(ctx, r); err != nil {
					return err
				}
			}
		}
		open, err := d.OpenRanges(ctx)
		for _, r := range open {
			err = errors.Join(err, d.SendRange(ctx, r))
		}
		if err != nil {
			return err
		}
	}
	return d.Retry(ctx)
}

// TakeOver is what a daemon does before it works.
func (d *Daemon) TakeOver(ctx context.Context) error { return d.Store.TakeOver(ctx, d.node) }

// Node is this daemon's name among those on the same database.
func (d *Daemon) Node() string { return d.node }

// Owner is who works on a range now.
func (d *Daemon) Owner(ctx context.Context) (owner string, err error) {
	err = d.Store.Write(ctx, func(tx *store.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT owner FROM edition_ranges WHERE state = 'open' AND owner <> ''").Scan(&owner)
	})
	return owner, err
}

// Notify does the jobs of notices, once each.
func (d *Daemon) Notify(ctx context.Context) error {
	found, err := d.jobs.client.JobList(ctx, river.NewJobListParams().Kinds(digests.NoticeArgs{}.Kind()))
	if err != nil {
		return err
	}
	var all []digests.NoticeArgs
	for _, job := range found.Jobs {
		var n digests.NoticeArgs
		if err := json.Unmarshal(job.EncodedArgs, &n); err != nil {
			return err
		}
		if _, err := d.jobs.client.JobDelete(ctx, job.ID); err != nil {
			return err
		}
		all = append(all, n)
	}
	for _, n := range all {
		if wait, err := d.notify(ctx, n, 0); err != nil || wait > 0 {
			return fmt.Errorf("%+v waits for %v: %w", n, wait, err)
		}
	}
	return nil
}

// TellTroubles does the jobs of telling people what has gone wrong, once each, and
// tells how many there were and how long the last one waits to be tried again.
func (d *Daemon) TellTroubles(ctx context.Context) (n int, wait time.Duration, err error) {
	found, err := d.jobs.client.JobList(ctx, river.NewJobListParams().Kinds(members.TroubleArgs{}.Kind()))
	if err != nil {
		return 0, 0, err
	}
	for _, job := range found.Jobs {
		var to members.TroubleArgs
		if err := json.Unmarshal(job.EncodedArgs, &to); err != nil {
			return n, 0, err
		}
		if _, err := d.jobs.client.JobDelete(ctx, job.ID); err != nil {
			return n, 0, err
		}
		n++
		if wait, err = d.tellOf(ctx, to.Whom); err != nil {
			return n, wait, err
		}
	}
	return n, wait, nil
}

// LookAtRelays looks once how the relays do.
func (d *Daemon) LookAtRelays(ctx context.Context) error { return d.lookAtRelays(ctx) }

// LookForTroubles looks once what is wrong.
func (d *Daemon) LookForTroubles(ctx context.Context) error { return d.lookForTroubles(ctx) }

// A Stepper looks at what time has brought, as a daemon that runs on does.
type Stepper struct{ s *stepper }

func (d *Daemon) Stepper() Stepper { return Stepper{&stepper{d: d, firing: true}} }

func (s Stepper) Step(ctx context.Context) { s.s.step(ctx) }

// HoldNow holds an edition.
func (d *Daemon) HoldNow(ctx context.Context, id string) error {
	e, err := d.Store.Edition(ctx, id)
	if err != nil {
		return err
	}
	return d.hold(ctx, e, errors.New("by the test"))
}

// Pace has the next step say that the node is alive and look at planned
// editions, or not, whatever real time says.
func (s Stepper) Pace(beat bool) {
	at := time.Now()
	if beat {
		at = time.Time{}
	}
	s.s.beaten, s.s.planned = at, at
}

// Later has as much of this process's own time gone by since the last step.
func (s Stepper) Later(by time.Duration) {
	s.s.at, s.s.beaten, s.s.planned = s.s.at.Add(-by), s.s.beaten.Add(-by), s.s.planned.Add(-by)
	for node, h := range s.s.hearts {
		h.since = h.since.Add(-by)
		s.s.hearts[node] = h
	}
}

// SetEnding sets what tells jobs to come to a place to stop.
func (d *Daemon) SetEnding(ending context.Context) { d.ending = ending }

// TakeReturned takes a message that came back to some addresses.
func (d *Daemon) TakeReturned(ctx context.Context, via string, to []string, message io.Reader) error {
	return d.takeReturned(ctx, via, to, message)
}

// CountRefused writes down what was refused of what came back.
func (d *Daemon) CountRefused(ctx context.Context) error { return d.countRefused(ctx) }

// SetFetches has certificates fetched another way than over the network.
func (d *Daemon) SetFetches(t http.RoundTripper) { d.fetches = t }

// SetMailbox sets which certificates are trusted of the mailbox, and the wait after
// it failed.
func (d *Daemon) SetMailbox(trust *tls.Config, wait time.Duration) {
	d.mailboxTLS, d.mailboxWaits = trust, []time.Duration{wait}
}

// BeforeRendering has something done each time before a message is made.
func (d *Daemon) BeforeRendering(do func()) {
	for name, r := range d.renderers {
		d.renderers[name] = after{r, do}
	}
}

type after struct {
	renderer
	do func()
}

func (a after) Render(e digests.Edition, pieces []magazine.Article) (*digests.Mail, error) {
	a.do()
	return a.renderer.Render(e, pieces)
}

// MailSignIn does what the job of a sign-in's mail does.
func (d *Daemon) MailSignIn(ctx context.Context, id string) (time.Duration, error) {
	return d.mailSignIn(ctx, id)
}

// MailAddress does what the job of a mail about a change of address does.
func (d *Daemon) MailAddress(ctx context.Context, about members.AddressArgs) error {
	_, err := d.mailAddress(ctx, about)
	return err
}

// Problems are what the desk's first page says that somebody has to look at.
func (d *Daemon) Problems(ctx context.Context) ([]admin.Problem, error) { return d.problems(ctx) }

// Reached is how many people an edition goes to, as those are told who are told that it
// is late.
func (d *Daemon) Reached(ctx context.Context, edition string) (int, error) {
	e, err := d.Store.EditionHead(ctx, edition)
	if err != nil {
		return 0, err
	}
	return d.reached.of(ctx, d, e)
}

// asked counts how often all of an audience is asked for.
type asked struct {
	*store.Store
	n int
}

func (a *asked) AllWaves(ctx context.Context, of store.Audience, hours bool) ([]store.Wave, error) {
	a.n++
	return a.Store.AllWaves(ctx, of, hours)
}

// AsksFor tells how often the readers of drafts are asked for to judge a schedule.
func (d *Daemon) AsksFor(ctx context.Context, w store.DeskSchedule) (int, error) {
	next, err := d.with(d.table(), w)
	if err != nil {
		return 0, err
	}
	q := &asked{Store: d.Store}
	_, _, err = d.atOnce(ctx, q, d.table(), next, d.Store.Now())
	return q.n, err
}

// Reread is what a step does first.
func (d *Daemon) Reread(ctx context.Context) error { return d.reread(ctx) }

// MeetsSchedules is what a step does with schedules after it has read the timetable, of
// which it has met nothing yet.
func (d *Daemon) MeetsSchedules(ctx context.Context) error {
	s := &stepper{d: d, firing: true, sure: true, met: -1}
	return d.anew(ctx, s.schedules)
}

// AlarmsDue is what it does then with what has come due.
func (d *Daemon) AlarmsDue(ctx context.Context) error { return d.anew(ctx, d.alarmsDue) }
