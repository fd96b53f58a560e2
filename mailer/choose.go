package mailer

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// stuckAfter is for how long nothing may come of what a relay has been given, be it
// a greeting or a message's last reply, before others are asked first.
const stuckAfter = 10 * time.Second

// choice chooses a relay for each conversation, and has those wait for whom there
// is none.
type choice struct {
	urgent  atomic.Int32 // single messages that wait for a conversation
	waiting atomic.Int32 // all who do

	mu    sync.Mutex
	freed chan struct{} // closed when a conversation has ended; nil: nobody waits for that
}

// acquire takes a place at the relay that is to take mail now, and waits while all
// are taken: those of relays that fail do not count. A conversation that is urgent,
// for one message, comes before all others; who wants a spare one does not wait. The
// error is an *Unavailable, ErrNoneFree or ctx's.
func (rs *Relays) acquire(ctx context.Context, unfit map[*relay]bool, haste Haste) (*relay, error) {
	urgent := haste == Urgent
	waits := false
	defer func() {
		if waits {
			rs.choice.urgent.Add(-1)
			rs.tell()
		}
	}()
	for {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if haste == Spare && rs.choice.waiting.Load() > 0 {
			return nil, ErrNoneFree
		}
		freed := rs.whenFreed()
		if r, any := rs.free(unfit, urgent); r != nil {
			return r, nil
		} else if !any {
			return nil, rs.unavailable()
		}
		if haste == Spare {
			return nil, ErrNoneFree
		}
		if urgent && !waits && len(unfit) == 0 { // else any place would not do
			waits = true
			rs.choice.urgent.Add(1)
		}
		rs.choice.waiting.Add(1)
		again := time.NewTimer(time.Second) // a relay may have got stuck, or come back
		select {
		case <-freed:
		case <-again.C:
		case <-ctx.Done():
		}
		again.Stop()
		rs.choice.waiting.Add(-1)
	}
}

// free takes a free place at the best relay, or at one of those that share its
// mail. Any tells whether there is a relay at all that takes mail.
func (rs *Relays) free(unfit map[*relay]bool, urgent bool) (r *relay, any bool) {
	best := rs.inOrder(unfit)
	if len(best) == 0 {
		return nil, false
	}
	if !urgent && rs.choice.urgent.Load() > 0 {
		return nil, true
	}
	for _, r := range best {
		if !urgent && (r.rank != best[0].rank || r.stuck() != best[0].stuck()) {
			break
		}
		select {
		case r.slots <- struct{}{}:
			rs.charge(r, r.Messages) // at once, so that the next is another's
			return r, true
		default:
		}
	}
	return nil, true
}

// inOrder lists the relays that take mail now, the best first: those that answer,
// by rank; of one rank the one that has had least, for its weight.
func (rs *Relays) inOrder(unfit map[*relay]bool) []*relay {
	now := rs.now()
	var list []*relay
	least, some := 0.0, false
	rs.choice.mu.Lock()
	defer rs.choice.mu.Unlock()
	for _, r := range rs.relays {
		if !unfit[r] && r.up(now) && !r.full(now) {
			list = append(list, r)
			if r.Weight > 0 && (!some || r.had < least) {
				least, some = r.had, true
			}
		}
	}
	for _, r := range rs.relays {
		if some && r.had < least && !slices.Contains(list, r) { // it does not make up for the time in which it took nothing
			r.had = least
		}
	}
	slices.SortStableFunc(list, func(a, b *relay) int {
		return cmp.Or(cmp.Compare(truth(a.stuck()), truth(b.stuck())), cmp.Compare(a.rank, b.rank), cmp.Compare(a.had, b.had))
	})
	return list
}

func truth(v bool) int {
	if v {
		return 1
	}
	return 0
}

// charge counts messages that a relay gets, for its weight; below 0 those that it
// was to get and did not.
func (rs *Relays) charge(r *relay, messages int) {
	if r.Weight > 0 {
		rs.choice.mu.Lock()
		defer rs.choice.mu.Unlock()
		r.had += float64(messages) / float64(r.Weight)
	}
}

// rankRelays tells who shares mail with whom: those with a weight come first,
// together; the others step in, in order.
func rankRelays(relays []*relay) {
	for i, r := range relays {
		if r.rank = 0; r.Weight == 0 {
			r.rank = 1 + i
		}
	}
}

// whenFreed is closed when a place becomes free.
func (rs *Relays) whenFreed() <-chan struct{} {
	rs.choice.mu.Lock()
	defer rs.choice.mu.Unlock()
	if rs.choice.freed == nil {
		rs.choice.freed = make(chan struct{})
	}
	return rs.choice.freed
}

// release gives a place back.
func (r *relay) release() {
	<-r.slots
	r.tell()
}

// tell wakes all who wait for a place.
func (rs *Relays) tell() {
	rs.choice.mu.Lock()
	defer rs.choice.mu.Unlock()
	if rs.choice.freed != nil {
		close(rs.choice.freed)
		rs.choice.freed = nil
	}
}

// pending counts what a relay has been given and has not answered.
type pending struct {
	n     atomic.Int32
	since atomic.Int64 // when it last answered, or was given the first, in nanoseconds
}

// begins notes that the relay is to greet, or to take a message.
func (p *pending) begins() {
	if p.n.Add(1) == 1 {
		p.since.Store(time.Now().UnixNano())
	}
}

// ends notes that something came of it.
func (p *pending) ends() {
	p.since.Store(time.Now().UnixNano())
	p.n.Add(-1)
}

// stuck tells that nothing has come for long of what the relay has been given.
func (r *relay) stuck() bool {
	return r.pending.n.Load() > 0 && time.Since(time.Unix(0, r.pending.since.Load())) >= stuckAfter
}
