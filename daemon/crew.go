package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"postrider/magazine"
	"postrider/mailer"
	"postrider/store"
)

const (
	crewsOfEdition = 1                      // jobs at once for one edition and node: its conversations write side by side
	passOnAfter    = 300 * time.Millisecond // how long a job is kept that is for another node, which looks for jobs four times a second
	musterEvery    = 250 * time.Millisecond // how long a crew waits before it looks for one more conversation after it found none
	shedEvery      = 50 * time.Millisecond  // how long before it lets a second one go for others who wait
	hangsAfter     = time.Second            // how long a crew that is to stop waits for its last before it goes on
)

// A crew works on an edition, as one job: several talkers, each with a conversation
// of its own, share one range after another. So what they record at the same time
// lies side by side in the database, which has few pages to write, and people are
// read for all of them at once.
//
// It begins with one talker, who waits for a conversation. The others come and go:
// they take those that are free, up to the crew's share, and leave when others wait.
type crew struct {
	d       *Daemon
	edition string
	head    *magazine.Edition
	first   string // the end of the range that the job is for
	most    int    // conversations, shared with the other crews of this node
	slice   *turn  // when to let others in

	mu sync.Mutex
	press
	matter  *matter
	part    *rangeWork   // whose people are given out; nil: another is to be claimed
	next    *nextRange   // the one behind it; nil: nobody claims it yet
	begun   []*rangeWork // that are not done
	behind  string       // the end of the range that was claimed last
	none    bool         // there is nothing more to claim
	given   int          // how many had their turn of the page before
	talkers int
	why     error // why nothing more is begun; nil: go on
	stopped time.Time
	gave    time.Time     // when it last gave out somebody
	found   time.Time     // when it found no free conversation
	shed    time.Time     // when it let one go
	gone    chan struct{} // told when a talker ends
}

// A pause ends the work on ranges before their end: they are given back, to be
// taken up again after a wait, or, where only the time was up, by the same job.
type pause struct {
	wait   time.Duration
	timeUp bool
}

func (p *pause) Error() string { return "the range is given back" }

// crews counts those that work on this node, by edition.
type crews struct {
	mu  sync.Mutex
	all int
	of  map[string]int
}

// join counts one more crew of an edition, if there may be one.
func (c *crews) join(edition string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of[edition] >= crewsOfEdition {
		return false
	}
	if c.of == nil {
		c.of = map[string]int{}
	}
	c.of[edition]++
	c.all++
	return true
}

func (c *crews) leave(edition string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all--
	if c.of[edition]--; c.of[edition] == 0 {
		delete(c.of, edition)
	}
}

func (c *crews) number() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.all
}

// passOn is for a job that came to a node with enough crews of its edition: it goes
// back for another node, where there is one, and comes to nothing otherwise.
func (d *Daemon) passOn(ctx context.Context) (more bool, err error) {
	err = d.Store.Write(ctx, func(tx *store.Tx) error {
		more, err = tx.OthersAlive(ctx, d.node)
		return err
	})
	if more {
		select {
		case <-time.After(passOnAfter):
		case <-d.ending.Done():
		}
	}
	return more, err
}

// sendRange works on a range, and then on others of the edition that nobody has
// begun, until its time is up or the relays take no more. Whoever comes next goes
// on with those who have no delivery. Most is how many conversations it may have, with
// all others of this node. More says that the job is to go on at once.
func (d *Daemon) sendRange(ctx context.Context, edition, last string, most int) (more bool, err error) {
	c := &crew{d: d, edition: edition, first: last, most: most, press: press{d: d}, gave: time.Now(), gone: make(chan struct{}, 1)}
	c.slice = d.slice(mailer.RangeArgs{}.Kind(), edition)
	if !d.crews.join(edition) {
		return d.passOn(ctx)
	}
	defer d.crews.leave(edition)
	if c.head, err = d.Store.EditionHead(ctx, edition); err != nil {
		return false, err
	}
	if err := c.claim(ctx); err != nil || c.part == nil {
		return false, err
	}
	c.work(ctx)
	return c.end(ctx)
}

// work returns when the last talker has ended.
func (c *crew) work(ctx context.Context) {
	var all sync.WaitGroup
	c.mu.Lock()
	c.join(ctx, &all, false)
	c.mu.Unlock()
	tick := time.NewTicker(musterEvery)
	defer tick.Stop()
	defer garbage.rare()()
	for c.goesOn(ctx, &all) {
		select {
		case <-c.gone:
		case <-tick.C:
			garbage.look()
			c.letGo(ctx)
		}
	}
	all.Wait()
	if w := c.claimedAhead(); w != nil { // it is given back with the others
		w.untouched = true
		c.begun = append(c.begun, w)
	}
	var p *panicked
	if errors.As(c.why, &p) {
		for _, w := range c.begun {
			w.forget()
		}
		panic(p.with)
	}
}

// panicked is what a talker panicked with.
type panicked struct{ with any }

func (p *panicked) Error() string { return fmt.Sprint(p.with) }

// goesOn tells whether anybody talks. A crew of which some hang, and which was to
// let others in, goes on without them: those have had their turn.
func (c *crew) goesOn(ctx context.Context, all *sync.WaitGroup) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	var p *pause
	if c.talkers > 0 && errors.As(c.why, &p) && p.timeUp && !c.ending(ctx) && time.Since(c.stopped) > c.d.hangsAfter {
		c.why = nil
		c.slice.begin()
	}
	if c.talkers > 0 && c.why == nil && !c.none && time.Since(c.gave) > musterEvery { // perhaps all hang
		c.muster(ctx, all)
	}
	return c.talkers > 0
}

func (c *crew) ending(ctx context.Context) bool {
	return ctx.Err() != nil || c.d.ending.Err() != nil
}

// share is how many conversations the crew may have beside the others of this node.
func (c *crew) share() int {
	return max(1, c.most/max(1, c.d.crews.number()))
}

// muster takes one more talker, where there is a conversation for them.
func (c *crew) muster(ctx context.Context, all *sync.WaitGroup) {
	if c.talkers < c.share() && time.Since(c.found) > musterEvery {
		c.join(ctx, all, true)
	}
}

// join has one more talk. Spare: only if a conversation is free.
func (c *crew) join(ctx context.Context, all *sync.WaitGroup, spare bool) {
	c.talkers++
	t := &talker{sender: sender{d: c.d}, crew: c, spare: spare, all: all}
	all.Go(func() {
		defer func() {
			c.caught(recover())
			t.close()
			c.mu.Lock()
			c.talkers--
			c.mu.Unlock()
			select {
			case c.gone <- struct{}{}:
			default: // it is told already
			}
		}()
		if err := t.work(ctx); err != nil {
			c.stop(err)
		}
	})
}

// caught stops the crew for what one of its goroutines panicked with: River sees only
// the panics of the job itself, see work.
func (c *crew) caught(panic any) {
	if panic == nil {
		return
	}
	c.d.log.Error("a conversation panicked", "edition", c.edition, "panic", panic, "trace", string(debug.Stack()))
	c.stop(&panicked{panic})
}

// aside does something beside the conversations of a crew, which waits for it at its end.
func (c *crew) aside(all *sync.WaitGroup, do func()) {
	all.Go(func() {
		defer func() { c.caught(recover()) }()
		do()
	})
}

// stop has nothing more begun; the first reason counts.
func (c *crew) stop(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.halt(why)
}

func (c *crew) halt(why error) {
	if c.why == nil {
		c.why, c.stopped = why, time.Now()
	}
}

// claim takes the next range, if it is not claimed already: the job's own first.
func (c *crew) claim(ctx context.Context) error {
	w := c.claimedAhead()
	if w == nil {
		var err error
		if w, err = c.claimBehind(ctx, c.behind); err != nil {
			return err
		}
	}
	if w == nil {
		c.none = true
		return nil
	}
	c.behind, c.part, c.begun = w.part.Last, w, append(c.begun, w)
	return nil
}

// claimBehind claims the next range behind the end of one, or, where that is empty, the
// job's own.
func (c *crew) claimBehind(ctx context.Context, end string) (*rangeWork, error) {
	w := &rangeWork{crew: c, saved: time.Now()}
	owner := c.d.node + "/" + magazine.NewID()
	if err := c.d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if w.part = nil; end == "" {
			w.part, err = tx.ClaimRange(ctx, c.edition, c.first, owner, lease)
		}
		if err == nil && w.part == nil {
			w.part, err = tx.ClaimNextRange(ctx, c.edition, cmp.Or(end, c.first), owner, lease)
		}
		if err == nil && w.part != nil {
			err = tx.CutRange(ctx, w.part, c.d.audience(c.head), c.d.rangeSize, nudgeAfter)
		}
		return err
	}); err != nil || w.part == nil {
		return nil, err
	}
	w.last = w.part.Next
	mine := *w.part
	w.forget = c.d.keep(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.RenewRange(ctx, &mine, lease) })
	return w, nil
}

// nextRange is a range that is claimed, and whose first page is read, while the last
// page of that before it is given out, so that nobody waits for it.
type nextRange struct {
	ready chan struct{}
	work  *rangeWork // nil: there is none, or it could not be claimed
}

// claimAhead begins to claim the next range.
func (c *crew) claimAhead(ctx context.Context, t *talker) {
	if c.next != nil || c.none {
		return
	}
	next := &nextRange{ready: make(chan struct{})}
	c.next = next
	end, of, size := c.behind, c.matter.audience, c.sizeOfPage()
	c.aside(t.all, func() {
		defer close(next.ready)
		w, err := c.claimBehind(ctx, end)
		if err != nil || w == nil { // whoever comes to its end tries again
			return
		}
		next.work, w.behind = w, newPage(w.last)
		w.behind.fill(ctx, w, of, size)
	})
}

// claimedAhead is the range that was claimed ahead, once; nil: there is none.
func (c *crew) claimedAhead() *rangeWork {
	next := c.next
	if c.next = nil; next == nil {
		return nil
	}
	<-next.ready
	return next.work
}

// letGo gives back the range that was claimed ahead where nobody was given out for a
// while: perhaps all conversations hang, and others may send to it. Where it cannot be
// given back its lease ends by itself.
func (c *crew) letGo(ctx context.Context) {
	var w *rangeWork
	c.mu.Lock()
	if c.next != nil && time.Since(c.gave) > c.d.hangsAfter {
		select {
		case <-c.next.ready:
			w = c.claimedAhead()
		default:
		}
	}
	c.mu.Unlock()
	if w != nil {
		w.forget()
		w.giveBack(ctx, 0)
	}
}

// take gives a talker the next person who gets a message; nil: there is none, or
// nothing more is to be begun, or this talker is to leave.
func (c *crew) take(ctx context.Context, t *talker) *call {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.mayBegin(ctx, t) {
		if c.part == nil {
			if c.none {
				return nil
			}
			if err := c.claim(ctx); err != nil {
				c.halt(err)
			}
			continue
		}
		got, err := c.part.take(ctx, t)
		if err != nil {
			c.halt(err)
			return nil
		}
		if c.gave = time.Now(); got != nil {
			if len(c.part.people)-c.part.at >= c.talkers { // some for one more, too
				c.muster(ctx, t.all)
			}
			return got
		}
		if err := c.allHad(ctx); err != nil {
			c.halt(err)
		}
	}
	return nil
}

// allHad turns away from a range whose people have all had their turn, and closes it
// where nothing of it is under way.
func (c *crew) allHad(ctx context.Context) error {
	w := c.part
	w.out, c.part = true, nil
	if len(w.flying) > 0 { // the last of them will
		return nil
	}
	c.mu.Unlock()
	defer c.mu.Lock()
	return w.close(ctx)
}

// mayBegin tells whether a talker may begin one more message.
func (c *crew) mayBegin(ctx context.Context, t *talker) bool {
	if c.why != nil {
		return false
	}
	wanted := t.talk != nil && t.talk.Wanted()
	if c.ending(ctx) || c.slice.over(ctx, wanted && c.talkers == 1) {
		c.halt(&pause{timeUp: true})
		return false
	}
	if t.spare && (c.talkers > c.share() || wanted && time.Since(c.shed) > shedEvery) {
		c.shed = time.Now()
		return false
	}
	return true
}

// end gives back what is not done. More: the job is to go on at once.
func (c *crew) end(ctx context.Context) (more bool, err error) {
	var p *pause
	wait := time.Second // let another try soon, wherever it failed
	switch {
	case errors.As(c.why, &p):
		wait, more = p.wait, p.timeUp
	case !store.Fenced(c.why): // else another has it, and has gone on with it
		err = c.why
	}
	for _, w := range c.begun {
		w.forget()
		err = errors.Join(err, w.giveBack(ctx, wait))
	}
	return more && err == nil, err
}
