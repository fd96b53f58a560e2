package feeds

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"postrider/magazine"
)

// Polls notes in memory which programs ask for which feeds, until it is taken. Anybody
// can ask under any name: it has room for so many, and what comes beyond takes the place
// of any other.
// Its zero value is empty.
type Polls struct {
	mu   sync.RWMutex
	seen map[polled]*atomic.Int64 // when last, microseconds
}

// polled is a feed, by its one address, and a program as it came.
type polled struct{ feed, agent string }

const (
	pollsMost = 10_000 // that are noted at once
	agentMost = 300    // bytes of a program's name for itself that are looked at
	nameMost  = 60     // bytes of a program's name
)

// note notes that a program has asked for a feed. It stands in the way of every poll,
// so it costs one look at a map.
func (p *Polls) note(feed, agent string, at time.Time) {
	key := polled{feed, agent[:min(len(agent), agentMost)]}
	p.mu.RLock()
	last := p.seen[key]
	p.mu.RUnlock()
	if last == nil {
		last = p.meet(key)
	}
	last.Store(at.UnixMicro())
}

// meet makes room for one that is new.
func (p *Polls) meet(key polled) *atomic.Int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen == nil {
		p.seen = map[polled]*atomic.Int64{}
	}
	if last := p.seen[key]; last != nil {
		return last
	}
	if len(p.seen) >= pollsMost {
		for any := range p.seen {
			delete(p.seen, any)
			break
		}
	}
	last := new(atomic.Int64)
	p.seen[polled{strings.Clone(key.feed), strings.Clone(key.agent)}] = last
	return last
}

// A Poll is the last time that a program asked for a feed.
type Poll struct {
	Feed    string // its address below the site
	Program string
	Readers int64 // for so many it reads, as it says itself; 0: it does not say
	At      time.Time
}

// Take empties it, and tells the last poll of each feed by each program.
func (p *Polls) Take() []Poll {
	p.mu.Lock()
	seen := p.seen
	p.seen = nil
	p.mu.Unlock()
	last := map[polled]Poll{}
	for key, at := range seen {
		program, readers := Agent(key.agent)
		one := Poll{key.feed, program, readers, time.UnixMicro(at.Load()).UTC()}
		if had, ok := last[polled{one.Feed, program}]; !ok || had.At.Before(one.At) {
			last[polled{one.Feed, program}] = one
		}
	}
	all := make([]Poll, 0, len(last))
	for _, one := range last {
		all = append(all, one)
	}
	return all
}

var (
	itsReaders = regexp.MustCompile(`(?i)\b(\d{1,9}) (?:subscriber|reader|user)s?\b|\b(?:subscriber|reader)s?[:=] ?(\d{1,9})\b`)
	compatible = regexp.MustCompile(`^Mozilla/[\d.]+ \(compatible; ([^;)]+)`)
	nameEnds   = regexp.MustCompile(`[/(;,]| - | feed-id| https?:`)
)

// Agent reads how a program names itself: its name, and for how many it says that it
// reads; 0: it does not say.
func Agent(agent string) (program string, readers int64) {
	agent = magazine.CleanText(agent[:min(len(agent), agentMost)])
	if m := itsReaders.FindStringSubmatch(agent); m != nil {
		readers, _ = strconv.ParseInt(m[1]+m[2], 10, 64) // nine figures fit
	}
	name := agent
	if m := compatible.FindStringSubmatch(agent); m != nil {
		name = m[1]
	}
	if at := nameEnds.FindStringIndex(name); at != nil {
		name = name[:at[0]]
	}
	return strings.TrimSpace(clip(name, nameMost)), readers
}

// clip cuts a text to n bytes at the most, between characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
