package mailer

import (
	"slices"
	"sync"
	"time"
)

// idleFor is how long a conversation is kept that nobody has: some relays allow
// ten seconds, and all count those that are open.
const idleFor = 5 * time.Second

// keep keeps a link for whoever needs one next. It refuses one that is broken, has
// proved nothing, is used up, or waits for a text that will not come. The links
// that are kept take no slots: who has one of these takes a kept link first, so
// that never more are open than there are slots.
func (r *relay) keep(l *link, now time.Time) bool {
	if l.dead || l.announced != nil || l.taken == 0 || l.tried >= r.most(now) {
		return false
	}
	l.idleSince = now
	r.mu.Lock()
	r.idle = append(r.idle, l)
	r.mu.Unlock()
	time.AfterFunc(idleFor, func() { r.endIdle(now) })
	return true
}

// borrow takes a link that is kept, nil where there is none.
func (r *relay) borrow(now time.Time) *link {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := len(r.idle)
	if n == 0 {
		return nil
	}
	l := r.idle[n-1]
	r.idle = r.idle[:n-1]
	l.resumed = true
	l.pipelines = l.pipelines && r.pipelines(now)
	return l
}

// endIdle ends the links that have been idle since an instant or longer, the zero
// one all of them. Each takes a slot until it has ended. Where there is none, those
// who have the slots are about to take the links that are kept, or keep their own.
func (r *relay) endIdle(since time.Time) {
	var all sync.WaitGroup // a relay that hangs makes each wait
	defer all.Wait()
	for {
		select {
		case r.slots <- struct{}{}:
		default:
			return
		}
		l := r.oldest(since)
		if l == nil {
			r.release()
			return
		}
		all.Go(func() {
			l.quit()
			r.release()
		})
	}
}

// oldest takes the link that has been idle for longest, where that is since an
// instant or longer; nil: there is none.
func (r *relay) oldest(since time.Time) *link {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, l := range r.idle {
		if since.IsZero() || !l.idleSince.After(since) {
			r.idle = slices.Delete(r.idle, i, i+1)
			return l
		}
	}
	return nil
}
