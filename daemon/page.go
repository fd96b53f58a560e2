package daemon

import (
	"context"
	"errors"
	"strings"
	"time"

	"postrider/magazine"
	"postrider/store"
)

const (
	pageSize = 200         // people read ahead at most
	fewest   = 50          // and at least
	pageAge  = time.Second // how long what was read of them holds good
)

// page is the people of a range whose turn comes next, as they were read.
type page struct {
	people []store.Reader
	read   time.Time
	at     int       // whose turn it is
	last   string    // the last who had theirs, on this page or before
	behind *nextPage // the page behind this one; nil: nobody reads it yet

	// Of those who had their turn and got no message:
	skipped []magazine.Delivery // since the last call
	nothing int                 // of all, who had nothing new
}

// take finds the next person of the range who gets a message, nil where there is
// none.
func (w *rangeWork) take(ctx context.Context, t *talker) (*call, error) {
	for {
		if w.at == len(w.people) || time.Since(w.read) > w.crew.d.pageAge {
			if err := w.readPage(ctx); err != nil || len(w.people) == 0 {
				return nil, err
			}
		}
		sub := &w.people[w.at]
		c, err := w.person(ctx, t, &sub.Subscription, sub.Turn)
		if err != nil {
			return nil, err
		}
		w.at++
		w.readAhead(ctx, t)
		if w.last = sub.Subscriber.ID; c != nil {
			c.skipped, w.skipped = w.skipped, nil
			c.nothing = w.nothing
			w.flying = append(w.flying, c)
			return c, nil
		}
	}
}

// mayGoOn looks whether the edition is paused or decided on, which counts after a
// second at most.
func (c *crew) mayGoOn(ctx context.Context) error {
	if state, err := c.d.Store.EditionState(ctx, c.edition); err != nil || state == magazine.EditionSending {
		return err
	}
	return &pause{}
}

// readPage reads the people who come next.
func (w *rangeWork) readPage(ctx context.Context) error {
	c := w.crew
	if w.at > 0 {
		c.given = w.at
	}
	if w.ends(w.last) {
		w.people, w.at = nil, 0
		return nil
	}
	if w.turnOver() {
		return nil
	}
	if err := c.mayGoOn(ctx); err != nil {
		return err
	}
	size := c.sizeOfPage()
	w.at, w.read = 0, time.Now()
	return c.together(ctx, func() (err error) {
		of := c.matter.audience
		of.Waves = w.part.Waves
		w.people, err = c.d.Store.InTurn(ctx, c.edition, of, w.last, w.part.Last, size)
		return err
	})
}

// sizeOfPage is how many people are read at once: some more than had their turn of the
// page before it.
func (c *crew) sizeOfPage() int { return max(min(c.d.pageSize, max(fewest, 2*c.given)), 1) }

// nextPage is a page that is read while that before it is given out, so that nobody
// waits for it.
type nextPage struct {
	after string // whom its people follow
	ready chan struct{}

	people []store.Reader
	read   time.Time
	site   int64 // the version of the site
	state  magazine.EditionState
	err    error
}

var errUnread = errors.New("the page was not read") // yet, or who read it panicked

func newPage(after string) *nextPage {
	return &nextPage{after: after, ready: make(chan struct{}), read: time.Now(), err: errUnread}
}

// fill reads the page of a range, for an audience.
func (next *nextPage) fill(ctx context.Context, w *rangeWork, of store.Audience, size int) {
	defer close(next.ready)
	next.err = next.load(ctx, w, of, size)
}

func (next *nextPage) load(ctx context.Context, w *rangeWork, of store.Audience, size int) (err error) {
	s, edition := w.crew.d.Store, w.part.Edition
	if next.state, err = s.EditionState(ctx, edition); err != nil {
		return err
	}
	of.Waves = w.part.Waves
	if next.people, err = s.InTurn(ctx, edition, of, next.after, w.part.Last, size); err != nil {
		return err
	}
	site, err := s.ScopeVersion(ctx, magazine.SiteScope())
	next.site = site.Number
	return err
}

// readAhead begins to read the next page in the middle of one that is quickly given
// out, or, in the last of the range, to claim the next range.
func (w *rangeWork) readAhead(ctx context.Context, t *talker) {
	if w.behind != nil || len(w.people) < fewest || w.at != len(w.people)/2 || time.Since(w.read) > w.crew.d.pageAge/4 {
		return
	}
	last := w.people[len(w.people)-1].Subscriber.ID
	if w.ends(last) {
		w.crew.claimAhead(ctx, t)
		return
	}
	next, of, size := newPage(last), w.crew.matter.audience, w.crew.sizeOfPage()
	w.behind = next
	w.crew.aside(t.all, func() { next.fill(ctx, w, of, size) })
}

// ends tells that the range ends with a person.
func (w *rangeWork) ends(person string) bool {
	end, _, _ := strings.Cut(w.part.Last, "/") // of a wave
	return person == end
}

// turnOver goes on with the page that was read ahead, if it still holds good.
func (w *rangeWork) turnOver() bool {
	next := w.behind
	if w.behind = nil; next == nil || next.after != w.last {
		return false
	}
	<-next.ready
	if next.err != nil || next.state != magazine.EditionSending || next.site != w.crew.matter.site || time.Since(next.read) > w.crew.d.pageAge {
		return false
	}
	w.people, w.read, w.at = next.people, next.read, 0
	return true
}

// together has people and matter read of one version of the site: an author who
// is merged into another changes the articles and what people follow at once,
// and the old of the one does not fit the new of the other.
func (c *crew) together(ctx context.Context, people func() error) error {
	for {
		if c.matter != nil {
			if err := people(); err != nil {
				return err
			}
		}
		site, err := c.d.Store.ScopeVersion(ctx, magazine.SiteScope())
		if err != nil || c.matter != nil && site.Number == c.matter.site {
			return err
		}
		if c.matter, err = c.matterOf(ctx, c.edition, site.Number); err != nil {
			return err
		}
	}
}

// again looks at a person anew who is to be sent a message, which may be another one
// now, or none.
func (c *crew) again(ctx context.Context, t *talker, to *call) (wanted bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.mayGoOn(ctx); err != nil {
		return false, err
	}
	w := to.work
	others := w.skipped
	w.skipped = nil
	now, err := w.afresh(ctx, t, to.person.ID)
	skipped := w.skipped
	if w.skipped = others; err != nil {
		return false, err
	}
	if to.skipped = append(to.skipped, skipped...); now == nil {
		return false, nil
	}
	if now.letter != to.letter || now.person.Email != to.person.Email || now.person.Name != to.person.Name {
		to.made = nil // else the relay may know of it
	}
	to.edition, to.person, to.delivery, to.letter, to.read = now.edition, now.person, now.delivery, now.letter, now.read
	return true, nil
}

// cameLate is why one who is served less than an edition's floor is skipped.
const cameLate = "the subscriber came to it after its content was fixed; what waits for them comes with the next edition"

// person tells what one person gets: a message, or nothing, which may be to be
// recorded.
func (w *rangeWork) person(ctx context.Context, t *talker, sub *magazine.Subscription, turn store.Turn) (*call, error) {
	p, m := sub.Subscriber, w.crew.matter
	// Something of it may have been withdrawn, or an earlier edition has reached
	// them since they were read.
	if turn.Share != "" && (turn.Site != m.site || turn.Served > sub.Served) {
		return w.afresh(ctx, t, p.ID)
	}
	chosen := m.share(sub)
	lacks := sub.Served < m.edition.Floor // something that waits for them, perhaps
	if len(chosen) == 0 && !lacks {
		if w.hadNone(turn) {
			w.nothing++
		}
		return nil, nil
	}
	if turn.Done || turn.Share != magazine.SubscriptionActive {
		return nil, nil
	}
	delivery := magazine.Delivery{Edition: m.edition.ID, Subscriber: p.ID, Email: p.Email}
	why := unwanted(turn)
	if why == "" && lacks {
		why = cameLate
	}
	if why != "" {
		delivery.State, delivery.Reason = magazine.Skipped, why
		w.skipped = append(w.skipped, delivery)
		return nil, nil
	}
	if turn.Waits && m.edition.Issue == nil {
		if err := w.supersede(ctx, p.ID); err != nil {
			return nil, err
		}
		return w.afresh(ctx, t, p.ID) // one that waited may have reached them until now
	}
	if until, why := w.crew.d.domains.pass(ctx, &t.sender, m.edition, p.ID, p.Email); why != "" {
		delivery.State, delivery.Reason, delivery.Next, delivery.MessageID = magazine.Deferred, why, until, w.crew.d.messageID(m.edition.ID, p.ID)
		w.skipped = append(w.skipped, delivery)
		return nil, nil
	}
	l, err := w.crew.letter(ctx, m, chosen, p)
	if unmakeable(err) {
		if err := w.crew.d.hold(ctx, m.edition, err); err != nil {
			return nil, err
		}
		return nil, &pause{}
	}
	if err != nil {
		return nil, err
	}
	delivery.MessageID, delivery.Group = w.crew.d.messageID(m.edition.ID, p.ID), l.group
	return &call{work: w, edition: m.edition, person: p, delivery: delivery, letter: l, read: w.read}, nil
}

// afresh looks at one person anew. Where the articles have changed, too, so must
// be the rest of the page.
func (w *rangeWork) afresh(ctx context.Context, t *talker, person string) (*call, error) {
	c, read := w.crew, time.Now()
	m := c.matter
	var sub *magazine.Subscription
	var turn store.Turn
	err := c.together(ctx, func() (err error) {
		sub, turn, err = c.d.turn(ctx, c.matter.edition, person)
		return err
	})
	if c.matter != m {
		w.read = time.Time{}
	}
	if err != nil || sub == nil {
		return nil, err
	}
	got, err := w.person(ctx, t, sub, turn)
	if got != nil {
		got.read = read
	}
	return got, err
}

// hadNone tells whether a person for whom there is nothing counts as one who had
// nothing in the edition: with waves, only in the sweep; and unless they had their
// turn already, with a wave or before this work was taken up anew.
func (w *rangeWork) hadNone(turn store.Turn) bool { return w.part.Waves == nil && !turn.Done }

// supersede ends what waits of earlier editions for a person: this one holds
// their articles. While one of them is being tried, this one has to wait.
func (w *rangeWork) supersede(ctx context.Context, person string) error {
	busy, e := false, w.crew.matter.edition
	err := w.crew.d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		busy, err = tx.Supersede(ctx, e.Newsletter, person, e.ID)
		return err
	})
	if err == nil && busy {
		return &pause{wait: superBusy}
	}
	return err
}
