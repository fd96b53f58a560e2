package daemon

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/idna"

	"postrider/config"
	"postrider/magazine"
	"postrider/mailer"
	"postrider/store"
)

const (
	inARow      = 5         // messages that a domain puts off, and takes none, before its people wait
	troubleOver = time.Hour // after which what a domain did counts no more
	// longestMood is how long after an edition's content was fixed its people wait for
	// one another. Then each is tried, and in the end given up, as those of any domain:
	// one at a time, the people of one that never takes anything would wait for years.
	longestMood = 48 * time.Hour
	// guessedTime is how long a message is thought to take where only the connections
	// to a domain are limited.
	guessedTime = time.Second
)

// domainPauses are the waits of a domain's people after the first, second … time
// that it puts off mail again and again; the last one repeats.
var domainPauses = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}

// domains keeps people waiting whose domain is at a limit of the configuration, or
// asks again and again to send later. They pay no attempt: their delivery is
// deferred until their domain may go on, so that nobody waits behind them.
//
// Limits are counted in the store, for all nodes together. What is known of a
// domain's moods is held in memory, as with relays, and learnt anew after a start.
type domains struct {
	d      *Daemon
	limits map[string]config.Domain // by name, in A-labels

	mu    sync.Mutex
	known map[string]*domain
	moody atomic.Int32 // how many are known; where none is, and none limited, nothing is looked up
}

// domain is what is known of one.
type domain struct {
	config.Domain

	mu    sync.Mutex
	until time.Time // its people wait until then
	said  string    // by it, at last
	waits int       // in a row
	row   int       // put off in a row, with none taken
	seen  time.Time // when it last put one off
	first bool      // it has taken a message at the first try since
	again bool      // and at a later one

	lot  store.Lot
	at   map[*sender]int // conversations that send to it, with the messages of each
	next time.Time       // who is put off next waits until then

	looked time.Time // when it was last looked at
}

// look looks at a domain at an instant. What was found by a clock that was ahead
// counts no more when that is put back: it would last until then.
func (of *domain) look(now time.Time) {
	if now.Before(of.looked.Add(-clockTolerance)) {
		of.until, of.next, of.seen, of.waits, of.row, of.lot = time.Time{}, time.Time{}, time.Time{}, 0, 0, store.Lot{}
	}
	of.looked = now
}

// calm tells that it has put nobody off for long, but for those who had to wait.
func (of *domain) calm(now time.Time) bool {
	return now.Sub(laterOf(of.seen, of.until)) > troubleOver
}

// clockTolerance is by how much a clock may be corrected backwards for nothing to
// come of it.
const clockTolerance = time.Minute

// restAtOnce bounds how many people of a domain are put off in one go.
const restAtOnce = 5000

// putOffAll has all who are due of the domains that ask to send later wait, so that
// they are not taken up one by one only to be put off.
func (ds *domains) putOffAll(ctx context.Context, tx *store.Tx, off []magazine.Delivery) error {
	done := map[string]bool{}
	for _, one := range off {
		name := domainOf(one.Email)
		of := ds.find(name, false)
		if of == nil || done[name] {
			continue
		}
		done[name] = true
		of.mu.Lock()
		of.look(tx.Now)
		until, why := of.until, of.asks()
		of.mu.Unlock()
		if tx.Now.Before(until) {
			if err := tx.PutOffDomain(ctx, name, until, why, restAtOnce); err != nil {
				return err
			}
		}
	}
	return nil
}

// asks says that a domain asks to send later.
func (of *domain) asks() string { return of.Name + " asks to send later: " + of.said }

// A pass lets one message go to a person's domain.
type pass struct {
	person string
	of     *domain
}

func newDomains(d *Daemon) *domains {
	ds := &domains{d: d, limits: map[string]config.Domain{}, known: map[string]*domain{}}
	for _, l := range d.config.Mail.Domains {
		ds.limits[l.Name] = l
	}
	return ds
}

// idle tells that every domain may be sent anything.
func (ds *domains) idle() bool { return len(ds.limits) == 0 && ds.moody.Load() == 0 }

// pass asks whether a person's domain may be sent a message of an edition now. If not,
// why says so, and until when they are to wait. The pass counts until told, or left.
func (ds *domains) pass(ctx context.Context, s *sender, e *magazine.Edition, person, email string) (until time.Time, why string) {
	if ds.idle() {
		return until, ""
	}
	for _, p := range s.passes {
		if p.person == person { // who is looked at again
			return until, ""
		}
	}
	of := ds.find(domainOf(email), false)
	if of == nil {
		return until, ""
	}
	of.mu.Lock()
	defer of.mu.Unlock()
	now := ds.d.Store.Now()
	of.look(now)
	if now.Before(of.until) && now.Sub(e.CutoffAt) < longestMood {
		return of.until, of.asks()
	}
	if from, limit := ds.limited(ctx, of, s, now); limit != "" {
		return of.putOff(from, now), of.Name + " gets no more than " + limit
	}
	of.at[s]++
	s.passes = append(s.passes, pass{person, of})
	return until, ""
}

// limited takes one message of what a domain may be sent. If it can't, it says
// which limit is reached, and from when on there is more.
func (ds *domains) limited(ctx context.Context, of *domain, s *sender, now time.Time) (from time.Time, limit string) {
	if of.Connections > 0 && of.at[s] == 0 && len(of.at) >= of.Connections {
		return now.Add(guessedTime), plural(of.Connections, "conversation") + " at once"
	}
	if of.PerSecond+of.PerHour == 0 {
		return from, ""
	}
	if over := !now.Before(of.lot.Until); over || of.lot.Count == 0 && of.lot.Reached == "" {
		var back *store.Lot
		if of.lot.Count > 0 {
			back = &of.lot
		}
		lot, err := ds.d.Store.TakeLot(ctx, store.Limits{Name: "domain/" + of.Name, PerSecond: of.PerSecond, PerHour: of.PerHour}, lotOfDomain, back)
		if err != nil {
			return now.Add(time.Second), "can be counted, which fails now: " + err.Error()
		}
		of.lot = lot
	}
	switch {
	case of.lot.Count == 0 && of.lot.Reached == store.SpanHour:
		from = of.lot.Until
	case of.lot.Count == 0 || of.lot.From.After(now):
		from = now
	default:
		of.lot.Count--
		of.lot.From = of.lot.From.Add(of.lot.Every)
		return from, ""
	}
	if of.lot.Reached == store.SpanHour {
		return from, plural(of.PerHour, "message") + " an hour"
	}
	return from, plural(of.PerSecond, "message") + " a second"
}

const lotOfDomain = 50 // messages that are counted at once

// putOff finds the next time at which somebody of the domain may go, from an
// instant on: they come due at the rate at which they can be sent.
func (of *domain) putOff(from, now time.Time) time.Time {
	every := time.Duration(0)
	if of.PerSecond > 0 {
		every = time.Second / time.Duration(of.PerSecond)
	}
	if of.PerHour > 0 {
		every = max(every, time.Hour/time.Duration(of.PerHour))
	}
	if of.Connections > 0 {
		every = max(every, guessedTime/time.Duration(of.Connections))
	}
	for _, at := range []time.Time{from, now.Add(time.Second)} {
		if of.next.Before(at) {
			of.next = at
		}
	}
	at := of.next
	of.next = at.Add(every)
	return at
}

// tell notes what came of a message, at a person's given try.
func (ds *domains) tell(s *sender, person, email string, r mailer.Result, try int) {
	if len(s.passes) > 0 {
		s.dropPass(person)
	}
	off := putsOff(r)
	if !off && (ds.idle() || r.State != mailer.Sent) {
		return
	}
	of := ds.find(domainOf(email), off)
	if of == nil {
		return
	}
	of.mu.Lock()
	defer of.mu.Unlock()
	now := ds.d.Store.Now()
	of.look(now)
	if of.calm(now) {
		of.first, of.again, of.waits, of.row = false, false, 0, 0
	}
	if !off {
		of.row, of.waits, of.until = 0, 0, time.Time{}
		of.first, of.again = of.first || try == 1, of.again || try > 1
		if of.calm(now) {
			ds.forget(of)
		}
		return
	}
	of.seen, of.said = now, strings.TrimSpace(fmt.Sprint(r.Code, " ", r.Reply))
	of.row++
	// Who takes at a later try only wants nothing but that (greylisting): to wait for
	// the others would bring them nothing.
	if of.row < inARow || now.Before(of.until) || of.again && !of.first {
		return
	}
	of.waits++
	of.row = inARow - 1 // the next one tells
	of.until = now.Add(domainPauses[min(of.waits, len(domainPauses))-1])
	ds.d.log.Warn("a domain puts off mail again and again, and its people wait", "domain", of.Name, "code", r.Code, "enhanced", r.Enhanced, "until", of.until)
}

// putsOff tells that a domain, and not one mailbox of it, asks to send later.
func putsOff(r mailer.Result) bool {
	if r.Code/100 != 4 || !r.CostsAttempt() || strings.HasPrefix(r.Enhanced, "4.2.") {
		return false
	}
	said := strings.ToLower(r.Reply)
	return !strings.Contains(said, "greylist") && !strings.Contains(said, "graylist") && !strings.Contains(said, "grey-list")
}

// find finds what is known of a domain, nil where that is nothing; make it known
// where it is to be.
func (ds *domains) find(name string, make bool) *domain {
	if name == "" {
		return nil
	}
	ds.mu.Lock()
	defer ds.mu.Unlock()
	if of := ds.known[name]; of != nil {
		return of
	}
	limits, limited := ds.limits[name]
	if !limited && !make {
		return nil
	}
	limits.Name = name
	of := &domain{Domain: limits, at: map[*sender]int{}}
	ds.known[name] = of
	ds.moody.Add(1)
	return of
}

// forget forgets a domain that is as any other.
func (ds *domains) forget(of *domain) {
	if _, limited := ds.limits[of.Name]; limited {
		return
	}
	ds.mu.Lock()
	defer ds.mu.Unlock()
	if ds.known[of.Name] == of {
		delete(ds.known, of.Name)
		ds.moody.Add(-1)
	}
}

// dropPass gives up the pass of a person, or, where that is empty, all.
func (s *sender) dropPass(person string) {
	kept := s.passes[:0]
	for _, p := range s.passes {
		if person != "" && p.person != person {
			kept = append(kept, p)
			continue
		}
		p.of.mu.Lock()
		if p.of.at[s]--; p.of.at[s] <= 0 {
			delete(p.of.at, s)
		}
		p.of.mu.Unlock()
	}
	s.passes = kept
}

// domainOf is the domain of an address, in A-labels.
func domainOf(email string) string {
	name := strings.ToLower(email[strings.LastIndexByte(email, '@')+1:])
	for i := range len(name) {
		if name[i] >= 0x80 {
			if labels, err := idna.Lookup.ToASCII(name); err == nil {
				return labels
			}
			break
		}
	}
	return name
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprint(n, " ", what, "s")
}
