package daemon

import (
	"context"
	"net/mail"
	"time"

	"postrider/magazine"
	"postrider/mailer"
	"postrider/store"
)

const (
	pageSize = 200         // people read ahead at most
	fewest   = 50          // and at least
	pageAge  = time.Second // how long what was read of them holds good
)

// page is the people of a range whose turn comes next, as they were read.
type page struct {
	size   int // how many people were asked for
	people []store.Reader
	read   time.Time
	at     int // whose turn it is

	// Of those who had their turn since the last call, and got no message:
	passed  string // the last one
	skipped []magazine.Delivery
	nothing int // who had nothing new

	// announced is a call that the relay may know of already. Where its person is
	// to get the same message when they are looked at again, it is the same call.
	announced *call
}

// call is a message to one person that is to be sent.
type call struct {
	delivery magazine.Delivery
	letter   *letter
	parcel   *mailer.Parcel

	skipped []magazine.Delivery // of those who come before, and get none
	nothing int
}

// stale tells that people are to be looked at anew: their last word counts.
func (w *rangeWork) stale() bool { return time.Since(w.read) > w.d.pageAge }

// nextSize is how many people to read for the next page: some more than had their
// turn before this one was stale.
func (w *rangeWork) nextSize() int { return max(min(w.d.pageSize, max(fewest, 2*w.at)), 1) }

// readPage reads the people who come next.
func (w *rangeWork) readPage(ctx context.Context) error {
	w.page = page{size: w.nextSize(), announced: w.announced, passed: w.part.Next, read: time.Now()}
	return w.together(ctx, func() (err error) {
		of := w.audience
		of.Waves = w.part.Waves
		w.people, err = w.d.Store.InTurn(ctx, w.edition.ID, of, w.part.Next, w.part.Last, w.size)
		return err
	})
}

// together has people and matter read of one version of the site: an author who
// is merged into another changes the articles and what people follow at once,
// and the old of the one does not fit the new of the other.
func (w *rangeWork) together(ctx context.Context, people func() error) error {
	for {
		if err := people(); err != nil {
			return err
		}
		site, err := w.d.Store.ScopeVersion(ctx, magazine.SiteScope())
		if err != nil || site.Number == w.site {
			return err
		}
		if w.matter, err = w.matterOf(ctx, w.edition.ID, site.Number); err != nil {
			return err
		}
	}
}

// next finds the next person of the page who gets a message, nil where there is
// none.
func (w *rangeWork) next(ctx context.Context) (*call, error) {
	for w.at < len(w.people) {
		sub := &w.people[w.at]
		c, err := w.person(ctx, &sub.Subscription, sub.Turn)
		if err != nil {
			return nil, err
		}
		w.at++
		if w.passed = sub.Subscriber.ID; c != nil {
			c.skipped, c.nothing = w.skipped, w.nothing
			w.skipped, w.nothing = nil, 0
			return c, nil
		}
	}
	return nil, nil
}

// cameLate is why one who is served less than an edition's floor is skipped.
const cameLate = "the subscriber came to it after its content was fixed; what waits for them comes with the next edition"

// person tells what one person gets: a message, or nothing, which may be to be
// recorded.
func (w *rangeWork) person(ctx context.Context, sub *magazine.Subscription, turn store.Turn) (*call, error) {
	p := sub.Subscriber
	// Something of it may have been withdrawn, or an earlier edition has reached
	// them since they were read.
	if turn.Share != "" && (turn.Site != w.site || turn.Served > sub.Served) {
		return w.afresh(ctx, p.ID)
	}
	chosen := w.share(sub)
	lacks := sub.Served < w.edition.Floor // something that waits for them, perhaps
	if len(chosen) == 0 && !lacks {
		if w.hadNone(turn) {
			w.nothing++
		}
		return nil, nil
	}
	if turn.Done || turn.Share != magazine.SubscriptionActive {
		return nil, nil
	}
	delivery := magazine.Delivery{Edition: w.edition.ID, Subscriber: p.ID, Email: p.Email}
	why := unwanted(turn)
	if why == "" && lacks {
		why = cameLate
	}
	if why != "" {
		delivery.State, delivery.Reason = magazine.Skipped, why
		w.skipped = append(w.skipped, delivery)
		return nil, nil
	}
	if turn.Waits && w.edition.Issue == nil {
		if err := w.supersede(ctx, p.ID); err != nil {
			return nil, err
		}
		return w.afresh(ctx, p.ID) // one that waited may have reached them until now
	}
	if until, why := w.d.domains.pass(ctx, &w.sender, w.edition, p.ID, p.Email); why != "" {
		delivery.State, delivery.Reason, delivery.Next, delivery.MessageID = magazine.Deferred, why, until, w.d.messageID(w.edition.ID, p.ID)
		w.skipped = append(w.skipped, delivery)
		return nil, nil
	}
	l, err := w.letter(ctx, w.matter, chosen, p.Tier)
	if unmakeable(err) {
		if err := w.d.hold(ctx, w.edition, err); err != nil {
			return nil, err
		}
		return nil, &pause{}
	}
	if err != nil {
		return nil, err
	}
	return w.call(l, p, delivery), nil
}

// call makes a person's message, or finds the one that was announced.
func (w *rangeWork) call(l *letter, p magazine.Subscriber, delivery magazine.Delivery) *call {
	delivery.MessageID, delivery.Group = w.d.messageID(w.edition.ID, p.ID), l.group
	to := mail.Address{Name: p.Name, Address: p.Email}
	if a := w.announced; a != nil && a.delivery.Subscriber == p.ID && a.letter == l && a.parcel.To == to {
		return &call{delivery: delivery, letter: l, parcel: a.parcel}
	}
	return &call{delivery: delivery, letter: l, parcel: w.d.address(w.edition, l, p, delivery.MessageID, 1)}
}

// afresh looks at one person anew. Where the articles have changed, too, so must
// be the rest of the page.
func (w *rangeWork) afresh(ctx context.Context, person string) (*call, error) {
	site := w.site
	var sub *magazine.Subscription
	var turn store.Turn
	err := w.together(ctx, func() (err error) {
		sub, turn, err = w.d.turn(ctx, w.edition, person)
		return err
	})
	if w.site != site {
		w.people = w.people[:w.at+1]
	}
	if err != nil || sub == nil {
		return nil, err
	}
	return w.person(ctx, sub, turn)
}

// hadNone tells whether a person for whom there is nothing counts as one who had
// nothing in the edition: with waves, only in the sweep; and unless they had their
// turn already, with a wave or before this work was taken up anew.
func (w *rangeWork) hadNone(turn store.Turn) bool { return w.part.Waves == nil && !turn.Done }

// supersede ends what waits of earlier editions for a person: this one holds
// their articles. While one of them is being tried, this one has to wait.
func (w *rangeWork) supersede(ctx context.Context, person string) error {
	busy := false
	err := w.d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		busy, err = tx.Supersede(ctx, w.edition.Newsletter, person, w.edition.ID)
		return err
	})
	if err == nil && busy {
		return &pause{wait: superBusy}
	}
	return err
}
